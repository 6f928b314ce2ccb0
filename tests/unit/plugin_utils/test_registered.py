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
REFUSED = "POST /x was refused by Microsoft Graph with 403 AccessDenied: No. Grant it."


@pytest.mark.parametrize(
    ("failures", "said"),
    [
        ([{"msg": "Gave up."}], "Gave up."),
        ([{"msg": "2 problems:\n- a: no.\n- b: no.", "problems": ["a: no.", "b: no."]}], "a: no (and 1 more)."),
        ([{"msg": "Refused.", "lockout": [RULE], "problems": []}], "[NO-SITE] There is no site: sites is empty."),
        (
            [{"msg": "Refused.", "lockout": [RULE, RULE], "problems": ["c: no.", "d: no."]}],
            "[NO-SITE] There is no site: sites is empty (and 2 more).",
        ),
        ([{"msg": f"{REFUSED} (request-id 1, client-request-id none)", "graph_error": {"status": 403}}], REFUSED),
        ([{"msg": f"{REFUSED} (request-id 1, client-request-id 2) Gave up."}], f"{REFUSED} Gave up."),
        ([{"msg": "One."}, {"msg": "Two."}], "One (and 1 more)."),
        ([{"msg": f"{REFUSED} (request-id {number})"} for number in (1, 2)], REFUSED),
        ([{"msg": "x" * 500}], "x" * 400 + "…"),
        ([{"msg": "seven, " * 100}], ("seven, " * 57).rstrip(", ") + " …"),
        ([{}], "It gave no reason."),
        # Whatever somebody's rescue hands on.
        ([{"msg": 7, "lockout": "x", "problems": {"a": 1}, "graph_error": []}], "7"),
    ],
)
def test_the_cause(failures, said):
    assert cause(failures) == said
