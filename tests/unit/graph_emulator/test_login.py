# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The login endpoints, by hand and with Microsoft's own token client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import jwt
import msal
import pytest
import requests
from graph_calls import ALL_PERMISSIONS, SECRET, TIMEOUT, GraphCaller, Keys, client_id, tenant_document, tenant_id

from graph_emulator.launch import RunningEmulator

ISSUER = "https://token.actions.example"
SUBJECT = "repo:northwind/entra:ref:refs/heads/main"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
BY_SECRET, BY_CERTIFICATE, BY_FEDERATION, EXPIRED, DISABLED, MANAGED, DATED = map(client_id, range(1, 8))


@pytest.fixture(scope="module")
def login(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Iterator[RunningEmulator]:
    folder = tmp_path_factory.mktemp("login")
    (folder / "client.pem").write_text(keys.certificate)
    clients = [
        {"client_id": BY_SECRET, "display_name": "By secret", "secret": SECRET, "permissions": ALL_PERMISSIONS},
        {"client_id": BY_CERTIFICATE, "certificate": "client.pem", "permissions": ["Policy.Read.All"]},
        {
            "client_id": BY_FEDERATION,
            "federated": {"issuer": ISSUER, "subject": SUBJECT, "key": keys.public},
            "permissions": ["Policy.Read.All"],
        },
        {"client_id": EXPIRED, "secret": SECRET, "secret_expired": True},
        {"client_id": DISABLED, "secret": SECRET, "enabled": False},
        {"client_id": MANAGED, "managed_identity": "header-value", "permissions": ["Policy.Read.All"]},
        {"client_id": DATED, "secret": SECRET, "secret_expires": "2021-05-01"},
    ]
    with RunningEmulator({"tenants": [tenant_document(0, clients=clients)]}, directory=folder) as running:
        yield running


def application(login: RunningEmulator, client: str, credential: Any, tenant: str = "") -> Any:
    return msal.ConfidentialClientApplication(
        client,
        client_credential=credential,
        authority=f"{login.url}/{tenant or tenant_id(0)}",
        instance_discovery=False,
        verify=login.ca_file,
    )


def by_hand(login: RunningEmulator, client: str = BY_SECRET, **form: Any) -> requests.Response:
    return GraphCaller(login, tenant_id(0), client).token_answer(**form)


def test_discovery_points_at_this_server(login: RunningEmulator) -> None:
    def document(path: str) -> dict[str, Any]:
        answer = requests.get(f"{login.url}/{path}", verify=login.ca_file, timeout=TIMEOUT)
        assert answer.status_code == 200
        return answer.json()

    for name in (tenant_id(0), "t0.example"):
        found = document(f"{name}/v2.0/.well-known/openid-configuration")
        assert found["token_endpoint"] == f"{login.url}/{tenant_id(0)}/oauth2/v2.0/token"
        assert found["issuer"] == f"{login.url}/{tenant_id(0)}/v2.0"
    host = login.url.removeprefix("https://")
    instance = document(f"common/discovery/instance?api-version=1.1&authorization_endpoint={login.url}/x/oauth2")
    assert instance["metadata"][0]["aliases"] == [host]
    key = document(f"{tenant_id(0)}/discovery/v2.0/keys")["keys"][0]
    token = by_hand(login).json()["access_token"]
    claims = jwt.decode(token, jwt.PyJWK.from_dict(key).key, algorithms=["RS256"], audience=login.url)
    assert claims["tid"] == tenant_id(0)
    assert claims["appid"] == BY_SECRET
    assert claims["app_displayname"] == "By secret"
    assert claims["roles"] == sorted(ALL_PERMISSIONS)
    assert 3500 < claims["exp"] - time.time() <= 3600
    assert claims["oid"]


@pytest.mark.parametrize("tenant", [tenant_id(0), "t0.example"])
def test_msal_gets_a_token_by_secret(login: RunningEmulator, tenant: str) -> None:
    answer = application(login, BY_SECRET, SECRET, tenant).acquire_token_for_client([f"{login.url}/.default"])
    assert answer["token_type"] == "Bearer"
    caller = GraphCaller(login, tenant_id(0))
    caller.token = answer["access_token"]
    assert caller.get("identity/conditionalAccess/policies").status_code == 200


@pytest.mark.parametrize("kind", ["thumbprint", "sha256 of the certificate"])
def test_msal_gets_a_token_by_certificate(login: RunningEmulator, keys: Keys, kind: str) -> None:
    credential = {"private_key": keys.private, "public_certificate": keys.certificate}
    if kind == "thumbprint":
        credential = {"private_key": keys.private, "thumbprint": keys.sha1}
    answer = application(login, BY_CERTIFICATE, credential).acquire_token_for_client([f"{login.url}/.default"])
    assert "access_token" in answer, answer


def test_msal_gets_a_token_by_federation(login: RunningEmulator, keys: Keys) -> None:
    credential = {"client_assertion": lambda: federated(keys)}
    scopes = ["https://graph.microsoft.com/.default"]
    answer = application(login, BY_FEDERATION, credential).acquire_token_for_client(scopes)
    assert "access_token" in answer, answer


def test_msal_gets_a_token_for_a_managed_identity(login: RunningEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{login.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "header-value")
    session = requests.Session()
    session.verify = login.ca_file
    client = msal.ManagedIdentityClient(msal.SystemAssignedManagedIdentity(), http_client=session)
    answer = client.acquire_token_for_client(resource=login.url)
    assert jwt.decode(answer["access_token"], options={"verify_signature": False})["appid"] == MANAGED
    monkeypatch.setenv("IDENTITY_HEADER", "another")
    client = msal.ManagedIdentityClient(msal.SystemAssignedManagedIdentity(), http_client=session)
    assert "error" in client.acquire_token_for_client(resource=login.url)


def federated(keys: Keys, **changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "sub": SUBJECT, "aud": "api://AzureADTokenExchange", "iat": now, "exp": now + 300}
    claims |= changes
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, keys.private, "RS256")


def certificate_assertion(login: RunningEmulator, keys: Keys, **changes: Any) -> str:
    now = int(time.time())
    audience = f"{login.url}/{tenant_id(0)}/oauth2/v2.0/token"
    claims = {"iss": BY_CERTIFICATE, "sub": BY_CERTIFICATE, "aud": audience, "exp": now + 300, **changes}
    thumbprint = jwt.utils.base64url_encode(bytes.fromhex(keys.sha1)).decode()
    return jwt.encode(claims, keys.private, "RS256", headers={"x5t": thumbprint})


@pytest.mark.parametrize(
    ("client", "form", "status", "error", "number"),
    [
        (BY_SECRET, {"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        (BY_SECRET, {"client_secret": None}, 401, "invalid_client", 7000218),
        (BY_SECRET, {"grant_type": None}, 400, "invalid_request", 900144),
        (BY_SECRET, {"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        (BY_SECRET, {"client_id": None}, 400, "invalid_request", 900144),
        (BY_SECRET, {"scope": None}, 400, "invalid_request", 900144),
        (BY_SECRET, {"scope": "https://graph.microsoft.com/User.Read"}, 400, "invalid_scope", 1002012),
        (BY_SECRET, {"scope": "https://vault.example/.default"}, 400, "invalid_resource", 500011),
        (EXPIRED, {}, 401, "invalid_client", 7000222),
        (DATED, {}, 401, "invalid_client", 7000222),
        (DISABLED, {}, 401, "unauthorized_client", 7000112),
        (BY_CERTIFICATE, {}, 401, "invalid_client", 7000215),
        (client_id(99), {}, 400, "unauthorized_client", 700016),
        (BY_SECRET, {"client_assertion": "x", "client_assertion_type": ASSERTION}, 401, "invalid_client", 50027),
        (BY_SECRET, {"client_assertion": "x", "client_assertion_type": "y"}, 400, "invalid_request", 900144),
    ],
)
def test_refusals(
    login: RunningEmulator, client: str, form: dict[str, Any], status: int, error: str, number: int
) -> None:
    answer = by_hand(login, client, **form)
    body = answer.json()
    assert (answer.status_code, body["error"], body["error_codes"]) == (status, error, [number])
    assert body["error_description"].startswith(f"AADSTS{number}: ")
    for part in ("Trace ID: ", "Correlation ID: ", "Timestamp: "):
        assert part in body["error_description"]


def test_a_token_for_one_name_of_this_machine_is_good_for_the_other(login: RunningEmulator) -> None:
    other = login.url.replace("localhost", "127.0.0.1")
    token = by_hand(login, scope=f"{other}/.default").json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    for url in (login.url, other):
        answer = requests.get(f"{url}/v1.0/users", headers=headers, verify=login.ca_file, timeout=TIMEOUT)
        assert answer.status_code == 200


def test_unknown_tenant(login: RunningEmulator) -> None:
    stranger = "99999999-9999-4999-8999-999999999999"
    answer = GraphCaller(login, stranger).token_answer()
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [90002])
    found = requests.get(
        f"{login.url}/{stranger}/v2.0/.well-known/openid-configuration", verify=login.ca_file, timeout=TIMEOUT
    )
    assert (found.status_code, found.json()["error_codes"]) == (400, [90002])


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"exp": 1}, 700024),
        ({"aud": "https://somewhere.example/token"}, 700023),
        ({"sub": BY_SECRET}, 700021),
        ({"keys": "other"}, 700027),
        ({"signature": "other"}, 700027),
    ],
)
def test_bad_certificate_assertions(
    login: RunningEmulator, keys: Keys, other_keys: Keys, changes: dict[str, Any], number: int
) -> None:
    changes = dict(changes)
    signer = keys
    if changes.pop("keys", None):
        signer = other_keys
    if changes.pop("signature", None):
        signer = Keys(other_keys.private, keys.public, keys.certificate, keys.sha1)
    assertion = certificate_assertion(login, signer, **changes)
    form = {"client_assertion": assertion, "client_assertion_type": ASSERTION, "client_secret": None}
    answer = by_hand(login, BY_CERTIFICATE, **form)
    assert (answer.status_code, answer.json()["error_codes"]) == (401, [number])


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"iss": "https://elsewhere.example"}, 70021),
        ({"sub": "repo:somebody/else"}, 700213),
        ({"aud": "api://SomethingElse"}, 700212),
        ({"exp": 1}, 700024),
        ({"exp": None}, 700024),
        ({"keys": "other"}, 700027),
    ],
)
def test_bad_federated_assertions(
    login: RunningEmulator, keys: Keys, other_keys: Keys, changes: dict[str, Any], number: int
) -> None:
    changes = dict(changes)
    assertion = federated(other_keys if changes.pop("keys", None) else keys, **changes)
    form = {"client_assertion": assertion, "client_assertion_type": ASSERTION, "client_secret": None}
    answer = by_hand(login, BY_FEDERATION, **form)
    assert (answer.status_code, answer.json()["error_codes"]) == (401, [number])


def test_the_v1_token_endpoint_takes_a_resource(login: RunningEmulator) -> None:
    form = {"grant_type": "client_credentials", "client_id": BY_SECRET, "client_secret": SECRET}
    form["resource"] = "https://graph.microsoft.com/"
    answer = requests.post(
        f"{login.url}/t0.example/oauth2/token", data=form, verify=login.ca_file, timeout=TIMEOUT
    ).json()
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert claims["aud"] == "https://graph.microsoft.com"
    assert answer["expires_on"] == str(claims["exp"])


@pytest.mark.parametrize("token", ["", "abc", "a.b.c", "altered", "foreign"])
def test_graph_takes_only_its_own_tokens(login: RunningEmulator, keys: Keys, token: str) -> None:
    good = by_hand(login).json()["access_token"]
    if token == "altered":
        token = good[:-6] + ("AAAAAA" if not good.endswith("AAAAAA") else "BBBBBB")
    if token == "foreign":
        claims = jwt.decode(good, options={"verify_signature": False})
        token = jwt.encode(claims, keys.private, "RS256")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = requests.get(f"{login.url}/v1.0/users", headers=headers, verify=login.ca_file, timeout=TIMEOUT)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
