# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An argument spec with the checks that belong to it, and every problem reported at once."""

from __future__ import annotations

import copy
import dataclasses
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import (
    ArgumentTypeError,
    ArgumentValueError,
    ElementError,
    NoLogError,
    RequiredError,
    SubParameterTypeError,
    UnsupportedError,
)

from . import option_values
from .graph.errors import BadInput

Options = dict[str, t.Any]
# Takes the validated options; returns one sentence a problem, each beginning with the option's path.
Check = t.Callable[[Options], t.Iterable[str]]


@dataclasses.dataclass(frozen=True)
class ArgumentSpec:
    """Options in ansible's own form, and what holds between them."""

    options: t.Mapping[str, t.Any]
    mutually_exclusive: t.Sequence[t.Sequence[str]] = ()
    required_one_of: t.Sequence[t.Sequence[str]] = ()
    checks: t.Sequence[Check] = ()
    # Asked only where there is a problem anyway: what a later judgement would say, so that all of it is said at once.
    also: t.Sequence[Check] = ()

    def merge(self, other: ArgumentSpec) -> ArgumentSpec:
        """Both specs' options and rules."""
        return ArgumentSpec(
            {**self.options, **other.options},
            (*self.mutually_exclusive, *other.mutually_exclusive),
            (*self.required_one_of, *other.required_one_of),
            (*self.checks, *other.checks),
            (*self.also, *other.also),
        )

    def validate(self, arguments: t.Mapping[str, t.Any]) -> Options:
        """The options, coerced and completed. Raises BadInput, whose text may hold a secret that was given wrongly."""
        validator = ArgumentSpecValidator(
            dict(self.options),
            mutually_exclusive=[list(names) for names in self.mutually_exclusive],
            required_one_of=[list(names) for names in self.required_one_of],
        )
        arguments = given(plain(arguments))
        problems = option_values.problems_of(self.options, arguments)
        try:
            outcome = validator.validate(arguments)
        except (TypeError, ValueError, ArithmeticError, AttributeError) as error:
            # Ansible trips over what is of another form altogether, and that is among our own words.
            raise BadInput(problems or [f"the options cannot be read: {error}."]) from error
        options: Options = plain(outcome.validated_parameters)
        problems = _said(list(outcome.errors), problems) + problems
        if not problems:
            problems = [problem for check in self.checks for problem in check(options)]
        else:
            problems += _problems_beside(self.checks, options)
        if problems:
            raise BadInput(problems + _problems_beside(self.also, options))
        return options


# What ansible adds when it stumbles over a value of the wrong type once more, further on.
_ECHOES = (NoLogError, SubParameterTypeError)
# What option_values says too, and with the place in a list, which ansible leaves out.
_SAID_BETTER = (UnsupportedError, RequiredError)


def _said(errors: t.Sequence[Exception], ours: t.Sequence[str]) -> list[str]:
    """Ansible's own words, once each, but for what is among ours."""
    names = {option_values.name_of(problem) for problem in ours}
    own = [error for error in errors if not isinstance(error, (*_ECHOES, *_SAID_BETTER)) and not _is_of(error, names)]
    # Nothing that ansible refuses is let through because it is said nowhere else.
    return [str(error) for error in own or ([] if ours else errors)]


def _is_of(error: Exception, names: t.Collection[str]) -> bool:
    """Whether ansible says of one of these options that its value has another type, or is none of a choice."""
    starts = ("argument '{}' ", "Elements value for option '{}' ", "value of {} must be one of")
    beginnings = tuple(start.format(name) for name in names for start in starts)
    return isinstance(error, (ArgumentTypeError, ArgumentValueError, ElementError)) and str(error).startswith(
        beginnings
    )


def _problems_beside(checks: t.Sequence[Check], options: Options) -> list[str]:
    """What the checks say of options of which some already have the wrong type: a check that trips over one has no say."""
    problems: list[str] = []
    for check in checks:
        try:
            problems += check(options)
        except (TypeError, ValueError, AttributeError, KeyError):
            continue
    return problems


def given(value: t.Any) -> t.Any:
    """Without the options that are null: null is how an _info module shows what is not there, and means left out."""
    if isinstance(value, dict):
        return {name: given(inner) for name, inner in value.items() if inner is not None}
    return [given(inner) for inner in value] if isinstance(value, list) else value


def plain(value: t.Any) -> t.Any:
    """A deep copy in plain types. Ansible's tagged strings are str to most libraries, but not to all."""
    if isinstance(value, t.Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, str):
        return str(value)
    return copy.copy(value)
