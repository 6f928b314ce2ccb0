# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection as the host's variables say it, where a play names their prefix once for all its tasks."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError

from . import tenant_variables
from .connection import OPTIONS
from .options import ArgumentSpec, Options

# Which of the host's variables fill in what the task leaves out.
FROM_VARIABLES = "from_variables"

SPEC = ArgumentSpec({FROM_VARIABLES: {"type": "str"}})


def of_variables(
    arguments: Options, variables: t.Mapping[str, t.Any], template: t.Callable[[t.Any], t.Any]
) -> tuple[Options, list[str]]:
    """The options of the host's variables that the task leaves out, and the problems with those. A play says it once for all its
    tasks, and only what is asked for is templated; a template over all of them would cost as much as the task. A variable of the
    tenant whose name is misspelt is a problem too."""
    prefix = _prefix(arguments)
    found: Options = {}
    if not prefix:
        return found, []
    problems = tenant_variables.misspelt(variables.keys(), prefix, OPTIONS)
    for name in OPTIONS:
        if arguments.get(name) is None and f"{prefix}{name}" in variables:
            try:
                found[name] = template(variables[f"{prefix}{name}"])
            except AnsibleError as error:
                # A vault variable that nobody has defined, for one; with less, a value of the environment would take its place.
                problems.append(f"{prefix}{name}: cannot be worked out: {error.message}")
    return found, problems


def as_written(problems: t.Iterable[str], arguments: Options) -> list[str]:
    """Problems by the names of the host's variables, where it is those that say who and where. What a task says itself is called
    as in the task."""
    ours = [name for name in OPTIONS if arguments.get(name) is None]
    return [f"{_prefix(arguments) if problem.partition(':')[0] in ours else ''}{problem}" for problem in problems]


def _prefix(arguments: Options) -> str:
    prefix = arguments.get(FROM_VARIABLES)
    return prefix if isinstance(prefix, str) else ""
