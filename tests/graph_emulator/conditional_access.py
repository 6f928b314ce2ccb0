# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``/identity/conditionalAccess``: policies and named locations, and their deleted items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from . import named_location_rules, permissions, policy_rules
from .clock import now
from .errors import NOT_LICENSED, GraphError, resource_not_found
from .exchange import NO_CONTENT, Answer, Call
from .graph_types import properties_of
from .moments import graph_time
from .odata import EntitySet, list_answer, single_answer
from .policy_shape import with_relationships
from .tenants import Caller, JsonObject, Tenant

Handler = Callable[[Call], Answer]
_ROOT = "identity/conditionalAccess"


@dataclass(frozen=True)
class Kind:
    """What differs between policies and named locations."""

    name: str
    deleted: str
    entity_set: EntitySet
    deleted_set: EntitySet
    checked_new: Callable[[Tenant, JsonObject], JsonObject]
    checked_change: Callable[[Tenant, JsonObject, JsonObject], JsonObject]
    check_delete: Callable[[Tenant, JsonObject], None]
    check_restore: Callable[[Tenant, JsonObject], None]
    check_caller: Callable[[Caller | None, JsonObject], None]


def _entity_set(segment: str, type_name: str, *more: str) -> EntitySet:
    names = frozenset(properties_of(type_name)).union(*(properties_of(one) for one in more))
    return EntitySet(f"{_ROOT}/{segment}", type_name, names | {"id"})


POLICIES = Kind(
    name="policies",
    deleted="deletedPolicies",
    entity_set=_entity_set("policies", "conditionalAccessPolicy"),
    deleted_set=_entity_set("deletedItems/policies", "conditionalAccessPolicy"),
    checked_new=policy_rules.checked_new,
    checked_change=policy_rules.checked_change,
    check_delete=lambda tenant, policy: None,
    check_restore=policy_rules.check_restore,
    check_caller=permissions.check_applications,
)
NAMED_LOCATIONS = Kind(
    name="namedLocations",
    deleted="deletedNamedLocations",
    entity_set=_entity_set("namedLocations", "namedLocation", "ipNamedLocation", "countryNamedLocation"),
    deleted_set=_entity_set("deletedItems/namedLocations", "namedLocation", "ipNamedLocation", "countryNamedLocation"),
    checked_new=named_location_rules.checked_new,
    checked_change=named_location_rules.checked_change,
    check_delete=named_location_rules.check_delete,
    check_restore=named_location_rules.check_restore,
    check_caller=lambda caller, location: None,
)


def routes() -> list[tuple[str, str, Handler]]:
    """Return (method, pattern, handler)."""
    found: list[tuple[str, str, Handler]] = []
    for kind, segment in ((POLICIES, "policies"), (NAMED_LOCATIONS, "namedLocations")):
        found += [
            ("GET", f"{_ROOT}/{segment}", _bound(_list, kind)),
            ("POST", f"{_ROOT}/{segment}", _bound(_create, kind)),
            ("GET", f"{_ROOT}/{segment}/{{}}", _bound(_get, kind)),
            ("PATCH", f"{_ROOT}/{segment}/{{}}", _bound(_change, kind)),
            ("DELETE", f"{_ROOT}/{segment}/{{}}", _bound(_delete, kind)),
            ("GET", f"{_ROOT}/deletedItems/{segment}", _bound(_list_deleted, kind)),
            ("GET", f"{_ROOT}/deletedItems/{segment}/{{}}", _bound(_get_deleted, kind)),
            ("DELETE", f"{_ROOT}/deletedItems/{segment}/{{}}", _bound(_delete_for_good, kind)),
            ("POST", f"{_ROOT}/deletedItems/{segment}/{{}}/restore", _bound(_restore, kind)),
        ]
    return found


def _bound(function: Callable[[Call, Kind], Answer], kind: Kind) -> Handler:
    def handler(call: Call) -> Answer:
        return function(call, kind)

    return handler


def _tenant(call: Call) -> Tenant:
    if call.tenant is None:
        raise resource_not_found("tenant")
    return call.tenant


def _writable(call: Call) -> Tenant:
    tenant = _tenant(call)
    if not tenant.is_premium:
        raise GraphError(403, "AccessDenied", NOT_LICENSED)
    return tenant


def _shown(call: Call, item: JsonObject) -> JsonObject:
    """Return an object as it goes out: a policy with what it only refers to."""
    return with_relationships(_tenant(call), item, call.base_url) if "grantControls" in item else item


def _existing(item: JsonObject | None, key: str) -> JsonObject:
    if item is None:
        raise resource_not_found(key)
    return item


def _list(call: Call, kind: Kind) -> Answer:
    return list_answer(call, kind.entity_set, (_shown(call, item) for item in _tenant(call).all(kind.name)))


def _get(call: Call, kind: Kind) -> Answer:
    item = _existing(_tenant(call).get(kind.name, call.keys[0]), call.keys[0])
    return single_answer(call, kind.entity_set, _shown(call, item))


def _create(call: Call, kind: Kind) -> Answer:
    tenant = _writable(call)
    kind.check_caller(call.caller, call.json_object())
    item = kind.checked_new(tenant, call.json_object())
    item |= {
        "id": str(uuid4()),
        "createdDateTime": graph_time(now()),
        "modifiedDateTime": None,
        "deletedDateTime": None,
    }
    tenant.put(kind.name, item)
    call.created = item["id"]
    answer = single_answer(call, kind.entity_set, _shown(call, item), status=201)
    answer.headers["Location"] = f"{call.base_url}/v1.0/{kind.entity_set.context}/{item['id']}"
    return answer


def _change(call: Call, kind: Kind) -> Answer:
    """PATCH: properties given replace those of the object, at the top level only."""
    tenant = _writable(call)
    before = _existing(tenant.latest(kind.name, call.keys[0]), call.keys[0])
    kind.check_caller(call.caller, call.json_object())
    after = kind.checked_change(tenant, before, call.json_object())
    for name in ("id", "createdDateTime", "deletedDateTime"):
        after[name] = before[name]
    tenant.put(kind.name, after | {"modifiedDateTime": graph_time(now())})
    return NO_CONTENT


def _delete(call: Call, kind: Kind) -> Answer:
    tenant = _writable(call)
    item = _existing(tenant.latest(kind.name, call.keys[0]), call.keys[0])
    kind.check_delete(tenant, item)
    tenant.put(kind.deleted, tenant.remove(kind.name, call.keys[0]) | {"deletedDateTime": graph_time(now())})
    return NO_CONTENT


def _list_deleted(call: Call, kind: Kind) -> Answer:
    return list_answer(call, kind.deleted_set, (_shown(call, item) for item in _tenant(call).all(kind.deleted)))


def _get_deleted(call: Call, kind: Kind) -> Answer:
    item = _existing(_tenant(call).get(kind.deleted, call.keys[0]), call.keys[0])
    return single_answer(call, kind.deleted_set, _shown(call, item))


def _delete_for_good(call: Call, kind: Kind) -> Answer:
    tenant = _writable(call)
    _existing(tenant.latest(kind.deleted, call.keys[0]), call.keys[0])
    tenant.remove(kind.deleted, call.keys[0])
    return NO_CONTENT


def _restore(call: Call, kind: Kind) -> Answer:
    tenant = _writable(call)
    item = _existing(tenant.latest(kind.deleted, call.keys[0]), call.keys[0])
    kind.check_restore(tenant, item)
    restored = tenant.remove(kind.deleted, call.keys[0]) | {"deletedDateTime": None}
    tenant.put(kind.name, restored)
    return single_answer(call, kind.entity_set, _shown(call, restored))
