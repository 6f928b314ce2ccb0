# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The less common conditions: each kept as it was sent, by POST and by PATCH, and free to be sent back."""

from __future__ import annotations

from typing import Any

import pytest
from graph_calls import POLICIES, GraphCaller, created, policy, reason

TENANTS = ["99999999-9999-4999-8999-999999999999", "88888888-8888-4888-8888-888888888888"]
PREFIX = "#microsoft.graph.conditionalAccess"
ALL_TENANTS = {"@odata.type": f"{PREFIX}AllExternalTenants", "membershipKind": "all"}
SOME_TENANTS = {
    "@odata.type": f"{PREFIX}EnumeratedExternalTenants",
    "membershipKind": "enumerated",
    "members": TENANTS,
}
EVERY_GUEST = (
    "internalGuest,b2bCollaborationGuest,b2bCollaborationMember,b2bDirectConnectUser,otherExternalUser,serviceProvider"
)
FILTER = {"mode": "exclude", "rule": 'device.isCompliant -eq True -and device.displayName -startsWith "KIOSK"'}
EVERYBODY = {"includeUsers": ["All"]}


def guests(types: str, tenants: Any = None, *, role: str = "include") -> dict[str, Any]:
    return {f"{role}GuestsOrExternalUsers": {"guestOrExternalUserTypes": types, "externalTenants": tenants}}


# what is changed in the conditions of a policy
FORMS: dict[str, dict[str, Any]] = {
    "guests of all tenants": {"users": guests(EVERY_GUEST, ALL_TENANTS)},
    "guests of some tenants": {"users": guests("serviceProvider", SOME_TENANTS)},
    "guests without a word on tenants": {"users": guests("internalGuest,otherExternalUser")},
    "guests excluded": {"users": {**EVERYBODY, **guests("b2bCollaborationGuest", SOME_TENANTS, role="exclude")}},
    "one transfer": {"authenticationFlows": {"transferMethods": "deviceCodeFlow"}},
    "both transfers": {"authenticationFlows": {"transferMethods": "deviceCodeFlow,authenticationTransfer"}},
    "one insider risk": {"insiderRiskLevels": "elevated"},
    "all insider risks": {"insiderRiskLevels": "minor,moderate,elevated"},
    "device filter": {"devices": {"deviceFilter": FILTER}},
    "application filter": {"applications": {"applicationFilter": {**FILTER, "mode": "include"}}},
    "own workloads": {
        "users": None,
        "clientApplications": {"includeServicePrincipals": ["ServicePrincipalsInMyTenant"]},
        "servicePrincipalRiskLevels": ["medium", "high"],
    },
    "filtered workloads": {
        "users": {"includeUsers": ["None"]},
        "clientApplications": {"servicePrincipalFilter": {**FILTER, "mode": "include"}},
    },
}


def kept(wanted: Any, seen: Any) -> bool:
    """Tell whether all that was sent is there; what was not sent may have got Graph's defaults."""
    if isinstance(wanted, dict):
        return isinstance(seen, dict) and all(kept(value, seen[name]) for name, value in wanted.items())
    return wanted == seen


@pytest.mark.parametrize("changes", FORMS.values(), ids=FORMS)
def test_it_is_kept_as_sent(shared: GraphCaller, changes: dict[str, Any]) -> None:
    conditions = {**policy()["conditions"], **changes}
    made = created(shared, POLICIES, policy(conditions=conditions))
    where = f"{POLICIES}/{made['id']}"
    assert kept(changes, made["conditions"])
    assert shared.get(where).json()["conditions"] == made["conditions"]
    assert shared.patch(where, {"conditions": policy()["conditions"]}).status_code == 204
    assert not kept(changes, shared.get(where).json()["conditions"])
    assert shared.patch(where, {"conditions": conditions}).status_code == 204
    assert shared.get(where).json()["conditions"] == made["conditions"]
    assert shared.patch(where, {"conditions": made["conditions"]}).status_code == 204
    assert shared.get(where).json()["conditions"] == made["conditions"]


def test_one_workload_and_an_exception(graph: GraphCaller) -> None:
    names = ("Syncro SSO", "Microsoft Graph")
    syncro, other = (graph.values(f"servicePrincipals?$filter=displayName eq '{name}'")[0]["id"] for name in names)
    workloads = {"includeServicePrincipals": ["ServicePrincipalsInMyTenant"], "excludeServicePrincipals": [syncro]}
    conditions = {**policy()["conditions"], "users": None, "clientApplications": workloads}
    made = created(graph, POLICIES, policy(conditions=conditions))
    assert kept(workloads, made["conditions"]["clientApplications"])
    assert made["conditions"]["users"] is None
    workloads = {"includeServicePrincipals": [syncro, other]}
    conditions["clientApplications"] = workloads
    assert graph.patch(f"{POLICIES}/{made['id']}", {"conditions": conditions}).status_code == 204
    seen = graph.get(f"{POLICIES}/{made['id']}").json()["conditions"]["clientApplications"]
    assert seen == {**workloads, "excludeServicePrincipals": [], "servicePrincipalFilter": None}


@pytest.mark.parametrize(
    ("name", "sent", "shown"),
    [
        ("insiderRiskLevels", "minor, elevated", "minor,elevated"),
        ("authenticationFlows", {"transferMethods": " deviceCodeFlow ,authenticationTransfer"}, None),
    ],
)
def test_flags_come_back_without_blanks(shared: GraphCaller, name: str, sent: Any, shown: Any) -> None:
    made = created(shared, POLICIES, policy(conditions={**policy()["conditions"], name: sent}))
    expected = shown or {"transferMethods": "deviceCodeFlow,authenticationTransfer"}
    assert made["conditions"][name] == expected


WRONG: dict[str, dict[str, Any]] = {
    "kind of guest": {"users": guests("internalGuest,alien")},
    "kind of tenants": {"users": guests("internalGuest", {**ALL_TENANTS, "membershipKind": "most"})},
    "members of all tenants": {"users": guests("internalGuest", {**ALL_TENANTS, "members": TENANTS})},
    "abstract tenants": {"users": guests("internalGuest", {"@odata.type": f"{PREFIX}ExternalTenants"})},
    "transfer": {"authenticationFlows": {"transferMethods": "carrierPigeon"}},
    "insider risk": {"insiderRiskLevels": "low"},
    "filter mode": {"devices": {"deviceFilter": {**FILTER, "mode": "maybe"}}},
    "workload property": {"clientApplications": {"includeWorkloads": ["All"]}},
    "workload risk": {"servicePrincipalRiskLevels": ["elevated"]},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_wrong_members_are_refused_by_patch_too(shared: GraphCaller, changes: dict[str, Any]) -> None:
    before = created(shared, POLICIES, policy())
    conditions = {**policy()["conditions"], **changes}
    assert reason(shared.post(POLICIES, policy(conditions=conditions))).startswith("1007: ")
    assert reason(shared.patch(f"{POLICIES}/{before['id']}", {"conditions": conditions})).startswith("1007: ")
    seen = shared.get(f"{POLICIES}/{before['id']}").json()
    assert seen["conditions"] == before["conditions"]
