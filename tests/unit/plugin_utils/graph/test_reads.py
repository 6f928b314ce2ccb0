# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one task reads, in one request, and nothing twice."""

from __future__ import annotations

import pytest
from fake_transport import BASE, answer, graph, refusal

from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import NotFound, error_type
from ansible_collections.msp.entra.plugins.plugin_utils.graph.reads import Reads

A, B, C = ({"id": name, "n": 1} for name in "abc")


def page(*values, link=None):
    return {"value": list(values)} | ({"@odata.nextLink": link} if link else {})


def batch(*pages, status=200):
    made = [{"id": str(number), "status": 200, "body": body} for number, body in enumerate(pages)]
    made[-1]["status"] = status
    return answer(200, {"responses": made})


def reading(*script):
    session, wire, dummy = graph(*script)
    return Reads(session), wire


def test_one_listing_is_a_plain_get_and_is_kept():
    """No batch around it: it would cost as much and say less in a log."""
    reads, wire = reading(answer(200, page(A, B)))
    assert reads.listings(["/x"]) == [[A, B]]
    assert reads.listings(["/x"]) == [[A, B]]
    assert wire.calls == ["GET /x"]


def test_several_listings_are_one_batch_and_are_kept():
    reads, wire = reading(batch(page(A), page(B)))
    assert reads.listings(["/x", "/y"]) == [[A], [B]]
    assert reads.listings(["/y"]) == [[B]] and reads.listings(["/y", "/x"]) == [[B], [A]]
    assert wire.calls == ["POST /$batch"]


def test_only_what_is_not_known_is_asked_for():
    reads, wire = reading(answer(200, page(A)), answer(200, page(B)), batch(page(C), page()))
    reads.listings(["/x"])
    assert reads.listings(["/x", "/y"]) == [[A], [B]]
    assert reads.listings(["/z", "/x", "/w"]) == [[C], [A], []]
    assert wire.calls == ["GET /x", "GET /y", "POST /$batch"]
    assert [part["url"] for part in wire.sent[2].body["requests"]] == ["/z", "/w"]


def test_a_path_named_twice_is_asked_for_once():
    reads, wire = reading(answer(200, page(A)))
    assert reads.listings(["/x", "/x"]) == [[A], [A]]
    assert wire.calls == ["GET /x"]


def test_an_empty_listing_is_known_too():
    reads, wire = reading(answer(200, page()))
    assert reads.listings(["/x"]) == reads.listings(["/x"]) == [[]]
    assert len(wire.sent) == 1


def test_nothing_asked_is_nothing_sent():
    reads, wire = reading()
    assert reads.listings([]) == [] and wire.sent == []


def test_the_further_pages_of_each_listing_are_read():
    reads, wire = reading(batch(page(A, link=f"{BASE}/x?2"), page(C)), answer(200, page(B)))
    assert reads.listings(["/x", "/y"]) == [[A, B], [C]]
    assert wire.calls == ["POST /$batch", "GET /x?2"]


def test_a_listing_that_is_refused_is_not_taken_for_empty():
    reads, wire = reading(refusal(404), answer(200, page(A)))
    with pytest.raises(NotFound):
        reads.listings(["/x"])
    assert reads.listings(["/x"]) == [[A]] and len(wire.sent) == 2


def test_one_refused_part_refuses_the_whole():
    reads, dummy = reading(batch(page(A), {"error": {"code": "c", "message": "m"}}, status=404))
    with pytest.raises(NotFound, match=r"GET /y was refused"):
        reads.listings(["/x", "/y"])


REFUSED = {"error": {"code": "c", "message": "m"}}


def test_what_is_wished_for_may_be_refused_in_the_same_batch():
    reads, wire = reading(batch(page(A), page(B), REFUSED, status=404))
    needed, wishes = reads.listings_beside(["/x", "/y"], ["/z"])
    assert needed == [[A], [B]] and isinstance(wishes["/z"], NotFound) and wire.calls == ["POST /$batch"]


def test_what_is_needed_may_not():
    reads, wire = reading(batch(page(A), REFUSED, status=404))
    with pytest.raises(NotFound, match=r"GET /y was refused"):
        reads.listings_beside(["/x", "/y"], ["/x"])
    assert wire.calls == ["POST /$batch"]


def test_without_a_wish_there_is_no_batch_for_it():
    reads, wire = reading(answer(200, page(A)))
    assert reads.listings_beside(["/x"], []) == ([[A]], {}) and wire.calls == ["GET /x"]


def test_one_object_is_a_listing_of_one():
    reads, wire = reading(answer(200, A))
    assert reads.listings(["/x/a"]) == reads.listings(["/x/a"]) == [[A]]
    assert wire.calls == ["GET /x/a"]


def test_one_object_among_listings():
    reads, dummy = reading(batch(page(B), A, page()))
    assert reads.listings(["/x", "/x/a", "/y"]) == [[B], [A], []]


def test_an_object_that_is_not_there_is_a_refusal():
    """Unlike what a function looks for: here somebody has named it."""
    reads, dummy = reading(refusal(404))
    with pytest.raises(NotFound):
        reads.listings(["/x/a"])


class TestFunction:
    """A path that ends with a bracket calls an OData function: what it finds, or 404."""

    FIND = "/tenantRelationships/findTenantInformationByTenantId(tenantId='1')"

    def test_it_goes_by_batch_also_alone(self):
        reads, wire = reading(batch(A))
        assert reads.listings([self.FIND]) == reads.listings([self.FIND]) == [[A]]
        assert wire.calls == ["POST /$batch"]
        assert [part["url"] for part in wire.sent[0].body["requests"]] == [self.FIND]

    def test_nothing_found_is_a_listing_of_none_and_is_known(self):
        reads, wire = reading(batch({"error": {"code": "c", "message": "m"}}, status=404))
        assert reads.listings([self.FIND]) == reads.listings([self.FIND]) == [[]]
        assert len(wire.sent) == 1

    def test_a_function_of_a_listing(self):
        reads, dummy = reading(batch(page(A, B)))
        assert reads.listings(["/x/delta()"]) == [[A, B]]

    def test_nothing_found_beside_a_listing(self):
        reads, dummy = reading(batch(page(A), {"error": {"code": "c", "message": "m"}}, status=404))
        assert reads.listings(["/x", self.FIND]) == [[A], []]

    @pytest.mark.parametrize("status", [400, 403])
    def test_another_refusal_is_not_taken_for_nothing_found(self, status):
        reads, dummy = reading(batch({"error": {"code": "c", "message": "m"}}, status=status))
        with pytest.raises(error_type(status)):
            reads.listings([self.FIND])

    @pytest.mark.parametrize("path", ["/x?$filter=startswith(n,'a')&$top=1", "/x/(a)/y"])
    def test_brackets_elsewhere_make_no_function(self, path):
        reads, wire = reading(refusal(404))
        with pytest.raises(NotFound):
            reads.listings([path])
        assert wire.calls == [f"GET {path}"]


def test_what_is_forgotten_is_read_anew():
    reads, wire = reading(batch(page(A), page(B)), answer(200, page()), answer(200, page(C)))
    reads.listings(["/x", "/y"])
    reads.forget()
    assert reads.listings(["/x"]) == [[]] and reads.listings(["/y"]) == [[C]]
    assert wire.calls == ["POST /$batch", "GET /x", "GET /y"]


CHANGED = A | {"n": 2}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(None, C, [A, B, C], id="created"),
        pytest.param("a", CHANGED, [B, CHANGED], id="changed"),
        pytest.param("a", None, [B], id="deleted"),
        pytest.param("c", None, [A, B], id="deleted, was not there"),
        pytest.param(None, None, [A, B], id="nothing"),
    ],
)
def test_a_write_of_ours_is_put_into_the_listing(before, after, expected):
    reads, wire = reading(answer(200, page(A, B)))
    reads.listings(["/x"])
    reads.written("/x", before, after)
    assert reads.listings(["/x"]) == [expected]
    assert wire.calls == ["GET /x"]


def test_a_write_into_a_listing_nobody_has_read_makes_no_listing():
    """One object alone would be taken for all there is."""
    reads, wire = reading(answer(200, page(A, C)))
    reads.written("/x", None, C)
    assert reads.listings(["/x"]) == [[A, C]] and len(wire.sent) == 1


def test_a_write_touches_its_own_listing_only():
    reads, dummy = reading(batch(page(A), page(A)))
    reads.listings(["/x", "/y"])
    reads.written("/x", "a", None)
    assert reads.listings(["/x", "/y"]) == [[], [A]]
