# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs Python with the given arguments in the environment of a second Python, if the machine has one.

python3 tests/tools/second_python.py -m pytest

The newest ansible-core for Python 3.11 is 2.19, the oldest we support; 3.12 and later get the newest there is. So the
second Python is one from the other side of that line.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
OLD, NEW = ["3.11"], ["3.13", "3.12"]
GROUPS = ["test", "lint"]


def main(arguments: list[str]) -> int:
    wanted = NEW if sys.version_info < (3, 12) else OLD
    found = next(((version, python) for version in wanted if (python := find(version))), None)
    if not found:
        print(f"Not run a second time: no Python {' or '.join(wanted)} found, and this is {sys.version.split()[0]}.")
        return 0
    version, python = found
    venv = f".venv-{version}"
    set_up = subprocess.call([python, CHECKOUT / "tests" / "tools" / "set_up.py", "--venv", venv, *GROUPS])
    return set_up or subprocess.call([CHECKOUT / venv / "bin" / "python", *arguments], cwd=CHECKOUT)


def find(version: str) -> Path | None:
    return next((python for python in candidates(version) if works(python, version)), None)


def candidates(version: str) -> list[Path]:
    """Real installations before what lies on PATH: a version switcher puts names there that may refuse to start."""
    name = f"python{version}"
    switcher = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    beside_this_one = Path(sys.base_prefix).parent
    installed = {
        path.parent.parent: path for folder in (switcher, beside_this_one) for path in folder.glob(f"*/bin/{name}")
    }
    on_path = [Path(folder) / name for folder in os.get_exec_path()]
    return [path for _home, path in sorted(installed.items(), reverse=True)] + on_path


def works(python: Path, version: str) -> bool:
    # Debian splits ensurepip off: such a Python starts, and then cannot make an environment.
    question = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([python, "-c", question], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.stdout.strip() == version


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
