# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""$batch: twenty to a request, answers in order, and only what was throttled asked for again."""

from __future__ import annotations

import pytest
from fake_transport import answer, graph, refusal

from ansible_collections.msp.entra.plugins.plugin_utils.graph import errors
from ansible_collections.msp.entra.plugins.plugin_utils.graph.session import BATCH_LIMIT
from ansible_collections.msp.entra.plugins.plugin_utils.graph.transport import Broken


def parts(status=200, headers=None, *, only=None, backwards=False):
    """A step of the script: answers the parts of a batch, each with its own path; those in ``only`` with ``status``."""

    def step(request):
        made = []
        for part in request.body["requests"]:
            struck = only is None or part["url"] in only
            body = {"path": part["url"]} if not struck or status < 400 else {"error": {"code": "c", "message": "no"}}
            one = {"id": part["id"], "status": status if struck else 200, "body": body}
            made.append(one | ({"headers": headers} if headers and struck else {}))
        return answer(200, {"responses": made[::-1] if backwards else made})

    return step


def urls(wire):
    return [[part["url"] for part in request.body["requests"]] for request in wire.sent]


def paths(count):
    return [f"/x/{number}" for number in range(count)]


def statuses(answers):
    return [one.status for one in answers]


def test_graph_takes_twenty_in_one_batch():
    """https://learn.microsoft.com/graph/json-batching"""
    assert BATCH_LIMIT == 20


def test_nothing_asked_is_nothing_sent():
    session, wire, dummy = graph()
    assert session.batch([]) == [] and wire.sent == [] and session.cost.count == 0


def test_one_batch_on_the_wire():
    session, wire, dummy = graph(parts())
    session.batch(["/a", "/b?$top=1"])
    assert wire.calls == ["POST /$batch"]
    # The headers of the batch are not those of its parts.
    part = {"method": "GET", "headers": {"Prefer": "include-unknown-enum-members"}}
    assert wire.sent[0].body == {
        "requests": [{"id": "0", "url": "/a", **part}, {"id": "1", "url": "/b?$top=1", **part}]
    }
    assert wire.sent[0].arguments["headers"]["Prefer"] == "include-unknown-enum-members"


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(1, [1]), (19, [19]), (20, [20]), (21, [20, 1]), (40, [20, 20]), (45, [20, 20, 5])],
)
def test_twenty_to_a_request(count, sizes):
    session, wire, dummy = graph(*[parts(backwards=True)] * len(sizes))
    answers = session.batch(paths(count))
    assert [len(part) for part in urls(wire)] == sizes
    # Graph may answer in any order; the ids say which is which.
    assert [one.body["path"] for one in answers] == paths(count)
    assert session.cost.count == len(sizes)


@pytest.mark.parametrize("status", [408, 409, 423, 425, 429, 500, 503, 504])
def test_only_what_was_struck_is_asked_for_again(status):
    session, wire, waits = graph(parts(status, only=["/x/1", "/x/3"]), parts())
    answers = session.batch(paths(5))
    assert urls(wire) == [paths(5), ["/x/1", "/x/3"]]
    assert [one.body["path"] for one in answers] == paths(5) and statuses(answers) == [200] * 5
    assert waits == [0.5]


def test_what_was_struck_in_several_batches_shares_the_next():
    struck = ["/x/3", "/x/25", "/x/40"]
    session, wire, waits = graph(*[parts(429, only=struck)] * 3, parts())
    answers = session.batch(paths(41))
    assert urls(wire)[3:] == [struck] and len(waits) == 1
    assert [one.body["path"] for one in answers] == paths(41)


def test_the_wait_doubles_while_a_part_stays_throttled():
    session, wire, waits = graph(*[parts(429, only=["/x/0"])] * 3, parts())
    session.batch(paths(2))
    assert urls(wire)[1:] == [["/x/0"]] * 3 and waits == [0.5, 1.0, 2.0]


def test_the_longest_wait_that_a_part_asks_for():
    def differently(request):
        told = [{"Retry-After": "3"}, {"retry-after": "9"}, {}]
        made = [{"id": str(n), "status": 429, "headers": headers} for n, headers in enumerate(told)]
        return answer(200, {"responses": made})

    session, dummy, waits = graph(differently, parts())
    session.batch(paths(3))
    assert waits == [9.9]


def test_patience_ends_with_the_part_in_the_message():
    session, wire, waits = graph(parts(429, {"Retry-After": "60"}, only=["/x/1"]), budget=30)
    with pytest.raises(
        errors.OutOfPatience, match=r"^GET /x/1 was refused by Microsoft Graph with 429 c: no\. .*Gave up"
    ):
        session.batch(paths(2))
    assert (len(wire.sent), waits) == (1, [])


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_part_that_is_refused_for_good_is_an_answer_like_the_others(status):
    """Who asked decides what it means: not found may be just what he wants to know."""
    session, wire, waits = graph(parts(status, only=["/x/1"]))
    answers = session.batch(paths(3))
    assert statuses(answers) == [200, status, 200]
    assert (len(wire.sent), waits) == (1, [])
    assert session.check("/x/0", answers[0]) == {"path": "/x/0"}
    with pytest.raises(errors.error_type(status)) as caught:
        session.check("/x/1?$select=id", answers[1])
    assert caught.value.status == status and str(caught.value).startswith("GET /x/1 was refused")


@pytest.mark.parametrize(
    ("trouble", "wait"),
    [(refusal(429, Retry_After="4"), 4.4), (refusal(503), 0.5), (Broken("Cut off."), 0.5), (answer(200), 0.5)],
    ids=["429", "503", "cut off", "nothing in it"],
)
def test_a_batch_as_a_whole_is_repeated(trouble, wait):
    """A POST, but one that only reads."""
    session, wire, waits = graph(trouble, parts())
    assert statuses(session.batch(paths(2))) == [200, 200]
    assert (urls(wire), waits) == ([paths(2)] * 2, [wait])


def test_a_batch_whose_token_is_refused_is_renewed():
    session, wire, waits = graph(refusal(401), parts())
    session.batch(paths(2))
    assert (wire.tokens, waits) == (["token-1", "token-2"], [])


class TestTokenRefusedInAPart:
    def test_it_is_renewed_once_and_only_those_parts_asked_again(self):
        session, wire, waits = graph(parts(401, only=["/x/1", "/x/21"]), parts(401, only=["/x/21"]), parts())
        answers = session.batch(paths(22))
        assert urls(wire)[2:] == [["/x/1", "/x/21"]] and wire.tokens == ["token-1", "token-1", "token-2"]
        assert statuses(answers) == [200] * 22 and waits == []

    def test_with_what_was_throttled_beside_it(self):
        def differently(request):
            return answer(200, {"responses": [{"id": "0", "status": 401}, {"id": "1", "status": 429}]})

        session, wire, waits = graph(differently, parts(503, only=["/x/1"]), parts())
        assert statuses(session.batch(paths(2))) == [200, 200]
        assert urls(wire) == [paths(2), paths(2), ["/x/1"]] and waits == [0.5, 1.0]
        assert wire.tokens == ["token-1", "token-2", "token-2"]

    def test_a_renewed_token_that_is_refused_too_is_an_answer(self):
        session, wire, dummy = graph(parts(401, only=["/x/1"]), parts(401))
        answers = session.batch(paths(2))
        assert statuses(answers) == [200, 401] and wire.tokens == ["token-1", "token-2"]
        with pytest.raises(errors.TokenRefused):
            session.check("/x/1", answers[1])

    def test_the_whole_batch_refused_after_that_is_an_error(self):
        session, wire, dummy = graph(parts(401, only=["/x/1"]), refusal(401))
        with pytest.raises(errors.TokenRefused):
            session.batch(paths(2))
        assert len(wire.sent) == 2

    def test_a_given_token_cannot_be_renewed(self):
        session, wire, dummy = graph(parts(401, only=["/x/1"]), renewable=False)
        with pytest.raises(errors.LoginError, match=r"the access_token that was given: .* GET /x/1 was refused"):
            session.batch(paths(2))
        assert len(wire.sent) == 1


def test_a_part_without_an_answer():
    def forgetful(request):
        return answer(200, {"responses": [{"id": "0", "status": 200, "body": {}}]})

    session, dummy, dummy = graph(forgetful)
    with pytest.raises(errors.Unreachable, match=r"^Graph answered a batch without the part for /x/1\.$"):
        session.batch(paths(2))


def test_headers_and_body_may_be_missing_from_a_part_that_says_no():
    session, dummy, dummy = graph(answer(200, {"responses": [{"id": "0", "status": 404}]}))
    (one,) = session.batch(["/a"])
    assert (one.status, one.headers, one.body) == (404, {}, None)


@pytest.mark.parametrize(
    "part",
    [
        {"id": "0", "status": 200},
        {"id": "0", "status": 200, "body": "text"},
        {"id": "0", "status": 200, "body": []},
        {"id": "0", "status": "200", "body": {}},
        {"id": "0", "body": {}},
        *(
            {"id": "0", "status": status, "body": {}}
            for status in (True, 0, -1, 1, 100, 199, 204, 205, 600, 10**30, 200.0)
        ),
        {"id": "0", "status": 200, "headers": ["a"], "body": {}},
    ],
    ids=str,
)
def test_a_part_that_cannot_be_read_is_no_answer(part):
    session, dummy, dummy = graph(answer(200, {"responses": [part]}))
    with pytest.raises(errors.Unreachable, match="the part of a batch for /a with something that cannot be read"):
        session.batch(["/a"])


@pytest.mark.parametrize("status", [301, 302, 304, 307])
def test_a_part_that_is_redirected_is_not_an_answer(status):
    session, wire, dummy = graph(answer(200, {"responses": [{"id": "0", "status": status, "body": {"value": []}}]}))
    with pytest.raises(errors.Unreachable, match="part of a batch for /a was redirected"):
        session.batch(["/a"])
    assert len(wire.sent) == 1


@pytest.mark.parametrize("body", [{}, {"responses": None}, {"responses": ["a", 1]}], ids=str)
def test_a_batch_without_its_parts(body):
    session, dummy, dummy = graph(answer(200, body))
    with pytest.raises(errors.Unreachable, match="without the part for /a"):
        session.batch(["/a"])


def test_a_date_to_wait_for_in_a_part_is_by_the_clock_of_the_batch():
    """Graph's clock may be hours ahead of ours, and a part has no date of its own."""
    later = {"Retry-After": "Wed, 21 Oct 2026 07:28:03 GMT"}
    first = answer(
        200, {"responses": [{"id": "0", "status": 429, "headers": later}]}, Date="Wed, 21 Oct 2026 07:28:00 GMT"
    )
    session, dummy, waits = graph(first, parts())
    session.batch(["/a"])
    assert waits == [3.3]


def test_a_path_asked_for_twice_is_answered_twice():
    session, dummy, dummy = graph(parts())
    assert [one.body["path"] for one in session.batch(["/a", "/a"])] == ["/a", "/a"]


class TestPartsThatAreEachTheirOwnMatter:
    def test_what_is_refused_or_no_answer_is_told_in_its_place(self):
        def mixed(dummy):
            good = {"id": "0", "status": 200, "body": {"path": "/x/0"}}
            return answer(200, {"responses": [good, {"id": "1", "status": 403}, {"id": "2", "status": 307}]})

        session, dummy, dummy = graph(mixed)
        first, *others = session.attempts(paths(4))
        assert first == {"path": "/x/0"}
        assert [type(one) for one in others] == [errors.PermissionMissing, errors.Unreachable, errors.Unreachable]
        assert "redirected" in str(others[1]) and "without the part for /x/3" in str(others[2])

    def test_patience_that_ends_costs_only_what_it_ended_for(self):
        session, wire, waits = graph(parts(503, only=["/x/1"]), parts(503), budget=0.9)
        first, second, third = session.attempts(paths(3))
        assert (first, third) == ({"path": "/x/0"}, {"path": "/x/2"})
        assert isinstance(second, errors.Unavailable) and urls(wire) == [paths(3), ["/x/1"]] and waits == [0.5]

    def test_a_login_that_is_over_is_everybodys_matter(self):
        session, dummy, dummy = graph(parts(401, only=["/x/1"]), renewable=False)
        with pytest.raises(errors.LoginError):
            session.attempts(paths(2))
