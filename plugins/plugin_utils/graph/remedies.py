# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do about a 403 of Microsoft Graph, and about a server that cannot be reached."""

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
    # Of one that was listed: so the tenant is a partner's.
    (
        "/tenantRelationships/delegatedAdminRelationships/",
        "Look at this relationship in Partner Center. With roles_from: relationships what the customer has granted counts.",
    ),
    (
        "/tenantRelationships/delegatedAdmin",
        "Only a Microsoft partner's own tenant has customers; see that tenant_id is that one.",
    ),
    ("/", "Conditional Access needs Microsoft Entra ID P1 or P2 in the tenant."),
)


_KNOWN = {permission for *dummy, needed in PERMISSIONS for permission in needed}


class Forbidden(t.NamedTuple):
    """What to do about a 403, and that again where it is not for want of a permission, without saying so; and the permissions
    that are missing where that is certain."""

    remedy: str = ""
    otherwise: str = ""
    lacks: tuple[str, ...] = ()


def of_forbidden(method: str, path: str, held: t.Collection[str] | None, words: str = "") -> Forbidden:
    """What to do about a 403. ``held`` are the permissions in the token, None where it does not say; ``words`` are Graph's own,
    which sometimes name one more, as for the applications of a policy."""
    named = sorted(_KNOWN & set(re.findall(r"\w+(?:\.\w+)+", words)))
    for start, verb, needed in PERMISSIONS:
        if not path.lower().startswith(start.lower()) or verb not in ("*", method):
            continue
        otherwise = next(words for begin, words in OTHERWISE if path.lower().startswith(begin.lower()))
        missing = [permission for permission in dict.fromkeys((*needed, *named)) if permission not in (held or ())]
        if not missing:
            has = f"The token has {' and '.join(needed)}, so it is not for want of a permission."
            return Forbidden(f"{has} {otherwise}", otherwise)
        sure = (
            "Grant the application permission that is missing"
            if held is not None
            else "Grant the permission that is probably missing"
        )
        beside = "" if held is not None else f" {otherwise}"
        return Forbidden(
            f"{sure}: {' and '.join(missing)}, with an administrator's consent in this tenant.{beside}",
            lacks=tuple(missing) if held is not None else (),
        )
    return Forbidden()


# What to do where no answer came, by what was seen of it.
_ADDRESS = "cloud, or login_url and graph_url (in the inventory entra_cloud, entra_login_url, entra_graph_url)"
NO_NAME = (
    "Look at this machine's name resolution, at HTTPS_PROXY where the internet is behind a proxy, and at the address: "
    f"{_ADDRESS}."
)
NOBODY_LISTENS = (
    "Nothing listens there. Of a practice server see that it runs, and at which port; on the way to Microsoft look at the "
    f"firewall, and at HTTPS_PROXY. The address is from {_ADDRESS}."
)
NO_TLS = f"What answers there does not speak TLS as it should. Look at the port, and at the address: {_ADDRESS}."
NO_WAY = (
    "Let this machine out to that address in the firewall, or name the proxy in HTTPS_PROXY, in the environment that Ansible "
    "runs in."
)
PROXY = (
    "Look at HTTPS_PROXY in the environment that Ansible runs in, and at NO_PROXY for a server that is not behind it."
)
SLOW = (
    "Where the server is slow as a rule, give it longer with request_timeout (in the inventory entra_request_timeout)."
)
CUT = "Where it happens again, look at what is in between, such as a proxy or a firewall."

_UNTRUSTED = (
    "If it is signed by a private CA, as that of a practice server or of a proxy that looks into TLS is, name the CA's file in "
    "ca_path (in the inventory entra_ca_path)."
)
_CLOCK = "Set this machine's clock; where it is right, the certificate has to be renewed."
_OF_ANOTHER = f"It is that of another server. Look at the address, and at what is in between: {_ADDRESS}."
# By OpenSSL's number (X509_V_ERR_…): has expired, is not valid yet; is for another name, another address.
CERTIFICATES = {10: _CLOCK, 9: _CLOCK, 62: _OF_ANOTHER, 64: _OF_ANOTHER}


def of_certificate(code: int | None) -> str:
    """What to do about a certificate that is not accepted, for this reason of OpenSSL's."""
    return f"{CERTIFICATES.get(code or 0, _UNTRUSTED)} Verification cannot be switched off."
