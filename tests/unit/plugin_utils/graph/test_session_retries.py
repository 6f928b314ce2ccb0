# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trouble on the way to Graph: what is sent again, after which wait, and what is left alone."""

from __future__ import annotations

import pytest
from fake_transport import answer, graph, refusal

from ansible_collections.msp.entra.plugins.plugin_utils.graph import errors
from ansible_collections.msp.entra.plugins.plugin_utils.graph.transport import Broken, NeverSent

OBJECT = {"id": "1"}
CALLS = {
    "get": lambda session: session.get("/x"),
    "update": lambda session: session.update("/x", {"a": 1}),
    "delete": lambda session: session.delete("/x"),
    "create": lambda session: session.create("/x", {"a": 1}),
}
REPEATABLE = ["get", "update", "delete"]
UNAVAILABLE = [408, 500, 502, 503, 504]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        pytest.param({"Retry_After": "7"}, 7.7, id="told"),
        pytest.param({}, 0.5, id="not told"),
        pytest.param({"Retry_After": "soon"}, 0.5, id="told nonsense"),
    ],
)
@pytest.mark.parametrize("status", [425, 429])
def test_what_is_asked_to_come_later_is_sent_again(call, headers, wait, status):
    """Also a create: it was not carried out."""
    session, wire, waits = graph(refusal(status, **headers), answer(200, OBJECT))
    CALLS[call](session)
    assert (len(wire.sent), waits) == (2, [wait])
    assert wire.sent[0].body == wire.sent[1].body


@pytest.mark.parametrize("call", REPEATABLE)
@pytest.mark.parametrize("status", UNAVAILABLE)
def test_what_can_be_repeated_is_repeated_while_graph_is_unavailable(call, status):
    session, wire, waits = graph(refusal(status), refusal(status, Retry_After="2"), answer(200, OBJECT))
    CALLS[call](session)
    assert (len(wire.sent), waits) == (3, [0.5, 2.2])


@pytest.mark.parametrize("call", REPEATABLE)
@pytest.mark.parametrize(
    "broken",
    [Broken("Cut off."), answer(200), answer(200, content=b'{"id": "1'), answer(200, [1])],
    ids=["connection", "nothing in it", "half of it", "a list"],
)
def test_a_lost_answer_is_asked_for_again(call, broken):
    session, wire, waits = graph(broken, answer(200, OBJECT))
    CALLS[call](session)
    assert (len(wire.sent), waits) == (2, [0.5])


@pytest.mark.parametrize("status", UNAVAILABLE)
def test_a_create_that_graph_broke_off_is_not_sent_again(status):
    session, wire, waits = graph(refusal(status, "UnknownError", "Failed.", Retry_After="1"))
    with pytest.raises(errors.OutcomeUnknown) as caught:
        session.create("/x", {})
    assert f"{status} UnknownError: Failed." in str(caught.value)
    assert str(caught.value).endswith("Whether it was carried out is not known.")
    assert (wire.calls, waits) == (["POST /x"], [])


@pytest.mark.parametrize(
    "broken",
    [Broken("Cut off."), answer(201, content=b"{"), answer(200), answer(201, content=b"[]")],
    ids=["connection", "half of it", "nothing in it", "a list"],
)
def test_a_create_whose_answer_was_lost_is_not_sent_again(broken):
    session, wire, waits = graph(broken)
    with pytest.raises(errors.OutcomeUnknown, match=r"POST /x was sent and its answer was lost\. "):
        session.create("/x", {})
    assert (wire.calls, waits) == (["POST /x"], [])


@pytest.mark.parametrize("status", [201, 202, 204])
def test_a_create_answered_with_nothing_is_not_sent_again(status):
    session, wire, waits = graph(answer(status))
    with pytest.raises(errors.OutcomeUnknown, match=r"^POST /x was taken and the answer does not say what it made\.$"):
        session.create("/x", {})
    assert (wire.calls, waits) == (["POST /x"], [])


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_get_answered_with_nothing_is_no_empty_listing(status):
    """It is asked for again, as any answer that was lost."""
    session, wire, waits = graph(answer(status), answer(200, {"value": [OBJECT]}))
    assert session.pages(session.get("/x")) == [OBJECT]
    assert (wire.calls, waits) == (["GET /x"] * 2, [0.5])


@pytest.mark.parametrize("call", CALLS)
def test_what_was_never_sent_can_be_sent_again(call):
    """Also a create: Graph has not seen it."""
    session, wire, waits = graph(NeverSent("No route."), NeverSent("No route."), answer(200, OBJECT))
    CALLS[call](session)
    assert (len(wire.sent), waits) == (3, [0.5, 1.0])


@pytest.mark.parametrize("call", CALLS)
def test_no_connection_at_all_ends_after_four_tries(call):
    """Long before the budget: a wrong address does not become right."""
    session, wire, waits = graph(*[NeverSent("No route.")] * 4)
    with pytest.raises(errors.Unreachable, match=r"^No route\. Tried 4 times\.$"):
        CALLS[call](session)
    assert (len(wire.sent), waits) == (4, [0.5, 1.0, 2.0])


@pytest.mark.parametrize("call", CALLS)
def test_only_tries_to_connect_count_as_such(call):
    """Three throttlings are none, so that a network that fails after them has its four."""
    session, wire, dummy = graph(*[refusal(429)] * 3, *[NeverSent("No route.")] * 4)
    with pytest.raises(errors.Unreachable, match=r"^No route\. Tried 4 times\.$"):
        CALLS[call](session)
    assert len(wire.sent) == 3 + 4


@pytest.mark.parametrize("told", ["0", "-1", "nan", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_service_that_asks_for_no_wait_for_ever_is_left_in_the_end(told):
    """Each wait is longer than the one before, so few requests fill the budget."""
    session, wire, waits = graph(*[refusal(429, Retry_After=told)] * 20, budget=5)
    with pytest.raises(errors.OutOfPatience):
        session.get("/x")
    assert waits == sorted(set(waits)) and 0 < sum(waits) <= 5
    assert len(wire.sent) == len(waits) + 1 < 10


@pytest.mark.parametrize("call", CALLS)
def test_a_transport_that_cannot_help_it_is_not_asked_again(call):
    """Such as a certificate that is not accepted."""
    session, wire, waits = graph(errors.Unreachable("Not trusted."))
    with pytest.raises(errors.Unreachable, match="Not trusted"):
        CALLS[call](session)
    assert (len(wire.sent), waits) == (1, [])


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        pytest.param(refusal(429, "TooManyRequests", "Slow."), "429 TooManyRequests: Slow.", id="429"),
        pytest.param(refusal(503, "Down", "Later."), "503 Down: Later.", id="503"),
        pytest.param(Broken("Cut off."), "Cut off.", id="cut off"),
    ],
)
def test_patience_ends_with_the_trouble_in_the_message(trouble, words):
    session, wire, waits = graph(*[trouble] * 4, budget=4)
    with pytest.raises(errors.OutOfPatience) as caught:
        session.get("/x")
    assert words in str(caught.value) and "waited 3.5 s in all, the next wait would be 4.0 s" in str(caught.value)
    assert (len(wire.sent), waits) == (4, [0.5, 1.0, 2.0])


def test_the_budget_is_the_whole_task_s():
    """Not each request's."""
    session, wire, waits = graph(refusal(503), answer(200, OBJECT), refusal(503), budget=0.9)
    session.get("/a")
    with pytest.raises(errors.OutOfPatience):
        session.get("/b")
    assert (wire.calls, waits) == (["GET /a", "GET /a", "GET /b"], [0.5])


@pytest.mark.parametrize("status", [409, 423])
def test_somebody_else_at_the_object_is_in_the_way_of_a_read_for_a_while_only(status):
    session, wire, waits = graph(refusal(status), answer(200, OBJECT))
    assert session.get("/x") == OBJECT
    assert (len(wire.sent), waits) == (2, [0.5])


@pytest.mark.parametrize("status", [409, 423])
@pytest.mark.parametrize("call", [*(call for call in CALLS if call != "get"), "repeat"])
def test_and_says_something_to_a_write(call, status):
    session, wire, dummy = graph(refusal(status))
    with pytest.raises(errors.Conflict):
        {**CALLS, "repeat": lambda session: session.repeat("/x")}[call](session)
    assert len(wire.sent) == 1


@pytest.mark.parametrize("call", REPEATABLE)
@pytest.mark.parametrize("status", [101, 103, 199])
def test_what_says_neither_yes_nor_no_is_asked_again(call, status):
    session, wire, dummy = graph(answer(status), answer(200, OBJECT))
    CALLS[call](session)
    assert len(wire.sent) == 2


def test_a_create_that_gets_neither_yes_nor_no():
    session, wire, dummy = graph(answer(103))
    with pytest.raises(errors.OutcomeUnknown, match="103, which says neither yes nor no"):
        session.create("/x", {})
    assert len(wire.sent) == 1


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [400, 403, 405, 412, 413])
def test_a_refusal_that_stands_is_not_asked_again(call, status):
    session, wire, waits = graph(refusal(status, Retry_After="1"))
    with pytest.raises(errors.error_type(status)) as caught:
        CALLS[call](session)
    assert caught.value.status == status
    assert (len(wire.sent), waits) == (1, [])


@pytest.mark.parametrize("call", ["get", "update", "create"])
def test_not_found(call):
    session, wire, dummy = graph(refusal(404))
    with pytest.raises(errors.NotFound):
        CALLS[call](session)
    assert len(wire.sent) == 1


def test_what_is_already_gone_counts_as_deleted():
    """The answer to the first try may have been lost on its way."""
    session, wire, dummy = graph(Broken("Cut off."), refusal(404))
    assert session.delete("/x") is None
    assert wire.calls == ["DELETE /x", "DELETE /x"]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(call, status):
    """The token must never travel to the host that the answer names."""
    session, wire, waits = graph(answer(status, Location="https://elsewhere.test/v1.0/x"))
    with pytest.raises(errors.Unreachable, match="was redirected to another address; that was not followed"):
        CALLS[call](session)
    assert (len(wire.sent), waits) == (1, [])
