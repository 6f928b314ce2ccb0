# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a token says of itself: the application permissions, or nothing."""

from __future__ import annotations

import base64
import json

import pytest
from fake_transport import token_with

from ansible_collections.msp.entra.plugins.plugin_utils.graph import claims


def encoded(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def of(payload):
    """A token with this text as its payload."""
    return f"{encoded('{}')}.{encoded(payload)}.c2ln"


@pytest.mark.parametrize(
    "roles",
    [["Policy.Read.All"], ["Policy.Read.All", "User.Read.All"], []],
    ids=["one", "two", "none"],
)
def test_the_roles_of_an_app_s_token(roles):
    assert claims.permissions(token_with(roles=roles, idtyp="app")) == frozenset(roles)


def test_an_app_that_was_granted_nothing_has_no_such_claim():
    """Where there are no roles, Entra leaves the claim out; whose token it is, Graph's own tokens say in another."""
    assert claims.permissions(token_with(idtyp="app")) == frozenset()
    assert claims.permissions(token_with()) is None


@pytest.mark.parametrize("length", range(4))
def test_base64_of_any_length(length):
    """It comes without the padding that Python's reader wants."""
    assert claims.permissions(token_with(roles=["A"], x="y" * length)) == {"A"}


def test_the_letters_of_base64_in_addresses():
    payload = json.dumps({"roles": ["A"], "name": "\u00ff\u00fe\u00fb>>>???~~~"}, ensure_ascii=False)
    assert {"-", "_"} <= set(encoded(payload)) and claims.permissions(of(payload)) == {"A"}


def test_a_user_s_token():
    """It has what the user may and the application may for him, in another claim."""
    assert claims.permissions(token_with(scp="Policy.Read.All User.Read", idtyp="user")) is None


def test_roles_that_are_no_texts():
    assert claims.permissions(token_with(roles=[1, None])) == {"1", "None"}


@pytest.mark.parametrize("roles", ["Policy.Read.All", {"Policy.Read.All": True}, None, 3], ids=repr)
def test_roles_that_are_no_list(roles):
    assert claims.permissions(token_with(roles=roles)) is None


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="empty"),
        pytest.param("opaque", id="no dots"),
        pytest.param("..", id="dots only"),
        pytest.param("a.b.c", id="no base64"),
        pytest.param("a.\u00e4\u00f6\u00fc.c", id="no ASCII"),
        pytest.param(of("no JSON"), id="no JSON"),
        pytest.param(of('{"roles": ["A"'), id="half of it"),
        pytest.param(of('["roles"]'), id="a list"),
        pytest.param(of("null"), id="null"),
        pytest.param(of("{}"), id="no roles"),
        pytest.param("a." + base64.urlsafe_b64encode(b"\xff\xfe\x80").decode() + ".c", id="no UTF-8"),
    ],
)
def test_what_is_no_token_of_an_app(token):
    assert claims.permissions(token) is None


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"tid": "AAAAAAAA-1111-4111-8111-111111111111"}, "aaaaaaaa-1111-4111-8111-111111111111"),
        ({}, None),
        ({"tid": 3}, None),
        ({"tid": ""}, None),
    ],
    ids=["of a tenant", "none", "a number", "empty"],
)
def test_the_tenant_of_a_token(payload, expected):
    assert claims.tenant_id(token_with(**payload)) == expected


def test_a_token_that_cannot_be_read_has_no_tenant():
    assert claims.tenant_id("opaque") is None


USER = {"oid": "0A", "idtyp": "user", "scp": "User.Read", "upn": "dana@x.y"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param({"oid": "0A", "idtyp": "app", "app_displayname": "K"}, ("0a", True, "K"), id="application"),
        pytest.param({"oid": "0A", "roles": ["R"]}, ("0a", True, ""), id="an-application-by-its-roles"),
        pytest.param(USER, ("0a", False, "dana@x.y"), id="user"),
        pytest.param({"oid": "0A", "scp": "R", "roles": ["R"]}, ("0a", False, ""), id="a-user-by-the-scopes"),
        pytest.param({**USER, "oid": None}, None, id="no-object-id"),
        pytest.param({"oid": "0A"}, None, id="neither"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_who_the_token_was_given_to(said, expected):
    assert claims.caller(token_with(**said)) == expected


def test_of_a_token_that_cannot_be_read_nothing_is_known():
    assert claims.caller("opaque") is None
