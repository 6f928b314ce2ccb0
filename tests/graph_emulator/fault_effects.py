# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each effect of a fault does to the call it strikes. ``faults`` has the order in which they come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from email.utils import format_datetime

from .clock import now
from .errors import GraphError, LoginError, invalid_token
from .exchange import Answer, Call
from .fault_rules import Rule
from .graph import graph_segments, refusal_answer
from .somebody_else import addressed, change, create_the_same, kind_to_create
from .tokens import EXPIRED

Apply = Callable[[Call], Awaitable[Answer]]

# status -> Graph's code and words for it
_STATUSES = {
    401: ("InvalidAuthenticationToken", "Access token validation failure."),
    408: ("RequestTimeout", "The request timed out."),
    409: ("Conflict", "The request conflicts with another one that changes the same object."),
    412: ("PreconditionFailed", "The object has changed since it was read."),
    429: ("TooManyRequests", "Too many requests. Please try again later."),
    500: ("InternalServerError", "There was an internal server error while processing the request."),
    502: ("BadGateway", "The gateway received an invalid response."),
    503: ("ServiceUnavailable", "The service is temporarily unavailable. Please try again later."),
    504: ("GatewayTimeout", "The gateway did not receive a timely response."),
}
# and the token endpoint's
_LOGIN_STATUSES = {401: ("invalid_client", 7000215, "Invalid client secret provided.")}
_TRANSIENT = ("temporarily_unavailable", 90033, "A transient error has occurred.")


class Dropped(Exception):
    """The connection is to be dropped without an answer."""


def _status(call: Call, rule: Rule) -> Answer:
    headers: dict[str, str] = {}
    if rule.retry_after is not None:
        headers["Retry-After"] = f"{rule.retry_after:g}"
        if rule.retry_after_date:
            headers["Retry-After"] = format_datetime(now() + timedelta(seconds=rule.retry_after), usegmt=True)
    if graph_segments(call) is not None:
        code, message = _STATUSES.get(rule.value, ("UnknownError", "An unknown error has occurred."))
        if rule.value == 401:
            headers |= invalid_token(message).headers
        return refusal_answer(call, GraphError(rule.value, code, message, headers=headers))
    refusal = LoginError(rule.value, *_LOGIN_STATUSES.get(rule.value, _TRANSIENT))
    return Answer(rule.value, refusal.body(call.request_id, call.client_request_id, call.base_url), headers)


def _reset_before(_call: Call, rule: Rule) -> None:
    if rule.value == "before":
        raise Dropped


def _redirect(call: Call, rule: Rule) -> Answer:
    return Answer(307, headers={"Location": f"{rule.value.rstrip('/')}{call.target}"})


def _expire_tokens(call: Call, _rule: Rule) -> Answer | None:
    """A request for a token bears none that could be refused."""
    if call.tenant is not None:
        call.tenant.expire_tokens()
    return refusal_answer(call, invalid_token(EXPIRED)) if call.caller is not None else None


def _twin(when: str) -> Callable[[Call, Rule, Apply], Awaitable[None]]:
    async def twin(call: Call, rule: Rule, apply: Apply) -> None:
        if rule.value == when:
            await create_the_same(call, apply)

    return twin


async def _meddle(call: Call, rule: Rule, _apply: Apply) -> None:
    change(call, rule.value)


async def _lag(call: Call, rule: Rule, _apply: Apply) -> None:
    for write in call.writes:
        write.tenant.start_lag(write, rule.value)


async def _rule_lag(call: Call, rule: Rule, _apply: Apply) -> None:
    for write in call.writes:
        write.tenant.start_rule_lag(write, rule.value)


async def _keep_from_references(call: Call, rule: Rule, _apply: Apply) -> None:
    for write in call.writes:
        write.tenant.keep_from_references(write, rule.value)


def _reset_after(_call: Call, _rule: Rule) -> None:
    raise Dropped


def _break_body(call: Call, rule: Rule) -> None:
    call.broken = rule.value


# What is answered in the place of carrying the call out; None lets it be carried out after all.
INSTEAD: dict[str, Callable[[Call, Rule], Answer | None]] = {
    "status": _status,
    "redirect": _redirect,
    "expire_tokens": _expire_tokens,
    "reset": _reset_before,
}
# What somebody else does just before the call is carried out, and what becomes of it afterwards.
BEFORE: dict[str, Callable[[Call, Rule, Apply], Awaitable[None]]] = {
    "twin": _twin("before"),
    "meddle": _meddle,
}
AFTER: dict[str, Callable[[Call, Rule, Apply], Awaitable[None]]] = {
    "twin": _twin("after"),
    "lag_seconds": _lag,
    "rule_lag_seconds": _rule_lag,
    "unreferenceable_seconds": _keep_from_references,
}
# What happens to the answer.
AT_LAST: dict[str, Callable[[Call, Rule], None]] = {
    "reset": _reset_after,
    "body": _break_body,
}
# The calls that an effect can do anything to; any call, for one that is not here.
FITS: dict[str, Callable[[Call], bool]] = {
    "twin": lambda call: kind_to_create(call) is not None,
    "meddle": lambda call: addressed(call) is not None,
    "unreferenceable_seconds": lambda call: kind_to_create(call) == "namedLocations",
}
