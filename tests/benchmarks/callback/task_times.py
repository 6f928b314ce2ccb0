# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A callback that writes when each task began, so that a task's wall time is the distance to the next one."""

from __future__ import annotations

import json
import os
import time

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: task_times
type: aggregate
short_description: Write when each task begins
description: Writes JSON lines to the file named in TASK_TIMES_FILE.
"""


class CallbackModule(CallbackBase):
    """Times are of the monotonic clock, in seconds."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "task_times"

    def _write(self, name):
        with open(os.environ["TASK_TIMES_FILE"], "a", encoding="utf-8") as file:
            file.write(json.dumps({"task": name, "at": time.monotonic()}) + "\n")

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._write(task.get_name())

    def v2_playbook_on_stats(self, stats):
        self._write("end")
