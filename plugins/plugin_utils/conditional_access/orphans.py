# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ids that nobody had any more where a policy was written down: what becomes of them where it is put now.

A list does without them, as nothing has those ids here either. But what a policy includes must not change its meaning for that: a
list that would be empty is an error, and so is a control that would be missing.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .. import directory, guids
from ..options import Options
from ..shape import Named, references, replaced
from .policy_schema import POLICY


@dataclasses.dataclass(frozen=True)
class Orphans:
    """Those of a task: ``left_out`` are dropped from their lists, ``problems`` say why others cannot be."""

    left_out: frozenset[Named] = frozenset()
    problems: tuple[str, ...] = ()

    def warnings(self) -> list[str]:
        """A sentence for each that is left out."""
        told = sorted(f"{one.path}: {one.value}" for one in self.left_out)
        return [f"{text} is left out. It was gone where this was written down, and is not here." for text in told]


def of_options(options: Options, held: t.Collection[str], found: directory.Found) -> Orphans:
    """What becomes of the ids in the option ``orphans``; those that the policy has already, ``held``, stay."""
    given = {guids.plain(one) for one in options["orphans"]} - set(held)
    named = [one for one in references(POLICY, options) if one.value in given]
    left_out = frozenset(one for one in named if one.path.startswith("conditions.") and not found.id(one))
    # An id of a kind that is not looked up would be sent as it is.
    sent = [one for one in named if one not in left_out and not directory.KINDS[one.reference.kind].ids_checked]
    problems = [
        f"{one.path}: the {one.reference.kind} {one.value} was gone where this was written down; take it out, or name another."
        for one in sent
    ]
    return Orphans(left_out, (*problems, *_emptied(options, left_out)))


def _emptied(options: Options, left_out: t.Collection[Named]) -> t.Iterator[str]:
    rest = replaced(POLICY, options, lambda one: None if one in left_out else one.value)
    for one in sorted(left_out, key=lambda one: one.path):
        dummy, group, name, *_rest = one.path.replace("[", ".").split(".")
        included = [value for option, value in rest["conditions"][group].items() if option.startswith("include_")]
        if name.startswith("include_") and not any(included):
            yield (
                f"{one.path}: {one.value} was gone where this was written down, and without it nothing is included; name what "
                "is to be."
            )
