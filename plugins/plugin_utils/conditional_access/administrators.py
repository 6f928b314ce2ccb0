# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds Global Administrator for the whole tenant, and which account for emergencies does not: it gets in, and could put
nothing right. Whoever holds it by a group is not seen."""

from __future__ import annotations

import typing as t

from ..builtin_roles import GLOBAL_ADMINISTRATOR
from ..graph.errors import GraphError
from ..graph.odata import address, literal
from ..shape import Json

# That takes RoleManagement.Read.Directory (https://learn.microsoft.com/graph/api/rbacapplication-list-roleassignments).
ADMINISTRATORS = address(
    "/roleManagement/directory/roleAssignments", filter=f"roleDefinitionId eq {literal(GLOBAL_ADMINISTRATOR)}"
)


def holders(assignments: t.Iterable[Json]) -> set[str]:
    """Ids, in lower case, of whom the role is assigned to for the whole tenant."""
    everywhere = [one for one in assignments if one.get("directoryScopeId") == "/"]
    return {str(one["principalId"]).lower() for one in everywhere if one.get("principalId")}


def not_among(found: t.Collection[str]) -> str:
    """What is said of an account that is not among the holders."""
    return (
        f"is not among the {len(found)} with an active assignment of Global Administrator; one by a group is not seen"
    )


def warnings(accounts: t.Iterable[Json], answer: list[Json] | GraphError | None) -> list[str]:
    """A sentence for each break-glass account that is not seen to hold the role; nothing where that may not be read, which is
    an answer that is none or a refusal."""
    if answer is None or isinstance(answer, GraphError):
        return []
    found = holders(answer)
    return [
        f"Break-glass account {account.get('userPrincipalName') or account['id']} {not_among(found)}. Without the role it gets "
        "in and can put nothing right: assign it Global Administrator, or name an account that holds it."
        for account in accounts
        if account["id"].lower() not in found
    ]
