# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of options against the types that Microsoft publishes: every property, every member of an enumeration, both ways.

The facts are ``tests/graph_emulator/v1_types.json``, which names its source. Where a table differs, the reason is here.
"""

from __future__ import annotations

import copy
import dataclasses
import typing as t

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import named_location
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_schema import POLICY
from ansible_collections.msp.entra.plugins.plugin_utils.shape import Field, Shape
from graph_emulator.graph_types import TYPES, element_type

pytestmark = pytest.mark.one_ansible

Types = dict[str, t.Any]

TABLES = {"conditionalAccessPolicy": POLICY, "namedLocation": named_location.SHAPE}

# Properties that no option sets: the passive ones of their table.
NO_OPTION = {
    "conditionalAccessPolicy.id": "it tells which policy is meant, by the option of the same name",
    "conditionalAccessPolicy.createdDateTime": "kept by Graph, returned as metadata",
    "conditionalAccessPolicy.modifiedDateTime": "kept by Graph, returned as metadata",
    "conditionalAccessPolicy.deletedDateTime": "kept by Graph, returned as metadata",
    "conditionalAccessPolicy.templateId": "kept by Graph, returned as metadata",
    "namedLocation.id": "it tells which location is meant, by the option of the same name",
    "namedLocation.createdDateTime": "kept by Graph, returned as metadata",
    "namedLocation.modifiedDateTime": "kept by Graph, returned as metadata",
    "namedLocation.deletedDateTime": "kept by Graph, returned as metadata",
}
# Objects that one text stands for.
ONE_TEXT = {
    "conditionalAccessPolicy.grantControls.authenticationStrength": "a relationship, which is told by the strength's id",
    "namedLocation.ipRanges": "a range is told in CIDR form, which says the type as well",
}
# Texts to Graph, of which Graph's pages allow only some.
CLOSED = {
    "conditionalAccessPolicy.grantControls.operator": "the page of conditionalAccessGrantControls allows AND and OR",
    "conditionalAccessPolicy.conditions.applications.includeUserActions": "the page of conditionalAccessApplications "
    "allows the registration of a device and of security information",
}
# Members of an enumeration that an option does not offer. unknownFutureValue, which stands for a member that a client does not
# know, is in none.
NOT_OFFERED = {
    "conditionalAccessPolicy.conditions.users.includeGuestsOrExternalUsers.guestOrExternalUserTypes: none": "an empty list",
    "conditionalAccessPolicy.conditions.users.excludeGuestsOrExternalUsers.guestOrExternalUserTypes: none": "an empty list",
    "conditionalAccessPolicy.conditions.authenticationFlows.transferMethods: none": "an empty list",
    "conditionalAccessPolicy.conditions.platforms.excludePlatforms: all": "a policy for no platform is for nobody",
    "conditionalAccessPolicy.conditions.servicePrincipalRiskLevels: hidden": "the page of conditionalAccessConditionSet has "
    "it for sign-ins and users only",
}
# Types that are derived from those of the tables and are something else.
OTHERS = {"whatIfAnalysisResult": "an answer of What If, which is a policy and the reasons"}
PRIMITIVES = {"Edm.String": "str", "Edm.Boolean": "bool", "Edm.Int32": "int"}
FUTURE = "unknownFutureValue"


@dataclasses.dataclass(frozen=True)
class Form:
    """What is said of a property, by Graph's types or by a row."""

    many: bool
    joined: bool
    type: str
    words: frozenset[str] = frozenset()


def bases(types: Types, name: str) -> t.Iterator[str]:
    while name in types:
        yield name
        name = types[name].get("base", "")


def properties(types: Types, name: str) -> dict[str, Types]:
    """The properties of a type: its own, those of its bases, and those of the types that are derived from it."""
    family = [*bases(types, name), *(other for other in types if other not in OTHERS and name in bases(types, other))]
    own = [types[member] for member in family]
    return {key: about for one in own for key, about in {**one["properties"], **one["navigation"]}.items()}


def of_graph(types: Types, type_name: str) -> Form:
    inner = element_type(type_name) or type_name
    about = types.get(inner, {})
    collection = inner != type_name
    joined = bool(about.get("flags")) and not collection
    words = frozenset(about.get("members", {})) - {FUTURE}
    kind = "str" if words else PRIMITIVES.get(inner, "dict")
    return Form(collection or joined, joined, kind, words)


def of_table(row: Field, path: str) -> Form:
    words = frozenset(row.codec.write(choice) for choice in row.choices)
    if row.many:
        assert row.spec()["type"] == ("raw" if row.reference else "list")
    kind = "dict" if row.shape or path in ONE_TEXT else row.type
    return Form(row.many, row.joined, kind, frozenset() if path in CLOSED else words)


def differences(shape: Shape, types: Types, type_name: str, path: str) -> t.Iterator[str]:
    """Where a table is not what the types say: a path, and what is wrong with it. Exceptions are marked with a star."""
    found, rows = properties(types, type_name), {row.graph: row for row in shape.fields}
    yield from (f"{path}.{name}: is not in Graph" for name in (*rows, *shape.passive) if name not in found)
    for name, about in found.items():
        here = f"{path}.{name}"
        if name not in rows:
            yield f"*{here}" if here in NO_OPTION and name in shape.passive else f"{here}: is in no row"
            continue
        graph, table = of_graph(types, about["type"]), of_table(rows[name], here)
        for word in graph.words - table.words:
            yield f"*{here}: {word}" if f"{here}: {word}" in NOT_OFFERED else f"{here}: {word} is in no row"
        yield from (f"{here}: {word} is not in Graph" for word in table.words - graph.words)
        if dataclasses.replace(graph, words=frozenset()) != dataclasses.replace(table, words=frozenset()):
            yield f"{here}: is {graph} in Graph, and {table} in its row"
        if here in ONE_TEXT or here in CLOSED:
            yield f"*{here}"
        elif rows[name].shape:
            yield from differences(rows[name].shape, types, element_type(about["type"]) or about["type"], here)


def wrong(shape: Shape, types: Types, root: str) -> list[str]:
    return [text for text in differences(shape, types, root, root) if not text.startswith("*")]


ROOTS = pytest.mark.parametrize("root", TABLES)


@ROOTS
def test_the_table_is_what_the_types_say(root):
    assert wrong(TABLES[root], TYPES, root) == []


def test_every_exception_is_one():
    used = {text.removeprefix("*") for root, shape in TABLES.items() for text in differences(shape, TYPES, root, root)}
    listed = {**NO_OPTION, **ONE_TEXT, **CLOSED, **NOT_OFFERED}
    assert used == set(listed) and all(listed.values())


# --- the comparison itself would see a difference ---


def visited(shape: Shape, root: str) -> dict[str, set[str]]:
    """The types and enumerations behind a table, with the types' own properties."""
    found: dict[str, set[str]] = {}

    def visit(shape: Shape | None, type_name: str) -> None:
        inner = element_type(type_name) or type_name
        if "members" in TYPES.get(inner, {}):
            found[inner] = set(TYPES[inner]["members"]) - {FUTURE}
        elif shape:
            family = [
                *bases(TYPES, inner),
                *(other for other in TYPES if other not in OTHERS and inner in bases(TYPES, other)),
            ]
            found.update({member: set(TYPES[member]["properties"]) for member in family})
            rows = {row.graph: row for row in shape.fields}
            for name, about in properties(TYPES, inner).items():
                if name in rows:
                    visit(rows[name].shape, about["type"])

    visit(shape, root)
    return found


@ROOTS
def test_all_of_the_types_is_compared(root):
    """Anything more, less or else in the types is a difference."""
    for name, members in visited(TABLES[root], root).items():
        part = "members" if "members" in TYPES[name] else "properties"
        grown = copy.deepcopy(TYPES)
        grown[name][part]["newThing"] = 99 if part == "members" else {"type": "Edm.String", "nullable": True}
        assert [text for text in wrong(TABLES[root], grown, root) if "newThing" in text], name
        for member in members:
            shrunk = copy.deepcopy(TYPES)
            del shrunk[name][part][member]
            excepted = [key for key in NOT_OFFERED if key.endswith(f": {member}")]
            assert wrong(TABLES[root], shrunk, root) or excepted, f"{name}.{member}"
            if part == "properties" and f"{root}.{member}" not in NO_OPTION:
                turned = copy.deepcopy(TYPES)
                kind = turned[name][part][member]["type"]
                turned[name][part][member]["type"] = element_type(kind) or f"Collection({kind})"
                assert wrong(TABLES[root], turned, root), f"{name}.{member}"


def without(shape: Shape) -> t.Iterator[tuple[str, Shape]]:
    """The table with one row less, or with one word less in a row; at every depth."""
    for number, row in enumerate(shape.fields):
        before, after = shape.fields[:number], shape.fields[number + 1 :]
        yield row.graph, dataclasses.replace(shape, fields=(*before, *after))
        smaller = [(f"{row.graph}: {word}", dataclasses.replace(row, choices=_less(row, word))) for word in row.choices]
        if row.shape:
            smaller += [
                (f"{row.graph}.{name}", dataclasses.replace(row, shape=inner)) for name, inner in without(row.shape)
            ]
        yield from ((name, dataclasses.replace(shape, fields=(*before, one, *after))) for name, one in smaller)


def _less(row: Field, word: str) -> tuple[str, ...]:
    return tuple(choice for choice in row.choices if choice != word)


@ROOTS
def test_all_of_the_table_is_compared(root):
    # What is a text to Graph has no enumeration to be compared with.
    closed = {f"{path.removeprefix(root + '.')}:" for path in CLOSED}
    smaller = [
        (name, shape) for name, shape in without(TABLES[root]) if not any(name.startswith(text) for text in closed)
    ]
    assert len(smaller) > len(TABLES[root].fields)
    assert [name for name, shape in smaller if not wrong(shape, TYPES, root)] == []
