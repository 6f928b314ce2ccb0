# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads that lag behind writes by up to half a minute: a task, and a run, ends within two seconds of the change showing."""

from __future__ import annotations

import datetime
import json

import ansible_run
import pytest
import yaml
from fleet import BLOCK, MFA, Fleet
from practice import Tenant, tenant_seed

from graph_emulator.launch import RunningEmulator

LAGS = [0, 1, 5, 30]
WITHIN = 2.0

IP = {"display_name": "Office", "ip_ranges": ["198.51.100.0/24"]}
POLICY = {
    "display_name": "MFA",
    "conditions": {
        "users": {"include_groups": ["Technicians"]},
        "applications": {"include_applications": ["All"]},
    },
    "grant_controls": {"built_in_controls": ["mfa"]},
}
# What is there before, and the task whose write lags.
TASKS = {
    "location made": ([], ("named_location", IP)),
    "location changed": ([("named_location", IP)], ("named_location", {**IP, "ip_ranges": ["198.51.100.0/25"]})),
    "location gone": ([("named_location", IP)], ("named_location", {"display_name": "Office", "state": "absent"})),
    "policy made": ([], ("conditional_access_policy", POLICY)),
    "policy on": (
        [("conditional_access_policy", POLICY)],
        ("conditional_access_policy", {"display_name": "MFA", "enforcement": "enabled"}),
    ),
    "policy gone": (
        [("conditional_access_policy", POLICY)],
        ("conditional_access_policy", {"display_name": "MFA", "state": "absent"}),
    ),
}
CASES = [(lag, name) for lag in LAGS for name in TASKS]


def moment(row):
    return datetime.datetime.fromisoformat(row["time"])


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """One run of all of them at once, a tenant each; the results and the request log by tenant."""
    folder = tmp_path_factory.mktemp("lag")
    numbers = range(1, len(CASES) + 1)
    with RunningEmulator(
        {"tenants": [tenant_seed(number) for number in numbers]}, directory=folder / "server"
    ) as server:
        tenants = [Tenant(number, server, folder) for number in numbers]
        for tenant, (dummy, name) in zip(tenants, CASES, strict=True):
            before = [{f"msp.entra.{module}": options} for module, options in TASKS[name][0]]
            if before:
                tenant.results(*before)
        rules = [
            {
                "tenant": tenant.id,
                "method": ["POST", "PATCH", "DELETE"],
                "path": "^/identity/conditionalAccess/",
                "lag_seconds": lag,
            }
            for tenant, (lag, dummy) in zip(tenants, CASES, strict=True)
        ]
        server.set_faults({"faults": rules})
        fleet = Fleet(folder, *tenants)
        for tenant, (dummy, name) in zip(tenants, CASES, strict=True):
            module, options = TASKS[name][1]
            fleet.hosts[f"t{tenant.number}"].update(module=f"msp.entra.{module}", options=options)
        play = {
            "name": "A task each",
            "hosts": "entra_tenants",
            "gather_facts": False,
            "strategy": "ansible.builtin.free",
            "tasks": [
                {
                    "name": f"Do it with {module}",
                    f"msp.entra.{module}": "{{ options | combine(connection) }}",
                    "vars": {"connection": {name: f"{{{{ entra_{name} }}}}" for name in tenants[0].defaults()}},
                    "when": f"module == 'msp.entra.{module}'",
                }
                for module in ("named_location", "conditional_access_policy")
            ],
        }
        playbook = folder / "play.yml"
        playbook.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
        server.clear()
        done = ansible_run.run(folder, str(playbook), "-i", str(fleet.written()), "-f", str(len(CASES)))
        log = server.requests()
        server.set_faults({})
        yield done, {tenant.id: [row for row in log if row["tenant"] == tenant.id] for tenant in tenants}, tenants


def test_a_task_ends_soon_after_its_change_shows(ran):
    """All of them in one test, which one worker runs."""
    done, logs, tenants = ran
    assert len(CASES) == len(LAGS) * len(TASKS)
    for tenant, (lag, name) in zip(tenants, CASES, strict=True):
        (result,) = [
            r["result"] for r in done.results if r["host"] == f"t{tenant.number}" and r["status"] not in ("skipped",)
        ]
        assert not result.get("failed") and result["changed"], json.dumps(result)[:800]
        rows = logs[tenant.id]
        # A trusted mark that is taken off first, and what is refused meanwhile, lag too: from the last write that was taken.
        taken = [row for row in ansible_run.writes(rows) if row["status"] < 300]
        took = (moment(rows[-1]) - moment(taken[-1])).total_seconds()
        print(f"{name}, lag {lag} s: looked for {took:.1f} s")
        assert lag <= took + 0.1 and took <= lag + WITHIN, f"{name}, lag {lag} s: {took:.1f} s"
        there = {one["displayName"]: one for one in [*tenant.locations(), *tenant.policies()]}
        shown = result.get("named_location") or result.get("policy")
        assert (shown or {}).get("id") == next((one["id"] for one in there.values()), None), name


@pytest.fixture(scope="module")
def deployed_and_removed(tmp_path_factory):
    """A tenant for each lag, deployed and then removed; the request log of each run and tenant, and what there was after it."""
    folder = tmp_path_factory.mktemp("runs")
    numbers = range(1, len(LAGS) + 1)
    logs, there = {}, {}
    with RunningEmulator({"tenants": [tenant_seed(one) for one in numbers]}, directory=folder / "server") as server:
        tenants = [Tenant(number, server, folder) for number in numbers]
        rule = {"method": ["POST", "PATCH", "DELETE"], "path": "^/identity/conditionalAccess/"}
        rules = [{**rule, "tenant": one.id, "lag_seconds": lag} for one, lag in zip(tenants, LAGS, strict=True)]
        server.set_faults({"faults": rules})
        fleet = Fleet(folder, *tenants)
        for playbook in ("deploy", "remove"):
            # Each goes at its own pace; what runs once is not for that, which Ansible warns of.
            done = fleet.run(playbook, ANSIBLE_STRATEGY="free")
            assert done.returncode == 0, done.output
            for tenant, lag in zip(tenants, LAGS, strict=True):
                logs[playbook, lag] = [row for row in server.requests() if row["tenant"] == tenant.id]
                there[playbook, lag] = sorted(one["displayName"] for one in [*tenant.locations(), *tenant.policies()])
        server.set_faults({})
    return logs, there


def test_a_run_ends_soon_after_all_of_it_shows(deployed_and_removed):
    logs, there = deployed_and_removed
    assert len(logs) == 2 * len(LAGS)
    for (playbook, lag), rows in logs.items():
        writes = [moment(row) for row in ansible_run.writes(rows)]
        took = (moment(rows[-1]) - writes[-1]).total_seconds()
        wrote = (writes[-1] - writes[0]).total_seconds()
        print(f"{playbook}, lag {lag} s: wrote for {wrote:.1f} s, looked for {took:.1f} s more")
        assert took <= lag + WITHIN, f"{playbook}, lag {lag} s: {took:.1f} s"
        # No write waits for the one before it to show.
        assert wrote < max(LAGS), f"{playbook}, lag {lag} s: {wrote:.1f} s"
        assert there[playbook, lag] == (
            [BLOCK, MFA, "Trusted - MSP Office", "Trusted - Warehouse"] if playbook == "deploy" else []
        )
