# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would be written to a tenant, out of the results of tasks in check mode, property by property."""

from __future__ import annotations

import typing as t

from ..options import Options
from ..registered import each

_NOTHING = object()


def changes_of(results: t.Any) -> list[Options]:
    """A row for each object that would be written: ``object``, ``change`` (create, update, delete) and ``properties``, each with
    its path, what it ``is`` and what is ``wanted``. One that is made or taken away has none."""
    return [
        _change(diff)
        for result in each(results)
        if result.get("changed")
        for diff in _each_diff(result.get("diff"))
        if isinstance(diff, dict)
    ]


def _each_diff(diff: t.Any) -> list[t.Any]:
    return diff if isinstance(diff, list) else [diff]


def _change(diff: Options) -> Options:
    before, after = diff.get("before") or {}, diff.get("after") or {}
    change = "create" if not before else "update" if after else "delete"
    properties = list(_properties(before, after)) if change == "update" else []
    return {
        "object": str(diff.get("after_header") or diff.get("before_header") or ""),
        "change": change,
        "properties": properties,
    }


def _properties(before: t.Any, after: t.Any, path: str = "") -> t.Iterator[Options]:
    """The innermost properties that differ; a list counts as one."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            yield from _properties(
                before.get(name, _NOTHING), after.get(name, _NOTHING), f"{path}.{name}" if path else name
            )
    elif before != after:
        shown = [None if value is _NOTHING else value for value in (before, after)]
        yield {"path": path, "is": shown[0], "wanted": shown[1]}
