# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One try to sign in, as a seed or a practice call describes it: its shape, and its names turned into objects.

README.md describes the keys. An ``Attempt`` says nothing of when, so that alike tries are judged once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from .graph_types import TYPES, properties_of
from .graph_types import problems_of as type_problems
from .iso_countries import COUNTRIES
from .judgement_conditions import USER_ACTIONS
from .moments import moment
from .policy_references import CONTEXT_ID
from .shapes import Shape, anything, boolean, mapping, matching, number, one_of, text
from .sign_in_facts import Device
from .tenants import JsonObject, Tenant

_RISKS = ("none", "low", "medium", "high")
_PLATFORMS = ("android", "iOS", "windows", "windowsPhone", "macOS", "linux")
_UNKNOWN_PLATFORM = "unknown"
MAX_LATE = 30 * 86400
DEFAULT_METHOD = "password,microsoftAuthenticatorPush"
# what the log calls a client app -> what policies call it; everything else is an old protocol
CLIENT_APPS = {
    "browser": "browser",
    "mobile apps and desktop clients": "mobileAppsAndDesktopClients",
    "exchange activesync": "exchangeActiveSync",
}
MODERN_CLIENTS = ("browser", "mobileAppsAndDesktopClients")

# what a sign-in is, whatever pattern it belongs to
ATTEMPT_KEYS: dict[str, Shape] = {
    "app": text(),
    "user_action": one_of(*USER_ACTIONS),
    "authentication_context": matching(CONTEXT_ID, "one of c1 to c99"),
    "client_app": text(),
    "platform": one_of(*_PLATFORMS, _UNKNOWN_PLATFORM),
    "browser": text(),
    "user_agent": text(),
    "device": anything(),
    "risk": mapping(
        {
            "sign_in": one_of(*_RISKS),
            "user": one_of(*_RISKS),
            "service_principal": one_of(*_RISKS),
            "insider": one_of(*(word for word in TYPES["insiderRiskLevel"]["members"] if word[0] != "u")),
        }
    ),
    "flow": one_of("deviceCodeFlow", "authenticationTransfer"),
    "wrong_password": boolean(),
    "mfa": boolean(),
    "mfa_claim": boolean(),
    "method": text(),
    "accepts_terms": boolean(),
    "changes_password": boolean(),
    "approved_app": boolean(),
    "protected_app": boolean(),
    "interactive": boolean(),
    "continue_session": boolean(),
}
PLACE_KEYS: dict[str, Shape] = {"ip": text(), "country": text(), "city": text()}
ONE_SIGN_IN: dict[str, Shape] = {
    "user": text(),
    "service_principal": text(),
    **ATTEMPT_KEYS,
    **PLACE_KEYS,
    "at": moment(),
    "late_by": number(0, MAX_LATE),
}


@dataclass(frozen=True)
class Attempt:
    """A try with everything looked up. ``client_app`` is the log's word."""

    user_id: str | None
    principal_id: str | None
    app_id: str | None
    app_name: str | None
    ip: IPv4Address | IPv6Address
    country: str | None = None
    city: str | None = None
    user_action: str | None = None
    authentication_context: str | None = None
    client_app: str = "Browser"
    platform: str | None = "windows"
    browser: str | None = "Edge 130.0.0"
    user_agent: str | None = None
    device: Device = None
    risks: tuple[tuple[str, str], ...] = ()
    flow: str = "none"
    wrong_password: bool = False
    mfa: bool = False
    mfa_claim: bool = False
    method: str = DEFAULT_METHOD
    accepts_terms: bool = True
    changes_password: bool = True
    approved_app: bool = False
    protected_app: bool = False
    interactive: bool = True
    continue_session: bool = False

    @property
    def client_type(self) -> str:
        """The client app as policies call it."""
        return CLIENT_APPS.get(self.client_app.lower(), "other")


class Names:
    """Finds the users, applications and service principals that attempts name, quickly."""

    def __init__(self, tenant: Tenant) -> None:
        self._users = _by_name(tenant.all("users"), ("id", "userPrincipalName"))
        self._principals = _by_name(tenant.all("servicePrincipals"), ("displayName", "id", "appId"))
        self.registered = {one["id"] for one in tenant.all("userRegistrationDetails") if one["isMfaRegistered"]}

    def user(self, name: str) -> JsonObject | None:
        """Return the user of that name or id."""
        return self._users.get(name.lower())

    def principal(self, name: str) -> JsonObject | None:
        """Return the service principal of that display name, id or appId."""
        return self._principals.get(name.lower())


def _by_name(items: Any, properties: tuple[str, ...]) -> dict[str, JsonObject]:
    """The first of several objects of one name counts; an appId or id beats a name."""
    found: dict[str, JsonObject] = {}
    listed = list(items)
    for name in reversed(properties):
        for one in listed:
            found.setdefault(one[name].lower(), one)
    return found


def read_attempt(
    names: Names, raw: Mapping[str, Any], where: str, problems: list[str], place: str | None = None
) -> Attempt | None:
    """Return the attempt, or note everything that is wrong and return None; ``place`` is where ip and country stand."""
    before = len(problems)
    prefix = f"{where}." if where else ""
    user, principal = _who(names, raw, prefix, problems)
    app = _app(names, raw, prefix, problems)
    address = _address(raw, prefix if place is None else f"{place}.", problems)
    method = raw.get("method", DEFAULT_METHOD)
    problems += type_problems(method, "authenticationMethodModes", f"{prefix}method")
    device = _device(raw.get("device"), f"{prefix}device", problems)
    if len(problems) > before or address is None:
        return None
    straight = {key: raw[key] for key in _TAKEN_AS_GIVEN if key in raw}
    if raw.get("platform") == _UNKNOWN_PLATFORM:
        straight["platform"] = None
    if raw.get("client_app", "Browser").lower() != "browser":
        straight.setdefault("browser", None)
    return Attempt(
        user_id=user["id"] if user else None,
        principal_id=principal["id"] if principal else None,
        app_id=app["appId"] if app else None,
        app_name=app["displayName"] if app else None,
        ip=address,
        method=",".join(word.strip() for word in method.split(",")),
        device=device,
        risks=tuple(sorted(raw.get("risk", {}).items())),
        mfa=raw.get("mfa", user is not None and user["id"] in names.registered),
        **straight,
    )


_TAKEN_AS_GIVEN = (
    *(key for key in ATTEMPT_KEYS if key not in ("app", "device", "risk", "mfa", "method")),
    "country",
    "city",
)


def _who(
    names: Names, raw: Mapping[str, Any], prefix: str, problems: list[str]
) -> tuple[JsonObject | None, JsonObject | None]:
    if ("user" in raw) is ("service_principal" in raw):
        problems.append(f"{prefix}user: give a user or a service_principal, one of the two")
        return None, None
    if "user" in raw:
        user = names.user(raw["user"])
        if user is None:
            problems.append(f"{prefix}user: there is no user '{raw['user']}'")
        return user, None
    principal = names.principal(raw["service_principal"])
    if principal is None:
        problems.append(f"{prefix}service_principal: there is no service principal '{raw['service_principal']}'")
    return None, principal


def _app(names: Names, raw: Mapping[str, Any], prefix: str, problems: list[str]) -> JsonObject | None:
    targets = [key for key in ("app", "user_action", "authentication_context") if key in raw]
    if len(targets) != 1:
        problems.append(f"{prefix}app: give an app, a user_action or an authentication_context, one of them")
        return None
    if "app" not in raw:
        return None
    app = names.principal(raw["app"])
    if app is None:
        problems.append(f"{prefix}app: there is no application '{raw['app']}'")
    return app


def _address(raw: Mapping[str, Any], prefix: str, problems: list[str]) -> IPv4Address | IPv6Address | None:
    country = raw.get("country")
    if country is not None and country not in COUNTRIES:
        problems.append(f"{prefix}country: '{country}' is no two-letter code of ISO 3166-1")
    if "ip" not in raw:
        problems.append(f"{prefix}ip: is missing")
        return None
    try:
        return ip_address(raw["ip"])
    except ValueError:
        problems.append(f"{prefix}ip: '{raw['ip']}' is not an IP address")
        return None


def _device(given: Any, where: str, problems: list[str]) -> Device:
    """Return a device, given in the words of Graph's deviceInfo."""
    if given is None:
        return None
    wrong = list(type_problems(given, "deviceInfo", where))
    problems += wrong
    return None if wrong else device_of(given)


def device_of(info: JsonObject) -> Device:
    """Return a checked deviceInfo in the form that can be hashed."""
    known = properties_of("deviceInfo")
    return tuple(
        (name, tuple(value) if isinstance(value, list) else value)
        for name, value in sorted(info.items())
        if name in known and value is not None
    )
