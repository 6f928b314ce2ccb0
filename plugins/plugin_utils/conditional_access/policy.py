# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules of Conditional Access policies do: one brought to what is asked for, and all of them shown."""

from __future__ import annotations

import datetime
import typing as t

from .. import directory, reconcile
from ..apply import OPTIONS, Apply
from ..graph.reads import Reads
from ..options import ArgumentSpec, Options
from ..shape import Json, Named, references, replaced
from ..shown import settle
from ..writes import Writes
from . import evidence, lockout, names, orphans, policy_completion, policy_guard, policy_lockout, policy_names
from .identity import IDENTITY, SELECTION, display_name_problems
from .policy_checks import problems_of
from .policy_kind import Policy
from .policy_references import LOCATIONS, POLICIES
from .policy_schema import POLICY


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
    wanted = directory.Wanted([] if absent else policy_names.of_options(options))
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
            policy_completion.refuse_incomplete(kind, options)
            options = policy_completion.with_defaults(options)
        elif kept:
            options = {**options, "enforcement": None}
        if options["exact"]:
            options = policy_completion.exactly(options, current or gone)
        plan, warnings = _guarded_plan(kind, current, gone, options, wanted.found(reads), check_mode)
        lost = policy_lockout.dropped_service_accounts(current, plan.after or {}, listing) if plan.changes else []
        name = options["display_name"] or options["id"]
        warnings += lockout.decide(dropped(lost, name, reads), options["accept_risks"])
    result = reconcile.report(kind, plan)
    if result["changed"]:
        result["diff"] = policy_names.with_names(result["diff"], options["new_locations"], reads)
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
    held = policy_names.held(current or gone)
    lost = orphans.of_options(options, held, found)
    known = policy_names.let_through(held, options["new_locations"], check_mode)
    warnings = lockout.decide(
        lockout.of_accounts(break_glass, "break_glass_accounts", lambda name: found.hint("user", name)),
        accepted,
        [*found.problems(lambda named: named in lost.left_out or known(named)), *lost.problems],
    )
    warnings += lost.warnings()
    wanted = policy_names.resolved(
        options, found, options["new_locations"] if check_mode else (), left_out=lost.left_out
    )
    plan = reconcile.plan(kind, current, wanted, "present", gone)
    policy_completion.refuse_contradiction(plan, current or gone)
    service_account = policy_names.account_id(found, options["service_account"])
    findings: list[lockout.Finding] = []
    if not relaxes(plan):
        coming = policy_names.coming(options["new_trusted_locations"]) if check_mode else ()
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
    around = evidence.beside(current, after, spared, locations, reads, options["ended_locations"])
    return evidence.There(lambda: reads.session.tenant_id, around, datetime.datetime.now(datetime.UTC))


def relaxes(plan: reconcile.Plan) -> bool:
    """Whether a policy that is on would do less, and nothing else: whatever is wrong with it, that way out is never barred."""
    return set(plan.changes) == {"state"} and (plan.before or {}).get("state") == "enabled"


def dropped(accounts: t.Sequence[str], policy: str, reads: Reads) -> list[lockout.Finding]:
    """A finding for each service account, by id, that a policy would no longer leave out. Asks for their names."""
    named = [Named("conditions.users.exclude_users", account, policy_names.ACCOUNT) for account in accounts]
    found = names.of_references(named, reads)
    return [
        lockout.finding("SERVICE-ACCOUNT-DROPPED", f"policy '{policy}' and {found.of(account)}") for account in named
    ]


def _stays_enforced(current: Json | None, options: Options) -> bool:
    """Whether a policy that somebody has enabled would be set back to report-only by a run that only keeps it right."""
    if current is None or options["state"] == "absent" or not options["keep_enforced"]:
        return False
    return current.get("state") == "enabled" and options["enforcement"] == "report_only"


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
