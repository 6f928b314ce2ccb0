# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Examples of YAML in guides and READMEs, held against what they are for: no variable, option or module that there is not."""

from __future__ import annotations

import functools
import pathlib
import re
import tempfile
import typing as t

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from guide_pages import CHECKOUT

from ansible_collections.msp.entra.plugins.plugin_utils import connection
from graph_emulator.seed import read_seed
from graph_emulator.yaml_file import InvalidFile

Json = dict[str, t.Any]

# Of a play and a task, what is neither a module nor an option.
PLAY = {
    *(
        "name",
        "hosts",
        "gather_facts",
        "connection",
        "vars",
        "vars_files",
        "module_defaults",
        "roles",
        "tasks",
        "tags",
        "handlers",
    ),
    *("serial", "strategy", "any_errors_fatal", "pre_tasks", "post_tasks", "environment"),
}
TASK = {
    *(
        "name",
        "register",
        "when",
        "loop",
        "loop_control",
        "vars",
        "tags",
        "check_mode",
        "changed_when",
        "failed_when",
        "delegate_to",
    ),
    *(
        "run_once",
        "ignore_errors",
        "module_defaults",
        "no_log",
        "become",
        "until",
        "retries",
        "delay",
        "diff",
        "environment",
    ),
}
# Of a collection in a requirements.yml.
REQUIREMENT = {"name", "source", "type", "version", "signatures"}
BLOCKS = ("block", "rescue", "always")
HOST = re.compile(r"^ansible_")
CONNECTION = re.compile(r"^entra_")


def mistakes(text: str) -> list[str]:
    """What is wrong with an example, in words; it may be a file or a part of one."""
    try:
        written = list(yaml.safe_load_all(text))
    except yaml.YAMLError as error:
        return [f"not YAML: {' '.join(str(error).split())}"]
    return [mistake for one in written for mistake in _of(one, text)]


def _of(written: t.Any, text: str) -> list[str]:
    if isinstance(written, list) and all(isinstance(one, dict) for one in written):
        return [mistake for one in written for mistake in (_of_play(one) if "hosts" in one else _of_task(one))]
    if not isinstance(written, dict):
        return ["neither variables, nor plays or tasks, nor any other file that is known"]
    if "plugin" in written:
        return _of_inventory_plugin(written)
    if "tenants" in written and isinstance(written["tenants"], list):
        return _of_seed(text)
    if "collections" in written:
        return [
            f"no key of a collection: {key}" for one in written["collections"] for key in one if key not in REQUIREMENT
        ]
    if "faults" in written or "entries" in written:
        return []
    if any(isinstance(group, dict) and {"hosts", "vars", "children"} & set(group) for group in written.values()):
        return [mistake for group in written.values() for mistake in _of_group(group)]
    return _of_variables(written)


# --- variables ---


def _of_group(group: Json) -> list[str]:
    found = _of_variables(group.get("vars") or {})
    for host in (group.get("hosts") or {}).values():
        found += _of_variables(host or {})
    for child in (group.get("children") or {}).values():
        found += _of_group(child or {})
    return found


def _of_variables(variables: Json) -> list[str]:
    found = [f"no variable of this collection: {name}" for name in variables if not known(name)]
    for role, specs in _roles().items():
        given = {ours: variables[name] for ours, name in specs["names"].items() if name in variables}
        found += _of_options(f"role {role}", given, specs["options"], partly=True)
    return list(dict.fromkeys(found))


def known(name: str) -> bool:
    """Whether a variable is one of a connection, a playbook or a role."""
    if HOST.match(name):
        return True
    if CONNECTION.match(name) and CONNECTION.sub("", name) in connection.OPTIONS:
        return True
    return re.search(rf"\b{re.escape(name)}\b", _of_the_product()) is not None


@functools.cache
def _of_the_product() -> str:
    """All that playbooks and roles say, in which a variable of theirs is named."""
    files = [path for folder in ("playbooks", "roles") for path in sorted((CHECKOUT / folder).rglob("*.yml"))]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


@functools.cache
def _roles() -> dict[str, Json]:
    """By role, the options, and by which variables they are given: their own names, and those of the tenant."""
    found = {}
    for path in sorted((CHECKOUT / "roles").glob("*/meta/argument_specs.yml")):
        options = _yaml(path)["argument_specs"]["main"].get("options") or {}
        names = {name: name for name in options}
        defaults = _yaml(path.parents[1] / "defaults" / "main.yml") or {}
        for name, value in defaults.items():
            tenants_own = re.search(r"varnames', '\^(\w+)\$'", str(value))
            if tenants_own:
                names[name] = tenants_own[1]
        found[path.parents[1].name] = {"options": options, "names": names}
    return found


# --- plays and tasks ---


def _of_play(play: Json) -> list[str]:
    found = [f"no keyword of a play: {name}" for name in play if name not in PLAY]
    if "ansible.builtin.import_playbook" in play:
        return []
    for role in play.get("roles") or []:
        role = role if isinstance(role, dict) else {"role": role}
        name = role["role"].removeprefix("msp.entra.")
        if name not in _roles():
            found.append(f"no role of this collection: {role['role']}")
        else:
            given = {**role, **(role.get("vars") or {})}
            given = {key: value for key, value in given.items() if key not in (*TASK, "role")}
            found += _of_options(f"role {name}", given, _roles()[name]["options"], partly=False)
    for group, options in (play.get("module_defaults") or {}).items():
        if group.startswith("group/msp.entra.") and isinstance(options, dict):
            known = {*connection.OPTIONS, "backup_path", "journal_path", "from_variables"}
            found += [f"no option of {group}: {name}" for name in options if name not in known]
    tasks = [task for key in ("pre_tasks", "tasks", "post_tasks", "handlers") for task in play.get(key) or []]
    return found + [mistake for task in tasks for mistake in _of_task(task)]


def _of_task(task: Json) -> list[str]:
    inner = [one for key in BLOCKS for one in task.get(key) or []]
    if inner:
        return [mistake for one in inner for mistake in _of_task(one)]
    modules = [name for name in task if name not in TASK]
    if len(modules) != 1:
        return [f"a task is one module, not {modules}"]
    (module,) = modules
    if not module.startswith("msp.entra."):
        return (
            []
            if module.startswith("ansible.builtin.")
            else [f"not a module of Ansible or of this collection: {module}"]
        )
    documented = CHECKOUT / "plugins" / "modules" / f"{module.removeprefix('msp.entra.')}.yml"
    if not documented.exists():
        return [f"no module of this collection: {module}"]
    return _of_options(module, task[module] or {}, _module_options(documented.stem), partly=False)


@functools.cache
def _module_options(module: str) -> Json:
    """As ansible-doc has them, with those of the fragments."""
    doc = _yaml(CHECKOUT / "plugins" / "modules" / f"{module}.yml")["DOCUMENTATION"]
    options: Json = {}
    for fragment in doc.get("extends_documentation_fragment") or []:
        name, dummy, part = fragment.removeprefix("msp.entra.").partition(".")
        text = (CHECKOUT / "plugins" / "doc_fragments" / f"{name}.py").read_text(encoding="utf-8")
        said = re.search(rf'^    {(part or "documentation").upper()} = r"""\n(.*?)^"""', text, re.DOTALL | re.MULTILINE)
        options |= (yaml.safe_load(said[1]) if said else {}).get("options") or {}
    return options | (doc.get("options") or {})


def _of_inventory_plugin(written: Json) -> list[str]:
    name = written["plugin"].removeprefix("msp.entra.")
    path = CHECKOUT / "plugins" / "inventory" / f"{name}.py"
    if not path.exists():
        return [f"no inventory plugin of this collection: {written['plugin']}"]
    text = path.read_text(encoding="utf-8")
    fragments = "".join(p.read_text(encoding="utf-8") for p in (CHECKOUT / "plugins" / "doc_fragments").glob("*.py"))
    of_ansible = {
        "cache",
        "cache_plugin",
        "cache_timeout",
        "cache_connection",
        "compose",
        "groups",
        "keyed_groups",
        "strict",
    }
    return [
        f"no option of {written['plugin']}: {option}"
        for option in written
        if option not in of_ansible and not re.search(rf"^ +{re.escape(option)}:$", text + fragments, re.MULTILINE)
    ]


# --- options ---


def _of_options(of: str, given: Json, options: Json, partly: bool) -> list[str]:
    """Names at every depth, types, choices and what is required; a template can be anything."""
    found = [f"no option of {of}: {name}" for name in given if name not in options]
    spec = {name: _spec(options[name]) for name in options}
    templated = {name for name, value in given.items() if "{{" in str(value)}
    judged = {name: value for name, value in given.items() if name in options and name not in templated}
    for name in spec:
        if partly or name in templated:
            spec[name]["required"] = False
    told = ArgumentSpecValidator(spec).validate(judged).error_messages
    return found + [f"{of}: {message}" for message in told]


def _spec(option: Json) -> Json:
    kept = {key: option[key] for key in ("type", "elements", "choices", "required", "aliases") if key in option}
    inner = option.get("options") or option.get("suboptions")
    if inner:
        kept["options"] = {name: _spec(one) for name, one in inner.items()}
    return kept


def _of_seed(text: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "tenants.yml")
        file.write_text(text, encoding="utf-8")
        try:
            read_seed(file)
        except InvalidFile as refused:
            # A certificate that a page names is made by the page.
            return [line for line in str(refused).splitlines()[1:] if "certificate" not in line]
    return []


def _yaml(path: pathlib.Path) -> t.Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
