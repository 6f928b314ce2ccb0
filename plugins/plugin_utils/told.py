# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a result tells people, made harmless to a terminal: Graph's texts and the names in them are whatever somebody wrote.

Names and ids that a playbook goes on with are left exactly as they are.
"""

from __future__ import annotations

import re
import typing as t

# The parts of a result that are there to be read.
TEXTS = (
    *("msg", "warnings", "problems", "graph_error", "lockout"),
    *("checks", "reasons", "summary", "left", "diff"),
)

# Controls that move a terminal's cursor, colour it or ring it (C0 but for tab and line feed, DEL, C1), and those that show the
# letters of a line in another order (https://www.unicode.org/reports/tr9/#Explicit_Directional_Embeddings).
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def harmless(value: t.Any) -> t.Any:
    """The same with each harmful character written as its number, as in ``\\u001b``."""
    if isinstance(value, dict):
        return {name: harmless(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [harmless(inner) for inner in value]
    return _HARMFUL.sub(lambda found: f"\\u{ord(found[0]):04x}", value) if isinstance(value, str) else value


def told(result: dict[str, t.Any]) -> dict[str, t.Any]:
    """A result whose texts are harmless."""
    return {name: harmless(value) if name in TEXTS else value for name, value in result.items()}
