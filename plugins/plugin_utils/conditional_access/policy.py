# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditional Access policies: resolve the names, guard, reconcile."""

from __future__ import annotations

import typing as t

from .. import directory, reconcile
from ..graph.errors import BadInput, EntraError, GraphError
from ..graph.reads import Reads
from ..options import ArgumentSpec, Options
from ..shape import Field, Json, Named, Reference, Shape, bare, references, replaced
from . import lockout
from .identity import IDENTITY, display_name_problems
from .policy_checks import grant_problems, problems_of
from .policy_references import POLICIES
from .policy_schema import POLICY

ACCOUNT = Reference("user")


class Policy:
    """The kind, for the reconcile engine."""

    noun = "Conditional Access policy"
    collection = POLICIES
    shape = POLICY

    def body(self, value: Json) -> Json:
        """Lists that Graph showed as null go back as []; it takes no null for a list, though it has been seen to give one."""
        return _without_null_lists(POLICY, bare(value))

    def passing(self, error: GraphError, verb: str) -> bool:
        """1040: a location that was made a moment ago is not known everywhere yet. Every location in a plan does exist."""
        return verb != "delete" and error.status == 400 and "1040" in f"{error.message} {error.inner}"

    def before_delete(self, apply: reconcile.Apply) -> None:
        """Graph deletes a policy in any state."""


def _without_null_lists(shape: Shape, value: Json) -> Json:
    rows: dict[str, Field] = {field.graph: field for field in shape.fields}
    cleaned = {}
    for name, inner in value.items():
        row = rows.get(name)
        if row and row.shape and inner:
            inner = _without_null_lists(row.shape, inner)
        elif row and row.many and inner is None:
            inner = []
        cleaned[name] = inner
    return cleaned


def _check(options: Options) -> list[str]:
    return [*display_name_problems(options), *problems_of(options)]


SPEC = ArgumentSpec(
    {
        **IDENTITY,
        **POLICY.spec(),
        "keep_enforced": {"type": "bool", "default": False},
        "break_glass_accounts": {"type": "list", "elements": "str", "default": []},
        "service_account": {"type": "str"},
        "accept_risks": lockout.ACCEPT_RISKS,
    },
    required_one_of=(("display_name", "id"),),
    checks=(_check, lockout.unknown_risks),
)


def ensure(options: Options, reads: Reads, check_mode: bool) -> Options:
    """Bring one policy to what the options ask for. Raises EntraError."""
    kind = Policy()
    absent = options["state"] == "absent"
    wanted = directory.Wanted([] if absent else _named(options))
    listing = reads.listings([POLICIES, *wanted.paths()])[0]
    current = reconcile.identify(kind, listing, options["id"], options["display_name"])
    kept = _stays_enforced(current, options)
    warnings: list[str] = []
    if absent:
        plan = reconcile.plan(kind, current, options, "absent")
    else:
        if current is None:
            _refuse_incomplete(kind, options)
            options = _with_defaults(options)
        elif kept:
            options = {**options, "enforcement": None}
        plan, warnings = _guarded_plan(kind, current, options, wanted.found(reads), check_mode)
        dropped = lockout.dropped_service_accounts(current, plan.after or {}, listing) if plan.changes else []
        if dropped:
            warnings += lockout.decide(_dropped(dropped, options, reads), options["accept_risks"])
    result = reconcile.report(kind, plan)
    if result["changed"]:
        result["diff"] = _with_names(result["diff"], reads)
    after = plan.after if check_mode else reconcile.Apply(kind, plan, reads).run()
    if check_mode and plan.verb == "create" and after is not None:
        after = {**after, "id": reconcile.placeholder(kind, after["displayName"])}
    return {**result, "policy": reconcile.shown(kind, after), "kept_enforced": kept, "warnings": warnings}


def _guarded_plan(
    kind: Policy, current: Json | None, options: Options, found: directory.Found, check_mode: bool
) -> tuple[reconcile.Plan, list[str]]:
    """The plan, and the warnings of risks that were accepted. Raises Refused, BadInput."""
    accepted = options["accept_risks"]
    break_glass = {name: found.one("user", name) for name in options["break_glass_accounts"]}
    warnings = lockout.decide(
        lockout.of_accounts(break_glass, "break_glass_accounts", lambda name: found.hint("user", name)),
        accepted,
        found.problems(_let_through(current, check_mode)),
    )
    plan = reconcile.plan(kind, current, _resolved(options, found), "present")
    _refuse_contradiction(plan)
    findings = lockout.of_policy(
        plan.after or {},
        {name: account["id"] for name, account in break_glass.items() if account},
        _account_id(found, options["service_account"]),
    )
    return plan, warnings + lockout.decide(findings, accepted, writes=plan.verb != "nothing")


def _dropped(ids: t.Sequence[str], options: Options, reads: Reads) -> list[lockout.Finding]:
    named = [Named("conditions.users.exclude_users", account, ACCOUNT) for account in ids]
    names = _names_of(named, reads)
    policy = options["display_name"] or options["id"]
    return [
        lockout.finding("SERVICE-ACCOUNT-DROPPED", f"policy '{policy}' and {names.get(account, account)}")
        for account in ids
    ]


def _stays_enforced(current: Json | None, options: Options) -> bool:
    """Whether a policy that somebody has enabled would be set back to report-only by a run that only keeps it right."""
    if current is None or options["state"] == "absent" or not options["keep_enforced"]:
        return False
    return current.get("state") == "enabled" and options["enforcement"] == "report_only"


def _with_defaults(options: Options) -> Options:
    """What a new policy gets where nothing is said: what the admin center fills in, and never enforced by accident."""
    conditions = dict(options["conditions"])
    if conditions["client_app_types"] is None:
        conditions["client_app_types"] = ["all"]
    return {**options, "enforcement": options["enforcement"] or "report_only", "conditions": conditions}


def _refuse_incomplete(kind: Policy, options: Options) -> None:
    """A policy that is to be made needs what Graph needs. Raises BadInput."""
    if options["id"]:
        raise reconcile.not_there(kind, options["id"])
    problems = []
    conditions = options["conditions"] or {}
    for name in ("users", "applications"):
        if not conditions.get(name):
            problems.append(f"conditions.{name}: is missing")
    if not options["grant_controls"] and not options["session_controls"]:
        problems.append("grant_controls: is missing, and so is session_controls")
    if problems:
        ending = f". There is no policy '{options['display_name']}' yet, and a new one needs it."
        raise BadInput([problem + ending for problem in problems], looked=True)


def _refuse_contradiction(plan: reconcile.Plan) -> None:
    """Controls that are fine by themselves and not beside what the policy has already. Raises BadInput."""
    controls = POLICY.options(plan.after)["grant_controls"] or {}
    problems = grant_problems(controls) if plan.verb != "nothing" else []
    if problems:
        ending = " An empty value takes a control out of the policy, such as authentication_strength: ''."
        raise BadInput([problem + ending for problem in problems], looked=True)


def _named(options: Options) -> list[Named]:
    """Every name in the options that must be an object of the tenant."""
    accounts = [
        Named(f"break_glass_accounts[{n}]", value, ACCOUNT) for n, value in enumerate(options["break_glass_accounts"])
    ]
    if options["service_account"]:
        accounts.append(Named("service_account", options["service_account"], ACCOUNT))
    return [*references(POLICY, options), *accounts]


def _let_through(current: Json | None, check_mode: bool) -> t.Callable[[Named], bool]:
    """Which names need not exist: ids that the policy holds already (it may outlive its objects), what check mode made up,
    and break-glass accounts, whose absence the guard reports by its own rule."""
    held = {named.value.lower() for named in references(POLICY, POLICY.options(current))} if current else set()

    def accepted(named: Named) -> bool:
        if named.path.startswith("break_glass_accounts"):
            return True
        return named.value.lower() in held or (check_mode and reconcile.is_placeholder(named.value))

    return accepted


def _resolved(options: Options, found: directory.Found) -> Options:
    own = {field.option: options.get(field.option) for field in POLICY.fields}
    return replaced(POLICY, own, lambda named: found.id(named) or named.value)


def _account_id(found: directory.Found, name: str | None) -> str | None:
    account = found.one("user", name) if name else None
    return account["id"] if account else None


def _with_names(diff: Options, reads: Reads) -> Options:
    """The diff with the names people know instead of ids. Costs a request, and only where there is a change to show."""
    sides = {side: diff[side] for side in ("before", "after") if diff[side]}
    named = [entry for value in sides.values() for entry in references(POLICY, value)]
    names = _names_of(named, reads)
    return {
        **diff,
        **{side: replaced(POLICY, value, lambda n: _said(n.value, names)) for side, value in sides.items()},
    }


def _said(object_id: str, names: t.Mapping[str, str]) -> str:
    """An id for people: the name it has, or that check mode has made it up."""
    made_up = f"(made by this run) {object_id}" if reconcile.is_placeholder(object_id) else object_id
    return names.get(object_id, made_up)


def _names_of(named: t.Sequence[Named], reads: Reads) -> dict[str, str]:
    """Names by id. What this caller may not read, such as groups without Group.Read.All, stays an id: it is only shown."""
    try:
        found = directory.Wanted(named).found(reads)
    except EntraError:
        kinds = dict.fromkeys(entry.reference.kind for entry in named)
        if len(kinds) < 2:
            return {}
        parts = [_names_of([entry for entry in named if entry.reference.kind == kind], reads) for kind in kinds]
        return {object_id: name for part in parts for object_id, name in part.items()}
    names = {}
    for entry in named:
        match = found.one(entry.reference.kind, entry.value)
        if match:
            names[entry.value] = str(match[directory.KINDS[entry.reference.kind].names[0]])
    return names


def listed(options: Options, reads: Reads) -> Options:
    """All policies, or those of one name or id, in the form of the module's options."""
    kind = Policy()
    (listing,) = reads.listings([kind.collection])
    return {"policies": [reconcile.shown(kind, entry) for entry in reconcile.selected(listing, options)]}
