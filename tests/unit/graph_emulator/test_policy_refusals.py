# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Graph refuses of a policy: one row a rule, changed from a body that is accepted."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from graph_calls import POLICIES, SYNCRO_APP, TERMS_OF_USE, GraphCaller, policy

MALFORMED = "The server could not process the request because it is malformed or incorrect."
SCHEMA = "1007: Incoming ConditionalAccessPolicy object is null or does not match the schema"
ABSENT = "99999999-9999-4999-8999-999999999999"
MFA_STRENGTH = {"id": "00000000-0000-0000-0000-000000000002"}
ABSENT_GUESTS = {"externalTenants": {"membershipKind": "all"}, "guestOrExternalUserTypes": "internalGuest"}

Row = tuple[str, dict[str, Any], str]


def guests(kind: str, **more: Any) -> dict[str, Any]:
    tenants = {"@odata.type": f"#microsoft.graph.conditionalAccess{kind}ExternalTenants", **more}
    return {"guestOrExternalUserTypes": "b2bCollaborationGuest", "externalTenants": tenants}


def at(path: str, value: Any) -> dict[str, Any]:
    return {path: value}


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    """Return an accepted policy with some places changed; ``...`` takes a place out."""
    body = copy.deepcopy(policy())
    for path, value in changes.items():
        target = body
        *way, last = [path] if path.startswith("@") else path.split(".")
        for name in way:
            target = target.setdefault(name, {})
        if value is ...:
            target.pop(last, None)
        else:
            target[last] = value
    return body


CONDITIONS, USERS, APPS, GRANT, SESSION = (
    "conditions",
    "conditions.users",
    "conditions.applications",
    "grantControls",
    "sessionControls",
)
SCHEMA_ROWS: list[tuple[str, dict[str, Any]]] = [
    ("unknown property", at("colour", "red")),
    ("unknown property below", at(f"{USERS}.includeEverybody", True)),
    ("name missing", at("displayName", ...)),
    ("name null", at("displayName", None)),
    ("name not a text", at("displayName", 7)),
    ("state missing", at("state", ...)),
    ("state unknown", at("state", "on")),
    ("state in another case", at("state", "Enabled")),
    ("conditions missing", at(CONDITIONS, ...)),
    ("conditions not an object", at(CONDITIONS, [])),
    ("null in a collection's place", at(f"{USERS}.excludeUsers", None)),
    ("text in a collection's place", at(f"{USERS}.includeUsers", "All")),
    ("null inside a collection", at(f"{USERS}.excludeUsers", [None])),
    ("unknown client app", at(f"{CONDITIONS}.clientAppTypes", ["fax"])),
    ("unknownFutureValue", at(f"{CONDITIONS}.clientAppTypes", ["unknownFutureValue"])),
    ("unknown control", at(f"{GRANT}.builtInControls", ["smile"])),
    ("unknown platform", at(f"{CONDITIONS}.platforms", {"includePlatforms": ["beos"]})),
    ("unknown flag", at(f"{CONDITIONS}.insiderRiskLevels", "minor,huge")),
    ("flag as a list", at(f"{CONDITIONS}.insiderRiskLevels", ["minor"])),
    ("abstract type not named", at(f"{USERS}.includeGuestsOrExternalUsers", ABSENT_GUESTS)),
    ("tenants of guests of no type", at(f"{USERS}.includeGuestsOrExternalUsers", guests("Some"))),
    (
        "members of all tenants",
        at(f"{USERS}.includeGuestsOrExternalUsers", guests("All", members=[ABSENT])),
    ),
    ("unknown kind of guest", at(f"{USERS}.includeGuestsOrExternalUsers", {"guestOrExternalUserTypes": "alien"})),
    ("no kind of guest", at(f"{USERS}.includeGuestsOrExternalUsers", {"externalTenants": None})),
    ("unknown transfer", at(f"{CONDITIONS}.authenticationFlows", {"transferMethods": "deviceCodeFlow,pigeon"})),
    ("transfers as a list", at(f"{CONDITIONS}.authenticationFlows", {"transferMethods": ["deviceCodeFlow"]})),
    ("no transfer", at(f"{CONDITIONS}.authenticationFlows", {})),
    ("no flag at all", at(f"{CONDITIONS}.insiderRiskLevels", "")),
    ("unknown mode of a filter", at(f"{CONDITIONS}.devices", {"deviceFilter": {"mode": "only", "rule": "x"}})),
    ("workloads by text", at(f"{CONDITIONS}.clientApplications", {"includeServicePrincipals": "All"})),
    ("unknown risk of workloads", at(f"{CONDITIONS}.servicePrincipalRiskLevels", ["minor"])),
    ("filter without a rule", at(f"{CONDITIONS}.devices", {"deviceFilter": {"mode": "include"}})),
    ("boolean as text", at(f"{SESSION}.disableResilienceDefaults", "true")),
    ("number as text", at(f"{SESSION}.signInFrequency", {"isEnabled": True, "type": "hours", "value": "4"})),
    ("wrong @odata.type", at("@odata.type", "#microsoft.graph.ipNamedLocation")),
    ("own id", at("id", ABSENT)),
]
REASON_ROWS: list[Row] = [
    ("blank name", at("displayName", "  "), "displayName"),
    ("long name", at("displayName", "x" * 257), "256 characters"),
    ("no client app types", at(f"{CONDITIONS}.clientAppTypes", ...), "'clientAppTypes' condition must be specified"),
    ("empty client app types", at(f"{CONDITIONS}.clientAppTypes", []), "'clientAppTypes' condition must be specified"),
    ("nobody", at(f"{USERS}.includeUsers", []), "'users' condition must include"),
    ("nobody but exclusions", at(USERS, {"excludeUsers": ["GuestsOrExternalUsers"]}), "'users' condition must include"),
    ("no users", at(USERS, ...), "'users' condition must include"),
    ("no application", at(f"{APPS}.includeApplications", []), "'applications' condition must include"),
    (
        "applications and actions",
        at(f"{APPS}.includeUserActions", ["urn:user:registerdevice"]),
        "1012: 'applications' condition cannot include both",
    ),
    (
        "unknown user action",
        at(APPS, {"includeUserActions": ["urn:user:dance"]}),
        "unknown user action 'urn:user:dance'",
    ),
    ("all with others", at(f"{USERS}.includeUsers", ["All", "None"]), "cannot include 'All' together"),
    ("none with others", at(f"{USERS}.includeUsers", ["None", ABSENT]), "cannot include 'None' together"),
    ("all apps with others", at(f"{APPS}.includeApplications", ["All", SYNCRO_APP]), "cannot include 'All' together"),
    ("all client apps", at(f"{CONDITIONS}.clientAppTypes", ["all", "browser"]), "cannot include 'all' together"),
    (
        "all locations",
        at(f"{CONDITIONS}.locations", {"includeLocations": ["All", "AllTrusted"]}),
        "cannot include 'All' together",
    ),
    ("all excluded", at(f"{USERS}.excludeUsers", ["All"]), "'excludeUsers' condition cannot include 'All'"),
    ("all apps excluded", at(f"{APPS}.excludeApplications", ["All"]), "cannot include 'All'"),
    (
        "only excluded locations",
        at(f"{CONDITIONS}.locations", {"excludeLocations": ["AllTrusted"]}),
        "must specify 'includeLocations'",
    ),
    (
        "only excluded platforms",
        at(f"{CONDITIONS}.platforms", {"excludePlatforms": ["iOS"]}),
        "must specify 'includePlatforms'",
    ),
    ("twice the same", at(f"{APPS}.includeApplications", [SYNCRO_APP, SYNCRO_APP]), "the same value twice"),
    ("no control", at(GRANT, ...), "Either grant controls or session controls"),
    ("null controls", {GRANT: None, SESSION: None}, "Either grant controls or session controls"),
    (
        "controls that do nothing",
        {GRANT: {"operator": "OR", "builtInControls": []}, SESSION: {"persistentBrowser": {"isEnabled": False}}},
        "Either grant controls or session controls",
    ),
    ("block with another", at(f"{GRANT}.builtInControls", ["block", "mfa"]), "1032: ConditionalActionPolicy"),
    (
        "block with terms of use",
        at(f"{GRANT}.termsOfUse", [ABSENT]),
        "1032: ConditionalActionPolicy validation failed due to InvalidBlockControl",
    ),
    ("unknown operator", at(f"{GRANT}.operator", "XOR"), "must be 'AND' or 'OR'"),
    (
        "strength with mfa",
        at(GRANT, {"operator": "AND", "builtInControls": ["mfa"], "authenticationStrength": MFA_STRENGTH}),
        "InvalidAuthenticationStrengthControl",
    ),
    (
        "password change alone",
        at(GRANT, {"operator": "OR", "builtInControls": ["passwordChange"]}),
        "1032: ConditionalActionPolicy validation failed due to InvalidPasswordResetControl.",
    ),
    (
        "every time with a value",
        at(
            f"{SESSION}.signInFrequency",
            {"isEnabled": True, "frequencyInterval": "everyTime", "type": "hours", "value": 1},
        ),
        "1032: ConditionalActionPolicy validation failed due to InvalidSignInFrequencyControl",
    ),
    (
        "frequency without a value",
        at(f"{SESSION}.signInFrequency", {"isEnabled": True, "frequencyInterval": "timeBased"}),
        "InvalidSignInFrequencyControl",
    ),
    (
        "frequency of 30 hours",
        at(f"{SESSION}.signInFrequency", {"isEnabled": True, "type": "hours", "value": 30}),
        "InvalidSignInFrequencyControl",
    ),
    ("browser without mode", at(f"{SESSION}.persistentBrowser", {"isEnabled": True}), "InvalidPersistentBrowser"),
    ("cloud apps without type", at(f"{SESSION}.cloudAppSecurity", {"isEnabled": True}), "InvalidCloudAppSecurity"),
    ("unknown user", at(f"{USERS}.excludeUsers", [ABSENT]), f"User with id {ABSENT} does not exist"),
    ("user by name", at(f"{USERS}.excludeUsers", ["dana@t0.example"]), "does not exist in the directory"),
    ("unknown group", at(f"{USERS}.excludeGroups", [ABSENT]), f"Group with id {ABSENT} does not exist"),
    ("unknown role", at(f"{USERS}.includeRoles", [ABSENT]), "role template with id"),
    ("unknown application", at(f"{APPS}.includeApplications", [ABSENT]), f"Application with id {ABSENT}"),
    (
        "unknown location",
        at(f"{CONDITIONS}.locations", {"includeLocations": ["All"], "excludeLocations": [ABSENT]}),
        f"1040: NamedLocation with id {ABSENT} does not exist in the directory.",
    ),
    (
        "unknown service principal",
        {USERS: ..., f"{CONDITIONS}.clientApplications": {"includeServicePrincipals": [ABSENT]}},
        "ServicePrincipal with id",
    ),
    (
        "users and workloads",
        at(f"{CONDITIONS}.clientApplications", {"includeServicePrincipals": ["ServicePrincipalsInMyTenant"]}),
        "cannot both include",
    ),
    (
        "unknown terms of use",
        at(GRANT, {"operator": "OR", "builtInControls": ["mfa"], "termsOfUse": [TERMS_OF_USE, ABSENT]}),
        f"TermsOfUse with id {ABSENT} does not exist in the directory.",
    ),
    (
        "unknown authentication context",
        at(APPS, {"includeAuthenticationContextClassReferences": ["c1", "c2"]}),
        "AuthenticationContextClassReference with id c2 does not exist in the directory.",
    ),
    (
        "tenants of guests by two kinds",
        at(f"{USERS}.includeGuestsOrExternalUsers", guests("All", membershipKind="enumerated")),
        "must not have the membershipKind 'enumerated'",
    ),
    (
        "no tenant of guests",
        at(f"{USERS}.excludeGuestsOrExternalUsers", guests("Enumerated", members=[])),
        "'excludeGuestsOrExternalUsers' condition must name at least one tenant",
    ),
    (
        "tenant of guests by domain",
        at(f"{USERS}.includeGuestsOrExternalUsers", guests("Enumerated", members=["fabrikam.example"])),
        "names 'fabrikam.example', which is no tenant id",
    ),
    (
        "filter with a blank rule",
        at(f"{CONDITIONS}.devices", {"deviceFilter": {"mode": "include", "rule": " "}}),
        "'deviceFilter' condition must have a rule",
    ),
    (
        "unknown strength",
        at(GRANT, {"operator": "OR", "authenticationStrength": {"id": ABSENT}}),
        "AuthenticationStrengthPolicy with id",
    ),
]
ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("nobody by name", at(f"{USERS}.includeUsers", ["None"])),
    ("guests by word", at(f"{USERS}.includeUsers", ["GuestsOrExternalUsers"])),
    ("guests excluded", at(f"{USERS}.excludeUsers", ["GuestsOrExternalUsers"])),
    ("all apps", at(f"{APPS}.includeApplications", ["All"])),
    ("groups of apps", at(f"{APPS}.includeApplications", ["Office365", "MicrosoftAdminPortals"])),
    ("groups of apps excluded", {f"{APPS}.includeApplications": ["All"], f"{APPS}.excludeApplications": ["Office365"]}),
    ("a first-party app", at(f"{APPS}.includeApplications", ["00000002-0000-0ff1-ce00-000000000000"])),
    (
        "MFA trusted IPs",
        at(
            f"{CONDITIONS}.locations",
            {"includeLocations": ["All"], "excludeLocations": ["00000000-0000-0000-0000-000000000000", "AllTrusted"]},
        ),
    ),
    ("a role", at(USERS, {"includeRoles": ["62e90394-69f5-4237-9190-012177145e10"]})),
    (
        "workload identities",
        {USERS: ..., f"{CONDITIONS}.clientApplications.includeServicePrincipals": ["ServicePrincipalsInMyTenant"]},
    ),
    ("a user action", at(APPS, {"includeUserActions": ["urn:user:registersecurityinfo"]})),
    ("terms of use", at(GRANT, {"operator": "OR", "termsOfUse": [TERMS_OF_USE.upper()]})),
    ("guests of all tenants", at(f"{USERS}.includeGuestsOrExternalUsers", guests("All"))),
    ("guests of one tenant", at(USERS, {"includeGuestsOrExternalUsers": guests("Enumerated", members=[ABSENT])})),
    (
        "guests of any tenant",
        at(USERS, {"includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "internalGuest"}}),
    ),
    ("an authentication context", at(APPS, {"includeAuthenticationContextClassReferences": ["c1"]})),
    ("only a session control", {GRANT: ..., f"{SESSION}.secureSignInSession": {"isEnabled": True}}),
    (
        "a password change",
        {
            GRANT: {"operator": "AND", "builtInControls": ["mfa", "passwordChange"]},
            f"{CONDITIONS}.userRiskLevels": ["high"],
            f"{APPS}.includeApplications": ["All"],
        },
    ),
    ("a type named", at("@odata.type", "#microsoft.graph.conditionalAccessPolicy")),
    ("dates left in", at("createdDateTime", "2024-01-01T00:00:00Z")),
]


@pytest.mark.parametrize(("title", "changes"), SCHEMA_ROWS, ids=[row[0] for row in SCHEMA_ROWS])
def test_schema_mistakes_are_1007(shared: GraphCaller, title: str, changes: dict[str, Any]) -> None:
    answer = shared.post(POLICIES, changed(changes))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["message"]) == (400, "BadRequest", MALFORMED)
    assert error["innerError"]["message"].startswith(SCHEMA)


@pytest.mark.parametrize(("title", "changes", "reason"), REASON_ROWS, ids=[row[0] for row in REASON_ROWS])
def test_reasons_are_one_level_down(shared: GraphCaller, title: str, changes: dict[str, Any], reason: str) -> None:
    answer = shared.post(POLICIES, changed(changes))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["message"]) == (400, "BadRequest", MALFORMED)
    assert reason in error["innerError"]["message"]


def test_nothing_refused_was_kept(shared: GraphCaller) -> None:
    assert shared.values(POLICIES) == []


@pytest.mark.parametrize(("title", "changes"), ACCEPTED, ids=[row[0] for row in ACCEPTED])
def test_neighbours_of_the_refusals_pass(shared: GraphCaller, title: str, changes: dict[str, Any]) -> None:
    answer = shared.post(POLICIES, changed(changes))
    assert answer.status_code == 201, answer.text
    assert shared.delete(f"{POLICIES}/{answer.json()['id']}").status_code == 204


PATCHES: list[tuple[str, Any]] = [
    ("unknown property", {"colour": "red"}),
    ("null name", {"displayName": None}),
    ("unknown state", {"state": "on"}),
    ("part of the conditions", {"conditions": {"users": {"includeUsers": ["All"]}}}),
    ("no control left", {"grantControls": None}),
    ("another id", {"id": ABSENT}),
    ("unknown location", {"conditions": {**policy()["conditions"], "locations": {"includeLocations": [ABSENT]}}}),
]


@pytest.mark.parametrize(("title", "body"), PATCHES, ids=[row[0] for row in PATCHES])
def test_patch_is_checked_too(graph_policy: Callable[..., Any], title: str, body: Any) -> None:
    before, patch, read = graph_policy()
    answer = patch(body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == MALFORMED
    assert read() == before


@pytest.fixture
def graph_policy(shared: GraphCaller) -> Any:
    made: list[str] = []

    def make() -> Any:
        key = shared.post(POLICIES, policy()).json()["id"]
        made.append(key)

        def read() -> Any:
            return shared.get(f"{POLICIES}/{key}").json()

        return read(), lambda body: shared.patch(f"{POLICIES}/{key}", body), read

    yield make
    for key in made:
        shared.delete(f"{POLICIES}/{key}")


def test_the_log_tells_the_developer_what_was_wrong(shared: GraphCaller) -> None:
    shared.emulator.clear()
    shared.post(POLICIES, changed(at("colour", "red")))
    (line,) = (one for one in shared.emulator.requests() if one["status"] == 400)
    assert line["problems"] == ["body: conditionalAccessPolicy has no property 'colour'"]


@pytest.mark.parametrize(
    ("data", "headers", "message"),
    [
        (b"", {"Content-Type": "application/json"}, "Empty Payload"),
        (b"{", {"Content-Type": "application/json"}, "Unable to read JSON request payload"),
        (b"[]", {"Content-Type": "application/json"}, "Unable to read JSON request payload"),
        (b"{}", {"Content-Type": "text/plain"}, "Content-Type header"),
    ],
)
def test_bodies_that_are_none(shared: GraphCaller, data: bytes, headers: dict[str, str], message: str) -> None:
    answer = shared.call("POST", POLICIES, data=data, headers=headers)
    assert answer.status_code == 400
    assert message in answer.json()["error"]["message"]


def test_unknown_policy_is_404_everywhere(shared: GraphCaller) -> None:
    path = f"{POLICIES}/{ABSENT}"
    for answer in (shared.get(path), shared.patch(path, {"state": "disabled"}), shared.delete(path)):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ResourceNotFound")
