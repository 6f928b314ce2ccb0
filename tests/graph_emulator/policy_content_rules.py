# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules a policy has to keep whatever the tenant: each a small function that gives the reasons for a refusal.

Sources: Microsoft's reference pages of the v1.0 types, and the issue threads that show the service's answers. The
numbers 1012 and 1032 and their wording are the service's; a reason without a number is this project's wording.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .graph_types import is_guid
from .tenants import JsonObject

_ACTION_POLICY = "1032: ConditionalActionPolicy validation failed due to {}."
_USER_ACTIONS = ("urn:user:registersecurityinfo", "urn:user:registerdevice")
_GRANTS = ("builtInControls", "customAuthenticationFactors", "termsOfUse", "authenticationStrength")
# (list in conditions, words that stand alone in it)
_ALONE = (
    (("users", "includeUsers"), ("All", "None")),
    (("applications", "includeApplications"), ("All", "None")),
    (("locations", "includeLocations"), ("All",)),
    (("platforms", "includePlatforms"), ("all",)),
    (("clientAppTypes",), ("all",)),
)
# (list in conditions, words that only the including list takes)
_NOT_EXCLUDABLE = (
    (("users", "excludeUsers"), ("All", "None")),
    (("applications", "excludeApplications"), ("All", "None")),
    (("locations", "excludeLocations"), ("All",)),
    (("platforms", "excludePlatforms"), ("all",)),
)


def _part(value: Any, *names: str) -> Any:
    """Return a nested value, None where the way ends early."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _list(policy: JsonObject, *names: str) -> list[Any]:
    found = _part(policy, "conditions", *names)
    return found if isinstance(found, list) else []


def _name(policy: JsonObject) -> Iterator[str]:
    name = policy["displayName"].strip()
    if not name:
        yield "The displayName of the policy must be specified."
    elif len(name) > 256:
        yield "The displayName of the policy must not be longer than 256 characters."


def _client_app_types(policy: JsonObject) -> Iterator[str]:
    if not _list(policy, "clientAppTypes"):
        yield "'clientAppTypes' condition must be specified."


def _somebody(policy: JsonObject) -> Iterator[str]:
    users = _part(policy, "conditions", "users") or {}
    named = any(
        users.get(name) not in (None, [], ["None"]) for name in ("includeUsers", "includeGroups", "includeRoles")
    )
    nobody = users.get("includeUsers") == ["None"]
    guests = users.get("includeGuestsOrExternalUsers")
    workloads = _part(policy, "conditions", "clientApplications") or {}
    includes = workloads.get("includeServicePrincipals") or workloads.get("servicePrincipalFilter")
    if not named and not nobody and not guests and not includes:
        yield "'users' condition must include at least one user, group, role or kind of guest."
    if includes and (named or guests):
        yield "'users' and 'clientApplications' conditions cannot both include somebody."


def _something(policy: JsonObject) -> Iterator[str]:
    applications = _part(policy, "conditions", "applications") or {}
    apps = applications.get("includeApplications") or applications.get("applicationFilter")
    actions = applications.get("includeUserActions")
    contexts = applications.get("includeAuthenticationContextClassReferences")
    if not apps and not actions and not contexts:
        yield "'applications' condition must include an application, a user action or an authentication context."
    if sum(map(bool, (apps, actions, contexts))) > 1:
        yield (
            "1012: 'applications' condition cannot include both 'includeApplications' and "
            "'includeUserActions'/'includeProtectionLevels'. Please remove one of the conditions."
        )
    for action in actions or ():
        if action not in _USER_ACTIONS:
            yield f"'applications' condition includes the unknown user action '{action}'."


def _words_alone(policy: JsonObject) -> Iterator[str]:
    for names, words in _ALONE:
        values = _list(policy, *names)
        for word in words:
            if word in values and len(values) > 1:
                yield f"'{names[-1]}' condition cannot include '{word}' together with other values."
    for names, words in _NOT_EXCLUDABLE:
        for word in words:
            if word in _list(policy, *names):
                yield f"'{names[-1]}' condition cannot include '{word}'."


def _guests(policy: JsonObject) -> Iterator[str]:
    """The tenants of guests: their @odata.type and membershipKind say the same, and members are tenant ids."""
    for name in ("includeGuestsOrExternalUsers", "excludeGuestsOrExternalUsers"):
        tenants = _part(policy, "conditions", "users", name, "externalTenants") or {}
        kind = "enumerated" if str(tenants.get("@odata.type")).endswith("EnumeratedExternalTenants") else "all"
        if tenants and tenants.get("membershipKind") not in (None, kind):
            yield f"'{name}' condition must not have the membershipKind '{tenants['membershipKind']}' with this type."
        if kind == "enumerated" and not tenants.get("members"):
            yield f"'{name}' condition must name at least one tenant in 'members'."
        for member in tenants.get("members") or ():
            if not is_guid(member):
                yield f"'{name}' condition names '{member}', which is no tenant id."


def _filters(policy: JsonObject) -> Iterator[str]:
    for group, name in (
        ("devices", "deviceFilter"),
        ("applications", "applicationFilter"),
        ("clientApplications", "servicePrincipalFilter"),
    ):
        rule = _part(policy, "conditions", group, name, "rule")
        if rule is not None and not rule.strip():
            yield f"'{name}' condition must have a rule."


def _excluded_from_something(policy: JsonObject) -> Iterator[str]:
    for name, include, exclude in (
        ("locations", "includeLocations", "excludeLocations"),
        ("platforms", "includePlatforms", "excludePlatforms"),
    ):
        if _list(policy, name, exclude) and not _list(policy, name, include):
            yield f"'{name}' condition must specify '{include}' when '{exclude}' is specified."


def _no_duplicates(policy: JsonObject) -> Iterator[str]:
    for group in ("users", "applications", "locations", "platforms", "clientApplications"):
        for name, values in (_part(policy, "conditions", group) or {}).items():
            texts = [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
            if len(set(texts)) < len(texts):
                yield f"'{name}' condition cannot include the same value twice."


def _some_control(policy: JsonObject) -> Iterator[str]:
    grant = policy.get("grantControls") or {}
    session = policy.get("sessionControls") or {}
    grants = any(grant.get(name) for name in _GRANTS)
    sessions = session.get("disableResilienceDefaults") or any(
        isinstance(control, dict) and control.get("isEnabled") for control in session.values()
    )
    if not grants and not sessions:
        yield "Either grant controls or session controls must be specified."


def _grant_controls(policy: JsonObject) -> Iterator[str]:
    grant = policy.get("grantControls") or {}
    controls = grant.get("builtInControls") or []
    strength = grant.get("authenticationStrength")
    others = grant.get("customAuthenticationFactors") or grant.get("termsOfUse") or strength
    if grant.get("operator") not in (None, "AND", "OR"):
        yield "The operator of the grant controls must be 'AND' or 'OR'."
    if "block" in controls and (len(controls) > 1 or others):
        yield _ACTION_POLICY.format("InvalidBlockControl")
    if len(set(controls)) < len(controls):
        yield _ACTION_POLICY.format("DuplicateControls")
    if strength is not None and "mfa" in controls:
        yield _ACTION_POLICY.format("InvalidAuthenticationStrengthControl")
    if strength is not None and not strength.get("id"):
        yield "The authentication strength of the grant controls must be given by its id."


def _password_change(policy: JsonObject) -> Iterator[str]:
    """A password change needs MFA with AND, all applications, all client apps, and a user risk."""
    grant = policy.get("grantControls") or {}
    controls = grant.get("builtInControls") or []
    if "passwordChange" not in controls:
        return
    proven = "mfa" in controls or grant.get("authenticationStrength")
    if (
        not proven
        or grant.get("operator") != "AND"
        or not _list(policy, "userRiskLevels")
        or _list(policy, "applications", "includeApplications") != ["All"]
        or _list(policy, "clientAppTypes") != ["all"]
    ):
        yield _ACTION_POLICY.format("InvalidPasswordResetControl")


def _sign_in_frequency(policy: JsonObject) -> Iterator[str]:
    frequency = _part(policy, "sessionControls", "signInFrequency") or {}
    if not frequency.get("isEnabled"):
        return
    value, unit = frequency.get("value"), frequency.get("type")
    if frequency.get("frequencyInterval") == "everyTime":
        if value is not None or unit is not None:
            yield _ACTION_POLICY.format("InvalidSignInFrequencyControl")
        return
    if value is None or unit is None or not 1 <= value <= (23 if unit == "hours" else 365):
        yield _ACTION_POLICY.format("InvalidSignInFrequencyControl")


def _session_modes(policy: JsonObject) -> Iterator[str]:
    browser = _part(policy, "sessionControls", "persistentBrowser") or {}
    if browser.get("isEnabled") and browser.get("mode") is None:
        yield _ACTION_POLICY.format("InvalidPersistentBrowserControl")
    cloud_apps = _part(policy, "sessionControls", "cloudAppSecurity") or {}
    if cloud_apps.get("isEnabled") and cloud_apps.get("cloudAppSecurityType") is None:
        yield _ACTION_POLICY.format("InvalidCloudAppSecurityControl")


CONTENT_RULES: tuple[Callable[[JsonObject], Iterator[str]], ...] = (
    _name,
    _client_app_types,
    _somebody,
    _something,
    _guests,
    _filters,
    _words_alone,
    _excluded_from_something,
    _no_duplicates,
    _some_control,
    _grant_controls,
    _password_change,
    _sign_in_frequency,
    _session_modes,
)
