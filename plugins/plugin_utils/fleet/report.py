# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet report as data: every tenant's row, what they come to, and how that was before. All formats are written from it.

``VERSION`` is that of the form. It goes up where a reader of the one before could go wrong; what is only added leaves it.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import typing as t

from ..conditional_access import moments
from ..conditional_access.verdicts import FAIL, PASS, UNKNOWN
from ..options import Options
from . import forms
from .record import DRIFT, FAILED, FINDINGS, PARTS, ROW, STATUSES, UNREAD, besides, verdict_on

SCHEMA = "msp.entra/fleet-report"
VERSION = 1

# What of a report is kept of it in later ones.
_TREND = ("generated", "covers", "tenants", "by_status", "by_restriction", "unlisted")

# Of the trend: a year of nights, and some. Each costs the page 130 bytes.
MOST_POINTS = 400

_NUMBERS = {"*": int}
_BY_STATUS = dict.fromkeys(STATUSES, int)
# A key that a report of before need not have: version 1 has gained it.
_FORM: Options = {
    "generated": forms.moment,
    "version": int,
    "covers?": [str],
    "expiring_days": int,
    "counts": {
        "tenants": int,
        "by_status": _BY_STATUS,
        "besides?": dict.fromkeys((DRIFT, FINDINGS), int),
        "by_restriction": _NUMBERS,
        "by_failure": _NUMBERS,
        "by_check": dict.fromkeys((PASS, FAIL, UNKNOWN), int),
        "unread?": int,
        "expiring": int,
        "unlisted": int,
        "accepted_risks": int,
        "requests": int,
    },
    "checks": [{"part": str, "id": str, "title": str}],
    "tenants": [dataclasses.replace(ROW, form={**ROW.form, "sites": [{**forms.SITE, "days_left": int}]})],
    "trend": [
        {
            "generated": forms.moment,
            "covers?": forms.IfKnown([str]),
            "tenants?": forms.IfKnown(int),
            "by_status?": forms.IfKnown(_BY_STATUS),
            "by_restriction?": forms.IfKnown(_NUMBERS),
            "unlisted?": forms.IfKnown(int),
        }
    ],
}


class NoReport(ValueError):
    """A document that is no fleet report, or one of a later form."""


def made(
    rows: t.Sequence[Options],
    now: datetime.datetime,
    expiring_days: int,
    earlier: t.Sequence[Options] = (),
    covers: t.Sequence[str] = (),
) -> Options:
    """The report over these rows; ``earlier`` are reports of before, of which the trend is made, and ``covers`` is what the run
    was limited to, nothing where it was the whole."""
    ordered = sorted(rows, key=lambda row: (STATUSES.index(row["status"]), row["host"].casefold(), row["host"]))
    tenants = [{**row, "sites": [_site(site, now) for site in row["sites"]]} for row in ordered]
    report = {
        "schema": SCHEMA,
        "version": VERSION,
        "generated": moments.written(now),
        "covers": list(covers),
        "expiring_days": expiring_days,
        "counts": _counts(tenants, expiring_days),
        "checks": _columns(tenants),
        "tenants": tenants,
    }
    return {**report, "trend": _trend([*earlier, report])}


def read(document: t.Any) -> Options:
    """A report that was written before. Raises NoReport."""
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise NoReport(f"it is no fleet report: its schema is not {SCHEMA}")
    if document.get("version") != VERSION:
        raise NoReport(f"it is of version {document.get('version')!r}, and this collection reads version {VERSION}")
    problems = list(forms.misfits(_FORM, document, "it"))
    if problems:
        more = f", and {len(problems) - 10} more" if len(problems) > 10 else ""
        raise NoReport(f"it cannot be read: {', '.join(problems[:10])}{more}")
    return document


def _site(site: Options, now: datetime.datetime) -> Options:
    """A site with an end, and how many days that is away; a part of a day counts as one, and one that is over as 0."""
    left = moments.moment(site["expires"]) - now
    return {**site, "days_left": max(0, -(-left // datetime.timedelta(days=1)))}


def _counts(tenants: t.Sequence[Options], expiring_days: int) -> Options:
    checks = collections.Counter(check["status"] for row in tenants for check in row["checks"])
    return {
        "tenants": len(tenants),
        "by_status": {status: sum(row["status"] == status for row in tenants) for status in STATUSES},
        "besides": {status: sum(status in besides(row) for row in tenants) for status in (DRIFT, FINDINGS)},
        "by_restriction": dict(sorted(collections.Counter(row["restriction"] for row in tenants).items())),
        "by_failure": dict(
            sorted(
                collections.Counter(row["failures"][0]["kind"] for row in tenants if row["status"] == FAILED).items()
            )
        ),
        "by_check": {status: checks[status] for status in (PASS, FAIL, UNKNOWN)},
        # They are among those that are unknown, too.
        "unread": sum(verdict_on(check) == UNREAD for row in tenants for check in row["checks"]),
        "expiring": sum(site["days_left"] <= expiring_days for row in tenants for site in row["sites"]),
        "unlisted": sum(len(row["unlisted"]) for row in tenants),
        "accepted_risks": sum(len(row["accepted_risks"]) for row in tenants),
        "requests": sum(row["requests"]["count"] for row in tenants),
    }


def _columns(tenants: t.Sequence[Options]) -> list[Options]:
    """The checks that any tenant has, in the order in which they come."""
    found = {(check["part"], check["id"]): check["title"] for row in tenants for check in row["checks"]}
    return [{"part": part, "id": name, "title": found[part, name]} for part, name in sorted(found, key=_place)]


def _place(check: tuple[str, str]) -> int:
    """Parts in their order; within one, sorted() leaves checks as they come."""
    return PARTS.index(check[0]) if check[0] in PARTS else len(PARTS)


def _trend(reports: t.Sequence[Options]) -> list[Options]:
    """A point for each moment, the oldest first: what the earlier reports tell of themselves and of those before them."""
    points = {
        point["generated"]: point
        for report in reports
        for point in [
            *report.get("trend", ()),
            {name: {**report, **report["counts"]}.get(name) for name in _TREND},
        ]
    }
    return [points[moment] for moment in sorted(points)][-MOST_POINTS:]
