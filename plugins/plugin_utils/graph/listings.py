# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listings of many pages (https://learn.microsoft.com/graph/paging): followed to their end, which a server that is not what it
should be need not have."""

from __future__ import annotations

import time
import typing as t

from .answers import Answer, Json
from .errors import Unreachable
from .patience import Patience
from .transport import SIZE_LIMIT

PAGE_LIMIT = 1000
# Graph's largest pages have 1000 objects.
OBJECT_LIMIT = PAGE_LIMIT * 1000
# In bytes of JSON, which takes about five times as much once it is read. All named locations that a tenant may have, with all
# their ranges, are 40 MiB; a log is read page by page and may be as long as it is.
KEPT_LIMIT = 2 * SIZE_LIMIT
LONG_LIMIT = 64 * SIZE_LIMIT
# How long an object may take to come, in seconds: 50 for a page of a thousand. What pages take beyond that is waiting.
WORTH = 0.05


class Pages:
    """One listing. ``read`` gets a page by its path; ``base`` is what a link to the next one begins with."""

    def __init__(self, read: t.Callable[[str], Answer], base: str, patience: Patience, kept: bool):
        self._read = read
        self._base = base
        self._patience = patience
        self._bytes_left = KEPT_LIMIT if kept else LONG_LIMIT
        self._objects_left = OBJECT_LIMIT
        self._followed: set[str] = set()

    def values(self, page: Json) -> t.Iterator[Json]:
        """Each value, from the first page on, which is given. Raises Unreachable, OutOfPatience, and what ``read`` raises."""
        while True:
            values = page.get("value")
            if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
                raise Unreachable("Graph answered a listing with something else; what is there is not known.")
            self._objects_left -= len(values)
            if self._objects_left < 0:
                raise self._endless(f"did not end after {OBJECT_LIMIT} objects")
            yield from values
            link = page.get("@odata.nextLink")
            if not link:
                return
            page = self._next(str(link))

    def _next(self, link: str) -> Json:
        if not link.lower().startswith(self._base.lower() + "/"):
            raise Unreachable(f"Graph's next page is at another address, {_bare(link)}; it was not followed.")
        if link in self._followed:
            raise self._endless(f"leads back to a page that was read before, at {_bare(link)}")
        if len(self._followed) == PAGE_LIMIT:
            raise self._endless(f"did not end after {PAGE_LIMIT} pages; its last page is at {_bare(link)}")
        self._followed.add(link)
        began, waited = time.monotonic(), self._patience.waited
        answer = self._read(link[len(self._base) :])
        self._bytes_left -= answer.size
        if self._bytes_left < 0:
            raise self._endless(f"is too long to be Graph's; its last page is at {_bare(link)}")
        # What a retry took is counted already.
        took = time.monotonic() - began - (self._patience.waited - waited)
        found = answer.body.get("value")
        allowed = WORTH * len(found) if isinstance(found, list) else 0.0
        if took > allowed:
            self._patience.spend(took - allowed, f"A listing goes on without end, or too slowly, at {_bare(link)}.")
        page: Json = answer.body
        return page

    def _endless(self, how: str) -> Unreachable:
        return Unreachable(f"A listing {how}. What is there is not known.")


def _bare(link: str) -> str:
    """Without the query, which may name people."""
    return link.partition("?")[0]
