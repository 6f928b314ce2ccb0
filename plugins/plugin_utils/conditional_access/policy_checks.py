# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a policy's options before any request: the things Graph answers with "malformed or incorrect"."""

from __future__ import annotations

import typing as t

from ..guids import is_guid
from ..options import Options
from ..shape import EDITS, Shape, edit, references
from .policy_schema import FILTER, POLICY


def problems_of(options: Options) -> list[str]:
    """One sentence a problem, each beginning with the option's path."""
    malformed = list(_edits(POLICY, options))
    if malformed:
        return malformed
    # What one that is there has already need not be said again.
    incomplete = [] if options.get("id") else gaps(options)
    return [*_references(options), *contradictions(options), *incomplete]


def contradictions(options: Options) -> list[str]:
    """Values that do not go together, in the options that are given, or in all that a policy would have."""
    conditions = options.get("conditions") or {}
    return [
        *(problem for path, words in _ALONE.items() for problem in _alone(options, path, words)),
        *_targets(conditions),
        *_grant(options.get("grant_controls") or {}),
        *_frequency(_frequency_of(options)),
    ]


def gaps(options: Options) -> list[str]:
    """Values that are nothing without another, in options that are to be all that a policy has."""
    return [*_filters(POLICY, options), *_half_a_frequency(_frequency_of(options))]


# Session controls that are nothing without one of their values.
_SAYING = {"persistent_browser": "mode", "cloud_app_security": "cloud_app_security_type"}


def unsaid(options: Options) -> list[str]:
    """Session controls that are on and do not say what they do, in options that are all that a policy has."""
    session = options.get("session_controls") or {}
    return [
        f"session_controls.{control}.{name}: is missing; the control does not say what it is to do."
        for control, name in _SAYING.items()
        if session.get(control) and not session[control].get(name)
    ]


_INCLUDE = {
    "users": ("include_users", "include_groups", "include_roles", "include_guests_or_external_users"),
    "applications": (
        "include_applications",
        "include_user_actions",
        "include_authentication_contexts",
        "application_filter",
    ),
}
_WORKLOADS = ("include_service_principals", "service_principal_filter")
# Conditions that exclude only from what they include.
_EXCLUDED_FROM = {
    "locations": ("include_locations", "exclude_locations", "All"),
    "platforms": ("include_platforms", "exclude_platforms", "all"),
}


def nothing_included(options: Options) -> list[str]:
    """What is missing in options that are to be all that a policy has: who it is for, what, and what an exclusion is from."""
    conditions = options.get("conditions") or {}
    groups = {name: conditions.get(name) or {} for name in (*_INCLUDE, "client_applications")}
    nothing = [name for name, lists in _INCLUDE.items() if not any(groups[name].get(one) for one in lists)]
    if any(groups["client_applications"].get(one) for one in _WORKLOADS):
        nothing = [name for name in nothing if name != "users"]
    words = {"users": "nobody", "applications": "nothing"}
    return [
        *(f"conditions.{name}: includes {words[name]}; say who or what the policy is for." for name in nothing),
        # One that is given as empty is among the contradictions.
        *(
            f"conditions.{name}.{include}: is missing; Graph takes an exclusion only from what is included, such as {everything}."
            for name, (include, exclude, everything) in _EXCLUDED_FROM.items()
            if (group := conditions.get(name)) and group.get(exclude) and group.get(include) is None
        ),
    ]


def _frequency_of(options: Options) -> Options:
    return (options.get("session_controls") or {}).get("sign_in_frequency") or {}


def _edits(shape: Shape, options: Options, path: str = "") -> t.Iterator[str]:
    """Lists of references that are neither a list nor add, remove and set."""
    for field in shape.fields:
        value, here = options.get(field.option), f"{path}{field.option}"
        if field.shape and isinstance(value, dict):
            yield from _edits(field.shape, value, f"{here}.")
        elif field.many and field.reference and value is not None:
            yield from _list_problems(value, here)


def _list_problems(value: t.Any, path: str) -> t.Iterator[str]:
    if isinstance(value, dict):
        if unknown := [str(name) for name in value if name not in EDITS]:
            yield f"{path}: {', '.join(unknown)} is not known here; allowed are {', '.join(EDITS)}, or a bare list."
        if value.get("set") is not None and len(value) > 1:
            yield f"{path}: set is the whole list, so add and remove have no place beside it."
        for name in EDITS:
            if value.get(name) is not None:
                yield from (
                    _list_problems(value[name], f"{path}.{name}")
                    if not isinstance(value[name], dict)
                    else (f"{path}.{name}: is a dictionary; a list is needed.",)
                )
    elif not isinstance(value, list):
        yield f"{path}: '{value}' is not a list; write [{value}], or a dictionary of {', '.join(EDITS)}."
    else:
        for number, member in enumerate(value):
            if not isinstance(member, str):
                yield f"{path}[{number}]: {member!r} is not a text; the name or the id is needed."


def account_problems(options: Options) -> list[str]:
    """What is wrong with the accounts and the application that the guard is told of, as they are written."""
    named = [(f"break_glass_accounts[{n}]", v, "user") for n, v in enumerate(options.get("break_glass_accounts") or ())]
    for option, kind in (("service_account", "user"), ("application", "application")):
        if options.get(option) is not None:
            named.append((option, options[option], kind))
    return [problem for path, value, kind in named if (problem := name_problem(path, value, kind, ()))]


def _references(options: Options) -> list[str]:
    named = references(POLICY, options)
    found = (name_problem(n.path, n.value, n.reference.kind, n.reference.keywords) for n in named)
    return [problem for problem in found if problem] + account_problems(options)


# Words that a list of what is included takes, and one of what is left out does not.
_INCLUDED_ONLY = {"user": ("All", "None"), "application": ("All", "None"), "location": ("All",)}


# Options that the roles take from the inventory.
_OF_INVENTORY = {
    name: f", which the roles take from syncro_{name} in the inventory" for name in ("application", "service_account")
}


def name_problem(path: str, value: str, kind: str, keywords: t.Sequence[str]) -> str | None:
    """Why a value cannot stand where an object of that kind is named; None where it can."""
    if value in keywords:
        return None
    if ".exclude_" in path and value in _INCLUDED_ONLY.get(kind, ()):
        return f"{path}: {value} cannot be left out; name what is."
    meant = next((word for word in keywords if word.lower() == value.lower()), None)
    if meant:
        return f"{path}: '{value}' is written {meant}."
    if not value.strip():
        what = f"{'an' if kind[0] in 'aeiou' and kind != 'user' else 'a'} {kind}"
        return f"{path}: is empty; the name or id of {what} is needed{_OF_INVENTORY.get(path, '')}."
    if kind == "user" and not is_guid(value) and "@" not in value:
        others = f", nor one of {', '.join(keywords)}" if keywords else ""
        return f"{path}: '{value}' is neither a UPN, such as dana@contoso.com, nor an id{others}."
    return None


# Words that take the place of every other value of their list.
_ALONE = {
    "conditions.users.include_users": ("All", "None"),
    "conditions.applications.include_applications": ("All", "None"),
    "conditions.locations.include_locations": ("All",),
    "conditions.platforms.include_platforms": ("all",),
    "conditions.client_app_types": ("all",),
}


def _alone(options: Options, path: str, words: t.Sequence[str]) -> t.Iterator[str]:
    value: t.Any = options
    for name in path.split("."):
        value = (value or {}).get(name)
    # Of a list that is added to, only the policy as it would be tells what stands beside the word.
    values = (edit(value).get("set") or []) if value else []
    for word in words:
        if word in values and len(values) > 1:
            yield f"{path}: {word} stands alone; take it out, or the other {len(values) - 1}."


def _given(group: Options, option: str) -> list[str]:
    """The members that a list is to have, as far as the options say it: all of it, or what is added."""
    asked = edit(group[option]) if group.get(option) else {}
    return [*(asked.get("set") or []), *(asked.get("add") or [])]


def _targets(conditions: Options) -> t.Iterator[str]:
    applications = conditions.get("applications") or {}
    targets = ("include_applications", "include_user_actions", "include_authentication_contexts")
    given = [name for name in targets if _given(applications, name)]
    if len(given) > 1:
        yield f"conditions.applications: {' and '.join(given)} are {len(given)} kinds of target; give one."
    users, workloads = conditions.get("users") or {}, conditions.get("client_applications") or {}
    lists = ("include_users", "include_groups", "include_roles")
    people = [name for name in lists if _given(users, name) not in ([], ["None"])]
    people += ["include_guests_or_external_users"] if users.get("include_guests_or_external_users") else []
    if people and _given(workloads, "include_service_principals"):
        yield (
            f"conditions: users.{people[0]} and client_applications.include_service_principals are people and workloads; "
            "a policy is for one of them."
        )
    for name, include in (("locations", "include_locations"), ("platforms", "include_platforms")):
        group = conditions.get(name)
        if group and group.get(include) == [] and any(group.values()):
            yield f"conditions.{name}.{include}: is empty; Graph takes an exclusion only from what is included, such as all."
    if conditions.get("client_app_types") == []:
        yield "conditions.client_app_types: is empty; Graph needs one or more, and [all] is what the admin center writes."


def _filters(shape: Shape, options: Options, path: str = "") -> t.Iterator[str]:
    """Filters without a rule or a mode (https://learn.microsoft.com/graph/api/resources/conditionalaccessfilter)."""
    for field in shape.fields:
        value, here = options.get(field.option), f"{path}{field.option}"
        if not field.shape or not value:
            continue
        yield from _filters(field.shape, value, f"{here}.")
        if field.shape is FILTER and any(inner is not None for inner in value.values()):
            for name in ("mode", "rule"):
                if not value.get(name):
                    yield f"{here}.{name}: is missing; a filter is a mode (include or exclude) and a rule."


def _grant(grant: Options) -> t.Iterator[str]:
    controls = grant.get("built_in_controls") or []
    beside = [c for c in controls if c != "block"]
    others = ("authentication_strength", "terms_of_use", "custom_authentication_factors")
    beside += [name for name in others if grant.get(name)]
    if "block" in controls and beside:
        yield f"grant_controls.built_in_controls: block stands alone, and {', '.join(beside)} is there too; take one of them out."
    if "mfa" in controls and grant.get("authentication_strength"):
        yield "grant_controls: mfa and authentication_strength ask for the same in two ways; Graph takes one of them."


_FREQUENCY = "session_controls.sign_in_frequency"


def _frequency(frequency: Options) -> t.Iterator[str]:
    value = frequency.get("value")
    if frequency.get("frequency_interval") == "everyTime":
        for name in ("value", "type"):
            if frequency.get(name) is not None:
                yield f"{_FREQUENCY}.{name}: goes with timeBased only; at everyTime there is nothing to count."
    if value is not None and not 1 <= value <= 365:
        yield f"{_FREQUENCY}.value: {value} is not between 1 and 365."


def _half_a_frequency(frequency: Options) -> t.Iterator[str]:
    interval, value, unit = (frequency.get(name) for name in ("frequency_interval", "value", "type"))
    counted = value is not None or unit is not None or interval == "timeBased"
    if counted and interval != "everyTime" and None in (value, unit):
        missing = "value" if value is None else "type"
        yield f"{_FREQUENCY}.{missing}: is missing; a time-based frequency is a value and a type (days or hours)."
