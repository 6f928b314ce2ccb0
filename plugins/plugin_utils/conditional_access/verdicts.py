# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A check's verdict, for what is looked at before a policy is written and before it is enforced.

A check tells pass only for what it has seen. What cannot be read is unknown, and unknown is never shown as passed.
"""

from __future__ import annotations

import typing as t

from ..graph.errors import EntraError
from ..options import Options
from ..shape import Json

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"

LET_IT_BE_READ = (
    "Nothing is known to be wrong. Let it be read, such as by the permission that is named, and look again."
)


# Where no permission would help, behind what would.
_LOOK_AGAIN = "Nothing else is known to be wrong; look again then."


class Unread(Exception):
    """A fact that could not be read, with the reason in words for people, and what to do about that."""

    def __init__(self, why: str, remedy: str = LET_IT_BE_READ):
        super().__init__(why)
        self.remedy = remedy


def unread(error: EntraError) -> Unread:
    """A fact that an error stands in the way of. Its remedy asks for a permission only where one may be missing."""
    otherwise = getattr(error, "otherwise", "")
    return Unread(str(error), f"{otherwise} {_LOOK_AGAIN}" if otherwise else LET_IT_BE_READ)


def read(answer: list[Json] | EntraError) -> list[Json]:
    """One of the answers of ``Reads.attempts``. Raises Unread where it is a refusal."""
    if isinstance(answer, EntraError):
        raise unread(answer) from answer
    return answer


class Verdict(t.NamedTuple):
    """pass, fail or unknown, and what was seen."""

    status: str
    evidence: str


def shown(id: str, title: str, remedy: str, verdict: Verdict) -> Options:
    """A check in the modules' words; what to do is told where it has not passed. The title is what is asked for, the evidence
    what was seen, as the rest of a sentence."""
    remedy, evidence = "" if verdict.status == PASS else remedy, verdict.evidence.rstrip(".")
    return {"id": id, "title": title, "status": verdict.status, "evidence": evidence, "remedy": remedy}


class Check(t.NamedTuple):
    """A question to the facts of a tenant. ``look`` raises Unread where those that it needs could not be read."""

    id: str
    title: str
    remedy: str
    look: t.Callable[[t.Any], Verdict]


def result(check: Check, facts: t.Any) -> Options:
    """A check as the modules show it."""
    try:
        return shown(check.id, check.title, check.remedy, check.look(facts))
    except Unread as why:
        # The check's own remedy is for what is wrong, and nothing is known to be.
        told = shown(check.id, check.title, why.remedy, Verdict(UNKNOWN, str(why)))
        # Whoever looks every night can do something about a refusal; other things cannot be known at all.
        return {**told, "unread": True} if isinstance(why.__cause__, EntraError) else told


def assessment(checks: t.Sequence[Options]) -> Options:
    """Checks as a module returns them: the checks, and the ids of those that pass, fail and are unknown."""
    by_status = {
        status: [check["id"] for check in checks if check["status"] == status] for status in (PASS, FAIL, UNKNOWN)
    }
    return {"checks": list(checks), **by_status}
