# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds the package that Galaxy gets, and looks at it as those do who get it: what is in it, whether Galaxy would take it,
whether what users call is in it and loads, whether it deploys from an empty home, and whether ansible-builder finds in it what an
execution environment needs.

.venv/bin/python tests/tools/build_check.py
"""

from __future__ import annotations

import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import package_contents
import releases
import yaml
from package import built as built_package
from working_copy import CHECKOUT

from graph_emulator.launch import RunningEmulator

BIN = Path(sys.executable).parent
# Kinds of plugins whose pages users read, and the folder of each.
DOCUMENTED = {"module": "modules", "filter": "filter", "inventory": "inventory"}
DEMO = CHECKOUT / "tests" / "demo"
# The variables that a shell has anyway; nothing that says where Ansible looks for anything.
PLAIN = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TERM")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        built = built_package(place / "built")
        problems = releases.problems() + package_contents.problems(built)
        looks = (problems_of_galaxy, problems_of_a_deploy, problems_of_the_documentation, problems_of_the_image)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            at_work = [pool.submit(look, place / look.__name__, built) for look in looks]
            problems += [problem for one in at_work for problem in one.result()]
        size = built.stat().st_size // 1024
    for problem in problems:
        print(problem)
    if not problems:
        print(
            f"{built.name} ({size} KiB) builds, passes Galaxy's importer, installs into an empty home and deploys from it"
        )
    return 1 if problems else 0


def install(home: Path, package: Path) -> tuple[Path, dict[str, str]]:
    """The package installed as a user does, into an empty home: where it lies, and the environment of that user."""
    home.mkdir()
    environment = {name: os.environ[name] for name in PLAIN if name in os.environ} | {"HOME": str(home)}
    # --force: the link in .venv counts as installed already.
    run("ansible-galaxy", "collection", "install", "--offline", "--force", package, env=environment)
    return home / ".ansible" / "collections" / "ansible_collections" / "msp" / "entra", environment


def problems_of_galaxy(place: Path, package: Path) -> list[str]:
    """What Galaxy says to it when it is uploaded, all but what ansible-lint says: `make lint` has that of the same files."""
    home = place / "home"
    home.mkdir(parents=True)
    environment = {name: os.environ[name] for name in PLAIN if name in os.environ}
    environment |= {"HOME": str(home), "PATH": f"{BIN}{os.pathsep}{environment['PATH']}"}
    environment |= {"GALAXY_IMPORTER_RUN_ANSIBLE_LINT": "no"}
    said = run("python", "-m", "galaxy_importer.main", package, cwd=place, env=environment)
    found = [line for line in said.splitlines() if re.match(r"(WARNING|ERROR|CRITICAL)", line)]
    if "Importer processing completed successfully" not in said:
        found.append(f"did not come to its end:\n{said}")
    return [f"galaxy-importer: {line}" for line in found]


def problems_of_a_deploy(place: Path, package: Path) -> list[str]:
    """A practice tenant, deployed to from nothing but the package."""
    place.mkdir()
    collection, environment = install(place / "home", package)
    shutil.copy(DEMO / "inventory.yml", place)
    with RunningEmulator(DEMO / "tenants.yml", directory=place / "emulator") as emulator:
        environment |= {"PRACTICE_URL": emulator.url, "PRACTICE_CA": emulator.ca_file}
        deploy = ("msp.entra.deploy", "-i", "inventory.yml", "--limit", "northwind,localhost", "-vv")
        said = run("ansible-playbook", *deploy, cwd=place, env=environment)
    tasks = set(re.findall(r"^task path: (.+):\d+$", said, re.MULTILINE))
    problems = [
        f"the deploy took {path} from beside the package" for path in tasks if not path.startswith(str(collection))
    ]
    recap = re.search(r"^northwind +: .*$", said.rpartition("PLAY RECAP")[2], re.MULTILINE)
    if not tasks or not recap or not re.search(r"changed=[1-9].* failed=0", recap[0]):
        problems.append(f"a deploy from the package changed nothing:\n{said}")
    return problems


def problems_of_the_documentation(place: Path, package: Path) -> list[str]:
    """Every page that users read, and the syntax of every playbook."""
    place.mkdir()
    collection, environment = install(place / "home", package)
    problems = python_packages_missing(collection.parents[2])
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
