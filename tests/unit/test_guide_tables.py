# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guides list is what the code has, no more and no less."""

from __future__ import annotations

import re

import pytest
from guide_tables import GUIDES, literals, rows

from ansible_collections.msp.entra.plugins.plugin_utils import connection, tenant_variables
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import permissions
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.lockout_rules import RULES
from ansible_collections.msp.entra.plugins.plugin_utils.fleet import words
from ansible_collections.msp.entra.plugins.plugin_utils.graph import clouds, errors, login, remedies

CHECKOUT = GUIDES.parents[2]
TROUBLE = "guide_troubleshooting"


def table(page, title):
    """The first two cells of each row, as what is between their double backquotes."""
    return {literals(row[0])[0]: tuple(literals(row[1])) for row in rows(page, title)}


def test_the_permissions_of_each_playbook():
    told = table("guide_authentication", "Permissions by playbook")
    assert {name: set(held) for name, held in told.items()} == {
        name: set(held) for name, held in permissions.BY_PLAYBOOK.items()
    }


def test_the_ids_of_all_permissions_on_the_command_line():
    """One for each, below a comment with their names in the same order; the ids themselves Graph's own reference has."""
    guide = (GUIDES / "guide_authentication.rst").read_text(encoding="utf-8")
    (block,) = re.findall(r"# In this order: (.+?)\n   az ad app permission add (.+?)\n   az", guide, re.DOTALL)
    names = re.findall(r"\w+(?:\.\w+)+", block[0])
    assert set(names) == {one for held in permissions.BY_PLAYBOOK.values() for one in held}
    assert len(set(re.findall("[-0-9a-f]{36}=Role", block[1]))) == len(names)


def test_the_permissions_in_the_readme():
    lines = (CHECKOUT / "README.md").read_text(encoding="utf-8").splitlines()
    begin = next(number for number, line in enumerate(lines) if "| application permission |" in line)
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines[begin : begin + 7]]
    told = {}
    for column, playbooks in enumerate(cells[0][1:], 1):
        held = {one for row in cells[2:] if row[column] == "yes" for one in re.findall(r"`([\w.]+)`", row[0])}
        told |= dict.fromkeys(re.findall(r"`(\w+)`", playbooks), held)
    assert told == {name: set(held) for name, held in permissions.BY_PLAYBOOK.items()}


def test_the_readme_counts_the_rules():
    assert f"[{len(RULES)} rules]" in (CHECKOUT / "README.md").read_text(encoding="utf-8")


def test_every_permission_is_told():
    titles = ("Permissions by playbook", "Permissions on request")
    told = {one for title in titles for row in rows("guide_authentication", title) for one in literals(row[1])}
    known = {permission for *dummy, needed in remedies.PERMISSIONS for permission in needed}
    assert known - told == {"Policy.Read.ConditionalAccess"}, "which is in Policy.Read.All"
    assert told <= known


def test_the_variables_of_a_tenant():
    told = {one for row in rows("guide_first_tenant", "The variables of a tenant") for one in literals(row[0])}
    assert {one for one in told if one.startswith("syncro_")} == set(tenant_variables.SYNCRO)


def test_the_environment():
    assert table("guide_authentication", "Environment variables") == connection.ENVIRONMENT


def test_the_clouds():
    told = {literals(row[0])[0]: [literals(cell)[0] for cell in row[1:3]] for row in rows("guide_clouds", "Clouds")}
    assert told == {cloud.name: [cloud.login_url, cloud.graph_url] for cloud in clouds.CLOUDS.values()}
    spelled = {name.lower(): cloud for cloud, names in table("guide_clouds", "Spellings").items() for name in names}
    assert spelled == clouds.SPELLINGS


def test_every_code_of_a_refused_login():
    assert {int(literals(row[0])[0].removeprefix("AADSTS")) for row in rows(TROUBLE, "Codes of the login")} == set(
        login.AADSTS
    )


def test_every_kind_of_failure():
    assert {literals(row[0])[0] for row in rows(TROUBLE, "Kinds of failure")} == set(words.FAILURE)


def test_every_status_that_has_a_type_of_its_own():
    told = {int(code) for row in rows(TROUBLE, "Refusals of Graph") for code in literals(row[0]) if code.isdigit()}
    assert set(errors.BY_STATUS) <= told


def test_a_table_that_is_not_there_is_found():
    with pytest.raises(ValueError, match="0 tables"):
        rows(TROUBLE, "No such table")


def test_the_rooms_that_are_named_are_there():
    text = (GUIDES / "guide_architecture.rst").read_text(encoding="utf-8")
    named = {one for one in literals(text) if one.startswith(("plugins/", "tests/", "playbooks/", "roles/"))}
    known = {path.name for path in (CHECKOUT / "plugins").rglob("*.py")}
    assert [one for one in sorted(named) if not (CHECKOUT / one).exists()] == []
    assert [one for one in literals(text) if one.endswith(".py") and "/" not in one and one not in known] == []
