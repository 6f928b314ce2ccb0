# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds the package that Galaxy gets, installs it, and checks that what users call is in it and loads, and that
ansible-builder finds in it what an execution environment needs.

.venv/bin/python tests/tools/build_check.py
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from working_copy import CHECKOUT, lay_out

BIN = Path(sys.executable).parent
NEEDED = {"COPYING", "MANIFEST.json", "FILES.json", "README.md", "CHANGELOG.md", "changelogs", "meta", "plugins"}
# Kinds of plugins whose pages users read, and the folder of each.
DOCUMENTED = {"module": "modules", "filter": "filter", "inventory": "inventory"}
# The build takes what nobody told it to leave out, so what may be in the package is listed here.
ALLOWED = NEEDED | {
    "CONTRIBUTING.md",
    "docs",
    "execution_environment",
    "extensions",
    "playbooks",
    "requirements.txt",
    "roles",
    "tests",
    "tests/sanity",
}


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        sources, built, installed = lay_out(place / "sources"), place / "built", place / "installed"
        run("ansible-galaxy", "collection", "build", "--output-path", built, cwd=sources)
        (package,) = built.glob("msp-entra-*.tar.gz")
        # --force: the link in .venv counts as installed already.
        install = [
            "collection",
            "install",
            "--offline",
            "--no-deps",
            "--force",
            "--collections-path",
            installed,
            package,
        ]
        run("ansible-galaxy", *install)
        problems = problems_of(installed) + problems_of_the_image(place / "image", package)
        problems += python_packages_missing(installed)
        size = package.stat().st_size // 1024
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{package.name} ({size} KiB) builds, installs and loads")
    return 1 if problems else 0


def problems_of(installed: Path) -> list[str]:
    collection = installed / "ansible_collections" / "msp" / "entra"
    contents = {str(path.relative_to(collection)) for path in [*collection.glob("*"), *collection.glob("tests/*")]}
    problems = [f"{name} is in the package; see build_ignore in galaxy.yml" for name in sorted(contents - ALLOWED)]
    problems += [f"{name} is not in the package" for name in sorted(NEEDED - contents)]
    # The link in .venv leads to the checkout; a path named here goes before it.
    environment = os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(installed)}
    for kind, folder in DOCUMENTED.items():
        names = [f"msp.entra.{path.stem}" for path in sorted((collection / "plugins" / folder).glob("*.py"))]
        if not names:
            problems.append(f"plugins/{folder} is not in the package")
            continue
        documented = json.loads(run("ansible-doc", "--json", "--type", kind, *names, env=environment))
        problems += [f"{kind} {name} has no documentation" for name in names if not documented.get(name, {}).get("doc")]
    for playbook in sorted((collection / "playbooks").glob("*.yml")):
        run("ansible-playbook", "--syntax-check", f"msp.entra.{playbook.stem}", env=environment)
    return problems


def problems_of_the_image(place: Path, package: Path) -> list[str]:
    """The definition as a reader uses it: beside the package. No container engine is needed up to the build itself."""
    place.mkdir()
    shutil.copy(CHECKOUT / "execution_environment" / "execution-environment.yml", place)
    shutil.copy(package, place)
    run("ansible-builder", "create", cwd=place)
    built = place / "context" / "_build"
    if not (built / package.name).exists() or package.name not in (built / "requirements.yml").read_text():
        return [
            f"execution_environment/execution-environment.yml does not install {package.name}; has the version changed?"
        ]
    return []


def python_packages_missing(installed: Path) -> list[str]:
    """What ansible-builder would install for the collection, against requirements.txt. Ansible has its own place there."""
    found = yaml.safe_load(run("ansible-builder", "introspect", "--sanitize", installed))
    wanted = (CHECKOUT / "requirements.txt").read_text().splitlines()
    names = {re.split(r"[^\w-]", line)[0] for line in wanted if line and not line.startswith("#")} - {"ansible-core"}
    got = {re.split(r"[^\w-]", line)[0] for line in found.get("python", [])}
    return [f"ansible-builder does not see that the collection needs {name}" for name in sorted(names - got)]


def run(program: str, *arguments: str | Path, cwd: Path = CHECKOUT, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [BIN / program, *arguments],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{program} {' '.join(map(str, arguments))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
