# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a task failed, in one line, where it has said so in full elsewhere."""

from __future__ import annotations

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.registered import cause

RULE = {
    "id": "NO-SITE",
    "title": "There is no site",
    "where": "sites is empty",
    "why": "Nobody.",
    "remedy": "List one.",
}
ANSWER = {"status": 400, "code": "BadRequest", "message": "Malformed.", "inner_message": "1040: No such location."}


@pytest.mark.parametrize(
    ("failures", "said"),
    [
        ([{"msg": "Gave up."}], "Gave up."),
        ([{"msg": "2 problems:\n- a: no.\n- b: no.", "problems": ["a: no.", "b: no."]}], "a: no (and 1 more)."),
        ([{"msg": "Refused.", "lockout": [RULE], "problems": []}], "[NO-SITE] There is no site: sites is empty."),
        (
            [{"msg": "Refused.", "lockout": [RULE, RULE], "problems": ["c: no."]}],
            "[NO-SITE] There is no site: sites is empty (and 2 more).",
        ),
        ([{"graph_error": ANSWER}], "Microsoft Graph refused it with 400 BadRequest: 1040: No such location."),
        (
            [{"graph_error": {**ANSWER, "inner_message": ""}}],
            "Microsoft Graph refused it with 400 BadRequest: Malformed.",
        ),
        ([{"msg": "One."}, {"msg": "Two."}], "One (and 1 more)."),
        ([{"msg": "x" * 500}], "x" * 240 + "…"),
        ([{}], "It gave no reason."),
        # Whatever somebody's rescue hands on.
        ([{"msg": 7, "lockout": "x", "problems": {"a": 1}, "graph_error": []}], "7"),
    ],
)
def test_the_cause(failures, said):
    assert cause(failures) == said
