# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each credential sends, with MSAL's own flows over a wire that goes nowhere."""

from __future__ import annotations

import base64
import hashlib
import types

import jwt
import msal
import pytest
from fake_transport import CLOUD, Wire, answer

from ansible_collections.msp.entra.plugins.plugin_utils.graph import credentials
from ansible_collections.msp.entra.plugins.plugin_utils.graph.clouds import CLOUDS

WHO = {"tenant_id": "contoso.onmicrosoft.com", "client_id": "11111111-2222-4333-8444-555555555555"}
AUTHORITY = f"{CLOUD.login_url}/{WHO['tenant_id']}"
DISCOVERY = {
    "issuer": f"{AUTHORITY}/v2.0",
    "authorization_endpoint": f"{AUTHORITY}/oauth2/v2.0/authorize",
    "token_endpoint": f"{AUTHORITY}/oauth2/v2.0/token",
}
TOKEN = {"access_token": "fresh", "expires_in": 3600, "token_type": "Bearer"}


class Http:
    """A wire as MSAL's http client."""

    def __init__(self, *script):
        self.wire = Wire(*script)

    def get(self, url, **arguments):
        return self.wire.send("GET", url, **arguments)

    def post(self, url, **arguments):
        return self.wire.send("POST", url, **arguments)


def asked(credential):
    """The form that is posted for a token, after exactly one look at the login server."""
    http = Http(answer(200, DISCOVERY), answer(200, TOKEN))
    got = credential.request_token(http, CLOUD, msal.SerializableTokenCache())
    assert got["access_token"] == "fresh"
    look, post = http.wire.sent
    # Both to the private login server: an instance discovery would have told Microsoft's of it.
    assert look.url.startswith(f"{AUTHORITY}/v2.0/.well-known/openid-configuration")
    assert (post.method, post.url) == ("POST", DISCOVERY["token_endpoint"])
    return post.arguments["data"]


def test_client_secret():
    form = asked(credentials.ClientSecret(**WHO, client_secret="s3cr3t"))
    assert form["client_secret"] == "s3cr3t"
    assert (form["grant_type"], form["client_id"]) == ("client_credentials", WHO["client_id"])
    assert form["scope"] == f"{CLOUD.graph_url}/.default"


@pytest.mark.parametrize(
    ("key", "passphrase"),
    [
        pytest.param("key", None, id="bare"),
        pytest.param("older", None, id="older form"),
        pytest.param("encrypted", "sesame", id="encrypted"),
        pytest.param("encrypted-older", "sesame", id="encrypted in the older form"),
        # MSAL would not take it, so it is not handed on.
        pytest.param("key", "for nothing", id="passphrase for nothing"),
    ],
)
def test_certificate(pems, key, passphrase):
    """What is found to be fine before login is what MSAL can sign with."""
    pem = pems[key] + pems["certificate"]
    credential = credentials.Certificate(**WHO, certificate=pem, certificate_passphrase=passphrase)
    assert credential.problems() == []
    form = asked(credential)
    assert form["client_assertion_type"].endswith("jwt-bearer") and "client_secret" not in form
    head = jwt.get_unverified_header(form["client_assertion"])
    certificate = "".join(pems["certificate"].splitlines()[1:-1])
    digest = base64.urlsafe_b64encode(hashlib.sha256(base64.b64decode(certificate)).digest()).decode()
    assert head["x5t#S256"].rstrip("=") == digest.rstrip("=")
    assert ["".join(sent.split()) for sent in head["x5c"]] == [certificate]


def test_federated_token():
    form = asked(credentials.FederatedToken(**WHO, federated_token="given"))
    assert form["client_assertion"] == "given"
    assert form["client_assertion_type"].endswith("jwt-bearer") and "client_secret" not in form


def test_a_federated_token_file_is_read_whenever_a_token_is_asked_for(tmp_path):
    path = tmp_path / "token"
    path.write_text("first\n", encoding="utf-8")
    credential = credentials.FederatedToken(**WHO, federated_token_file=str(path))
    assert asked(credential)["client_assertion"] == "first"
    path.write_text("  second \n", encoding="utf-8")
    assert asked(credential)["client_assertion"] == "second"


@pytest.mark.parametrize(
    ("cloud", "discovery"),
    [pytest.param(CLOUD, False, id="private"), pytest.param(CLOUDS["china"], None, id="microsoft")],
)
def test_only_a_private_cloud_goes_without_instance_discovery(monkeypatch, cloud, discovery):
    """MSAL's own choice for Microsoft's hosts, which is to check an authority that it does not know."""
    made = {}

    class Application:
        def __init__(self, client_id, **arguments):
            made.update(arguments, client_id=client_id)

        def acquire_token_for_client(self, scopes):
            made["scopes"] = scopes
            return TOKEN

    monkeypatch.setattr(credentials, "msal", types.SimpleNamespace(ConfidentialClientApplication=Application))
    credential = credentials.ClientSecret(**WHO, client_secret="s3cr3t")
    assert credential.request_token("http", cloud, "cache") == TOKEN
    assert made == {
        "client_id": WHO["client_id"],
        "authority": f"{cloud.login_url}/{WHO['tenant_id']}",
        "client_credential": "s3cr3t",
        "token_cache": "cache",
        "http_client": "http",
        "instance_discovery": discovery,
        "scopes": [f"{cloud.graph_url}/.default"],
    }


class Machine:
    """msal's part for managed identities, with a client that calls the http client once and keeps what it saw."""

    def __init__(self):
        self.seen = {}
        self.SystemAssignedManagedIdentity = msal.SystemAssignedManagedIdentity
        self.UserAssignedManagedIdentity = msal.UserAssignedManagedIdentity

    def ManagedIdentityClient(self, identity, **arguments):  # noqa: N802
        self.seen.update(arguments, identity=identity)
        return self

    def acquire_token_for_client(self, resource):
        self.seen["resource"] = resource
        self.seen["trust_env"] = self.seen["http_client"]._session.trust_env
        return TOKEN


@pytest.mark.parametrize(
    ("client_id", "identity"),
    [
        pytest.param(None, msal.SystemAssignedManagedIdentity(), id="system-assigned"),
        pytest.param("abc", msal.UserAssignedManagedIdentity(client_id="abc"), id="user-assigned"),
    ],
)
def test_managed_identity(monkeypatch, client_id, identity):
    machine = Machine()
    monkeypatch.setattr(credentials, "msal", machine)
    credential = credentials.ManagedIdentity(client_id=client_id)
    assert credential.request_token("unused", CLOUD, "cache") == TOKEN
    assert machine.seen["identity"] == identity
    assert (machine.seen["resource"], machine.seen["token_cache"]) == (CLOUD.graph_url, "cache")
    # Neither a proxy nor a .netrc of the environment has a part in a request to the machine itself.
    assert machine.seen["trust_env"] is False


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_metadata_address_is_not_waited_for_for_ever(method):
    """Outside Azure nobody is there, and requests alone has no timeout."""
    calls = []
    local = types.SimpleNamespace(**{method: lambda url, **arguments: calls.append((url, arguments))})
    getattr(credentials._Prompt(local), method)("http://169.254.169.254/", headers={"Metadata": "true"})
    assert calls == [("http://169.254.169.254/", {"headers": {"Metadata": "true"}, "timeout": 10.0})]
