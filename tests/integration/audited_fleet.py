# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tenants of which an audit finds nothing, and what can become of one."""

from __future__ import annotations

import json

from company import ALL
from fleet import BLOCK, Fleet
from practice import Tenant, tenant_seed

from graph_emulator.launch import RunningEmulator

POLICIES = "/identity/conditionalAccess/policies"


def seed(number):
    """People who can do MFA and sign in from both sites, and an application that may read everything."""
    made = tenant_seed(number)
    made["clients"][0]["permissions"] = [*ALL, "LicenseAssignment.Read.All", "RoleManagement.Read.Directory"]
    for user in made["users"]:
        user["mfa_registered"] = True
    made["sign_ins"] = [
        {"user": f"dana@tenant{number}.example", "app": "Syncro SSO", "ip": ip, "at": "-2h", "mfa": True}
        for ip in ("198.51.100.10", "203.0.113.65")
    ]
    return made


class AuditedFleet(Fleet):
    """A server of its own with so many tenants, t1, t2, ..."""

    def __init__(self, home, tenants):
        numbers = range(1, tenants + 1)
        self.server = RunningEmulator({"tenants": [seed(number) for number in numbers]}, directory=home / "server")
        super().__init__(home, *(Tenant(number, self.server, home) for number in numbers))
        self.set(syncro_single_sign_on_only=True, fleet_report_path=str(home / "reports"))

    def __enter__(self):
        return self

    def __exit__(self, *dummy):
        self.server.stop()

    @property
    def report(self):
        """The last report, as data."""
        return json.loads((self.home / "reports" / "report.json").read_text(encoding="utf-8"))

    def row(self, number):
        return next(row for row in self.report["tenants"] if row["host"] == f"t{number}")

    def is_safe(self, number):
        """MFA for everyone but the break-glass account."""
        tenant = self.tenants[number - 1]
        people = {one["userPrincipalName"]: one["id"] for one in tenant.graph("GET", "/users")["value"]}
        policy = {
            "displayName": "MFA for everyone",
            "state": "enabled",
            "conditions": {
                "clientAppTypes": ["all"],
                "users": {"includeUsers": ["All"], "excludeUsers": [people[tenant.upn("breakglass")]]},
                "applications": {"includeApplications": ["All"]},
            },
            "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
        }
        tenant.graph("POST", POLICIES, policy)

    def drifts(self, number):
        """Somebody switches the policy of part A off."""
        tenant = self.tenants[number - 1]
        blocking = next(one for one in tenant.policies() if one["displayName"] == BLOCK)
        tenant.graph("PATCH", f"{POLICIES}/{blocking['id']}", {"state": "disabled"})

    def is_gone(self, number):
        """Nobody answers at its address."""
        self.hosts[f"t{number}"] |= {"entra_login_url": "https://localhost:1", "entra_wait_timeout": 1}

    def is_shut(self, number):
        """The secret is not the application's any more."""
        self.hosts[f"t{number}"]["entra_client_secret"] = "not the secret"

    def are_slow(self, *numbers):
        """Asked to wait for longer than a task may."""
        for number in numbers:
            self.hosts[f"t{number}"]["entra_wait_timeout"] = 1
            self.tenants[number - 1].meets({"path": "^/", "status": 429, "retry_after": 60})

    def hides(self, number, path):
        """Graph refuses to let this be read."""
        self.tenants[number - 1].meets({"method": "GET", "path": path, "status": 403})
