# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tenant's Conditional Access as a file says it: what is wrong with the file itself, before any tenant is asked."""

from __future__ import annotations

import typing as t

import yaml

from ..graph.errors import BadInput
from ..option_values import found, unknown_keys
from ..options import ArgumentSpec, given
from ..shape import Shape
from . import named_location, policy
from .policy_schema import POLICY

# The lists of objects: what an entry may hold, and the module that it is for.
LISTS: t.Mapping[str, tuple[Shape, ArgumentSpec]] = {
    "entra_named_locations": (named_location.SHAPE, named_location.SPEC),
    "entra_policies": (POLICY, policy.SPEC),
}
ORPHANS = "entra_orphans"


def problems(text: str) -> list[str]:
    """A sentence for each mistake in the file, beginning with where it is. Places in a list count from 0."""
    try:
        document = yaml.load(text, Loader=_Strict)  # noqa: S506 - a safe loader, which is strict besides
    except yaml.YAMLError as error:
        return [f"is not YAML that can be read: {error}"]
    if not isinstance(document, dict):
        return [f"{found(document)}; a dictionary of {', '.join((*LISTS, ORPHANS))} is needed."]
    said = unknown_keys(document, (*LISTS, ORPHANS))
    for name, (shape, spec) in LISTS.items():
        if name not in document:
            said.append(f"{name}: is missing; a list is needed, [] where there are none.")
        elif not isinstance(document[name], list):
            said.append(f"{name}: {found(document[name])}; a list is needed, [] where there are none.")
        else:
            said += _problems_of_list(name, document[name], shape, spec)
    return said + _problems_of_orphans(document.get(ORPHANS, []))


class _Strict(yaml.SafeLoader):
    """Refuses a key that is there twice, of which YAML's reader would keep the last one only."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[t.Any, t.Any]:
        seen: dict[str, yaml.Mark] = {}
        for key, dummy in node.value:
            # Merged keys (<<) may well be given again.
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                continue
            if key.value in seen:
                first = seen[key.value].line + 1
                raise yaml.constructor.ConstructorError(
                    None, None, f"'{key.value}' is there twice, and first in line {first}", key.start_mark
                )
            seen[key.value] = key.start_mark
        return super().construct_mapping(node, deep)


def _problems_of_list(name: str, entries: list[t.Any], shape: Shape, spec: ArgumentSpec) -> list[str]:
    allowed = [field.option for field in shape.fields]
    said = []
    first: dict[str, int] = {}
    for number, entry in enumerate(entries):
        place = f"{name}[{number}]"
        if not isinstance(entry, dict):
            said.append(f"{place}: {found(entry)}; a dictionary of {', '.join(allowed)} is needed.")
            continue
        title = entry.get("display_name")
        called = f" '{title}'" if isinstance(title, str) else ""
        said += [f"{place}{called}: {problem}" for problem in _problems_of_entry(entry, allowed, spec)]
        if title is not None and first.setdefault(str(title), number) != number:
            said.append(
                f"{place}{called}: is the name of {name}[{first[str(title)]}] already. They could not be told apart, and one "
                "would be written over the other. Give each a name of its own."
            )
    return said


def _problems_of_entry(entry: dict[t.Any, t.Any], allowed: t.Sequence[str], spec: ArgumentSpec) -> list[str]:
    """Keys that are not known would be passed over in silence, and what they were to say taken out of the tenant."""
    said = unknown_keys(entry, allowed)
    known = {key: value for key, value in entry.items() if key in allowed}
    if known.get("display_name") is None:
        said.append("display_name: is missing; a text is needed.")
        known["display_name"] = "none"
    try:
        spec.validate(given(known))
    except BadInput as error:
        said += error.problems
    return said


def _problems_of_orphans(orphans: t.Any) -> list[str]:
    if not isinstance(orphans, list):
        return [f"{ORPHANS}: {found(orphans)}; a list of ids is needed. Leave it out where there are none."]
    return [
        f"{ORPHANS}[{number}]: {found(orphan)}; an id is needed."
        for number, orphan in enumerate(orphans)
        if not isinstance(orphan, str)
    ]
