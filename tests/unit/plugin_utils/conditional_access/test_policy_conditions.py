# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions and session controls of the policy table that are written in a way of their own, and what it does not know."""

from __future__ import annotations

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils import reconcile
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_kind import Policy
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_schema import POLICY

PARTNER, OTHER = "0a1b2c3d-aaaa-4bbb-8ccc-0123456789ab", "0a1b2c3d-aaaa-4bbb-8ccc-0123456789ac"
ALL_TENANTS = {"@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants", "membershipKind": "all"}
SOME_TENANTS = {
    "@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants",
    "membershipKind": "enumerated",
    "members": [PARTNER],
}


def guests(tenants, types="internalGuest"):
    return {"guestOrExternalUserTypes": types, "externalTenants": tenants}


GUESTS = [
    pytest.param(
        None,
        {"guest_or_external_user_types": ["internalGuest", "serviceProvider"]},
        {"guestOrExternalUserTypes": "internalGuest,serviceProvider"},
        id="types-are-one-text",
    ),
    pytest.param(
        {"guestOrExternalUserTypes": "internalGuest,ofTomorrow"},
        {"guest_or_external_user_types": ["b2bCollaborationGuest"]},
        {"guestOrExternalUserTypes": "ofTomorrow,b2bCollaborationGuest"},
        id="an-unknown-type-is-kept",
    ),
    pytest.param(
        None, {"external_tenants": {"membership_kind": "all"}}, {"externalTenants": ALL_TENANTS}, id="all-tenants"
    ),
    pytest.param(
        None,
        {"external_tenants": {"membership_kind": "enumerated", "members": [PARTNER]}},
        {"externalTenants": SOME_TENANTS},
        id="some-tenants",
    ),
    pytest.param(
        None,
        {"external_tenants": {"members": [PARTNER]}},
        {"externalTenants": SOME_TENANTS},
        id="members-are-enumerated",
    ),
    pytest.param(
        guests(ALL_TENANTS), {"external_tenants": {"members": [PARTNER]}}, guests(SOME_TENANTS), id="from-all-to-some"
    ),
    pytest.param(
        guests(SOME_TENANTS),
        {"external_tenants": {"membership_kind": "all"}},
        guests(ALL_TENANTS),
        id="from-some-to-all",
    ),
    pytest.param(
        guests(SOME_TENANTS),
        {"external_tenants": {"members": {"add": [OTHER], "remove": [PARTNER]}}},
        guests({**SOME_TENANTS, "members": [OTHER]}),
        id="added-and-removed",
    ),
    pytest.param(guests(SOME_TENANTS), {"external_tenants": {}}, guests(None), id="tenants-taken-away"),
    pytest.param(guests(SOME_TENANTS), {}, None, id="taken-away"),
]


@pytest.mark.parametrize(("current", "options", "expected"), GUESTS)
@pytest.mark.parametrize("side", ["include", "exclude"])
def test_guests(side, current, options, expected):
    there = {"conditions": {"users": {f"{side}GuestsOrExternalUsers": current}}}
    given = {"conditions": {"users": {f"{side}_guests_or_external_users": options}}}
    assert POLICY.merge(there, given)["conditions"]["users"][f"{side}GuestsOrExternalUsers"] == expected


FILTERS = [
    ("applications", "application_filter", "applicationFilter"),
    ("client_applications", "service_principal_filter", "servicePrincipalFilter"),
    ("devices", "device_filter", "deviceFilter"),
]


@pytest.mark.parametrize(("group", "option", "prop"), FILTERS, ids=[option for dummy, option, dummy in FILTERS])
def test_filters(group, option, prop):
    given = {"conditions": {group: {option: {"mode": "include", "rule": "x"}}}}
    (made,) = [value for name, value in POLICY.merge(None, given)["conditions"].items() if name != "users"]
    assert made == {prop: {"mode": "include", "rule": "x"}}
    assert POLICY.options(POLICY.merge(None, given))["conditions"][group][option] == {"mode": "include", "rule": "x"}


@pytest.mark.parametrize(
    ("option", "prop", "values", "text"),
    [
        pytest.param("insider_risk_levels", "insiderRiskLevels", ["minor", "elevated"], "minor,elevated", id="insider"),
        pytest.param("insider_risk_levels", "insiderRiskLevels", [], None, id="no-insider"),
        pytest.param("sign_in_risk_levels", "signInRiskLevels", ["low", "high"], ["low", "high"], id="sign-in"),
        pytest.param("service_principal_risk_levels", "servicePrincipalRiskLevels", ["none"], ["none"], id="workload"),
    ],
)
def test_risk_is_one_text_or_a_list_as_graph_has_it(option, prop, values, text):
    assert POLICY.merge(None, {"conditions": {option: values}}) == {"conditions": {prop: text}}


WORKLOADS = {"include_service_principals": ["ServicePrincipalsInMyTenant"]}
NOBODY = {"includeUsers": ["None"]}


@pytest.mark.parametrize(
    ("current", "options", "users"),
    [
        pytest.param({}, {"client_applications": WORKLOADS}, NOBODY, id="workloads-are-no-people"),
        pytest.param(
            {},
            {"client_applications": {"service_principal_filter": {"mode": "include", "rule": "x"}}},
            NOBODY,
            id="workloads-by-a-filter",
        ),
        pytest.param(
            {}, {"client_applications": {"exclude_service_principals": [PARTNER]}}, ..., id="none-included-none-implied"
        ),
        pytest.param({}, {"client_applications": {"include_service_principals": []}}, ..., id="no-workloads"),
        pytest.param(
            {"users": {"includeUsers": ["All"]}},
            {"client_applications": WORKLOADS},
            {"includeUsers": ["All"]},
            id="people-stay",
        ),
        pytest.param(
            {"users": {"includeUsers": [], "includeGroups": [PARTNER]}},
            {"client_applications": WORKLOADS},
            {"includeUsers": [], "includeGroups": [PARTNER]},
            id="groups-are-people-too",
        ),
        pytest.param(
            {"users": {"includeUsers": ["All"], "excludeUsers": [PARTNER]}},
            {"client_applications": WORKLOADS, "users": {"include_users": []}},
            {"includeUsers": ["None"], "excludeUsers": [PARTNER]},
            id="people-taken-out",
        ),
    ],
)
def test_a_policy_for_workloads_is_for_no_user(current, options, users):
    assert POLICY.merge({"conditions": current}, {"conditions": options})["conditions"].get("users", ...) == users


ON = {"isEnabled": True}
CLOUD_APPS = {**ON, "cloudAppSecurityType": "monitorOnly"}

SESSION = [
    pytest.param(
        "cloud_app_security", None, {"cloud_app_security_type": "monitorOnly"}, CLOUD_APPS, id="cloud-apps-named-are-on"
    ),
    pytest.param("cloud_app_security", CLOUD_APPS, {"enabled": False}, None, id="cloud-apps-off"),
    pytest.param("cloud_app_security", CLOUD_APPS, {}, None, id="cloud-apps-taken-away"),
    pytest.param("application_enforced_restrictions", None, {"enabled": True}, ON, id="restrictions-on"),
    pytest.param("application_enforced_restrictions", ON, {"enabled": False}, None, id="restrictions-off"),
    pytest.param("secure_sign_in_session", None, {"enabled": True}, ON, id="token-protection-on"),
    pytest.param("secure_sign_in_session", ON, {"enabled": False}, None, id="token-protection-off"),
    pytest.param("disable_resilience_defaults", None, True, True, id="resilience-off"),
    pytest.param("disable_resilience_defaults", True, False, None, id="resilience-as-it-is-by-itself"),
    pytest.param("persistent_browser", None, {"mode": "never"}, {**ON, "mode": "never"}, id="browser"),
]
PROPERTIES = {
    field.option: field.graph
    for group in POLICY.fields
    if group.option == "session_controls"
    for field in group.shape.fields
}


@pytest.mark.parametrize(("option", "current", "value", "expected"), SESSION)
def test_session_controls(option, current, value, expected):
    there = {"id": "x", "sessionControls": {PROPERTIES[option]: current, "signInFrequency": None}}
    given = {"session_controls": {option: value}}
    after = POLICY.merge(there, given)
    assert after["sessionControls"] == {PROPERTIES[option]: expected, "signInFrequency": None}
    # Graph shows what is off as null, so that it was asked for must not look like a change.
    assert reconcile.plan(Policy(), {"id": "x", **after}, given, "present").verb == "nothing"


def test_every_session_control_has_a_case():
    assert {case.values[0] for case in SESSION} | {"sign_in_frequency"} == set(PROPERTIES)


OF_TOMORROW = {
    "id": "x",
    "createdDateTime": "2026-01-01T00:00:00Z",
    "modifiedDateTime": None,
    "templateId": "y",
    "state": "ofTomorrow",
    "conditions": {
        "clientAppTypes": ["browser", "newType"],
        "users": {
            "includeUsers": ["All"],
            "includeGuestsOrExternalUsers": guests({**ALL_TENANTS, "newDeep": 1}, "newGuest"),
        },
        "newCondition": {"a": 1},
        "times": None,
    },
    "grantControls": {
        "operator": "OR",
        "builtInControls": ["mfa"],
        "authenticationStrength@odata.context": "https://x",
    },
    "sessionControls": {"newControl": {"isEnabled": True}},
}


def test_what_the_table_does_not_know_is_named():
    deep = "conditions.users.includeGuestsOrExternalUsers"
    assert sorted(POLICY.unknown(OF_TOMORROW)) == [
        "conditions.clientAppTypes: newType",
        "conditions.newCondition",
        f"{deep}.externalTenants.newDeep",
        f"{deep}.guestOrExternalUserTypes: newGuest",
        "sessionControls.newControl",
        "state: ofTomorrow",
    ]


def test_what_the_table_does_not_know_outlives_a_change_beside_it():
    given = {
        "conditions": {"client_app_types": ["other"], "users": {"exclude_users": {"add": [PARTNER]}}},
        "session_controls": {"persistent_browser": {"mode": "always"}},
    }
    assert POLICY.unknown(POLICY.merge(OF_TOMORROW, given)) == POLICY.unknown(OF_TOMORROW)


# Where one word follows from what stands beside it, a word of a newer Graph does not give way.
NOT_IMPLIED = [
    pytest.param({"grantControls": {"operator": "XOR"}}, id="operator-without-a-control"),
    pytest.param({"grantControls": {"operator": "XOR", "builtInControls": ["mfa"]}}, id="operator"),
    pytest.param(
        {"sessionControls": {"signInFrequency": {"isEnabled": True, "frequencyInterval": "eachMoon", "value": 1}}},
        id="frequency",
    ),
    pytest.param(
        {
            "conditions": {
                "users": {
                    "includeGuestsOrExternalUsers": {
                        "externalTenants": {"membershipKind": "most", "members": [PARTNER]}
                    }
                }
            }
        },
        id="tenants",
    ),
]


@pytest.mark.parametrize("value", NOT_IMPLIED)
def test_a_word_of_a_newer_graph_does_not_give_way_to_what_is_implied(value):
    (unknown,) = POLICY.unknown(value)
    again = POLICY.merge(value, POLICY.options(value))
    assert POLICY.unknown(again) == [unknown]
    assert POLICY.normal(again) == POLICY.normal(value)
