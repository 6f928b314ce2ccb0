# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a partner looks at its relationships, from the options of the inventory plugin."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from .. import guids
from ..graph.errors import BadInput
from ..options import plain
from . import roles_needed
from .roles_needed import Need


@dataclasses.dataclass(frozen=True)
class View:
    """How relationships are looked at: what is needed, now, within how many days an end is near, by which statuses they count at
    all, and whose assignments count (None for anybody's)."""

    needed: t.Sequence[Need]
    now: datetime.datetime
    expiring_days: int
    statuses: frozenset[str] | None = None
    groups: frozenset[str] | None = None


def view_of(option: t.Callable[[str], t.Any]) -> View:
    """The view that the options ask for, as of now. Raises BadInput with everything that is wrong."""
    groups, days, statuses = plain(option("security_groups")), option("expiring_days"), plain(option("statuses"))
    problems = [
        f"security_groups: '{group}' is not an object id; that is a GUID, not a name."
        for group in groups or ()
        if not guids.is_guid(group)
    ]
    if groups is not None and option("roles_from") != "assignments":
        problems.append(
            "security_groups: says whose assignments count, and by roles_from: relationships none is looked at."
        )
    if days < 0:
        problems.append(f"expiring_days: {days} is no number of days; allowed is 0 or more.")
    needed: list[Need] = []
    try:
        needed = roles_needed.parse(plain(option("roles_needed")))
    except BadInput as error:
        problems += error.problems
    if problems:
        raise BadInput(problems)
    return View(
        needed=needed,
        now=datetime.datetime.now(datetime.UTC),
        expiring_days=days,
        statuses=None if statuses is None else frozenset(statuses),
        groups=None if groups is None else frozenset(map(guids.plain, groups)),
    )
