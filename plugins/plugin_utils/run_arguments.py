# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of one of our playbooks is given: tags that it has not, variables whose name is nearly that of one it reads, and
collections that are not there.

Ansible takes both without a word: with ``--tags parta`` a run does nothing and ends well, with ``backup_pth`` it keeps no backup.
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib.util
import pathlib
import typing as t

from . import tenant_variables
from .graph.errors import BadInput
from .options import ArgumentSpec, Options

SPEC = ArgumentSpec(
    {
        "playbook": {"type": "str", "required": True},
        "tags": {"type": "list", "elements": "str", "default": []},
        "collections": {"type": "list", "elements": "str", "default": []},
    }
)

# What these playbooks read of a run, and of no tenant in particular.
VARIABLES = (
    "accept_risks",
    "audit_playbooks",
    "audit_stop_at",
    "backup_file",
    "backup_path",
    "export_path",
    "fleet_report_earlier",
    "fleet_report_expiring_days",
    "fleet_report_formats",
    "fleet_report_name",
    "fleet_report_path",
    "force",
    "import_file",
    "journal_path",
    "reports",
    "revoke_sessions",
    "tenants",
)
# Those that Ansible has for every playbook:
# https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_tags.html#special-tags
_SPECIAL_TAGS = ("all", "always", "never", "tagged", "untagged")

_COLLECTION = "msp.entra."
_FOLDER = pathlib.Path(__file__).parents[2] / "playbooks"


@dataclasses.dataclass(frozen=True)
class Run:
    """What ``ansible-playbook`` was started with."""

    # As they were written: paths, or names of playbooks of a collection.
    playbooks: t.Sequence[str] = ()
    # The names of the variables of ``-e``.
    variables: t.Collection[str] = ()
    # ``--tags`` and ``--skip-tags``.
    tags: t.Collection[str] = ()
    skipped: t.Collection[str] = ()
    # Those that whoever imports the playbook has put on it.
    inherited: t.Collection[str] = ()


def looked_at(options: Options, run: Run) -> Options:
    """Nothing, where all of it can be meant. Raises BadInput with all that cannot be."""
    problems = tenant_variables.misspelt_of_run(run.variables, VARIABLES)
    # Where there are other playbooks beside or around this one, a tag that it has not may be one of theirs.
    if [_file(written) for written in run.playbooks] == [_file(options["playbook"])]:
        problems += _tags(options, "--tags", run.tags, run.inherited)
        problems += _tags(options, "--skip-tags", run.skipped, run.inherited)
    problems += [
        f"collections: {name} is needed and is not installed where this runs: ansible-galaxy collection install {name}"
        for name in options["collections"]
        if not _installed(name)
    ]
    if problems:
        raise BadInput(problems)
    return {"changed": False}


def _installed(collection: str) -> bool:
    """Whether Ansible finds a collection, which for Python is a package."""
    dummy, dummy, name = collection.partition(".")
    try:
        return name.isidentifier() and importlib.util.find_spec(f"ansible_collections.{collection}") is not None
    except (ImportError, ValueError):  # no such namespace, or no name at all
        return False


def _file(playbook: str) -> pathlib.Path:
    """Where a playbook is that is called by its path, or by its name in this collection."""
    ours = playbook.startswith(_COLLECTION)
    path = _FOLDER / f"{playbook.removeprefix(_COLLECTION)}.yml" if ours else pathlib.Path(playbook)
    try:
        return path.resolve()
    except (OSError, ValueError):  # no name that a file can have, or a link to itself
        return path


def _tags(options: Options, option: str, given: t.Collection[str], inherited: t.Collection[str]) -> list[str]:
    """A sentence for each tag that is none of the playbook's."""
    playbook, known = options["playbook"], options["tags"]
    strange = sorted({*given} - {*known, *inherited, *_SPECIAL_TAGS})
    if not known:
        return [f"{option} {tag}: {playbook} has no tags, and is run as a whole." for tag in strange]
    meant = {tag: difflib.get_close_matches(tag, known, n=1) for tag in strange}
    return [
        f"{option} {tag}: is no tag of {playbook}.{f' Is {near[0]} meant?' if near else ''} It has {', '.join(known)}."
        for tag, near in meant.items()
    ]
