# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user reads and what runs are the same: options, examples, results and rules, module by module.

The documentation is asked of ansible-doc, fragments and all, as a user would. ansible-test's own comparison does not know the
spec of an action plugin.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import pathlib
import re
import subprocess
import sys
import types
import typing as t

import pytest
import requests
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.block import Block
from ansible.playbook.task import Task
from ansible.template import Templar, trust_as_template

from ansible_collections.msp.entra.plugins.plugin_utils import connection
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import lockout, named_location
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_schema import POLICY
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import GraphError, LoginError
from ansible_collections.msp.entra.plugins.plugin_utils.options import BadInput
from ansible_collections.msp.entra.plugins.plugin_utils.shape import Shape

Json = dict[str, t.Any]

COLLECTION = "msp.entra"
CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
PLUGINS = CHECKOUT / "plugins"


def stems(folder: str, suffix: str) -> list[str]:
    """Names of the plugins in a folder."""
    return sorted(path.stem for path in (PLUGINS / folder).glob(f"*{suffix}") if path.stem != "__init__")


MODULES = stems("action", ".py")

CREDENTIALS = {
    "tenant_id": "11111111-1111-4111-8111-111111111111",
    "client_id": "22222222-2222-4222-8222-222222222222",
    "client_secret": "nobody's secret",
}


def action(module: str) -> t.Any:
    """The class that runs."""
    return importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.action.{module}").ActionModule


@pytest.fixture(scope="session")
def docs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    """What ansible-doc says, by module."""
    home = tmp_path_factory.mktemp("ansible-doc")
    # Where the collections are may be said by a variable; nothing else of the developer's own settings gets in.
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ANSIBLE_") or k == "ANSIBLE_COLLECTIONS_PATH"}
    done = subprocess.run(
        [
            str(pathlib.Path(sys.executable).with_name("ansible-doc")),
            "--json",
            *(f"{COLLECTION}.{module}" for module in MODULES),
        ],
        cwd=home,
        env={**kept, "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {name.rpartition(".")[2]: found for name, found in json.loads(done.stdout).items()}


# --- the files ---


def test_every_action_has_its_stub_and_its_documentation_and_the_other_way_round():
    assert MODULES
    assert stems("modules", ".py") == MODULES
    assert stems("modules", ".yml") == MODULES


def test_the_action_group_has_every_module():
    runtime = yaml.safe_load((CHECKOUT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert sorted(runtime["action_groups"]["graph"]) == MODULES


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
    assert doc["attributes"]["action_group"]["membership"] == [f"{COLLECTION}.graph"]


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
    read = {**connection.ENVIRONMENT, "ca_path": ("REQUESTS_CA_BUNDLE",)}
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
            yield from flattened(task["block"], around)
            continue
        (module,) = set(task) - KEYWORDS
        assert module.count(".") >= 2, f"{module} is not a full name"
        yield Example(task["name"], module, task, around)


def examples(docs: t.Mapping[str, Json], module: str) -> list[Example]:
    return list(flattened(DataLoader().load(trust_as_template(docs[module]["examples"]))))


def samples(docs: t.Mapping[str, Json], module: str) -> Json:
    """A result, as the documentation shows it."""
    return {key: value.get("sample") for key, value in docs[module]["return"].items() if value["returned"] == "success"}


def calls(docs: t.Mapping[str, Json], module: str) -> t.Iterator[tuple[Example, Json]]:
    """The examples' tasks of this collection, with their options as they are after templating, one for each item of a loop."""
    variables: Json = dict(INVENTORY)
    for example in examples(docs, module):
        short = example.module.removeprefix(f"{COLLECTION}.")
        if short in MODULES:
            own = {**variables, **example.task.get("vars", {})}
            templar = Templar(loader=DataLoader(), variables=own)
            for item in templar.template(example.task.get("loop", [None])):
                templar.available_variables = {**own, "item": item}
                options = templar.template({**example.defaults, **(example.task[example.module] or {})})
                yield example, options
            if "register" in example.task:
                variables[example.task["register"]] = samples(docs, short)


@pytest.mark.parametrize("module", MODULES)
def test_examples_show_the_module_and_the_action_group(docs, module):
    shown = examples(docs, module)
    assert [example for example in shown if example.module == f"{COLLECTION}.{module}" and example.defaults]
    assert len(shown) >= 3


@pytest.mark.parametrize("module", MODULES)
def test_examples_are_accepted(docs, module):
    refused = {}
    for example, options in calls(docs, module):
        short = example.module.removeprefix(f"{COLLECTION}.")
        try:
            action(short).spec().validate({**CREDENTIALS, **options})
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


# --- the results ---

OFFICE = {
    "@odata.type": named_location.IP_TYPE,
    "id": "8f2b0c54-6f0e-4a52-9d5c-3a1f7f4f6b21",
    "createdDateTime": "2026-03-02T09:14:07Z",
    "modifiedDateTime": "2026-03-02T09:14:07Z",
    "displayName": "Office",
    "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "198.51.100.10/32"}],
    "isTrusted": True,
}
ACCOUNT = {
    "id": "4b1d7a35-3f0c-4d25-8f6a-6a6d5a0e0b01",
    "userPrincipalName": "breakglass@northwind.example",
    "accountEnabled": True,
}
OTHER_ACCOUNT = {
    **ACCOUNT,
    "id": "9c7f1e52-8a53-4c8e-b1cf-1c0d9f7a2e02",
    "userPrincipalName": "syncro-svc@northwind.example",
}
APPLICATION = {"id": "5", "appId": "33333333-3333-4333-8333-333333333333", "displayName": "Syncro SSO"}
FULL_POLICY = {
    "id": "2d0f3f0e-9b64-4b0b-8f37-5b1c3f7d1a44",
    "createdDateTime": "2026-03-02T09:15:31Z",
    "modifiedDateTime": None,
    "displayName": "Everything",
    "state": "enabled",
    "conditions": {
        "users": {"includeUsers": ["All"], "excludeUsers": [ACCOUNT["id"]]},
        "applications": {"includeApplications": [APPLICATION["appId"]]},
        "locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]},
        "platforms": {"includePlatforms": ["all"]},
        "clientAppTypes": ["all"],
    },
    "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    "sessionControls": {
        "signInFrequency": {"isEnabled": True, "frequencyInterval": "timeBased", "value": 4, "type": "hours"},
        "persistentBrowser": {"isEnabled": True, "mode": "never"},
    },
}
TENANT = {
    "/identity/conditionalAccess/namedLocations": [OFFICE],
    "/identity/conditionalAccess/policies": [FULL_POLICY],
    "/users": [ACCOUNT, OTHER_ACCOUNT],
    "/servicePrincipals": [APPLICATION],
}

# Options with which every part of the result has something in it.
FINE = {
    "named_location": {
        "display_name": "Office",
        "ip_ranges": ["203.0.113.0/24"],
        "accept_risks": ["SITE-DOCUMENTATION"],
    },
    "named_location_info": {},
    "conditional_access_policy": {"display_name": "Everything", "enforcement": "report_only"},
    "conditional_access_policy_info": {},
    "lockout_guard": {
        "application": "Syncro SSO",
        "sites": [{"name": "Office", "cidrs": ["203.0.113.0/24"]}],
        "break_glass_accounts": ["breakglass@northwind.example"],
        "service_account": "syncro-svc@northwind.example",
        "accept_risks": ["SITE-DOCUMENTATION"],
    },
}
BLOCK = {
    "display_name": "Everything",
    "conditions": {"applications": {"include_applications": ["All"]}, "locations": {}},
    "grant_controls": {"built_in_controls": ["block"]},
}
# Options that the lockout guard refuses.
RISKY = {
    "named_location": {"display_name": "Office", "ip_ranges": ["10.1.0.0/16"]},
    "conditional_access_policy": BLOCK,
    "lockout_guard": {"break_glass_accounts": ["breakglass@northwind.example"]},
}
# Options with a risk that is accepted.
ACCEPTED = {
    "named_location": FINE["named_location"],
    "conditional_access_policy": {**BLOCK, "accept_risks": ["BLOCK-ALL"]},
    "lockout_guard": FINE["lockout_guard"],
}


class Tenant:
    """Reads of a tenant that is written down here, in place of the session's."""

    def __init__(self, failure: Exception | None = None):
        self._failure = failure
        cost = types.SimpleNamespace(count=1, seconds=0.0)
        self.session = types.SimpleNamespace(cost=cost, cloud=types.SimpleNamespace(private=False))

    def listings(self, paths: t.Sequence[str]) -> list[list[Json]]:
        self.session.cost.count += 1
        if self._failure:
            raise self._failure
        return [TENANT[path.split("?")[0]] for path in paths]

    def forget(self) -> None:
        """Nothing is remembered."""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., Json]:
    """Runs a module's action in check mode, with nothing behind it."""

    def ran(module: str, options: Json, failure: Exception | None = None) -> Json:
        monkeypatch.setattr(connection, "reads_for", lambda *dummy: Tenant(failure))
        task = Task()
        task.args, task.check_mode = {**CREDENTIALS, **options}, True
        nowhere = types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir="/"))
        plugin = action(module)(task, nowhere, None, DataLoader(), None, None)
        return plugin.run(None, {})

    return ran


TYPES = {"str": str, "int": int, "float": float, "bool": bool, "dict": dict, "list": list}
# What every task of Ansible returns.
COMMON = {"changed", "failed", "msg"}


def differences(documented: t.Mapping[str, Json], result: Json, path: str = "", partial: bool = False) -> list[str]:
    """What a result has that is not documented, what is documented and not there, and what is of another type."""
    wrong = [f"{path}{name} is not documented" for name in result if name not in documented]
    if not partial:
        wrong += [f"{path}{name} is not there" for name in documented if name not in result]
    for name, value in result.items():
        if name not in documented or value is None:
            continue
        about = documented[name]
        if not isinstance(value, TYPES[about["type"]]):
            wrong.append(f"{path}{name} is not of type {about['type']}")
        elements = value if isinstance(value, list) else [value]
        for element in elements:
            if isinstance(element, dict) and about.get("contains"):
                wrong += differences(about["contains"], element, f"{path}{name}.")
            elif isinstance(value, list) and not isinstance(element, TYPES[about["elements"]]):
                wrong.append(f"{path}{name} is not a list of {about['elements']}")
    return wrong


def without_common(result: Json) -> Json:
    return {name: value for name, value in result.items() if name not in COMMON}


@pytest.mark.parametrize("module", MODULES)
def test_documented_results_are_those_of_a_success(docs, run, module):
    result = run(module, FINE[module])
    assert not result.get("failed"), result
    told = docs[module]["return"]
    promised = {name for name, about in told.items() if about["returned"].startswith(("success", "always"))}
    assert promised <= set(result)
    assert (
        differences({name: told[name] for name in promised | {"warnings"} & set(result)}, without_common(result)) == []
    )


@pytest.mark.parametrize("module", MODULES)
def test_samples_are_whole_results(docs, module):
    """The examples' templates are tried on them."""
    told = {name: about for name, about in docs[module]["return"].items() if "sample" in about}
    assert differences(told, {name: about["sample"] for name, about in told.items()}) == []
    assert sorted(set(docs[module]["return"]) - set(told)) == []


@pytest.mark.parametrize("module", GUARDED)
def test_documented_results_are_those_of_the_guard(docs, run, module):
    told = docs[module]["return"]
    refused = run(module, RISKY[module])
    assert refused["failed"] and refused["lockout"], refused
    assert differences(told, without_common(refused), partial=True) == []
    accepted = run(module, ACCEPTED[module])
    assert not accepted.get("failed") and accepted["warnings"], accepted
    assert differences(told, without_common(accepted), partial=True) == []


GRAPH_ERROR = GraphError(
    status=403,
    code="AccessDenied",
    message="No.",
    inner="Not at all.",
    request="GET /x",
    request_id="1",
    client_request_id="2",
)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("options", "failure", "key"),
    [
        ({"color": "red"}, None, "problems"),
        ({}, GRAPH_ERROR, "graph_error"),
        ({}, LoginError("No.", 7000215), "aadsts"),
    ],
    ids=["bad input", "refused by Graph", "no login"],
)
def test_documented_results_are_those_of_a_failure(docs, run, module, options, failure, key):
    result = run(module, {**FINE[module], **options}, failure)
    assert result["failed"] and key in result, result
    assert ("requests" in result) == (key != "problems")
    assert differences(docs[module]["return"], without_common(result), partial=True) == []
