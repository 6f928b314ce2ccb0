# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who somebody is to Conditional Access: groups at any depth, roles held directly or by a group, kind of guest.

Sources: "Users, groups, and workload identities" and "Conditional Access for external users" in Microsoft's documents:
policy is applied to nested groups, roles are built-in ones held for the whole tenant, and workload identities are the
single-tenant service principals that are registered in the tenant.
"""

from __future__ import annotations

from .sign_in_facts import Identity
from .tenants import JsonObject, Tenant


class Identities:
    """The people and service principals of a tenant, each looked up once."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._roles = {one["id"]: one["roleTemplateId"] for one in tenant.all("directoryRoles")}
        self._owners: dict[str, list[str]] = {}
        for owner, members in tenant.members.items():
            for member in members:
                self._owners.setdefault(member.lower(), []).append(owner)
        self._known: dict[str, Identity] = {}

    def user(self, user: JsonObject) -> Identity:
        """Return who a user of the directory is."""
        if user["id"] not in self._known:
            groups, roles = self._belongs_to(user["id"])
            self._known[user["id"]] = Identity(
                user["id"],
                groups=groups,
                roles=roles,
                guest_kind=guest_kind(user),
                home_tenant=self._tenant.home_tenants.get(user["id"]),
            )
        return self._known[user["id"]]

    def service_principal(self, principal: JsonObject) -> Identity:
        """Return who a service principal is."""
        own = principal["appOwnerOrganizationId"] == self._tenant.id
        single = own and principal["signInAudience"] == "AzureADMyOrg"
        return Identity(
            principal["id"],
            is_user=False,
            is_single_tenant=single and principal["servicePrincipalType"] == "Application",
        )

    def _belongs_to(self, object_id: str) -> tuple[frozenset[str], frozenset[str]]:
        """Return the groups and the roles (template ids), whatever the depth; groups may hold each other."""
        seen: set[str] = set()
        waiting = [object_id]
        while waiting:
            for owner in self._owners.get(waiting.pop(), ()):
                if owner not in seen:
                    seen.add(owner)
                    waiting.append(owner)
        roles = frozenset(self._roles[one] for one in seen if one in self._roles)
        return frozenset(one for one in seen if one not in self._roles), roles


def guest_kind(user: JsonObject) -> str:
    """Return a user's word of conditionalAccessGuestOrExternalUserTypes. Who was invited signs in elsewhere."""
    is_guest = user["userType"] == "Guest"
    if user["creationType"] == "Invitation":
        return "b2bCollaborationGuest" if is_guest else "b2bCollaborationMember"
    return "internalGuest" if is_guest else "none"
