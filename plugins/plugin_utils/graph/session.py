# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to Microsoft Graph v1.0: signed, retried, paged, batched, and counted."""

from __future__ import annotations

import contextlib
import dataclasses
import time
import typing as t
import uuid

from . import our_run
from .claims import Caller
from .clouds import Cloud
from .errors import EntraError, GraphError, NotFound, OutcomeUnknown, TokenRefused, Unreachable, error_type
from .login import Login, refused_token
from .patience import Patience, retry_after
from .transport import BearerToken, Broken, NeverSent, Received, Transport

# https://learn.microsoft.com/graph/json-batching
BATCH_LIMIT = 20
# No connection at all is a wrong address or a broken network far more often than a passing fault: do not wait minutes.
CONNECT_TRIES = 4
# A server that answers what nobody can read may do so for ever, where one that is busy comes round.
UNREADABLE_TRIES = 4
# A listing that has not ended by then is a server that repeats itself.
PAGE_LIMIT = 1000

# Without it, Graph shows members that an enumeration got later as unknownFutureValue, among them every verdict of a report-only
# policy (https://learn.microsoft.com/graph/best-practices-concept#handling-future-members-in-evolvable-enumerations).
# What is sent by POST and changes nothing.
ONLY_READ = ("/$batch",)

READING = {"Prefer": "include-unknown-enum-members"}

Json = dict[str, t.Any]


class Mark(t.NamedTuple):
    """How far a session had come at some moment."""

    count: int
    seconds: float
    written: int
    sent: int


@dataclasses.dataclass
class Cost:
    """What a session asked of Graph: requests (a batch is one), the seconds they took together, waits not included, the
    writes that were taken, such as ``PATCH /users/…``, and each try of one with what Graph calls it (status None where no answer
    came)."""

    count: int = 0
    seconds: float = 0.0
    written: list[str] = dataclasses.field(default_factory=list)
    sent: list[Json] = dataclasses.field(default_factory=list)

    def mark(self) -> Mark:
        """Where it stands now."""
        return Mark(self.count, self.seconds, len(self.written), len(self.sent))

    def perhaps(self, mark: Mark) -> list[str]:
        """The writes since then that were carried out, or may have been: those that were taken, whose answer was lost, or of
        which Graph itself failed. Any other answer says that nothing was changed."""
        tries = [(one["request"], one["status"]) for one in self.sent[mark.sent :]]
        return [request for request, status in tries if status is None or status < 300 or status >= 500]


@dataclasses.dataclass(frozen=True)
class Answer:
    """Status, headers and decoded body (None where there is none) of a request or of one part of a batch."""

    status: int
    headers: t.Mapping[str, str]
    body: t.Any


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


class GraphSession:
    """One tenant's Graph. Paths are relative to the version, such as ``/users``."""

    def __init__(self, cloud: Cloud, login: Login, transport: Transport, patience: Patience):
        self.cloud = cloud
        self.patience = patience
        self.cost = Cost()
        self._login = login
        self._transport = transport

    @property
    def tenant_id(self) -> str:
        """The id of the tenant that the requests go to, by the token they carry. Raises LoginError."""
        return self._login.tenant_id

    @property
    def permissions(self) -> frozenset[str] | None:
        """The application permissions that the token carries, None where it does not say. Known after the first request."""
        return self._login.permissions

    @property
    def caller(self) -> Caller | None:
        """Who the requests come from, by the token they carry, None where it does not say. Known after the first request."""
        return self._login.caller

    def get(self, path: str) -> Json:
        """One object, or one page. Raises NotFound and other GraphErrors, Unreachable, LoginError, OutOfPatience."""
        return self._accepted("GET", path).body

    def pages(self, first: Json) -> list[Json]:
        """All values of a listing whose first page is given: follows @odata.nextLink, to this Graph only."""
        return list(self._values(first))

    def each(self, path: str) -> t.Iterator[Json]:
        """The values of a listing one by one, with one page in memory: for what may be long, as a log is."""
        return self._values(self.get(path))

    def _values(self, page: Json) -> t.Iterator[Json]:
        for dummy in range(PAGE_LIMIT):
            values = page.get("value")
            if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
                raise Unreachable("Graph answered a listing with something else; what is there is not known.")
            yield from values
            link = page.get("@odata.nextLink")
            if not link:
                return
            base = f"{self.cloud.graph_url}/v1.0"
            if not str(link).lower().startswith(base.lower() + "/"):
                raise Unreachable(
                    f"Graph's next page is at another address, {str(link).partition('?')[0]}; it was not followed."
                )
            page = self.get(link[len(base) :])
        raise Unreachable(
            f"A listing did not end after {PAGE_LIMIT} pages; its last page is at {link.partition('?')[0]}."
        )

    def create(self, path: str, body: Json) -> Json:
        """POST. Raises OutcomeUnknown where the answer was lost: then look for the object before trying again."""
        made = self._accepted("POST", path, body).body
        self.cost.written.append(f"POST {path}")
        if not isinstance(made, dict) or "id" not in made:
            raise OutcomeUnknown(f"POST {path} was taken and the answer does not say what it made.")
        return made

    def act(self, path: str) -> None:
        """POST to an action that takes nothing, such as ``…/restore``. Raises OutcomeUnknown where the answer was lost."""
        self._accepted("POST", path)
        self.cost.written.append(f"POST {path}")

    def repeat(self, path: str) -> None:
        """The same for an action that may be carried out twice: sent again after a lost answer."""
        self._accepted("POST", path, repeatable=True)
        self.cost.written.append(f"POST {path}")

    def update(self, path: str, body: Json) -> None:
        """PATCH. Sent again after a lost answer: the same change twice is the same change."""
        self._accepted("PATCH", path, body)
        self.cost.written.append(f"PATCH {path}")

    def delete(self, path: str) -> None:
        """DELETE. What is already gone counts as deleted: the answer to the first try may have been lost."""
        with contextlib.suppress(NotFound):
            self._accepted("DELETE", path)
            self.cost.written.append(f"DELETE {path}")

    def batch(self, paths: t.Sequence[str]) -> list[Answer]:
        """GET of several paths, 20 to a request, answers in order. Only throttled or failed parts are asked for again."""
        return self._batched([Part("GET", path) for path in paths])

    def evaluations(self, path: str, bodies: t.Sequence[Json]) -> list[Answer]:
        """POST of several bodies to an action that only reads, as What If does, in the same way."""
        return self._batched([Part("POST", path, body) for body in bodies])

    def _batched(self, parts: t.Sequence[Part]) -> list[Answer]:
        answers: list[Answer | None] = [None] * len(parts)
        waiting = list(range(len(parts)))
        turn = 0
        while waiting:
            now, again, told = waiting, [], []
            for start in range(0, len(now), BATCH_LIMIT):
                some = now[start : start + BATCH_LIMIT]
                for index, answer in zip(some, self._batch_once([parts[index] for index in some]), strict=True):
                    answers[index] = answer
                    if answer.status == 429 or answer.status >= 500:
                        again.append(index)
                        told.append(retry_after(answer.headers))
            if again:
                delays = [seconds for seconds in told if seconds is not None]
                first, part = t.cast(Answer, answers[again[0]]), parts[again[0]]
                why = self._error(part.method, part.path, first)
                self.patience.wait(why, turn, max(delays) if delays else None)
                turn += 1
            waiting = again
        return [t.cast(Answer, answer) for answer in answers]

    def check(self, path: str, answer: Answer, method: str = "GET") -> Json:
        """The body of a batch's part. Raises the GraphError that it stands for."""
        if answer.status >= 400:
            raise self._error(method, path, answer)
        return answer.body

    def _batch_once(self, parts: t.Sequence[Part]) -> list[Answer]:
        requests_ = [part.request(number) for number, part in enumerate(parts)]
        # Every part only reads, so a batch is as safe to send again as a GET.
        outer = self._accepted("POST", "/$batch", {"requests": requests_}, repeatable=True)
        responses = (outer.body or {}).get("responses")
        parts_ = responses if isinstance(responses, list) else []
        found = {str(part.get("id")): part for part in parts_ if isinstance(part, dict)}
        date = {name: value for name, value in outer.headers.items() if name.lower() == "date"}
        return [_part_answer(part, found.get(str(number)), date) for number, part in enumerate(parts)]

    def _accepted(self, method: str, path: str, body: Json | None = None, repeatable: bool | None = None) -> Answer:
        """Send until there is an answer that stands, and raise the error where it says no.

        A refused token is renewed once, in silence: it may have been revoked, or have run out in the middle of the run.
        """
        repeatable = method != "POST" if repeatable is None else repeatable
        turn, unconnected, unreadable, refused = 0, 0, 0, None
        while True:
            token = self._login.token(refused)
            began = time.monotonic()
            try:
                answer = self._once(method, path, body, token)
                if answer.status < 400:
                    return answer
                why, told = self._passing(method, path, answer, repeatable), retry_after(answer.headers)
            except TokenRefused as error:
                if not self._login.renewable:
                    raise refused_token(error) from error
                if refused:
                    raise
                refused = token
                continue
            except NeverSent as error:
                unconnected += 1
                if unconnected == CONNECT_TRIES:
                    raise Unreachable(f"{error} Tried {CONNECT_TRIES} times.") from error
                why, told = error, None
            except Broken as error:
                if not repeatable:
                    raise OutcomeUnknown(f"{method} {path} was sent and its answer was lost. {error}") from error
                unreadable += isinstance(error, Unreadable)
                if unreadable == UNREADABLE_TRIES:
                    raise Unreachable(f"{error} Tried {UNREADABLE_TRIES} times.") from error
                why, told = error, None
            self.patience.lose(time.monotonic() - began)
            self.patience.wait(why, turn, told)
            turn += 1

    def _passing(self, method: str, path: str, answer: Answer, repeatable: bool) -> EntraError:
        """A refusal that passes with time. Raises the error of one that does not."""
        error = self._error(method, path, answer)
        if answer.status != 429 and answer.status < 500:
            raise error
        if answer.status >= 500 and not repeatable:
            raise OutcomeUnknown(f"{error} Whether it was carried out is not known.") from error
        return error

    def _once(self, method: str, path: str, body: Json | None, token: str) -> Answer:
        """One request on the wire. Raises NeverSent, Broken or Unreachable."""
        url = f"{self.cloud.graph_url}/v1.0{path}"
        headers = {"client-request-id": str(uuid.uuid4()), "Accept": "application/json", **READING}
        sent = {"request": f"{method} {path}", "status": None, "request_id": None}
        if method != "GET" and path not in ONLY_READ:
            our_run.must_go_on()
            self.cost.sent.append(sent | {"client_request_id": headers["client-request-id"]})
            sent = self.cost.sent[-1]
        started = time.monotonic()
        try:
            answer = self._transport.send(method, url, json=body, headers=headers, auth=BearerToken(token))
        except NeverSent:
            if sent in self.cost.sent:
                self.cost.sent.remove(sent)
            raise
        finally:
            self.cost.count += 1
            self.cost.seconds += time.monotonic() - started
        sent.update(status=answer.status_code, request_id=answer.headers.get("request-id"))
        if 300 <= answer.status_code < 400:
            # The token must never travel to whatever host the answer names.
            raise Unreachable(f"{method} {path} was redirected to another address; that was not followed.")
        return Answer(answer.status_code, answer.headers, _decoded(answer, method, path))

    def _error(self, method: str, path: str, answer: Answer) -> GraphError:
        body = answer.body if isinstance(answer.body, dict) else {}
        error = body.get("error") if isinstance(body.get("error"), dict) else {}
        inner = error.get("innerError") if isinstance(error.get("innerError"), dict) else {}
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return error_type(answer.status)(
            status=answer.status,
            code=str(error.get("code") or "(no code)"),
            message=str(error.get("message") or "(no message)"),
            inner=str(inner.get("message") or ""),
            request=f"{method} {path.split('?')[0]}",
            request_id=inner.get("request-id") or headers.get("request-id"),
            client_request_id=inner.get("client-request-id") or headers.get("client-request-id"),
            remedy=_remedy(method, path, self._login.permissions) if answer.status == 403 else "",
        )


def _decoded(answer: Received, method: str, path: str) -> t.Any:
    """The JSON of an answer. A success that cannot be read is a broken answer, not an empty one."""
    success = answer.status_code < 400
    if not answer.content:
        if answer.status_code == 200 or (method == "GET" and success):
            raise Unreadable(f"{method} {path} was answered with {answer.status_code} and nothing in it.")
        return None
    try:
        body = answer.json()
    except (ValueError, RecursionError) as error:
        if success:
            raise Unreadable(f"{method} {path} was answered with something that is not JSON.") from error
        return None
    if success and not isinstance(body, dict):
        raise Unreadable(f"{method} {path} was answered with JSON that is not an object.")
    return body


def _part_answer(part: Part, answer: Json | None, date: t.Mapping[str, str]) -> Answer:
    """The answer to a part of a batch. Its headers lack the date, which the batch has. Raises Unreachable."""
    if answer is None:
        raise Unreachable(f"Graph answered a batch without the part for {part.path}.")
    status, headers, body = answer.get("status"), answer.get("headers") or {}, answer.get("body")
    if not isinstance(status, int) or not isinstance(headers, dict) or (status < 400 and not isinstance(body, dict)):
        raise Unreachable(f"Graph answered the part of a batch for {part.path} with something that cannot be read.")
    return Answer(status, {**date, **{name: str(value) for name, value in headers.items()}}, body)


# The least privileged application permissions (https://learn.microsoft.com/graph/permissions-reference), by start of path.
PERMISSIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("/identity/conditionalAccess/evaluate", "*", ("Policy.Read.ConditionalAccess",)),
    ("/identity/conditionalAccess", "GET", ("Policy.Read.All",)),
    ("/identity/conditionalAccess", "*", ("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess")),
    ("/policies", "*", ("Policy.Read.All",)),
    ("/servicePrincipals", "*", ("Application.Read.All",)),
    ("/users", "GET", ("User.Read.All",)),
    ("/users", "POST", ("User.RevokeSessions.All",)),
    ("/groups", "*", ("Group.Read.All",)),
    ("/directoryRoleTemplates", "*", ("RoleManagement.Read.Directory",)),
    ("/identityGovernance/termsOfUse", "*", ("Agreement.Read.All",)),
    ("/roleManagement", "*", ("RoleManagement.Read.Directory",)),
    ("/auditLogs", "*", ("AuditLog.Read.All",)),
    ("/reports", "*", ("AuditLog.Read.All",)),
    ("/subscribedSkus", "*", ("LicenseAssignment.Read.All",)),
    ("/tenantRelationships/findTenantInformation", "*", ("CrossTenantInformation.ReadBasic.All",)),
    ("/tenantRelationships/delegatedAdmin", "*", ("DelegatedAdminRelationship.Read.All",)),
)


# What a 403 may be where it is not for want of a permission, by start of path.
OTHERWISE: tuple[tuple[str, str], ...] = (
    (
        "/tenantRelationships/delegatedAdmin",
        "Only a Microsoft partner's own tenant has customers; see that tenant_id is that one.",
    ),
    ("/", "Conditional Access needs Microsoft Entra ID P1 or P2 in the tenant."),
)


def _remedy(method: str, path: str, held: t.Collection[str] | None) -> str:
    """What to do about a 403. ``held`` are the permissions in the token, None where it does not say."""
    for start, verb, needed in PERMISSIONS:
        if not path.lower().startswith(start.lower()) or verb not in ("*", method):
            continue
        otherwise = next(words for begin, words in OTHERWISE if path.lower().startswith(begin.lower()))
        missing = [permission for permission in needed if permission not in (held or ())]
        if not missing:
            return f"The token has {' and '.join(needed)}, so it is not for want of a permission. {otherwise}"
        sure = (
            "The application permission that is missing"
            if held is not None
            else "The permission that is probably missing"
        )
        beside = "" if held is not None else f" {otherwise}"
        return f"{sure}: {' and '.join(missing)}, with an administrator's consent in this tenant.{beside}"
    return ""
