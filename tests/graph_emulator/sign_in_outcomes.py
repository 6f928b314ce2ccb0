# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of a try to sign in: the first factor, then the policies, then whatever they ask of the person.

Source: the two phases of enforcement on Microsoft's page on building a policy. A block ends it before anything is asked.
Otherwise the person is asked in Entra's order for what is not satisfied yet, and does what the attempt says they can.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .builtin_objects import is_multifactor
from .judgement import Finding, Rules, Verdict
from .judgement_controls import BLOCK, CUSTOM, MFA, STRENGTH, TERMS, Demand
from .sign_in_attempts import MODERN_CLIENTS, Attempt
from .sign_in_facts import HYBRID_JOINED, Identity, Proof, SignIn
from .sign_in_refusals import ENDINGS
from .tenants import JsonObject, Tenant

_LICENCE_OF_RISK = "AAD_PREMIUM_P2"


@dataclass(frozen=True, eq=False)
class Outcome:
    """How it ended: the AADSTS number (0 for a success), the verdicts (none before policies are reached), the proof."""

    error_code: int
    verdicts: tuple[Verdict, ...]
    proof: Proof

    @property
    def word(self) -> str:
        """The word a practice call answers with."""
        return ENDINGS[self.error_code][0]


class Door:
    """Lets people of one tenant in, or not, by a snapshot of its rules; an attempt seen before is not judged again."""

    def __init__(self, tenant: Tenant) -> None:
        self.rules = Rules(tenant)
        self._tenant = tenant
        self._known: dict[tuple[Attempt, Proof], Outcome] = {}

    def outcome(self, attempt: Attempt, session: Proof | None = None) -> Outcome:
        """Return what becomes of an attempt; ``session`` is what an earlier sign-in has shown, when one is continued."""
        proof = self.first_proof(attempt) if session is None else session
        key = (attempt, proof)
        if key not in self._known:
            self._known[key] = self._judged(attempt, proof, is_renewal=session is not None)
        return self._known[key]

    def _judged(self, attempt: Attempt, proof: Proof, *, is_renewal: bool) -> Outcome:
        early = self._ends_before_policies(attempt)
        if early:
            return Outcome(early, (), proof)
        sign_in = sign_in_of(self._tenant, self.rules, attempt)
        findings = self.rules.findings(sign_in)
        if is_renewal and self.rules.session_is_over(findings, proof):
            return Outcome(70044, tuple(self.rules.verdicts(sign_in, findings, proof)), proof)
        error_code, proof = self._asked(attempt, findings, proof)
        return Outcome(error_code, tuple(self.rules.verdicts(sign_in, findings, proof)), proof)

    def _ends_before_policies(self, attempt: Attempt) -> int:
        """Return the AADSTS number of what ends a sign-in before Conditional Access is asked, 0 for nothing."""
        user = self._tenant.get("users", attempt.user_id) if attempt.user_id else None
        if user is not None and attempt.wrong_password:
            return 50126
        if user is not None and not user["accountEnabled"]:
            return 50057
        apps = [one for one in self._tenant.all("servicePrincipals") if one["appId"] == attempt.app_id]
        return 7000112 if apps and not apps[0]["accountEnabled"] else 0

    def first_proof(self, attempt: Attempt) -> Proof:
        """Return what an attempt shows before anything is asked. One method that is two factors needs no asking."""
        at_once = "," not in attempt.method and is_multifactor(attempt.method) and attempt.mfa
        device = dict(attempt.device or ()) if attempt.client_type in MODERN_CLIENTS else {}
        return Proof(
            methods=frozenset({attempt.method} if at_once or attempt.mfa_claim else {"password"}),
            # a claim is younger than any number of hours and older than the five minutes of "every time"
            mfa_age=0 if at_once else 1800 if attempt.mfa_claim else None,
            can_be_asked=attempt.client_type in MODERN_CLIENTS and attempt.interactive and attempt.user_id is not None,
            is_compliant=device.get("isCompliant") is True,
            is_hybrid_joined=device.get("trustType") == HYBRID_JOINED,
            has_approved_app=attempt.approved_app,
            has_protected_app=attempt.protected_app,
            accepted_terms=frozenset(self._tenant.accepted_terms.get(attempt.user_id or "", ())),
        )

    def _asked(self, attempt: Attempt, findings: list[Finding], proof: Proof) -> tuple[int, Proof]:
        """Ask for what is missing until nothing is, or nothing more can be had; return the AADSTS number and the proof."""
        refused: set[tuple[str, str | None]] = set()
        while True:
            missing = self.rules.open_demands(findings, proof)
            if not missing:
                return 0, proof
            wanted = [one for one in missing if one.asks and (one.kind, one.id) not in refused]
            if missing[0].kind == BLOCK or not proof.can_be_asked or not wanted:
                return self._refusal(attempt, missing, proof)
            shown = _done(attempt, wanted[0], proof)
            if shown is None:
                refused.add((wanted[0].kind, wanted[0].id))
            else:
                proof = shown

    def _refusal(self, attempt: Attempt, missing: list[Demand], proof: Proof) -> tuple[int, Proof]:
        first = missing[0]
        if first.asks and attempt.client_type not in MODERN_CLIENTS:
            return 53003, proof  # an old protocol has no way to ask
        if first.kind in (MFA, STRENGTH):
            # terms of use count as missing while multifactor authentication is, accepted or not
            proof = replace(proof, accepted_terms=frozenset())
            registered = self._tenant.get("userRegistrationDetails", attempt.user_id or "")
            return (50076 if registered and registered["isMfaRegistered"] else 50079), proof
        return first.error, proof


def _done(attempt: Attempt, demand: Demand, proof: Proof) -> Proof | None:
    """Return the proof with what the person did when asked, None where they cannot."""
    if demand.kind in (MFA, STRENGTH):
        done = attempt.mfa and not (proof.mfa_age == 0 and attempt.method in proof.methods)
        return replace(proof, mfa_age=0, methods=proof.methods | {attempt.method}) if done else None
    if demand.kind == TERMS:
        return replace(proof, accepted_terms=proof.accepted_terms | {str(demand.id)}) if attempt.accepts_terms else None
    if demand.kind == CUSTOM or not attempt.changes_password:
        return None
    return replace(proof, has_changed_password=True)


def sign_in_of(tenant: Tenant, rules: Rules, attempt: Attempt) -> SignIn:
    """Return the facts of an attempt. Risk is known with Entra ID P2 only."""
    risks = dict(attempt.risks) if _LICENCE_OF_RISK in tenant.licences else {}
    modern = attempt.client_type in MODERN_CLIENTS
    return SignIn(
        identity=_identity(tenant, rules, attempt),
        applications=(attempt.app_id,) if attempt.app_id else (),
        user_action=attempt.user_action,
        authentication_context=attempt.authentication_context,
        ip=attempt.ip,
        country=attempt.country,
        platform=attempt.platform,
        client_app=attempt.client_type,
        sign_in_risk=risks.get("sign_in", "none"),
        user_risk=risks.get("user", "none"),
        service_principal_risk=risks.get("service_principal", "none"),
        insider_risk=risks.get("insider", "none"),
        transfer_method=attempt.flow,
        device=attempt.device if modern else None,
    )


def _identity(tenant: Tenant, rules: Rules, attempt: Attempt) -> Identity:
    found: JsonObject | None = tenant.get("users", attempt.user_id) if attempt.user_id else None
    if found is not None:
        return rules.identities.user(found)
    principal = tenant.get("servicePrincipals", attempt.principal_id or "")
    return rules.identities.service_principal(principal) if principal else Identity(None)
