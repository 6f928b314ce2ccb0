# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Graph makes of a policy body that passed the checks, and what it adds when the policy is read."""

from __future__ import annotations

from typing import Any

from .graph_types import completed
from .tenants import JsonObject, Tenant

POLICY = "conditionalAccessPolicy"
_CONTROLS = (
    "applicationEnforcedRestrictions",
    "cloudAppSecurity",
    "persistentBrowser",
    "secureSignInSession",
    "signInFrequency",
)


def stored_policy(body: JsonObject) -> JsonObject:
    """Return the policy with all of Graph's defaults; session controls that do nothing become null."""
    policy: JsonObject = completed(body, POLICY)
    policy["grantControls"] = _stored_grant_controls(policy.get("grantControls"))
    policy["sessionControls"] = _stored_session_controls(policy.get("sessionControls"))
    return policy


def _stored_grant_controls(grant: JsonObject | None) -> JsonObject | None:
    if grant is None:
        return None
    strength = grant.pop("authenticationStrength", None)
    lists = ("builtInControls", "customAuthenticationFactors", "termsOfUse")
    if not strength and not any(grant[name] for name in lists):
        return None
    return {
        **grant,
        "operator": grant["operator"] or "OR",
        "authenticationStrength": {"id": strength["id"].lower()} if strength else None,
    }


def _stored_session_controls(session: JsonObject | None) -> JsonObject | None:
    if session is None:
        return None
    stored = {**session, "disableResilienceDefaults": session["disableResilienceDefaults"] or None}
    for name in _CONTROLS:
        control = stored[name]
        stored[name] = control if control and control["isEnabled"] else None
    frequency = stored["signInFrequency"]
    if frequency:
        stored["signInFrequency"] = {
            **frequency,
            "authenticationType": frequency["authenticationType"] or "primaryAndSecondaryAuthentication",
            "frequencyInterval": frequency["frequencyInterval"] or "timeBased",
        }
    return stored if any(value is not None for value in stored.values()) else None


def with_relationships(tenant: Tenant, policy: JsonObject, base_url: str) -> JsonObject:
    """Return the policy as it is read: its authentication strength expanded."""
    grant: JsonObject | None = policy["grantControls"]
    if grant is None:
        return policy
    shown: dict[str, Any] = {name: value for name, value in grant.items() if name != "authenticationStrength"}
    strength = grant.get("authenticationStrength")
    context = f"{base_url}/v1.0/$metadata#identity/conditionalAccess/policies('{policy['id']}')/grantControls"
    shown["authenticationStrength@odata.context"] = f"{context}/authenticationStrength/$entity"
    shown["authenticationStrength"] = None
    if strength:
        known: JsonObject = tenant.get("authenticationStrengths", strength["id"]) or strength
        shown["authenticationStrength"] = {**known, "combinationConfigurations": []}
    return {**policy, "grantControls": shown}
