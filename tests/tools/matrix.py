# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs tests on every pair of ansible-core and Python that the collection supports and this machine has, and prints a table.

python3 tests/tools/matrix.py [pytest's own arguments]

Without arguments it runs what an Ansible can make a difference to: how options are read, results are given back, plugins are
found and playbooks run. Each pair has an environment of its own, .venv-3.12-core-2.20 and so on.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time

import second_python
from second_python import CHECKOUT

# The last of each series that is supported, and the Pythons that it runs on, of those that the collection supports.
CORES = {
    "2.19.14": ("3.11", "3.12", "3.13"),
    "2.20.10": ("3.12", "3.13"),
    "2.21.5": ("3.12", "3.13"),
}
TESTS = [
    *("tests/unit/test_documentation.py", "tests/unit/test_documented_results.py"),
    *("tests/unit/plugin_utils/test_options.py", "tests/unit/plugin_utils/test_graph_action.py"),
    *("tests/integration/modules/test_bad_input.py", "tests/integration/modules/test_by_pytest_ansible.py"),
    *("tests/integration/modules/test_named_location.py", "tests/integration/modules/test_given_back.py"),
    "tests/integration/inventory/test_gdap.py",
    *("tests/integration/playbooks/test_deploy_and_remove.py", "tests/integration/playbooks/test_half_way.py"),
    "tests/integration/playbooks/test_export_and_import.py",
    "tests/integration/session/test_secrets.py",
]


def main(arguments: list[str]) -> int:
    pythons = sorted({version for versions in CORES.values() for version in versions})
    found = {version: python for version in pythons if (python := second_python.find(version))}
    rows, failed = [], []
    for core, versions in CORES.items():
        for version in versions:
            if version not in found:
                rows.append((core, version, "not run: there is no such Python here", ""))
                continue
            print(f"ansible-core {core} on Python {version} ...", flush=True)
            began = time.monotonic()
            code, outcome = tried(core, version, found[version], arguments or TESTS)
            rows.append((core, version, outcome, f"{time.monotonic() - began:.0f} s"))
            failed += [f"{core} on {version}"] if code else []
    print(f"\n{'ansible-core':14}{'Python':9}{'':50}{'':>6}")
    for core, version, outcome, took in rows:
        print(f"{core:14}{version:9}{outcome:50}{took:>6}")
    return 1 if failed or not found else 0


def tried(core: str, version: str, python: object, arguments: list[str]) -> tuple[int, str]:
    """The exit code, and what there is to say of a pair in a few words. Of one that fails everything is printed."""
    venv = f".venv-{version}-core-{core.rpartition('.')[0]}"
    set_up = [python, CHECKOUT / "tests" / "tools" / "set_up.py", "--venv", venv, "--core", core, "test"]
    if code := subprocess.call(set_up, stdout=subprocess.DEVNULL):
        return code, "could not be set up"
    marked = ["-m", "not one_ansible", "-p", "no:cacheprovider", "-n", "auto", "--dist", "loadfile", *arguments]
    done = subprocess.run(
        [CHECKOUT / venv / "bin" / "python", "-m", "pytest", *marked],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout)
    counts = re.findall(r"(\d+ (?:passed|failed|skipped|errors?))\b", done.stdout.rstrip().rpartition("\n")[2])
    return done.returncode, ", ".join(counts) or "no test ran"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
