# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sign-in sessions of people (https://learn.microsoft.com/graph/api/user-revokesigninsessions).

Conditional Access is asked at a sign-in and at the renewal of a session. Whoever is signed in goes on until then; without the
session, the policies are met at once.
"""

from __future__ import annotations

import typing as t

from . import directory, journal
from .backup import Intent
from .conditional_access import permissions
from .graph.errors import BadInput, EntraError, GraphError, NotFound, OutOfPatience
from .graph.reads import Reads
from .guids import is_guid
from .options import ArgumentSpec, Options
from .shape import Json, Named, Reference
from .writes import Writes

USER = Reference("user")


class NotAllowed(EntraError):
    """The token says that the caller may not end sessions."""

    kind = "permission"


class NotEnded(EntraError):
    """The sessions of some accounts could not be ended, whatever became of the others'. ``errors`` are by the account's name."""

    def __init__(self, errors: t.Mapping[str, EntraError], ended: t.Sequence[str], untried: t.Sequence[str]):
        self.errors = list(errors.values())
        self.kind = self.errors[0].kind
        count = len(errors) + len(ended) + len(untried)
        lines = [f"\n- {name}: {error}" for name, error in errors.items()]
        lines += [f"\n- {name}: not tried any more" for name in untried]
        told = f"\nThose of {', '.join(ended)} were ended." if ended else "\nNobody's were ended."
        super().__init__(
            f"The sign-in sessions of {len(errors) + len(untried)} of {count} accounts could not be ended:{''.join(lines)}{told}"
        )

    def facts(self) -> Options:
        return self.errors[0].facts()


def _problems(options: Options) -> list[str]:
    return [
        f"users[{number}]: '{name}' is neither a UPN, such as dana@contoso.com, nor an id."
        for number, name in enumerate(options["users"])
        if "@" not in name and not is_guid(name)
    ]


SPEC = ArgumentSpec(
    {
        "users": {"type": "list", "elements": "str", "required": True},
        "missing": {"type": "str", "choices": ["refuse", "skip"], "default": "refuse"},
        **journal.OPTION,
    },
    checks=(_problems,),
)


def revoke(options: Options, reads: Reads, check_mode: bool) -> Options:
    """End the sessions of all of them. Raises BadInput for those who are not there, unless they are to be skipped, and
    NotAllowed, both before any session is ended; NotEnded where that failed for some."""
    skips = options["missing"] == "skip"
    named = [Named(f"users[{number}]", name, USER) for number, name in enumerate(options["users"])]
    wanted = directory.Wanted(named)
    reads.listings(wanted.paths())
    found = wanted.found(reads)
    gone = [one.value for one in named if skips and not found.matches("user", one.value)]
    if problems := found.problems(lambda one: one.value in gone):
        raise BadInput(problems, looked=True)
    held = reads.session.permissions
    if named and held is not None and not permissions.is_held(permissions.REVOKE_SESSIONS, held):
        raise NotAllowed(
            f"The application may not end sign-in sessions: it lacks {permissions.REVOKE_SESSIONS}. Grant it with an "
            "administrator's consent in this tenant. No session was ended."
        )
    accounts = {account["id"]: account for one in named if (account := found.one("user", one.value))}
    ended, left = _ended(list(accounts.values()), skips, reads, Writes(options, reads.session, check_mode))
    gone = list(dict.fromkeys([*gone, *left]))
    return {
        "changed": bool(ended),
        "revoked": [{"id": one["id"], "user_principal_name": one.get("userPrincipalName")} for one in ended],
        "gone": gone,
        "warnings": [f"Not in this tenant, so there is no session of theirs to end: {', '.join(gone)}."]
        if gone
        else [],
    }


def _ended(accounts: t.Sequence[Json], skips: bool, reads: Reads, writes: Writes) -> tuple[list[Json], list[str]]:
    """The accounts whose sessions were ended, and the ids of those who have left by now, where they are to be skipped. One
    account's failure does not keep another's sessions. Raises NotEnded."""
    ended: list[Json] = []
    left: list[str] = []
    failed: dict[str, EntraError] = {}
    untried: list[str] = []
    for number, account in enumerate(accounts):
        try:
            _end(account["id"], _name(account), reads, writes)
            ended.append(account)
        except NotFound as error:
            if skips:
                left.append(account["id"])
            else:
                failed[_name(account)] = error
        except (GraphError, OutOfPatience) as error:
            failed[_name(account)] = error
        except EntraError as error:
            # No login, no network, no journal: the same for everybody.
            failed[_name(account)] = error
            untried = [_name(one) for one in accounts[number + 1 :]]
            break
    if failed:
        raise NotEnded(failed, [_name(one) for one in ended], untried)
    return ended, left


def _name(account: Json) -> str:
    return str(account.get("userPrincipalName") or account["id"])


def _end(account: str, name: str, reads: Reads, writes: Writes) -> None:
    """End the sessions of one account, told in the journal."""
    intent = Intent("sign-in sessions", "revoke", account, None, {"displayName": name})
    if writes.check_mode:
        writes.planned(intent)
        return
    write = writes.begin(intent)
    try:
        # Ending what has ended does no harm, so a lost answer is no reason to stop.
        reads.session.repeat(f"/users/{account}/revokeSignInSessions")
    except EntraError as error:
        write.failed(error, isinstance(error, GraphError))
        raise
    write.done(write.entry.after)
