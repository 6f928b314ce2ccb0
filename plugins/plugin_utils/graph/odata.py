# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing OData (https://learn.microsoft.com/graph/filter-query-parameter): literals, filters, addresses."""

from __future__ import annotations

import typing as t
from urllib.parse import quote

# Graph takes at most 15 values in one `in` (https://learn.microsoft.com/graph/aad-advanced-queries).
IN_LIMIT = 15


def literal(text: str) -> str:
    """A string literal; a quote inside is doubled (OData ABNF, SQUOTE-in-string)."""
    return "'" + text.replace("'", "''") + "'"


def one_of(prop: str, values: t.Sequence[str]) -> str:
    """A filter that is true where ``prop`` is one of ``values``, 1 to 15 of them."""
    if len(values) == 1:
        return f"{prop} eq {literal(values[0])}"
    return f"{prop} in ({', '.join(literal(value) for value in values)})"


def address(path: str, **query: str) -> str:
    """A path with its query options, such as ``address("/users", filter="…", select="id")``. Percent-encoded."""
    if not query:
        return path
    return path + "?" + "&".join(f"${name}={quote(value, safe='', errors='replace')}" for name, value in query.items())
