# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role is given, held against its argument specification: what is wrong, by the names that people have written.

Ansible has a check of its own ahead of every role. It repeats the whole specification where something is wrong, and does not say
where in a list it is.
"""

from __future__ import annotations

import itertools
import pathlib
import re
import typing as t

import yaml
from ansible.errors import AnsibleError
from ansible.module_utils.common.yaml import yaml_load

from . import connection, tenant_variables
from .durable_lines import reason
from .graph.errors import BadInput
from .option_values import found
from .options import ArgumentSpec, Options, plain

SPEC = ArgumentSpec(
    {
        "argument_specs": {"type": "path", "required": True},
        "entry_point": {"type": "str", "default": "main"},
    }
)

# How a default says of which of the tenant's variables it is.
_TENANTS_OWN = re.compile(r"varnames', '\^(\w+)\$'")


def looked_at(options: Options, variables: t.Mapping[str, t.Any], template: t.Callable[[t.Any], t.Any]) -> Options:
    """Nothing, where every argument can be meant. Raises BadInput with all that cannot be."""
    spec, given = {}, {}
    problems: list[str] = []
    entry_points = _specified(options)
    for name, about in entry_points[options["entry_point"]].items():
        told, value = name, variables.get(name)
        if of_tenant := _TENANTS_OWN.search(str(value)):
            told = of_tenant[1]
        spec[told] = about
        try:
            given[told] = plain(template(value)) if name in variables else None
        except AnsibleError as error:
            # A vault variable that nobody has defined, for one.
            problems.append(f"{told}: cannot be worked out: {error.message}")
    problems += tenant_variables.misspelt_of_role(variables.keys(), {*spec, *itertools.chain(*entry_points.values())})
    try:
        ArgumentSpec(spec).validate(given)
    except BadInput as error:
        problems += error.problems
    if problems:
        raise BadInput(problems)
    doubts = tenant_variables.beside_ours(variables.keys(), connection.OPTIONS)
    return {"changed": False, **({"warnings": doubts} if doubts else {})}


def _specified(options: Options) -> dict[str, Options]:
    """The role's arguments, by entry point. Raises BadInput."""
    path, entry_point = options["argument_specs"], options["entry_point"]
    try:
        document = yaml_load(pathlib.Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput([f"argument_specs: '{path}' cannot be read: {reason(error)}."]) from error
    except yaml.YAMLError as error:
        raise BadInput([f"argument_specs: '{path}' is not YAML: {' '.join(str(error).split())}."]) from error
    specs = document.get("argument_specs") if isinstance(document, dict) else document
    if not isinstance(specs, dict):
        raise BadInput([f"argument_specs: what '{path}' has {found(specs)}; a dictionary of entry points is needed."])
    if entry_point not in specs:
        raise BadInput([f"entry_point: '{entry_point}' is not known. Allowed are {', '.join(specs)}."])
    return {name: dict((about or {}).get("options") or {}) for name, about in specs.items()}
