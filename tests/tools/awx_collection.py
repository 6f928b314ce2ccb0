# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts the collection awx.awx into .cache, for the tests of awx_setup, and prints the folder to look for collections in.

.venv/bin/python tests/tools/awx_collection.py

The package index has it only as a part of the package ansible, 57 MB of collections; of these, this one is kept.
`make pins` leaves the version alone: it goes with the version of AWX that the documentation names.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE, AWX = "ansible==11.13.0", "24.6.1"
PLACE = CHECKOUT / ".cache" / f"awx-{AWX}"


class NotThere(Exception):
    """What pip said; the collection could not be fetched."""


def provide() -> Path:
    """Raises NotThere. Several tests may ask at once."""
    PLACE.parent.mkdir(exist_ok=True)
    with PLACE.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not PLACE.exists():
            _fetch()
    return PLACE


def _fetch() -> None:
    with tempfile.TemporaryDirectory(dir=PLACE.parent) as folder:
        download = ["download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", folder, PACKAGE]
        done = subprocess.run(
            [sys.executable, "-m", "pip", "--disable-pip-version-check", *download],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise NotThere(f"pip could not download {PACKAGE}, which holds awx.awx {AWX}:\n{done.stdout}{done.stderr}")
        (wheel,) = Path(folder).glob("*.whl")
        unpacked = Path(folder) / "unpacked"
        with zipfile.ZipFile(wheel) as archive:
            wanted = [name for name in archive.namelist() if name.startswith("ansible_collections/awx/awx/")]
            archive.extractall(unpacked, wanted)
        # All of it or nothing: a half of it would be taken for the whole next time.
        shutil.move(unpacked, PLACE)


if __name__ == "__main__":
    try:
        print(provide())
    except NotThere as failure:
        sys.exit(str(failure))
