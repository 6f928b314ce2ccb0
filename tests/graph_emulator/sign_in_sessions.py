# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is signed in to what: sessions, their hourly renewal, and their end by ``revokeSignInSessions``.

Within the hour of an access token nothing is judged. A renewal meets the policies as they are then, with what the
session has shown, and nobody to ask. A session that began before the user's ``signInSessionsValidFromDateTime`` is over.
Sources: Microsoft's pages on network assignment ("When is a location evaluated?"), session lifetime, and
revokeSignInSessions. One simplification: a revoked session ends at once, not when its access token does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .sign_in_facts import Proof

TOKEN_LIFETIME = timedelta(hours=1)


@dataclass
class Session:
    """One user's session with one application."""

    began: datetime
    renewed: datetime
    methods: frozenset[str]
    mfa_at: datetime | None

    def proof(self, first: Proof, at: datetime) -> Proof:
        """Return what the session shows at a moment; ``first`` has what the device and the client app show."""
        return replace(
            first,
            methods=self.methods,
            mfa_age=None if self.mfa_at is None else (at - self.mfa_at).total_seconds(),
            first_factor_age=(at - self.began).total_seconds(),
            can_be_asked=False,
        )


class Sessions:
    """The sessions of a tenant, by user and application. They live in memory: a restart signs everybody out."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[str, str], Session] = {}

    def begin(self, user_id: str, app_id: str, at: datetime, proof: Proof) -> None:
        """Note a successful sign-in; it takes the place of the session there was, unless that is a later one."""
        there = self._sessions.get((user_id, app_id))
        if there is not None and there.began > at:
            return
        mfa_at = None if proof.mfa_age is None else at - timedelta(seconds=proof.mfa_age)
        self._sessions[user_id, app_id] = Session(at, at, proof.methods, mfa_at)

    def find(self, user_id: str, app_id: str) -> Session | None:
        """Return a session, whether or not it is still good."""
        return self._sessions.get((user_id, app_id))

    def end(self, user_id: str, app_id: str) -> None:
        """Forget a session."""
        self._sessions.pop((user_id, app_id), None)
