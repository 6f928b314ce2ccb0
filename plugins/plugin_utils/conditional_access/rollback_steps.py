# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a backup to what becomes of each of its objects. Sends nothing."""

from __future__ import annotations

import dataclasses
import typing as t

from .. import backup, reconcile
from ..shape import Json
from .named_location import NamedLocation, type_of
from .policy_kind import Policy


@dataclasses.dataclass(frozen=True)
class Touched:
    """One object that the run wrote. ``images`` are its states from before the first write to what the last was to leave, None
    for not there; the first is what it goes back to. ``writes`` are the ids of the writes. ``id`` is None for one that was being
    made when the run was killed."""

    noun: str
    id: str | None
    images: tuple[Json | None, ...]
    writes: tuple[str, ...] = ()

    @property
    def was(self) -> Json | None:
        return self.images[0]

    @property
    def left(self) -> Json | None:
        return self.images[-1]

    @property
    def name(self) -> str:
        shown = next(image for image in self.images if image)
        return f"{self.noun} '{shown.get('displayName')}' ({self.id or 'no id known'})"


def touched(entries: t.Sequence[backup.Entry], tenant: str) -> list[Touched]:
    """What a backup says of a tenant, an object each."""
    found: dict[tuple[str, str], Touched] = {}
    for entry in entries:
        # A create that was refused has left nothing.
        if entry.tenant == tenant and (entry.before or entry.after):
            key = (entry.noun, entry.id or entry.write)
            known = found.get(key, Touched(entry.noun, entry.id, ()))
            images = (*known.images, entry.before, *entry.between, entry.after)
            found[key] = Touched(entry.noun, entry.id, images, (*known.writes, entry.write))
    return list(found.values())


@dataclasses.dataclass
class Tenant:
    """What the tenant has now: objects by id in lower case, those that are there and those that were deleted, by noun. ``anew``
    has the new ids of what is gone for good and was made anew."""

    there: t.Mapping[str, t.Mapping[str, Json]]
    deleted: t.Mapping[str, t.Mapping[str, Json]]
    anew: dict[str, str] = dataclasses.field(default_factory=dict)

    def of(self, one: Touched) -> Json | None:
        """The object, if it is there. Raises reconcile.Ambiguous for one that is known by its name alone and is not alone.

        One whose id nothing has any more may have been made anew by a rollback before this one, and one that was being made when
        the run was killed may be there: both are known by the name and by what is in them.
        """
        key = (one.id or "").lower()
        found = self.there[one.noun].get(key)
        image = one.was or one.left
        if found or image is None or key in self.deleted[one.noun] or (one.id and one.was is None):
            return found
        kind, wanted = _kind(one), with_new_ids(image, self.anew)
        alike = [entry for entry in self.there[one.noun].values() if _same(kind, entry, wanted)]
        again = reconcile.identify(kind, alike, None, image["displayName"])
        if again and one.id:
            self.anew[key] = again["id"]
        return again


@dataclasses.dataclass(frozen=True)
class Step:
    """What becomes of one object."""

    one: Touched
    kind: reconcile.Kind
    plan: reconcile.Plan


def with_new_ids(value: t.Any, anew: t.Mapping[str, str]) -> t.Any:
    """A Graph object with the ids that locations have got which could not be restored and were made anew."""
    if not anew:
        return value
    if isinstance(value, dict):
        return {name: with_new_ids(inner, anew) for name, inner in value.items()}
    if isinstance(value, list):
        return [with_new_ids(inner, anew) for inner in value]
    return anew.get(value.lower(), value) if isinstance(value, str) else value


def _kind(one: Touched) -> reconcile.Kind:
    return (
        NamedLocation(type_of(next(image for image in one.images if image)))
        if one.noun == NamedLocation.noun
        else Policy()
    )


def steps_of(entries: t.Sequence[Touched], tenant: Tenant, force: bool) -> tuple[list[Step], list[str]]:
    """A step for each object, and the problems of those that are not what the run left."""
    steps, problems = [], []
    # Locations first, since policies may name some of them by the ids that they had.
    for one in sorted(entries, key=lambda one: one.noun != NamedLocation.noun):
        kind = _kind(one)
        try:
            current = tenant.of(one)
        except reconcile.Ambiguous as error:
            problems.append(str(error))
            continue
        one = dataclasses.replace(one, images=tuple(with_new_ids(image, tenant.anew) for image in one.images))
        if not force and (since := _since(kind, one, current)):
            problems.append(since)
        steps.append(Step(one, kind, _plan(kind, one, current, tenant)))
    return steps, problems


def is_as_before(one: Touched, tenant: Tenant) -> bool:
    """Whether an object is what it was before the run, and not also what the run was to leave. Several of its name are not."""
    try:
        current = tenant.of(one)
    except reconcile.Ambiguous:
        return False
    kind = _kind(one)
    return _same(kind, current, one.was) and not _same(kind, current, one.left)


def _since(kind: reconcile.Kind, one: Touched, current: Json | None) -> str | None:
    """The problem with an object that is none of what the run knew: somebody else has changed it since."""
    if any(_same(kind, current, image) for image in one.images):
        return None
    left = one.left
    if current is None:
        what = "has been deleted"
    elif left is None:
        what = "is there again, in another form"
    else:
        what = f"has been changed ({', '.join(_changes(kind, current, left))})"
    return (
        f"{one.name} {what} since the backup, by a later run or by a person. Look at it first; with force (-e force=true), it "
        "is put back all the same and that change is lost."
    )


def _same(kind: reconcile.Kind, current: Json | None, image: Json | None) -> bool:
    if current is None or image is None:
        return current is image
    # What a create was meant to make does not name what Graph fills in.
    return not [name for name in _changes(kind, current, image) if name in image]


def _changes(kind: reconcile.Kind, current: Json, wanted: Json) -> Json:
    """The properties in which an object is not what is wanted, as they are wanted."""
    names = {name for name in (*wanted, *current) if "@" not in name and name not in kind.shape.passive}
    return {name: wanted.get(name) for name in sorted(names) if reconcile.differs(kind, name, current, wanted)}


def _plan(kind: reconcile.Kind, one: Touched, current: Json | None, tenant: Tenant) -> reconcile.Plan:
    was = one.was
    if was is None:
        return reconcile.plan(kind, current, {}, "absent")
    if current is not None:
        changes = _changes(kind, current, was)
        return reconcile.Plan(
            "update" if changes else "nothing", current["id"], current, {**current, **changes}, changes
        )
    gone = tenant.deleted[one.noun].get(was["id"].lower())
    if gone:
        return reconcile.Plan("restore", gone["id"], None, was, _changes(kind, gone, was))
    return reconcile.Plan("create", None, None, {name: v for name, v in was.items() if name not in kind.shape.passive})


def afterwards(steps: t.Sequence[Step], noun: str, tenant: Tenant) -> dict[str, Json]:
    """The objects of a kind as they would be, by id in lower case; one that is made anew by the id it had."""
    objects = dict(tenant.there[noun])
    for step in (step for step in steps if step.kind.noun == noun):
        key = (step.plan.id or step.one.id or "").lower()
        if step.plan.verb != "nothing":
            objects.pop(key, None)
            if step.plan.after:
                objects[key] = {**step.plan.after, "id": key}
    return objects
