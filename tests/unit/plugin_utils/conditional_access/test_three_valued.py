# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kleene's logic of three values."""

from __future__ import annotations

import itertools

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in import User
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.three_valued import (
    agreed,
    all_of,
    any_of,
    negated,
    possibly,
    unknown,
)

A, B = unknown("a"), unknown("b")
BOTH = unknown("a", "b")

PAIRS = [
    (True, True, True, True),
    (True, False, False, True),
    (False, False, False, False),
    (True, A, A, True),
    (False, A, False, A),
    (A, B, BOTH, BOTH),
]


@pytest.mark.parametrize(("one", "other", "both", "either"), PAIRS)
def test_two(one, other, both, either):
    for pair in itertools.permutations((one, other)):
        assert all_of(pair) == both
        assert any_of(pair) == either
        assert negated(any_of(map(negated, pair))) == both


def test_none():
    assert all_of([]) is True
    assert any_of([]) is False


@pytest.mark.parametrize(("answer", "opposite"), [(True, False), (False, True), (A, A)])
def test_negated(answer, opposite):
    assert negated(answer) == opposite


@pytest.mark.parametrize(
    ("answers", "together"),
    [
        ([True, True], True),
        ([False], False),
        ([True, False], unknown("q")),
        ([True, A], unknown("a", "q")),
        ([A, B], BOTH),
    ],
)
def test_agreed(answers, together):
    assert agreed(answers, "q") == together


def test_possibly():
    assert (possibly(True, "q"), possibly(False, "q"), possibly(A, "q")) == (unknown("q"), False, A)


def test_what_is_unknown_is_not_taken_for_a_yes():
    with pytest.raises(TypeError, match="three values"):
        bool(A)


@pytest.mark.parametrize("kinds", [(), ("martian",)])
def test_a_user_is_something(kinds):
    with pytest.raises(ValueError, match="a user is one or more of"):
        User(kinds=kinds)
