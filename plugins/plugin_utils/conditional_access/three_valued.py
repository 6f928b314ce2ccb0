# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Yes, no, or not known: Kleene's strong logic of three values, where what is not known says which facts were missing."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True, slots=True)
class Unknown:
    """Neither yes nor no. ``missing`` are the facts that would tell, in words for people."""

    missing: frozenset[str]

    def __bool__(self) -> t.NoReturn:
        # An `if` would take it for a yes.
        raise TypeError("an answer of three values is compared with True and False")


Answer = bool | Unknown


def unknown(*missing: str) -> Unknown:
    """Not known, for want of these facts."""
    return Unknown(frozenset(missing))


def negated(answer: Answer) -> Answer:
    """No for yes, yes for no; what is not known stays so."""
    return answer if isinstance(answer, Unknown) else not answer


def any_of(answers: t.Iterable[Answer]) -> Answer:
    """Yes where one is yes, no where all are no. Nothing to ask is a no."""
    missing: set[str] = set()
    for answer in answers:
        if answer is True:
            return True
        if isinstance(answer, Unknown):
            missing |= answer.missing
    return Unknown(frozenset(missing)) if missing else False


def all_of(answers: t.Iterable[Answer]) -> Answer:
    """No where one is no, yes where all are yes. Nothing to ask is a yes."""
    missing: set[str] = set()
    for answer in answers:
        if answer is False:
            return False
        if isinstance(answer, Unknown):
            missing |= answer.missing
    return Unknown(frozenset(missing)) if missing else True


def agreed(answers: t.Iterable[Answer], question: str) -> Answer:
    """The answer for something that is one of several, when it is not known which: theirs, where all of them have the same.

    ``question`` is which of them it is, for people.
    """
    found = list(answers)
    if all(answer is True for answer in found) or all(answer is False for answer in found):
        return found[0]
    missing = [answer.missing for answer in found if isinstance(answer, Unknown)]
    told = {answer for answer in found if isinstance(answer, bool)}
    # What kind it is matters where the kinds disagree, and not where each of them wants the same fact.
    return Unknown(frozenset().union(*missing, {question} if len(told) > 1 or (told and missing) else ()))


def possibly(answer: Answer, question: str) -> Answer:
    """A yes that holds only if something is so, of which it is not known whether it is."""
    return unknown(question) if answer is True else answer
