# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which application permissions suffice for which call.

A row is (methods, path pattern, sets of permissions); one of the sets has to be held whole. The row with the longest
pattern that begins the route's pattern counts, so ``users`` covers ``users/{}/memberOf`` too.
Source: the permission tables of Microsoft's v1.0 reference pages.
"""

from __future__ import annotations

from functools import cache

from .errors import APPLICATIONS_UNREADABLE, INSUFFICIENT_PRIVILEGES, MISSING_SCOPES, GraphError
from .tenants import Caller, JsonObject

Sets = tuple[frozenset[str], ...]


def _any(*permissions: str) -> Sets:
    return tuple(frozenset({permission}) for permission in permissions)


_DIRECTORY = ("Directory.Read.All", "Directory.ReadWrite.All")
_CA = "identity/conditionalAccess"
_CA_READ = _any("Policy.Read.All", "Policy.Read.ConditionalAccess")
_CA_WRITE: Sets = (frozenset({"Policy.ReadWrite.ConditionalAccess", "Policy.Read.All"}),)
_CONTEXTS = f"{_CA}/authenticationContextClassReferences"
_CONTEXT_READ = (*_CA_READ, *_any("AuthenticationContext.Read.All", "AuthenticationContext.ReadWrite.All"))
_DELEGATED_ADMIN = _any("DelegatedAdminRelationship.Read.All", "DelegatedAdminRelationship.ReadWrite.All")
_TENANT_INFORMATION = _any("CrossTenantInformation.ReadBasic.All")
_AUDIT_LOG = "AuditLog.Read.All"
_APPLICATIONS = _any("Application.Read.All", "Application.ReadWrite.All", *_DIRECTORY)
_READ = ("GET",)
_WRITE = ("POST", "PATCH", "PUT", "DELETE")

TABLE: tuple[tuple[tuple[str, ...], str, Sets], ...] = (
    (_READ, _CA, _CA_READ),
    (_WRITE, _CA, _CA_WRITE),
    (("POST",), f"{_CA}/evaluate", (*_CA_READ, *_any("Policy.ReadWrite.ConditionalAccess"))),
    (
        _READ,
        f"{_CA}/authenticationStrength",
        _any("Policy.Read.All", "Policy.Read.AuthenticationMethod", "Policy.ReadWrite.ConditionalAccess"),
    ),
    (
        _READ,
        "policies/authenticationStrengthPolicies",
        _any("Policy.Read.All", "Policy.Read.AuthenticationMethod", "Policy.ReadWrite.ConditionalAccess"),
    ),
    (_READ, _CONTEXTS, (*_CONTEXT_READ, *_any("Policy.ReadWrite.ConditionalAccess"))),
    (_READ, f"{_CONTEXTS}/{{}}", _CONTEXT_READ),
    (_READ, f"{_CA}/templates", _any("Policy.Read.All")),
    (_READ, "identityGovernance/termsOfUse/agreements", _any("Agreement.Read.All", "Agreement.ReadWrite.All")),
    (_READ, "tenantRelationships/findTenantInformationByDomainName", _TENANT_INFORMATION),
    (_READ, "tenantRelationships/findTenantInformationByTenantId", _TENANT_INFORMATION),
    (_READ, "tenantRelationships/delegatedAdminRelationships", _DELEGATED_ADMIN),
    (_READ, "tenantRelationships/delegatedAdminCustomers", _DELEGATED_ADMIN),
    (_READ, "policies/identitySecurityDefaultsEnforcementPolicy", _any("Policy.Read.All")),
    (
        _WRITE,
        "policies/identitySecurityDefaultsEnforcementPolicy",
        (
            frozenset({"Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"}),
            frozenset({"Policy.Read.All", "Policy.ReadWrite.SecurityDefaults"}),
        ),
    ),
    (_READ, "users", _any("User.Read.All", "User.ReadWrite.All", *_DIRECTORY)),
    (("DELETE",), "users/{}", _any("User.DeleteRestore.All", "User.ReadWrite.All")),
    (
        ("POST",),
        "users/{}/revokeSignInSessions",
        _any("User.RevokeSessions.All", "User.ReadWrite.All", "Directory.ReadWrite.All"),
    ),
    (
        _READ,
        "groups",
        _any("GroupMember.Read.All", "Group.Read.All", "GroupMember.ReadWrite.All", "Group.ReadWrite.All", *_DIRECTORY),
    ),
    (
        _READ,
        "servicePrincipals",
        _any("Application.Read.All", "Application.ReadWrite.OwnedBy", "Application.ReadWrite.All", *_DIRECTORY),
    ),
    (
        _READ,
        "applications",
        _any("Application.Read.All", "Application.ReadWrite.OwnedBy", "Application.ReadWrite.All", *_DIRECTORY),
    ),
    (
        _READ,
        "directoryRoles",
        _any("RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", *_DIRECTORY),
    ),
    (
        _READ,
        "directoryRoleTemplates",
        _any("RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", *_DIRECTORY),
    ),
    (
        _READ,
        "roleManagement/directory",
        _any(
            "RoleManagement.Read.Directory",
            "RoleManagement.Read.All",
            "RoleManagement.ReadWrite.Directory",
            *_DIRECTORY,
        ),
    ),
    (
        ("GET", "POST"),
        "directoryObjects",
        _any("User.Read.All", "Group.Read.All", "GroupMember.Read.All", "Application.Read.All", *_DIRECTORY),
    ),
    (_READ, "domains", _any("Domain.Read.All", "Domain.ReadWrite.All", *_DIRECTORY)),
    (_READ, "organization", _any("Organization.Read.All", "Organization.ReadWrite.All", *_DIRECTORY)),
    (
        _READ,
        "subscribedSkus",
        _any("LicenseAssignment.Read.All", "Organization.Read.All", "Organization.ReadWrite.All", *_DIRECTORY),
    ),
    (_READ, "reports/authenticationMethods", _any(_AUDIT_LOG)),
    (_READ, "auditLogs/signIns", _any(_AUDIT_LOG)),
)
# These name no user, group or application, and every token may ask for them.
OPEN = ("$batch",)


@cache
def sufficient(method: str, pattern: str) -> Sets:
    """Return the sets of permissions of which one is needed; none at all means that nobody may."""
    parts = pattern.split("/")
    best: tuple[int, Sets] = (0, ())
    for methods, prefix, sets in TABLE:
        wanted = prefix.split("/")
        if method in methods and parts[: len(wanted)] == wanted and len(wanted) > best[0]:
            best = (len(wanted), sets)
    return best[1]


def check_applications(caller: Caller | None, policy: JsonObject) -> None:
    """Refuse a policy whose applications are written by a caller who may not read them, in Graph's words."""
    conditions = policy.get("conditions")
    written = isinstance(conditions, dict) and conditions.get("applications") is not None
    if written and not any(needed <= (caller.permissions if caller else frozenset()) for needed in _APPLICATIONS):
        raise GraphError(403, "AccessDenied", APPLICATIONS_UNREADABLE)


def check(caller: Caller, method: str, pattern: str) -> None:
    """Refuse the call with Graph's 403 if the caller's token does not carry enough."""
    if pattern in OPEN:
        return
    if any(needed <= caller.permissions for needed in sufficient(method, pattern)):
        return
    if pattern.startswith(("reports/", "auditLogs/")):
        missing = f"Calling principal does not have required MSGraph permissions {_AUDIT_LOG}"
        raise GraphError(403, "Authentication_MSGraphPermissionMissing", missing)
    if pattern.startswith(("identity/", "policies/")):
        raise GraphError(403, "AccessDenied", f"{INSUFFICIENT_PRIVILEGES} {MISSING_SCOPES}")
    raise GraphError(403, "Authorization_RequestDenied", INSUFFICIENT_PRIVILEGES)
