# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run is started with: tags that its playbook has not, and variables that are nearly one of ours."""

from __future__ import annotations

import re

import pytest
import yaml
from documented import CHECKOUT

from ansible_collections.msp.entra.plugins.plugin_utils import run_arguments
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput
from ansible_collections.msp.entra.plugins.plugin_utils.run_arguments import (
    OF_A_ROLE,
    TAGS,
    VARIABLES,
    WITHOUT_TENANTS,
    Run,
)

PLAYBOOKS = {path.stem: path for path in (CHECKOUT / "playbooks").glob("*.yml")}
# A variable that somebody may have left out.
LEFT_OUT = re.compile(r"\b([a-z]\w*) (?:\| default\(|is (?:un)?defined)")
# Those of a tenant, of Ansible and of AWX, and results of tasks.
NO_RUNS = re.compile(r"syncro_|entra_|ansible_|awx_|(checks|msg|ready|failed_when_result|built_in_controls)$")


def looked_at(playbook="deploy", variables_too=(), collections=(), **run):
    """What is returned of this run."""
    given = {"playbook": playbook, "variables": [*variables_too], "collections": [*collections]}
    run = Run(**{"playbooks": [f"msp.entra.{playbook}"], **run})
    return run_arguments.looked_at(run_arguments.SPEC.validate(given), run)


def problems(*arguments, **run):
    """What is refused of it."""
    try:
        looked_at(*arguments, **run)
    except BadInput as refused:
        return refused.problems
    return []


@pytest.mark.parametrize(
    ("option", "tags"),
    [
        ("tags", ["part_a", "part_b", "all", "tagged"]),
        ("skipped", ["part_a", "part_b", "always", "never", "untagged"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_tags_that_there_are(option, tags):
    assert {tag: problems(**{option: [tag]}) for tag in tags} == {tag: [] for tag in tags}


@pytest.mark.parametrize(
    ("run", "given"),
    [
        ({"tags": ["all"], "skipped": ["part_b", "part_a"]}, "--skip-tags part_a,part_b"),
        ({"skipped": ["all"]}, "--skip-tags all"),
        ({"skipped": ["tagged"]}, "--skip-tags tagged"),
        ({"tags": ["part_a"], "skipped": ["part_a"]}, "--tags part_a --skip-tags part_a"),
        ({"tags": ["always"]}, "--tags always"),
        ({"tags": ["never", "untagged"]}, "--tags never,untagged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_tags_that_leave_nothing_to_run(run, given):
    """Which would end well, and look like a deploy."""
    there = "leaves nothing of msp.entra.deploy to run. There are part_a, part_b."
    assert problems(**run) == [f"{given}: {there}"]
    assert problems(playbooks=["msp.entra.deploy", "own.yml"], **run) == []
    assert problems(inherited=["mine", "always"], **run) == []


def test_something_is_left_to_run_of_one_of_several_playbooks():
    skipped = ["part_a", "part_b"]
    assert problems(playbooks=["msp.entra.readiness", "msp.entra.deploy"], skipped=skipped) == []
    assert problems("audit", skipped=skipped) == []
    assert problems(playbooks=["msp.entra.deploy", "msp.entra.relax"], skipped=skipped) == [
        "--skip-tags part_a,part_b: leaves nothing of msp.entra.deploy and msp.entra.relax to run. There are part_a, part_b."
    ]
    assert problems("readiness", tags=["tagged"]) == [
        "--tags tagged: leaves nothing of msp.entra.readiness to run. It has none, and is run as a whole."
    ]


@pytest.mark.parametrize(
    "started", ["msp.entra.deploy", "msp.entra.deploy.yml", "msp.entra.deploy.yaml", str(PLAYBOOKS["deploy"])]
)
@pytest.mark.parametrize(("option", "written"), [("tags", "--tags"), ("skipped", "--skip-tags")])
def test_a_tag_that_there_is_not(option, written, started):
    assert problems(playbooks=[started], **{option: ["x", "part_c", "parta", "part_b"]}) == [
        f"{written} part_c: is no tag of msp.entra.deploy. There are part_a, part_b.",
        f"{written} parta: is no tag of msp.entra.deploy. Is part_a meant? There are part_a, part_b.",
        f"{written} x: is no tag of msp.entra.deploy. There are part_a, part_b.",
    ]
    assert "Is part_a meant?" in problems(playbooks=[started], **{option: ["partA"]})[0]


def test_several_playbooks_have_the_tags_of_all():
    both = ["msp.entra.readiness", "msp.entra.deploy"]
    assert problems(playbooks=both, tags=["part_a"]) == problems("readiness", playbooks=both, tags=["part_a"]) == []
    assert problems(playbooks=both, tags=["readines"]) == [
        "--tags readines: is no tag of msp.entra.readiness and msp.entra.deploy. There are part_a, part_b."
    ]


def test_a_playbook_without_tags():
    assert problems("readiness", tags=["all"]) == []
    assert problems("readiness", tags=["part_a"]) == [
        "--tags part_a: is no tag of msp.entra.readiness. It has none, and is run as a whole."
    ]


@pytest.mark.parametrize(
    "run",
    [
        {"playbooks": ["msp.entra.deploy", "own.yml"]},
        {"playbooks": ["own/deploy.yml"]},
        {"playbooks": ["other.collection.deploy"]},
        {"playbooks": ["\ud83d", "\0"]},
        {"playbooks": []},
        {"inherited": ["mine", "always"]},
    ],
    ids=["one of several", "imported", "of another collection", "no names", "not by ansible-playbook", "put on it"],
)
def test_a_tag_that_is_somebody_else_s(run):
    assert problems(**run, tags=["mine"]) == []


def test_a_limit_where_there_are_no_tenants():
    assert problems(limit="northwind") == []
    for playbook in ("report", "awx_setup"):
        assert problems(playbook, limit="northwind") == [
            f"--limit northwind: msp.entra.{playbook} works on no tenant; leave it out."
        ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("backup_pth", "backup_path"),
        ("Backup_Path", "backup_path"),
        ("accept_risk", "accept_risks"),
        ("report_path", "fleet_report_path"),
        ("stop_at", "audit_stop_at"),
    ],
)
def test_a_variable_that_is_misspelt(written, meant):
    assert problems(variables=[written]) == [f"{written}: is no variable that this collection reads; is {meant} meant?"]
    # Nothing is missing then, and it may be somebody's own.
    assert looked_at(variables=[written, meant])["warnings"] == [
        f"{written} is not read by this collection; {meant} is. Where {written} is one of yours, all is well."
    ]


@pytest.mark.parametrize(("written", "meant"), [("tenant", "tenants"), ("Report", "reports"), ("forced", "force")])
def test_a_single_word_may_be_somebody_s_own(written, meant):
    assert looked_at("audit", variables=[written])["warnings"] == [
        f"{written} is not read by this collection; {meant} is. Where {written} is one of yours, all is well."
    ]


def test_those_that_write_are_those_that_keep_a_backup_of_it():
    keeping = {name for name, path in PLAYBOOKS.items() if "group/msp.entra.writes" in path.read_text(encoding="utf-8")}
    assert set(run_arguments.WRITING) == keeping


def test_the_oldest_ansible_is_that_of_the_collection():
    runtime = yaml.safe_load((CHECKOUT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert runtime["requires_ansible"] == ">={}.{}.0".format(*run_arguments.OLDEST)


@pytest.mark.parametrize(
    ("release", "old"),
    [("2.18.19", True), ("1.99.0", True), ("2.9.27", True), ("2.19.0", False), ("2.20.0rc1", False), ("devel", False)],
)
def test_an_ansible_that_is_too_old(release, old):
    told = problems(ansible=release)
    assert [one.startswith(f"ansible-core: this is {release}, and 2.19 or newer is needed") for one in told] == [
        True
    ] * old


@pytest.mark.parametrize("playbook", run_arguments.WRITING)
def test_what_was_to_narrow_a_run_that_writes_is_no_one_s_own(playbook):
    assert problems(playbook, variables=["tenant"]) == [
        "tenant: is no variable that this collection reads; is tenants meant?"
    ]
    # It is narrow already, whosever that variable is.
    assert (
        problems(playbook, variables=["tenant", "tenants"]) == problems(playbook, variables=["tenant"], limit="x") == []
    )


def test_a_variable_of_the_playbook_s_own_that_is_misspelt():
    own = ["awx_webhook_url", "awx_nightly"]
    assert problems("awx_setup", own, variables=own) == []
    assert problems("awx_setup", own, variables=["awx_webook_url", "awx_nightli"]) == [
        "awx_nightli: is no variable that this collection reads; is awx_nightly meant?",
        "awx_webook_url: is no variable that this collection reads; is awx_webhook_url meant?",
    ]


def test_variables_of_somebody_else_s_and_ours():
    assert problems(variables=["vault_password", "region", "awx_job_id", "ansible_user", "port"]) == []
    assert looked_at(variables=[*VARIABLES, *OF_A_ROLE]) == {"changed": False}


@pytest.mark.parametrize("name", ["nobody.nothing", "ansible.nothing", "", "..", "no name"])
def test_a_collection_that_is_not_installed(name):
    (problem,) = problems(collections=(name,))
    assert problem == (
        f"collections: {name} is needed and is not installed where this runs: ansible-galaxy collection install {name}"
    )


def test_a_collection_that_is_installed():
    assert problems(collections=("msp.entra",)) == []


def test_what_the_playbook_has_found_wrong_itself():
    given = {"problems": ["No host is in 'x'."]}
    with pytest.raises(BadInput) as refused:
        run_arguments.looked_at(run_arguments.SPEC.validate(given), Run(variables=["backup_pth"]))
    assert refused.value.problems == given["problems"]
    assert run_arguments.looked_at(run_arguments.SPEC.validate({"problems": []}), Run()) == {"changed": False}


def test_all_is_said_at_once():
    assert len(problems(variables=["backup_pth"], tags=["parta"], skipped=["partb"])) == 3


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_each_playbook_begins_with_it_and_its_tags_are_known(playbook):
    plays = yaml.safe_load(PLAYBOOKS[playbook].read_text(encoding="utf-8"))
    first = plays[0]["tasks"][0]
    assert first["tags"] == ["always"] and first["msp.entra.run_arguments"]["playbook"] == playbook
    assert sorted(TAGS[playbook]) == sorted(tags_in(plays) - {"always"})
    assert (playbook in WITHOUT_TENANTS) == (plays[-1]["hosts"] == "localhost")


def test_every_playbook_is_known():
    assert PLAYBOOKS.keys() == TAGS.keys()


def tags_in(found):
    """All tags, at any depth of a playbook."""
    if isinstance(found, list):
        return {tag for one in found for tag in tags_in(one)}
    if not isinstance(found, dict):
        return set()
    return {*found.get("tags", [])} | tags_in([value for key, value in found.items() if key != "tags"])


def test_the_variables_are_those_that_the_playbooks_read():
    folder = CHECKOUT / "playbooks"
    # What is said of AWX is all named awx_.
    plays = [path for name, path in PLAYBOOKS.items() if name != "awx_setup"]
    paths = [*plays, *folder.glob("tasks/s*.yml"), folder / "vars/connection.yml"]
    read = {name for path in paths for name in LEFT_OUT.findall(path.read_text(encoding="utf-8"))}
    assert {name for name in read if not NO_RUNS.match(name)} == {*VARIABLES}


def test_the_variables_of_the_report_s_role_are_known():
    specification = CHECKOUT / "roles/fleet_report/meta/argument_specs.yml"
    options = yaml.safe_load(specification.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    assert {name for name in (*VARIABLES, *OF_A_ROLE) if name.startswith("fleet_report_")} == {
        *options,
        "fleet_report_hosts",
    }
