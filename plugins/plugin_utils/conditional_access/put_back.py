# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that fails half-way: what it has written is put back, and what cannot be is named.

What the tenant goes back to is what it had when the run began, so that the lockout guard has no say in it. An object that
somebody else has changed since is not touched.
"""

from __future__ import annotations

import typing as t

from .. import writes
from ..graph.errors import EntraError, OutOfPatience
from ..graph.reads import Reads
from ..options import ArgumentSpec, Options
from ..registered import cause, dictionaries, failed
from ..shown import SHOWN_WITHIN, settle
from . import earlier, moments
from .named_location import NamedLocation
from .policy_kind import Policy
from .rollback import carry_out, in_order, still_used, tenant_of
from .rollback import told as told_of
from .rollback_steps import Step, Tenant, Touched, afterwards, is_as_before, steps_of, touched

# What of a failed result sorts it. What it has in sentences is said by the task that failed, and not a second time here.
_FACTS = ("graph_error", "aadsts", "failure_kind")
_OF_A_RULE = ("id", "title", "where")


class HalfWay(EntraError):
    """The run failed. ``put_back`` is what is as it was again, ``left`` what is not."""

    tells_of_writes = True

    def __init__(self, message: str, put_back: t.Sequence[Options], left: t.Sequence[str], failed: t.Sequence[Options]):
        super().__init__(message)
        self._facts = {name: one[name] for one in reversed(failed) for name in _FACTS if one.get(name)}
        rules = [rule for one in failed for rule in dictionaries(one.get("lockout"))]
        if rules:
            self._facts["lockout"] = [{name: rule.get(name) for name in _OF_A_RULE} for rule in rules]
        self._facts |= {"put_back": list(put_back), "left": list(left)}

    def facts(self) -> Options:
        return self._facts


SPEC = ArgumentSpec(
    {
        "results": {"type": "list", "elements": "raw", "required": True},
        "failed_result": {"type": "dict", "required": True},
        "failed_task": {"type": "str"},
        "since": {"type": "str"},
        **writes.OPTIONS,
    },
    checks=(
        lambda options: earlier.problems("results", options["results"]),
        lambda options: moments.problem("since", options["since"]) if options["since"] else [],
    ),
)


def after_failure(options: Options, reads: Reads, check_mode: bool) -> Options:
    """Put back what the results tell of, and fail as the run did. Raises HalfWay, always."""
    entries = [] if check_mode else _since(earlier.writes_of(options["results"]), options["since"])
    done: list[Options] = []
    left: list[str] = []
    if entries:
        try:
            done, left = _put_back(entries, reads, writes.Writes(options, reads.session))
        except EntraError as error:
            left = [f"{one.entry.noun} '{one.entry.name}' ({one.entry.verb}): {error}" for one in entries]
    failures = failed(options["failed_result"])
    what = f"The task '{options['failed_task']}'" if options["failed_task"] else "A task"
    said = [f"{what} failed, in short: {cause(failures)}", *_fate(done, left, check_mode)]
    raise HalfWay("\n".join(said), done, left, failures)


def _fate(done: t.Sequence[Options], left: t.Sequence[str], check_mode: bool) -> list[str]:
    """What became of what was written before, for the person who reads it at night."""
    if not done and not left:
        return (
            []
            if check_mode
            else ["There is nothing to put back: nothing had been written before that, or all of it is as it was."]
        )
    said = []
    if done:
        each = ", ".join(f"{one['kind']} '{one['display_name']}' ({one['done']})" for one in done)
        said.append(f"What had been written before that is as it was again: {each}.")
    if left:
        said.append("NOT put back; look at it in the Entra admin center:" + "".join(f"\n- {one}" for one in left))
    return said


def _put_back(told: t.Sequence[earlier.Told], reads: Reads, written: writes.Writes) -> tuple[list[Options], list[str]]:
    """What is as it was again, and what is not with the reason. One that fails does not keep the others from it."""
    objects = touched([one.entry for one in told], reads.session.tenant_id)
    tenant, late = _settled(objects, {one.entry.write for one in told if not one.shown}, reads)
    steps: list[Step] = []
    left = [
        f"{one.name} was sent to Microsoft Graph, which does not show it. It may still show; look at it again in some minutes."
        for one in late
    ]
    for one in (one for one in objects if one not in late):
        found, problems = steps_of([one], tenant, force=False)
        steps += [] if problems else found
        left += problems
    # What may still show can refer to what is about to go.
    policies = afterwards(steps, Policy.noun, tenant) | {
        (one.id or one.name).lower(): {**one.left, "id": one.id or "no id known"}
        for one in late
        if one.noun == Policy.noun and one.left
    }
    done = []
    for step in in_order(steps):
        going = step.kind.noun == NamedLocation.noun and step.plan.verb == "delete"
        if going and (used := still_used(step, policies)):
            left += used
            continue
        try:
            carry_out(step, tenant, reads, written, wait=False)
            done.append(told_of(step, tenant.anew))
        except EntraError as error:
            left.append(f"{step.one.name}: {error}")
    try:
        settle(reads)
    except EntraError as error:
        left.append(str(error))
    return done, left


def _settled(objects: t.Sequence[Touched], unseen: t.AbstractSet[str], reads: Reads) -> tuple[Tenant, list[Touched]]:
    """The tenant as it is when what was written to it shows, and what does not even then. Reads lag behind writes, so that an
    object that is as it was before may be so no more in a minute."""
    again = reads.session.patience.looks(SHOWN_WITHIN)
    while True:
        tenant = tenant_of(reads)
        late = [one for one in objects if unseen & set(one.writes) and is_as_before(one, tenant)]
        names = ", ".join(one.name for one in late)
        try:
            if not late or not again(f"Graph does not show what was written to {names} yet."):
                return tenant, late
        except OutOfPatience:
            return tenant, late
        reads.forget()


def _since(told: t.Sequence[earlier.Told], since: str | None) -> list[earlier.Told]:
    """Those that began then or later: a variable keeps what an earlier run of the same role has registered."""
    begun = moments.moment(since) if since else None
    return [one for one in told if begun is None or moments.moment(one.entry.at) >= begun]
