# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTPS server: from an ASGI request to a ``Call``, through latency, faults and the log, to the answer."""

from __future__ import annotations

import asyncio
import json
import time
import traceback
from email.utils import format_datetime
from functools import partial
from itertools import count
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from .batch import answer_batch
from .broken_bodies import broken, until_gone
from .certificates import ServerCertificate
from .clock import CLOCK, now
from .errors import GraphError
from .exchange import Answer, Call
from .fault_effects import Dropped
from .faults import Faults
from .graph import BATCH, Graph, graph_segments, refusal_answer
from .login import Login
from .practice import PRACTICE, Practice
from .request_log import RequestLog
from .resource_manager import ResourceManager
from .routing import Routes
from .state_file import StateFile
from .tenants import Directory
from .tokens import TokenIssuer

_GRAPH_JSON = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
_connections = count(1)


class ConnectionProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol, which also tells the application which connection a request came on.

    ``waits_for_client`` is for an application whose answer comes to no end before the client goes.
    """

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.number = next(_connections)
        self.waits_for_client = False
        self.app = partial(self._with_connection, self.app)

    def shutdown(self) -> None:
        """End an idle connection at once: a client that keeps it open does not answer TLS's goodbye."""
        if self.cycle is None or self.cycle.response_complete or self.waits_for_client:
            self.transport.abort()
        else:
            super().shutdown()

    async def _with_connection(self, app: Any, scope: Any, receive: Any, send: Any) -> None:
        scope["connection"] = self
        await app(scope, receive, send)


class Emulator:
    """The ASGI application."""

    def __init__(
        self,
        directory: Directory,
        *,
        faults: Faults,
        certificate: ServerCertificate,
        log: RequestLog,
        state: StateFile | None = None,
        latency_ms: float = 0,
    ) -> None:
        issuer = TokenIssuer(directory)
        self._directory = directory
        self._graph = Graph(issuer)
        self._login = Login(directory, issuer)
        self._practice = Practice(directory, lambda: self._faults, self.set_faults)
        self._login_routes = Routes([*self._login.routes(), *ResourceManager(issuer).routes()])
        self._faults = faults
        self._certificate = certificate
        certificate.handshakes_to_close = faults.handshakes_to_close
        self._log = log
        self._state = state
        self._latency = latency_ms / 1000

    def set_faults(self, faults: Faults) -> None:
        """Let other faults strike from the next call on."""
        if faults.by_unknown_authority != self._faults.by_unknown_authority:
            self._certificate.sign(by_unknown=faults.by_unknown_authority)
        self._certificate.handshakes_to_close = faults.handshakes_to_close
        CLOCK.set_ahead(faults.clock_skew_seconds)
        self._faults = faults

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        connection: ConnectionProtocol = scope["connection"]
        try:
            call = await _call(Request(scope, receive), str(connection.number))
        except ClientDisconnect:
            return
        try:
            answer = await self._answer(call, started)
        except Dropped:
            connection.transport.abort()
            await until_gone(receive)
            return
        response = _response(call, answer)
        await (broken(response, call.broken) if call.broken else response)(scope, receive, send)

    async def _answer(self, call: Call, started: float) -> Answer:
        if self._latency:
            await asyncio.sleep(self._latency)
        if call.segments and call.segments[0].lower() in ("v1.0", "beta"):
            return await self._logged(call, self._answer_graph, started)
        if call.segments and call.segments[0].lower() == PRACTICE:
            return await self._logged(call, self._answer_practice, started)
        return await self._logged(call, self._answer_login, started)

    async def _logged(self, call: Call, respond: Any, started: float) -> Answer:
        try:
            answer: Answer = await respond(call)
        except Dropped:
            self._log.write(call, None, started)
            raise
        except Exception as mistake:  # ours, not the caller's: it shows on stderr, and the caller hears of it too
            traceback.print_exception(mistake)
            answer = refusal_answer(call, GraphError(500, "InternalServerError", "The emulator has failed."))
        self._log.write(call, answer.status, started)
        return answer

    async def _answer_graph(self, call: Call) -> Answer:
        try:
            self._graph.authenticate(call)
        except GraphError as refusal:
            return refusal_answer(call, refusal)
        return await self._faults.around(call, self._apply_graph)

    async def _apply_graph(self, call: Call) -> Answer:
        """Let the call have its effect, and keep it."""
        segments = graph_segments(call)
        if segments and [one.lower() for one in segments] == [BATCH] and call.method == "POST" and not call.batch:
            try:
                return await answer_batch(call, partial(self._answer_part, call))
            except GraphError as refusal:
                return refusal_answer(call, refusal)
        answer = self._graph.answer(call)
        call.writes = self._directory.take_writes()
        if call.writes and self._state is not None:
            self._state.save(call.writes)
        return answer

    async def _answer_part(self, whole: Call, part: Call) -> Answer:
        answer = await self._logged(part, self._answer_graph, time.perf_counter())
        whole.broken = whole.broken or part.broken
        return answer

    async def _answer_practice(self, call: Call) -> Answer:
        return self._practice.answer(call)

    async def _answer_login(self, call: Call) -> Answer:
        try:
            _pattern, function, call.keys = self._login_routes.find(call.method, call.segments)
        except GraphError as refusal:
            return refusal_answer(call, refusal)
        if call.keys:
            call.tenant = self._directory.find(call.keys[0])

        async def apply(one: Call) -> Answer:
            return self._login.answer(function, one)

        return await self._faults.around(call, apply)


async def _call(request: Request, connection: str) -> Call:
    return Call(
        method=request.method,
        path=request.scope["raw_path"].decode("ascii", "replace").partition("?")[0],
        query_string=request.scope["query_string"].decode("ascii", "replace"),
        headers=request.headers,
        body=await request.body(),
        base_url=f"https://{request.headers.get('host', 'localhost')}",
        connection=connection,
    )


def _response(call: Call, answer: Answer) -> Response:
    headers = {
        "Date": format_datetime(now(), usegmt=True),
        "request-id": call.request_id,
        "client-request-id": call.client_request_id,
        **answer.headers,
    }
    if answer.body is None:
        return Response(status_code=answer.status, headers=headers)
    if isinstance(answer.body, str):
        return Response(answer.body, status_code=answer.status, headers=headers)
    is_graph = call.segments[:1] == ["v1.0"]
    headers.setdefault("Content-Type", _GRAPH_JSON if is_graph else "application/json; charset=utf-8")
    if is_graph:
        headers["OData-Version"] = "4.0"
    content = json.dumps(answer.body, separators=(",", ":"), ensure_ascii=False).encode()
    return Response(content, status_code=answer.status, headers=headers)
