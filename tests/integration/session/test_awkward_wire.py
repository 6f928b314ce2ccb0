# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that drip, break TLS, or refuse a token in the middle of a batch."""

from __future__ import annotations

import socket
import threading

import pytest
from test_transport_faults import LOCATIONS, OFFICE, policy

from ansible_collections.msp.entra.plugins.plugin_utils.graph.transport import Broken, NeverSent, Transport

pytestmark = pytest.mark.one_ansible

INFO = {"msp.entra.named_location_info": {}}
DISCOVERY, TOKEN = "/openid-configuration$", "/oauth2/v2.0/token$"


@pytest.fixture
def ask(of):
    """One GET by a transport with a fifth of a second for each piece of an answer, so that the whole has one second."""
    transports = []

    def get(*rules, **more):
        tenant = of(*rules, **more)
        transports.append(Transport(str(tenant.emulator.ca_file), 0.2))
        return transports[-1].get(f"{tenant.emulator.url}/{tenant.id}/v2.0/.well-known/openid-configuration")

    yield get
    for transport in transports:
        transport.close()


@pytest.mark.parametrize("body", ["dripping", "dripping_headers", "dripping_chunk", "dripping_until_close"])
def test_an_answer_that_drips_is_broken_off(ask, body):
    threads = threading.active_count()
    with pytest.raises(Broken, match="was still answering after 1 s, 5 times the request_timeout"):
        ask({"path": DISCOVERY, "body": body})
    assert threading.active_count() == threads


def test_a_proxy_that_drips_is_broken_off(ask, monkeypatch):
    """Its answer comes before there is TLS; nothing was sent to the server then."""
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def drip():
            client = proxy.accept()[0]
            with client:
                client.sendall(b"HTTP/1.1 200 ")
                client.settimeout(0.05)
                while True:
                    try:
                        client.sendall(b"O")
                        if not client.recv(4096):
                            return
                    except TimeoutError:
                        continue
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "")
        with pytest.raises(NeverSent, match="no TLS connection came about"):
            ask()
        thread.join()


def test_a_damaged_record_is_an_answer_that_was_lost(ask):
    with pytest.raises(
        Broken, match=r"The connection to https://localhost:\d+ broke: decryption failed or bad record mac\."
    ) as caught:
        ask({"path": DISCOVERY, "body": "damaged"})
    assert "certificate" not in str(caught.value)


@pytest.mark.usefixtures("together")
def test_a_task_ends_at_a_login_and_at_a_graph_that_drip(tenant):
    impatient = {"request_timeout": 1, "wait_timeout": 2}
    for path, body in ((TOKEN, "dripping_headers"), ("^/identity/", "dripping")):
        tenant.meets({"path": path, "body": body})
        done = tenant.tasks({"msp.entra.named_location_info": impatient})
        assert "still answering after 5 s" in done.of("0")["msg"] and "wait_timeout" in done.of("0")["msg"]


def test_a_handshake_that_is_closed_is_tried_again(of):
    assert of(closed_handshakes=2).results(INFO)[0]["named_locations"] == []
    message = of(closed_handshakes=4).tasks(INFO).of("0")["msg"]
    assert (
        "Login failed after 4 tries" in message
        and "no TLS connection came about" in message
        and "certificate" not in message
    )


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize(
    "fault", [{"body": "damaged"}, {"body": "dripping", "name": "drip"}, {"status": 408}], ids=["TLS", "drip", "408"]
)
def test_a_create_whose_outcome_is_not_known_is_looked_for(tenant, fault):
    tenant.meets({"method": "POST", "path": LOCATIONS, "nth": [1], **fault})
    (made,) = tenant.results({"msp.entra.named_location": {**OFFICE["msp.entra.named_location"], "request_timeout": 1}})
    assert made["changed"] and [one["id"] for one in tenant.locations()] == [made["named_location"]["id"]]


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("status", [408, 409, 423, 425])
def test_a_read_is_tried_again(tenant, status):
    tenant.meets({"method": "GET", "path": LOCATIONS, "nth": [1], "status": status})
    assert tenant.results(INFO)[0]["requests"]["count"] == 2


@pytest.mark.usefixtures("together")
def test_a_token_that_runs_out_in_a_batch_is_renewed(tenant):
    tenant.results(OFFICE)
    tenant.meets({"path": "^/users", "nth": [1], "expire_tokens": True})
    (made,) = tenant.results(policy(tenant), arguments=["--check"])
    assert made["changed"]
    parts = [
        (line["path"].partition("?")[0].rpartition("/")[2], line["status"])
        for line in tenant.log()
        if line.get("batch")
    ]
    assert ("users", 401) in parts and ("users", 200) in parts
    assert len([line for line in tenant.log() if line["path"].endswith("/token")]) == 2


@pytest.mark.usefixtures("together")
def test_a_given_token_that_runs_out_in_a_batch(tenant):
    tenant.results(OFFICE)
    token = tenant.token()
    tenant.meets({"path": "^/users", "nth": [1], "expire_tokens": True})
    given = {name: value for name, value in tenant.defaults().items() if not name.startswith("client")}
    done = tenant.tasks(policy(tenant), given={**given, "access_token": token})
    message = done.of("0")["msg"]
    assert "does not take the access_token that was given" in message and "GET /users" in message
    tenant.meets()
    assert done.of("0")["failure_kind"] == "login" and tenant.policies() == []
