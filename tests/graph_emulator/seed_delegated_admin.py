# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a seed: what makes a tenant a partner's, its delegated admin relationships (GDAP)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from .builtin_roles import BUILTIN_ROLES
from .delegated_admin import KIND
from .graph_types import TYPES, completed
from .moments import graph_time, moment, moment_of
from .seed_directory import CREATED, add_unique
from .shapes import Shape, boolean, guid, list_of, mapping, one_of, text
from .tenants import JsonObject, Tenant, derived_id

_ROLE = one_of(*BUILTIN_ROLES)


def _status(type_name: str) -> Shape:
    return one_of(*TYPES[type_name]["members"])


def _future_moment() -> Shape:
    """A moment, or how far ahead: ``+30d``."""
    past = moment()
    return lambda value, where: past(f"-{value[1:]}" if str(value).startswith("+") else value, where)


_ASSIGNMENT = mapping(
    {
        "group": text(),
        "id": guid(),
        "roles": list_of(_ROLE),
        "status": _status("delegatedAdminAccessAssignmentStatus"),
    },
    required=("group", "roles"),
)
RELATIONSHIP = mapping(
    {
        "name": text(),
        "id": guid(),
        "customer": text(),
        "status": _status("delegatedAdminRelationshipStatus"),
        "ends": _future_moment(),
        "auto_extend": boolean(),
        "roles": list_of(_ROLE),
        "unknown_roles": list_of(guid()),
        "assignments": list_of(_ASSIGNMENT),
    },
    required=("name",),
)
_DURATION = timedelta(days=365)


def seed_delegated_admin(
    tenant: Tenant, relationships: Sequence[dict[str, Any]], where: str, today: datetime, problems: list[str]
) -> None:
    """Make the relationships. Their customers are tenants of the seed, the known ones too, so those come first."""
    for index, raw in enumerate(relationships):
        at = f"{where}[{index}]"
        customer = _customer(tenant, raw, at, problems)
        assignments = [_assignment(tenant, one, f"{at}.assignments", problems) for one in raw.get("assignments", ())]
        ends = _end(raw.get("ends", "+180d"), today, f"{at}.ends", problems)
        own = raw.get("id", derived_id(tenant.id, KIND, raw["name"])).lower()
        relationship = {
            # Graph's ids of relationships are two GUIDs, the second the partner's.
            "id": f"{own}-{tenant.id}",
            "displayName": raw["name"],
            "status": raw.get("status", "active"),
            "customer": customer,
            "accessDetails": _roles(
                [*map(BUILTIN_ROLES.__getitem__, raw.get("roles", ())), *raw.get("unknown_roles", ())]
            ),
            "autoExtendDuration": "P180D" if raw.get("auto_extend") else "PT0S",
            "duration": f"P{_DURATION.days}D",
            "createdDateTime": graph_time(ends - _DURATION),
            "lastModifiedDateTime": graph_time(ends - _DURATION),
        }
        if relationship["status"] not in ("created", "approvalPending", "approved"):
            relationship |= {"activatedDateTime": graph_time(ends - _DURATION), "endDateTime": graph_time(ends)}
        full = completed(relationship, "delegatedAdminRelationship") | {"accessAssignments": assignments}
        add_unique(tenant, KIND, full, at, problems)


def _end(given: str, today: datetime, at: str, problems: list[str]) -> datetime:
    if given.startswith("+"):
        return today + (today - moment_of(f"-{given[1:]}", today))
    try:
        return moment_of(given, today)
    except ValueError:
        problems.append(f"{at}: '{given}' is not a moment")
        return today


def _roles(ids: Sequence[str]) -> JsonObject:
    return {"unifiedRoles": [{"roleDefinitionId": one.lower()} for one in ids]}


def _customer(tenant: Tenant, raw: dict[str, Any], at: str, problems: list[str]) -> JsonObject | None:
    """Return who the relationship is with; nobody yet where the partner has made it and sent it to no one."""
    if "customer" not in raw:
        if raw.get("status") not in ("created", "approvalPending"):
            problems.append(f"{at}.customer: is missing; only one that is created or approvalPending may be without")
        return None
    found = tenant.directory.known(raw["customer"])
    if found is None:
        problems.append(f"{at}.customer: there is no tenant '{raw['customer']}' in the seed, nor in known_tenants")
        return None
    return {"tenantId": found.id, "displayName": found.name}


def _assignment(tenant: Tenant, raw: dict[str, Any], at: str, problems: list[str]) -> JsonObject:
    groups = [one["id"] for one in tenant.all("groups") if raw["group"] in (one["id"], one["displayName"])]
    if not groups:
        problems.append(f"{at}: there is no group '{raw['group']}' in the tenant")
    group = groups[0] if groups else ""
    assignment = {
        "id": raw.get("id", derived_id(tenant.id, "accessAssignments", f"{at}{group}")).lower(),
        "status": raw.get("status", "active"),
        "createdDateTime": CREATED,
        "lastModifiedDateTime": CREATED,
        "accessContainer": {"accessContainerId": group, "accessContainerType": "securityGroup"},
        "accessDetails": _roles([BUILTIN_ROLES[role] for role in raw["roles"]]),
    }
    return completed(assignment, "delegatedAdminAccessAssignment")
