# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists that are added to and taken from, lists in one text, and what a table does not know."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils import shape
from ansible_collections.msp.entra.plugins.plugin_utils.shape import Codec, Field, Reference, Shape, edit

ID, OTHER_ID = "0a1b2c3d-aaaa-4bbb-8ccc-0123456789ab", "0a1b2c3d-aaaa-4bbb-8ccc-0123456789ac"
BOXES = Codec(write=lambda value: {"v": value}, read=lambda value: value["v"], same=lambda value: value["v"].lower())
SIZES = {"small": "graphSmall", "large": "graphLarge"}

USERS = Field("users", "graphUsers", many=True, reference=Reference("user"))
BOXED = Field("boxed", "graphBoxed", many=True, reference=Reference("user"), codec=BOXES)
DAYS = Field("days", "graphDays", many=True, choices=("mon", "tue"))
FLAGS = Field("flags", "graphFlags", many=True, joined=True, choices=("a", "b", "c"))
SIZE = Field("size", "graphSize", choices=tuple(SIZES), codec=shape.words(SIZES))
INNER = Shape((USERS, DAYS, FLAGS, SIZE))
TABLE = Shape((Field("label", "label"), Field("count", "count", "int"), DAYS, Field("inner", "inner", shape=INNER)))


@pytest.mark.parametrize(
    ("field", "spec"),
    [
        pytest.param(USERS, {"type": "raw"}, id="a-list-of-references-is-checked-by-us"),
        pytest.param(Field("x", "x", reference=Reference("user")), {"type": "str"}, id="one-reference"),
        pytest.param(DAYS, {"type": "list", "elements": "str", "choices": ["mon", "tue"]}, id="a-list-of-words"),
        pytest.param(FLAGS, {"type": "list", "elements": "str", "choices": ["a", "b", "c"]}, id="a-joined-list"),
    ],
)
def test_spec(field, spec):
    assert field.spec() == spec


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(["a"], {"set": ["a"]}, id="a-bare-list-is-the-whole-list"),
        pytest.param([], {"set": []}, id="an-empty-one-too"),
        pytest.param({"set": []}, {"set": []}, id="set"),
        pytest.param({"remove": ["a"], "add": ["b"]}, {"add": ["b"], "remove": ["a"]}, id="add-and-remove"),
        pytest.param({"add": None, "remove": ["a"]}, {"remove": ["a"]}, id="null-is-left-out"),
        pytest.param({}, {}, id="nothing-asked"),
    ],
)
def test_edit(value, expected):
    assert edit(value) == expected


MEMBERS = [
    pytest.param(USERS, ["a", "b"], ["c"], ["c"], id="bare-list"),
    pytest.param(USERS, ["a", "b"], {"set": ["c", "a"]}, ["c", "a"], id="set"),
    pytest.param(USERS, ["a", "b"], {"set": []}, [], id="set-to-nothing"),
    pytest.param(USERS, ["a", "b"], {}, ["a", "b"], id="nothing-asked"),
    pytest.param(USERS, ["a", "b"], {"add": ["c"]}, ["a", "b", "c"], id="added-behind"),
    pytest.param(USERS, ["a", "b"], {"add": ["a", "c", "c"]}, ["a", "b", "c"], id="added-once"),
    pytest.param(USERS, ["a", "b"], {"remove": ["a"]}, ["b"], id="removed"),
    pytest.param(USERS, ["a", "b"], {"remove": ["c"]}, ["a", "b"], id="removed-though-not-there"),
    pytest.param(USERS, ["a", "b"], {"add": ["c"], "remove": ["a"]}, ["b", "c"], id="both"),
    pytest.param(USERS, ["a"], {"add": ["a", "b"], "remove": ["a", "b"]}, [], id="what-is-in-both-goes"),
    pytest.param(USERS, None, {"add": ["a"]}, ["a"], id="added-to-null"),
    pytest.param(USERS, None, {"remove": ["a"]}, [], id="removed-from-null"),
    pytest.param(USERS, [ID], {"remove": [ID.upper()]}, [], id="removed-whatever-its-case"),
    pytest.param(
        USERS, [ID], {"add": [ID.upper(), OTHER_ID]}, [ID.upper(), OTHER_ID], id="added-once-whatever-its-case"
    ),
    pytest.param(USERS, ["a"], {"remove": ["A"]}, ["a"], id="names-have-a-case"),
    pytest.param(
        BOXED, [{"v": "a", "more": 1}], {"add": ["b"]}, [{"v": "a", "more": 1}, {"v": "b"}], id="codec-writes"
    ),
    pytest.param(BOXED, [{"v": "a", "more": 1}, {"v": "b"}], {"remove": ["A"]}, [{"v": "b"}], id="codec-compares"),
    pytest.param(DAYS, ["mon", "sun"], ["tue"], ["sun", "tue"], id="unknown-member-stays"),
    pytest.param(DAYS, ["mon", "sun"], [], ["sun"], id="unknown-member-stays-where-all-is-taken-out"),
    pytest.param(DAYS, ["sun"], ["sun", "mon"], ["sun", "mon"], id="unknown-member-given-is-there-once"),
    pytest.param(FLAGS, None, ["b", "a"], "b,a", id="joined"),
    pytest.param(FLAGS, "a", ["b"], "b", id="joined-anew"),
    pytest.param(FLAGS, "a,ofTomorrow", ["b"], "ofTomorrow,b", id="joined-unknown-member-stays"),
    pytest.param(FLAGS, "a,b", [], None, id="joined-nothing-is-null"),
    pytest.param(FLAGS, "none", ["a"], "a", id="joined-none-is-no-member"),
]


@pytest.mark.parametrize(("field", "current", "value", "expected"), MEMBERS)
def test_members(field, current, value, expected):
    before = copy.deepcopy((current, value))
    once = field.members(current, value)
    assert once == expected
    assert field.members(once, value) == expected
    assert (current, value) == before


@pytest.mark.parametrize(
    ("field", "value", "known", "unknown"),
    [
        pytest.param(DAYS, ["sun", "mon"], ["mon"], ["sun"], id="words"),
        pytest.param(DAYS, None, [], [], id="null"),
        pytest.param(USERS, ["anything"], ["anything"], [], id="no-choices-no-unknown"),
        pytest.param(FLAGS, "a,ofTomorrow,c", ["a", "c"], ["ofTomorrow"], id="joined"),
        pytest.param(FLAGS, "none", [], [], id="joined-none"),
        pytest.param(FLAGS, "", [], [], id="joined-empty"),
        pytest.param(FLAGS, None, [], [], id="joined-null"),
        pytest.param(BOXED, [{"v": "a"}], ["a"], [], id="codec-reads"),
    ],
)
def test_split(field, value, known, unknown):
    assert field.split(value) == (known, unknown)


THERE = {
    "label": "x",
    "graphDays": ["mon", "sun"],
    "inner": {"graphUsers": [ID], "graphFlags": "a,ofTomorrow", "graphSize": "graphHuge", "newDeep": 1},
    "new": {"x": 1},
}


@pytest.mark.parametrize(
    ("options", "inner"),
    [
        pytest.param({"users": {"add": [OTHER_ID]}}, {"graphUsers": [ID, OTHER_ID]}, id="added"),
        pytest.param({"users": {"remove": [ID.upper()]}}, {"graphUsers": []}, id="removed"),
        pytest.param({"users": {}}, {}, id="nothing-asked-of-the-list"),
        pytest.param({"flags": ["b"]}, {"graphFlags": "ofTomorrow,b"}, id="unknown-member-kept"),
        pytest.param({"size": "small"}, {"graphSize": "graphSmall"}, id="unknown-word-given-anew"),
    ],
)
def test_merge(options, inner):
    assert TABLE.merge(THERE, {"inner": options}) == {**THERE, "inner": {**THERE["inner"], **inner}}


def test_options_leave_out_what_they_could_not_be_given_back():
    assert TABLE.options(THERE) == {
        "label": "x",
        "count": None,
        "days": ["mon"],
        "inner": {"users": [ID], "days": None, "flags": ["a"], "size": None},
    }
    assert TABLE.merge(THERE, TABLE.options(THERE)) == {
        **THERE,
        "graphDays": ["sun", "mon"],
        "inner": {**THERE["inner"], "graphFlags": "ofTomorrow,a"},
    }


UNKNOWN = [
    pytest.param(None, [], id="nothing"),
    pytest.param({"label": "x", "count": 3, "inner": {"graphUsers": [ID]}}, [], id="all-known"),
    pytest.param(
        THERE,
        ["graphDays: sun", "inner.graphFlags: ofTomorrow", "inner.graphSize: graphHuge", "inner.newDeep", "new"],
        id="every-kind-in-its-place",
    ),
    pytest.param({"new": None, "newer": [], "newest": {}}, [], id="nothing-in-it"),
    pytest.param({"new": False, "newer": 0}, ["new", "newer"], id="false-and-zero-are-something"),
    pytest.param({"inner": {"graphSize": "graphSmall"}}, [], id="a-word-by-graph-s-name-is-known"),
    pytest.param({"inner": {"graphFlags": "none"}}, [], id="none-is-no-member"),
    pytest.param({"id": "7", "inner": {"id": "8"}}, ["inner.id"], id="passive-at-its-own-depth-only"),
    pytest.param({"@odata.type": "#t", "x@odata.context": "y", "inner": {"@odata.type": "#u"}}, [], id="annotations"),
]


@pytest.mark.parametrize(("value", "expected"), UNKNOWN)
def test_unknown(value, expected):
    assert sorted(Shape(TABLE.fields, passive=("id",)).unknown(value)) == expected


EXACT = [
    pytest.param({}, {"label": "", "count": "", "days": [], "inner": {}}, id="nothing-given"),
    pytest.param(
        {"label": "x", "count": 0, "days": ["mon"], "inner": None},
        {"label": "x", "count": 0, "days": ["mon"], "inner": {}},
        id="what-is-given-stays",
    ),
    pytest.param(
        {"inner": {"users": {"add": [ID]}, "size": None}},
        {"label": "", "count": "", "days": [], "inner": {"users": {"add": [ID]}, "days": [], "flags": [], "size": ""}},
        id="inside-what-is-given",
    ),
    pytest.param(
        {"label": "x", "beside": 1},
        {"label": "x", "count": "", "days": [], "inner": {}, "beside": 1},
        id="what-is-no-row-stays",
    ),
]


@pytest.mark.parametrize(("options", "expected"), EXACT)
def test_exactly(options, expected):
    before = copy.deepcopy(options)
    assert TABLE.exactly(options) == expected
    assert options == before


def test_exactly_takes_out_all_that_is_not_given_and_can_be_named():
    assert TABLE.merge(THERE, TABLE.exactly({"label": "y", "inner": {"users": {"add": [OTHER_ID]}}})) == {
        "label": "y",
        "count": None,
        "graphDays": ["sun"],
        "inner": {
            "graphUsers": [ID, OTHER_ID],
            "graphDays": [],
            "graphFlags": "ofTomorrow",
            "graphSize": "graphHuge",
            "newDeep": 1,
        },
        "new": {"x": 1},
    }
