# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Minutes of an adversary who changes the tenants, and of a server that fails at random, between deploys and checks.

SOAK_ROUNDS (10) says for how long, SOAK_SEED (1) which way it goes: what is changed, which faults there are and which calls of a
tenant they strike follow from it alone. (How often a lagging object is looked at follows from the clock as well.) At the end the
tenants are as they were asked to be, what others have made is as they made it, and neither a run nor the server has grown.
"""

from __future__ import annotations

import os
import random
import statistics

from fault_matrix import state
from fleet import BLOCK, MFA, Fleet, recap, succeeded
from practice import Tenant, tenant_seed

from graph_emulator.launch import RunningEmulator

ROUNDS = int(os.environ.get("SOAK_ROUNDS", "10"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
NUMBERS = range(1, 7)
# By which the server may grow, in MiB: without a cause; for each MiB that it stores, as text; and for each token, of which it
# remembers the last 2000.
GROWS, FOR_STORED, FOR_TOKEN = 1.0, 12, 6 / 1024
SOMEBODY_S = {
    "@odata.type": "#microsoft.graph.countryNamedLocation",
    "displayName": "Ours",
    "countriesAndRegions": ["DE"],
}
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
    {"rule_lag_seconds": 2},
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
    ours = [one for name, one in sorted(locations.items()) if name in OWN]
    said = dice.choice(["off", "added", "gone", "other way", "ranges", "untrusted", "nothing"])
    if said == "off" and mfa:
        tenant.graph("PATCH", f"{POLICIES}/{mfa['id']}", {"state": "disabled"})
    elif said == "added" and block:
        users = block["conditions"]["users"]
        # She may be there from a round that only checked.
        users = {**users, "excludeUsers": sorted({*users["excludeUsers"], dana(tenant)})}
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


def memory(pid):
    """Memory of a process that is running, in MiB."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


class Course:
    """The tenants, what is asked for, and what has been seen so far."""

    def __init__(self, home, server, stored):
        self.server, self.stored = server, stored
        self.tenants = [Tenant(number, server, home) for number in NUMBERS]
        self.fleet = Fleet(home, *self.tenants).set(entra_wait_timeout=300)
        for tenant in self.tenants:
            tenant.graph("POST", LOCATIONS, SOMEBODY_S)
        self.deploy()
        self.asked = [state(tenant) for tenant in self.tenants]
        self.not_ours = [others(tenant) for tenant in self.tenants]
        self.done = self.failed = 0
        # MiB of each run, and of the server after it with what it may take by then; and how many faults struck.
        self.runs, self.served, self.struck = [], [], []

    def deploy(self):
        return succeeded(self.fleet.run("deploy", "-f", "6"))

    def round(self, number):
        dice = random.Random(f"{SEED} {number}")
        rules = [{**effect, "path": "^/identity/", "probability": 0.1} for effect in dice.sample(WEATHER, 3)]
        check = dice.random() < 0.3
        for tenant in self.tenants:
            drift(tenant, random.Random(f"{SEED} {number} {tenant.number}"))
        before = [state(tenant) for tenant in self.tenants]
        self.server.set_faults({"seed": dice.randrange(10**6), "faults": rules})
        run = self.fleet.run("deploy", "-f", "6", *(["--check"] if check else []))
        wrote = self.fleet.writes()
        self.struck.append(sum(self.server.struck().values()))
        self.server.set_faults({})
        assert not check or wrote == []
        for index, tenant in enumerate(self.tenants):
            about = f"SOAK_SEED={SEED}, round {number}, {rules}, t{tenant.number}"
            self.judge(run, tenant, before[index], before[index] if check else self.asked[index], about)
            assert others(tenant) == self.not_ours[index], about
        self.runs.append(run.memory)
        self.served.append((memory(self.server.pid), self.may_take()))

    def may_take(self):
        tokens = (self.fleet.home / "server" / "requests.jsonl").read_text(encoding="utf-8").count("/token")
        return FOR_STORED * self.stored.stat().st_size / 2**20 + FOR_TOKEN * tokens

    def judge(self, run, tenant, before, asked, about):
        own = [line for line in run.results if line["host"] == f"t{tenant.number}" and line["status"] == "failed"]
        now = state(tenant)
        if not own:
            assert now == asked, about
            self.done += 1
            return
        self.failed += 1
        said = "\n".join(str(line["result"].get("msg")) for line in own)
        mixed = [part for part in now if now[part] not in (before[part], asked[part])]
        assert not mixed or "NOT put back" in said, f"{about}: {mixed}\n{said}"


def test_nothing_is_lost(tmp_path):
    stored = tmp_path / "stored.json"
    seed = {"tenants": [tenant_seed(number) for number in NUMBERS]}
    with RunningEmulator(seed, directory=tmp_path / "server", state=stored) as server:
        course = Course(tmp_path, server, stored)
        for number in range(1, ROUNDS + 1):
            course.round(number)
        course.deploy()
        assert [state(tenant) for tenant in course.tenants] == course.asked
        assert recap(course.deploy(), "changed") == 0
    print(f"\n{ROUNDS} rounds: {course.done} tenants done under faults, {course.failed} that failed and said so")
    print(f"faults that struck, by round: {', '.join(map(str, course.struck))}")
    (first, little), (last, much) = course.served[min(1, ROUNDS - 1)], course.served[-1]
    print(
        f"memory: runs {min(course.runs):.0f} to {max(course.runs):.0f} MiB, server {first:.1f} to {last:.1f} MiB, where "
        f"{much - little:.1f} more are for what it stores and the tokens it remembers"
    )
    assert course.done > course.failed
    # A run needs as much late in the course as early, as the tenants have no more in them.
    half = len(course.runs) // 2
    assert max(course.runs[half:]) <= 1.1 * statistics.median(course.runs[: half or 1])
    assert last - first <= GROWS + much - little
