# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the ansible-playbook that this task belongs to still runs.

Ansible makes a process for each task, in a session of its own, and that goes on when ansible-playbook is killed: through its
waits and the rest of its loop, with nobody to hear of it, beside the run that the person starts next and with older values.
"""

from __future__ import annotations

import os
import time

from .errors import EntraError

# How many seconds a task may go on waiting after its run is gone.
LOOK_EVERY = 1.0


class RunGone(EntraError):
    """The run was killed: nothing more is to be sent in its name."""


class _Forked:
    """Who made this process by a fork, or this process where it is the first."""

    by = os.getpid()


def _note() -> None:
    _Forked.by = os.getpid()


# Noted ahead of the fork: in the new process it may be too late, its maker being gone.
os.register_at_fork(before=_note)


def must_go_on() -> None:
    """Raises RunGone where the process that made this one has come to an end."""
    if _Forked.by not in (os.getpid(), os.getppid()):
        raise RunGone(
            f"The ansible-playbook that this task belongs to (process {_Forked.by}) was killed, so nothing more was sent. Run it "
            "again; it goes on where it stopped."
        )


def sleep(seconds: float) -> None:
    """Sleep, but not for long once the run is gone. Raises RunGone."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        must_go_on()
        time.sleep(min(left, LOOK_EVERY))
