# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A break-glass account keeps a way to the admin center, past all policies of the tenant together."""

from __future__ import annotations

import ansible_run
import pytest

pytestmark = [pytest.mark.one_ansible, pytest.mark.usefixtures("together")]

PORTALS = {"includeApplications": ["MicrosoftAdminPortals"]}


def do(tenant, **more):
    """A policy that wants a compliant device of everyone who administers, but for one break-glass account of two."""
    accounts = [tenant.upn("breakglass"), tenant.upn("dana")]
    return {
        "msp.entra.conditional_access_policy": {
            "display_name": "Devices for portals",
            "enforcement": "enabled",
            "conditions": {
                "users": {"include_users": ["All"], "exclude_users": accounts[:1]},
                "applications": {"include_applications": ["MicrosoftAdminPortals"]},
            },
            "grant_controls": {"built_in_controls": ["compliantDevice"]},
            "break_glass_accounts": accounts,
            "accept_risks": ["BREAK-GLASS-NOT-EXCLUDED"],
            **more,
        }
    }


def by_hand(tenant, state, who="breakglass", name="By hand"):
    """Another policy, which blocks the other account."""
    account = tenant.graph("GET", f"/users/{tenant.upn(who)}")["id"]
    policy = {
        "displayName": name,
        "state": state,
        "conditions": {"clientAppTypes": ["all"], "users": {"includeUsers": [account]}, "applications": PORTALS},
        "grantControls": {"operator": "OR", "builtInControls": ["block"]},
    }
    return tenant.graph("POST", "/identity/conditionalAccess/policies", policy)


def refused(tenant, task):
    """The rules and places that a task is refused for; it has sent nothing but reads."""
    done = tenant.tasks(task)
    failed = done.of("0")
    assert done.returncode != 0 and not ansible_run.writes(tenant.log()), done.output
    return {reason["id"]: reason["where"] for reason in failed["lockout"]}


@pytest.mark.parametrize("enforcement", ["enabled", "report_only"])
def test_the_last_way_is_not_shut(tenant, enforcement):
    """Neither of the two policies shuts out both accounts; it takes the two of them."""
    by_hand(tenant, "enabled")
    one, other = tenant.upn("breakglass"), tenant.upn("dana")
    assert refused(tenant, do(tenant, enforcement=enforcement)) == {
        "NO-WAY-BACK": f"{one} is stopped by 'By hand'; {other} is stopped by 'Devices for portals'"
    }


@pytest.mark.parametrize("state", ["disabled", "enabledForReportingButNotEnforced"])
def test_another_policy_that_is_not_on_shuts_nobody_out(tenant, state):
    by_hand(tenant, state)
    (result,) = tenant.results(do(tenant))
    assert result["changed"] and [warning.split("]")[0] for warning in result["warnings"]] == [
        "Risk accepted: [BREAK-GLASS-NOT-EXCLUDED"
    ]


def test_a_waived_way_back_is_told_at_every_run_and_costs_no_more(tenant):
    by_hand(tenant, "enabled")
    task = do(tenant, accept_risks=["BREAK-GLASS-NOT-EXCLUDED", "NO-WAY-BACK"])
    for turn in range(2):
        (result,) = tenant.results(task)
        assert result["changed"] is (turn == 0) and "[NO-WAY-BACK]" in " ".join(result["warnings"])
    assert result["requests"]["count"] == 1


def test_nothing_more_is_enforced_where_the_tenant_is_shut_already(tenant):
    """What is written has no part in it; but should it turn out wrong, nobody could take it back. The way out stays open."""
    made = {who: by_hand(tenant, "enabled", who, f"By hand, {who}") for who in ("breakglass", "dana")}
    mfa = {"grant_controls": {"built_in_controls": ["mfa"]}}
    for enforced in (do(tenant, **mfa), do(tenant, **mfa, enforcement="enabled", description="d")):
        assert set(refused(tenant, enforced)) == {"NO-WAY-BACK"}
    assert tenant.results(do(tenant, **mfa, enforcement="report_only"))[0]["changed"]
    assert set(refused(tenant, do(tenant, **mfa))) == {"NO-WAY-BACK"}

    accounts = [tenant.upn("breakglass"), tenant.upn("dana")]
    one = {"id": made["dana"]["id"], "break_glass_accounts": accounts, "accept_risks": ["BREAK-GLASS-NOT-EXCLUDED"]}
    relaxed = {**one, "enforcement": "report_only", "description": "and more at once"}
    assert tenant.results({"msp.entra.conditional_access_policy": relaxed})[0]["changed"]
    absent = {"id": made["breakglass"]["id"], "state": "absent"}
    # Somebody gets in again, by the first of the two steps already: what is written next is judged anew.
    assert tenant.results({"msp.entra.conditional_access_policy": absent}, do(tenant, **mfa))[1]["changed"]


def groups(tenant, account, **more):
    """A policy that leaves a break-glass account out by its group alone."""
    users = {"include_users": ["All"], "exclude_groups": ["Technicians"]}
    task = do(tenant, break_glass_accounts=[tenant.upn(account)], accept_risks=[], **more)
    task["msp.entra.conditional_access_policy"]["conditions"]["users"] = users
    return task


def test_the_groups_of_an_account_decide(tenant):
    assert set(refused(tenant, groups(tenant, "breakglass"))) == {"BREAK-GLASS-NOT-EXCLUDED", "NO-WAY-BACK"}
    (made,) = tenant.results(groups(tenant, "dana"))
    assert made["changed"] and "warnings" not in made
    again, changed = tenant.results(groups(tenant, "dana"), groups(tenant, "dana", description="d"))
    assert not again["changed"] and again["requests"]["count"] == 1
    # The groups, the names for the diff, the write, and the read that shows it.
    assert changed["changed"] and changed["requests"]["count"] == 5
