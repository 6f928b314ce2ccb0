# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a policy applies to a sign-in, and if not, the first condition that keeps it from applying.

All conditions have to hold, an exclusion beats an inclusion, and a condition that is not configured holds for
everybody. The reasons are words of ``whatIfAnalysisReasons``; "first" goes by the order of that type. Sources:
Microsoft's pages on building a policy, users and groups, target resources, conditions, network, workload identities,
filters for devices, authentication flows, and on What If, which cannot judge a condition it was told nothing about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .device_filter import UnreadableRule, device_matches
from .graph_types import properties_of
from .judgement_locations import Locations
from .sign_in_facts import Identity, SignIn
from .tenants import JsonObject

APPLIES = "notSet"
NOT_ENOUGH = "notEnoughInformation"
USER_ACTIONS = {
    "registerSecurityInformation": "urn:user:registersecurityinfo",
    "registerOrJoinDevices": "urn:user:registerdevice",
}
# What a policy calls by another name than the application has, in lower case. Microsoft publishes the members of these
# by name; here are those that this server's tenants have.
APPLICATION_GROUPS: dict[str, frozenset[str]] = {
    "office365": frozenset(
        {
            "00000002-0000-0ff1-ce00-000000000000",  # Exchange Online
            "00000003-0000-0ff1-ce00-000000000000",  # SharePoint Online
            "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe",  # Teams
        }
    ),
    "microsoftadminportals": frozenset({"c44b4083-3bb0-49c1-b47d-974e53cbdf3c"}),  # Azure portal, Entra admin center
    # the Windows Azure Service Management API stands for the portal as well
    "797f4846-ba00-4fd7-ba43-dac1f8f63013": frozenset({"c44b4083-3bb0-49c1-b47d-974e53cbdf3c"}),
}
_KNOWN_CONDITIONS = frozenset(properties_of("conditionalAccessConditionSet"))

Check = Callable[[JsonObject, SignIn, Locations], str | None]


def reason_against(policy: JsonObject, sign_in: SignIn, locations: Locations) -> str:
    """Return ``notSet`` where the policy applies, else the first reason why not."""
    if policy["state"] == "disabled":
        return "policyNotEnabled"
    if policy["grantControls"] is None and policy["sessionControls"] is None:
        return "emptyPolicy"
    conditions = policy["conditions"]
    if set(conditions) - _KNOWN_CONDITIONS:
        return "invalidCondition"
    for check in _CHECKS:
        reason = check(conditions, sign_in, locations)
        if reason is not None:
            return reason
    return APPLIES


def _part(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _lowered(values: Iterable[str] | None) -> set[str]:
    return {one.lower() for one in values or ()}


def _words(flags: str | None) -> set[str]:
    return set((flags or "").split(","))


def _identity(conditions: JsonObject, sign_in: SignIn, _locations: Locations) -> str | None:
    who = sign_in.identity
    if not who.is_user:
        workloads = conditions.get("clientApplications") or {}
        applies = who.is_single_tenant and _lists_principal(workloads, "include", who)
        return None if applies and not _lists_principal(workloads, "exclude", who) else "workloadIdentities"
    users = conditions.get("users") or {}
    return None if _lists_user(users, "include", who) and not _lists_user(users, "exclude", who) else "users"


def _lists_user(users: JsonObject, side: str, who: Identity) -> bool:
    named = users.get(f"{side}Users") or ()
    return (
        "All" in named
        or (who.id is not None and who.id in _lowered(named))
        or ("GuestsOrExternalUsers" in named and who.guest_kind != "none")
        or not who.groups.isdisjoint(_lowered(users.get(f"{side}Groups")))
        or not who.roles.isdisjoint(_lowered(users.get(f"{side}Roles")))
        or _lists_guest(users.get(f"{side}GuestsOrExternalUsers"), who)
    )


def _lists_guest(guests: JsonObject | None, who: Identity) -> bool:
    """Kinds of guests, of all tenants or of some; "none" is a member of this tenant and never meant."""
    kinds = _words(who.guest_kind) - {"none"}
    if not guests or kinds.isdisjoint(_words(guests.get("guestOrExternalUserTypes"))):
        return False
    members = _part(guests, "externalTenants", "members")
    return not members or (who.home_tenant is not None and who.home_tenant in _lowered(members))


def _lists_principal(workloads: JsonObject, side: str, who: Identity) -> bool:
    """Filters go by custom security attributes; nothing here has any, so they list nobody."""
    named = workloads.get(f"{side}ServicePrincipals") or ()
    return "ServicePrincipalsInMyTenant" in named or who.id in _lowered(named)


def _target(conditions: JsonObject, sign_in: SignIn, _locations: Locations) -> str | None:
    """Compare what the policy protects with what is signed in to; a policy for all resources covers user actions too."""
    protects = conditions.get("applications") or {}
    actions = protects.get("includeUserActions") or ()
    contexts = protects.get("includeAuthenticationContextClassReferences") or ()
    kept = "userActions" if actions else "authenticationContext" if contexts else "application"
    if sign_in.user_action is not None:
        hit = USER_ACTIONS[sign_in.user_action] in actions or "All" in (protects.get("includeApplications") or ())
    elif sign_in.authentication_context is not None:
        hit = sign_in.authentication_context in contexts
    else:
        hit = any(
            _lists_application(protects.get("includeApplications"), one)
            and not _lists_application(protects.get("excludeApplications"), one)
            for one in sign_in.applications
        )
    return None if hit else kept


def _lists_application(named: Iterable[str] | None, app_id: str) -> bool:
    return any(
        one == "All" or one.lower() == app_id or app_id in APPLICATION_GROUPS.get(one.lower(), ())
        for one in named or ()
    )


def _platform(conditions: JsonObject, sign_in: SignIn, _locations: Locations) -> str | None:
    """``all`` is any platform, also one that Entra does not know."""
    platforms = conditions.get("platforms") or {}
    included, excluded = platforms.get("includePlatforms") or (), platforms.get("excludePlatforms") or ()
    if not included or ("all" in included and not excluded):
        return None
    if sign_in.platform is None and not sign_in.is_whole:
        return NOT_ENOUGH
    holds = ("all" in included or sign_in.platform in included) and sign_in.platform not in excluded
    return None if holds else "devicePlatform"


def _device(conditions: JsonObject, sign_in: SignIn, _locations: Locations) -> str | None:
    filter_ = _part(conditions, "devices", "deviceFilter")
    if not filter_:
        return None
    if sign_in.device is None and not sign_in.is_whole:
        return NOT_ENOUGH
    try:
        matches = device_matches(filter_["rule"], sign_in.device)
    except UnreadableRule:
        return "invalidPolicy"
    return None if matches is (filter_["mode"] == "include") else "devices"


def _client_app(conditions: JsonObject, sign_in: SignIn, _locations: Locations) -> str | None:
    """``exchangeActiveSync`` means every platform, ``easSupported`` those that can be managed."""
    wanted = conditions.get("clientAppTypes") or ()
    if not wanted or "all" in wanted:
        return None
    if sign_in.client_app is None:
        return NOT_ENOUGH
    supported = sign_in.client_app == "easSupported" and "exchangeActiveSync" in wanted
    return None if sign_in.client_app in wanted or supported else "clientApps"


def _location(conditions: JsonObject, sign_in: SignIn, locations: Locations) -> str | None:
    named = conditions.get("locations") or {}
    if not named.get("includeLocations"):
        return None
    included = locations.any_holds(named["includeLocations"], sign_in)
    excluded = locations.any_holds(named.get("excludeLocations") or (), sign_in)
    if included is False or excluded is True:
        return "location"
    return NOT_ENOUGH if None in (included, excluded) else None


def _risk(condition: str, fact: str, reason: str) -> Check:
    def check(conditions: JsonObject, sign_in: SignIn, _locations: Locations) -> str | None:
        wanted = conditions.get(condition) or ()
        return None if not wanted or getattr(sign_in, fact) in wanted else reason

    return check


def _insider_risk(conditions: JsonObject, sign_in: SignIn, _locations: Locations) -> str | None:
    wanted = conditions.get("insiderRiskLevels")
    return None if not wanted or sign_in.insider_risk in _words(wanted) else "insiderRisk"


def _flow(conditions: JsonObject, sign_in: SignIn, _locations: Locations) -> str | None:
    wanted = _words(_part(conditions, "authenticationFlows", "transferMethods")) - {"", "none"}
    return None if not wanted or sign_in.transfer_method in wanted else "authenticationFlow"


_CHECKS: tuple[Check, ...] = (
    _identity,
    _target,
    _platform,
    _device,
    _client_app,
    _location,
    _risk("signInRiskLevels", "sign_in_risk", "signInRisk"),
    _risk("servicePrincipalRiskLevels", "service_principal_risk", "signInRisk"),
    _risk("userRiskLevels", "user_risk", "userRisk"),
    _insider_risk,
    _flow,
)
