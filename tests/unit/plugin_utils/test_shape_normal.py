# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When two objects of Graph are the same: null, order, case of ids, codecs, and what a shape completes."""

from __future__ import annotations

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils import shape
from ansible_collections.msp.entra.plugins.plugin_utils.shape import Codec, Field, Reference, Shape

ID = "0a1b2c3d-aaaa-4bbb-8ccc-0123456789ab"
OTHER_ID = "0a1b2c3d-aaaa-4bbb-8ccc-0123456789ac"
PAIRS = Codec(write=lambda value: {"v": value}, read=lambda value: value["v"], same=lambda value: value["v"].lower())

INNER = Shape((Field("size", "size", "int"), Field("tags", "tags", many=True)))
SWITCHED = Shape((Field("on", "on", "bool"),), complete=lambda value: {"on": True, **value})
TABLE = Shape(
    (
        Field("label", "label"),
        Field("tags", "tags", many=True),
        Field("owner", "owner", reference=Reference("user")),
        Field("owners", "owners", many=True, reference=Reference("user")),
        Field("pair", "pair", codec=PAIRS),
        Field("pairs", "pairs", many=True, codec=PAIRS),
        Field("inner", "inner", shape=INNER),
        Field("switched", "switched", shape=SWITCHED),
        Field("flags", "flags", many=True, joined=True),
    )
)

SAME = [
    pytest.param({}, None, id="empty-and-none"),
    pytest.param({"label": None}, {}, id="null-and-absent"),
    pytest.param({"label": ""}, {"label": None}, id="empty-text-and-null"),
    pytest.param({"unknown": {"a": ""}}, {}, id="empty-text-deep-down-and-absent"),
    pytest.param({"flags": "b,a"}, {"flags": "a,b"}, id="order-of-a-joined-list"),
    pytest.param({"flags": "none"}, {"flags": None}, id="none-of-a-joined-list-and-null"),
    pytest.param({"flags": ""}, {}, id="empty-joined-list-and-absent"),
    pytest.param({"tags": []}, {"tags": None}, id="empty-list-and-null"),
    pytest.param({"tags": []}, {}, id="empty-list-and-absent"),
    pytest.param({"inner": {"size": None, "tags": []}}, {"inner": None}, id="nested-nothing-and-null"),
    pytest.param({"inner": {}}, {}, id="nested-empty-and-absent"),
    pytest.param({"unknown": {"a": None, "b": {"c": []}}}, {}, id="unknown-nothing-and-absent"),
    pytest.param({"tags": ["a", "b"]}, {"tags": ["b", "a"]}, id="order"),
    pytest.param({"tags": ["a", "a"]}, {"tags": ["a"]}, id="repeated-element"),
    pytest.param({"unknown": ["a", "b"]}, {"unknown": ["b", "a"]}, id="order-of-an-unknown-list"),
    pytest.param({"owner": ID}, {"owner": ID.upper()}, id="case-of-an-id"),
    pytest.param({"owner": ID}, {"owner": f"{{{ID}}}"}, id="braces-of-an-id"),
    pytest.param({"owners": [ID]}, {"owners": [ID.upper()]}, id="case-of-an-id-in-a-list"),
    pytest.param(
        {"owners": [ID, OTHER_ID]}, {"owners": [OTHER_ID.replace("-", ""), ID]}, id="dashes-of-an-id-in-a-list"
    ),
    pytest.param({"unknown": {"deep": [ID]}}, {"unknown": {"deep": [ID.upper()]}}, id="case-of-an-id-deep-down"),
    pytest.param({"pair": {"v": "A"}}, {"pair": {"v": "a", "shown": "more"}}, id="codec-says-so"),
    pytest.param({"pairs": [{"v": "A"}, {"v": "b"}]}, {"pairs": [{"v": "B"}, {"v": "a"}]}, id="codec-of-elements"),
    pytest.param({"switched": {"x": 1}}, {"switched": {"on": True, "x": 1}}, id="completed-by-the-shape"),
    pytest.param({"label": "x", "@odata.context": "y"}, {"label": "x"}, id="annotation"),
]

DIFFERENT = [
    pytest.param({"label": "a"}, {"label": "A"}, id="case-of-a-name"),
    pytest.param({"label": " "}, {"label": None}, id="a-blank-is-a-text"),
    pytest.param({"label": "a,b"}, {"label": "b,a"}, id="commas-mean-nothing-in-a-text"),
    pytest.param({"flags": "a,b"}, {"flags": "a"}, id="one-fewer-in-a-joined-list"),
    pytest.param({"tags": ["none"]}, {"tags": []}, id="none-is-a-member-of-a-list-that-is-not-joined"),
    pytest.param({"owner": ID}, {"owner": OTHER_ID}, id="another-id"),
    pytest.param({"label": ID}, {"label": ID.upper()}, id="a-text-that-looks-like-an-id"),
    pytest.param({"tags": [ID]}, {"tags": [f"{{{ID}}}"]}, id="texts-that-look-like-ids"),
    pytest.param({"tags": ["a"]}, {"tags": ["a", "b"]}, id="one-more"),
    pytest.param({"tags": ["a"]}, {"tags": ["A"]}, id="case-of-an-element"),
    pytest.param({"tags": ["1"]}, {"tags": [1]}, id="text-and-number"),
    pytest.param({"inner": {"size": 0}}, {"inner": None}, id="zero-is-a-value"),
    pytest.param({"unknown": False}, {}, id="false-is-a-value"),
    pytest.param({"unknown": {"a": 1}}, {}, id="unknown-property"),
    pytest.param({"pair": {"v": "a"}}, {"pair": {"v": "b"}}, id="codec-says-so"),
    pytest.param({"switched": {"on": False}}, {"switched": {"on": True}}, id="nested-value"),
    pytest.param({"@odata.type": "#a"}, {"@odata.type": "#b"}, id="type"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same(one, other):
    assert TABLE.normal(one) == TABLE.normal(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different(one, other):
    assert TABLE.normal(one) != TABLE.normal(other)


def test_comparing_changes_neither_side():
    value = {"tags": ["b", "a"], "switched": {}, "@odata.context": "y", "pair": {"v": ID.upper()}}
    TABLE.normal(value)
    assert value == {"tags": ["b", "a"], "switched": {}, "@odata.context": "y", "pair": {"v": ID.upper()}}


def test_words_are_compared_as_they_are():
    codec = shape.words({"on": "enabled"})
    assert codec.same("Enabled") != codec.same("enabled")
