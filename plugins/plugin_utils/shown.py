# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Until Graph shows what was written: several writes are waited for at the end, all at once, and what was made is the only one of
its name then."""

from __future__ import annotations

import typing as t

from .graph.errors import EntraError
from .graph.reads import Expected, Reads
from .reconcile import TIMES, Ambiguous, Kind, differs
from .shape import Json
from .writes import Writes

# How many seconds are waited for an accepted change to show, and for what hinders one to pass, before the reader is told that it
# does not: reads of Graph lag behind its writes by some tens of seconds at worst.
SHOWN_WITHIN = 60.0

# How many seconds another of the same name has to go, when two runs have made one each: as long as its end may take to show.
TWIN_GONE_WITHIN = SHOWN_WITHIN


class Mismatch(EntraError):
    """Graph accepted a change and then did not show it."""

    kind = "not_shown"


def expected(kind: Kind, id: str | None, before: Json | None, after: Json | None) -> Expected:
    """A write that was accepted and does not show yet."""
    there = t.cast(Json, after or before)
    passive = {*kind.shape.passive, *TIMES.values()}
    names = [name for name in after or () if "@" not in name and name not in passive]
    # Others of its properties may be somebody else's by now.
    names = [name for name in names if before is None or differs(kind, name, before, t.cast(Json, after))]

    def shows(shown: Json | None) -> bool:
        if shown is None or after is None:
            return shown is after
        return not [name for name in names if differs(kind, name, shown, after)]

    return Expected(
        kind.collection, str(id), after, f"{kind.noun} '{there.get('displayName')}' ({id})", shows, made=before is None
    )


def settle(reads: Reads, writes: Writes | None = None) -> None:
    """Wait until Graph shows all that was written without waiting for it. Raises Mismatch, and Ambiguous where an object that was
    made is not the only one of its name."""
    if not reads.expected:
        return
    made = [one for one in reads.expected if one.made]
    again = reads.session.patience.looks(SHOWN_WITHIN)
    try:
        while late := reads.late():
            names = ", ".join(one.name for one in late)
            if not again(f"Graph does not show what was written to {names} yet."):
                raise Mismatch(
                    f"Graph accepted what was written to {names}, and does not show it after "
                    f"{reads.session.patience.waited:.0f} s of waiting. Look at it in the admin center before relying on it, and "
                    "before running this again: what is not shown yet would be made twice."
                )
        for one in made:
            _alone(one, reads)
    except EntraError as error:
        error.beside = {**error.beside, **(writes.result() if writes else {})}
        raise


def _alone(made: Expected, reads: Reads) -> None:
    """See that what was made is the only one of its name. Of two runs, the one that made the later object takes its own away, as
    it does after this has failed; the other waits for that. Raises Ambiguous."""
    name = t.cast(Json, made.after)["displayName"]
    again = reads.session.patience.looks(TWIN_GONE_WITHIN)
    while True:
        (listing,) = reads.listings([made.path])
        named = [entry for entry in listing if entry.get("displayName") == name]
        twins = [entry["id"] for entry in named if entry["id"] != made.id]
        if not twins:
            return
        why = f"Somebody else made another of the name of {made.name} at the same time: {' and '.join(twins)}."
        if first_made(named)["id"] != made.id:
            raise Ambiguous(
                f"{why} It was first, so that it stays, and this one has to go: nothing could tell them apart."
            )
        if not again(why):
            raise Ambiguous(f"{why} Delete it, or the one that this run made: until then nothing can tell them apart.")
        reads.forget()


def first_made(named: t.Sequence[Json]) -> Json:
    """Of objects of one name the one that stays, for every run that sees them."""
    return min(named, key=lambda one: (str(one.get("createdDateTime") or ""), one["id"]))
