# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The directory: users, groups, service principals, applications, roles, and how they belong together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from . import directory_sets as sets
from .builtin_roles import BUILTIN_ROLES, ROLE_NAMES
from .errors import bad_request, directory_object_not_found
from .exchange import NO_CONTENT, Answer, Call
from .odata import EntitySet, count_answer, list_answer, selected, single_answer
from .odata_expand import Relationships
from .tenants import JsonObject, Tenant

Handler = Callable[[Call], Answer]
_ALTERNATE_KEY = re.compile(r"\((\w+)='(.*)'\)")
_MAX_IDS = 1000

# kind -> (collection, the type's name in @odata.type, alternate keys)
_KINDS: dict[str, tuple[EntitySet, str, tuple[str, ...]]] = {
    "users": (sets.USERS, "user", ("userPrincipalName",)),
    "groups": (sets.GROUPS, "group", ()),
    "servicePrincipals": (sets.SERVICE_PRINCIPALS, "servicePrincipal", ("appId",)),
    "applications": (sets.APPLICATIONS, "application", ("appId",)),
    "directoryRoles": (sets.DIRECTORY_ROLES, "directoryRole", ("roleTemplateId",)),
}


def routes() -> list[tuple[str, str, Handler]]:
    """Return (method, pattern, handler)."""
    found: list[tuple[str, str, Handler]] = []
    for kind in _KINDS:
        found += [
            ("GET", kind, _list_of(kind)),
            ("GET", f"{kind}/$count", _count_of(kind)),
            ("GET", f"{kind}/{{}}", _one_of(kind)),
        ]
    for kind in ("groups", "directoryRoles"):
        found.append(("GET", f"{kind}/{{}}/members", _members_of(kind, transitive=False)))
    found.append(("GET", "groups/{}/transitiveMembers", _members_of("groups", transitive=True)))
    for kind in ("users", "groups", "servicePrincipals"):
        for name, transitive in (("memberOf", False), ("transitiveMemberOf", True)):
            found.append(("GET", f"{kind}/{{}}/{name}", _member_of(kind, transitive)))
            for cast in ("directoryRole", "group"):
                handler = _member_of(kind, transitive, cast)
                found.append(("GET", f"{kind}/{{}}/{name}/microsoft.graph.{cast}", handler))
    return [
        *found,
        ("DELETE", "users/{}", _delete_user),
        ("GET", "directoryRoleTemplates", _role_templates),
        ("GET", "directoryRoleTemplates/{}", _role_template),
        ("GET", "roleManagement/directory/roleDefinitions", _role_definitions),
        ("GET", "roleManagement/directory/roleDefinitions/{}", _role_definition),
        ("GET", "roleManagement/directory/roleAssignments", _role_assignments),
        ("GET", "roleManagement/directory/roleAssignments/{}", _role_assignment),
        ("POST", "directoryObjects/getByIds", _get_by_ids),
        ("GET", "directoryObjects/{}", _directory_object),
    ]


def tenant_of(call: Call) -> Tenant:
    """Return the caller's tenant; the server has set it before a handler runs."""
    if call.tenant is None:
        raise directory_object_not_found("tenant")
    return call.tenant


def find(tenant: Tenant, kind: str, key: str) -> JsonObject:
    """Return an object by id or by an alternate key (``(appId='...')``, a user principal name), or refuse with 404."""
    _entity_set, _type, alternates = _KINDS[kind]
    match = _ALTERNATE_KEY.fullmatch(key)
    if match:
        name = next((one for one in alternates if one.lower() == match.group(1).lower()), None)
        if name is None:
            raise bad_request(f"Resource not found for the segment '{kind}{key}'.")
        wanted = match.group(2).replace("''", "'").lower()
        found = next((one for one in tenant.all(kind) if one[name].lower() == wanted), None)
    else:
        found = tenant.get(kind, key)
        if found is None and kind == "users":
            found = next((one for one in tenant.all(kind) if one["userPrincipalName"].lower() == key.lower()), None)
    if found is None:
        raise directory_object_not_found(key)
    return found


def _delete_user(call: Call) -> Answer:
    """Somebody leaves the tenant. The log goes on to tell of them; who is in deletedItems is not shown."""
    tenant = tenant_of(call)
    tenant.remove("users", find(tenant, "users", call.keys[0])["id"])
    return NO_CONTENT


def _list_of(kind: str) -> Handler:
    def handler(call: Call) -> Answer:
        tenant = tenant_of(call)
        return list_answer(call, _KINDS[kind][0], tenant.all(kind), _relationships(tenant, kind))

    return handler


def _count_of(kind: str) -> Handler:
    return lambda call: count_answer(call, _KINDS[kind][0], tenant_of(call).all(kind))


def _one_of(kind: str) -> Handler:
    def handler(call: Call) -> Answer:
        tenant = tenant_of(call)
        found = find(tenant, kind, call.keys[0])
        return single_answer(call, _KINDS[kind][0], found, _relationships(tenant, kind))

    return handler


def _relationships(tenant: Tenant, kind: str) -> Relationships:
    """Return what ``$expand`` can ask for. Nobody owns anything: a seed has no owners."""

    def members(item: JsonObject) -> list[JsonObject]:
        return list(_typed_objects(tenant, _member_ids(tenant, item["id"], transitive=False), whole=False))

    def member_of(transitive: bool) -> Callable[[JsonObject], list[JsonObject]]:
        return lambda item: list(
            _typed_objects(tenant, iter(owners_of(tenant, item["id"], transitive=transitive)), whole=False)
        )

    belonging = {"memberOf": member_of(False), "transitiveMemberOf": member_of(True)}
    owned: Relationships = {"owners": lambda _item: []}
    if kind == "directoryRoles":
        return {"members": members}
    if kind == "groups":
        return {**belonging, **owned, "members": members}
    return owned if kind == "applications" else belonging if kind == "users" else {**belonging, **owned}


def typed(tenant: Tenant, object_id: str) -> tuple[JsonObject, EntitySet] | None:
    """Return any directory object by id, with its ``@odata.type``, and its collection."""
    for kind, (entity_set, type_name, _keys) in _KINDS.items():
        found = tenant.get(kind, object_id)
        if found is not None:
            return {"@odata.type": f"#microsoft.graph.{type_name}", **found}, entity_set
    return None


def _typed_objects(tenant: Tenant, object_ids: Iterator[str], *, whole: bool) -> Iterator[JsonObject]:
    """Give the objects of those ids; ``whole`` keeps properties outside the default set for a later ``$select``."""
    for object_id in object_ids:
        found = typed(tenant, object_id)
        if found is not None:
            yield found[0] if whole else selected(found[0], found[1], None)


def _member_ids(tenant: Tenant, owner_id: str, *, transitive: bool) -> Iterator[str]:
    seen: set[str] = set()
    waiting = list(tenant.members.get(owner_id, ()))
    while waiting:
        member = waiting.pop(0)
        if member in seen:
            continue
        seen.add(member)
        yield member
        if transitive:
            waiting += tenant.members.get(member, ())


def owners_of(tenant: Tenant, object_id: str, *, transitive: bool) -> list[str]:
    """Return the ids of the groups and roles an object belongs to."""
    return [owner for owner in tenant.members if object_id in _member_ids(tenant, owner, transitive=transitive)]


def _members_of(kind: str, *, transitive: bool) -> Handler:
    def handler(call: Call) -> Answer:
        tenant = tenant_of(call)
        ids = _member_ids(tenant, find(tenant, kind, call.keys[0])["id"], transitive=transitive)
        whole = "$select" in call.query or "$filter" in call.query
        return list_answer(call, sets.DIRECTORY_OBJECTS, _typed_objects(tenant, ids, whole=whole))

    return handler


def _member_of(kind: str, transitive: bool, cast: str | None = None) -> Handler:
    def handler(call: Call) -> Answer:
        tenant = tenant_of(call)
        ids = iter(owners_of(tenant, find(tenant, kind, call.keys[0])["id"], transitive=transitive))
        whole = "$select" in call.query or "$filter" in call.query
        found = _typed_objects(tenant, ids, whole=whole)
        if cast:
            found = (one for one in found if one["@odata.type"] == f"#microsoft.graph.{cast}")
        return list_answer(call, sets.DIRECTORY_OBJECTS, found)

    return handler


def _template(name: str, template_id: str) -> JsonObject:
    return {"id": template_id, "deletedDateTime": None, "description": f"{name}.", "displayName": name}


def _role_templates(call: Call) -> Answer:
    return list_answer(call, sets.ROLE_TEMPLATES, (_template(*item) for item in BUILTIN_ROLES.items()))


def _by_id(call: Call, items: Iterator[JsonObject]) -> JsonObject:
    key = call.keys[0].lower()
    found = next((item for item in items if item["id"].lower() == key), None)
    if found is None:
        raise directory_object_not_found(call.keys[0])
    return found


def _role_template(call: Call) -> Answer:
    found = _by_id(call, (_template(*item) for item in BUILTIN_ROLES.items()))
    return single_answer(call, sets.ROLE_TEMPLATES, found)


def _definition(name: str, template_id: str) -> JsonObject:
    return {
        "id": template_id,
        "description": f"{name}.",
        "displayName": name,
        "isBuiltIn": True,
        "isEnabled": True,
        "resourceScopes": ["/"],
        "templateId": template_id,
        "rolePermissions": [],
    }


def _role_definitions(call: Call) -> Answer:
    return list_answer(call, sets.ROLE_DEFINITIONS, (_definition(*item) for item in BUILTIN_ROLES.items()))


def _role_definition(call: Call) -> Answer:
    found = _by_id(call, (_definition(*item) for item in BUILTIN_ROLES.items()))
    return single_answer(call, sets.ROLE_DEFINITIONS, found)


def _role_assignments(call: Call) -> Answer:
    tenant = tenant_of(call)
    return list_answer(call, sets.ROLE_ASSIGNMENTS, tenant.all("roleAssignments"), _assignment_relationships(tenant))


def _role_assignment(call: Call) -> Answer:
    tenant = tenant_of(call)
    found = _by_id(call, tenant.all("roleAssignments"))
    return single_answer(call, sets.ROLE_ASSIGNMENTS, found, _assignment_relationships(tenant))


def _assignment_relationships(tenant: Tenant) -> Relationships:
    return {
        "principal": lambda item: next(_typed_objects(tenant, iter([item["principalId"]]), whole=False), None),
        "roleDefinition": lambda item: _definition(ROLE_NAMES[item["roleDefinitionId"]], item["roleDefinitionId"]),
    }


def _directory_object(call: Call) -> Answer:
    found = typed(tenant_of(call), call.keys[0])
    if found is None:
        raise directory_object_not_found(call.keys[0])
    return single_answer(call, sets.DIRECTORY_OBJECTS, selected(found[0], found[1], None))


def _get_by_ids(call: Call) -> Answer:
    """``{"ids": [...], "types": ["user", ...]}``: the objects found; ids not found are left out."""
    body: dict[str, Any] = call.json_object()
    unknown = sorted(set(body) - {"ids", "types"})
    ids, types = body.get("ids"), body.get("types", [])
    if unknown:
        raise bad_request(f"The parameter '{unknown[0]}' in the request payload is not a valid parameter.")
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids) or not isinstance(types, list):
        raise bad_request("Invalid value specified for property 'ids' of resource 'DirectoryObject'.")
    if not 1 <= len(ids) <= _MAX_IDS:
        raise bad_request(f"The number of ids must be between 1 and {_MAX_IDS}.")
    found = list(_typed_objects(tenant_of(call), iter(dict.fromkeys(ids)), whole="$select" in call.query))
    if types and "directoryObject" not in types:
        wanted = {f"#microsoft.graph.{name}" for name in types}
        found = [one for one in found if one["@odata.type"] in wanted]
    return list_answer(call, sets.DIRECTORY_OBJECTS, found)
