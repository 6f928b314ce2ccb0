# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a policy asks for where it applies: its grant controls, and the session controls that can stop a sign-in.

https://learn.microsoft.com/entra/identity/conditional-access/concept-conditional-access-grant. A control is named by Graph's
word; one that is an object by the property and the object's id: ``mfa``, ``authenticationStrength/{id}``, ``termsOfUse/{id}``,
``customAuthenticationFactors/{id}``, ``secureSignInSession``.
"""

from __future__ import annotations

import dataclasses
import enum
import typing as t

from ..shape import Json
from .policy_schema import GRANT_CONTROLS, SESSION_CONTROLS
from .sign_in import LEGACY_CLIENT_APPS, SignIn

STRENGTH = "authenticationStrength"
TERMS = "termsOfUse"
CUSTOM = "customAuthenticationFactors"
SECURE_SESSION = "secureSignInSession"
# The built-in strength that is satisfied by whatever satisfies MFA
# (https://learn.microsoft.com/entra/identity/authentication/concept-authentication-strengths).
MFA_STRENGTH = f"{STRENGTH}/00000000-0000-0000-0000-000000000002"

# The order in which people are asked (https://learn.microsoft.com/entra/identity/conditional-access/
# concept-conditional-access-policies, phase 2); controls that it does not name stand beside their like.
PROMPT_ORDER = (
    "mfa",
    STRENGTH,
    "compliantDevice",
    "domainJoinedDevice",
    "approvedApplication",
    "compliantApplication",
    "passwordChange",
    "riskRemediation",
    TERMS,
    CUSTOM,
    SECURE_SESSION,
)
# What the user can do something about when asked; the rest is as it is (concept-conditional-access-report-only, results).
_INTERACTIVE = frozenset({"mfa", STRENGTH, "passwordChange", "riskRemediation", TERMS, CUSTOM})
# Legacy authentication cannot do these, and such a sign-in is blocked (concept-conditional-access-conditions, client apps).
# Whether Exchange ActiveSync passes the state of a device is left open there.
_NOT_BY_LEGACY = frozenset({"mfa", STRENGTH, TERMS, CUSTOM})
_NO_DEVICE_STATE = frozenset({"compliantDevice", "domainJoinedDevice"})


class State(enum.Enum):
    """Where a sign-in stands with what is asked of it."""

    MET = "met"
    ASKED = "asked"
    """Not met, and the user can be asked for it."""
    FAILED = "failed"
    """Not met, and nothing can be done about it in this sign-in."""
    UNKNOWN = "unknown"


def kind(control: str) -> str:
    """A control's name without the id of its object."""
    return control.partition("/")[0]


def prompt_order(control: str) -> tuple[int, str]:
    """Sorts controls as people are asked for them."""
    name = kind(control)
    return (PROMPT_ORDER.index(name) if name in PROMPT_ORDER else len(PROMPT_ORDER), control)


@dataclasses.dataclass(frozen=True, slots=True)
class Requirement:
    """What a policy asks for. Every member of ``groups`` has to be met, each by one of its controls; ``blocks`` is final.

    ``strange`` is what cannot be read, of a newer Graph: it may ask for anything. ``asks`` is false for a policy that has
    neither grant nor session controls, and so does nothing.
    """

    blocks: bool = False
    groups: tuple[tuple[str, ...], ...] = ()
    strange: tuple[str, ...] = ()
    asks: bool = True

    @property
    def controls(self) -> frozenset[str]:
        return frozenset(control for group in self.groups for control in group)

    @classmethod
    def of(cls, policy: Json) -> Requirement:
        """From a policy's grantControls and sessionControls.

        Several controls are all required, or one of them is, by the operator (concept-conditional-access-grant). A token that is
        not bound to its device is refused where that is asked for
        (https://learn.microsoft.com/entra/identity/conditional-access/concept-token-protection).
        """
        grant, session = policy.get("grantControls") or {}, policy.get("sessionControls") or {}
        controls = list(_controls(grant))
        blocks = "block" in controls
        operator, several = grant.get("operator"), len(controls) > 1
        strange = [path for path in GRANT_CONTROLS.unknown(grant, "grantControls.") if ": " not in path]
        strange += [path for path in SESSION_CONTROLS.unknown(session, "sessionControls.") if ": " not in path]
        if several and operator not in ("AND", "OR"):
            strange.append(f"grantControls.operator {operator}")
        ordered = sorted(controls, key=prompt_order)
        groups = [tuple(ordered)] if operator == "OR" and ordered else [(control,) for control in ordered]
        if _is_on(session.get(SECURE_SESSION)):
            groups.append((SECURE_SESSION,))
        asks = bool(controls or strange or any(map(_is_on, session.values())))
        return cls(blocks, () if blocks else tuple(groups), tuple(strange), asks)

    def state(self, states: t.Mapping[str, State]) -> State:
        """Where the sign-in stands with the whole policy. What cannot be read is unknown, where nothing is final."""
        if self.blocks:
            return State.FAILED
        found = {self._group_state(group, states) for group in self.groups}
        found |= {State.UNKNOWN} if self.strange else set()
        return next((state for state in (State.FAILED, State.UNKNOWN, State.ASKED) if state in found), State.MET)

    @staticmethod
    def _group_state(group: tuple[str, ...], states: t.Mapping[str, State]) -> State:
        found = {states[control] for control in group}
        return next(state for state in (State.MET, State.UNKNOWN, State.ASKED, State.FAILED) if state in found)

    def open(self, states: t.Mapping[str, State]) -> frozenset[tuple[str, ...]]:
        """What is still to be met, each as the controls of which one is enough; those out of reach are not among them."""
        return frozenset(
            tuple(control for control in group if states[control] is not State.FAILED)
            for group in self.groups
            if self._group_state(group, states) in (State.ASKED, State.UNKNOWN)
        )


def _controls(grant: Json) -> t.Iterator[str]:
    yield from grant.get("builtInControls") or ()
    strength = grant.get(STRENGTH)
    if strength:
        yield f"{STRENGTH}/{str(strength.get('id')).lower()}"
    for name in (TERMS, CUSTOM):
        yield from (f"{name}/{str(member).lower()}" for member in grant.get(name) or ())


def _is_on(control: t.Any) -> bool:
    return control.get("isEnabled") is not False if isinstance(control, dict) else bool(control)


# The facts of a sign-in that states hang on.
FACTS = ("met", "not_met", "out_of_reach", "client_app", "device")


def state(control: str, sign_in: SignIn) -> State:
    """Where a sign-in stands with a control."""
    name = kind(control)
    # The strength that MFA satisfies, and MFA, are one.
    same = {control, *((MFA_STRENGTH, "mfa") if control in (MFA_STRENGTH, "mfa") else ())}
    if same & sign_in.met:
        return State.MET
    legacy = sign_in.client_app in LEGACY_CLIENT_APPS and name in _NOT_BY_LEGACY
    blind = sign_in.client_app == "other" and name in _NO_DEVICE_STATE
    if legacy or blind or same & sign_in.out_of_reach:
        return State.FAILED
    if same & sign_in.not_met:
        return State.ASKED if name in _INTERACTIVE else State.FAILED
    return _of_device(name, sign_in)


def _of_device(control: str, sign_in: SignIn) -> State:
    """A device that is not registered is neither compliant nor hybrid joined (concept-conditional-access-grant)."""
    attribute = {"compliantDevice": "iscompliant", "domainJoinedDevice": "trusttype"}.get(control)
    if attribute is None:
        return State.UNKNOWN
    if sign_in.device.registered is False:
        return State.FAILED
    value = sign_in.device.fact(attribute)
    if value is None:
        return State.UNKNOWN
    return State.MET if str(value).lower() in ("true", "serverad") else State.FAILED


@dataclasses.dataclass(frozen=True, slots=True)
class SessionControls:
    """The session controls of several policies together; None and empty where none of them asks for it.

    ``sign_in_frequency`` is the strictest, as ``everyTime`` or hours, by what has to be done again
    (primaryAndSecondaryAuthentication or secondaryAuthentication): https://learn.microsoft.com/entra/identity/conditional-access/
    concept-session-lifetime. ``others`` are the remaining ones, by Graph's name and value, such as ``persistentBrowser: never``.
    """

    sign_in_frequency: tuple[tuple[str, str | int], ...] = ()
    others: tuple[str, ...] = ()

    @classmethod
    def of(cls, policies: t.Iterable[Json]) -> SessionControls:
        frequencies: dict[str, list[int]] = {}
        others: set[str] = set()
        for policy in policies:
            for name, control in (policy.get("sessionControls") or {}).items():
                if not _is_on(control) or "@odata." in name:
                    continue
                hours = _hours(control) if name == "signInFrequency" else None
                if hours is not None:
                    repeated = control.get("authenticationType") or "primaryAndSecondaryAuthentication"
                    frequencies.setdefault(repeated, []).append(hours)
                else:
                    others.add(_told(name, control))
        strictest = {repeated: min(hours) for repeated, hours in frequencies.items()}
        return cls(
            tuple((repeated, hours or "everyTime") for repeated, hours in sorted(strictest.items())),
            tuple(sorted(others)),
        )


def _hours(frequency: Json) -> int | None:
    """The frequency in hours, 0 for every time, or None where it does not say."""
    if frequency.get("frequencyInterval") == "everyTime":
        return 0
    value = frequency.get("value")
    return value and value * (24 if frequency.get("type") == "days" else 1)


def _told(name: str, control: t.Any) -> str:
    value = (control.get("mode") or control.get("cloudAppSecurityType")) if isinstance(control, dict) else None
    return f"{name}: {value}" if value else name
