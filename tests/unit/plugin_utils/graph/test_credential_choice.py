# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which credential the options mean: one kind a task, the task before the environment, and nothing missing."""

from __future__ import annotations

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.graph import credentials
from ansible_collections.msp.entra.plugins.plugin_utils.graph.credentials import (
    Certificate,
    ClientSecret,
    FederatedToken,
    GivenToken,
    ManagedIdentity,
)

WHO = {"tenant_id": "contoso.onmicrosoft.com", "client_id": "11111111-2222-4333-8444-555555555555"}


@pytest.fixture
def pem(pems):
    return pems["key"] + pems["certificate"]


@pytest.fixture
def files(tmp_path, pem):
    """A certificate and a federated token, as files, under the names of their options; and the certificate as text."""
    made = {"certificate_path": tmp_path / "app.pem", "federated_token_file": tmp_path / "token"}
    made["certificate_path"].write_text(pem, encoding="utf-8")
    made["federated_token_file"].write_text("assertion", encoding="utf-8")
    return {option: str(path) for option, path in made.items()} | {"certificate": pem}


def given(files, *options):
    """A value that works for each of these options."""
    values = {
        "client_secret": "secret",
        "federated_token": "assertion",
        "managed_identity": True,
        "access_token": "token",
        **files,
    }
    return {option: values[option] for option in options}


def chosen(options, explicit=()):
    credential, problems = credentials.choose(options, explicit)
    assert problems == []
    return credential


def problems_of(options, explicit=()):
    credential, problems = credentials.choose(options, explicit)
    assert credential is None
    return problems


KINDS = [
    ("access_token", GivenToken),
    ("client_secret", ClientSecret),
    ("certificate_path", Certificate),
    ("certificate", Certificate),
    ("federated_token_file", FederatedToken),
    ("federated_token", FederatedToken),
    ("managed_identity", ManagedIdentity),
]


@pytest.mark.parametrize("explicit", [True, False], ids=["task", "environment"])
@pytest.mark.parametrize(("option", "kind"), KINDS)
def test_the_kind_that_an_option_names(files, option, kind, explicit):
    options = WHO | given(files, option)
    credential = chosen(options, [option] if explicit else [])
    assert credential.__class__ == kind
    assert getattr(credential, option) == options[option]
    assert (credential.tenant_id, credential.client_id) == (WHO["tenant_id"], WHO["client_id"])


def test_every_kind_is_in_the_table():
    assert [option for option, dummy in KINDS] == [option for kind in credentials.KINDS for option in kind.OPTIONS]


def test_the_other_options_of_a_kind_come_along(pem):
    more = {"certificate_passphrase": "sesame", "certificate_thumbprint": "AB" * 20, "certificate_send_chain": True}
    credential = chosen(WHO | {"certificate": pem, "client_secret": None} | more)
    assert {name: getattr(credential, name) for name in more} == more


def test_an_option_that_is_not_given_leaves_the_default(pem):
    """Options that nobody gave are there, as None."""
    credential = chosen(WHO | {"certificate": pem, "certificate_send_chain": None, "certificate_path": None})
    assert credential.certificate_send_chain is False


@pytest.mark.parametrize("own", [option for option, dummy in KINDS])
@pytest.mark.parametrize("other", [option for option, dummy in KINDS])
def test_what_the_task_gives_beats_the_environment(files, own, other):
    """Also between two options of one kind: a certificate as text is not overruled by a path in the environment."""
    options = WHO | given(files, own, other)
    credential = chosen(options, [own, "tenant_id", "client_id"])
    assert credential.__class__ == dict(KINDS)[own]
    assert getattr(credential, own) == options[own]
    if other != own and hasattr(credential, other):
        assert getattr(credential, other) is None


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (["client_secret", "access_token"], GivenToken),
        (["certificate_path", "client_secret"], ClientSecret),
        (["federated_token_file", "certificate_path"], Certificate),
        (["managed_identity", "federated_token_file"], FederatedToken),
        (["managed_identity", "federated_token_file", "certificate_path", "client_secret"], ClientSecret),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_environment_may_hold_several_and_the_first_kind_is_used(files, options, kind):
    """In the order that the documentation gives; naming the tenant in the task does not make them the task's own."""
    assert chosen(WHO | given(files, *options), ["tenant_id"]).__class__ == kind


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["client_secret", "certificate"], "client_secret and certificate"),
        (["certificate_path", "certificate"], "certificate_path and certificate"),
        (["federated_token_file", "federated_token"], "federated_token_file and federated_token"),
        (["managed_identity", "access_token"], "access_token and managed_identity"),
        (
            ["client_secret", "certificate", "managed_identity"],
            "client_secret and certificate and managed_identity",
        ),
    ],
    ids=["two kinds", "two certificates", "two federated tokens", "token and identity", "three"],
)
def test_two_in_one_task(files, options, named):
    assert problems_of(WHO | given(files, *options), options) == [
        f"credentials: {named} are given together; give one of them."
    ]


EMPTY = (
    "is given and empty, as a lookup of an environment variable is that is not set. "
    "Set it in the shell that runs this (export NAME=...), or give a value."
)


def test_what_is_given_and_empty_is_named():
    """As by a template of a variable of the environment that is not set."""
    (problem,) = problems_of(WHO | {"client_secret": ""}, ["client_secret"])
    assert problem == f"client_secret: {EMPTY}"


@pytest.mark.parametrize("empty", ["access_token", "client_secret", "certificate", "federated_token_file"])
@pytest.mark.parametrize("own", [True, False], ids=["task", "environment"])
def test_what_is_given_and_empty_is_not_taken_for_left_out(files, empty, own):
    """Whoever gives a token means to call as its owner, and not as the application that another variable names."""
    for other in {"client_secret", "certificate_path", "managed_identity"} - {empty}:
        options = WHO | given(files, other) | {empty: ""}
        assert problems_of(options, [empty, other] if own else [empty]) == [f"{empty}: {EMPTY}"]


@pytest.mark.parametrize("option", ["managed_identity", "access_token"])
def test_an_identity_that_leads_nowhere_is_not_another(files, option):
    """Without a client_id, a managed identity is the machine's own."""
    options = {"tenant_id": "", "client_id": ""} | given(files, option)
    assert problems_of(options, [option, "tenant_id", "client_id"]) == [f"tenant_id: {EMPTY}", f"client_id: {EMPTY}"]


@pytest.mark.parametrize("value", [None, False], ids=repr)
def test_none_given(value):
    """managed_identity: false is none."""
    options = WHO | {option: value for option, dummy in KINDS}
    (problem,) = problems_of(options, list(options))
    assert problem.startswith("credentials: none given; one of access_token, client_secret, certificate_path, ")
    assert "managed_identity" in problem and "AZURE_CLIENT_SECRET" in problem


@pytest.mark.parametrize("option", [option for option, kind in KINDS if kind.NEEDS])
def test_tenant_and_client_are_needed(files, option):
    problems = problems_of({"tenant_id": None, "client_id": None} | given(files, option), [option])
    needs = f"login by {dict(KINDS)[option].NAME} needs it"
    assert problems == [
        f"tenant_id: is missing; {needs} (AZURE_TENANT_ID in the environment does as well).",
        f"client_id: is missing; {needs} (AZURE_CLIENT_ID in the environment does as well).",
    ]


def test_all_that_is_empty_is_said_at_once(files):
    options = dict.fromkeys(("tenant_id", "client_id", "client_secret"), "")
    assert problems_of(options, list(options)) == [f"{option}: {EMPTY}" for option in options]


@pytest.mark.parametrize("option", ["managed_identity", "access_token"])
def test_tenant_and_client_are_not_needed(files, option):
    assert chosen({"tenant_id": None, "client_id": None} | given(files, option), [option])


def test_what_is_missing_and_what_is_wrong_are_said_together(tmp_path):
    problems = problems_of({"tenant_id": "t", "client_id": None, "federated_token_file": str(tmp_path / "nothing")})
    assert [problem.partition(":")[0] for problem in problems] == ["client_id", "federated_token_file"]


def test_a_federated_token_file_that_is_not_there(tmp_path):
    path = str(tmp_path / "nothing")
    assert problems_of(WHO | {"federated_token_file": path}) == [
        f"federated_token_file: '{path}' is not there or cannot be read."
    ]


@pytest.mark.parametrize("token", ["Bearer abc", "abc\n", "\tabc", "ab\r\nc", " "], ids=repr)
def test_a_given_token_with_white_space(token):
    (problem,) = problems_of({"access_token": token})
    assert problem.startswith("access_token: has white space in it; give the bare token")
    # Of a token, not even a piece goes into the message.
    assert "abc" not in problem


@pytest.mark.parametrize("token", ["abc\u00e9", "\ufeffabc", "abc\u2026"], ids=ascii)
def test_a_given_token_that_was_changed_on_its_way(token):
    (problem,) = problems_of({"access_token": token})
    assert problem == "access_token: has a character in it that no token has; it was changed on its way here."


def test_a_bare_token_is_fine():
    assert chosen({"access_token": "eyJ0.eyJh.c2ln-_"}).access_token == "eyJ0.eyJh.c2ln-_"
