# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of a tenant that cannot be meant: what is wrong is said, and where, and nothing else of size."""

from __future__ import annotations

import json
import pathlib

import ansible_run
import pytest
import yaml
from fleet import SITES

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
LAB = {"name": "Lab", "cidrs": ["203.0.113.0/24"]}

MISTAKES = {
    "a text": ("198.51.100.10/32", ["syncro_sites: is a text; a list of dictionaries with name and cidrs is needed."]),
    "without ranges": ([*SITES, {"name": "Lab"}], ["syncro_sites[2].cidrs: is missing; a list is needed."]),
    "a word that is not known": (
        [{**LAB, "expire": "2030-01-01T00:00:00Z"}],
        ["syncro_sites[0].expire: is not known. Is expires meant? Allowed are name, cidrs, expires."],
    ),
    "several": (
        [{"name": "Lab", "cidr": "203.0.113.0/24"}, "Depot"],
        [
            "syncro_sites[0].cidr: is not known. Is cidrs meant? Allowed are name, cidrs, expires.",
            "syncro_sites[0].cidrs: is missing; a list is needed.",
            "syncro_sites[1]: is a text; a dictionary with name and cidrs is needed.",
        ],
    ),
}


def failure(done):
    """The one task that failed, which is not a wall."""
    (failed,) = [line for line in done.results if line["status"] == "failed"]
    assert len(json.dumps(failed["result"])) < 1200, failed
    return failed["result"]


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("playbook", ["deploy", "readiness", "validate"])
@pytest.mark.parametrize(("sites", "problems"), MISTAKES.values(), ids=MISTAKES.keys())
def test_sites_that_are_none(fleet, playbook, sites, problems):
    done = fleet.set(syncro_sites=sites).run(playbook)
    result = failure(done)
    assert (result["problems"], result["failure_kind"]) == (problems, "input")
    assert all(result["msg"].count(problem) == 1 for problem in problems)
    assert done.returncode != 0 and ansible_run.graph_requests(fleet.log()) == []


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("playbook", ["deploy", "validate"])
def test_no_application(fleet, playbook):
    result = failure(fleet.set(syncro_application=None).run(playbook))
    (problem,) = result["problems"]
    assert problem.startswith("application: is empty; ") and "syncro_application in the inventory." in problem
    assert ansible_run.graph_requests(fleet.log()) == []


@pytest.mark.usefixtures("together")
def test_a_variable_that_is_misspelt_is_named(fleet, tenant):
    # Without a service account, part B would be skipped, and part A stop the account.
    done = fleet.set(syncro_service_account=None, syncro_service_acount=tenant.upn("syncro-svc")).run("deploy")
    assert done.returncode != 0 and fleet.writes() == []
    assert failure(done)["problems"] == [
        "syncro_service_acount: is no variable that this collection reads; is syncro_service_account meant?"
    ]


@pytest.mark.usefixtures("together")
def test_what_is_wrong_with_the_connection_is_told_by_the_names_of_the_inventory(fleet):
    (problem,) = failure(fleet.set(entra_client_id="msp-automation").run("deploy"))["problems"]
    assert problem.startswith("entra_client_id: 'msp-automation' is not an application (client) id")


@pytest.mark.usefixtures("together")
def test_a_variable_of_a_role_that_is_misspelt_is_named(fleet):
    done = fleet.set(syncro_validation_soak_day=1).run("validate")
    assert failure(done)["problems"] == [
        "syncro_validation_soak_day: is no variable that this collection reads; is syncro_validation_soak_days meant?"
    ]
    assert ansible_run.graph_requests(fleet.log()) == []


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("limit", [[], ["--limit", "all"]], ids=["", "limited"])
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            ["--tags", "parta"],
            "--tags parta: is no tag of msp.entra.deploy. Is part_a meant? There are part_a, part_b.",
        ),
        (
            ["--skip-tags", "part-b"],
            "--skip-tags part-b: is no tag of msp.entra.deploy. Is part_b meant? There are part_a, part_b.",
        ),
        (["-e", "backup_pth=x"], "backup_pth: is no variable that this collection reads; is backup_path meant?"),
    ],
    ids=["tag", "skipped", "variable"],
)
def test_what_a_run_is_started_with(fleet, arguments, problem, limit):
    done = fleet.run("deploy", *arguments, *limit)
    assert failure(done)["problems"] == [problem] and done.returncode == 2
    assert ansible_run.graph_requests(fleet.log()) == []


@pytest.mark.parametrize("limit", [[], ["--limit", "northwind"]], ids=["", "limited"])
def test_an_inventory_that_cannot_be_read_is_no_success(tmp_path, limit):
    """With a limit no play is of any host, which is a success to Ansible."""
    (tmp_path / "inventory.yml").write_text("entra_tenants: {hosts: {name: Travel: Dana}}\n", encoding="utf-8")
    done = ansible_run.run(tmp_path, "msp.entra.audit", "-i", str(tmp_path / "inventory.yml"), *limit)
    assert done.returncode != 0 and "with -i" in " ".join(done.output.split()), done.output


@pytest.mark.parametrize("playbook", ["report", "awx_setup"])
def test_a_limit_where_there_is_no_tenant(tmp_path, playbook):
    (tmp_path / "inventory.yml").write_text("entra_tenants: {hosts: {northwind: }}\n", encoding="utf-8")
    inventory = ["-i", str(tmp_path / "inventory.yml")]
    done = ansible_run.run(
        tmp_path, f"msp.entra.{playbook}", *inventory, "--limit", "northwind", "-e", "reports=x.json"
    )
    told = f"--limit northwind: msp.entra.{playbook} works on no tenant; leave it out."
    assert done.returncode == 2 and told in failure(done)["problems"]


@pytest.mark.usefixtures("together")
def test_a_variable_beside_the_right_one_may_be_meant(fleet):
    done = fleet.set(syncro_site=[LAB], entra_tennant_id="x").run("deploy", "--check")
    for name, ours in (("syncro_site", "syncro_sites"), ("entra_tennant_id", "entra_tenant_id")):
        assert f"{name} is not read by this collection; {ours} is." in " ".join(done.output.split())


@pytest.mark.usefixtures("together")
def test_what_is_removed_needs_no_ranges(fleet):
    done = fleet.set(syncro_sites=[{"name": "Lab"}]).run("remove")
    assert done.returncode == 0, done.output


@pytest.mark.one_ansible
@pytest.mark.parametrize("way", ["import_role", "include_role"])
def test_in_a_playbook_of_one_s_own(fleet, tmp_path, way):
    """As the role's README has it, and by the role's own names."""
    use = {"name": "msp.entra.syncro_ip_restriction", "rolespec_validate": False}
    tasks = [{"name": "It", f"ansible.builtin.{way}": use}]
    play = {"name": "One's own", "hosts": "entra_tenants", "gather_facts": False, "tasks": tasks}
    (tmp_path / "own.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    fleet.set(syncro_ip_restriction_sites="198.51.100.10/32", syncro_enforcement="reportonly")
    done = ansible_run.run(tmp_path, str(tmp_path / "own.yml"), "-i", str(fleet.written()))
    assert "argument_spec_data" not in done.output
    choice, sites = failure(done)["problems"]
    assert choice.startswith("value of syncro_enforcement must be one of: report_only, enabled, disabled")
    assert sites == ("syncro_ip_restriction_sites: is a text; a list of dictionaries with name and cidrs is needed.")


def uses(found):
    """Each import of a role, at any depth of a playbook."""
    inner = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    own = (
        [found["ansible.builtin.import_role"]]
        if isinstance(found, dict) and "ansible.builtin.import_role" in found
        else []
    )
    return own + [use for one in inner for use in uses(one)]


def test_no_playbook_lets_the_wall_come_first():
    """Where a role looks at its arguments itself, Ansible's own check would only be ahead of it."""
    for playbook in (CHECKOUT / "playbooks").glob("*.yml"):
        for use in uses(yaml.safe_load(playbook.read_text(encoding="utf-8"))):
            tasks = (
                CHECKOUT / "roles" / use["name"].rpartition(".")[2] / "tasks" / f"{use.get('tasks_from', 'main')}.yml"
            )
            if "msp.entra.role_arguments" in tasks.read_text(encoding="utf-8"):
                assert use.get("rolespec_validate") is False, (playbook.name, use)
