# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft Graph v1.0: who is calling, what the path means, whether they may, and the answer."""

from __future__ import annotations

from collections.abc import Callable

from . import (
    conditional_access,
    delegated_admin,
    directory,
    permissions,
    policy_building_blocks,
    sign_in_queries,
    tenant_information,
    tenant_reads,
    user_sessions,
    what_if,
)
from .errors import GraphError, bad_request
from .exchange import Answer, Call
from .routing import Routes
from .tokens import TokenIssuer, check_series

VERSION = "v1.0"
BATCH = "$batch"


def _unreachable(_call: Call) -> Answer:
    raise bad_request("A $batch cannot be part of a $batch.")


class Graph:
    """The Graph paths over one directory."""

    def __init__(self, issuer: TokenIssuer) -> None:
        self._issuer = issuer
        # the server takes $batch apart itself; what still arrives here is a batch inside a batch
        batch: list[tuple[str, str, Callable[[Call], Answer]]] = [("POST", BATCH, _unreachable)]
        modules = (
            conditional_access,
            what_if,
            policy_building_blocks,
            directory,
            user_sessions,
            tenant_reads,
            tenant_information,
            delegated_admin,
            sign_in_queries,
        )
        self.rows = [*(row for module in modules for row in module.routes()), *batch]
        self._routes = Routes(self.rows)

    def authenticate(self, call: Call) -> None:
        """Set the call's tenant and caller from its access token; a part of a batch has those of the batch."""
        if call.tenant is None or call.caller is None:
            call.tenant, call.caller = self._issuer.caller(call.headers.get("authorization"), call.base_url)
        else:
            check_series(call.tenant, call.caller)

    def answer(self, call: Call) -> Answer:
        """Answer a call; a refusal becomes Graph's error envelope."""
        try:
            return self._answer(call)
        except GraphError as refusal:
            return refusal_answer(call, refusal)

    def _answer(self, call: Call) -> Answer:
        if call.caller is None:
            self.authenticate(call)
        segments = graph_segments(call)
        if segments is None:
            raise bad_request(f"Invalid version: {call.segments[0]}")
        pattern, handler, call.keys = self._routes.find(call.method, segments)
        if call.caller is not None:
            permissions.check(call.caller, call.method, pattern)
        answer: Answer = handler(call)
        return answer


def graph_segments(call: Call) -> list[str] | None:
    """Return the segments after the version, None when the path is not one of v1.0."""
    segments = call.segments
    if not segments or segments[0].lower() != VERSION:
        return None
    rest = segments[1:]
    return rest[1:] if rest and rest[0].lower() == "myorganization" else rest


def refusal_answer(call: Call, refusal: GraphError) -> Answer:
    """Return Graph's error envelope, and note the reasons it does not give for the request log."""
    call.problems += refusal.problems
    return Answer(refusal.status, refusal.body(call.request_id, call.client_request_id), dict(refusal.headers))
