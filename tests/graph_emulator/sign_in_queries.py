# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``/auditLogs/signIns``: what may be asked of the sign-in log, page after page.

Sources: the reference pages of the v1.0 type signIn (which operators each property takes) and of appliedConditional-
AccessPolicy (report-only verdicts need ``Prefer: include-unknown-enum-members``), and the texts of Graph's refusals in
public issue threads. A page begins where the one before it ended, so entries that arrive in between disturb nothing.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from .clock import now
from .directory import tenant_of
from .directory_sets import SIGN_INS
from .errors import GraphError, bad_request, directory_object_not_found, premium_needed
from .exchange import Answer, Call
from .graph_types import TYPES, UNKNOWN_FUTURE
from .moments import microseconds, moment_of
from .odata import context_of, options_of, selected, single_answer, whole_number
from .odata_filter import Lambda, Literal, Node, Operation, Path, matches, parse
from .sign_in_log import END, START, Logged, Position
from .tenants import JsonObject

Handler = Callable[[Call], Answer]
PAGE_SIZE = 1000
_POLICY_READERS = {"Policy.Read.All", "Policy.Read.ConditionalAccess", "Policy.ReadWrite.ConditionalAccess"}
_UNKNOWN_MEMBERS = "include-unknown-enum-members"
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d))?")
_RESULTS = TYPES["appliedConditionalAccessPolicyResult"]["members"]
_NEWER_RESULTS = frozenset(name for name, number in _RESULTS.items() if number > _RESULTS[UNKNOWN_FUTURE])

_EQUAL = frozenset({"eq", "ne"})
_TEXT = frozenset({"eq", "ne", "startswith"})
_ORDERED = frozenset({"eq", "ge", "le", "gt", "lt"})
# property path -> operators it takes. The pages name eq, ge and le for the date, and eq elsewhere; gt, lt and ne are in
# use everywhere and work.
_OPERATORS: dict[str, frozenset[str]] = {
    "id": _EQUAL,
    "createdDateTime": _ORDERED,
    "appId": _EQUAL,
    "appDisplayName": _TEXT,
    "userId": _EQUAL,
    "userPrincipalName": _TEXT,
    "userDisplayName": _TEXT,
    "ipAddress": _TEXT,
    "clientAppUsed": _EQUAL,
    "conditionalAccessStatus": _EQUAL,
    "correlationId": _EQUAL,
    "isInteractive": _EQUAL,
    "resourceId": _EQUAL,
    "resourceDisplayName": _EQUAL,
    "riskDetail": _EQUAL,
    "riskLevelAggregated": _EQUAL,
    "riskLevelDuringSignIn": _EQUAL,
    "riskState": _EQUAL,
    "status/errorCode": _EQUAL,
    "deviceDetail/browser": _TEXT,
    "deviceDetail/operatingSystem": _TEXT,
    "location/city": _TEXT,
    "location/state": _TEXT,
    "location/countryOrRegion": _TEXT,
}
_POLICIES = "appliedConditionalAccessPolicies"


def routes() -> list[tuple[str, str, Handler]]:
    """Return (method, pattern, handler)."""
    return [("GET", "auditLogs/signIns", _list), ("GET", "auditLogs/signIns/{}", _one)]


def _list(call: Call) -> Answer:
    tenant = tenant_of(call)
    _check_licence(call)
    options = options_of(call)
    _check_options(options)
    oldest_first = _oldest_first(options.get("orderby"))
    first, last, rest = _window(options.get("filter"))
    if "skiptoken" in options:
        created, number = _position(options["skiptoken"])
        if oldest_first:
            first = max(first, (created, number + 1))
        else:
            last = min(last, (created, number))
    size = whole_number(options, "top", 1, PAGE_SIZE) or PAGE_SIZE
    show = _shown_to(call)
    page, has_more = _page(tenant.sign_ins.between(first, last, now(), oldest_first=oldest_first), rest, show, size)
    body: JsonObject = {"@odata.context": context_of(call, SIGN_INS, options.get("select"), single=False)}
    if has_more:
        body["@odata.nextLink"] = _next_link(call, page[-1][0].position)
    body["value"] = [selected(item, SIGN_INS, options.get("select")) for _entry, item in page]
    return Answer(body=body, headers=_applied(call))


def _one(call: Call) -> Answer:
    tenant = tenant_of(call)
    _check_licence(call)
    entry = tenant.sign_ins.find(call.keys[0], now())
    if entry is None:
        raise directory_object_not_found(call.keys[0])
    answer = single_answer(call, SIGN_INS, _shown_to(call)(entry))
    answer.headers |= _applied(call)
    return answer


def _check_licence(call: Call) -> None:
    if not tenant_of(call).is_premium:
        raise premium_needed()


def _check_options(options: dict[str, str]) -> None:
    for name in ("skip", "search", "expand"):
        if name in options:
            raise bad_request(f"The query option '${name}' is not supported on auditLogs/signIns.")


def _oldest_first(orderby: str | None) -> bool:
    """The newest come first unless asked otherwise; nothing but the date can be ordered by."""
    words = (orderby or "createdDateTime desc").split()
    if words[0] != "createdDateTime" or len(words) > 2 or words[-1].lower() not in ("createddatetime", "asc", "desc"):
        raise bad_request(f"Invalid $orderby clause: '{orderby}'. Only createdDateTime is supported.")
    return words[-1].lower() != "desc"


def _page(
    entries: Iterator[Logged], rest: Node | None, show: Callable[[Logged], JsonObject], size: int
) -> tuple[list[tuple[Logged, JsonObject]], bool]:
    """Return the page, and whether there is more after it."""
    page: list[tuple[Logged, JsonObject]] = []
    for entry in entries:
        item = show(entry)
        if rest is not None and not matches(rest, item):
            continue
        if len(page) == size:
            return page, True
        page.append((entry, item))
    return page, False


def _shown_to(call: Call) -> Callable[[Logged], JsonObject]:
    """Return how the caller sees an entry: verdicts need a policy permission, those after the sentinel a preference."""
    if not (call.caller and call.caller.permissions & _POLICY_READERS):
        return lambda entry: entry.whole() | {_POLICIES: []}
    if _prefers_unknown_members(call):
        return lambda entry: entry.whole()
    known: dict[int, list[JsonObject]] = {}

    def without_newer(entry: Logged) -> JsonObject:
        verdicts = entry.shared[_POLICIES]
        if id(verdicts) not in known:
            known[id(verdicts)] = [
                {**one, "result": UNKNOWN_FUTURE} if one["result"] in _NEWER_RESULTS else one for one in verdicts
            ]
        return entry.whole() | {_POLICIES: known[id(verdicts)]}

    return without_newer


def _prefers_unknown_members(call: Call) -> bool:
    return _UNKNOWN_MEMBERS in re.split(r"[,;\s]+", call.headers.get("prefer", "").lower())


def _applied(call: Call) -> dict[str, str]:
    return {"Preference-Applied": _UNKNOWN_MEMBERS} if _prefers_unknown_members(call) else {}


def _position(token: str) -> Position:
    try:
        created, number = base64.urlsafe_b64decode(token.encode()).decode().split("_")
        return int(created), int(number)
    except (binascii.Error, ValueError) as broken:
        raise bad_request("Skip token is null or invalid.") from broken


def _next_link(call: Call, position: Position) -> str:
    token = base64.urlsafe_b64encode("_".join(map(str, position)).encode()).decode()
    kept = {name: value for name, value in call.query.items() if name.lower() not in ("$skiptoken", "skiptoken")}
    path = call.path if call.path.startswith("/") else f"/{call.path}"
    return f"{call.base_url}{path}?{urlencode({**kept, '$skiptoken': token}, quote_via=quote, safe='$')}"


def _window(filter_: str | None) -> tuple[Position, Position, Node | None]:
    """Split a filter into the stretch of time it allows and the rest; dates under ``or`` stay in the rest."""
    if filter_ is None:
        return START, END, None
    parsed = parse(filter_)
    _check(parsed.tree)
    first, last = START, END
    rest: Node | None = None
    for clause in _conjuncts(parsed.tree):
        bounds = _bounds(clause)
        if bounds is None:
            rest = clause if rest is None else Operation("and", (rest, clause))
        else:
            first, last = max(first, bounds[0]), min(last, bounds[1])
    return first, last, rest


def _conjuncts(tree: Node) -> Iterator[Node]:
    if isinstance(tree, Operation) and tree.name == "and":
        for argument in tree.arguments:
            yield from _conjuncts(argument)
    else:
        yield tree


def _bounds(clause: Node) -> tuple[Position, Position] | None:
    """Return the stretch of time that a comparison with the date allows, None for any other clause."""
    if not isinstance(clause, Operation) or clause.name not in _ORDERED or _path_of(clause) != "createdDateTime":
        return None
    given = clause.arguments[1].value
    begins = moment_of(given, datetime.min)
    ends = begins + timedelta(microseconds=1)
    before, after = (microseconds(begins), -1), (microseconds(ends), -1)
    return {
        "ge": (before, END),
        "gt": (after, END),
        "lt": (START, before),
        "le": (START, after),
        "eq": (before, after),
    }[clause.name]


def _path_of(operation: Operation) -> str | None:
    first = operation.arguments[0]
    return "/".join(first.parts) if isinstance(first, Path) else None


def _check(node: Node) -> None:
    """Refuse what Graph does not take on this collection."""
    if isinstance(node, Lambda):
        _check_lambda(node)
    elif isinstance(node, Operation) and node.name in ("and", "or"):
        for argument in node.arguments:
            _check(argument)
    elif isinstance(node, Operation):
        _check_comparison(node, _path_of(node), _OPERATORS)
    else:
        raise _unsupported("a clause that compares nothing")


def _check_lambda(node: Lambda) -> None:
    """Of the verdicts the policy's id can be asked for, and nothing else."""
    condition = node.condition
    if "/".join(node.path.parts) != _POLICIES or node.name != "any" or not isinstance(condition, Operation):
        raise _unsupported(f"{node.name} on '{'/'.join(node.path.parts)}'")
    _check_comparison(condition, _path_of(condition), {f"{node.variable}/id": frozenset({"eq"})})


def _check_comparison(node: Operation, path: str | None, operators: dict[str, frozenset[str]]) -> None:
    allowed = operators.get(path or "")
    if path is not None and path.split("/")[0] not in SIGN_INS.properties and operators is _OPERATORS:
        raise bad_request(
            f"Invalid filter clause: Could not find a property named '{path.split('/')[0]}' on type "
            "'microsoft.graph.signIn'."
        )
    if allowed is None or node.name not in allowed:
        raise _unsupported(f"'{node.name}' on '{path}'" if path else f"'{node.name}'")
    value = node.arguments[1]
    if not isinstance(value, Literal):
        raise _unsupported("a comparison of two properties")
    if path == "createdDateTime":
        _check_date(node, value.value)


def _check_date(node: Operation, value: Any) -> None:
    names = {"ge": "GreaterThanOrEqual", "gt": "GreaterThan", "le": "LessThanOrEqual", "lt": "LessThan", "eq": "Equal"}
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\d", value) or node.arguments[1].is_text:
        kind = "Edm.String" if isinstance(value, str) else "Edm.Int32"
        raise bad_request(
            "Invalid filter clause: A binary operator with incompatible types was detected. Found operand types "
            f"'Edm.DateTimeOffset' and '{kind}' for operator kind '{names[node.name]}'."
        )
    try:
        if _DATE_TIME.fullmatch(value):
            moment_of(value, datetime.min)
            return
    except ValueError:
        pass
    raise bad_request(
        f"Invalid filter clause: The DateTimeOffset text '{value}' should be in format "
        "'yyyy-mm-ddThh:mm:ss('.'s+)?(zzzzzz)?' and each field value is within valid range."
    )


def _unsupported(what: str) -> GraphError:
    return bad_request(f"Invalid filter clause: {what} is not supported on auditLogs/signIns.")
