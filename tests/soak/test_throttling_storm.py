# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Half of all calls of twenty tenants are throttled: all get there, with hardly a call that is not needed."""

from __future__ import annotations

import ansible_run
from fleet import BLOCK, MFA, Fleet, recap, succeeded
from practice import Tenant, tenant_seed

from graph_emulator.launch import RunningEmulator

TENANTS = 20
NAMES = {"Trusted - MSP Office", "Trusted - Warehouse", BLOCK, MFA}
# Of three rules that each strike at a fifth of the calls, one strikes at half of them.
STORM = [
    {
        "name": "storm",
        "path": "^/(identity|users|servicePrincipals|policies|[$]batch)",
        "probability": 0.2063,
        "status": 429,
        "retry_after": seconds,
    }
    for seconds in (1, 2, 3)
]


def test_all_get_there(tmp_path):
    numbers = range(1, 2 * TENANTS + 1)
    with RunningEmulator(
        {"tenants": [tenant_seed(number) for number in numbers]}, directory=tmp_path / "server"
    ) as server:
        tenants = [Tenant(number, server, tmp_path) for number in numbers]
        calm, stormy = (
            Fleet(tmp_path, *some).set(entra_wait_timeout=600) for some in (tenants[:TENANTS], tenants[TENANTS:])
        )
        succeeded(calm.run("deploy", "-f", "20"))
        needed = len(ansible_run.graph_requests(server.requests()))
        server.set_faults({"seed": 5, "faults": STORM})
        done = stormy.run("deploy", "-f", "20")
        sent = ansible_run.graph_requests(server.requests())
        parts = [row for row in server.requests() if row.get("batch")]
        server.set_faults({})
        assert done.returncode == 0, done.output
        for tenant in tenants[TENANTS:]:
            there = [one["displayName"] for one in [*tenant.locations(), *tenant.policies()]]
            assert sorted(there) == sorted(NAMES)
        throttled = [row for row in sent if row["status"] == 429]
        # A batch of which a part was throttled is sent again with that part: it counts as throttled too.
        partly = {row["batch"] for row in parts if row["status"] == 429}
        calls = len(sent) - len(throttled) - len(partly)
        print(f"\n{len(throttled)} calls and {len(partly)} batches in part throttled, {calls} others, {needed} in calm")
        assert len(throttled) > needed / 4
        assert calls <= 1.6 * needed
        assert recap(succeeded(stormy.run("deploy", "-f", "20")), "changed") == 0
