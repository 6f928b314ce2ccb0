# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A technician in place of a break-glass account gets in and can put nothing right: a warning, where it is seen who can."""

from __future__ import annotations

import pytest
from company import QUICK, READS
from practice import LEAST

# What the roles are made of runs on both Pythons in test_readme, test_demo and test_deploy_and_remove.
pytestmark = [pytest.mark.one_ansible, pytest.mark.usefixtures("together"), pytest.mark.practice(variables=QUICK)]


def warnings(run):
    return [one for line in run.results for one in line["result"].get("warnings") or ()]


@pytest.mark.practice(permissions=READS)
def test_it_is_said_before_a_block_and_before_it_is_on(fleet, tenant):
    fleet.set(syncro_break_glass_accounts=[tenant.upn("dana")])
    for playbook, arguments in (("deploy", ["--check"]), ("deploy", []), ("enforce", ["--check"])):
        run = fleet.run(playbook, *arguments)
        (warning,) = warnings(run)
        assert warning.startswith(
            f"Break-glass account {tenant.upn('dana')} is not among the 1 with an active assignment of Global"
        )
        # Nobody has signed in yet.
        assert (run.returncode == 0) is (playbook == "deploy"), run.output


@pytest.mark.practice(permissions=READS)
def test_of_one_who_can_nothing_is_said(fleet):
    assert warnings(fleet.run("deploy")) == []


@pytest.mark.practice(permissions=LEAST)
def test_where_it_may_not_be_read_nothing_is_said(fleet, tenant):
    run = fleet.set(syncro_break_glass_accounts=[tenant.upn("dana")]).run("deploy")
    assert run.returncode == 0 and warnings(run) == [], run.output
