# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds the package that Galaxy gets, of the files that git knows, and of nothing else.

The build of ansible-galaxy takes whatever lies in the folder and is not named in galaxy.yml: where somebody has worked in a
checkout, that is an inventory with its secrets, and reports about tenants.

.venv/bin/python tests/tools/package.py [FOLDER]        # the checkout's own, where none is named
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from working_copy import CHECKOUT, changed_here, lay_out, tracked


def built(folder: Path) -> Path:
    """The package, in this folder. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as place:
        sources, made = lay_out(Path(place), tracked()), Path(place) / "made"
        galaxy = Path(sys.executable).parent / "ansible-galaxy"
        command = [galaxy, "collection", "build", "--output-path", made]
        subprocess.run(command, cwd=sources, capture_output=True, text=True, check=True)
        (package,) = made.glob("msp-entra-*.tar.gz")
        folder.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(package, folder))


def main(arguments: list[str]) -> int:
    try:
        package = built(Path(*arguments) if arguments else CHECKOUT)
    except subprocess.CalledProcessError as failure:
        print(f"{failure.stdout}{failure.stderr}".strip(), file=sys.stderr)
        return 1
    print(package)
    if changed := [name for name in changed_here() if name in tracked()]:
        print(f"As it is here, and not as it was committed: {', '.join(changed)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
