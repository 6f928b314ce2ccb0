# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sign-in as an entry of the log: the v1.0 type ``signIn``, less what differs between two alike sign-ins.

Sources: the type, and entries of real logs. Without Entra ID P2 the risk is ``hidden``.
"""

from __future__ import annotations

from typing import Any

from .sign_in_attempts import Attempt
from .sign_in_outcomes import Outcome
from .sign_in_refusals import ENDINGS
from .tenants import JsonObject, Tenant

_OPERATING_SYSTEMS = {
    "windows": "Windows10",
    "windowsPhone": "WindowsPhone",
    "macOS": "MacOs",
    "iOS": "Ios",
    "android": "Android",
    "linux": "Linux",
}
_TRUST_TYPES = {
    "ServerAD": "Hybrid Azure AD joined",
    "AzureAD": "Azure AD joined",
    "Workplace": "Azure AD registered",
}
_USER_ACTION_APP = "My Security Info"


def conditional_access_status(results: set[str]) -> str:
    """Return ``conditionalAccessStatus``: report-only policies have no part in it."""
    return "failure" if "failure" in results else "success" if "success" in results else "notApplied"


def entry_of(tenant: Tenant, attempt: Attempt, outcome: Outcome, verdicts: list[JsonObject]) -> JsonObject:
    """Return what an entry says, without id, date and correlation id."""
    user = tenant.get("users", attempt.user_id or "") or {}
    return {
        **who_and_what(tenant, user, attempt.app_id, attempt.app_name or _USER_ACTION_APP),
        "ipAddress": str(attempt.ip),
        "clientAppUsed": attempt.client_app,
        "userAgent": attempt.user_agent,
        "conditionalAccessStatus": conditional_access_status({one["result"] for one in verdicts}),
        "isInteractive": attempt.interactive,
        **_risk(tenant, attempt),
        "status": {
            "errorCode": outcome.error_code,
            "failureReason": ENDINGS[outcome.error_code][1],
            "additionalDetails": _details(outcome),
        },
        "deviceDetail": _device(attempt),
        "location": place(attempt.city, attempt.country),
        "appliedConditionalAccessPolicies": verdicts,
    }


def who_and_what(tenant: Tenant, user: JsonObject, app_id: str | None, app_name: str) -> JsonObject:
    """Return the part of an entry that says who signed in to what."""
    home = tenant.home_tenants.get(user.get("id", ""), tenant.id)
    return {
        "userDisplayName": user.get("displayName"),
        "userPrincipalName": user.get("userPrincipalName"),
        "userId": user.get("id"),
        "appId": app_id,
        "appDisplayName": app_name,
        "resourceDisplayName": app_name,
        "resourceId": app_id,
        "resourceTenantId": tenant.id,
        "homeTenantId": home,
        "servicePrincipalId": "",
        "servicePrincipalName": None,
        "authenticationAppDeviceDetails": None,
    }


def place(city: str | None, country: str | None) -> JsonObject:
    """Return where an address is thought to be."""
    return {
        "city": city,
        "state": None,
        "countryOrRegion": country,
        "geoCoordinates": {"altitude": None, "latitude": None, "longitude": None},
    }


def _risk(tenant: Tenant, attempt: Attempt) -> JsonObject:
    risks: dict[str, Any] = dict(attempt.risks)
    level = risks.get("sign_in", "none") if "AAD_PREMIUM_P2" in tenant.licences else "hidden"
    return {
        "riskDetail": "none" if level != "hidden" else "hidden",
        "riskLevelAggregated": level,
        "riskLevelDuringSignIn": level,
        "riskState": "atRisk" if level in ("low", "medium", "high") else "none",
        "riskEventTypes": [],
        "riskEventTypes_v2": [],
    }


def _details(outcome: Outcome) -> str | None:
    age = outcome.proof.mfa_age
    if outcome.error_code or age is None:
        return None
    return "MFA completed in Azure AD" if age == 0 else "MFA requirement satisfied by claim in the token"


def _device(attempt: Attempt) -> JsonObject:
    device = dict(attempt.device or ())
    return {
        "deviceId": device.get("deviceId", ""),
        "displayName": device.get("displayName", ""),
        "operatingSystem": _OPERATING_SYSTEMS.get(attempt.platform or ""),
        "browser": attempt.browser,
        "isCompliant": device.get("isCompliant"),
        "isManaged": None if attempt.device is None else "mdmAppId" in device,
        "trustType": _TRUST_TYPES.get(str(device.get("trustType")), ""),
    }
