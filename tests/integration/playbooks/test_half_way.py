# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that fails half-way, at each of its writes: the tenant is as it was before, and the message says so."""

from __future__ import annotations

import pathlib

import ansible_run
import pytest
import yaml
from fleet import SITES, Fleet, succeeded
from practice import Tenant, tenant_seed

from graph_emulator.launch import RunningEmulator

pytestmark = pytest.mark.one_ansible

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
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


def registered(line):
    """What failed in a task's result: of a loop its items."""
    items = line["result"].get("results")
    return [one for one in items if one.get("failed")] if items else [line["result"]]


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
    # The task before it has said it all.
    (failed,) = [
        one for line in done.results if line["status"] == "failed" for one in registered(line) if one is not result
    ]
    assert (
        "failed, in short: POST /identity/conditionalAccess/" in result["msg"]
        and len(result["msg"]) < len(failed["msg"]) + 200
    )
    assert "request-id" in failed["msg"] and "request-id" not in result["msg"]
    succeeded(fleet.run("deploy", "--tags", "part_a"))


@pytest.fixture
def strikes(tenant):
    """Lets a fault strike this tenant, in the place of the one before."""

    def strike(method, path, nth, **effect):
        rule = {"tenant": tenant.id, "method": method, "path": path, "nth": [nth], **effect}
        tenant.emulator.set_faults({"faults": [rule]})

    yield strike
    tenant.emulator.set_faults({})


def test_what_shows_after_the_task_has_given_up_is_waited_for_and_taken_back(fleet, tenant, strikes):
    strikes("POST", "policies$", 1, lag_seconds=13)
    done = fleet.set(entra_wait_timeout=10).run("deploy", "--tags", "part_a")
    # It gives up after 10 s and puts back with a budget of its own, within which the policy shows.
    assert done.returncode != 0 and told(done)["left"] == [], done.output
    assert {one["kind"] for one in told(done)["put_back"]} == {"named location", "Conditional Access policy"}
    assert tenant.locations() == [] and tenant.policies() == []


def test_what_does_not_show_at_all_is_named_and_keeps_what_it_refers_to(fleet, tenant, strikes):
    strikes("POST", "policies$", 1, lag_seconds=600)
    done = fleet.set(entra_wait_timeout=2).run("deploy", "--tags", "part_a")
    result = told(done)
    assert done.returncode != 0 and result["put_back"] == []
    (policy, *locations) = result["left"]
    assert "was sent to Microsoft Graph, which does not show it. It may still show" in policy
    assert len(locations) == 2 and all("is used by" in one for one in locations)
    assert "all of it is as it was" not in result["msg"]


def test_a_change_that_does_not_show_is_not_called_unchanged(fleet, tenant, strikes):
    succeeded(fleet.run("deploy", "--tags", "part_a"))
    strikes("PATCH", "namedLocations/", 1, lag_seconds=600)
    sites = [{"name": "MSP Office", "cidrs": [*SITES[0]["cidrs"], "192.0.2.0/24"]}, SITES[1]]
    result = told(fleet.set(entra_wait_timeout=2, syncro_sites=sites).run("deploy", "--tags", "part_a"))
    assert result["put_back"] == [] and len(result["left"]) == 1 and "It may still show" in result["left"][0]


def test_what_an_earlier_run_of_the_role_has_made_stays(fleet, tenant, tmp_path, strikes):
    tasks = [
        {
            "name": f"Run {name}",
            "ansible.builtin.include_role": {"name": "msp.entra.syncro_ip_restriction"},
            "vars": {"syncro_ip_restriction_policy_name": name, "syncro_ip_restriction_location_prefix": f"{name} - "},
        }
        for name in ("First", "Second")
    ]
    play = {
        "name": "Twice",
        "hosts": "entra_tenants",
        "gather_facts": False,
        "vars_files": [str(CHECKOUT / "playbooks" / "vars" / "connection.yml")],
        "module_defaults": {"group/msp.entra.graph": "{{ entra_connection }}"},
        "tasks": tasks,
    }
    (tmp_path / "twice.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    strikes("POST", "namedLocations$", 4, status=403)
    done = ansible_run.run(tmp_path, str(tmp_path / "twice.yml"), "-i", str(fleet.written()))
    assert done.returncode != 0 and len(told(done)["put_back"]) == 1, done.output
    assert sorted(one["displayName"] for one in [*tenant.locations(), *tenant.policies()]) == [
        "First",
        "First - MSP Office",
        "First - Warehouse",
    ]


def test_what_has_begun_when_the_task_is_timed_out_is_put_back(fleet, tenant, strikes):
    strikes("POST", "namedLocations$", 2, delay_ms=3000)
    done = fleet.run("deploy", "--tags", "part_a", ANSIBLE_TASK_TIMEOUT="2")
    result = told(done)
    assert done.returncode != 0 and "Ansible ended the task in the middle" in result["msg"]
    assert tenant.locations() == [] or result["left"], result
