# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS and nothing else: one connection pool, certificates always verified, redirects never followed."""

from __future__ import annotations

import dataclasses
import json
import time
import typing as t

from .errors import EntraError, Unreachable
from .third_party import AuthBase, requests
from .trust import TrustingAdapter, context

CONNECT_TIMEOUT = 10.0
# A page of Graph has some hundred KiB, and thousands of named locations are a few MiB. What is longer is no answer of Graph's.
SIZE_LIMIT = 64 * 1024 * 1024
# Each piece of an answer has the whole of request_timeout to come, all of them together this many times that.
WHOLE_ANSWER = 5


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


class Transport:
    """A requests session with the collection's rules. Also serves as MSAL's ``http_client`` (its get and post)."""

    def __init__(self, ca_path: str | None = None, timeout: float = 60.0):
        self._session = requests.Session()
        self._session.mount("https://", TrustingAdapter(context(ca_path)))
        self._timeout = timeout

    def send(self, method: str, url: str, **arguments: t.Any) -> Received:
        """One request, one answer. Raises NeverSent or Broken; an answer of any status is returned as it is."""
        if not url.startswith("https://"):
            raise Unreachable(f"{url} is not an https address; nothing was sent.")
        arguments.setdefault("timeout", (CONNECT_TIMEOUT, self._timeout))
        arguments.setdefault("auth", NoAuthorization())
        try:
            with self._session.request(method, url, allow_redirects=False, stream=True, **arguments) as answer:
                return Received(answer.status_code, answer.headers, self._whole(answer, url))
        except requests.exceptions.SSLError as error:
            raise Unreachable(
                f"The TLS certificate of {_server(url)} was not accepted: {_reason(error)}. If it is signed by a private CA, "
                "name the CA's file in ca_path. Verification cannot be switched off."
            ) from error
        except requests.exceptions.ProxyError as error:
            raise NeverSent(f"The proxy on the way to {_server(url)} failed: {_reason(error)}.") from error
        except requests.exceptions.ConnectTimeout as error:
            raise NeverSent(f"{_server(url)} did not take a connection within {CONNECT_TIMEOUT:.0f} s.") from error
        except requests.exceptions.ConnectionError as error:
            if _refused(error):
                raise NeverSent(f"{_server(url)} cannot be reached: {_reason(error)}.") from error
            raise Broken(f"The connection to {_server(url)} broke: {_reason(error)}.") from error
        except requests.exceptions.Timeout as error:
            raise Broken(
                f"{_server(url)} did not answer within {self._timeout:.0f} s (option request_timeout)."
            ) from error
        except OSError as error:
            # The exceptions of requests' own (a truncated body, bad encoding) derive from OSError too.
            if isinstance(error, requests.exceptions.RequestException):
                raise Broken(f"The answer of {_server(url)} cannot be read: {_reason(error)}.") from error
            raise Unreachable(f"{_server(url)} cannot be reached: {error}.") from error

    def _whole(self, answer: requests.Response, url: str) -> bytes:
        """The content, as far as anything that Graph answers can go. Raises Broken, Unreachable."""
        content = bytearray()
        end = time.monotonic() + WHOLE_ANSWER * self._timeout
        for piece in answer.iter_content(65536):
            content += piece
            if len(content) > SIZE_LIMIT:
                raise Unreachable(
                    f"{_server(url)} answered with more than {SIZE_LIMIT // 1024**2} MiB, which is nothing of Graph's."
                )
            if time.monotonic() > end:
                raise Broken(f"{_server(url)} was still answering after {WHOLE_ANSWER * self._timeout:.0f} s.")
        return bytes(content)

    def get(self, url: str, **arguments: t.Any) -> Received:
        """GET, as MSAL calls it."""
        return self.send("GET", url, **arguments)

    def post(self, url: str, **arguments: t.Any) -> Received:
        """POST, as MSAL calls it."""
        return self.send("POST", url, **arguments)

    def close(self) -> None:
        """End the pooled connections."""
        self._session.close()


def _server(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])


def _refused(error: requests.exceptions.ConnectionError) -> bool:
    """True where urllib3 says that no connection was ever made."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return type(reason).__name__ in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")


def _reason(error: Exception) -> str:
    """The innermost words of a nest of exceptions; the outer ones repeat the whole address with its query."""
    inner: t.Any = error
    while getattr(inner, "args", None):
        deeper = getattr(inner.args[0], "reason", None) or next(
            (a for a in inner.args if isinstance(a, Exception)), None
        )
        if deeper is None:
            break
        inner = deeper
    return str(inner).rsplit(": ", 1)[-1].rstrip(".")
