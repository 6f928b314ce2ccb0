# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sign-ins from the sign-in log, as circumstances.

An entry of v1.0 (https://learn.microsoft.com/graph/api/resources/signin) does not show the groups and roles of the user, the
user's risk, the authentication flow and the authentication contexts, nor which services were asked for through Microsoft Graph.
These stay unknown unless somebody else tells them.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..shape import Json
from . import known_applications
from .evaluation import Logged, moment
from .known_applications import DIRECTORY, MICROSOFT_GRAPH, Application
from .sign_in import (
    EXTERNAL_KINDS,
    INTERNAL_GUEST,
    KINDS,
    MEMBER,
    NONE,
    UNKNOWN_DEVICE,
    UNREGISTERED,
    Device,
    SignIn,
    Target,
    User,
    Workload,
)

# clientAppUsed, as the log's filter has it (https://learn.microsoft.com/entra/identity/monitoring-health/
# howto-customize-filter-logs): the two kinds of modern authentication, Exchange ActiveSync, and the legacy rest, of which
# concept-conditional-access-conditions says that it is other.
CLIENT_APPS = {
    "browser": "browser",
    "mobile apps and desktop clients": "mobileAppsAndDesktopClients",
    "exchange activesync": "exchangeActiveSync",
    **dict.fromkeys(
        (
            "authenticated smtp",
            "autodiscover",
            "exchange online powershell",
            "exchange web services",
            "imap",
            "imap4",
            "mapi",
            "mapi over http",
            "offline address book",
            "other clients",
            "outlook anywhere (rpc over http)",
            "outlook service",
            "pop",
            "pop3",
            "reporting web services",
            "smtp",
        ),
        "other",
    ),
}

# The beginning of deviceDetail.operatingSystem, which has the version behind it; the first that fits.
PLATFORMS = (
    ("windows phone", "windowsPhone"),
    ("windows", "windows"),
    ("android", "android"),
    ("ios", "iOS"),
    ("iphone", "iOS"),
    ("ipad", "iOS"),
    ("mac", "macOS"),
    ("linux", "linux"),
    # Conditional Access has no name for it (concept-conditional-access-conditions, device platforms).
    ("chrome", "other"),
)

# deviceDetail.trustType, and what filters for devices call it (concept-condition-filters-for-devices).
TRUST_TYPES = {
    "azure ad joined": "AzureAD",
    "microsoft entra joined": "AzureAD",
    "azuread": "AzureAD",
    "hybrid azure ad joined": "ServerAD",
    "microsoft entra hybrid joined": "ServerAD",
    "serverad": "ServerAD",
    "azure ad registered": "Workplace",
    "microsoft entra registered": "Workplace",
    "workplace": "Workplace",
}

# Which entries of beta tell.
_TRANSFERS = {method: method for method in ("deviceCodeFlow", "authenticationTransfer", NONE)}

_RISKS = {level: level for level in ("low", "medium", "high", NONE)}

# Interrupts in which the user is made to register security information, whatever the sign-in is for
# (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
_REGISTERING = {50072, 50079, 50125}

_REMEMBERED = 20_000
_T = t.TypeVar("_T")


class SignInReader:
    """Turns entries of the log into circumstances, with what else is known.

    ``tenant_id`` is the tenant whose log it is. ``users`` and ``devices`` are by id in lower case; a user that is not among them
    is known by its id only. ``assumed`` are facts by the name of their field in SignIn, for where the log is silent, such as
    ``{"authentication_contexts": frozenset()}`` for a tenant that has none.
    """

    def __init__(
        self,
        tenant_id: str | None = None,
        users: t.Mapping[str, User] | None = None,
        applications: t.Iterable[Application] = (),
        devices: t.Mapping[str, Device] | None = None,
        assumed: t.Mapping[str, t.Any] | None = None,
    ):
        self._tenant_id = tenant_id and tenant_id.lower()
        # Kept as it is given, since users may come to be known while the log is read.
        self._users = {} if users is None else users
        self._devices, self._assumed = devices or {}, assumed or {}
        self._applications = {application.app_id: application for application in applications}
        # Entries share most of what they are about: one object for each of it costs less, in time and in memory.
        self._seen: dict[t.Any, t.Any] = {}

    def sign_in(self, entry: Json) -> SignIn:
        """The circumstances of an entry."""
        client_app = CLIENT_APPS.get((entry.get("clientAppUsed") or "").lower())
        detail, status = entry.get("deviceDetail") or {}, entry.get("status") or {}
        found = SignIn(
            self._once(self._identity, *(entry.get(name) for name in _IDENTITY)),
            self._once(self._target, entry.get("appId"), entry.get("resourceId"), client_app, _audiences(entry)),
            _user_action(entry, status),
            _contexts(entry),
            entry.get("ipAddress") or None,
            None,
            (entry.get("location") or {}).get("countryOrRegion") or None,
            None,
            self._once(_platform, detail.get("operatingSystem")),
            client_app,
            _RISKS.get(entry.get("riskLevelDuringSignIn") or ""),
            None,
            None,
            None,
            self._once(self._device, *(detail.get(name) for name in _DEVICE)),
            _TRANSFERS.get(entry.get("originalTransferMethod") or ""),
            _DID_MFA if (status.get("additionalDetails") or "").startswith("MFA completed") else frozenset(),
        )
        return self._with_assumed(found) if self._assumed else found

    def _with_assumed(self, found: SignIn) -> SignIn:
        silent = {
            name: value for name, value in self._assumed.items() if getattr(found, name) in (None, UNKNOWN_DEVICE)
        }
        return dataclasses.replace(found, **silent)

    def _once(self, make: t.Callable[..., _T], *facts: t.Any) -> _T:
        key = (make, facts)
        found = self._seen.get(key, self)
        if found is self:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            found = self._seen[key] = make(*facts)
        return t.cast(_T, found)

    def _identity(
        self, user_id: str | None, principal_id: str | None, home: str | None, resource: str | None
    ) -> User | Workload | None:
        """The user, also where the entry names the client's service principal beside it."""
        if not user_id:
            return Workload(principal_id) if principal_id else None
        kinds = self._kinds(home, resource)
        known = self._users.get(user_id.lower())
        if known is None:
            return User(user_id, kinds=kinds, home_tenant=home)
        return dataclasses.replace(
            known, kinds=known.kinds & kinds or known.kinds, home_tenant=known.home_tenant or home
        )

    def _kinds(self, home: str | None, resource: str | None) -> frozenset[str]:
        """What a user can be by its home tenant (https://learn.microsoft.com/entra/identity/monitoring-health/
        concept-sign-in-log-activity-details, tenant)."""
        own = self._tenant_id or (resource.lower() if resource and home and resource.lower() == home.lower() else None)
        if not home or not own:
            return KINDS
        return frozenset({MEMBER, INTERNAL_GUEST}) if home.lower() == own else EXTERNAL_KINDS

    def _target(
        self, app_id: str | None, resource_id: str | None, client_app: str | None, audiences: frozenset[str] | None
    ) -> Target | None:
        """What was asked for: the resource, and the client too where it is a confidential one
        (concept-conditional-access-cloud-apps, client types)."""
        if audiences:
            return Target(audiences)
        app_id, resource_id = (app_id or "").lower(), (resource_id or "").lower()
        application = known_applications.find(app_id, self._applications)
        web = application.web
        if web is None and client_app not in (None, "browser"):
            web = False  # what runs on a device, or does legacy authentication, is no confidential client
        own = {app_id} if app_id and web is not False and app_id != resource_id else set()
        if not resource_id and not web:
            return None
        # Who asks for nothing but who signs in asks nothing of the resource that the log names.
        asked = {resource_id} if resource_id and not (web and application.sign_in_only) else set()
        return Target(
            frozenset(asked | (own if web else set())),
            frozenset() if web else frozenset(own),
            behind_graph=MICROSOFT_GRAPH in asked,
            baseline=bool(asked & {MICROSOFT_GRAPH, DIRECTORY}),
        )

    def _device(
        self,
        device_id: str | None,
        name: str | None,
        compliant: bool | None,
        managed: bool | None,
        trust: str | None,
    ) -> Device:
        """The device, which is registered if device authentication told its id (concept-condition-filters-for-devices)."""
        if not device_id:
            return UNREGISTERED if device_id == "" and not trust else UNKNOWN_DEVICE
        known = self._devices.get(device_id.lower())
        if known:
            return known
        told = {
            "deviceId": device_id,
            "displayName": name or None,
            "isCompliant": compliant,
            "isManaged": managed,
            "trustType": TRUST_TYPES.get((trust or "").lower()),
        }
        return Device.of(**{attribute: value for attribute, value in told.items() if value is not None})


_IDENTITY = ("userId", "servicePrincipalId", "homeTenantId", "resourceTenantId")
_DEVICE = ("deviceId", "displayName", "isCompliant", "isManaged", "trustType")
_DID_MFA = frozenset({"mfa"})


def _audiences(entry: Json) -> frozenset[str] | None:
    """What Conditional Access looked at, which entries of beta tell."""
    told = entry.get("conditionalAccessAudiences")
    if not isinstance(told, list):
        return None
    return frozenset(str(one.get("applicationId") if isinstance(one, dict) else one).lower() for one in told)


def _contexts(entry: Json) -> frozenset[str] | None:
    """The authentication contexts, which entries of beta tell."""
    told = entry.get("authenticationContextClassReferences")
    return None if told is None else frozenset(str(one.get("id")).lower() for one in told)


def _user_action(entry: Json, status: Json) -> str | None:
    """No user action, but for sign-ins to where people register things, or that were interrupted to register some: whether these
    were user actions is not shown."""
    places = {str(entry.get(name)).lower() for name in ("appId", "resourceId")}
    if (
        not entry.get("appId")
        or places & known_applications.REGISTRATION.keys()
        or status.get("errorCode") in _REGISTERING
    ):
        return None
    return NONE


def _platform(operating_system: str | None) -> str | None:
    told = (operating_system or "").lower()
    return next((platform for beginning, platform in PLATFORMS if told.startswith(beginning)), None)


def applied_policies(entry: Json) -> list[Json]:
    """What policies did to a sign-in, by the log; what of that cannot be read is left out."""
    applied = entry.get("appliedConditionalAccessPolicies")
    return [one for one in applied if isinstance(one, dict)] if isinstance(applied, list) else []


def logged(entry: Json) -> Logged | None:
    """What an entry says of policies. Empty is unknown, not that none applied: reading it takes a permission of its own
    (https://learn.microsoft.com/graph/api/resources/appliedconditionalaccesspolicy)."""
    results = {
        str(policy.get("id")).lower(): policy["result"] for policy in applied_policies(entry) if policy.get("result")
    }
    at = moment(entry.get("createdDateTime"))
    return Logged(at, results) if results and at else None
