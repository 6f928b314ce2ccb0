# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether what a policy names exists in the tenant, as readers see it now.

A location that was just created and is still spreading does not exist here either: that is Entra's 1040, the same text
as for an id that is plainly wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .builtin_objects import AUTHENTICATION_STRENGTHS
from .builtin_roles import ROLE_NAMES
from .tenants import JsonObject, Tenant

MFA_TRUSTED_IPS = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Reference:
    """A list of a policy's conditions that names things: which words it takes, how an id is looked up, the refusal."""

    path: tuple[str, str]
    words: tuple[str, ...]
    exists: Callable[[Tenant, str], bool]
    refusal: str


def _is(kind: str) -> Callable[[Tenant, str], bool]:
    return lambda tenant, key: tenant.get(kind, key) is not None


def _is_application(tenant: Tenant, app_id: str) -> bool:
    wanted = app_id.lower()
    kinds = ("servicePrincipals", "applications")
    return any(one["appId"].lower() == wanted for kind in kinds for one in tenant.all(kind))


def _is_role(_tenant: Tenant, template_id: str) -> bool:
    return template_id.lower() in ROLE_NAMES


_USER = "User with id {} does not exist in the directory."
_GROUP = "Group with id {} does not exist in the directory."
_ROLE = "Directory role template with id {} does not exist in the directory."
_APPLICATION = "Application with id {} does not exist in the directory."
_PRINCIPAL = "ServicePrincipal with id {} does not exist in the directory."
_LOCATION = "1040: NamedLocation with id {} does not exist in the directory."

_TRUSTED = ("AllTrusted", MFA_TRUSTED_IPS)

REFERENCES = (
    Reference(("users", "includeUsers"), ("All", "None", "GuestsOrExternalUsers"), _is("users"), _USER),
    Reference(("users", "excludeUsers"), ("GuestsOrExternalUsers",), _is("users"), _USER),
    Reference(("users", "includeGroups"), (), _is("groups"), _GROUP),
    Reference(("users", "excludeGroups"), (), _is("groups"), _GROUP),
    Reference(("users", "includeRoles"), (), _is_role, _ROLE),
    Reference(("users", "excludeRoles"), (), _is_role, _ROLE),
    Reference(
        ("applications", "includeApplications"),
        ("All", "None", "Office365", "MicrosoftAdminPortals"),
        _is_application,
        _APPLICATION,
    ),
    Reference(
        ("applications", "excludeApplications"), ("Office365", "MicrosoftAdminPortals"), _is_application, _APPLICATION
    ),
    Reference(
        ("clientApplications", "includeServicePrincipals"),
        ("ServicePrincipalsInMyTenant",),
        _is("servicePrincipals"),
        _PRINCIPAL,
    ),
    Reference(("clientApplications", "excludeServicePrincipals"), (), _is("servicePrincipals"), _PRINCIPAL),
    Reference(("locations", "includeLocations"), ("All", *_TRUSTED), _is("namedLocations"), _LOCATION),
    Reference(("locations", "excludeLocations"), _TRUSTED, _is("namedLocations"), _LOCATION),
)


def missing_references(tenant: Tenant, policy: JsonObject) -> Iterator[str]:
    """Give a refusal for each id in the policy that is not there."""
    conditions: dict[str, Any] = policy.get("conditions") or {}
    for reference in REFERENCES:
        group, name = reference.path
        for value in (conditions.get(group) or {}).get(name) or ():
            if value not in reference.words and not reference.exists(tenant, value):
                yield reference.refusal.format(value)
    strength = (policy.get("grantControls") or {}).get("authenticationStrength")
    if strength and strength["id"].lower() not in AUTHENTICATION_STRENGTHS:
        yield f"AuthenticationStrengthPolicy with id {strength['id']} does not exist in the directory."
