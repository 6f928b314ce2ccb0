# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tenant and options with which nothing is wrong, for what the guard says of them."""

from __future__ import annotations

import pytest
from fake_tenant import ASSIGNMENTS, guid

from ansible_collections.msp.entra.plugins.plugin_utils.builtin_roles import GLOBAL_ADMINISTRATOR
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import guard, lockout

ADMIN, OFF, SERVICE, APP = guid(1), guid(2), guid(3), guid(21)
OFFICE = {"name": "Office", "cidrs": ["8.8.8.0/24"]}
ENDED = {"name": " Fair ", "cidrs": ["10.0.0.0/24"], "expires": "2020-01-01T00:00:00Z"}
AHEAD = {"name": "Project", "cidrs": ["8.8.4.0/24"], "expires": "2999-01-01T00:00:00Z"}


def assigned(*accounts, scope="/"):
    """Global Administrator for accounts, by id."""
    role = {"roleDefinitionId": GLOBAL_ADMINISTRATOR, "directoryScopeId": scope}
    return [{"id": f"{account} {scope}", "principalId": account, **role} for account in accounts]


def fill(tenant):
    """Puts three accounts and an application into a tenant. Those that are no service account can administer it."""
    tenant.objects["/users"] = [
        {"id": ADMIN, "userPrincipalName": "admin@contoso.com", "accountEnabled": True},
        {"id": OFF, "userPrincipalName": "off@contoso.com", "accountEnabled": False},
        {"id": SERVICE, "userPrincipalName": "syncro@contoso.com", "accountEnabled": True},
    ]
    tenant.objects[ASSIGNMENTS] = assigned(ADMIN, OFF)
    tenant.objects["/servicePrincipals"] = [{"id": guid(22), "appId": APP, "displayName": "Syncro"}]
    return tenant


def judged(tenant, **options):
    """The guard's answer where nothing is wrong but for what ``options`` say."""
    given = {"sites": [OFFICE], "break_glass_accounts": ["admin@contoso.com"], **options}
    return guard.judge(guard.SPEC.validate(given), tenant.reads())


def refused(tenant, **options):
    with pytest.raises(lockout.Refused) as caught:
        judged(tenant, **options)
    assert tenant.writes() == []
    return [finding.rule.id for finding in caught.value.findings], caught.value.unresolved
