# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying a plan out: the requests, and then reads until the tenant shows what was asked for. Only then is it done.

Whatever the answers are, an object is made once, and nobody else's change is written over. Several writes can be waited for at
the end, in ``shown.settle``, all at once.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .backup import Intent
from .graph.errors import Conflict, EntraError, GraphError, NotFound, OutcomeUnknown
from .graph.reads import Reads
from .options import Options
from .reconcile import TIMES, Ambiguous, Kind, Plan, differs, placeholder
from .shape import Json
from .shown import SHOWN_WITHIN, TWIN_GONE_WITHIN, Mismatch, expected, first_made
from .writes import Writes

# Of a module that can leave the waiting to a later task.
OPTIONS: Options = {
    "wait": {"type": "bool", "default": True},
    "earlier_results": {"type": "list", "elements": "raw", "default": []},
}


# How many seconds a create whose answer was lost is looked for before it is sent again, and once more after that: it may have
# been carried out and show late.
LOST_WITHIN = 30.0


class Interfered(EntraError):
    """Somebody else wrote the same object while this ran."""

    kind = "conflict"


@dataclasses.dataclass
class Apply:
    """Carries a plan out. Raises the session's errors, Mismatch, Interfered and Ambiguous.

    Without ``wait``, what does not show at the first look is left to ``shown.settle``, and counts as there until then.
    """

    kind: Kind
    plan: Plan
    reads: Reads
    writes: Writes
    wait: bool = True
    _late: bool = dataclasses.field(default=False, init=False)

    def run(self) -> Json | None:
        """Send the plan; returns the object as Graph then shows it, None after a delete. Check mode sends nothing, and returns it
        as it would be."""
        plan = self.plan
        if plan.verb == "nothing":
            return plan.after
        intent = Intent(self.kind.noun, plan.verb, plan.id, plan.before, plan.after, self._between())
        if self.writes.check_mode:
            self.writes.planned(intent)
            after = t.cast(Json, plan.after)
            return (
                {**after, "id": placeholder(self.kind, after["displayName"])} if plan.verb == "create" else plan.after
            )
        write, twins = self.writes.begin(intent), None
        cost = self.reads.session.cost
        mark = cost.mark()
        try:
            if plan.verb == "create":
                after, twins = self._create(write.made)
            else:
                after = getattr(self, f"_{plan.verb}")()
            write.done(after, shown=not self._late)
        except BaseException as error:  # also where Ansible ends the task, as after its timeout
            # How far it came is not known here, so the next item of a loop must look for itself.
            self.reads.forget()
            write.failed(error, refused=not cost.perhaps(mark))
            error.beside = self.writes.result()  # type: ignore[attr-defined]  # read by the action
            raise
        if self._late:
            self.reads.expect(expected(self.kind, write.entry.id, plan.before, after))
        else:
            self.reads.written(self.kind.collection, plan.id, after)
        # Only now, when what was made is written down: it may have to go again.
        return self._alone(after, twins) if plan.verb == "create" else after

    def _between(self) -> list[Json]:
        """The states in which a plan of several writes would leave the object if it came to an end in the middle."""
        plan = self.plan
        if plan.verb == "restore":
            return [plan.restored] if plan.restored and plan.changes else []
        before = t.cast(Json, plan.before)
        first = self.kind.before_delete(before) if plan.verb == "delete" else {}
        return [{**before, **first}] if first else []

    def _create(self, made_known: t.Callable[[str], None]) -> tuple[Json, list[Json] | None]:
        """What was made, and what else has its name now, None where that is not known yet."""
        wanted = t.cast(Json, self.plan.after)
        # Whatever is made is told from what was there, which may have been forgotten after an earlier failure.
        self.reads.listings([self.kind.collection])
        made, lost = None, None
        while made is None:
            try:
                made = self._patiently(
                    "create", lambda: self.reads.session.create(self.kind.collection, self.kind.body(wanted))
                )
            except OutcomeUnknown as unknown:
                made = self._looked_for(unknown)
                lost = None if made else unknown
        made_known(made["id"])
        if lost:
            self._lost_shows(made, lost)
        # The listing shows it, and whether it is the only one of its name, in one request; if it lags, the object is read.
        named = self._new_of_that_name()
        own = [one for one in named if one["id"] == made["id"] and not self._different(one, wanted)]
        if own:
            return own[0], [one for one in named if one not in own]
        # One of two must not be left to be found later.
        after = {**wanted, "id": made["id"], "createdDateTime": made.get("createdDateTime")}
        return self._seen(f"{self.kind.collection}/{made['id']}", wanted, after, wait=self.wait or bool(named)), (
            [] if self._late else None
        )

    def _looked_for(self, unknown: OutcomeUnknown) -> Json | None:
        """After a create whose answer was lost: what it made, None where it made nothing."""
        again = self.reads.session.patience.looks(LOST_WITHIN)
        while True:
            new = self._new_of_that_name()
            if new or not again(unknown):
                return new[0] if new else None

    def _lost_shows(self, made: Json, lost: OutcomeUnknown) -> None:
        """After a create that was sent again: look whether the one that was lost shows after all. It then is a twin."""
        again = self.reads.session.patience.looks(LOST_WITHIN)
        while not [one for one in self._new_of_that_name() if one["id"] != made["id"]] and again(lost):
            pass

    def _new_of_that_name(self) -> list[Json]:
        """Objects with the name of what is made that are there now and not known to this task. What it has made is known to it
        once that is done."""
        session, path = self.reads.session, self.kind.collection
        known = {entry["id"] for entry in self.reads.listings([path])[0]}
        name = t.cast(Json, self.plan.after)["displayName"]
        there = [self.reads.sound(path, entry) for entry in session.pages(session.get(path))]
        return [entry for entry in there if entry.get("displayName") == name and entry["id"] not in known]

    def _alone(self, made: Json, twins: list[Json] | None) -> Json:
        """What was made, or another of its name where another run has made that first: two of a name could not be told apart.

        Of both runs, the one that made the later object takes its own away. Raises Ambiguous where the other stays.
        """
        again = self.reads.session.patience.looks(TWIN_GONE_WITHIN)
        while twins := self._new_of_that_name() if twins is None else twins:
            first = first_made([made, *twins])
            if first is not made:
                return self._given_way(made, first)
            ids = " and ".join(one["id"] for one in twins)
            why = f"Somebody else made another {self.kind.noun} '{made['displayName']}' at the same time: {ids}."
            if not again(why):
                error = Ambiguous(
                    f"{why} Delete it, or the one that this task made, {made['id']}: until then nothing can tell them apart."
                )
                error.beside = self.writes.result()
                raise error
            twins = None
        return made

    def _given_way(self, made: Json, first: Json) -> Json:
        """Delete what was made here, and make the other one what was asked for."""
        dataclasses.replace(self, plan=Plan("delete", made["id"], made, None)).run()
        wanted = t.cast(Json, self.plan.after)
        changes = {name: wanted[name] for name in self._different(first, wanted)}
        plan = Plan("update" if changes else "nothing", first["id"], first, {**first, **changes}, changes)
        return t.cast(Json, dataclasses.replace(self, plan=plan).run())

    def _restore(self) -> Json:
        path = f"{self.kind.collection}/{self.plan.id}"
        action = f"{self.kind.deleted}/{self.plan.id}/restore"
        try:
            self._patiently("restore", lambda: self.reads.session.act(action))
        except OutcomeUnknown as unknown:
            if not self._is_there(path, unknown):
                self.reads.session.act(action)
        shown = self._seen(path, {}, t.cast(Json, self.plan.restored))
        return self._update() if self.plan.changes else shown

    def _is_there(self, path: str, unknown: OutcomeUnknown) -> bool:
        """After a restore whose answer was lost: whether it was carried out all the same."""
        again = self.reads.session.patience.looks(LOST_WITHIN)
        while not (there := self._is_shown(path)) and again(unknown):
            pass
        return there

    def _is_shown(self, path: str) -> bool:
        try:
            self.reads.session.get(path)
        except NotFound:
            return False
        return True

    def _update(self) -> Json:
        path = f"{self.kind.collection}/{self.plan.id}"
        self._patiently("update", lambda: self.reads.session.update(path, self.kind.body(self.plan.changes)))
        return self._seen(path, self.plan.changes, t.cast(Json, self.plan.after), wait=self.wait)

    def _delete(self) -> None:
        path = f"{self.kind.collection}/{self.plan.id}"
        if first := self.kind.before_delete(t.cast(Json, self.plan.before)):
            self._patiently("update", lambda: self.reads.session.update(path, self.kind.body(first)))
            if self.wait:
                self._seen(path, first, {})
        self._patiently("delete", lambda: self.reads.session.delete(path))
        again = self.reads.session.patience.looks(SHOWN_WITHIN)
        while self._is_shown(path):
            if not self.wait:
                self._late = True
                return
            if not again(f"The deleted {self.kind.noun} is still shown by Graph."):
                raise Mismatch(f"Graph accepted the deletion of {self.kind.noun} {self.plan.id} and still shows it.")

    def _seen(self, path: str, wanted: Json, after: Json, wait: bool = True) -> Json:
        """Read until Graph shows what was written; returns what it shows. Without ``wait``, ``after`` where the first look
        does not show it."""
        again = self.reads.session.patience.looks(SHOWN_WITHIN)
        while True:
            different = ["the object itself"]
            try:
                shown = self.reads.sound(self.kind.collection, self.reads.session.get(path))
            except NotFound:
                why = f"The new {self.kind.noun} is not shown by Graph yet."
            else:
                different = self._different(shown, wanted)
                if not different:
                    return shown
                why = f"Graph does not show the new {', '.join(different)} of the {self.kind.noun} yet."
            if not wait:
                self._late = True
                return after
            if not again(why):
                break
        raise Mismatch(
            f"Graph accepted a {self.kind.noun} and does not show what was sent: {', '.join(different)} is different at "
            f"{path}, after {self.reads.session.patience.waited:.0f} s of waiting. Look at it in the admin center before relying "
            "on it, and before running this again: what is not shown yet would be made twice."
        )

    def _different(self, shown: Json, wanted: Json) -> list[str]:
        """The properties in which an object is not yet what it is to be."""
        return [name for name in wanted if not name.startswith("@") and differs(self.kind, name, shown, wanted)]

    def _patiently(self, verb: str, send: t.Callable[[], t.Any]) -> t.Any:
        """Send, and again while what stands in the way passes. Raises the session's errors, and Interfered."""
        again = self.reads.session.patience.looks(SHOWN_WITHIN)
        while True:
            try:
                return send()
            except GraphError as error:
                if isinstance(error, Conflict):
                    self._refuse_interference(error)
                elif not self.kind.passing(error, verb):
                    raise
                if not again(error):
                    raise

    def _refuse_interference(self, conflict: Conflict) -> None:
        """Whoever wrote the object meanwhile may have changed what this task has judged. Raises Interfered."""
        done = self._done_by_others()
        if done:
            name = (self.plan.after or self.plan.before or {}).get("displayName")
            raise Interfered(
                f"{self.kind.noun} '{name}' was {done} by somebody else while this ran, so that what was to be written is not "
                f"written over it. Run it again; it starts from what is there now. {conflict}"
            ) from conflict

    def _done_by_others(self) -> str:
        """What has become of the object since the plan was made, but for this task's own first step; empty where nothing has."""
        plan = self.plan
        before = plan.before or plan.restored
        if before is None:
            return " and ".join(f"made as {entry['id']}" for entry in self._new_of_that_name())
        # What an earlier try of ours has left, whose answer was lost, is nobody else's.
        images = [before, *self._between(), *([plan.after] if plan.after else [])]
        try:
            shown = self.reads.session.get(f"{self.kind.collection}/{self.plan.id}")
        except NotFound:
            return "deleted"
        kept = {*self.kind.shape.passive, *TIMES.values()}
        changed = [
            name
            for name in before
            if "@" not in name and name not in kept and all(differs(self.kind, name, image, shown) for image in images)
        ]
        return f"changed ({', '.join(changed)})" if changed else ""
