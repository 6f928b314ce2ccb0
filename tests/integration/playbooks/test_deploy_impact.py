# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""deploy --check says whom the restriction would have stopped, before there is one; and a real run does not ask."""

from __future__ import annotations

import datetime

import pytest
from fleet import BLOCK, recap, state, succeeded
from practice import LEAST

OFFICE, HOME, CLOUD = "198.51.100.10", "203.0.113.80", "192.0.2.200"
SITES = [{"name": "Office", "cidrs": [f"{OFFICE}/32"]}]
HOME_SITE = {"name": "Home of Dana", "cidrs": [f"{HOME}/32"]}
NOW = datetime.datetime.now(datetime.UTC)
WHERE = [("dana", OFFICE, 1), ("dana", HOME, 2), ("dana", HOME, 3), ("syncro-svc", CLOUD, 3), ("dana", HOME, 20)]
SIGN_INS = [
    {
        "user": f"{who}@{{domain}}",
        "app": "Syncro SSO",
        "ip": ip,
        "country": "US",
        "at": (NOW - datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    for who, ip, days in WHERE
]
# What the roles are made of runs on both Pythons in test_readme, test_demo and test_deploy_and_remove.
pytestmark = [
    pytest.mark.one_ansible,
    pytest.mark.usefixtures("together"),
    pytest.mark.practice(
        permissions=[*LEAST, "AuditLog.Read.All"], sign_ins=SIGN_INS, variables={"syncro_sites": SITES}
    ),
]

ASKS, SAYS = "Replay the last sign-ins against what would be written", "Say whom it would have stopped"


def looks(fleet):
    """The requests for the sign-in log of the last run."""
    return [line for line in fleet.log() if "/auditLogs/signIns" in line["path"]]


def said(done):
    """What is told of the impact, as one text; None where the task did not run."""
    found = [line for line in done.results if line["task"].endswith(SAYS)]
    return "\n".join(found[0]["result"]["msg"]) if found and found[0]["status"] == "ok" else None


def test_before_there_is_anything(fleet):
    checked = succeeded(fleet.run("deploy", "--check"))
    told, dana = said(checked), fleet.tenants[0].upn("dana")
    assert f"'{BLOCK}' would have blocked 2 and let 1 through." in told
    assert told.startswith("Of 3 sign-ins since ")
    assert f"{dana} would have been blocked 2 of 3 times." in told
    assert f"No site covers {HOME}/32, from where {dana} signed in 2 times" in told
    assert "The service account signed in 1 time; 0 of these would have been blocked." in told
    assert recap(checked, "changed") == 2 + 1 and recap(checked, "failed") == 0
    assert fleet.writes() == [] and state(fleet.tenants[0]) == {}
    assert len(looks(fleet)) == 1


def test_a_longer_window(fleet):
    fleet.set(syncro_ip_restriction_impact_days=30)
    assert "'Block Syncro - Outside Trusted IPs' would have blocked 3" in said(
        succeeded(fleet.run("deploy", "--check"))
    )


def test_where_nobody_has_signed_in_nothing_is_known(fleet):
    """Which is not the same as that nobody would have been blocked."""
    fleet.set(syncro_ip_restriction_impact_days=1)
    told = said(succeeded(fleet.run("deploy", "--check")))
    assert told.startswith("There is no sign-in to judge since ")
    assert told.endswith(f"so it is not known whom '{BLOCK}' would have blocked.") and " 0 " not in told


def test_of_a_change_to_what_is_there(fleet):
    """The site that is missing is added in the inventory, and the impact is that of the policy with it."""
    succeeded(fleet.run("deploy"))
    assert "would have blocked 2" in said(succeeded(fleet.run("deploy", "--check")))
    fleet.set(syncro_sites=[*SITES, HOME_SITE])
    told = said(succeeded(fleet.run("deploy", "--check", "--tags", "part_a")))
    assert "would have blocked 0 and let 3 through" in told and "No site covers" not in told
    assert fleet.writes() == []


def test_without_a_service_account(fleet):
    fleet.set(syncro_service_account=None)
    told = said(succeeded(fleet.run("deploy", "--check")))
    assert "would have blocked 3 and let 1 through" in told and "The service account" not in told


@pytest.mark.parametrize(
    "why",
    [
        pytest.param("AuditLog.Read.All", marks=pytest.mark.practice(permissions=LEAST), id="no permission"),
        pytest.param("premium", marks=pytest.mark.practice(seed={"licences": []}), id="no licence"),
    ],
)
def test_what_may_not_be_read_is_said_to_be_unknown(fleet, why):
    checked = succeeded(fleet.run("deploy", "--check"))
    told = said(checked)
    assert "Whom it would have stopped in the last 14 days is not known" in told and why in told
    assert recap(checked, "failed") == 0 and recap(checked, "changed") == 3 and "fatal:" not in checked.output


def test_anything_else_that_fails_is_a_failure(fleet):
    done = fleet.set(syncro_ip_restriction_impact_days=31).run("deploy", "--check")
    assert done.returncode != 0 and "days: 31 is not between 1 and 30" in done.output


def test_switched_off(fleet):
    fleet.set(syncro_ip_restriction_impact_days=0)
    assert said(succeeded(fleet.run("deploy", "--check"))) is None and looks(fleet) == []


def test_a_real_run_does_not_ask(fleet):
    assert said(succeeded(fleet.run("deploy"))) is None and looks(fleet) == []
    assert BLOCK in state(fleet.tenants[0])
