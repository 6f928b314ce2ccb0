# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lockout guard around policies that are about to be written: each by itself, and all of the tenant's together."""

from __future__ import annotations

import dataclasses
import typing as t

from .. import reconcile
from ..graph.reads import Reads
from ..reconcile import Plan
from ..shape import Json
from . import caller, people, way_back
from .lockout import Finding
from .policy_lockout import View, of_policy
from .policy_references import LOCATIONS, POLICIES, locations_of
from .sign_in import User
from .way_back import Change

# What a policy that is to be made goes by until it has an id.
_NEW = "new"


@dataclasses.dataclass(frozen=True)
class Known:
    """A change, and the break-glass accounts by name, as objects and as people. ``complete`` is whether all is known of them that
    the policies depend on, and ``reads`` is None where nothing more is to be looked up."""

    change: Change
    accounts: t.Mapping[str, Json]
    people: t.Mapping[str, User]
    complete: bool
    reads: Reads | None

    @classmethod
    def of(cls, change: Change, accounts: t.Mapping[str, Json | None], reads: Reads, look: bool) -> Known:
        """``look`` is whether groups and roles may be looked up where a policy depends on them, which is a request more."""
        # One that is disabled gets in nowhere, though that may have been accepted.
        there = {
            str(one.get("userPrincipalName") or name): one
            for name, one in accounts.items()
            if one and one.get("accountEnabled") is not False
        }
        found = people.users(there, change.judged, reads if look else None)
        complete = look or not people.depend_on_membership(change.judged)
        return cls(change, there, found, complete, reads if look else None)

    def way_back(self) -> list[Finding]:
        """Findings of all policies together."""
        return way_back.findings(self.change, self.people, self.complete, self._without_mfa)

    def _without_mfa(self) -> t.Collection[str]:
        return people.without_mfa(self.accounts, self.reads) if self.reads else ()

    def of_policy(self, view: View, service_account: str | None, private_endpoint: bool) -> list[Finding]:
        """Findings of one policy."""
        ids = {name: account["id"] for name, account in self.accounts.items()}
        return of_policy(view, ids, service_account, private_endpoint, self.people)


def findings(
    plan: Plan,
    gone: Json | None,
    accounts: t.Mapping[str, Json | None],
    service_account: str | None,
    reads: Reads,
    coming: t.Sequence[Json] = (),
) -> list[Finding]:
    """What speaks against one policy as it would be after the plan; ``gone`` is what it is to be restored from.

    ``accounts`` are the break-glass accounts by name, ``service_account`` is an id, ``coming`` are locations that will be there
    besides the tenant's. More is looked up only where the plan changes something.
    """
    listing, there = reads.listings([POLICIES, LOCATIONS])
    # What is announced counts for more than that its id was made up.
    places = [*there, *_made_up(plan), *coming]
    locations = {entry["id"].lower(): entry for entry in places}
    key = (plan.id or _NEW).lower()
    found: list[Finding] = []
    # One that is restored comes back as it was, and only then can be changed.
    for state in [plan.after or {}, *([gone] if gone and plan.changes else [])]:
        others = [other for other in listing if other["id"].lower() != key]
        change = Change(listing, [*others, {**state, "id": key}], frozenset({key}), places)
        known = Known.of(change, accounts, reads, look=plan.verb != "nothing")
        view = View(state, locations)
        here = [*known.of_policy(view, service_account, reads.session.cloud.private), *known.way_back()]
        here += caller.findings(state, places, reads.session.caller, reads if plan.verb != "nothing" else None)
        found += [one for one in here if one not in found]
    return found


def _made_up(plan: Plan) -> list[Json]:
    """Locations that check mode would have made. What is in them is judged where they are made."""
    names = sorted(locations_of(plan.after or {}))
    return [{"id": name, "ipRanges": []} for name in names if reconcile.is_placeholder(name)]
