# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the environment fills in of the options that every module shares, and where the task wins."""

from __future__ import annotations

import os

import pytest
from given_options import CLIENT, OWN, TENANT, options, problems

from ansible_collections.msp.entra.plugins.plugin_utils import connection
from ansible_collections.msp.entra.plugins.plugin_utils.connection import Connection
from ansible_collections.msp.entra.plugins.plugin_utils.graph import credentials


@pytest.fixture(autouse=True)
def nothing_of_azure_s(monkeypatch):
    for name in list(os.environ):
        if name.startswith("AZURE_"):
            monkeypatch.delenv(name)


ENVIRONMENT = [
    ("tenant_id", "AZURE_TENANT_ID"),
    ("tenant_id", "AZURE_TENANT"),
    ("client_id", "AZURE_CLIENT_ID"),
    ("client_secret", "AZURE_CLIENT_SECRET"),
    ("client_secret", "AZURE_SECRET"),
    ("certificate_path", "AZURE_CLIENT_CERTIFICATE_PATH"),
    ("certificate_passphrase", "AZURE_CLIENT_CERTIFICATE_PASSWORD"),
    ("federated_token_file", "AZURE_FEDERATED_TOKEN_FILE"),
]


def test_every_name_is_in_a_test_here():
    read = {(option, name) for option, names in connection.ENVIRONMENT.items() for name in names}
    assert read - set(ENVIRONMENT) == {
        ("cloud", "AZURE_CLOUD_ENVIRONMENT"),
        ("login_url", "AZURE_AUTHORITY_HOST"),
        ("certificate_send_chain", "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"),
    }


@pytest.mark.parametrize(("option", "name"), ENVIRONMENT)
def test_it_fills_in_what_the_task_leaves_out(monkeypatch, option, name):
    monkeypatch.setenv(name, "from the environment")
    values, said = connection.completed(options())
    assert (values, said) == (options(**{option: "from the environment"}), [])


@pytest.mark.parametrize(("option", "name"), ENVIRONMENT)
def test_the_task_wins(monkeypatch, option, name):
    monkeypatch.setenv(name, "from the environment")
    assert connection.completed(options(**{option: "the task's"}))[0][option] == "the task's"


@pytest.mark.parametrize(
    ("option", "first", "second"),
    [("tenant_id", "AZURE_TENANT_ID", "AZURE_TENANT"), ("client_secret", "AZURE_CLIENT_SECRET", "AZURE_SECRET")],
)
@pytest.mark.parametrize(("set_first", "expected"), [("one", "one"), ("", "two")], ids=["set", "empty"])
def test_the_sdks_spelling_goes_before_awx_s(monkeypatch, option, first, second, set_first, expected):
    monkeypatch.setenv(first, set_first)
    monkeypatch.setenv(second, "two")
    assert connection.completed(options())[0][option] == expected


def test_an_empty_variable_fills_in_nothing(monkeypatch):
    for dummy, name in ENVIRONMENT:
        monkeypatch.setenv(name, "")
    assert connection.completed(options())[0] == options()


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("no", False)])
def test_the_chain_is_a_boolean(monkeypatch, text, value):
    monkeypatch.setenv("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", text)
    assert connection.completed(options())[0]["certificate_send_chain"] is value


def test_false_in_the_task_is_given(monkeypatch):
    monkeypatch.setenv("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "true")
    assert connection.completed(options(certificate_send_chain=False))[0]["certificate_send_chain"] is False


@pytest.mark.parametrize(
    ("text", "cloud"),
    [
        ("AzureCloud", "global"),
        ("azurepubliccloud", "global"),
        ("AzureUSGovernment", "us_government"),
        ("AzureUSGovernmentCloud", "us_government"),
        ("AZURECHINACLOUD", "china"),
        ("us_government_dod", "us_government_dod"),
        ("China", "china"),
    ],
)
def test_a_cloud_in_either_spelling(monkeypatch, text, cloud):
    monkeypatch.setenv("AZURE_CLOUD_ENVIRONMENT", text)
    assert Connection(options(**OWN)).cloud.name == cloud


@pytest.mark.parametrize(
    ("name", "option", "allowed"),
    [
        (
            "AZURE_CLOUD_ENVIRONMENT",
            "cloud",
            "global, us_government, us_government_dod, china, AzureCloud and its like",
        ),
        ("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "certificate_send_chain", "true and false"),
    ],
)
def test_a_value_that_means_nothing(monkeypatch, name, option, allowed):
    monkeypatch.setenv(name, "perhaps")
    assert problems(**OWN) == [f"{option}: {name} in the environment is 'perhaps'; allowed are {allowed}."]


@pytest.mark.parametrize("text", ["login.partner.microsoftonline.cn", "https://login.partner.microsoftonline.cn/"])
def test_an_authority_with_and_without_https(monkeypatch, text):
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", text)
    assert Connection(options(**OWN)).cloud.name == "china"


def test_a_cloud_of_the_task_passes_over_the_environment_s_authority(monkeypatch):
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "login.partner.microsoftonline.cn")
    assert Connection(options(**OWN, cloud="us_government")).cloud.name == "us_government"


@pytest.mark.parametrize(
    ("given", "cloud"),
    [
        pytest.param({"login_url": "https://login.microsoftonline.com"}, "global", id="login_url"),
        pytest.param({"graph_url": "https://dod-graph.microsoft.us"}, "us_government_dod", id="graph_url"),
        pytest.param({"login_url": "https://localhost:1", "graph_url": "https://localhost:2"}, "private", id="both"),
    ],
)
@pytest.mark.parametrize("text", ["AzureChinaCloud", "perhaps"])
def test_an_address_of_the_task_passes_over_the_environment_s_cloud(monkeypatch, text, given, cloud):
    """Also one that means nothing: nobody asks what it says."""
    monkeypatch.setenv("AZURE_CLOUD_ENVIRONMENT", text)
    made = Connection(options(**OWN, **given))
    assert (made.problems, made.cloud and made.cloud.name) == ([], cloud)


def test_an_authority_of_the_environment_beside_graph_of_another_cloud(monkeypatch):
    """Two clouds of Microsoft's are no private pair."""
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "login.microsoftonline.com")
    made = Connection(options(**OWN, graph_url="https://graph.microsoft.us"))
    (problem,) = made.problems
    assert made.cloud is None and problem.startswith("login_url and graph_url: https://login.microsoftonline.com and ")


def test_an_authority_of_the_environment_that_is_no_address(monkeypatch):
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "https://[::1")
    (problem,) = problems(**OWN)
    assert problem.startswith("login_url: 'https://[::1' is not the address of a server")


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("certificate_path", "AZURE_CLIENT_CERTIFICATE_PATH"),
        ("federated_token_file", "AZURE_FEDERATED_TOKEN_FILE"),
    ],
)
def test_a_path_is_expanded_like_one_of_the_task(monkeypatch, tmp_path, option, name):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(name, "~/file")
    assert connection.completed(options())[0][option] == str(tmp_path / "file")


def test_the_task_s_credential_beats_the_environment_s(monkeypatch):
    """Though a token is the kind that is looked for first."""
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "env")
    made = Connection(options(access_token="mine"))
    assert isinstance(made.credential, credentials.GivenToken) and made.problems == []
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", "/nowhere")
    assert isinstance(Connection(options(**OWN)).credential, credentials.ClientSecret)


def test_all_of_it_from_the_environment(monkeypatch):
    for name, value in [("AZURE_TENANT", TENANT), ("AZURE_CLIENT_ID", CLIENT), ("AZURE_SECRET", "env")]:
        monkeypatch.setenv(name, value)
    made = Connection(options())
    assert (made.problems, made.credential.client_secret, made.cloud.name) == ([], "env", "global")
    assert made.secrets == {"env"}
