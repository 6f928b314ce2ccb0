# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what one task needs from Graph, in one request, and no request twice."""

from __future__ import annotations

import dataclasses
import typing as t

from .answers import Answer, Json
from .errors import GraphError, Malformed, NotFound
from .session import GraphSession

# What is wrong with an object of a listing, by the listing's path; what cannot be read must not be judged.
Forms = t.Mapping[str, t.Callable[[Json], list[str]]]


# What an object is known by, in every listing, and when it was written.
NAMES = (
    *("id", "appId", "displayName", "userPrincipalName", "roleTemplateId", "tenantId"),
    *("createdDateTime", "modifiedDateTime", "deletedDateTime"),
)


@dataclasses.dataclass(frozen=True)
class Expected:
    """What was written and does not show yet. ``after`` is the object as it is to be, None for not there; ``shows`` tells whether
    an object of Graph's, None for none, is that. ``name`` is what people call it."""

    path: str
    id: str
    after: Json | None
    name: str
    shows: t.Callable[[Json | None], bool]
    made: bool = False


class Reads:
    """GETs of one task. Several at once go as one batch; what the task has read already is not asked for again.

    The items of a loop run in one process, so fifty named locations cost one listing. A write of ours puts what it has read
    back into the listing; everything else is forgotten with ``forget``. What was written and does not show yet counts as there.
    """

    def __init__(self, session: GraphSession, forms: Forms | None = None):
        self.session = session
        self._forms = forms or {}
        self._known: dict[str, list[Json]] = {}
        self._expected: dict[tuple[str, str], Expected] = {}

    def listings(self, paths: t.Sequence[str]) -> list[list[Json]]:
        """All values of each listing, in the order of the paths. Raises what the session raises.

        A path of one object counts as a listing of one. One that calls an OData function does too, and as a listing of none where
        there is no such object.
        """
        unknown = [path for path in dict.fromkeys(paths) if path not in self._known]
        if len(unknown) == 1 and not _is_function(unknown[0]):
            pages = [self.session.get(unknown[0])]
        else:
            answers = self.session.batch(unknown)
            pages = [self._page(path, answer) for path, answer in zip(unknown, answers, strict=True)]
        for path, page in zip(unknown, pages, strict=True):
            self._known[path] = self._values(path, page)
        return [self._as_written(path) for path in paths]

    def attempts(self, paths: t.Sequence[str]) -> dict[str, list[Json] | GraphError]:
        """All values of each listing, by its path, or what Graph refused it with. All in one batch; no refusal is kept."""
        unknown = [path for path in dict.fromkeys(paths) if path not in self._known]
        answers = self.session.batch(unknown)
        refused: dict[str, list[Json] | GraphError] = {}
        for path, answer in zip(unknown, answers, strict=True):
            try:
                self._known[path] = self._values(path, self._page(path, answer))
            except GraphError as error:
                refused[path] = error
        return {path: refused[path] if path in refused else self._as_written(path) for path in paths}

    def listings_beside(
        self, paths: t.Sequence[str], wished: t.Sequence[str]
    ) -> tuple[list[list[Json]], dict[str, list[Json] | GraphError]]:
        """``listings`` of the paths, and ``attempts`` of what is wished for, all in one batch. Raises as ``listings`` does."""
        if not wished:
            return self.listings(paths), {}
        found = self.attempts([*paths, *wished])
        needed = []
        for path in paths:
            answer = found[path]
            if isinstance(answer, GraphError):
                raise answer
            needed.append(answer)
        return needed, {path: found[path] for path in wished}

    def _page(self, path: str, answer: Answer) -> Json:
        if not _is_function(path):
            return self.session.check(path, answer)
        try:
            return self.session.check(path, answer)
        except NotFound:
            return {"value": []}

    def _values(self, path: str, page: Json) -> list[Json]:
        """All values of a listing, or the one object that it is. Raises Malformed."""
        values = self.session.pages(page) if "value" in page or path in self._forms else [page]
        for value in values:
            self.sound(path, value)
        return values

    def sound(self, path: str, value: Json) -> Json:
        """An object of this listing. Raises Malformed for one that cannot be meant."""
        problems = [f"{name}: {value[name]!r}" for name in NAMES if not isinstance(value.get(name), str | None)]
        problems += self._forms[path](value) if path in self._forms else []
        if problems:
            raise Malformed(
                f"Microsoft Graph answered with an object of {path} that cannot be read: '{value.get('displayName')}' "
                f"({value.get('id')}) has {'; '.join(problems)}. Look at it in the Entra admin center, or run this again later."
            )
        return value

    def written(self, path: str, id: str | None, after: Json | None) -> None:
        """Bring a listing up to date: the object of that id, None for one that is new, is ``after`` now, None for not there.
        Graph has shown it so."""
        self._expected.pop((path, str(id)), None)
        if path in self._known:
            self._known[path] = _with(self._known[path], id, after)

    def expect(self, expected: Expected) -> None:
        """Take what was written for there, whatever Graph shows. Raises Malformed."""
        if expected.after:
            self.sound(expected.path, expected.after)
        before = self._expected.get((expected.path, expected.id))
        # What was made and is changed before it shows was made all the same.
        made = expected.made or bool(before and before.made)
        self._expected[expected.path, expected.id] = dataclasses.replace(expected, made=made)

    @property
    def expected(self) -> list[Expected]:
        """What is taken for there and has not been seen."""
        return list(self._expected.values())

    def late(self) -> list[Expected]:
        """Look for what is expected, in one request. Returns what does not show even now; nothing else is expected any more."""
        self.forget()
        self.listings([one.path for one in self.expected])
        for key, one in list(self._expected.items()):
            if one.shows(next((value for value in self._known[one.path] if value.get("id") == one.id), None)):
                del self._expected[key]
        return self.expected

    def _as_written(self, path: str) -> list[Json]:
        """A listing, and what was written and does not show in it yet."""
        values = self._known[path]
        for one in self._expected.values():
            values = _with(values, one.id, one.after) if one.path == path else values
        return values

    def begin(self) -> None:
        """A new task: nothing is known, and nothing was written yet."""
        self._expected.clear()
        self.forget()

    def forget(self) -> None:
        """Read everything anew from here on."""
        self._known.clear()


def _with(values: list[Json], id: str | None, after: Json | None) -> list[Json]:
    """A listing in which the object of that id is this one, None for not there."""
    return [value for value in values if value.get("id") != id] + ([after] if after else [])


def _is_function(path: str) -> bool:
    """True for the call of a function (https://docs.oasis-open.org/odata/odata/v4.01, Addressing Functions)."""
    return path.endswith(")")
