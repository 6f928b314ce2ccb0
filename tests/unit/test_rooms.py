# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arrows between the rooms of plugin_utils are those that CONTRIBUTING.md tells, and lead one way."""

from __future__ import annotations

import ast
import collections
import graphlib
import re
import typing as t

import pytest
from documented import CHECKOUT

PLUGIN_UTILS = CHECKOUT / "plugins" / "plugin_utils"
# A folder is a room; each file beside them is one too.
FOLDERS = {path.name for path in PLUGIN_UTILS.iterdir() if path.is_dir() and any(path.glob("*.py"))}
ANY = "any"
# Which files of a folder another room knows. A file beside the folders knows graph without being named here, and a folder but
# graph, which knows nothing, knows the files beside the folders.
ARROWS: dict[tuple[str, str], set[str]] = {
    ("conditional_access", "graph"): {ANY},
    ("delegated_admin", "conditional_access"): {"moments"},
    ("delegated_admin", "graph"): {ANY},
    ("fleet", "conditional_access"): {"moments", "verdicts"},
    ("fleet", "graph"): {"errors"},
    ("graph_action", "conditional_access"): {"earlier", "forms"},
    ("sign_in_sessions", "conditional_access"): {"permissions"},
}


def imported(folder: tuple[str, ...], source: str) -> t.Iterator[tuple[str, ...]]:
    """What a file in that folder of plugin_utils takes from plugin_utils, each as its path there."""
    ours = ("ansible_collections", "msp", "entra", "plugins", "plugin_utils")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            module = tuple(filter(None, (node.module or "").split(".")))
            if node.level:
                start = folder[: len(folder) + 1 - node.level] + module
            elif module[: len(ours)] == ours:
                start = module[len(ours) :]
            else:
                continue
            yield from ((*start, name.name) for name in node.names)


def arrows() -> dict[tuple[str, str], set[str]]:
    """From which room to which, with the files that are taken of it."""
    found: dict[tuple[str, str], set[str]] = collections.defaultdict(set)
    for path in PLUGIN_UTILS.rglob("*.py"):
        folder = path.relative_to(PLUGIN_UTILS).parts[:-1]
        here = folder[0] if folder else path.stem
        for target, *rest in imported(folder, path.read_text(encoding="utf-8")):
            if target != here:
                found[here, target] |= {*rest[:1]}
    return found


def between_folders() -> dict[tuple[str, str], set[str]]:
    """The same without what the files beside the folders know of graph, and without what is known of those files."""
    return {
        (here, there): files
        for (here, there), files in arrows().items()
        if there in FOLDERS and (here in FOLDERS or there != "graph")
    }


def test_the_folders_know_of_each_other_what_is_written_down():
    found = between_folders()
    assert found.keys() == ARROWS.keys()
    assert {pair: files for pair, files in ARROWS.items() if files != {ANY} and files != found[pair]} == {}


def test_graph_knows_no_other_room():
    assert [pair for pair in arrows() if pair[0] == "graph"] == []


def test_the_arrows_lead_one_way():
    below = collections.defaultdict(set)
    for here, there in arrows():
        below[here].add(there)
    # Raises CycleError, which names the rooms.
    assert len([*graphlib.TopologicalSorter(below).static_order()]) > len(FOLDERS)


def test_contributing_tells_the_same():
    text = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w.]+)` \| `(\w+)` \| (.+) \|$", text.split("## The layers", 1)[1], re.MULTILINE)
    told = {
        (here.removesuffix(".py"), there): {*re.findall(r"`(\w+)\.py`", files)} or {ANY} for here, there, files in rows
    }
    assert told == ARROWS


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        ("from ..graph.errors import EntraError", [("graph", "errors", "EntraError")]),
        ("from .. import shape", [("shape",)]),
        ("from . import moments", [("fleet", "moments")]),
        ("from ansible_collections.msp.entra.plugins.plugin_utils.graph import reads", [("graph", "reads")]),
        ("from ansible.errors import AnsibleError\nimport json", []),
    ],
)
def test_each_way_to_import_is_seen(line, taken):
    assert [*imported(("fleet",), line)] == taken
