# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Putting a backup back: each object as it was before the run wrote it, and gone again where it was not there.

The images in a backup are Graph's own, so that what the option tables do not know is put back too.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .. import backup, directory, reconcile
from ..graph.errors import BadInput
from ..graph.reads import Reads
from ..options import ArgumentSpec, Options
from ..shape import Json, Named
from . import lockout, policy_lockout, policy_references
from .guard import ON, SECURITY_DEFAULTS
from .named_location import NamedLocation, type_of
from .policy import ACCOUNT, Policy, dropped, with_names
from .policy_checks import account_problems

# What is sent first to last: a policy needs the locations that it names, and a location that is to go must be let go of.
_ORDER = (
    (NamedLocation.noun, ("create", "restore", "update")),
    (Policy.noun, ("create", "restore", "update", "delete")),
    (NamedLocation.noun, ("delete",)),
)

_DONE = {
    "delete": "deleted",
    "update": "put back",
    "restore": "restored",
    "create": "made anew",
    "nothing": "left as it is",
}


def _unreadable(options: Options) -> list[str]:
    try:
        entries = backup.read(options["backup_file"])
    except BadInput as error:
        return error.problems
    strange = sorted({entry.noun for entry in entries} - {NamedLocation.noun, Policy.noun})
    return [
        f"backup_file: '{options['backup_file']}' has {noun} in it, which this version cannot put back."
        for noun in strange
    ]


SPEC = ArgumentSpec(
    {
        "backup_file": {"type": "path", "required": True},
        "force": {"type": "bool", "default": False},
        "break_glass_accounts": {"type": "list", "elements": "str", "default": []},
        "service_account": {"type": "str"},
        "accept_risks": lockout.ACCEPT_RISKS,
        **backup.OPTION,
    },
    checks=(account_problems, lockout.unknown_risks, _unreadable),
)


@dataclasses.dataclass(frozen=True)
class Touched:
    """One object that the run wrote. ``images`` are its states from before the first write to what the last was to leave, None
    for not there; the first is what it goes back to. ``id`` is None for one that was being made when the run was killed."""

    noun: str
    id: str | None
    images: tuple[Json | None, ...]

    @property
    def was(self) -> Json | None:
        return self.images[0]

    @property
    def name(self) -> str:
        shown = next(image for image in self.images if image)
        return f"{self.noun} '{shown.get('displayName')}' ({self.id or 'no id known'})"


def touched(entries: t.Sequence[backup.Entry], tenant: str) -> list[Touched]:
    """What a backup says of a tenant, an object each."""
    found: dict[tuple[str, str], Touched] = {}
    for entry in entries:
        if entry.tenant == tenant:
            key = (entry.noun, entry.id or entry.write)
            images = found[key].images if key in found else ()
            found[key] = Touched(entry.noun, entry.id, (*images, entry.before, entry.after))
    return list(found.values())


@dataclasses.dataclass(frozen=True)
class Tenant:
    """What the tenant has now: objects by id in lower case, those that are there and those that were deleted, by noun."""

    there: t.Mapping[str, t.Mapping[str, Json]]
    deleted: t.Mapping[str, t.Mapping[str, Json]]

    def of(self, one: Touched) -> Json | None:
        """The object, if it is there. Raises reconcile.Ambiguous for one that is known by its name alone and is not alone."""
        if one.id:
            return self.there[one.noun].get(one.id.lower())
        kind, made = _kind(one), t.cast(Json, one.images[-1])
        alike = [entry for entry in self.there[one.noun].values() if _same(kind, entry, made)]
        return reconcile.identify(kind, alike, None, made["displayName"])


@dataclasses.dataclass(frozen=True)
class Step:
    """What becomes of one object."""

    one: Touched
    kind: reconcile.Kind
    plan: reconcile.Plan


def put_back(options: Options, reads: Reads, check_mode: bool) -> Options:
    """Bring everything that a backup has of this tenant to what it was. Raises EntraError."""
    entries = touched(backup.read(options["backup_file"]), reads.session.tenant_id)
    if not entries:
        return {"changed": False, "diff": [], "objects": [], "warnings": []}
    wanted = directory.Wanted(_accounts(options))
    # All of it in one request: what is there, what was deleted, and whoever the guard has to know.
    paths = [kind.collection for kind in (NamedLocation, Policy)] + [kind.deleted for kind in (NamedLocation, Policy)]
    listings = [_by_id(listing) for listing in reads.listings([*paths, SECURITY_DEFAULTS, *wanted.paths()])[:4]]
    nouns = (NamedLocation.noun, Policy.noun)
    tenant = Tenant(dict(zip(nouns, listings[:2], strict=True)), dict(zip(nouns, listings[2:], strict=True)))
    steps, problems = _steps(entries, tenant, options["force"])
    warnings = _guard(steps, tenant, options, wanted.found(reads), problems)
    ordered = [step for noun, verbs in _ORDER for step in steps if step.kind.noun == noun and step.plan.verb in verbs]
    diffs = [with_names(reconcile.report(step.kind, step.plan)["diff"], (), reads) for step in ordered]
    kept = backup.Backup(options["backup_path"], lambda: reads.session.tenant_id)
    anew: dict[str, str] = {}
    for step in ordered if not check_mode else ():
        plan = _with_new_ids(step.plan, anew)
        after = reconcile.Apply(step.kind, plan, reads, kept).run()
        if plan.verb == "create" and after and step.one.id:
            anew[step.one.id.lower()] = after["id"]
    return {
        "changed": bool(ordered),
        "diff": diffs,
        "objects": [_told(step, anew) for step in steps],
        "warnings": warnings,
        **kept.result(),
    }


def _by_id(listing: t.Iterable[Json]) -> dict[str, Json]:
    return {entry["id"].lower(): entry for entry in listing}


def _accounts(options: Options) -> list[Named]:
    named = [Named(f"break_glass_accounts[{n}]", v, ACCOUNT) for n, v in enumerate(options["break_glass_accounts"])]
    own = options["service_account"]
    return [*named, *([Named("service_account", own, ACCOUNT)] if own else [])]


def _kind(one: Touched) -> reconcile.Kind:
    return (
        NamedLocation(type_of(next(image for image in one.images if image)))
        if one.noun == NamedLocation.noun
        else Policy()
    )


def _steps(entries: t.Sequence[Touched], tenant: Tenant, force: bool) -> tuple[list[Step], list[str]]:
    """A step for each object, and the problems of those that are not what the run left."""
    steps, problems = [], []
    for one in entries:
        kind = _kind(one)
        try:
            current = tenant.of(one)
        except reconcile.Ambiguous as error:
            problems.append(str(error))
            continue
        if not force and (since := _since(kind, one, current)):
            problems.append(since)
        steps.append(Step(one, kind, _plan(kind, one, current, tenant)))
    return steps, problems


def _since(kind: reconcile.Kind, one: Touched, current: Json | None) -> str | None:
    """The problem with an object that is none of what the run knew: somebody else has changed it since."""
    if any(_same(kind, current, image) for image in one.images):
        return None
    left = one.images[-1]
    if current is None:
        what = "has been deleted"
    elif left is None:
        what = "is there again, in another form"
    else:
        what = f"has been changed ({', '.join(_changes(kind, current, left))})"
    return (
        f"{one.name} {what} since the backup, by somebody else. Look at it first; with force, it is put back all the same and "
        "that change is lost."
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


def _guard(
    steps: t.Sequence[Step], tenant: Tenant, options: Options, found: directory.Found, problems: t.Sequence[str]
) -> list[str]:
    """The warnings of accepted risks in what the tenant would be. Raises Refused with everything that speaks against it."""
    private = found.reads.session.cloud.private
    locations, policies = (_afterwards(steps, noun, tenant) for noun in (NamedLocation.noun, Policy.noun))
    accounts = {name: found.one("user", name) for name in options["break_glass_accounts"]}
    break_glass = {name: account["id"] for name, account in accounts.items() if account}
    service = found.one("user", options["service_account"]) if options["service_account"] else None
    findings = lockout.of_accounts(accounts, "break_glass_accounts", lambda name: found.hint("user", name))
    problems = [*problems, *found.problems(lambda named: named.path.startswith("break_glass_accounts"))]
    enables = False
    for step in steps:
        before, after = step.plan.before or {}, step.plan.after or {}
        if step.plan.verb == "nothing":
            continue
        if step.kind.noun == NamedLocation.noun:
            relying = policy_references.relying_on_trust(list(policies.values()))
            findings += lockout.of_location_plan(step.plan, private, relying)
            problems += _still_used(step, policies) if step.plan.verb == "delete" else []
        else:
            enables |= after.get("state") == "enabled" != before.get("state")
            view = policy_lockout.View(after, locations)
            findings += policy_lockout.of_policy(view, break_glass, service and service["id"], private) if after else []
            lost = policy_lockout.dropped_service_accounts(before, after, list(policies.values())) if after else []
            findings += dropped(lost, str(after.get("displayName")), found.reads)
    (defaults,) = found.reads.listings([SECURITY_DEFAULTS])
    problems += [ON for policy in defaults if enables and policy.get("isEnabled")]
    return lockout.decide(
        findings, options["accept_risks"], problems, any(step.plan.verb != "nothing" for step in steps)
    )


def _afterwards(steps: t.Sequence[Step], noun: str, tenant: Tenant) -> dict[str, Json]:
    """The objects of a kind as they would be, by id in lower case; one that is made anew by the id it had."""
    objects = dict(tenant.there[noun])
    for step in steps:
        key = (step.plan.id or step.one.id or "").lower()
        if step.kind.noun == noun and step.plan.verb != "nothing":
            objects.pop(key, None)
            if step.plan.after:
                objects[key] = {**step.plan.after, "id": key}
    return objects


def _still_used(step: Step, policies: t.Mapping[str, Json]) -> list[str]:
    users = policy_references.of_location(t.cast(str, step.plan.id), list(policies.values()))
    names = ", ".join(f"'{policy.get('displayName')}' ({policy['id']})" for policy in users)
    return (
        [
            f"{step.one.name} would go, and is used by {names}, which the backup does not have. Take it out of there first."
        ]
        if users
        else []
    )


def _with_new_ids(plan: reconcile.Plan, anew: t.Mapping[str, str]) -> reconcile.Plan:
    """The plan with the ids that locations have got which could not be restored and were made anew."""

    def renumbered(value: t.Any) -> t.Any:
        if isinstance(value, dict):
            return {name: renumbered(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [renumbered(inner) for inner in value]
        return anew.get(value.lower(), value) if isinstance(value, str) else value

    if not anew:
        return plan
    return dataclasses.replace(plan, after=renumbered(plan.after), changes=renumbered(plan.changes))


def _told(step: Step, anew: t.Mapping[str, str]) -> Options:
    shown = step.plan.after or step.plan.before or next(image for image in step.one.images if image)
    old = step.plan.id or step.one.id
    return {
        "kind": step.kind.noun,
        "display_name": shown.get("displayName"),
        "id": anew.get((old or "").lower(), old),
        "done": _DONE[step.plan.verb],
    }
