# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checkout as it is now, uncommitted files too, laid out where Ansible's own tools want a collection to be."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def lay_out(tree: Path, names: Iterable[str] | None = None) -> Path:
    """Copies the checkout, or these files of it, to TREE/ansible_collections/msp/entra, made anew as a repository of its own."""
    collection = tree / "ansible_collections" / "msp" / "entra"
    if collection.exists():
        shutil.rmtree(collection)
    collection.mkdir(parents=True)
    for name in files() if names is None else sorted(names):
        source, target = CHECKOUT / name, collection / name
        if not os.path.lexists(source):
            continue  # deleted, and the deletion is not committed yet
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)
    _git(collection, "init", "--quiet")
    _git(collection, "add", "--all")
    return collection


def files() -> list[str]:
    """All files of the checkout, those too that git does not know yet."""
    return sorted(_listed("--cached", "--others", "--exclude-standard"))


def tracked() -> set[str]:
    """The files of the checkout that git knows."""
    return _listed("--cached")


def tags_here() -> list[str]:
    """The tags that the commit has on which the checkout is, of those that are versions."""
    return [tag for tag in _git(CHECKOUT, "tag", "--points-at", "HEAD").split() if re.match(r"v?\d+\.", tag)]


def changed_here() -> list[str]:
    """Files of the checkout that are not as they were committed."""
    return [line[3:] for line in _git(CHECKOUT, "status", "--porcelain").splitlines()]


def _listed(*which: str) -> set[str]:
    return {name for name in _git(CHECKOUT, "ls-files", "-z", *which).split("\0") if name}


def _git(where: Path, *arguments: str) -> str:
    # Run from a git hook, git would take the hook's repository for every other one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-c", f"safe.directory={where}", *arguments]
    try:
        done = subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise SystemExit("git is needed to tell the collection's files from what was built beside them.") from None
    except subprocess.CalledProcessError as failure:
        raise SystemExit(f"git {arguments[0]} failed in {where}: {failure.stderr.strip()}") from None
    return done.stdout
