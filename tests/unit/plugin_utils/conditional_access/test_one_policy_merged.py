# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy as it would be: exactly what is asked for or more, lists that are added to, and what Graph or we do not take."""

from __future__ import annotations

import pytest
from fake_tenant import POLICIES, guid
from policy_tenant import ADMIN, DANA, ID, NEW, OFFICE, STAFF, body, changed, ensure, fill

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import lockout, policy
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_kind import Policy
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_schema import CONDITIONS
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput


@pytest.fixture
def peopled(tenant):
    return fill(tenant)


@pytest.fixture
def there(peopled):
    """The policy that is there already, to be changed by a test."""
    return peopled.objects[POLICIES][0]


def users(**lists):
    return {"conditions": {"users": lists}}


@pytest.mark.parametrize(
    ("asked", "after"),
    [
        pytest.param({"add": ["dana@contoso.com"]}, [ADMIN, DANA], id="added"),
        pytest.param({"add": ["admin@contoso.com", ADMIN.upper()]}, None, id="added-that-is-there"),
        pytest.param({"remove": ["dana@contoso.com"]}, None, id="removed-that-is-not-there"),
        pytest.param({"add": [DANA], "remove": ["admin@contoso.com"]}, [DANA], id="exchanged"),
        pytest.param({"remove": [guid(98)]}, None, id="an-id-may-be-removed-after-its-object"),
        pytest.param({"set": ["dana@contoso.com"]}, [DANA], id="set"),
    ],
)
def test_a_list_is_added_to_and_taken_from_by_name(peopled, asked, after):
    result = ensure(peopled, display_name="P", **users(exclude_users=asked))
    assert result["changed"] is (after is not None)
    if after:
        assert body(peopled)["conditions"]["users"]["excludeUsers"] == after
    assert ensure(peopled, display_name="P", **users(exclude_users=asked))["changed"] is False


def test_a_name_that_is_to_be_removed_has_to_be_there_all_the_same(peopled):
    with pytest.raises(lockout.Refused) as caught:
        ensure(peopled, display_name="P", **users(exclude_users={"remove": ["gone@contoso.com", guid(98)]}))
    (problem,) = caught.value.unresolved
    assert problem.startswith("conditions.users.exclude_users.remove[0]: there is no user")


EXTRA = {
    "description": "by hand",
    "state": "enabled",
    "sessionControls": {"persistentBrowser": {"isEnabled": True, "mode": "never"}},
}
EXTRA_CONDITIONS = {
    "clientAppTypes": ["browser"],
    "signInRiskLevels": ["high"],
    "platforms": {"includePlatforms": ["all"]},
}


def add_by_hand(there):
    there.update(EXTRA)
    there["conditions"].update(EXTRA_CONDITIONS)
    there["conditions"]["users"]["excludeGroups"] = [STAFF]
    there["grantControls"]["operator"] = "AND"


def test_exact_takes_out_what_is_not_asked_for(peopled, there):
    add_by_hand(there)
    result = ensure(peopled, **NEW, exact=True)
    policy = result["policy"]
    assert policy["conditions"]["client_app_types"] == ["all"]
    assert policy["conditions"]["users"]["exclude_groups"] == []
    assert policy["conditions"]["users"]["exclude_users"] == [ADMIN]
    assert not policy["conditions"]["sign_in_risk_levels"] and policy["conditions"]["platforms"] is None
    assert policy["grant_controls"]["operator"] == "OR"
    assert policy["session_controls"] is None
    # Neither an assignment nor a control: the words and whether it is on.
    assert (policy["description"], policy["enforcement"]) == ("by hand", "enabled")
    assert ensure(peopled, **NEW, exact=True)["changed"] is False


def test_without_exact_what_is_not_asked_for_stays(peopled, there):
    add_by_hand(there)
    assert ensure(peopled, **NEW)["changed"] is False


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="as-it-is"),
        pytest.param({"conditions": {**NEW["conditions"], "client_app_types": ["all"]}}, id="with-its-default"),
    ],
)
def test_exact_changes_nothing_that_is_so_already(peopled, options):
    assert ensure(peopled, **{**NEW, **options}, exact=True)["changed"] is False


def test_exact_keeps_what_is_given(peopled, there):
    add_by_hand(there)
    conditions = {**NEW["conditions"], "client_app_types": ["browser"], "sign_in_risk_levels": ["high"]}
    policy = ensure(peopled, **{**NEW, "conditions": conditions}, exact=True)["policy"]
    assert policy["conditions"]["client_app_types"] == ["browser"]
    assert policy["conditions"]["sign_in_risk_levels"] == ["high"]


def test_exact_makes_a_policy_like_any_other(peopled):
    plain = ensure(peopled, check_mode=True, **changed("grant_controls.operator", None))["policy"]
    exact = ensure(peopled, check_mode=True, **changed("grant_controls.operator", None), exact=True)["policy"]
    for side in (plain, exact):
        assert side["conditions"]["users"]["include_users"] == ["All"]
        assert side["conditions"]["client_app_types"] == ["all"]
        assert side["enforcement"] == "report_only"


UNKNOWN = [
    pytest.param({}, [], id="nothing"),
    pytest.param({"newProperty": 1}, ["newProperty"], id="property"),
    pytest.param({"state": "ofTomorrow"}, ["state: ofTomorrow"], id="word"),
    pytest.param(
        {"conditions": {"clientAppTypes": ["all"], "newCondition": {"x": 1}}},
        ["conditions.newCondition"],
        id="condition",
    ),
]


@pytest.mark.parametrize(("more", "expected"), UNKNOWN)
@pytest.mark.parametrize("options", [{}, {"description": "d"}], ids=["unchanged", "changed"])
def test_what_is_not_known_is_left_and_told(peopled, there, more, expected, options):
    there.update(more)
    result = ensure(peopled, display_name="P", **options)
    assert result["unknown"] == expected
    assert len(result["warnings"]) == len(expected[:1])
    assert all(name in result["warnings"][0] for name in expected)
    assert {name: there[name] for name in more} == more


ONLY_OF_TOMORROW = {
    "clientAppTypes": ["ofTomorrow"],
    "platforms": {"includePlatforms": ["ofTomorrow"], "excludePlatforms": ["linux"]},
    "devices": {"deviceFilter": {"mode": "ofTomorrow", "rule": "x"}, "newDevices": ["y"]},
    "authenticationFlows": {"newFlow": "z"},
}


@pytest.mark.parametrize("exact", [False, True], ids=["given", "exactly"])
def test_a_list_of_which_no_member_is_known_is_not_empty(peopled, there, exact):
    there["conditions"].update(ONLY_OF_TOMORROW)
    (shown,) = policy.listed(policy.LISTING.validate({}), peopled.reads())["policies"]
    assert shown["conditions"]["client_app_types"] is None
    same = ensure(peopled, **shown, exact=exact)
    assert not same["changed"] and same["unknown"]
    changed = ensure(peopled, **{**shown, "enforcement": "disabled", "exact": exact})
    assert changed["changed"] and there["conditions"]["clientAppTypes"] == ["ofTomorrow"]
    beside = {"conditions": {**shown["conditions"], "user_risk_levels": ["high"]}}
    assert ensure(peopled, **{**shown, **beside, "exact": exact})["changed"]
    left = {name: there["conditions"][name] for name in ONLY_OF_TOMORROW}
    assert CONDITIONS.normal(left) == CONDITIONS.normal(ONLY_OF_TOMORROW)


def test_a_word_that_stands_alone_is_not_put_beside_one_of_a_newer_graph(peopled, there):
    there["conditions"]["clientAppTypes"] = ["ofTomorrow"]
    with pytest.raises(BadInput) as caught:
        ensure(peopled, display_name="P", conditions={"client_app_types": ["all"]})
    (problem,) = caught.value.problems
    assert problem.startswith("conditions.client_app_types: all stands alone") and peopled.writes() == []


def test_an_absent_policy_holds_nothing_that_is_not_known(peopled, there):
    there["newProperty"] = 1
    result = ensure(peopled, display_name="P", state="absent")
    assert (result["unknown"], result["warnings"], result["policy"]) == ([], [], {})


CONTRADICTIONS = [
    pytest.param(
        {"grantControls": {"operator": "OR", "builtInControls": ["block"]}},
        {"grant_controls": {"authentication_strength": guid(61)}},
        "grant_controls.built_in_controls: block stands alone",
        id="a-control-beside-block",
    ),
    pytest.param(
        {},
        users(include_users={"add": [DANA]}),
        "conditions.users.include_users: All stands alone",
        id="one-added-to-all",
    ),
    pytest.param(
        {},
        {"conditions": {"applications": {"include_user_actions": ["urn:user:registerdevice"]}}},
        "conditions.applications: include_applications and include_user_actions are 2 kinds of target",
        id="another-kind-of-target",
    ),
    pytest.param(
        {},
        {"conditions": {"client_applications": {"include_service_principals": ["ServicePrincipalsInMyTenant"]}}},
        "conditions: users.include_users and client_applications.include_service_principals are people and workloads",
        id="workloads-beside-people",
    ),
    pytest.param(
        {},
        {"grant_controls": {"built_in_controls": []}},
        "grant_controls: the policy would be left with no control",
        id="none-left",
    ),
    pytest.param(
        {}, {"grant_controls": {}}, "grant_controls: the policy would be left with no control", id="all-taken-away"
    ),
    pytest.param(
        {"sessionControls": {"persistentBrowser": {"isEnabled": True, "mode": "always"}}, "grantControls": None},
        {"session_controls": {"persistent_browser": {"enabled": False}}},
        "grant_controls: the policy would be left with no control",
        id="the-last-session-control-off",
    ),
]


@pytest.mark.parametrize(("more", "options", "start"), CONTRADICTIONS)
def test_what_does_not_go_with_what_is_there(peopled, there, more, options, start):
    there.update(more)
    peopled.objects["/policies/authenticationStrengthPolicies"] = [{"id": guid(61), "displayName": "Strong"}]
    with pytest.raises(BadInput) as caught:
        ensure(peopled, display_name="P", **options)
    (problem,) = caught.value.problems
    assert problem.startswith(start)
    assert "nothing was written" in str(caught.value)
    assert peopled.writes() == []


def test_a_session_control_is_control_enough(peopled):
    more = {"session_controls": {"persistent_browser": {"mode": "always"}}, "grant_controls": {}}
    assert ensure(peopled, display_name="P", **more)["changed"] is True


def test_what_is_there_and_contradicts_itself_is_left_alone_where_nothing_changes(peopled, there):
    there["conditions"]["users"]["includeUsers"] = ["All", DANA]
    assert ensure(peopled, display_name="P", enforcement="enabled")["changed"] is False


def test_what_is_there_and_contradicts_itself_can_be_switched_off(peopled, there):
    there["conditions"]["users"]["includeUsers"] = ["All", DANA]
    there["grantControls"] = None
    assert ensure(peopled, display_name="P", enforcement="disabled")["changed"] is True
    assert body(peopled) == {"state": "disabled"}


LEFT_WITHOUT = [
    pytest.param({"users": {"include_users": []}}, "conditions.users: includes nobody", id="nobody"),
    pytest.param({"users": {"include_users": {"remove": ["All"]}}}, "conditions.users: includes nobody", id="removed"),
    pytest.param({"users": {}}, "conditions.users: includes nobody", id="no-users"),
    pytest.param({"applications": {}}, "conditions.applications: includes nothing", id="no-applications"),
    pytest.param(
        {"applications": {"include_applications": {"remove": ["Syncro"]}}},
        "conditions.applications: includes nothing",
        id="the-only-application",
    ),
    pytest.param(
        {"locations": {"exclude_locations": ["AllTrusted"]}},
        "conditions.locations.include_locations: is missing",
        id="locations-left-out-of-none",
    ),
    pytest.param(
        {"platforms": {"exclude_platforms": ["iOS"]}},
        "conditions.platforms.include_platforms: is missing",
        id="platforms-left-out-of-none",
    ),
]


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(("conditions", "part"), LEFT_WITHOUT)
def test_a_change_leaves_somebody_and_something(peopled, conditions, part, check_mode):
    with pytest.raises(BadInput) as caught:
        ensure(peopled, check_mode, display_name="P", conditions=conditions)
    assert [problem.startswith(part) for problem in caught.value.problems] == [True] and peopled.writes() == []


def test_a_new_policy_leaves_out_only_of_what_it_includes(peopled):
    with pytest.raises(BadInput, match=r"conditions\.locations\.include_locations: is missing"):
        ensure(peopled, **changed("conditions.locations", {"exclude_locations": ["AllTrusted"]}))


def test_one_that_is_brought_back_is_judged_by_what_changes(peopled):
    gone = peopled.objects[POLICIES].pop()
    peopled.objects[Policy.deleted] = [gone]
    with pytest.raises(BadInput, match=r"conditions\.users: includes nobody"):
        ensure(peopled, display_name="P", restore_deleted=True, conditions={"users": {}})
    assert peopled.writes() == []


STRANGE = [
    pytest.param({"users": {"excludeUsers": [ADMIN]}}, {"sign_in_risk_levels": ["high"]}, id="nobody"),
    pytest.param({"applications": None}, {"users": {"exclude_groups": ["Staff"]}}, id="nothing"),
    pytest.param({"locations": {"excludeLocations": [OFFICE]}}, {"sign_in_risk_levels": ["high"]}, id="location"),
    # Whom a newer Graph includes is somebody.
    pytest.param({"users": {"includeMoods": ["good"]}}, {"users": {"exclude_groups": ["Staff"]}}, id="newer"),
    pytest.param(
        {"users": None, "clientApplications": {"includeRobots": ["All"]}},
        {"users": {"exclude_groups": ["Staff"]}},
        id="newer-workloads",
    ),
]


@pytest.mark.parametrize(("strange", "asked"), STRANGE)
def test_another_change_of_a_policy_that_is_strange_already_passes(peopled, there, strange, asked):
    there["conditions"].update(strange)
    assert ensure(peopled, check_mode=True, display_name="P", conditions=asked)["changed"] is True


def test_users_are_decided_by_the_workloads_too(peopled, there):
    """Without the users that Graph writes as None where there are workloads."""
    there["conditions"].update(users=None, clientApplications={"includeServicePrincipals": [guid(22)]})
    with pytest.raises(BadInput, match=r"conditions\.users: includes nobody"):
        ensure(peopled, display_name="P", conditions={"client_applications": {}})


HALVES = [
    pytest.param({"sign_in_frequency": {"value": 8}}, "session_controls.sign_in_frequency.type: is missing", id="unit"),
    pytest.param(
        {"sign_in_frequency": {"type": "days"}}, "session_controls.sign_in_frequency.value: is missing", id="value"
    ),
]


@pytest.mark.parametrize(("asked", "start"), HALVES)
def test_half_of_a_frequency_is_enough_where_the_other_half_is_there(peopled, there, asked, start):
    with pytest.raises(BadInput) as caught:
        ensure(peopled, id=ID, session_controls=asked)
    assert [problem.startswith(start) for problem in caught.value.problems] == [True] and peopled.writes() == []
    there["sessionControls"] = {
        "signInFrequency": {"isEnabled": True, "frequencyInterval": "timeBased", "value": 4, "type": "hours"}
    }
    assert ensure(peopled, id=ID, session_controls=asked)["changed"] is True


@pytest.mark.parametrize(
    ("option", "value", "graph", "said"),
    [
        ("persistent_browser", "mode", "persistentBrowser", {"mode": "never"}),
        ("cloud_app_security", "cloud_app_security_type", "cloudAppSecurity", {"cloudAppSecurityType": "monitorOnly"}),
    ],
)
def test_a_session_control_that_is_on_says_what_it_does(peopled, there, option, value, graph, said):
    asked = {option: {"enabled": True}}
    with pytest.raises(BadInput) as caught:
        ensure(peopled, display_name="P", session_controls=asked)
    (problem,) = caught.value.problems
    assert problem.startswith(f"session_controls.{option}.{value}: is missing") and peopled.writes() == []
    there["sessionControls"] = {graph: {"isEnabled": True, **said}}
    assert ensure(peopled, display_name="P", session_controls=asked)["changed"] is False


def test_half_of_a_filter_is_enough_where_the_other_half_is_there(peopled, there):
    asked = {"devices": {"device_filter": {"rule": "device.isCompliant -eq True"}}}
    with pytest.raises(BadInput, match=r"conditions\.devices\.device_filter\.mode: is missing"):
        ensure(peopled, id=ID, conditions=asked)
    assert peopled.writes() == []
    there["conditions"]["devices"] = {"deviceFilter": {"mode": "exclude", "rule": "x"}}
    ensure(peopled, id=ID, conditions=asked)
    sent = body(peopled)["conditions"]["devices"]["deviceFilter"]
    assert sent == {"mode": "exclude", "rule": "device.isCompliant -eq True"}


@pytest.mark.parametrize(
    ("options", "start"),
    [
        pytest.param(
            {"id": ID, "display_name": "Q", "state": "absent"},
            f"display_name: Conditional Access policy {ID}",
            id="absent",
        ),
        pytest.param(
            {**changed("grant_controls.operator", None), "display_name": "New "}, "display_name: 'New '", id="blank"
        ),
        pytest.param({"id": ID, "display_name": "Q"}, "display_name: 'Q' is the name of", id="taken"),
    ],
)
def test_names_that_would_be_mistaken(peopled, options, start):
    peopled.objects[POLICIES].append({"id": guid(32), "displayName": "Q"})
    with pytest.raises(BadInput) as caught:
        ensure(peopled, **options)
    assert [problem.startswith(start) for problem in caught.value.problems] == [True]
    assert peopled.writes() == []


@pytest.mark.parametrize("absent", [False, True])
def test_locations_are_read_with_the_rest_unless_the_policy_goes(peopled, absent):
    ensure(peopled, check_mode=True, id=ID, **({"state": "absent"} if absent else {"display_name": "P"}))
    asked = peopled.sent[0][1]
    assert ("/identity/conditionalAccess/namedLocations" in asked) is not absent
