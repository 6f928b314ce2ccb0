# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of each text the fleet report's page has room for.

What tenants say has no end: evidence, messages of failures, values that differ, addresses. A page that would become too large is
made again with less of each, and tells so; the report's JSON form has all of it. What the last measure leaves has an end,
whatever there is.
"""

from __future__ import annotations

import re
import typing as t

# In bytes. Beyond 200 tenants the page grows as the fleet does.
_PAGE, _TENANTS = 1_000_000, 200

CUT = "\u2026"
_DOMAIN = re.compile(r"@[\w.-]+")


T = t.TypeVar("T")


class Measure(t.NamedTuple):
    """The characters that a tenant has for a text, or for the items of a list together, and its rows in a table; None where all
    are shown."""

    characters: int | None = None
    rows: int | None = None
    # Of a list with more that are the same on both sides, only what differs is shown.
    same_items: int = 6
    # The characters of a name, and the objects of a tenant that are told to have drifted.
    name: int | None = None
    objects: int | None = None
    # Whether more is told of a tenant than that it is there, and its status.
    details: bool = True

    def named(self, name: str) -> str:
        """A name, or what there is room for of it."""
        if self.name is None or len(name) <= self.name:
            return name
        return f"{name[: self.name]}{CUT}"

    def first(self, items: t.Sequence[T]) -> tuple[list[T], int]:
        """The items that a tenant has rows for, and how many are left out."""
        kept = list(items[: self.rows])
        return kept, len(items) - len(kept)

    def plain(self, text: str) -> str:
        """A text without the domains of accounts, where room is short: they are mostly the tenant's, and what they keep apart is
        else the same in every tenant."""
        return text if self.characters is None else _DOMAIN.sub(f"@{CUT}", text)

    def cut(self, text: str, tenants: int = 1) -> str:
        """A text as far as there is room for it, told of so many tenants."""
        text = self.plain(text)
        if self.characters is None or len(text) <= self.characters * tenants:
            return text
        return f"{text[: self.characters * tenants].rstrip().removesuffix(CUT)}{CUT}"

    def kept(self, texts: t.Sequence[str]) -> tuple[list[str], int]:
        """The texts of a list that there is room for, one at least, and how many are left out."""
        if self.characters is None:
            return list(texts), 0
        kept: list[str] = []
        left = self.characters
        for text in map(self.cut, texts):
            left -= len(text)
            if kept and left < 0:
                break
            kept.append(text)
        return kept, len(texts) - len(kept)


# From all there is to what a fleet has room for of which nearly everything fails, and to what any has.
MEASURES = (
    Measure(),
    Measure(500, 50, 0, 120, 60),
    Measure(200, 20, 0, 100, 40),
    Measure(100, 10, 0, 80, 20),
    Measure(60, 5, 0, 70, 12),
    Measure(40, 3, 0, 60, 8),
    Measure(20, 2, 0, 60, 5),
    Measure(20, 1, 0, 60, 3),
    Measure(20, 0, 0, 40, 0, details=False),
)


def of(tenants: int) -> int:
    """The bytes that a page over so many tenants stays below."""
    return _PAGE * max(tenants, _TENANTS) // _TENANTS
