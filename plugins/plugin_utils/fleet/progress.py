# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a play is, in tasks and tenants, and about how long the rest takes."""

from __future__ import annotations

import typing as t


class Progress:
    """Counts of one play over ``hosts`` tenants, which began at ``started``, in seconds of a clock. ``tasks`` are the ids of the
    tasks that every tenant comes to, in their order: not those that are for failures, or that come in on the way."""

    def __init__(self, tasks: t.Sequence[str], hosts: int, started: float):
        self._tasks, self._hosts, self._started = tasks, hosts, started
        self._task, self._number, self._between = "", 0, False
        self._done: set[str] = set()
        self._lost: set[str] = set()

    def begin(self, id: str, name: str) -> None:
        """The next task begins; whoever had a part in the one before has it behind them."""
        self._task, self._done = name, set()
        # An id comes again where a role does, and in the next batch of tenants; a task of the past stays where the play is.
        self._between = id not in self._tasks[self._number :]
        if not self._between:
            self._number = self._tasks.index(id, self._number) + 1

    def count(self, host: str, lost: bool) -> None:
        """A tenant has the task behind it; ``lost`` where it failed."""
        self._done.add(host)
        if lost:
            self._lost.add(host)

    def said(self, now: float) -> str:
        """The line."""
        failed = f", {len(self._lost)} failed at some task" if self._lost else ""
        left = self._left(now)
        return (
            f"msp.entra: {'after ' if self._between else ''}task {self._number} of {len(self._tasks)} ({self._task}): "
            f"{len(self._done)} of {self._hosts} tenants{failed}"
            + (f"; about {_duration(left)} left" if left is not None else "")
        )

    def _left(self, now: float) -> float | None:
        """Seconds that the rest takes if it goes on as so far; None where that cannot be said."""
        whole = len(self._tasks) * self._hosts
        # What is done between two tasks takes time, and nothing of the rest away.
        behind = self._number * self._hosts if self._between else (self._number - 1) * self._hosts + len(self._done)
        if not 0 < behind <= whole:
            return None
        return (now - self._started) * (whole - behind) / behind


def _duration(seconds: float) -> str:
    """In the unit that fits, rounded up, since nobody is hurt by a run that ends early."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{-(-seconds // size):.0f} {unit}"
    return f"{-(-seconds // 1):.0f} s"
