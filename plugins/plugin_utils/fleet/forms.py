# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms of what a fleet report is made of, as data: what other tasks have registered, a tenant's row, an earlier report.

All of it comes from outside: a playbook may hand on the wrong variable, and a file may be anybody's. A form is a type, a question
that a value answers, a list of one form, or a dictionary of forms by key, where a key that ends in ``?`` may be left out and
``*`` stands for any.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..conditional_access import moments
from ..conditional_access.verdicts import FAIL, PASS, UNKNOWN
from ..options import Options

COST = {"count": int, "seconds?": (int, float)}


def moment(value: t.Any) -> bool:
    """The form of a moment (RFC 3339)."""
    return isinstance(value, str) and not moments.problem("", value)


def one_of(*words: str) -> t.Callable[[t.Any], bool]:
    """The form of a text that is one of these."""
    return lambda value: value in words if isinstance(value, str) else False


def anything(value: t.Any) -> bool:
    """The form of what can be of any form."""
    return True


@dataclasses.dataclass(frozen=True)
class IfKnown:
    """A form, or null where nobody knows."""

    form: t.Any


@dataclasses.dataclass(frozen=True)
class Following:
    """A form of which one key follows from the others."""

    form: dict[str, t.Any]
    key: str
    worked_out: t.Callable[[Options], t.Any]


CHECK = {
    "id": str,
    "title": str,
    "status": one_of(PASS, FAIL, UNKNOWN),
    "evidence": str,
    "remedy": str,
    "unread?": bool,
}
UNLISTED = {"cidr": str, "users": [str], "count": int, "days": int}
SITE = {"name": str, "expires": moment}

# What tasks have registered; of what they return beside that nothing is used.
ASSESSMENT = {"checks?": [CHECK], "tenant_id?": str, "requests?": COST}
WATCH = {
    "enabled?": [{"certain": bool}],
    "report_only?": [{"certain": bool}],
    "summary?": [str],
    "requests?": COST,
}
IMPACT = {"suggestions?": [UNLISTED], "requests?": COST}
FAILURE = {"part": str, "task?": str, "result": dict}

# A tenant's row.
PROPERTY = {"path": str, "is": anything, "wanted": anything}
CHANGE = {"part": str, "object": str, "change": one_of("create", "update", "delete"), "properties": [PROPERTY]}
ROW = {
    "host": str,
    "tenant_id": str,
    "tenant_name": str,
    "restriction": str,
    "looked_at": [str],
    "checks": [{**CHECK, "part": str}],
    "drift": [CHANGE],
    "sites": [SITE],
    "unlisted": [UNLISTED],
    "unlisted_known": bool,
    "accepted_risks": [str],
    "failures": [{"part": str, "task": str, "kind": str, "message": str}],
    "requests": COST,
    # By part, where that was not when the report was made: version 1 has gained it.
    "seen?": {"*": moment},
}


def misfits(form: t.Any, value: t.Any, path: str) -> t.Iterator[str]:
    """Where a value is not of a form: the path of each place."""
    if isinstance(form, Following):
        wrong = list(misfits(form.form, value, path))
        yield from wrong or ([] if value[form.key] == form.worked_out(value) else [f"{path}.{form.key}"])
    elif isinstance(form, IfKnown):
        yield from () if value is None else misfits(form.form, value, path)
    elif isinstance(form, dict) and isinstance(value, dict):
        for key, inner in form.items():
            yield from _misfits_of_key(key, inner, value, path)
    elif isinstance(form, list) and isinstance(value, list):
        for number, one in enumerate(value):
            yield from misfits(form[0], one, f"{path}[{number}]")
    elif not _is(form, value):
        yield path


def _misfits_of_key(key: str, form: t.Any, value: Options, path: str) -> t.Iterator[str]:
    name = key.rstrip("?")
    for one in value if key == "*" else [name]:
        if one in value:
            yield from misfits(form, value[one], f"{path}.{one}")
        elif name == key:
            yield f"{path}.{name}"


def _is(form: t.Any, value: t.Any) -> bool:
    if isinstance(form, dict | list):
        return False
    if isinstance(form, type | tuple):
        # Python counts a truth value as a number.
        return isinstance(value, form) and (form is bool or not isinstance(value, bool))
    return bool(form(value))
