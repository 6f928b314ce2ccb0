# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a seed: the file's shape, and from it the tenants. README.md describes the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .builtin_roles import BUILTIN_ROLES
from .clock import now
from .seed_clients import seed_clients
from .seed_delegated_admin import RELATIONSHIP, seed_delegated_admin
from .seed_directory import seed_applications, seed_groups, seed_users
from .seed_policies import seed_conditional_access
from .seed_references import (
    AUTHENTICATION_CONTEXT,
    AUTHENTICATION_STRENGTH,
    KNOWN_TENANT,
    TERMS_OF_USE,
    seed_known_tenants,
    seed_references,
)
from .seed_sign_ins import SIGN_IN, SIMULATED_SIGN_INS, seed_sign_ins
from .shapes import anything, boolean, guid, list_of, mapping, one_of, problems_of, text
from .tenants import SECURITY_DEFAULTS_ID, Directory, Tenant
from .yaml_file import InvalidFile, read_yaml

_USER = mapping(
    {
        "upn": text(),
        "id": guid(),
        "display_name": text(),
        "given_name": text(),
        "surname": text(),
        "mail": text(),
        "job_title": text(),
        "department": text(),
        "usage_location": text(),
        "user_type": one_of("Member", "Guest"),
        "invited": boolean(),
        "home_tenant": guid(),
        "enabled": boolean(),
        "synced": boolean(),
        "mfa_registered": boolean(),
        "methods": list_of(text()),
        "roles": list_of(one_of(*BUILTIN_ROLES)),
    },
    required=("upn",),
)
_GROUP = mapping(
    {
        "name": text(),
        "id": guid(),
        "description": text(),
        "members": list_of(text()),
        "role_assignable": boolean(),
        "synced": boolean(),
        "roles": list_of(one_of(*BUILTIN_ROLES)),
    },
    required=("name",),
)
_APPLICATION = mapping(
    {
        "name": text(),
        "app_id": guid(),
        "id": guid(),
        "object_id": guid(),
        "enabled": boolean(),
        "tags": list_of(text()),
        "homepage": text(),
        "identifier_uris": list_of(text()),
        "reply_urls": list_of(text()),
        "assignment_required": boolean(),
        "single_sign_on_mode": one_of("oidc", "saml", "password", "notSupported"),
    },
    required=("name",),
)
_FEDERATED = mapping(
    {"issuer": text(), "subject": text(), "audience": text(), "key": anything()}, required=("issuer", "subject", "key")
)
_CLIENT = mapping(
    {
        "client_id": guid(),
        "id": guid(),
        "display_name": text(),
        "secret": text(),
        "secret_expired": boolean(),
        "secret_expires": text(),
        "certificate": text(),
        "federated": _FEDERATED,
        "managed_identity": text(),
        "permissions": list_of(text()),
        "enabled": boolean(),
    },
    required=("client_id",),
)
_TENANT = mapping(
    {
        "id": guid(),
        "name": text(),
        "domain": text(),
        "more_domains": list_of(text()),
        "country": text(),
        "licences": list_of(text()),
        "security_defaults": boolean(),
        "users": list_of(_USER),
        "groups": list_of(_GROUP),
        "applications": list_of(_APPLICATION),
        "clients": list_of(_CLIENT),
        "authentication_strengths": list_of(AUTHENTICATION_STRENGTH),
        "authentication_contexts": list_of(AUTHENTICATION_CONTEXT),
        "terms_of_use": list_of(TERMS_OF_USE),
        "delegated_admin_relationships": list_of(RELATIONSHIP),
        "named_locations": list_of(anything()),
        "policies": list_of(anything()),
        "sign_ins": list_of(SIGN_IN),
        "simulated_sign_ins": SIMULATED_SIGN_INS,
    },
    required=("id", "name", "domain"),
)
_SEED = mapping({"tenants": list_of(_TENANT), "known_tenants": list_of(KNOWN_TENANT)}, required=("tenants",))


def read_seed(path: Path) -> Directory:
    """Return the tenants of a seed file. Every mistake in it is told at once."""
    document = read_yaml(path)
    problems = list(problems_of(document, _SEED, ""))
    if problems:
        raise InvalidFile(path, problems)
    if not document["tenants"]:
        raise InvalidFile(path, ["tenants: there is none"])
    directory = Directory()
    for index, raw in enumerate(document["tenants"]):
        _seed_tenant(directory, raw, f"tenants[{index}]", path.parent, problems)
    seed_known_tenants(directory, document.get("known_tenants", ()), "known_tenants", problems)
    for index, raw in enumerate(document["tenants"]):
        tenant, where = directory.tenants[raw["id"].lower()], f"tenants[{index}].delegated_admin_relationships"
        seed_delegated_admin(tenant, raw.get("delegated_admin_relationships", ()), where, now(), problems)
    if problems:
        raise InvalidFile(path, problems)
    directory.take_writes()
    return directory


def _seed_tenant(directory: Directory, raw: dict[str, Any], where: str, folder: Path, problems: list[str]) -> None:
    tenant = Tenant(
        id=raw["id"].lower(),
        name=raw["name"],
        domain=raw["domain"].lower(),
        directory=directory,
        more_domains=tuple(domain.lower() for domain in raw.get("more_domains", ())),
        country=raw.get("country", "US"),
        licences=frozenset(raw.get("licences", ())),
    )
    names = [("id", tenant.id), ("domain", tenant.domain), *(("more_domains", one) for one in tenant.more_domains)]
    for name, value in names:
        if directory.find(value):
            problems.append(f"{where}.{name}: another tenant has {value} too")
    for domain in tenant.more_domains:
        if tenant.domains.count(domain) > 1:
            problems.append(f"{where}.more_domains: its domain {domain} is there twice")
    directory.add(tenant)
    tenant.put(
        "tenantPolicies",
        {
            "id": SECURITY_DEFAULTS_ID,
            "deletedDateTime": None,
            "displayName": "Security Defaults",
            "description": "Security defaults is a set of basic identity security mechanisms recommended by Microsoft.",
            "isEnabled": raw.get("security_defaults", False),
        },
    )
    seed_applications(tenant, raw.get("applications", ()), f"{where}.applications", problems)
    seed_clients(tenant, raw.get("clients", ()), f"{where}.clients", folder, problems)
    seed_users(tenant, raw.get("users", ()), f"{where}.users", problems)
    seed_groups(tenant, raw.get("groups", ()), f"{where}.groups", problems)
    seed_references(tenant, raw, where, problems)
    seed_conditional_access(tenant, raw, where, problems)
    seed_sign_ins(tenant, raw, where, now(), problems)
