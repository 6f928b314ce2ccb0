# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding what answers a path: patterns whose ``{}`` stands for one variable segment, the case of letters ignored."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from .errors import method_not_allowed, unknown_segment

_QUOTED_KEY = re.compile(r"(\w+)\('(.*)'\)")
_ALTERNATE_KEY = re.compile(r"(\w+)(\(\w+='.*'\))")
VARIABLE = "{}"


@dataclass
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    handlers: dict[str, tuple[str, Callable[..., Any]]] = field(default_factory=dict)


class Routes:
    """A tree of path segments."""

    def __init__(self, rows: Iterable[tuple[str, str, Callable[..., Any]]]) -> None:
        self._root = _Node()
        for method, pattern, handler in rows:
            node = self._root
            for segment in pattern.split("/"):
                node = node.children.setdefault(segment.lower(), _Node())
            node.handlers[method] = (pattern, handler)

    def find(self, method: str, segments: Iterable[str]) -> tuple[str, Callable[..., Any], tuple[str, ...]]:
        """Return (pattern, handler, variable segments), or refuse as Graph does."""
        keys: list[str] = []
        node = self._root
        last = ""
        for last in _with_keys_apart(segments):
            child = node.children.get(_plain(last))
            if child is None:
                child = node.children.get(VARIABLE)
                keys.append(last)
            if child is None:
                raise unknown_segment(last)
            node = child
        if not node.handlers:
            raise unknown_segment(last)
        if method not in node.handlers:
            raise method_not_allowed()
        pattern, handler = node.handlers[method]
        return pattern, handler, tuple(keys)


def _plain(segment: str) -> str:
    """Return a segment as the tree knows it; a type cast may leave out ``microsoft.``."""
    lowered = segment.lower()
    return f"microsoft.{lowered}" if lowered.startswith("graph.") else lowered


def _with_keys_apart(segments: Iterable[str]) -> Iterable[str]:
    """Give ``users('x')`` as two segments, and ``applications(appId='x')`` with the alternate key as the second."""
    for segment in segments:
        quoted = _QUOTED_KEY.fullmatch(segment)
        alternate = _ALTERNATE_KEY.fullmatch(segment)
        if quoted:
            yield from (quoted.group(1), quoted.group(2).replace("''", "'"))
        elif alternate:
            yield from (alternate.group(1), alternate.group(2))
        else:
            yield segment
