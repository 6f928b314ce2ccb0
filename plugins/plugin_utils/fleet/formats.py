# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet report as text for machines and spreadsheets: JSON, CSV, JUnit XML, Markdown. The page is in ``page``.

Names come from tenants, so each format is kept from taking them for more than text.
"""

from __future__ import annotations

import csv
import io
import json
import re
import typing as t
from xml.etree import ElementTree

from ..conditional_access.verdicts import FAIL, UNKNOWN
from ..options import Options
from . import words
from .record import PART_A, PART_B, needs_somebody
from .report import SCHEMA


def as_json(report: Options) -> str:
    """All of it; see the documentation of the module fleet_report for the form."""
    return json.dumps(report, indent=1, ensure_ascii=False, default=str) + "\n"


_COLUMNS: dict[str, t.Callable[[Options], t.Any]] = {
    "host": lambda row: row["host"],
    "tenant_id": lambda row: row["tenant_id"],
    "tenant_name": lambda row: row["tenant_name"],
    "status": lambda row: row["status"],
    "restriction": lambda row: row["restriction"],
    "drift": lambda row: "; ".join(map(words.change, row["drift"])),
    "failures": lambda row: "; ".join(f"{words.failure(one)}: {one['message']}" for one in row["failures"]),
    "sites_that_end": lambda row: "; ".join(map(words.site, row["sites"])),
    "unlisted_addresses": lambda row: "; ".join(map(words.unlisted, row["unlisted"])),
    "accepted_risks": lambda row: "; ".join(row["accepted_risks"]),
    "requests": lambda row: row["requests"]["count"],
}


def as_csv(report: Options) -> str:
    """A line a tenant, with a column for each check (RFC 4180)."""
    columns = [check["id"] for check in report["checks"]]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*_COLUMNS, *columns])
    for row in report["tenants"]:
        found = {check["id"]: check["status"] for check in row["checks"]}
        cells = [*(column(row) for column in _COLUMNS.values()), *(found.get(name, "") for name in columns)]
        writer.writerow([_cell(cell) for cell in cells])
    return text.getvalue()


# What a formula begins with, in full width too, as it is typed in Japanese.
_OF_FORMULAS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r")


def _cell(value: t.Any) -> t.Any:
    """Text that a spreadsheet does not take for a formula (https://owasp.org/www-community/attacks/CSV_Injection)."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_OF_FORMULAS) else value


def as_junit(report: Options) -> str:
    """A suite a tenant: each check a case, each part a case that fails where it has drifted and is in error where it could not be
    looked at. The form is that of https://github.com/testmoapp/junitxml, which CI servers read."""
    root = ElementTree.Element("testsuites", name=SCHEMA, timestamp=report["generated"])
    for row in report["tenants"]:
        suite = ElementTree.SubElement(root, "testsuite", name=_xml(row["host"]), timestamp=report["generated"])
        for check in row["checks"]:
            outcome = {FAIL: "failure", UNKNOWN: "skipped"}.get(check["status"])
            _case(suite, row, check["part"], check["title"], outcome, check["evidence"], check["remedy"])
        failed = {one["part"]: one for one in row["failures"]}
        for part in (PART_A, PART_B):
            if part in row["looked_at"] and part not in failed:
                drift = [words.change(one) for one in row["drift"] if one["part"] == part]
                outcome = "failure" if drift else None
                _case(suite, row, part, "is as it is written down", outcome, "; ".join(drift), "Run deploy.")
        for one in row["failures"]:
            _case(suite, row, one["part"], "can be looked at", "error", words.failure(one), one["message"])
        _count(suite)
    _count(root)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(
    suite: ElementTree.Element, row: Options, part: str, title: str, outcome: str | None, message: str, text: str
) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=_xml(f"{row['host']}.{part}"), name=_xml(title))
    if outcome:
        ElementTree.SubElement(case, outcome, message=_xml(message)).text = _xml(text)


def _count(suite: ElementTree.Element) -> None:
    names = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for attribute, tag in names.items():
        suite.set(attribute, str(sum(1 for dummy in suite.iter(tag))))


def _xml(text: str) -> str:
    """Without the characters that XML 1.0 has no way to write."""
    return re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


def as_markdown(report: Options) -> str:
    """For a chat or a ticket: the counts, and what each tenant needs. Tenants that need nothing are not named."""
    counts = report["counts"]
    lines = [f"# Syncro restriction, {counts['tenants']} tenants, {report['generated']}", ""]
    lines += ["| " + " | ".join(words.STATUS[status] for status in counts["by_status"]) + " |"]
    lines += ["|" + " --- |" * len(counts["by_status"])]
    lines += ["| " + " | ".join(str(count) for count in counts["by_status"].values()) + " |"]
    for row in report["tenants"]:
        said = _needs(row, report["expiring_days"])
        if said:
            name = "" if row["tenant_name"] == row["host"] else f" ({_markdown(row['tenant_name'])})"
            lines += ["", f"## {_markdown(row['host'])}{name}: {words.STATUS[row['status']]}", ""]
            lines += [f"- {_markdown(one)}" for one in said]
    return "\n".join(lines) + "\n"


def _needs(row: Options, expiring_days: int) -> list[str]:
    """What somebody has to look at."""
    return [
        *(f"{words.failure(one)}: {one['message']}" for one in row["failures"]),
        *(words.change(one) for one in row["drift"]),
        *(words.checked(check) for check in row["checks"] if needs_somebody(check)),
        *(f"ends soon: {words.site(one)}" for one in row["sites"] if one["days_left"] <= expiring_days),
        *(f"no site covers {words.unlisted(one)}" for one in row["unlisted"]),
        *(f"accepted risk: {risk}" for risk in row["accepted_risks"]),
    ]


def _markdown(text: str) -> str:
    """Text on one line that stands for itself (https://spec.commonmark.org/0.31.2/#backslash-escapes)."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~&@-])", r"\\\1", " ".join(text.split()))
