# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-doc says, asked once a session.

Nothing of the collection may be imported here: pytest loads this before pytest-ansible has laid out where collections are.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import pytest
from documented import COLLECTION, MODULES, Json


@pytest.fixture(scope="session")
def docs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    """What ansible-doc says, by module."""
    home = tmp_path_factory.mktemp("ansible-doc")
    # Where the collections are may be said by a variable; nothing else of the developer's own settings gets in.
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ANSIBLE_") or k == "ANSIBLE_COLLECTIONS_PATH"}
    done = subprocess.run(
        [
            str(pathlib.Path(sys.executable).with_name("ansible-doc")),
            "--json",
            *(f"{COLLECTION}.{module}" for module in MODULES),
        ],
        cwd=home,
        env={**kept, "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {name.rpartition(".")[2]: found for name, found in json.loads(done.stdout).items()}
