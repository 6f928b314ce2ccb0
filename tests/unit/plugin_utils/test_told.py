# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a terminal is told: no character that moves its cursor, rings it, or turns a line round."""

from __future__ import annotations

import types
import unicodedata

import pytest
from ansible.playbook.task import Task
from documented import CREDENTIALS

from ansible_collections.msp.entra.plugins.plugin_utils import controller_action, graph_action, told
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import GraphError
from ansible_collections.msp.entra.plugins.plugin_utils.options import ArgumentSpec

EVIL = "\x1b[2J\x07\x9b31m\u202eeciffO\u2066"
SHOWN = "\\u001b[2J\\u0007\\u009b31m\\u202eeciffO\\u2066"


def test_every_control_and_every_override():
    controls = [chr(number) for number in range(0x3000) if unicodedata.category(chr(number)) == "Cc"]
    overrides = [
        chr(number)
        for number in range(0x3000)
        if unicodedata.bidirectional(chr(number)) in ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI")
    ]
    assert len(controls) == 65 and len(overrides) == 9
    left = [one for one in (*controls, *overrides) if told.harmless(one) == one]
    assert left == ["\t", "\n"]


@pytest.mark.parametrize(
    "text", ["", "Büro", "two\nlines\tand a tab", "Zürich \u05d0\u05d1 \u200d \U0001f600", "C:\\users"]
)
def test_what_does_no_harm_is_left(text):
    assert told.harmless(text) == text


def refused(*dummy):
    raise GraphError(
        status=400,
        code=EVIL,
        message=EVIL,
        inner=f"1: {EVIL}",
        request="GET /x",
        request_id=EVIL,
        client_request_id=None,
    )


def answered(*dummy):
    return {
        "warnings": [f"'{EVIL}' is off"],
        "checks": [{"id": "a", "evidence": EVIL}],
        "diff": [{"before_header": EVIL, "before": {"displayName": EVIL}}],
        "named_locations": [{"display_name": EVIL}],
        "writes": [{"before": {"displayName": EVIL}}],
    }


@pytest.fixture(params=[controller_action.LocalAction, graph_action.GraphAction])
def run(request):
    """The result of a module that does this."""

    def made(perform):
        class Module(request.param):
            SPEC = ArgumentSpec({})

            def perform(self, *given):
                return perform(*given)

        task = Task()
        task.args = CREDENTIALS if request.param is graph_action.GraphAction else {}
        nowhere = types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir="/"))
        return Module(task, nowhere, None, None, None, None).run(None, {})

    return made


def test_a_failure_is_told_without_them(run):
    result = run(refused)
    assert result["failed"] and not {*EVIL} & {*"\x1b\x07\x9b\u202e\u2066"} & {*str(result)}
    assert SHOWN in result["msg"] and result["graph_error"]["message"] == SHOWN


def test_what_a_playbook_goes_on_with_stays_exact(run):
    result = run(answered)
    assert result["named_locations"] == [{"display_name": EVIL}]
    assert result["writes"] == [{"before": {"displayName": EVIL}}]
    assert result["warnings"] == [f"'{SHOWN}' is off"] and result["checks"][0]["evidence"] == SHOWN
    assert result["diff"] == [{"before_header": SHOWN, "before": {"displayName": SHOWN}}]
