# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one task writes: kept in the backup, told in the journal, and returned with the result, so that it can be put back."""

from __future__ import annotations

import dataclasses

from . import backup, journal
from .graph import our_run
from .graph.errors import BadInput
from .graph.session import GraphSession
from .options import Options
from .shape import Json

OPTIONS: Options = {**backup.OPTION, **journal.OPTION}


class Writes:
    """All writes of one task, in order. ``options`` are those of OPTIONS that the module has. Raises BadInput."""

    def __init__(self, options: Options, session: GraphSession, check_mode: bool = False):
        # Whoever gives one wants a record, and would go without one unawares.
        if empty := [name for name in OPTIONS if options.get(name) == ""]:
            raise BadInput([_empty(name) for name in empty], looked=True)
        self.check_mode = check_mode
        self._session = session
        self._folder = options.get("backup_path")
        self._journal = options.get("journal_path")
        self._begun: list[Write] = []

    def planned(self, intent: backup.Intent) -> None:
        """What check mode would write. Raises BackupFailed where the real run would, JournalFailed."""
        backup.Backup(self._folder).could_keep()
        if self._journal:
            journal.Journal(self._journal, self._session).planned(backup.entry_of(self._session.tenant_id, intent))

    def begin(self, intent: backup.Intent) -> Write:
        """A write that is about to be sent. Raises RunGone, BackupFailed, JournalFailed: then it must not be sent."""
        our_run.must_go_on()
        entry = backup.entry_of(self._session.tenant_id, intent)
        write = Write(entry, backup.Backup(self._folder), journal.Journal(self._journal, self._session))
        self._begun.append(write)
        return write

    def result(self) -> Options:
        """What the task returns of them: ``writes``, those that may have been carried out, and ``backup_file``."""
        told = [dataclasses.asdict(write.entry) | {"shown": write.shown} for write in self._begun if not write.refused]
        result: Options = {"writes": told} if told else {}
        for write in self._begun:
            result |= write.backup.result()
        return result


def _empty(name: str) -> str:
    """The problem with an empty path. Where the inventory names one, the command line cannot leave it out."""
    return f"{name}: is empty; give a path, as with -e {name}={_EXAMPLES[name]}, or none at all: -e '{{\"{name}\": null}}'."


_EXAMPLES = {"backup_path": "backups", "journal_path": "journal.jsonl"}


class Write:
    """One write that is under way."""

    def __init__(self, entry: backup.Entry, kept: backup.Backup, told: journal.Journal):
        self.entry = entry
        self.backup = kept
        self.refused = False
        # Whether Graph shows it; where it may have been carried out and does not show, it may yet.
        self.shown = False
        self._journal = told
        kept.keep(entry)
        told.begun(entry)

    def made(self, id: str) -> None:
        """The id of what was made, which is known by now. Raises BackupFailed."""
        self.entry = dataclasses.replace(self.entry, id=id)
        self.backup.note(id=id)

    def done(self, after: Json | None, shown: bool = True) -> None:
        """It was carried out, and is ``shown`` or not yet. Raises BackupFailed, JournalFailed."""
        self.shown = shown
        self.entry = dataclasses.replace(self.entry, after=after)
        self.backup.note(after=after)
        self._journal.ended("done" if shown else "accepted", self.entry)

    def failed(self, error: BaseException, refused: bool) -> None:
        """It came to an end with an error; ``refused`` where nothing can have been changed. What cannot be written down of that
        is said beside the error."""
        if isinstance(error, backup.BackupFailed | journal.JournalFailed):
            # It was carried out, and this is the place where that is said.
            return
        try:
            self._failed(error, refused)
        except (backup.BackupFailed, journal.JournalFailed) as also:
            error.add_note(str(also))

    def _failed(self, error: BaseException, refused: bool) -> None:
        self.refused = refused
        if refused:
            # There is nothing to be put back.
            self.entry = dataclasses.replace(self.entry, after=self.entry.before)
        else:
            for sentence in self.backup.where_it_is():
                error.add_note(sentence)
        # So that only a run that was killed leaves it open how a write ended.
        self.backup.note(after=self.entry.after)
        self._journal.ended("refused" if refused else "failed", self.entry, str(error))
