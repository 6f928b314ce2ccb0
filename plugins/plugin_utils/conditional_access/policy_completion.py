# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a policy's options leave unsaid, filled in; and options refused that leave a policy which does not hold together."""

from __future__ import annotations

import re

from .. import reconcile
from ..graph.errors import BadInput
from ..options import Options
from ..shape import Json
from .policy_checks import contradictions, gaps, nothing_included, unsaid
from .policy_kind import Policy
from .policy_schema import CONDITIONS, POLICY


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


def refuse_incomplete(kind: Policy, options: Options) -> None:
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


def refuse_contradiction(plan: reconcile.Plan, there: Json | None) -> None:
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
