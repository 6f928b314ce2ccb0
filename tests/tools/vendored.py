# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetches the chart library of the fleet report's page from npm's registry into the collection.

python3 tests/tools/vendored.py

For another version write down its number and what `npm view uplot@NUMBER dist.integrity` says, and look at the page.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = CHECKOUT / "plugins" / "plugin_utils" / "fleet" / "page_assets" / "uplot"
PACKAGE = "uplot@1.6.32"
INTEGRITY = "sha512-KIMVnG68zvu5XXUbC4LQEPnhwOxBuLyW1AHtpm6IKTXImkbLgkMy+jabjLgSLMasNuGGzQm/ep3tOkyTxpiQIw=="
FILES = ("LICENSE", "dist/uPlot.iife.min.js", "dist/uPlot.min.css")


def main() -> int:
    if not shutil.which("npm"):
        print("npm is needed, which comes with Node.js.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=False)
        if packed.returncode:
            print(f"npm could not fetch {PACKAGE}, see above.", file=sys.stderr)
            return 1
        (package,) = Path(folder).glob("*.tgz")
        found = "sha512-" + base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
        if found != INTEGRITY:
            print(f"{PACKAGE} is not what is written down here: {found}", file=sys.stderr)
            return 1
        with tarfile.open(package) as archive:
            for name in FILES:
                (FOLDER / Path(name).name).write_bytes(archive.extractfile(f"package/{name}").read())
    print(f"{PACKAGE} lies in {FOLDER.relative_to(CHECKOUT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
