# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What earlier tasks of a run have written, as their results tell it, and waiting for it to show."""

from __future__ import annotations

import typing as t

from .. import backup
from ..graph.reads import Reads
from ..options import ArgumentSpec, Options
from ..registered import each
from ..shown import expected, settle
from . import moments
from .named_location import NamedLocation
from .policy_kind import Policy

_KINDS = {kind.noun: kind for kind in (NamedLocation(), Policy())}


class Told(t.NamedTuple):
    """A write that a result tells of. ``shown`` is whether Graph has shown it."""

    entry: backup.Entry
    shown: bool


def writes_of(results: t.Any) -> list[Told]:
    """The writes that registered results tell of, in order. Raises TypeError, ValueError."""
    found = [_told(values) for one in each(results) for values in one.get("writes") or ()]
    return list({one.entry.write: one for one in found}.values())


def _told(values: t.Any) -> Told:
    # What is not there is left out where a registered result is handed on.
    known = {"id": None, "before": None, "after": None, **values}
    shown = known.pop("shown", True)
    if not isinstance(shown, bool):
        raise ValueError("shown is neither true nor false")
    entry = backup.checked(backup.Entry(**known))
    moments.moment(entry.at)
    return Told(entry, shown)


def problems(option: str, results: t.Any) -> list[str]:
    """What is wrong with registered results that are given in an option."""
    try:
        nouns = {one.entry.noun for one in writes_of(results)} - set(_KINDS)
    except (TypeError, ValueError) as error:
        return [f"{option}: holds writes that no module of this collection has returned ({error})."]
    return [f"{option}: {noun} is nothing that this version knows." for noun in sorted(nouns)]


def expect(results: t.Any, reads: Reads) -> None:
    """Take for there what earlier tasks have written in this tenant and Graph has not shown them. Raises Malformed."""
    for entry, shown in writes_of([one for one in each(results) if not one.get("failed")]):
        if entry.id is None or (shown and not reads.expected) or entry.tenant != reads.session.tenant_id:
            continue
        kind, after = _KINDS[entry.noun], {**entry.after, "id": entry.id} if entry.after else None
        if shown:
            reads.written(kind.collection, entry.id, after)
        else:
            reads.expect(expected(kind, entry.id, entry.before, after))


SPEC = ArgumentSpec(
    {"results": {"type": "list", "elements": "raw", "required": True}},
    checks=(lambda options: problems("results", options["results"]),),
)


def await_all(options: Options, reads: Reads) -> Options:
    """Wait until Graph shows what the results tell of. Raises EntraError."""
    expect(options["results"], reads)
    waited_for = reads.expected
    settle(reads)
    return {"objects": [{"name": one.name, "id": one.id, "there": one.after is not None} for one in waited_for]}
