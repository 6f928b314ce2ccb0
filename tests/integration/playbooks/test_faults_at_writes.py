# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault at one write of a playbook, and which one is drawn. All of them at all writes: make soak."""

from __future__ import annotations

import random

import fault_matrix
import pytest

pytestmark = pytest.mark.one_ansible


@pytest.mark.parametrize("scenario", ["deploy", "remove"])
def test_every_fault_somewhere(scenario, tmp_path, counted):
    dice = random.Random(scenario)
    cells = {}
    for cell in fault_matrix.cells():
        # What waits half a minute by itself is for the soak.
        if cell.scenario == scenario and "before" not in cell.fault and cell.fault not in ("500", "502", "503", "504"):
            cells.setdefault(cell.fault, []).append(cell)
    drawn = [dice.choice(ones) for ones in cells.values()]
    told = fault_matrix.verdicts(scenario, drawn, tmp_path / "run")
    assert len(told) > 12 and {name: words for name, words in told.items() if words} == {}
    counted("combinations of a fault and a write", len(told))


@pytest.mark.parametrize("world", list(fault_matrix.WORLDS))
def test_a_deploy_on_a_server_that_is_wrong_as_a_whole(world, tmp_path, counted):
    assert fault_matrix.verdict_of_world("deploy", world, tmp_path / "run") == ""
    counted("combinations of a fault and a write", len(fault_matrix.SCENARIOS["deploy"].writes))
