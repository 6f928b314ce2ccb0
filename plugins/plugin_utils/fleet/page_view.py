# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fleet report's page shows, in the order in which it shows it: by what there is to do, not by tenant.

A tenant is known by its place in the report; whatever the page shows of it carries that number, and so is found by the filter.
"""

from __future__ import annotations

import itertools
import json
import typing as t

from ..conditional_access.verdicts import FAIL, UNKNOWN
from ..options import Options
from . import words
from .record import CLEAN, DRIFT, FAILED, FINDINGS, PARTS, STATUSES

# Where on the page a count is told in full.
_SECTION = {FAILED: "not-audited", DRIFT: "drifted", FINDINGS: "findings", CLEAN: "tenants"}

# Of a long list only what differs is shown.
_WHOLE_LIST = 6


def view(report: Options) -> Options:
    """The values of page.html.j2."""
    tenants = list(enumerate(report["tenants"]))
    checks = sorted(report["checks"], key=_place_of_part)
    columns = {(check["part"], check["id"]): number for number, check in enumerate(checks)}
    rows = [_row(number, row, columns) for number, row in tenants]
    findings = _findings(tenants, checks, columns)
    trend = list(map(_point, report["trend"]))
    return {
        "report": report,
        "counts": report["counts"],
        "statuses": _statuses(report["counts"]),
        "restrictions": _ordered(words.RESTRICTION, report["counts"]["by_restriction"]),
        "kinds": _ordered(words.FAILURE, report["counts"]["by_failure"]),
        "parts": _parts(checks),
        "rows": rows,
        "failures": _failures(tenants),
        "drifted": [(number, row, _drift(row)) for number, row in tenants if row["drift"]],
        "failing": [one for one in findings if one["failing"]],
        "not_known": [one for one in findings if one["unknown"] and not one["failing"]],
        "sites": sorted(_each(tenants, "sites"), key=lambda found: found[2]["days_left"]),
        "unlisted": list(_each(tenants, "unlisted")),
        "risks": list(_each(tenants, "accepted_risks")),
        "trend": trend,
        "data": {
            "statuses": list(STATUSES),
            "restrictions": list(words.RESTRICTION),
            "rows": list(map(_sortable, rows)),
            "trend": trend,
        },
    }


def _ordered(named: t.Mapping[str, str], counts: t.Mapping[str, int]) -> list[Options]:
    """The counts that are there, in the order and by the names of the words; a name that is new stands for itself."""
    order = [*(name for name in named if name in counts), *(name for name in counts if name not in named)]
    return [{"id": name, "word": named.get(name, name), "count": counts[name]} for name in order]


def _statuses(counts: Options) -> list[Options]:
    """Each with where it begins and how wide it is in a bar of 1000."""
    whole = max(1, counts["tenants"])
    numbers = [counts["by_status"][status] for status in STATUSES]
    ends = [round(1000 * number / whole) for number in itertools.accumulate(numbers)]
    return [
        {
            "id": status,
            "word": words.STATUS[status],
            "count": number,
            "section": _SECTION[status],
            "from": begin,
            "width": end - begin,
        }
        for status, number, begin, end in zip(STATUSES, numbers, [0, *ends[:-1]], ends, strict=True)
    ]


def _place_of_part(check: Options) -> int:
    return PARTS.index(check["part"]) if check["part"] in PARTS else len(PARTS)


def _parts(checks: t.Sequence[Options]) -> list[Options]:
    """The checks of each part, each with the number of its column."""
    return [
        {"word": words.PART.get(part, part), "checks": list(found)}
        for part, found in itertools.groupby(enumerate(checks), key=lambda numbered: numbered[1]["part"])
    ]


def _row(number: int, row: Options, columns: t.Mapping[tuple[str, str], int]) -> Options:
    cells = [""] * len(columns)
    for check in row["checks"]:
        cells[columns[check["part"], check["id"]]] = check["status"]
    return {
        "number": number,
        "tenant": row,
        "cells": cells,
        "failing": cells.count(FAIL),
        "failure": row["failures"][0] if row["failures"] else None,
        "only_failed": bool(row["failures"]) and not row["drift"] and not any(cells),
    }


def _each(tenants: t.Iterable[tuple[int, Options]], name: str) -> t.Iterator[tuple[int, Options, t.Any]]:
    return ((number, row, one) for number, row in tenants for one in row[name])


def _failures(tenants: t.Iterable[tuple[int, Options]]) -> list[tuple[int, Options, t.Any]]:
    """By kind, as one cause often has many tenants."""
    order = list(words.FAILURE)

    def place(found: tuple[int, Options, t.Any]) -> int:
        kind = found[1]["failures"][0]["kind"]
        return order.index(kind) if kind in order else len(order)

    return sorted(_each(tenants, "failures"), key=place)


def _findings(
    tenants: t.Sequence[tuple[int, Options]], checks: t.Sequence[Options], columns: t.Mapping[tuple[str, str], int]
) -> list[Options]:
    """Each check that somewhere fails or is not known, the one that fails most first; who has the same is told together."""
    found: list[Options] = [{"check": check, "remedies": {}, "said": {}, FAIL: 0, UNKNOWN: 0} for check in checks]
    for number, row, check in _each(tenants, "checks"):
        if check["status"] in (FAIL, UNKNOWN):
            one = found[columns[check["part"], check["id"]]]
            one[check["status"]] += 1
            one["said"].setdefault((check["status"], check["evidence"]), []).append((number, row))
            one["remedies"].update({check["remedy"]: None} if check["remedy"] else {})
    return sorted(
        (
            {
                "number": column,
                "check": one["check"],
                "remedies": list(one["remedies"]),
                "failing": one[FAIL],
                "unknown": one[UNKNOWN],
                "said": sorted(one["said"].items(), key=lambda said: (said[0][0] != FAIL, -len(said[1]))),
            }
            for column, one in enumerate(found)
        ),
        key=lambda one: (-one["failing"], -one["unknown"]),
    )


def _drift(row: Options) -> list[Options]:
    return [{**change, "properties": [_property(one) for one in change["properties"]]} for change in row["drift"]]


def _property(one: Options) -> Options:
    """A property with the lines of both sides; of two lists, the elements that only one has are marked, and where there are many
    the others are left out."""
    before, after = one["is"], one["wanted"]
    if not (isinstance(before, list) and isinstance(after, list)):
        return {"path": one["path"], "is": _lines(before), "wanted": _lines(after), "left_out": 0}
    same = [item for item in before if item in after]
    left_out = len(same) if len(same) > _WHOLE_LIST and len(same) < max(len(before), len(after)) else 0
    is_, wanted = (
        [(_text(item), item not in other) for item in side if item not in other or not left_out]
        for side, other in ((before, after), (after, before))
    )
    return {"path": one["path"], "is": is_, "wanted": wanted, "left_out": left_out}


def _lines(value: t.Any) -> list[tuple[str, bool]] | None:
    """The lines of a value, none of them marked; None where it is not set."""
    if value is None:
        return None
    return [(_text(item), False) for item in (value if isinstance(value, list) else [value])]


def _text(value: t.Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False, default=str)


def _sortable(row: Options) -> Options:
    """What the page's script filters and sorts a row by; the tenant's name it reads off the page."""
    return {
        "s": row["tenant"]["status"],
        "r": row["tenant"]["restriction"],
        "k": row["failure"]["kind"] if row["failure"] else "",
        "d": len(row["tenant"]["drift"]),
        "f": [column for column, status in enumerate(row["cells"]) if status == FAIL],
    }


def _point(point: Options) -> Options:
    """A report's counts; None where an earlier form of it did not tell."""
    by_status = point.get("by_status") or {}
    return {
        "at": point["generated"],
        "tenants": point.get("tenants"),
        **{status: by_status.get(status) for status in STATUSES},
        "on": (point.get("by_restriction") or {}).get("enabled", 0),
        "unlisted": point.get("unlisted"),
    }
