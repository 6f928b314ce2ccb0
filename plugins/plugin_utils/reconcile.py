# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan, apply, report: the one path of every module that writes.

The plan is worked out from what is there and what is asked for, and sends nothing. Check mode and diff come from it. What carries
it out is in apply.py.
"""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t

from . import guids
from .graph.errors import BadInput, EntraError, GraphError
from .graph.reads import Reads
from .shape import Json, Options, Shape, bare

# What Graph keeps about every object, by the name under which the modules return it.
TIMES = {"created": "createdDateTime", "modified": "modifiedDateTime"}

PLACEHOLDER = "00000000-0000-4000-8000-"


class Ambiguous(EntraError):
    """Several objects have the name by which one was meant."""

    kind = "ambiguous"


class Kind(t.Protocol):
    """One kind of object that is kept right. Declared by a module's room, used by this engine."""

    noun: str
    collection: str
    deleted: str
    shape: Shape
    # What Graph keeps about such an object beside the times: the name that the modules return it under, and the property.
    metadata: t.ClassVar[t.Mapping[str, str]]

    def body(self, value: Json) -> Json:
        """The object as a request takes it, from the whole object or from the properties that change."""

    def passing(self, error: GraphError, verb: str) -> bool:
        """True where a refusal comes from a change of ours that Graph has not yet seen everywhere: worth another try."""

    def before_delete(self, value: Json) -> Json:
        """The properties that must be written first, and be seen, for a delete of this object to be taken; often none."""


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
            f"{len(named)} {kind.noun} objects are called '{name}': {ids}. Nothing was written. In a task of your own, say "
            "which one is meant with the option id. The playbooks and roles go by the name: rename or delete the other one in "
            "the Entra admin center."
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
            f"{len(named)} deleted {kind.noun} objects are called '{options['display_name']}': {each}. Nothing was written. In "
            "a task of your own, say which one is meant with the option id."
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
    elif blanks := blank_problems("display_name", name):
        problems += blanks
    elif current and (taken := next((e for e in listing if e.get("displayName") == name), None)):
        problems.append(
            f"display_name: '{name}' is the name of {taken['id']} already; two of a name cannot be told apart."
        )
    if problems:
        raise BadInput(problems, looked=True)


def blank_problems(path: str, name: str) -> list[str]:
    """What is wrong with the name of an object that does not have it yet."""
    if name == name.strip():
        return []
    return [f"{path}: '{name}' begins or ends with a blank, which nobody would see; leave it out."]


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
    return bool(kind.shape.normal({prop: one.get(prop)}) != kind.shape.normal({prop: other.get(prop)}))


def placeholder(kind: Kind, name: str) -> str:
    """The id that check mode gives to what it would have created, so that later tasks of a check run can refer to it."""
    return PLACEHOLDER + hashlib.sha256(f"{kind.noun} {name}".encode()).hexdigest()[:12]


def is_placeholder(id: str) -> bool:
    """True for an id that only check mode hands out."""
    return str(guids.plain(id)).startswith(PLACEHOLDER)


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
    """A task's result but for the object: changed and diff. The diff has the options only, not ids and times, and of those what
    says something on one side or the other."""
    name = (plan.after or plan.before or {}).get("displayName")
    header = f"{kind.noun} {name}" if name else kind.noun
    before, after = (kind.shape.options(image) if image else {} for image in (plan.before, plan.after))
    return {
        "changed": plan.verb != "nothing",
        "diff": {
            "before_header": header,
            "after_header": header,
            "before": saying(before, after),
            "after": saying(after, before),
        },
    }


def saying(options: Options, beside: Options) -> Options:
    """Options without those that are null or empty, at any depth, where they are so in the options beside them too. False and 0
    say something."""
    kept = {}
    for name, value in options.items():
        other = beside.get(name)
        if _says_nothing(value) and _says_nothing(other):
            continue
        kept[name] = saying(value, other if isinstance(other, dict) else {}) if isinstance(value, dict) else value
    return kept


def _says_nothing(value: t.Any) -> bool:
    return all(map(_says_nothing, value.values())) if isinstance(value, dict) else value in (None, "", [])


def not_there(kind: Kind, id: str) -> BadInput:
    """The words for an id that nothing has."""
    problem = f"id: there is no {kind.noun} with id {id} in this tenant; leave id out to find it by display_name."
    return BadInput([problem], looked=True)
