# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judging sign-ins by a tenant's policies, as readers see them now: what applies, and the verdict of each for the log.

``judgement_conditions`` says whether a policy applies, ``judgement_controls`` what it asks for. Verdicts are words of
``appliedConditionalAccessPolicyResult``. Source of what they mean: the table of policy evaluation results on Microsoft's
page on report-only mode; policies for user actions are not evaluated in report-only.
"""

from __future__ import annotations

from typing import NamedTuple

from .identities import Identities
from .judgement_conditions import APPLIES, reason_against
from .judgement_controls import (
    ASKED_IN_ORDER,
    Demand,
    Standing,
    demands,
    shown_grant_controls,
    shown_session_controls,
    standing,
    wants_a_new_sign_in,
)
from .judgement_locations import Locations
from .sign_in_facts import Proof, SignIn
from .tenants import JsonObject, Tenant

ENABLED = "enabled"
REPORT_ONLY = "enabledForReportingButNotEnforced"
_ENFORCED = {Standing.MET: "success", Standing.OPEN: "failure", Standing.FAILED: "failure"}
_REPORTED = {
    Standing.MET: "reportOnlySuccess",
    Standing.OPEN: "reportOnlyInterrupted",
    Standing.FAILED: "reportOnlyFailure",
}


class Finding(NamedTuple):
    """Whether a policy applies: ``reason`` is ``notSet``, or the first one why not."""

    policy: JsonObject
    reason: str

    @property
    def applies(self) -> bool:
        """Whether the policy applies."""
        return self.reason == APPLIES


class Verdict(NamedTuple):
    """What became of a policy in a sign-in."""

    policy: JsonObject
    reason: str
    result: str


class Rules:
    """What a tenant judges sign-ins by. A snapshot: make a new one after a change."""

    def __init__(self, tenant: Tenant) -> None:
        self.identities = Identities(tenant)
        self.terms = {one["id"]: one["displayName"] for one in tenant.all("agreements")}
        self._policies = list(tenant.all("policies"))
        self._locations = Locations(tenant.all("namedLocations"))
        self._strengths = {one["id"]: one for one in tenant.all("authenticationStrengths")}
        self._shown: dict[tuple[str, str], JsonObject] = {}

    def findings(self, sign_in: SignIn) -> list[Finding]:
        """Return for each policy whether it applies."""
        return [Finding(policy, reason_against(policy, sign_in, self._locations)) for policy in self._policies]

    def standing(self, finding: Finding, proof: Proof) -> Standing:
        """Return where a sign-in stands with a policy that applies to it."""
        return standing(finding.policy, proof, self._strengths)

    def open_demands(self, findings: list[Finding], proof: Proof) -> list[Demand]:
        """Return what the enforced policies still ask for, in Entra's order; a block, which nothing satisfies, first."""
        unmet = [
            demand
            for finding in findings
            if finding.applies and finding.policy["state"] == ENABLED
            if self.standing(finding, proof) is not Standing.MET
            for demand in demands(finding.policy, proof, self._strengths)
            if not demand.is_met
        ]
        return sorted(unmet, key=lambda demand: ASKED_IN_ORDER.index(demand.kind))

    def session_is_over(self, findings: list[Finding], proof: Proof) -> bool:
        """Tell whether an enforced policy's sign-in frequency has run out for a session."""
        return any(
            finding.applies and finding.policy["state"] == ENABLED and wants_a_new_sign_in(finding.policy, proof)
            for finding in findings
        )

    def verdicts(self, sign_in: SignIn, findings: list[Finding], proof: Proof) -> list[Verdict]:
        """Return the verdict of every policy, disabled ones too, in the tenant's order."""
        return [Verdict(one.policy, one.reason, self._result(one, sign_in, proof)) for one in findings]

    def _result(self, finding: Finding, sign_in: SignIn, proof: Proof) -> str:
        if finding.policy["state"] == "disabled":
            return "notEnabled"
        if finding.reason in ("invalidCondition", "invalidPolicy"):
            return "unknown"
        if finding.policy["state"] == REPORT_ONLY:
            applies = finding.applies and sign_in.user_action is None
            return _REPORTED[self.standing(finding, proof)] if applies else "reportOnlyNotApplied"
        return _ENFORCED[self.standing(finding, proof)] if finding.applies else "notApplied"

    def shown(self, verdict: Verdict) -> JsonObject:
        """Return a verdict as the log shows it; equal ones are one object, since a log has a great many of them."""
        key = (verdict.policy["id"], verdict.result)
        if key not in self._shown:
            self._shown[key] = {
                "id": verdict.policy["id"],
                "displayName": verdict.policy["displayName"],
                "enforcedGrantControls": shown_grant_controls(verdict.policy, self.terms),
                "enforcedSessionControls": shown_session_controls(verdict.policy),
                "result": verdict.result,
            }
        return self._shown[key]
