# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report that is read: spoilt at any place, it is refused with the place, or does no harm."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest
from hostile_report import hostile
from sample_reports import EXPIRING_DAYS, NOW, sample

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import moments
from ansible_collections.msp.entra.plugins.plugin_utils.fleet import merging, publishing, report

Json = dict[str, t.Any]
Path = tuple[str | int, ...]

WRONG = (None, True, 7, 0.5, "odd", [], [None], {}, {"odd": None})
# One of each type that JSON has, for what of a document may be of another type as well.
MAY_BE = {
    # A number of seconds, whole or not.
    "seconds": (int, float),
    # Where a point tells nothing.
    **dict.fromkeys(("covers", "tenants", "by_status", "by_restriction", "unlisted"), (type(None),)),
}


def whole() -> Json:
    """A report with something at every place, and not much."""
    before = sample(5)
    rows = [*before["tenants"], *hostile()["tenants"][:2]]
    for row in rows:
        row["seen"] = {"part_a": "2026-11-01T02:00:00Z"}
        row["checks"] = [one for one in row["checks"] if one["status"] == "fail"][:1] + row["checks"][:1]
    return report.made(rows, NOW, EXPIRING_DAYS, [{**before, "trend": before["trend"][:2]}], ["--limit northwind"])


WHOLE = json.loads(json.dumps(whole()))


def places(value: t.Any, path: Path = ()) -> t.Iterator[Path]:
    """Every place of a document, but those below what may be anything; of lists only the first two elements of a kind."""
    if path:
        yield path
    if path and path[-1] in ("is", "wanted"):
        return
    if isinstance(value, dict):
        for key, one in value.items():
            yield from places(one, (*path, key))
    elif isinstance(value, list):
        for number, one in enumerate(value[:2] if path != ("tenants",) else value):
            yield from places(one, (*path, number))


def at(document: t.Any, path: Path) -> t.Any:
    for step in path:
        document = document[step]
    return document


def spoilt(path: Path, value: t.Any) -> Json:
    document = copy.deepcopy(WHOLE)
    at(document, path[:-1])[path[-1]] = value
    return document


def said(path: Path) -> str:
    return "it" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def may_be(path: Path, value: t.Any) -> bool:
    """Whether a value is of a type that the place may have."""
    there = at(WHOLE, path)
    if path[-1] in ("is", "wanted"):
        return True
    in_a_point = path[0] == "trend" and len(path) == 3
    more = MAY_BE.get(str(path[-1]), ()) if in_a_point or path[-1] == "seconds" else ()
    return isinstance(value, bool) == isinstance(there, bool) and isinstance(value, (type(there), *more))


def is_used(document: Json) -> None:
    """As a report whose tenants and trend go into the next, in every format."""
    own = {"generated": moments.written(NOW), "covers": [], "tenants": []}
    rows = merging.merged([document], own)
    told = report.made(rows, NOW, EXPIRING_DAYS, [document], merging.covered([document]))
    assert merging.clashes([("it", document)]) == []
    for dummy, write in publishing.FORMATS.values():
        write(told)


ALL = list(places(WHOLE))


def test_every_part_of_a_report_has_places() -> None:
    keys = {step for path in ALL for step in path if isinstance(step, str)}
    assert {"days_left", "wanted", "kind", "by_failure", "cidr", "covers", "remedy", "seconds", "seen"} <= keys


@pytest.mark.parametrize("wrong", WRONG, ids=json.dumps)
def test_what_is_of_another_type_is_refused_with_its_place(wrong: t.Any) -> None:
    accepted = []
    for path in ALL:
        if may_be(path, wrong):
            continue
        try:
            report.read(spoilt(path, wrong))
        except report.NoReport as refused:
            if path not in (("schema",), ("version",)):
                assert said(path) in str(refused)
        else:
            accepted.append(said(path))
    assert accepted == []


@pytest.mark.parametrize("wrong", [*WRONG, -1], ids=json.dumps)
def test_what_is_read_can_be_used(wrong: t.Any) -> None:
    used = set()
    for path in ALL:
        sort = tuple("" if isinstance(step, int) else step for step in path)
        if sort in used:
            continue
        try:
            document = report.read(spoilt(path, wrong))
        except report.NoReport:
            continue
        used.add(sort)
        is_used(document)
    assert used


def test_a_key_that_is_not_there_is_refused_or_does_no_harm() -> None:
    left_out = set()
    for path in ALL:
        document = copy.deepcopy(WHOLE)
        if isinstance(path[-1], int):
            continue
        del at(document, path[:-1])[path[-1]]
        try:
            is_used(report.read(document))
            left_out.add(path[-1])
        except report.NoReport as refused:
            assert said(path) in str(refused) or path[0] in ("schema", "version")
    # What a point need not tell, what has come since, and what is by names that are not known beforehand.
    assert left_out <= {
        *MAY_BE,
        "seen",
        "besides",
        "unread",
        "part_a",
        *WHOLE["counts"]["by_restriction"],
        *WHOLE["counts"]["by_failure"],
    }


@pytest.mark.parametrize(
    ("status", "change"),
    [
        ("failed", {"failures": []}),
        ("clean", {}),
        ("drift", {"drift": []}),
    ],
)
def test_a_row_that_contradicts_itself_is_refused(status: str, change: Json) -> None:
    one = copy.deepcopy(WHOLE)
    number, row = next(
        (number, row) for number, row in enumerate(one["tenants"]) if row["status"] == (status if change else "failed")
    )
    row.update(change, status=status)
    with pytest.raises(report.NoReport, match=rf"it cannot be read: it\.tenants\[{number}\]\.status$"):
        report.read(one)


def test_a_report_from_before_there_was_a_word_of_what_it_covers_is_read() -> None:
    one = sample(5)
    first = {
        **{name: value for name, value in one.items() if name != "covers"},
        "trend": [{name: value for name, value in point.items() if name != "covers"} for point in one["trend"]],
    }
    assert report.read(json.loads(json.dumps(first))) == first
    next_one = report.made(one["tenants"], NOW, EXPIRING_DAYS, [first])
    assert {point["generated"] for point in next_one["trend"]} == {point["generated"] for point in one["trend"]}
    is_used(first)
