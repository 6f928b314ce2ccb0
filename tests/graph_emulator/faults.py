# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults on purpose: which rule strikes at a call, and what it does to it.

Each rule has one effect; several rules can strike at the same call (a delay and a 503, say). Of ``status`` and
``reset`` the first rule in the file wins. Rules act on whole requests, on login requests, and on the sub-requests of a
batch.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from random import Random
from typing import Any

from .clock import now
from .errors import GraphError, LoginError
from .exchange import Answer, Call
from .graph import graph_segments, refusal_answer

Apply = Callable[[Call], Awaitable[Answer]]

_CODES = {
    429: ("TooManyRequests", "Too many requests. Please try again later."),
    500: ("InternalServerError", "There was an internal server error while processing the request."),
    502: ("BadGateway", "The gateway received an invalid response."),
    503: ("ServiceUnavailable", "The service is temporarily unavailable. Please try again later."),
    504: ("GatewayTimeout", "The gateway did not receive a timely response."),
}


class Dropped(Exception):
    """The connection is to be dropped without an answer."""


@dataclass
class Rule:
    """One rule of a fault file. ``effect`` is the effect's key there and ``value`` what stands beside it."""

    name: str
    effect: str
    value: Any
    methods: frozenset[str] = frozenset()
    path: re.Pattern[str] | None = None
    tenant: str | None = None
    nth: frozenset[int] = frozenset()
    times: int | None = None
    probability: float | None = None
    retry_after: float | None = None
    retry_after_date: bool = False
    matched: int = 0
    struck: int = 0

    def strikes(self, call: Call, path: str, random: Random) -> bool:
        """Count the call if it matches, and tell whether this is one to strike at."""
        if self.methods and call.method not in self.methods:
            return False
        if self.path and not self.path.search(path):
            return False
        if self.tenant and (call.tenant is None or self.tenant not in (call.tenant.id, call.tenant.domain.lower())):
            return False
        self.matched += 1
        if self.nth and self.matched not in self.nth:
            return False
        if self.times is not None and self.struck >= self.times:
            return False
        if self.probability is not None and random.random() >= self.probability:
            return False
        self.struck += 1
        return True


@dataclass
class Faults:
    """The rules of a fault file, in its order."""

    rules: list[Rule] = field(default_factory=list)
    random: Random = field(default_factory=lambda: Random(0))
    clock_skew_seconds: float = 0

    async def around(self, call: Call, apply: Apply) -> Answer:
        """Answer a call through the rules that strike at it."""
        if not self.rules:
            return await apply(call)
        path = matched_path(call)
        struck = [rule for rule in self.rules if rule.strikes(call, path, self.random)]
        if struck:
            call.fault = ", ".join(rule.name for rule in struck)
        for rule in struck:
            if rule.effect == "delay_ms":
                await asyncio.sleep(rule.value / 1000)
        ending = next((rule for rule in struck if rule.effect in ("status", "reset")), None)
        if ending and ending.effect == "status":
            return _status_answer(call, ending)
        if ending and ending.value == "before":
            raise Dropped
        answer = await apply(call)
        for rule in struck:
            if rule.effect == "lag_seconds":
                for write in call.writes:
                    write.tenant.start_lag(write, rule.value)
        if ending:
            raise Dropped
        return answer


def matched_path(call: Call) -> str:
    """Return what a rule's ``path`` is matched with: the path after ``/v1.0``, or the login path."""
    segments = graph_segments(call)
    return "/" + "/".join(call.segments if segments is None else segments)


def _status_answer(call: Call, rule: Rule) -> Answer:
    code, message = _CODES.get(rule.value, ("UnknownError", "An unknown error has occurred."))
    headers: dict[str, str] = {}
    if rule.retry_after is not None:
        headers["Retry-After"] = f"{rule.retry_after:g}"
        if rule.retry_after_date:
            when = now() + timedelta(seconds=rule.retry_after)
            headers["Retry-After"] = format_datetime(when, usegmt=True)
    if graph_segments(call) is not None:
        return refusal_answer(call, GraphError(rule.value, code, message, headers=headers))
    transient = LoginError(rule.value, "temporarily_unavailable", 90033, "A transient error has occurred.")
    return Answer(rule.value, transient.body(call.request_id, call.client_request_id, call.base_url), headers)
