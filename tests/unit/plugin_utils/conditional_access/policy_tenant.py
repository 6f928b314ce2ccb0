# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tenant with a policy and what it names, and how a policy is brought to what is asked for."""

from __future__ import annotations

import copy

from fake_tenant import LOCATIONS, POLICIES, guid

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import policy

ADMIN, DANA, SERVICE, APP, OFFICE, STAFF = guid(1), guid(2), guid(3), guid(21), guid(41), guid(51)
ID = guid(31)
NEW = {
    "display_name": "P",
    "conditions": {
        "users": {"include_users": ["All"], "exclude_users": ["admin@contoso.com"]},
        "applications": {"include_applications": ["Syncro"]},
    },
    "grant_controls": {"built_in_controls": ["mfa"]},
}
THERE = {
    "id": ID,
    "displayName": "P",
    "state": "enabled",
    "conditions": {
        "clientAppTypes": ["all"],
        "users": {"includeUsers": ["All"], "excludeUsers": [ADMIN], "includeGroups": None},
        "applications": {"includeApplications": [APP]},
    },
    "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
}


def fill(tenant):
    """Puts what the policies name into a tenant, and one of them."""
    tenant.objects |= {
        "/users": [
            {"id": ADMIN, "userPrincipalName": "admin@contoso.com", "accountEnabled": True},
            {"id": DANA, "userPrincipalName": "dana@contoso.com", "accountEnabled": True},
            {"id": SERVICE, "userPrincipalName": "syncro@contoso.com", "accountEnabled": True},
        ],
        "/groups": [{"id": STAFF, "displayName": "Staff"}],
        "/servicePrincipals": [{"id": guid(22), "appId": APP, "displayName": "Syncro"}],
        LOCATIONS: [{"id": OFFICE, "displayName": "Office"}],
        POLICIES: [copy.deepcopy(THERE)],
    }
    return tenant


def ensure(tenant, check_mode=False, **options):
    return policy.ensure(policy.SPEC.validate(options), tenant.reads(), check_mode)


def changed(path, value, options=None):
    """The options of a new policy (NEW, where none are given) with one place changed; None leaves it out."""
    options = copy.deepcopy(options or NEW)
    *way, last = path.split(".")
    inner = options
    for name in way:
        inner = inner[name]
    inner[last] = value
    return {**options, "display_name": "New"}


def body(tenant):
    ((dummy, dummy, sent),) = tenant.writes()
    return sent
