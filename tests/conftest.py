# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many cases there were in tests that go through many at once, told at the end of the run."""

from __future__ import annotations

import collections
import typing as t

import pytest

COUNTED = "counted"


@pytest.fixture
def counted(record_property: t.Callable[[str, t.Any], None]) -> t.Callable[[str, int], None]:
    """Add a number of cases of some sort to those that are told."""
    # As a property of the report, which comes over from the workers of xdist.
    return lambda what, number: record_property(COUNTED, (what, number))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Of the tests that have passed, the sums by sort."""
    sums: collections.Counter[str] = collections.Counter()
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == COUNTED:
                what, number = value
                sums[what] += number
    if sums:
        terminalreporter.section("counted", sep="-")
        for what, number in sorted(sums.items()):
            terminalreporter.line(f"{number:6,} {what}")
