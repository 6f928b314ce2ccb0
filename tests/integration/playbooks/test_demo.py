# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo`: the whole story holds, and where it does not, that is seen."""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[2]

TOLD = [
    "Nothing real is touched",
    "fail    Security defaults are off: they are on, and Entra refuses an enabled policy beside them.",
    "dana@northwind.example would have been blocked 6 of 27 times.",
    "Requests that would change something: none.",
    "'Block Syncro - Outside Trusted IPs' is not ready to be enforced.",
    "No site covers 203.0.113.80/32, from where dana@northwind.example signed in 7 times",
    "+ - {name: Home of Dana, cidrs: [203.0.113.80/32]}",
    "'Block Syncro - Outside Trusted IPs' is ready to be enforced.",
    "'Block Syncro - Outside Trusted IPs' is on: it blocks.",
    "[NO-EVIDENCE]",
    "dana@northwind.example a stranger, 192.0.2.66 blocked blocks it",
    "AADSTS53003",
    "syncro-svc@northwind.example cloud, 192.0.2.200 succeeded MFA was done",
    "'Block Syncro - Outside Trusted IPs' is in report-only: it logs what it would block, and blocks nobody.",
    '- "enforcement": "disabled",',
    "Next: README.md, 'Your first real tenant'.",
]


def ran(folder):
    return subprocess.run(
        [sys.executable, str(folder / "run.py")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_the_whole_story():
    done = ran(TESTS / "demo")
    assert done.returncode == 0 and done.stderr == "", done.stdout + done.stderr
    told, at = re.sub(r" +", " ", " ".join(done.stdout.split("\n"))), 0
    for part in (re.sub(" +", " ", part) for part in TOLD):
        assert part in told[at:], f"'{part}' is not said where it belongs:\n{done.stdout}"
        at = told.index(part, at)
    assert "TASK [" not in done.stdout, "of Ansible's output only what matters"


def test_a_step_that_does_not_hold_stops_it_with_all_that_was_printed(tmp_path):
    demo = pathlib.Path(shutil.copytree(TESTS / "demo", tmp_path / "demo"))
    (tmp_path / "integration").symlink_to(TESTS / "integration")
    inventory = demo / "inventory.yml"
    written = inventory.read_text(encoding="utf-8")
    inventory.write_text(written.replace("breakglass@northwind", "breakgloss@northwind"), encoding="utf-8")
    done = ran(demo)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "TASK [" in done.stdout and "PLAY RECAP" in done.stdout and "breakgloss@northwind.example" in done.stdout
    assert "The demo stopped: readiness misses" in done.stderr and "Whom would it have stopped?" not in done.stdout
