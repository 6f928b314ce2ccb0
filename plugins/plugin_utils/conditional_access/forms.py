# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which objects of Graph's answers can be read: nothing is judged, and nothing written, by one of another form."""

from __future__ import annotations

import typing as t

from ..graph.reads import Forms
from ..shape import Json, Shape
from .named_location import NamedLocation
from .policy_kind import Policy


def _of(shape: Shape) -> t.Callable[[Json], list[str]]:
    def problems(value: Json) -> list[str]:
        return [*([] if value.get("id") else ["no id"]), *shape.malformed(value)]

    return problems


FORMS: Forms = {path: _of(kind.shape) for kind in (NamedLocation, Policy) for path in (kind.collection, kind.deleted)}
