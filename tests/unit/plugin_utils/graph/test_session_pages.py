# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listings of many pages, followed at this Graph and nowhere else."""

from __future__ import annotations

import pytest
from fake_transport import BASE, answer, graph, refusal

from ansible_collections.msp.entra.plugins.plugin_utils.graph import listings
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import OutOfPatience, Unreachable

NEXT = "@odata.nextLink"


def page(*ids, link=None):
    return {"value": [{"id": entry} for entry in ids]} | ({NEXT: link} if link else {})


def ids(values):
    return [value["id"] for value in values]


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        pytest.param(page("a", "b"), ["a", "b"], id="one page"),
        pytest.param(page(), [], id="empty"),
        pytest.param({"value": [{"id": "a"}], NEXT: None}, ["a"], id="a link that is null"),
    ],
)
def test_what_is_whole_costs_no_request(first, expected):
    session, wire, dummy = graph()
    assert ids(session.pages(first)) == expected
    assert wire.sent == []


@pytest.mark.parametrize(
    "first", [{}, {"value": None}, {"value": "a"}, {"value": ["a"]}, {"value": {"a": {}}}], ids=str
)
def test_what_is_no_listing_is_not_an_empty_one(first):
    """Or everything would be made a second time."""
    session, dummy, dummy = graph()
    with pytest.raises(Unreachable, match="something else; what is there is not known"):
        session.pages(first)


def test_every_page_in_order_by_its_own_link():
    session, wire, dummy = graph(
        answer(200, page("c", link=f"{BASE}/users?$skiptoken=2")), answer(200, page("d", "e")), answer(200, page())
    )
    assert ids(session.pages(page("a", "b", link=f"{BASE}/users?$skiptoken=1"))) == ["a", "b", "c", "d", "e"]
    assert wire.calls == ["GET /users?$skiptoken=1", "GET /users?$skiptoken=2"]
    assert wire.left == 1


def test_an_empty_page_in_the_middle_is_not_the_end():
    session, dummy, dummy = graph(answer(200, page(link=f"{BASE}/x?2")), answer(200, page("b")))
    assert ids(session.pages(page("a", link=f"{BASE}/x?1"))) == ["a", "b"]


def test_the_first_page_is_left_as_it_was():
    first = page("a", link=f"{BASE}/x?1")
    session, dummy, dummy = graph(answer(200, page("b")))
    session.pages(first)
    assert ids(first["value"]) == ["a"]


def test_a_link_is_taken_as_it_is():
    """Whatever Graph put into its skip token, percent signs included, goes back untouched."""
    path = "/users?$skiptoken=RFNwd%2bAB%3D&$select=id"
    session, wire, dummy = graph(answer(200, page()))
    session.pages(page(link=BASE + path))
    assert wire.sent[0].url == BASE + path


def test_capitals_in_the_address_of_a_link_do_not_matter():
    session, wire, dummy = graph(answer(200, page("b")))
    assert ids(session.pages(page("a", link="https://GRAPH.test/V1.0/x?1"))) == ["a", "b"]
    assert wire.calls == ["GET /x?1"]


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.test/v1.0/users?$skiptoken=1",
        "http://graph.test/v1.0/users",
        "https://graph.test:444/v1.0/users",
        "https://graph.test.elsewhere.test/v1.0/users",
        "https://graph.test@elsewhere.test/v1.0/users",
        "https://graph.test/v1.0.elsewhere.test/users",
        "https://graph.test/beta/users",
        "https://graph.test/v1.0",
        "/users?$skiptoken=1",
        "//elsewhere.test/v1.0/users",
    ],
)
def test_a_link_to_anywhere_else_is_not_followed(link):
    """The token would go along."""
    session, wire, dummy = graph()
    with pytest.raises(Unreachable) as caught:
        session.pages(page("a", link=link))
    assert str(caught.value) == f"Graph's next page is at another address, {link.split('?')[0]}; it was not followed."
    assert wire.sent == []


def test_a_later_page_cannot_lead_away_either():
    session, wire, dummy = graph(answer(200, page("b", link="https://elsewhere.test/v1.0/x")))
    with pytest.raises(Unreachable, match=r"another address, https://elsewhere\.test/v1\.0/x;"):
        session.pages(page("a", link=f"{BASE}/x?1"))
    assert len(wire.sent) == 1


def test_a_page_that_is_throttled_is_waited_for():
    session, wire, waits = graph(refusal(429, Retry_After="5"), answer(200, page("b")))
    assert ids(session.pages(page("a", link=f"{BASE}/x?1"))) == ["a", "b"]
    assert (wire.calls, waits) == (["GET /x?1", "GET /x?1"], [5.5])


def endless(values=("b",)):
    """Steps of the script without an end: each page leads to another one."""
    return [answer(200, page(*values, link=f"{BASE}/x?{number}")) for number in range(2, listings.PAGE_LIMIT + 2)]


FIRST = page("a", link=f"{BASE}/x?1")


def test_a_listing_that_never_ends_is_given_up():
    session, wire, dummy = graph(*endless())
    with pytest.raises(Unreachable, match=r"did not end after 1000 pages; its last page is at .*/x\."):
        session.pages(FIRST)
    assert (len(wire.sent), wire.left) == (listings.PAGE_LIMIT, 0)


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_listing_that_leads_back_is_noticed(length):
    circle = [answer(200, page("b", link=f"{BASE}/x?{1 + number % length}")) for number in range(1, 2 * length + 1)]
    session, wire, dummy = graph(*circle)
    with pytest.raises(
        Unreachable, match=r"leads back to a page that was read before, at https://graph\.test/v1\.0/x\."
    ):
        session.pages(FIRST)
    assert len(wire.sent) == length


def test_what_is_kept_has_a_size_and_what_is_read_page_by_page_a_larger_one(monkeypatch):
    monkeypatch.setattr(listings, "KEPT_LIMIT", 500)
    monkeypatch.setattr(listings, "LONG_LIMIT", 5000)
    for limit, ask in ((500, lambda s: s.pages(FIRST)), (5000, lambda s: list(s.each("/x")))):
        steps = endless()
        session, wire, dummy = graph(*steps)
        with pytest.raises(Unreachable, match="is too long to be Graph's; its last page is at"):
            ask(session)
        assert limit <= sum(len(one.content) for one in steps[: len(wire.sent)]) < limit + 150


def test_a_listing_has_so_many_objects(monkeypatch):
    monkeypatch.setattr(listings, "OBJECT_LIMIT", 10)
    session, wire, dummy = graph(*endless(["b", "c", "d"]))
    with pytest.raises(Unreachable, match="did not end after 10 objects"):
        session.pages(FIRST)
    assert len(wire.sent) == 4


class Clock:
    """Time that passes on the wire only: so many seconds for each page."""

    def __init__(self, monkeypatch, seconds):
        self.now, self.seconds = 0.0, seconds
        monkeypatch.setattr(listings.time, "monotonic", lambda: self.now)

    def slowly(self, step):
        def answered(dummy):
            self.now += self.seconds
            return step

        return answered


def test_pages_that_bring_little_use_up_the_patience(monkeypatch):
    clock = Clock(monkeypatch, 5)
    session, wire, dummy = graph(*map(clock.slowly, endless()), budget=60)
    with pytest.raises(OutOfPatience, match=r"A listing goes on without end, or too slowly, at .*wait_timeout"):
        session.pages(FIRST)
    # Of each five seconds an object is worth a twentieth.
    assert len(wire.sent) == 13


def test_a_hundred_thousand_sign_ins_need_no_patience(monkeypatch):
    clock, many = Clock(monkeypatch, 40), [str(number) for number in range(1000)]
    steps = [*endless(many)[:99], answer(200, page(*many))]
    session, wire, waits = graph(answer(200, FIRST), *map(clock.slowly, steps), budget=0)
    assert sum(1 for dummy in session.each("/auditLogs/signIns")) == 100_001
    assert (len(wire.sent), waits, session.patience.waited) == (101, [], 0.0)
