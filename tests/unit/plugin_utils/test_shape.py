# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table's rows: the argument spec, options onto an object, and an object in the form of options."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils import shape
from ansible_collections.msp.entra.plugins.plugin_utils.shape import Field, Shape

COLOURS = {"red": "graphRed", "blue": "graphBlue"}
INNER = Shape(
    (
        Field("size", "graphSize", "int"),
        Field("tags", "graphTags", many=True),
        Field("on", "graphOn", "bool"),
    )
)
OUTER = Shape(
    (
        Field("label", "graphLabel", aliases=("name",)),
        Field("colour", "graphColour", choices=tuple(COLOURS), codec=shape.words(COLOURS)),
        Field("parts", "graphParts", many=True, codec=shape.words(COLOURS)),
        Field("inner", "graphInner", shape=INNER),
    )
)
THERE = {
    "id": "7",
    "graphLabel": "old",
    "graphColour": "graphRed",
    "graphParts": ["graphRed"],
    "graphInner": {"graphSize": 1, "graphTags": ["a"], "unknownDeep": {"kept": True}},
    "unknown": [1, 2],
}


def test_spec_of_every_kind_of_row():
    assert OUTER.spec() == {
        "label": {"type": "str", "aliases": ["name"]},
        "colour": {"type": "str", "choices": ["red", "blue"]},
        "parts": {"type": "list", "elements": "str"},
        "inner": {
            "type": "dict",
            "options": {
                "size": {"type": "int"},
                "tags": {"type": "list", "elements": "str"},
                "on": {"type": "bool"},
            },
        },
    }


@pytest.mark.parametrize(
    ("options", "changes"),
    [
        pytest.param({}, {}, id="nothing-given"),
        pytest.param({"label": None, "colour": None, "parts": None, "inner": None}, {}, id="all-left-out"),
        pytest.param({"label": "new"}, {"graphLabel": "new"}, id="a-text"),
        pytest.param({"label": ""}, {"graphLabel": None}, id="empty-text-clears"),
        pytest.param({"colour": "blue"}, {"graphColour": "graphBlue"}, id="a-word"),
        pytest.param({"colour": "ofTomorrow"}, {"graphColour": "ofTomorrow"}, id="a-word-not-known-yet"),
        pytest.param({"parts": ["blue", "x"]}, {"graphParts": ["graphBlue", "x"]}, id="a-list"),
        pytest.param({"parts": []}, {"graphParts": []}, id="empty-list"),
        pytest.param({"inner": {}}, {"graphInner": None}, id="empty-dictionary-clears"),
        pytest.param(
            {"inner": {"size": None, "tags": None, "on": None}},
            {"graphInner": None},
            id="empty-dictionary-as-ansible-fills-it",
        ),
        pytest.param(
            {"inner": {"size": 2, "tags": None, "on": None}},
            {"graphInner": {"graphSize": 2, "graphTags": ["a"], "unknownDeep": {"kept": True}}},
            id="nested-value",
        ),
        pytest.param(
            {"inner": {"tags": []}},
            {"graphInner": {"graphSize": 1, "graphTags": [], "unknownDeep": {"kept": True}}},
            id="nested-empty-list-is-not-an-empty-dictionary",
        ),
        pytest.param(
            {"inner": {"size": 0, "on": False}},
            {"graphInner": {"graphSize": 0, "graphTags": ["a"], "graphOn": False, "unknownDeep": {"kept": True}}},
            id="zero-and-false-are-values",
        ),
    ],
)
def test_merge_changes_what_is_given_and_nothing_else(options, changes):
    assert OUTER.merge(THERE, options) == {**THERE, **changes}


def test_merge_leaves_what_it_was_given_as_it_was():
    there, options = copy.deepcopy(THERE), {"inner": {"tags": ["b"]}, "parts": ["blue"]}
    merged = OUTER.merge(there, options)
    merged["graphInner"]["unknownDeep"]["kept"] = False
    merged["graphInner"]["graphTags"].append("c")
    merged["unknown"].append(3)
    assert there == THERE
    assert options == {"inner": {"tags": ["b"]}, "parts": ["blue"]}


def test_merge_onto_nothing():
    options = {"label": "new", "inner": {"size": 3, "tags": None, "on": None}}
    assert OUTER.merge(None, options) == {"graphLabel": "new", "graphInner": {"graphSize": 3}}


def test_merge_starts_a_nested_object_that_was_null():
    assert OUTER.merge({"graphInner": None}, {"inner": {"on": True}}) == {"graphInner": {"graphOn": True}}


def test_merge_lets_the_shape_imply_and_complete_at_its_own_depth():
    inner = Shape(
        (Field("size", "graphSize", "int"), Field("unit", "graphUnit")),
        complete=lambda value: {**value, "graphCompleted": value.get("graphUnit")},
        imply=lambda options, current: (
            {**options, "unit": "cm" if current else "mm"} if options.get("size") else options
        ),
    )
    outer = Shape((Field("label", "graphLabel"), Field("inner", "graphInner", shape=inner)))
    assert outer.merge({"graphInner": {"graphUnit": "in"}}, {"inner": {"size": 4}}) == {
        "graphInner": {"graphSize": 4, "graphUnit": "cm", "graphCompleted": "cm"}
    }
    assert outer.merge({}, {"inner": {"size": 4}})["graphInner"]["graphUnit"] == "mm"
    assert outer.merge({}, {"label": "x"}) == {"graphLabel": "x"}


def test_annotations_of_graph_are_no_part_of_the_value():
    answer = {
        "@odata.context": "https://graph.test/$metadata",
        "@odata.type": "#kept",
        "tags@odata.count": 3,
        "deep": [{"@odata.etag": "x", "@odata.type": "#keptToo", "value": {"more@odata.nextLink": "y", "z": 1}}],
    }
    kept = {"@odata.type": "#kept", "deep": [{"@odata.type": "#keptToo", "value": {"z": 1}}]}
    assert shape.bare(answer) == kept
    assert OUTER.merge(answer, {}) == kept
    assert "@odata.context" in answer


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(None, {"label": None, "colour": None, "parts": None, "inner": None}, id="nothing"),
        pytest.param(
            THERE,
            {
                "label": "old",
                "colour": "red",
                "parts": ["red"],
                "inner": {"size": 1, "tags": ["a"], "on": None},
            },
            id="all-rows-and-no-unknown-property",
        ),
        pytest.param(
            {"graphColour": "ofTomorrow", "graphParts": None, "graphInner": None},
            {"label": None, "colour": None, "parts": [], "inner": None},
            id="null-list-is-a-list-and-a-missing-one-is-not",
        ),
        pytest.param(
            {"graphColour": "graphRed", "graphParts": ["ofTomorrow"]},
            {"label": None, "colour": "red", "parts": ["ofTomorrow"], "inner": None},
            id="only-where-there-are-choices-a-word-can-be-unknown",
        ),
        pytest.param(
            {"graphInner": {"graphSize": None, "unknownDeep": {"kept": True}}},
            {"label": None, "colour": None, "parts": None, "inner": None},
            id="nested-of-which-nothing-is-known-is-not-an-empty-dictionary",
        ),
        pytest.param(
            {"graphInner": {"graphSize": 0, "graphOn": False, "graphTags": []}},
            {"label": None, "colour": None, "parts": None, "inner": {"size": 0, "tags": [], "on": False}},
            id="zero-and-false-are-values",
        ),
    ],
)
def test_options_of_an_object(value, expected):
    assert OUTER.options(value) == expected


@pytest.mark.parametrize("inner", [THERE["graphInner"], {"unknownDeep": {"kept": True}}, None])
def test_options_given_back_change_nothing(inner):
    there = {**THERE, "graphInner": inner}
    assert OUTER.merge(there, OUTER.options(there)) == there
