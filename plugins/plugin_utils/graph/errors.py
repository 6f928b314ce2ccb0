# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong between a task and Microsoft Graph, as types.

Low layers raise these; only the action plugin turns one into a failed task. Every message is for the person who reads it
at night: what happened, where, and what to do.
"""

from __future__ import annotations

import typing as t


class EntraError(Exception):
    """The root of everything the collection raises on purpose. Its text is the task's failure message."""

    # What else the task that fails with it returns, such as the writes that were carried out before.
    beside: t.Mapping[str, t.Any] = {}

    # The sort of failure, in one word, for whoever sorts a fleet's failures; the modules return it as failure_kind.
    kind = "other"

    # Whether the message tells what the task has written, so that nobody else need.
    tells_of_writes = False

    def facts(self) -> dict[str, t.Any]:
        """Machine-readable facts that go into the failed result beside the message."""
        return {}

    def named(self, by: t.Callable[[t.Sequence[str]], list[str]]) -> EntraError:
        """The same, with its problems as ``by`` names what they are about."""
        return self


class BadInput(EntraError):
    """Options that cannot be meant, every problem at once. Raised before the first request, or before the first write where it
    takes a look at the tenant to know (``looked``)."""

    kind = "input"

    def __init__(self, problems: t.Sequence[str], looked: bool = False):
        self.problems, self.looked = list(problems), looked
        count = f"{len(self.problems)} problem{'s' if len(self.problems) > 1 else ''}"
        lines = "".join(f"\n- {problem}" for problem in self.problems)
        extent = "nothing was written" if looked else "nothing was sent to Microsoft Graph"
        super().__init__(f"{count} in what was given; {extent}:{lines}")

    def facts(self) -> dict[str, t.Any]:
        return {"problems": self.problems}

    def named(self, by: t.Callable[[t.Sequence[str]], list[str]]) -> BadInput:
        return BadInput(by(self.problems), self.looked)


class LoginError(EntraError):
    """Microsoft Entra gave no token. ``aadsts`` is the AADSTS number, or None where there was none. ``options`` are those that
    stand in braces in the message, and what each is called by the people who have written it."""

    kind = "login"

    def __init__(self, message: str, aadsts: int | None = None, options: t.Mapping[str, str] | None = None):
        self._message, self.aadsts, self._options = message, aadsts, options or {}
        for option, told in self._options.items():
            message = message.replace(f"{{{option}}}", told)
        super().__init__(message)

    def named(self, by: t.Callable[[t.Sequence[str]], list[str]]) -> LoginError:
        # Problems begin with the option, and are named there.
        told = {option: by([f"{option}:"])[0].removesuffix(":") for option in self._options}
        return self if told == self._options else LoginError(self._message, self.aadsts, told)

    def facts(self) -> dict[str, t.Any]:
        return {"aadsts": self.aadsts} if self.aadsts else {}


class LoginBusy(EntraError):
    """429 of the login service: asked to wait."""

    kind = "throttled"


class Unreachable(EntraError):
    """No answer came back, and it is certain that nothing was changed by the request."""

    kind = "unreachable"


class OutcomeUnknown(EntraError):
    """A create was sent and no answer came back: it may or may not have been carried out. Look before creating again."""

    kind = "unreachable"


class Malformed(EntraError):
    """Graph answered with an object that cannot be read; nothing can be judged by it."""

    kind = "unreadable"


class OutOfPatience(EntraError):
    """The time a task may wait for Microsoft Graph is used up. Its kind is that of what it waited for."""

    def __init__(self, message: str, kind: str):
        super().__init__(message)
        self.kind = kind


class GraphError(EntraError):
    """An answer of Microsoft Graph that says no.

    Fields follow Graph's error envelope (https://learn.microsoft.com/graph/errors): ``code``, ``message``, and
    ``inner``, the message one level down, which is often the only one that says why.
    """

    kind = "refused"

    def __init__(
        self,
        *,
        status: int,
        code: str,
        message: str,
        inner: str,
        request: str,
        request_id: str | None,
        client_request_id: str | None,
        remedy: str = "",
        otherwise: str = "",
        lacks: t.Sequence[str] = (),
    ):
        self.status = status
        self.code = code
        self.message = message
        self.inner = inner
        self.request_id = request_id
        self.client_request_id = client_request_id
        # What to do about a 403 that is not for want of a permission; else empty.
        self.otherwise = otherwise
        # The permissions that are missing for certain, since the token says what it has; else empty.
        self.lacks = tuple(lacks)
        parts = [f"{request} was refused by Microsoft Graph with {status} {code}: {_sentence(message)}"]
        if inner and inner != message:
            parts.append(f"Reason: {_sentence(inner)}")
        if remedy:
            parts.append(remedy)
        parts.append(f"(request-id {request_id or 'none'}, client-request-id {client_request_id or 'none'})")
        super().__init__(" ".join(parts))

    def facts(self) -> dict[str, t.Any]:
        return {
            "graph_error": {
                "status": self.status,
                "code": self.code,
                "message": self.message,
                "inner_message": self.inner,
                "request_id": self.request_id,
                "client_request_id": self.client_request_id,
            }
        }


def _sentence(text: str) -> str:
    """Graph's own words, with the end that some of them lack."""
    return text if text.endswith((".", "!", "?", ")")) else f"{text}."


class NotFound(GraphError):
    """404: the object, or the path, is not there."""


class PermissionMissing(GraphError):
    """403: the token lacks a permission, or its tenant lacks the licence."""

    kind = "permission"


class TokenRefused(GraphError):
    """401: the token is expired, revoked or for somebody else."""

    kind = "login"


class Conflict(GraphError):
    """409, 412 or 423: somebody else is writing the same object."""

    kind = "conflict"


class Throttled(GraphError):
    """429: asked to wait."""

    kind = "throttled"


class Unavailable(GraphError):
    """408, 425 or 5xx: Graph itself failed."""

    kind = "unavailable"


BY_STATUS: dict[int, type[GraphError]] = {
    401: TokenRefused,
    403: PermissionMissing,
    404: NotFound,
    408: Unavailable,
    409: Conflict,
    412: Conflict,
    423: Conflict,
    425: Unavailable,
    429: Throttled,
}

# What passes with time (https://learn.microsoft.com/graph/errors, RFC 9110, RFC 8470), beside 5xx. What is asked to come later
# was not carried out.
_LATER = (425, 429)
# Cut short: it may have been carried out, so that only what may be repeated is sent again.
_CUT_SHORT = (408,)
# Somebody else is at the object. To a write that says something, which its sender judges; to a read it does not.
_OCCUPIED = (409, 423)


def error_type(status: int) -> type[GraphError]:
    """The exception class of an HTTP status."""
    return Unavailable if status >= 500 else BY_STATUS.get(status, GraphError)


def uncertain(status: int) -> bool:
    """True where the request may have been carried out all the same."""
    return status in _CUT_SHORT or status >= 500


def passes(status: int, reading: bool) -> bool:
    """True for a refusal that passes with time; ``reading`` is a request that changes nothing."""
    return uncertain(status) or status in _LATER or (reading and status in _OCCUPIED)
