# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a play is, in words."""

from __future__ import annotations

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.fleet.progress import Progress


def test_tasks_tenants_and_the_rest():
    progress = Progress(4, 10, 100.0)
    progress.begin("Look")
    for number in range(5):
        progress.count(f"t{number}", lost=False)
    # 5 of 40 in 20 s: 35 more in 140 s.
    assert progress.said(120.0) == "msp.entra: task 1 of 4 (Look): 5 of 10 tenants; about 3 min left"
    progress.count("t4", lost=True)
    progress.begin("Look again")
    assert (
        progress.said(140.0)
        == "msp.entra: task 2 of 4 (Look again): 0 of 10 tenants, 1 failed at some task; about 2 min left"
    )


def test_nothing_done_yet_says_no_time():
    progress = Progress(4, 10, 0.0)
    progress.begin("Look")
    assert progress.said(60.0) == "msp.entra: task 1 of 4 (Look): 0 of 10 tenants"


def test_more_tasks_than_were_known():
    progress = Progress(1, 2, 0.0)
    progress.begin("Look")
    progress.begin("Handle")
    progress.count("a", lost=False)
    assert progress.said(60.0) == "msp.entra: task 2 (Handle): 1 of 2 tenants"


@pytest.mark.parametrize(
    ("seconds", "left"),
    [(0.2, "1 s"), (119.0, "119 s"), (120.0, "2 min"), (121.0, "3 min"), (7199.0, "120 min"), (7201.0, "3 h")],
)
def test_the_unit_fits(seconds, left):
    progress = Progress(2, 1, 0.0)
    progress.begin("Look")
    progress.count("a", lost=False)
    assert progress.said(seconds).endswith(f"; about {left} left")
