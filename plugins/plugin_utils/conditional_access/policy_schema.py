# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Conditional Access policy as a table (https://learn.microsoft.com/graph/api/resources/conditionalaccesspolicy)."""

from __future__ import annotations

from .. import guids
from ..shape import Codec, Field, Json, Options, Reference, Shape, words

USERS = Reference("user", ("All", "None", "GuestsOrExternalUsers"))
EXCLUDED_USERS = Reference("user", ("GuestsOrExternalUsers",))
GROUPS = Reference("group")
ROLES = Reference("role")
APPLICATIONS = Reference("application", ("All", "None", "Office365", "MicrosoftAdminPortals"))
EXCLUDED_APPLICATIONS = Reference("application", ("Office365", "MicrosoftAdminPortals"))
# A location from before named locations; it is in real policies and cannot be looked up.
MFA_TRUSTED_IPS = "00000000-0000-0000-0000-000000000000"
LOCATIONS = Reference("location", ("All", "AllTrusted", MFA_TRUSTED_IPS))
EXCLUDED_LOCATIONS = Reference("location", ("AllTrusted", MFA_TRUSTED_IPS))
STRENGTHS = Reference("authentication strength")
SERVICE_PRINCIPALS = Reference("service principal", ("ServicePrincipalsInMyTenant",))
EXCLUDED_SERVICE_PRINCIPALS = Reference("service principal")
CONTEXTS = Reference("authentication context")
TERMS_OF_USE = Reference("terms of use")
TENANTS = Reference("tenant")

RISK = ("low", "medium", "high", "none")
# Accounts that Entra ID Protection is not enabled for (https://learn.microsoft.com/graph/api/resources/signin).
RISK_OF_PEOPLE = (*RISK, "hidden")
PLATFORM = ("android", "iOS", "windows", "windowsPhone", "macOS", "linux")

ENFORCEMENT = {"enabled": "enabled", "disabled": "disabled", "report_only": "enabledForReportingButNotEnforced"}


# Graph wants to be told which of the two derived types the tenants are; the membership says it already.
_TENANT_TYPES = {
    "all": "#microsoft.graph.conditionalAccessAllExternalTenants",
    "enumerated": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants",
}


def _complete_tenants(value: Json) -> Json:
    kind = value.get("membershipKind")
    if kind in _TENANT_TYPES:
        value["@odata.type"] = _TENANT_TYPES[kind]
    if kind == "all":
        value.pop("members", None)
    return value


def _imply_membership(options: Options, current: Json) -> Options:
    """Tenants that are named are what the membership is made of."""
    known = current.get("membershipKind") in (None, *_TENANT_TYPES)
    if options.get("members") is not None and not options.get("membership_kind") and known:
        return {**options, "membership_kind": "enumerated"}
    return options


EXTERNAL_TENANTS = Shape(
    (
        Field("membership_kind", "membershipKind", choices=("all", "enumerated")),
        Field("members", "members", many=True, reference=TENANTS),
    ),
    complete=_complete_tenants,
    imply=_imply_membership,
)

GUESTS = Shape(
    (
        Field(
            "guest_or_external_user_types",
            "guestOrExternalUserTypes",
            many=True,
            joined=True,
            nothing="none",
            choices=(
                "internalGuest",
                "b2bCollaborationGuest",
                "b2bCollaborationMember",
                "b2bDirectConnectUser",
                "otherExternalUser",
                "serviceProvider",
            ),
        ),
        Field("external_tenants", "externalTenants", shape=EXTERNAL_TENANTS),
    )
)

FILTER = Shape((Field("mode", "mode", choices=("include", "exclude")), Field("rule", "rule")))

USER_CONDITIONS = Shape(
    (
        Field("include_users", "includeUsers", many=True, reference=USERS),
        Field("exclude_users", "excludeUsers", many=True, reference=EXCLUDED_USERS),
        Field("include_groups", "includeGroups", many=True, reference=GROUPS),
        Field("exclude_groups", "excludeGroups", many=True, reference=GROUPS),
        Field("include_roles", "includeRoles", many=True, reference=ROLES),
        Field("exclude_roles", "excludeRoles", many=True, reference=ROLES),
        Field("include_guests_or_external_users", "includeGuestsOrExternalUsers", shape=GUESTS),
        Field("exclude_guests_or_external_users", "excludeGuestsOrExternalUsers", shape=GUESTS),
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
        Field(
            "include_authentication_contexts",
            "includeAuthenticationContextClassReferences",
            many=True,
            reference=CONTEXTS,
        ),
        Field("application_filter", "applicationFilter", shape=FILTER),
    )
)

CLIENT_APPLICATION_CONDITIONS = Shape(
    (
        Field("include_service_principals", "includeServicePrincipals", many=True, reference=SERVICE_PRINCIPALS),
        Field(
            "exclude_service_principals", "excludeServicePrincipals", many=True, reference=EXCLUDED_SERVICE_PRINCIPALS
        ),
        Field("service_principal_filter", "servicePrincipalFilter", shape=FILTER),
    )
)

LOCATION_CONDITIONS = Shape(
    (
        Field("include_locations", "includeLocations", many=True, reference=LOCATIONS),
        Field("exclude_locations", "excludeLocations", many=True, reference=EXCLUDED_LOCATIONS),
    )
)

PLATFORM_CONDITIONS = Shape(
    (
        Field("include_platforms", "includePlatforms", many=True, choices=(*PLATFORM, "all")),
        Field("exclude_platforms", "excludePlatforms", many=True, choices=PLATFORM),
    )
)

DEVICE_CONDITIONS = Shape((Field("device_filter", "deviceFilter", shape=FILTER),))

AUTHENTICATION_FLOWS = Shape(
    (
        Field(
            "transfer_methods",
            "transferMethods",
            many=True,
            joined=True,
            nothing="none",
            choices=("deviceCodeFlow", "authenticationTransfer"),
        ),
    )
)


def _complete_conditions(value: Json) -> Json:
    """A policy for workloads is for no user, which Graph writes as None."""
    workloads = value.get("clientApplications") or {}
    users = value.get("users") or {}
    nobody = not any(inner for name, inner in users.items() if name.startswith("include"))
    if nobody and (workloads.get("includeServicePrincipals") or workloads.get("servicePrincipalFilter")):
        value["users"] = {**users, "includeUsers": ["None"]}
    return value


CONDITIONS = Shape(
    (
        Field("users", "users", shape=USER_CONDITIONS),
        Field("client_applications", "clientApplications", shape=CLIENT_APPLICATION_CONDITIONS),
        Field("applications", "applications", shape=APPLICATION_CONDITIONS),
        Field("locations", "locations", shape=LOCATION_CONDITIONS),
        Field("platforms", "platforms", shape=PLATFORM_CONDITIONS),
        Field(
            "client_app_types",
            "clientAppTypes",
            many=True,
            choices=("all", "browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other"),
        ),
        Field("sign_in_risk_levels", "signInRiskLevels", many=True, choices=RISK_OF_PEOPLE),
        Field("user_risk_levels", "userRiskLevels", many=True, choices=RISK_OF_PEOPLE),
        Field("service_principal_risk_levels", "servicePrincipalRiskLevels", many=True, choices=RISK),
        Field(
            "insider_risk_levels",
            "insiderRiskLevels",
            many=True,
            joined=True,
            choices=("minor", "moderate", "elevated"),
        ),
        Field("devices", "devices", shape=DEVICE_CONDITIONS),
        Field("authentication_flows", "authenticationFlows", shape=AUTHENTICATION_FLOWS),
    ),
    complete=_complete_conditions,
)


# A relationship: written as its id, read back as the whole strength.
STRENGTH = Codec(
    write=lambda value: {"id": value},
    read=lambda value: value.get("id"),
    same=lambda value: guids.plain(value.get("id")),
    readable=lambda value: isinstance(value, dict) and isinstance(value.get("id"), str | None),
)


def _complete_grant(value: Json) -> Json:
    """Graph wants an operator even where there is one control; the admin center writes OR. Without a control it means nothing."""
    if not any(inner for name, inner in value.items() if name != "operator"):
        value["operator"] = None if value.get("operator") in ("AND", "OR") else value.get("operator")
    elif not value.get("operator"):
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
        Field("terms_of_use", "termsOfUse", many=True, reference=TERMS_OF_USE),
        Field("custom_authentication_factors", "customAuthenticationFactors", many=True),
    ),
    complete=_complete_grant,
)


def _complete_frequency(value: Json) -> Json:
    """Every time has no value and no unit, and Graph refuses them."""
    if value.get("frequencyInterval") == "everyTime":
        value["value"] = value["type"] = None
    value["authenticationType"] = value.get("authenticationType") or "primaryAndSecondaryAuthentication"
    if value.get("value") is not None:
        value["frequencyInterval"] = value.get("frequencyInterval") or "timeBased"
    return value


def _imply_interval(options: Options, current: Json) -> Options:
    """A value is what makes a frequency time based, also where the policy has been at every time until now."""
    options = _imply_on(options, current)
    known = current.get("frequencyInterval") in (None, "timeBased", "everyTime")
    if options.get("value") not in (None, "") and not options.get("frequency_interval") and known:
        return {**options, "frequency_interval": "timeBased"}
    return options


def _imply_on(options: Options, current: Json) -> Options:
    """A session control of which something is asked is meant to be on, also where it has been off until now."""
    asked = any(value not in (None, "") for name, value in options.items() if name != "enabled")
    return {**options, "enabled": True} if asked and options.get("enabled") in (None, "") else options


def _complete_session(value: Json) -> Json:
    """A control that is not on does nothing, and Graph gives it back as null: write it so, or it would look like drift."""
    for row in SESSION_CONTROLS.fields:
        inner = value.get(row.graph)
        if row.graph in value and not (inner.get("isEnabled") if isinstance(inner, dict) else inner):
            value[row.graph] = None
    return value


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
    (Field("enabled", "isEnabled", "bool"), Field("mode", "mode", choices=("always", "never"))), imply=_imply_on
)

APPLICATION_RESTRICTIONS = Shape((Field("enabled", "isEnabled", "bool"),))

CLOUD_APP_SECURITY = Shape(
    (
        Field("enabled", "isEnabled", "bool"),
        Field(
            "cloud_app_security_type",
            "cloudAppSecurityType",
            choices=("mcasConfigured", "monitorOnly", "blockDownloads"),
        ),
    ),
    imply=_imply_on,
)

SECURE_SESSION = Shape((Field("enabled", "isEnabled", "bool"),))

SESSION_CONTROLS = Shape(
    (
        Field("sign_in_frequency", "signInFrequency", shape=SIGN_IN_FREQUENCY),
        Field("persistent_browser", "persistentBrowser", shape=PERSISTENT_BROWSER),
        Field("application_enforced_restrictions", "applicationEnforcedRestrictions", shape=APPLICATION_RESTRICTIONS),
        Field("cloud_app_security", "cloudAppSecurity", shape=CLOUD_APP_SECURITY),
        Field("disable_resilience_defaults", "disableResilienceDefaults", "bool"),
        Field("secure_sign_in_session", "secureSignInSession", shape=SECURE_SESSION),
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
    ),
    passive=("id", "createdDateTime", "modifiedDateTime", "deletedDateTime", "templateId"),
)
