# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access tokens: real JSON Web Tokens, signed here and checked at each Graph call.

They carry the claims of Graph's own v1.0 application tokens (``tid appid oid roles app_displayname aud iss exp``),
because clients read them.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from .clock import now
from .errors import invalid_token
from .tenants import Caller, Client, Directory, Tenant

LIFETIME = 3600
EXPIRED = "Lifetime validation failed, the token is expired."
GRAPH = "https://graph.microsoft.com"
GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
_REMEMBERED = 2000


def resources(base_url: str) -> set[str]:
    """Return the names under which this server's Graph goes: Microsoft's own, and each name of this machine."""
    port = base_url.rpartition(":")[2]
    return {GRAPH, GRAPH_APP_ID, base_url, *(f"https://{host}:{port}" for host in ("localhost", "127.0.0.1", "[::1]"))}


def base64url(raw: bytes) -> str:
    """Return base64url without padding, as JOSE writes it."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def check_series(tenant: Tenant, caller: Caller) -> None:
    """Refuse a token of a series that a fault has let expire before its time."""
    if caller.series != tenant.token_series:
        raise invalid_token(EXPIRED)


class TokenIssuer:
    """The signing key and what is done with it."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = self._key.public_key().public_numbers()
        modulus = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
        self.key_id = base64url(hashlib.sha256(modulus).digest()[:20])
        self.jwk = {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.key_id,
            "x5t": self.key_id,
            "n": base64url(modulus),
            "e": base64url(numbers.e.to_bytes(3, "big")),
        }
        # A token's signature is checked once; its expiry at each call.
        self._seen: dict[str, dict[str, Any]] = {}

    def issue(self, tenant: Tenant, client: Client, audience: str) -> tuple[str, int]:
        """Return a signed access token and when it expires (seconds since the epoch)."""
        issued = int(now().timestamp())
        claims: dict[str, Any] = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{tenant.id}/",
            "iat": issued,
            "nbf": issued - 300,
            "exp": issued + LIFETIME,
            "app_displayname": client.display_name,
            "appid": client.client_id,
            "appidacr": "1" if client.secret else "2",
            "idp": f"https://sts.windows.net/{tenant.id}/",
            "idtyp": "app",
            "oid": client.object_id,
            "rh": str(tenant.token_series),  # Entra's own claim for its own use, never for a client's
            "sub": client.object_id,
            # Of an application without any, Entra leaves the claim out.
            **({"roles": sorted(client.permissions)} if client.permissions else {}),
            "tid": tenant.id,
            "uti": uuid4().hex[:22],
            "ver": "1.0",
        }
        token = jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self.key_id, "x5t": self.key_id})
        return token, issued + LIFETIME

    def caller(self, header: str | None, base_url: str) -> tuple[Tenant, Caller]:
        """Return whom an Authorization header stands for, or refuse as Graph does."""
        scheme, _space, token = (header or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise invalid_token("Access token is empty.")
        claims = self._seen.get(token) or self._verified(token)
        if claims["exp"] <= now().timestamp():
            raise invalid_token(EXPIRED)
        if claims["aud"].rstrip("/") not in resources(base_url):
            raise invalid_token("Access token validation failure. Invalid audience.")
        tenant = self._directory.tenants.get(claims["tid"])
        if tenant is None or claims["appid"] not in tenant.clients:
            raise invalid_token("Access token validation failure. The identity of the calling application is unknown.")
        caller = Caller(claims["appid"], claims["oid"], frozenset(claims.get("roles", ())), int(claims["rh"]))
        check_series(tenant, caller)
        return tenant, caller

    def _verified(self, token: str) -> dict[str, Any]:
        required = ["aud", "exp", "tid", "appid", "oid", "iss", "rh"]
        try:
            claims = jwt.decode(
                token,
                self._key.public_key(),
                algorithms=["RS256"],
                # by the server's clock, not by jwt's: ``caller`` looks at the expiry, and the rest is our own word
                options={f"verify_{one}": False for one in ("aud", "exp", "nbf", "iat")} | {"require": required},
            )
        except jwt.InvalidSignatureError:
            raise invalid_token("Access token validation failure. Signature is invalid.") from None
        except jwt.InvalidTokenError:
            raise invalid_token("IDX14100: JWT is not well formed or lacks a claim.") from None
        if claims["iss"] != f"https://sts.windows.net/{claims['tid']}/":
            raise invalid_token("Access token validation failure. Invalid issuer.")
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        self._seen[token] = claims
        return claims
