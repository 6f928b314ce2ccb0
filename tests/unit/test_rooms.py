# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arrows between the rooms of plugin_utils are those that CONTRIBUTING.md tells and shows, and lead one way."""

from __future__ import annotations

import ast
import collections
import functools
import graphlib
import re
import typing as t

import pytest
from documented import CHECKOUT

PLUGINS = CHECKOUT / "plugins"
PLUGIN_UTILS = PLUGINS / "plugin_utils"
# A folder is a room; each file beside them is one too.
FOLDERS = {path.name for path in PLUGIN_UTILS.iterdir() if path.is_dir() and any(path.glob("*.py"))}
ROOMS = FOLDERS | {path.stem for path in PLUGIN_UTILS.glob("*.py")}
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
    """What a file in that folder of the plugins takes from the collection, each as its path in the plugins."""
    ours = ("ansible_collections", "msp", "entra", "plugins")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            taken = [tuple(name.name.split(".")) for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            around = (*ours, *folder)
            start = around[: len(around) + 1 - node.level] if node.level else ()
            taken = [(*start, *filter(None, (node.module or "").split(".")), name.name) for name in node.names]
        else:
            continue
        yield from (path[len(ours) :] for path in taken if path[:3] == ours[:3])


def room(path: tuple[str, ...]) -> str:
    """Which room a path in the plugins leads to. One that is above the rooms is no room."""
    return path[1] if path[:1] == ("plugin_utils",) and len(path) > 1 else "/".join(path[:1])


@functools.cache
def arrows(folder: str = "plugin_utils") -> dict[tuple[str, str], set[str]]:
    """From which room to which, with the files that are taken of it."""
    found: dict[tuple[str, str], set[str]] = collections.defaultdict(set)
    for path in (PLUGINS / folder).rglob("*.py"):
        file = path.relative_to(PLUGINS).with_suffix("").parts
        for target in imported(file[:-1], path.read_text(encoding="utf-8")):
            if room(target) != room(file):
                found[room(file), room(target)] |= {*target[2:3]}
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


def test_what_is_taken_is_a_room():
    """And so nothing that lies above the rooms, nor all of them together."""
    assert {there for dummy, there in arrows()} - ROOMS == set()


def test_graph_knows_no_other_room():
    assert [pair for pair in arrows() if pair[0] == "graph"] == []


def test_the_arrows_lead_one_way():
    below = collections.defaultdict(set)
    for here, there in arrows():
        below[here].add(there)
    # Raises CycleError, which names the rooms.
    assert len([*graphlib.TopologicalSorter(below).static_order()]) > len(FOLDERS)


def layers():
    """What CONTRIBUTING has of the rooms."""
    return (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## The layers", 1)[1].split("\n## ", 1)[0]


def test_contributing_tells_the_same():
    rows = re.findall(r"^\| `([\w.]+)` \| `(\w+)` \| (.+) \|$", layers(), re.MULTILINE)
    told = {
        (here.removesuffix(".py"), there): {*re.findall(r"`(\w+)\.py`", files)} or {ANY} for here, there, files in rows
    }
    assert told == ARROWS


# --- the pictures ---


class Picture(t.NamedTuple):
    """Its boxes with the rooms that are in each, and its arrows with what is written on them."""

    boxes: dict[str, set[str]]
    drawn: dict[tuple[str, str], str]

    def box(self, name: str) -> str | None:
        return next((box for box, rooms in self.boxes.items() if name in rooms), None)

    def lead_to(self, box: str) -> set[str]:
        """Every box to which arrows lead from this one, over others too."""
        below = {there for here, there in self.drawn if here == box}
        return below.union(*map(self.lead_to, below))


@functools.cache
def of_contributing() -> Picture:
    """The one that GitHub draws."""
    (text,) = re.findall(r"^```mermaid\nflowchart TD\n(.+?)^```$", layers(), re.MULTILINE | re.DOTALL)
    boxes, drawn = {}, {}
    for line in text.splitlines():
        if box := re.fullmatch(r' +(\w)\["(.+)"\]', line):
            # The last line says what they are for.
            paths = re.split(r",(?: |<br>)", box[2].rpartition("<br>")[0])
            boxes[box[1]] = {path.rpartition("/")[2].removesuffix(".py") for path in paths}
        elif arrow := re.fullmatch(r" +(\w) --(?: (.+) --)?> (\w)", line):
            drawn[arrow[1], arrow[3]] = arrow[2] or ""
        else:
            assert line == "    S -.describes.-> A", "the one line that is no import"
    return Picture(boxes, drawn)


@functools.cache
def of_the_guide() -> Picture:
    """The one that is drawn by hand, of the larger rooms only. An arrow is from the box where it begins to the one at its tip."""
    text = (CHECKOUT / "docs" / "docsite" / "rst" / "images" / "layers.svg").read_text(encoding="utf-8")
    areas = [
        [*map(int, numbers)]
        for numbers in re.findall(r'<rect class="box[^"]*" x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"', text)
    ]
    heads = re.findall(r'<text class="head" x="\d+" y="\d+">([^<]+)', text)
    assert len(heads) == len(areas), "each box is followed by its name"

    def area(x: int, y: int) -> str:
        # A tip ends a little before its box.
        at = [
            head
            for head, (left, top, width, height) in zip(heads, areas, strict=True)
            if -5 <= x - left <= width + 5 and -5 <= y - top <= height + 5
        ]
        assert len(at) == 1, f"{x},{y} is at the boxes {at}"
        return at[0]

    known_by_name = {*ROOMS, *(path.name for path in PLUGINS.iterdir())}
    boxes = {head: {*re.findall(r"\w+", head.split(":")[0])} & known_by_name for head in heads}
    lines = [(joins, ends(line)) for joins, line in re.findall(r'<path (class="joins" )?d="([^"]+)"', text)]
    joined = {last: first for joins, (first, last) in lines if joins}
    found = [(area(*joined.get(first, first)), area(*last)) for joins, (first, last) in lines if not joins]
    # The uppermost box is of what lies above the plugins.
    return Picture(boxes, {pair: "" for pair in found if boxes[pair[0]]})


def ends(line: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where a path of an SVG, with absolute commands, begins and ends."""
    steps = [(step[0], [*map(int, step[1:].split())]) for step in re.findall(r"[A-Z][\d ]+", line)]
    (move, (x, y)), *rest = steps
    assert move == "M"
    first = (x, y)
    for command, values in rest:
        x = x if command == "V" else values[0] if command == "H" else values[-2]
        y = y if command == "H" else values[-1]
    return first, (x, y)


PICTURES = pytest.mark.parametrize("picture", [of_contributing, of_the_guide], ids=["contributing", "guide"])


def known():
    """Every arrow of the plugins, between rooms and from what lies above them."""
    above = {path.name for path in PLUGINS.iterdir() if path.is_dir()}
    return {pair for folder in above for pair in arrows(folder)}


def test_the_picture_of_contributing_has_every_room_and_whatever_knows_one():
    picture = of_contributing()
    (shared,) = re.findall(r"^An arrow that follows .+?\. So are (.+?)\n\n", layers(), re.MULTILINE | re.DOTALL)
    shared = set(re.findall(r"`(\w+)\.py`", shared))
    boxed = [name for rooms in picture.boxes.values() for name in rooms]
    assert {*boxed, *shared} ^ {*ROOMS, *(here for here, dummy in known()), "modules"} == set()
    assert len({*boxed, *shared}) == len(boxed) + len(shared)
    assert {there for here, there in known() if here in shared} - shared <= {"graph"}


@PICTURES
def test_every_arrow_of_a_picture_is_an_import(picture):
    picture = picture()
    real = {(picture.box(here), picture.box(there)) for here, there in known()}
    assert picture.drawn.keys() - real == set()


@PICTURES
def test_every_import_is_in_a_picture_or_follows_from_it(picture):
    picture = picture()
    # Two rooms may share a box, and so lead in a circle. Raises CycleError, which names the boxes.
    graphlib.TopologicalSorter(
        {box: {there for here, there in picture.drawn if here == box} for box in picture.boxes}
    ).prepare()
    pairs = [(here, there) for here, there in known() if picture.box(here) and picture.box(there)]
    missing = {
        (here, there)
        for here, there in pairs
        if (box := picture.box(there)) != picture.box(here) and box not in picture.lead_to(picture.box(here))
    }
    assert missing == set()


def test_what_is_written_on_an_arrow_are_the_files():
    picture = of_contributing()
    told = {
        (picture.box(here), picture.box(there)): ", ".join(sorted(files - {ANY}))
        for (here, there), files in ARROWS.items()
    }
    assert {pair: files for pair, files in told.items() if picture.drawn.get(pair) != files} == {}
    assert {pair for pair, files in picture.drawn.items() if files} <= told.keys()


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        ("from ..graph.errors import EntraError", [("plugin_utils", "graph", "errors", "EntraError")]),
        ("from .. import shape", [("plugin_utils", "shape")]),
        ("from . import moments", [("plugin_utils", "fleet", "moments")]),
        ("from ...action import fleet_report", [("action", "fleet_report")]),
        (
            "from ansible_collections.msp.entra.plugins.plugin_utils.graph import reads",
            [("plugin_utils", "graph", "reads")],
        ),
        (
            "import ansible_collections.msp.entra.plugins.plugin_utils.graph.reads as r",
            [("plugin_utils", "graph", "reads")],
        ),
        ("import json, ansible_collections.msp.entra.plugins.plugin_utils", [("plugin_utils",)]),
        ("from ansible_collections.msp.entra.plugins import plugin_utils", [("plugin_utils",)]),
        ("from ansible.errors import AnsibleError\nimport json", []),
    ],
)
def test_each_way_to_import_is_seen(line, taken):
    assert [*imported(("plugin_utils", "fleet"), line)] == taken


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (("plugin_utils", "graph", "reads"), "graph"),
        (("plugin_utils", "shape"), "shape"),
        (("action", "fleet_report"), "action"),
        (("plugin_utils",), "plugin_utils"),
        ((), ""),
    ],
)
def test_what_is_above_the_rooms_is_none(path, name):
    assert room(path) == name and (name in ROOMS) == (path[:1] == ("plugin_utils",) and len(path) > 1)
