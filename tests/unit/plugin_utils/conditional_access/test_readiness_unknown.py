# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Graph does not say is unknown, and neither passed nor failed."""

from __future__ import annotations

import pytest
from fake_tenant import METHODS, SECURITY_DEFAULTS, guid

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import readiness

ADMIN, SERVICE = guid(1), guid(3)


@pytest.fixture
def answers(tenant):
    """A tenant with two accounts, and the status and evidence of each check of it, once something was changed in what it says."""
    people = [
        {"id": one, "userPrincipalName": f"{name}@contoso.com", "accountEnabled": True, "onPremisesSyncEnabled": None}
        for name, one in (("admin", ADMIN), ("syncro", SERVICE))
    ]
    tenant.objects |= {
        "/subscribedSkus": [],
        "/roleManagement/directory/roleAssignments": [],
        "/auditLogs/signIns": [],
        "/users": people,
        METHODS: [
            {"id": one, "isMfaRegistered": True, "methodsRegistered": ["fido2SecurityKey"]} for one in (ADMIN, SERVICE)
        ],
    }
    tenant.permissions = None

    def ask(where, name, value):
        found = {
            "security": tenant.single[SECURITY_DEFAULTS],
            "account": tenant.objects["/users"][0],
            "methods": tenant.objects[METHODS][0],
            "service": tenant.objects[METHODS][1],
        }[where]
        if value is ...:
            found.pop(name, None)
        else:
            found[name] = value
        options = {"break_glass_accounts": ["admin@contoso.com"], "service_account": "syncro@contoso.com"}
        result = readiness.assessed(readiness.SPEC.validate(options), tenant.reads())
        return {check["id"]: check["status"] for check in result["checks"]}

    return ask


@pytest.mark.parametrize(
    ("where", "name", "check", "expected"),
    [
        ("security", "isEnabled", "security-defaults", {True: "fail", False: "pass", None: "unknown", ...: "unknown"}),
        # Graph has null for who never was synchronised (https://learn.microsoft.com/graph/api/resources/user).
        (
            "account",
            "onPremisesSyncEnabled",
            "break-glass-cloud-only",
            {True: "fail", False: "pass", None: "pass", ...: "unknown"},
        ),
        (
            "account",
            "accountEnabled",
            "break-glass-enabled",
            {True: "pass", False: "fail", None: "unknown", ...: "unknown"},
        ),
        (
            "methods",
            "isMfaRegistered",
            "break-glass-mfa",
            {True: "pass", False: "fail", None: "unknown", ...: "unknown"},
        ),
        (
            "service",
            "isMfaRegistered",
            "service-account-mfa",
            {True: "pass", False: "fail", None: "unknown", ...: "unknown"},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_said_is_unknown(answers, where, name, check, expected):
    assert {value: answers(where, name, value)[check] for value in expected} == expected


def test_a_way_back_that_graph_does_not_tell_of_is_unknown(answers):
    assert answers("account", "accountEnabled", True)["break-glass-way-back"] == "pass"
    assert answers("account", "accountEnabled", None)["break-glass-way-back"] == "unknown"
    assert answers("account", "accountEnabled", False)["break-glass-way-back"] == "fail"
