# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every condition of the v1.0 schema as a table: what it looks at, and how it is asked.

All of a policy's conditions have to be met (https://learn.microsoft.com/entra/identity/conditional-access/
concept-conditional-access-policies). One that a policy does not set is met by every sign-in.
"""

from __future__ import annotations

import dataclasses
import typing as t
from functools import partial

from ..shape import Json
from . import application_condition, device_filter, identity_conditions, location_condition
from .known_applications import Application
from .location_condition import Locations
from .policy_schema import CONDITIONS, POLICY
from .three_valued import Answer, all_of, any_of, negated, unknown

# Takes what its condition prepares, which is the facts that it names, in their order.
Test = t.Callable[..., Answer]


@dataclasses.dataclass(frozen=True, slots=True)
class Tenant:
    """What the conditions of a policy refer to."""

    locations: Locations
    applications: t.Mapping[str, Application]


@dataclasses.dataclass(frozen=True, slots=True)
class Condition:
    """A row: Graph's word for the reason when it is not met, the facts of a sign-in that decide, and how a policy's conditions
    become a test of these; None where the policy does not set it. ``reason`` may depend on the conditions. ``prepare`` makes of
    the facts, once for all policies, what the tests take in their place.
    """

    reason: str | t.Callable[[Json], str]
    facts: tuple[str, ...]
    compile: t.Callable[[Json, Tenant], Test | None]
    prepare: t.Callable[..., tuple[t.Any, ...]] = lambda *facts: facts

    def reason_for(self, conditions: Json) -> str:
        return self.reason if isinstance(self.reason, str) else self.reason(conditions)


def _levels(graph: str, fact: str, conditions: Json, tenant: Tenant) -> Test | None:
    """A list of levels of a risk, or a text of them with commas; none is any
    (https://learn.microsoft.com/graph/api/resources/conditionalaccessconditionset)."""
    (field,) = (field for field in CONDITIONS.fields if field.graph == graph)
    levels, strange = field.split(conditions.get(graph))
    return _listed(levels, strange, fact) if levels or strange else None


def _listed(members: t.Sequence[str], strange: t.Sequence[str], fact: str) -> Test:
    """Whether a value is in a list, of which some members may be words of a newer Graph."""
    known = frozenset(members)
    missing = unknown(fact)
    otherwise = unknown(*(f"what '{word}' means, a word of a newer Graph" for word in strange)) if strange else False

    def test(value: str | None) -> Answer:
        if value is None:
            return missing
        return True if value in known else otherwise

    return test


def _platforms(conditions: Json, tenant: Tenant) -> Test | None:
    """Device platforms. A policy that includes any and excludes the supported ones is for all that are not supported
    (concept-conditional-access-conditions, device platforms)."""
    value = conditions.get("platforms") or {}
    included, excluded = (_side(value, f"{side}Platforms", "the device platform") for side in ("include", "exclude"))
    if included is None and excluded is None:
        return None

    def test(platform: str | None) -> Answer:
        inside = included is None or included(platform)
        return all_of([inside, excluded is None or negated(excluded(platform))])

    return test


def _side(value: Json, graph: str, fact: str) -> Test | None:
    """One list of platforms as a test, or None where it says nothing: an empty one, and an inclusion of all."""
    members = value.get(graph) or []
    if "all" in members:
        return None if graph.startswith("include") else lambda platform: True
    known, strange = _PLATFORM_FIELD.split(members)
    return _listed(known, strange, fact) if members else None


(_PLATFORM_FIELD,) = (
    field
    for group in CONDITIONS.fields
    if group.graph == "platforms" and group.shape
    for field in group.shape.fields
    if field.graph == "includePlatforms"
)
(_CLIENT_APP_FIELD,) = (field for field in CONDITIONS.fields if field.graph == "clientAppTypes")
(_TRANSFER_FIELD,) = (
    field
    for group in CONDITIONS.fields
    if group.graph == "authenticationFlows" and group.shape
    for field in group.shape.fields
)

# Platforms that Exchange ActiveSync is said to be supported on; the list is one of examples
# (concept-conditional-access-conditions, Exchange ActiveSync clients).
_EAS_SUPPORTED = frozenset({"android", "iOS", "windows"})


def _client_apps(conditions: Json, tenant: Tenant) -> Test | None:
    """Client apps. ``exchangeActiveSync`` is all of it, ``easSupported`` the part of it that is on supported platforms
    (https://learn.microsoft.com/graph/api/resources/conditionalaccessconditionset)."""
    members = conditions.get("clientAppTypes") or []
    if not members or "all" in members:
        return None
    known, strange = _CLIENT_APP_FIELD.split(members)
    listed = _listed(known, strange, "the client app")

    def test(client_app: str | None, platform: str | None) -> Answer:
        answers = [listed(client_app)]
        if client_app == "easSupported":
            answers.append("exchangeActiveSync" in known)
        elif client_app == "exchangeActiveSync" and "easSupported" in known:
            supported = unknown("whether Exchange ActiveSync is supported on the device platform")
            answers.append(True if platform in _EAS_SUPPORTED else supported)
        return any_of(answers)

    return test


def _authentication_flows(conditions: Json, tenant: Tenant) -> Test | None:
    """Device code flow and authentication transfer, also where the session began with one of them long ago
    (https://learn.microsoft.com/entra/identity/conditional-access/concept-authentication-flows)."""
    known, strange = _TRANSFER_FIELD.split((conditions.get("authenticationFlows") or {}).get("transferMethods"))
    return _listed(known, strange, "the authentication flow that the session began with") if known or strange else None


def _strange(conditions: Json, tenant: Tenant) -> Test | None:
    """What the table does not know, as of a newer Graph, may be a condition that is not met."""
    found = [path for path in POLICY.unknown({"conditions": conditions}) if ": " not in path]
    if not found:
        return None
    missing = unknown(*(f"what {path} asks for, a property of a newer Graph" for path in found))
    return lambda: missing


# In the order in which the first condition that is not met is the reason. That What If tells the first one says
# https://learn.microsoft.com/entra/identity/conditional-access/what-if-tool#evaluation, and not in which order it looks. This is
# the order of the members of whatIfAnalysisReasons; that a policy is off, or asks for nothing, comes before all of them. Graph
# has no word for the risk of a service principal; ours is signInRisk.
CONDITION_TABLE: tuple[Condition, ...] = (
    Condition("users", ("identity",), lambda conditions, tenant: identity_conditions.users(conditions)),
    Condition(
        "workloadIdentities", ("identity",), lambda conditions, tenant: identity_conditions.workloads(conditions)
    ),
    Condition(
        lambda conditions: application_condition.reason(conditions.get("applications") or {}),
        ("target", "user_action", "authentication_contexts"),
        lambda conditions, tenant: application_condition.compiled(
            conditions.get("applications") or {}, tenant.applications
        ),
    ),
    Condition("devicePlatform", ("platform",), _platforms),
    Condition("devices", ("device",), lambda conditions, tenant: device_filter.compiled(conditions)),
    Condition("clientApps", ("client_app", "platform"), _client_apps),
    Condition(
        "location",
        ("ip", "trusted", "country", "gps_country"),
        lambda conditions, tenant: location_condition.compiled(conditions, tenant.locations),
        prepare=lambda *facts: (location_condition.Place(*facts),),
    ),
    Condition("signInRisk", ("sign_in_risk",), partial(_levels, "signInRiskLevels", "the risk of the sign-in")),
    Condition("userRisk", ("user_risk",), partial(_levels, "userRiskLevels", "the risk of the user")),
    Condition(
        "signInRisk",
        ("service_principal_risk",),
        partial(_levels, "servicePrincipalRiskLevels", "the risk of the service principal"),
    ),
    Condition("insiderRisk", ("insider_risk",), partial(_levels, "insiderRiskLevels", "the insider risk of the user")),
    Condition("authenticationFlow", ("transfer_method",), _authentication_flows),
    # Of a newer Graph; it is never a reason, because it is never a no.
    Condition("invalidCondition", (), _strange),
)
