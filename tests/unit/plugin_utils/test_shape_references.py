# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""References in options: where each stands, and putting something else in its place."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.shape import (
    Field,
    Named,
    Reference,
    Shape,
    references,
    replaced,
)

USER = Reference("user", ("All",))
GROUP = Reference("group")
TABLE = Shape(
    (
        Field("label", "label"),
        Field("owner", "owner", reference=USER),
        Field(
            "rules",
            "rules",
            shape=Shape(
                (
                    Field("users", "users", many=True, reference=USER),
                    Field("deep", "deep", shape=Shape((Field("groups", "groups", many=True, reference=GROUP),))),
                    Field("plain", "plain", many=True),
                )
            ),
        ),
    )
)
OPTIONS = {
    "label": "not a reference",
    "owner": "dana@contoso.com",
    "rules": {"users": ["All", "bob@contoso.com"], "deep": {"groups": ["Staff"]}, "plain": ["neither"]},
}


def test_every_reference_with_its_path_keywords_included():
    assert list(references(TABLE, OPTIONS)) == [
        Named("owner", "dana@contoso.com", USER),
        Named("rules.users[0]", "All", USER),
        Named("rules.users[1]", "bob@contoso.com", USER),
        Named("rules.deep.groups[0]", "Staff", GROUP),
    ]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"owner": None, "rules": None}, id="left-out"),
        pytest.param({"owner": ""}, id="empty-text-takes-away-and-names-nobody"),
        pytest.param({"rules": {"users": [], "deep": {"groups": None}}}, id="empty-lists"),
        pytest.param({"rules": {"users": {}, "deep": {"groups": {"add": []}}}}, id="nothing-asked-of-a-list"),
    ],
)
def test_no_reference(options):
    assert list(references(TABLE, options)) == []
    assert replaced(TABLE, options, lambda named: "never") == options


def test_each_is_replaced_by_what_its_path_says():
    assert replaced(TABLE, OPTIONS, lambda named: f"<{named.path} {named.value} {named.reference.kind}>") == {
        "label": "not a reference",
        "owner": "<owner dana@contoso.com user>",
        "rules": {
            "users": ["<rules.users[0] All user>", "<rules.users[1] bob@contoso.com user>"],
            "deep": {"groups": ["<rules.deep.groups[0] Staff group>"]},
            "plain": ["neither"],
        },
    }


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        pytest.param({"a": "1", "b": "2", "c": "3"}, ["1", "2", "3"], id="order-is-kept"),
        pytest.param({"a": "1", "b": None, "c": "3"}, ["1", "3"], id="none-takes-it-out-of-the-list"),
        pytest.param({"a": "1", "b": "3", "c": "1"}, ["1", "3"], id="two-names-of-one-object-are-one"),
        pytest.param({"a": None, "b": None, "c": None}, [], id="all-taken-out"),
    ],
)
def test_a_list_of_references(table, expected):
    options = {"rules": {"users": ["a", "b", "c"]}}
    assert replaced(TABLE, options, lambda named: table[named.value])["rules"]["users"] == expected


EDITS = {"rules": {"users": {"add": ["a", "b"], "remove": ["c"]}, "deep": {"groups": {"set": ["a"]}}}}


def test_every_reference_of_a_list_that_is_added_to_and_taken_from():
    assert list(references(TABLE, EDITS)) == [
        Named("rules.users.add[0]", "a", USER),
        Named("rules.users.add[1]", "b", USER),
        Named("rules.users.remove[0]", "c", USER),
        Named("rules.deep.groups.set[0]", "a", GROUP),
    ]


def test_a_list_that_is_added_to_and_taken_from_stays_one():
    table = {"rules.users.add[0]": "1", "rules.users.add[1]": "1", "rules.users.remove[0]": None}
    assert replaced(TABLE, EDITS, lambda named: table.get(named.path, named.value.upper())) == {
        "rules": {"users": {"add": ["1"], "remove": []}, "deep": {"groups": {"set": ["A"]}}}
    }


def test_a_single_reference_can_be_taken_out():
    assert replaced(TABLE, {"owner": "dana@contoso.com"}, lambda named: None) == {"owner": None}


def test_what_was_given_stays_as_it_was():
    given = copy.deepcopy(OPTIONS)
    replaced(TABLE, given, lambda named: "x")
    assert given == OPTIONS
