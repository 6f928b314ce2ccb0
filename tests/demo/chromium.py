# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds a Chromium to show the fleet report's page in.

.venv/bin/python tests/demo/chromium.py

looks for one, and where there is none lets Playwright fetch its own into .cache. Where that fails too, it says so, and the tests
that need one are skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
FETCHED = CHECKOUT / ".cache" / "browsers"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "msedge")
SECONDS_TO_FETCH = 300
NONE = (
    "No Chromium was found, and Playwright could fetch none. Install your system's chromium package, or name one: "
    "CHROMIUM=/path/to/chromium"
)


def find() -> str | None:
    """A Chromium that starts: the one that CHROMIUM names, the system's, or the one that was fetched."""
    return next((path for path in _candidates() if _starts(path)), None)


def _candidates() -> t.Iterator[str]:
    if os.environ.get("CHROMIUM"):
        yield os.environ["CHROMIUM"]
        return
    yield from filter(None, map(shutil.which, NAMES))
    # Playwright's folders have the version in their names, and differ from system to system.
    yield from (str(path) for name in ("chrome-headless-shell", "headless_shell") for path in FETCHED.rglob(name))


def _starts(path: str) -> bool:
    # One that was fetched may lack libraries of the system.
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def fetch() -> bool:
    """Lets Playwright fetch the Chromium that belongs to it."""
    print("No Chromium on this machine: fetching one ...", flush=True)
    command = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
    try:
        done = subprocess.run(
            command,
            env=os.environ | {"PLAYWRIGHT_BROWSERS_PATH": str(FETCHED)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS_TO_FETCH,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    if not find() and not (fetch() and find()):
        print(f"{NONE}. Tests that need one are skipped.")
