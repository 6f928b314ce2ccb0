# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters for devices: a parser and an evaluator for rules such as ``device.trustType -eq "ServerAD"``.

Source: Microsoft's "Filter for devices" page. A device that Entra does not know has no attributes: a positive operator
is false for it and a negative one true. The extension attributes have a value only for devices that are managed by
Intune, compliant or hybrid joined. Text compares without regard to case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from .sign_in_facts import HYBRID_JOINED, Device

# attribute in a rule (lower case) -> property of deviceInfo
_ATTRIBUTES = {
    "deviceid": "deviceId",
    "displayname": "displayName",
    "deviceownership": "ownership",
    "enrollmentprofilename": "enrollmentProfileName",
    "iscompliant": "isCompliant",
    "manufacturer": "manufacturer",
    "mdmappid": "mdmAppId",
    "model": "model",
    "operatingsystem": "operatingSystem",
    "operatingsystemversion": "operatingSystemVersion",
    "physicalids": "physicalIds",
    "profiletype": "profileType",
    "systemlabels": "systemLabels",
    "trusttype": "trustType",
    **{f"extensionattribute{number}": f"extensionAttribute{number}" for number in range(1, 16)},
}
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"[^"]*"|'[^']*')
    | (?P<mark>[()\[\],])
    | (?P<word>-?[A-Za-z0-9_.$-]+)
    )""",
    re.VERBOSE,
)

Test = Callable[[dict[str, Any]], bool]
Positive = Callable[[Any, Any], bool]


def _text(value: Any) -> str:
    return str(value).casefold()


def _contains(value: Any, part: str) -> bool:
    """In a list a whole entry has to match, in a text a part of it."""
    return part in [_text(one) for one in value] if isinstance(value, tuple) else part in _text(value)


# operator -> (what it asks of a value that is there, whether it is the negation of that)
_OPERATORS: dict[str, tuple[Positive, bool]] = {}
for _name, _test in {
    "eq": lambda value, wanted: _text(value) == wanted,
    "startswith": lambda value, wanted: _text(value).startswith(wanted),
    "endswith": lambda value, wanted: _text(value).endswith(wanted),
    "contains": _contains,
    "in": lambda value, wanted: _text(value) in wanted,
}.items():
    _OPERATORS[_name] = (_test, False)
    _OPERATORS["ne" if _name == "eq" else f"not{_name}"] = (_test, True)


class UnreadableRule(Exception):
    """A rule that is none."""


def device_matches(rule: str, device: Device) -> bool:
    """Tell whether a device satisfies a rule. Raises UnreadableRule."""
    return _parsed(rule)(_known_of(device))


def _known_of(device: Device) -> dict[str, Any]:
    known = {name: value for name, value in device or () if value not in ((), "")}
    managed = known.get("isCompliant") is True or known.get("trustType") == HYBRID_JOINED or "mdmAppId" in known
    return {name: value for name, value in known.items() if managed or not name.startswith("extensionAttribute")}


@cache
def _parsed(rule: str) -> Test:
    return _Parser(rule).parse()


class _Parser:
    """Recursive descent: or, and, not, comparison."""

    def __init__(self, rule: str) -> None:
        self._rule = rule
        self._tokens = list(self._split())
        self._at = 0

    def _split(self) -> Iterator[tuple[str, str]]:
        at, rule = 0, self._rule.rstrip()
        while at < len(rule):
            match = _TOKEN.match(rule, at)
            if match is None:
                raise UnreadableRule(f"'{rule[at]}' at position {at}")
            yield str(match.lastgroup), match.group(str(match.lastgroup))
            at = match.end()

    def parse(self) -> Test:
        test = self._or()
        if self._at < len(self._tokens):
            raise UnreadableRule(f"'{self._tokens[self._at][1]}' is one too many")
        return test

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise UnreadableRule("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, *words: str) -> bool:
        if self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            if kind != "text" and text.lower().removeprefix("-") in words:
                self._at += 1
                return True
        return False

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            raise UnreadableRule(f"'{mark}' is missing")

    def _or(self) -> Test:
        tests = [self._and()]
        while self._take("or"):
            tests.append(self._and())
        return lambda device: any(test(device) for test in tests)

    def _and(self) -> Test:
        tests = [self._not()]
        while self._take("and"):
            tests.append(self._not())
        return lambda device: all(test(device) for test in tests)

    def _not(self) -> Test:
        if self._take("not"):
            negated = self._not()
            return lambda device: not negated(device)
        if self._take("("):
            inner = self._or()
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        _kind, attribute = self._next()
        name = _ATTRIBUTES.get(attribute.lower().removeprefix("device."))
        if name is None or not attribute.lower().startswith("device."):
            raise UnreadableRule(f"'{attribute}' is no attribute of a device")
        _kind, word = self._next()
        word = word.lower().removeprefix("-")
        operator = _OPERATORS.get(word)
        if operator is None:
            raise UnreadableRule(f"'{word}' is no operator")
        wanted = self._values() if word in ("in", "notin") else self._value()
        return _comparison(name, operator, wanted)

    def _value(self) -> str | None:
        kind, text = self._next()
        if kind == "text":
            return text[1:-1].casefold()
        if kind == "mark":
            raise UnreadableRule(f"'{text}' in the place of a value")
        return None if text.lower() in ("null", "$null") else text.casefold()

    def _values(self) -> list[str | None]:
        self._expect("[")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._expect("]")
        return values


def _comparison(name: str, operator: tuple[Positive, bool], wanted: Any) -> Test:
    test, negated = operator

    def apply(device: dict[str, Any]) -> bool:
        if wanted is None or name not in device:
            holds = wanted is None and name not in device
        else:
            holds = test(device[name], wanted)
        return holds is not negated

    return apply
