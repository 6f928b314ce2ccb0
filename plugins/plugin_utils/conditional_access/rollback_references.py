# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a policy that is put back refers to, and whether that is still there: Graph takes no policy for a group that is gone."""

from __future__ import annotations

import dataclasses
import typing as t

from .. import reconcile
from ..graph.reads import Reads
from ..shape import Json, Named, references
from . import names
from .named_location import NamedLocation
from .policy_kind import Policy
from .policy_schema import POLICY
from .rollback_steps import Step, Tenant, afterwards


def settled(
    steps: t.Sequence[Step], tenant: Tenant, reads: Reads, force: bool
) -> tuple[list[Step], list[str], list[str]]:
    """The steps, the problems with them, and the warnings: ids that no object has any more are a problem, and with ``force`` are
    left out of what is put back. Asks for them in one request, and only where a policy is put back."""
    places = afterwards(steps, NamedLocation.noun, tenant)
    wanted = {number: _new_references(step, places) for number, step in enumerate(steps)}
    found = names.of_references([entry for entries in wanted.values() for entry in entries], reads)
    after, problems, warnings = [], [], []
    for number, step in enumerate(steps):
        gone = found.among_gone(wanted[number])
        told = ", ".join(f"{entry.path}: {entry.value}" for entry in gone)
        if gone and force:
            warnings.append(f"{step.one.name} is put back without {told}, which nothing has any more.")
            step = _without(step, {entry.value.lower() for entry in gone})
        elif gone:
            problems.append(
                f"{step.one.name} refers to what is gone by now, and Graph would refuse it: {told}. With force, it is put back "
                "without."
            )
        after.append(step)
    return after, problems, warnings


def _new_references(step: Step, places: t.Mapping[str, Json]) -> list[Named]:
    """What the policy would refer to and does not today; locations that are put back here are there."""
    if step.kind.noun != Policy.noun or step.plan.verb in ("nothing", "delete"):
        return []
    held = {entry.value.lower() for entry in references(POLICY, POLICY.options(step.plan.before))}
    every = references(POLICY, POLICY.options(step.plan.after))
    return [entry for entry in every if entry.value.lower() not in held and entry.value.lower() not in places]


def _without(step: Step, ids: t.Collection[str]) -> Step:
    def rest(value: t.Any) -> t.Any:
        if isinstance(value, dict):
            return {name: rest(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [rest(inner) for inner in value if not (isinstance(inner, str) and inner.lower() in ids)]
        return value

    before, after = step.plan.before, rest(step.plan.after)
    changes = {
        name: value
        for name, value in rest(step.plan.changes).items()
        if before is None or reconcile.differs(step.kind, name, before, after)
    }
    # A second time, that is all that was left to do.
    verb = "nothing" if step.plan.verb == "update" and not changes else step.plan.verb
    return dataclasses.replace(step, plan=dataclasses.replace(step.plan, verb=verb, after=after, changes=changes))
