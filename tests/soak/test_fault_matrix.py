# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault at every write: one run of each playbook, with a tenant for each fault and write."""

from __future__ import annotations

import fault_matrix
import pytest


@pytest.mark.parametrize("scenario", list(fault_matrix.SCENARIOS))
def test_every_fault_at_every_write(scenario, tmp_path, counted):
    cells = [cell for cell in fault_matrix.cells() if cell.scenario == scenario]
    told = fault_matrix.verdicts(scenario, cells, tmp_path / "run")
    wrong = {name: words for name, words in told.items() if words}
    print(
        f"\n{scenario}: {len(told) - len(wrong)} of {len(told)} combinations of a fault and a write are as they must be"
    )
    assert len(told) == len(cells) and wrong == {}
    counted("combinations of a fault and a write", len(told))


@pytest.mark.parametrize("world", list(fault_matrix.WORLDS))
@pytest.mark.parametrize("scenario", list(fault_matrix.SCENARIOS))
def test_every_scenario_on_a_server_that_is_wrong_as_a_whole(scenario, world, tmp_path, counted):
    assert fault_matrix.verdict_of_world(scenario, world, tmp_path / "run") == ""
    counted("combinations of a fault and a write", len(fault_matrix.SCENARIOS[scenario].writes))


def test_there_are_enough_of_them():
    assert len(fault_matrix.cells()) >= 300
