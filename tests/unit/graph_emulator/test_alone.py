# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whoever asks for a tenant is given one that is there, also where one test is all that runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from graph_calls import POLICIES, GraphCaller

CHECKOUT = Path(__file__).resolve().parents[3]


def test_each_kind_of_tenant_is_there(
    graph: GraphCaller, shared: GraphCaller, untouched: GraphCaller, neighbour: GraphCaller
) -> None:
    assert [one.values(POLICIES) for one in (graph, shared, untouched, neighbour)] == [[]] * 4
    assert graph.tenant != shared.tenant and untouched.tenant != neighbour.tenant


def test_so_they_are_for_a_test_that_runs_alone() -> None:
    """Among others it may be given a tenant that was meant for them, and pass."""
    alone = f"{__file__}::{test_each_kind_of_tenant_is_there.__name__}"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", alone],
        cwd=CHECKOUT,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
