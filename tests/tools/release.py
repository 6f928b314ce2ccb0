# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes a release of what lies here: the version everywhere, and the changelog from its fragments. Commits and sends nothing.

.venv/bin/python tests/tools/release.py 1.2.3
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import releases
from working_copy import CHECKOUT, changed_here

# Where the version is written, with the number as the only group.
PLACES = {
    "galaxy.yml": r"^version: (.+)$",
    "execution_environment/execution-environment.yml": r"msp-entra[-:](\d+\.\d+\.\d+)(?:\.tar\.gz)?$",
}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        return refused("which version? make release VERSION=1.2.3")
    version = arguments[0]
    try:
        new = releases.parts(version)
    except ValueError as error:
        return refused(str(error))
    done = releases.released()
    if done and new <= releases.parts(done[-1]):
        return refused(f"{done[-1]} is released already, and {version} is not after it")
    if not list(releases.FRAGMENTS.glob("*.yml")):
        return refused("changelogs/fragments is empty: nothing has changed that a user would notice")
    if changed := changed_here():
        return refused(f"what is not committed would get into the release: {', '.join(changed[:5])}")
    # It starts ansible-doc by its name.
    folder = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    written = subprocess.call(
        [folder / "antsibull-changelog", "release", "--version", version], cwd=CHECKOUT, env=environment
    )
    if written:
        return written
    for name, pattern in PLACES.items():
        path = CHECKOUT / name
        path.write_text(
            re.sub(pattern, lambda found: found[0].replace(found[1], version), path.read_text(), flags=re.MULTILINE)
        )
    print(
        f"Read CHANGELOG.md, then: git commit --all --message 'Release {version}' && git tag {version} && make test-build"
    )
    return 0


def refused(why: str) -> int:
    print(f"No release: {why}.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
