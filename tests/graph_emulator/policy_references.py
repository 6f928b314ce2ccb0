# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether what a policy names exists in the tenant, as readers see it now.

A location that was just created and is still spreading does not exist here either: that is Entra's 1040, the same text
as for an id that is plainly wrong. An id that a policy holds already may outlive its object, as users and groups are deleted
without a look at the policies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .builtin_roles import BUILTIN_ROLES, ROLE_NAMES
from .graph_types import is_guid
from .tenants import JsonObject, Tenant

MFA_TRUSTED_IPS = "00000000-0000-0000-0000-000000000000"
CONTEXT_ID = r"c([1-9]|[1-9]\d)"


@dataclass(frozen=True)
class Referable:
    """What a policy can refer to: whether an id is there, the ids by name (in lower case), the refusal."""

    exists: Callable[[Tenant, str], bool]
    names: Callable[[Tenant], dict[str, str]]
    refusal: str
    is_id: Callable[[Any], bool] = is_guid


@dataclass(frozen=True)
class Reference:
    """A place in a policy that names things, one or a list of them, and the words it takes besides ids."""

    path: tuple[str, ...]
    words: tuple[str, ...]
    to: Referable


def _is(kind: str) -> Callable[[Tenant, str], bool]:
    return lambda tenant, key: tenant.can_be_referred_to(kind, key)


def _names(kind: str, name: str = "displayName", refers: str = "id") -> Callable[[Tenant], dict[str, str]]:
    return lambda tenant: {one[name].lower(): one[refers] for one in tenant.all(kind)}


def _is_application(tenant: Tenant, app_id: str) -> bool:
    wanted = app_id.lower()
    kinds = ("servicePrincipals", "applications")
    return any(one["appId"].lower() == wanted for kind in kinds for one in tenant.all(kind))


def _is_role(_tenant: Tenant, template_id: str) -> bool:
    return template_id.lower() in ROLE_NAMES


def _role_names(_tenant: Tenant) -> dict[str, str]:
    return {role.lower(): template_id for role, template_id in BUILTIN_ROLES.items()}


def _is_context_id(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(CONTEXT_ID, value))


_ABSENT = " with id {} does not exist in the directory."
_USER = Referable(_is("users"), _names("users", "userPrincipalName"), f"User{_ABSENT}")
_GROUP = Referable(_is("groups"), _names("groups"), f"Group{_ABSENT}")
_ROLE = Referable(_is_role, _role_names, f"Directory role template{_ABSENT}")
_APPLICATION = Referable(_is_application, _names("servicePrincipals", "displayName", "appId"), f"Application{_ABSENT}")
_PRINCIPAL = Referable(_is("servicePrincipals"), _names("servicePrincipals"), f"ServicePrincipal{_ABSENT}")
_LOCATION = Referable(_is("namedLocations"), _names("namedLocations"), f"1040: NamedLocation{_ABSENT}")
_CONTEXT = Referable(
    _is("authenticationContexts"),
    _names("authenticationContexts"),
    f"AuthenticationContextClassReference{_ABSENT}",
    _is_context_id,
)
_TERMS = Referable(_is("agreements"), _names("agreements"), f"TermsOfUse{_ABSENT}")
_STRENGTH = Referable(
    _is("authenticationStrengths"), _names("authenticationStrengths"), f"AuthenticationStrengthPolicy{_ABSENT}"
)

_APPLICATION_GROUPS = ("Office365", "MicrosoftAdminPortals")
_TRUSTED = ("AllTrusted", MFA_TRUSTED_IPS)

REFERENCES = (
    Reference(("conditions", "users", "includeUsers"), ("All", "None", "GuestsOrExternalUsers"), _USER),
    Reference(("conditions", "users", "excludeUsers"), ("GuestsOrExternalUsers",), _USER),
    Reference(("conditions", "users", "includeGroups"), (), _GROUP),
    Reference(("conditions", "users", "excludeGroups"), (), _GROUP),
    Reference(("conditions", "users", "includeRoles"), (), _ROLE),
    Reference(("conditions", "users", "excludeRoles"), (), _ROLE),
    Reference(
        ("conditions", "applications", "includeApplications"), ("All", "None", *_APPLICATION_GROUPS), _APPLICATION
    ),
    Reference(("conditions", "applications", "excludeApplications"), _APPLICATION_GROUPS, _APPLICATION),
    Reference(("conditions", "applications", "includeAuthenticationContextClassReferences"), (), _CONTEXT),
    Reference(
        ("conditions", "clientApplications", "includeServicePrincipals"), ("ServicePrincipalsInMyTenant",), _PRINCIPAL
    ),
    Reference(("conditions", "clientApplications", "excludeServicePrincipals"), (), _PRINCIPAL),
    Reference(("conditions", "locations", "includeLocations"), ("All", *_TRUSTED), _LOCATION),
    Reference(("conditions", "locations", "excludeLocations"), _TRUSTED, _LOCATION),
    Reference(("grantControls", "termsOfUse"), (), _TERMS),
    Reference(("grantControls", "authenticationStrength", "id"), (), _STRENGTH),
)


def holder_of(policy: JsonObject, reference: Reference) -> JsonObject:
    """Return the object in the policy that has the reference as its property; an empty one where there is none."""
    value: Any = policy
    for name in reference.path[:-1]:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _named(policy: JsonObject, reference: Reference) -> list[str]:
    found = holder_of(policy, reference).get(reference.path[-1]) or []
    return found if isinstance(found, list) else [found]


def missing_references(tenant: Tenant, policy: JsonObject, before: JsonObject, ids_too: bool = True) -> Iterator[str]:
    """Give a refusal for each thing the policy names that is not there.

    What ``before`` names may stay where it was: words of a newer Graph and, with ``ids_too``, ids that no object has any more.
    """
    for reference in REFERENCES:
        there = [
            _plain(value, reference) for value in _named(before, reference) if ids_too or not reference.to.is_id(value)
        ]
        for value in _named(policy, reference):
            known = value in reference.words or _plain(value, reference) in there
            if not known and not reference.to.exists(tenant, value):
                yield reference.to.refusal.format(value)


def _plain(value: str, reference: Reference) -> str:
    """Return an id in the one form of it, a word as it is."""
    return value.lower() if reference.to.is_id(value) else value
