# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Graph tells a partner of its customers: delegated admin relationships (GDAP), and which of their roles are assigned
(https://learn.microsoft.com/graph/api/resources/delegatedadminrelationships-api-overview).

All three are read with DelegatedAdminRelationship.Read.All. What is returned is plain JSON without any secret, for a cache.
"""

from __future__ import annotations

import typing as t
from urllib.parse import quote

from .. import guids
from ..conditional_access.moments import moment
from ..graph.answers import Json
from ..graph.errors import EntraError, Malformed, NotFound
from ..graph.odata import address
from ..graph.reads import Reads
from ..graph.session import GraphSession

# The most that Graph takes (https://learn.microsoft.com/graph/api/tenantrelationship-list-delegatedadminrelationships).
_PAGE = "300"
_ROOT = "/tenantRelationships/delegatedAdminRelationships"
RELATIONSHIPS = address(_ROOT, top=_PAGE)
CUSTOMERS = address("/tenantRelationships/delegatedAdminCustomers", top=_PAGE)

# Of what read() returns, for whoever keeps it: raised with each change of it.
FORM = 2

# The one status in which members of the assigned groups can act in the customer's tenant.
ACTIVE = "active"


def read(reads: Reads, assignments: bool) -> Json:
    """Customers and relationships of the partner's tenant; ``assignments`` of those that are active, if asked for, else None.

    ::

        {"customers": [{"tenant_id", "name"}],
         "relationships": [{"id", "name", "status", "ends", "auto_extends", "customer": {"tenant_id", "name"} or None,
                            "roles": [template id], "assignments": [{"group", "roles"}] or None,
                            "not_read": why there are no assignments that were asked for, or None}]}

    Raises what the session raises, and Malformed. Assignments that cannot be read raise nothing, as they are one customer's, but
    where no relationship's can.
    """
    customers, relationships = reads.listings([CUSTOMERS, RELATIONSHIPS])
    known = [_relationship(one) for one in relationships]
    if assignments:
        active = [one for one in known if one["status"] == ACTIVE]
        for one, found in zip(active, _assignments(reads.session, active), strict=True):
            one |= {"not_read": str(found)} if isinstance(found, EntraError) else {"assignments": found}
    return {"customers": [_customer(one) for one in customers], "relationships": known}


def _assignments(session: GraphSession, relationships: t.Sequence[Json]) -> list[list[Json] | EntraError]:
    """The active assignments of each relationship, or why they cannot be read, 20 relationships to a request. Raises what all of
    them are refused with: that is no matter of one customer, but the application's, such as a missing permission."""
    paths = [f"{_ROOT}/{quote(one['id'], safe='')}/accessAssignments" for one in relationships]
    found = [_assigned(session, *one) for one in zip(paths, session.attempts(paths), strict=True)]
    refused = [one for one in found if isinstance(one, EntraError)]
    if refused and len(refused) == len(found):
        raise refused[0]
    return found


def _assigned(session: GraphSession, path: str, answer: Json | EntraError) -> list[Json] | EntraError:
    if isinstance(answer, NotFound):
        return []  # ended since it was listed
    if isinstance(answer, EntraError):
        return answer
    try:
        listed = session.pages(answer)
    except EntraError as error:
        return error
    for problems in map(assignment_problems, listed):
        if problems:
            return Malformed(f"Microsoft Graph answered with an object of {path} that cannot be read: {problems}.")
    return [
        {"group": one["accessContainer"]["accessContainerId"].lower(), "roles": _roles(one)}
        for one in listed
        if one["status"] == "active"
    ]


def _roles(value: Json) -> list[str]:
    return sorted({guids.plain(role["roleDefinitionId"]) for role in value["accessDetails"]["unifiedRoles"]})


def _customer(value: Json) -> Json:
    return {"tenant_id": guids.plain(value["tenantId"]), "name": value.get("displayName") or ""}


def _relationship(value: Json) -> Json:
    return {
        "id": value["id"],
        "name": value.get("displayName") or "",
        "status": value.get("status") or "",
        "ends": value.get("endDateTime"),
        # P0D and PT0S are how Graph writes that it is not extended.
        "auto_extends": value.get("autoExtendDuration") not in (None, "", "P0D", "PT0S"),
        "customer": _customer(value["customer"]) if value.get("customer") else None,
        "roles": _roles(value),
        "assignments": None,
        "not_read": None,
    }


# --- what Graph's answers must be like to be judged by ---


def _text(value: t.Any) -> bool:
    return isinstance(value, str) and bool(value)


def _maybe_text(value: t.Any) -> bool:
    return isinstance(value, str | None)


def _maybe_moment(value: t.Any) -> bool:
    try:
        return value is None or bool(moment(value))
    except (TypeError, ValueError):
        return False


def _who(value: t.Any) -> bool:
    return isinstance(value, dict) and guids.is_guid(value.get("tenantId")) and _maybe_text(value.get("displayName"))


def _access(value: t.Any) -> bool:
    roles = value.get("unifiedRoles") if isinstance(value, dict) else None
    return isinstance(roles, list) and all(
        isinstance(one, dict) and _text(one.get("roleDefinitionId")) for one in roles
    )


def _container(value: t.Any) -> bool:
    return isinstance(value, dict) and _text(value.get("accessContainerId"))


_Form = t.Mapping[str, t.Callable[[t.Any], bool]]
_RELATIONSHIP_FORM: _Form = {
    "id": _text,
    "status": _maybe_text,
    "endDateTime": _maybe_moment,
    "autoExtendDuration": _maybe_text,
    "customer": lambda value: value is None or _who(value),
    "accessDetails": _access,
}
_CUSTOMER_FORM: _Form = {"tenantId": guids.is_guid}
_ASSIGNMENT_FORM: _Form = {"status": _maybe_text, "accessContainer": _container, "accessDetails": _access}


def _problems(form: _Form) -> t.Callable[[Json], list[str]]:
    return lambda value: [
        f"{name}: {value.get(name)!r:.80}" for name, fits in form.items() if not fits(value.get(name))
    ]


assignment_problems = _problems(_ASSIGNMENT_FORM)
FORMS = {RELATIONSHIPS: _problems(_RELATIONSHIP_FORM), CUSTOMERS: _problems(_CUSTOMER_FORM)}
