# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan, apply, report: the one path of every module that writes.

The plan is worked out from what is there and what is asked for, and sends nothing. Check mode and diff come from it. Applying
it sends the requests, and then reads back until the tenant shows what was asked for. Only then is it reported.
"""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t

from . import guids
from .graph.errors import BadInput, Conflict, EntraError, GraphError, NotFound, OutcomeUnknown
from .graph.reads import Reads
from .shape import Json, Options, Shape, bare
from .writes import Writes

# How many seconds are waited for an accepted change to show, and for what hinders one to pass, before the reader is told that it
# does not: reads of Graph lag behind its writes by some tens of seconds at worst.
SHOWN_WITHIN = 60.0

# How many seconds a create whose answer was lost is looked for before it is sent again.
LOST_WITHIN = 30.0

# How many seconds another of the same name has to go, when two runs have made one each.
TWIN_GONE_WITHIN = 15.0

# What Graph keeps about every object, by the name under which the modules return it.
TIMES = {"created": "createdDateTime", "modified": "modifiedDateTime"}

PLACEHOLDER = "00000000-0000-4000-8000-"


class Mismatch(EntraError):
    """Graph accepted a change and then did not show it."""


class Ambiguous(EntraError):
    """Several objects have the name by which one was meant."""


class Interfered(EntraError):
    """Somebody else wrote the same object while this ran."""


class Kind(t.Protocol):
    """One kind of object that is kept right. Declared by a module's room, used by this engine."""

    noun: str
    collection: str
    deleted: str
    shape: Shape
    # What Graph keeps about such an object beside the times: the name that the modules return it under, and the property.
    metadata: t.Mapping[str, str]

    def body(self, value: Json) -> Json:
        """The object as a request takes it, from the whole object or from the properties that change."""

    def passing(self, error: GraphError, verb: str) -> bool:
        """True where a refusal comes from a change of ours that Graph has not yet seen everywhere: worth another try."""

    def before_delete(self, apply: Apply) -> None:
        """What must happen first for a delete to be taken."""

    def between(self, plan: Plan) -> list[Json]:
        """The states in which a plan of several writes would leave the object if it came to an end in the middle."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """What would be done. ``verb`` is create, restore, update, delete or nothing; ``changes`` are the properties that an update
    sends, also the one that follows a restore."""

    verb: str
    id: str | None
    before: Json | None
    after: Json | None
    changes: Json = dataclasses.field(default_factory=dict)
    # What a restore brings back, before it is changed.
    restored: Json | None = None


def identify(kind: Kind, listing: t.Sequence[Json], id: str | None, name: str | None) -> Json | None:
    """The object meant: by id if given, else by exact display name. Raises Ambiguous."""
    named = _meant(listing, id, name)
    if len(named) > 1:
        ids = " and ".join(entry["id"] for entry in named)
        raise Ambiguous(
            f"{len(named)} {kind.noun} objects are called '{name}': {ids}. Nothing was written. Say which one is meant with the "
            "option id, or delete the one that is not."
        )
    return named[0] if named else None


def _meant(listing: t.Sequence[Json], id: str | None, name: str | None) -> list[Json]:
    if id is not None:
        return [entry for entry in listing if guids.same(entry["id"], id)]
    return [entry for entry in listing if entry.get("displayName") == name]


def deleted(kind: Kind, reads: Reads, options: Options) -> Json | None:
    """The deleted object meant, where there is none alive and it is to be restored. Raises Ambiguous."""
    if not options["restore_deleted"] or options["state"] == "absent":
        return None
    (listing,) = reads.listings([kind.deleted])
    named = _meant(listing, options["id"], options["display_name"])
    if len(named) > 1:
        each = " and ".join(f"{entry['id']} (deleted {entry.get('deletedDateTime')})" for entry in named)
        raise Ambiguous(
            f"{len(named)} deleted {kind.noun} objects are called '{options['display_name']}': {each}. Nothing was written. Say "
            "which one is meant with the option id."
        )
    return named[0] if named else None


def refuse_confusion(kind: Kind, listing: t.Sequence[Json], current: Json | None, options: Options) -> None:
    """Names that would be mistaken for another object's from then on, or that do not go with the id. Raises BadInput."""
    name, there = options["display_name"], (current or {}).get("displayName")
    if name is None or name == there:
        return
    problems = []
    if options["state"] == "absent":
        if current:
            problems.append(
                f"display_name: {kind.noun} {current['id']} is called '{there}', not '{name}'; leave one out."
            )
    elif name != name.strip():
        problems.append(f"display_name: '{name}' begins or ends with a blank, which nobody would see; leave it out.")
    elif current and (taken := next((e for e in listing if e.get("displayName") == name), None)):
        problems.append(
            f"display_name: '{name}' is the name of {taken['id']} already; two of a name cannot be told apart."
        )
    if problems:
        raise BadInput(problems, looked=True)


def refuse_twin(kind: Kind, listing: t.Sequence[Json], gone: Json | None, options: Options) -> None:
    """A deleted object that would come back beside another of its name. Raises BadInput."""
    name = options["display_name"] or (gone or {}).get("displayName")
    twin = next((entry for entry in listing if gone and entry.get("displayName") == name), None)
    if gone and twin:
        problem = (
            f"restore_deleted: {kind.noun} {gone['id']} would come back as '{name}', which is the name of {twin['id']} by now; "
            "two of a name cannot be told apart. Give it another with display_name, or rename or delete that one first."
        )
        raise BadInput([problem], looked=True)


def selected(listing: t.Sequence[Json], options: Options) -> list[Json]:
    """The objects that an _info module was asked for: of that id, of that name, or all; by name."""
    object_id, name = options["id"], options["display_name"]
    chosen = [
        entry
        for entry in listing
        if (object_id is None or guids.same(entry["id"], object_id)) and name in (None, entry.get("displayName"))
    ]
    return sorted(chosen, key=lambda entry: (str(entry.get("displayName")).casefold(), entry["id"]))


def plan(kind: Kind, current: Json | None, options: Options, state: str, gone: Json | None = None) -> Plan:
    """What it takes to get from ``current`` to what the options ask for. Sends nothing.

    ``gone`` is a deleted object that is to take the place of one that is not there: it comes back as it was, and is then changed.
    """
    if state == "absent":
        return Plan("delete", current["id"], current, None) if current else Plan("nothing", None, None, None)
    if current is None and gone is not None:
        changed, back = plan(kind, gone, options, state), {**bare(gone), "deletedDateTime": None}
        return Plan("restore", gone["id"], None, {**back, **changed.changes}, changed.changes, back)
    wanted = kind.shape.merge(current, options)
    if current is None:
        return Plan("create", None, None, wanted)
    rows = [field for field in kind.shape.fields if options.get(field.option) is not None]
    changes = {row.graph: wanted.get(row.graph) for row in rows if differs(kind, row.graph, current, wanted)}
    verb = "update" if changes else "nothing"
    return Plan(verb, current["id"], current, {**bare(current), **changes}, changes)


def differs(kind: Kind, prop: str, one: Json, other: Json) -> bool:
    """Whether two objects of a kind have a property in two values that Graph tells apart."""
    return kind.shape.normal({prop: one.get(prop)}) != kind.shape.normal({prop: other.get(prop)})


@dataclasses.dataclass
class Apply:
    """Carries a plan out. Raises the session's errors, Mismatch, Interfered and Ambiguous."""

    kind: Kind
    plan: Plan
    reads: Reads
    writes: Writes
    # The last listing after a create, where it has shown what was made.
    _looked: list[Json] | None = dataclasses.field(default=None, init=False)

    def run(self) -> Json | None:
        """Send the plan; returns the object as Graph then shows it, None after a delete. Check mode sends nothing, and returns it
        as it would be."""
        plan = self.plan
        if plan.verb == "nothing":
            return plan.after
        between = [*([plan.restored] if plan.restored and plan.changes else []), *self.kind.between(plan)]
        told = (self.kind.noun, plan.verb, plan.id, plan.before, plan.after, between)
        if self.writes.check_mode:
            self.writes.planned(*told)
            made = (
                {"id": placeholder(self.kind, plan.after["displayName"])}
                if plan.after and plan.verb == "create"
                else {}
            )
            return plan.after and {**plan.after, **made}
        write = self.writes.begin(*told)
        mark = self.reads.session.cost.mark()
        try:
            after = self._create(write.made) if plan.verb == "create" else getattr(self, f"_{plan.verb}")()
        except EntraError as error:
            # How far it came is not known here, so the next item of a loop must look for itself.
            self.reads.forget()
            refused = isinstance(error, GraphError) and self.reads.session.cost.mark().written == mark.written
            write.failed(error, refused)
            error.beside = self.writes.result()
            raise
        write.done(after)
        self.reads.written(self.kind.collection, plan.id, after)
        # Only now, when what was made is written down: it may have to go again.
        return self._alone(t.cast(Json, after)) if plan.verb == "create" else after

    def _create(self, made_known: t.Callable[[str], None]) -> Json:
        wanted = t.cast(Json, self.plan.after)
        made = None
        while made is None:
            try:
                made = self.patiently(
                    "create", lambda: self.reads.session.create(self.kind.collection, self.kind.body(wanted))
                )
            except OutcomeUnknown as unknown:
                made = self._looked_for(unknown)
        made_known(made["id"])
        # The listing shows it, and whether it is the only one of its name, in one request; if it lags, the object is read.
        self._looked = self._listing()
        for one in self._looked:
            if one["id"] == made["id"] and not self._different(one, wanted):
                return one
        self._looked = None
        return self.seen(f"{self.kind.collection}/{made['id']}", wanted)

    def _looked_for(self, unknown: OutcomeUnknown) -> Json | None:
        """After a create whose answer was lost: what it made, None where it made nothing."""
        again = self.reads.session.patience.looks(LOST_WITHIN)
        while True:
            new = self._new_of_that_name(self._listing())
            if new or not again(str(unknown)):
                return new[0] if new else None

    def _listing(self) -> list[Json]:
        """What is there now, past what the task has read."""
        session, path = self.reads.session, self.kind.collection
        return [self.reads.sound(path, entry) for entry in session.pages(session.get(path))]

    def _new_of_that_name(self, listing: t.Sequence[Json]) -> list[Json]:
        """Objects with the name of what is made that were not there when this task began."""
        known = {entry["id"] for entry in self.reads.listings([self.kind.collection])[0]}
        name = t.cast(Json, self.plan.after)["displayName"]
        return [entry for entry in listing if entry.get("displayName") == name and entry["id"] not in known]

    def _alone(self, made: Json) -> Json:
        """What was made, or another of its name where another run has made that first: two of a name could not be told apart.

        Of both runs, the one that made the later object takes its own away. Raises Ambiguous where the other stays.
        """
        again = self.reads.session.patience.looks(TWIN_GONE_WITHIN)
        looked = self._looked
        while True:
            # The listing of the task has what was made by now, so that it is not new.
            twins = self._new_of_that_name(self._listing() if looked is None else looked)
            looked = None
            if not twins:
                return made
            first = min([made, *twins], key=lambda one: (str(one.get("createdDateTime") or ""), one["id"]))
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

    def _given_way(self, made: Json, first: Json) -> Json:
        """Delete what was made here, and make the other one what was asked for."""
        dataclasses.replace(self, plan=Plan("delete", made["id"], made, None)).run()
        wanted = t.cast(Json, self.plan.after)
        changes = {name: wanted[name] for name in wanted if "@" not in name and differs(self.kind, name, first, wanted)}
        verb = "update" if changes else "nothing"
        return t.cast(
            Json, dataclasses.replace(self, plan=Plan(verb, first["id"], first, {**first, **changes}, changes)).run()
        )

    def _restore(self) -> Json:
        path = f"{self.kind.collection}/{self.plan.id}"
        action = f"{self.kind.deleted}/{self.plan.id}/restore"
        try:
            self.patiently("restore", lambda: self.reads.session.act(action))
        except OutcomeUnknown as unknown:
            if not self._is_there(path, unknown):
                self.reads.session.act(action)
        shown = self.seen(path, {})
        return self._update() if self.plan.changes else shown

    def _is_there(self, path: str, unknown: OutcomeUnknown) -> bool:
        """After a restore whose answer was lost: whether it was carried out all the same."""
        again = self.reads.session.patience.looks(LOST_WITHIN)
        while True:
            try:
                self.reads.session.get(path)
            except NotFound:
                if not again(str(unknown)):
                    return False
            else:
                return True

    def _update(self) -> Json:
        path = f"{self.kind.collection}/{self.plan.id}"
        self.patiently("update", lambda: self.reads.session.update(path, self.kind.body(self.plan.changes)))
        return self.seen(path, self.plan.changes)

    def _delete(self) -> None:
        path = f"{self.kind.collection}/{self.plan.id}"
        self.kind.before_delete(self)
        self.patiently("delete", lambda: self.reads.session.delete(path))
        again = self.reads.session.patience.looks(SHOWN_WITHIN)
        while True:
            try:
                self.reads.session.get(path)
            except NotFound:
                return
            if not again(f"The deleted {self.kind.noun} is still shown by Graph."):
                break
        raise Mismatch(f"Graph accepted the deletion of {self.kind.noun} {self.plan.id} and still shows it.")

    def seen(self, path: str, wanted: Json) -> Json:
        """Read until Graph shows what was written; returns what it shows."""
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

    def patiently(self, verb: str, send: t.Callable[[], t.Any]) -> t.Any:
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
                if not again(str(error)):
                    raise

    def _refuse_interference(self, conflict: Conflict) -> None:
        """Whoever wrote the object meanwhile may have changed what this task has judged. Raises Interfered."""
        plan = self.plan
        if plan.before is None:
            changed = (
                " and ".join(f"made as {entry['id']}" for entry in self._new_of_that_name(self._listing()))
                if plan.after
                else ""
            )
        else:
            try:
                shown = self.reads.session.get(f"{self.kind.collection}/{plan.id}")
                changed = ", ".join(name for name in plan.before if self._changed(name, plan.before, shown))
                changed = f"changed ({changed})" if changed else ""
            except NotFound:
                changed = "deleted"
        if changed:
            name = (plan.after or plan.before or {}).get("displayName")
            raise Interfered(
                f"{self.kind.noun} '{name}' was {changed} by somebody else while this ran, so that what was to be written is not "
                f"written over it. Run it again; it starts from what is there now. {conflict}"
            ) from conflict

    def _changed(self, name: str, before: Json, shown: Json) -> bool:
        # Taking the trusted mark off is this task's own first step to a delete.
        own = self.kind.between(self.plan)
        images = [before, *own]
        skipped = "@" in name or name in self.kind.shape.passive or name in TIMES.values()
        return not skipped and all(differs(self.kind, name, image, shown) for image in images)


def placeholder(kind: Kind, name: str) -> str:
    """The id that check mode gives to what it would have created, so that later tasks of a check run can refer to it."""
    return PLACEHOLDER + hashlib.sha256(f"{kind.noun} {name}".encode()).hexdigest()[:12]


def is_placeholder(id: str) -> bool:
    """True for an id that only check mode hands out."""
    return guids.plain(id).startswith(PLACEHOLDER)


def shown(kind: Kind, value: Json | None) -> Options:
    """An object as the modules return it, ready to be given back: its id and the module's own options, and nothing else."""
    return {} if value is None else {"id": value.get("id"), **kind.shape.options(value)}


def metadata(kind: Kind, value: Json | None) -> Options:
    """What Graph keeps about an object and no option sets; ``deleted`` only where it was."""
    if value is None:
        return {}
    told = {name: value.get(graph) for name, graph in (*TIMES.items(), *kind.metadata.items())}
    deleted = value.get("deletedDateTime")
    return {**told, "deleted": deleted} if deleted else told


def listed(kind: Kind, entries: t.Sequence[Json]) -> Options:
    """What an _info module returns beside the objects, by their ids: metadata, and what no option knows."""
    return {
        "metadata": {entry["id"]: metadata(kind, entry) for entry in entries},
        "unknown": {entry["id"]: unknown for entry in entries if (unknown := kind.shape.unknown(entry))},
    }


def beside(kind: Kind, value: Json | None) -> tuple[Options, list[str]]:
    """What a module returns beside its one object, and the warnings that belong to it."""
    unknown = kind.shape.unknown(value)
    told = ", ".join(unknown)
    warnings = [f"This version does not know what the {kind.noun} holds in {told}; it is left as it is."]
    return {"metadata": metadata(kind, value), "unknown": unknown}, warnings if unknown else []


def report(kind: Kind, plan: Plan) -> Options:
    """A task's result but for the object: changed and diff. The diff has the options only, not ids and times."""
    name = (plan.after or plan.before or {}).get("displayName")
    header = f"{kind.noun} {name}" if name else kind.noun
    return {
        "changed": plan.verb != "nothing",
        "diff": {
            "before_header": header,
            "after_header": header,
            "before": kind.shape.options(plan.before) if plan.before else {},
            "after": kind.shape.options(plan.after) if plan.after else {},
        },
    }


def not_there(kind: Kind, id: str) -> BadInput:
    """The words for an id that nothing has."""
    problem = f"id: there is no {kind.noun} with id {id} in this tenant; leave id out to find it by display_name."
    return BadInput([problem], looked=True)
