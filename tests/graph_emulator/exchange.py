# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request and its answer, independent of HTTP: a sub-request of a ``$batch`` is a ``Call`` as well."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote
from uuid import uuid4

from .errors import bad_request

if TYPE_CHECKING:
    from .tenants import Caller, Tenant, Write


@dataclass
class Call:
    """A request. ``path`` and ``query_string`` are as sent (percent-encoded); header names are in lower case.

    ``created`` is the id of the policy or named location it made, ``broken`` in what way its answer is to be spoilt.
    """

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes | Any
    base_url: str
    connection: str
    batch: str | None = None
    request_id: str = field(default_factory=lambda: str(uuid4()))
    tenant: Tenant | None = None
    caller: Caller | None = None
    keys: tuple[str, ...] = ()
    fault: str | None = None
    created: str | None = None
    broken: str | None = None
    writes: list[Write] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @cached_property
    def client_request_id(self) -> str:
        """The caller's own id, or the request's id as Graph does without one."""
        return self.headers.get("client-request-id") or self.request_id

    @cached_property
    def segments(self) -> list[str]:
        """The decoded path segments, empty ones (doubled slashes) left out."""
        return [unquote(segment) for segment in self.path.split("/") if segment]

    @cached_property
    def query(self) -> dict[str, str]:
        """The query parameters, ``+`` read as a space; the last of a repeated one counts."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @cached_property
    def is_eventual(self) -> bool:
        """Whether the directory's advanced queries are asked for: ConsistencyLevel: eventual and $count=true."""
        counted = self.query.get("$count", self.query.get("count", "")).lower() == "true"
        return counted and self.headers.get("consistencylevel", "").lower() == "eventual"

    @property
    def target(self) -> str:
        """Path and query as sent."""
        return f"{self.path}?{self.query_string}" if self.query_string else self.path

    def json_object(self) -> dict[str, Any]:
        """Return the body, which has to be a JSON object sent as such."""
        if self.body in (b"", None):
            raise bad_request("Empty Payload. JSON content expected.")
        if "json" not in self.headers.get("content-type", "").lower():
            raise bad_request("Write requests (excluding DELETE) must contain the Content-Type header declaration.")
        document = self.body
        if isinstance(document, (bytes, bytearray)):
            try:
                document = json.loads(document)
            except ValueError as broken:
                raise bad_request(
                    "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of "
                    "valid JSON format."
                ) from broken
        if not isinstance(document, dict):
            raise bad_request("Unable to read JSON request payload. The payload is not a JSON object.")
        return document


@dataclass
class Answer:
    """A response: ``body`` is JSON-able, ``str`` for plain text, or None for none at all."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


NO_CONTENT = Answer(204)
