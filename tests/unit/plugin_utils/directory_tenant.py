# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tenant with objects of every kind that options can name, for the tests of how a name becomes an id."""

from __future__ import annotations

from fake_tenant import AGREEMENTS, CONTEXTS, LOCATIONS, ROLES, STRENGTHS, guid

from ansible_collections.msp.entra.plugins.plugin_utils.shape import Named, Reference

DANA, OREILLY = guid(1), guid(2)
STAFF, TWIN, OTHER_TWIN = guid(11), guid(12), guid(13)
APP, APP_OBJECT, TWIN_APP, OTHER_TWIN_APP = guid(21), guid(22), guid(23), guid(24)
ROLE, OFFICE, STRENGTH, TERMS, PARTNER = guid(31), guid(41), guid(51), guid(61), guid(71)
ABSENT = guid(99)


def fill(tenant):
    """Puts an object or more of every kind into a tenant, some of them with a name that another has."""
    tenant.objects |= {
        "/users": [
            {"id": DANA, "userPrincipalName": "dana@contoso.com", "displayName": "Dana", "accountEnabled": True},
            {"id": OREILLY, "userPrincipalName": "o'reilly@contoso.com", "displayName": "O'Reilly"},
        ],
        "/groups": [
            {"id": STAFF, "displayName": "Staff"},
            {"id": TWIN, "displayName": "Twins"},
            {"id": OTHER_TWIN, "displayName": "Twins"},
        ],
        "/servicePrincipals": [
            {"id": APP_OBJECT, "appId": APP, "displayName": "Syncro"},
            {"id": guid(25), "appId": TWIN_APP, "displayName": "Double"},
            {"id": guid(26), "appId": OTHER_TWIN_APP, "displayName": "Double"},
        ],
        ROLES: [{"id": ROLE, "displayName": "Global Administrator"}],
        LOCATIONS: [{"id": OFFICE, "displayName": "Office"}],
        STRENGTHS: [{"id": STRENGTH, "displayName": "Phishing-resistant MFA"}],
        # The second is named as the first is numbered.
        CONTEXTS: [{"id": "c1", "displayName": "Secrets"}, {"id": "c2", "displayName": "c1"}],
        AGREEMENTS: [{"id": TERMS, "displayName": "House rules"}],
    }
    partner = {"tenantId": PARTNER, "defaultDomainName": "partner.onmicrosoft.com", "displayName": "Partner"}
    tenant.domains = dict.fromkeys(
        ["partner.onmicrosoft.com", "partner.com", "bücher.example", "o'neil.example"], partner
    )
    return tenant


def named(kind, *values, keywords=(), path="p"):
    return [Named(f"{path}[{number}]", value, Reference(kind, keywords)) for number, value in enumerate(values)]
