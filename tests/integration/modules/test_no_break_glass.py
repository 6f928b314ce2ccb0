# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nobody is taken for a break-glass account who is not given as one: whoever a policy leaves out may be anybody."""

from __future__ import annotations

import ansible_run
import pytest
from practice import WRITE

pytestmark = [pytest.mark.one_ansible, pytest.mark.usefixtures("together")]

OFFICE = {"msp.entra.named_location": {"display_name": "Office", "ip_ranges": ["203.0.113.0/24"], "trusted": True}}
OUTSIDE = {"include_locations": ["All"], "exclude_locations": ["AllTrusted"]}


def do(name, users, accounts=(), **more):
    """A policy that stops whom it is for, unless at the office."""
    return {
        "msp.entra.conditional_access_policy": {
            "display_name": name,
            "enforcement": "enabled",
            "conditions": {
                "users": users,
                "applications": {"include_applications": ["All"]},
                "locations": OUTSIDE,
                **more.pop("conditions", {}),
            },
            "grant_controls": {"built_in_controls": ["block"]},
            "break_glass_accounts": list(accounts),
            **more,
        }
    }


def test_nobody_is_taken_for_a_break_glass_account(tenant):
    """An empty group, an account that is disabled, one of the people, and those who administer themselves."""
    users = {
        "an empty group": {"include_users": ["All"], "exclude_groups": ["Twins"]},
        "one who is disabled": {"include_users": ["All"], "exclude_users": [tenant.upn("retired")]},
        "one of the people": {"include_users": ["All"], "exclude_users": [tenant.upn("dana")]},
        "a role": {"include_roles": ["Global Administrator"]},
        "a group": {"include_groups": ["Technicians"]},
    }
    tenant.results(OFFICE)
    done = tenant.tasks(*[do(name, value) for name, value in users.items()], keep_going=True)
    assert not ansible_run.writes(tenant.log())
    for number, name in enumerate(users):
        failed = done.of(str(number))
        assert [(one["id"], one["where"]) for one in failed["lockout"]] == [("NO-BREAK-GLASS", f"policy '{name}'")]
        assert "break_glass_accounts" in failed["msg"]


def test_given_accounts_decide_by_their_groups_and_roles(tenant):
    tenant.results(OFFICE)
    one = [tenant.upn("breakglass")]
    harmless = {
        "left out": {"include_users": ["All"], "exclude_users": one},
        "another group": {"include_groups": ["Technicians"]},
        "another role": {"include_roles": ["Security Administrator"]},
    }
    harmful = {
        "an empty group": {"include_users": ["All"], "exclude_groups": ["Twins"]},
        "its role": {"include_roles": ["Global Administrator"]},
    }
    done = tenant.tasks(*[do(name, value, one) for name, value in harmful.items()], keep_going=True)
    assert not ansible_run.writes(tenant.log())
    for number in range(len(harmful)):
        assert {reason["id"] for reason in done.of(str(number))["lockout"]} == {
            "BREAK-GLASS-NOT-EXCLUDED",
            "NO-WAY-BACK",
        }
    for result in tenant.results(*[do(name, value, one) for name, value in harmless.items()]):
        assert result["changed"] and "warnings" not in result


def test_what_is_narrow_needs_no_break_glass_account(tenant):
    everyone = {"include_users": ["All"]}
    narrow = {
        "a user": do("a user", {"include_users": [tenant.upn("dana")]}),
        "an application": do(
            "an application", everyone, conditions={"applications": {"include_applications": ["Syncro SSO"]}}
        ),
        "old protocols": do("old protocols", everyone, conditions={"client_app_types": ["other"]}),
        "a platform": do("a platform", everyone, conditions={"platforms": {"include_platforms": ["android"]}}),
        "MFA": do("MFA", everyone, grant_controls={"built_in_controls": ["mfa"]}),
    }
    tenant.results(OFFICE)
    for result in tenant.results(*narrow.values()):
        assert result["changed"] and "warnings" not in result


def test_an_account_that_is_disabled_is_no_way_back_though_that_is_accepted(tenant):
    tenant.results(OFFICE)
    retired = tenant.upn("retired")
    users = {"include_users": ["All"], "exclude_users": [retired]}
    done = tenant.tasks(do("P", users, [retired], accept_risks=["BREAK-GLASS-DISABLED"]))
    assert [reason["id"] for reason in done.of("0")["lockout"]] == ["NO-BREAK-GLASS"]
    assert not ansible_run.writes(tenant.log())


def test_a_location_does_not_shut_out_who_is_not_known(tenant):
    every = {"ip_ranges": [f"{first}.{half}.0.0/9" for first in range(1, 224) for half in (0, 128)]}
    bad = {"display_name": "Bad", "ip_ranges": ["203.0.113.0/24"]}
    inside = {"locations": {"include_locations": ["Bad"]}}
    tenant.results({"msp.entra.named_location": bad}, do("Bad", {"include_users": ["All"]}, conditions=inside))
    done = tenant.tasks({"msp.entra.named_location": {**bad, **every}})
    (reason,) = done.of("0")["lockout"]
    assert (reason["id"], reason["where"]) == ("NO-BREAK-GLASS", "'Bad' and policy 'Bad'")
    assert not ansible_run.writes(tenant.log())


MFA = {"grant_controls": {"built_in_controls": ["mfa"]}, "accept_risks": ["BREAK-GLASS-NOT-EXCLUDED"]}


def test_where_methods_may_not_be_read_nobody_is_guessed_about(tenant):
    tenant.results(OFFICE)
    task = do("P", {"include_users": ["All"]}, [tenant.upn("dana")], **MFA)
    (guessed,) = tenant.results(task, arguments=["--check"])
    assert guessed["changed"] and "[NO-WAY-BACK]" not in " ".join(guessed["warnings"])
    asked = [line["status"] for line in tenant.log() if "userRegistrationDetails" in line["path"]]
    assert asked == [403]


@pytest.mark.practice(permissions=[*WRITE, "AuditLog.Read.All"])
def test_an_account_that_cannot_do_mfa_is_no_way_back_where_it_takes_mfa(tenant):
    """What has been registered is looked at where the proof hangs on it, and not for a task that changes nothing."""
    without, able = ([tenant.upn(who)] for who in ("dana", "breakglass"))
    everyone = {"include_users": ["All"]}
    tenant.results(OFFICE)
    done = tenant.tasks(do("P", everyone, without, **MFA))
    (reason,) = done.of("0")["lockout"]
    assert reason["id"] == "NO-WAY-BACK" and "has no method for MFA registered" in reason["where"]
    assert not ansible_run.writes(tenant.log())
    left_out = {"include_users": ["All"], "exclude_users": without}
    for result in tenant.results(do("Q", left_out, without, **MFA), do("P", everyone, able, **MFA)):
        assert result["changed"]
    (again,) = tenant.results(do("P", everyone, able, **MFA))
    assert not again["changed"] and again["requests"]["count"] == 1
