# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user reads and what runs are the same: options, examples, results and rules, module by module.

The documentation is asked of ansible-doc, fragments and all, as a user would. ansible-test's own comparison does not know the
spec of an action plugin.
"""

from __future__ import annotations

import ast
import dataclasses
import json
import pathlib
import re
import typing as t

import pytest
import requests
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.block import Block
from ansible.playbook.task import Task
from ansible.template import Templar, trust_as_template
from documented import CHECKOUT, COLLECTION, CREDENTIALS, MODULES, PLUGINS, Json, action, stems, talks_to_graph

from ansible_collections.msp.entra.plugins.plugin_utils import backup, connection
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import lockout, named_location
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_schema import POLICY
from ansible_collections.msp.entra.plugins.plugin_utils.options import BadInput
from ansible_collections.msp.entra.plugins.plugin_utils.shape import Shape

# --- the files ---


def test_every_action_has_its_stub_and_its_documentation_and_the_other_way_round():
    assert MODULES
    assert stems("modules", ".py") == MODULES
    assert stems("modules", ".yml") == MODULES


def action_groups() -> dict[str, list[str]]:
    return yaml.safe_load((CHECKOUT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["action_groups"]


def test_the_action_groups_have_their_modules():
    assert sorted(action_groups()["graph"]) == [module for module in MODULES if talks_to_graph(module)]
    keeping = [module for module in MODULES if "backup_path" in action(module).SPEC.options]
    assert sorted(action_groups()["writes"]) == keeping


@pytest.mark.parametrize("module", MODULES)
def test_nothing_of_a_stub_runs(module):
    parsed = ast.parse((PLUGINS / "modules" / f"{module}.py").read_text(encoding="utf-8"))
    assert [
        line for line in parsed.body if not (isinstance(line, ast.ImportFrom) and line.module == "__future__")
    ] == []


@pytest.mark.parametrize("module", MODULES)
def test_ansible_finds_the_documentation_of_this_checkout(docs, module):
    doc = docs[module]["doc"]
    assert pathlib.Path(doc["filename"]).resolve() == PLUGINS / "modules" / f"{module}.yml"
    assert doc["module"] == module
    groups = action_groups()
    assert doc["attributes"]["action_group"]["membership"] == [
        f"{COLLECTION}.{g}" for g in groups if module in groups[g]
    ]


# --- the options ---


def declared(options: t.Mapping[str, Json], nested: str, path: str = "") -> dict[str, Json]:
    """Every option of a spec (nested is ``options``) or of a documentation (``suboptions``), by its path."""
    found = {}
    for name, given in options.items():
        found[path + name] = {
            "type": given.get("type", "str"),
            "elements": given.get("elements"),
            "choices": sorted(given.get("choices") or ()),
            "default": given.get("default"),
            "required": bool(given.get("required")),
            "aliases": sorted(given.get("aliases") or ()),
        }
        found |= declared(given.get(nested) or {}, nested, f"{path}{name}.")
    return found


@pytest.mark.parametrize("module", MODULES)
def test_documented_options_are_those_of_the_spec(docs, module):
    spec = declared(action(module).spec().options, "options")
    documented = declared(docs[module]["doc"]["options"], "suboptions")
    assert sorted(documented) == sorted(spec)
    assert documented == spec


def described(entries: t.Mapping[str, Json], nested: str, path: str = "") -> t.Iterator[tuple[str, list[str]]]:
    """The paragraphs of every entry's description, by its path."""
    for name, given in entries.items():
        text = given.get("description") or []
        yield path + name, [text] if isinstance(text, str) else text
        yield from described(given.get(nested) or {}, nested, f"{path}{name}.")


@pytest.mark.parametrize("module", MODULES)
def test_everything_is_described_in_sentences(docs, module):
    found = dict(described(docs[module]["doc"]["options"], "suboptions", "options."))
    found |= dict(described(docs[module]["return"], "contains", "return."))
    found["description"] = docs[module]["doc"]["description"]
    found["notes"] = docs[module]["doc"]["notes"]
    wrong = [
        path for path, texts in found.items() if not texts or not all(text.rstrip().endswith(".") for text in texts)
    ]
    assert wrong == []


@pytest.mark.parametrize("module", MODULES)
def test_documented_environment_is_what_is_read(docs, module):
    told = {
        option: tuple(re.findall(r"E\((\w+)\)", " ".join(texts)))
        for option, texts in described(docs[module]["doc"]["options"], "suboptions")
    }
    # requests reads this one, not we.
    read = {**connection.ENVIRONMENT, "ca_path": ("REQUESTS_CA_BUNDLE",)} if talks_to_graph(module) else {}
    assert {option: names for option, names in told.items() if names} == read


def graph_names(shape: Shape, path: str = "") -> t.Iterator[tuple[str, str]]:
    """The Graph property of every row of a table, by the option's path."""
    for field in shape.fields:
        yield path + field.option, field.graph
        if field.shape:
            yield from graph_names(field.shape, f"{path}{field.option}.")


@pytest.mark.parametrize(
    ("module", "shape"), [("named_location", named_location.SHAPE), ("conditional_access_policy", POLICY)]
)
def test_options_name_their_graph_property(docs, module, shape):
    told = {path: " ".join(texts) for path, texts in described(docs[module]["doc"]["options"], "suboptions")}
    assert [path for path, graph in graph_names(shape) if f"C({graph})" not in told[path]] == []


# --- the rules of the lockout guard ---

GUARDED = [module for module in MODULES if "accept_risks" in action(module).SPEC.options]


@pytest.mark.parametrize("module", GUARDED)
def test_documented_rules_are_those_of_the_guard(docs, module):
    told = {}
    for text in docs[module]["doc"]["options"]["accept_risks"]["description"]:
        if rule := re.match(r"V\(([A-Z-]+)\): ([^.]+)\.", text):
            told[rule[1]] = rule[2]
    assert told == {rule.id: rule.title for rule in lockout.RULES.values()}


@pytest.mark.parametrize("module", MODULES)
def test_no_rule_is_named_that_there_is_not(docs, module):
    named = set(re.findall(r"V\(([A-Z]+(?:-[A-Z]+)+)\)", json.dumps(docs[module])))
    assert named <= set(lockout.RULES)
    assert bool(named) == (module in GUARDED)


def test_every_rule_is_named_by_a_module_that_judges_it(docs):
    """The list of the rules that accept_risks has says of none which module it is."""
    told = " ".join(text for module in GUARDED for text in docs[module]["doc"]["description"])
    assert set(lockout.RULES) - set(re.findall(r"V\(([A-Z-]+)\)", told)) == set()


# --- the examples ---

# What the inventory of the examples' reader holds.
INVENTORY = {
    "entra_tenant_id": CREDENTIALS["tenant_id"],
    "entra_client_id": CREDENTIALS["client_id"],
    "entra_client_secret": CREDENTIALS["client_secret"],
    "entra_login_url": "https://localhost:8443",
    "entra_graph_url": "https://localhost:8443",
    "entra_ca_path": requests.certs.where(),
    "omit": None,
}
GROUP = f"group/{COLLECTION}.graph"
KEYWORDS = {*Task.fattributes, *Block.fattributes}


class Example(t.NamedTuple):
    """A task of the examples, and the defaults of the blocks around it."""

    name: str
    module: str
    task: Json
    defaults: Json


def flattened(tasks: t.Sequence[Json], defaults: Json | None = None) -> t.Iterator[Example]:
    """Every task, those in blocks too."""
    for task in tasks:
        around = (task.get("module_defaults") or {}).get(GROUP) or defaults or {}
        if "block" in task:
            assert set(task) <= KEYWORDS, f"{task['name']}: unknown keyword"
            yield from flattened([*task["block"], *task.get("rescue", ())], around)
            continue
        (module,) = set(task) - KEYWORDS
        assert module.count(".") >= 2, f"{module} is not a full name"
        yield Example(task["name"], module, task, around)


def examples(docs: t.Mapping[str, Json], module: str) -> list[Example]:
    return list(flattened(DataLoader().load(trust_as_template(docs[module]["examples"]))))


def samples(docs: t.Mapping[str, Json], module: str) -> Json:
    """A result, as the documentation shows it; with what depends on an option, which the examples give."""
    told = docs[module]["return"].items()
    return {key: value.get("sample") for key, value in told if value["returned"].startswith(("success", "when O("))}


def calls(docs: t.Mapping[str, Json], module: str) -> t.Iterator[tuple[Example, Json]]:
    """The examples' tasks of this collection, with their options as they are after templating, one for each item of a loop."""
    # What Ansible has in a rescue.
    failed = {"ansible_failed_result": {"failed": True, "msg": "No."}, "ansible_failed_task": {"name": "Try it"}}
    variables: Json = {**INVENTORY, **failed}
    for example in examples(docs, module):
        short = example.module.removeprefix(f"{COLLECTION}.")
        if short in MODULES:
            own = {**variables, **example.task.get("vars", {})}
            templar = Templar(loader=DataLoader(), variables=own)
            for item in templar.template(example.task.get("loop", [None])):
                templar.available_variables = {**own, "item": item}
                # All options of a task can be one template.
                options = templar.template(example.task[example.module]) or {}
                yield example, {**templar.template(example.defaults), **options}
            if "register" in example.task:
                variables[example.task["register"]] = samples(docs, short)


@pytest.mark.parametrize("module", MODULES)
def test_examples_show_the_module_and_the_action_group(docs, module):
    shown = examples(docs, module)
    own = [example for example in shown if example.module == f"{COLLECTION}.{module}"]
    assert any(bool(example.defaults) == talks_to_graph(module) for example in own)
    assert len(shown) >= 2


@pytest.mark.parametrize("module", MODULES)
def test_examples_are_accepted(docs, module, tmp_path, monkeypatch):
    # The backup that they put back.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "backups").mkdir()
    gone = backup.entry_of("a tenant", backup.Intent("named location", "delete", "1", {"displayName": "Office"}, None))
    line = json.dumps({"format": backup.FORMAT, **dataclasses.asdict(gone)})
    kept = tmp_path / "backups" / "conditional-access-20261124T221530Z-4711.jsonl"
    kept.write_text(f"{line}\n", encoding="utf-8")
    refused = {}
    for example, options in calls(docs, module):
        short = example.module.removeprefix(f"{COLLECTION}.")
        try:
            action(short).spec().validate({**(CREDENTIALS if talks_to_graph(short) else {}), **options})
        except BadInput as wrong:
            refused[example.name] = wrong.problems
    assert refused == {}


@pytest.mark.parametrize("module", MODULES)
def test_examples_name_real_people_and_addresses_of_nobody(docs, module):
    """Only who is in the practice tenants, and addresses that are kept for documentation."""
    people = {f"{who}@northwind.example" for who in ("breakglass", "syncro-svc", "dana")}
    assert set(re.findall(r"[\w.-]+@[\w.-]+", docs[module]["examples"])) <= people
    for text in re.findall(r"[0-9a-f:.]+/\d+", docs[module]["examples"]):
        assert text.startswith(("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:")), text
