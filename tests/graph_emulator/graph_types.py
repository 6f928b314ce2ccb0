# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The v1.0 types as Microsoft publishes them (``v1_types.json``), and what is done with them.

``problems_of`` checks a value somebody sent (``mistakes_of`` tells more of each); ``completed`` turns a checked value into
what Graph stores and returns: every property there, ``[]`` for an absent collection, null for any other absent one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

_COLLECTION = re.compile(r"Collection\((.+)\)")
_INDEX = re.compile(r"\[\d+\]")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_PRIMITIVES: dict[str, tuple[str, Any]] = {
    "Edm.String": ("a string", lambda value: isinstance(value, str)),
    "Edm.Boolean": ("true or false", lambda value: isinstance(value, bool)),
    "Edm.Int32": ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "Edm.DateTimeOffset": ("a date and time", lambda value: isinstance(value, str) and _DATE_TIME.fullmatch(value)),
}
UNKNOWN_FUTURE = "unknownFutureValue"
NO_NULL_LIST = "null is no list"
_WORD = re.compile(r"[A-Za-z]\w*")

TYPES: dict[str, Any] = json.loads(Path(__file__).with_name("v1_types.json").read_text(encoding="utf-8"))["types"]


def is_guid(value: Any) -> bool:
    """Tell whether the value is a GUID in its usual form."""
    return isinstance(value, str) and bool(_GUID.fullmatch(value))


_PRIMITIVES["Edm.Guid"] = ("a GUID", is_guid)


def element_type(type_name: str) -> str | None:
    """Return what a ``Collection(...)`` holds, None for any other type."""
    match = _COLLECTION.fullmatch(type_name)
    return match.group(1) if match else None


@cache
def properties_of(type_name: str) -> dict[str, Any]:
    """Return the properties of a complex or entity type, those of its bases first."""
    definition = TYPES.get(type_name)
    if definition is None:  # "entity" and "directoryObject" are not in the extract: all they add is the id
        return {"id": {"type": "Edm.String", "nullable": False}}
    inherited = properties_of(definition["base"]) if "base" in definition else {}
    return {**inherited, **definition.get("properties", {})}


@cache
def navigation_of(type_name: str) -> dict[str, Any]:
    """Return the navigation properties (relationships) of a type."""
    definition = TYPES.get(type_name, {})
    inherited = navigation_of(definition["base"]) if "base" in definition else {}
    return {**inherited, **definition.get("navigation", {})}


def is_a(type_name: str, base: str) -> bool:
    """Tell whether a type is the base or derives from it."""
    current: str | None = type_name
    while current is not None:
        if current == base:
            return True
        current = TYPES.get(current, {}).get("base")
    return False


class Mistake(NamedTuple):
    """Where and how a value is not of its type. ``newer`` is, as JSON, what a newer Graph could know: a member, a property."""

    path: str
    reason: str
    newer: str | None = None

    @property
    def place(self) -> str:
        """The path without positions in lists: Graph keeps no order there."""
        return _INDEX.sub("", self.path)


def problems_of(value: Any, type_name: str, path: str) -> Iterator[str]:
    """Give every way in which the value is not of the type, each with its path."""
    return (f"{mistake.path}: {mistake.reason}" for mistake in mistakes_of(value, type_name, path))


def mistakes_of(value: Any, type_name: str, path: str, *, nullable: bool = True) -> Iterator[Mistake]:
    """Give every way in which the value is not of the type."""
    if value is None:
        if not nullable:
            yield Mistake(path, NO_NULL_LIST if element_type(type_name) else "null is not allowed here")
        return
    item_type = element_type(type_name)
    if item_type is not None:
        if not isinstance(value, list):
            yield Mistake(path, "not a list")
            return
        for index, item in enumerate(value):
            yield from mistakes_of(item, item_type, f"{path}[{index}]", nullable=False)
    elif type_name in _PRIMITIVES:
        words, fits = _PRIMITIVES[type_name]
        if not fits(value):
            yield Mistake(path, f"not {words}")
    elif type_name not in TYPES:
        return  # a type outside the extract, such as authenticationCombinationConfiguration: not ours to judge
    elif TYPES[type_name]["kind"] == "EnumType":
        yield from _enum_mistakes(value, type_name, path)
    else:
        yield from _object_mistakes(value, type_name, path)


def _flags(value: str) -> list[str]:
    return [word.strip() for word in value.split(",")]


def _enum_mistakes(value: Any, type_name: str, path: str) -> Iterator[Mistake]:
    definition = TYPES[type_name]
    if not isinstance(value, str):
        yield Mistake(path, f"not one of the words of {type_name}")
        return
    for word in _flags(value) if definition.get("flags") else [value]:
        if word not in definition["members"] or word == UNKNOWN_FUTURE:
            newer = json.dumps(word) if _WORD.fullmatch(word) and word != UNKNOWN_FUTURE else None
            yield Mistake(path, f"'{word}' is not a word of {type_name}", newer)


def concrete_type(value: dict[str, Any], declared: str) -> str | None:
    """Return the type an object says it has (or is declared to have), None when that does not fit."""
    named = value.get("@odata.type")
    if named is None:
        return None if TYPES.get(declared, {}).get("abstract") else declared
    if not isinstance(named, str):
        return None
    name = named.removeprefix("#").removeprefix("microsoft.graph.")
    if name not in TYPES or not is_a(name, declared) or TYPES[name].get("abstract"):
        return None
    return name


def _object_mistakes(value: Any, declared: str, path: str) -> Iterator[Mistake]:
    if not isinstance(value, dict):
        yield Mistake(path, "not an object")
        return
    type_name = concrete_type(value, declared)
    if type_name is None:
        yield Mistake(path, f"its @odata.type is missing or is no {declared}")
        return
    properties, navigation = properties_of(type_name), navigation_of(type_name)
    for name, item in value.items():
        if "@" in name:
            if name.endswith("@odata.bind"):
                yield Mistake(path, f"{name} is not taken here")
        elif name in properties:
            rule = properties[name]
            yield from mistakes_of(item, rule["type"], f"{path}.{name}", nullable=rule["nullable"])
        elif name in navigation:
            yield from mistakes_of(item, navigation[name]["type"], f"{path}.{name}")
        else:
            newer = json.dumps({name: item}, sort_keys=True)
            yield Mistake(path, f"{type_name} has no property '{name}'", newer)
    if TYPES[type_name]["kind"] == "ComplexType":
        for name, rule in properties.items():
            if name not in value and not rule["nullable"] and element_type(rule["type"]) is None:
                yield Mistake(path, f"'{name}' is missing")


def completed(value: Any, declared: str) -> Any:
    """Return the value with every property of its type, as Graph returns it; what a newer Graph knows stays as it is."""
    if value is None:
        return None
    item_type = element_type(declared)
    if item_type is not None:
        return [completed(item, item_type) for item in value]
    if declared in _PRIMITIVES or declared not in TYPES:
        return value
    if TYPES[declared]["kind"] == "EnumType":
        return ",".join(_flags(value)) if TYPES[declared].get("flags") else value
    type_name = concrete_type(value, declared) or declared
    result: dict[str, Any] = {}
    if type_name != declared:
        result["@odata.type"] = f"#microsoft.graph.{type_name}"
    for name, rule in properties_of(type_name).items():
        if name in value and value[name] is not None:
            result[name] = completed(value[name], rule["type"])
        else:
            result[name] = [] if element_type(rule["type"]) else None
    return result | {name: item for name, item in value.items() if name not in result and "@" not in name}
