# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back, at night: from a policy that somebody renamed or switched off, and by a tag."""

from __future__ import annotations

import pytest
from company import OFFICE
from fleet import BLOCK, recap, succeeded

# What the roles are made of runs on both Pythons in test_readme, test_demo and test_deploy_and_remove.
pytestmark = [pytest.mark.one_ansible, pytest.mark.usefixtures("together")]


def test_a_policy_that_was_renamed_by_hand(company):
    company.changes_by_hand(displayName="CA042 Syncro", state="enabled")
    done = company.fleet.run("relax")
    said = " ".join(done.output.split())
    assert done.returncode != 0 and company.fleet.writes() == []
    assert f"There is no policy '{BLOCK}' in this tenant" in said
    assert "Policies that block Syncro SSO are called: 'CA042 Syncro' (enabled)." in said
    # As a shell takes it, of a name with blanks too.
    assert "with -e \"syncro_ip_restriction_policy_name='NAME'\"" in said
    relaxed = succeeded(company.fleet.run("relax", "-e", "syncro_ip_restriction_policy_name='CA042 Syncro'"))
    assert recap(relaxed, "changed") == 1 and "'CA042 Syncro' is in report-only: it logs" in relaxed.output
    (state,) = [one["state"] for one in company.tenant.policies() if one["displayName"] == "CA042 Syncro"]
    assert state == "enabledForReportingButNotEnforced"


def test_there_is_none_and_nothing_like_it(company):
    policy = company.blocking
    company.tenant.graph("DELETE", f"/identity/conditionalAccess/policies/{policy['id']}")
    done = company.fleet.set(syncro_application=None).run("relax")
    assert done.returncode != 0 and "No policy blocks an application." in " ".join(done.output.split())


def test_a_policy_that_is_off_stays_off(company):
    company.changes_by_hand(state="disabled")
    for arguments in ((), ("--check",)):
        done = succeeded(company.fleet.run("relax", *arguments))
        assert recap(done, "changed") == 0 and company.fleet.writes() == [] and company.policy == "disabled"
        assert "is off and stays off" in done.output and "report-only: it logs" not in done.output


def test_by_the_tag_of_part_a(company):
    company.signs_in("dana", OFFICE, 3)
    assert "is ready to be enforced" in succeeded(company.fleet.run("validate", "--tags", "part_a")).output
    succeeded(company.fleet.run("enforce", "--tags", "part_a"))
    assert company.policy == "enabled"
    succeeded(company.fleet.run("relax", "--tags", "part_a"))
    assert company.policy == "enabledForReportingButNotEnforced"
