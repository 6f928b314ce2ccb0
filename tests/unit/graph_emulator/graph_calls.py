# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of this folder call the emulator with: keys, seeds, request bodies, and a plain caller."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import requests
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from graph_emulator.launch import RunningEmulator
from graph_emulator.seed import read_seed
from graph_emulator.tenants import Tenant

TIMEOUT = 30
LOCATIONS = "identity/conditionalAccess/namedLocations"
POLICIES = "identity/conditionalAccess/policies"
SECRET = "not-a-real-secret-7f3a"
SYNCRO_APP = "33333333-3333-4333-8333-333333333333"
TERMS_OF_USE = "66666666-6666-4666-8666-666666666666"
STRENGTH = "77777777-7777-4777-8777-777777777777"
ALL_PERMISSIONS = [
    "Policy.Read.All",
    "Policy.ReadWrite.ConditionalAccess",
    "Application.Read.All",
    "Directory.Read.All",
    "AuditLog.Read.All",
    "RoleManagement.Read.Directory",
    "Organization.Read.All",
    "Agreement.Read.All",
    "CrossTenantInformation.ReadBasic.All",
    "User.RevokeSessions.All",
]


@dataclass(frozen=True)
class Keys:
    """A key pair with a self-signed certificate, in PEM."""

    private: str
    public: str
    certificate: str
    sha1: str


def make_keys(name: str) -> Keys:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    return Keys(
        private=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        public=key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        certificate=certificate.public_bytes(Encoding.PEM).decode(),
        sha1=certificate.fingerprint(hashes.SHA1()).hex(),
    )


def tenant_id(number: int) -> str:
    return f"11111111-1111-4111-8111-{number:012d}"


def client_id(number: int) -> str:
    return f"22222222-2222-4222-8222-{number:012d}"


def tenant_document(number: int = 0, **more: Any) -> dict[str, Any]:
    """Return a tenant of a seed, as most tests need it."""
    domain = f"t{number}.example"
    return {
        "id": tenant_id(number),
        "name": f"Practice {number}",
        "domain": domain,
        "licences": ["AAD_PREMIUM"],
        "users": [
            {"upn": f"breakglass@{domain}", "roles": ["Global Administrator"], "mfa_registered": True},
            {"upn": f"dana@{domain}", "display_name": "Dana O'Neil"},
            {"upn": f"syncro-svc@{domain}", "enabled": False, "mfa_registered": True},
        ],
        "groups": [{"name": "Technicians", "members": [f"dana@{domain}"]}],
        "applications": [{"name": "Syncro SSO", "app_id": SYNCRO_APP}],
        "authentication_contexts": [{"id": "c1", "name": "Sensitive", "available": True}, {"id": "c99", "name": "New"}],
        "authentication_strengths": [
            {"name": "Key or pass", "id": STRENGTH, "combinations": ["fido2", "password, sms"]}
        ],
        "terms_of_use": [{"name": "Guests' terms", "id": TERMS_OF_USE, "frequency": "P90D"}],
        "clients": [
            {"client_id": client_id(0), "display_name": "Auditor", "secret": SECRET, "permissions": ALL_PERMISSIONS}
        ],
        **more,
    }


def read_tenant(folder: Path, document: dict[str, Any]) -> Tenant:
    """Return the one tenant of a seed, without a server."""
    path = folder / "seed.yml"
    path.write_text(yaml.safe_dump({"tenants": [document]}))
    return read_seed(path).tenants[document["id"]]


@dataclass
class GraphCaller:
    """Plain requests to one tenant of one emulator, with a token got by secret."""

    emulator: RunningEmulator
    tenant: str
    client: str = client_id(0)
    secret: str = SECRET
    session: requests.Session = field(default_factory=requests.Session)

    def token_answer(self, **changes: Any) -> requests.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client,
            "client_secret": self.secret,
            "scope": f"{self.emulator.url}/.default",
            **changes,
        }
        url = f"{self.emulator.url}/{self.tenant}/oauth2/v2.0/token"
        form = {name: value for name, value in form.items() if value is not None}
        return self.session.post(url, data=form, verify=self.emulator.ca_file, timeout=TIMEOUT)

    @cached_property
    def token(self) -> str:
        answer = self.token_answer()
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        url = path if path.startswith("https://") else f"{self.emulator.url}/v1.0/{path}"
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        options = {"timeout": TIMEOUT, **options}
        return self.session.request(method, url, headers=headers, verify=self.emulator.ca_file, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        return self.call("POST", path, json=body, **options)

    def patch(self, path: str, body: Any, **options: Any) -> requests.Response:
        return self.call("PATCH", path, json=body, **options)

    def delete(self, path: str, **options: Any) -> requests.Response:
        return self.call("DELETE", path, **options)

    def values(self, path: str, **options: Any) -> list[dict[str, Any]]:
        answer = self.get(path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]

    @property
    def domain(self) -> str:
        return f"t{int(self.tenant[-12:])}.example"

    def user_id(self, name: str) -> str:
        return self.get(f"users/{name}@{self.domain}").json()["id"]


def ip_location(name: str = "Trusted - Office", *cidrs: str, **more: Any) -> dict[str, Any]:
    ranges = []
    for cidr in cidrs or ("198.51.100.10/32",):
        kind = "iPv6CidrRange" if ":" in cidr else "iPv4CidrRange"
        ranges.append({"@odata.type": f"#microsoft.graph.{kind}", "cidrAddress": cidr})
    return {"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": name, "ipRanges": ranges, **more}


def country_location(name: str = "Countries", *codes: str, **more: Any) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.countryNamedLocation",
        "displayName": name,
        "countriesAndRegions": list(codes) or ["US", "CA"],
        **more,
    }


def created(graph: GraphCaller, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = graph.post(path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def reason(answer: requests.Response) -> str:
    """Return why the Conditional Access service refused: it says so one level down."""
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "BadRequest"), answer.text
    assert error["message"] == "The server could not process the request because it is malformed or incorrect."
    return error["innerError"]["message"]


def policy(name: str = "Block Syncro", **more: Any) -> dict[str, Any]:
    return {
        "displayName": name,
        "state": "enabledForReportingButNotEnforced",
        "conditions": {
            "clientAppTypes": ["all"],
            "users": {"includeUsers": ["All"]},
            "applications": {"includeApplications": [SYNCRO_APP]},
        },
        "grantControls": {"operator": "OR", "builtInControls": ["block"]},
        **more,
    }
