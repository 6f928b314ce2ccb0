# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signing people in: from attempts to outcomes, sessions and entries of the log.

The v1.0 log lists interactive sign-ins of users; what a session does by itself and what service principals do is judged
here as well, and leaves no entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from .moments import graph_time, moment_of
from .sign_in_attempts import Attempt, Names
from .sign_in_entries import entry_of
from .sign_in_outcomes import Door, Outcome
from .sign_in_refusals import CONTINUES, ENDINGS
from .sign_in_sessions import TOKEN_LIFETIME, Session
from .tenants import JsonObject, Tenant


@dataclass(frozen=True)
class Made:
    """One sign-in that was made: the word it ended with, its number, its verdicts, and the id of its entry."""

    word: str
    error_code: int
    outcome: Outcome | None
    created: datetime
    entry_id: str | None


class SignInDesk:
    """Makes sign-ins in one tenant by a snapshot of its rules; a bulk of them shares what it looks up."""

    def __init__(self, tenant: Tenant, new_id: Callable[[], str] = lambda: str(uuid4())) -> None:
        self.names = Names(tenant)
        self._tenant = tenant
        self._door = Door(tenant)
        self._new_id = new_id
        self._lists: dict[tuple[str, ...], list[JsonObject]] = {}
        self._entries: dict[tuple[Attempt, Outcome], JsonObject] = {}

    @property
    def terms(self) -> Mapping[str, str]:
        """The tenant's terms of use, id to name."""
        return self._door.rules.terms

    def make(self, attempt: Attempt, at: datetime, *, late_by: float = 0, entry_id: str | None = None) -> Made:
        """Let somebody try at a moment, and keep what became of it; ``entry_id`` is for an entry that has one already."""
        if attempt.continue_session:
            return self._continue(attempt, at)
        outcome = self._door.outcome(attempt)
        if outcome.error_code == 0 and attempt.user_id is not None:
            self._tenant.accepted_terms[attempt.user_id] = set(outcome.proof.accepted_terms)
            if attempt.app_id is not None:
                self._tenant.sessions.begin(attempt.user_id, attempt.app_id, at, outcome.proof)
        if not attempt.interactive or attempt.user_id is None:
            return Made(outcome.word, outcome.error_code, outcome, at, None)
        key = entry_id or self._new_id()
        self._tenant.sign_ins.add(key, at, self._new_id(), self._entry(attempt, outcome), late_by=late_by)
        return Made(outcome.word, outcome.error_code, outcome, at, key)

    def _continue(self, attempt: Attempt, at: datetime) -> Made:
        """Go on with a session, which asks Entra once an hour."""
        user_id, app_id = attempt.user_id or "", attempt.app_id or ""
        session = self._tenant.sessions.find(user_id, app_id)
        if session is None or session.began > at:
            return Made(ENDINGS[50058][0], 50058, None, at, None)
        if session.began < self._valid_from(user_id):
            self._tenant.sessions.end(user_id, app_id)
            return Made(ENDINGS[50173][0], 50173, None, at, None)
        if at - session.renewed < TOKEN_LIFETIME:
            return Made(CONTINUES, 0, None, at, None)
        return self._renew(attempt, session, at)

    def _renew(self, attempt: Attempt, session: Session, at: datetime) -> Made:
        outcome = self._door.outcome(attempt, session.proof(self._door.first_proof(attempt), at))
        if outcome.error_code == 0:
            session.renewed = at
        return Made(outcome.word, outcome.error_code, outcome, at, None)

    def _valid_from(self, user_id: str) -> datetime:
        user = self._tenant.get("users", user_id) or {}
        return moment_of(user["signInSessionsValidFromDateTime"], datetime.min)

    def _entry(self, attempt: Attempt, outcome: Outcome) -> JsonObject:
        key = (attempt, outcome)
        if key not in self._entries:
            self._entries[key] = entry_of(self._tenant, attempt, outcome, self._verdicts(outcome))
        return self._entries[key]

    def _verdicts(self, outcome: Outcome) -> list[JsonObject]:
        results = tuple(verdict.result for verdict in outcome.verdicts)
        if results not in self._lists:
            self._lists[results] = [self._door.rules.shown(verdict) for verdict in outcome.verdicts]
        return self._lists[results]

    def answer(self, made: Made) -> JsonObject:
        """Return what a practice call is told of a sign-in."""
        verdicts = made.outcome.verdicts if made.outcome else ()
        return {
            "outcome": made.word,
            "error_code": made.error_code,
            "reason": f"AADSTS{made.error_code}: {ENDINGS[made.error_code][1]}" if made.error_code else None,
            "at": graph_time(made.created),
            "entry_id": made.entry_id,
            "policies": [
                {
                    "id": one.policy["id"],
                    "display_name": one.policy["displayName"],
                    "state": one.policy["state"],
                    "result": one.result,
                    "reason": one.reason,
                }
                for one in verdicts
            ],
        }
