# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Conditional Access policy as a table (https://learn.microsoft.com/graph/api/resources/conditionalaccesspolicy)."""

from __future__ import annotations

from ..shape import Codec, Field, Json, Options, Reference, Shape, words

USERS = Reference("user", ("All", "None", "GuestsOrExternalUsers"))
EXCLUDED_USERS = Reference("user", ("GuestsOrExternalUsers",))
GROUPS = Reference("group")
ROLES = Reference("role")
APPLICATIONS = Reference("application", ("All", "None", "Office365", "MicrosoftAdminPortals"))
EXCLUDED_APPLICATIONS = Reference("application", ("Office365", "MicrosoftAdminPortals"))
# The zero id is "MFA trusted IPs", a location from before named locations; it is in real policies and cannot be looked up.
STRENGTHS = Reference("authentication strength")
LOCATIONS = Reference("location", ("All", "AllTrusted", "00000000-0000-0000-0000-000000000000"))

RISK = ("low", "medium", "high", "none")
PLATFORMS = ("android", "iOS", "windows", "windowsPhone", "macOS", "linux", "all")

ENFORCEMENT = {"enabled": "enabled", "disabled": "disabled", "report_only": "enabledForReportingButNotEnforced"}


USER_CONDITIONS = Shape(
    (
        Field("include_users", "includeUsers", many=True, reference=USERS),
        Field("exclude_users", "excludeUsers", many=True, reference=EXCLUDED_USERS),
        Field("include_groups", "includeGroups", many=True, reference=GROUPS),
        Field("exclude_groups", "excludeGroups", many=True, reference=GROUPS),
        Field("include_roles", "includeRoles", many=True, reference=ROLES),
        Field("exclude_roles", "excludeRoles", many=True, reference=ROLES),
    )
)

APPLICATION_CONDITIONS = Shape(
    (
        Field("include_applications", "includeApplications", many=True, reference=APPLICATIONS),
        Field("exclude_applications", "excludeApplications", many=True, reference=EXCLUDED_APPLICATIONS),
        Field(
            "include_user_actions",
            "includeUserActions",
            many=True,
            choices=("urn:user:registersecurityinfo", "urn:user:registerdevice"),
        ),
    )
)

LOCATION_CONDITIONS = Shape(
    (
        Field("include_locations", "includeLocations", many=True, reference=LOCATIONS),
        Field("exclude_locations", "excludeLocations", many=True, reference=LOCATIONS),
    )
)

PLATFORM_CONDITIONS = Shape(
    (
        Field("include_platforms", "includePlatforms", many=True, choices=PLATFORMS),
        Field("exclude_platforms", "excludePlatforms", many=True, choices=PLATFORMS),
    )
)

CONDITIONS = Shape(
    (
        Field("users", "users", shape=USER_CONDITIONS),
        Field("applications", "applications", shape=APPLICATION_CONDITIONS),
        Field("locations", "locations", shape=LOCATION_CONDITIONS),
        Field("platforms", "platforms", shape=PLATFORM_CONDITIONS),
        Field(
            "client_app_types",
            "clientAppTypes",
            many=True,
            choices=("all", "browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other"),
        ),
        Field("sign_in_risk_levels", "signInRiskLevels", many=True, choices=RISK),
        Field("user_risk_levels", "userRiskLevels", many=True, choices=RISK),
    )
)


# A relationship: written as its id, read back as the whole strength.
STRENGTH = Codec(
    write=lambda value: {"id": value},
    read=lambda value: value.get("id"),
    same=lambda value: str(value.get("id")).lower(),
)


def _complete_grant(value: Json) -> Json:
    """Graph wants an operator even where there is one control; the admin center writes OR."""
    if not value.get("operator"):
        value["operator"] = "OR"
    if value.get("authenticationStrength"):
        value["authenticationStrength"] = {"id": value["authenticationStrength"].get("id")}
    return value


GRANT_CONTROLS = Shape(
    (
        Field("operator", "operator", choices=("AND", "OR")),
        Field(
            "built_in_controls",
            "builtInControls",
            many=True,
            choices=(
                "block",
                "mfa",
                "compliantDevice",
                "domainJoinedDevice",
                "approvedApplication",
                "compliantApplication",
                "passwordChange",
                "riskRemediation",
            ),
        ),
        Field("authentication_strength", "authenticationStrength", reference=STRENGTHS, codec=STRENGTH),
        Field("terms_of_use", "termsOfUse", many=True),
        Field("custom_authentication_factors", "customAuthenticationFactors", many=True),
    ),
    complete=_complete_grant,
)


def _complete_frequency(value: Json) -> Json:
    """Every time has no value and no unit, and Graph refuses them."""
    if value.get("frequencyInterval") == "everyTime":
        value["value"] = value["type"] = None
    value.setdefault("authenticationType", "primaryAndSecondaryAuthentication")
    return _switched_on(value)


def _imply_interval(options: Options) -> Options:
    """A value is what makes a frequency time based, also where the policy has been at every time until now."""
    if options.get("value") is not None and options.get("frequency_interval") is None:
        return {**options, "frequency_interval": "timeBased"}
    return options


def _switched_on(value: Json) -> Json:
    """A session control that is written down is meant to be on."""
    if value.get("isEnabled") is None:
        value["isEnabled"] = True
    return value


def _complete_session(value: Json) -> Json:
    """A control that is off does nothing, and Graph gives it back as null: write it so, or it would look like drift."""
    return {
        name: None if isinstance(inner, dict) and inner.get("isEnabled") is False else inner
        for name, inner in value.items()
    }


SIGN_IN_FREQUENCY = Shape(
    (
        Field("enabled", "isEnabled", "bool"),
        Field("frequency_interval", "frequencyInterval", choices=("timeBased", "everyTime")),
        Field(
            "authentication_type",
            "authenticationType",
            choices=("primaryAndSecondaryAuthentication", "secondaryAuthentication"),
        ),
        Field("type", "type", choices=("days", "hours")),
        Field("value", "value", "int"),
    ),
    complete=_complete_frequency,
    imply=_imply_interval,
)

PERSISTENT_BROWSER = Shape(
    (Field("enabled", "isEnabled", "bool"), Field("mode", "mode", choices=("always", "never"))), complete=_switched_on
)

SESSION_CONTROLS = Shape(
    (
        Field("sign_in_frequency", "signInFrequency", shape=SIGN_IN_FREQUENCY),
        Field("persistent_browser", "persistentBrowser", shape=PERSISTENT_BROWSER),
    ),
    complete=_complete_session,
)

POLICY = Shape(
    (
        Field("display_name", "displayName", aliases=("name",)),
        Field("description", "description"),
        Field("enforcement", "state", choices=tuple(ENFORCEMENT), codec=words(ENFORCEMENT)),
        Field("conditions", "conditions", shape=CONDITIONS),
        Field("grant_controls", "grantControls", shape=GRANT_CONTROLS),
        Field("session_controls", "sessionControls", shape=SESSION_CONTROLS),
    )
)
