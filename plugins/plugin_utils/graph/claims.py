# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an access token says of itself (https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference).

It is read for messages, to tell which tenant a backup is of, and to warn who is about to block himself. Nothing is allowed by it,
so the signature, which is Graph's to check, is not looked at.
"""

from __future__ import annotations

import base64
import json
import typing as t


def permissions(token: str) -> frozenset[str] | None:
    """The application permissions in an app-only token, or None where it does not say: a user's, or none that can be read."""
    said = _claims(token)
    # Of an application that was granted none, Entra leaves the claim out.
    roles = said.get("roles", [] if said.get("idtyp") == "app" else None)
    return frozenset(map(str, roles)) if isinstance(roles, list) else None


def tenant_id(token: str) -> str | None:
    """The id of the tenant that the token is for, in lower case, or None where it does not say."""
    tid = _claims(token).get("tid")
    return tid.lower() if isinstance(tid, str) and tid else None


class Caller(t.NamedTuple):
    """Who a token was given to: an application, or a user. ``id`` is the object id in the tenant, in lower case, ``name`` what
    people call it, empty where the token does not say."""

    id: str
    application: bool
    name: str = ""


def caller(token: str) -> Caller | None:
    """Who a token was given to, or None where it does not say."""
    said = _claims(token)
    object_id, kind = said.get("oid"), said.get("idtyp")
    if kind not in ("app", "user"):
        # Without the claim, a user's has scopes, and an application's has roles only.
        kind = "user" if said.get("scp") else "app" if isinstance(said.get("roles"), list) else None
    if kind is None or not isinstance(object_id, str) or not object_id:
        return None
    name = said.get("app_displayname") if kind == "app" else said.get("upn") or said.get("preferred_username")
    return Caller(object_id.lower(), kind == "app", str(name or ""))


def _claims(token: str) -> dict[str, t.Any]:
    """All it says; nothing where it cannot be read."""
    try:
        payload = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, AttributeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
