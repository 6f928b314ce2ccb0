# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters for devices: the language of their rules, and what a rule says of a device.

https://learn.microsoft.com/entra/identity/conditional-access/concept-condition-filters-for-devices has the attributes, their
operators, and what holds for devices that are not registered; the language is the one of
https://learn.microsoft.com/entra/identity/users/groups-dynamic-membership. What is written otherwise is not guessed at: a
comparison that is not documented is unknown, and so is a whole rule that cannot be read.
"""

from __future__ import annotations

import re
import typing as t

from ..shape import Json
from .sign_in import Device
from .three_valued import Answer, Unknown, all_of, any_of, negated, unknown

Test = t.Callable[[Device], Answer]

_TEXT_OPERATORS = {"eq", "startswith", "endswith", "contains", "in"}
_EXTENSIONS = frozenset(f"extensionattribute{number}" for number in range(1, 16))

# The attributes, and the operators that go with each; the negative ones go with the same.
ATTRIBUTES: dict[str, set[str]] = {
    "deviceid": {"eq", "in"},
    "displayname": _TEXT_OPERATORS,
    "deviceownership": {"eq"},
    "enrollmentprofilename": _TEXT_OPERATORS,
    "iscompliant": {"eq"},
    "manufacturer": _TEXT_OPERATORS,
    "mdmappid": {"eq", "in"},
    "model": _TEXT_OPERATORS,
    "operatingsystem": _TEXT_OPERATORS,
    "operatingsystemversion": _TEXT_OPERATORS,
    "physicalids": {"contains"},
    "profiletype": {"eq"},
    "systemlabels": {"contains"},
    "trusttype": {"eq"},
    **dict.fromkeys(_EXTENSIONS, _TEXT_OPERATORS),
}

# Text is compared without case. A collection has a text only if one of its members is all of it.
_OPERATORS: dict[str, t.Callable[[t.Any, t.Any], bool]] = {
    "eq": lambda own, value: own == value,
    "startswith": lambda own, value: own.startswith(value),
    "endswith": lambda own, value: own.endswith(value),
    "contains": lambda own, value: value in own,
    "in": lambda own, value: own in value,
}
_NEGATIVE = {"ne": "eq", **{f"not{name}": name for name in ("startswith", "endswith", "contains", "in")}}

_MANAGED = (
    "whether the device is managed by Intune, compliant or hybrid joined, without which it has no extension attributes"
)

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<mark>[()\[\],])
    | "(?P<double>(?:[^"`]|`.)*)"
    | '(?P<single>(?:[^']|'')*)'
    | (?P<word>[-\u2013]?[\w$][\w.$]*)
    )""",
    re.VERBOSE,
)


# No rule that people write comes near it.
_DEEPEST = 50


class _Text(str):
    """A text in quotes: "null" and "-and" in them are no words of the language."""


class _Misread(Exception):
    """A rule that is not written in the language."""


def compiled(conditions: Json) -> Test | None:
    """The policy's filter for devices as a test, or None where it has none."""
    rule = (conditions.get("devices") or {}).get("deviceFilter")
    if not rule:
        return None
    mode, test = rule.get("mode"), parsed(rule.get("rule") or "")
    if mode == "include":
        return test
    if mode == "exclude":
        return _negation(test)
    return lambda device: unknown(f"what the mode '{mode}' of the filter for devices means")


def parsed(rule: str) -> Test:
    """A rule as a test; one that cannot be read is unknown of every device."""
    try:
        return _Reader(_tokens(rule)).whole()
    except _Misread as problem:
        missing = unknown(f"what the filter for devices '{rule}' means ({problem})")
        return lambda device: missing


def _tokens(rule: str) -> list[str]:
    found: list[str] = []
    position, end = 0, len(rule.rstrip())
    while position < end:
        match = _TOKEN.match(rule, position)
        if not match:
            raise _Misread(f"from its character {position + 1} on")
        position = match.end()
        if match["double"] is not None:
            found.append(_Text(re.sub("`(.)", r"\1", match["double"])))
        elif match["single"] is not None:
            found.append(_Text(match["single"].replace("''", "'")))
        else:
            found.append(match["mark"] or match["word"])
    return found


def _bare(token: str | None) -> str:
    """An operator's name: those may be written with a hyphen or without."""
    return "" if token is None or isinstance(token, _Text) else token.lstrip("-\u2013").lower()


class _Reader:
    """Reads a rule by the precedence of the language: comparisons, then -not, then -and, then -or."""

    def __init__(self, tokens: list[str]):
        self._tokens = tokens
        self._position = 0
        self._depth = 0

    def whole(self) -> Test:
        test = self._either()
        if self._peek() is not None:
            raise _Misread(f"'{self._peek()}' is not expected there")
        return test

    def _peek(self) -> str | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def _next(self) -> str:
        token = self._peek()
        if token is None:
            raise _Misread("it ends too early")
        self._position += 1
        return token

    def _expect(self, mark: str) -> None:
        token = self._next()
        if token != mark or isinstance(token, _Text):
            raise _Misread(f"'{token}' stands where '{mark}' should")

    def _marked(self, mark: str) -> bool:
        """Whether the mark comes next; it is taken if so."""
        found = self._peek() == mark and not isinstance(self._peek(), _Text)
        self._position += found
        return found

    def _joined(self, word: str, part: t.Callable[[], Test]) -> list[Test]:
        tests = [part()]
        while _bare(self._peek()) == word:
            self._next()
            tests.append(part())
        return tests

    def _either(self) -> Test:
        tests = self._joined("or", self._both)
        return tests[0] if len(tests) == 1 else lambda device: any_of(test(device) for test in tests)

    def _both(self) -> Test:
        tests = self._joined("and", self._not)
        return tests[0] if len(tests) == 1 else lambda device: all_of(test(device) for test in tests)

    def _not(self) -> Test:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Misread("it is nested too deeply")
        if _bare(self._peek()) == "not":
            self._next()
            inner = self._not()
            test = _negation(inner)
        elif self._marked("("):
            test = self._either()
            self._expect(")")
        else:
            test = self._comparison()
        self._depth -= 1
        return test

    def _comparison(self) -> Test:
        attribute, operator = self._next(), self._next()
        if not attribute.lower().startswith("device.") or isinstance(attribute, _Text):
            raise _Misread(f"'{attribute}' is no attribute of a device")
        return _comparison(attribute[len("device.") :], operator, self._value())

    def _value(self) -> t.Any:
        if not self._marked("["):
            return _scalar(self._next())
        values = []
        while not self._marked("]"):
            values.append(_scalar(self._next()))
            if self._peek() != "]":
                self._expect(",")
        return values


def _negation(test: Test) -> Test:
    return lambda device: negated(test(device))


def _scalar(token: str) -> str | None:
    """A value, without case. Only a text has to be in quotes, and null must not be."""
    if isinstance(token, _Text):
        return str(token).lower()
    if token in tuple("()[],"):
        raise _Misread(f"'{token}' stands where a value should")
    return None if token.lower() in ("null", "$null") else token.lower()


def _comparison(attribute: str, operator: str, value: t.Any) -> Test:
    name, word = attribute.lower(), _bare(operator)
    positive = _NEGATIVE.get(word, word)
    listed = isinstance(value, list)
    documented = positive in ATTRIBUTES.get(name, ()) and listed == (positive == "in") and (value or value == "")
    if not documented and not (value is None and positive == "eq" and name in ATTRIBUTES):
        undocumented = unknown(f"what 'device.{attribute} {operator}' means in a filter for devices with such a value")
        return lambda device: undocumented

    def test(device: Device) -> Answer:
        own = _own(device, attribute)
        if isinstance(own, Unknown):
            return own
        # All that an unregistered device has is null: no value is equal to it, starts it or holds it.
        held = own is None if value is None else own is not None and _OPERATORS[positive](own, value)
        return held if word == positive else not held

    return test


def _own(device: Device, attribute: str) -> str | frozenset[str] | Unknown | None:
    """The device's value of an attribute, without case: a text or a frozenset of them, None for null, or an Unknown."""
    name = attribute.lower()
    if device.registered is False:
        return None
    if name in _EXTENSIONS and not _managed(device):
        return unknown(_MANAGED)
    for known, value in device.attributes:
        if known == name:
            return _folded(value)
    return unknown(f"the {attribute} of the device")


def _folded(value: t.Any) -> str | frozenset[str] | None:
    if isinstance(value, str):
        return value.lower()
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else frozenset(member.lower() for member in value)


def _managed(device: Device) -> bool:
    """Whether the directory's extension attributes are there when policies are evaluated. What holds for a device that is
    registered and none of this is described in two ways on the one page, so that it is unknown."""
    return (
        device.fact("ismanaged") is True
        or device.fact("iscompliant") is True
        or str(device.fact("trusttype")).lower() == "serverad"
    )
