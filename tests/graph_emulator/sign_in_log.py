# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sign-in log of a tenant: in order of time, entries that are still on their way, and none older than 30 days.

Logs are large and entries alike: what two entries share is one object, and an entry is put together when it is read.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from .moments import graph_time, microseconds

RETENTION = timedelta(days=30)
JsonObject = dict[str, Any]
# where a reader stands in the log: microseconds since the epoch, and the entry's number
Position = tuple[int, int]
END: Position = (2**63, 0)
START: Position = (-(2**63), 0)


class Logged(NamedTuple):
    """One entry. ``shared`` is everything but the id, the date and the correlation id."""

    created: int
    number: int
    id: str
    created_text: str
    correlation_id: str
    shared: JsonObject

    @property
    def position(self) -> Position:
        """Where the entry stands."""
        return self.created, self.number

    def whole(self) -> JsonObject:
        """Return the entry as Graph shows it."""
        return {
            "id": self.id,
            "createdDateTime": self.created_text,
            "correlationId": self.correlation_id,
            **self.shared,
        }


def _position(entry: Logged) -> Position:
    return entry.position


class SignInLog:
    """All entries of one tenant."""

    def __init__(self) -> None:
        self._entries: list[Logged] = []
        self._by_id: dict[str, Logged] = {}
        self._arrives: dict[int, int] = {}  # number of an entry on its way -> when readers see it
        self._next = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(
        self, key: str, created: datetime, correlation_id: str, shared: JsonObject, *, late_by: float = 0
    ) -> Logged:
        """Take in an entry; readers see it ``late_by`` seconds after the sign-in."""
        moment = microseconds(created)
        entry = Logged(moment, self._next, key, graph_time(created), correlation_id, shared)
        self._next += 1
        if not self._entries or self._entries[-1].position < entry.position:
            self._entries.append(entry)
        else:
            insort(self._entries, entry, key=_position)
        self._by_id[key] = entry
        self._arrives[entry.number] = moment + int(late_by * 1_000_000)
        return entry

    def arrive(self) -> int:
        """Let readers see everything from now on; return how many entries were on their way."""
        waiting = len(self._arrives)
        self._arrives.clear()
        return waiting

    def on_the_way(self, now: datetime) -> int:
        """Return how many entries readers do not see yet."""
        self._settle(microseconds(now))
        return len(self._arrives)

    def holds(self, key: str) -> bool:
        """Tell whether there is an entry of that id, seen or not."""
        return key.lower() in self._by_id

    def find(self, key: str, now: datetime) -> Logged | None:
        """Return a visible entry by id."""
        entry = self._by_id.get(key.lower())
        if entry is None or entry.created < microseconds(now - RETENTION):
            return None
        self._settle(microseconds(now))
        return None if entry.number in self._arrives else entry

    def between(self, first: Position, last: Position, now: datetime, *, oldest_first: bool) -> Iterator[Logged]:
        """Give the visible entries from ``first`` to before ``last``; a search by halves finds where to begin."""
        self._settle(microseconds(now))
        oldest = (microseconds(now - RETENTION), 0)
        low = bisect_left(self._entries, max(first, oldest), key=_position)
        high = bisect_left(self._entries, last, key=_position)
        for at in range(low, high) if oldest_first else range(high - 1, low - 1, -1):
            entry = self._entries[at]
            if entry.number not in self._arrives:
                yield entry

    def _settle(self, now: int) -> None:
        """Forget that entries were late once they have arrived."""
        if self._arrives:
            self._arrives = {number: moment for number, moment in self._arrives.items() if moment > now}
