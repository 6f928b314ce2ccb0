# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lockout guard around a named location that is about to be written: whom the policies that refer to it would stop then."""

from __future__ import annotations

import typing as t

from .. import directory
from ..graph.reads import Reads
from ..reconcile import Plan
from ..shape import Json, Named, Reference
from . import lockout, policy_references, site_coverage
from .lockout import Finding
from .policy_guard import Known
from .policy_lockout import View
from .way_back import Change, shuts_out

# Where a location is, and whether it counts among the trusted ones. Its name makes no difference to anybody.
_DECIDES = {
    "ipRanges",
    "isTrusted",
    "countriesAndRegions",
    "includeUnknownCountriesAndRegions",
    "countryLookupMethod",
}
# What a location that is to be made goes by until it has an id.
_NEW = "new"


def findings(
    plan: Plan,
    listing: t.Sequence[Json],
    break_glass: t.Sequence[str],
    reads: Reads,
    let_go: t.Callable[[Json], bool] = lambda policy: False,
) -> tuple[list[Finding], list[str]]:
    """What speaks against a location as it would be, and problems with the names of the break-glass accounts.

    ``listing`` are the tenant's locations as they are; ``let_go`` tells policies that no longer refer to this one. The policies
    are looked at where the plan makes a difference to some of them, and the accounts where one that is on refers to the location.
    """
    if not _makes_a_difference(plan):
        return [], []
    policies = [one for one in reads.listings([policy_references.POLICIES])[0] if not let_go(one)]
    key = (plan.id or _NEW).lower()
    before = {one["id"].lower(): one for one in listing}
    after = {name: one for name, one in before.items() if name != key}
    if plan.after:
        after[key] = {**plan.after, "id": key}
    found = site_coverage.findings(before, after, policies)
    concerned = policy_references.enforced_on([side[key] for side in (before, after) if key in side], policies)
    if not break_glass:
        return found + _shutting_out(concerned, before, after, key), []
    if not concerned:
        return found, []
    change = Change(policies, policies, frozenset(), list(after.values()), list(before.values()))
    more, problems = _way_back(change, break_glass, reads)
    return found + more, problems


def _makes_a_difference(plan: Plan) -> bool:
    """Whether a policy may apply where it does not now, or the other way round. A location that is new, policies can only refer
    to as one of all trusted ones."""
    if plan.verb == "create":
        return bool((plan.after or {}).get("isTrusted"))
    return plan.verb in ("delete", "restore") or not _DECIDES.isdisjoint(plan.changes)


def _shutting_out(
    policies: t.Sequence[Json], before: t.Mapping[str, Json], after: t.Mapping[str, Json], key: str
) -> list[Finding]:
    """NO-BREAK-GLASS, for each policy that would keep administrators from the admin center and does not now. Nobody is known whom
    it does not stop."""
    name = (after.get(key) or before[key]).get("displayName")
    return [
        lockout.finding("NO-BREAK-GLASS", f"'{name}' and policy '{policy.get('displayName')}'")
        for policy in policies
        if View(policy, after).for_administrators
        and shuts_out(policy, list(after.values()))
        and not shuts_out(policy, list(before.values()))
    ]


def _way_back(change: Change, break_glass: t.Sequence[str], reads: Reads) -> tuple[list[Finding], list[str]]:
    named = [Named(f"break_glass_accounts[{n}]", name, Reference("user")) for n, name in enumerate(break_glass)]
    wanted = directory.Wanted(named)
    reads.listings(wanted.paths())
    found = wanted.found(reads)
    accounts = {name: found.one("user", name) for name in break_glass}
    missing = lockout.of_accounts(accounts, "break_glass_accounts", lambda name: found.hint("user", name))
    # One account that is there is enough for the proof.
    proving = Known.of(change, accounts, reads, look=True)
    unresolved = found.problems(lambda entry: accounts[entry.value] is None and not found.matches("user", entry.value))
    return proving.way_back() or ([] if proving.people else missing), unresolved
