# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Authentication strengths and contexts, terms of use, templates: read them, and use them in policies."""

from __future__ import annotations

from typing import Any

import pytest
from graph_calls import POLICIES, STRENGTH, TERMS_OF_USE, GraphCaller, created, policy, reason

from graph_emulator.builtin_templates import CURRENT_ADMINISTRATOR
from graph_emulator.graph_types import problems_of

CA = "identity/conditionalAccess"
CONTEXTS = f"{CA}/authenticationContextClassReferences"
TEMPLATES = f"{CA}/templates"
AGREEMENTS = "identityGovernance/termsOfUse/agreements"
STRENGTHS = (f"{CA}/authenticationStrength/policies", "policies/authenticationStrengthPolicies")
ABSENT = "99999999-9999-4999-8999-999999999999"


def shown(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if not name.startswith("@odata.")}


def with_applications(**applications: Any) -> dict[str, Any]:
    return policy(conditions={**policy()["conditions"], "applications": applications})


def test_terms_of_use(shared: GraphCaller) -> None:
    answer = shared.get(AGREEMENTS).json()
    assert answer["@odata.context"].endswith("$metadata#agreements")
    (terms,) = answer["value"]
    assert terms == {
        "id": TERMS_OF_USE,
        "displayName": "Guests' terms",
        "termsExpiration": None,
        "userReacceptRequiredFrequency": "P90D",
        "isViewingBeforeAcceptanceRequired": False,
        "isPerDeviceAcceptanceRequired": False,
    }
    assert shown(shared.get(f"{AGREEMENTS}/{TERMS_OF_USE.upper()}").json()) == terms


def test_a_policy_with_terms_of_use(graph: GraphCaller) -> None:
    made = created(graph, POLICIES, policy(grantControls={"operator": "OR", "termsOfUse": [TERMS_OF_USE]}))
    assert made["grantControls"]["termsOfUse"] == [TERMS_OF_USE]
    change = {"grantControls": {"operator": "OR", "termsOfUse": [ABSENT]}}
    answer = graph.patch(f"{POLICIES}/{made['id']}", change)
    assert reason(answer) == f"TermsOfUse with id {ABSENT} does not exist in the directory."


def test_authentication_contexts(shared: GraphCaller) -> None:
    first = {"id": "c1", "displayName": "Sensitive", "description": None, "isAvailable": True}
    assert shared.values(CONTEXTS) == [
        first,
        {"id": "c99", "displayName": "New", "description": None, "isAvailable": False},
    ]
    assert shown(shared.get(f"{CONTEXTS}/c1").json()) == first


def test_a_policy_for_an_authentication_context(graph: GraphCaller) -> None:
    body = with_applications(includeAuthenticationContextClassReferences=["c1", "c99"])
    made = created(graph, POLICIES, body)
    applications = made["conditions"]["applications"]
    assert applications["includeAuthenticationContextClassReferences"] == ["c1", "c99"]
    body = with_applications(includeAuthenticationContextClassReferences=["c3"])
    assert "AuthenticationContextClassReference with id c3" in reason(graph.post(POLICIES, body))
    assert "AuthenticationContextClassReference with id c3" in reason(graph.patch(f"{POLICIES}/{made['id']}", body))


@pytest.mark.parametrize("path", STRENGTHS)
def test_custom_strengths_come_after_the_built_in_ones(shared: GraphCaller, path: str) -> None:
    assert [one["policyType"] for one in shared.values(path)] == ["builtIn", "builtIn", "builtIn", "custom"]
    answer = shared.get(f"{path}/{STRENGTH.upper()}").json()
    assert answer["@odata.context"].endswith(f"$metadata#{path}/$entity")
    assert (answer["displayName"], answer["allowedCombinations"]) == ("Key or pass", ["fido2", "password,sms"])
    assert answer["requirementsSatisfied"] == "mfa"
    (found,) = shared.values(f"{path}?$filter=policyType eq 'custom'&$select=id")
    assert found == {"id": STRENGTH}
    assert len(shared.values(f"{path}?$filter=allowedCombinations/any(c:c has 'sms, password')")) == 2


def test_a_policy_with_a_custom_strength(graph: GraphCaller) -> None:
    grant = {"operator": "OR", "authenticationStrength": {"id": STRENGTH.upper()}}
    made = created(graph, POLICIES, policy(grantControls=grant))
    strength = made["grantControls"]["authenticationStrength"]
    assert (strength["id"], strength["displayName"], strength["policyType"]) == (STRENGTH, "Key or pass", "custom")
    assert graph.patch(f"{POLICIES}/{made['id']}", {"grantControls": made["grantControls"]}).status_code == 204
    seen = graph.get(f"{POLICIES}/{made['id']}").json()
    assert seen["grantControls"]["authenticationStrength"] == strength


def test_templates_have_the_form_of_microsofts(shared: GraphCaller) -> None:
    templates = shared.values(TEMPLATES)
    assert len(templates) >= 3
    for template in templates:
        assert list(problems_of(template, "conditionalAccessTemplate", "template")) == []
        assert set(template["details"]) == {"conditions", "grantControls", "sessionControls"}
        assert CURRENT_ADMINISTRATOR in template["details"]["conditions"]["users"]["excludeUsers"]
        assert shown(shared.get(f"{TEMPLATES}/{template['id']}").json()) == template
    strengths = [one["details"]["grantControls"]["authenticationStrength"] for one in templates]
    assert [one["displayName"] for one in strengths if one] == ["Phishing-resistant MFA"]


def test_templates_by_scenario(shared: GraphCaller) -> None:
    found = shared.values(f"{TEMPLATES}?$select=name,scenarios&$filter=scenarios has 'protectAdmins'")
    assert found
    assert all(set(one) == {"name", "scenarios"} and "protectAdmins" in one["scenarios"] for one in found)
    assert len(found) < len(shared.values(TEMPLATES))


def test_a_policy_keeps_the_template_it_was_made_from(graph: GraphCaller) -> None:
    template = graph.values(TEMPLATES)[0]
    details = template["details"]
    body = {"displayName": template["name"], "state": "disabled", "templateId": template["id"], **details}
    assert CURRENT_ADMINISTRATOR in reason(graph.post(POLICIES, body))
    details["conditions"]["users"]["excludeUsers"] = [graph.user_id("breakglass")]
    made = created(graph, POLICIES, body)
    assert (made["templateId"], made["conditions"]) == (template["id"], details["conditions"])
    assert graph.patch(f"{POLICIES}/{made['id']}", {"displayName": "Mine"}).status_code == 204
    seen = graph.get(f"{POLICIES}/{made['id']}").json()
    assert (seen["displayName"], seen["templateId"]) == ("Mine", template["id"])


@pytest.mark.parametrize("path", [AGREEMENTS, CONTEXTS, TEMPLATES, *STRENGTHS])
def test_what_is_not_there(shared: GraphCaller, path: str) -> None:
    answer = shared.get(f"{path}/{ABSENT}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ResourceNotFound")
    assert shared.get(f"{path}?$filter=colour eq 'red'").status_code == 400
    assert shared.post(path, {}).status_code == 405


@pytest.mark.parametrize(
    ("path", "name"), [(AGREEMENTS, "displayName"), (CONTEXTS, "displayName"), (TEMPLATES, "name")]
)
def test_queries(shared: GraphCaller, path: str, name: str) -> None:
    first = shared.values(path)[0]
    value = first[name].replace("'", "''")
    assert shared.values(f"{path}?$filter={name} eq '{value}'&$select=id") == [{"id": first["id"]}]
    assert shared.values(f"{path}?$filter=id eq '{first['id']}'")[0] == first
