# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proofs a client can sign: with its certificate (RFC 7523), or a token of an outside issuer that Entra trusts.

Which of the two an assertion is shows in ``iss``: a certificate assertion is issued by the client itself.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NoReturn

import jwt

from .clock import now
from .errors import LoginError
from .moments import graph_time
from .tenants import Certificate, Client, FederatedCredential

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# Who it is for is looked at before, when it is valid after: by the server's clock, not by jwt's.
_SIGNATURE_ONLY: Any = {f"verify_{claim}": False for claim in ("aud", "exp", "nbf", "iat")} | {
    "require": ["iss", "sub", "aud"]
}


def check_assertion(client: Client, assertion: str, audiences: set[str]) -> None:
    """Refuse unless the assertion proves that its bearer is the client."""
    try:
        header = jwt.get_unverified_header(assertion)
        claims: dict[str, Any] = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise LoginError(
            401, "invalid_client", 50027, "JWT token is invalid or malformed: the client assertion cannot be read."
        ) from None
    if str(claims.get("iss", "")).lower() == client.client_id:
        _check_certificate_assertion(client, assertion, header, claims, audiences)
    else:
        _check_federated_assertion(client, assertion, claims)


def _refuse(number: int, text: str) -> NoReturn:
    raise LoginError(401, "invalid_client", number, text)


def _check_certificate_assertion(
    client: Client, assertion: str, header: dict[str, Any], claims: dict[str, Any], audiences: set[str]
) -> None:
    thumbprint = header.get("x5t#S256") or header.get("x5t") or ""
    certificate = _registered(client, header)
    if certificate is None:
        _refuse(
            700027,
            "The certificate with identifier used to sign the client assertion is not registered on application. "
            f"[Reason - The key was not found., Thumbprint of key used by client: '{thumbprint}']",
        )
    if str(claims.get("sub", "")).lower() != client.client_id:
        _refuse(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
    if claims.get("aud") not in audiences:
        _refuse(700023, "Client assertion audience claim does not match Realm issuer.")
    _verify(assertion, certificate.key, ["RS256", "PS256"], f"Thumbprint of key used by client: '{thumbprint}'")


def _registered(client: Client, header: dict[str, Any]) -> Certificate | None:
    # MSAL pads the thumbprint, which RFC 7515 does not; Entra takes both
    sha256, sha1 = (str(header.get(name, "")).rstrip("=") for name in ("x5t#S256", "x5t"))
    for certificate in client.certificates:
        if certificate.sha256 == sha256 or certificate.sha1 == sha1:
            return certificate
    return None


def _check_federated_assertion(client: Client, assertion: str, claims: dict[str, Any]) -> None:
    credential = _trusted(client, claims)
    _verify(assertion, credential.key, ["RS256", "PS256", "ES256", "RS384", "RS512"], f"Issuer: '{credential.issuer}'")


def _trusted(client: Client, claims: dict[str, Any]) -> FederatedCredential:
    """Return the client's federated credential that fits, or tell which part did not, as Entra does."""
    by_issuer = [one for one in client.federated if one.issuer == claims.get("iss")]
    if not by_issuer:
        _refuse(
            70021,
            "No matching federated identity record found for presented assertion. "
            f"Assertion Issuer: '{claims.get('iss')}'. Assertion Subject: '{claims.get('sub')}'. "
            f"Assertion Audience: '{claims.get('aud')}'.",
        )
    by_subject = [one for one in by_issuer if one.subject == claims.get("sub")]
    if not by_subject:
        _refuse(
            700213,
            "No matching federated identity record found for presented assertion subject "
            f"'{claims.get('sub')}'. Check your federated identity credential Subject, Audience and Issuer against the "
            "presented assertion.",
        )
    audience = claims.get("aud")
    given = audience if isinstance(audience, list) else [audience]
    for credential in by_subject:
        if credential.audience in given:
            return credential
    _refuse(
        700212,
        f"No matching federated identity record found for presented assertion audience '{audience}'. Check your "
        "federated identity credential Subject, Audience and Issuer against the presented assertion.",
    )


def _verify(assertion: str, key: Any, algorithms: list[str], who: str) -> None:
    try:
        claims = jwt.decode(assertion, key, algorithms=algorithms, options=_SIGNATURE_ONLY)
    except jwt.InvalidTokenError:
        _refuse(
            700027,
            "Client assertion failed signature validation. [Reason - The provided signature value did not match the "
            f"expected signature value., {who}]",
        )
    _check_times(claims)


def _check_times(claims: dict[str, Any]) -> None:
    """Refuse outside ``nbf`` to ``exp``, by the server's clock and to the second."""
    today = now()
    begins, ends = (_moment(claims.get(name, 0)) for name in ("nbf", "exp"))
    if not begins <= today < ends:
        _refuse(
            700024,
            f"Client assertion is not within its valid time range. Current time: {graph_time(today)}, assertion valid "
            f"from {graph_time(begins)}, expiry time of assertion {graph_time(ends)}. Review the documentation at "
            "https://learn.microsoft.com/entra/identity-platform/certificate-credentials .",
        )


def _moment(seconds: Any) -> datetime:
    try:
        return datetime.fromtimestamp(float(seconds), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
