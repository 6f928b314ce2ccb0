# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Literals, filters and addresses as OData wants them."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.graph import odata


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param("Finance", "'Finance'", id="plain"),
        pytest.param("", "''", id="empty"),
        pytest.param("O'Brien", "'O''Brien'", id="one quote"),
        pytest.param("'", "''''", id="nothing but a quote"),
        pytest.param("''", "''''''", id="two quotes"),
        # A text that tries to end the literal and go on as a filter stays one literal.
        pytest.param("x' or 1 eq 1 or 'a' eq 'a", "'x'' or 1 eq 1 or ''a'' eq ''a'", id="break-out"),
        pytest.param('a "b" \\ c', "'a \"b\" \\ c'", id="other marks are as they are"),
    ],
)
def test_literal(text, written):
    assert odata.literal(text) == written


@pytest.mark.parametrize(
    ("values", "written"),
    [
        pytest.param(["a"], "id eq 'a'", id="one"),
        pytest.param(["O'Brien"], "id eq 'O''Brien'", id="one with a quote"),
        pytest.param(["a", "b"], "id in ('a', 'b')", id="two"),
        pytest.param(["b", "a", "it's"], "id in ('b', 'a', 'it''s')", id="three, order kept"),
    ],
)
def test_one_of(values, written):
    assert odata.one_of("id", values) == written


def test_graph_takes_fifteen_values_in_one_in():
    """https://learn.microsoft.com/graph/aad-advanced-queries; callers slice by it."""
    assert odata.IN_LIMIT == 15


@pytest.mark.parametrize(
    ("query", "written"),
    [
        pytest.param({}, "/users", id="nothing to ask"),
        pytest.param({"select": "id"}, "/users?$select=id", id="one option"),
        pytest.param(
            {"select": "id,displayName", "top": "5"}, "/users?$select=id%2CdisplayName&$top=5", id="two, in order"
        ),
        pytest.param({"filter": "a eq 'b c'"}, "/users?$filter=a%20eq%20%27b%20c%27", id="spaces, not plus"),
        pytest.param(
            {"filter": "a&b=c#d?e/f+g%"}, "/users?$filter=a%26b%3Dc%23d%3Fe%2Ff%2Bg%25", id="marks with a meaning"
        ),
        pytest.param({"filter": "Zürich 日本"}, "/users?$filter=Z%C3%BCrich%20%E6%97%A5%E6%9C%AC", id="UTF-8"),
    ],
)
def test_address(query, written):
    assert odata.address("/users", **query) == written


@pytest.mark.parametrize("name", ["R&D", "50% + 1", "a=b", "O'Brien #1", "Zürich", "x?y/z"])
def test_a_server_reads_back_what_was_meant(name):
    condition = odata.one_of("displayName", [name])
    path = odata.address("/groups", filter=condition, select="id")
    assert parse_qsl(urlsplit(path).query, strict_parsing=True) == [("$filter", condition), ("$select", "id")]
    assert not urlsplit(path).fragment
