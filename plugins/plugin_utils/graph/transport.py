# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS and nothing else: one connection pool, certificates always verified, redirects never followed."""

from __future__ import annotations

import dataclasses
import json
import re
import socket
import ssl
import typing as t

from . import remedies
from .errors import EntraError, Unreachable
from .third_party import MISSING, AuthBase, HTTPError, LocationValueError, NewConnectionError, requests
from .time_limit import TimeLimit
from .trust import TrustingAdapter, context

CONNECT_TIMEOUT = 10.0
# A page of Graph has some hundred KiB, and thousands of named locations are a few MiB. What is longer is no answer of Graph's.
SIZE_LIMIT = 64 * 1024 * 1024
# Each piece of an answer has the whole of request_timeout to come, all of them together this many times that.
WHOLE_ANSWER = 5

# An address, the server's or a proxy's, that requests or urllib3 cannot use, which they say before they send anything.
MISADDRESSED: tuple[type[Exception], ...] = (LocationValueError,)
if not MISSING:
    MISADDRESSED += (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)

# A server may put a status line of 64 KiB into an exception.
LONGEST_REASON = 1000
_CREDENTIALS = re.compile(r"(\w+://)?\S*@")
# What only who reads OpenSSL's source can use, and the system's numbers.
_SOURCE_LINE = re.compile(r"\[SSL[:,] \w+\] | \(_ssl\.c:\d+\)|\[Errno -?\d+\] ")


class BearerToken(AuthBase):
    """Sets the Authorization header. As an auth object, so that a .netrc on the controller cannot replace the token."""

    def __init__(self, token: str):
        self._token = token

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers["Authorization"] = f"Bearer {self._token}"
        return r


class NoAuthorization(AuthBase):
    """Leaves a request as it is, which without it would get the password that a .netrc has for the host."""

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        return r


class NeverSent(Unreachable):
    """No connection came about, so the server has not seen the request."""


class Broken(EntraError):
    """The connection ended before the answer was complete; the server may have acted."""

    kind = "unreachable"


@dataclasses.dataclass(frozen=True)
class Received:
    """An answer that is there whole. What MSAL asks of an http client's answer, and what the session does."""

    status_code: int
    headers: t.Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The content as text; the login service and Graph answer in UTF-8."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> t.Any:
        """The content as JSON. Raises ValueError."""
        return json.loads(self.content)

    def raise_for_status(self) -> None:
        """As MSAL calls it after a discovery. Raises requests.exceptions.HTTPError."""
        if self.status_code >= 400:
            raise requests.exceptions.HTTPError(f"{self.status_code}: {self.text[:200]}")


class _Session(requests.Session if requests else object):  # type: ignore[misc]  # a base that is chosen at run time
    """Even one that does not follow a redirect has requests read the whole of what comes with it, whatever its size."""

    def get_redirect_target(self, resp: t.Any) -> None:
        """Nowhere."""
        return


class Transport:
    """A requests session with the collection's rules. Also serves as MSAL's ``http_client`` (its get and post)."""

    def __init__(self, ca_path: str | None = None, timeout: float = 60.0):
        self._session = _Session()
        self._session.mount("https://", TrustingAdapter(context(ca_path)))
        self._timeout = timeout

    def send(self, method: str, url: str, **arguments: t.Any) -> Received:
        """One request, one answer. Raises NeverSent or Broken; an answer of any status is returned as it is."""
        if not url.startswith("https://"):
            raise Unreachable(f"{url} is not an https address; nothing was sent.")
        arguments.setdefault("timeout", (CONNECT_TIMEOUT, self._timeout))
        arguments.setdefault("auth", NoAuthorization())
        limit = TimeLimit(WHOLE_ANSWER * self._timeout)
        try:
            with limit, self._session.request(method, url, allow_redirects=False, stream=True, **arguments) as answer:
                return Received(answer.status_code, answer.headers, _whole(answer, url))
        except (OSError, ValueError, HTTPError) as error:
            if wrong := _of(error, ssl.SSLCertVerificationError):
                whose = "the proxy on the way to " * isinstance(error, requests.exceptions.ProxyError) + _server(url)
                way_out = remedies.of_certificate(getattr(wrong, "verify_code", None))
                raise Unreachable(
                    f"The TLS certificate of {whose} was not accepted: {_reason(error)}. {way_out}"
                ) from error
            raise self._failure(error, _server(url), limit) from error

    def _failure(self, error: Exception, server: str, limit: TimeLimit) -> EntraError:
        """What to raise for what requests or a library below it has raised: NeverSent only where that is certain."""
        if isinstance(error, requests.exceptions.ProxyError):
            return NeverSent(f"The proxy on the way to {server} failed: {_reason(error)}. {remedies.PROXY}")
        if isinstance(error, requests.exceptions.ConnectTimeout):
            return NeverSent(f"{server} did not take a connection within {CONNECT_TIMEOUT:.0f} s. {remedies.NO_WAY}")
        if refused := _of(error, NewConnectionError):
            return NeverSent(f"{server} cannot be reached: {_reason(error)}. {_way_out(refused)}")
        if isinstance(error, MISADDRESSED):
            return Unreachable(f"{server} cannot be reached, and nothing was sent: {_reason(error)}. {remedies.PROXY}")
        if limit.left <= 0:
            return Broken(
                f"{server} was still answering after {limit.seconds:.0f} s, {WHOLE_ANSWER} times the request_timeout. "
                f"{remedies.SLOW}"
            )
        if isinstance(error, requests.exceptions.Timeout):
            return Broken(f"{server} did not answer within {self._timeout:.0f} s. {remedies.SLOW}")
        if isinstance(error, requests.exceptions.ConnectionError):
            return Broken(f"The connection to {server} broke: {_reason(error)}. {remedies.CUT}")
        # The exceptions of requests' own (a truncated body, bad encoding) derive from OSError too.
        if isinstance(error, OSError) and not isinstance(error, requests.exceptions.RequestException):
            return Unreachable(f"{server} cannot be reached: {_reason(error)}. {remedies.NO_WAY}")
        return Broken(f"The answer of {server} cannot be read: {_reason(error)}. {remedies.CUT}")

    def get(self, url: str, **arguments: t.Any) -> Received:
        """GET, as MSAL calls it."""
        return self.send("GET", url, **arguments)

    def post(self, url: str, **arguments: t.Any) -> Received:
        """POST, as MSAL calls it."""
        return self.send("POST", url, **arguments)

    def close(self) -> None:
        """End the pooled connections."""
        self._session.close()


def _whole(answer: requests.Response, url: str) -> bytes:
    """The content, as far as anything that Graph answers can go. Raises Unreachable."""
    content = bytearray()
    for piece in answer.iter_content(65536):
        content += piece
        if len(content) > SIZE_LIMIT:
            raise Unreachable(
                f"{_server(url)} answered with more than {SIZE_LIMIT // 1024**2} MiB, which is nothing of Graph's."
            )
    return bytes(content)


def _server(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])


def _below(error: BaseException) -> t.Iterator[BaseException]:
    """An exception and those that it was made from, each library's in that of the next, outermost first."""
    inner: t.Any = error
    while inner is not None:
        yield inner
        within = (getattr(inner, "reason", None), *inner.args)
        inner = next((one for one in within if isinstance(one, Exception)), None)


def _of(error: Exception, kind: type[Exception]) -> BaseException | None:
    """The one of that kind that an exception was made from. Where it is NewConnectionError, no connection was ever made."""
    return next((one for one in _below(error) if isinstance(one, kind)), None)


def _way_out(refused: BaseException) -> str:
    """What to do where no connection came about, by what the system says of it."""
    why = refused.__cause__
    if isinstance(why, socket.gaierror):
        return remedies.NO_NAME
    if isinstance(why, ssl.SSLError):
        return remedies.NO_TLS
    return remedies.NOBODY_LISTENS if isinstance(why, ConnectionRefusedError) else remedies.NO_WAY


def _reason(error: Exception) -> str:
    """The innermost words of a nest of exceptions; the outer ones repeat the whole address with its query. Of a proxy's address
    they may have the password."""
    *dummy, inner = _below(error)
    words = _SOURCE_LINE.sub("", str(inner)).rsplit(": ", 1)[-1].rstrip(".")[:LONGEST_REASON]
    return _CREDENTIALS.sub(r"\1***@", words)
