# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ids that nobody had any more where a policy was written down, and what becomes of them where it is put."""

from __future__ import annotations

import pytest
from fake_tenant import POLICIES, guid
from policy_tenant import ADMIN, OFFICE, STAFF, body, changed, ensure, fill

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import lockout
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput

GONE, ALSO_GONE = guid(98), guid(97)
SAID = "It was gone where this was written down, and is not here."


@pytest.fixture
def peopled(tenant):
    return fill(tenant)


def made(tenant, path, value, orphans=(GONE, ALSO_GONE)):
    """A new policy with this in one place."""
    return ensure(tenant, **changed(path, value), orphans=list(orphans))


@pytest.mark.parametrize(
    ("path", "value", "graph", "after"),
    [
        pytest.param("conditions.users.exclude_users", [ADMIN, GONE], "excludeUsers", [ADMIN], id="excluded"),
        pytest.param("conditions.users.exclude_groups", [GONE.upper()], "excludeGroups", [], id="in-capitals"),
        pytest.param(
            "conditions.users.exclude_groups", [GONE, STAFF, ALSO_GONE], "excludeGroups", [STAFF], id="several"
        ),
        pytest.param("conditions.users.include_groups", [GONE], "includeGroups", [], id="included-beside-others"),
        pytest.param("conditions.users.exclude_groups", {"add": [GONE, STAFF]}, "excludeGroups", [STAFF], id="added"),
    ],
)
def test_one_that_nobody_has_here_either_is_left_out_and_told(peopled, path, value, graph, after):
    result = made(peopled, path, value)
    assert body(peopled)["conditions"]["users"][graph] == after
    told = [text for text in result["warnings"] if text.endswith(SAID)]
    assert len(told) == str(value).lower().count(GONE) + str(value).count(ALSO_GONE)
    assert told[0].startswith(f"{path}") and (GONE in told[0] or ALSO_GONE in told[0])


def test_what_somebody_has_here_is_no_orphan(peopled):
    result = made(peopled, "conditions.users.exclude_groups", [STAFF], orphans=[STAFF])
    assert body(peopled)["conditions"]["users"]["excludeGroups"] == [STAFF] and result["warnings"] == []


def test_what_the_policy_has_already_stays(peopled):
    (there,) = peopled.objects[POLICIES]
    there["conditions"]["users"]["excludeUsers"] = [ADMIN, GONE]
    users = {"exclude_users": [ADMIN, GONE]}
    assert ensure(peopled, display_name="P", conditions={"users": users}, orphans=[GONE])["changed"] is False
    users["exclude_users"].append(ALSO_GONE)
    again = ensure(peopled, display_name="P", conditions={"users": users}, orphans=[GONE, ALSO_GONE])
    assert again["changed"] is False and len(again["warnings"]) == 1


def test_without_the_option_it_is_an_error(peopled):
    with pytest.raises(lockout.Refused) as caught:
        made(peopled, "conditions.users.exclude_groups", [GONE], orphans=[])
    assert [problem.split(":")[0] for problem in caught.value.unresolved] == ["conditions.users.exclude_groups[0]"]
    assert peopled.writes() == []


NOTHING = [
    pytest.param("conditions.users", {"include_groups": [GONE], "exclude_users": [ADMIN]}, id="nobody"),
    pytest.param("conditions.applications", {"include_applications": [GONE]}, id="no-application"),
    pytest.param("conditions.locations", {"include_locations": [GONE]}, id="no-location"),
    pytest.param("conditions.client_applications", {"include_service_principals": [GONE]}, id="no-workload"),
]


@pytest.mark.parametrize(("path", "value"), NOTHING)
def test_what_a_policy_includes_does_not_become_nothing(peopled, path, value):
    """Without its only location, a policy would be for all of them."""
    options = changed(path, value)
    if "client_applications" in path:
        del options["conditions"]["users"]
    with pytest.raises(lockout.Refused) as caught:
        ensure(peopled, **options, orphans=[GONE])
    (problem,) = caught.value.unresolved
    assert problem.startswith(f"{path}.include_") and "without it nothing is included" in problem
    assert peopled.writes() == []


@pytest.mark.parametrize(
    ("option", "value", "part"),
    [
        ("authentication_strength", GONE, "there is no authentication strength"),
        ("terms_of_use", [GONE], f"the terms of use {GONE} was gone where this was written down"),
    ],
)
def test_a_control_is_not_left_out(peopled, option, value, part):
    with pytest.raises(lockout.Refused) as caught:
        made(peopled, "grant_controls", {option: value, "built_in_controls": ["compliantDevice"]})
    (problem,) = caught.value.unresolved
    assert problem.startswith(f"grant_controls.{option}") and part in problem and peopled.writes() == []


def test_terms_of_use_that_the_policy_has_already_stay(peopled):
    (there,) = peopled.objects[POLICIES]
    there["grantControls"]["termsOfUse"] = [GONE]
    asked = {"built_in_controls": ["mfa"], "terms_of_use": [GONE]}
    assert ensure(peopled, display_name="P", grant_controls=asked, orphans=[GONE])["changed"] is False


def test_all_at_once(peopled):
    options = changed("grant_controls", {"terms_of_use": [GONE]})
    options["conditions"]["locations"] = {"include_locations": [GONE], "exclude_locations": ["Ofice"]}
    options["conditions"]["users"]["exclude_users"] = ["nobody@contoso.com", ALSO_GONE]
    with pytest.raises(lockout.Refused) as caught:
        ensure(peopled, **options, orphans=[GONE, ALSO_GONE])
    assert sorted(problem.split(":")[0] for problem in caught.value.unresolved) == [
        "conditions.locations.exclude_locations[0]",
        "conditions.locations.include_locations[0]",
        "conditions.users.exclude_users[0]",
        "grant_controls.terms_of_use[0]",
    ]


@pytest.mark.parametrize(
    ("path", "value", "part"),
    [
        ("conditions.users", {"exclude_users": [ADMIN]}, "conditions.users: includes nobody"),
        ("conditions.applications", {"exclude_applications": ["Syncro"]}, "conditions.applications: includes nothing"),
    ],
)
def test_a_new_policy_has_to_be_for_somebody_and_something(peopled, path, value, part):
    with pytest.raises(BadInput) as caught:
        ensure(peopled, **changed(path, value))
    assert [problem.startswith(part) for problem in caught.value.problems] == [True] and peopled.writes() == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("conditions.users", {"include_users": ["None"]}),
        ("conditions.users", {"include_guests_or_external_users": {"guest_or_external_user_types": ["internalGuest"]}}),
        ("conditions.applications", {"include_user_actions": ["urn:user:registerdevice"]}),
        ("conditions.applications", {"application_filter": {"mode": "include", "rule": "x"}}),
        ("conditions.locations", {"include_locations": ["All"], "exclude_locations": [OFFICE]}),
    ],
)
def test_a_new_policy_for_somebody_and_something(peopled, path, value):
    assert ensure(peopled, **changed(path, value))["changed"] is True
