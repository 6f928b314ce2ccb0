# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard around one policy: who could still take it back, what is looked up for that, and who writes it."""

from __future__ import annotations

import pytest
from fake_tenant import DELETED, LOCATIONS, METHODS, POLICIES, guid
from policy_tenant import ADMIN, DANA, ID, OFFICE, STAFF, ensure, fill

from ansible_collections.msp.entra.plugins.plugin_utils import reconcile
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import lockout
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.named_location import NamedLocation
from ansible_collections.msp.entra.plugins.plugin_utils.graph.claims import Caller

UPN, DANA_UPN = "admin@contoso.com", "dana@contoso.com"
STOPPED, NOT_LEFT_OUT = "NO-WAY-BACK {} is stopped by {}", "BREAK-GLASS-NOT-EXCLUDED policy '{}' covers {}"
IN_REPORT_ONLY = "enabledForReportingButNotEnforced"


@pytest.fixture
def peopled(tenant):
    """Accounts, an office, and a group of which nobody is a member; no policy."""
    fill(tenant).objects |= {POLICIES: [], f"/users/{ADMIN}/transitiveMemberOf": []}
    tenant.objects[LOCATIONS] = [
        {"id": OFFICE, "displayName": "Office", "isTrusted": True, "ipRanges": [{"cidrAddress": "8.8.8.0/24"}]}
    ]
    return tenant


def devices(*, enforcement="enabled", control="compliantDevice", name="P", locations=None, **users):
    """A policy that wants a compliant device of whom it is for, whatever they open."""
    conditions = {
        "users": {"include_users": ["All"], **users},
        "applications": {"include_applications": ["All"]},
        "locations": locations,
    }
    return {
        "display_name": name,
        "enforcement": enforcement,
        "conditions": conditions,
        "grant_controls": {"built_in_controls": [control]},
        "break_glass_accounts": [UPN],
    }


def there(state="enabled", number=31, name="P", control="compliantDevice", **users):
    """Such a policy as Graph shows it."""
    return {
        "id": guid(number),
        "displayName": name,
        "state": state,
        "conditions": {
            "clientAppTypes": ["all"],
            "users": {"includeUsers": ["All"], **users},
            "applications": {"includeApplications": ["All"]},
        },
        "grantControls": {"operator": "OR", "builtInControls": [control]},
    }


def refused(tenant, check_mode=False, **options):
    with pytest.raises(lockout.Refused) as caught:
        ensure(tenant, check_mode, **options)
    assert tenant.writes() == [] and caught.value.unresolved == []
    return [f"{finding.rule.id} {finding.where}" for finding in caught.value.findings]


def rules(tenant, check_mode=False, **options):
    """The ids of the rules that a policy is refused by; none where it passes."""
    try:
        ensure(tenant, check_mode, **options)
    except lockout.Refused as error:
        assert error.unresolved == []
        return [finding.rule.id for finding in error.findings]
    return []


def test_accounts_have_the_names_by_which_they_sign_in_however_they_are_given(peopled):
    expected = [NOT_LEFT_OUT.format("P", UPN), STOPPED.format(UPN, "'P'")]
    assert refused(peopled, **devices()) == expected
    by_id = {**devices(), "break_glass_accounts": [ADMIN]}
    assert refused(peopled, **by_id) == expected
    # A caller that may not read that property sees none.
    peopled.objects["/users"][0]["userPrincipalName"] = None
    assert refused(peopled, **by_id) == [line.replace(UPN, ADMIN) for line in expected]


def test_what_the_other_policies_ask_for_counts_as_well(peopled):
    """Either of them leaves one of the two accounts out."""
    accounts = {"break_glass_accounts": [UPN, DANA_UPN], "accept_risks": ["BREAK-GLASS-NOT-EXCLUDED"]}
    other = there(number=32, name="By hand", excludeUsers=[DANA])
    peopled.objects[POLICIES] = [other]
    new = {**devices(exclude_users=[UPN]), **accounts}
    way = f"NO-WAY-BACK {UPN} is stopped by 'By hand'; {DANA_UPN} is stopped by 'P'"
    assert refused(peopled, **new) == [way]
    for state in ("disabled", IN_REPORT_ONLY):
        other["state"] = state
        assert rules(peopled, check_mode=True, **new) == []
    assert ensure(peopled, **new)["changed"]


@pytest.mark.parametrize("enforcement", ["enabled", "report_only"])
def test_a_policy_is_judged_as_if_it_were_on(peopled, enforcement):
    accepted = {"accept_risks": ["BREAK-GLASS-NOT-EXCLUDED"]}
    assert refused(peopled, **devices(enforcement=enforcement), **accepted) == [STOPPED.format(UPN, "'P'")]
    peopled.objects[POLICIES] = [there(IN_REPORT_ONLY, excludeUsers=[ADMIN])]
    assert refused(peopled, **devices(enforcement=enforcement, exclude_users=[]), **accepted) == [
        STOPPED.format(UPN, "'P'")
    ]


def test_a_policy_as_it_was_does_not_count_beside_itself(peopled):
    """Nobody gets in as it is, and letting the account in is the way out."""
    peopled.objects[POLICIES] = [{**there(), "id": ID.upper()}]
    assert ensure(peopled, **devices(exclude_users=[UPN]))["changed"]


def test_a_policy_that_is_looked_for_by_its_id_in_another_case_is_itself(peopled):
    peopled.objects[POLICIES] = [there()]
    options = {**devices(exclude_users=[UPN]), "id": ID.upper()}
    assert rules(peopled, **options) == []


def test_an_account_that_is_disabled_proves_nothing(peopled):
    peopled.objects["/users"][1]["accountEnabled"] = False
    accounts = {"break_glass_accounts": [UPN, DANA_UPN]}
    accepted = {"accept_risks": ["BREAK-GLASS-NOT-EXCLUDED", "BREAK-GLASS-DISABLED"]}
    # The one that is disabled is left out, the other one is not.
    new = {**devices(exclude_users=[DANA_UPN]), **accounts, **accepted}
    assert refused(peopled, **new) == [STOPPED.format(UPN, "'P'")]
    peopled.objects["/users"][1]["accountEnabled"] = True
    assert rules(peopled, **new) == []


def member(group=STAFF):
    return [{"@odata.type": "#microsoft.graph.group", "id": group}]


def test_the_groups_of_an_account_decide(peopled):
    new = devices(exclude_groups=["Staff"])
    assert refused(peopled, **new) == [NOT_LEFT_OUT.format("P", UPN), STOPPED.format(UPN, "'P'")]
    peopled.objects[f"/users/{ADMIN}/transitiveMemberOf"] = member()
    assert ensure(peopled, **new)["warnings"] == []


def test_groups_are_not_looked_up_where_nothing_changes(peopled):
    """What is there is not refused; and what only its groups could tell is not told."""
    peopled.objects[POLICIES] = [there(excludeGroups=[STAFF])]
    risks = {"accept_risks": ["NO-WAY-BACK", "BREAK-GLASS-NOT-EXCLUDED"]}
    same = {**devices(exclude_groups=[STAFF]), **risks}
    peopled.refused = {f"/users/{ADMIN}/transitiveMemberOf"}
    result = ensure(peopled, **same)
    assert not result["changed"] and not [text for text in result["warnings"] if "NO-WAY-BACK" in text]
    assert not [paths for dummy, paths in peopled.sent if "transitiveMemberOf" in str(paths)]
    changed = ensure(peopled, **same, description="d")
    assert [text for text in changed["warnings"] if "not known: the groups of the user" in text]


def test_a_risk_that_was_accepted_is_told_though_nothing_changes(peopled):
    peopled.objects[POLICIES] = [there()]
    result = ensure(peopled, **devices(), accept_risks=["NO-WAY-BACK", "BREAK-GLASS-NOT-EXCLUDED"])
    assert not result["changed"]
    assert [text.split("]")[0] for text in result["warnings"]] == [
        "Risk accepted: [BREAK-GLASS-NOT-EXCLUDED",
        "Risk accepted: [NO-WAY-BACK",
    ]


def test_mfa_is_no_way_for_who_has_no_method(peopled):
    asking = {**devices(control="mfa"), "accept_risks": ["BREAK-GLASS-NOT-EXCLUDED"]}
    peopled.objects[METHODS] = [{"id": ADMIN, "isMfaRegistered": False}]
    assert refused(peopled, **asking) == [STOPPED.format(UPN, "'P', and has no method for MFA registered")]
    peopled.objects[METHODS] = [{"id": ADMIN, "isMfaRegistered": True}]
    assert ensure(peopled, **asking)["changed"]


def test_who_has_a_method_is_not_looked_up_where_nothing_changes(peopled):
    peopled.objects |= {
        POLICIES: [there(control="mfa")],
        METHODS: [{"id": ADMIN, "isMfaRegistered": False}],
    }
    risks = {"accept_risks": ["NO-WAY-BACK", "BREAK-GLASS-NOT-EXCLUDED"]}
    result = ensure(peopled, **devices(control="mfa"), **risks)
    assert not result["changed"] and len(result["warnings"]) == 1
    assert not [paths for dummy, paths in peopled.sent if METHODS in str(paths)]
    assert len(ensure(peopled, **devices(control="mfa"), **risks, description="d")["warnings"]) == 2


def test_what_is_restored_comes_back_as_it_was_before_it_is_changed(peopled):
    """Should the second of the two writes fail, that is what stays."""
    peopled.objects[DELETED[POLICIES]] = [there()]
    again = {"restore_deleted": True, "description": "d"}
    expected = [NOT_LEFT_OUT.format("P", UPN), STOPPED.format(UPN, "'P'")]
    assert refused(peopled, **devices(exclude_users=[UPN]), **again) == expected
    # Each reason once, and none is lost for one.
    assert refused(peopled, **devices(), **again) == expected
    peopled.objects[DELETED[POLICIES]] = [there(excludeUsers=[ADMIN])]
    assert refused(peopled, **devices(exclude_users=[]), **again) == expected
    assert ensure(peopled, **devices(exclude_users=[UPN]), **again)["changed"]


HOME = reconcile.placeholder(NamedLocation(), "Home")


@pytest.mark.parametrize("announced", [[], ["Home"]], ids=["made", "made-and-announced-as-trusted"])
def test_a_location_that_check_mode_would_have_made_is_none_that_an_account_comes_from(peopled, announced):
    new = devices(control="block", locations={"include_locations": [HOME]})
    accepted = {"accept_risks": ["BREAK-GLASS-NOT-EXCLUDED"]}
    result = ensure(peopled, True, **new, **accepted, new_locations=["Home"], new_trusted_locations=announced)
    assert len(result["warnings"]) == 1


DANA_RUNS = Caller(DANA, False, DANA_UPN)


def of_dana():
    return f"CALLER-BLOCKED policy 'P' and account {DANA_UPN}"


def test_who_runs_this_is_not_blocked_by_it(peopled):
    peopled.caller = DANA_RUNS
    assert refused(peopled, **devices(control="block", include_users=[DANA_UPN])) == [of_dana()]
    assert rules(peopled, **devices(control="block", include_users=["syncro@contoso.com"])) == []


def test_the_groups_of_who_runs_this_are_looked_up(peopled):
    peopled.caller = DANA_RUNS
    new = devices(control="block", include_users=[], include_groups=["Staff"])
    peopled.objects[f"/users/{DANA}/transitiveMemberOf"] = member()
    assert refused(peopled, **new) == [of_dana()]
    peopled.objects[f"/users/{DANA}/transitiveMemberOf"] = []
    assert ensure(peopled, **new)["changed"]


def test_where_nothing_changes_only_what_blocks_who_runs_this_for_certain_is_told(peopled):
    peopled.caller = DANA_RUNS
    risks = {"accept_risks": ["CALLER-BLOCKED", "BREAK-GLASS-NOT-EXCLUDED"]}
    peopled.objects[POLICIES] = [there(control="block", includeUsers=[DANA])]
    (told,) = ensure(peopled, **devices(control="block", include_users=[DANA_UPN]), **risks)["warnings"]
    assert "CALLER-BLOCKED" in told
    peopled.objects[POLICIES] = [there(control="block", includeUsers=[], includeGroups=[STAFF])]
    same = ensure(peopled, **devices(control="block", include_users=[], include_groups=[STAFF]), **risks)
    assert not same["changed"] and not [text for text in same["warnings"] if "CALLER-BLOCKED" in text]
    assert not [paths for dummy, paths in peopled.sent if "transitiveMemberOf" in str(paths)]


def test_locations_tell_what_is_not_known_of_where_who_runs_this_comes_from(peopled):
    peopled.caller = DANA_RUNS
    outside = {"include_locations": ["All"], "exclude_locations": ["Office"]}
    new = devices(control="block", include_users=[DANA_UPN], locations=outside)
    assert refused(peopled, **new) == [f"{of_dana()} (not known: the IP address)"]
