# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""awx_setup with the modules of awx.awx 24.6.1, against a stand-in for the API of AWX 24.6: awx_api.py says what it knows."""

from __future__ import annotations

import importlib.util
import json
import pathlib
import re

import ansible_run
import awx_job
import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from awx_api import AwxApi, ServedAwx
from awx_variables import MINE, filled_in
from fleet import recap, succeeded

pytestmark = pytest.mark.one_ansible

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def collections():
    """Where awx.awx is."""
    tool = importlib.util.spec_from_file_location("awx_collection", CHECKOUT / "tests" / "tools" / "awx_collection.py")
    module = importlib.util.module_from_spec(tool)
    tool.loader.exec_module(module)
    return module.provide()


@pytest.fixture
def awx(tmp_path):
    with ServedAwx(tmp_path) as served:
        yield served


def test_without_the_collection(tmp_path):
    done = ansible_run.run(tmp_path, "msp.entra.awx_setup", "-e", "awx_collection=ansible.controller")
    (failed,) = [line["result"] for line in done.results if line["status"] == "failed"]
    (problem,) = failed["problems"]
    assert problem.startswith(
        "collections: ansible.controller is needed and is not installed where this runs: ansible-galaxy"
    )


def test_made_once_and_then_left_alone(awx, collections, tmp_path):
    """With two of the job templates, to be quick: each object is a module, and a module a Python."""
    setup = filled_in(tmp_path)
    kept = ["Entra - validate", "Entra - enforce, those that are ready"]
    workflow = next(one for one in setup["workflows"] if one["name"].endswith("from deploy to enforce"))
    nodes = {node["identifier"]: node for node in workflow["workflow_nodes"]}
    nodes["enforce"].pop("related")
    nodes["validate"]["related"] = {"always_nodes": [{"identifier": "approval"}]}
    approve = {"role": "approval", "teams": ["Security"], "workflows": [workflow["name"]]}
    execute = {"role": "execute", "teams": ["Desk"], "job_templates": kept[:1], "workflows": [workflow["name"]]}
    less = {
        "awx_roles": [approve, execute],
        "awx_job_templates": [one for one in setup["job_templates"] if one["name"] in kept],
        "awx_schedules": [{**setup["schedules"][0], "unified_job_template": workflow["name"]}],
        "awx_workflows": [
            {**workflow, "workflow_nodes": [nodes[name] for name in ("validate", "approval", "enforce")]}
        ],
    }
    (tmp_path / "less.yml").write_text(yaml.dump(less, Dumper=awx_job.Unsafe), encoding="utf-8")

    organization = awx.api.answer("POST", "/api/v2/organizations/", {}, {"name": "Entra"})[1]["id"]
    security, desk = (
        awx.api.answer("POST", "/api/v2/teams/", {}, {"name": name, "organization": organization})[1]["id"]
        for name in ("Security", "Desk")
    )

    def run(*arguments):
        awx.api.writes.clear()
        files = ["-e", f"@{tmp_path / 'mine.json'}", "-e", f"@{tmp_path / 'less.yml'}"]
        environment = {**awx.environment(), "ANSIBLE_COLLECTIONS_PATH": str(collections), "ANSIBLE_PIPELINING": "1"}
        return ansible_run.run(tmp_path, "msp.entra.awx_setup", *files, *arguments, **environment)

    first = run("-vvv")
    assert first.returncode == 0 and recap(first, "failed") == 0, first.output
    told = first.output + json.dumps(first.results)
    assert [secret for secret in (MINE["awx_client_secret"], MINE["awx_webhook_url"]) if secret in told] == []
    made = awx.api
    assert made.named("credentials")["Entra - application"]["inputs"] == {
        "client_id": MINE["awx_client_id"],
        "client_secret": MINE["awx_client_secret"],
    }
    assert set(made.named("job_templates")) == set(kept)
    assert set(made.named("workflow_job_template_nodes")) == {"validate", "approval", "enforce"}
    assert set(made.named("workflow_approval_templates")) == {"Entra - enforce?"}
    ready = json.loads(made.named("job_templates")[kept[1]]["extra_vars"])["tenants"]
    assert ready.startswith("{{ q('ansible.builtin.vars'"), "AWX gets the template, not what it is here"

    assert made.who_has("approval_role", workflow["name"]) == [security]
    assert made.who_has("execute_role", workflow["name"]) == made.who_has("execute_role", kept[0]) == [desk]

    again = succeeded(run())
    assert recap(again, "changed") == 0 and awx.api.writes == [], again.output


def test_check_mode_on_an_awx_that_has_nothing(awx, collections, tmp_path):
    (tmp_path / "mine.json").write_text(json.dumps(MINE), encoding="utf-8")
    environment = {**awx.environment(), "ANSIBLE_COLLECTIONS_PATH": str(collections)}
    done = ansible_run.run(
        tmp_path, "msp.entra.awx_setup", "--check", "-e", f"@{tmp_path / 'mine.json'}", **environment
    )
    assert done.returncode == 0 and awx.api.writes == [], done.output
    assert recap(done, "changed") == 1 and "Check mode: something above is not there yet" in done.output


def test_what_only_the_reader_can_say_is_asked_for_at_once(tmp_path, collections):
    done = ansible_run.run(tmp_path, "msp.entra.awx_setup", ANSIBLE_COLLECTIONS_PATH=str(collections))
    assert done.returncode != 0
    asked = [
        "awx_execution_environment_image",
        "awx_project_scm_url",
        "awx_client_id",
        "awx_client_secret, awx_certificate or",
    ]
    assert [one for one in asked if f"\n- {one}" not in done.output] == []


def test_a_role_that_would_be_granted_to_nobody_is_said_before_the_first_write(tmp_path, collections):
    roles = [
        {"role": "approval", "team": "Security", "workflows": ["w"]},
        {"role": "execute", "users": ["dana"]},
        {"role": "execute", "users": ["dana"], "job_templates": ["j"]},
    ]
    (tmp_path / "mine.json").write_text(json.dumps({**MINE, "awx_roles": roles}), encoding="utf-8")
    mine = ["-e", f"@{tmp_path / 'mine.json'}"]
    done = ansible_run.run(tmp_path, "msp.entra.awx_setup", *mine, ANSIBLE_COLLECTIONS_PATH=str(collections))
    told = done.of("See that all is said that only you can say")["msg"]
    assert done.returncode != 0 and told.count("\n- ") == 2, told
    for place, what in enumerate(("team is not known; users or teams is missing.", "what it is on is missing")):
        assert f"\n- awx_roles[{place}]: {what}" in told


def test_every_object_is_what_awx_takes(collections, tmp_path):
    """All of the data: options and choices by the modules' own documentation, the rest by AWX's rules."""
    setup = filled_in(tmp_path)
    modules = collections / "ansible_collections" / "awx" / "awx" / "plugins" / "modules"

    def options(module):
        text = (modules / f"{module}.py").read_text(encoding="utf-8").split("DOCUMENTATION = '''")[1].split("'''")[0]
        return yaml.safe_load(text)["options"]

    (dummy, tasks) = yaml.safe_load((CHECKOUT / "playbooks" / "awx_setup.yml").read_text(encoding="utf-8"))
    flat = [one for task in tasks["tasks"] for one in task.get("block", [task]) if "action" in one]
    assert len(flat) == 13
    for task in flat:
        module = task["action"].removeprefix("{{ awx_collection }}.")
        assert set(task["args"]) - set(options(module)) == set(), module
    # What the data says is what the task hands on: an option that it does not know would be passed over in silence.
    (template,) = [task["args"] for task in flat if task["action"].endswith(".job_template")]
    for one in setup["job_templates"]:
        said = {**setup["defaults"], **one}
        assert set(said) - set(template) == set(), one["name"]
        assert said["job_type"] in options("job_template")["job_type"]["choices"]

    api = AwxApi()
    project = api.answer("POST", "/api/v2/projects/", {}, {"name": "p", "allow_override": True})[1]["id"]
    answers = [api.answer("POST", "/api/v2/credential_types/", {}, setup["credential_type"])]
    for one in setup["job_templates"]:
        made = api.answer("POST", "/api/v2/job_templates/", {}, {"name": one["name"], "project": project})
        answers.append(made)
        if one.get("survey_enabled"):
            answers.append(api.answer("POST", made[1]["related"]["survey_spec"], {}, one["survey_spec"]))
    assert [answer for answer in answers if answer[0] >= 300] == []
    playbooks = {path.stem for path in (CHECKOUT / "playbooks").glob("*.yml")} - {"awx_setup"}
    assert {one["playbook"].removeprefix("msp.entra.") for one in setup["job_templates"]} == playbooks
    names = {one["name"] for one in setup["job_templates"]}
    for workflow in setup["workflows"]:
        told = {node["identifier"] for node in workflow["workflow_nodes"]}
        jobs = [n["unified_job_template"] for n in workflow["workflow_nodes"]]
        assert {one["name"] for one in jobs if one["type"] == "job_template"} <= names
        led = {
            one["identifier"]
            for node in workflow["workflow_nodes"]
            for ones in node.get("related", {}).values()
            for one in ones
        }
        assert told - led == {workflow["workflow_nodes"][0]["identifier"]} and led <= told
    _which_reports_are_merged(setup)
    for schedule in setup["schedules"]:
        assert schedule["unified_job_template"] in {one["name"] for one in setup["workflows"]}
        # AWX asks for all three.
        assert all(part in schedule["rrule"] for part in ("DTSTART;TZID=", "RRULE:FREQ=", "INTERVAL="))


def _which_reports_are_merged(setup):
    """As the job fills it in: those of the audits before it in its workflow, or of the day where it is launched by itself. With
    a limit it would not have the one host that it works on."""
    (merge,) = [one for one in setup["job_templates"] if one["playbook"] == "msp.entra.report"]
    assert merge["ask_limit_on_launch"] is False
    assert "ask_limit_on_launch" not in next(one for one in setup["workflows"] if one["name"].endswith("nightly audit"))

    def filled(name, **variables):
        template = trust_as_template(merge["extra_vars"][name])
        return Templar(loader=DataLoader(), variables=variables).template(template)

    told = {"entra_audit": {}, "entra_audit_7": {}, "entra_audit_12": {}, "entra_validate_3": {}}
    folder = "/var/lib/msp-entra/reports"
    assert sorted(filled("reports", **told)) == [f"{folder}/*/12/report.json", f"{folder}/*/7/report.json"]
    (today,) = filled("reports")
    assert re.fullmatch(rf"{folder}/\d{{4}}-\d\d-\d\d/\*/report\.json", today)
    assert filled("fleet_report_hosts", groups={"entra_tenants": ["a", "b"]}) == ["a", "b"]
    assert filled("fleet_report_hosts", groups={}) == []
