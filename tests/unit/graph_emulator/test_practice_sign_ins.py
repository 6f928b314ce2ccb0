# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signing people in through the practice path: outcomes, log entries, sessions and their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from graph_calls import (
    LOCATIONS,
    POLICIES,
    STRENGTH,
    SYNCRO_APP,
    TERMS_OF_USE,
    TIMEOUT,
    GraphCaller,
    created,
    ip_location,
    policy,
    tenant_document,
    tenant_id,
)

from graph_emulator.launch import PracticeRefused, RunningEmulator

SIGN_INS = "auditLogs/signIns"
VERDICTS = {"Prefer": "include-unknown-enum-members"}
EVERY_TIME = {"isEnabled": True, "type": None, "value": None, "frequencyInterval": "everyTime"}
RISKY = {"risk": {"sign_in": "high"}}
OFFICE, ELSEWHERE = "198.51.100.10", "203.0.113.9"


def domain(graph: GraphCaller) -> str:
    return f"t{int(graph.tenant[-12:])}.example"


def sign_in(graph: GraphCaller, name: str = "dana", **keys: Any) -> dict[str, Any]:
    given = {"user": f"{name}@{domain(graph)}", "app": "Syncro SSO", "ip": ELSEWHERE, **keys}
    given = {key: value for key, value in given.items() if value is not None}
    return graph.emulator.sign_in(graph.tenant, **given)


def newest(graph: GraphCaller) -> dict[str, Any]:
    return graph.values(f"{SIGN_INS}?$top=1", headers=VERDICTS)[0]


def enforce(graph: GraphCaller, *controls: str, state: str = "enabled", operator: str = "OR", **more: Any) -> str:
    """Make a policy for everybody and every application, and return its id."""
    session = more.pop("sessionControls", None)
    grant = {"operator": operator, "builtInControls": list(controls), **more.pop("grant", {})}
    has_grant = bool(controls) or len(grant) > 2
    body = policy("Ask", state=state, grantControls=grant if has_grant else None, sessionControls=session)
    body["conditions"] |= {"applications": {"includeApplications": ["All"]}, **more}
    return str(created(graph, POLICIES, body)["id"])


def results(answer: dict[str, Any]) -> list[str]:
    return [one["result"] for one in answer["policies"]]


def test_the_article_from_report_only_to_enforced(graph: GraphCaller) -> None:
    location = created(graph, LOCATIONS, ip_location("Trusted - Office", f"{OFFICE}/32", isTrusted=True))
    body = policy("Block Syncro - Outside Trusted IPs")
    body["conditions"]["locations"] = {"includeLocations": ["All"], "excludeLocations": [location["id"]]}
    body["conditions"]["users"]["excludeUsers"] = [graph.user_id("breakglass")]
    made = created(graph, POLICIES, body)

    inside, outside = sign_in(graph, ip=OFFICE), sign_in(graph, country="RU", city="Perm")
    assert (inside["outcome"], results(inside)) == ("succeeded", ["reportOnlyNotApplied"])
    assert (outside["outcome"], results(outside)) == ("succeeded", ["reportOnlyFailure"])
    assert inside["policies"][0]["reason"] == "location"
    entry = newest(graph)
    assert (entry["id"], entry["createdDateTime"]) == (outside["entry_id"], outside["at"])
    assert entry["status"] == {"errorCode": 0, "failureReason": "Other.", "additionalDetails": None}
    assert entry["conditionalAccessStatus"] == "notApplied"
    assert (entry["location"]["countryOrRegion"], entry["location"]["city"]) == ("RU", "Perm")
    assert (entry["appId"], entry["userId"]) == (SYNCRO_APP, graph.user_id("dana"))
    assert entry["appliedConditionalAccessPolicies"] == [
        {
            "id": made["id"],
            "displayName": "Block Syncro - Outside Trusted IPs",
            "enforcedGrantControls": ["Block"],
            "enforcedSessionControls": [],
            "result": "reportOnlyFailure",
        }
    ]

    assert graph.patch(f"{POLICIES}/{made['id']}", {"state": "enabled"}).status_code == 204
    blocked = sign_in(graph)
    assert (blocked["outcome"], blocked["error_code"], results(blocked)) == ("blocked", 53003, ["failure"])
    assert blocked["reason"].startswith("AADSTS53003: Access has been blocked by Conditional Access policies.")
    entry = newest(graph)
    assert (entry["status"]["errorCode"], entry["conditionalAccessStatus"]) == (53003, "failure")
    assert results(sign_in(graph, ip=OFFICE)) == ["notApplied"]
    assert sign_in(graph, "breakglass")["outcome"] == "succeeded"

    wider = ip_location("Trusted - Office", f"{OFFICE}/32", f"{ELSEWHERE}/32", isTrusted=True)
    assert graph.patch(f"{LOCATIONS}/{location['id']}", wider).status_code == 204
    assert sign_in(graph)["outcome"] == "succeeded"


def test_every_property_of_the_type_is_there(graph: GraphCaller) -> None:
    sign_in(graph, user_agent="Mozilla/5.0")
    entry = newest(graph)
    assert entry["userAgent"] == "Mozilla/5.0"
    assert entry["deviceDetail"]["operatingSystem"] == "Windows10"
    assert entry["riskLevelDuringSignIn"] == "hidden"
    assert set(entry) == {
        "id",
        *"appDisplayName appId appliedConditionalAccessPolicies authenticationAppDeviceDetails clientAppUsed".split(),
        *"conditionalAccessStatus correlationId createdDateTime deviceDetail homeTenantId ipAddress".split(),
        *"isInteractive location resourceDisplayName resourceId resourceTenantId riskDetail riskEventTypes".split(),
        *"riskEventTypes_v2 riskLevelAggregated riskLevelDuringSignIn riskState servicePrincipalId".split(),
        *"servicePrincipalName status userAgent userDisplayName userId userPrincipalName".split(),
    }


# (controls, keys of the sign-in, outcome, number)
OUTCOMES: list[tuple[str, dict[str, Any], dict[str, Any], str, int]] = [
    ("mfa is done when asked", {"controls": ["mfa"]}, {"mfa": True}, "succeeded", 0),
    ("mfa is not done", {"controls": ["mfa"]}, {"name": "breakglass", "mfa": False}, "mfa_required", 50076),
    ("nothing registered", {"controls": ["mfa"]}, {"name": "dana"}, "mfa_registration_required", 50079),
    ("whoever is registered does it", {"controls": ["mfa"]}, {"name": "breakglass"}, "succeeded", 0),
    ("mfa by claim", {"controls": ["mfa"]}, {"mfa": False, "mfa_claim": True}, "succeeded", 0),
    (
        "an old protocol cannot be asked",
        {"controls": ["mfa"]},
        {"mfa": True, "client_app": "IMAP4"},
        "blocked",
        53003,
    ),
    ("block beats mfa", {"controls": ["block"]}, {"mfa": True}, "blocked", 53003),
    ("a device that is not compliant", {"controls": ["compliantDevice"]}, {}, "stopped", 53000),
    (
        "a compliant device",
        {"controls": ["compliantDevice"]},
        {"device": {"deviceId": "x", "isCompliant": True}},
        "succeeded",
        0,
    ),
    ("a device that is not joined", {"controls": ["domainJoinedDevice"]}, {}, "stopped", 53001),
    (
        "a joined device",
        {"controls": ["domainJoinedDevice"]},
        {"device": {"trustType": "ServerAD"}},
        "succeeded",
        0,
    ),
    ("an app that is not approved", {"controls": ["approvedApplication"]}, {}, "stopped", 53002),
    ("an approved app", {"controls": ["approvedApplication"]}, {"approved_app": True}, "succeeded", 0),
    ("an app that is not protected", {"controls": ["compliantApplication"]}, {}, "stopped", 53009),
    ("a protected app", {"controls": ["compliantApplication"]}, {"protected_app": True}, "succeeded", 0),
    (
        "one of: the device saves the second factor",
        {"controls": ["mfa", "compliantDevice"]},
        {"mfa": False, "device": {"isCompliant": True}},
        "succeeded",
        0,
    ),
    (
        "all of: mfa comes first",
        {"controls": ["mfa", "compliantDevice"], "operator": "AND"},
        {"name": "breakglass", "mfa": False},
        "mfa_required",
        50076,
    ),
    (
        "all of: then the device",
        {"controls": ["mfa", "compliantDevice"], "operator": "AND"},
        {"mfa": True},
        "stopped",
        53000,
    ),
    ("terms accepted", {"grant": {"termsOfUse": [TERMS_OF_USE]}}, {}, "succeeded", 0),
    ("terms not accepted", {"grant": {"termsOfUse": [TERMS_OF_USE]}}, {"accepts_terms": False}, "stopped", 50158),
    ("a custom control", {"grant": {"customAuthenticationFactors": ["Duo"]}}, {"mfa": True}, "stopped", 50158),
    (
        "a method that is strong enough, without asking",
        {"grant": {"authenticationStrength": {"id": STRENGTH}}},
        {"mfa": True, "method": "fido2"},
        "succeeded",
        0,
    ),
    (
        "a method that is strong enough, when asked",
        {"grant": {"authenticationStrength": {"id": STRENGTH}}},
        {"mfa": True, "method": "password, sms"},
        "succeeded",
        0,
    ),
    (
        "a method that is not",
        {"grant": {"authenticationStrength": {"id": STRENGTH}}},
        {"name": "breakglass"},
        "mfa_required",
        50076,
    ),
    (
        "a method that is strong enough, done again where every time counts",
        {"grant": {"authenticationStrength": {"id": STRENGTH}}, "sessionControls": {"signInFrequency": EVERY_TIME}},
        {"mfa": True, "method": "password,sms", "mfa_claim": True},
        "succeeded",
        0,
    ),
    ("a wrong password", {"controls": ["block"]}, {"wrong_password": True}, "wrong_password", 50126),
    ("a disabled account", {"controls": ["block"]}, {"name": "syncro-svc"}, "account_disabled", 50057),
    (
        "risk without P2 is not known",
        {"controls": ["block"], "signInRiskLevels": ["high"]},
        RISKY,
        "succeeded",
        0,
    ),
    (
        "a flow",
        {"controls": ["block"], "authenticationFlows": {"transferMethods": "deviceCodeFlow"}},
        {"flow": "deviceCodeFlow"},
        "blocked",
        53003,
    ),
    (
        "a platform",
        {"controls": ["block"], "platforms": {"includePlatforms": ["linux"]}},
        {"platform": "linux"},
        "blocked",
        53003,
    ),
    (
        "a platform nobody knows",
        {"controls": ["block"], "platforms": {"includePlatforms": ["all"], "excludePlatforms": ["windows"]}},
        {"platform": "unknown"},
        "blocked",
        53003,
    ),
]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    """A tenant for each row."""
    seed = {"tenants": [tenant_document(number) for number in range(len(OUTCOMES))]}
    with RunningEmulator(seed, directory=tmp_path_factory.mktemp("outcomes")) as running:
        yield running


@pytest.mark.parametrize("number", range(len(OUTCOMES)), ids=[row[0] for row in OUTCOMES])
def test_outcomes(outcomes: RunningEmulator, number: int) -> None:
    _name, wanted, keys, word, code = OUTCOMES[number]
    caller = GraphCaller(outcomes, tenant_id(number))
    enforce(caller, *wanted.get("controls", ()), **{key: one for key, one in wanted.items() if key != "controls"})
    found = sign_in(caller, **keys)
    assert (found["outcome"], found["error_code"]) == (word, code), found
    assert newest(caller)["status"]["errorCode"] == code


def test_a_refusal_before_policies_has_no_verdicts(graph: GraphCaller) -> None:
    enforce(graph, "block")
    assert sign_in(graph, wrong_password=True)["policies"] == []
    entry = newest(graph)
    assert (entry["appliedConditionalAccessPolicies"], entry["conditionalAccessStatus"]) == ([], "notApplied")


def test_report_only_stops_nobody_and_sees_what_others_asked(graph: GraphCaller) -> None:
    enforce(graph, "mfa", state="enabledForReportingButNotEnforced")
    assert results(sign_in(graph, mfa=True)) == ["reportOnlyInterrupted"]
    enforce(graph, "mfa")
    found = sign_in(graph, mfa=True)
    assert (found["outcome"], results(found)) == ("succeeded", ["reportOnlySuccess", "success"])
    assert newest(graph)["status"]["additionalDetails"] == "MFA completed in Azure AD"
    assert sign_in(graph, mfa_claim=True)["outcome"] == "succeeded"
    assert newest(graph)["status"]["additionalDetails"] == "MFA requirement satisfied by claim in the token"


def test_block_ends_it_before_anybody_is_asked(graph: GraphCaller) -> None:
    enforce(graph, "mfa")
    enforce(graph, "block")
    found = sign_in(graph, mfa=True)
    assert (found["outcome"], results(found)) == ("blocked", ["failure", "failure"])
    assert results(sign_in(graph, mfa=True, mfa_claim=True)) == ["success", "failure"]
    assert newest(graph)["conditionalAccessStatus"] == "failure"


def test_disabled_and_deleted_policies(graph: GraphCaller) -> None:
    made = enforce(graph, "block")
    assert graph.patch(f"{POLICIES}/{made}", {"state": "disabled"}).status_code == 204
    assert results(sign_in(graph)) == ["notEnabled"]
    assert graph.delete(f"{POLICIES}/{made}").status_code == 204
    assert results(sign_in(graph)) == []


def test_terms_stay_accepted_and_count_as_missing_while_mfa_is(graph: GraphCaller) -> None:
    made = enforce(graph, grant={"termsOfUse": [TERMS_OF_USE]})
    assert sign_in(graph, accepts_terms=False)["outcome"] == "stopped"
    assert sign_in(graph)["outcome"] == "succeeded"
    assert sign_in(graph, accepts_terms=False)["outcome"] == "succeeded"
    enforce(graph, "mfa")
    found = sign_in(graph, mfa=False)
    assert (found["error_code"], results(found)) == (50079, ["failure", "failure"])
    assert found["policies"][0]["id"] == made


def test_user_actions_contexts_and_service_principals(graph: GraphCaller) -> None:
    enforce(graph, "block", applications={"includeUserActions": ["urn:user:registersecurityinfo"]})
    assert sign_in(graph)["outcome"] == "succeeded"
    assert sign_in(graph, app=None, user_action="registerSecurityInformation")["outcome"] == "blocked"
    assert newest(graph)["appDisplayName"] == "My Security Info"
    enforce(graph, "block", applications={"includeAuthenticationContextClassReferences": ["c1"]})
    assert sign_in(graph, app=None, authentication_context="c1")["outcome"] == "blocked"
    assert sign_in(graph, app=None, authentication_context="c2")["outcome"] == "succeeded"
    workloads = {"includeServicePrincipals": ["ServicePrincipalsInMyTenant"]}
    enforce(graph, "block", users={"includeUsers": ["None"]}, clientApplications=workloads)
    before = len(graph.values(SIGN_INS))
    found = sign_in(graph, user=None, service_principal="Auditor", app="Microsoft Graph")
    assert (found["outcome"], found["entry_id"]) == ("blocked", None)
    assert len(graph.values(SIGN_INS)) == before, "the v1.0 log has users only"


def test_risk_with_p2(launch: Callable[..., RunningEmulator]) -> None:
    graph = GraphCaller(launch(tenant_document(0, licences=["AAD_PREMIUM_P2"])), tenant_id(0))
    enforce(graph, "block", signInRiskLevels=["high"])
    assert sign_in(graph, **RISKY)["outcome"] == "blocked"
    assert newest(graph)["riskLevelDuringSignIn"] == "high"
    assert sign_in(graph)["outcome"] == "succeeded"
    assert newest(graph)["riskLevelDuringSignIn"] == "none"


def test_a_password_is_changed_when_the_policy_wants_it(launch: Callable[..., RunningEmulator]) -> None:
    graph = GraphCaller(launch(tenant_document(0, licences=["AAD_PREMIUM_P2"])), tenant_id(0))
    enforce(graph, "mfa", "passwordChange", operator="AND", userRiskLevels=["high"])
    risky = {"mfa": True, "risk": {"user": "high"}}
    assert sign_in(graph, **risky)["outcome"] == "succeeded"
    found = sign_in(graph, **risky, changes_password=False)
    assert (found["outcome"], found["error_code"]) == ("stopped", 50142)


def test_when_it_was(graph: GraphCaller) -> None:
    two_hours_ago = datetime.now(UTC) - timedelta(hours=2)
    moments = [sign_in(graph, at=text)["at"] for text in ("-1d 09:15", "2026-01-02T03:04:05+01:00", "-2h", "-90s")]
    assert moments[0][11:] == "09:15:00.0000000Z"
    assert moments[1] == "2026-01-02T02:04:05.0000000Z"
    assert two_hours_ago.strftime("%Y-%m-%dT%H:%M") <= moments[2] < moments[3]
    seen = [one["createdDateTime"] for one in graph.values(SIGN_INS)]
    assert seen == [moments[3], moments[2], moments[0]], "newest first, and nothing from before thirty days ago"


def test_entries_arrive_late(graph: GraphCaller) -> None:
    first = sign_in(graph)
    late = sign_in(graph, late_by=3600)
    long_ago = sign_in(graph, at="-3h", late_by=3600)
    assert [one["id"] for one in graph.values(SIGN_INS)] == [first["entry_id"], long_ago["entry_id"]]
    assert graph.get(f"{SIGN_INS}/{late['entry_id']}").status_code == 404
    assert graph.emulator.let_entries_arrive(graph.tenant) == 1
    assert [one["id"] for one in graph.values(SIGN_INS)] == [late["entry_id"], first["entry_id"], long_ago["entry_id"]]
    assert graph.get(f"{SIGN_INS}/{late['entry_id']}").json()["createdDateTime"] == late["at"]
    assert graph.emulator.let_entries_arrive(graph.tenant) == 0


def test_sessions_meet_the_policy_at_their_renewal(graph: GraphCaller) -> None:
    assert sign_in(graph, continue_session=True)["error_code"] == 50058
    sign_in(graph, at="-90m")
    enforce(graph, "block")
    assert sign_in(graph, continue_session=True, at="-60m")["outcome"] == "session_continues"
    blocked = sign_in(graph, continue_session=True, at="-29m")
    assert (blocked["outcome"], blocked["entry_id"]) == ("blocked", None)
    assert len(graph.values(SIGN_INS)) == 1, "the v1.0 log has interactive sign-ins only"


def test_a_renewal_is_good_for_another_hour(graph: GraphCaller) -> None:
    sign_in(graph, at="-150m")
    assert sign_in(graph, continue_session=True, at="-80m")["outcome"] == "succeeded"
    enforce(graph, "block")
    assert sign_in(graph, continue_session=True, at="-30m")["outcome"] == "session_continues"
    assert sign_in(graph, continue_session=True, at="-10m")["outcome"] == "blocked"


def test_a_session_brings_its_mfa_until_the_frequency_is_over(graph: GraphCaller) -> None:
    sign_in(graph, "breakglass", at="-5h")
    made = enforce(graph, "mfa")
    assert sign_in(graph, "breakglass", continue_session=True, at="-4h")["error_code"] == 50076
    sign_in(graph, "breakglass", at="-4h")
    assert sign_in(graph, "breakglass", continue_session=True, at="-2h")["outcome"] == "succeeded"
    every_hour = {"isEnabled": True, "type": "hours", "value": 1, "frequencyInterval": "timeBased"}
    assert graph.patch(f"{POLICIES}/{made}", {"sessionControls": {"signInFrequency": every_hour}}).status_code == 204
    over = sign_in(graph, "breakglass", continue_session=True, at="-30m")
    assert (over["outcome"], over["error_code"]) == ("sign_in_again", 70044)


def test_every_time_asks_every_time(graph: GraphCaller) -> None:
    enforce(graph, "mfa", sessionControls={"signInFrequency": EVERY_TIME})
    assert sign_in(graph, "breakglass")["outcome"] == "succeeded"
    assert sign_in(graph, "breakglass", mfa=False, mfa_claim=True)["outcome"] == "mfa_required"


def test_revoked_sessions_are_over(graph: GraphCaller) -> None:
    sign_in(graph, at="-10m")
    sign_in(graph, "breakglass", at="-10m")
    before = graph.get(f"users/dana@{domain(graph)}?$select=signInSessionsValidFromDateTime").json()
    answer = graph.post(f"users/{graph.user_id('dana')}/revokeSignInSessions")
    assert answer.status_code == 200
    assert answer.json() == {"@odata.context": f"{graph.emulator.url}/v1.0/$metadata#Edm.Boolean", "value": True}
    after = graph.get(f"users/dana@{domain(graph)}?$select=signInSessionsValidFromDateTime").json()
    assert after["signInSessionsValidFromDateTime"] > before["signInSessionsValidFromDateTime"]
    enforce(graph, "block")
    ended = sign_in(graph, continue_session=True)
    assert (ended["outcome"], ended["error_code"]) == ("sign_in_again", 50173)
    assert sign_in(graph)["outcome"] == "blocked"
    assert sign_in(graph, "breakglass", continue_session=True)["outcome"] == "session_continues"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "users/absent@t0.example/revokeSignInSessions", 404),
        ("GET", "users/dana@{domain}/revokeSignInSessions", 405),
        ("POST", "users/dana@{domain}", 405),
    ],
)
def test_what_revoking_refuses(shared: GraphCaller, method: str, path: str, status: int) -> None:
    assert shared.call(method, path.format(domain=domain(shared))).status_code == status


def test_sessions_of_guests_are_their_own_tenants(launch: Callable[..., RunningEmulator]) -> None:
    document = tenant_document(0)
    document["users"].append({"upn": "pat@t0.example", "user_type": "Guest"})
    graph = GraphCaller(launch(document), tenant_id(0))
    sign_in(graph, "pat", at="-10m")
    assert graph.post("users/pat@t0.example/revokeSignInSessions").json()["value"] is True
    assert sign_in(graph, "pat", continue_session=True)["outcome"] == "session_continues"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"user": "who@t0.example"}, "user: there is no user 'who@t0.example'"),
        ({"user": None}, "user: give a user or a service_principal, one of the two"),
        ({"service_principal": "Auditor"}, "user: give a user or a service_principal, one of the two"),
        ({"user": None, "service_principal": "x"}, "service_principal: there is no service principal 'x'"),
        ({"app": "what"}, "app: there is no application 'what'"),
        ({"app": None}, "app: give an app, a user_action or an authentication_context, one of them"),
        ({"user_action": "registerOrJoinDevices"}, "app: give an app, a user_action or an authentication_context"),
        ({"ip": None}, "ip: is missing"),
        ({"ip": "office"}, "ip: 'office' is not an IP address"),
        ({"country": "USA"}, "country: 'USA' is no two-letter code of ISO 3166-1"),
        ({"colour": "red"}, "colour: is not known here; known: user"),
        ({"at": "yesterday"}, "at: 'yesterday' is not a date and time, or how long ago"),
        ({"at": "2026-02-30T00:00:00Z"}, "at: '2026-02-30T00:00:00Z' is no date"),
        ({"at": "2999-01-01"}, "at: '2999-01-01' is in the future"),
        ({"late_by": -1}, "late_by: -1 is not a number from 0"),
        ({"method": "magic"}, "method: 'magic' is not a word of authenticationMethodModes"),
        ({"device": {"colour": "red"}}, "device: deviceInfo has no property 'colour'"),
        ({"risk": {"sign_in": "extreme"}}, "risk.sign_in: 'extreme' is not one of none, low, medium, high"),
        ({"platform": "Windows"}, "platform: 'Windows' is not one of android"),
        ({"mfa": "yes"}, "mfa: 'yes' is not true or false"),
    ],
)
def test_what_cannot_be_signed_in(shared: GraphCaller, keys: dict[str, Any], message: str) -> None:
    with pytest.raises(PracticeRefused) as refusal:
        sign_in(shared, **keys)
    assert message in str(refusal.value)


def test_all_mistakes_at_once(shared: GraphCaller) -> None:
    with pytest.raises(PracticeRefused) as refusal:
        sign_in(shared, user="who@x", app="what", ip="office", country="XX")
    assert len(str(refusal.value).splitlines()) == 4


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "practice/absent.example/sign-ins", "{}", 404),
        ("GET", "practice/{tenant}/sign-ins", None, 405),
        ("POST", "practice/{tenant}/nothing", "{}", 400),
        ("POST", "practice/{tenant}/sign-ins", "{", 400),
        ("POST", "practice/{tenant}/sign-ins", "[]", 400),
    ],
)
def test_practice_calls_that_are_none(shared: GraphCaller, method: str, path: str, body: Any, status: int) -> None:
    url = f"{shared.emulator.url}/{path.format(tenant=shared.tenant)}"
    headers = {"Content-Type": "application/json"}
    answer = requests.request(method, url, data=body, headers=headers, verify=shared.emulator.ca_file, timeout=TIMEOUT)
    assert answer.status_code == status
    assert answer.json()["problems"]


def test_practice_is_no_part_of_graph(shared: GraphCaller) -> None:
    assert shared.post(f"practice/{shared.tenant}/sign-ins", {}).status_code == 400
    shared.emulator.clear()
    sign_in(shared)
    (line,) = shared.emulator.requests()
    assert (line["method"], line["path"], line["tenant"]) == (
        "POST",
        f"/practice/{shared.tenant}/sign-ins",
        shared.tenant,
    )
