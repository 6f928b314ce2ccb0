# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a play is, in words."""

from __future__ import annotations

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.fleet.progress import Progress

LOOK, AGAIN, LAST = "id-1", "id-2", "id-3"


def test_tasks_tenants_and_the_rest():
    progress = Progress([LOOK, AGAIN, LAST, "id-4"], 10, 100.0)
    progress.begin(LOOK, "Look")
    for number in range(5):
        progress.count(f"t{number}", LOOK, lost=False)
    # 5 of 40 in 20 s: 35 more in 140 s.
    assert progress.said(120.0) == "msp.entra: task 1 of 4 (Look): 5 of 10 tenants; about 3 min left"
    progress.count("t4", LOOK, lost=True)
    progress.begin(AGAIN, "Look again")
    assert (
        progress.said(140.0)
        == "msp.entra: task 2 of 4 (Look again): 0 of 10 tenants, 1 failed at some task; about 2 min left"
    )


def test_nothing_done_yet_says_no_time():
    progress = Progress([LOOK, AGAIN], 10, 0.0)
    progress.begin(LOOK, "Look")
    assert progress.said(60.0) == "msp.entra: task 1 of 2 (Look): 0 of 10 tenants"


def test_what_only_a_failure_leads_to_is_no_task_of_the_count():
    progress = Progress([LOOK, AGAIN, LAST], 2, 0.0)
    progress.begin(LOOK, "Look")
    progress.count("a", LOOK, lost=False)
    progress.count("b", LOOK, lost=True)
    for name in ("Note it", "Put back"):
        progress.begin(name, name)
        progress.count("b", name, lost=False)
    # A third is behind them, and the two thirds that are left take what the first one and its failure took, twice.
    said = "msp.entra: after task 1 of 3 (Put back): 1 of 2 tenants, 1 failed at some task; about 2 min left"
    assert progress.said(60.0) == said
    progress.begin(AGAIN, "Look again")
    assert progress.said(60.0).startswith("msp.entra: task 2 of 3 (Look again): 0 of 2 tenants")


def test_a_task_that_nobody_comes_to_is_passed_over():
    progress = Progress([LOOK, AGAIN, LAST], 1, 0.0)
    progress.begin(LAST, "End")
    progress.count("a", LAST, lost=False)
    assert progress.said(60.0) == "msp.entra: task 3 of 3 (End): 1 of 1 tenants; about 0 s left"


def test_a_task_that_comes_twice_is_the_next_of_its_sort_and_one_of_the_past_is_no_step_back():
    progress = Progress([LOOK, AGAIN, LOOK], 1, 0.0)
    numbers = []
    for id in (LOOK, AGAIN, LOOK, AGAIN):
        progress.begin(id, "Name")
        numbers.append(progress.said(0.0).partition(" (")[0].removeprefix("msp.entra: "))
    assert numbers == ["task 1 of 3", "task 2 of 3", "task 3 of 3", "after task 3 of 3"]


def test_batches_are_counted_together():
    progress = Progress([LOOK, LAST], 5, 0.0, batch=2)
    for host in "ab":
        for id in (LOOK, LAST):
            progress.begin(id, "Name")
            progress.count(host, id, lost=host == "b")
    progress.begin_batch(2)
    progress.begin(LOOK, "Look")
    progress.count("c", LOOK, lost=False)
    # 5 of 10 in 60 s.
    said = "msp.entra: task 1 of 2 (Look): 3 of 5 tenants, 1 failed at some task; about 60 s left"
    assert progress.said(60.0) == said


def test_out_of_step_only_those_that_are_through_are_counted():
    progress = Progress([LOOK, LAST, LAST], 3, 0.0, in_step=False)
    for host, ids in {"a": [LOOK, LAST, LAST, "handler"], "b": [LOOK, LAST], "c": [LOOK]}.items():
        for id in ids:
            progress.begin(id, "Name")
            progress.count(host, id, lost=host == "c")
    assert progress.said(60.0) == "msp.entra: 1 of 3 tenants have all tasks behind them, 1 failed at some task"


@pytest.mark.parametrize(
    ("seconds", "left"),
    [(0.2, "1 s"), (119.0, "119 s"), (120.0, "2 min"), (121.0, "3 min"), (7199.0, "120 min"), (7201.0, "3 h")],
)
def test_the_unit_fits(seconds, left):
    progress = Progress([LOOK, AGAIN], 1, 0.0)
    progress.begin(LOOK, "Look")
    progress.count("a", LOOK, lost=False)
    assert progress.said(seconds).endswith(f"; about {left} left")
