# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection as the host's variables say it, where a play names their prefix once for all its tasks."""

from __future__ import annotations

import re
import typing as t

from ansible.errors import AnsibleError

from . import tenant_variables
from .connection import OPTIONS
from .graph import credentials
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


# What a credential is called that is meant for one of ours, and is called otherwise.
_NEARLY = {
    "access_token": ("token", "bearer_token"),
    "client_secret": ("secret", "password", "client_password", "app_secret", "application_secret"),
    "certificate_path": ("cert", "cert_path", "certificate_file", "cert_file"),
}
# How Ansible begins a sentence on an option.
_OF_ANSIBLE = r"(?:value of |argument ')?"


def as_written(problems: t.Iterable[str], arguments: Options, variables: t.Collection[str] = ()) -> list[str]:
    """Problems by the names of the host's variables, where it is those that say who and where. What a task says itself is called
    as in the task. ``variables`` are the names of all that the host has."""
    prefix = _prefix(arguments)
    ours = [name for name in OPTIONS if arguments.get(name) is None]
    return [_written(problem, prefix, ours, variables) for problem in problems] if prefix else [*problems]


def _written(problem: str, prefix: str, ours: t.Sequence[str], variables: t.Collection[str]) -> str:
    if problem.startswith(credentials.NONE_GIVEN) and (hints := _nearly(prefix, ours, variables)):
        return f"{credentials.NONE_GIVEN}; {hints}"
    names = "|".join(sorted(map(re.escape, ours), key=len, reverse=True))
    if problem.startswith("credentials:"):
        return re.sub(rf"\b({names})\b", rf"{prefix}\1", problem)
    return re.sub(rf"^({_OF_ANSIBLE})({names})\b(?=[:' ])", rf"\1{prefix}\2", problem)


def _nearly(prefix: str, ours: t.Sequence[str], variables: t.Collection[str]) -> str:
    """Variables of the host that are a credential by their name, and that nobody reads."""
    found = [
        f"this host has {name}; is {prefix}{option} meant?"
        for kind in credentials.KINDS
        for option in kind.OPTIONS
        if option in ours
        for name in (option, *(prefix + nearly for nearly in _NEARLY.get(option, ())))
        if name in variables
    ]
    return " ".join(found)


def _prefix(arguments: Options) -> str:
    prefix = arguments.get(FROM_VARIABLES)
    return prefix if isinstance(prefix, str) else ""
