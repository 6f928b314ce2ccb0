# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that fails half-way, at each of its writes: the tenant is as it was before, and the message says so."""

from __future__ import annotations

import pathlib

import ansible_run
import pytest
import yaml
from fleet import SITES, succeeded

pytestmark = pytest.mark.one_ansible

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
PUT_BACK = "Put back what was written before that"
WRITE = ["POST", "PATCH", "DELETE"]


def told(done):
    (result,) = [line["result"] for line in done.results if line["task"].endswith(PUT_BACK)]
    return result


def registered(line):
    """What failed in a task's result: of a loop its items."""
    items = line["result"].get("results")
    return [one for one in items if one.get("failed")] if items else [line["result"]]


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize(("nth", "back"), [(1, 1), (2, 1), (3, 2)])
def test_a_first_deploy(fleet, tenant, nth, back):
    strike(tenant, WRITE, "^/identity/conditionalAccess/", nth, status=400)
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


def strike(tenant, method, path, nth, **effect):
    """Let a fault strike this tenant, in the place of the one before."""
    tenant.meets({"method": method, "path": path, "nth": [nth], **effect})


@pytest.mark.usefixtures("together")
def test_what_shows_after_the_task_has_given_up_is_waited_for_and_taken_back(fleet, tenant):
    strike(tenant, "POST", "policies$", 1, lag_seconds=13)
    done = fleet.set(entra_wait_timeout=10).run("deploy", "--tags", "part_a")
    # It gives up after 10 s and puts back with a budget of its own, within which the policy shows.
    assert done.returncode != 0 and told(done)["left"] == [], done.output
    assert {one["kind"] for one in told(done)["put_back"]} == {"named location", "Conditional Access policy"}
    assert tenant.locations() == [] and tenant.policies() == []


@pytest.mark.usefixtures("together")
def test_what_does_not_show_at_all_is_named_and_keeps_what_it_refers_to(fleet, tenant):
    strike(tenant, "POST", "policies$", 1, lag_seconds=600)
    done = fleet.set(entra_wait_timeout=2).run("deploy", "--tags", "part_a")
    result = told(done)
    assert done.returncode != 0 and result["put_back"] == []
    (policy, *locations) = result["left"]
    assert "was sent to Microsoft Graph, which does not show it. It may still show" in policy
    assert len(locations) == 2 and all("is used by" in one for one in locations)
    assert "all of it is as it was" not in result["msg"]


@pytest.mark.usefixtures("together")
def test_a_change_that_does_not_show_is_not_called_unchanged(fleet, tenant):
    succeeded(fleet.run("deploy", "--tags", "part_a"))
    strike(tenant, "PATCH", "namedLocations/", 1, lag_seconds=600)
    sites = [{"name": "MSP Office", "cidrs": [*SITES[0]["cidrs"], "192.0.2.0/24"]}, SITES[1]]
    result = told(fleet.set(entra_wait_timeout=2, syncro_sites=sites).run("deploy", "--tags", "part_a"))
    assert result["put_back"] == [] and len(result["left"]) == 1 and "It may still show" in result["left"][0]


def test_what_an_earlier_run_of_the_role_has_made_stays(fleet, tenant, tmp_path):
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
    strike(tenant, "POST", "namedLocations$", 4, status=403)
    done = ansible_run.run(tmp_path, str(tmp_path / "twice.yml"), "-i", str(fleet.written()))
    assert done.returncode != 0 and len(told(done)["put_back"]) == 1, done.output
    assert sorted(one["displayName"] for one in [*tenant.locations(), *tenant.policies()]) == [
        "First",
        "First - MSP Office",
        "First - Warehouse",
    ]


def test_what_an_earlier_play_of_the_same_run_has_made_stays(fleet, tenant, tmp_path):
    """What the first deploy writes shows late. The second one is refused what it reads before it writes, and so is the look at
    what was written."""
    strike(tenant, "POST", "policies$", 1, lag_seconds=1)
    refused = {"method": "GET", "path": "Access/policies$", "nth": [1, 2], "status": 403}
    strikes = {
        "url": f"{tenant.emulator.url}/practice/{tenant.id}/faults",
        "method": "POST",
        "body_format": "json",
        "body": {"faults": [refused]},
        "ca_path": str(tenant.emulator.signing_ca_file),
    }
    deploy = {"name": "Deploy", "import_playbook": "msp.entra.deploy"}
    between = {"name": "Between", "hosts": "localhost", "gather_facts": False, "tags": ["always"]}
    plays = [deploy, {**between, "tasks": [{"name": "Strike", "ansible.builtin.uri": strikes}]}, deploy]
    (tmp_path / "twice.yml").write_text(yaml.safe_dump(plays), encoding="utf-8")
    inventory = str(fleet.written())
    done = ansible_run.run(tmp_path, str(tmp_path / "twice.yml"), "-i", inventory, "--tags", "part_a")
    assert done.returncode != 0 and told(done)["put_back"] == [] and told(done)["left"] == [], done.output
    assert len(tenant.policies()) == 1 and len(tenant.locations()) == 2


@pytest.mark.usefixtures("together")
def test_what_has_begun_when_the_task_is_timed_out_is_put_back(fleet, tenant):
    # A busy machine takes its time for the tasks before it, too.
    strike(tenant, "POST", "namedLocations$", 2, delay_ms=8000)
    done = fleet.run("deploy", "--tags", "part_a", ANSIBLE_TASK_TIMEOUT="6")
    result = told(done)
    assert done.returncode != 0 and "Ansible ended the task in the middle" in result["msg"]
    assert tenant.locations() == [] or result["left"], result
