# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates of Conditional Access policies, in the form of Microsoft's; names, texts and ids are this project's."""

from __future__ import annotations

from typing import Any

from .builtin_objects import AUTHENTICATION_STRENGTHS
from .builtin_roles import BUILTIN_ROLES
from .policy_shape import stored_policy
from .tenants import JsonObject, derived_id

# What Microsoft's templates have in the place of whoever makes the policy.
CURRENT_ADMINISTRATOR = "Current administrator will be excluded"
_PHISHING_RESISTANT = "00000000-0000-0000-0000-000000000004"
_ADMINISTRATORS = ("Global Administrator", "Security Administrator", "Conditional Access Administrator")


def _template(
    name: str,
    description: str,
    scenarios: str,
    grant: JsonObject,
    *,
    session: JsonObject | None = None,
    **more: Any,
) -> JsonObject:
    conditions = {
        "clientAppTypes": ["all"],
        "applications": {"includeApplications": ["All"]},
        "users": {"includeUsers": ["All"], "excludeUsers": [CURRENT_ADMINISTRATOR]},
        **more,
    }
    policy = stored_policy({"conditions": conditions, "grantControls": grant, "sessionControls": session})
    return {
        "id": derived_id("", "templates", name),
        "name": name,
        "description": description,
        "scenarios": scenarios,
        "details": {part: policy[part] for part in ("conditions", "grantControls", "sessionControls")},
    }


def _with_whole_strength(template: JsonObject) -> JsonObject:
    """A template shows the authentication strength itself, as a policy does."""
    grant = template["details"]["grantControls"]
    if grant and grant["authenticationStrength"]:
        strength = AUTHENTICATION_STRENGTHS[grant["authenticationStrength"]["id"]]
        grant["authenticationStrength"] = {**strength, "combinationConfigurations": []}
    return template


TEMPLATES: tuple[JsonObject, ...] = tuple(
    _with_whole_strength(one)
    for one in (
        _template(
            "Ask everybody for a second factor",
            "Every sign-in of every user needs multifactor authentication.",
            "secureFoundation,zeroTrust,remoteWork",
            {"operator": "OR", "builtInControls": ["mfa"]},
        ),
        _template(
            "Keep old protocols out",
            "Clients that cannot do multifactor authentication are blocked.",
            "secureFoundation,zeroTrust,remoteWork,protectAdmins",
            {"operator": "OR", "builtInControls": ["block"]},
            clientAppTypes=["exchangeActiveSync", "other"],
        ),
        _template(
            "Administrators with a security key",
            "Whoever holds an administrator's role signs in with a method that phishing does not defeat.",
            "zeroTrust,protectAdmins",
            {"operator": "OR", "authenticationStrength": {"id": _PHISHING_RESISTANT}},
            users={
                "includeRoles": [BUILTIN_ROLES[role] for role in _ADMINISTRATORS],
                "excludeUsers": [CURRENT_ADMINISTRATOR],
            },
        ),
        _template(
            "No lasting sessions on strange devices",
            "On devices that the organization does not manage, browsers forget the session and ask again every hour.",
            "zeroTrust,remoteWork,emergingThreats",
            {"operator": "OR", "builtInControls": ["mfa"]},
            session={
                "persistentBrowser": {"isEnabled": True, "mode": "never"},
                "signInFrequency": {"isEnabled": True, "type": "hours", "value": 1},
            },
            devices={"deviceFilter": {"mode": "include", "rule": "device.isCompliant -ne True"}},
        ),
    )
)
