# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a policy that applies asks for, whether a sign-in has shown it, and which AADSTS number stops it otherwise.

Sources: Microsoft's pages on grant controls (their order, "one of" and "all of"), on report-only mode (which controls a
person can still satisfy), on authentication strengths, on session lifetime (``everyTime`` allows five minutes), and
the list of AADSTS codes. The names in ``shown`` are those that real sign-in logs have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from .sign_in_facts import Proof
from .tenants import JsonObject

BLOCK = "block"
MFA = "mfa"
STRENGTH = "authenticationStrength"
PASSWORD = "passwordChange"
TERMS = "termsOfUse"
CUSTOM = "customAuthenticationFactors"
NEWER = "of a newer Graph"
EVERY_TIME_SECONDS = 300
_SECONDS = {"hours": 3600, "days": 86400}


class Standing(Enum):
    """Where a sign-in stands with a policy: it has shown enough, it can still be asked for more, or it cannot."""

    MET = "met"
    OPEN = "open"
    FAILED = "failed"


@dataclass(frozen=True)
class Control:
    """A built-in control: its name in logs, whether a person satisfies it when asked, and the number that stops."""

    shown: str
    asks: bool
    error: int
    met: Callable[[Proof], bool]


CONTROLS: dict[str, Control] = {
    BLOCK: Control("Block", False, 53003, lambda proof: False),
    MFA: Control("Mfa", True, 50076, lambda proof: proof.mfa_age is not None),
    "compliantDevice": Control("RequireCompliantDevice", False, 53000, lambda proof: proof.is_compliant),
    "domainJoinedDevice": Control("RequireDomainJoinedDevice", False, 53001, lambda proof: proof.is_hybrid_joined),
    "approvedApplication": Control("RequireApprovedApp", False, 53002, lambda proof: proof.has_approved_app),
    "compliantApplication": Control("RequireCompliantApp", False, 53009, lambda proof: proof.has_protected_app),
    PASSWORD: Control("PasswordChange", True, 50142, lambda proof: proof.has_changed_password),
    "riskRemediation": Control("RiskRemediation", True, 50142, lambda proof: proof.has_changed_password),
}

ASKED_IN_ORDER = (BLOCK, MFA, STRENGTH, *(kind for kind in CONTROLS if kind not in (BLOCK, MFA)), TERMS, CUSTOM, NEWER)


@dataclass(frozen=True)
class Demand:
    """One thing a policy asks for: the kind of control, an id where the kind has several, and how it stands."""

    kind: str
    id: str | None
    asks: bool
    error: int
    is_met: bool


def demands(policy: JsonObject, proof: Proof, strengths: Mapping[str, JsonObject]) -> Iterator[Demand]:
    """Give what a policy asks for, in Entra's order. An old proof counts as none where the sign-in frequency is over."""
    grant = policy["grantControls"] or {}
    proof = _fresh(proof, policy)
    wanted = grant.get("builtInControls") or ()
    for kind, control in CONTROLS.items():
        if kind in wanted:
            yield Demand(kind, None, control.asks, control.error, control.met(proof))
        if kind == MFA and grant.get(STRENGTH):
            key = grant[STRENGTH]["id"]
            yield Demand(STRENGTH, key, True, 50076, _is_strong_enough(proof, strengths.get(key)))
    for kind in wanted:
        if kind not in CONTROLS:
            yield Demand(NEWER, kind, False, 53003, False)
    for key in grant.get(TERMS) or ():
        yield Demand(TERMS, key, True, 50158, key in proof.accepted_terms)
    for name in grant.get(CUSTOM) or ():
        yield Demand(CUSTOM, name, True, 50158, False)


def _fresh(proof: Proof, policy: JsonObject) -> Proof:
    """Return the proof without multifactor authentication that is older than the policy's sign-in frequency allows."""
    limit = longest_session(policy)
    if limit is None or proof.mfa_age is None or proof.mfa_age <= limit:
        return proof
    return replace(proof, mfa_age=None, methods=frozenset())


def longest_session(policy: JsonObject) -> float | None:
    """Return after how many seconds a policy wants a new sign-in, None for never."""
    frequency = (policy["sessionControls"] or {}).get("signInFrequency")
    if not frequency or not frequency["isEnabled"]:
        return None
    if frequency["frequencyInterval"] == "everyTime":
        return EVERY_TIME_SECONDS
    return float(frequency["value"] * _SECONDS[frequency["type"]])


def wants_a_new_sign_in(policy: JsonObject, proof: Proof) -> bool:
    """Tell whether a session is too old for a policy: its first factor, or its second where only that is timed."""
    limit = longest_session(policy)
    if limit is None:
        return False
    only_second = policy["sessionControls"]["signInFrequency"]["authenticationType"] == "secondaryAuthentication"
    age = proof.mfa_age if only_second else proof.first_factor_age
    return age is not None and age > limit


def _is_strong_enough(proof: Proof, strength: JsonObject | None) -> bool:
    allowed = {_unordered(one) for one in (strength or {}).get("allowedCombinations", ())}
    return any(_unordered(one) in allowed for one in proof.methods)


def _unordered(combination: str) -> frozenset[str]:
    return frozenset(word.strip() for word in combination.split(","))


def standing(policy: JsonObject, proof: Proof, strengths: Mapping[str, JsonObject]) -> Standing:
    """Return where a sign-in stands with the grant controls of a policy that applies to it."""
    asked = list(demands(policy, proof, strengths))
    if not asked:
        return Standing.MET
    is_any = policy["grantControls"]["operator"] == "OR"
    met = [one.is_met for one in asked]
    if any(met) if is_any else all(met):
        return Standing.MET
    can_follow = [one.is_met or (one.asks and proof.can_be_asked) for one in asked]
    return Standing.OPEN if (any(can_follow) if is_any else all(can_follow)) else Standing.FAILED


def shown_grant_controls(policy: JsonObject, terms: Mapping[str, str]) -> list[str]:
    """Return ``enforcedGrantControls`` as the log shows them, whatever became of the policy."""
    grant = policy["grantControls"] or {}
    wanted = grant.get("builtInControls") or ()
    shown = [control.shown for kind, control in CONTROLS.items() if kind in wanted]
    shown += [kind[:1].upper() + kind[1:] for kind in wanted if kind not in CONTROLS]
    shown += [terms.get(key, key) for key in grant.get(TERMS) or ()]
    return shown + list(grant.get(CUSTOM) or ())


_SESSION_CONTROLS = {
    "applicationEnforcedRestrictions": "AppEnforcedRestrictions",
    "cloudAppSecurity": "CloudAppSecurity",
    "persistentBrowser": "PersistentBrowserSessionMode",
    "secureSignInSession": "SecureSignIn",
    "signInFrequency": "SignInFrequency",
}


def shown_session_controls(policy: JsonObject) -> list[str]:
    """Return ``enforcedSessionControls`` as the log shows them."""
    session = policy["sessionControls"] or {}
    return [shown for name, shown in _SESSION_CONTROLS.items() if session.get(name)]
