# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes as Ansible makes them for each task: forks of this one, which inherit what it has open."""

from __future__ import annotations

import contextlib
import multiprocessing
import traceback
import typing as t

FORK = multiprocessing.get_context("fork")
# Only reached where something is broken; the test fails then and does not hang.
LONG = 60

Result = t.TypeVar("Result")


def all_in_forks(functions: t.Sequence[t.Callable[[], Result]]) -> list[Result]:
    """What the functions return, in their order, each called in a fork of its own. They begin together."""
    gate = FORK.Barrier(len(functions))
    results = [FORK.Pipe(duplex=False) for dummy in functions]

    def run(number: int) -> None:
        try:
            gate.wait(LONG)
            said = (functions[number](), "")
        except Exception:
            said = (None, traceback.format_exc())
        results[number][1].send(said)

    children = [FORK.Process(target=run, args=(number,), daemon=True) for number in range(len(functions))]
    for child in children:
        child.start()
    returned = []
    for child, (result, dummy) in zip(children, results, strict=True):
        assert result.poll(LONG), "the fork said nothing"
        value, failure = result.recv()
        assert not failure, failure
        returned.append(value)
        child.join(LONG)
        assert child.exitcode == 0
    return returned


def in_fork(function: t.Callable[[], Result]) -> Result:
    """What the function returns, called in a fork."""
    return all_in_forks([function])[0]


@contextlib.contextmanager
def fork_inside(context: t.ContextManager) -> t.Iterator[t.Any]:
    """A fork that has entered the context, and leaves it after this block. It can be killed before."""
    # Pipes and no events: one of those would wait for ever for a fork that was killed.
    (entered, enter), (over, leave) = FORK.Pipe(duplex=False), FORK.Pipe(duplex=False)

    def hold() -> None:
        with context:
            enter.send(True)
            over.poll(LONG)

    child = FORK.Process(target=hold, daemon=True)
    child.start()
    assert entered.poll(LONG), "the fork did not enter"
    yield child
    leave.send(True)
    child.join(LONG)
    assert child.exitcode is not None
