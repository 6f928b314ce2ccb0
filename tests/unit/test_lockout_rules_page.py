# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to the lockout rules has every rule, as the guard has it."""

from __future__ import annotations

import re

import documented
import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.lockout_rules import RULES


@pytest.fixture(scope="module")
def tool():
    return documented.tool("lockout_rules_page")


def test_the_committed_page_is_what_is_generated(tool):
    """If not: make docs, and commit the page."""
    written = tool.PAGE.read_text(encoding="utf-8")
    assert tool.page(written) == written


def test_each_rule_has_a_section_that_says_why_the_way_out_and_who_judges(tool):
    sections = re.split(
        r"^\.\. _.*:\n\n(?=[A-Z-]+\n~)", tool.page(tool.PAGE.read_text(encoding="utf-8")), flags=re.MULTILINE
    )
    told = {section.partition("\n")[0]: section for section in sections[1:]}
    assert list(told) == list(RULES)
    for rule in RULES.values():
        assert rule.title in told[rule.id] and rule.why in told[rule.id]
        assert re.search(r"\*Judged by\* ``msp\.entra\.\w+``", told[rule.id]), rule.id
