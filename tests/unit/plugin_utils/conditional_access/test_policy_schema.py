# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy table: its argument spec, and the meanings that are more than a name."""

from __future__ import annotations

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils import reconcile
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_kind import Policy
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_schema import POLICY
from ansible_collections.msp.entra.plugins.plugin_utils.directory import KINDS
from ansible_collections.msp.entra.plugins.plugin_utils.guids import is_guid

STRENGTH = "00000000-0000-0000-0000-00000000000a"
FREQUENCY = {
    "isEnabled": True,
    "frequencyInterval": "timeBased",
    "authenticationType": "primaryAndSecondaryAuthentication",
    "type": "hours",
    "value": 4,
}
EVERY_TIME = {**FREQUENCY, "frequencyInterval": "everyTime", "type": None, "value": None}
FLOWS = ["deviceCodeFlow", "authenticationTransfer"]
BROWSER = {"isEnabled": True, "mode": "always"}


def rows(shape, path=""):
    for field in shape.fields:
        here = f"{path}{field.option}"
        yield here, field
        if field.shape:
            yield from rows(field.shape, f"{here}.")


ROWS = dict(rows(POLICY))


def at(path):
    """The spec of an option by its path."""
    spec = {"options": POLICY.spec()}
    for name in path.split("."):
        spec = spec["options"][name]
    return spec


def test_spec_of_the_policy_itself():
    assert list(POLICY.spec()) == [
        "display_name",
        "description",
        "enforcement",
        "conditions",
        "grant_controls",
        "session_controls",
    ]
    assert at("display_name") == {"type": "str", "aliases": ["name"]}
    assert at("enforcement") == {"type": "str", "choices": ["enabled", "disabled", "report_only"]}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        # What is in the list is checked by ours, so that it can be added to and taken from.
        ("conditions.users.exclude_users", {"type": "raw"}),
        ("conditions.authentication_flows.transfer_methods", {"type": "list", "elements": "str", "choices": FLOWS}),
        ("conditions.devices.device_filter.mode", {"type": "str", "choices": ["include", "exclude"]}),
        ("session_controls.disable_resilience_defaults", {"type": "bool"}),
        ("session_controls.sign_in_frequency.value", {"type": "int"}),
        ("session_controls.sign_in_frequency.enabled", {"type": "bool"}),
        ("session_controls.persistent_browser.mode", {"type": "str", "choices": ["always", "never"]}),
        ("grant_controls.authentication_strength", {"type": "str"}),
        ("grant_controls.operator", {"type": "str", "choices": ["AND", "OR"]}),
    ],
)
def test_spec_of_an_option(path, expected):
    assert at(path) == expected


def test_no_option_has_a_default():
    # A default would be written over what the reader left alone.
    assert all("default" not in at(path) for path in ROWS)


def test_no_option_and_no_property_comes_twice_in_one_object():
    for path, field in [("", None), *ROWS.items()]:
        shape = field.shape if field else POLICY
        for name in ("option", "graph"):
            names = [getattr(row, name) for row in shape.fields] if shape else []
            assert len(names) == len(set(names)), path


def test_every_reference_is_of_a_kind_that_can_be_resolved():
    kinds = {field.reference.kind for field in ROWS.values() if field.reference}
    assert kinds == set(KINDS)


@pytest.mark.parametrize(
    ("graph", "option"),
    [
        ("enabled", "enabled"),
        ("disabled", "disabled"),
        ("enabledForReportingButNotEnforced", "report_only"),
    ],
)
def test_enforcement(graph, option):
    assert POLICY.options({"state": graph})["enforcement"] == option
    assert POLICY.merge({}, {"enforcement": option}) == {"state": graph}


def merged(current, **options):
    return POLICY.merge(current, options)


@pytest.mark.parametrize(
    ("current", "options", "expected"),
    [
        pytest.param(None, {"built_in_controls": ["mfa"]}, {"operator": "OR", "builtInControls": ["mfa"]}, id="or"),
        pytest.param(
            {"operator": "AND", "builtInControls": ["mfa"]},
            {"built_in_controls": ["mfa", "compliantDevice"]},
            {"operator": "AND", "builtInControls": ["mfa", "compliantDevice"]},
            id="and-is-kept",
        ),
        pytest.param(
            {"operator": "OR", "builtInControls": []},
            {"authentication_strength": STRENGTH},
            {"operator": "OR", "builtInControls": [], "authenticationStrength": {"id": STRENGTH}},
            id="strength-is-written-as-its-id",
        ),
        pytest.param(
            {"operator": "OR", "authenticationStrength": {"id": STRENGTH, "displayName": "S", "allowed": ["x"]}},
            {"operator": "AND"},
            {"operator": "AND", "authenticationStrength": {"id": STRENGTH}},
            id="strength-that-is-there-goes-back-as-its-id",
        ),
        pytest.param(
            {"operator": "OR", "authenticationStrength": {"id": STRENGTH}},
            {"authentication_strength": ""},
            {"operator": None, "authenticationStrength": None},
            id="strength-taken-out-and-nothing-left-for-the-operator",
        ),
        pytest.param(
            {"operator": "AND", "builtInControls": ["mfa"], "authenticationStrength": {"id": STRENGTH}},
            {"authentication_strength": ""},
            {"operator": "AND", "builtInControls": ["mfa"], "authenticationStrength": None},
            id="strength-taken-out-beside-a-control",
        ),
        pytest.param({}, {"operator": "AND"}, {"operator": None}, id="operator-of-nothing"),
        pytest.param(
            {"operator": "XOR", "builtInControls": ["mfa"]},
            {"built_in_controls": []},
            {"operator": "XOR", "builtInControls": []},
            id="operator-of-a-newer-graph-stays",
        ),
        pytest.param(
            None,
            {"terms_of_use": ["t"], "custom_authentication_factors": ["f"]},
            {"operator": "OR", "termsOfUse": ["t"], "customAuthenticationFactors": ["f"]},
            id="terms-and-factors",
        ),
        pytest.param({"operator": "OR", "builtInControls": ["mfa"]}, {}, None, id="all-taken-away"),
    ],
)
def test_grant_controls(current, options, expected):
    assert merged({"grantControls": current}, grant_controls=options)["grantControls"] == expected


@pytest.mark.parametrize(
    ("current", "options", "expected"),
    [
        pytest.param(None, {"value": 4, "type": "hours"}, FREQUENCY, id="a-value-makes-it-time-based-and-on"),
        pytest.param(None, {"frequency_interval": "everyTime"}, EVERY_TIME, id="every-time"),
        pytest.param(FREQUENCY, {"frequency_interval": "everyTime"}, EVERY_TIME, id="from-hours-to-every-time"),
        pytest.param(EVERY_TIME, {"value": 4, "type": "hours"}, FREQUENCY, id="from-every-time-to-hours"),
        pytest.param(FREQUENCY, {"value": 8}, {**FREQUENCY, "value": 8}, id="value-alone"),
        pytest.param(
            {**FREQUENCY, "authenticationType": "secondaryAuthentication"},
            {"value": 8},
            {**FREQUENCY, "authenticationType": "secondaryAuthentication", "value": 8},
            id="the-other-kind-of-authentication-is-kept",
        ),
        pytest.param(
            {**FREQUENCY, "authenticationType": None},
            {"value": 8},
            {**FREQUENCY, "value": 8},
            id="no-authentication-type",
        ),
        pytest.param(FREQUENCY, {"enabled": False}, None, id="switched-off-is-null-as-graph-shows-it"),
        pytest.param(None, {"enabled": False, "value": 4, "type": "hours"}, None, id="made-switched-off"),
        pytest.param(FREQUENCY, {}, None, id="taken-away"),
        pytest.param({**FREQUENCY, "isEnabled": False}, {"value": 4}, FREQUENCY, id="one-that-is-off-is-asked-for"),
        pytest.param({**FREQUENCY, "isEnabled": None}, {"value": 4}, FREQUENCY, id="one-that-is-not-on-is-asked-for"),
        pytest.param({**FREQUENCY, "isEnabled": False}, {"enabled": False, "value": 8}, None, id="off-stays-off"),
    ],
)
def test_sign_in_frequency(current, options, expected):
    result = merged({"sessionControls": {"signInFrequency": current}}, session_controls={"sign_in_frequency": options})
    assert result["sessionControls"]["signInFrequency"] == expected


OFF = {
    "persistent_browser": ("persistentBrowser", {"isEnabled": False, "mode": "always"}, {"mode": "never"}),
    "cloud_app_security": (
        "cloudAppSecurity",
        {"isEnabled": False, "cloudAppSecurityType": "monitorOnly"},
        {"cloud_app_security_type": "monitorOnly"},
    ),
    "sign_in_frequency": (
        "signInFrequency",
        {**EVERY_TIME, "isEnabled": False},
        {"frequency_interval": "everyTime"},
    ),
}


@pytest.mark.parametrize("off", [False, None])
@pytest.mark.parametrize(("option", "graph", "there", "asked"), [(k, *v) for k, v in OFF.items()], ids=OFF)
def test_a_session_control_that_is_asked_for_is_on(option, graph, there, asked, off):
    current = {"id": "x", "sessionControls": {graph: {**there, "isEnabled": off}}}
    plan = reconcile.plan(Policy(), current, {"session_controls": {option: asked}}, "present")
    assert plan.verb == "update" and plan.changes["sessionControls"][graph]["isEnabled"] is True
    again = reconcile.plan(Policy(), plan.after, {"session_controls": {option: asked}}, "present")
    assert again.verb == "nothing"
    stays = reconcile.plan(Policy(), current, {"session_controls": {option: {**asked, "enabled": False}}}, "present")
    assert stays.verb == "nothing"


@pytest.mark.parametrize(
    "control",
    [
        pytest.param(None, id="null"),
        pytest.param({}, id="empty"),
        pytest.param({"isEnabled": None, "mode": None}, id="nulls"),
        pytest.param({"isEnabled": None, "mode": "never"}, id="not-on"),
        pytest.param({"isEnabled": False, "mode": "never"}, id="off"),
    ],
)
def test_a_session_control_that_is_not_on_is_none_and_given_back_it_stays_so(control):
    current = {"id": "x", "sessionControls": {"persistentBrowser": control, "disableResilienceDefaults": False}}
    assert POLICY.normal(current) == POLICY.normal({"id": "x"})
    shown = POLICY.options(current)
    assert shown["session_controls"] is None
    assert reconcile.plan(Policy(), current, shown, "present").verb == "nothing"


def test_a_session_control_of_a_newer_graph_is_left_as_it_is():
    current = {"sessionControls": {"nap": {"isEnabled": False, "hours": 1}, "signInFrequency": FREQUENCY}}
    changed = merged(current, session_controls={"sign_in_frequency": {"value": 8}})["sessionControls"]
    assert changed["nap"] == {"isEnabled": False, "hours": 1}
    assert POLICY.unknown(current) == ["sessionControls.nap"]


@pytest.mark.parametrize("current", [None, {"membershipKind": "all"}])
def test_exactly_the_tenants_that_are_named_are_enumerated(current):
    asked = {"guest_or_external_user_types": ["serviceProvider"], "external_tenants": {"members": [STRENGTH]}}
    exact = POLICY.exactly({"conditions": {"users": {"include_guests_or_external_users": asked}}})
    there = {"conditions": {"users": {"includeGuestsOrExternalUsers": {"externalTenants": current}}}}
    guests = POLICY.merge(there, exact)["conditions"]["users"]["includeGuestsOrExternalUsers"]
    assert guests["externalTenants"] == {
        "@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants",
        "membershipKind": "enumerated",
        "members": [STRENGTH],
    }


def test_exactly_what_is_named_leaves_a_word_of_a_newer_graph():
    exact = POLICY.exactly({"grant_controls": {"built_in_controls": ["mfa"]}})
    assert POLICY.merge({"grantControls": {"operator": "XOR", "builtInControls": ["block", "smile"]}}, exact) == {
        "conditions": None,
        "description": None,
        "displayName": None,
        "grantControls": {
            "operator": "XOR",
            "builtInControls": ["smile", "mfa"],
            "authenticationStrength": None,
            "termsOfUse": [],
            "customAuthenticationFactors": [],
        },
        "sessionControls": None,
        "state": None,
    }


def test_exactly_a_session_control_that_is_asked_for_is_on():
    exact = POLICY.exactly({"session_controls": {"persistent_browser": {"mode": "always"}}})
    assert POLICY.merge(None, exact)["sessionControls"]["persistentBrowser"] == BROWSER


def test_no_member_is_null_only_where_graph_takes_that():
    """Both are texts with commas, and the second may not be null."""
    current = {
        "insiderRiskLevels": "minor",
        "authenticationFlows": {"transferMethods": "deviceCodeFlow", "newFlow": True},
        "users": {"includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "internalGuest", "newGuest": 1}},
    }
    options = {
        "insider_risk_levels": [],
        "authentication_flows": {"transfer_methods": []},
        "users": {"include_guests_or_external_users": {"guest_or_external_user_types": []}},
    }
    assert merged({"conditions": current}, conditions=options)["conditions"] == {
        "insiderRiskLevels": None,
        "authenticationFlows": {"transferMethods": "none", "newFlow": True},
        "users": {"includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "none", "newGuest": 1}},
    }


def test_a_session_control_is_changed_beside_the_others():
    current = {"sessionControls": {"signInFrequency": FREQUENCY, "persistentBrowser": None, "unknown": {"x": 1}}}
    result = merged(current, session_controls={"persistent_browser": {"mode": "always"}})["sessionControls"]
    assert result == {"signInFrequency": FREQUENCY, "persistentBrowser": BROWSER, "unknown": {"x": 1}}


SHOWN = {
    "id": "x",
    "displayName": "P",
    "grantControls": {
        "operator": "OR",
        "builtInControls": [],
        "authenticationStrength": {"id": STRENGTH.upper(), "displayName": "S", "allowedCombinations": ["fido2"]},
        "authenticationStrength@odata.context": "https://graph.test/$metadata",
    },
    "sessionControls": {"signInFrequency": FREQUENCY, "persistentBrowser": {"isEnabled": False, "mode": "always"}},
}


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"grant_controls": {"authentication_strength": STRENGTH}}, id="strength-in-another-case"),
        pytest.param({"session_controls": {"sign_in_frequency": {"value": 4}}}, id="part-of-a-frequency"),
        pytest.param({"session_controls": {"persistent_browser": {"enabled": False}}}, id="off-that-is-off"),
        pytest.param({"session_controls": {"persistent_browser": {}}}, id="away-that-is-off"),
    ],
)
def test_no_change_where_graph_shows_the_same_in_more_words(options):
    assert reconcile.plan(Policy(), SHOWN, {"display_name": "P", **options}, "present").verb == "nothing"


def test_the_one_keyword_that_looks_like_an_id_is_a_location_that_cannot_be_looked_up():
    keywords = {word for field in ROWS.values() if field.reference for word in field.reference.keywords}
    assert [word for word in keywords if is_guid(word)] == ["00000000-0000-0000-0000-000000000000"]
