# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wire to a tenant in memory, on which one answer is not what the tenant gave: its content, its status or its headers."""

from __future__ import annotations

import copy
import json
import random
import typing as t

from fake_tenant import Tenant

from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import GraphError
from ansible_collections.msp.entra.plugins.plugin_utils.graph.transport import Received

BASE = "https://graph.test/v1.0"

# What a value becomes. What is of another JSON type than before can never be meant.
STRANGE: tuple[t.Any, ...] = (
    *(None, True, 0, -1, 3.5, 10**400, "", "x", [], {}, [None], ["x"], [[]], {"a": 1}, [{}]),
    "{{ lookup('ansible.builtin.env', 'HOME') }}",
    "' or 1 eq 1 or '",
    "\u202e\u0000\u2028\ud83d",
    "y" * 5000,
    {"id": {"id": []}},
    [{"@odata.type": 5}],
)
# Statuses in the place of the one that was given: of what passes, and of what does not, and such as nobody has heard of.
PASSING = (401, 429, 500, 502, 503, 504)
STANDING = (400, 403, 418)
OTHERS = (0, 99, 200, 201, 202, 204, 206, 404, 405, 408, 409, 410, 412, 422, 451, 599, 999)
REDIRECTS = (301, 302, 303, 307, 308)
STATUSES = (*PASSING, *STANDING, *OTHERS, *REDIRECTS)
# Headers that name no wait that could be meant, or none that is long.
HEADERS: tuple[dict[str, str], ...] = (
    *(
        {"Retry-After": value}
        for value in ("", "soon", "nan", "-5", "0", "1", "1e309", "Thu, 32 Nov 2026 25:61:61 GMT")
    ),
    {"Retry-After": "Thu, 26 Nov 2026 10:00:00 GMT", "Date": "yesterday"},
    {"Location": "https://elsewhere.example/"},
    {"Content-Type": "text/html", "Content-Length": "-1", "request-id": "\r\nx: y"},
)


class Node(t.NamedTuple):
    """A place in a document: what holds it, and the names on the way."""

    holder: t.Any
    key: t.Any
    path: tuple[t.Any, ...]


def nodes(document: t.Any, path: tuple[t.Any, ...] = ()) -> t.Iterator[Node]:
    """Every place in a document."""
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in list(inner):
        yield Node(document, key, (*path, key))
        yield from nodes(value, (*path, key))


class MutatedWire:
    """Answers as the tenant does, but that number ``which`` is spoiled: ``change`` is how, and ``path`` where in the content."""

    def __init__(self, tenant: Tenant, which: int | None, dice: random.Random):
        self.tenant = tenant
        self.which = which
        self.path: tuple[t.Any, ...] | None = None
        self.change = ""
        self.before: t.Any = None
        self.after: t.Any = None
        # How many writes were taken before the answer that is spoiled.
        self.written = 0
        # Whether that answer was one to a question, and to which, of a batch to all of its.
        self.read = False
        self.asked: list[str] = []
        self.count = 0
        self._dice = dice

    def send(self, method: str, url: str, **arguments: t.Any) -> Received:
        assert self.count < 500, "it does not end"
        path = url.removeprefix(BASE)
        document, status = self._answer(method, path, arguments.get("json"))
        self.count += 1
        content = b"" if document is None else json.dumps(document).encode()
        whole = Received(status, {}, content)
        if self.count - 1 != self.which:
            return whole
        self.written = len(self.tenant.writes())
        self.read = method == "GET" or path == "/$batch"
        self.asked = [one["url"] for one in arguments["json"]["requests"]] if path == "/$batch" else [path]
        return self._spoiled(whole, document)

    def _spoiled(self, whole: Received, document: t.Any) -> Received:
        throw = self._dice.random()
        if document is None or throw < 0.1:
            self.change, self.before = "status", whole.status_code
            self.after = self._dice.choice([status for status in STATUSES if status != whole.status_code])
            headers = self._dice.choice(HEADERS) if self._dice.random() < 0.5 else {}
            return Received(self.after, headers, self._dice.choice([whole.content, b"", b"<html>"]))
        if throw < 0.15:
            self.change, self.after = "headers", self._dice.choice(HEADERS)
            return Received(whole.status_code, self.after, whole.content)
        if throw < 0.2:
            self.change = "not JSON"
            strange = [b"", b"{", b"null", b"[]", b"<html>", b"\xff\xfe", b"[" * 5000, whole.content[:-1]]
            return Received(whole.status_code, {}, self._dice.choice(strange))
        return Received(whole.status_code, {}, json.dumps(self._changed(copy.deepcopy(document))).encode())

    def _changed(self, document: t.Any) -> t.Any:
        node = self._dice.choice(list(nodes(document)))
        self.path, self.before = node.path, copy.deepcopy(node.holder[node.key])
        if isinstance(node.holder, dict) and self._dice.random() < 0.2:
            self.change = "removed"
            del node.holder[node.key]
        elif isinstance(node.holder, list) and self._dice.random() < 0.1:
            self.change = "twice"
            node.holder.append(copy.deepcopy(self.before))
        else:
            self.change = "replaced"
            self.after = self._dice.choice(
                [one for one in STRANGE if type(one) is not type(self.before) or one != self.before]
            )
            node.holder[node.key] = self.after
        return document

    def _answer(self, method: str, path: str, body: t.Any) -> tuple[t.Any, int]:
        try:
            if path == "/$batch":
                parts = [{"id": one["id"], **self._part(one["url"])} for one in body["requests"]]
                return {"responses": parts}, 200
            if method == "GET":
                return self.tenant.get(path), 200
            if method == "POST" and path.endswith("/restore"):
                return self.tenant.act(path), 200
            if method == "POST":
                return self.tenant.create(path, body), 201
            done = self.tenant.update(path, body) if method == "PATCH" else self.tenant.delete(path)
            return done, 204
        except KeyError:
            return {"error": {"code": "NotFound", "message": "Not here."}}, 404
        except GraphError as error:
            return {"error": {"code": error.code, "message": error.message}}, error.status

    def _part(self, path: str) -> dict[str, t.Any]:
        self.tenant.sent.append(("GET", path))
        try:
            answer = self.tenant._part(path)
        except KeyError:
            return {"status": 404, "headers": {}, "body": {"error": {"code": "NotFound", "message": "Not here."}}}
        return {"status": answer.status, "headers": {}, "body": answer.body or {}}
