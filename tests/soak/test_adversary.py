# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Minutes of an adversary who changes the tenants, and of a server that fails at random, between deploys and checks.

SOAK_SECONDS (300) says for how long, SOAK_SEED (1) which way it goes. At the end the tenants are as they were asked to be, what
others have made is as they made it, and the runs need no more memory than at the beginning.
"""

from __future__ import annotations

import os
import random
import resource
import time

from fault_matrix import state
from fleet import BLOCK, MFA, Fleet, recap, succeeded
from practice import Tenant, tenant_seed

from graph_emulator.launch import RunningEmulator

SECONDS = float(os.environ.get("SOAK_SECONDS", "300"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
TENANTS = 6
LOCATIONS, POLICIES = "/identity/conditionalAccess/namedLocations", "/identity/conditionalAccess/policies"
OWN = {"Trusted - MSP Office", "Trusted - Warehouse", BLOCK, MFA}
IP = "#microsoft.graph.ipNamedLocation"

# What passes, however often it strikes.
WEATHER = [
    {"status": 429, "retry_after": 1},
    {"status": 429},
    {"status": 503},
    {"status": 500},
    {"reset": "before"},
    {"reset": "after"},
    {"body": "truncated"},
    {"body": "invalid_json"},
    {"lag_seconds": 2},
    {"expire_tokens": True},
    {"status": 409},
    {"delay_ms": 200},
]


def others(tenant):
    """What is not ours, as it is."""
    return {one["id"]: one for one in [*tenant.locations(), *tenant.policies()] if one["displayName"] not in OWN}


def drift(tenant, dice):
    """Somebody changes or deletes something of ours, in the admin center; says what."""
    policies = {one["displayName"]: one for one in tenant.policies()}
    locations = {one["displayName"]: one for one in tenant.locations()}
    block, mfa = policies.get(BLOCK), policies.get(MFA)
    ours = [one for name, one in locations.items() if name in OWN]
    said = dice.choice(["off", "added", "gone", "other way", "ranges", "untrusted", "nothing"])
    if said == "off" and mfa:
        tenant.graph("PATCH", f"{POLICIES}/{mfa['id']}", {"state": "disabled"})
    elif said == "added" and block:
        users = {
            **block["conditions"]["users"],
            "excludeUsers": [*block["conditions"]["users"]["excludeUsers"], dana(tenant)],
        }
        tenant.graph("PATCH", f"{POLICIES}/{block['id']}", {"conditions": {**block["conditions"], "users": users}})
    elif said == "gone" and dice.random() < 0.5 and mfa:
        tenant.graph("DELETE", f"{POLICIES}/{mfa['id']}")
    elif said == "gone" and block:
        tenant.graph("DELETE", f"{POLICIES}/{block['id']}")
    elif said == "other way" and mfa:
        tenant.graph(
            "PATCH",
            f"{POLICIES}/{mfa['id']}",
            {"grantControls": {"operator": "OR", "builtInControls": ["compliantDevice"]}},
        )
    elif said == "ranges" and ours:
        ranges = [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "192.0.2.0/24"}]
        tenant.graph("PATCH", f"{LOCATIONS}/{dice.choice(ours)['id']}", {"@odata.type": IP, "ipRanges": ranges})
    elif said == "untrusted" and ours:
        tenant.graph("PATCH", f"{LOCATIONS}/{dice.choice(ours)['id']}", {"@odata.type": IP, "isTrusted": False})
    return said


def dana(tenant):
    return next(
        one["id"] for one in tenant.graph("GET", "/users")["value"] if one["userPrincipalName"].startswith("dana")
    )


def peak():
    """Memory that the largest run so far has needed, in MiB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def memory(pid):
    """Memory of a process that is running, in MiB."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def test_nothing_is_lost(tmp_path):
    dice = random.Random(SEED)
    numbers = range(1, TENANTS + 1)
    with RunningEmulator(
        {"tenants": [tenant_seed(number) for number in numbers]}, directory=tmp_path / "server"
    ) as server:
        tenants = [Tenant(number, server, tmp_path) for number in numbers]
        fleet = Fleet(tmp_path, *tenants).set(entra_wait_timeout=300)
        for tenant in tenants:
            tenant.graph(
                "POST",
                LOCATIONS,
                {
                    "@odata.type": "#microsoft.graph.countryNamedLocation",
                    "displayName": "Ours",
                    "countriesAndRegions": ["DE"],
                },
            )
        succeeded(fleet.run("deploy", "-f", "6"))
        asked, not_ours = [state(tenant) for tenant in tenants], [others(tenant) for tenant in tenants]
        rounds, done, failed, peaks, end = 0, 0, 0, [], time.monotonic() + SECONDS
        while time.monotonic() < end:
            rounds += 1
            for tenant in tenants:
                drift(tenant, dice)
            before = [state(tenant) for tenant in tenants]
            rules = [{**effect, "path": "^/identity/", "probability": 0.1} for effect in dice.sample(WEATHER, 3)]
            server.set_faults({"seed": dice.randrange(10**6), "faults": rules})
            check = dice.random() < 0.3
            run = fleet.run("deploy", "-f", "6", *(["--check"] if check else []))
            peaks.append(peak())
            wrote = fleet.writes()
            server.set_faults({})
            for number, tenant in enumerate(tenants):
                lines = [
                    line for line in run.results if line["host"] == f"t{tenant.number}" and line["status"] == "failed"
                ]
                now = state(tenant)
                about = f"SOAK_SEED={SEED}, round {rounds}, {rules}, t{tenant.number}"
                if check:
                    assert not wrote and now == before[number], about
                elif not lines:
                    assert now == asked[number], about
                    done += 1
                else:
                    failed += 1
                    mixed = [part for part in now if now[part] not in (before[number][part], asked[number][part])]
                    assert not mixed or "NOT put back" in run.output, f"{about}: {mixed}\n{run.output[-3000:]}"
                assert others(tenant) == not_ours[number], about
        succeeded(fleet.run("deploy", "-f", "6"))
        assert [state(tenant) for tenant in tenants] == asked
        assert recap(succeeded(fleet.run("deploy", "-f", "6")), "changed") == 0
        print(
            f"\n{rounds} rounds: {done} tenants deployed under faults, {failed} that failed whole or in part and said so"
        )
        print(f"memory {peaks[0]:.0f} to {peaks[-1]:.0f} MiB a run, server {memory(server.pid):.0f} MiB")
        assert rounds >= 3 and done > failed
        # The largest run is no larger than the first ones were.
        assert peaks[-1] <= 1.25 * peaks[min(2, len(peaks) - 1)]
