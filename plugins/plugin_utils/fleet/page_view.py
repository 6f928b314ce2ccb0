# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fleet report's page shows, in the order in which it shows it: by what there is to do, not by tenant.

A tenant is known by its place in the report; whatever the page shows of it carries that number, and so is found by the filter.
What several tenants have in common is told once, with their names.
"""

from __future__ import annotations

import collections
import itertools
import json
import typing as t

from ..conditional_access.verdicts import FAIL, UNKNOWN
from ..options import Options
from . import page_sentences, words
from .page_room import CUT, Measure
from .record import CLEAN, DRIFT, FAILED, FINDINGS, PARTS, STATUSES, UNREAD, besides, verdict_on

# Where on the page a count is told in full.
# What a check may have found that there is more to say of, those first that need somebody.
_VERDICTS = (FAIL, UNREAD, UNKNOWN)

_SECTION = {FAILED: "not-audited", DRIFT: "drifted", FINDINGS: "findings", CLEAN: "tenants"}

# What a row has that may be of any length, and how many names of restrictions or failures there is room for beside none of it.
_DETAILS = ("checks", "drift", "sites", "unlisted", "accepted_risks", "failures")
_NAMES = 20

# A tenant where it is named: its number, its row, and whether it is there for the first time in its section.
Mention = tuple[int, Options, bool]


def view(report: Options, measure: Measure) -> Options:
    """The values of page.html.j2, as far as there is room for them."""
    report = _named(report, measure)
    tenants = list(enumerate(report["tenants"]))
    checks = sorted(report["checks"], key=_place_of_part)
    columns = {(check["part"], check["id"]): number for number, check in enumerate(checks)}
    rows = [_row(number, row, columns) for number, row in tenants]
    findings = _findings(tenants, checks, columns, measure)
    trend = [_point(point, report, measure) for point in report["trend"]]
    objects = _objects(tenants, measure)
    return {
        "report": report,
        "covers": _listed(report["covers"], measure),
        "gap": page_sentences.GAP,
        "seen": words.seen(report),
        "counts": report["counts"],
        "statuses": _statuses(report["counts"], measure),
        "restrictions": _ordered(words.RESTRICTION, report["counts"]["by_restriction"]),
        "kinds": _ordered(words.FAILURE, report["counts"]["by_failure"]),
        "parts": _parts(checks),
        "rows": rows,
        "failures": _failures(tenants, measure),
        "drifted": _drifted(tenants, objects, measure),
        "more_drifted": [
            (number, row, more) for number, row in tenants if (more := len(row["drift"]) - len(objects[number]))
        ],
        "drifting": sum(bool(row["drift"]) for dummy, row in tenants),
        "told": {one["number"] for one in findings},
        "failing": [one for one in findings if one["needs"]],
        "not_known": [one for one in findings if not one["needs"]],
        "sites": _table(tenants, "sites", measure, lambda site: int(site["days_left"])),
        "ending": sum(len(row["sites"]) for dummy, row in tenants),
        "unlisted": [_unlisted(number, row, measure) for number, row in tenants if row["unlisted"]],
        "not_known_of": words.not_known_of(report),
        "not_looked_for": [
            (number, row, False) for number, row in tenants if measure.details and not row["unlisted_known"]
        ],
        "risks": _table(tenants, "accepted_risks", measure),
        "trend": trend,
        "in_line": sum(not point["apart"] for point in trend),
        "data": {
            "statuses": list(STATUSES),
            "restrictions": list(words.RESTRICTION),
            "rows": list(map(_sortable, rows)),
        },
    }


def _named(report: Options, measure: Measure) -> Options:
    """The report with names that there is room for; where there is none for details, with nothing but the tenants and counts."""
    name: dict[str, t.Callable[[str], str]] = {
        "host": measure.named,
        "tenant_name": measure.named,
        "tenant_id": measure.named,
    }
    if measure.details:
        tenants = [{**row, **{key: cut(row[key]) for key, cut in name.items()}} for row in report["tenants"]]
        return {**report, "tenants": tenants}
    counts = report["counts"]
    restrictions, kinds = (_few(counts[key], measure) for key in ("by_restriction", "by_failure"))
    name["restriction"] = lambda name: restrictions.get(name, CUT)
    return {
        **report,
        "checks": [],
        "counts": {
            **counts,
            "by_restriction": _renamed(counts["by_restriction"], restrictions),
            "by_failure": _renamed(counts["by_failure"], kinds),
        },
        "tenants": [
            {**row, **dict.fromkeys(_DETAILS, ()), **{key: cut(row[key]) for key, cut in name.items()}}
            for row in report["tenants"]
        ],
    }


def _few(counts: t.Mapping[str, int], measure: Measure) -> dict[str, str]:
    """What of so many names those that count most are called."""
    most = sorted(counts, key=lambda name: -counts[name])[:_NAMES]
    return {name: measure.named(name) for name in most}


def _renamed(counts: t.Mapping[str, int], names: t.Mapping[str, str]) -> dict[str, int]:
    found = collections.Counter[str]()
    for name, count in counts.items():
        found[names.get(name, CUT)] += count
    return dict(found)


def _ordered(named: t.Mapping[str, str], counts: t.Mapping[str, int]) -> list[Options]:
    """The counts that are there, in the order and by the names of the words; a name that is new stands for itself."""
    order = [*(name for name in named if name in counts), *(name for name in counts if name not in named)]
    return [{"id": name, "word": named.get(name, name), "count": counts[name]} for name in order]


def _statuses(counts: Options, measure: Measure) -> list[Options]:
    """Each with where it begins and how wide it is in a bar of 1000."""
    whole = max(1, counts["tenants"])
    numbers = [counts["by_status"][status] for status in STATUSES]
    ends = [round(1000 * number / whole) for number in itertools.accumulate(numbers)]
    return [
        {
            "id": status,
            "word": words.STATUS[status],
            "count": number,
            # Who has it, and something worse that counts.
            "besides": counts["besides"].get(status, 0),
            "worse": " or ".join(words.STATUS[worse] for worse in STATUSES[: STATUSES.index(status)]),
            "section": _SECTION[status if measure.details else CLEAN],
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
        cells[columns[check["part"], check["id"]]] = verdict_on(check)
    return {
        "number": number,
        "tenant": row,
        "cells": cells,
        "needs": cells.count(FAIL) + cells.count(UNREAD),
        "failure": row["failures"][0] if row["failures"] else None,
        "only_failed": bool(row["failures"]) and not row["drift"] and not any(cells),
    }


def _each(tenants: t.Iterable[tuple[int, Options]], name: str) -> t.Iterator[tuple[int, Options, t.Any]]:
    return ((number, row, one) for number, row in tenants for one in row[name])


def _table(
    tenants: t.Iterable[tuple[int, Options]],
    name: str,
    measure: Measure,
    order: t.Callable[[t.Any], int] = lambda _one: 0,
) -> list[tuple[int, Options, t.Any, int]]:
    """The rows of a table of what tenants have, in order; behind them, how many more of a tenant there is no room for."""
    found, left_out = [], []
    for number, row in tenants:
        kept, more = measure.first(sorted(row[name], key=order))
        found += [(number, row, one, 0) for one in kept]
        left_out += [(number, row, None, more)] if more else []
    return sorted(found, key=lambda one: order(one[2])) + left_out


def _mentions(having: t.Mapping[int, Options], met: set[int]) -> list[Mention]:
    """Tenants as they are named in a section; those that have been ``met`` in it before are named again."""
    mentions = [(number, row, number not in met) for number, row in having.items()]
    met.update(having)
    return mentions


def _failures(tenants: t.Iterable[tuple[int, Options]], measure: Measure) -> list[Options]:
    """By kind, as one cause often has many tenants; who was told the same is told together."""
    found: dict[tuple[str, str, str, str], dict[int, Options]] = {}
    for number, row, one in _each(tenants, "failures"):
        same = (one["kind"], one["part"], one["task"], measure.plain(one["message"]))
        found.setdefault(same, {})[number] = row
    kinds, met = list(words.FAILURE), set[int]()
    in_order = sorted(found.items(), key=lambda one: kinds.index(one[0][0]) if one[0][0] in kinds else len(kinds))
    return [
        {
            "kind": kind,
            "part": part,
            "task": measure.named(task),
            "message": measure.cut(message, len(having)),
            "having": _mentions(having, met),
        }
        for (kind, part, task, message), having in in_order
    ]


def _findings(
    tenants: t.Sequence[tuple[int, Options]],
    checks: t.Sequence[Options],
    columns: t.Mapping[tuple[str, str], int],
    measure: Measure,
) -> list[Options]:
    """Each check that somewhere fails or is not known, the most often found first; who has the same is told together."""
    found: list[Options] = [{"remedies": {}, **{verdict: [] for verdict in _VERDICTS}} for dummy in checks]
    for number, row, check in _each(tenants, "checks"):
        if verdict_on(check) in _VERDICTS:
            one = found[columns[check["part"], check["id"]]]
            one[verdict_on(check)].append((measure.plain(check["evidence"]), (number, row, True)))
            one["remedies"].update({check["remedy"]: None} if check["remedy"] else {})
    findings = [
        _finding(column, check, one, measure)
        for column, (check, one) in enumerate(zip(checks, found, strict=True))
        if any(one[verdict] for verdict in _VERDICTS)
    ]
    return sorted(findings, key=lambda one: (-one["needs"], -len(found[one["number"]][UNKNOWN])))


def _finding(column: int, check: Options, found: Options, measure: Measure) -> Options:
    said = [(verdict, _said(found[verdict], measure)) for verdict in _VERDICTS if found[verdict]]
    remedies, more = measure.first(list(found["remedies"]))
    return {
        "number": column,
        "check": check,
        "remedies": remedies,
        "more_remedies": more,
        "needs": len(found[FAIL]) + len(found[UNREAD]),
        "numbers": [(verdict, len(found[verdict])) for verdict in _VERDICTS if found[verdict]],
        "said": said,
        "gaps": any(sentence["gaps"] for dummy, sentences in said for sentence in sentences),
    }


def _said(evidence: t.Sequence[tuple[str, Mention]], measure: Measure) -> list[Options]:
    """What a check has found, sentence by sentence; what is each tenant's own of a sentence with the tenant."""
    return [
        {
            "text": measure.cut(sentence.text, sum(len(having) for dummy, having in sentence.said)),
            "gaps": len(sentence.said) > 1,
            "having": [(measure.cut(own, len(having)), having) for own, having in sentence.said],
        }
        for sentence in page_sentences.shared(evidence)
    ]


def _object(change: Options) -> tuple[str, str, str]:
    return change["part"], change["object"], change["change"]


def _objects(tenants: t.Sequence[tuple[int, Options]], measure: Measure) -> dict[int, list[Options]]:
    """Of each tenant, by its number, the drifted objects that there is room for, those first that most tenants have."""
    count = collections.Counter(_object(change) for dummy, dummy_row, change in _each(tenants, "drift"))
    found = {}
    for number, row in tenants:
        most = sorted(enumerate(row["drift"]), key=lambda one: -count[_object(one[1])])[: measure.objects]
        found[number] = [change for dummy, change in sorted(most, key=lambda one: one[0])]
    return found


def _drifted(
    tenants: t.Sequence[tuple[int, Options]], objects: t.Mapping[int, t.Sequence[Options]], measure: Measure
) -> list[Options]:
    """What is not as it is written down: each object with what it is and what is wanted, and with the tenants that it holds of.
    Properties that the same tenants differ in are told together."""
    found: dict[tuple[str, str, str], dict[str, tuple[Options, dict[int, Options]]]] = {}
    kept = [(number, row, change) for number, row in tenants for change in objects[number]]
    for number, row, change in sorted(kept, key=lambda one: _place_of_part(one[2])):
        properties = found.setdefault(_object(change), {})
        # What is not there at all, or should not be, has no properties.
        for one in [_property(one, measure) for one in change["properties"]] or [{}]:
            properties.setdefault(json.dumps(one), (one, {}))[1][number] = row
    met: set[int] = set()
    return [
        {
            "part": part,
            "object": measure.named(name),
            "change": change,
            "tenants": len({number for dummy, having in properties.values() for number in having}),
            "differences": [(told, _mentions(having, met)) for told, having in _by_tenants(properties.values())],
        }
        for (part, name, change), properties in found.items()
    ]


def _by_tenants(
    properties: t.Iterable[tuple[Options, dict[int, Options]]],
) -> list[tuple[list[Options], dict[int, Options]]]:
    """The properties that the very same tenants have together, those of most tenants first."""
    found: dict[tuple[int, ...], tuple[list[Options], dict[int, Options]]] = {}
    for one, having in properties:
        told, dummy = found.setdefault(tuple(having), ([], having))
        told.extend([one] if one else [])
    return sorted(found.values(), key=lambda one: -len(one[1]))


def _property(one: Options, measure: Measure) -> Options:
    """A property with both sides; of two lists, the elements that only one has are marked, and where there are many the others
    are left out."""
    before, after = one["is"], one["wanted"]
    left_out = 0
    if isinstance(before, list) and isinstance(after, list):
        same = [item for item in before if item in after]
        left_out = len(same) if len(same) > measure.same_items and len(same) < max(len(before), len(after)) else 0
        sides = [
            [(item, item not in other) for item in side if item not in other or not left_out]
            for side, other in ((before, after), (after, before))
        ]
    else:
        sides = [[(item, False) for item in (side if isinstance(side, list) else [side])] for side in (before, after)]
    is_, wanted = (
        None if side is None else _lines(lines, measure) for side, lines in zip((before, after), sides, strict=True)
    )
    return {"path": measure.named(one["path"]), "left_out": left_out, "is": is_, "wanted": wanted}


def _lines(items: t.Sequence[tuple[t.Any, bool]], measure: Measure) -> Options:
    """A value's lines, each with whether it is marked, and how many more there is no room for."""
    texts, more = measure.kept([_text(item) for item, differs in items])
    return {"lines": [(text, differs) for text, (item, differs) in zip(texts, items, strict=False)], "more": more}


def _text(value: t.Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False, default=str)


def _unlisted(number: int, row: Options, measure: Measure) -> Options:
    """A tenant with the addresses that no site covers, those used most first, and how many more there is no room for."""
    found, more_addresses = measure.first(row["unlisted"])
    addresses = []
    for one in found:
        users, more = measure.kept(one["users"])
        addresses.append({**one, "cidr": measure.named(one["cidr"]), "users": users, "more_users": more})
    return {"number": number, "row": row, "addresses": addresses, "more": more_addresses}


def _sortable(row: Options) -> Options:
    """What the page's script filters and sorts a row by; the tenant's name and its checks it reads off the page."""
    return {
        "s": row["tenant"]["status"],
        "r": row["tenant"]["restriction"],
        "k": row["failure"]["kind"] if row["failure"] else "",
        "d": len(row["tenant"]["drift"]),
        **({"b": more} if (more := besides(row["tenant"])) else {}),
    }


def _listed(texts: t.Sequence[str], measure: Measure) -> Options:
    kept, more = measure.kept(texts)
    return {"texts": kept, "more": more}


def _point(point: Options, report: Options, measure: Measure) -> Options:
    """A report's counts; None where an earlier form of it did not tell. ``apart`` is one of other tenants or parts than this."""
    by_status, covers = point.get("by_status") or {}, point.get("covers")
    return {
        "at": point["generated"],
        "covers": None if covers is None else _listed(covers, measure),
        "apart": covers is not None and covers != report["covers"],
        "tenants": point.get("tenants"),
        **{status: by_status.get(status) for status in STATUSES},
        "on": None if point.get("by_restriction") is None else point["by_restriction"].get("enabled", 0),
        "unlisted": point.get("unlisted"),
    }
