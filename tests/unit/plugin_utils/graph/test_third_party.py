# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Python without msal or requests: everything can be imported, and a task says what is missing."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.graph import third_party

# In a Python of its own: the modules keep what they found when they were first imported.
PROGRAM = """
import json, sys, types
sys.modules[sys.argv[1]] = None  # makes its import fail as if it were not installed
from ansible.plugins.action import ActionBase
from ansible_collections.msp.entra.plugins.plugin_utils import graph_action
from ansible_collections.msp.entra.plugins.plugin_utils.graph import third_party, trust

ActionBase.run = lambda self, tmp=None, task_vars=None: {}
task = types.SimpleNamespace(args={}, check_mode=False, get_path=lambda: None)
result = graph_action.GraphAction(task, None, None, None, None, None).run()
print(json.dumps([str(third_party.MISSING), result.get("failed"), result.get("msg"), len(trust._prepared)]))
"""


@pytest.mark.parametrize("missing", ["msal", "requests"])
def test_a_task_says_what_is_missing(missing):
    done = subprocess.run([sys.executable, "-c", PROGRAM, missing], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    why, failed, said, prepared = json.loads(done.stdout)
    assert missing in why and failed is True
    assert said == (
        f"{why}. The collection needs msal and requests in the Python that runs ansible: "
        f"{sys.executable} -m pip install msal requests"
    )
    assert prepared == 0


def test_nothing_is_missing_here():
    assert third_party.MISSING is None
    assert all(getattr(third_party, name) is not None for name in third_party.__all__ if name != "MISSING")
