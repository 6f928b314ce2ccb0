# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What If: the action, its refusals, and what it says of policies in each state."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from graph_calls import (
    LOCATIONS,
    POLICIES,
    STRENGTH,
    SYNCRO_APP,
    GraphCaller,
    created,
    ip_location,
    policy,
    reason,
    tenant_document,
    tenant_id,
)

from graph_emulator.launch import RunningEmulator

EVALUATE = "identity/conditionalAccess/evaluate"
PARTNER = "99999999-9999-4999-8999-999999999999"
ABSENT = "99999999-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphCaller]:
    document = tenant_document(
        0,
        named_locations=[ip_location("Office", "198.51.100.0/24", isTrusted=True)],
        policies=[
            with_conditions("Sites only", {"locations": places(["All"], ["Office"])}),
            policy("Off", state="disabled"),
            policy("Strong", state="enabled", grantControls=grant(authenticationStrength={"id": STRENGTH})),
            with_conditions("Partner", {"users": partner()}),
            with_conditions("Service", {"clientApplications": {"includeServicePrincipals": ["Syncro SSO"]}}),
            with_conditions("Registers", {"applications": {"includeUserActions": ["urn:user:registersecurityinfo"]}}),
            with_conditions("Context", {"applications": {"includeAuthenticationContextClassReferences": ["c1"]}}),
        ],
    )
    document["policies"][4]["conditions"]["users"] = {"includeUsers": ["None"]}
    with RunningEmulator({"tenants": [document]}, directory=tmp_path_factory.mktemp("what_if")) as running:
        yield GraphCaller(running, tenant_id(0))


def grant(**more: Any) -> dict[str, Any]:
    return {"operator": "OR", "builtInControls": [], **more}


def with_conditions(name: str, conditions: dict[str, Any]) -> dict[str, Any]:
    body = policy(name)
    body["conditions"] |= conditions
    return body


def places(include: list[str], exclude: list[str]) -> dict[str, Any]:
    return {"includeLocations": include, "excludeLocations": exclude}


def partner() -> dict[str, Any]:
    some = {"@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants", "members": [PARTNER]}
    kinds = "b2bCollaborationGuest,serviceProvider"
    return {"includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": kinds, "externalTenants": some}}


def request(graph: GraphCaller, **changes: Any) -> dict[str, Any]:
    return {
        "signInIdentity": {"@odata.type": "#microsoft.graph.userSignIn", "userId": graph.user_id("dana")},
        "signInContext": {
            "@odata.type": "#microsoft.graph.applicationContext",
            "includeApplications": [SYNCRO_APP],
        },
        "signInConditions": {
            "ipAddress": "203.0.113.9",
            "country": "US",
            "devicePlatform": "windows",
            "clientAppType": "browser",
        },
        **changes,
    }


def results(graph: GraphCaller, **changes: Any) -> dict[str, tuple[bool, str]]:
    answer = graph.post(EVALUATE, request(graph, **changes))
    assert answer.status_code == 200, answer.text
    return {one["displayName"]: (one["policyApplies"], one["analysisReasons"]) for one in answer.json()["value"]}


def test_every_policy_with_its_reason(graph: GraphCaller) -> None:
    assert results(graph) == {
        "Sites only": (True, "notSet"),
        "Off": (False, "policyNotEnabled"),
        "Strong": (True, "notSet"),
        "Partner": (False, "users"),
        "Service": (False, "users"),
        "Registers": (False, "userActions"),
        "Context": (False, "authenticationContext"),
    }
    assert results(graph, signInConditions={"ipAddress": "198.51.100.7"})["Sites only"] == (False, "location")
    assert results(graph, signInConditions={"country": "US"})["Sites only"] == (False, "notEnoughInformation")


def test_only_what_applies(graph: GraphCaller) -> None:
    assert set(results(graph, appliedPoliciesOnly=True)) == {"Sites only", "Strong"}
    assert len(results(graph, appliedPoliciesOnly=False)) == len(results(graph, appliedPoliciesOnly=None)) == 7


def test_a_result_is_the_policy_and_more(graph: GraphCaller) -> None:
    answer = graph.post(EVALUATE, request(graph)).json()
    assert answer["@odata.context"] == (
        f"{graph.emulator.url}/v1.0/$metadata#Collection(microsoft.graph.whatIfAnalysisResult)"
    )
    for result in answer["value"]:
        alone = graph.get(f"{POLICIES}/{result['id']}").json()
        alone.pop("@odata.context")
        assert {
            name: value for name, value in result.items() if name not in ("policyApplies", "analysisReasons")
        } == alone
    strong = next(one for one in answer["value"] if one["displayName"] == "Strong")
    assert strong["grantControls"]["authenticationStrength"]["allowedCombinations"] == ["fido2", "password,sms"]


def test_other_identities(graph: GraphCaller) -> None:
    technician = {
        "@odata.type": "#microsoft.graph.userSignIn",
        "externalUserType": "serviceProvider",
        "externalTenantId": PARTNER.upper(),
    }
    assert results(graph, signInIdentity=technician)["Partner"] == (True, "notSet")
    technician["externalTenantId"] = ABSENT
    assert results(graph, signInIdentity=technician)["Partner"] == (False, "users")
    principal = graph.get(f"servicePrincipals(appId='{SYNCRO_APP}')").json()["id"]
    service = {"@odata.type": "#microsoft.graph.servicePrincipalSignIn", "servicePrincipalId": principal}
    found = results(graph, signInIdentity=service)
    assert (found["Service"], found["Strong"]) == ((True, "notSet"), (False, "workloadIdentities"))


def test_other_targets(graph: GraphCaller) -> None:
    registers = {"@odata.type": "#microsoft.graph.userActionContext", "userAction": "registerSecurityInformation"}
    assert results(graph, signInContext=registers)["Registers"] == (True, "notSet")
    context = {"@odata.type": "#microsoft.graph.authContext", "authenticationContextValue": "c1"}
    found = results(graph, signInContext=context)
    assert (found["Context"], found["Sites only"]) == ((True, "notSet"), (False, "application"))
    several = {
        "@odata.type": "#microsoft.graph.applicationContext",
        "includeApplications": ["00000003-0000-0000-c000-000000000000", SYNCRO_APP.upper()],
    }
    assert results(graph, signInContext=several)["Sites only"] == (True, "notSet")


def test_everything_that_can_be_said(graph: GraphCaller) -> None:
    said = {
        "devicePlatform": "linux",
        "clientAppType": "browser",
        "signInRiskLevel": "high",
        "userRiskLevel": "high",
        "servicePrincipalRiskLevel": "none",
        "country": "US",
        "ipAddress": "2001:db8::1",
        "insiderRiskLevel": "elevated",
        "authenticationFlow": {"transferMethod": "deviceCodeFlow"},
        "deviceInfo": {"isCompliant": True, "extensionAttribute1": "SAW", "physicalIds": ["a"]},
    }
    assert results(graph, signInConditions=said)["Sites only"] == (True, "notSet")


def test_in_a_batch(graph: GraphCaller) -> None:
    headers = {"Content-Type": "application/json"}
    part = {"id": "1", "method": "POST", "url": f"/{EVALUATE}", "headers": headers, "body": request(graph)}
    wrong = {**part, "id": "2", "body": {}}
    found = graph.post("$batch", {"requests": [part, wrong]}).json()["responses"]
    answers = {one["id"]: one for one in found}
    assert {key: one["status"] for key, one in answers.items()} == {"1": 200, "2": 400}
    assert len(answers["1"]["body"]["value"]) == 7


def test_what_is_not_said_is_not_guessed(graph: GraphCaller) -> None:
    made = created(graph, POLICIES, with_conditions("Phones", {"platforms": {"includePlatforms": ["iOS", "android"]}}))
    assert results(graph, signInConditions={})["Phones"] == (False, "notEnoughInformation")
    assert results(graph, signInConditions={"devicePlatform": "all"})["Phones"] == (False, "notEnoughInformation")
    assert results(graph, signInConditions={"devicePlatform": "macOS"})["Phones"] == (False, "devicePlatform")
    assert results(graph, signInConditions={"devicePlatform": "iOS"})["Phones"] == (True, "notSet")
    assert graph.delete(f"{POLICIES}/{made['id']}").status_code == 204


def test_it_changes_nothing_and_sees_changes_at_once(graph: GraphCaller) -> None:
    before = graph.values(POLICIES)
    results(graph)
    assert graph.values(POLICIES) == before
    location = created(graph, LOCATIONS, ip_location("Branch", "203.0.113.0/24"))
    made = created(graph, POLICIES, with_conditions("Branch only", {"locations": places([location["id"]], [])}))
    assert results(graph)["Branch only"] == (True, "notSet")
    assert graph.patch(f"{POLICIES}/{made['id']}", {"state": "disabled"}).status_code == 204
    assert results(graph)["Branch only"] == (False, "policyNotEnabled")
    assert graph.delete(f"{POLICIES}/{made['id']}").status_code == 204


Change = Callable[[dict[str, Any]], None]


def put(path: str, value: Any) -> Change:
    *parents, name = path.split("/")

    def change(body: dict[str, Any]) -> None:
        for parent in parents:
            body = body[parent]
        body[name] = value

    return change


def drop(path: str) -> Change:
    *parents, name = path.split("/")

    def change(body: dict[str, Any]) -> None:
        for parent in parents:
            body = body[parent]
        del body[name]

    return change


@pytest.mark.parametrize(
    ("change", "message", "problem"),
    [
        (put("policies", []), "The parameter 'policies' in the request payload is not a valid parameter", ""),
        (drop("signInIdentity"), "The parameter 'signInIdentity' of the operation 'evaluate' is missing", ""),
        (put("signInContext", None), "The parameter 'signInContext' of the operation 'evaluate' is missing", ""),
        (drop("signInConditions"), "The parameter 'signInConditions' of the operation 'evaluate' is missing", ""),
        (put("appliedPoliciesOnly", "yes"), "Invalid request body", "appliedPoliciesOnly: not true or false"),
        (drop("signInIdentity/@odata.type"), "Invalid request body", "its @odata.type is missing or is no"),
        (put("signInIdentity/@odata.type", "#microsoft.graph.authContext"), "Invalid request body", "is no"),
        (put("signInIdentity/upn", "dana"), "Invalid request body", "userSignIn has no property 'upn'"),
        (put("signInIdentity/externalUserType", None), "Invalid request body", "null is not allowed here"),
        (put("signInContext/applications", []), "Invalid request body", "has no property 'applications'"),
        (put("signInConditions/location", "US"), "Invalid request body", "has no property 'location'"),
        (put("signInConditions/signInRiskLevel", "extreme"), "Invalid request body", "'extreme' is not a word of"),
        (put("signInConditions/devicePlatform", "Windows"), "Invalid request body", "'Windows' is not a word of"),
        (put("signInConditions/clientAppType", "unknownFutureValue"), "Invalid request body", "is not a word of"),
        (put("signInConditions/deviceInfo", {"colour": "red"}), "Invalid request body", "has no property 'colour'"),
        (put("signInConditions/ipAddress", 7), "Invalid request body", "not a string"),
    ],
)
def test_refused_for_the_schema(graph: GraphCaller, change: Change, message: str, problem: str) -> None:
    body = copy.deepcopy(request(graph))
    change(body)
    graph.emulator.clear()
    answer = graph.post(EVALUATE, body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "BadRequest")
    assert error["message"].startswith(message)
    (line,) = graph.emulator.requests()
    assert problem in " ".join(line.get("problems", []))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put("signInIdentity/userId", ABSENT), f"User with id {ABSENT} does not exist"),
        (put("signInIdentity/userId", "dana@t0.example"), "User with id dana@t0.example does not exist"),
        (drop("signInIdentity/userId"), "must be a user, a kind of external user or a service principal"),
        (
            put(
                "signInIdentity",
                {"@odata.type": "#microsoft.graph.servicePrincipalSignIn", "servicePrincipalId": ABSENT},
            ),
            f"ServicePrincipal with id {ABSENT} does not exist",
        ),
        (put("signInContext/includeApplications", []), "must name at least one application"),
        (
            put("signInContext/includeApplications", ["Office365"]),
            "'Office365' of the sign-in context is no application",
        ),
        (put("signInContext", {"@odata.type": "#microsoft.graph.userActionContext"}), "'userAction'"),
        (put("signInContext", {"@odata.type": "#microsoft.graph.authContext"}), "'authenticationContextValue'"),
        (put("signInConditions/ipAddress", "203.0.113.0/24"), "Invalid IP address: '203.0.113.0/24'"),
        (put("signInConditions/country", "USA"), "Invalid country or region code: 'USA'"),
    ],
)
def test_refused_for_what_it_says(graph: GraphCaller, change: Change, message: str) -> None:
    body = copy.deepcopy(request(graph))
    change(body)
    assert message in reason(graph.post(EVALUATE, body))


def test_only_post(graph: GraphCaller) -> None:
    assert graph.get(EVALUATE).status_code == 405
    assert graph.post(EVALUATE).status_code == 400
