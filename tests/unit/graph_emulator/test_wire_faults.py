# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults below HTTP: answers that come byte by byte, damaged TLS, closed handshakes."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator

import pytest
import requests
from graph_calls import LOCATIONS, TIMEOUT, GraphCaller, ip_location

DRIPS = {
    "dripping": b"\r\nContent-Length: 60000\r\n\r\n ",
    "dripping_headers": b"\r\nX-Slow:  ",
    "dripping_chunk": b"\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n ",
    "dripping_until_close": b"\r\n\r\n ",
}


@contextlib.contextmanager
def asking(graph: GraphCaller) -> Iterator[ssl.SSLSocket]:
    """A connection on which the users have been asked for."""
    host = graph.emulator.url.removeprefix("https://")
    context = ssl.create_default_context(cafile=graph.emulator.ca_file)
    authorization = f"Authorization: Bearer {graph.token}"
    with (
        socket.create_connection(("localhost", int(host.partition(":")[2])), TIMEOUT) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as wrapped,
    ):
        wrapped.sendall(f"GET /v1.0/users HTTP/1.1\r\nHost: {host}\r\n{authorization}\r\n\r\n".encode())
        yield wrapped


@pytest.mark.parametrize("body", DRIPS)
def test_an_answer_comes_byte_by_byte(faults: GraphCaller, body: str) -> None:
    faults.emulator.set_faults({"faults": [{"path": "^/users", "body": body}]})
    with asking(faults) as wrapped:
        came = b""
        while not came.endswith(DRIPS[body]):
            came += wrapped.recv(1)
        assert [wrapped.recv(9) for dummy in range(5)] == [b" "] * 5


def test_a_create_is_carried_out_and_its_answer_cannot_be_decrypted(faults: GraphCaller) -> None:
    faults.emulator.set_faults({"faults": [{"path": "namedLocations$", "method": "POST", "body": "damaged"}]})
    with pytest.raises(requests.exceptions.SSLError, match="BAD_RECORD_MAC"):
        faults.post(LOCATIONS, ip_location("Damaged"))
    assert [one["displayName"] for one in faults.values(LOCATIONS)] == ["Damaged"]


def test_so_many_handshakes_are_closed(faults: GraphCaller) -> None:
    faults.emulator.set_faults({"closed_handshakes": 2})
    url = f"{faults.emulator.url}/{faults.tenant}/v2.0/.well-known/openid-configuration"
    seen = []
    for dummy in range(3):
        try:
            seen.append(requests.get(url, verify=faults.emulator.ca_file, timeout=TIMEOUT).status_code)
        except requests.exceptions.SSLError as refused:
            seen.append("EOF" in str(refused))
    assert seen == [True, True, 200]
