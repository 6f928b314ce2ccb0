# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ids in the forms that people paste: as Graph writes them, in capitals, in braces, without dashes, as a URN.

RFC 9562 (section 4) has the dashed form, which is read in either case, and the URN. Braces and no dashes are how Windows and its
tools write it.
"""

from __future__ import annotations

import re
import typing as t

_DASHED = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_FORMS = re.compile(rf"({_DASHED})|\{{({_DASHED})\}}|([0-9a-f]{{32}})|urn:uuid:({_DASHED})", re.IGNORECASE)


def canonical(value: t.Any) -> str | None:
    """An id as Graph writes it, dashed and in lower case; None for what is no id."""
    found = _FORMS.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    digits = next(form for form in found.groups() if form).replace("-", "").lower()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def plain(value: t.Any) -> t.Any:
    """The same for an id, and everything else as it is."""
    return canonical(value) or value


def is_guid(value: t.Any) -> bool:
    """True for an id in any of its forms."""
    return canonical(value) is not None


def same(one: str, other: str) -> bool:
    """Whether two texts are one id, or the same text."""
    return bool(plain(one) == plain(other))
