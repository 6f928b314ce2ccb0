# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a seed: who may ask for tokens, and with what proof."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key
from jwt import PyJWK, PyJWTError

from .seed_directory import add_application
from .tenants import Certificate, Client, FederatedCredential, Tenant
from .tokens import base64url

_AUDIENCE = "api://AzureADTokenExchange"


def seed_clients(
    tenant: Tenant, clients: Sequence[dict[str, Any]], where: str, folder: Path, problems: list[str]
) -> None:
    """Make the clients, each with the application and service principal behind it; paths are relative to the seed."""
    for index, raw in enumerate(clients):
        at = f"{where}[{index}]"
        client_id = raw["client_id"].lower()
        if client_id in tenant.clients:
            problems.append(f"{at}.client_id: another client has {client_id} too")
            continue
        principal = _principal(tenant, raw, at, problems)
        tenant.clients[client_id] = Client(
            client_id=client_id,
            display_name=principal["displayName"],
            object_id=principal["id"],
            secret=raw.get("secret"),
            secret_expires=_expiry(raw, at, problems),
            certificates=_certificates(raw, at, folder, problems),
            federated=_federated(raw, at, folder, problems),
            identity_header=raw.get("managed_identity"),
            permissions=tuple(raw.get("permissions", ())),
            enabled=raw.get("enabled", True),
        )


def _principal(tenant: Tenant, raw: dict[str, Any], where: str, problems: list[str]) -> dict[str, Any]:
    """Return the client's service principal: of an application of that appId in the seed, or a new one."""
    client_id = raw["client_id"].lower()
    for principal in tenant.all("servicePrincipals"):
        if principal["appId"] == client_id:
            return principal
    application = {"name": raw.get("display_name", f"Client {client_id[:8]}"), "app_id": client_id}
    application |= {key: raw[key] for key in ("id", "enabled") if key in raw}
    return add_application(tenant, application, where, problems)


def _expiry(raw: dict[str, Any], where: str, problems: list[str]) -> datetime | None:
    if raw.get("secret_expired"):
        return datetime(2020, 1, 1, tzinfo=UTC)
    if "secret_expires" not in raw:
        return None
    try:
        moment = datetime.fromisoformat(raw["secret_expires"].replace("Z", "+00:00"))
    except ValueError:
        problems.append(f"{where}.secret_expires: '{raw['secret_expires']}' is not a date")
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _certificates(raw: dict[str, Any], where: str, folder: Path, problems: list[str]) -> tuple[Certificate, ...]:
    if "certificate" not in raw:
        return ()
    path = folder / raw["certificate"]
    try:
        loaded = x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as unreadable:
        problems.append(f"{where}.certificate: {path} cannot be read: {unreadable.strerror}")
        return ()
    except ValueError:
        problems.append(f"{where}.certificate: {path} holds no PEM certificate")
        return ()
    return tuple(
        Certificate(
            sha1=base64url(hashlib.sha1(one.public_bytes(Encoding.DER), usedforsecurity=False).digest()),
            sha256=base64url(hashlib.sha256(one.public_bytes(Encoding.DER)).digest()),
            key=one.public_key(),
            not_after=one.not_valid_after_utc,
        )
        for one in loaded
    )


def _federated(raw: dict[str, Any], where: str, folder: Path, problems: list[str]) -> tuple[FederatedCredential, ...]:
    if "federated" not in raw:
        return ()
    given = raw["federated"]
    try:
        key = _public_key(given["key"], folder)
    except (OSError, ValueError, PyJWTError) as unusable:
        reason = getattr(unusable, "strerror", None) or str(unusable)
        problems.append(f"{where}.federated.key: no public key can be read from it: {reason}")
        return ()
    return (FederatedCredential(given["issuer"], given["subject"], given.get("audience", _AUDIENCE), key),)


def _public_key(given: Any, folder: Path) -> Any:
    """Return a key given as PEM text, as a JWK (a mapping or JSON text), or as the path of a file with either."""
    if isinstance(given, dict):
        return PyJWK.from_dict({"alg": "RS256", **given}).key
    if not isinstance(given, str):
        raise ValueError("give a path, PEM text or a JWK")
    content = given if given.lstrip().startswith(("-----BEGIN", "{")) else (folder / given).read_text(encoding="utf-8")
    if content.lstrip().startswith("{"):
        return PyJWK.from_dict({"alg": "RS256", **json.loads(content)}).key
    if "BEGIN CERTIFICATE" in content:
        return x509.load_pem_x509_certificate(content.encode()).public_key()
    return load_pem_public_key(content.encode())
