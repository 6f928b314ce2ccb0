# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of Microsoft Graph, to a request and to a part of a batch: what can be read as one, and what cannot."""

from __future__ import annotations

import dataclasses
import typing as t

from .errors import Unreachable
from .transport import Broken, Received

Json = dict[str, t.Any]

# Without it, Graph shows members that an enumeration got later as unknownFutureValue, among them every verdict of a report-only
# policy (https://learn.microsoft.com/graph/best-practices-concept#handling-future-members-in-evolvable-enumerations).
READING = {"Prefer": "include-unknown-enum-members"}

# Successes that have no content, by RFC 9110.
_EMPTY = (204, 205)


@dataclasses.dataclass(frozen=True)
class Answer:
    """Status (200 to 299, or 400 and above), headers and decoded body (None where there is none) of a request or of one part of
    a batch. ``size`` is that of the body in bytes, 0 for a part's."""

    status: int
    headers: t.Mapping[str, str]
    body: t.Any
    size: int = 0


# In the place of one that cannot be read.
NO_ANSWER = Answer(0, {}, None)


class Unreadable(Broken):
    """An answer came, and is not what Graph answers."""


class Part(t.NamedTuple):
    """A part of a batch (https://learn.microsoft.com/graph/json-batching); only such as read."""

    method: str
    path: str
    body: Json | None = None

    def request(self, number: int) -> Json:
        """As it is sent. The headers of the batch are not those of its parts."""
        own = {"id": str(number), "method": self.method, "url": self.path, "headers": READING}
        if self.body is None:
            return own
        return {**own, "headers": {**READING, "Content-Type": "application/json"}, "body": self.body}


def whole(received: Received, method: str, path: str) -> Answer:
    """The answer to a request. A success that cannot be read is a broken answer, not an empty one. Raises Unreadable, and
    Unreachable for a redirect."""
    status = received.status_code
    if 300 <= status < 400:
        # The token must never travel to whatever host the answer names.
        raise Unreachable(f"{method} {path} was redirected to another address; that was not followed.")
    if status < 200:
        raise Unreadable(f"{method} {path} was answered with {status}, which says neither yes nor no.")
    return Answer(status, received.headers, _decoded(received, method, path), len(received.content))


def _decoded(received: Received, method: str, path: str) -> t.Any:
    success = received.status_code < 400
    if not received.content:
        if received.status_code == 200 or (method == "GET" and success):
            raise Unreadable(f"{method} {path} was answered with {received.status_code} and nothing in it.")
        return None
    try:
        body = received.json()
    except (ValueError, RecursionError) as error:
        if success:
            raise Unreadable(f"{method} {path} was answered with something that is not JSON.") from error
        return None
    if success and not isinstance(body, dict):
        raise Unreadable(f"{method} {path} was answered with JSON that is not an object.")
    return body


def of_parts(parts: t.Sequence[Part], outer: Answer) -> list[Answer | Unreachable]:
    """The answers to the parts of a batch, in their order, or why one is none."""
    responses = (outer.body or {}).get("responses")
    found = (
        {str(one.get("id")): one for one in responses if isinstance(one, dict)} if isinstance(responses, list) else {}
    )
    # A part lacks the date, which the batch has.
    date = {name: value for name, value in outer.headers.items() if name.lower() == "date"}
    return [_of_part(part, found.get(str(number)), date) for number, part in enumerate(parts)]


def _of_part(part: Part, answer: Json | None, date: t.Mapping[str, str]) -> Answer | Unreachable:
    if answer is None:
        return Unreachable(f"Graph answered a batch without the part for {part.path}.")
    status, headers, body = answer.get("status"), answer.get("headers") or {}, answer.get("body")
    unreadable = Unreachable(f"Graph answered the part of a batch for {part.path} with something that cannot be read.")
    # A truth value is an int to Python.
    if not isinstance(status, int) or isinstance(status, bool) or not isinstance(headers, dict):
        return unreadable
    if 300 <= status < 400:
        return Unreachable(
            f"The part of a batch for {part.path} was redirected to another address; that was not followed."
        )
    success = 200 <= status < 300 and status not in _EMPTY and isinstance(body, dict)
    if not success and not 400 <= status < 600:
        return unreadable
    return Answer(status, {**date, **{name: str(value) for name, value in headers.items()}}, body)
