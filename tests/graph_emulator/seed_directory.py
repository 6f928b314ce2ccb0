# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a seed: users, groups, applications with their service principals, and the roles that are held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .builtin_objects import FIRST_PARTY_APPLICATIONS, MICROSOFT_TENANT
from .builtin_roles import BUILTIN_ROLES, GLOBAL_ADMINISTRATOR, ROLE_NAMES
from .tenants import JsonObject, Tenant, derived_id

CREATED = "2024-01-01T00:00:00Z"


def add_unique(tenant: Tenant, kind: str, value: JsonObject, where: str, problems: list[str]) -> None:
    """Take an object in, unless one of its id is there already."""
    if tenant.latest(kind, value["id"]) is not None:
        problems.append(f"{where}: another one has the same name or the id {value['id']}; give one of them its own id")
        return
    tenant.put(kind, value)


def seed_users(tenant: Tenant, users: Sequence[dict[str, Any]], where: str, problems: list[str]) -> None:
    """Make the users, what they registered for MFA, and the roles they hold."""
    activate_role(tenant, GLOBAL_ADMINISTRATOR)
    for index, raw in enumerate(users):
        at = f"{where}[{index}]"
        if "@" not in raw["upn"]:
            problems.append(f"{at}.upn: '{raw['upn']}' has no @")
            continue
        user = _user(tenant, raw)
        add_unique(tenant, "users", user, at, problems)
        if "home_tenant" in raw:
            tenant.home_tenants[user["id"]] = raw["home_tenant"].lower()
        tenant.put("userRegistrationDetails", _registration(user, raw))
        for role in raw.get("roles", ()):
            assign_role(tenant, user["id"], BUILTIN_ROLES[role])


def _user(tenant: Tenant, raw: dict[str, Any]) -> JsonObject:
    upn = raw["upn"]
    local = upn.split("@")[0]
    is_guest = raw.get("user_type") == "Guest"
    invited = raw.get("invited", is_guest or "home_tenant" in raw)
    synced = raw.get("synced", False)
    return {
        "id": raw.get("id", derived_id(tenant.id, "users", upn)).lower(),
        "businessPhones": [],
        "displayName": raw.get("display_name", local),
        "givenName": raw.get("given_name"),
        "jobTitle": raw.get("job_title"),
        "mail": raw.get("mail", None if invited else upn),
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": raw.get("surname"),
        "userPrincipalName": upn,
        "accountEnabled": raw.get("enabled", True),
        "assignedLicenses": [],
        "createdDateTime": CREATED,
        "creationType": "Invitation" if invited else None,
        "deletedDateTime": None,
        "department": raw.get("department"),
        "companyName": None,
        "externalUserState": "Accepted" if invited else None,
        "lastPasswordChangeDateTime": CREATED,
        "mailNickname": local,
        "onPremisesImmutableId": derived_id(tenant.id, "immutable", upn) if synced else None,
        "onPremisesLastSyncDateTime": CREATED if synced else None,
        "onPremisesSamAccountName": local if synced else None,
        "onPremisesSyncEnabled": True if synced else None,
        "otherMails": [],
        "proxyAddresses": [f"SMTP:{upn}"],
        "securityIdentifier": None,
        "signInSessionsValidFromDateTime": CREATED,
        "usageLocation": raw.get("usage_location"),
        "userType": raw.get("user_type", "Member"),
    }


def _registration(user: JsonObject, raw: dict[str, Any]) -> JsonObject:
    registered = raw.get("mfa_registered", False)
    methods = raw.get("methods", ["microsoftAuthenticatorPush", "softwareOneTimePasscode"] if registered else [])
    return {
        "id": user["id"],
        "isAdmin": bool(raw.get("roles")),
        "isMfaCapable": registered and user["accountEnabled"],
        "isMfaRegistered": registered,
        "isPasswordlessCapable": False,
        "isSsprCapable": False,
        "isSsprEnabled": False,
        "isSsprRegistered": False,
        "isSystemPreferredAuthenticationMethodEnabled": False,
        "lastUpdatedDateTime": CREATED,
        "methodsRegistered": methods,
        "systemPreferredAuthenticationMethods": [],
        "userDisplayName": user["displayName"],
        "userPreferredMethodForSecondaryAuthentication": "push" if registered else "none",
        "userPrincipalName": user["userPrincipalName"],
        "userType": user["userType"].lower(),
    }


def activate_role(tenant: Tenant, template_id: str) -> str:
    """Make a role one of the tenant's directory roles, and return its object id."""
    role_id = derived_id(tenant.id, "directoryRoles", template_id)
    if tenant.latest("directoryRoles", role_id) is None:
        name = ROLE_NAMES[template_id]
        tenant.put(
            "directoryRoles",
            {
                "id": role_id,
                "deletedDateTime": None,
                "description": f"{name}.",
                "displayName": name,
                "roleTemplateId": template_id,
            },
        )
        tenant.members[role_id] = []
    return role_id


def assign_role(tenant: Tenant, principal_id: str, template_id: str) -> None:
    """Give a user or group a role, for the whole tenant."""
    tenant.members[activate_role(tenant, template_id)].append(principal_id)
    tenant.put(
        "roleAssignments",
        {
            "id": derived_id(tenant.id, "roleAssignments", f"{principal_id}/{template_id}"),
            "principalId": principal_id,
            "roleDefinitionId": template_id,
            "directoryScopeId": "/",
            "appScopeId": None,
        },
    )


def seed_groups(tenant: Tenant, groups: Sequence[dict[str, Any]], where: str, problems: list[str]) -> None:
    """Make the groups; a member is a user's UPN, another group's name, or any id."""
    ids: dict[str, str] = {user["userPrincipalName"].lower(): user["id"] for user in tenant.all("users")}
    for index, raw in enumerate(groups):
        group = _group(tenant, raw)
        add_unique(tenant, "groups", group, f"{where}[{index}]", problems)
        ids.setdefault(raw["name"].lower(), group["id"])
    for index, raw in enumerate(groups):
        group_id = raw.get("id", derived_id(tenant.id, "groups", raw["name"])).lower()
        members = tenant.members.setdefault(group_id, [])
        for position, name in enumerate(raw.get("members", ())):
            known = any(tenant.latest(kind, name) for kind in ("users", "groups", "servicePrincipals"))
            member = name.lower() if known else ids.get(name.lower())
            if member is None:
                problems.append(f"{where}[{index}].members[{position}]: there is no user or group '{name}'")
            else:
                members.append(member)
        for role in raw.get("roles", ()):
            assign_role(tenant, group_id, BUILTIN_ROLES[role])


def _group(tenant: Tenant, raw: dict[str, Any]) -> JsonObject:
    return {
        "id": raw.get("id", derived_id(tenant.id, "groups", raw["name"])).lower(),
        "deletedDateTime": None,
        "createdDateTime": CREATED,
        "description": raw.get("description"),
        "displayName": raw["name"],
        "groupTypes": [],
        "isAssignableToRole": raw.get("role_assignable", bool(raw.get("roles"))) or None,
        "mail": None,
        "mailEnabled": False,
        "mailNickname": "".join(letter for letter in raw["name"] if letter.isalnum()),
        "membershipRule": None,
        "onPremisesSyncEnabled": True if raw.get("synced") else None,
        "securityEnabled": True,
        "securityIdentifier": None,
        "visibility": None,
    }


def seed_applications(tenant: Tenant, applications: Sequence[dict[str, Any]], where: str, problems: list[str]) -> None:
    """Make Microsoft's own service principals, then the seed's applications, each with its service principal."""
    for name, app_id in FIRST_PARTY_APPLICATIONS.items():
        tenant.put("servicePrincipals", service_principal(tenant, {"name": name, "app_id": app_id}, MICROSOFT_TENANT))
    for index, raw in enumerate(applications):
        add_application(tenant, raw, f"{where}[{index}]", problems)


def add_application(tenant: Tenant, raw: dict[str, Any], where: str, problems: list[str]) -> JsonObject:
    """Make an application registration and its service principal; return the latter."""
    raw = {**raw, "app_id": raw.get("app_id", derived_id(tenant.id, "appIds", raw["name"])).lower()}
    if any(one["appId"] == raw["app_id"] for one in tenant.all("servicePrincipals")):
        problems.append(f"{where}: another application has the same name or the appId {raw['app_id']}")
    principal = service_principal(tenant, raw, tenant.id)
    add_unique(tenant, "servicePrincipals", principal, where, problems)
    application_id = raw.get("object_id", derived_id(tenant.id, "applications", raw["app_id"])).lower()
    add_unique(
        tenant,
        "applications",
        {
            "id": application_id,
            "appId": raw["app_id"],
            "appRoles": [],
            "createdDateTime": CREATED,
            "deletedDateTime": None,
            "description": None,
            "displayName": raw["name"],
            "identifierUris": raw.get("identifier_uris", []),
            "keyCredentials": [],
            "passwordCredentials": [],
            "publisherDomain": tenant.domain,
            "signInAudience": "AzureADMyOrg",
            "tags": raw.get("tags", []),
            "web": {"homePageUrl": raw.get("homepage"), "logoutUrl": None, "redirectUris": raw.get("reply_urls", [])},
        },
        where,
        problems,
    )
    return principal


def service_principal(tenant: Tenant, raw: dict[str, Any], owner: str) -> JsonObject:
    """Return the service principal of an application."""
    return {
        "id": raw.get("id", derived_id(tenant.id, "servicePrincipals", raw["app_id"])).lower(),
        "accountEnabled": raw.get("enabled", True),
        "alternativeNames": [],
        "appDescription": None,
        "appDisplayName": raw["name"],
        "appId": raw["app_id"],
        "appOwnerOrganizationId": owner,
        "appRoleAssignmentRequired": raw.get("assignment_required", False),
        "appRoles": [],
        "createdDateTime": CREATED,
        "deletedDateTime": None,
        "description": None,
        "displayName": raw["name"],
        "homepage": raw.get("homepage"),
        "loginUrl": None,
        "notes": None,
        "oauth2PermissionScopes": [],
        "preferredSingleSignOnMode": raw.get("single_sign_on_mode"),
        "replyUrls": raw.get("reply_urls", []),
        "servicePrincipalNames": [raw["app_id"], *raw.get("identifier_uris", [])],
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMyOrg" if owner == tenant.id else "AzureADMultipleOrgs",
        "tags": raw.get("tags", ["WindowsAzureActiveDirectoryIntegratedApp"] if owner == tenant.id else []),
    }
