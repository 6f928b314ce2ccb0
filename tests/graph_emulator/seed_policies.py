# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a seed: named locations and policies.

Locations and policies are Graph JSON and are checked as a POST's body would be, except that ids and dates may be given
and an id need not exist. A policy may also name what it refers to: a user by UPN, everything else by display name. And
it may hold what only a newer Graph knows, or be in a form that Graph gives and does not take, if it says so.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from .errors import GraphError
from .named_location_rules import checked_body as checked_location
from .policy_references import REFERENCES, Reference, holder_of
from .policy_rules import Accepted, what_a_newer_graph_knows, what_graph_once_took
from .policy_rules import checked_body as checked_policy
from .seed_directory import CREATED, add_unique
from .shapes import boolean, problems_of
from .tenants import JsonObject, Tenant, derived_id

# What a policy of the seed may have beside its own properties, and the mistakes that it makes room for.
_NEWER = "from_a_newer_graph"
_AS_FOUND = "as_found"
_ROOM = {_NEWER: what_a_newer_graph_knows, _AS_FOUND: what_graph_once_took}
_DATES = {"createdDateTime": CREATED, "modifiedDateTime": None, "deletedDateTime": None}


def seed_conditional_access(tenant: Tenant, raw: dict[str, Any], where: str, problems: list[str]) -> None:
    """Make the named locations, then the policies."""
    for key, kind, checked in (
        ("named_locations", "namedLocations", checked_location),
        ("policies", "policies", checked_policy),
    ):
        for index, body in enumerate(raw.get(key, ())):
            at = f"{where}.{key}[{index}]"
            if not isinstance(body, dict):
                problems.append(f"{at}: is not a mapping")
                continue
            body, said = copy.deepcopy(body), []
            if kind == "policies":
                said = _said(body, at, problems)
                _resolve_names(tenant, body, at, [] if _NEWER in said else problems)
                checked = partial(checked_policy, accepted=_any_of([_ROOM[key] for key in said]))
            stored = _checked(checked, body, at, problems)
            if stored is not None:
                stored |= body if _AS_FOUND in said else {}
                add_unique(tenant, kind, _with_identity(tenant, kind, stored, body), at, problems)


def _said(body: JsonObject, where: str, problems: list[str]) -> list[str]:
    """Take the seed's own keys out of a policy and return those that are true."""
    given = {key: body.pop(key, False) for key in _ROOM}
    for key, value in given.items():
        problems += problems_of(value, boolean(), f"{where}.{key}")
    return [key for key, value in given.items() if value is True]


def _any_of(accepted: Sequence[Accepted]) -> Accepted:
    return lambda mistake: any(one(mistake) for one in accepted)


def _checked(
    checked: Callable[[JsonObject], JsonObject], body: JsonObject, where: str, problems: list[str]
) -> JsonObject | None:
    without_id = {name: value for name, value in body.items() if name != "id"}
    try:
        return checked(without_id)
    except GraphError as refusal:
        reasons = refusal.problems or [refusal.inner or refusal.message]
        problems.extend(f"{where}: {reason.removeprefix('body: ').removeprefix('body.')}" for reason in reasons)
        return None


def _with_identity(tenant: Tenant, kind: str, stored: JsonObject, body: JsonObject) -> JsonObject:
    key = body.get("id") or derived_id(tenant.id, kind, stored["displayName"])
    return {**stored, "id": str(key).lower(), **{name: body.get(name) or value for name, value in _DATES.items()}}


def _resolve_names(tenant: Tenant, body: JsonObject, where: str, problems: list[str]) -> None:
    """Put ids in place of names, wherever the policy refers to something."""
    for reference in REFERENCES:
        holder, name = holder_of(body, reference), reference.path[-1]
        at = f"{where}.{'.'.join(reference.path)}"
        if isinstance(holder.get(name), list):
            holder[name] = [
                _id_of(tenant, reference, value, f"{at}[{index}]", problems) for index, value in enumerate(holder[name])
            ]
        elif name in holder:
            holder[name] = _id_of(tenant, reference, holder[name], at, problems)


def _id_of(tenant: Tenant, reference: Reference, value: Any, where: str, problems: list[str]) -> Any:
    """Return the id of what is called so; ids, and words such as ``All``, stay as they are."""
    if not isinstance(value, str) or value in (*reference.words, "All", "None") or reference.to.is_id(value):
        return value
    found = reference.to.names(tenant).get(value.lower())
    if found is None:
        problems.append(f"{where}: nothing here is called '{value}'")
    return found or value
