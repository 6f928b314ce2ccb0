# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""msp.entra.progress: how far a long run is, beside whatever else is printed."""

from __future__ import annotations

DOCUMENTATION = """
name: progress
type: aggregate
short_description: Say now and then how far a run over many tenants is
version_added: 0.1.0
author:
  - msp.entra contributors (@msp-entra)
description:
  - Prints a line every so many seconds that says at which task a play is, how many tenants have it behind them, how many have
    failed, and about how long the rest takes.
  - The line is one more beside the ordinary output, in the terminal, in a log, and in AWX. It goes to standard error, so that
    what another callback prints as JSON can still be read by a program. Nothing is drawn over, and short runs print none.
  - The tasks that it counts are those that every tenant comes to. One that only a failure leads to, as in a C(rescue), and one
    that comes in on the way, as by C(include_tasks) or as a handler, is told as C(after) the one before it, by its name.
  - About how long it takes is worked out from the tasks so far. Tasks that are skipped make it less.
  - With C(serial), tenants are counted over all batches. With C(strategy=free), where each is at a task of its own, the line says
    only how many tenants have all tasks behind them.
requirements:
  - To be named in C(callbacks_enabled) of C(ansible.cfg), or in E(ANSIBLE_CALLBACKS_ENABLED), as C(msp.entra.progress).
options:
  interval:
    description:
      - How many seconds lie between two lines.
    type: float
    default: 15
    env:
      - name: MSP_ENTRA_PROGRESS_INTERVAL
    ini:
      - section: callback_progress
        key: interval
"""

import time
import typing as t

from ansible.playbook.block import Block
from ansible.plugins.callback import CallbackBase

from ansible_collections.msp.entra.plugins.plugin_utils.fleet.progress import Progress

# Strategies by which each tenant goes on to the next task by itself.
_FREE = ("free", "host_pinned")


class CallbackModule(CallbackBase):
    """Counts the results of a play, and prints a line when it is time for one."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "msp.entra.progress"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: t.Any, **kwargs: t.Any):
        super().__init__(*args, **kwargs)
        self._play = ""
        self._progress = Progress([], 0, 0.0)
        self._last = time.monotonic()

    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        manager = play.get_variable_manager()
        # Nothing public tells a callback who takes part, before everybody has.
        inventory = manager._inventory  # noqa: SLF001
        batch = len(inventory.get_hosts(play.hosts))
        if play._uuid == self._play:  # with serial, a play starts once for each batch
            self._progress.begin_batch(batch)
            return
        hosts = len(inventory.get_hosts(play.hosts, ignore_restrictions=True))
        variables = manager.get_vars(play=play)
        tasks = [id for block in play.compile() for id in _tasks(block.filter_tagged_tasks(variables))]
        in_step = play.strategy.rpartition(".")[2] not in _FREE
        self._play, self._last = play._uuid, time.monotonic()
        self._progress = Progress(tasks, hosts, self._last, batch, in_step)

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        self._progress.begin(task._uuid, task.get_name().rpartition(" : ")[2])

    def v2_playbook_on_handler_task_start(self, task: t.Any) -> None:
        self.v2_playbook_on_task_start(task, is_conditional=False)

    def v2_runner_on_ok(self, result: t.Any) -> None:
        self._count(result, lost=False)

    def v2_runner_on_skipped(self, result: t.Any) -> None:
        self._count(result, lost=False)

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        self._count(result, lost=not ignore_errors)

    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        self._count(result, lost=True)

    def _count(self, result: t.Any, lost: bool) -> None:
        # The public names are there from core 2.20 on only.
        self._progress.count(result._host.get_name(), result._task._uuid, lost)  # noqa: SLF001
        now = time.monotonic()
        if now - self._last >= self.get_option("interval"):
            self._last = now
            self._display.display(self._progress.said(now), stderr=True)


def _tasks(block: t.Any) -> list[str]:
    """The ids of a block's tasks that run where nothing fails. What Ansible does without a word is none of them."""
    found: list[str] = []
    for one in [*block.block, *block.always]:
        if isinstance(one, Block):
            found += _tasks(one)
        elif not one.implicit:
            found.append(one._uuid)
    return found
