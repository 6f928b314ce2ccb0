# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever is signed in meets a policy that was just enforced: sessions are ended, and nobody's for want of another's."""

from __future__ import annotations

import ansible_run
import pytest
from company import HOME, OFFICE, READS
from fleet import recap, succeeded

# What the roles are made of runs on both Pythons in test_readme, test_demo and test_deploy_and_remove.
pytestmark = [pytest.mark.one_ansible, pytest.mark.usefixtures("together")]

ENDS = ["-e", "revoke_sessions=true"]
NOBODY = "4b1d7a35-3f0c-4d25-8f6a-6a6d5a0e0b99"


def goes_on(company, who="dana"):
    return company.signs_in(who, HOME, continue_session=True) == "session_continues"


def test_who_is_signed_in_meets_the_policy_at_once(company):
    company.signs_in("dana", OFFICE, 3)
    checked = succeeded(company.fleet.run("enforce", "--check", *ENDS))
    assert recap(checked, "changed") == 2 and company.policy == "enabledForReportingButNotEnforced"
    assert goes_on(company)
    succeeded(company.fleet.run("enforce", *ENDS))
    assert company.signs_in("dana", HOME, continue_session=True) == "sign_in_again"
    assert company.signs_in("dana", HOME) == "blocked"


def test_asked_for_again_it_is_done_again(company):
    """An earlier run may have turned the policy on and have come no further."""
    company.signs_in("dana", OFFICE, 3)
    succeeded(company.fleet.run("enforce"))
    assert company.policy == "enabled" and goes_on(company)
    again = succeeded(company.fleet.run("enforce", *ENDS))
    assert recap(again, "changed") == 1 and "So many have to sign in again: 1." in again.output
    assert not goes_on(company)


def test_who_has_left_the_tenant_keeps_nobody_s_session(company):
    company.signs_in("dana", OFFICE, 3)
    company.signs_in("alex", OFFICE)
    company.leaves("alex")
    company.fleet.set(syncro_validation_technicians=[company.tenant.upn("dana")])
    done = company.fleet.run("enforce", *ENDS)
    assert done.returncode == 0 and company.policy == "enabled", done.output
    assert not goes_on(company)
    assert f"Not in the tenant any more: {company.tenant.upn('alex')}." in " ".join(done.output.split())
    assert "[WARNING]" in done.output


@pytest.mark.practice(permissions=READS)
def test_without_the_permission_the_policy_is_not_even_turned_on(company):
    company.signs_in("dana", OFFICE, 3)
    for arguments in (ENDS, ["--check", *ENDS]):
        done = company.fleet.run("enforce", *arguments)
        assert done.returncode != 0 and "it lacks User.RevokeSessions.All" in done.output
        assert company.policy == "enabledForReportingButNotEnforced" and goes_on(company)
    succeeded(company.fleet.run("enforce"))
    assert company.policy == "enabled", "who does not ask for it does not need it"


@pytest.mark.practice(faults=[{"path": "revokeSignInSessions$", "status": 403}])
@pytest.mark.parametrize("more", [[], ["-e", "all_tenants=so"]], ids=["beside others", "every tenant"])
def test_where_sessions_go_on_the_policy_is_on_and_that_is_told(company, more):
    company.signs_in("dana", OFFICE, 3)
    done = company.fleet.run("enforce", *ENDS, *more)
    assert done.returncode != 0 and company.policy == "enabled" and goes_on(company)
    told = done.of("Tell the next step of a workflow")["ansible_stats"]["data"]["entra_enforce"]
    host = f"t{company.tenant.number}"
    lists = {name for name, hosts in told.items() if isinstance(hosts, list) and host in hosts}
    assert lists == {"sessions_not_ended"}
    # Whoever else is in the run, each tenant is in one list.
    assert sum(told["counts"].values()) == len(told["enforced"] + told["sessions_not_ended"] + told["refused"])
    assert more == [] or told["counts"] == {"enforced": 0, "sessions_not_ended": 1, "refused": 0}


@pytest.mark.practice(faults=[{"path": "revokeSignInSessions$", "status": 403, "nth": [1]}])
def test_one_person_s_failure_is_told_when_all_have_been_tried(company):
    company.signs_in("dana", OFFICE)
    users = alex, dana = [company.tenant.upn(who) for who in ("alex", "dana")]
    done = company.tenant.tasks({"msp.entra.sign_in_sessions": {"users": users}})
    result = done.results[-1]["result"]
    assert done.returncode != 0 and result["changed"] and result["graph_error"]["status"] == 403
    assert f"of 1 of 2 accounts could not be ended:\n- {alex}: POST /users/" in result["msg"]
    assert f"Those of {dana} were ended." in result["msg"] and not goes_on(company)


@pytest.mark.parametrize("missing", ["x@tenant1.example", NOBODY])
def test_people_who_are_not_there(company, missing):
    company.signs_in("dana", OFFICE)
    task = {"users": [company.tenant.upn("dana"), missing]}
    done = company.tenant.tasks({"msp.entra.sign_in_sessions": task})
    told = done.results[-1]["result"]["msg"]
    assert done.returncode != 0 and f"users[1]: there is no user '{missing}'" in told
    assert ansible_run.writes(company.tenant.log()) == [] and goes_on(company)
    (skipped,) = company.tenant.results({"msp.entra.sign_in_sessions": {**task, "missing": "skip"}})
    assert [one["user_principal_name"] for one in skipped["revoked"]] == task["users"][:1]
    assert skipped["gone"] == [missing] and missing in skipped["warnings"][0] and not goes_on(company)
