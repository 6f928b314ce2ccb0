# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``$expand``: related objects inside their owner, such as ``members($select=id,displayName)``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .errors import bad_request

JsonObject = dict[str, Any]
# relationship -> the related object or objects of an object
Relationships = Mapping[str, Callable[[JsonObject], Any]]

_CLAUSE = re.compile(r"(\w+)(?:\((.*)\))?")


def expanded(item: JsonObject, expand: str | None, relationships: Relationships, type_name: str) -> JsonObject:
    """Return the related objects that ``$expand`` asks for, by relationship; nothing without it."""
    if not expand:
        return {}
    found: JsonObject = {}
    for clause in _clauses(expand):
        match = _CLAUSE.fullmatch(clause)
        if match is None or match.group(1) not in relationships:
            raise bad_request(
                f"Parsing OData Select and Expand failed: Could not find a property named '{clause}' on type "
                f"'microsoft.graph.{type_name}'."
            )
        name, options = match.groups()
        related = relationships[name](item)
        names = _selected_names(options)
        if isinstance(related, list):
            found[name] = [_cut(one, names) for one in related]
        else:
            found[name] = None if related is None else _cut(related, names)
    return found


def _clauses(expand: str) -> Iterator[str]:
    """Split at the commas outside of brackets."""
    depth = start = 0
    for at, letter in enumerate(expand):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            yield expand[start:at].strip()
            start = at + 1
    yield expand[start:].strip()


def _selected_names(options: str | None) -> list[str]:
    """Return the names of a ``$select`` among the options of a clause; none means all."""
    for option in (options or "").split(";"):
        name, _sign, value = option.partition("=")
        if name.strip().lower() == "$select":
            return [one.strip() for one in value.split(",")]
    return []


def _cut(item: JsonObject, names: list[str]) -> JsonObject:
    return {name: value for name, value in item.items() if not names or name in names or name.startswith("@odata.")}
