# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a play is, in tasks and tenants, and about how long the rest takes."""

from __future__ import annotations

import collections
import typing as t


class Progress:
    """Counts of one play over ``hosts`` tenants, which began at ``started``, in seconds of a clock. ``tasks`` are the ids of the
    tasks that every tenant comes to, in their order: not those that are for failures, or that come in on the way. So many
    tenants as ``batch`` says begin, where not all do. ``in_step`` is whether they are all at the same task."""

    def __init__(
        self, tasks: t.Sequence[str], hosts: int, started: float, batch: int | None = None, in_step: bool = True
    ):
        self._tasks, self._hosts, self._started, self._in_step = tasks, hosts, started, in_step
        self._before, self._batch = 0, hosts if batch is None else batch
        self._task, self._number, self._between = "", 0, False
        self._done: set[str] = set()
        self._lost: set[str] = set()
        self._last = tasks[-1] if tasks else ""
        # How often each tenant has had the last task, whose id comes again where its role does.
        self._lasts: collections.Counter[str] = collections.Counter()

    def begin_batch(self, hosts: int) -> None:
        """The next so many tenants begin; those before them have the play behind them."""
        self._before, self._batch = self._before + self._batch, hosts
        self._number, self._done = 0, set()

    def begin(self, id: str, name: str) -> None:
        """The next task begins; whoever had a part in the one before has it behind them."""
        self._task, self._done = name, set()
        # An id comes again where a role does; a task of the past stays where the play is.
        self._between = id not in self._tasks[self._number :]
        if not self._between:
            self._number = self._tasks.index(id, self._number) + 1

    def count(self, host: str, id: str, lost: bool) -> None:
        """A tenant has the task of that id behind it; ``lost`` where it failed."""
        self._done.add(host)
        self._lasts[host] += id == self._last
        if lost:
            self._lost.add(host)

    def said(self, now: float) -> str:
        """The line."""
        failed = f", {len(self._lost)} failed at some task" if self._lost else ""
        if not self._in_step:
            # Each is at a task of its own, and the first tell nothing of how long the last take.
            through = sum(times == self._tasks.count(self._last) for times in self._lasts.values())
            return f"msp.entra: {through} of {self._hosts} tenants have all tasks behind them{failed}"
        left = self._left(now)
        return (
            f"msp.entra: {'after ' if self._between else ''}task {self._number} of {len(self._tasks)} ({self._task}): "
            f"{self._before + len(self._done)} of {self._hosts} tenants{failed}"
            + (f"; about {_duration(left)} left" if left is not None else "")
        )

    def _left(self, now: float) -> float | None:
        """Seconds that the rest takes if it goes on as so far; None where that cannot be said."""
        whole = len(self._tasks) * self._hosts
        # What is done between two tasks takes time, and nothing of the rest away.
        behind = self._number * self._batch if self._between else (self._number - 1) * self._batch + len(self._done)
        behind += len(self._tasks) * self._before
        if not 0 < behind <= whole:
            return None
        return (now - self._started) * (whole - behind) / behind


def _duration(seconds: float) -> str:
    """In the unit that fits, rounded up, since nobody is hurt by a run that ends early."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{-(-seconds // size):.0f} {unit}"
    return f"{-(-seconds // 1):.0f} s"
