# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy that is on blocks nobody more than it does, but by the way that proves it; what makes it block less is written."""

from __future__ import annotations

import pytest
from company import HOME, HOME_SITE, OFFICE, SITES, STRANGER
from fleet import BLOCK, recap, state, succeeded

# What the roles are made of runs on both Pythons in test_readme, test_demo and test_deploy_and_remove.
pytestmark = [
    pytest.mark.one_ansible,
    pytest.mark.usefixtures("together"),
    pytest.mark.practice(variables={"syncro_sites": [*SITES, HOME_SITE]}),
]

OTHER = "O'Brien's App & Co"
THIRD = {"name": "Third", "cidrs": ["203.0.113.90/32"]}


def turned_on(company):
    company.changes_by_hand(state="enabled")
    return company


def refused(company, told, *arguments):
    """Refused before anything is written, once by the guard."""
    before = state(company.tenant)
    done = company.fleet.run("deploy", "--tags", "part_a", *arguments)
    failed = [line["result"] for line in done.results if line["status"] == "failed"]
    assert done.returncode != 0 and company.fleet.writes() == [] and state(company.tenant) == before, done.output
    (reason,) = failed[0]["lockout"]
    assert reason["id"] == "NO-EVIDENCE" and told in reason["where"], reason
    assert "Go back with msp.entra.relax first, then deploy, validate and enforce" in reason["where"]


def test_for_another_application(company):
    enforced = turned_on(company)
    enforced.fleet.set(syncro_application=OTHER)
    for arguments in ((), ("--check",)):
        refused(enforced, f"it is on and would stop more: it would be for {OTHER} too", *arguments)
    succeeded(enforced.fleet.run("relax"))
    succeeded(enforced.fleet.run("deploy"))
    assert enforced.policy == "enabledForReportingButNotEnforced"


def test_narrowed_by_hand_and_put_back(company):
    enforced = turned_on(company)
    users = enforced.blocking["conditions"]["users"]
    enforced.changes_by_hand(conditions={"users": {**users, "includeUsers": [enforced.id_of("dana")]}})
    refused(enforced, f"it would be for all users, where it is for {enforced.tenant.upn('dana')}")
    assert enforced.signs_in("alex", STRANGER) == "succeeded"
    done = enforced.fleet.set(accept_risks=["NO-EVIDENCE"]).run("deploy")
    assert done.returncode == 0 and "Risk accepted: [NO-EVIDENCE]" in done.output
    assert enforced.signs_in("alex", STRANGER) == "blocked"


def test_a_site_that_is_no_longer_listed(company):
    enforced = turned_on(company)
    enforced.fleet.set(syncro_sites=SITES)
    refused(enforced, f"it would no longer leave out {HOME}/32 of 'Trusted - Home of Dana'")


def test_a_site_whose_address_is_gone_is_told_by_one_rule(company):
    """That a location becomes smaller is another rule, and one that is let go of is not that too."""
    enforced = turned_on(company)
    enforced.fleet.set(syncro_sites=[*SITES, {**HOME_SITE, "cidrs": ["203.0.113.81/32"]}])
    done = enforced.fleet.run("deploy", "--tags", "part_a")
    failed = next(line["result"] for line in done.results if line["status"] == "failed")
    assert [reason["id"] for reason in failed["lockout"]] == ["SITE-SHRUNK"]


def test_an_account_that_was_left_out_and_is_not_named_any_more(company):
    enforced = turned_on(company)
    enforced.fleet.set(syncro_break_glass_accounts=[enforced.tenant.upn("dana")])
    refused(enforced, f"it would no longer leave out {enforced.tenant.upn('breakglass')}")


def test_a_service_account_that_was_left_out_has_a_rule_of_its_own(company):
    enforced = turned_on(company)
    enforced.fleet.set(syncro_service_account=None)
    done = enforced.fleet.run("deploy", "--tags", "part_a")
    failed = next(line["result"] for line in done.results if line["status"] == "failed")
    assert [reason["id"] for reason in failed["lockout"]] == ["SERVICE-ACCOUNT-DROPPED"]


@pytest.mark.parametrize("state_of_it", ["enabled", "enabledForReportingButNotEnforced"])
def test_a_service_account_that_is_dropped_is_told_ahead_of_the_new_site(company, state_of_it):
    """Nothing was written, as the refusal says, and so nothing is put back."""
    company.changes_by_hand(state=state_of_it)
    before = state(company.tenant)
    company.fleet.set(syncro_service_account="", syncro_sites=[*SITES, HOME_SITE, THIRD])
    done = company.fleet.run("deploy", "--tags", "part_a")
    failed = [line["result"] for line in done.results if line["status"] == "failed"]
    assert company.fleet.writes() == [] and state(company.tenant) == before, done.output
    ((reason,),) = [result["lockout"] for result in failed]
    assert reason["id"] == "SERVICE-ACCOUNT-DROPPED"
    assert reason["where"] == f"policy '{BLOCK}' and {company.tenant.upn('syncro-svc')}"


LESS = {
    "a site": {"syncro_sites": [*SITES, HOME_SITE, THIRD]},
    "a site that has ended": {"syncro_sites": [*SITES, {**HOME_SITE, "expires": "2020-01-01T00:00:00Z"}]},
    "a site under another name": {"syncro_sites": [*SITES, {**HOME_SITE, "name": "Dana"}]},
    "one site for both": {"syncro_sites": [{"name": "Both", "cidrs": [f"{OFFICE}/32", f"{HOME}/32"]}]},
}


@pytest.mark.parametrize("change", LESS.values(), ids=LESS)
def test_what_makes_it_block_no_more_is_written(company, change):
    enforced = turned_on(company)
    enforced.fleet.set(**change)
    checked = succeeded(enforced.fleet.run("deploy", "--tags", "part_a", "--check"))
    done = succeeded(enforced.fleet.run("deploy", "--tags", "part_a"))
    assert recap(checked, "changed") > 0 and recap(done, "changed") == recap(checked, "changed")
    assert enforced.policy == "enabled"
    assert recap(succeeded(enforced.fleet.run("deploy", "--tags", "part_a")), "changed") == 0


def test_an_application_more_by_hand_is_taken_out(company):
    enforced = turned_on(company)
    apps = enforced.blocking["conditions"]["applications"]
    more = enforced.tenant.graph("GET", "/servicePrincipals?$filter=startswith(displayName,'O')")["value"][0]["appId"]
    enforced.changes_by_hand(
        conditions={"applications": {**apps, "includeApplications": [*apps["includeApplications"], more]}}
    )
    succeeded(enforced.fleet.run("deploy", "--tags", "part_a"))
    assert state(enforced.tenant)[BLOCK]["conditions"]["applications"] == apps


def test_switched_off_it_may_be_for_whatever(company):
    enforced = turned_on(company)
    succeeded(enforced.fleet.set(syncro_application=OTHER, syncro_enforcement="disabled").run("deploy"))
    assert enforced.policy == "disabled"
