# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A login that fails: what the person reads, and how often the login server is asked."""

from __future__ import annotations

import dataclasses
import functools
import os
import re

import pytest
import requests
from fake_transport import CLOUD, Watch, Wire, answer

from ansible_collections.msp.entra.plugins.plugin_utils import host_connection
from ansible_collections.msp.entra.plugins.plugin_utils.graph import login as login_module
from ansible_collections.msp.entra.plugins.plugin_utils.graph.credentials import Credential
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import LoginError, OutOfPatience, Unreachable
from ansible_collections.msp.entra.plugins.plugin_utils.graph.login import AADSTS, Login
from ansible_collections.msp.entra.plugins.plugin_utils.graph.third_party import MsalError
from ansible_collections.msp.entra.plugins.plugin_utils.graph.transport import Broken, NeverSent

URL = "https://login.test/t/oauth2/v2.0/token"
TRIES = 4


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class Answered(Credential):
    """A credential whose flow ends in a ready answer or exception."""

    NAME = "fake"
    outcome: object = None

    def request_token(self, http, cloud, cache):
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class Posting(Credential):
    """A credential that posts once, as MSAL does, and ends as MSAL does where it cannot read what comes back."""

    NAME = "fake"
    complains: bool = False

    def request_token(self, http, cloud, cache):
        got = http.post(URL, data={"grant_type": "client_credentials"}, timeout=None)
        if self.complains:
            raise ValueError("Unable to get authority configuration.")
        return got.json()


@pytest.fixture(autouse=True)
def no_token_yet(token_file):
    """None of a test before, and none for a test after."""


def refused(outcome, **who):
    credential = Answered(**{"tenant_id": "contoso.example", "client_id": "app", **who}, outcome=outcome)
    with pytest.raises(LoginError) as caught:
        Login(credential, CLOUD, Wire(), Watch()).token()
    return caught.value


@pytest.mark.parametrize("code", AADSTS)
def test_a_code_is_explained_and_entra_s_words_are_kept(code):
    described = f"AADSTS{code}: Entra's own words.\r\nTrace ID: 1"
    error = refused({"error": "any", "error_description": described, "error_codes": [code]})
    assert (error.aadsts, error.facts()) == (code, {"aadsts": code})
    meaning = re.sub("[{}]", "", AADSTS[code])
    assert f"{meaning} Entra says: AADSTS{code}: Entra's own words. Trace ID: 1" in str(error)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (90002, "There is no such tenant in this cloud; check entra_tenant_id and entra_cloud."),
        (700016, "This tenant has no application with that entra_client_id; check both"),
    ],
)
def test_the_options_are_told_as_they_are_written(code, words):
    """And nothing else that is called like one: neither in our words nor in Entra's."""
    host = functools.partial(host_connection.as_written, arguments={"from_variables": "entra_"})
    described = f"AADSTS{code}: tenant_id, cloud"
    error = refused({"error": "any", "error_description": described, "error_codes": [code]})
    told = error.named(host)
    assert words in str(told) and described in str(told) and (told.aadsts, told.kind) == (code, "login")
    task = functools.partial(host_connection.as_written, arguments={"tenant_id": "t", "client_id": "c", "cloud": "d"})
    assert str(error.named(task)) == str(error) == str(told).replace("entra_", "")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (7000215, "give the secret's value, not its id"),
        (7000222, "has expired"),
        (700016, "no application with that client_id"),
        (90002, "no such tenant"),
        (700027, "upload its public part"),
        (53003, "Conditional Access policy blocks this login"),
    ],
)
def test_what_the_common_codes_mean(code, words):
    """Of the table itself, so that two of its rows cannot change places unseen."""
    assert words in str(refused({"error": "any", "error_codes": [code]}))


@pytest.mark.parametrize(
    ("answered", "code"),
    [
        pytest.param({"error": "e", "error_description": "AADSTS7000215: wrong"}, 7000215, id="in the text alone"),
        pytest.param({"error": "e", "error_description": "AADSTS1: a", "error_codes": [90002, 2]}, 90002, id="first"),
        pytest.param({"error": "e", "error_description": "no code"}, None, id="none"),
        pytest.param({"error": "e", "error_description": "x", "error_codes": []}, None, id="empty list"),
        pytest.param({"error": "e", "error_description": "x", "error_codes": [123]}, 123, id="unknown"),
    ],
)
def test_where_the_code_comes_from(answered, code):
    error = refused(answered)
    assert (error.aadsts, error.facts()) == (code, {"aadsts": code} if code else {})


@pytest.mark.parametrize(
    ("answered", "words"),
    [
        ({"error": "invalid_client", "error_description": "described"}, "Entra says: described"),
        ({"error": "invalid_client"}, "Entra says: invalid_client"),
        ({}, "Entra says: no reason given"),
    ],
    ids=["described", "error only", "nothing"],
)
def test_entra_s_words(answered, words):
    assert str(refused(answered)).endswith(words)


def test_who_and_where_are_named():
    assert str(refused({})).startswith(
        "Microsoft Entra gave no token to application app in tenant contoso.example at https://login.test (login by fake)."
    )


def test_a_machine_without_client_and_tenant():
    error = refused({"error": "no identity"}, tenant_id=None, client_id=None)
    assert "to this machine in tenant (none given) at" in str(error)


@pytest.mark.parametrize("raised", [ValueError("bad key"), MsalError("bad key"), requests.ConnectionError("bad key")])
def test_what_msal_raises_is_a_refused_login(raised):
    assert str(refused(raised)).endswith("Entra says: bad key")


def test_a_file_that_went_away_in_between():
    """The federated token's file, such as when its platform is just replacing it."""
    error = refused(FileNotFoundError(2, "No such file or directory", "/run/token"))
    assert str(error) == "Login by fake failed: [Errno 2] No such file or directory: '/run/token'."


def test_a_refused_login_leaves_no_token_behind(token_file):
    refused({"error": "no"})
    assert os.fstat(token_file).st_size == 0


def over(*script, budget=1000.0, complains=False):
    """A login over a wire; returns how to get the token, the wire, and the waits."""
    wire, watch = Wire(*script), Watch(budget)
    login = Login(Posting(tenant_id="t", client_id="c", complains=complains), CLOUD, wire, watch)
    return login.token, wire, watch.waits


GOOD = {"access_token": "good", "expires_in": 3600}


@pytest.mark.parametrize(
    ("trouble", "waits"),
    [
        pytest.param(answer(429, Retry_After="4"), [4.4], id="429 that says when"),
        pytest.param(answer(429), [0.5], id="429 that does not"),
        pytest.param(answer(500), [0.5], id="500"),
        pytest.param(answer(503, Retry_After="20"), [21.0], id="503 that says when"),
        pytest.param(NeverSent("no connection"), [0.5], id="no connection"),
        pytest.param(Broken("cut off"), [0.5], id="cut off"),
    ],
)
def test_trouble_that_passes(trouble, waits):
    """Also a cut-off answer: asking for a token twice does no harm."""
    token, wire, waited = over(trouble, answer(200, GOOD))
    assert token() == "good"
    assert (len(wire.sent), waited) == (2, waits)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        pytest.param(answer(503), "The login service answered 503 4 times in a row.", id="503"),
        pytest.param(NeverSent("No route."), "Login failed after 4 tries. No route.", id="no connection"),
        pytest.param(Broken("Cut off."), "Login failed after 4 tries. Cut off.", id="cut off"),
    ],
)
def test_trouble_that_stays(trouble, words):
    token, wire, waited = over(*[trouble] * TRIES)
    with pytest.raises(Unreachable) as caught:
        token()
    assert str(caught.value) == words
    assert (len(wire.sent), waited) == (TRIES, [0.5, 1.0, 2.0])


def test_a_login_service_that_asks_to_wait_is_waited_for_as_long_as_the_task_may():
    token, wire, waited = over(*[answer(429, Retry_After="10")] * 7, budget=60)
    with pytest.raises(OutOfPatience, match=r"The login service answered 429\. Gave up: waited 55\.0 s in all"):
        token()
    assert (len(wire.sent), waited) == (6, [11.0] * 5)


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_refusal_is_not_asked_for_again(status):
    token, wire, waited = over(answer(status, {"error": "e", "error_description": "AADSTS700016: no"}))
    with pytest.raises(LoginError, match="no application with that client_id"):
        token()
    assert (len(wire.sent), waited) == (1, [])


def test_the_timeout_is_the_transport_s_and_not_msal_s():
    """MSAL passes its own None, which would be no limit at all."""
    token, wire, dummy = over(answer(200, GOOD))
    token()
    assert wire.sent[0].arguments == {"data": {"grant_type": "client_credentials"}}


def test_entra_s_complaint_is_shown_in_place_of_msal_s_words():
    body = {"error": "invalid_tenant", "error_description": "AADSTS90002: Tenant 't' not found."}
    token, dummy, dummy = over(answer(400, body), complains=True)
    with pytest.raises(LoginError) as caught:
        token()
    assert caught.value.aadsts == 90002 and "Tenant 't' not found" in str(caught.value)


@pytest.mark.parametrize(
    "got",
    [
        answer(200, {"error": "in a success"}),
        answer(404, content=b"<html>"),
        answer(404, ["a list"]),
        answer(404, {"message": "of another kind"}),
    ],
    ids=["success", "not JSON", "list", "no error in it"],
)
def test_without_a_complaint_msal_s_words_are_shown(got):
    token, dummy, dummy = over(got, complains=True)
    with pytest.raises(LoginError, match="Entra says: Unable to get authority configuration"):
        token()


def test_tries_that_take_long_use_up_the_patience(monkeypatch):
    """A login that drips takes minutes for one try."""
    now = iter(range(0, 10000, 300))
    monkeypatch.setattr(login_module.time, "monotonic", lambda: float(next(now)))
    token, wire, waited = over(Broken("Still answering."), budget=120)
    with pytest.raises(OutOfPatience, match=r"^Still answering\. Gave up: waited 300\.0 s in all"):
        token()
    assert (len(wire.sent), waited) == (1, [])
