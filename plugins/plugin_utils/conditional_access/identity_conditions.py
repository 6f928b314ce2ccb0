# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The users and the client applications of a policy: whom it is for.

https://learn.microsoft.com/entra/identity/conditional-access/concept-conditional-access-users-groups: what is excluded wins over
what is included. https://learn.microsoft.com/graph/api/resources/conditionalaccessusers
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..shape import Json
from .policy_schema import GUESTS
from .sign_in import COLLABORATION, DIRECT_CONNECT, INTERNAL_GUEST, User, Workload
from .three_valued import Answer, agreed, all_of, any_of, negated, unknown

Test = t.Callable[[User | Workload | None], Answer]

_WHO = "who signs in"
_WHICH_KIND = "whether the user is a member or a guest, and of which kind"
_TENANT = "the home tenant of the user"


def users(conditions: Json) -> Test:
    """The policy's users as a test of a person; for a workload, ``workloads`` has the say."""
    value = conditions.get("users") or {}
    included, excluded = _People.of(value, "include"), _People.of(value, "exclude")

    def test(identity: User | Workload | None) -> Answer:
        if isinstance(identity, User):
            return all_of([included.has(identity), negated(excluded.has(identity))])
        return unknown(_WHO) if identity is None else True

    return test


@dataclasses.dataclass(frozen=True, slots=True)
class _People:
    """One side of a policy's users. Any of its lists is enough."""

    everyone: bool
    ids: frozenset[str]
    groups: frozenset[str]
    roles: frozenset[str]
    guests: tuple[_Guests, ...]

    @classmethod
    def of(cls, value: Json, side: str) -> _People:
        ids, groups, roles = (
            frozenset(member.lower() for member in value.get(f"{side}{name}") or ())
            for name in ("Users", "Groups", "Roles")
        )
        guests = (
            [_Guests.of(value[f"{side}GuestsOrExternalUsers"])] if value.get(f"{side}GuestsOrExternalUsers") else []
        )
        if "guestsorexternalusers" in ids:
            # The older way to say every kind of them (external-id/authentication-conditional-access, its note).
            guests.append(_EVERY_GUEST)
        return cls("all" in ids, ids - {"all", "none", "guestsorexternalusers"}, groups, roles, tuple(guests))

    def has(self, user: User) -> Answer:
        # All users are the guests too, and external users as they are any others (external-id/authentication-conditional-access).
        if self.everyone:
            return True
        return any_of(
            [
                _one_of(user.id, self.ids, _WHO),
                _share(user.groups, self.groups, "the groups of the user"),
                _share(user.roles, self.roles, "the active directory roles of the user"),
                *(guests.has(user) for guests in self.guests),
            ]
        )


def _one_of(value: str | None, values: frozenset[str], name: str) -> Answer:
    if not values:
        return False
    return unknown(name) if value is None else value in values


def _share(own: frozenset[str] | None, values: frozenset[str], name: str) -> Answer:
    if not values:
        return False
    return unknown(name) if own is None else not own.isdisjoint(values)


@dataclasses.dataclass(frozen=True, slots=True)
class _Guests:
    """Kinds of guests, of certain home tenants (None for any of them). ``strange`` are words of a newer Graph.

    https://learn.microsoft.com/graph/api/resources/conditionalaccessguestsorexternalusers
    """

    kinds: frozenset[str]
    tenants: frozenset[str] | None = None
    strange: frozenset[str] = frozenset()

    @classmethod
    def of(cls, value: Json) -> _Guests:
        (field,) = (field for field in GUESTS.fields if field.graph == "guestOrExternalUserTypes")
        kinds, strange = field.split(value.get(field.graph))
        tenants = value.get("externalTenants") or {}
        membership = tenants.get("membershipKind")
        if membership not in (None, "all", "enumerated"):
            strange.append(f"externalTenants: {membership}")
        members = frozenset(tenant.lower() for tenant in tenants.get("members") or ())
        return cls(frozenset(kinds), members if membership == "enumerated" else None, frozenset(strange))

    def has(self, user: User) -> Answer:
        return agreed([self._has_kind(kind, user) for kind in sorted(user.kinds)], _WHICH_KIND)

    def _has_kind(self, kind: str, user: User) -> Answer:
        if kind in self.kinds and not any(word.startswith("externalTenants") for word in self.strange):
            return self._of_tenant(kind, user.home_tenant)
        if self.strange:
            return unknown(*(f"what '{word}' means, a word of a newer Graph" for word in self.strange))
        related = (kind in COLLABORATION and DIRECT_CONNECT in self.kinds) or (
            kind == DIRECT_CONNECT and self.kinds & COLLABORATION
        )
        if related:
            # Some of one kind have policies for the other apply to them, says the note on the page of users and groups.
            return unknown("whether the user is there both by B2B direct connect and by B2B collaboration")
        return False

    def _of_tenant(self, kind: str, home_tenant: str | None) -> Answer:
        if self.tenants is None:
            return True
        if kind == INTERNAL_GUEST:
            return unknown("whether a list of external tenants narrows internal guests, which is not documented")
        return unknown(_TENANT) if home_tenant is None else home_tenant in self.tenants


_EVERY_GUEST = _Guests(
    frozenset(
        choice for field in GUESTS.fields if field.graph == "guestOrExternalUserTypes" for choice in field.choices
    )
)


def workloads(conditions: Json) -> Test:
    """The policy's client applications as a test of a service principal; for a person, ``users`` has the say.

    https://learn.microsoft.com/entra/identity/conditional-access/workload-identity
    """
    value = conditions.get("clientApplications") or {}
    included, excluded = (
        frozenset(member.lower() for member in value.get(f"{side}ServicePrincipals") or ())
        for side in ("include", "exclude")
    )
    rule = value.get("servicePrincipalFilter") or {}
    mode = rule.get("mode") if rule else None
    filtered = unknown("the custom security attributes of the service principal, which a filter looks at")

    def test(identity: User | Workload | None) -> Answer:
        if not isinstance(identity, Workload):
            return unknown(_WHO) if identity is None else True
        if not included and not rule:
            return False
        every = "serviceprincipalsinmytenant" in included
        inside = filtered if rule and mode != "exclude" else every or _one_of(identity.id, included, _WHO)
        outside = any_of([_one_of(identity.id, excluded, _WHO), filtered if rule and mode != "include" else False])
        own = "whether the service principal is of a single-tenant application of this tenant"
        return all_of([unknown(own) if identity.own is None else identity.own, inside, negated(outside)])

    return test
