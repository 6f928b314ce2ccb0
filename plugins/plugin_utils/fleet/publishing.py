# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a report out of the rows of a run, and putting it where people find it."""

from __future__ import annotations

import datetime
import functools
import glob
import json
import pathlib
import typing as t

from ..conditional_access import moments
from ..graph.errors import BadInput
from ..options import ArgumentSpec, Options
from . import files, formats, forms, merging, page, report, same_tenant, words
from .record import FAILED, POSTURE, ROW, needs_somebody, recorded, verdict_on
from .record import SPEC as RECORD

FORMATS: dict[str, tuple[str, t.Callable[[Options], str]]] = {
    "html": ("html", page.as_html),
    "json": ("json", formats.as_json),
    "csv": ("csv", formats.as_csv),
    "junit": ("xml", formats.as_junit),
    "markdown": ("md", formats.as_markdown),
}
# Those that point to the JSON form for what they have no room for, where there is none.
_WITHOUT_JSON: dict[str, t.Callable[[Options], str]] = {
    "html": functools.partial(page.as_html, json_beside=False),
    "markdown": functools.partial(formats.as_markdown, json_beside=False),
}

# So many findings are named where the run is watched; the report has all.
_TOLD = 5

SPEC = ArgumentSpec(
    {
        "path": {"type": "path", "required": True},
        "name": {"type": "str", "default": "report"},
        "records": {"type": "list", "elements": "dict", "default": []},
        "hosts": {"type": "list", "elements": "str", "default": []},
        "covers": {"type": "list", "elements": "str", "default": []},
        "reports": {"type": "list", "elements": "path", "default": []},
        "earlier": {"type": "list", "elements": "path", "default": []},
        "formats": {"type": "list", "elements": "str", "choices": list(FORMATS), "default": list(FORMATS)},
        "expiring_days": {"type": "int", "default": 14},
    },
    checks=(
        lambda options: _strange_name(options["name"]),
        lambda options: [] if options["expiring_days"] >= 0 else ["expiring_days: is less than 0."],
        lambda options: [
            f"{path}: is not what audit_record returns." for path in forms.misfits([ROW], options["records"], "records")
        ],
        lambda options: _twice([row.get("host") for row in options["records"]]),
    ),
)


def _strange_name(name: str) -> list[str]:
    if name and name == pathlib.PurePath(name).name and not name.startswith("."):
        return []
    return [f"name: '{name}' is not the name of a file; it is put before the endings, such as .json."]


def _twice(hosts: t.Sequence[t.Any]) -> list[str]:
    return [f"records: host {host!r} is in it twice." for host in dict.fromkeys(hosts) if hosts.count(host) > 1]


def published(options: Options, now: datetime.datetime, check_mode: bool) -> Options:
    """Write the report in every format; all files, or none, and none in check mode. Raises BadInput, NotWritten."""
    folder, name = pathlib.Path(options["path"]), options["name"]
    parts, missing = _reports("reports", options["reports"])
    before = folder / f"{name}.json"
    earlier, problems = _reports("earlier", options["earlier"])
    own = {"generated": moments.written(now), "covers": options["covers"], "tenants": options["records"]}
    wrong = [*problems.values(), *merging.clashes([*parts, ("records", own)])]
    # Of a night with many slices the others are told, and that one is missing; without any there is nothing to tell.
    if wrong or (missing and not parts):
        raise BadInput([*missing.values(), *wrong], looked=True)
    # The one that this takes the place of is for the trend alone: a run of a whole night does not end with nothing for its sake.
    last, unread = _reports("the report before", [str(before)] if before.is_file() else [])
    reports = [one for dummy, one in parts]
    rows = _rows(options, reports, own)
    twins = same_tenant.others(rows)
    rows = [same_tenant.told(row, twins.get(row["host"], [])) for row in rows]
    # Hosts without a record, as where reports are put together, are no run of their own.
    covers = merging.covered([*([own] if options["records"] or not reports else []), *reports])
    made = report.made(rows, now, options["expiring_days"], [one for dummy, one in [*earlier, *last]], covers)
    others = {} if "json" in options["formats"] else _WITHOUT_JSON
    texts = {
        f"{name}.{ending}": others.get(key, write)(made)
        for key, (ending, write) in FORMATS.items()
        if key in options["formats"]
    }
    warnings = [f"{sentence} The report is made without it." for sentence in missing.values()]
    if not check_mode:
        if unread:
            became = "left as it is"
            if before.name in texts:
                aside, pattern = f"{name}-unread-{now:%Y%m%dT%H%M%SZ}.json", f"{glob.escape(name)}-unread-*.json"
                became = f"kept as {files.keep(before, aside, pattern)}"
            warnings += [f"{sentence} It is {became}, and the trend begins anew." for sentence in unread.values()]
        files.write(folder, texts)
    paths = [str(folder / file) for file in texts]
    by_status = {
        status: [row["host"] for row in made["tenants"] if row["status"] == status]
        for status in made["counts"]["by_status"]
    }
    return {
        "changed": True,
        "files": paths,
        "counts": made["counts"],
        "hosts": by_status,
        "same_tenant": twins,
        "unread": list(missing.values()),
        "summary": _summary(made, list(missing), paths),
        **({"warnings": warnings} if warnings else {}),
    }


def _rows(options: Options, reports: t.Sequence[Options], own: Options) -> list[Options]:
    """The rows given and those of reports that are merged, and one for each host of which there is none."""
    rows = merging.merged(reports, own)
    lost = [host for host in options["hosts"] if host not in {row["host"] for row in rows}]
    return rows + [_lost(host) for host in lost]


def _lost(host: str) -> Options:
    """The row of a host that no task could say anything of."""
    failure = {"part": "", "task": "", "result": {"msg": "Nothing was seen of it; the output of the run says why."}}
    nothing = {name: about.get("default") for name, about in RECORD.options.items()}
    row: Options = recorded({**nothing, "host": host, "failures": [failure]})["record"]
    return row


def _reports(option: str, patterns: t.Sequence[str]) -> tuple[list[merging.Named], dict[str, str]]:
    """The reports at these paths or patterns, and what is wrong with any, by its path. A pattern that nothing fits is taken for a
    path."""
    found, problems = [], {}
    for path in [path for pattern in patterns for path in sorted(glob.glob(pattern)) or [pattern]]:
        try:
            found.append((path, report.read(json.loads(pathlib.Path(path).read_text(encoding="utf-8")))))
        except OSError as error:
            why = "no file fits this pattern" if glob.has_magic(path) else error.strerror
            problems[path] = f"{option}: '{path}' cannot be read: {why}."
        except (report.NoReport, ValueError, RecursionError) as error:
            problems[path] = (
                f"{option}: '{path}' is no report of this collection: {error}. Move it away, or give another name or path."
            )
    return found, problems


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _summary(made: Options, missing: t.Sequence[str], paths: t.Sequence[str]) -> list[str]:
    """Sentences for people: how many of each sort, and what nothing else of the run tells."""
    counts = made["counts"]
    sorts = ", ".join(f"{count} {words.COUNTED[status]}" for status, count in counts["by_status"].items() if count)
    said = [f"{_many(counts['tenants'], 'tenant')}: {sorts}."]
    said += filter(None, [words.put_together(made)])
    said += [
        f"{' and '.join(hosts)} are one tenant, counted {len(hosts)} times."
        for hosts in same_tenant.groups(made["tenants"])
    ]
    if counts["by_status"][FAILED]:
        kinds = ", ".join(f"{count} {words.FAILURE.get(kind, kind)}" for kind, count in counts["by_failure"].items())
        said.append(f"Not audited: {kinds}.")
    said += filter(None, [words.drifted_besides(made)])
    states = ", ".join(
        f"{count} {words.RESTRICTION.get(state, state)}" for state, count in counts["by_restriction"].items()
    )
    said.append(f"The restriction of Syncro: {states}.")
    if counts["expiring"]:
        said.append(f"Sites that end within {made['expiring_days']} days: {counts['expiring']}.")
    if counts["unlisted"] or words.not_known_of(made):
        said.append(f"Address ranges that people sign in from and that no site covers: {words.unlisted_count(made)}.")
    if counts["accepted_risks"]:
        said.append(f"Risks of the lockout guard that are accepted: {counts['accepted_risks']}.")
    if missing:
        said.append(f"Without what is in {', '.join(missing)}, which cannot be read.")
    return [*said, *_posture(made), f"Report: {', '.join(paths)}"]


def _posture(made: Options) -> list[str]:
    """What the posture finds, in most tenants first; of a single tenant with what was seen there. Of the other parts the end of
    each tenant's run tells, and of this one only where somebody has asked for that."""
    found: dict[tuple[str, str], list[tuple[Options, Options]]] = {}
    for row in made["tenants"]:
        for check in row["checks"]:
            if check["part"] == POSTURE and needs_somebody(check):
                found.setdefault((check["id"], verdict_on(check)), []).append((row, check))
    if not found:
        return []
    alone = len(made["tenants"]) == 1
    said = []
    for (dummy, verdict), seen in sorted(found.items(), key=lambda one: -len(one[1])):
        row, check = seen[0]
        one = check["evidence"] if alone else f"{row['host']}: {check['evidence']}"
        where = f"{len(seen)} tenants" if len(seen) > 1 else one
        said.append(f"- [{verdict}] {check['title']}: {where}")
    more = [f"- and {len(said) - _TOLD} more, in the report"] if len(said) > _TOLD else []
    return ["Posture, which decides the exit code only where audit_stop_at has it:", *said[:_TOLD], *more]
