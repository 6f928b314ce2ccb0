# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditional Access policies: resolve the names, guard, reconcile."""

from __future__ import annotations

import dataclasses
import datetime
import re
import typing as t

from .. import directory, reconcile
from ..apply import OPTIONS, Apply, settle
from ..graph.errors import BadInput, GraphError
from ..graph.reads import Reads
from ..guids import is_guid
from ..options import ArgumentSpec, Options
from ..shape import Field, Json, Named, Reference, Shape, bare, references, replaced
from ..writes import Writes
from . import evidence, growth, lockout, names, orphans, policy_guard, policy_lockout
from .identity import IDENTITY, SELECTION, display_name_problems
from .named_location import NamedLocation
from .policy_checks import contradictions, gaps, nothing_included, problems_of, unsaid
from .policy_references import LOCATIONS, POLICIES
from .policy_schema import CONDITIONS, POLICY

ACCOUNT = Reference("user")


class Policy:
    """The kind, for the reconcile engine."""

    noun = "Conditional Access policy"
    collection = POLICIES
    deleted = "/identity/conditionalAccess/deletedItems/policies"
    shape = POLICY
    metadata: t.ClassVar[t.Mapping[str, str]] = {"template_id": "templateId"}

    def body(self, value: Json) -> Json:
        """Lists that Graph showed as null go back as []; it takes no null for a list, though it has been seen to give one. A
        strength, which it shows whole, goes back as its id."""
        body = _without_null_lists(POLICY, bare(value))
        grant = body.get("grantControls") or {}
        if grant.get("authenticationStrength"):
            body["grantControls"] = {**grant, "authenticationStrength": {"id": grant["authenticationStrength"]["id"]}}
        return body

    def passing(self, error: GraphError, verb: str) -> bool:
        """1040: a location that was made a moment ago is not known everywhere yet. Every location in a plan does exist."""
        return verb != "delete" and error.status == 400 and "1040" in f"{error.message} {error.inner}"

    def before_delete(self, value: Json) -> Json:
        """Nothing: Graph deletes a policy in any state."""
        return {}


def _without_null_lists(shape: Shape, value: Json) -> Json:
    rows: dict[str, Field] = {field.graph: field for field in shape.fields}
    cleaned = {}
    for name, inner in value.items():
        row = rows.get(name)
        if row and row.shape and inner:
            inner = _without_null_lists(row.shape, inner)
        elif row and row.many and not row.joined and inner is None:
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
        "exact": {"type": "bool", "default": False},
        "new_locations": {"type": "list", "elements": "str", "default": []},
        "new_trusted_locations": {"type": "list", "elements": "str", "default": []},
        "ended_locations": {"type": "list", "elements": "str", "default": []},
        "orphans": {"type": "list", "elements": "str", "default": []},
        "break_glass_accounts": {"type": "list", "elements": "str", "default": []},
        "service_account": {"type": "str"},
        **evidence.OPTIONS,
        "accept_risks": lockout.ACCEPT_RISKS,
        **OPTIONS,
    },
    required_one_of=(("display_name", "id"),),
    checks=(_check, lockout.unknown_risks),
)


def ensure(options: Options, reads: Reads, check_mode: bool) -> Options:
    """Bring one policy to what the options ask for. Raises EntraError."""
    kind = Policy()
    absent = options["state"] == "absent"
    wanted = directory.Wanted([] if absent else _named(options))
    # Locations are asked for with the rest, since what a policy that blocks leaves out has to be there.
    listing = reads.listings([POLICIES, *([] if absent else [LOCATIONS]), *wanted.paths()])[0]
    current = reconcile.identify(kind, listing, options["id"], options["display_name"])
    gone = None if current else reconcile.deleted(kind, reads, options)
    reconcile.refuse_confusion(kind, listing, current or gone, options)
    reconcile.refuse_twin(kind, listing, gone, options)
    kept = _stays_enforced(current, options)
    warnings: list[str] = []
    if absent:
        plan = reconcile.plan(kind, current, options, "absent")
    else:
        if not (current or gone):
            _refuse_incomplete(kind, options)
            options = with_defaults(options)
        elif kept:
            options = {**options, "enforcement": None}
        if options["exact"]:
            options = exactly(options, current or gone)
        plan, warnings = _guarded_plan(kind, current, gone, options, wanted.found(reads), check_mode)
        lost = policy_lockout.dropped_service_accounts(current, plan.after or {}, listing) if plan.changes else []
        name = options["display_name"] or options["id"]
        warnings += lockout.decide(dropped(lost, name, reads), options["accept_risks"])
    result = reconcile.report(kind, plan)
    if result["changed"]:
        result["diff"] = with_names(result["diff"], options["new_locations"], reads)
    writes = Writes(options, reads.session, check_mode)
    after = Apply(kind, plan, reads, writes, options["wait"]).run()
    if options["wait"]:
        settle(reads, writes)
    told, unfamiliar = reconcile.beside(kind, after)
    return {
        **result,
        **told,
        "policy": reconcile.shown(kind, after),
        "kept_enforced": kept,
        "warnings": warnings + unfamiliar,
        **writes.result(),
    }


def _guarded_plan(
    kind: Policy, current: Json | None, gone: Json | None, options: Options, found: directory.Found, check_mode: bool
) -> tuple[reconcile.Plan, list[str]]:
    """The plan, and the warnings of risks that were accepted. Raises Refused, BadInput."""
    accepted = options["accept_risks"]
    break_glass = {name: found.one("user", name) for name in options["break_glass_accounts"]}
    held = _held(current or gone)
    lost = orphans.of_options(options, held, found)
    known = _let_through(held, options["new_locations"], check_mode)
    warnings = lockout.decide(
        lockout.of_accounts(break_glass, "break_glass_accounts", lambda name: found.hint("user", name)),
        accepted,
        [*found.problems(lambda named: named in lost.left_out or known(named)), *lost.problems],
    )
    warnings += lost.warnings()
    wanted = resolved(options, found, options["new_locations"] if check_mode else (), left_out=lost.left_out)
    plan = reconcile.plan(kind, current, wanted, "present", gone)
    _refuse_contradiction(plan, current or gone)
    service_account = _account_id(found, options["service_account"])
    findings: list[lockout.Finding] = []
    if not relaxes(plan):
        coming = _coming(options["new_trusted_locations"]) if check_mode else ()
        findings += policy_guard.findings(plan, gone, break_glass, service_account, found.reads, coming)
    findings += evidence.findings(
        options, current, plan.after or {}, _there(options, current, plan, break_glass.values(), service_account, found)
    )
    return plan, warnings + lockout.decide(findings, accepted, writes=plan.verb != "nothing")


def _there(
    options: Options,
    current: Json | None,
    plan: reconcile.Plan,
    break_glass: t.Iterable[Json | None],
    service_account: str | None,
    found: directory.Found,
) -> evidence.There:
    """What evidence is held against. Accounts that have rules of their own are left to these."""
    reads, after = found.reads, plan.after or {}
    policies, locations = reads.listings([POLICIES, LOCATIONS])
    spared = [account["id"] for account in break_glass if account] + ([service_account] if service_account else [])
    spared += policy_lockout.dropped_service_accounts(current, after, policies)
    around = growth.Around(
        locations,
        {account.lower() for account in spared},
        options["ended_locations"],
        names.saying([current or {}, after], reads),
    )
    return evidence.There(lambda: reads.session.tenant_id, around, datetime.datetime.now(datetime.UTC))


def relaxes(plan: reconcile.Plan) -> bool:
    """Whether a policy that is on would do less, and nothing else: whatever is wrong with it, that way out is never barred."""
    return set(plan.changes) == {"state"} and (plan.before or {}).get("state") == "enabled"


def dropped(accounts: t.Sequence[str], policy: str, reads: Reads) -> list[lockout.Finding]:
    """A finding for each service account, by id, that a policy would no longer leave out. Asks for their names."""
    named = [Named("conditions.users.exclude_users", account, ACCOUNT) for account in accounts]
    found = names.of_references(named, reads)
    return [
        lockout.finding("SERVICE-ACCOUNT-DROPPED", f"policy '{policy}' and {found.of(account)}") for account in named
    ]


def _stays_enforced(current: Json | None, options: Options) -> bool:
    """Whether a policy that somebody has enabled would be set back to report-only by a run that only keeps it right."""
    if current is None or options["state"] == "absent" or not options["keep_enforced"]:
        return False
    return current.get("state") == "enabled" and options["enforcement"] == "report_only"


def exactly(options: Options, current: Json | None) -> Options:
    """Assignments and controls that are left out are not to be there. The name and whether it is on are neither of these."""
    nested = [(row.option, row.graph, row.shape) for row in POLICY.fields if row.shape]
    there = current or {}
    exact = {name: shape.exactly(options[name] or {}, there.get(graph)) for name, graph, shape in nested}
    # What a newer Graph has there stays, and Graph takes no "all" beside it.
    unknown = any(text.startswith("conditions.clientAppTypes: ") for text in POLICY.unknown(current))
    if not exact["conditions"]["client_app_types"] and not unknown:
        exact["conditions"]["client_app_types"] = ["all"]
    return {**options, **exact}


def with_defaults(options: Options) -> Options:
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
        if not conditions.get(name) and not (name == "users" and conditions.get("client_applications")):
            problems.append(f"conditions.{name}: is missing")
    if not options["grant_controls"] and not options["session_controls"]:
        problems.append("grant_controls: is missing, and so is session_controls")
    if problems:
        ending = f". There is no policy '{options['display_name']}' yet, and a new one needs it."
        raise BadInput([problem + ending for problem in problems], looked=True)


def _refuse_contradiction(plan: reconcile.Plan, there: Json | None) -> None:
    """Values that are fine by themselves and not beside what the policy has already. Raises BadInput.

    Of a policy that is there, only what changes is judged: one that is odd can still be switched off.
    """
    written = plan.after if plan.verb == "create" else plan.changes
    after = POLICY.normal(plan.after) or {}
    controls = {"grantControls", "sessionControls"}
    if controls & set(written or ()) and not controls & set(after):
        raise BadInput(
            ["grant_controls: the policy would be left with no control, and with no session control."], looked=True
        )
    options = POLICY.options(plan.after, whole=True)
    touched = {row.option for row in POLICY.fields if row.graph in (written or ())}
    judged = [*contradictions(options), *gaps(options), *unsaid(options)]
    judged += nothing_included(options) if plan.verb == "create" else []
    problems = [text for text in judged if re.split("[.:]", text)[0] in touched]
    problems += _left_without(plan, there, options) if "conditions" in plan.changes else []
    if problems:
        ending = " An empty value takes what is there out of the policy, such as authentication_strength: ''."
        raise BadInput([problem + ending for problem in problems], looked=True)


def _left_without(plan: reconcile.Plan, there: Json | None, options: Options) -> list[str]:
    """Conditions that a change of them leaves with nobody or nothing. Others of the policy may be so already."""
    before, after = ((policy or {}).get("conditions") or {} for policy in (there, plan.after))
    rows = {row.option: row.graph for row in CONDITIONS.fields}
    changed = {
        name
        for name, graph in rows.items()
        if CONDITIONS.normal({graph: before.get(graph)}) != CONDITIONS.normal({graph: after.get(graph)})
    }
    # What a newer Graph has there may well include somebody.
    unknown = set(re.findall(r"^conditions\.(\w+)\.include", "\n".join(POLICY.unknown(plan.after)), re.MULTILINE))
    judged = []
    for text in nothing_included(options):
        condition = re.split("[.:]", text)[1]
        decisive = {condition, "client_applications"} if condition == "users" else {condition}
        if decisive & changed and not {rows[name] for name in decisive} & unknown:
            judged.append(text)
    return judged


def _named(options: Options) -> list[Named]:
    """Every name in the options that must be an object of the tenant."""
    accounts = [
        Named(f"break_glass_accounts[{n}]", value, ACCOUNT) for n, value in enumerate(options["break_glass_accounts"])
    ]
    if options["service_account"]:
        accounts.append(Named("service_account", options["service_account"], ACCOUNT))
    return [*references(POLICY, options), *accounts]


def _held(current: Json | None) -> set[str]:
    """The ids that a policy has, and words in their place."""
    return {named.value for named in references(POLICY, POLICY.options(current))} if current else set()


def _let_through(
    held: t.Collection[str], new_locations: t.Collection[str], check_mode: bool
) -> t.Callable[[Named], bool]:
    """Which names need not exist: ids that the policy holds already (it may outlive its objects), ids that it is to lose, what
    check mode made up, and break-glass accounts, whose absence the guard reports by its own rule."""

    def accepted(named: Named) -> bool:
        if named.path.startswith("break_glass_accounts") or (".remove[" in named.path and is_guid(named.value)):
            return True
        made_up = reconcile.is_placeholder(named.value) or is_new(named, new_locations)
        return named.value in held or (check_mode and made_up)

    return accepted


def is_new(named: Named, new_locations: t.Collection[str]) -> bool:
    """Whether a name is that of a location which something is going to make."""
    return named.reference.kind == "location" and named.value in new_locations


def _placeholder(location: str) -> str:
    """What check mode calls a location that it would have made."""
    return reconcile.placeholder(NamedLocation(), location)


def _coming(trusted: t.Collection[str]) -> list[Json]:
    """Trusted locations that check mode would have made. What is in them is judged where they are made."""
    return [{"id": _placeholder(name), "displayName": name, "isTrusted": True, "ipRanges": []} for name in trusted]


def resolved(
    options: Options,
    found: directory.Found,
    new_locations: t.Collection[str],
    path: str = "",
    left_out: t.Collection[Named] = (),
) -> Options:
    """The policy's own options with ids for names, and without those that are ``left_out``; ``new_locations`` are named by
    placeholders, as nothing has made them yet."""
    own = {field.option: options.get(field.option) for field in POLICY.fields}

    def resolve(named: Named) -> str | None:
        if named in left_out:
            return None
        if is_new(named, new_locations):
            return found.id(named, in_case=True) or _placeholder(named.value)
        return found.id(named) or named.value

    return replaced(POLICY, own, resolve, path)


def _account_id(found: directory.Found, name: str | None) -> str | None:
    account = found.one("user", name) if name else None
    return account["id"] if account else None


def with_names(diff: Options, new_locations: t.Sequence[str], reads: Reads) -> Options:
    """A policy's diff with the names people know instead of ids. Costs a request, and only where there is a change to show."""
    sides = {side: diff[side] for side in ("before", "after") if diff[side]}
    found = names.of_references([entry for value in sides.values() for entry in references(POLICY, value)], reads)
    made_up = {_placeholder(name): name for name in new_locations}
    found = dataclasses.replace(found, made_up=made_up)
    return {**diff, **{side: replaced(POLICY, value, found.said) for side, value in sides.items()}}


LISTING = ArgumentSpec({**SELECTION, "names": {"type": "bool", "default": False}})


def listed(options: Options, reads: Reads) -> Options:
    """All policies, or those of one name or id, in the form of the module's options."""
    kind = Policy()
    (listing,) = reads.listings([kind.deleted if options["deleted"] else kind.collection])
    chosen = reconcile.selected(listing, options)
    policies = [reconcile.shown(kind, entry) for entry in chosen]
    result: Options = {"policies": policies, **reconcile.listed(kind, chosen)}
    if options["names"]:
        named = [entry for policy in policies for entry in references(POLICY, policy)]
        found = names.unambiguous(names.of_references(named, reads, ids_too=True), named, reads)
        result["orphans"] = {policy["id"]: gone for policy in policies if (gone := found.orphans(POLICY, policy))}
        result["policies"] = [replaced(POLICY, policy, found.of) for policy in policies]
        result["warnings"] = [f"Names of kind '{missing}' stay ids: {why}" for missing, why in found.unread.items()]
    return result
