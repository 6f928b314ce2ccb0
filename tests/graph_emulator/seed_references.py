# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a seed: terms of use, authentication contexts and strengths, and the tenants that are known but not served."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .builtin_objects import AUTHENTICATION_STRENGTHS, is_multifactor
from .graph_types import problems_of as type_problems
from .policy_references import CONTEXT_ID
from .seed_directory import CREATED, add_unique
from .shapes import boolean, guid, list_of, mapping, matching, text
from .tenants import Directory, KnownTenant, Tenant, derived_id

TERMS_OF_USE = mapping(
    {"name": text(), "id": guid(), "per_device": boolean(), "viewing_required": boolean(), "frequency": text()},
    required=("name",),
)
AUTHENTICATION_CONTEXT = mapping(
    {
        "id": matching(CONTEXT_ID, "one of c1 to c99"),
        "name": text(),
        "description": text(),
        "available": boolean(),
    },
    required=("id", "name"),
)
AUTHENTICATION_STRENGTH = mapping(
    {"name": text(), "id": guid(), "description": text(), "combinations": list_of(text())},
    required=("name", "combinations"),
)
KNOWN_TENANT = mapping(
    {"id": guid(), "name": text(), "domain": text(), "more_domains": list_of(text())},
    required=("id", "name", "domain"),
)


def seed_references(tenant: Tenant, raw: dict[str, Any], where: str, problems: list[str]) -> None:
    """Make what policies can ask for or protect, Microsoft's own authentication strengths first."""
    for strength in AUTHENTICATION_STRENGTHS.values():
        tenant.put("authenticationStrengths", dict(strength))
    _authentication_strengths(
        tenant, raw.get("authentication_strengths", ()), f"{where}.authentication_strengths", problems
    )
    for index, one in enumerate(raw.get("authentication_contexts", ())):
        context = {
            "id": one["id"],
            "displayName": one["name"],
            "description": one.get("description"),
            "isAvailable": one.get("available", False),
        }
        add_unique(tenant, "authenticationContexts", context, f"{where}.authentication_contexts[{index}]", problems)
    for index, one in enumerate(raw.get("terms_of_use", ())):
        agreement = {
            "id": one.get("id", derived_id(tenant.id, "agreements", one["name"])).lower(),
            "displayName": one["name"],
            "termsExpiration": None,
            "userReacceptRequiredFrequency": one.get("frequency"),
            "isViewingBeforeAcceptanceRequired": one.get("viewing_required", False),
            "isPerDeviceAcceptanceRequired": one.get("per_device", False),
        }
        add_unique(tenant, "agreements", agreement, f"{where}.terms_of_use[{index}]", problems)


def _authentication_strengths(
    tenant: Tenant, strengths: Sequence[dict[str, Any]], where: str, problems: list[str]
) -> None:
    for index, raw in enumerate(strengths):
        at = f"{where}[{index}]"
        given = raw["combinations"]
        wrong = list(type_problems(given, "Collection(authenticationMethodModes)", f"{at}.combinations"))
        problems += wrong if given else [f"{at}.combinations: there is none"]
        combinations = [",".join(word.strip() for word in one.split(",")) for one in given]
        strength = {
            "id": raw.get("id", derived_id(tenant.id, "authenticationStrengths", raw["name"])).lower(),
            "createdDateTime": CREATED,
            "modifiedDateTime": CREATED,
            "displayName": raw["name"],
            "description": raw.get("description", ""),
            "policyType": "custom",
            "requirementsSatisfied": "mfa" if all(map(is_multifactor, combinations)) else "none",
            "allowedCombinations": combinations,
        }
        add_unique(tenant, "authenticationStrengths", strength, at, problems)


def seed_known_tenants(
    directory: Directory, tenants: Sequence[dict[str, Any]], where: str, problems: list[str]
) -> None:
    """Take in the tenants that can be found, and nothing more."""
    for index, raw in enumerate(tenants):
        domains = [domain.lower() for domain in (raw["domain"], *raw.get("more_domains", ()))]
        for name in (raw["id"], *domains):
            if directory.known(name):
                problems.append(f"{where}[{index}]: another tenant has {name} too")
        directory.known_tenants.append(KnownTenant(raw["id"].lower(), raw["name"], domains[0], tuple(domains[1:])))
