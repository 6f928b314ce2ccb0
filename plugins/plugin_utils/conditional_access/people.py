# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts as Conditional Access sees them: their groups and roles, and whether they are members or guests."""

from __future__ import annotations

import typing as t

from ..graph.errors import GraphError
from ..graph.reads import Reads
from ..shape import Json
from .sign_in import COLLABORATION, INTERNAL_GUEST, KINDS, MEMBER, User

_BY_MEMBERSHIP = ("includeGroups", "excludeGroups", "includeRoles", "excludeRoles")

# In the UPN of everyone who was invited (https://learn.microsoft.com/entra/external-id/user-properties).
_INVITED = "#EXT#"


class Memberships(t.NamedTuple):
    """Ids of groups and template ids of active directory roles. None is unknown."""

    groups: frozenset[str] | None
    roles: frozenset[str] | None


_UNKNOWN = Memberships(None, None)


def depend_on_membership(policies: t.Iterable[Json]) -> bool:
    """Whether one of the policies is for a group or a role, or leaves one out."""
    users = [(policy.get("conditions") or {}).get("users") or {} for policy in policies]
    return any(one.get(name) for one in users for name in _BY_MEMBERSHIP)


def memberships(accounts: t.Iterable[str], reads: Reads) -> dict[str, Memberships]:
    """Groups and roles of users, by id, direct or through others: one batch. One who cannot be read stays unknown.

    https://learn.microsoft.com/graph/api/user-list-transitivememberof. What the caller may not read of a kind comes with its id
    and nothing else; a role that does not say which one it is leaves the roles unknown.
    """
    paths = {account: path_of(account) for account in accounts}
    answers = reads.attempts(list(paths.values())) if paths else {}
    return {account: _read(answers[path]) for account, path in paths.items()}


def path_of(account: str) -> str:
    """Where the groups and roles of a user are read, by id."""
    return f"/users/{account}/transitiveMemberOf"


def _read(found: list[Json] | GraphError) -> Memberships:
    if isinstance(found, GraphError):
        return _UNKNOWN
    kinds: dict[str, list[Json]] = {str(one.get("@odata.type")).rpartition(".")[2]: [] for one in found}
    for one in found:
        kinds[str(one.get("@odata.type")).rpartition(".")[2]].append(one)
    roles = [one.get("roleTemplateId") for one in kinds.get("directoryRole", ())]
    groups = frozenset(one["id"] for one in kinds.get("group", ()))
    return Memberships(groups, None if None in roles else frozenset(filter(None, roles)))


def methods_of(account: str) -> str:
    """Where it is read what an account has registered, by id (https://learn.microsoft.com/graph/api/
    userregistrationdetails-get). That takes AuditLog.Read.All and a premium licence, and accounts that are disabled have none."""
    return f"/reports/authenticationMethods/userRegistrationDetails/{account}"


def without_mfa(accounts: t.Mapping[str, Json], reads: Reads) -> frozenset[str]:
    """The names of the accounts that are known to have no method for MFA registered: one batch. Where that may not be read, or is
    not said, nobody is."""
    paths = {name: methods_of(account["id"]) for name, account in accounts.items()}
    answers = reads.attempts(list(paths.values())) if paths else {}
    return frozenset(name for name, path in paths.items() if mfa_registered(answers[path]) is False)


def mfa_registered(answer: list[Json] | GraphError) -> bool | None:
    """Whether a method for MFA is registered, by what there is at ``methods_of``; None where that may not be read or is not
    said."""
    told = None if isinstance(answer, GraphError) or not answer else answer[0].get("isMfaRegistered")
    return told if isinstance(told, bool) else None


def kinds_of(account: Json) -> frozenset[str]:
    """What a user object can be, in the words of ``sign_in``, from its userType and userPrincipalName.

    Whoever was invited or added from another tenant has the mark in the UPN, and may be a member all the same.
    """
    kind, upn = account.get("userType"), account.get("userPrincipalName")
    if not kind or not upn:
        return KINDS
    if _INVITED.lower() in upn.lower():
        return COLLABORATION
    return frozenset({MEMBER if kind == "Member" else INTERNAL_GUEST})


def users(accounts: t.Mapping[str, Json], policies: t.Sequence[Json], reads: Reads | None) -> dict[str, User]:
    """Accounts by the names they were given under, each as a person that the policies can be asked about.

    Groups and roles are looked up where a policy depends on them; without ``reads``, they stay unknown then.
    """
    ids = [account["id"] for account in accounts.values()]
    if not depend_on_membership(policies):
        # Nobody asks.
        known = dict.fromkeys(ids, _UNKNOWN)
    else:
        known = memberships(ids, reads) if reads else dict.fromkeys(ids, _UNKNOWN)
    return {
        name: User(account["id"], *known[account["id"]], kinds=kinds_of(account)) for name, account in accounts.items()
    }
