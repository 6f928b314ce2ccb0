# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What policies are made of besides conditions: authentication strengths and contexts, terms of use, templates. Read only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .builtin_templates import TEMPLATES
from .directory import tenant_of
from .errors import resource_not_found
from .exchange import Answer, Call
from .graph_types import properties_of
from .odata import EntitySet, list_answer, single_answer
from .tenants import JsonObject, Tenant

Handler = Callable[[Call], Answer]
_CA = "identity/conditionalAccess"
_AGREEMENT = (
    "id",
    "displayName",
    "isPerDeviceAcceptanceRequired",
    "isViewingBeforeAcceptanceRequired",
    "termsExpiration",
    "userReacceptRequiredFrequency",
)


@dataclass(frozen=True)
class Collection:
    """A path, what it shows, and where that is kept."""

    path: str
    entity_set: EntitySet
    items: Callable[[Tenant], Iterable[JsonObject]]


def _kept(path: str, type_name: str, kind: str) -> Collection:
    entity_set = EntitySet(path, type_name, frozenset(properties_of(type_name)) | {"id"})
    return Collection(path, entity_set, lambda tenant: tenant.all(kind))


COLLECTIONS = (
    _kept(f"{_CA}/authenticationStrength/policies", "authenticationStrengthPolicy", "authenticationStrengths"),
    _kept("policies/authenticationStrengthPolicies", "authenticationStrengthPolicy", "authenticationStrengths"),
    _kept(
        f"{_CA}/authenticationContextClassReferences", "authenticationContextClassReference", "authenticationContexts"
    ),
    Collection(
        f"{_CA}/templates",
        EntitySet(
            f"{_CA}/templates",
            "conditionalAccessTemplate",
            frozenset(properties_of("conditionalAccessTemplate")) | {"id"},
        ),
        lambda _tenant: TEMPLATES,
    ),
    Collection(
        "identityGovernance/termsOfUse/agreements",
        EntitySet("agreements", "agreement", frozenset(_AGREEMENT)),
        lambda tenant: tenant.all("agreements"),
    ),
)


def routes() -> list[tuple[str, str, Handler]]:
    """Return (method, pattern, handler)."""
    found: list[tuple[str, str, Handler]] = []
    for collection in COLLECTIONS:
        found += [
            ("GET", collection.path, _list_of(collection)),
            ("GET", f"{collection.path}/{{}}", _one_of(collection)),
        ]
    return found


def _list_of(collection: Collection) -> Handler:
    return lambda call: list_answer(call, collection.entity_set, collection.items(tenant_of(call)))


def _one_of(collection: Collection) -> Handler:
    def handler(call: Call) -> Answer:
        wanted = call.keys[0].lower()
        for item in collection.items(tenant_of(call)):
            if item["id"] == wanted:
                return single_answer(call, collection.entity_set, item)
        raise resource_not_found(call.keys[0])

    return handler
