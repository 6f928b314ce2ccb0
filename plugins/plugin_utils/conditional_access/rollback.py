# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Putting a backup back: each object as it was before the run wrote it, and gone again where it was not there.

The images in a backup are Graph's own, so that what the option tables do not know is put back too.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .. import backup, directory, reconcile, writes
from ..apply import Apply
from ..graph.errors import BadInput
from ..graph.reads import Reads
from ..options import ArgumentSpec, Options
from ..shape import Json, Named
from ..shown import settle
from . import (
    caller,
    evidence,
    lockout,
    policy_guard,
    policy_lockout,
    policy_references,
    rollback_references,
    site_coverage,
)
from .guard import ON, SECURITY_DEFAULTS
from .named_location import NamedLocation
from .policy import dropped, relaxes
from .policy_checks import account_problems
from .policy_kind import Policy
from .policy_names import ACCOUNT, with_names
from .rollback_steps import Step, Tenant, afterwards, steps_of, touched, with_new_ids
from .way_back import Change

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
        entries = backup.read(options["backup_file"], options["backup_path"]).entries
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
        **writes.OPTIONS,
    },
    checks=(account_problems, lockout.unknown_risks, _unreadable),
)


def put_back(options: Options, reads: Reads, check_mode: bool) -> Options:
    """Bring everything that a backup has of this tenant to what it was. Raises EntraError."""
    kept, tenant_id = backup.read(options["backup_file"]), reads.session.tenant_id
    tenants = sorted({entry.tenant for entry in kept.entries})
    known = {"tenants": tenants, "of_this_tenant": tenant_id in tenants}
    entries = touched(kept.entries, tenant_id)
    if not entries:
        return {"changed": False, "diff": [], "objects": [], "warnings": kept.doubts, **known}
    wanted = directory.Wanted(_accounts(options))
    # All of it in one request: what is there, what was deleted, and whoever the guard has to know.
    tenant = tenant_of(reads, [SECURITY_DEFAULTS, *wanted.paths()])
    steps, problems = steps_of(entries, tenant, options["force"])
    steps, gone, without = rollback_references.settled(steps, tenant, reads, options["force"])
    problems += gone
    warnings = kept.doubts + without + _guard(steps, tenant, options, wanted.found(reads), problems)
    ordered = in_order(steps)
    diffs = [with_names(reconcile.report(step.kind, step.plan)["diff"], (), reads) for step in ordered]
    written = writes.Writes(options, reads.session, check_mode)
    for step in ordered:
        carry_out(step, tenant, reads, written, wait=False)
    settle(reads, written)
    return {
        "changed": bool(ordered),
        "diff": diffs,
        "objects": [told(step, tenant.anew) for step in steps],
        "warnings": warnings,
        **known,
        **written.result(),
    }


def tenant_of(reads: Reads, besides: t.Sequence[str] = ()) -> Tenant:
    """What the tenant has now, read in one request together with the paths ``besides``."""
    paths = [kind.collection for kind in (NamedLocation, Policy)] + [kind.deleted for kind in (NamedLocation, Policy)]
    listings = [_by_id(listing) for listing in reads.listings([*paths, *besides])[:4]]
    nouns = (NamedLocation.noun, Policy.noun)
    return Tenant(dict(zip(nouns, listings[:2], strict=True)), dict(zip(nouns, listings[2:], strict=True)))


def in_order(steps: t.Sequence[Step]) -> list[Step]:
    """The steps that write, in the order in which Entra takes them."""
    return [step for noun, verbs in _ORDER for step in steps if step.kind.noun == noun and step.plan.verb in verbs]


def carry_out(step: Step, tenant: Tenant, reads: Reads, written: writes.Writes, wait: bool = True) -> None:
    """Put one object back, and ``wait`` until it shows or leave that to ``settle``.

    What had to be made anew is known by its new id from then on. Raises what Apply raises.
    """
    after, changes = (with_new_ids(part, tenant.anew) for part in (step.plan.after, step.plan.changes))
    plan = dataclasses.replace(step.plan, after=after, changes=changes)
    shown = Apply(step.kind, plan, reads, written, wait).run()
    if plan.verb == "create" and shown and step.one.id and not written.check_mode:
        tenant.anew[step.one.id.lower()] = shown["id"]


def _by_id(listing: t.Iterable[Json]) -> dict[str, Json]:
    return {entry["id"].lower(): entry for entry in listing}


def _accounts(options: Options) -> list[Named]:
    named = [Named(f"break_glass_accounts[{n}]", v, ACCOUNT) for n, v in enumerate(options["break_glass_accounts"])]
    own = options["service_account"]
    return [*named, *([Named("service_account", own, ACCOUNT)] if own else [])]


def _guard(
    steps: t.Sequence[Step], tenant: Tenant, options: Options, found: directory.Found, problems: t.Sequence[str]
) -> list[str]:
    """The warnings of accepted risks in what the tenant would be. Raises Refused with everything that speaks against it."""
    locations, policies = (afterwards(steps, noun, tenant) for noun in (NamedLocation.noun, Policy.noun))
    accounts = {name: found.one("user", name) for name in options["break_glass_accounts"]}
    service = found.one("user", options["service_account"]) if options["service_account"] else None
    findings = lockout.of_accounts(accounts, "break_glass_accounts", lambda name: found.hint("user", name))
    problems = [*problems, *found.problems(lambda named: named.path.startswith("break_glass_accounts"))]
    problems += [*_twins(steps, locations), *_twins(steps, policies)]
    written = [step for step in steps if step.plan.verb != "nothing"]
    findings += site_coverage.findings(tenant.there[NamedLocation.noun], locations, policies.values())
    for step in (step for step in written if step.kind.noun == NamedLocation.noun):
        relying = policy_references.relying_on_trust(list(policies.values()))
        findings += lockout.of_location_plan(step.plan, found.reads.session.cloud.private, relying)
        problems += still_used(step, policies) if step.plan.verb == "delete" else []
    findings += _of_policies(written, tenant, policies, locations, accounts, service, found.reads)
    (defaults,) = found.reads.listings([SECURITY_DEFAULTS])
    problems += [ON for policy in defaults if policy.get("isEnabled") and any(map(_enables, written))]
    return lockout.decide(findings, options["accept_risks"], problems, bool(written))


def _of_policies(
    written: t.Sequence[Step],
    tenant: Tenant,
    policies: t.Mapping[str, Json],
    locations: t.Mapping[str, Json],
    accounts: t.Mapping[str, Json | None],
    service: Json | None,
    reads: Reads,
) -> list[lockout.Finding]:
    """What speaks against the policies as they would be, each by itself and all together. Those that would only do less are not
    judged."""
    steps = [step for step in written if step.kind.noun == Policy.noun and not relaxes(step.plan)]
    before, places_before = (list(tenant.there[noun].values()) for noun in (Policy.noun, NamedLocation.noun))
    keys = frozenset(map(_key, steps))
    change = Change(before, list(policies.values()), keys, list(locations.values()), places_before)
    known = policy_guard.Known.of(change, accounts, reads, look=bool(written))
    findings = known.way_back()
    for step in (step for step in steps if step.plan.after):
        was, after = step.plan.before, t.cast(Json, step.plan.after)
        view = policy_lockout.View(after, locations)
        findings += known.of_policy(view, service["id"] if service else None, reads.session.cloud.private)
        findings += caller.findings(after, locations.values(), reads.session.caller, reads)
        lost = policy_lockout.dropped_service_accounts(was, after, list(policies.values()))
        findings += dropped(lost, str(after.get("displayName")), reads)
        own = [account["id"] for account in (*accounts.values(), service) if account]
        places = {**tenant.there[NamedLocation.noun], **locations}.values()
        findings += evidence.of_put_back(was, after, evidence.beside(was, after, [*own, *lost], places, reads))
    return findings


def _enables(step: Step) -> bool:
    before, after = step.plan.before or {}, step.plan.after or {}
    return step.kind.noun == Policy.noun and after.get("state") == "enabled" != before.get("state")


def _key(step: Step) -> str:
    """The id of a step's object, in lower case."""
    return (step.plan.id or step.one.id or "").lower()


def _twins(steps: t.Sequence[Step], objects: t.Mapping[str, Json]) -> list[str]:
    """Names that two objects would have, one of them put back here. They could not be told apart from then on."""
    problems = []
    for step in steps:
        key = _key(step)
        if step.plan.verb in ("nothing", "delete") or key not in objects:
            continue
        name = objects[key].get("displayName")
        others = [other for other, value in objects.items() if other != key and value.get("displayName") == name]
        if others:
            problems.append(
                f"{step.one.name} would be beside {' and '.join(others)}, which has its name by now; rename or delete that one "
                "first."
            )
    return problems


def still_used(step: Step, policies: t.Mapping[str, Json]) -> list[str]:
    """The problem with a location that is to go, and that policies use which are there as they would be."""
    users = policy_references.of_location(t.cast(str, step.plan.id), list(policies.values()))
    names = ", ".join(f"'{policy.get('displayName')}' ({policy['id']})" for policy in users)
    return (
        [f"{step.one.name} would go, and is used by {names}, which would stay. Take it out of there first."]
        if users
        else []
    )


def told(step: Step, anew: t.Mapping[str, str]) -> Options:
    """What the task returns of an object."""
    shown = step.plan.after or step.plan.before or next(image for image in step.one.images if image)
    old = step.plan.id or step.one.id
    return {
        "kind": step.kind.noun,
        "display_name": shown.get("displayName"),
        "id": anew.get((old or "").lower(), old),
        "done": _DONE[step.plan.verb],
        "enforced": (step.plan.after or {}).get("state") == "enabled",
    }
