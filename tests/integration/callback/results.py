# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A callback that writes every task's result as a JSON line, so that a test reads results and not the screen."""

from __future__ import annotations

import copy
import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: results
type: aggregate
short_description: Write every result as a JSON line
description: Writes to the file named in RESULTS_FILE.
"""


def _has_diff(result):
    return isinstance(result, dict) and bool(result.get("diff"))


class CallbackModule(CallbackBase):
    """Loop items are not written one by one; they are in the result's ``results``. A diff is written as it is shown."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "results"

    def _write(self, status, result):
        line = {
            "host": result._host.get_name(),
            "task": result._task.get_name(),
            "status": status,
            "once": bool(result._task.run_once),
            "result": json.loads(json.dumps(dict(result._result), default=str)),
        }
        diffs = [one["diff"] for one in (line["result"], *(line["result"].get("results") or [])) if _has_diff(one)]
        if diffs:
            line["diff"] = "".join(self._get_diff(copy.deepcopy(diff)) for diff in diffs)
        with open(os.environ["RESULTS_FILE"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def v2_runner_on_ok(self, result):
        self._write("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._write("failed", result)

    def v2_runner_on_skipped(self, result):
        self._write("skipped", result)

    def v2_runner_on_unreachable(self, result):
        self._write("unreachable", result)
