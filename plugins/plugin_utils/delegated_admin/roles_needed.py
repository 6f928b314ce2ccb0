# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles that a partner needs in a customer's tenant: each by name or template id, or as a list of which one is enough.

What the playbooks need (https://learn.microsoft.com/graph/api/conditionalaccessroot-post-policies and
https://learn.microsoft.com/graph/api/signin-list name the roles): Conditional Access Administrator or Security Administrator to
write; for the sign-in log, which validate and enforce read, one of Security Administrator, Security Operator, Security Reader,
Reports Reader and Global Reader.
"""

from __future__ import annotations

import typing as t

from .. import builtin_roles
from ..graph.errors import BadInput

# Template ids of which one is enough.
Need = tuple[str, ...]


def parse(option: t.Sequence[t.Any]) -> list[Need]:
    """What is needed, in its order. Raises BadInput with everything that is wrong."""
    problems: list[str] = []
    needs = []
    for index, item in enumerate(option):
        alternatives = item if isinstance(item, list) else [item]
        if not alternatives:
            problems.append(f"roles_needed[{index}]: is an empty list; give one role or more.")
        found = [builtin_roles.template_id_of(role) for role in alternatives]
        problems += [
            _unknown(f"roles_needed[{index}]", role)
            for role, known in zip(alternatives, found, strict=True)
            if not known
        ]
        needs.append(tuple(role for role in found if role))
    if problems:
        raise BadInput(problems)
    return needs


def _unknown(path: str, role: t.Any) -> str:
    if not isinstance(role, str):
        return f"{path}: {role!r:.80} is no role; give its name, its template id, or a list of those."
    near = builtin_roles.near(role)
    hint = f" Near matches: {', '.join(near)}." if near else ""
    return f"{path}: no built-in role of Entra is called '{role}'; for another one give its template id.{hint}"


def meets(need: Need, roles: t.Collection[str]) -> bool:
    """Whether these roles are enough; a Global Administrator may do all that the others may."""
    return bool({*need, builtin_roles.GLOBAL_ADMINISTRATOR} & set(roles))


def words(need: Need) -> str:
    """A need for people to read."""
    return " or ".join(builtin_roles.name_of(role) for role in need)
