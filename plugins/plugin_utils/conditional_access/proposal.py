# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tenant's policies and locations as they would be after writes that are only proposed. Sends nothing but reads."""

from __future__ import annotations

import dataclasses
import typing as t

from .. import directory, reconcile
from ..graph.errors import BadInput
from ..graph.reads import Reads
from ..options import ArgumentSpec, Options
from ..shape import Json, Named, references
from . import policy_completion, policy_names
from .named_location import COUNTRY_OPTIONS, COUNTRY_TYPE, IP_TYPE, SHAPE, NamedLocation, type_of
from .named_location import problems_of as named_location_problems
from .policy_checks import problems_of as problems_of_policy
from .policy_kind import Policy
from .policy_references import LOCATIONS, POLICIES
from .policy_schema import POLICY

OPTIONS: Options = {
    "policies": {"type": "list", "elements": "dict", "default": []},
    "named_locations": {"type": "list", "elements": "dict", "default": []},
}

# What a task has beside the object itself, and a proposal has not.
_NOBODY: Options = {"break_glass_accounts": [], "service_account": None, "application": None}

# Each proposal is in the form of the module that would carry it out.
_FORMS = {
    "policies": ArgumentSpec(
        {"id": {"type": "str"}, "exact": {"type": "bool", "default": False}, **POLICY.spec()},
        required_one_of=(("display_name", "id"),),
        checks=(lambda one: problems_of_policy({**_NOBODY, **one}),),
    ),
    "named_locations": ArgumentSpec(
        {"id": {"type": "str"}, **SHAPE.spec()},
        required_one_of=(("display_name", "id"),),
        checks=(named_location_problems,),
    ),
}


def problems_of(options: Options) -> list[str]:
    """What is wrong with the proposals as they are written."""
    problems = []
    for name, form in _FORMS.items():
        for number, one in enumerate(options[name]):
            try:
                form.validate(one)
            except BadInput as error:
                problems += [f"{name}[{number}].{problem}" for problem in error.problems]
    return problems


@dataclasses.dataclass(frozen=True)
class Proposed:
    """``policies`` and ``locations`` are all of the tenant's, as they would be. ``as_read`` are the ids of those that nothing is
    proposed for; ``proposed`` the ids of the policies that something is, placeholders for those that are new."""

    policies: list[Json]
    locations: list[Json]
    as_read: frozenset[str]
    proposed: frozenset[str]
    found: directory.Found


def proposed(options: Options, reads: Reads, more: t.Sequence[Named] = ()) -> Proposed:
    """Look everything up in one request. ``more`` are names that the caller has to look up beside. Raises BadInput."""
    options = {name: [form.validate(one) for one in options[name]] for name, form in _FORMS.items()}
    new = [one["display_name"] for one in options["named_locations"] if one["display_name"]]
    named = [
        entry
        for number, one in enumerate(options["policies"])
        for entry in references(POLICY, one, f"policies[{number}].")
        if not reconcile.is_placeholder(entry.value)
    ]
    wanted = directory.Wanted([*named, *more])
    policies, locations = reads.listings([POLICIES, LOCATIONS, *wanted.paths()])[:2]
    found = wanted.found(reads)
    held = {entry.value.lower() for one in policies for entry in references(POLICY, POLICY.options(one))}
    problems = found.problems(lambda entry: entry.value.lower() in held or policy_names.is_new(entry, new))
    if problems:
        raise BadInput(problems, looked=True)
    places, moved = _after(
        NamedLocation(), locations, [(one, _location(locations)) for one in options["named_locations"]]
    )
    rules, changed = _after(
        Policy(),
        policies,
        [(one, _policy(found, new, f"policies[{number}].")) for number, one in enumerate(options["policies"])],
    )
    untouched = {one["id"].lower() for one in (*policies, *locations)} - moved - changed
    return Proposed(rules, places, frozenset(untouched), frozenset(changed), found)


_Make = t.Callable[[Json | None, Options], Json | None]


def _after(
    kind: reconcile.Kind, listing: t.Sequence[Json], proposals: t.Sequence[tuple[Options, _Make]]
) -> tuple[list[Json], set[str]]:
    """The listing after the proposals, and the ids of what is proposed to be changed or made."""
    objects = {one["id"].lower(): one for one in listing}
    touched = set()
    for options, make in proposals:
        current = reconcile.identify(kind, listing, options["id"], options["display_name"])
        after = make(current, options) or {}
        key = (current or {}).get("id") or reconcile.placeholder(kind, options["display_name"] or options["id"])
        objects[key.lower()] = {**after, "id": key}
        touched.add(key.lower())
    return list(objects.values()), touched


def _location(locations: t.Sequence[Json]) -> _Make:
    def make(current: Json | None, options: Options) -> Json | None:
        country = any(options[name] is not None for name in COUNTRY_OPTIONS)
        odata_type = type_of(current) if current else COUNTRY_TYPE if country else IP_TYPE
        after = reconcile.plan(NamedLocation(odata_type), current, options, "present").after
        return {"@odata.type": odata_type, **(after or {})}

    return make


def _policy(found: directory.Found, new: t.Sequence[str], path: str) -> _Make:
    def make(current: Json | None, options: Options) -> Json | None:
        if current is None:
            options = policy_completion.with_defaults(
                {**options, "conditions": options["conditions"] or {"client_app_types": None}}
            )
        if options["exact"]:
            options = policy_completion.exactly(options, current)
        wanted = policy_names.resolved(options, found, new, path)
        return reconcile.plan(Policy(), current, wanted, "present").after

    return make
