# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing one policy to what is asked for: defaults, names, the guard, and a policy that somebody has enforced."""

from __future__ import annotations

import pytest
from fake_tenant import POLICIES, guid, refusal
from policy_tenant import ADMIN, APP, DANA, ID, NEW, STAFF, body, changed, ensure, fill

from ansible_collections.msp.entra.plugins.plugin_utils import reconcile
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import lockout
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_kind import Policy
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput


@pytest.fixture
def peopled(tenant):
    return fill(tenant)


def test_a_new_policy_has_ids_for_names_and_is_never_enforced_by_accident(peopled):
    result = ensure(peopled, **changed("grant_controls.operator", None))
    assert body(peopled) == {
        "displayName": "New",
        "state": "enabledForReportingButNotEnforced",
        "conditions": {
            "clientAppTypes": ["all"],
            "users": {"includeUsers": ["All"], "excludeUsers": [ADMIN]},
            "applications": {"includeApplications": [APP]},
        },
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    }
    assert result["policy"]["enforcement"] == "report_only"
    # The reader of a diff knows names, not ids.
    assert result["diff"]["after"]["conditions"]["users"]["exclude_users"] == ["admin@contoso.com"]
    assert result["policy"]["conditions"]["users"]["exclude_users"] == [ADMIN]


def test_the_defaults_of_a_new_policy_are_not_written_over_an_old_one(peopled):
    peopled.objects[POLICIES][0]["conditions"]["clientAppTypes"] = ["browser"]
    result = ensure(peopled, display_name="P", description="d")
    assert body(peopled) == {"description": "d"}
    assert result["policy"]["enforcement"] == "enabled"


def test_an_unchanged_policy_is_one_request(peopled):
    assert ensure(peopled, **NEW)["changed"] is False
    assert peopled.verbs() == ["BATCH"]


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        pytest.param(changed("conditions.users", None), ["conditions.users"], id="users"),
        pytest.param(changed("conditions.applications", None), ["conditions.applications"], id="applications"),
        pytest.param(changed("grant_controls", None), ["grant_controls"], id="controls"),
        pytest.param(
            {"display_name": "New"}, ["conditions.users", "conditions.applications", "grant_controls"], id="all"
        ),
        pytest.param({"id": guid(99), "display_name": "New"}, ["id"], id="an-id-that-nothing-has"),
    ],
)
def test_what_a_new_policy_needs(peopled, options, missing):
    with pytest.raises(BadInput) as caught:
        ensure(peopled, **options)
    assert [problem.split(":")[0] for problem in caught.value.problems] == missing
    assert peopled.writes() == []


KEEP = [
    pytest.param("enabled", "report_only", True, True, "enabled", id="kept"),
    pytest.param("enabled", "report_only", False, False, "report_only", id="not-asked-to-keep"),
    pytest.param("enabled", "disabled", True, False, "disabled", id="only-report-only-is-the-default-state"),
    pytest.param("disabled", "report_only", True, False, "report_only", id="not-enforced"),
    pytest.param("enabledForReportingButNotEnforced", "enabled", True, False, "enabled", id="enforced-by-this-run"),
]


@pytest.mark.parametrize(("state", "asked", "keep", "kept", "after"), KEEP)
def test_a_policy_that_somebody_has_enforced(peopled, state, asked, keep, kept, after):
    peopled.objects[POLICIES][0]["state"] = state
    result = ensure(peopled, display_name="P", enforcement=asked, keep_enforced=keep)
    assert result["kept_enforced"] is kept
    assert result["policy"]["enforcement"] == after


def test_a_kept_policy_is_still_kept_right(peopled):
    result = ensure(peopled, **NEW, enforcement="report_only", keep_enforced=True, description="d")
    assert body(peopled) == {"description": "d"}
    assert (result["kept_enforced"], result["changed"]) == (True, True)


def test_one_that_is_brought_back_does_not_stay_enforced(peopled):
    """In check mode: the policy was enabled when it was deleted."""
    peopled.objects[Policy.deleted] = [peopled.objects[POLICIES].pop()]
    asked = {"display_name": "P", "enforcement": "report_only", "keep_enforced": True, "restore_deleted": True}
    result = ensure(peopled, check_mode=True, **asked)
    assert (result["policy"]["id"], result["policy"]["enforcement"]) == (ID, "report_only")
    assert result["kept_enforced"] is False


def test_null_lists_go_back_as_empty_ones(peopled):
    ensure(peopled, **{**NEW, "conditions": {"users": {"exclude_users": [ADMIN, DANA]}}})
    assert body(peopled)["conditions"]["users"] == {
        "includeUsers": ["All"],
        "excludeUsers": [ADMIN, DANA],
        "includeGroups": [],
    }


def test_controls_that_do_not_go_with_those_already_there(peopled):
    peopled.objects[POLICIES][0]["grantControls"]["termsOfUse"] = ["t"]
    with pytest.raises(BadInput) as caught:
        ensure(peopled, display_name="P", grant_controls={"built_in_controls": ["block"]})
    (problem,) = caught.value.problems
    assert "block stands alone, and terms_of_use" in problem
    assert "An empty value takes what is there out of the policy" in problem


def users(*excluded):
    return {"conditions": {"users": {"include_users": ["All"], "exclude_users": list(excluded)}}}


def test_unresolved_names_are_all_told_and_nothing_is_written(peopled):
    with pytest.raises(lockout.Refused) as caught:
        ensure(peopled, display_name="P", **users("x@y.z", guid(98)), service_account="gone@contoso.com")
    assert [problem.split(":")[0] for problem in caught.value.unresolved] == [
        "conditions.users.exclude_users[0]",
        "conditions.users.exclude_users[1]",
        "service_account",
    ]
    assert peopled.writes() == []


@pytest.mark.parametrize("check_mode", [False, True])
def test_an_id_that_the_policy_holds_may_have_outlived_its_object(peopled, check_mode):
    peopled.objects[POLICIES][0]["conditions"]["users"]["excludeUsers"] = [ADMIN, guid(98)]
    result = ensure(peopled, check_mode, display_name="P", **users(ADMIN, guid(98).upper()))
    assert result["changed"] is False


@pytest.mark.parametrize("check_mode", [False, True])
def test_an_id_that_check_mode_made_up_is_taken_in_check_mode_alone(peopled, check_mode):
    made_up = reconcile.placeholder(Policy(), "Office")
    options = changed("conditions.locations", {"include_locations": ["All"], "exclude_locations": [made_up]})
    if check_mode:
        result = ensure(peopled, check_mode, **options)
        assert result["policy"]["conditions"]["locations"]["exclude_locations"] == [made_up]
        assert reconcile.is_placeholder(result["policy"]["id"])
    else:
        with pytest.raises(lockout.Refused):
            ensure(peopled, check_mode, **options)
    assert peopled.writes() == []


def test_a_missing_break_glass_account_is_the_guard_s_and_can_be_accepted(peopled):
    gone = {"display_name": "P", "description": "d", "break_glass_accounts": ["gone@contoso.com"]}
    with pytest.raises(lockout.Refused) as caught:
        ensure(peopled, **gone)
    assert [finding.rule.id for finding in caught.value.findings] == ["BREAK-GLASS-MISSING"]
    assert caught.value.unresolved == []
    assert len(ensure(peopled, **gone, accept_risks=["BREAK-GLASS-MISSING"])["warnings"]) == 1


def test_the_guard_looks_at_the_policy_as_it_would_be(peopled):
    # The one option given says nothing of users: those that count are in the tenant.
    with pytest.raises(lockout.Refused) as caught:
        ensure(peopled, display_name="P", description="d", break_glass_accounts=["admin@contoso.com", DANA])
    assert [finding.where for finding in caught.value.findings] == ["policy 'P' covers dana@contoso.com"]


def test_what_is_there_already_is_not_refused(peopled):
    assert ensure(peopled, display_name="P", break_glass_accounts=[DANA])["changed"] is False


def test_a_diff_is_shown_with_ids_where_names_may_not_be_read(peopled):
    peopled.objects[POLICIES][0]["conditions"]["users"]["includeGroups"] = [STAFF]
    # All names at once are refused, and then, kind by kind, those of users.
    peopled.faults = {"BATCH": [None, refusal(403)], "GET": [refusal(403)]}
    diff = ensure(peopled, display_name="P", description="d")["diff"]
    for side in ("before", "after"):
        conditions = diff[side]["conditions"]
        assert conditions["users"]["exclude_users"] == [ADMIN]
        assert conditions["users"]["include_groups"] == ["Staff"]
        assert conditions["applications"]["include_applications"] == ["Syncro"]


def test_an_absent_policy_needs_no_name_resolved(peopled):
    result = ensure(peopled, **{**NEW, **users("x@y.z")}, state="absent")
    assert (result["changed"], peopled.objects[POLICIES]) == (True, [])
    # The look-ups would be the rest of a batch, and a permission more.
    assert peopled.sent[0] == ("GET", POLICIES)
