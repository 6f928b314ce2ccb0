# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module returns what its documentation says: in success, refused by the guard, and in failure."""

from __future__ import annotations

import json
import pathlib
import types
import typing as t

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task
from documented import CHECKOUT, CREDENTIALS, MODULES, Json, action, talks_to_graph

from ansible_collections.msp.entra.plugins.plugin_utils import connection
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import named_location
from ansible_collections.msp.entra.plugins.plugin_utils.fleet.record import SPEC as RECORD
from ansible_collections.msp.entra.plugins.plugin_utils.fleet.record import recorded
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import GraphError, LoginError
from ansible_collections.msp.entra.plugins.plugin_utils.graph.patience import Patience
from ansible_collections.msp.entra.plugins.plugin_utils.graph.reads import Expected
from ansible_collections.msp.entra.plugins.plugin_utils.graph.session import Cost

GUARDED = ("named_location", "conditional_access_policy", "lockout_guard", "rollback")
TENANT_ID = CREDENTIALS["tenant_id"]


OFFICE = {
    "@odata.type": named_location.IP_TYPE,
    "id": "8f2b0c54-6f0e-4a52-9d5c-3a1f7f4f6b21",
    "createdDateTime": "2026-03-02T09:14:07Z",
    "modifiedDateTime": "2026-03-02T09:14:07Z",
    "displayName": "Office",
    "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "198.51.100.10/32"}],
    "isTrusted": True,
}
ACCOUNT = {
    "id": "4b1d7a35-3f0c-4d25-8f6a-6a6d5a0e0b01",
    "userPrincipalName": "breakglass@northwind.example",
    "accountEnabled": True,
}
OTHER_ACCOUNT = {
    **ACCOUNT,
    "id": "9c7f1e52-8a53-4c8e-b1cf-1c0d9f7a2e02",
    "userPrincipalName": "syncro-svc@northwind.example",
}
APPLICATION = {"id": "5", "appId": "33333333-3333-4333-8333-333333333333", "displayName": "Syncro SSO"}
FILTER = {"mode": "include", "rule": "x -eq 1"}
GUESTS = {
    "guestOrExternalUserTypes": "internalGuest,serviceProvider",
    "externalTenants": {
        "@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants",
        "membershipKind": "enumerated",
        "members": ["6b1d7a35-3f0c-4d25-8f6a-6a6d5a0e0b99"],
    },
}
FULL_POLICY = {
    "id": "2d0f3f0e-9b64-4b0b-8f37-5b1c3f7d1a44",
    "createdDateTime": "2026-03-02T09:15:31Z",
    "modifiedDateTime": None,
    "displayName": "Everything",
    "state": "enabled",
    "conditions": {
        "users": {
            "includeUsers": ["All"],
            "excludeUsers": [ACCOUNT["id"]],
            "includeGuestsOrExternalUsers": GUESTS,
            "excludeGuestsOrExternalUsers": GUESTS,
        },
        "applications": {"includeApplications": [APPLICATION["appId"]], "applicationFilter": FILTER},
        "locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]},
        "platforms": {"includePlatforms": ["all"]},
        "clientAppTypes": ["all"],
        "clientApplications": {"servicePrincipalFilter": FILTER},
        "devices": {"deviceFilter": FILTER},
        "authenticationFlows": {"transferMethods": "deviceCodeFlow"},
    },
    "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    "sessionControls": {
        "signInFrequency": {"isEnabled": True, "frequencyInterval": "timeBased", "value": 4, "type": "hours"},
        "persistentBrowser": {"isEnabled": True, "mode": "never"},
        "applicationEnforcedRestrictions": {"isEnabled": True},
        "cloudAppSecurity": {"isEnabled": True, "cloudAppSecurityType": "monitorOnly"},
        "secureSignInSession": {"isEnabled": True},
    },
}
SIGN_IN = {
    "id": "0d2f1c58-0c0f-4a6e-8f34-0d5f6a7b1c00",
    "createdDateTime": "2026-11-23T08:14:07.1234567Z",
    "userId": ACCOUNT["id"],
    "userPrincipalName": ACCOUNT["userPrincipalName"],
    "userDisplayName": "Break glass",
    "appId": APPLICATION["appId"],
    "appDisplayName": APPLICATION["displayName"],
    "ipAddress": "203.0.113.80",
    "clientAppUsed": "Browser",
    "conditionalAccessStatus": "notApplied",
    "status": {"errorCode": 50126, "failureReason": "Wrong password.", "additionalDetails": None},
    "deviceDetail": {
        "operatingSystem": "Windows 11",
        "browser": "Edge",
        "isCompliant": True,
        "isManaged": True,
        "trustType": "x",
    },
    "location": {"city": "Denver", "countryOrRegion": "US"},
    "appliedConditionalAccessPolicies": [
        {"id": FULL_POLICY["id"], "displayName": "Everything", "result": "reportOnlyFailure"}
    ],
}
TENANT = {
    "/identity/conditionalAccess/namedLocations": [OFFICE],
    "/identity/conditionalAccess/policies": [FULL_POLICY],
    "/identity/conditionalAccess/deletedItems/namedLocations": [],
    "/identity/conditionalAccess/deletedItems/policies": [],
    "/subscribedSkus": [],
    "/roleManagement/directory/roleAssignments": [],
    "/auditLogs/signIns": [SIGN_IN, {**SIGN_IN, "appliedConditionalAccessPolicies": []}],
    "/policies/identitySecurityDefaultsEnforcementPolicy": [{"isEnabled": False}],
    "/users": [ACCOUNT, OTHER_ACCOUNT],
    "/servicePrincipals": [APPLICATION],
    f"/reports/authenticationMethods/userRegistrationDetails/{ACCOUNT['id']}": [{"isMfaRegistered": True}],
    f"/reports/authenticationMethods/userRegistrationDetails/{OTHER_ACCOUNT['id']}": [{"isMfaRegistered": False}],
}

# What a run has changed: the location had a range that exists in documentation only, as its address has now.
WRITTEN = {
    "write": "1",
    "at": "2026-11-24T22:15:30Z",
    "tenant": TENANT_ID,
    "noun": "named location",
    "verb": "update",
    "id": OFFICE["id"],
    "before": {**OFFICE, "ipRanges": [{**OFFICE["ipRanges"][0], "cidrAddress": "203.0.113.0/24"}]},
    "after": OFFICE,
}
BACKUP = {"format": 1, **WRITTEN}
BACKUP_FILE = "the backup"

# Options with which every part of the result has something in it.
FINE = {
    "named_location": {
        "display_name": "Office",
        "ip_ranges": ["203.0.113.0/24"],
        "accept_risks": ["SITE-DOCUMENTATION"],
    },
    "named_location_info": {},
    "conditional_access_policy": {"display_name": "Everything", "enforcement": "report_only"},
    "conditional_access_policy_info": {},
    "lockout_guard": {
        "application": "Syncro SSO",
        "sites": [{"name": "Office", "cidrs": ["203.0.113.0/24"]}],
        "break_glass_accounts": ["breakglass@northwind.example"],
        "service_account": "syncro-svc@northwind.example",
        "accept_risks": ["SITE-DOCUMENTATION"],
    },
    "rollback": {"backup_file": BACKUP_FILE, "accept_risks": ["SITE-DOCUMENTATION"]},
    "service_account_info": {"service_account": "syncro-svc@northwind.example"},
    "sign_in_info": {},
    "sign_in_impact_info": {},
    "sign_in_sessions": {"users": ["breakglass@northwind.example"]},
    "validation_info": {
        "policy": "Everything",
        "application": "Syncro SSO",
        "break_glass_accounts": ["breakglass@northwind.example"],
    },
    "what_if_info": {"user": "breakglass@northwind.example", "application": "Syncro SSO"},
    "readiness_info": {"application": "Syncro SSO", "break_glass_accounts": ["breakglass@northwind.example"]},
    "shown_info": {"results": [{"writes": [{**WRITTEN, "shown": False}]}]},
    "put_back": {"results": [], "failed_result": {"msg": "No."}},
    "posture_info": {"restriction": "Everything"},
    "audit_record": {"host": "northwind", "part_a": [{"changed": True, "diff": {"after_header": "policy X"}}]},
    "audit_verdict": {
        "record": recorded(
            {
                **{name: about.get("default") for name, about in RECORD.options.items()},
                "host": "northwind",
                "part_a": [{"changed": False}],
            }
        )["record"]
    },
    "fleet_report": {"path": "reports", "hosts": ["northwind"]},
    "run_arguments": {"playbook": "deploy"},
    "role_arguments": {"argument_specs": str(CHECKOUT / "roles/syncro_readiness/meta/argument_specs.yml")},
}
# What it has to say is a failure.
READY = [module for module in MODULES if module != "put_back"]
BLOCK = {
    "display_name": "Everything",
    "exact": True,
    "conditions": {"users": {"include_users": ["All"]}, "applications": {"include_applications": ["All"]}},
    "grant_controls": {"built_in_controls": ["block"]},
}
# Options that the lockout guard refuses.
RISKY = {
    "named_location": {"display_name": "Office", "ip_ranges": ["10.1.0.0/16"]},
    "conditional_access_policy": BLOCK,
    "lockout_guard": {"break_glass_accounts": ["breakglass@northwind.example"]},
    "rollback": {"backup_file": BACKUP_FILE},
}
# Options with a risk that is accepted.
ACCEPTED = {
    "named_location": FINE["named_location"],
    "conditional_access_policy": {**BLOCK, "accept_risks": ["BLOCK-ALL", "NO-BREAK-GLASS", "NO-TRUSTED-LOCATION"]},
    "lockout_guard": FINE["lockout_guard"],
    "rollback": FINE["rollback"],
}


class Tenant:
    """Reads of a tenant that is written down here, in place of the session's."""

    def __init__(self, failure: Exception | None = None):
        self._failure = failure
        self._expected: list[Expected] = []
        cost = Cost()
        cloud = types.SimpleNamespace(private=False)
        self.session = types.SimpleNamespace(
            caller=None,
            patience=Patience(0),
            cost=cost,
            cloud=cloud,
            tenant_id=TENANT_ID,
            permissions=None,
            each=self.each,
            evaluations=self.evaluations,
            check=lambda path, answer, method: answer,
        )

    def listings(self, paths: t.Sequence[str]) -> list[list[Json]]:
        self.session.cost.count += 1
        if self._failure:
            raise self._failure
        return [TENANT[path.split("?")[0]] for path in paths]

    def evaluations(self, path: str, bodies: t.Sequence[Json]) -> list[Json]:
        self.listings([])
        return [{"value": [{**FULL_POLICY, "policyApplies": True, "analysisReasons": "notSet"}]} for dummy in bodies]

    def each(self, path: str) -> list[Json]:
        return self.listings([path])[0]

    def attempts(self, paths: t.Sequence[str]) -> dict[str, list[Json]]:
        return dict(zip(paths, self.listings(paths), strict=True))

    def listings_beside(
        self, paths: t.Sequence[str], wished: t.Sequence[str]
    ) -> tuple[list[list[Json]], dict[str, list[Json]]]:
        answers = self.attempts([*paths, *wished])
        return [answers[path] for path in paths], {path: answers[path] for path in wished}

    def forget(self) -> None:
        """Nothing is remembered."""

    @property
    def expected(self) -> list[Expected]:
        return self._expected

    def expect(self, expected: Expected) -> None:
        self._expected.append(expected)

    def late(self) -> list[Expected]:
        """All of it shows by now."""
        self.listings([])
        self._expected = []
        return []


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> t.Callable[..., Json]:
    """Runs a module's action in check mode, with nothing behind it."""
    backup = tmp_path / "backup.jsonl"
    backup.write_text(json.dumps(BACKUP) + "\n", encoding="utf-8")

    def ran(module: str, options: Json, failure: Exception | None = None) -> Json:
        options = {name: str(backup) if value == BACKUP_FILE else value for name, value in options.items()}
        monkeypatch.setattr(connection, "reads_for", lambda *dummy: Tenant(failure))
        task = Task()
        task.args, task.check_mode = {**(CREDENTIALS if talks_to_graph(module) else {}), **options}, True
        nowhere = types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir="/"))
        plugin = action(module)(task, nowhere, None, DataLoader(), None, None)
        return plugin.run(None, {})

    return ran


TYPES = {"str": str, "int": int, "float": float, "bool": bool, "dict": dict, "list": list}
# What every task of Ansible returns.
COMMON = {"changed", "failed", "msg"}


def differences(documented: t.Mapping[str, Json], result: Json, path: str = "", partial: bool = False) -> list[str]:
    """What a result has that is not documented, what is documented and not there, and what is of another type."""
    wrong = [f"{path}{name} is not documented" for name in result if name not in documented]
    if not partial:
        promised = (name for name, about in documented.items() if not about["returned"].startswith("when that is so"))
        wrong += [f"{path}{name} is not there" for name in promised if name not in result]
    for name, value in result.items():
        if name not in documented or value is None:
            continue
        about = documented[name]
        if not isinstance(value, TYPES[about["type"]]):
            wrong.append(f"{path}{name} is not of type {about['type']}")
        elements = value if isinstance(value, list) else [value]
        for element in elements:
            if isinstance(element, dict) and about.get("contains"):
                wrong += differences(about["contains"], element, f"{path}{name}.")
            elif isinstance(value, list) and not isinstance(element, TYPES[about["elements"]]):
                wrong.append(f"{path}{name} is not a list of {about['elements']}")
    return wrong


def without_common(result: Json) -> Json:
    return {name: value for name, value in result.items() if name not in COMMON}


@pytest.mark.parametrize("module", READY)
def test_documented_results_are_those_of_a_success(docs, run, module):
    result = run(module, FINE[module])
    assert not result.get("failed"), result
    told = docs[module]["return"]
    promised = {name for name, about in told.items() if about["returned"].startswith(("success", "always"))}
    assert promised <= set(result)
    assert (
        differences({name: told[name] for name in promised | {"warnings"} & set(result)}, without_common(result)) == []
    )


def test_documented_results_are_those_of_what_always_fails(docs, run):
    graph_error = GRAPH_ERROR.facts()["graph_error"]
    failed = {"failed": True, "msg": "No.", "graph_error": graph_error, "problems": ["name: no"], "aadsts": 7000215}
    result = run("put_back", {"results": [], "failed_result": failed, "failed_task": "Try it"})
    assert result["failed"] and result["msg"] == "The task 'Try it' failed, in short: name: no"
    assert differences(docs["put_back"]["return"], without_common(result), partial=True) == []
    assert result["graph_error"] == graph_error and result["aadsts"] == 7000215
    assert "problems" not in result
    refused = run("put_back", {"results": [{"writes": [{"color": "red"}]}], "failed_result": {}})
    assert refused["failed"] and refused["problems"][0].startswith("results: holds writes that no module")


@pytest.mark.parametrize("module", MODULES)
def test_samples_are_whole_results(docs, module):
    """The examples' templates are tried on them."""
    told = {name: about for name, about in docs[module]["return"].items() if "sample" in about}
    assert differences(told, {name: about["sample"] for name, about in told.items()}) == []
    assert sorted(set(docs[module]["return"]) - set(told)) == []


@pytest.mark.parametrize("module", GUARDED)
def test_documented_results_are_those_of_the_guard(docs, run, module):
    told = docs[module]["return"]
    refused = run(module, RISKY[module])
    assert refused["failed"] and refused.get("lockout"), refused
    assert differences(told, without_common(refused), partial=True) == []
    accepted = run(module, ACCEPTED[module])
    assert not accepted.get("failed") and accepted["warnings"], accepted
    assert differences(told, without_common(accepted), partial=True) == []


GRAPH_ERROR = GraphError(
    status=403,
    code="AccessDenied",
    message="No.",
    inner="Not at all.",
    request="GET /x",
    request_id="1",
    client_request_id="2",
)


@pytest.mark.parametrize("module", [module for module in READY if talks_to_graph(module)])
@pytest.mark.parametrize(
    ("options", "failure", "key", "kind"),
    [
        ({"color": "red"}, None, "problems", "input"),
        ({}, GRAPH_ERROR, "graph_error", "refused"),
        ({}, LoginError("No.", 7000215), "aadsts", "login"),
    ],
    ids=["bad input", "refused by Graph", "no login"],
)
def test_documented_results_are_those_of_a_failure(docs, run, module, options, failure, key, kind):
    result = run(module, {**FINE[module], **options}, failure)
    assert result["failed"] and key in result, result
    assert result["failure_kind"] == kind
    assert ("requests" in result) == (key != "problems")
    assert differences(docs[module]["return"], without_common(result), partial=True) == []
