# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes of a sign-in when all policies that apply are taken together.

https://learn.microsoft.com/entra/identity/conditional-access/concept-conditional-access-policies: every policy that applies
has to be satisfied, and one that blocks ends it. A policy of which it is not known whether it applies makes the outcome unknown
only where it would change it.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .controls import Requirement, SessionControls, State, prompt_order

BLOCKED, NEEDS, GRANTED, UNKNOWN = "blocked", "needs", "granted", "unknown"

Needs = tuple[tuple[str, ...], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a sign-in.

    ``verdict`` is ``blocked``, ``needs`` (granted once every member of ``needs`` is met, each by one of its controls),
    ``granted``, or ``unknown``; then ``best`` and ``worst`` are the mildest and the strictest verdict it can be, ``needs`` is
    what is asked for in any case, and ``missing`` are the facts that would tell, in words for people. ``policies`` names those
    that decided. ``session`` are the session controls of the policies that apply for certain.
    """

    verdict: str
    best: str
    worst: str
    needs: Needs = ()
    policies: tuple[str, ...] = ()
    session: SessionControls = dataclasses.field(default_factory=SessionControls)
    missing: tuple[str, ...] = ()


class Standing(t.NamedTuple):
    """Where a sign-in stands with what a policy asks for: the policy by its place in the set, the state, what is still to be met,
    and whether the policy asks for something that cannot be read."""

    place: int
    state: State
    open: frozenset[tuple[str, ...]]
    strange: bool

    @classmethod
    def of(cls, place: int, requirement: Requirement, states: t.Mapping[str, State]) -> Standing:
        return cls(place, requirement.state(states), requirement.open(states), bool(requirement.strange))


def combined(certain: t.Sequence[Standing], perhaps: t.Sequence[Standing]) -> tuple[Outcome, tuple[int, ...]]:
    """The outcome of policies that apply and of those that may, and which of them decided; without names and session controls."""
    failed = tuple(one.place for one in certain if one.state is State.FAILED)
    if failed:
        return Outcome(BLOCKED, BLOCKED, BLOCKED), failed
    needs = _least(group for one in certain for group in one.open)
    best = NEEDS if needs else GRANTED
    fatal = [one.place for one in certain if one.strange]
    fatal += [one.place for one in perhaps if one.strange or one.state is State.FAILED]
    adding = [one.place for one in perhaps if not _covered(one.open, needs)]
    if fatal or adding:
        return Outcome(UNKNOWN, best, BLOCKED if fatal else NEEDS, needs), tuple(sorted({*fatal, *adding}))
    return Outcome(best, best, best, needs), tuple(one.place for one in certain if one.open)


def _covered(groups: t.Iterable[tuple[str, ...]], needs: Needs) -> bool:
    """Whether meeting the needs meets the groups too."""
    return all(any(set(need) <= set(group) for need in needs) for group in groups)


def _least(groups: t.Iterable[tuple[str, ...]]) -> Needs:
    """The groups without those that follow from another: who does MFA has done MFA or something else."""
    different = {frozenset(group) for group in groups}
    least = [group for group in different if not any(other < group for other in different)]
    ordered = (tuple(sorted(group, key=prompt_order)) for group in least)
    return tuple(sorted(ordered, key=lambda group: [prompt_order(control) for control in group]))
