# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands between a sign-in and its end: the policies of a set that ask for something which is not met."""

from __future__ import annotations

import typing as t

from ..shape import Json
from . import controls
from .controls import Requirement, State
from .evaluation import PolicySet
from .sign_in import SignIn

# What a person can do when asked: MFA, whichever method a strength wants of it, and agreeing to terms of use.
BY_A_PERSON = frozenset({"mfa", controls.STRENGTH, controls.TERMS})


class Unmet(t.NamedTuple):
    """A policy that asks a sign-in for what it has not met. ``certain`` is whether it applies and is not met for sure; otherwise
    ``missing`` are the facts that would tell, in words for people. ``state`` is where the sign-in stands with what is asked."""

    policy: Json
    state: State
    certain: bool
    missing: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"'{self.policy.get('displayName') or self.policy.get('id')}'"

    @property
    def stops(self) -> bool:
        """Whether nobody can do anything about it, or it is not known whether anybody can."""
        return self.state in (State.FAILED, State.UNKNOWN)


def unmet(policies: PolicySet, sign_in: SignIn) -> list[Unmet]:
    """The policies that apply or may apply, in whatever state they are but off, and that are not met."""
    dummy, standings = policies.standings(sign_in)
    found = []
    for asked, standing, said in zip(
        policies.requirements, standings, policies.evaluate(sign_in).policies, strict=True
    ):
        if said.applies is False or standing.state is State.MET:
            continue
        missing = set(said.missing)
        if standing.state is State.UNKNOWN:
            missing |= {f"what {path} asks for, which is of a newer Graph" for path in asked.strange}
            missing |= {
                f"whether {control} can be met"
                for control in asked.controls
                if controls.state(control, sign_in) is State.UNKNOWN
            }
        certain = said.applies is True and standing.state is State.FAILED
        found.append(Unmet(said.policy, standing.state, certain, tuple(sorted(missing))))
    return found


def stops_people(policy: Json) -> bool:
    """Whether a policy grants access only to who meets something that nobody can do when asked, or perhaps so: a block, a device,
    an app, or what only a newer Graph knows. MFA, in whatever strength, and terms of use can be done."""
    asked = Requirement.of({"grantControls": policy.get("grantControls")})
    beyond = (group for group in asked.groups if not any(controls.kind(control) in BY_A_PERSON for control in group))
    return asked.blocks or bool(asked.strange) or any(beyond)


def beyond_a_person(policies: PolicySet) -> frozenset[str]:
    """Controls of the set that nobody can meet by doing something: of devices and apps, and of other makers. Of those of a newer
    Graph it is not known."""
    known = frozenset(control for control in _asked_for(policies) if controls.kind(control) in controls.PROMPT_ORDER)
    return known - by_a_person(policies)


def by_a_person(policies: PolicySet) -> frozenset[str]:
    """Controls of the set that a person can meet when asked."""
    return frozenset(control for control in _asked_for(policies) if controls.kind(control) in BY_A_PERSON)


def _asked_for(policies: PolicySet) -> frozenset[str]:
    return frozenset(control for requirement in policies.requirements for control in requirement.controls)
