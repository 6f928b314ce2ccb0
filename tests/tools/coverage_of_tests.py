# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures which lines and branches of plugins the tests go through, and prints the total and the files with the most left out.

.venv/bin/python tests/tools/coverage_of_tests.py [pytest's own arguments]

A task runs in a process that ansible-playbook forks and ends without ceremony; coverage is told to follow there. Without
arguments it measures the unit tests of the collection and those integration tests that go through most of it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
PLACE = CHECKOUT / ".cache" / "coverage"
WEAKEST = 10
PLAYBOOKS = (
    *("audit", "deploy_and_remove", "deploy_impact", "export_and_import", "half_way", "readiness", "relax"),
    *("rollback_playbook", "sessions_ended", "validate_and_enforce"),
)
TESTS = [
    "tests/unit",
    *("--ignore", "tests/unit/graph_emulator"),
    *(f"tests/integration/{folder}" for folder in ("inventory", "modules", "session")),
    *(f"tests/integration/playbooks/test_{name}.py" for name in PLAYBOOKS),
]
# Whole paths: the processes that are measured have working directories of their own.
SETTINGS = f"""\
[run]
branch = true
source = {CHECKOUT}/plugins
data_file = {PLACE}/data
parallel = true
patch = subprocess, fork, _exit

[report]
# What is there for a reader or a type checker, and is never run.
exclude_also =
    if t.TYPE_CHECKING:
    raise NotImplementedError
    class .*\\(t\\.Protocol\\):
"""


def main(arguments: list[str]) -> int:
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    (PLACE / "settings").write_text(SETTINGS)
    tests = arguments or TESTS
    ran = coverage("run", "-m", "pytest", "-p", "no:cacheprovider", "-n", "auto", "--dist", "loadfile", *tests)
    combine()
    coverage("json", "--quiet", "-o", str(PLACE / "measured.json"))
    coverage("html", "--quiet", "-d", str(PLACE / "html"))
    measured = json.loads((PLACE / "measured.json").read_text())
    print(f"\n{'':70}{'covered':>9}{'lines':>7}{'branches':>10} left out")
    files = sorted(measured["files"].items(), key=lambda one: -left_out(one[1]["summary"]))
    for name, file in files[:WEAKEST]:
        print(row(os.path.relpath(CHECKOUT / name, CHECKOUT), file["summary"]))
    print(row("all of plugins", measured["totals"]))
    print(f"Line by line: {(PLACE / 'html' / 'index.html').relative_to(CHECKOUT)}")
    return ran.returncode


def left_out(summary: dict[str, float]) -> float:
    return summary["missing_lines"] + summary["missing_branches"]


def row(name: str, summary: dict[str, float]) -> str:
    covered, lines, branches = (summary[key] for key in ("percent_covered", "missing_lines", "missing_branches"))
    return f"{name:70}{covered:8.1f}%{lines:7}{branches:10}"


def combine() -> None:
    done = coverage("combine", "--quiet", text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    # A practice server that a test kills, say: what is cut off in the middle is named many times over.
    cut_off = set(re.findall(r"Data file '(\S+)' isn't a coverage data file", done.stdout))
    for path in cut_off:
        Path(path).unlink(missing_ok=True)
    if cut_off:
        print(f"\nProcesses that were killed before they could tell what they went through: {len(cut_off)}")
    if done.returncode:
        sys.exit(done.stdout)


def coverage(*arguments: str, **how: Any) -> subprocess.CompletedProcess:
    command = [Path(sys.executable).with_name("coverage"), arguments[0], "--rcfile", PLACE / "settings", *arguments[1:]]
    return subprocess.run(command, cwd=CHECKOUT, stdin=subprocess.DEVNULL, check=False, **how)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
