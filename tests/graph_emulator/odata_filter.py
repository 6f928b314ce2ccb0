# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``$filter``: a parser and an evaluator for the part of OData that Graph's clients use.

Covered: ``eq ne gt ge lt le has in and or not``, ``startswith endswith contains tolower toupper isof``, ``any``/``all``,
nested paths, type casts in a path, strings, numbers, dates, GUIDs, true, false, null. The ready-made parsers on PyPI
stop at one of the three forms that clients send all the time: a list of one (``in ('x')``), ``startsWith`` in camel
case, and a lambda below a nested path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .errors import bad_request

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^']|'')*')
    | (?P<date>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?(?![\w-]))
    | (?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})
    | (?P<number>-?\d+(?:\.\d+)?(?![\w-]))
    | (?P<word>[A-Za-z_$][\w.]*)
    | (?P<mark>[(),/:])
    )""",
    re.VERBOSE,
)
_COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le", "has")
_MISSING = object()

Scope = dict[str, Any]


@dataclass(frozen=True)
class Path:
    """A property path, such as ``conditions/users/includeUsers``; empty parts never occur."""

    parts: tuple[str, ...]


@dataclass(frozen=True)
class Literal:
    """A constant; ``is_text`` tells a quoted one from a date or a GUID, which are kept as text too."""

    value: Any
    is_text: bool = False


@dataclass(frozen=True)
class Operation:
    """An operator or function over its arguments."""

    name: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Lambda:
    """``path/any(variable:condition)``; ``condition`` is None for ``any()``."""

    name: str
    path: Path
    variable: str
    condition: Any


Node = Path | Literal | Operation | Lambda


@dataclass
class Parsed:
    """A parsed filter, with what its limits are judged by."""

    tree: Node
    properties: set[str] = field(default_factory=set)
    operators: set[str] = field(default_factory=set)
    alternatives: int = 0


def parse(text: str) -> Parsed:
    """Parse a ``$filter``; a mistake in it is Graph's 400."""
    return _Parser(text).parse()


def _invalid(reason: str) -> Exception:
    return bad_request(f"Invalid filter clause: {reason}")


class _Parser:
    """Recursive descent: or, and, not, comparison, operand."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._split(text))
        self._at = 0
        self._variables: list[str] = []
        self._parsed = Parsed(Literal(True))

    @staticmethod
    def _split(text: str) -> Iterator[tuple[str, str]]:
        at = 0
        text = text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise _invalid(f"Syntax error: character '{text[at]}' is not valid at position {at} in '{text}'.")
            yield str(match.lastgroup), match.group(str(match.lastgroup))
            at = match.end()

    def parse(self) -> Parsed:
        tree = self._or()
        if self._at < len(self._tokens):
            raise self._syntax_error()
        self._parsed.tree = tree
        self._parsed.alternatives += 1
        return self._parsed

    def _syntax_error(self) -> Exception:
        return _invalid(f"Syntax error at position {self._at} in '{self._text}'.")

    def _peek(self, *texts: str) -> bool:
        if self._at >= len(self._tokens):
            return False
        kind, text = self._tokens[self._at]
        return kind in ("word", "mark") and text.lower() in texts

    def _take(self, *texts: str) -> bool:
        if self._peek(*texts):
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._syntax_error()

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise self._syntax_error()
        self._at += 1
        return self._tokens[self._at - 1]

    def _or(self) -> Node:
        left = self._and()
        while self._take("or"):
            self._parsed.alternatives += 1
            left = Operation("or", (left, self._and()))
        return left

    def _and(self) -> Node:
        left = self._not()
        while self._take("and"):
            left = Operation("and", (left, self._not()))
        return left

    def _not(self) -> Node:
        if self._take("not"):
            self._parsed.operators.add("not")
            return Operation("not", (self._not(),))
        return self._comparison()

    def _comparison(self) -> Node:
        left = self._operand()
        for name in _COMPARISONS:
            if self._take(name):
                self._parsed.operators.add(name)
                return Operation(name, (left, self._operand()))
        if self._take("in"):
            self._expect("(")
            values = [self._operand()]
            while self._take(","):
                values.append(self._operand())
            self._expect(")")
            self._parsed.operators.add("in")
            self._parsed.alternatives += len(values) - 1
            return Operation("in", (left, *values))
        return left

    def _operand(self) -> Node:
        if self._take("("):
            inner = self._or()
            self._expect(")")
            return inner
        kind, text = self._next()
        if kind == "string":
            return Literal(text[1:-1].replace("''", "'"), is_text=True)
        if kind in ("date", "guid"):
            return Literal(text)
        if kind == "number":
            return Literal(float(text) if "." in text else int(text))
        if kind != "word":
            raise self._syntax_error()
        if text.lower() in ("true", "false", "null"):
            return Literal({"true": True, "false": False, "null": None}[text.lower()])
        if self._peek("("):
            return self._function(text)
        return self._path(text)

    def _function(self, name: str) -> Node:
        lowered = name.lower()
        if lowered not in _FUNCTIONS and lowered != "isof":
            raise _invalid(f"An unknown function with name '{name}' was found.")
        self._expect("(")
        arguments = [self._or()]
        while self._take(","):
            arguments.append(self._or())
        self._expect(")")
        if len(arguments) != (1 if lowered in ("tolower", "toupper", "isof") else 2):
            raise _invalid(f"No function signature for the function '{name}' matches the specified arguments.")
        self._parsed.operators.add(lowered)
        return Operation(lowered, tuple(arguments))

    def _path(self, first: str) -> Node:
        parts = [first]
        while self._take("/"):
            kind, text = self._next()
            if kind != "word":
                raise self._syntax_error()
            if text.lower() in ("any", "all") and self._peek("("):
                return self._lambda(text.lower(), self._noted(parts))
            parts.append(text)
        return self._noted(parts)

    def _noted(self, parts: list[str]) -> Path:
        real = tuple(part for part in parts if not part.startswith("microsoft.graph."))
        if real and real[0] not in self._variables:
            self._parsed.properties.add(real[0])
        return Path(real)

    def _lambda(self, name: str, path: Path) -> Node:
        self._parsed.operators.add(name)
        self._expect("(")
        if name == "any" and self._take(")"):
            return Lambda(name, path, "", None)
        kind, variable = self._next()
        if kind != "word":
            raise self._syntax_error()
        self._expect(":")
        self._variables.append(variable)
        condition = self._or()
        self._variables.pop()
        self._expect(")")
        return Lambda(name, path, variable, condition)


def _text_function(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def apply(value: Any, part: Any) -> bool:
        return isinstance(value, str) and isinstance(part, str) and test(value.casefold(), part.casefold())

    return apply


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "startswith": _text_function(str.startswith),
    "endswith": _text_function(str.endswith),
    "contains": _text_function(lambda value, part: part in value),
    "tolower": lambda value: value.lower() if isinstance(value, str) else None,
    "toupper": lambda value: value.upper() if isinstance(value, str) else None,
}


def matches(tree: Node, item: Scope) -> bool:
    """Tell whether an object satisfies a parsed filter."""
    return _value(tree, {"": item}) is True


def _value(node: Node, scope: Scope) -> Any:
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Path):
        value = _walk(node.parts, scope)
        return None if value is _MISSING else value
    if isinstance(node, Lambda):
        items = _walk(node.path.parts, scope)
        items = items if isinstance(items, list) else []
        if node.condition is None:
            return bool(items)
        results = (_value(node.condition, {**scope, node.variable: item}) is True for item in items)
        return any(results) if node.name == "any" else all(results)
    return _operation(node, scope)


def _walk(parts: tuple[str, ...], scope: Scope) -> Any:
    if parts and parts[0] in scope:
        value, parts = scope[parts[0]], parts[1:]
    else:
        value = scope[""]
    for part in parts:
        if part == "$count":
            return len(value) if isinstance(value, list) else 0
        if not isinstance(value, dict) or part not in value:
            return _MISSING
        value = value[part]
    return value


def _operation(node: Operation, scope: Scope) -> Any:
    if node.name == "and":
        return _value(node.arguments[0], scope) is True and _value(node.arguments[1], scope) is True
    if node.name == "or":
        return _value(node.arguments[0], scope) is True or _value(node.arguments[1], scope) is True
    if node.name == "not":
        return _value(node.arguments[0], scope) is not True
    if node.name == "isof":
        wanted = str(_value(node.arguments[0], scope)).removeprefix("#")
        return scope[""].get("@odata.type", "").removeprefix("#") == wanted
    values = [_value(argument, scope) for argument in node.arguments]
    if node.name in _FUNCTIONS:
        return _FUNCTIONS[node.name](*values)
    if node.name == "in":
        return any(_equal(values[0], value) for value in values[1:])
    if node.name in ("eq", "ne"):
        return _equal(values[0], values[1]) is (node.name == "eq")
    if node.name == "has":
        return all(isinstance(value, str) for value in values) and _flags(values[0]) >= _flags(values[1])
    return _ordered(node.name, values[0], values[1])


def _flags(text: str) -> set[str]:
    return {word.strip().casefold() for word in text.split(",")}


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        moment = _instant(left)
        return left.casefold() == right.casefold() or (moment is not None and moment == _instant(right))
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(left == right)


def _ordered(name: str, left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        one, other = _instant(left), _instant(right)
        left, right = (one, other) if one and other else (left.casefold(), right.casefold())
    if left is None or right is None or isinstance(left, str) != isinstance(right, str):
        return False
    return bool({"gt": left > right, "ge": left >= right, "lt": left < right, "le": left <= right}[name])


def _instant(text: str) -> datetime | None:
    """Return a date and time as such; without a zone it is UTC. Seconds may have seven digits, as Graph writes them."""
    if not re.match(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else datetime.fromisoformat(moment.isoformat() + "+00:00")
