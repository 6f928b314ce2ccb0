# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that fails half-way, at each of its writes: the tenant is as it was before, and the message says so."""

from __future__ import annotations

import pytest
from fleet import Fleet, succeeded
from practice import Tenant, tenant_seed

from graph_emulator.launch import RunningEmulator

pytestmark = pytest.mark.one_ansible

PUT_BACK = "Put back what was written before that"
WRITE = ["POST", "PATCH", "DELETE"]


@pytest.fixture
def failing(tmp_path):
    """A tenant of its own that refuses the ``nth`` write to named locations and policies, once; ``begin`` says from when on."""
    servers = []

    def start(nth, status=400):
        rule = {"method": WRITE, "path": "^/identity/conditionalAccess/", "nth": [nth], "status": status}
        servers.append(
            RunningEmulator({"tenants": [tenant_seed(1)]}, directory=tmp_path / "server", faults={"faults": [rule]})
        )
        tenant = Tenant(1, servers[0], tmp_path)
        return Fleet(tmp_path, tenant), tenant

    yield start
    for server in servers:
        server.stop()


def told(done):
    (result,) = [line["result"] for line in done.results if line["task"].endswith(PUT_BACK)]
    return result


@pytest.mark.parametrize(("nth", "back"), [(1, 1), (2, 1), (3, 2)])
def test_a_first_deploy(failing, nth, back):
    fleet, tenant = failing(nth)
    done = fleet.run("deploy", "--tags", "part_a")
    assert done.returncode != 0 and tenant.policies() == [] and tenant.locations() == []
    result = told(done)
    assert len(result["put_back"]) == back and result["left"] == []
    assert {one["done"] for one in result["put_back"]} <= {"deleted"}
    assert result["graph_error"]["status"] == 400
    assert "is as it was again" in result["msg"]
    succeeded(fleet.run("deploy", "--tags", "part_a"))
