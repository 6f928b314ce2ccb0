# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a task waits: backoff, what Retry-After says, and where the budget ends."""

from __future__ import annotations

import email.utils
import random
import time

import pytest
from fake_transport import Watch

from ansible_collections.msp.entra.plugins.plugin_utils.graph import patience
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import LoginBusy, OutOfPatience, Unreachable

NOW = 1_800_000_000.0


class Spans(patience.Patience):
    """Keeps the span that each jitter was drawn from, and takes its lower end."""

    def __init__(self):
        self.spans = []
        super().__init__(1e6, sleep=lambda seconds: None, jitter=self._draw)

    def _draw(self, low, high):
        self.spans.append((low, high))
        return low


@pytest.mark.parametrize(
    ("turn", "longest"),
    [(0, 0.5), (1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 16.0), (6, 30.0), (7, 30.0), (50, 30.0)],
)
def test_backoff_doubles_up_to_a_cap_and_jitters_over_its_upper_half(turn, longest):
    spans = Spans()
    spans.wait("Busy.", turn)
    assert spans.spans == [(longest / 2, longest)]


def test_backoff_is_slept_and_added_up():
    watch = Watch()
    for turn in range(4):
        watch.wait("Busy.", turn)
    assert watch.waits == [0.5, 1.0, 2.0, 4.0]
    assert watch.waited == 7.5


@pytest.mark.parametrize(
    ("told", "extra"),
    [
        pytest.param(3.0, 0.3, id="a tenth"),
        pytest.param(10.0, 1.0, id="at most 1 s"),
        pytest.param(60.0, 1.0, id="long"),
    ],
)
def test_what_graph_says_is_waited_in_full_with_a_little_more(told, extra):
    spans = Spans()
    spans.wait("Busy.", 0, told)
    assert (spans.spans, spans.waited) == ([(0, extra)], told)
    watch = Watch()
    watch.wait("Busy.", 0, told)
    assert watch.waits == [told + extra]


def test_what_graph_says_is_not_capped_by_the_longest_backoff():
    watch = Watch()
    watch.wait("Busy.", 0, 300.0)
    assert watch.waits == [301.0]


def test_what_graph_says_replaces_the_backoff_of_the_turn():
    watch = Watch()
    watch.wait("Busy.", 4, 1.0)
    assert watch.waits == [1.1]


@pytest.mark.parametrize(
    ("turn", "told", "waited"),
    [
        pytest.param(0, 0.0, 0.02, id="first"),
        pytest.param(1, 0.0, 0.04, id="second"),
        pytest.param(5, 0.0, 0.64, id="sixth"),
        pytest.param(6, 1.0, 1.28, id="told less than by now"),
        pytest.param(50, 0.0, 30.0, id="the longest"),
        pytest.param(50, 60.0, 61.0, id="told more than the longest"),
    ],
)
def test_a_service_that_asks_for_next_to_nothing_again_and_again_is_left_alone_for_longer(turn, told, waited):
    watch = Watch()
    watch.wait("Busy.", turn, told)
    assert watch.waits == [waited]


def test_a_wait_that_ends_with_the_budget_is_still_waited():
    watch = Watch(budget=1.5)
    watch.wait("Busy.", 0)
    watch.wait("Busy.", 1)
    assert watch.waits == [0.5, 1.0]


def test_a_wait_beyond_the_budget_is_not_begun_and_says_how_long():
    watch = Watch(budget=10)
    watch.wait("Busy.", 3)
    with pytest.raises(OutOfPatience) as caught:
        watch.wait("Graph is busy.", 4)
    assert watch.waits == [4.0] and watch.waited == 4.0
    said = str(caught.value)
    assert said.startswith("Graph is busy. Gave up: waited 4.0 s in all, the next wait would be 8.0 s, ")
    assert "may wait 10 s (option wait_timeout)" in said and "Run it again later" in said


@pytest.mark.parametrize(
    ("why", "kind"),
    [
        ("It does not show yet.", "not_shown"),
        (LoginBusy("The login service answered 429."), "throttled"),
        (Unreachable("Nobody answers."), "unreachable"),
    ],
)
def test_what_was_waited_for_is_the_sort_of_the_failure(why, kind):
    with pytest.raises(OutOfPatience) as caught:
        Watch(budget=0).wait(why, 0)
    assert caught.value.kind == kind and str(caught.value).startswith(f"{why} Gave up")


@pytest.mark.parametrize(
    ("told", "said"), [(86400.0, "86400.0 s"), (90000.0, "more than a day"), (1e308, "more than a day")]
)
def test_a_wait_of_any_length_is_said_in_a_few_words(told, said):
    with pytest.raises(OutOfPatience) as caught:
        patience.Patience(60, jitter=lambda low, high: low).wait("Slow.", 0, told)
    assert f"the next wait would be {said}, and this task" in str(caught.value) and len(str(caught.value)) < 300


def test_what_is_spent_beyond_the_budget():
    spending = patience.Patience(10)
    spending.spend(10, "Slow.")
    with pytest.raises(OutOfPatience, match=r"^Slow\. Gave up: waited 11\.0 s in all, and this task may wait 10 s"):
        spending.spend(1, "Slow.")


def test_no_budget_is_no_wait():
    watch = Watch(budget=0)
    with pytest.raises(OutOfPatience, match=r"waited 0\.0 s in all, the next wait would be 0\.5 s"):
        watch.wait("Busy.", 0)
    assert watch.waits == []


def test_a_new_task_has_a_budget_of_its_own():
    watch = Watch(budget=1)
    watch.wait("Busy.", 0)
    watch.begin(4)
    assert watch.waited == 0.0
    watch.wait("Busy.", 3)
    with pytest.raises(OutOfPatience, match=r"may wait 4 s"):
        watch.wait("Busy.", 0)


def test_a_task_really_sleeps_and_really_draws():
    """Without this, a default that never waits would pass every other test here."""
    made = patience.Patience(5)
    assert (made._sleep, made._jitter) == (time.sleep, random.uniform)


@pytest.mark.parametrize("name", ["Retry-After", "retry-after", "RETRY-AFTER"])
def test_the_header_in_any_case(name):
    assert patience.retry_after({"Other": "1", name: "7"}) == 7.0


def _date(seconds):
    return email.utils.formatdate(NOW + seconds, usegmt=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param("10", 10.0, id="seconds"),
        pytest.param("2.5", 2.5, id="a fraction"),
        pytest.param("0", 0.0, id="none at all"),
        pytest.param("-5", 0.0, id="negative"),
        pytest.param("nan", None, id="no number"),
        pytest.param("inf", None, id="for ever"),
        pytest.param(_date(90), 90.0, id="date"),
        pytest.param(_date(-90), 0.0, id="past date"),
        pytest.param(_date(90).replace(" GMT", ""), 90.0, id="date without a zone is GMT"),
        pytest.param(email.utils.formatdate(NOW + 90).replace("-0000", "+0000"), 90.0, id="date with an offset"),
        pytest.param("Fri, 15 Jan 2027 10:01:30 +0200", 90.0, id="date in another zone"),
        pytest.param("soon", None, id="a word"),
        pytest.param("", None, id="empty"),
        pytest.param("Fri, 99 Foo 2027", None, id="no date of any calendar"),
        pytest.param("Wed, 21 Oct 2015 07:28:00 +99999999999999", None, id="a zone of no world"),
    ],
)
def test_retry_after(value, seconds):
    assert patience.retry_after({"Retry-After": value}, now=lambda: NOW) == seconds


def test_no_header():
    assert patience.retry_after({"Content-Type": "text/html"}) is None
