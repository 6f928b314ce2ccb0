# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do about a 403 of Microsoft Graph."""

from __future__ import annotations

import re
import typing as t

# The least privileged application permissions (https://learn.microsoft.com/graph/permissions-reference), by start of path.
PERMISSIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("/identity/conditionalAccess/evaluate", "*", ("Policy.Read.ConditionalAccess",)),
    ("/identity/conditionalAccess", "GET", ("Policy.Read.All",)),
    ("/identity/conditionalAccess", "*", ("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess")),
    ("/policies", "*", ("Policy.Read.All",)),
    ("/servicePrincipals", "*", ("Application.Read.All",)),
    ("/users", "GET", ("User.Read.All",)),
    ("/users", "POST", ("User.RevokeSessions.All",)),
    ("/groups", "*", ("Group.Read.All",)),
    ("/directoryRoleTemplates", "*", ("RoleManagement.Read.Directory",)),
    ("/identityGovernance/termsOfUse", "*", ("Agreement.Read.All",)),
    ("/roleManagement", "*", ("RoleManagement.Read.Directory",)),
    ("/auditLogs", "*", ("AuditLog.Read.All",)),
    ("/reports", "*", ("AuditLog.Read.All",)),
    ("/subscribedSkus", "*", ("LicenseAssignment.Read.All",)),
    ("/tenantRelationships/findTenantInformation", "*", ("CrossTenantInformation.ReadBasic.All",)),
    ("/tenantRelationships/delegatedAdmin", "*", ("DelegatedAdminRelationship.Read.All",)),
)


# What a 403 may be where it is not for want of a permission, by start of path.
OTHERWISE: tuple[tuple[str, str], ...] = (
    (
        "/tenantRelationships/delegatedAdmin",
        "Only a Microsoft partner's own tenant has customers; see that tenant_id is that one.",
    ),
    ("/", "Conditional Access needs Microsoft Entra ID P1 or P2 in the tenant."),
)


_KNOWN = {permission for *dummy, needed in PERMISSIONS for permission in needed}


def of_forbidden(method: str, path: str, held: t.Collection[str] | None, words: str = "") -> str:
    """What to do about a 403. ``held`` are the permissions in the token, None where it does not say; ``words`` are Graph's own,
    which sometimes name one more, as for the applications of a policy."""
    named = sorted(_KNOWN & set(re.findall(r"\w+(?:\.\w+)+", words)))
    for start, verb, needed in PERMISSIONS:
        if not path.lower().startswith(start.lower()) or verb not in ("*", method):
            continue
        otherwise = next(words for begin, words in OTHERWISE if path.lower().startswith(begin.lower()))
        missing = [permission for permission in dict.fromkeys((*needed, *named)) if permission not in (held or ())]
        if not missing:
            return f"The token has {' and '.join(needed)}, so it is not for want of a permission. {otherwise}"
        sure = (
            "The application permission that is missing"
            if held is not None
            else "The permission that is probably missing"
        )
        beside = "" if held is not None else f" {otherwise}"
        return f"{sure}: {' and '.join(missing)}, with an administrator's consent in this tenant.{beside}"
    return ""
