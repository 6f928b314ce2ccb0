# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a policy must be proven by before it is enforced: a verdict of this policy and its locations as they are, ready, and no
older than an hour."""

from __future__ import annotations

import datetime
import typing as t

from ..graph.reads import Reads
from ..options import Options
from ..shape import Json
from . import fingerprint, growth, moments, names
from .lockout import Finding, finding
from .unmet import stops_people

OPTIONS: Options = {
    "needs_evidence": {"type": "bool", "default": False},
    "evidence": {"type": "dict"},
}

FRESH = datetime.timedelta(hours=1)
# Two machines' clocks may differ by so much.
CLOCKS_DIFFER = datetime.timedelta(minutes=5)


_WAY_OUT = "Go back with msp.entra.relax first, then deploy, validate and enforce"
_TURNED_ON = (
    "it is not on now and would be, and whom it stops by now nobody has seen. If this is the backup of a relax, that of the run "
    "before it may be meant"
)


class There(t.NamedTuple):
    """Where a policy is to be enforced, and when: ``tenant`` is asked for its id, and only where that matters."""

    tenant: t.Callable[[], str]
    around: growth.Around
    now: datetime.datetime


def beside(
    before: Json | None,
    after: Json,
    spared: t.Iterable[str],
    locations: t.Iterable[Json],
    reads: Reads,
    ended: t.Collection[str] = (),
) -> growth.Around:
    """What is there beside a policy, as ``growth`` takes it; ``spared`` are ids in whichever case. Names are looked up only where
    they are told."""
    said = names.saying([before or {}, after], reads)
    return growth.Around(list(locations), {account.lower() for account in spared}, ended, said)


def findings(options: Options, before: Json | None, after: Json, there: There) -> list[Finding]:
    """What speaks against enforcing a policy as it is going to be; nothing where it is not going to be on, or is on already and
    would stop no more than it does."""
    if not options["needs_evidence"] or after.get("state") != "enabled":
        return []
    if before is not None and before.get("state") == "enabled":
        return of_enforced(before, after, there.around)
    wrong = _wrong(options["evidence"] or {}, before, there)
    more = growth.more(before, after, there.around) if before and not wrong else []
    if more:
        wrong = f"it would stop more than was seen: {'; '.join(more)}"
    return [finding("NO-EVIDENCE", f"policy '{after.get('displayName')}' ({wrong})")] if wrong else []


def of_enforced(before: Json, after: Json, around: growth.Around) -> list[Finding]:
    """What speaks against a write to a policy that is on and stays on: whatever it would stop more, nobody has seen."""
    more = growth.more(before, after, around)
    where = f"policy '{after.get('displayName')}' (it is on and would stop more: {'; '.join(more)}. {_WAY_OUT})"
    return [finding("NO-EVIDENCE", where)] if more else []


def of_put_back(before: Json | None, after: Json, around: growth.Around) -> list[Finding]:
    """What speaks against putting back a policy that was on. Where it is on, as for every policy; where it is not, one that stops
    people is not turned on unseen: it may have been relaxed, or taken away, since it stopped the wrong ones."""
    if after.get("state") != "enabled":
        return []
    if before is not None and before.get("state") == "enabled":
        return of_enforced(before, after, around)
    name = f"policy '{after.get('displayName')}'"
    return [finding("NO-EVIDENCE", f"{name} ({_TURNED_ON})")] if stops_people(after) else []


def _wrong(evidence: Options, before: Json | None, there: There) -> str:
    """Why the evidence is none, or nothing."""
    if before is None:
        return "it is not there yet, so nothing can have been seen of it"
    if not evidence:
        return "none was given"
    if evidence.get("verdict") != "ready":
        reasons = " ".join(map(str, evidence.get("reasons") or ()))
        return f"the verdict is {evidence.get('verdict')}: {reasons}".rstrip(": .")
    if str(evidence.get("policy")).lower() != before["id"].lower() or evidence.get("tenant") != there.tenant():
        return "what was given is of another policy or tenant"
    try:
        at = moments.moment(str(evidence.get("at")))
    except ValueError:
        return "what was given does not say when it was seen"
    age = there.now - at
    if -age > CLOCKS_DIFFER:
        return f"what was given is {-age.total_seconds() / 60:.0f} minutes ahead of the clock here"
    changed = before.get("modifiedDateTime") or before.get("createdDateTime")
    if changed and moments.moment(changed) > at:
        return "the policy has been changed since it was seen"
    if different := fingerprint.difference(evidence.get("seen"), before, there.around.locations):
        return different
    if age > FRESH:
        return f"what was given is {age.total_seconds() / 60:.0f} minutes old, and {FRESH.total_seconds() / 60:.0f} are allowed"
    return ""
