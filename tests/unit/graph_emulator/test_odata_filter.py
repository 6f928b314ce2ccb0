# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter language by itself."""

from __future__ import annotations

from typing import Any

import pytest

from graph_emulator.errors import GraphError
from graph_emulator.odata_filter import matches, parse

ITEM: dict[str, Any] = {
    "@odata.type": "#microsoft.graph.thing",
    "name": "O'Neil",
    "count": 5,
    "ratio": 0.5,
    "enabled": True,
    "nothing": None,
    "at": "2026-11-03T08:00:00.1234567Z",
    "id": "11111111-1111-4111-8111-111111111111",
    "tags": ["one", "two"],
    "parts": [{"kind": "a", "size": 1}, {"kind": "b", "size": 2}],
    "nested": {"list": ["x"], "value": "deep"},
    "flags": "red,green, blue",
    "mixes": ["red,green", "blue"],
}


@pytest.mark.parametrize(
    "text",
    [
        "name eq 'O''Neil'",
        "name EQ 'o''neil'",
        "'O''Neil' eq name",
        "name ne 'x'",
        "name gt 'N' and name lt 'p'",
        "count eq 5",
        "count ge 5 and count le 5",
        "count gt -1",
        "ratio lt 0.75",
        "count in (4,5)",
        "name in ('O''Neil')",
        "enabled eq true",
        "not enabled eq false",
        "not (count eq 4)",
        "enabled",
        "nothing eq null",
        "absent eq null",
        "name ne null",
        "at ge 2026-11-03T08:00:00Z",
        "at gt 2026-11-03",
        "at lt 2026-11-03T10:00:01+02:00",
        "at le '2026-11-04T00:00:00Z'",
        "id eq 11111111-1111-4111-8111-111111111111",
        "id eq '11111111-1111-4111-8111-111111111111'",
        "startswith(name,'o''')",
        "startsWith(name, 'O') eq true",
        "endswith(name,'EIL')",
        "contains(name,'''n')",
        "contains(tolower(name),'neil')",
        "tags/any(t:t eq 'two')",
        "tags/any(t: startswith(t, 'o'))",
        "tags/all(t:t ne 'three')",
        "tags/any()",
        "tags/$count eq 2",
        "parts/any(p:p/kind eq 'b' and p/size gt 1)",
        "not parts/any(p:p/kind eq 'c')",
        "parts/any(p:tags/any(t:t eq 'one') and p/size eq 2)",
        "nested/list/any(x:x eq 'x')",
        "nested/value eq 'deep'",
        "flags has 'green'",
        "flags has 'Blue, red'",
        "mixes/any(m:m has 'green,red')",
        "isof('microsoft.graph.thing')",
        "microsoft.graph.thing/count eq 5",
        "count eq 4 or (count eq 5 and enabled eq true)",
        "count eq 5 or count eq 6 and enabled eq false",
    ],
)
def test_true(text: str) -> None:
    assert matches(parse(text).tree, ITEM)


@pytest.mark.parametrize(
    "text",
    [
        "name eq 'x'",
        "count eq '5'",
        "count gt 5",
        "count eq true",
        "enabled eq 1",
        "name eq null",
        "absent eq 'x'",
        "absent gt 1",
        "absent lt 1",
        "nothing ge 0",
        "startswith(count,'5')",
        "count in (1,2)",
        "tags/any(t:t eq 'three')",
        "tags/all(t:t eq 'one')",
        "absent/any()",
        "name/any(t:t eq 'O')",
        "parts/any(p:p/kind eq 'a' and p/size eq 2)",
        "flags has 're'",
        "flags has 'red,black'",
        "count has 'red'",
        "mixes/any(m:m has 'green,blue')",
        "isof('microsoft.graph.other')",
        "not enabled",
        "count eq 5 and enabled eq false",
    ],
)
def test_false(text: str) -> None:
    assert not matches(parse(text).tree, ITEM)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "name eq",
        "eq 'x'",
        "name 'x'",
        "name eq 'x",
        "name in 'x'",
        "name in ()",
        "(name eq 'x'",
        "a eq 1)",
        "name eq 'x' and",
        "not",
        "tags/any(t eq 'x')",
        "tags/any(:t eq 'x')",
        "tags/",
        "a eq ~b",
        "a,b",
    ],
)
def test_no_filter(text: str) -> None:
    with pytest.raises(GraphError, match="Invalid filter clause"):
        parse(text)


def test_an_unknown_function_is_named() -> None:
    with pytest.raises(GraphError, match="An unknown function with name 'explode' was found"):
        parse("explode(name)")


def test_what_limits_are_judged_by() -> None:
    parsed = parse("a in (1,2,3) or b/c eq 4 or x/any(v:v/w ne 5) and not startswith(d,'e')")
    assert parsed.properties == {"a", "b", "x", "d"}
    assert parsed.operators == {"in", "eq", "ne", "any", "not", "startswith"}
    assert parsed.alternatives == 5
