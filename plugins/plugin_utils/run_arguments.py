# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of our playbooks is started with and cannot be meant: tags that they have not, or that leave nothing to run;
variables whose name is nearly that of one that they read, a limit where there are no tenants, collections that are not there.

Ansible takes the first three without a word: with ``--tags parta`` a run does nothing and ends well, with ``backup_pth`` it keeps
no backup.
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib.util
import pathlib
import re
import typing as t

from . import tenant_variables
from .graph.errors import BadInput
from .options import ArgumentSpec, Options

# The playbooks, with the tags that each of them has.
TAGS: dict[str, tuple[str, ...]] = {
    "audit": ("readiness", "part_a", "part_b", "posture"),
    "awx_setup": (),
    "deploy": ("part_a", "part_b"),
    "enforce": ("part_a",),
    "export": (),
    "import": (),
    "readiness": (),
    "relax": ("part_a",),
    "remove": ("part_a", "part_b"),
    "report": (),
    "rollback": (),
    "validate": ("part_a",),
}
# Those that work on no tenant: a limit would leave them nothing to run on.
WITHOUT_TENANTS = ("awx_setup", "report")
# The oldest Ansible that the collection is for, as meta/runtime.yml has it. Ansible warns of an older one, and goes on.
OLDEST = (2, 19)
# Those that write: what narrows such a run is never taken for somebody's own.
WRITING = ("deploy", "enforce", "import", "relax", "remove", "rollback")
# What narrows a run, beside a limit.
NARROWS = "tenants"
# What they read of a run, and of no tenant in particular.
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
    "fleet_report_hosts",
    "fleet_report_name",
    "fleet_report_path",
    "force",
    "import_file",
    "journal_path",
    "reports",
    "revoke_sessions",
    NARROWS,
)
# What a role is given by its playbook, and by people in playbooks of their own.
OF_A_ROLE = tuple(
    f"fleet_report_{name}"
    for name in (
        *("accepted_risks", "covers", "failures", "impact", "part_a", "part_b", "posture", "readiness", "restriction"),
        *("service_account", "sites", "tenant_id", "tenant_name"),
    )
)

SPEC = ArgumentSpec(
    {
        "playbook": {"type": "str", "choices": list(TAGS)},
        "problems": {"type": "list", "elements": "str", "default": []},
        "variables": {"type": "list", "elements": "str", "default": []},
        "collections": {"type": "list", "elements": "str", "default": []},
    }
)

# Those that Ansible has for every playbook:
# https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_tags.html#special-tags
_UNTAGGED = "untagged"
_SPECIAL_TAGS = ("all", "always", "never", "tagged", _UNTAGGED)

_COLLECTION = "msp.entra."
_FOLDER = pathlib.Path(__file__).parents[2] / "playbooks"
_ENDINGS = (".yml", ".yaml")


@dataclasses.dataclass(frozen=True)
class Run:
    """What ``ansible-playbook`` was started with."""

    # As they were written: paths, or names of playbooks of a collection.
    playbooks: t.Sequence[str] = ()
    # The names of the variables of ``-e``.
    variables: t.Collection[str] = ()
    # ``--tags``, ``--skip-tags`` and ``--limit``.
    tags: t.Collection[str] = ()
    skipped: t.Collection[str] = ()
    limit: str | None = None
    # Those that whoever imports the playbook has put on it.
    inherited: t.Collection[str] = ()
    # The release of ansible-core that runs it, as it names itself.
    ansible: str = ""


def looked_at(options: Options, run: Run) -> Options:
    """Nothing, where all of it can be meant. Raises BadInput with all that cannot be."""
    problems, doubts = _of_playbook(options["playbook"], options, run) if options["playbook"] else ([], [])
    if problems := [*options["problems"], *problems]:
        raise BadInput(problems)
    return {"changed": False, **({"warnings": doubts} if doubts else {})}


def _of_playbook(playbook: str, options: Options, run: Run) -> tuple[list[str], list[str]]:
    """The problems and the doubts with what the playbook was started with."""
    needed = [NARROWS] if playbook in WRITING and not run.limit else []
    problems, doubts = tenant_variables.of_run(run.variables, [*VARIABLES, *options["variables"]], OF_A_ROLE, needed)
    started = [_ours(written) for written in run.playbooks]
    # Where there are others beside or around ours, a tag that ours have not may be one of theirs.
    if playbook in started and None not in started:
        ours = t.cast(list[str], started)
        strange = _strange("--tags", run.tags, ours, run.inherited)
        strange += _strange("--skip-tags", run.skipped, ours, run.inherited)
        problems += strange or _nothing_left(run, ours)
    if run.limit and playbook in WITHOUT_TENANTS:
        problems.append(f"--limit {run.limit}: {_COLLECTION}{playbook} works on no tenant; leave it out.")
    problems += [
        f"collections: {name} is needed and is not installed where this runs: ansible-galaxy collection install {name}"
        for name in options["collections"]
        if not _installed(name)
    ]
    problems += _too_old(run.ansible)
    return problems, doubts


def _too_old(release: str) -> list[str]:
    """The problem with a release before the oldest; one whose name has no number at its beginning is somebody's own."""
    numbers = re.match(r"(\d+)\.(\d+)", release)
    if numbers is None or tuple(map(int, numbers.groups())) >= OLDEST:
        return []
    oldest = ".".join(map(str, OLDEST))
    return [
        f"ansible-core: this is {release}, and {oldest} or newer is needed: pip install --upgrade 'ansible-core>={oldest}'."
    ]


def _ours(written: str) -> str | None:
    """Which playbook of this collection is meant, by its name there or by its path; None where it is somebody else's."""
    name = written.removeprefix(_COLLECTION)
    if name == written:
        try:
            path = pathlib.Path(written).resolve()
        except (OSError, ValueError):  # no name that a file can have, or a link to itself
            return None
        name = path.name if path.parent == _FOLDER.resolve() else ""
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    return name if name in TAGS else None


def _strange(option: str, given: t.Collection[str], playbooks: list[str], inherited: t.Collection[str]) -> list[str]:
    """A sentence for each tag that none of the playbooks has."""
    known, named, there = _told(playbooks)
    said = []
    for tag in sorted({*given} - {*known, *inherited, *_SPECIAL_TAGS}):
        near = difflib.get_close_matches(tag.casefold(), known, n=2, cutoff=0.75)
        # Of part_c nobody knows whether part_a or part_b is meant.
        alike = [difflib.SequenceMatcher(None, tag.casefold(), one).ratio() for one in near]
        meant = f"Is {near[0]} meant? " if near and len(alike) == len(set(alike)) else ""
        said.append(f"{option} {tag}: is no tag of {named}. {meant}{there}")
    return said


def _nothing_left(run: Run, playbooks: list[str]) -> list[str]:
    """A sentence where all of it is passed over but for what looks at the arguments. Where whoever imports the playbook has put
    tags on it, those decide."""
    parts = {part for playbook in playbooks for part in TAGS[playbook] or (_UNTAGGED,)}
    left = [part for part in parts if _takes(run.tags or ("all",), part) and not _takes(run.skipped, part)]
    if left or {*run.inherited} - {"always"}:
        return []
    dummy, named, there = _told(playbooks)
    options = {"--tags": {*run.tags} - {"all"}, "--skip-tags": run.skipped}
    given = " ".join(f"{option} {','.join(sorted(tags))}" for option, tags in options.items() if tags)
    return [f"{given}: leaves nothing of {named} to run. {there}"]


def _takes(tags: t.Collection[str], part: str) -> bool:
    """Whether these pick a part, as Ansible reads them."""
    return bool({part, "all", *(() if part == _UNTAGGED else ("tagged",))} & {*tags})


def _told(playbooks: list[str]) -> tuple[list[str], str, str]:
    """The tags of the playbooks, the playbooks in words, and what to say of their tags."""
    known = list(dict.fromkeys(tag for playbook in playbooks for tag in TAGS[playbook]))
    there = f"There are {', '.join(known)}." if known else "It has none, and is run as a whole."
    return known, " and ".join(_COLLECTION + playbook for playbook in playbooks), there


def _installed(collection: str) -> bool:
    """Whether Ansible finds a collection, which for Python is a package."""
    dummy, dummy, name = collection.partition(".")
    try:
        return name.isidentifier() and importlib.util.find_spec(f"ansible_collections.{collection}") is not None
    except (ImportError, ValueError):  # no such namespace, or no name at all
        return False
