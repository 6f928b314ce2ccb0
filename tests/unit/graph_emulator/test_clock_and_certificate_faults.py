# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults of the server as a whole: its clock is wrong, or its certificate is nobody's that clients trust."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import jwt
import pytest
import requests
from graph_calls import (
    ALL_PERMISSIONS,
    LOCATIONS,
    POLICIES,
    SECRET,
    TIMEOUT,
    GraphCaller,
    Keys,
    client_id,
    created,
    ip_location,
    policy,
    tenant_document,
    tenant_id,
)

from graph_emulator.launch import RunningEmulator

Launch = Callable[..., RunningEmulator]
AHEAD = 7200
BY_CERTIFICATE = client_id(1)
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
RULE = {"path": "^/organization$", "status": 503, "retry_after": 30, "retry_after_date": True}


@pytest.fixture(scope="module")
def ahead(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Iterator[GraphCaller]:
    """A server whose clock is two hours ahead."""
    folder = tmp_path_factory.mktemp("ahead")
    (folder / "client.pem").write_text(keys.certificate)
    clients = [
        {"client_id": client_id(0), "secret": SECRET, "permissions": ALL_PERMISSIONS},
        {"client_id": BY_CERTIFICATE, "certificate": str(folder / "client.pem")},
    ]
    signed_in = {"user": "dana@t0.example", "app": "Syncro SSO", "ip": "198.51.100.7", "at": "-5s"}
    seed = {"tenants": [tenant_document(0, clients=clients, sign_ins=[signed_in])]}
    faults = {"clock_skew_seconds": AHEAD, "faults": [RULE]}
    with RunningEmulator(seed, directory=folder, faults=faults) as running:
        yield GraphCaller(running, tenant_id(0))


def is_ahead(moment: datetime | str | float) -> bool:
    """Tell whether a moment is two hours from now, give or take half a minute."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment[:26].rstrip("Z") + "+00:00")
    seconds = moment.timestamp() if isinstance(moment, datetime) else moment
    return abs(seconds - time.time() - AHEAD) < 30


def test_headers_dates_and_errors_show_the_wrong_clock(ahead: GraphCaller) -> None:
    answer = ahead.get("users")
    assert is_ahead(parsedate_to_datetime(answer.headers["Date"]))
    assert "," in answer.headers["Date"] and answer.headers["Date"].count("GMT") == 1, "one Date header"
    wait = parsedate_to_datetime(ahead.get("organization").headers["Retry-After"])
    assert is_ahead(wait.timestamp() - RULE["retry_after"])
    assert is_ahead(ahead.get("users/nobody").json()["error"]["innerError"]["date"])
    assert is_ahead(parsedate_to_datetime(ahead.token_answer().headers["Date"]))
    assert is_ahead(ahead.token_answer(client_secret="wrong").json()["timestamp"].replace(" ", "T"))


def test_objects_are_dated_by_the_wrong_clock(ahead: GraphCaller) -> None:
    made = created(ahead, LOCATIONS, ip_location())
    assert is_ahead(made["createdDateTime"])
    policy_id = created(ahead, POLICIES, policy())["id"]
    assert ahead.patch(f"{POLICIES}/{policy_id}", {"state": "disabled"}).status_code == 204
    assert is_ahead(ahead.get(f"{POLICIES}/{policy_id}").json()["modifiedDateTime"])
    assert ahead.delete(f"{POLICIES}/{policy_id}").status_code == 204
    deleted = ahead.get(f"identity/conditionalAccess/deletedItems/policies/{policy_id}").json()
    assert is_ahead(deleted["deletedDateTime"])


def test_tokens_are_dated_by_the_wrong_clock_and_work(ahead: GraphCaller) -> None:
    claims = jwt.decode(ahead.token, options={"verify_signature": False})
    assert is_ahead(claims["iat"]) and is_ahead(claims["nbf"] + 300) and is_ahead(claims["exp"] - 3600)
    assert ahead.get("users").status_code == 200


def test_sign_ins_are_logged_by_the_wrong_clock(ahead: GraphCaller) -> None:
    (seeded,) = ahead.values("auditLogs/signIns")
    assert is_ahead(seeded["createdDateTime"])
    done = ahead.emulator.sign_in("t0.example", user="dana@t0.example", app="Syncro SSO", ip="198.51.100.7")
    entry = ahead.get(f"auditLogs/signIns/{done['entry_id']}").json()
    assert is_ahead(done["at"]) and is_ahead(entry["createdDateTime"])


def test_the_request_log_keeps_the_true_time(ahead: GraphCaller) -> None:
    ahead.emulator.clear()
    ahead.get("users")
    (line,) = [one for one in ahead.emulator.requests() if one["path"] == "/v1.0/users"]
    assert abs(datetime.fromisoformat(line["time"].replace("Z", "+00:00")).timestamp() - time.time()) < 30


def assertion(graph: GraphCaller, keys: Keys, begins: int, lasts: int) -> Any:
    """Ask for a token with an assertion that begins at that moment."""
    audience = f"{graph.emulator.url}/{tenant_id(0)}/oauth2/v2.0/token"
    claims = {"iss": BY_CERTIFICATE, "sub": BY_CERTIFICATE, "aud": audience, "nbf": begins, "exp": begins + lasts}
    thumbprint = jwt.utils.base64url_encode(bytes.fromhex(keys.sha1)).decode()
    signed = jwt.encode(claims, keys.private, "RS256", headers={"x5t": thumbprint})
    form = {"client_assertion": signed, "client_assertion_type": ASSERTION, "client_secret": None}
    return GraphCaller(graph.emulator, tenant_id(0), BY_CERTIFICATE).token_answer(**form)


@pytest.mark.parametrize(
    ("begins", "lasts", "status"),
    [(-60, 600, 401), (-60, AHEAD + 600, 200), (AHEAD - 60, 600, 200), (AHEAD + 300, 600, 401)],
    ids=["over long ago", "long enough", "by the server's clock", "not yet"],
)
def test_assertions_are_judged_by_the_wrong_clock(
    ahead: GraphCaller, keys: Keys, begins: int, lasts: int, status: int
) -> None:
    first = int(time.time()) + begins
    answer = assertion(ahead, keys, first, lasts)
    assert answer.status_code == status, answer.text
    if status == 401:
        text = answer.json()["error_description"]
        assert text.startswith("AADSTS700024: Client assertion is not within its valid time range. Current time: ")
        begin, end = (datetime.fromtimestamp(one, UTC).strftime("%Y-%m-%dT%H:%M:%S") for one in (first, first + lasts))
        assert f", assertion valid from {begin}.0000000Z, expiry time of assertion {end}.0000000Z. Review " in text
        assert is_ahead(text.partition("Current time: ")[2][:28])


def test_a_clock_that_is_behind(launch: Launch) -> None:
    graph = GraphCaller(launch(faults={"clock_skew_seconds": -AHEAD}), tenant_id(0))
    answer = graph.get("users")
    assert abs(parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time() + AHEAD) < 30
    assert answer.status_code == 200


def test_the_clock_of_a_running_server_can_be_set(faults: GraphCaller) -> None:
    faults.emulator.set_faults({"clock_skew_seconds": AHEAD})
    assert is_ahead(parsedate_to_datetime(faults.get("users").headers["Date"]))
    faults.emulator.set_faults({})
    assert abs(parsedate_to_datetime(faults.get("users").headers["Date"]).timestamp() - time.time()) < 30


def test_a_token_ends_by_the_servers_clock(faults: GraphCaller) -> None:
    faults.emulator.set_faults({"clock_skew_seconds": AHEAD})
    error = faults.get("users").json()["error"]
    assert error["message"] == "Lifetime validation failed, the token is expired."


def trusted(graph: GraphCaller, ca_file: str) -> bool:
    url = f"{graph.emulator.url}/{graph.tenant}/v2.0/.well-known/openid-configuration"
    try:
        return requests.get(url, verify=ca_file, timeout=TIMEOUT).status_code == 200
    except requests.exceptions.SSLError as refused:
        assert "CERTIFICATE_VERIFY_FAILED" in str(refused)
        return False


def test_a_certificate_of_an_authority_that_clients_do_not_trust(launch: Launch) -> None:
    graph = GraphCaller(launch(faults={"certificate": "unknown_authority"}), tenant_id(0))
    with pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        graph.token_answer()
    assert graph.emulator.requests() == [], "no client got as far as a request"
    done = graph.emulator.sign_in("t0.example", user="dana@t0.example", app="Syncro SSO", ip="198.51.100.7")
    assert done["outcome"] == "succeeded", "practice calls get through all the same"
    assert trusted(graph, graph.emulator.signing_ca_file)


def test_the_certificate_of_a_running_server_can_be_changed(faults: GraphCaller) -> None:
    emulator = faults.emulator
    for _round in range(2):
        emulator.set_faults({"certificate": "unknown_authority"})
        assert not trusted(faults, emulator.ca_file)
        assert trusted(faults, emulator.signing_ca_file)
        emulator.set_faults({"certificate": "unknown_authority", "faults": [{"path": "^/users", "status": 503}]})
        assert trusted(faults, emulator.signing_ca_file)
        emulator.set_faults({})
        assert emulator.signing_ca_file == emulator.ca_file
        assert trusted(faults, emulator.ca_file)
