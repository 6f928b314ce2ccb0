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
    assert problem.startswith("syncro_application: is empty; ")
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


# What is there in place of the secret, and what is said of it.
NO_CREDENTIAL = {
    "none at all": (
        {},
        "credentials: none given; one of entra_access_token, entra_client_secret, entra_certificate_path, entra_certificate, ",
    ),
    "nearly its name": (
        {"entra_secret": "hush-hush"},
        "credentials: none given; this host has entra_secret; is entra_client_secret meant?",
    ),
    "without the prefix": (
        {"client_secret": "hush-hush"},
        "credentials: none given; this host has client_secret; is entra_client_secret meant?",
    ),
    "of the environment, where it is not set": (
        {"entra_client_secret": "{{ lookup('ansible.builtin.env', 'NOBODY_HAS_SET_THIS') }}"},
        "entra_client_secret: is given and empty, as a lookup of an environment variable is that is not set.",
    ),
    "two": (
        {"entra_client_secret": "hush-hush", "entra_certificate": "whisper"},
        "credentials: entra_client_secret and entra_certificate are given together; give one of them.",
    ),
}


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize(("given", "beginning"), NO_CREDENTIAL.values(), ids=NO_CREDENTIAL.keys())
def test_a_credential_that_is_not_there_is_told_by_the_names_of_the_inventory(fleet, given, beginning):
    (problem,) = failure(fleet.set(entra_client_secret=None).set(**given).run("deploy"))["problems"]
    assert problem.startswith(beginning)


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize(
    ("variable", "value", "beginning"),
    [
        ("entra_cloud", "germany", "value of entra_cloud must be one of: global, us_government"),
        ("entra_tenant_id", "", "entra_tenant_id: is given and empty, as a lookup"),
        ("entra_wait_timeout", "long", "argument 'entra_wait_timeout' is of type"),
    ],
)
def test_an_option_of_the_connection_is_told_by_the_name_of_the_inventory(fleet, variable, value, beginning):
    # The practice server's own address is not mixed with a cloud.
    (problem, *dummy) = failure(fleet.set(**{variable: value}).run("deploy"))["problems"]
    assert problem.startswith(beginning)


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize(
    ("playbook", "given", "beginnings"),
    [
        ("validate", {"syncro_validation_soak_days": -3}, ["syncro_validation_soak_days: "]),
        (
            "deploy",
            {"syncro_sites": [*SITES, {"name": "MSP Office", "cidrs": ["198.51.100.300/32"]}]},
            [
                "syncro_sites[2].name: 'MSP Office' is the name of syncro_sites[0] as well.",
                "syncro_sites[2].cidrs[0]: ",
            ],
        ),
        (
            "deploy",
            {"syncro_ip_restriction_sites": [{"name": "Lab", "cidrs": []}]},
            ["syncro_ip_restriction_sites[0].cidrs: "],
        ),
    ],
)
def test_what_a_role_hands_on_is_told_by_the_names_of_the_inventory(fleet, playbook, given, beginnings):
    problems = failure(fleet.set(**given).run(playbook))["problems"]
    assert all(problem.startswith(beginning) for problem, beginning in zip(problems, beginnings, strict=False)), (
        problems
    )
    assert len(problems) >= len(beginnings)


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize(
    ("playbook", "given", "beginning"),
    [
        ("deploy", {"syncro_application": "Syncro SO"}, "syncro_application: there is no application 'Syncro SO'"),
        ("validate", {"syncro_validation_technicians": ["nobody"]}, "syncro_validation_technicians[0]: "),
        ("validate", {"syncro_service_account": "nobody@nowhere.example"}, "syncro_service_account: there is no user"),
    ],
)
def test_what_the_tenant_does_not_have_is_told_by_the_names_of_the_inventory(fleet, playbook, given, beginning):
    (problem,) = failure(fleet.set(**given).run(playbook))["problems"]
    assert problem.startswith(beginning)


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize(
    ("word", "read", "meant"), [(False, "no, off and false", "disabled"), (True, "yes, on and true", "enabled")]
)
def test_a_word_of_a_choice_that_yaml_reads_as_another(fleet, word, read, meant):
    problem = (
        f"syncro_enforcement: is {word}, as YAML reads {read} without quotes; a text is needed. "
        f"Allowed are report_only, enabled, disabled. Is {meant} meant?"
    )
    assert failure(fleet.set(syncro_enforcement=word).run("deploy"))["problems"] == [problem]


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("given", ["import_file", "export_path", None])
def test_an_import_of_a_file_that_is_not_there(fleet, tenant, given):
    folder = tenant.home / "nothing here"
    there = {"import_file": folder / "x.yml", "export_path": folder / f"t{tenant.number}.yml"}
    file = there.get(given, tenant.home / "conditional-access" / f"t{tenant.number}.yml")
    values = {"import_file": str(file), "export_path": str(folder)}
    done = fleet.set(**({given: values[given]} if given else {})).run("import")
    assert failure(done)["msg"] == (
        f"There is no file {file}, and nothing was written. import_file names the file, or export_path the folder that has one "
        f"for each tenant, here t{tenant.number}.yml; msp.entra.export writes it."
    )
    assert ansible_run.graph_requests(fleet.log()) == []


BACKUPS = "A backup is what a run with backup_path keeps, conditional-access-….jsonl in that folder."


@pytest.mark.usefixtures("together")
def test_a_rollback_of_a_journal(fleet, tenant):
    journal = tenant.home / f"journal of {tenant.number}.jsonl"
    assert fleet.set(journal_path=str(journal)).run("deploy").returncode == 0
    fleet.set(journal_path=None, backup_file=str(journal))
    assert failure(fleet.run("rollback"))["problems"] == [
        f"backup_file: '{journal}' is a journal, not a backup. {BACKUPS}"
    ]


@pytest.mark.usefixtures("together")
def test_a_rollback_of_something_else(fleet, tenant):
    file = tenant.home / f"inventory of {tenant.number}.yml"
    file.write_text("---\nall:\n  hosts:\n", encoding="utf-8")
    assert failure(fleet.set(backup_file=str(file)).run("rollback"))["problems"] == [
        f"backup_file: '{file}' is no backup: line 1 is not JSON. {BACKUPS}"
    ]


def test_a_rollback_of_a_backup_of_another_tenant(fleet, tenant, neighbour, tmp_path):
    """Where it is of some tenant of the run, the others are fine without."""
    assert fleet.set(backup_path=str(tmp_path / "backups")).run("deploy").returncode == 0
    (file,) = (tmp_path / "backups").iterdir()
    given = ["-e", f"backup_file={file}"]
    other = fleet.of(neighbour)
    done = other.run("rollback", *given)
    told = f"has nothing of t{neighbour.number}, so nothing was put back. It is of the tenant {tenant.id}. Name the "
    assert failure(done)["msg"].startswith(f"backup_file: '{file}' {told}") and done.returncode != 0
    assert other.writes() == [] and "nothing of this tenant" not in done.output
    both = fleet.of(tenant, neighbour).run("rollback", *given)
    assert both.returncode == 0 and "nothing of this tenant" in both.output and tenant.policies() == []


@pytest.mark.usefixtures("together")
def test_a_rollback_of_nothing_names_what_there_is(fleet, tenant):
    backups = tenant.home / f"backups of {tenant.number}"
    backups.mkdir()
    (backups / "conditional-access-20261124T221530Z-1.jsonl").touch()
    (problem,) = failure(fleet.set(backup_path=str(backups)).run("rollback"))["problems"]
    assert problem.endswith(f"In {backups} there are: conditional-access-20261124T221530Z-1.jsonl.")


@pytest.mark.usefixtures("together")
def test_an_export_into_a_file(fleet, tenant):
    file = tenant.home / f"file of {tenant.number}"
    file.touch()
    done = fleet.set(export_path=str(file)).run("export")
    assert failure(done)["msg"].startswith(f"export_path: {file} is a file, not a folder, and nothing was written.")
    assert ansible_run.graph_requests(fleet.log()) == []


@pytest.mark.usefixtures("together")
def test_a_token_that_leads_nowhere_is_not_the_application_s(fleet):
    """Whoever gives a token means to act as a person."""
    nowhere = "{{ lookup('ansible.builtin.env', 'NOBODY_HAS_SET_THIS') }}"
    (problem,) = failure(fleet.set(entra_access_token=nowhere).run("relax"))["problems"]
    assert problem.startswith("entra_access_token: is given and empty, as a lookup of an environment variable is")
    assert "export NAME=" in problem and ansible_run.graph_requests(fleet.log()) == []


@pytest.mark.usefixtures("together")
def test_a_login_that_is_refused_names_the_variables_of_the_inventory(fleet):
    wrong = "99999999-9999-4999-8999-999999999999"
    said = failure(fleet.set(entra_client_id=wrong).run("relax"))["msg"]
    assert "This tenant has no application with that entra_client_id; check both" in said


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("playbook", ["deploy", "relax"])
def test_two_policies_of_one_name(fleet, tenant, playbook):
    block = {
        "displayName": "Block Syncro - Outside Trusted IPs",
        "state": "enabledForReportingButNotEnforced",
        "conditions": {
            "users": {"includeUsers": ["All"]},
            "applications": {"includeApplications": ["All"]},
            "clientAppTypes": ["all"],
        },
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    }
    for dummy in range(2):
        tenant.graph("POST", "/identity/conditionalAccess/policies", block)
    said = failure(fleet.run(playbook))["msg"]
    assert "In a task of your own, say which one is meant with the option id." in said
    assert "The playbooks and roles go by the name: rename or delete the other one in the Entra admin center." in said


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
        (
            ["--skip-tags", "part_a,part_b"],
            "--skip-tags part_a,part_b: leaves nothing of msp.entra.deploy to run. There are part_a, part_b.",
        ),
        (["-e", "backup_pth=x"], "backup_pth: is no variable that this collection reads; is backup_path meant?"),
    ],
    ids=["tag", "skipped", "all skipped", "variable"],
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


@pytest.mark.parametrize("group", ["entra_gdap_roles_missing", "entra_gdap_inactive"])
def test_a_customer_who_is_kept_out_by_gdap_is_told_why(tmp_path, group):
    hosts = {"entra_tenants": {"hosts": {"contoso": {}}}, group: {"hosts": {"fabrikam": {}}}}
    (tmp_path / "inventory.yml").write_text(yaml.safe_dump(hosts), encoding="utf-8")
    done = ansible_run.run(tmp_path, "msp.entra.deploy", "-i", "inventory.yml", "--limit", "fabrikam")
    (problem,) = failure(done)["problems"]
    assert problem.endswith(
        f"in --limit fabrikam. fabrikam is in {group}, and so not in entra_tenants: ansible-inventory --host fabrikam with the "
        "same -i says why."
    )
    assert done.returncode != 0
