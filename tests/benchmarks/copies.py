# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as it would be in other forms: with action plugins that do nothing, and with ordinary modules in their place.

Playbooks, roles and everything else are the collection's own, by links.
"""

from __future__ import annotations

import json
import pathlib
import re
import typing as t

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]

_FLOOR = """
import json
import os

from ansible.plugins.action import ActionBase

with open(os.environ["BENCH_RESULTS"], encoding="utf-8") as _file:
    _RESULTS = json.load(_file)


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        return {**super().run(tmp, task_vars), **_RESULTS.get(self._task.name, {"changed": False})}
"""

# How the playbooks have the connection, and how they would have to.
_FROM_VARIABLES = """
  from_variables: entra_
"""
_TEMPLATED = """ >-
  {%- set names = q('ansible.builtin.varnames', '^entra_(tenant_id|client_id|client_secret|login_url|graph_url|ca_path)$') -%}
  {{ dict(names | map('regex_replace', '^entra_', '') | zip(q('ansible.builtin.vars', *names))) }}
"""

_ORDINARY = """#!/usr/bin/python
import ansible_collections.msp.entra.plugins
from ansible.module_utils.basic import AnsibleModule

# An ordinary module takes only module_utils along; the rest is the checkout's, as it would be if it were there.
ansible_collections.msp.entra.plugins.__path__.append(%(plugins)r)


def main():
    from ansible_collections.msp.entra.plugins.plugin_utils import connection
    from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.forms import FORMS
    from ansible_collections.msp.entra.plugins.plugin_utils.options import ArgumentSpec
%(imports)s
    own = %(room)s.SPEC
    spec = %(spec)s
    module = AnsibleModule(argument_spec=dict(spec.options), supports_check_mode=True)
    given = {name: value for name, value in module.params.items() if value is not None}
    everything, check_mode = spec.validate(given), module.check_mode
    options = {name: everything[name] for name in own.options}
    reads = connection.reads_for(everything, "bench", options, FORMS) if %(graph)s else None
    result = %(call)s
    module.exit_json(**result)


if __name__ == "__main__":
    main()
"""


def floor(folder: pathlib.Path, results: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Each action returns what its task returned once; the environment in which this collection is found."""
    plugins = _linked(folder)
    for action in sorted((CHECKOUT / "plugins" / "action").glob("*.py")):
        (plugins / "action" / action.name).write_text(_FLOOR, encoding="utf-8")
    (folder / "results.json").write_text(json.dumps(results), encoding="utf-8")
    return {"ANSIBLE_COLLECTIONS_PATH": str(folder), "BENCH_RESULTS": str(folder / "results.json")}


def ordinary(folder: pathlib.Path) -> dict[str, str]:
    """Each module does the same work in a process of its own; the environment in which this collection is found. What looks at
    the run or at the host's variables, which no module is told, stays as it is."""
    plugins = _linked(folder)
    (plugins / "modules").unlink()
    (plugins / "modules").mkdir()
    connection = _own(plugins.parent / "playbooks", "vars", "connection.yml")
    said = connection.read_text(encoding="utf-8").replace(_FROM_VARIABLES, _TEMPLATED)
    connection.unlink()
    connection.write_text(said, encoding="utf-8")
    for action in sorted((CHECKOUT / "plugins" / "action").glob("*.py")):
        source = action.read_text(encoding="utf-8")
        if "self.variables" in source:
            (plugins / "action" / action.name).symlink_to(action)
            (plugins / "modules" / action.name).symlink_to(CHECKOUT / "plugins" / "modules" / action.name)
        else:
            (plugins / "modules" / action.name).write_text(_as_module(source), encoding="utf-8")
    return {"ANSIBLE_COLLECTIONS_PATH": str(folder)}


def _own(folder: pathlib.Path, *names: str) -> pathlib.Path:
    """The file of these names below a folder that is a link, with links to everything beside it in folders of their own."""
    for name in names:
        source = folder.resolve()
        folder.unlink()
        folder.mkdir()
        for one in source.iterdir():
            (folder / one.name).symlink_to(one)
        folder /= name
    return folder


def _linked(folder: pathlib.Path) -> pathlib.Path:
    """Links to all of the collection but its actions; the folder of the plugins."""
    root = folder / "ansible_collections" / "msp" / "entra"
    (root / "plugins" / "action").mkdir(parents=True)
    for source in ("playbooks", "roles", "meta", "galaxy.yml"):
        (root / source).symlink_to(CHECKOUT / source)
    for source in (CHECKOUT / "plugins").iterdir():
        if source.name not in ("action", "__pycache__"):
            (root / "plugins" / source.name).symlink_to(source)
    return root / "plugins"


def _as_module(source: str) -> str:
    """An ordinary module that makes the one call which an action makes."""
    imports = [
        line
        for line in source.splitlines()
        if line.startswith(("from ansible_collections", "import ")) and "_action import" not in line
    ]
    call = re.search(r"^ {8}return (.+)$", source, re.MULTILINE)[1]
    room = call.partition(".")[0]
    graph = "GraphAction" in source
    return _ORDINARY % {
        "plugins": str(CHECKOUT / "plugins"),
        "imports": "\n".join(f"    {line}" for line in imports),
        "room": room,
        "graph": graph,
        "spec": "connection.SPEC.merge(own)" if graph else "own",
        "call": call,
    }
