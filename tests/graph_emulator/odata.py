# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Query options over a collection: ``$filter $orderby $top $skip $skiptoken $count $select $expand``, and paging.

An ``EntitySet`` says what is particular to a collection: its name in ``@odata.context``, its properties, which of them
come without ``$select``, its page size, and whether the directory's limits on queries hold.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

from .errors import bad_request, unsupported_query
from .exchange import Answer, Call
from .odata_expand import Relationships, expanded
from .odata_filter import matches, parse

PAGE_SIZE = 100
MAX_TOP = 999
_KNOWN_OPTIONS = ("filter", "select", "top", "skip", "skiptoken", "count", "orderby", "expand", "search", "format")
# A directory query may have that many alternatives; with the advanced query parameters the address is the limit.
MAX_ALTERNATIVES = 15
MAX_ADVANCED_URL = 2048
_ADVANCED_OPERATORS = {"ne", "not", "endswith", "contains"}

NO_RELATIONSHIPS: Relationships = MappingProxyType({})

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class EntitySet:
    """What is particular to one collection of Graph."""

    context: str
    type_name: str
    properties: frozenset[str]
    default_select: tuple[str, ...] | None = None
    is_directory: bool = False
    page_size: int = PAGE_SIZE
    max_top: int = MAX_TOP
    has_single_context: bool = True


def options_of(call: Call) -> dict[str, str]:
    """Return the query options without their ``$``, in lower case; an unknown ``$`` option is refused."""
    options: dict[str, str] = {}
    for name, value in call.query.items():
        bare = name.removeprefix("$").lower()
        if bare in _KNOWN_OPTIONS:
            options[bare] = value
        elif name.startswith("$"):
            raise bad_request(f"The query parameter '{name}' is not supported.")
    return options


def list_answer(
    call: Call, entity_set: EntitySet, items: Iterable[JsonObject], relationships: Relationships = NO_RELATIONSHIPS
) -> Answer:
    """Answer a GET of a collection."""
    options = options_of(call)
    found = _filtered(call, entity_set, list(items), options)
    found = _ordered(entity_set, found, options.get("orderby"))
    total = len(found)
    start = _start(options)
    size = _page_size(entity_set, options)
    page = found[start : start + size]
    body: JsonObject = {"@odata.context": context_of(call, entity_set, options.get("select"), single=False)}
    if options.get("count", "").lower() == "true":
        body["@odata.count"] = total
    if start + size < total:
        body["@odata.nextLink"] = _next_link(call, start + size)
    body["value"] = [_shown(item, entity_set, options, relationships) for item in page]
    return Answer(body=body)


def count_answer(call: Call, entity_set: EntitySet, items: Iterable[JsonObject]) -> Answer:
    """Answer a GET of ``.../$count``: a bare number. The directory counts for advanced queries only."""
    options = options_of(call)
    if entity_set.is_directory:
        if call.headers.get("consistencylevel", "").lower() != "eventual":
            raise bad_request("$count is not currently supported.")
        call.query["$count"] = "true"
    found = _filtered(call, entity_set, list(items), options)
    return Answer(body=str(len(found)), headers={"Content-Type": "text/plain"})


def single_answer(
    call: Call,
    entity_set: EntitySet,
    item: JsonObject,
    relationships: Relationships = NO_RELATIONSHIPS,
    *,
    status: int = 200,
) -> Answer:
    """Answer with one object of a collection."""
    options = options_of(call)
    body = {"@odata.context": context_of(call, entity_set, options.get("select"), single=True)}
    return Answer(status, body | _shown(item, entity_set, options, relationships))


def _shown(
    item: JsonObject, entity_set: EntitySet, options: dict[str, str], relationships: Relationships
) -> JsonObject:
    """Return an object as it goes out: the chosen properties, and what ``$expand`` asks for."""
    related = expanded(item, options.get("expand"), relationships, entity_set.type_name)
    return selected(item, entity_set, options.get("select")) | related


def selected(item: JsonObject, entity_set: EntitySet, select: str | None) -> JsonObject:
    """Return the chosen properties; annotations such as ``@odata.type`` always stay."""
    if not select:
        if entity_set.default_select is None:
            return item
        names: Iterable[str] = entity_set.default_select
    else:
        names = [name.strip() for name in select.split(",") if name.strip()]
        if "*" in names:
            return item
        _check_properties(entity_set, names)
    result = {name: value for name, value in item.items() if name.startswith("@odata.")}
    return result | {name: item[name] for name in names if name in item}


def _check_properties(entity_set: EntitySet, names: Iterable[str]) -> None:
    for name in names:
        top = name.split("/")[0]
        if top not in entity_set.properties:
            type_name = f"microsoft.graph.{entity_set.type_name}"
            raise bad_request(f"Could not find a property named '{top}' on type '{type_name}'.")


def _filtered(call: Call, entity_set: EntitySet, items: list[JsonObject], options: dict[str, str]) -> list[JsonObject]:
    if "search" in options:
        raise unsupported_query("$search is not served here.")
    if "filter" not in options:
        return items
    parsed = parse(options["filter"])
    _check_properties(entity_set, sorted(parsed.properties))
    if entity_set.is_directory:
        _check_directory_limits(call, parsed.operators, parsed.alternatives)
    return [item for item in items if matches(parsed.tree, item)]


def _check_directory_limits(call: Call, operators: set[str], alternatives: int) -> None:
    """Refuse what the directory refuses: some operators without the advanced parameters, too many alternatives."""
    if call.is_eventual:
        if len(f"{call.base_url}{call.target}") > MAX_ADVANCED_URL:
            raise unsupported_query("The request URL is too long for an advanced query.")
        return
    needs = sorted(operators & _ADVANCED_OPERATORS)
    if needs:
        raise unsupported_query(
            f"Operator '{needs[0]}' is not supported because the 'ConsistencyLevel:eventual' header or the "
            "'$count=true' query parameter is missing."
        )
    if alternatives > MAX_ALTERNATIVES:
        raise unsupported_query(
            "Too many child clauses specified in search filter expression containing 'OR' operators: "
            f"{alternatives}. Max allowed: {MAX_ALTERNATIVES}."
        )


def _ordered(entity_set: EntitySet, items: list[JsonObject], orderby: str | None) -> list[JsonObject]:
    if not orderby:
        return items
    for clause in reversed(orderby.split(",")):
        words = clause.split()
        if not words or len(words) > 2 or (len(words) == 2 and words[1].lower() not in ("asc", "desc")):
            raise bad_request(f"Invalid $orderby clause: '{orderby}'.")
        _check_properties(entity_set, words[:1])
        items = sorted(items, key=_sort_key(words[0].split("/")), reverse=words[-1].lower() == "desc")
    return items


def _sort_key(parts: list[str]) -> Callable[[JsonObject], tuple[bool, str]]:
    def key(item: JsonObject) -> tuple[bool, str]:
        value: Any = item
        for part in parts:
            value = value.get(part) if isinstance(value, dict) else None
        return value is not None, str(value).casefold()

    return key


def whole_number(options: dict[str, str], name: str, low: int, high: int) -> int | None:
    """Return the number an option gives, None without it; one out of bounds is refused."""
    if name not in options:
        return None
    text = options[name]
    if not text.isdecimal() or not low <= int(text) <= high:
        raise bad_request(f"Invalid page size specified: '{text}'. Must be between {low} and {high} inclusive.")
    return int(text)


def _page_size(entity_set: EntitySet, options: dict[str, str]) -> int:
    return whole_number(options, "top", 1, entity_set.max_top) or entity_set.page_size


def _start(options: dict[str, str]) -> int:
    if "skiptoken" in options:
        try:
            return int(base64.urlsafe_b64decode(options["skiptoken"].encode()).decode().removeprefix("at:"))
        except (binascii.Error, ValueError) as broken:
            raise bad_request("Skip token is null or invalid.") from broken
    return whole_number(options, "skip", 0, 10**9) or 0


def _next_link(call: Call, start: int) -> str:
    token = base64.urlsafe_b64encode(f"at:{start}".encode()).decode()
    kept = {name: value for name, value in call.query.items() if name.lower() not in ("$skip", "$skiptoken", "skip")}
    path = call.path if call.path.startswith("/") else f"/{call.path}"
    return f"{call.base_url}{path}?{urlencode({**kept, '$skiptoken': token}, quote_via=quote, safe='$')}"


def context_of(call: Call, entity_set: EntitySet, select: str | None, *, single: bool) -> str:
    """Return ``@odata.context`` of a collection or of one object of it."""
    chosen = f"({select.replace(' ', '')})" if select else ""
    end = "/$entity" if single and entity_set.has_single_context else ""
    return f"{call.base_url}/v1.0/$metadata#{entity_set.context}{chosen}{end}"
