# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The token on each request, and what happens where Graph turns it down."""

from __future__ import annotations

import pytest
from fake_transport import answer, graph, refusal

from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import LoginError, TokenRefused

OBJECT = {"id": "1"}
EXPIRED = ("InvalidAuthenticationToken", "Lifetime validation failed.")


def test_every_request_carries_the_token():
    session, wire, dummy = graph(answer(200, OBJECT), answer(201, OBJECT), answer(204), answer(204))
    session.get("/x")
    session.create("/x", {})
    session.update("/x", {})
    session.delete("/x")
    assert wire.calls == ["GET /x", "POST /x", "PATCH /x", "DELETE /x"]
    assert wire.tokens == ["token-1"] * 4


@pytest.mark.parametrize("method", ["get", "create"])
def test_a_refused_token_is_renewed_once_in_silence(method):
    """Also for a create: Graph looks at the token before it does anything. And without a wait."""
    session, wire, waits = graph(refusal(401, *EXPIRED), answer(200, OBJECT))
    arguments = ("/x",) if method == "get" else ("/x", {"a": 1})
    assert getattr(session, method)(*arguments) == OBJECT
    assert (wire.tokens, waits) == (["token-1", "token-2"], [])
    assert wire.sent[0].body == wire.sent[1].body


def test_a_renewed_token_that_is_refused_too_is_an_error():
    session, wire, waits = graph(refusal(401, *EXPIRED), refusal(401, *EXPIRED))
    with pytest.raises(TokenRefused, match="401 InvalidAuthenticationToken: Lifetime validation failed"):
        session.get("/x")
    assert (wire.tokens, waits) == (["token-1", "token-2"], [])


def test_each_request_may_renew_once():
    """An hour's run outlives more than one token."""
    session, wire, dummy = graph(refusal(401), answer(200, OBJECT), refusal(401), answer(200, OBJECT))
    session.get("/a")
    session.get("/b")
    assert wire.tokens == ["token-1", "token-2", "token-2", "token-3"]


def test_the_renewed_token_stays_through_a_wait():
    session, wire, waits = graph(refusal(401), refusal(429), answer(200, OBJECT))
    session.get("/x")
    assert (wire.tokens, waits) == (["token-1", "token-2", "token-2"], [0.5])


def test_a_token_that_runs_out_during_a_wait_is_renewed():
    session, wire, waits = graph(refusal(429), refusal(401), answer(200, OBJECT))
    session.get("/x")
    assert (wire.tokens, waits) == (["token-1", "token-1", "token-2"], [0.5])


def test_a_given_token_is_not_renewed():
    session, wire, waits = graph(refusal(401, *EXPIRED), renewable=False)
    with pytest.raises(LoginError, match=r"does not take the access_token .* Lifetime validation failed"):
        session.get("/x")
    assert (wire.tokens, waits) == (["token-1"], [])


def test_the_token_is_in_no_url_header_or_body():
    """Only in the auth object, which keeps it out of what requests shows and what a .netrc could replace."""
    session, wire, dummy = graph(answer(200, OBJECT))
    session.create("/x", {"a": 1})
    (request,) = wire.sent
    rest = {name: value for name, value in request.arguments.items() if name != "auth"}
    assert "token-1" not in f"{request.url} {rest}"
