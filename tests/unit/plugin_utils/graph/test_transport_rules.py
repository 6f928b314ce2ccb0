# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transport's rules: https only, no redirect, no .netrc, always a timeout; and which failure is which error."""

from __future__ import annotations

import http.client
import io
import socket
import ssl

import pytest
import requests
from fake_transport import answer
from requests.adapters import BaseAdapter
from urllib3.exceptions import (
    LocationParseError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
)
from urllib3.exceptions import SSLError as TlsError

from ansible_collections.msp.entra.plugins.plugin_utils.graph import remedies
from ansible_collections.msp.entra.plugins.plugin_utils.graph import transport as transport_module
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import Unreachable
from ansible_collections.msp.entra.plugins.plugin_utils.graph.transport import (
    BearerToken,
    Broken,
    NeverSent,
    Transport,
)

URL = "https://graph.test/v1.0/users?$filter=secret"


class Counting(io.BytesIO):
    """Content that knows how much of it was read."""

    taken = 0

    def read(self, *arguments):
        piece = super().read(*arguments)
        self.taken += len(piece)
        return piece


class Adapter(BaseAdapter):
    """Where requests would go to the network."""

    def __init__(self, outcome):
        super().__init__()
        self.outcome = outcome
        self.sent = []

    def send(self, request, **arguments):
        self.sent.append((request, arguments))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        self.outcome.request, self.outcome.url = request, request.url
        # As it comes from the wire: not read yet.
        self.outcome.raw = Counting(self.outcome.content)
        self.outcome._content, self.outcome._content_consumed = False, False
        return self.outcome

    def close(self):
        self.closed = True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch, tmp_path):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))


def over(outcome, timeout=60.0):
    """A transport whose requests end in ``outcome``."""
    transport, adapter = Transport(timeout=timeout), Adapter(outcome)
    transport._session.mount("https://", adapter)
    transport._session.mount("http://", adapter)
    return transport, adapter


@pytest.mark.parametrize("status", [200, 204, 400, 401, 404, 429, 500, 503])
def test_an_answer_of_any_status_is_an_answer(status):
    transport, adapter = over(answer(status))
    assert transport.send("GET", URL).status_code == status
    assert len(adapter.sent) == 1


def test_an_answer_is_there_whole():
    transport, dummy = over(answer(201, content='{"name": "Büro"}'.encode(), Retry_After="3"))
    received = transport.send("POST", URL)
    assert (received.status_code, received.json(), received.headers["retry-after"]) == (201, {"name": "Büro"}, "3")
    assert received.text == '{"name": "Büro"}'


@pytest.mark.parametrize(("status", "raises"), [(200, False), (404, True), (503, True)])
def test_what_msal_asks_of_a_status(status, raises):
    transport, dummy = over(answer(status))
    received = transport.get(URL)
    if raises:
        with pytest.raises(requests.exceptions.HTTPError, match=str(status)):
            received.raise_for_status()
    else:
        received.raise_for_status()


@pytest.mark.parametrize(("size", "taken"), [(100, True), (101, False)])
def test_an_answer_without_an_end_is_not_read_for_ever(monkeypatch, size, taken):
    monkeypatch.setattr(transport_module, "SIZE_LIMIT", 100)
    transport, dummy = over(answer(200, content=b"x" * size))
    if taken:
        assert len(transport.send("GET", URL).content) == size
    else:
        with pytest.raises(Unreachable, match="nothing of Graph's"):
            transport.send("GET", URL)


def test_what_comes_with_a_redirect_has_an_end_as_well(monkeypatch):
    """requests would read the whole of it at once, whether or not it follows."""
    monkeypatch.setattr(transport_module, "SIZE_LIMIT", 100)
    transport, adapter = over(answer(307, content=b"x" * 2**20, Location="https://elsewhere.test/"))
    with pytest.raises(Unreachable, match="nothing of Graph's"):
        transport.send("GET", URL)
    assert adapter.outcome.raw.taken < 2**18


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_is_an_answer_too(method, status):
    transport, adapter = over(answer(status, Location="https://elsewhere.test/"))
    assert transport.send(method, URL).status_code == status
    assert [request.url for request, dummy in adapter.sent] == [URL]


@pytest.mark.parametrize("url", ["http://graph.test/v1.0", "ftp://graph.test", "graph.test", "", "file:///etc/passwd"])
def test_nothing_but_https(url):
    transport, adapter = over(answer(200))
    with pytest.raises(Unreachable, match="is not an https address; nothing was sent"):
        transport.send("GET", url)
    assert adapter.sent == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_as_msal_calls_it(method):
    transport, adapter = over(answer(200))
    getattr(transport, method)(URL, headers={"X": "1"})
    ((request, dummy),) = adapter.sent
    assert (request.method, request.headers["X"]) == (method.upper(), "1")


@pytest.mark.parametrize(("timeout", "expected"), [(60.0, (10.0, 60.0)), (5, (10.0, 5))])
def test_there_is_always_a_timeout(timeout, expected):
    transport, adapter = over(answer(200), timeout)
    transport.send("GET", URL)
    assert adapter.sent[0][1]["timeout"] == expected


def test_the_token_goes_into_the_header():
    transport, adapter = over(answer(200))
    transport.send("GET", URL, auth=BearerToken("abc"))
    assert adapter.sent[0][0].headers["Authorization"] == "Bearer abc"


@pytest.mark.parametrize(
    ("auth", "header"), [(BearerToken("abc"), "Bearer abc"), (None, None)], ids=["with a token", "without"]
)
def test_a_netrc_has_no_say(tmp_path, auth, header):
    (tmp_path / "netrc").write_text("machine graph.test login me password word\n", encoding="utf-8")
    transport, adapter = over(answer(200))
    transport.send("GET", URL, **({"auth": auth} if auth else {}))
    assert adapter.sent[0][0].headers.get("Authorization") == header
    # The file is one that requests would have used: else this test says nothing.
    assert requests.utils.get_netrc_auth(URL) == ("me", "word")


def never_connected(kind=NewConnectionError):
    arguments = ("graph.test", None, OSError("no")) if kind is NameResolutionError else (None, "Errno 111: refused")
    return requests.ConnectionError(MaxRetryError(None, URL, kind(*arguments)))


@pytest.mark.parametrize(
    ("raised", "kind", "words"),
    [
        pytest.param(never_connected(), NeverSent, "https://graph.test cannot be reached: refused.", id="refused"),
        pytest.param(
            never_connected(NameResolutionError), NeverSent, "https://graph.test cannot be reached: ", id="name"
        ),
        pytest.param(
            requests.ConnectTimeout("t"),
            NeverSent,
            "https://graph.test did not take a connection within 10 s. Let this machine out to that address",
            id="slow",
        ),
        pytest.param(
            requests.exceptions.ProxyError("Tunnel: 407"),
            NeverSent,
            "The proxy on the way to https://graph.test failed: 407. Look at HTTPS_PROXY",
            id="proxy",
        ),
        pytest.param(
            requests.ConnectionError(ProtocolError("Aborted.", http.client.RemoteDisconnected("Remote end closed."))),
            Broken,
            "The connection to https://graph.test broke: Remote end closed.",
            id="closed",
        ),
        pytest.param(
            requests.ConnectionError(), Broken, "The connection to https://graph.test broke: .", id="no reason"
        ),
        pytest.param(
            requests.ReadTimeout("t"),
            Broken,
            "https://graph.test did not answer within 60 s. Where the server is slow as a rule, give it longer",
            id="no answer",
        ),
        pytest.param(
            requests.exceptions.ChunkedEncodingError("cut"),
            Broken,
            "The answer of https://graph.test cannot be read: cut.",
            id="cut off",
        ),
        pytest.param(
            requests.exceptions.ContentDecodingError("gzip"),
            Broken,
            "The answer of https://graph.test cannot be read: gzip.",
            id="bad encoding",
        ),
        pytest.param(
            requests.exceptions.SSLError(MaxRetryError(None, URL, TlsError(ssl.SSLError(1, "[SSL] bad record mac")))),
            Broken,
            "The connection to https://graph.test broke: ",
            id="damaged",
        ),
        pytest.param(
            requests.exceptions.InvalidProxyURL("Wrong: http://me:secret@proxy:99999"),
            Unreachable,
            "https://graph.test cannot be reached, and nothing was sent: http://***@proxy:99999.",
            id="a proxy's address",
        ),
        pytest.param(
            LocationParseError("http://me:secr@secret@proxy:99999"),
            Unreachable,
            "https://graph.test cannot be reached, and nothing was sent: http://***@proxy:99999.",
            id="a proxy's address that urllib3 refuses",
        ),
        pytest.param(
            OSError("no such device"), Unreachable, "https://graph.test cannot be reached: no such device.", id="OS"
        ),
    ],
)
def test_which_failure_is_which_error(raised, kind, words):
    """NeverSent lets a create be sent again and Broken does not, so neither may be taken for the other."""
    transport, adapter = over(raised)
    with pytest.raises((Unreachable, Broken)) as caught:
        transport.send("POST", URL)
    assert caught.value.__class__ == kind
    assert str(caught.value).startswith(words)
    assert "secret" not in str(caught.value), "the query may name people, and a proxy's address have a password"
    assert len(adapter.sent) == 1


def test_a_reason_of_any_length_is_said_in_few_words():
    transport, dummy = over(requests.ConnectionError(ProtocolError("Aborted.", http.client.BadStatusLine("x" * 2**16))))
    with pytest.raises(Broken) as caught:
        transport.send("GET", URL)
    assert 1000 < len(str(caught.value)) < 1200


def because(error):
    """A connection that did not come about, as urllib3 has it of the system."""
    refused = NewConnectionError(None, f"Failed to establish a new connection: {error}")
    refused.__cause__ = error
    return requests.ConnectionError(MaxRetryError(None, URL, refused))


@pytest.mark.parametrize(
    ("error", "said", "way_out"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused", remedies.NOBODY_LISTENS),
        (socket.gaierror(-2, "Name or service not known"), "Name or service not known", remedies.NO_NAME),
        (OSError(101, "Network is unreachable"), "Network is unreachable", remedies.NO_WAY),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), "wrong version number", remedies.NO_TLS),
    ],
    ids=["refused", "no name", "no way", "no TLS"],
)
def test_what_to_do_where_no_connection_comes_about(error, said, way_out):
    transport, dummy = over(because(error))
    with pytest.raises(NeverSent) as caught:
        transport.send("GET", URL)
    assert str(caught.value) == f"https://graph.test cannot be reached: {said}. {way_out}"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (10, "clock"),
        (9, "clock"),
        (62, "another server"),
        (64, "another server"),
        (20, "entra_ca_path"),
        (None, "ca_path"),
    ],
)
def test_what_to_do_about_a_certificate(code, words):
    wrong = ssl.SSLCertVerificationError(1, "certificate verify failed: no")
    wrong.verify_code = code
    transport, dummy = over(requests.exceptions.SSLError(MaxRetryError(None, URL, TlsError(wrong))))
    with pytest.raises(Unreachable) as caught:
        transport.send("GET", URL)
    assert words in str(caught.value) and str(caught.value).endswith("Verification cannot be switched off.")


def test_a_certificate_that_is_not_accepted():
    raised = requests.exceptions.SSLError(
        MaxRetryError(
            None, URL, TlsError(ssl.SSLCertVerificationError(1, "certificate verify failed: self-signed (_ssl.c:1006)"))
        )
    )
    transport, dummy = over(raised)
    with pytest.raises(Unreachable) as caught:
        transport.send("GET", URL)
    assert caught.value.__class__ == Unreachable
    assert "The TLS certificate of https://graph.test was not accepted: self-signed." in str(caught.value)
    assert "ca_path" in str(caught.value) and "cannot be switched off" in str(caught.value)


def test_a_certificate_of_the_proxy_that_is_not_accepted():
    wrong = ssl.SSLCertVerificationError(1, "certificate verify failed: self-signed")
    raised = requests.exceptions.ProxyError(MaxRetryError(None, URL, ProxyError("Unable to connect", wrong)))
    transport, dummy = over(raised)
    with pytest.raises(Unreachable, match=r"certificate of the proxy on the way to .* was not accepted"):
        transport.send("GET", URL)


def test_close():
    transport, adapter = over(answer(200))
    transport.close()
    assert adapter.closed
