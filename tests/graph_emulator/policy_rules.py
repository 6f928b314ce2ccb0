# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Graph refuses of a Conditional Access policy: the order of the checks.

A body is checked against the v1.0 types first (number 1007 for any mistake there, without naming it), then against the
rules that need nothing but the policy (``policy_content_rules``), then against the tenant: that what it names exists
(``policy_references``), the limit, security defaults. A member or property that only a newer Graph knows is a mistake,
but for one that the policy has already, and so is an id that does not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from .errors import SECURITY_DEFAULTS_ON, GraphError, refused
from .graph_types import NO_NULL_LIST, Mistake, mistakes_of
from .policy_content_rules import CONTENT_RULES
from .policy_references import missing_references
from .policy_shape import POLICY, stored_policy
from .tenants import JsonObject, Tenant

MAX_POLICIES = 195
_READ_ONLY = ("id", "createdDateTime", "modifiedDateTime", "deletedDateTime")
SCHEMA_MISMATCH = (
    "1007: Incoming ConditionalAccessPolicy object is null or does not match the schema of ConditionalAccessPolicy "
    "type. For examples, please see API documentation at "
    "https://docs.microsoft.com/en-us/graph/api/conditionalaccessroot-post-policies?view=graph-rest-1.0."
)


Accepted = Callable[[Mistake], bool]


def nothing(_mistake: Mistake) -> bool:
    """Accept no mistake."""
    return False


def what_a_newer_graph_knows(mistake: Mistake) -> bool:
    """Accept members and properties that these types do not have."""
    return mistake.newer is not None


def what_graph_once_took(mistake: Mistake) -> bool:
    """Accept null in the place of a list, as policies of old are shown."""
    return mistake.reason == NO_NULL_LIST


def checked_new(tenant: Tenant, body: JsonObject) -> JsonObject:
    """Return the policy to be stored, without id and dates."""
    if body.get("id"):
        raise refused(SCHEMA_MISMATCH, ["body: 'id' is read-only"])
    policy = checked_body(body)
    _check_references(tenant, policy)
    _check_limit(tenant)
    _check_security_defaults(tenant, policy)
    return policy


def checked_body(body: JsonObject, accepted: Accepted = nothing) -> JsonObject:
    """Return a whole policy in its stored form, or refuse it for what it is in itself: for a POST and for a seed."""
    _check_types(body, accepted)
    missing = [name for name in ("displayName", "state", "conditions") if body.get(name) is None]
    if missing:
        raise refused(SCHEMA_MISMATCH, [f"body: '{name}' is missing" for name in missing])
    for reason in chain.from_iterable(rule(body) for rule in CONTENT_RULES):
        raise refused(reason)
    return stored_policy(_writable(body))


def checked_change(tenant: Tenant, before: JsonObject, body: JsonObject) -> JsonObject:
    """Return the policy as it is after a PATCH. What it does not touch, or names already, is not looked up again."""
    there = {(one.place, one.newer) for one in mistakes_of(_writable(before), POLICY, "body") if one.newer}

    def is_there(mistake: Mistake) -> bool:
        return (mistake.place, mistake.newer) in there

    _check_types(body, is_there)
    if body.get("id") not in (None, before["id"]):
        raise refused(SCHEMA_MISMATCH, ["body: 'id' is read-only"])
    changes = _writable(body)
    # What the change leaves alone may be as no request could make it today.
    policy = checked_body({**_writable(before), **changes}, lambda mistake: True)
    touched = {name: policy[name] for name in ("conditions", "grantControls") if name in changes}
    _check_references(tenant, touched, before)
    if "state" in changes:
        _check_security_defaults(tenant, policy)
    return policy


def check_restore(tenant: Tenant, policy: JsonObject) -> None:
    """Refuse to bring back a policy that names what is not there, or that the tenant has no room or use for now."""
    _check_references(tenant, policy, before=policy, ids_too=False)
    _check_limit(tenant)
    _check_security_defaults(tenant, policy)


def _writable(body: JsonObject) -> JsonObject:
    return {name: value for name, value in body.items() if name not in _READ_ONLY}


def _check_types(body: JsonObject, accepted: Accepted) -> None:
    mistakes = [one for one in mistakes_of(_writable(body), POLICY, "body") if not accepted(one)]
    if mistakes:
        raise refused(SCHEMA_MISMATCH, [f"{one.path}: {one.reason}" for one in mistakes])


def _check_references(
    tenant: Tenant, policy: JsonObject, before: JsonObject | None = None, ids_too: bool = True
) -> None:
    for reason in missing_references(tenant, policy, before or {}, ids_too):
        raise refused(reason)


def _check_limit(tenant: Tenant) -> None:
    if tenant.count("policies") >= MAX_POLICIES:
        raise refused(f"The number of policies has reached the limit of {MAX_POLICIES} in this tenant.")


def _check_security_defaults(tenant: Tenant, policy: JsonObject) -> None:
    if policy["state"] == "enabled" and tenant.security_defaults:
        raise GraphError(400, "BadRequest", SECURITY_DEFAULTS_ON)
