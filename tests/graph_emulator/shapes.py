# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small checks that are put together to describe a file: each gives the problems of a value, with the path of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .graph_types import is_guid

Shape = Callable[[Any, str], Iterator[str]]


def problems_of(value: Any, shape: Shape, where: str) -> Iterator[str]:
    """Give every problem of the value."""
    yield from shape(value, where)


def _simple(fits: Callable[[Any], bool], words: str) -> Shape:
    def check(value: Any, where: str) -> Iterator[str]:
        if not fits(value):
            yield f"{where}: {_shown(value)} is not {words}"

    return check


def _shown(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return f"{value} (quote a word that YAML reads as a truth value)" if isinstance(value, bool) else "nothing"
    return "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else repr(value)


def anything() -> Shape:
    """Take any value; somebody else checks it."""
    return lambda value, where: iter(())


def text() -> Shape:
    """A string with something in it."""
    return _simple(lambda value: isinstance(value, str) and bool(value.strip()), "a text")


def boolean() -> Shape:
    """True or false."""
    return _simple(lambda value: isinstance(value, bool), "true or false")


def true() -> Shape:
    """True: what is not wanted is left out."""
    return _simple(lambda value: value is True, "true")


def guid() -> Shape:
    """A GUID."""
    return _simple(is_guid, "a GUID")


def matching(pattern: str, words: str) -> Shape:
    """A string of a form."""
    return _simple(lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value)), words)


def number(low: float, high: float) -> Shape:
    """A number between two others."""
    return _simple(
        lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high,
        f"a number from {low:g} to {high:g}",
    )


def whole_number(low: int, high: int) -> Shape:
    """A whole number between two others."""
    return _simple(
        lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high,
        f"a whole number from {low} to {high}",
    )


def one_of(*words: str) -> Shape:
    """One of some words."""
    return _simple(lambda value: value in words, f"one of {', '.join(words)}")


def list_of(shape: Shape) -> Shape:
    """A list, each item of one shape."""

    def check(value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{where}: {_shown(value)} is not a list"
            return
        for index, item in enumerate(value):
            yield from shape(item, f"{where}[{index}]")

    return check


def mapping(keys: dict[str, Shape], required: Sequence[str] = ()) -> Shape:
    """A mapping with known keys; an unknown one is a problem, with the keys there are."""

    def check(value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where or 'the file'}: {_shown(value)} is not a mapping"
            return
        prefix = f"{where}." if where else ""
        for key in required:
            if key not in value:
                yield f"{prefix}{key}: is missing"
        for key, item in value.items():
            if key in keys:
                yield from keys[key](item, f"{prefix}{key}")
            else:
                yield f"{prefix}{key}: is not known here; known: {', '.join(keys)}"

    return check
