# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes a virtual environment in which this checkout is importable as the collection msp.entra.

python3 tests/tools/set_up.py [--venv .venv] [--core 2.20.1] GROUP...

Each GROUP is a file of tests/requirements. Quick where nothing has changed, so every make target begins with it.
Runs on a bare Python: standard library only.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
REQUIREMENTS = CHECKOUT / "tests" / "requirements"
OLDEST_PYTHON = (3, 11)
# In a shell with an environment switched on, perhaps the very one that is to be made anew, python3 is that environment's.
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)
# What the environment imports straight from the checkout: nothing to install, nothing to export.
LINKS = {
    "ansible_collections/msp/entra": CHECKOUT,
    "graph_emulator": CHECKOUT / "tests" / "graph_emulator",
}


class SetUpFailed(Exception):
    """What is missing, in words for the person at the keyboard."""


class Environment:
    """One virtual environment and the note it keeps of what is already in it."""

    def __init__(self, path: Path, core: str | None = None) -> None:
        self.path = path
        self.core = core
        self.python = path / "bin" / "python"
        self._note = path / "set-up.json"
        self._python_version = ".".join(map(str, sys.version_info[:2]))

    def bring_up_to_date(self, groups: list[str]) -> None:
        if self._is_stale():
            self._create()
        self._link_checkout()
        for group in groups:
            self._install(group)

    def _is_stale(self) -> bool:
        # The scripts of an environment hold its absolute path, so a moved or copied checkout needs a new one.
        return not self.python.exists() or self._read_note().get("made_for") != self._made_for()

    def _made_for(self) -> dict[str, str]:
        made_for = {"path": str(self.path), "python": self._python_version}
        return made_for | ({"core": self.core} if self.core else {})

    def _create(self) -> None:
        announce(f"{self.path.name}: new environment of Python {self._python_version}")
        if self.path.exists():
            shutil.rmtree(self.path)
        made = run_quietly([BASE_PYTHON, "-m", "venv", str(self.path)])
        if made.returncode:
            shutil.rmtree(self.path, ignore_errors=True)
            raise SetUpFailed(
                f"{BASE_PYTHON} cannot make a virtual environment. On Debian and Ubuntu `apt install python3-venv` "
                f"brings what it lacks; or name another Python: make PYTHON=/path/to/python3\n\n{made.stdout}"
            )
        self._write_note({"made_for": self._made_for(), "groups": {}})

    def _link_checkout(self) -> None:
        site_packages = self.path / "lib" / f"python{self._python_version}" / "site-packages"
        for name, target in LINKS.items():
            link = site_packages / name
            link.parent.mkdir(parents=True, exist_ok=True)
            wanted = os.path.relpath(target, link.parent)
            if link.is_symlink() and str(link.readlink()) == wanted:
                continue
            with contextlib.suppress(FileNotFoundError):
                link.unlink()
            link.symlink_to(wanted)

    def _install(self, group: str) -> None:
        note = self._read_note()
        fingerprint = requirements_fingerprint(group)
        if note["groups"].get(group) == fingerprint:
            return
        announce(f"{self.path.name}: installing what {group} needs ...")
        began = time.monotonic()
        installed = run_quietly(
            [
                str(self.python),
                *("-m", "pip", "install", "--disable-pip-version-check", "--no-input"),
                *("--constraint", str(self._pins())),
                *("--requirement", str(REQUIREMENTS / f"{group}.txt")),
            ]
        )
        if installed.returncode:
            raise SetUpFailed(f"pip could not install tests/requirements/{group}.txt:\n\n{installed.stdout}")
        announce(f"{self.path.name}: {group} ready after {time.monotonic() - began:.0f} s")
        note["groups"][group] = fingerprint
        self._write_note(note)

    def _pins(self) -> Path:
        """The pins, with the asked for ansible-core in place of the one that this Python would get."""
        pins = REQUIREMENTS / "pins.txt"
        if not self.core:
            return pins
        lines = [line for line in pins.read_text().splitlines() if not line.startswith("ansible-core==")]
        own = self.path / "pins.txt"
        own.write_text("\n".join([*lines, f"ansible-core=={self.core}", ""]))
        return own

    def _read_note(self) -> dict:
        try:
            return json.loads(self._note.read_text())
        except (FileNotFoundError, ValueError):
            return {}

    def _write_note(self, note: dict) -> None:
        written = self._note.with_suffix(".new")
        written.write_text(json.dumps(note, indent=2) + "\n")
        written.replace(self._note)


def requirements_fingerprint(group: str) -> str:
    # Contents, not times: a fresh clone or a switch of branches gives every file a new time.
    digest = hashlib.sha256()
    for path in [CHECKOUT / "requirements.txt", *sorted(REQUIREMENTS.glob("*.txt"))]:
        if path.name in ("requirements.txt", "pins.txt") or path.stem in groups_of(group):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def groups_of(group: str) -> set[str]:
    """The group itself and those its file includes."""
    names = {group}
    for line in (REQUIREMENTS / f"{group}.txt").read_text().splitlines():
        if line.startswith("-r ") and "/" not in line:
            names |= groups_of(line[3:].strip().removesuffix(".txt"))
    return names


def run_quietly(command: list[str]) -> subprocess.CompletedProcess[str]:
    # A PYTHONPATH of the caller's shell would let pip take its packages for ours.
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env=environment,
    )


@contextlib.contextmanager
def only_one_at_a_time(venv: Path):
    with venv.with_name(venv.name + ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            announce(f"{venv.name}: another make is setting it up, waiting ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def announce(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    available = sorted(path.stem for path in REQUIREMENTS.glob("*.txt") if path.stem != "pins")
    parser = argparse.ArgumentParser(description="Set up a virtual environment for this checkout.")
    parser.add_argument("--venv", default=".venv", help="folder in the checkout (default: %(default)s)")
    parser.add_argument("--core", metavar="VERSION", help="another ansible-core than the pinned one")
    parser.add_argument("groups", nargs="+", choices=available, metavar="GROUP", help=", ".join(available))
    arguments = parser.parse_args()
    if sys.version_info < OLDEST_PYTHON:
        running = ".".join(map(str, sys.version_info[:3]))
        print(f"Python 3.11 or newer is needed, this is {running}: make PYTHON=/path/to/python3", file=sys.stderr)
        return 1
    venv = CHECKOUT / arguments.venv
    try:
        with only_one_at_a_time(venv):
            Environment(venv, arguments.core).bring_up_to_date(arguments.groups)
    except SetUpFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
