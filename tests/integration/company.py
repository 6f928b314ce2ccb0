# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A company that has deployed part A in report-only, and whose people sign in."""

from __future__ import annotations

from fleet import BLOCK, Fleet, state, succeeded
from practice import LEAST, WRITE, Tenant, tenant_seed

OFFICE, HOME, STRANGER, CLOUD = "198.51.100.10", "203.0.113.80", "192.0.2.66", "192.0.2.200"
SITES = [{"name": "Office", "cidrs": [f"{OFFICE}/32"]}]
HOME_SITE = {"name": "Home of Dana", "cidrs": [f"{HOME}/32"]}
# A practice tenant is minutes old, and so is its policy.
QUICK = {"syncro_validation_soak_days": 0, "syncro_validation_minimum_sign_ins": 3}
READS = [*WRITE, "AuditLog.Read.All"]
# A person who runs this may do more than the playbooks need.
ALL = [*READS, "User.RevokeSessions.All", "User.DeleteRestore.All"]
POLICIES = "/identity/conditionalAccess/policies"
NAMED_LOCATIONS = "/identity/conditionalAccess/namedLocations"


def company_seed(number=1):
    """Its first client may do everything, its third may not read the log."""
    seed = tenant_seed(number)
    seed["clients"][0]["permissions"] = ALL
    seed["clients"][2]["permissions"] = LEAST
    seed["users"].append({"upn": f"alex@tenant{number}.example"})
    return seed


class Company:
    """A tenant in which part A is deployed in report-only, and people who sign in."""

    def __init__(self, fleet, **variables):
        (self.tenant,) = fleet.tenants
        self.emulator = self.tenant.emulator
        self.fleet = fleet.set(**{"syncro_sites": SITES, **QUICK, **variables})
        succeeded(self.fleet.run("deploy"))

    @classmethod
    def alone(cls, tmp_path, server, **variables):
        """The first tenant of a server of its own."""
        return cls(Fleet(tmp_path, Tenant(1, server, tmp_path)), **variables)

    def signs_in(self, who, ip, times=1, country="US", **more):
        for dummy in range(times):
            done = self.emulator.sign_in(
                self.tenant.id, user=self.tenant.upn(who), app="Syncro SSO", ip=ip, country=country, mfa=True, **more
            )
        return done["outcome"]

    def leaves(self, who):
        self.tenant.graph("DELETE", f"/users/{self.tenant.upn(who)}")

    def id_of(self, who):
        return self.tenant.graph("GET", f"/users/{self.tenant.upn(who)}")["id"]

    def validates(self, *arguments):
        done = succeeded(self.fleet.run("validate", *arguments))
        assert [line for line in self.fleet.writes() if not line["path"].endswith("/evaluate")] == []
        return next(line["result"] for line in done.results if "verdict" in line["result"]), done

    @property
    def blocking(self):
        return next(one for one in self.tenant.policies() if one["displayName"] == BLOCK)

    def changes_by_hand(self, **change):
        """As somebody in the admin center would; conditions are laid over those that are there."""
        policy = self.blocking
        conditions = {**policy["conditions"], **change.pop("conditions", {})}
        self.tenant.graph("PATCH", f"{POLICIES}/{policy['id']}", {"conditions": conditions, **change})

    @property
    def policy(self):
        return state(self.tenant)[BLOCK]["state"]


def statuses(result):
    return {check["id"]: check["status"] for check in result["checks"]}


def evidence_of(result, name):
    return next(check["evidence"] for check in result["checks"] if check["id"] == name)
