# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit trail: every write of every run, a line of JSON each before it is sent and after its outcome is known.

A line is ``{"format": 1, "at", "run", "event", "check", "write", "tenant", "who", "noun", "verb", "id", "display_name",
"before", "after", "requests", "error"}``. ``event`` is ``begun`` before anything is sent; then ``done``, ``accepted`` (Graph
has taken it and does not show it yet, which a later task waits for), ``refused`` (nothing was changed) or ``failed`` (how far
it came is in ``requests`` and ``error``). A check run writes ``planned``, with ``check`` true. ``who`` is ``{"user", "login",
"sudo_user", "host", "job", "entra"}``: the first two and ``host`` by the system, ``entra`` by the token, ``sudo_user`` and
``job`` as the environment says. ``before`` and ``after`` are Graph's objects; a token or a secret is in none of them.
"""

from __future__ import annotations

import os
import pathlib
import pwd
import socket

from . import durable_lines
from .backup import RUN, Entry, now
from .durable_lines import reason
from .graph.errors import EntraError
from .graph.session import GraphSession
from .options import Options
from .shape import Json

OPTION: Options = {"journal_path": {"type": "path"}}

FORMAT = 1


class JournalFailed(EntraError):
    """What is about to be done cannot be written down, so it is not done; or it was done, and is not written down."""

    kind = "record"


class Journal:
    """Where a task's writes are told; nowhere without a file."""

    def __init__(self, file: str | None, session: GraphSession):
        self._file = pathlib.Path(file) if file else None
        self._session = session
        self._mark = 0

    def planned(self, entry: Entry) -> None:
        """What a check run would write. Raises JournalFailed."""
        self._tell("planned", entry, check=True)

    def begun(self, entry: Entry) -> None:
        """A write that is about to be sent. Raises JournalFailed."""
        self._mark = len(self._session.cost.sent)
        self._tell("begun", entry)

    def ended(self, event: str, entry: Entry, error: str | None = None) -> None:
        """What became of it: done, accepted, refused or failed. Raises JournalFailed."""
        self._tell(event, entry, error=error)

    def _tell(self, event: str, entry: Entry, check: bool = False, error: str | None = None) -> None:
        if not self._file:
            return
        line = {
            "format": FORMAT,
            "at": now(),
            "run": RUN,
            "event": event,
            "check": check,
            "write": entry.write,
            "tenant": entry.tenant,
            "who": self._who(),
            "noun": entry.noun,
            "verb": entry.verb,
            "id": entry.id,
            "display_name": entry.name,
            "before": entry.before,
            "after": entry.after,
            "requests": [] if event in ("planned", "begun") else self._session.cost.sent[self._mark :],
            "error": error,
        }
        try:
            durable_lines.add(self._file, line)
        except (OSError, ValueError) as failure:
            raise JournalFailed(_words(self._file, event, entry, reason(failure))) from failure

    def _who(self) -> Json:
        """The person or service on this machine, and the one that Entra knows."""
        caller = self._session.caller
        known = {"id": caller.id, "name": caller.name, "application": caller.application} if caller else None
        return {
            "user": _user(),
            "login": _login(),
            "sudo_user": os.environ.get("SUDO_USER"),
            "host": socket.gethostname(),
            "job": os.environ.get("JOB_ID"),
            "entra": known,
        }


def _user() -> str:
    """The name of the user that this process has, by the system and not by LOGNAME, which anybody can set."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        # Containers run under numbers that have no name.
        return str(os.getuid())


def _login() -> str | None:
    """The name under which the person logged in who became that user since, as by su; None where nobody did, as in a service."""
    try:
        return os.getlogin()
    except OSError:
        return None


def _words(file: pathlib.Path, event: str, entry: Entry, why: str) -> str:
    what = f"{entry.verb} of {entry.noun} '{entry.name}'"
    if event in ("planned", "begun"):
        return (
            f"journal_path: {file} cannot be written: {why}. What is about to be done would not be told, so it was not done: "
            f"{what}. Give a file that can be written to, as with -e journal_path=~/journal.jsonl, or go without a journal: "
            "-e '{\"journal_path\": null}'."
        )
    sent = f"{what} was sent, and its outcome ({event}) is not in the journal."
    return f"journal_path: {file} cannot be written any more: {why}. {sent}"
