# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the guides that hold what the code holds as well, read so that the two can be compared."""

from __future__ import annotations

import pathlib
import re
import textwrap

GUIDES = pathlib.Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst"

_CELL = re.compile(r"^(\* - |  - )", re.MULTILINE)
_LITERAL = re.compile(r"``([^`]+)``")


def rows(page: str, title: str) -> list[list[str]]:
    """The rows of the list-table of that title but for its header, each a list of cells in one line."""
    text = (GUIDES / f"{page}.rst").read_text(encoding="utf-8")
    found = re.findall(rf"^( *)\.\. list-table:: {re.escape(title)}\n((?:\1 +.*\n|\n)+)", text, re.MULTILINE)
    if len(found) != 1:
        raise ValueError(f"{page}.rst has {len(found)} tables with the title {title}")
    body = textwrap.dedent(found[0][1])
    table: list[list[str]] = []
    starts = list(_CELL.finditer(body))
    for start, end in zip(starts, [*(one.start() for one in starts[1:]), len(body)], strict=True):
        if start[1] == "* - ":
            table.append([])
        table[-1].append(" ".join(body[start.end() : end].split()))
    return table[1:]


def literals(cell: str) -> list[str]:
    """What is between double backquotes."""
    return _LITERAL.findall(cell)
