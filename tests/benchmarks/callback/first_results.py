# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A callback that writes what each task returned first, for a task that is to return the same without doing anything."""

from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: first_results
type: aggregate
short_description: Write the first result of each task
description: Adds to the JSON file named in FIRST_RESULTS_FILE.
"""


class CallbackModule(CallbackBase):
    """Of a loop, the first item counts."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "first_results"

    def __init__(self):
        super().__init__()
        self._results = {}

    def _keep(self, result):
        value = json.loads(json.dumps(dict(result._result), default=str))
        if "results" not in value:
            self._results.setdefault(result._task.name, value)

    v2_runner_on_ok = v2_runner_item_on_ok = _keep

    def v2_playbook_on_stats(self, stats):
        path = os.environ["FIRST_RESULTS_FILE"]
        before = {}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                before = json.load(file)
        with open(path, "w", encoding="utf-8") as file:
            json.dump({**self._results, **before}, file)
