# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A wire that answers from a script and sends nothing, for what is above the transport."""

from __future__ import annotations

import base64
import dataclasses
import json
import typing as t

import requests

from ansible_collections.msp.entra.plugins.plugin_utils.graph.clouds import Cloud
from ansible_collections.msp.entra.plugins.plugin_utils.graph.patience import Patience
from ansible_collections.msp.entra.plugins.plugin_utils.graph.session import GraphSession

CLOUD = Cloud("private", "https://login.test", "https://graph.test", private=True)
BASE = f"{CLOUD.graph_url}/v1.0"


def answer(status: int = 200, body: t.Any = None, content: bytes | None = None, **headers: str) -> requests.Response:
    """An answer of a server; ``Retry_After="3"`` is the header Retry-After."""
    made = requests.Response()
    made.status_code = status
    if content is None:
        content = b"" if body is None else json.dumps(body).encode()
    made._content = content
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return made


def refusal(status: int, code: str = "code", message: str = "no", inner: dict | None = None, **headers: str) -> t.Any:
    """An answer of Graph that says no, in Graph's envelope."""
    error = {"code": code, "message": message} | ({"innerError": inner} if inner else {})
    return answer(status, {"error": error}, **headers)


@dataclasses.dataclass
class Sent:
    """One request as it would have left."""

    method: str
    url: str
    arguments: dict[str, t.Any]

    @property
    def path(self) -> str:
        return self.url.removeprefix(BASE)

    @property
    def body(self) -> t.Any:
        return self.arguments.get("json")

    @property
    def token(self) -> str:
        """What the auth object would write into the request."""
        blank = requests.Request(self.method, self.url).prepare()
        return self.arguments["auth"](blank).headers["Authorization"].removeprefix("Bearer ")


class Wire:
    """Takes one step of the script for each request: an answer, an exception to raise, or a function of the request.

    A request that the script does not expect is a failure of the test, so every test counts its requests.
    """

    def __init__(self, *script: t.Any):
        self._script = list(script)
        self.sent: list[Sent] = []

    def send(self, method: str, url: str, **arguments: t.Any) -> requests.Response:
        request = Sent(method, url, arguments)
        self.sent.append(request)
        assert self._script, f"not expected: {method} {url}"
        step = self._script.pop(0)
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, requests.Response) else step(request)

    @property
    def calls(self) -> list[str]:
        return [f"{request.method} {request.path}" for request in self.sent]

    @property
    def tokens(self) -> list[str]:
        return [request.token for request in self.sent]

    @property
    def left(self) -> int:
        """Steps nobody has asked for."""
        return len(self._script)


def token_with(**claims: t.Any) -> str:
    """An access token that says this of itself; nobody has signed it."""
    parts = ({"typ": "JWT", "alg": "RS256"}, claims, {})
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)


class Tokens:
    """A login that gives token-1, and the next number for each token that was refused.

    ``permissions`` are those that the tokens have; None where they do not say.
    """

    def __init__(self, renewable: bool = True, permissions: t.Collection[str] | None = None):
        self.renewable = renewable
        self.permissions = None if permissions is None else frozenset(permissions)
        self.number = 1

    def token(self, refused: str | None = None) -> str:
        if refused == f"token-{self.number}":
            self.number += 1
        return f"token-{self.number}"


class Watch(Patience):
    """Patience that notes its waits, ``waits``, in place of sleeping; the jitter is always its upper end."""

    def __init__(self, budget: float = 1000.0):
        self.waits: list[float] = []
        super().__init__(budget, sleep=self.waits.append, jitter=lambda low, high: high)


def graph(
    *script: t.Any, budget: float = 1000.0, renewable: bool = True, permissions: t.Collection[str] | None = None
) -> tuple[GraphSession, Wire, list[float]]:
    """A session on a script, its wire, and its waits."""
    wire, watch = Wire(*script), Watch(budget)
    return GraphSession(CLOUD, Tokens(renewable, permissions), wire, watch), wire, watch.waits
