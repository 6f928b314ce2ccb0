# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deploy that is killed (SIGKILL) before, during or after each of its writes, and a plain run after it: one object each.

Killed with all its processes, as when a machine or a container goes down; and ansible-playbook alone, as when somebody ends
what they see: the process that does the task is then still there, and must write nothing more.
"""

from __future__ import annotations

import itertools
import time

import ansible_run
import pytest
from fleet import BLOCK, MFA, SITES, recap, succeeded

pytestmark = [pytest.mark.one_ansible, pytest.mark.usefixtures("together")]

NAMES = ["Trusted - MSP Office", "Trusted - Warehouse", BLOCK, MFA]
WRITES = range(1, len(NAMES) + 1)
KILLS = "runs killed"
# Seconds that a service asks for.
WAIT = 10


def writes(tenant):
    return [row for row in ansible_run.writes(tenant.emulator.requests()) if row["tenant"] == tenant.id]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", WRITES)
def test_killed_at_a_write(fleet, tenant, counted, number, when):
    server = tenant.emulator
    # The write before which it is killed, or the one after that, is held up on its way and never arrives.
    held = number if when == "before" else number + 1
    on_its_way = {"method": "POST", "path": "conditionalAccess/(policies|namedLocations)$", "nth": [held]}
    rules = [{**on_its_way, "tenant": tenant.id, **effect} for effect in ({"delay_ms": 5_000}, {"reset": "before"})]
    server.set_faults({"faults": rules})
    server.clear()

    def come_so_far():
        rows = [row for row in server.requests() if row["tenant"] == tenant.id]
        taken = [place for place, row in enumerate(rows) if row in ansible_run.writes(rows)]
        if when == "after":
            return len(taken) == number
        # What was written before has been looked at, and ahead of the first there was the look at the tenant.
        since = rows[taken[-1] + 1 :] if taken else rows
        looked = any(row["method"] == "GET" or row.get("batch") for row in since)
        return len(taken) == number - 1 and looked

    with ansible_run.playing(fleet.home, "msp.entra.deploy", "-i", str(fleet.written())) as process:
        assert ansible_run.until(come_so_far, process)
    server.set_faults({})
    assert len(writes(tenant)) == (number if when == "after" else number - 1)
    converges(fleet, tenant)
    counted(KILLS, 1)


@pytest.mark.parametrize("number", WRITES)
def test_killed_while_a_write_is_on_its_way(fleet, tenant, counted, number):
    """Nobody hears the answer, and the write is carried out after the run is dead."""
    server = tenant.emulator
    on_its_way = {"method": "POST", "path": "conditionalAccess/(policies|namedLocations)$", "nth": [number]}
    server.set_faults({"faults": [{"name": "slow", "tenant": tenant.id, **on_its_way, "delay_ms": 500}]})
    server.clear()
    with ansible_run.playing(fleet.home, "msp.entra.deploy", "-i", str(fleet.written())) as process:
        assert ansible_run.until(lambda: server.struck()["slow"], process)
    assert len(writes(tenant)) == number - 1
    looks = itertools.takewhile(lambda _look: len(writes(tenant)) < number, range(10_000))
    assert all(server.struck() for _look in looks) and len(writes(tenant)) == number
    converges(fleet, tenant)
    counted(KILLS, 1)


def killed_alone(process):
    """Kill ansible-playbook and nothing else; returns its workers."""
    left = ansible_run.workers(process)
    process.kill()
    process.wait()
    return left


def test_a_worker_that_was_asked_to_wait_gives_up_when_its_run_is_killed(fleet, tenant, counted):
    """Or it would write its older values over what a newer run has written meanwhile."""
    server = tenant.emulator
    succeeded(fleet.run("deploy"))
    fleet.set(syncro_sites=[{**SITES[0], "cidrs": ["198.51.100.20/32"]}, *SITES[1:]])
    throttled = {"method": "PATCH", "path": "namedLocations", "nth": [1], "status": 429, "retry_after": WAIT}
    server.set_faults({"faults": [{"name": "throttled", "tenant": tenant.id, **throttled}]})
    server.clear()
    with ansible_run.playing(fleet.home, "msp.entra.deploy", "-i", str(fleet.written())) as process:
        assert ansible_run.until(lambda: server.struck()["throttled"], process)
        left = killed_alone(process)
    began = time.monotonic()
    assert ansible_run.living(left)
    while ansible_run.living(left):
        assert time.monotonic() - began < WAIT
    assert [row["status"] for row in writes(tenant)] == [429]
    fleet.set(syncro_sites=SITES)
    converges(fleet, tenant)
    counted(KILLS, 1)


def test_a_worker_whose_run_is_killed_leaves_the_rest_of_its_loop(fleet, tenant, counted):
    server = tenant.emulator
    slow = {"method": "POST", "path": "namedLocations$", "nth": [1], "delay_ms": 500}
    server.set_faults({"faults": [{"name": "slow", "tenant": tenant.id, **slow}]})
    server.clear()
    with ansible_run.playing(fleet.home, "msp.entra.deploy", "-i", str(fleet.written())) as process:
        assert ansible_run.until(lambda: server.struck()["slow"], process)
        left = killed_alone(process)
    assert ansible_run.living(left)
    while ansible_run.living(left):
        pass
    assert [row["status"] for row in writes(tenant)] == [201]
    converges(fleet, tenant)
    counted(KILLS, 1)


def converges(fleet, tenant):
    done = succeeded(fleet.run("deploy"))
    there = [one["displayName"] for one in [*tenant.locations(), *tenant.policies()]]
    assert sorted(there) == sorted(NAMES)
    assert recap(done, "changed") <= len(NAMES)
    assert recap(succeeded(fleet.run("deploy")), "changed") == 0
    # What the killed run had on its way is logged when the server drops it, which may be now.
    assert [row for row in fleet.writes() if not row.get("fault")] == []
