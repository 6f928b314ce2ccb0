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

from . import answers, errors, our_run, remedies
from .answers import NO_ANSWER, READING, Answer, Json, Part, Unreadable
from .claims import Caller
from .clouds import Cloud
from .errors import EntraError, GraphError, NotFound, OutcomeUnknown, OutOfPatience, TokenRefused, Unreachable
from .listings import Pages
from .login import Login, refused_token
from .patience import Patience, retry_after
from .transport import BearerToken, Broken, NeverSent, Transport

# https://learn.microsoft.com/graph/json-batching
BATCH_LIMIT = 20
# No connection at all is a wrong address or a broken network far more often than a passing fault: do not wait minutes.
CONNECT_TRIES = 4
# A server that answers what nobody can read may do so for ever, where one that is busy comes round.
UNREADABLE_TRIES = 4
# What is sent by POST and changes nothing.
ONLY_READ = ("/$batch",)


class Mark(t.NamedTuple):
    """How far a session had come at some moment."""

    requests: int
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
        body: Json = self._accepted("GET", path).body
        return body

    def pages(self, first: Json) -> list[Json]:
        """All values of a listing whose first page is given: follows @odata.nextLink, to this Graph only."""
        return list(self._pages(kept=True).values(first))

    def each(self, path: str) -> t.Iterator[Json]:
        """The values of a listing one by one, with one page in memory: for what may be long, as a log is."""
        return self._pages(kept=False).values(self.get(path))

    def _pages(self, kept: bool) -> Pages:
        base = f"{self.cloud.graph_url}/v1.0"
        return Pages(lambda path: self._accepted("GET", path), base, self.patience, kept)

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

    def attempts(self, paths: t.Sequence[str]) -> list[Json | EntraError]:
        """The same where one part is no matter of the others: the body of each, or why there is none."""
        lost: dict[int, EntraError] = {}
        answers = self._batched([Part("GET", path) for path in paths], lost)
        return [
            lost.get(index) or self._body_or_error(*one) for index, one in enumerate(zip(paths, answers, strict=True))
        ]

    def _body_or_error(self, path: str, answer: Answer) -> Json | EntraError:
        try:
            return self.check(path, answer)
        except GraphError as error:
            return error

    def evaluations(self, path: str, bodies: t.Sequence[Json]) -> list[Answer]:
        """POST of several bodies to an action that only reads, as What If does, in the same way."""
        return self._batched([Part("POST", path, body) for body in bodies])

    def _batched(self, parts: t.Sequence[Part], lost: dict[int, EntraError] | None = None) -> list[Answer]:
        """With ``lost``, what keeps a part from being answered is put there, by its index, and is raised without. Then patience
        that is used up leaves the parts that it was used up for with their last answers."""
        done: dict[int, Answer] = {}
        waiting, turn, refused = list(range(len(parts))), 0, None
        while waiting:
            there = self._in_batches(parts, waiting, refused, lost)
            done |= there
            unsigned = [index for index in waiting if there[index].status == 401]
            if unsigned and refused is None:
                self._renewable(self._refusal(parts[unsigned[0]], there[unsigned[0]]))
                # The token of the last batch: where an earlier one went with another, that one was renewed since.
                refused = self._login.token()
            else:
                unsigned = []
            passing = [index for index in waiting if errors.passes(there[index].status, reading=True)]
            if passing:
                told = [seconds for index in passing if (seconds := retry_after(there[index].headers)) is not None]
                why = self._refusal(parts[passing[0]], there[passing[0]])
                try:
                    self.patience.wait(why, turn, max(told, default=None))
                except OutOfPatience:
                    if lost is None:
                        raise
                    break
                turn += 1
            waiting = sorted(passing + unsigned)
        return [done[index] for index in range(len(parts))]

    def _in_batches(
        self, parts: t.Sequence[Part], some: t.Sequence[int], refused: str | None, lost: dict[int, EntraError] | None
    ) -> dict[int, Answer]:
        """The answers to these parts, by index."""
        there: dict[int, Answer] = {}
        for start in range(0, len(some), BATCH_LIMIT):
            now = some[start : start + BATCH_LIMIT]
            asked = [parts[index] for index in now]
            body = {"requests": [part.request(number) for number, part in enumerate(asked)]}
            # Every part only reads, so a batch is as safe to send again as a GET.
            outer = self._accepted("POST", "/$batch", body, repeatable=True, refused=refused)
            for index, answer in zip(now, answers.of_parts(asked, outer), strict=True):
                if isinstance(answer, Answer):
                    there[index] = answer
                elif lost is None:
                    raise answer
                else:
                    there[index], lost[index] = NO_ANSWER, answer
        return there

    def _refusal(self, part: Part, answer: Answer) -> GraphError:
        return self._error(part.method, part.path, answer)

    def check(self, path: str, answer: Answer, method: str = "GET") -> Json:
        """The body of a batch's part. Raises the GraphError that it stands for."""
        if answer.status >= 400:
            raise self._error(method, path, answer)
        body: Json = answer.body
        return body

    def _renewable(self, error: GraphError) -> None:
        """Raises LoginError where the token that was refused cannot be renewed."""
        if not self._login.renewable:
            raise refused_token(error) from error

    def _accepted(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        repeatable: bool | None = None,
        refused: str | None = None,
    ) -> Answer:
        """Send until there is an answer that stands, and raise the error where it says no.

        A refused token is renewed once, in silence: it may have been revoked, or have run out in the middle of the run.
        ``refused`` is one that was refused before.
        """
        repeatable = method != "POST" if repeatable is None else repeatable
        turn, unconnected, unreadable = 0, 0, 0
        while True:
            token = self._login.token(refused)
            began = time.monotonic()
            try:
                answer = self._once(method, path, body, token)
                if answer.status < 400:
                    return answer
                why, told = self._passing(method, path, answer, repeatable), retry_after(answer.headers)
            except TokenRefused as error:
                self._renewable(error)
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
        if not errors.passes(answer.status, reading=method == "GET" or path in ONLY_READ):
            raise error
        if errors.uncertain(answer.status) and not repeatable:
            raise OutcomeUnknown(f"{error} Whether it was carried out is not known.") from error
        return error

    def _once(self, method: str, path: str, body: Json | None, token: str) -> Answer:
        """One request on the wire. Raises NeverSent, Broken or Unreachable."""
        url = f"{self.cloud.graph_url}/v1.0{path}"
        headers = {"client-request-id": str(uuid.uuid4()), "Accept": "application/json", **READING}
        sent: Json = {"request": f"{method} {path}", "status": None, "request_id": None}
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
        return answers.whole(answer, method, path)

    def _error(self, method: str, path: str, answer: Answer) -> GraphError:
        error = _object(_object(answer.body).get("error"))
        inner = _object(error.get("innerError"))
        headers = {name.lower(): value for name, value in answer.headers.items()}
        message = str(error.get("message") or "(no message)")
        held = self._login.permissions
        forbidden = remedies.of_forbidden(method, path, held, message) if answer.status == 403 else remedies.Forbidden()
        return errors.error_type(answer.status)(
            status=answer.status,
            code=str(error.get("code") or "(no code)"),
            message=message,
            inner=str(inner.get("message") or ""),
            request=f"{method} {path.split('?')[0]}",
            request_id=inner.get("request-id") or headers.get("request-id"),
            client_request_id=inner.get("client-request-id") or headers.get("client-request-id"),
            **forbidden._asdict(),
        )


def _object(value: t.Any) -> Json:
    """What should be an object, and is an empty one where it is something else."""
    return value if isinstance(value, dict) else {}
