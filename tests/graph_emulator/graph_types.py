# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The v1.0 types as Microsoft publishes them (``v1_types.json``), and what is done with them.

``problems_of`` checks a value somebody sent; ``completed`` turns a checked value into what Graph stores and returns:
every property there, ``[]`` for an absent collection, null for any other absent one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

_COLLECTION = re.compile(r"Collection\((.+)\)")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_PRIMITIVES: dict[str, tuple[str, Any]] = {
    "Edm.String": ("a string", lambda value: isinstance(value, str)),
    "Edm.Boolean": ("true or false", lambda value: isinstance(value, bool)),
    "Edm.Int32": ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "Edm.DateTimeOffset": ("a date and time", lambda value: isinstance(value, str) and _DATE_TIME.fullmatch(value)),
}
UNKNOWN_FUTURE = "unknownFutureValue"

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


def problems_of(value: Any, type_name: str, path: str, *, nullable: bool = True) -> Iterator[str]:
    """Give every way in which the value is not of the type, each with its path."""
    if value is None:
        if not nullable:
            yield f"{path}: null is not allowed here"
        return
    item_type = element_type(type_name)
    if item_type is not None:
        if not isinstance(value, list):
            yield f"{path}: not a list"
            return
        for index, item in enumerate(value):
            yield from problems_of(item, item_type, f"{path}[{index}]", nullable=False)
    elif type_name in _PRIMITIVES:
        words, fits = _PRIMITIVES[type_name]
        if not fits(value):
            yield f"{path}: not {words}"
    elif type_name not in TYPES:
        return  # a type outside the extract, such as authenticationCombinationConfiguration: not ours to judge
    elif TYPES[type_name]["kind"] == "EnumType":
        yield from _enum_problems(value, type_name, path)
    else:
        yield from _object_problems(value, type_name, path)


def _enum_problems(value: Any, type_name: str, path: str) -> Iterator[str]:
    definition = TYPES[type_name]
    if not isinstance(value, str):
        yield f"{path}: not one of the words of {type_name}"
        return
    words = [word.strip() for word in value.split(",")] if definition.get("flags") else [value]
    for word in words:
        if word not in definition["members"] or word == UNKNOWN_FUTURE:
            yield f"{path}: '{word}' is not a word of {type_name}"


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


def _object_problems(value: Any, declared: str, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: not an object"
        return
    type_name = concrete_type(value, declared)
    if type_name is None:
        yield f"{path}: its @odata.type is missing or is no {declared}"
        return
    properties, navigation = properties_of(type_name), navigation_of(type_name)
    for name, item in value.items():
        if "@" in name:
            if name.endswith("@odata.bind"):
                yield f"{path}: {name} is not taken here"
        elif name in properties:
            rule = properties[name]
            yield from problems_of(item, rule["type"], f"{path}.{name}", nullable=rule["nullable"])
        elif name in navigation:
            yield from problems_of(item, navigation[name]["type"], f"{path}.{name}")
        else:
            yield f"{path}: {type_name} has no property '{name}'"
    if TYPES[type_name]["kind"] == "ComplexType":
        for name, rule in properties.items():
            if name not in value and not rule["nullable"] and element_type(rule["type"]) is None:
                yield f"{path}: '{name}' is missing"


def completed(value: Any, declared: str) -> Any:
    """Return the value with every property of its type, as Graph returns it."""
    if value is None:
        return None
    item_type = element_type(declared)
    if item_type is not None:
        return [completed(item, item_type) for item in value]
    if declared in _PRIMITIVES or declared not in TYPES or TYPES[declared]["kind"] == "EnumType":
        return value
    type_name = concrete_type(value, declared) or declared
    result: dict[str, Any] = {}
    if type_name != declared:
        result["@odata.type"] = f"#microsoft.graph.{type_name}"
    for name, rule in properties_of(type_name).items():
        if name in value and value[name] is not None:
            result[name] = completed(value[name], rule["type"])
        else:
            result[name] = [] if element_type(rule["type"]) else None
    for name in navigation_of(type_name):
        if name in value:
            result[name] = value[name]
    return result
