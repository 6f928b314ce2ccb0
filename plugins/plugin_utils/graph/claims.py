# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an access token says of itself (https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference).

It is read for error messages only. Nothing is decided by it, so the signature, which is Graph's to check, is not looked at.
"""

from __future__ import annotations

import base64
import json


def permissions(token: str) -> frozenset[str] | None:
    """The application permissions in an app-only token, or None where it does not say: a user's, or none that can be read."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        roles = claims.get("roles")
    except (IndexError, ValueError, AttributeError, RecursionError):
        return None
    return frozenset(map(str, roles)) if isinstance(roles, list) else None
