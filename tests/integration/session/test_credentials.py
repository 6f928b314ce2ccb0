# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of login, through a task, with MSAL's own flows against the practice tenant."""

from __future__ import annotations

import pathlib

import ansible_run
import msal
import pytest
from application_keys import ISSUER, SUBJECT, Keys, pem_of_key
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from practice import READ, SECRET, Tenant, tenant_seed

from graph_emulator.launch import RunningEmulator

INFO = {"msp.entra.named_location_info": {}}


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def server(tmp_path_factory, keys):
    seed = tenant_seed(1)
    client = seed["clients"][0]
    client["certificate"] = keys.public
    client["federated"] = {"issuer": ISSUER, "subject": SUBJECT, "key": keys.issuer_public}
    seed["clients"].append(
        {
            "client_id": "00000001-4444-4444-8444-444444444444",
            "secret": "old",
            "secret_expired": True,
            "permissions": READ,
        }
    )
    with RunningEmulator({"tenants": [seed]}, directory=tmp_path_factory.mktemp("logins")) as running:
        yield running


@pytest.fixture
def login(server, tmp_path):
    """Run the info task with these connection options; the tenant's own secret is not among them."""
    tenant = Tenant(1, server, tmp_path)

    def run(environment=None, **options):
        given = {k: v for k, v in tenant.defaults().items() if k != "client_secret"}
        given = {k: v for k, v in {**given, **options}.items() if v is not None}
        server.clear()
        done = ansible_run.run_tasks(tmp_path, [INFO], given, "-vvvv", **(environment or {}))
        return done, server.requests()

    return run


def accepted(done):
    assert done.returncode == 0, done.output
    return done.of("0")["named_locations"] == []


def test_client_secret(login):
    done, log = login(client_secret=SECRET)
    assert accepted(done) and len(ansible_run.token_requests(log)) == 1


def test_certificate_in_a_file(login, keys):
    assert accepted(login(certificate_path=keys.pem)[0])


def test_certificate_as_text(login, keys):
    assert accepted(login(certificate=pathlib.Path(keys.pem).read_text(encoding="utf-8"))[0])


def test_certificate_with_a_passphrase(login, keys):
    assert accepted(login(certificate_path=keys.encrypted, certificate_passphrase="open sesame")[0])


def test_a_passphrase_that_the_key_does_not_need(login, keys):
    """It may be in the environment for something else."""
    assert accepted(login({"AZURE_CLIENT_CERTIFICATE_PASSWORD": "open sesame"}, certificate_path=keys.pem)[0])


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("elliptic curve", "is no RSA key"),
        ("older form, encrypted", "certificate_passphrase: is missing"),
        ("broken", "cannot be read"),
    ],
)
def test_a_key_that_cannot_be_used(login, keys, tmp_path, form, words):
    traditional = serialization.PrivateFormat.TraditionalOpenSSL
    rsa_key, pem = rsa.generate_private_key(65537, 2048), serialization.Encoding.PEM
    text = {
        "elliptic curve": pem_of_key(ec.generate_private_key(ec.SECP256R1())),
        "older form, encrypted": rsa_key.private_bytes(
            pem, traditional, serialization.BestAvailableEncryption(b"x")
        ).decode(),
        "broken": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    }[form]
    path = tmp_path / "key.pem"
    path.write_text(text + pathlib.Path(keys.public).read_text(encoding="utf-8"), encoding="utf-8")
    done, log = login(certificate_path=str(path))
    assert words in done.of("0")["msg"] and "defect" not in done.output and log == []


def test_certificate_with_a_wrong_passphrase(login, keys):
    done, log = login(certificate_path=keys.encrypted, certificate_passphrase="open barley")
    assert done.returncode != 0 and "open barley" not in done.output and "defect" not in done.output
    assert "does not open the private key in certificate_path" in done.of("0")["msg"] and log == []


def test_certificate_by_thumbprint_alone(login, keys):
    assert accepted(login(certificate_path=keys.key_only, certificate_thumbprint=keys.thumbprint)[0])


def test_certificate_with_its_chain_sent(login, keys):
    assert accepted(login(certificate_path=keys.pem, certificate_send_chain=True)[0])


def test_a_stranger_s_certificate(login, keys):
    done, dummy = login(certificate_path=keys.stranger)
    failed = done.of("0")
    assert failed["aadsts"] == 700027 and "not one of the application's" in failed["msg"]


def test_federated_token_in_a_file(login, keys, tmp_path):
    (tmp_path / "token").write_text(keys.assertion() + "\n", encoding="utf-8")
    assert accepted(login(federated_token_file=str(tmp_path / "token"))[0])


def test_federated_token_given(login, keys):
    assert accepted(login(federated_token=keys.assertion())[0])


def test_federated_token_of_another_subject(login, keys):
    token = keys.assertion("repo:somebody/else")
    done, dummy = login(federated_token=token)
    assert done.of("0")["aadsts"] in (70021, 700213) and token not in done.output


def test_given_token(login, server, monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # they would win over MSAL's verify
        monkeypatch.delenv(name, raising=False)
    defaults = Tenant(1, server, pathlib.Path()).defaults()
    app = msal.ConfidentialClientApplication(
        defaults["client_id"],
        client_credential=SECRET,
        authority=f"{server.url}/{defaults['tenant_id']}",
        instance_discovery=False,
        verify=str(server.ca_file),
    )
    token = app.acquire_token_for_client([f"{server.url}/.default"])["access_token"]
    done, log = login(access_token=token)
    assert accepted(done) and ansible_run.token_requests(log) == [] and token not in done.output


def test_given_token_that_graph_does_not_take(login):
    done, log = login(access_token="eyJhbGciOiJub25lIn0.e30.x")
    assert "does not take the access_token" in done.of("0")["msg"]
    assert len(ansible_run.graph_requests(log)) == 1, "a given token cannot be renewed, so it is not tried again"


@pytest.mark.parametrize(
    "names",
    [
        {"AZURE_TENANT_ID": "{tenant}", "AZURE_CLIENT_ID": "{client}", "AZURE_CLIENT_SECRET": "{secret}"},
        {"AZURE_TENANT": "{tenant}", "AZURE_CLIENT_ID": "{client}", "AZURE_SECRET": "{secret}"},
    ],
    ids=["azure-identity's names", "AWX's names"],
)
def test_credentials_of_the_environment(login, server, names):
    defaults = Tenant(1, server, pathlib.Path()).defaults()
    values = {"tenant": defaults["tenant_id"], "client": defaults["client_id"], "secret": SECRET}
    environment = {name: value.format(**values) for name, value in names.items()}
    done, dummy = login(environment, tenant_id=None, client_id=None)
    assert accepted(done) and SECRET not in done.output


def test_a_task_s_own_credential_beats_the_environment(login, keys):
    assert accepted(login({"AZURE_CLIENT_SECRET": "of another application"}, certificate_path=keys.pem)[0])


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"client_secret": "wrong"}, 7000215, "give the secret's value, not its id"),
        (
            {"client_secret": SECRET, "client_id": "99999999-9999-4999-8999-999999999999"},
            700016,
            "no application with that client_id",
        ),
        ({"client_secret": SECRET, "tenant_id": "99999999-9999-4999-8999-999999999999"}, 90002, "no such tenant"),
        ({"client_secret": "old", "client_id": "00000001-4444-4444-8444-444444444444"}, 7000222, "has expired"),
    ],
    ids=["wrong secret", "unknown application", "unknown tenant", "expired secret"],
)
def test_a_refused_login_says_what_its_code_means(login, change, code, words):
    done, log = login(**change)
    failed = done.of("0")
    assert done.returncode != 0 and failed["aadsts"] == code and words in failed["msg"]
    assert ansible_run.graph_requests(log) == [] and "Traceback" not in done.output


def test_a_netrc_on_the_controller_replaces_nothing(login, tmp_path):
    (tmp_path / ".netrc").write_text("machine localhost login somebody password else\n", encoding="utf-8")
    (tmp_path / ".netrc").chmod(0o600)
    assert accepted(login(client_secret=SECRET)[0])
