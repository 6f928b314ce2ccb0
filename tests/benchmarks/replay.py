# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replays made-up sign-ins against made-up policies, in a process of its own, and prints what that took as JSON.

The sign-ins are made as they are asked for, as pages of the log are read, and every other comes from an address that none had
before. Each has the log's own verdict of every policy, and is counted as sign_in_impact_info counts.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
import typing as t
import uuid

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.audit_log import Places
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.evaluation import PolicySet
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.impact import trusted_sites
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.replay import (
    VERDICTS,
    Impact,
    Members,
    Replay,
)
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in import User
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in_log import SignInReader

SIGN_INS, POLICIES, LOCATIONS, USERS = 100_000, 50, 40, 2_000
STATES = ("enabled", "enabled", "enabledForReportingButNotEnforced", "disabled")
RESULTS = ("notApplied", "success", "notApplied")
RULE = 'device.isCompliant -eq True -or device.trustType -eq "ServerAD"'


class MadeUp:
    """A tenant with a log, the same in every run."""

    def __init__(self) -> None:
        self._random = random.Random(1)
        self.tenant_id = self._id()
        self._users, self._groups, self._apps = ([self._id() for dummy in range(number)] for number in (USERS, 60, 40))
        self.users = {
            user: User(
                user, groups=frozenset(self._some(self._groups, 5)), roles=frozenset(), kinds=frozenset({"member"})
            )
            for user in self._users
        }
        self.locations = [self._location(number) for number in range(LOCATIONS)]
        self.policies = [self._policy(number) for number in range(POLICIES)]

    def _id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _some(self, values: t.Sequence[str], number: int) -> list[str]:
        return self._random.sample(values, number)

    def _address(self) -> str:
        return ".".join(str(self._random.randrange(1, 255)) for dummy in range(4))

    def _location(self, number: int) -> dict[str, t.Any]:
        location = {"id": self._id(), "displayName": f"Location {number}"}
        if number % 8 == 0:
            return {**location, "countriesAndRegions": ["DE", "US"], "countryLookupMethod": "clientIpAddress"}
        ranges = [{"cidrAddress": f"{self._address()}/24"} for dummy in range(50)]
        return {**location, "isTrusted": number % 2 == 1, "ipRanges": ranges}

    def _policy(self, number: int) -> dict[str, t.Any]:
        """Every condition is in some of them; a third is for everything and everyone but a location."""
        outside = ["AllTrusted"] if number % 7 == 0 else [self._random.choice(self.locations)["id"]]
        conditions = {
            "users": {
                "includeUsers": ["All"] if number % 3 else [],
                "includeGroups": self._some(self._groups, 3),
                "excludeUsers": self._some(self._users, 3),
                "excludeGroups": self._some(self._groups, 1),
            },
            "applications": {"includeApplications": ["All"] if number % 2 else self._some(self._apps, 4)},
            "clientAppTypes": ["all"] if number % 4 else ["exchangeActiveSync", "other"],
            "locations": {"includeLocations": ["All"], "excludeLocations": outside} if number % 2 else None,
            "platforms": {"includePlatforms": ["all"], "excludePlatforms": ["iOS"]} if number % 5 == 0 else None,
            "signInRiskLevels": ["high"] if number % 9 == 0 else [],
            "userRiskLevels": ["high"] if number % 11 == 0 else [],
            "devices": {"deviceFilter": {"mode": "exclude", "rule": RULE}} if number % 10 == 3 else None,
        }
        controls = ["block"] if number % 6 == 0 else ["mfa", "compliantDevice"]
        return {
            "id": self._id(),
            "displayName": f"Policy {number}",
            "createdDateTime": "2026-01-01T00:00:00Z",
            "state": STATES[number % 4],
            "conditions": conditions,
            "grantControls": {"operator": "OR", "builtInControls": controls},
        }

    def log(self) -> t.Iterator[dict[str, t.Any]]:
        """The entries, one after the other."""
        usual = [self._address() for dummy in range(500)]
        for number in range(SIGN_INS):
            user = self._random.choice(self._users)
            yield {
                "createdDateTime": "2026-08-20T10:00:00Z",
                "userId": user,
                "userPrincipalName": f"{user}@x.example",
                "homeTenantId": self.tenant_id,
                "resourceTenantId": self.tenant_id,
                "appId": self._random.choice(self._apps),
                "resourceId": self._random.choice(self._apps),
                "ipAddress": self._address() if number % 2 else self._random.choice(usual),
                "clientAppUsed": self._random.choice(["Browser", "Mobile Apps and Desktop clients"]),
                "location": {"countryOrRegion": self._random.choice(["DE", "FR"])},
                "riskLevelDuringSignIn": "none",
                "status": {
                    "errorCode": 0,
                    "additionalDetails": self._random.choice([None, "MFA completed in Azure AD"]),
                },
                "deviceDetail": {
                    "deviceId": self._random.choice(["", user]),
                    "operatingSystem": "Windows 10",
                    "isCompliant": self._random.random() < 0.5,
                    "isManaged": False,
                    "trustType": "",
                },
                "appliedConditionalAccessPolicies": [
                    {"id": one["id"], "displayName": one["displayName"], "result": RESULTS[(number + index) % 3]}
                    for index, one in enumerate(self.policies)
                ],
            }


def main() -> None:
    """Replay and print."""
    tenant = MadeUp()
    started = time.perf_counter()
    policies = PolicySet(tenant.policies, tenant.locations)
    # Everybody's groups are known, so that nothing is looked up.
    members = Members([], t.cast(t.Any, None))
    members.known.update(tenant.users)
    places = Places(trusted_sites(tenant.locations))
    replay = Replay(policies, SignInReader(tenant.tenant_id, members.known), places, members)
    impact = Impact(None, 50)
    for one in replay.judged(tenant.log()):
        impact.add(one)
    shown = impact.shown()
    taken = {
        "seconds": time.perf_counter() - started,
        # Linux counts in kilobytes.
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "sign_ins": SIGN_INS,
        "policies": POLICIES,
        "verdicts": {name: shown[name] for name in VERDICTS},
    }
    json.dump(taken, sys.stdout)


if __name__ == "__main__":
    main()
