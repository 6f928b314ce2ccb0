# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An argument spec with the checks that belong to it, and every problem reported at once."""

from __future__ import annotations

import copy
import dataclasses
import math
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.validation import check_type_dict
from ansible.module_utils.errors import NoLogError, SubParameterTypeError, UnsupportedError

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
        problems = _no_values(self.options, arguments)
        try:
            outcome = validator.validate(arguments)
        except (TypeError, ValueError, ArithmeticError, AttributeError) as error:
            # Ansible trips over what is of another form altogether, and that is among our own words.
            raise BadInput(problems or [f"the options cannot be read: {error}."]) from error
        options: Options = plain(outcome.validated_parameters)
        problems = _said(list(outcome.errors)) + problems
        if not problems:
            problems = [problem for check in self.checks for problem in check(options)]
        else:
            problems += _problems_beside(self.checks, options)
        if problems:
            raise BadInput(problems + _problems_beside(self.also, options))
        return options


def _no_values(spec: t.Mapping[str, t.Any], arguments: t.Any, path: str = "") -> list[str]:
    """What Ansible would take, or trip over, and nobody means: a list where a text belongs, which it would write out, so that a
    secret would be sent in that form; a number or a date where a dictionary belongs; a number that is none; a truth value where a
    text or a number belongs; a number for a name."""
    problems = []
    for option, about in spec.items():
        for name in (option, *about.get("aliases", ())):
            if name in arguments:
                problems += _no_value(about, about.get("type", "str"), arguments[name], f"{path}{name}")
    return problems


# As YAML 1.1 reads words without quotes (https://yaml.org/type/bool.html).
_TRUTHS = {True: "yes, on and true", False: "no, off and false"}
# What things are called by. A number is no name: of 0x1f, 1_000 or 010 YAML leaves nothing but 31, 1000 and 8. Elsewhere one may
# stand for its digits, as in a secret.
_NAMES = ("name", "display_name")


def _no_text(about: t.Mapping[str, t.Any], value: t.Any, path: str) -> list[str]:
    """The same where a text belongs."""
    if isinstance(value, list | dict):
        return [f"{path}: is a {'list' if isinstance(value, list) else 'dictionary'}; a text is needed."]
    # Of a choice, Ansible says which words there are.
    if isinstance(value, bool) and "choices" not in about:
        read = f"as YAML reads {_TRUTHS[value]} without quotes"
        return [f"{path}: is {value}, {read}; a text is needed. Where the word is meant, put it in quotes."]
    if isinstance(value, int | float) and not isinstance(value, bool) and path.rpartition(".")[2] in _NAMES:
        read = "as YAML reads it without quotes, where 0x1f is 31 and 1_000 is 1000"
        return [f"{path}: is the number {value}, {read}; a name is a text. Put it in quotes, as it is to be."]
    return []


def _no_value(about: t.Mapping[str, t.Any], kind: str, value: t.Any, path: str) -> list[str]:
    """The same in one value of this type, and in what is in it."""
    if kind in ("str", "path"):
        return _no_text(about, value, path)
    if kind in ("int", "float") and isinstance(value, bool):
        return [f"{path}: is {value}, as YAML reads {_TRUTHS[value]} without quotes; a number is needed."]
    if kind in ("int", "float") and isinstance(value, float) and not math.isfinite(value):
        return [f"{path}: is {value}; a number is needed."]
    if kind == "list" and isinstance(value, list):
        elements = about.get("elements", "raw")
        return [text for n, one in enumerate(value) for text in _no_value(about, elements, one, f"{path}[{n}]")]
    if kind == "dict" and "options" in about:
        # A list, and a text that is no JSON, Ansible refuses in its own words.
        if not isinstance(value, dict | str | list):
            return [f"{path}: is {value!r:.80}; a dictionary is needed."]
        try:
            # As Ansible reads it: a text that is JSON is a dictionary too.
            return _no_values(about["options"], check_type_dict(value), f"{path}.")
        except TypeError:
            return []
    return []


# What ansible adds when it stumbles over a value of the wrong type once more, further on.
_ECHOES = (NoLogError, SubParameterTypeError)


def _said(errors: t.Sequence[Exception]) -> list[str]:
    """Ansible's own words, once each, with the subject that they leave out where an option is not known."""
    own = [error for error in errors if not isinstance(error, _ECHOES)] or errors
    return [f"unknown option {error}" if isinstance(error, UnsupportedError) else str(error) for error in own]


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
