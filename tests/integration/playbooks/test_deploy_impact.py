# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""deploy --check says whom the restriction would have stopped, before there is one; and a real run does not ask."""

from __future__ import annotations

import datetime

import pytest
from fleet import BLOCK, Fleet, recap, state, succeeded
from practice import LEAST, Tenant, tenant_seed

from graph_emulator.launch import RunningEmulator

# What the roles are made of runs on both Pythons in test_readme, test_demo and test_deploy_and_remove.
pytestmark = pytest.mark.one_ansible

OFFICE, HOME, CLOUD = "198.51.100.10", "203.0.113.80", "192.0.2.200"
SITES = [{"name": "Office", "cidrs": [f"{OFFICE}/32"]}]
HOME_SITE = {"name": "Home of Dana", "cidrs": [f"{HOME}/32"]}
NOW = datetime.datetime.now(datetime.UTC)
WHERE = [("dana", OFFICE, 1), ("dana", HOME, 2), ("dana", HOME, 3), ("syncro-svc", CLOUD, 3), ("dana", HOME, 20)]
ASKS, SAYS = "Replay the last sign-ins against what would be written", "Say whom it would have stopped"


def seed(permissions=(*LEAST, "AuditLog.Read.All"), **more):
    """A tenant that has nothing yet, and a log."""
    one = {**tenant_seed(1), **more}
    one["clients"][0]["permissions"] = list(permissions)
    one["sign_ins"] = [
        {
            "user": f"{who}@tenant1.example",
            "app": "Syncro SSO",
            "ip": ip,
            "country": "US",
            "at": (NOW - datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        for who, ip, days in WHERE
    ]
    return one


@pytest.fixture
def start(tmp_path):
    """Serve a tenant, and return its fleet."""
    servers = []

    def started(one):
        servers.append(RunningEmulator({"tenants": [one]}, directory=tmp_path))
        return Fleet(tmp_path, Tenant(1, servers[0], tmp_path)).set(syncro_sites=SITES)

    yield started
    for server in servers:
        server.stop()


def looks(fleet):
    """The requests for the sign-in log of the last run."""
    return [line for line in fleet.log() if "/auditLogs/signIns" in line["path"]]


def said(done):
    """What is told of the impact, as one text; None where the task did not run."""
    found = [line for line in done.results if line["task"].endswith(SAYS)]
    return "\n".join(found[0]["result"]["msg"]) if found and found[0]["status"] == "ok" else None


def test_before_there_is_anything(start):
    fleet = start(seed())
    checked = succeeded(fleet.run("deploy", "--check"))
    told = said(checked)
    assert f"'{BLOCK}' would have blocked 2 and let 1 through; of 0 it is not known." in told
    assert told.startswith("Of 3 sign-ins since ")
    assert "dana@tenant1.example would have been blocked 2 of 3 times." in told
    assert f"No site covers {HOME}/32, from where dana@tenant1.example signed in 2 times" in told
    assert "The service account signed in 1 times; 0 of these would have been blocked." in told
    assert recap(checked, "changed") == 2 + 1 and recap(checked, "failed") == 0
    assert fleet.writes() == [] and state(fleet.tenants[0]) == {}
    assert len(looks(fleet)) == 1


def test_a_longer_window(start):
    fleet = start(seed()).set(syncro_ip_restriction_impact_days=30)
    assert "'Block Syncro - Outside Trusted IPs' would have blocked 3" in said(
        succeeded(fleet.run("deploy", "--check"))
    )


def test_of_a_change_to_what_is_there(start):
    """The site that is missing is added in the inventory, and the impact is that of the policy with it."""
    fleet = start(seed())
    succeeded(fleet.run("deploy"))
    assert "would have blocked 2" in said(succeeded(fleet.run("deploy", "--check")))
    fleet.set(syncro_sites=[*SITES, HOME_SITE])
    told = said(succeeded(fleet.run("deploy", "--check", "--tags", "part_a")))
    assert "would have blocked 0 and let 3 through" in told and "No site covers" not in told
    assert fleet.writes() == []


def test_without_a_service_account(start):
    fleet = start(seed()).set(syncro_service_account=None)
    told = said(succeeded(fleet.run("deploy", "--check")))
    assert "would have blocked 3 and let 1 through" in told and "The service account" not in told


@pytest.mark.parametrize(
    ("wrong", "why"),
    [({"permissions": LEAST}, "AuditLog.Read.All"), ({"licences": []}, "premium")],
    ids=["no permission", "no licence"],
)
def test_what_may_not_be_read_is_said_to_be_unknown(start, wrong, why):
    fleet = start(seed(**wrong))
    checked = succeeded(fleet.run("deploy", "--check"))
    told = said(checked)
    assert "Whom it would have stopped in the last 14 days is not known" in told and why in told
    assert recap(checked, "failed") == 0 and recap(checked, "changed") == 3 and "fatal:" not in checked.output


def test_anything_else_that_fails_is_a_failure(start):
    done = start(seed()).set(syncro_ip_restriction_impact_days=31).run("deploy", "--check")
    assert done.returncode != 0 and "days: 31 is not between 1 and 30" in done.output


def test_switched_off(start):
    fleet = start(seed()).set(syncro_ip_restriction_impact_days=0)
    assert said(succeeded(fleet.run("deploy", "--check"))) is None and looks(fleet) == []


def test_a_real_run_does_not_ask(start):
    fleet = start(seed())
    assert said(succeeded(fleet.run("deploy"))) is None and looks(fleet) == []
    assert BLOCK in state(fleet.tenants[0])
