# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a customer's relationships come to: which roles the partner has in the tenant now, what is missing, until when."""

from __future__ import annotations

import datetime
import math
import typing as t

from .. import builtin_roles
from ..conditional_access.moments import moment, written
from ..graph.answers import Json
from . import roles_needed
from .partner import ACTIVE
from .roles_needed import Need
from .view import View

_DAY = datetime.timedelta(days=1)


class Relationship:
    """One delegated admin relationship, as ``partner.read`` has it."""

    def __init__(self, known: Json, view: View):
        self._known = known
        self._view = view
        self.status = known["status"]
        self.ends = moment(known["ends"]) if known["ends"] else None
        # One that extends itself may be a little past its end before Graph shows the next.
        self.lasts = known["auto_extends"] or self.ends is None
        self.is_active = self.status == ACTIVE and (known["auto_extends"] or self.ends is None or self.ends > view.now)

    @property
    def name(self) -> str:
        """What the partner calls it."""
        return str(self._known["name"])

    @property
    def not_read(self) -> str | None:
        """Why it is not known which of its roles are assigned; None where it is known, or nothing is in effect anyway."""
        return self._known["not_read"] if self.is_active else None

    @property
    def roles_in_effect(self) -> frozenset[str]:
        """Template ids of the roles that somebody of the partner is known to have by it now."""
        if not self.is_active or self.not_read:
            return frozenset()
        if self._known["assignments"] is None:
            return frozenset(self._known["roles"])
        counted = [
            one for one in self._known["assignments"] if self._view.groups is None or one["group"] in self._view.groups
        ]
        # An assignment may name a role that the relationship no longer has.
        return frozenset(role for one in counted for role in one["roles"]) & frozenset(self._known["roles"])

    def grants(self, need: Need) -> bool:
        """Whether the customer has granted it, assigned or not."""
        return self.is_active and roles_needed.meets(need, self._known["roles"])

    def variables(self) -> Json:
        """One entry of ``entra_gdap_relationships``."""
        return {
            "id": self._known["id"],
            "name": self._known["name"],
            "status": self.status,
            "active": self.is_active,
            "ends": written(self.ends) if self.ends else None,
            "days_left": _days(self.ends, self._view.now),
            "auto_extends": self._known["auto_extends"],
            "roles": _names(self._known["roles"]),
            "role_ids": sorted(self._known["roles"]),
            "roles_in_effect": _names(self.roles_in_effect),
            "not_read": self.not_read,
        }


class Customer:
    """A customer's tenant with the relationships that count."""

    def __init__(self, tenant_id: str, name: str, relationships: t.Sequence[Relationship], view: View):
        self.tenant_id = tenant_id
        self.name = name
        self.relationships = relationships
        self._view = view
        self._active = [one for one in relationships if one.is_active]

    @property
    def roles(self) -> frozenset[str]:
        """Template ids of all roles that are known to be in effect now."""
        return frozenset(role for one in self._active for role in one.roles_in_effect)

    @property
    def unmet(self) -> list[Need]:
        """What is needed and not known to be in effect."""
        return [need for need in self._view.needed if not roles_needed.meets(need, self.roles)]

    @property
    def unknown(self) -> list[Need]:
        """What of that may be in effect all the same, by a relationship whose assignments could not be read."""
        return [need for need in self.unmet if any(one.not_read and one.grants(need) for one in self._active)]

    @property
    def missing(self) -> list[Need]:
        """What is needed and not in effect."""
        unknown = self.unknown
        return [need for need in self.unmet if need not in unknown]

    @property
    def ends(self) -> datetime.datetime | None:
        """When the first of the roles needed is lost, the last relationship that gives it counting; where one is missing already
        or not known, when the last relationship ends. None where nothing ends by itself, or nothing is active."""
        if self.unmet or not self._view.needed:
            return _last_end(self._active)
        ends = [
            _last_end([one for one in self._active if roles_needed.meets(need, one.roles_in_effect)])
            for need in self._view.needed
        ]
        return min((end for end in ends if end), default=None)

    @property
    def groups(self) -> list[str]:
        """The groups that it is in, of ``GROUPS``."""
        return [name for name, belongs in GROUPS.items() if belongs(self)]

    @property
    def is_active(self) -> bool:
        """Whether any relationship is in effect."""
        return bool(self._active)

    @property
    def is_expiring(self) -> bool:
        """Whether the access ends within the days that are asked for."""
        return self.ends is not None and self.ends - self._view.now <= self._view.expiring_days * _DAY

    def variables(self) -> Json:
        """The host's variables. Texts are as Graph has them: the customer wrote them, so nobody may take them for templates."""
        return {
            "ansible_connection": "local",
            "entra_tenant_id": self.tenant_id,
            "entra_gdap_customer": self.name,
            "entra_gdap_active": self.is_active,
            "entra_gdap_statuses": sorted({one.status for one in self.relationships}),
            "entra_gdap_roles": _names(self.roles),
            "entra_gdap_role_ids": sorted(self.roles),
            "entra_gdap_roles_missing": [self._told(need) for need in self.missing],
            "entra_gdap_roles_unknown": [roles_needed.words(need) for need in self.unknown],
            "entra_gdap_ends": written(self.ends) if self.ends else None,
            "entra_gdap_days_left": _days(self.ends, self._view.now),
            "entra_gdap_relationships": [one.variables() for one in self.relationships],
        }

    def _told(self, need: Need) -> str:
        granted = any(one.grants(need) for one in self._active)
        return roles_needed.words(need) + (" (granted, but not assigned to a group that counts)" if granted else "")


# The first is whom the playbooks work on; the others tell why a tenant is not there, or will not be for long. One of which Graph
# did not let be seen whether a role is missing stays: it would drop out of every audit, and nobody be told.
GROUPS: dict[str, t.Callable[[Customer], bool]] = {
    "entra_tenants": lambda customer: customer.is_active and not customer.missing,
    "entra_gdap_roles_missing": lambda customer: customer.is_active and bool(customer.missing),
    "entra_gdap_roles_unknown": lambda customer: customer.is_active and bool(customer.unmet) and not customer.missing,
    "entra_gdap_expiring": lambda customer: customer.is_expiring,
    "entra_gdap_inactive": lambda customer: not customer.is_active,
}


def customers(known: Json, view: View) -> list[Customer]:
    """The customers of what ``partner.read`` has read, by tenant id. One whose last relationship has ended is no customer to
    Graph any more, and is known by that relationship; where ``statuses`` are asked for, by one of those."""
    relationships: dict[str, list[Relationship]] = {}
    names: dict[str, str] = {}
    for one in sorted(known["relationships"], key=lambda one: one["id"]):
        if one["customer"] and (view.statuses is None or one["status"] in view.statuses):
            relationships.setdefault(one["customer"]["tenant_id"], []).append(Relationship(one, view))
            names[one["customer"]["tenant_id"]] = one["customer"]["name"]
    for one in known["customers"]:
        if view.statuses is None or one["tenant_id"] in names:
            names[one["tenant_id"]] = one["name"] or names.get(one["tenant_id"], "")
    return [
        Customer(tenant_id, names[tenant_id], relationships.get(tenant_id, []), view) for tenant_id in sorted(names)
    ]


def _last_end(relationships: t.Sequence[Relationship]) -> datetime.datetime | None:
    if any(one.lasts for one in relationships):
        return None
    return max((one.ends for one in relationships if one.ends), default=None)


def _days(ends: datetime.datetime | None, now: datetime.datetime) -> int | None:
    """Whole days left, 0 on the last one, negative after it."""
    return math.floor((ends - now) / _DAY) if ends else None


def _names(roles: t.Iterable[str]) -> list[str]:
    return sorted(builtin_roles.name_of(role) for role in roles)
