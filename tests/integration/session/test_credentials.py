# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of login, through a task, with MSAL's own flows against the practice tenant."""

from __future__ import annotations

import functools
import pathlib

import ansible_run
import msal
import pytest
from application_keys import ISSUER, SUBJECT, Keys, pem_of_key
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from practice import READ, SECRET

INFO = {"msp.entra.named_location_info": {}}
EXPIRED = "00000001-4444-4444-8444-444444444444"


@functools.cache
def keys_in(folder):
    return Keys(folder)


def with_keys(seed, folder, _place):
    """Of the tenant's first client a certificate and a federated credential as well; and one whose secret has expired."""
    keys, client = keys_in(folder), seed["clients"][0]
    client["certificate"] = keys.public
    client["federated"] = {"issuer": ISSUER, "subject": SUBJECT, "key": keys.issuer_public}
    expired = {"client_id": EXPIRED, "secret": "old", "secret_expired": True, "permissions": READ}
    seed["clients"].append(expired)


pytestmark = [pytest.mark.usefixtures("together"), pytest.mark.practice(changes=with_keys)]


def login(tenant, environment=None, **options):
    """Run the info task with these connection options; the tenant's own secret is not among them."""
    given = {k: v for k, v in tenant.defaults().items() if k != "client_secret"}
    given = {k: v for k, v in {**given, **options}.items() if v is not None}
    done = tenant.tasks(INFO, arguments=["-vvvv"], given=given, **(environment or {}))
    return done, tenant.log()


def alone(tenant):
    """Makes it a run of its own: what is sent to no tenant is in the log of everybody who shares one."""
    return {"RUN": f"of {tenant.number}"}


def accepted(done):
    assert done.returncode == 0, done.output
    return done.of("0")["named_locations"] == []


def test_client_secret(tenant):
    done, log = login(tenant, client_secret=SECRET)
    assert accepted(done) and len(ansible_run.token_requests(log)) == 1


def test_certificate_in_a_file(tenant):
    keys = keys_in(tenant.home)
    assert accepted(login(tenant, certificate_path=keys.pem)[0])


def test_certificate_as_text(tenant):
    keys = keys_in(tenant.home)
    assert accepted(login(tenant, certificate=pathlib.Path(keys.pem).read_text(encoding="utf-8"))[0])


def test_certificate_with_a_passphrase(tenant):
    keys = keys_in(tenant.home)
    assert accepted(login(tenant, certificate_path=keys.encrypted, certificate_passphrase="open sesame")[0])


def test_a_passphrase_that_the_key_does_not_need(tenant):
    """It may be in the environment for something else."""
    keys = keys_in(tenant.home)
    assert accepted(login(tenant, {"AZURE_CLIENT_CERTIFICATE_PASSWORD": "open sesame"}, certificate_path=keys.pem)[0])


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("elliptic curve", "is no RSA key"),
        ("older form, encrypted", "certificate_passphrase: is missing"),
        ("broken", "cannot be read"),
    ],
)
def test_a_key_that_cannot_be_used(tenant, tmp_path, form, words):
    keys = keys_in(tenant.home)
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
    done, log = login(tenant, certificate_path=str(path))
    assert words in done.of("0")["msg"] and "defect" not in done.screen and log == []


def test_certificate_with_a_wrong_passphrase(tenant):
    keys = keys_in(tenant.home)
    done, log = login(tenant, certificate_path=keys.encrypted, certificate_passphrase="open barley")
    assert done.returncode != 0 and "open barley" not in done.screen and "defect" not in done.screen
    assert "does not open the private key in certificate_path" in done.of("0")["msg"] and log == []


def test_certificate_by_thumbprint_alone(tenant):
    keys = keys_in(tenant.home)
    assert accepted(login(tenant, certificate_path=keys.key_only, certificate_thumbprint=keys.thumbprint)[0])


def test_certificate_with_its_chain_sent(tenant):
    keys = keys_in(tenant.home)
    assert accepted(login(tenant, certificate_path=keys.pem, certificate_send_chain=True)[0])


def test_a_stranger_s_certificate(tenant):
    keys = keys_in(tenant.home)
    done, dummy = login(tenant, certificate_path=keys.stranger)
    failed = done.of("0")
    assert failed["aadsts"] == 700027 and "not one of the application's" in failed["msg"]


def test_federated_token_in_a_file(tenant, tmp_path):
    keys = keys_in(tenant.home)
    (tmp_path / "token").write_text(keys.assertion() + "\n", encoding="utf-8")
    assert accepted(login(tenant, federated_token_file=str(tmp_path / "token"))[0])


def test_federated_token_given(tenant):
    keys = keys_in(tenant.home)
    assert accepted(login(tenant, federated_token=keys.assertion())[0])


def test_federated_token_of_another_subject(tenant):
    keys = keys_in(tenant.home)
    token = keys.assertion("repo:somebody/else")
    done, dummy = login(tenant, federated_token=token)
    assert done.of("0")["aadsts"] in (70021, 700213) and token not in done.screen


def test_given_token(tenant):
    defaults, server = tenant.defaults(), tenant.emulator
    with pytest.MonkeyPatch.context() as patch:
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # they would win over MSAL's verify
            patch.delenv(name, raising=False)
        app = msal.ConfidentialClientApplication(
            defaults["client_id"],
            client_credential=SECRET,
            authority=f"{server.url}/{defaults['tenant_id']}",
            instance_discovery=False,
            verify=str(server.ca_file),
        )
        token = app.acquire_token_for_client([f"{server.url}/.default"])["access_token"]
    done, log = login(tenant, access_token=token)
    assert accepted(done) and ansible_run.token_requests(log) == [] and token not in done.screen


def test_given_token_that_graph_does_not_take(tenant):
    done, log = login(tenant, alone(tenant), access_token="eyJhbGciOiJub25lIn0.e30.x")
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
def test_credentials_of_the_environment(tenant, names):
    defaults = tenant.defaults()
    values = {"tenant": defaults["tenant_id"], "client": defaults["client_id"], "secret": SECRET}
    environment = {name: value.format(**values) for name, value in names.items()}
    done, dummy = login(tenant, environment, tenant_id=None, client_id=None)
    assert accepted(done) and SECRET not in done.screen


def test_a_task_s_own_credential_beats_the_environment(tenant):
    keys = keys_in(tenant.home)
    assert accepted(login(tenant, {"AZURE_CLIENT_SECRET": "of another application"}, certificate_path=keys.pem)[0])


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
        ({"client_secret": "old", "client_id": EXPIRED}, 7000222, "has expired"),
    ],
    ids=["wrong secret", "unknown application", "unknown tenant", "expired secret"],
)
def test_a_refused_login_says_what_its_code_means(tenant, change, code, words):
    done, log = login(tenant, alone(tenant) if "tenant_id" in change else None, **change)
    failed = done.of("0")
    assert done.returncode != 0 and failed["aadsts"] == code and words in failed["msg"]
    assert ansible_run.graph_requests(log) == [] and "Traceback" not in done.screen


def test_a_netrc_on_the_controller_replaces_nothing(tenant, tmp_path):
    (tmp_path / ".netrc").write_text("machine localhost login somebody password else\n", encoding="utf-8")
    (tmp_path / ".netrc").chmod(0o600)
    assert accepted(login(tenant, {"HOME": str(tmp_path)}, client_secret=SECRET)[0])
