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
from ..counted import counted
from ..options import Options
from . import words
from .record import PART_A, PART_B, needs_somebody, verdict_on
from .report import SCHEMA


def as_json(report: Options) -> str:
    """All of it; see the notes of the module fleet_report for the form."""
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
    "unlisted_addresses": lambda row: (
        "; ".join(map(words.unlisted, row["unlisted"])) or ("" if row["unlisted_known"] else "not known")
    ),
    "accepted_risks": lambda row: "; ".join(row["accepted_risks"]),
    "requests": lambda row: row["requests"]["count"],
}


def as_csv(report: Options) -> str:
    """A line a tenant, with a column for each check (RFC 4180)."""
    columns = [check["id"] for check in report["checks"]]
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow([*_COLUMNS, "covers", "seen_earlier", *map(_cell, columns)])
    for row in report["tenants"]:
        found = {check["id"]: verdict_on(check) for check in row["checks"]}
        told = [
            *(column(row) for column in _COLUMNS.values()),
            words.covers(report),
            "; ".join(words.earlier(row, report)),
        ]
        cells = [*told, *(found.get(name, "") for name in columns)]
        writer.writerow([_cell(cell) for cell in cells])
    return text.getvalue()


# What a formula begins with, in full width too, as it is typed in Japanese: in a cell, or behind what parts cells elsewhere. A
# spreadsheet that parts them by semicolons or tabs heeds no quotes that stand within a cell of its own.
_FORMULA = re.compile("(^|[;\t\r\n][\\s\"']*)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20\t\r])")


def _cell(value: t.Any) -> t.Any:
    """Text that a spreadsheet does not take for a formula (https://owasp.org/www-community/attacks/CSV_Injection)."""
    return _FORMULA.sub(r"\1'", value) if isinstance(value, str) else value


def as_junit(report: Options) -> str:
    """A suite a tenant: each check a case, each part a case that fails where it has drifted and is in error where it could not be
    looked at; what is no verdict, such as sites that end, is the suite's output. The form is that of
    https://github.com/testmoapp/junitxml, which CI servers read."""
    root = ElementTree.Element("testsuites", name=SCHEMA, timestamp=report["generated"])
    for row in report["tenants"]:
        suite = ElementTree.SubElement(root, "testsuite", name=_xml(row["host"]), timestamp=report["generated"])
        properties = ElementTree.SubElement(suite, "properties")
        ElementTree.SubElement(properties, "property", name="covers", value=_xml(words.covers(report)))
        for check in row["checks"]:
            outcome = "failure" if needs_somebody(check) else "skipped" if check["status"] == UNKNOWN else None
            said = check["evidence"] if outcome != "failure" or check["status"] == FAIL else words.checked(check)
            _case(suite, row, check["part"], check["title"], outcome, said, check["remedy"])
        failed = {one["part"]: one for one in row["failures"]}
        for part in (PART_A, PART_B):
            drift = [words.change(one) for one in row["drift"] if one["part"] == part]
            # What was seen before the part failed is told beside the error.
            if drift or (part in row["looked_at"] and part not in failed):
                outcome = "failure" if drift else None
                _case(suite, row, part, "is as it is written down", outcome, "; ".join(drift), "Run deploy.")
        for one in row["failures"]:
            _case(suite, row, one["part"], "can be looked at", "error", words.failure(one), one["message"])
        said = [
            *words.earlier(row, report),
            *_at_any_time(row),
            *([] if row["unlisted_known"] else ["addresses that no site covers are not known"]),
        ]
        if said:
            ElementTree.SubElement(suite, "system-out").text = _xml("\n".join(said))
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


def as_markdown(report: Options, json_beside: bool = True) -> str:
    """For a chat or a ticket: the counts, and what each tenant needs. Tenants that need nothing are not named."""
    cut = "cut here; the JSON form has all of it" if json_beside else "cut here"
    counts = report["counts"]
    lines = [f"# Syncro restriction, {counted(counts['tenants'], 'tenant')}, {report['generated']}", ""]
    if report.get("covers"):
        lines += [f"Not of everything: the run was limited by {_markdown(words.covers(report))}.", ""]
    lines += [line for one in [words.put_together(report)] if one for line in (one, "")]
    lines += ["| " + " | ".join(words.STATUS[status] for status in counts["by_status"]) + " |"]
    lines += ["|" + " --- |" * len(counts["by_status"])]
    lines += ["| " + " | ".join(str(count) for count in counts["by_status"].values()) + " |"]
    lines += [line for one in [words.drifted_besides(report)] if one for line in ("", one)]
    lines += ["", f"Addresses that no site covers: {words.unlisted_count(report)}."]
    for row in report["tenants"]:
        said = _needs(row, report["expiring_days"], cut)
        if said:
            name = "" if row["tenant_name"] == row["host"] else f" ({_markdown(row['tenant_name'])})"
            lines += ["", f"## {_markdown(row['host'])}{name}: {words.STATUS[row['status']]}", ""]
            lines += [f"- {_markdown(one)}" for one in [*said, *words.earlier(row, report)]]
    return "\n".join(lines) + "\n"


def _needs(row: Options, expiring_days: int, cut: str) -> list[str]:
    """What somebody has to look at."""
    return [
        *(f"{words.failure(one)}: {one['message']}" for one in row["failures"]),
        *(said for one in row["drift"] for said in _drifted(one, cut)),
        *(words.checked(check) for check in row["checks"] if needs_somebody(check)),
        *_at_any_time(row, expiring_days),
    ]


def _at_any_time(row: Options, within: int | None = None) -> list[str]:
    """What is no verdict: sites that end, in so many days if that is said, addresses and risks."""
    return [
        *(f"site ends: {words.site(one)}" for one in row["sites"] if within is None or one["days_left"] <= within),
        *(f"no site covers {words.unlisted(one)}" for one in row["unlisted"]),
        *(f"accepted risk: {risk}" for risk in row["accepted_risks"]),
    ]


# The characters that Markdown has for what a property is, or is wanted to be.
_SIDE = 120


def _drifted(change: Options, cut: str) -> list[str]:
    """A sentence for each property that differs, and one for an object that is missing, or is there and should not be."""
    sides = [(one["path"], *(_side(one[side], cut) for side in ("is", "wanted"))) for one in change["properties"]]
    whole = words.change({**change, "properties": []})
    return [f"{whole}: {path} is {before}; wanted {after}" for path, before, after in sides] or [whole]


def _side(value: t.Any, cut: str) -> str:
    text = words.side(value)
    return text if len(text) <= _SIDE else f"{text[:_SIDE].rstrip()} ({cut})"


def _markdown(text: str) -> str:
    """Text on one line that stands for itself (https://spec.commonmark.org/0.31.2/#backslash-escapes)."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~&@-])", r"\\\1", " ".join(text.split()))
