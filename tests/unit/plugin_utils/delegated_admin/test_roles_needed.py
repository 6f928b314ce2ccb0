# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which roles are needed, and what meets that."""

from __future__ import annotations

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils import builtin_roles
from ansible_collections.msp.entra.plugins.plugin_utils.delegated_admin import roles_needed
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput
from graph_emulator import builtin_roles as emulated

CONDITIONAL = "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9"
SECURITY = "194ae4cb-b126-40b2-bd5b-6091b380977d"
READER = "5d6b6bb7-de71-4623-b4af-96380a352509"
GLOBAL = "62e90394-69f5-4237-9190-012177145e10"
OWN = "11111111-2222-4333-8444-555555555555"


def test_the_practice_server_knows_the_roles_by_the_same_ids():
    assert emulated.BUILTIN_ROLES.items() <= builtin_roles.TEMPLATE_IDS.items()
    assert builtin_roles.GLOBAL_ADMINISTRATOR == emulated.GLOBAL_ADMINISTRATOR
    assert len(set(builtin_roles.TEMPLATE_IDS.values())) == len(builtin_roles.TEMPLATE_IDS)


def test_names_in_any_case_ids_in_any_form_and_alternatives():
    needs = roles_needed.parse(
        [["conditional access ADMINISTRATOR", SECURITY.upper()], "Security Reader", f"{{{OWN}}}"]
    )
    assert needs == [(CONDITIONAL, SECURITY), (READER,), (OWN,)]
    assert [roles_needed.words(need) for need in needs] == [
        "Conditional Access Administrator or Security Administrator",
        "Security Reader",
        OWN,
    ]


def test_everything_that_is_wrong_at_once():
    with pytest.raises(BadInput) as raised:
        roles_needed.parse([[], "Securty Administrator", ["Security Reader", 5], {"a": 1}, None, "king"])
    assert raised.value.problems == [
        "roles_needed[0]: is an empty list; give one role or more.",
        (
            "roles_needed[1]: no built-in role of Entra is called 'Securty Administrator'; for another one give its template id. "
            "Near matches: Security Administrator, User Administrator, Search Administrator."
        ),
        "roles_needed[2]: 5 is no role; give its name, its template id, or a list of those.",
        "roles_needed[3]: {'a': 1} is no role; give its name, its template id, or a list of those.",
        "roles_needed[4]: None is no role; give its name, its template id, or a list of those.",
        "roles_needed[5]: no built-in role of Entra is called 'king'; for another one give its template id.",
    ]


@pytest.mark.parametrize(
    ("roles", "met"),
    [([], False), ([READER], False), ([SECURITY], True), ([READER, CONDITIONAL], True), ([GLOBAL], True)],
)
def test_one_of_the_alternatives_or_a_global_administrator(roles, met):
    assert roles_needed.meets((CONDITIONAL, SECURITY), roles) is met
