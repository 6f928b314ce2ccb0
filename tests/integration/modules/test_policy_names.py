# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies told by the names people know, and lists of references that are added to and taken from."""

from __future__ import annotations

import ansible_run
import pytest
from together import in_domain

pytestmark = pytest.mark.usefixtures("together")

INFO = {"msp.entra.conditional_access_policy_info": {"names": True}}


def do(**options):
    return {"msp.entra.conditional_access_policy": options}


def everything(tenant):
    """A policy that refers to every kind of thing a practice tenant has, by name."""
    return {
        "display_name": "By name",
        "enforcement": "disabled",
        "conditions": {
            "users": {
                "include_users": [tenant.upn("dana")],
                "exclude_users": [tenant.upn("breakglass"), "GuestsOrExternalUsers"],
                "include_groups": ["Technicians"],
                "include_roles": ["Global Administrator"],
            },
            "applications": {"include_applications": ["Syncro SSO"], "exclude_applications": ["O'Brien's App & Co"]},
            "locations": {"include_locations": ["All"], "exclude_locations": ["Office", "AllTrusted"]},
        },
        "grant_controls": {"authentication_strength": "Phishing-resistant MFA"},
    }


OFFICE = {"msp.entra.named_location": {"display_name": "Office", "ip_ranges": ["198.51.100.10/32"], "trusted": True}}


def asked(wanted, shown):
    """What is shown of what was asked for, lists without their order."""
    if isinstance(wanted, dict):
        return {name: asked(inner, shown[name]) for name, inner in wanted.items()}
    return sorted(shown) if isinstance(wanted, list) else shown


def ordered(wanted):
    if isinstance(wanted, dict):
        return {name: ordered(inner) for name, inner in wanted.items()}
    return sorted(wanted) if isinstance(wanted, list) else wanted


def test_what_was_given_by_name_is_shown_by_name_and_can_be_given_back(tenant):
    policy = everything(tenant)
    tenant.results(OFFICE, do(**policy))
    (info,) = tenant.results(INFO)
    assert len(ansible_run.graph_requests(tenant.log())) == 3 and not info.get("warnings") and info["orphans"] == {}
    (shown,) = info["policies"]
    assert asked(policy, shown) == ordered(policy)
    (again,) = tenant.results(do(**shown), arguments=["--diff"])
    assert not again["changed"], again["diff"]


def test_a_name_that_two_have_stays_an_id(tenant):
    policy = everything(tenant)
    tenant.results(OFFICE, do(**policy))
    (before,) = tenant.results({"msp.entra.conditional_access_policy_info": {}})
    ids = before["policies"][0]["conditions"]["locations"]["exclude_locations"]
    (office,) = tenant.locations()
    twin = {name: office[name] for name in ("@odata.type", "displayName", "isTrusted", "ipRanges")}
    tenant.graph("POST", "/identity/conditionalAccess/namedLocations", twin)
    (info,) = tenant.results(INFO)
    assert sorted(info["policies"][0]["conditions"]["locations"]["exclude_locations"]) == sorted(ids)


GONE = {"users": "99999999-9999-4999-8999-999999999999", "locations": "88888888-8888-4888-8888-888888888888"}


# A policy that has outlived a user and a location.
OLD = {
    "displayName": "Old",
    "state": "enabled",
    "conditions": {
        "clientAppTypes": ["all"],
        "users": {"includeUsers": ["All"], "excludeUsers": ["breakglass@{domain}", GONE["users"]]},
        "applications": {"includeApplications": ["All"]},
        "locations": {"includeLocations": ["All"], "excludeLocations": [GONE["locations"]]},
    },
    "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
}
outlives = pytest.mark.practice(policies=[OLD])


@outlives
@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"description": "still here"}, id="of-no-condition"),
        pytest.param({"conditions": {"sign_in_risk_levels": ["high"]}}, id="of-another-condition"),
        pytest.param({"conditions": {"users": {"exclude_groups": ["Technicians"]}}}, id="of-the-same-condition"),
        pytest.param({"conditions": {"users": {"exclude_users": {"add": ["dana@{domain}"]}}}}, id="of-its-list"),
    ],
)
def test_what_is_gone_is_told_and_survives_a_change_of_something_else(tenant, asked):
    asked = in_domain(asked, tenant.domain)
    before, change, again, after = tenant.results(
        INFO, do(display_name="Old", **asked), do(display_name="Old", **asked), INFO
    )
    (there,) = tenant.policies()
    (told,) = before["orphans"].values()
    assert [entry.split(": ")[1] for entry in told] == [GONE["users"], GONE["locations"]]
    assert told[0].startswith("conditions.users.exclude_users[") and after["orphans"] == before["orphans"]
    assert (change["changed"], again["changed"]) == (True, False)
    assert GONE["users"] in there["conditions"]["users"]["excludeUsers"]
    assert there["conditions"]["locations"]["excludeLocations"] == [GONE["locations"]]


@outlives
def test_what_is_gone_is_taken_out_by_its_id(tenant):
    users = {"exclude_users": {"remove": [GONE["users"]]}}
    change, after = tenant.results(do(display_name="Old", conditions={"users": users}), INFO)
    (told,) = after["orphans"].values()
    assert change["changed"] and [entry.split(": ")[1] for entry in told] == [GONE["locations"]]


def test_what_may_not_be_read_stays_an_id_and_is_told(tenant):
    policy = everything(tenant)
    tenant.results(OFFICE, do(**policy))
    (info,) = INFO
    least = {"client_id": f"{tenant.number:08d}-5555-4555-8555-555555555555"}
    (result,) = tenant.results({info: {**INFO[info], **least}})
    users = result["policies"][0]["conditions"]["users"]
    assert users["include_users"] == [tenant.upn("dana")] and users["include_groups"] != ["Technicians"]
    assert any("'group'" in text and "Group.Read.All" in text for text in result["warnings"])


EDITS = {
    "add": ({"add": ["dana"]}, {"breakglass", "dana"}),
    "add what is there": ({"add": ["breakglass"]}, {"breakglass"}),
    "remove": ({"remove": ["breakglass"], "add": ["dana"]}, {"dana"}),
    "remove what is not there": ({"remove": ["dana"]}, {"breakglass"}),
    "set": ({"set": ["dana"]}, {"dana"}),
    "set nothing": ({"set": []}, set()),
}


@pytest.mark.parametrize(("edit", "after"), EDITS.values(), ids=EDITS)
def test_a_list_is_added_to_and_taken_from(tenant, edit, after):
    first = {
        "display_name": "Edited",
        "conditions": {
            "users": {"include_users": ["All"], "exclude_users": [tenant.upn("breakglass")]},
            "applications": {"include_applications": ["All"]},
        },
        "grant_controls": {"built_in_controls": ["mfa"]},
    }
    tenant.results(do(**first))
    edited = {name: [tenant.upn(who) for who in people] for name, people in edit.items()}
    task = do(display_name="Edited", conditions={"users": {"exclude_users": edited}})
    changed, again, info = tenant.results(task, task, INFO)
    assert changed["changed"] == (after != {"breakglass"}) and not again["changed"]
    assert set(info["policies"][0]["conditions"]["users"]["exclude_users"]) == {tenant.upn(who) for who in after}
    if after == {"breakglass"}:
        assert changed["requests"]["count"] == 1
