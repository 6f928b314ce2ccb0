# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that does a task sees whether the run it belongs to is still there."""

from __future__ import annotations

import os
import time

import pytest
from forks import FORK, LONG, in_fork

from ansible_collections.msp.entra.plugins.plugin_utils.graph import our_run
from ansible_collections.msp.entra.plugins.plugin_utils.graph.patience import Patience


def said():
    try:
        our_run.must_go_on()
    except our_run.RunGone as gone:
        return str(gone)
    return "goes on"


def test_the_run_itself_goes_on():
    assert said() == "goes on"


def test_a_task_and_what_it_forks_go_on():
    assert in_fork(said) == "goes on"
    # Not daemons, which may have no children of their own.
    told, tell = FORK.Pipe(duplex=False)
    child = FORK.Process(target=lambda: tell.send(in_fork(said)))
    child.start()
    assert told.poll(LONG) and told.recv() == "goes on"
    child.join(LONG)


def orphan(function):
    """What the function returns in a process whose maker has come to an end, and who that was."""
    told, tell = os.pipe()
    maker = os.fork()
    if maker == 0:
        gone = os.getpid()
        if os.fork() == 0:
            while os.getppid() == gone:
                pass
            os.write(tell, function().encode())
        os._exit(0)
    os.waitpid(maker, 0)
    os.close(tell)
    with os.fdopen(told) as answer:
        return answer.read(), maker


def test_a_task_whose_run_is_gone_stops_and_says_so():
    words, maker = orphan(said)
    assert words.startswith(f"The ansible-playbook that this task belongs to (process {maker}) was killed")


def test_waiting_ends_with_the_run():
    def waits():
        began = time.monotonic()
        with pytest.raises(our_run.RunGone):
            Patience(600, sleep=our_run.sleep).wait("Throttled.", 0, told=500)
        return f"{time.monotonic() - began:.0f}"

    assert int(orphan(waits)[0]) <= our_run.LOOK_EVERY


def test_sleeps_as_long_as_it_is_told(monkeypatch):
    clock, naps = [100.0], []
    monkeypatch.setattr(our_run.time, "monotonic", lambda: clock[0])

    def nap(seconds):
        naps.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr(our_run.time, "sleep", nap)
    our_run.sleep(2.5)
    assert naps == [1.0, 1.0, 0.5]
