# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collections of the directory: their properties, and which of those come without ``$select``."""

from __future__ import annotations

from .graph_types import properties_of
from .odata import EntitySet

_USER_DEFAULT = (
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
)
_USER_MORE = (
    "accountEnabled",
    "assignedLicenses",
    "createdDateTime",
    "creationType",
    "deletedDateTime",
    "department",
    "companyName",
    "externalUserState",
    "lastPasswordChangeDateTime",
    "mailNickname",
    "onPremisesImmutableId",
    "onPremisesLastSyncDateTime",
    "onPremisesSamAccountName",
    "onPremisesSyncEnabled",
    "otherMails",
    "proxyAddresses",
    "securityIdentifier",
    "signInSessionsValidFromDateTime",
    "usageLocation",
    "userType",
)
USERS = EntitySet("users", "user", frozenset((*_USER_DEFAULT, *_USER_MORE)), _USER_DEFAULT, is_directory=True)
GROUPS = EntitySet(
    "groups",
    "group",
    frozenset(
        {
            "id",
            "deletedDateTime",
            "createdDateTime",
            "description",
            "displayName",
            "groupTypes",
            "isAssignableToRole",
            "mail",
            "mailEnabled",
            "mailNickname",
            "membershipRule",
            "onPremisesSyncEnabled",
            "securityEnabled",
            "securityIdentifier",
            "visibility",
        }
    ),
    is_directory=True,
)
SERVICE_PRINCIPALS = EntitySet(
    "servicePrincipals",
    "servicePrincipal",
    frozenset(
        {
            "id",
            "accountEnabled",
            "alternativeNames",
            "appDescription",
            "appDisplayName",
            "appId",
            "appOwnerOrganizationId",
            "appRoleAssignmentRequired",
            "appRoles",
            "createdDateTime",
            "deletedDateTime",
            "description",
            "displayName",
            "homepage",
            "loginUrl",
            "notes",
            "oauth2PermissionScopes",
            "preferredSingleSignOnMode",
            "replyUrls",
            "servicePrincipalNames",
            "servicePrincipalType",
            "signInAudience",
            "tags",
        }
    ),
    is_directory=True,
)
APPLICATIONS = EntitySet(
    "applications",
    "application",
    frozenset(
        {
            "id",
            "appId",
            "appRoles",
            "createdDateTime",
            "deletedDateTime",
            "description",
            "displayName",
            "identifierUris",
            "keyCredentials",
            "passwordCredentials",
            "publisherDomain",
            "signInAudience",
            "tags",
            "web",
        }
    ),
    is_directory=True,
)
_ROLE_PROPERTIES = frozenset({"id", "deletedDateTime", "description", "displayName", "roleTemplateId"})
DIRECTORY_ROLES = EntitySet("directoryRoles", "directoryRole", _ROLE_PROPERTIES, is_directory=True)
ROLE_TEMPLATES = EntitySet(
    "directoryRoleTemplates", "directoryRoleTemplate", _ROLE_PROPERTIES - {"roleTemplateId"}, page_size=999
)
ROLE_DEFINITIONS = EntitySet(
    "roleManagement/directory/roleDefinitions",
    "unifiedRoleDefinition",
    frozenset(
        {
            "id",
            "description",
            "displayName",
            "isBuiltIn",
            "isEnabled",
            "resourceScopes",
            "rolePermissions",
            "templateId",
        }
    ),
)
ROLE_ASSIGNMENTS = EntitySet(
    "roleManagement/directory/roleAssignments",
    "unifiedRoleAssignment",
    frozenset({"id", "principalId", "roleDefinitionId", "directoryScopeId", "appScopeId"}),
)
# members, memberOf and getByIds hold objects of several types
DIRECTORY_OBJECTS = EntitySet(
    "directoryObjects",
    "directoryObject",
    USERS.properties | GROUPS.properties | SERVICE_PRINCIPALS.properties | _ROLE_PROPERTIES,
    is_directory=True,
)
ORGANIZATION = EntitySet(
    "organization",
    "organization",
    frozenset(
        {
            "id",
            "assignedPlans",
            "countryLetterCode",
            "createdDateTime",
            "displayName",
            "onPremisesSyncEnabled",
            "tenantType",
            "verifiedDomains",
        }
    ),
)
DOMAINS = EntitySet(
    "domains",
    "domain",
    frozenset(
        {
            "id",
            "authenticationType",
            "availabilityStatus",
            "isAdminManaged",
            "isDefault",
            "isInitial",
            "isRoot",
            "isVerified",
            "passwordNotificationWindowInDays",
            "passwordValidityPeriodInDays",
            "state",
            "supportedServices",
        }
    ),
)
SUBSCRIBED_SKUS = EntitySet("subscribedSkus", "subscribedSku", frozenset(properties_of("subscribedSku")) | {"id"})
SECURITY_DEFAULTS = EntitySet(
    "policies/identitySecurityDefaultsEnforcementPolicy",
    "identitySecurityDefaultsEnforcementPolicy",
    frozenset(properties_of("identitySecurityDefaultsEnforcementPolicy")) | {"id"},
)
REGISTRATION_DETAILS = EntitySet(
    "reports/authenticationMethods/userRegistrationDetails",
    "userRegistrationDetails",
    frozenset(properties_of("userRegistrationDetails")) | {"id"},
)
SIGN_INS = EntitySet("auditLogs/signIns", "signIn", frozenset(properties_of("signIn")) | {"id"}, page_size=1000)
