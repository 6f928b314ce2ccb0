# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A partner's view of its customers (GDAP): delegated admin relationships, who is assigned what, and the customers."""

from __future__ import annotations

from collections.abc import Callable

from .directory import tenant_of
from .errors import resource_not_found
from .exchange import Answer, Call
from .graph_types import properties_of
from .odata import EntitySet, list_answer, single_answer
from .tenants import JsonObject, Tenant

Handler = Callable[[Call], Answer]
KIND = "delegatedAdminRelationships"
_RELATIONSHIPS = f"tenantRelationships/{KIND}"
_CUSTOMERS = "tenantRelationships/delegatedAdminCustomers"


def _entity_set(context: str, type_name: str) -> EntitySet:
    properties = properties_of(type_name)
    # $top: https://learn.microsoft.com/graph/api/tenantrelationship-list-delegatedadminrelationships
    return EntitySet(context, type_name, frozenset(properties), tuple(properties), max_top=300)


RELATIONSHIPS = _entity_set(_RELATIONSHIPS, "delegatedAdminRelationship")
ASSIGNMENTS = _entity_set("accessAssignments", "delegatedAdminAccessAssignment")
CUSTOMERS = _entity_set(_CUSTOMERS, "delegatedAdminCustomer")


def routes() -> list[tuple[str, str, Handler]]:
    """Return (method, pattern, handler)."""
    return [
        ("GET", _RELATIONSHIPS, _relationships),
        ("GET", f"{_RELATIONSHIPS}/{{}}", _relationship),
        ("GET", f"{_RELATIONSHIPS}/{{}}/accessAssignments", _assignments),
        ("GET", _CUSTOMERS, _customers),
        ("GET", f"{_CUSTOMERS}/{{}}", _customer),
    ]


def _relationships(call: Call) -> Answer:
    return list_answer(call, RELATIONSHIPS, tenant_of(call).all(KIND))


def _found(call: Call) -> JsonObject:
    relationship = tenant_of(call).get(KIND, call.keys[0])
    if relationship is None:
        raise resource_not_found(call.keys[0])
    return relationship


def _relationship(call: Call) -> Answer:
    return single_answer(call, RELATIONSHIPS, _found(call))


def _assignments(call: Call) -> Answer:
    return list_answer(call, ASSIGNMENTS, _found(call)["accessAssignments"])


def _customers_of(tenant: Tenant) -> list[JsonObject]:
    """Return the tenants with an active relationship: there is a customer for as long as there is one."""
    active = [one["customer"] for one in tenant.all(KIND) if one["status"] == "active"]
    return list({one["tenantId"]: {"id": one["tenantId"], **one} for one in active}.values())


def _customers(call: Call) -> Answer:
    return list_answer(call, CUSTOMERS, _customers_of(tenant_of(call)))


def _customer(call: Call) -> Answer:
    for customer in _customers_of(tenant_of(call)):
        if customer["id"] == call.keys[0].lower():
            return single_answer(call, CUSTOMERS, customer)
    raise resource_not_found(call.keys[0])
