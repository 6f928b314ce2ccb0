# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sign-in sessions of people (https://learn.microsoft.com/graph/api/user-revokesigninsessions).

Conditional Access is asked at a sign-in and at the renewal of a session. Whoever is signed in goes on until then; without the
session, the policies are met at once.
"""

from __future__ import annotations

from . import directory, journal
from .graph.errors import BadInput, EntraError, GraphError
from .graph.reads import Reads
from .guids import is_guid
from .options import ArgumentSpec, Options
from .shape import Named, Reference
from .writes import Writes

USER = Reference("user")


def _problems(options: Options) -> list[str]:
    return [
        f"users[{number}]: '{name}' is neither a UPN, such as dana@contoso.com, nor an id."
        for number, name in enumerate(options["users"])
        if "@" not in name and not is_guid(name)
    ]


SPEC = ArgumentSpec(
    {"users": {"type": "list", "elements": "str", "required": True}, **journal.OPTION}, checks=(_problems,)
)


def revoke(options: Options, reads: Reads, check_mode: bool) -> Options:
    """End the sessions of all of them. Raises BadInput for those who are not there, before any session is ended."""
    named = [Named(f"users[{number}]", name, USER) for number, name in enumerate(options["users"])]
    wanted = directory.Wanted(named)
    reads.listings(wanted.paths())
    found = wanted.found(reads)
    if problems := found.problems():
        raise BadInput(problems, looked=True)
    accounts = {account["id"]: account for one in named if (account := found.one("user", one.value))}
    writes = Writes(options, reads.session, check_mode)
    for account, known in accounts.items():
        _end(account, str(known.get("userPrincipalName")), reads, writes)
    revoked = [{"id": one["id"], "user_principal_name": one.get("userPrincipalName")} for one in accounts.values()]
    return {"changed": bool(revoked), "revoked": revoked}


def _end(account: str, name: str, reads: Reads, writes: Writes) -> None:
    """End the sessions of one account, told in the journal."""
    told = ("sign-in sessions", "revoke", account, None, {"displayName": name})
    if writes.check_mode:
        writes.planned(*told)
        return
    write = writes.begin(*told)
    try:
        # Ending what has ended does no harm, so a lost answer is no reason to stop.
        reads.session.repeat(f"/users/{account}/revokeSignInSessions")
    except EntraError as error:
        write.failed(error, isinstance(error, GraphError))
        raise
    write.done(write.entry.after)
