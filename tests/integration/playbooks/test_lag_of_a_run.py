# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads that lag behind writes, and a run: at its end what it has written shows, whichever part is run and whatever fails."""

from __future__ import annotations

import ansible_run
import pytest
from fleet import BLOCK, MFA, Fleet
from practice import Tenant, tenant_seed

from graph_emulator.launch import RunningEmulator

pytestmark = pytest.mark.one_ansible

A_WRITE = {"method": ["POST", "PATCH", "DELETE"], "path": "^/identity/conditionalAccess/"}
SITES = ["Trusted - MSP Office", "Trusted - Warehouse"]


@pytest.fixture
def lagging(tmp_path):
    """A tenant on a server of its own whose reads lag by so many seconds, with more faults."""
    servers = []

    def start(seconds, *more):
        faults = {"faults": [*more, {**A_WRITE, "lag_seconds": seconds}]}
        servers.append(RunningEmulator({"tenants": [tenant_seed(1)]}, directory=tmp_path / "server", faults=faults))
        tenant = Tenant(1, servers[0], tmp_path)
        return Fleet(tmp_path, tenant), tenant

    yield start
    for server in servers:
        server.stop()


def names(tenant):
    """What Graph shows this very moment."""
    return sorted(one["displayName"] for one in [*tenant.locations(), *tenant.policies()])


@pytest.mark.parametrize(
    ("words", "made"),
    [
        (["--skip-tags", "part_a"], [MFA]),
        (["--skip-tags", "part_b"], [BLOCK, *SITES]),
        (["--tags", "part_a"], [BLOCK, *SITES]),
    ],
    ids=" ".join,
)
def test_whichever_part_is_run_it_shows_at_the_end(lagging, words, made):
    fleet, tenant = lagging(3)
    done = fleet.run("deploy", *words)
    assert done.returncode == 0, done.output
    assert names(tenant) == made
    done = fleet.run("remove", *words)
    assert done.returncode == 0 and names(tenant) == [], done.output


def test_part_a_shows_also_where_part_b_fails(lagging):
    fleet, tenant = lagging(3, {"method": "POST", "path": "policies$", "nth": [2], "status": 403})
    done = fleet.run("deploy")
    assert done.returncode != 0 and names(tenant) == [BLOCK, *SITES], done.output
    assert "the tenant is unchanged" not in done.output


def test_what_a_role_has_taken_back_is_not_waited_for(lagging):
    fleet, tenant = lagging(2, {"method": "POST", "path": "policies$", "nth": [1], "status": 403})
    done = fleet.run("deploy")
    assert done.returncode != 0 and names(tenant) == [], done.output
    assert "NOT put back" not in done.output and "does not show" not in done.output


def test_many_sites_are_taken_back_within_one_wait(lagging):
    fleet, tenant = lagging(6, {"method": "POST", "path": "policies$", "nth": [1], "status": 403})
    sites = [{"name": f"Site {number}", "cidrs": [f"198.51.100.{number}/32"]} for number in range(1, 7)]
    # Twice six seconds for each would be more than this.
    done = fleet.set(syncro_sites=sites, entra_wait_timeout=30).run("deploy")
    assert done.returncode != 0 and names(tenant) == [] and "NOT put back" not in done.output, done.output


def test_two_hosts_of_one_tenant_are_refused_whichever_part_is_run(lagging):
    fleet, tenant = lagging(0)
    fleet.hosts["twin"] = dict(fleet.hosts["t1"])
    done = fleet.run("deploy", "--tags", "part_b")
    assert done.returncode != 0 and "are the same tenant" in done.output and names(tenant) == []


def test_two_deploys_at_once_leave_one_of_each_or_none(lagging, tmp_path):
    fleet, tenant = lagging(3)
    inventory = str(fleet.written())
    (tmp_path / "other").mkdir()
    with ansible_run.playing(tmp_path / "other", "msp.entra.deploy", "-i", inventory) as other:
        fleet.run("deploy")
        other.wait(timeout=240)
    assert len(names(tenant)) == len(set(names(tenant)))
    done = fleet.run("deploy")
    assert done.returncode == 0 and names(tenant) == [BLOCK, MFA, *SITES], done.output
