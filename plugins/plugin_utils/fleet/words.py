# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fleet report calls things, the same in every format."""

from __future__ import annotations

import datetime
import json
import typing as t

from ..conditional_access import moments
from ..counted import counted
from ..options import Options
from .record import CLEAN, DRIFT, FAILED, FINDINGS, PART_A, PART_B, POSTURE, READINESS, verdict_on

STATUS = {FAILED: "not audited", DRIFT: "drifted", FINDINGS: "findings", CLEAN: "clean"}

# Behind a number of tenants, and of one.
COUNTED = {**STATUS, FINDINGS: "with findings"}
IS = {DRIFT: "has drifted", FINDINGS: "has findings", CLEAN: "is clean"}

RESTRICTION = {
    "enabled": "on",
    "report_only": "report-only",
    "disabled": "off",
    "absent": "not there",
    "unknown": "not known",
}

PART = {
    READINESS: "Readiness",
    PART_A: "Part A, trusted sites",
    PART_B: "Part B, service account",
    POSTURE: "Posture",
}

CHANGE = {"create": "is missing", "update": "differs", "delete": "is not wanted any more"}

# failure_kind of the modules, as a person says it.
FAILURE = {
    "unreachable": "no answer",
    "throttled": "throttled for too long",
    "login": "login refused",
    "permission": "permission missing",
    "lockout": "refused by the lockout guard",
    "input": "wrong input",
    "unavailable": "Graph failed",
    "unreadable": "answer cannot be read",
    "refused": "refused by Graph",
    "ambiguous": "several of a name",
    "conflict": "somebody else writes",
    "not_shown": "change does not show",
    "record": "backup or journal not writable",
    "defect": "defect of msp.entra",
    "other": "other failure",
}


# The slices of one run are seen at different moments, and that is not worth a word.
THE_SAME_NIGHT = datetime.timedelta(hours=12)


def change(one: Options) -> str:
    """A sentence for an object that is not as wanted."""
    paths = ", ".join(prop["path"] for prop in one["properties"])
    return f"{one['object']} {CHANGE[one['change']]}" + (f": {paths}" if paths else "")


def checked(check: Options) -> str:
    """A sentence for a check that has not passed; its title says what would be right."""
    return f"[{verdict_on(check)}] {check['title']}: {check['evidence']}"


def failure(one: Options) -> str:
    """A sentence for a part that could not be looked at."""
    kind = FAILURE.get(one["kind"], str(one["kind"]))
    return f"{PART.get(one['part'], one['part'])}: {kind}" if one["part"] else kind


def drifted_besides(report: Options) -> str:
    """A sentence for those who count as not audited and have drifted too; empty where there is none."""
    count = report["counts"]["besides"][DRIFT]
    return f"Of those not audited, {count} {'has' if count == 1 else 'have'} drifted too." if count else ""


def site(one: Options) -> str:
    """A sentence for a site that ends."""
    left = one["days_left"]
    return f"{one['name']} until {one['expires']}" + (f" ({counted(left, 'day')})" if left else " (over)")


def unlisted(one: Options) -> str:
    """A sentence for an address that no site covers."""
    who = ", ".join(map(str, one["users"] or ()))
    return f"{one['cidr']}: {who} signed in {counted(one['count'], 'time')} on {counted(one['days'], 'day')}"


def side(value: t.Any) -> str:
    """What a property is, or is wanted to be."""
    if value is None:
        return "not set"
    items = value if isinstance(value, list) else [value]
    texts = [one if isinstance(one, str) and one else json.dumps(one, ensure_ascii=False, default=str) for one in items]
    return ", ".join(texts) or "empty"


def not_known_of(report: Options) -> int:
    """Of how many tenants nobody could look for addresses that no site covers."""
    return sum(not row["unlisted_known"] for row in report["tenants"])


def unlisted_count(report: Options) -> str:
    """How many addresses no site covers, and of how many tenants nobody knows."""
    count, unknown = report["counts"]["unlisted"], not_known_of(report)
    told = [str(count)] if count or unknown < len(report["tenants"]) or not unknown else []
    return ", ".join([*told, *([f"not known for {counted(unknown, 'tenant')}"] if unknown else [])])


def earlier(row: Options, report: Options) -> list[str]:
    """What several reports in one have of a tenant that is of another night: a sentence for each moment."""
    newest = moments.moment(report["generated"])
    parts: dict[str, list[str]] = {}
    for part, moment in (row.get("seen") or {}).items():
        if newest - moments.moment(moment) > THE_SAME_NIGHT:
            # A failure of the tenant as a whole has no part.
            parts.setdefault(moment, []).append(PART.get(part, part).partition(",")[0] or "Failure")
    return [f"{' and '.join(named)} as of {moment}" for moment, named in parts.items()]


def seen(report: Options) -> list[str]:
    """The moments of the first and the last that a report of several tells of, one where they are the same; none where all was
    seen by the run that made it."""
    found = {moment for row in report["tenants"] for moment in (row.get("seen") or {}).values()}
    if found and any(map(_seen_now, report["tenants"])):
        found.add(report["generated"])
    in_order = sorted(found, key=moments.moment)
    return list(dict.fromkeys([*in_order[:1], *in_order[-1:]]))


def _seen_now(row: Options) -> bool:
    """Whether anything of a row is of the run that made the report; of one that is lost as a whole nothing is."""
    parts = {*row["looked_at"], *(one["part"] for name in ("failures", "drift") for one in row[name])} - {""}
    return not parts <= {*(row.get("seen") or {})}


def put_together(report: Options) -> str:
    """A sentence for when that was which a report of several tells of; empty for one of a run of its own."""
    between = seen(report)
    when = f"from {between[0]} to {between[1]}" if len(between) > 1 else "".join(between)
    return f"Seen {when}, put together {report['generated']}." if when else ""


def covers(report: Options) -> str:
    """What a run was limited to, or that it was everything."""
    return ", ".join(report.get("covers") or ()) or "everything"
