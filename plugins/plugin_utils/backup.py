# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup of a run: what every write is about to change, on disk before the write is sent.

One file a run, for all its tenants, one JSON object a line:

- before a write ``{"format": 1, "write", "at", "tenant", "noun", "verb", "id", "before", "after", "between"}``. ``write`` tells
  the writes apart, ``before`` is the object as Graph showed it, ``after`` as it is meant to be; null is not there. ``between``
  are the states that it goes through. ``id`` is null for what is made.
- after a create ``{"format": 1, "write", "id"}``, since only then the id is known.
- when Graph shows what was written ``{"format": 1, "write", "after"}``, with what it has filled in; as it was sent, where a later
  task waits for that; where Graph refused the write, with what was there before; where its outcome is unknown, as it was meant.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
import pathlib
import typing as t
import uuid

from . import durable_lines
from .durable_lines import reason
from .graph.errors import BadInput, EntraError
from .options import Options
from .shape import Json

OPTION: Options = {"backup_path": {"type": "path"}}

FORMAT = 1

# Taken where the collection is loaded, before ansible forks, so that all forks of a run write into one file.
RUN = f"{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}"


class BackupFailed(EntraError):
    """What is about to be changed cannot be kept, so it is not changed."""

    kind = "record"


class Intent(t.NamedTuple):
    """What is about to be written: see Entry."""

    noun: str
    verb: str
    id: str | None
    before: Json | None
    after: Json | None
    between: t.Sequence[Json] = ()


@dataclasses.dataclass(frozen=True)
class Entry:
    """One write. ``at`` is when it was about to be sent (RFC 3339, UTC); ``before`` and ``after`` are Graph objects or None."""

    write: str
    at: str
    tenant: str
    noun: str
    verb: str
    id: str | None
    before: Json | None
    after: Json | None
    between: t.Sequence[Json] = ()

    @property
    def name(self) -> str:
        """The display name of what is written, as it is known by now."""
        return str((self.after or self.before or {}).get("displayName") or "")


def now() -> str:
    """This moment (RFC 3339, UTC)."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def entry_of(tenant: str, intent: Intent) -> Entry:
    """A write that is about to be sent now."""
    return Entry(str(uuid.uuid4()), now(), tenant, *intent)


class Backup:
    """Where a task's writes are kept; nowhere without a folder."""

    def __init__(self, folder: str | None):
        self.file = pathlib.Path(folder) / f"conditional-access-{RUN}.jsonl" if folder else None
        self.kept = False
        self._write = ""

    def keep(self, entry: Entry) -> None:
        """Note a write that is about to be sent. Raises BackupFailed."""
        if not self.file:
            return
        self._write = entry.write
        try:
            self._add(dataclasses.asdict(entry))
        except (OSError, ValueError) as error:
            what = f"it was not changed: {entry.verb} of {entry.noun} '{entry.name}'"
            raise self._not_kept(error, f"What is about to be changed would not be kept, so {what}") from error
        self.kept = True

    def could_keep(self) -> None:
        """See that a write could be noted, as far as that shows without making anything. Raises BackupFailed."""
        try:
            if self.file:
                durable_lines.could_add(self.file)
        except (OSError, ValueError) as error:
            raise self._not_kept(
                error, "A real run could not keep what it is to change, and would not change it"
            ) from error

    def _not_kept(self, error: Exception, so: str) -> BackupFailed:
        # Where the inventory names the folder, the command line cannot leave it out.
        return BackupFailed(
            f"backup_path: {self.file} cannot be written: {reason(error)}. {so}. Give a folder that can be written to, as with "
            "-e backup_path=~/backups, or go without a backup: -e '{\"backup_path\": null}'."
        )

    def note(self, **facts: t.Any) -> None:
        """Add the ``id`` or the ``after`` of the last write, which is known by now. Raises BackupFailed."""
        if not self.file:
            return
        try:
            self._add({"write": self._write, **facts})
        except (OSError, ValueError) as error:
            raise BackupFailed(
                f"backup_path: {self.file} cannot be written any more: {reason(error)}. The write that it was to tell "
                "of was carried out; look at the tenant before going on."
            ) from error

    def _add(self, values: Json) -> None:
        durable_lines.add(t.cast(pathlib.Path, self.file), {"format": FORMAT, **values})

    def where_it_is(self) -> list[str]:
        """A sentence for a task that failed after it had kept something; else none."""
        return [f"What was there before is in {self.file}; msp.entra.rollback puts it back."] if self.kept else []

    def result(self) -> Options:
        """What a task reports of it: ``backup_file`` where something was written."""
        return {"backup_file": str(self.file)} if self.kept else {}


class Found(t.NamedTuple):
    """What is in a backup: its writes, in order, and a sentence where it may have lost some at its end."""

    entries: list[Entry]
    doubts: list[str]


# Where our pages have backups kept.
_FOLDER = "backups"


def read(path: str, folder: str | None = None) -> Found:
    """What is in a backup. Raises BadInput, which names the first line that is none of a backup's: of another file the others are
    none either. ``folder`` is where the one is looked for that was not named."""
    if not path:
        asked = "is empty; name the backup to put back, as with -e backup_file="
        example = f"{_FOLDER}/conditional-access-20261124T221530Z-4711.jsonl"
        raise BadInput([f"backup_file: {asked}{example}. {_BACKUPS}{_beside(folder or _FOLDER)}"])
    try:
        lines = pathlib.Path(path).read_bytes().split(b"\n")
    except (OSError, ValueError) as error:
        raise BadInput([f"backup_file: '{path}' cannot be read: {reason(error)}.{_beside(path)}"]) from error
    entries: dict[str, Entry] = {}
    unended: dict[str, Entry] = {}
    # Behind the last end of a line is nothing, or half of a line of a run that was killed at it: its write was never sent.
    *whole, rest = lines
    for number, line in enumerate(whole, 1):
        try:
            entry, ended = _take(json.loads(line), entries)
        except (_Other, ValueError, TypeError, KeyError, AttributeError) as error:
            what = "is a journal, not a backup" if _of_journal(line) else f"is no backup: line {number} {_wrong(error)}"
            raise BadInput([f"backup_file: '{path}' {what}. {_BACKUPS}{_beside(path)}"]) from error
        unended[entry.write] = entry
        if ended:
            del unended[entry.write]
    if not entries:
        what = f"{'has no whole line' if rest else 'is empty'}, so there is nothing to put back"
        raise BadInput([f"backup_file: '{path}' {what}. {_BACKUPS}{_beside(path)}"])
    signs = ([f"ends in the middle of line {len(lines)}"] if rest else []) + _unended(list(unended.values()))
    return Found(list(entries.values()), [_doubt(path, signs)] if signs else [])


def _unended(entries: t.Sequence[Entry]) -> list[str]:
    if not entries:
        return []
    last = f"{entries[-1].verb} of {entries[-1].noun} '{entries[-1].name}'"
    many = f"{len(entries)} writes ended (the last is {last})"
    return [f"does not have how {many if len(entries) > 1 else f'1 write ended ({last})'}"]


def _doubt(path: str, signs: t.Sequence[str]) -> str:
    """The sentence for a file that may have lost its end. It is no error, since a run that was killed leaves the same, and has to
    be taken back too. Where a write is gone with all of its lines, nothing shows that."""
    return (
        f"backup_file: '{path}' {', and '.join(signs)}. Either the run was ended there, or the file has lost its end, as a copy "
        "that was broken off. What is not in it is not put back: where it is a copy, take the original; otherwise look at the "
        "tenant afterwards."
    )


_BACKUPS = "A backup is what a run with backup_path keeps, conditional-access-….jsonl in that folder."


class _Other(Exception):
    """Why a line is none of a backup, in words that follow the number of the line."""


def _wrong(error: Exception) -> str:
    if isinstance(error, _Other):
        return str(error)
    return "is not JSON" if isinstance(error, (json.JSONDecodeError, UnicodeDecodeError)) else "is of another form"


def _of_journal(line: bytes) -> bool:
    """Whether a line is one that a journal has (journal.py): of a write too, with what has become of it."""
    try:
        return {"run", "event", "write"} <= set(json.loads(line))
    except (ValueError, TypeError):
        return False


_TEXTS = ("write", "at", "tenant", "noun", "verb")


def _take(line: Json, entries: dict[str, Entry]) -> tuple[Entry, bool]:
    """Add what a line says. The write that it is of, and whether it says how that ended. Raises what Python raises where it is of
    another form."""
    if line["format"] != FORMAT:
        raise _Other(f"has format {line['format']}; this version reads format {FORMAT}")
    begins = "tenant" in line
    if begins:
        entry = Entry(**{name: value for name, value in line.items() if name != "format"})
    elif line["write"] in entries:
        facts = {name: line[name] for name in line if name not in ("format", "write")}
        entry = dataclasses.replace(entries[line["write"]], **facts)
    else:
        raise _Other("belongs to no write")
    entries[entry.write] = checked(entry)
    return entry, not begins and "after" in line


def checked(entry: Entry) -> Entry:
    """The entry. Raises ValueError where its values are of other types."""
    texts = all(isinstance(getattr(entry, name), str) for name in _TEXTS) and isinstance(entry.id, str | None)
    images = [entry.before, entry.after, *entry.between]
    if not texts or not all(isinstance(image, dict | None) and image != {} for image in images):
        raise ValueError("its values are of other types")
    return entry


def _beside(path: str) -> str:
    """The backups in the folder that is meant, newest first: the name of a file has the time in it."""
    try:
        folder = pathlib.Path(path) if pathlib.Path(path).is_dir() else pathlib.Path(path).parent
        found = sorted((entry.name for entry in folder.glob("conditional-access-*.jsonl")), reverse=True)[:5]
    except (OSError, ValueError):
        return ""
    return f" In {folder} there are: {', '.join(found)}." if found else ""
