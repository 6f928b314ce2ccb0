# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs on one tenant at the same time, and somebody else at it meanwhile: one object of a name, or words about the other."""

from __future__ import annotations

import ansible_run
import pytest
from fleet import BLOCK, MFA, Fleet, recap, succeeded
from practice import Tenant, tenant_seed

from graph_emulator.launch import RunningEmulator

pytestmark = pytest.mark.one_ansible

NAMES = sorted(["Trusted - MSP Office", "Trusted - Warehouse", BLOCK, MFA])


def names(tenant):
    return sorted(one["displayName"] for one in [*tenant.locations(), *tenant.policies()])


@pytest.fixture
def alone(tmp_path):
    """A tenant on a server of its own, with these faults."""
    servers = []

    def start(*rules):
        server = RunningEmulator(
            {"tenants": [tenant_seed(1)]}, directory=tmp_path / "server", faults={"faults": list(rules)}
        )
        servers.append(server)
        tenant = Tenant(1, server, tmp_path)
        return Fleet(tmp_path, tenant), tenant

    yield start
    for server in servers:
        server.stop()


def test_two_deploys_leave_one_of_each(alone, tmp_path):
    # Each create takes a moment, so that the runs are both at it.
    fleet, tenant = alone({"method": "POST", "path": "^/identity/", "delay_ms": 150})
    inventory = str(fleet.written())
    (tmp_path / "other").mkdir()
    with ansible_run.playing(tmp_path / "other", "msp.entra.deploy", "-i", inventory) as other:
        done = fleet.run("deploy")
        other.wait(timeout=120)
    assert (done.returncode, other.returncode) == (0, 0), done.output
    assert names(tenant) == NAMES
    assert recap(succeeded(fleet.run("deploy")), "changed") == 0 and fleet.writes() == []


@pytest.mark.parametrize("path", ["namedLocations$", "policies$"])
def test_who_was_first_stays(alone, path):
    fleet, tenant = alone({"path": path, "nth": [1], "twin": "before"})
    done = fleet.run("deploy")
    assert done.returncode == 0, done.output
    assert names(tenant) == NAMES
    assert recap(succeeded(fleet.run("deploy")), "changed") == 0


def test_another_of_the_name_that_stays_is_named_and_what_it_needs_is_left(alone):
    fleet, tenant = alone({"path": "policies$", "nth": [1], "twin": "after"})
    done = fleet.run("deploy", "--tags", "part_a")
    (other,) = tenant.policies()
    assert done.returncode != 0 and other["id"] in done.output
    # Ours is gone again. The locations are in use by the other one, which is nobody's to change here.
    assert len(tenant.locations()) == 2 and "NOT put back" in done.output and "is used by" in done.output


def test_what_somebody_changes_meanwhile_is_not_written_over(alone):
    fleet, tenant = alone()
    succeeded(fleet.run("deploy"))
    policy = next(one for one in tenant.policies() if one["displayName"] == MFA)
    tenant.graph("PATCH", f"/identity/conditionalAccess/policies/{policy['id']}", {"state": "disabled"})
    grant = {"operator": "OR", "builtInControls": ["compliantDevice"]}
    path = f"policies/{policy['id']}$"
    tenant.emulator.set_faults(
        {
            "faults": [
                {"method": "GET", "path": path, "times": 1, "meddle": {"grantControls": grant}},
                {"method": "PATCH", "path": path, "times": 1, "status": 412},
            ]
        }
    )
    done = fleet.run("deploy", "--tags", "part_b")
    assert done.returncode != 0 and "changed (grantControls) by somebody else while this ran" in done.output
    succeeded(fleet.run("deploy"))
    (now,) = [one for one in tenant.policies() if one["displayName"] == MFA]
    assert now["state"] == "enabled" and now["grantControls"]["builtInControls"] == ["mfa"]
