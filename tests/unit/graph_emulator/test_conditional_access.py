# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies and named locations: create, read, change, delete, bring back; and what Graph makes of a body."""

from __future__ import annotations

import re
from typing import Any

import pytest
from graph_calls import LOCATIONS, POLICIES, SYNCRO_APP, GraphCaller, country_location, created, ip_location, policy

DELETED = "identity/conditionalAccess/deletedItems"
MFA_STRENGTH = "00000000-0000-0000-0000-000000000002"


def read(graph: GraphCaller, path: str, key: str) -> dict[str, Any]:
    answer = graph.get(f"{path}/{key}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_ip_location_through_its_life(graph: GraphCaller) -> None:
    body = ip_location("Trusted - Office", "198.51.100.10/32", "2001:db8:1::/48", isTrusted=True)
    made = created(graph, LOCATIONS, body)
    assert made["@odata.type"] == "#microsoft.graph.ipNamedLocation"
    assert made["@odata.context"].endswith("$metadata#identity/conditionalAccess/namedLocations/$entity")
    assert made["ipRanges"] == body["ipRanges"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", made["createdDateTime"])
    assert made["modifiedDateTime"] is None
    key = made["id"]
    change = {"@odata.type": body["@odata.type"], "ipRanges": ip_location("x", "203.0.113.0/24")["ipRanges"]}
    answer = graph.patch(f"{LOCATIONS}/{key}", change)
    assert (answer.status_code, answer.content) == (204, b"")
    seen = read(graph, LOCATIONS, key)
    assert [one["cidrAddress"] for one in seen["ipRanges"]] == ["203.0.113.0/24"]
    assert (seen["displayName"], seen["isTrusted"]) == ("Trusted - Office", True)
    assert seen["modifiedDateTime"] is not None
    assert graph.delete(f"{LOCATIONS}/{key}").status_code == 400  # trusted
    assert (
        graph.patch(f"{LOCATIONS}/{key}", {"@odata.type": body["@odata.type"], "isTrusted": False}).status_code == 204
    )
    assert graph.delete(f"{LOCATIONS}/{key}").status_code == 204
    assert graph.get(f"{LOCATIONS}/{key}").json()["error"]["code"] == "ResourceNotFound"
    assert graph.values(LOCATIONS) == []


def test_country_location_has_its_defaults(graph: GraphCaller) -> None:
    made = created(graph, LOCATIONS, country_location("Home", "US", "CA"))
    assert made["countryLookupMethod"] == "clientIpAddress"
    assert made["includeUnknownCountriesAndRegions"] is False
    assert "isTrusted" not in made
    change = {"@odata.type": made["@odata.type"], "countryLookupMethod": "authenticatorAppGps"}
    assert graph.patch(f"{LOCATIONS}/{made['id']}", change).status_code == 204
    seen = read(graph, LOCATIONS, made["id"])
    assert (seen["countryLookupMethod"], seen["countriesAndRegions"]) == ("authenticatorAppGps", ["US", "CA"])


def test_policy_comes_back_with_all_defaults(graph: GraphCaller) -> None:
    made = created(graph, POLICIES, policy())
    assert made["conditions"] == {
        "applications": {
            "applicationFilter": None,
            "excludeApplications": [],
            "includeApplications": [SYNCRO_APP],
            "includeAuthenticationContextClassReferences": [],
            "includeUserActions": [],
        },
        "authenticationFlows": None,
        "clientApplications": None,
        "clientAppTypes": ["all"],
        "devices": None,
        "insiderRiskLevels": None,
        "locations": None,
        "platforms": None,
        "servicePrincipalRiskLevels": [],
        "signInRiskLevels": [],
        "userRiskLevels": [],
        "users": {
            "excludeGroups": [],
            "excludeGuestsOrExternalUsers": None,
            "excludeRoles": [],
            "excludeUsers": [],
            "includeGroups": [],
            "includeGuestsOrExternalUsers": None,
            "includeRoles": [],
            "includeUsers": ["All"],
        },
    }
    grant = made["grantControls"]
    assert grant.pop("authenticationStrength@odata.context").endswith("/authenticationStrength/$entity")
    assert grant == {
        "authenticationStrength": None,
        "builtInControls": ["block"],
        "customAuthenticationFactors": [],
        "operator": "OR",
        "termsOfUse": [],
    }
    for name in ("sessionControls", "templateId", "description", "modifiedDateTime", "deletedDateTime"):
        assert made[name] is None
    assert read(graph, POLICIES, made["id"].upper())["id"] == made["id"]


def test_patch_replaces_at_the_top_level_only(graph: GraphCaller) -> None:
    user = graph.user_id("breakglass")
    body = policy()
    body["conditions"]["users"]["excludeUsers"] = [user]
    key = created(graph, POLICIES, body)["id"]
    assert graph.patch(f"{POLICIES}/{key}", {"state": "disabled"}).status_code == 204
    seen = read(graph, POLICIES, key)
    assert (seen["state"], seen["conditions"]["users"]["excludeUsers"]) == ("disabled", [user])
    assert graph.patch(f"{POLICIES}/{key}", {"conditions": policy()["conditions"]}).status_code == 204
    seen = read(graph, POLICIES, key)
    assert (seen["displayName"], seen["conditions"]["users"]["excludeUsers"]) == ("Block Syncro", [])


def test_session_controls_that_do_nothing_are_null(graph: GraphCaller) -> None:
    frequency = {
        "isEnabled": True,
        "frequencyInterval": "everyTime",
        "authenticationType": "primaryAndSecondaryAuthentication",
        "type": None,
        "value": None,
    }
    session = {"signInFrequency": frequency, "persistentBrowser": {"isEnabled": False, "mode": "always"}}
    made = created(graph, POLICIES, policy(sessionControls=session))
    assert made["sessionControls"] == {
        "applicationEnforcedRestrictions": None,
        "cloudAppSecurity": None,
        "disableResilienceDefaults": None,
        "persistentBrowser": None,
        "secureSignInSession": None,
        "signInFrequency": frequency,
    }
    nothing = {"signInFrequency": {"isEnabled": False}, "disableResilienceDefaults": False}
    assert graph.patch(f"{POLICIES}/{made['id']}", {"sessionControls": nothing}).status_code == 204
    assert read(graph, POLICIES, made["id"])["sessionControls"] is None
    hours = {"signInFrequency": {"isEnabled": True, "type": "hours", "value": 4}}
    assert graph.patch(f"{POLICIES}/{made['id']}", {"sessionControls": hours}).status_code == 204
    stored = read(graph, POLICIES, made["id"])["sessionControls"]["signInFrequency"]
    assert (stored["frequencyInterval"], stored["value"]) == ("timeBased", 4)


def test_authentication_strength_is_sent_as_id_and_comes_back_whole(graph: GraphCaller) -> None:
    grant = {"operator": "OR", "builtInControls": [], "authenticationStrength": {"id": MFA_STRENGTH}}
    made = created(graph, POLICIES, policy(grantControls=grant))
    strength = made["grantControls"]["authenticationStrength"]
    assert (strength["id"], strength["displayName"]) == (MFA_STRENGTH, "Multifactor authentication")
    names = {one["displayName"] for one in graph.values("identity/conditionalAccess/authenticationStrength/policies")}
    assert names == {"Multifactor authentication", "Passwordless MFA", "Phishing-resistant MFA", "Key or pass"}
    assert graph.get(f"policies/authenticationStrengthPolicies/{MFA_STRENGTH}").json()["policyType"] == "builtIn"
    again = {name: value for name, value in made["grantControls"].items() if "@" not in name}
    assert graph.patch(f"{POLICIES}/{made['id']}", {"grantControls": again}).status_code == 204


def test_polymorphic_parts_and_flags_survive(graph: GraphCaller) -> None:
    guests = {
        "guestOrExternalUserTypes": "b2bCollaborationGuest,serviceProvider",
        "externalTenants": {
            "@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants",
            "membershipKind": "enumerated",
            "members": ["99999999-9999-4999-8999-999999999999"],
        },
    }
    conditions = {
        **policy()["conditions"],
        "users": {"includeGuestsOrExternalUsers": guests},
        "authenticationFlows": {"transferMethods": "deviceCodeFlow,authenticationTransfer"},
        "insiderRiskLevels": "minor,elevated",
        "platforms": {"includePlatforms": ["all"], "excludePlatforms": ["iOS"]},
        "devices": {"deviceFilter": {"mode": "exclude", "rule": 'device.trustType -eq "ServerAD"'}},
    }
    made = created(graph, POLICIES, policy(conditions=conditions))
    assert made["conditions"]["users"]["includeGuestsOrExternalUsers"] == guests
    assert made["conditions"]["insiderRiskLevels"] == "minor,elevated"
    body = {name: value for name, value in made.items() if name in ("displayName", "state", "conditions")}
    body["grantControls"] = {"operator": "OR", "builtInControls": ["block"]}
    assert created(graph, POLICIES, body)["conditions"] == made["conditions"]


@pytest.mark.parametrize(("path", "kind"), [(LOCATIONS, "namedLocations"), (POLICIES, "policies")])
def test_deleted_objects_can_be_seen_and_brought_back(graph: GraphCaller, path: str, kind: str) -> None:
    made = created(graph, path, ip_location() if kind == "namedLocations" else policy())
    assert graph.delete(f"{path}/{made['id']}").status_code == 204
    (gone,) = graph.values(f"{DELETED}/{kind}")
    assert gone["id"] == made["id"]
    assert gone["deletedDateTime"]
    assert read(graph, f"{DELETED}/{kind}", made["id"])["displayName"] == made["displayName"]
    answer = graph.post(f"{DELETED}/{kind}/{made['id']}/restore")
    assert answer.status_code == 200
    assert graph.values(f"{DELETED}/{kind}") == []
    assert read(graph, path, made["id"])["deletedDateTime"] is None
    assert graph.delete(f"{path}/{made['id']}").status_code == 204
    assert graph.delete(f"{DELETED}/{kind}/{made['id']}").status_code == 204
    assert graph.get(f"{DELETED}/{kind}/{made['id']}").status_code == 404
    assert graph.post(f"{DELETED}/{kind}/{made['id']}/restore").status_code == 404


def test_two_objects_may_have_the_same_name(graph: GraphCaller) -> None:
    for path, body in ((LOCATIONS, ip_location("Twin")), (POLICIES, policy("Twin"))):
        first, second = created(graph, path, body), created(graph, path, body)
        assert first["id"] != second["id"]
        assert len(graph.values(f"{path}?$filter=displayName eq 'twin'")) == 2


def test_security_defaults_and_enabled_policies_exclude_each_other(graph: GraphCaller) -> None:
    path = "policies/identitySecurityDefaultsEnforcementPolicy"
    assert graph.get(path).json()["isEnabled"] is False
    assert graph.patch(path, {"isEnabled": True}).status_code == 204
    answer = graph.post(POLICIES, policy(state="enabled"))
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("Security Defaults is enabled in the tenant.")
    key = created(graph, POLICIES, policy())["id"]
    assert graph.patch(f"{POLICIES}/{key}", {"state": "enabled"}).status_code == 400
    assert graph.patch(path, {"isEnabled": False}).status_code == 204
    assert graph.patch(f"{POLICIES}/{key}", {"state": "enabled"}).status_code == 204
    assert graph.patch(path, {"isEnabled": True}).status_code == 400


def test_a_location_in_use_stays(graph: GraphCaller) -> None:
    location = created(graph, LOCATIONS, ip_location())["id"]
    body = policy()
    body["conditions"]["locations"] = {"includeLocations": ["All"], "excludeLocations": [location.upper()]}
    key = created(graph, POLICIES, body)["id"]
    answer = graph.delete(f"{LOCATIONS}/{location}")
    assert answer.status_code == 400
    assert "referenced" in answer.json()["error"]["innerError"]["message"]
    assert graph.delete(f"{POLICIES}/{key}").status_code == 204
    assert graph.delete(f"{LOCATIONS}/{location}").status_code == 204
    answer = graph.post(f"{DELETED}/policies/{key}/restore")
    assert "1040: NamedLocation with id" in answer.json()["error"]["innerError"]["message"]


@pytest.mark.parametrize("count", [195])
def test_no_more_than_the_limit(graph: GraphCaller, count: int) -> None:
    for start in range(0, count + 1, 20):
        requests = [
            {
                "id": f"{kind}{number}",
                "method": "POST",
                "url": path,
                "headers": {"Content-Type": "application/json"},
                "body": body,
            }
            for number in range(start, min(start + 20, count))
            for kind, path, body in (("l", LOCATIONS, ip_location(f"L{number}")), ("p", POLICIES, policy(f"P{number}")))
        ]
        for half in (requests[:20], requests[20:]):
            if half:
                answers = graph.post("$batch", {"requests": half}).json()["responses"]
                assert {one["status"] for one in answers} == {201}
    for path, body in ((LOCATIONS, ip_location()), (POLICIES, policy())):
        assert "limit of 195" in graph.post(path, body).json()["error"]["innerError"]["message"]
