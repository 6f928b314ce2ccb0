# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An argument spec with the checks that belong to it, and every problem reported at once."""

from __future__ import annotations

import copy
import dataclasses
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

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

    def merge(self, other: ArgumentSpec) -> ArgumentSpec:
        """Both specs' options and rules."""
        return ArgumentSpec(
            {**self.options, **other.options},
            (*self.mutually_exclusive, *other.mutually_exclusive),
            (*self.required_one_of, *other.required_one_of),
            (*self.checks, *other.checks),
        )

    def validate(self, arguments: t.Mapping[str, t.Any]) -> Options:
        """The options, coerced and completed. Raises BadInput, whose text may hold a secret that was given wrongly."""
        validator = ArgumentSpecValidator(
            dict(self.options),
            mutually_exclusive=[list(names) for names in self.mutually_exclusive],
            required_one_of=[list(names) for names in self.required_one_of],
        )
        outcome = validator.validate(plain(arguments))
        options = plain(outcome.validated_parameters)
        problems = list(outcome.error_messages)
        if not problems:
            problems = [problem for check in self.checks for problem in check(options)]
        else:
            problems += _problems_beside(self.checks, options)
        if problems:
            raise BadInput(problems)
        return options


def _problems_beside(checks: t.Sequence[Check], options: Options) -> list[str]:
    """What the checks say of options of which some already have the wrong type: a check that trips over one has no say."""
    problems = []
    for check in checks:
        try:
            problems += check(options)
        except (TypeError, ValueError, AttributeError, KeyError):
            continue
    return problems


def plain(value: t.Any) -> t.Any:
    """A deep copy in plain types. Ansible's tagged strings are str to most libraries, but not to all."""
    if isinstance(value, t.Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, str):
        return str(value)
    return copy.copy(value)
