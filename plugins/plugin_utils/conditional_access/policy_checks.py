# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a policy's options before any request: the things Graph answers with "malformed or incorrect"."""

from __future__ import annotations

import typing as t

from ..options import Options
from ..shape import is_guid, references
from .policy_schema import POLICY


def problems_of(options: Options) -> list[str]:
    """One sentence a problem, each beginning with the option's path."""
    conditions = options.get("conditions") or {}
    return [
        *_references(options),
        *_alone(conditions, "users", "include_users", ("All", "None")),
        *_alone(conditions, "applications", "include_applications", ("All", "None")),
        *_alone({"": conditions}, "", "client_app_types", ("all",)),
        *_alone(conditions, "platforms", "include_platforms", ("all",)),
        *_targets(conditions),
        *grant_problems(options.get("grant_controls") or {}),
        *_frequency((options.get("session_controls") or {}).get("sign_in_frequency") or {}),
    ]


def account_problems(options: Options) -> list[str]:
    """What is wrong with the accounts and the application that the guard is told of, as they are written."""
    named = [(f"break_glass_accounts[{n}]", v, "user") for n, v in enumerate(options.get("break_glass_accounts") or ())]
    for option, kind in (("service_account", "user"), ("application", "application")):
        if options.get(option) is not None:
            named.append((option, options[option], kind))
    return [problem for path, value, kind in named if (problem := _name_problem(path, value, kind, ()))]


def _references(options: Options) -> list[str]:
    named = references(POLICY, options)
    found = (_name_problem(n.path, n.value, n.reference.kind, n.reference.keywords) for n in named)
    return [problem for problem in found if problem] + account_problems(options)


def _name_problem(path: str, value: str, kind: str, keywords: t.Sequence[str]) -> str | None:
    if value in keywords:
        return None
    meant = next((word for word in keywords if word.lower() == value.lower()), None)
    if meant:
        return f"{path}: '{value}' is written {meant}."
    if not value.strip():
        return f"{path}: is empty; the name or id of a {kind} is needed."
    if kind == "user" and not is_guid(value) and "@" not in value:
        others = f", nor one of {', '.join(keywords)}" if keywords else ""
        return f"{path}: '{value}' is neither a UPN, such as dana@contoso.com, nor an id{others}."
    return None


def _alone(conditions: Options, group: str, option: str, words: t.Sequence[str]) -> t.Iterator[str]:
    values = (conditions.get(group) or {}).get(option) or []
    path = ".".join(part for part in ("conditions", group, option) if part)
    for word in words:
        if word in values and len(values) > 1:
            yield f"{path}: {word} stands alone; take it out, or the other {len(values) - 1}."


def _targets(conditions: Options) -> t.Iterator[str]:
    applications = conditions.get("applications") or {}
    if applications.get("include_applications") and applications.get("include_user_actions"):
        yield "conditions.applications: include_applications and include_user_actions are two kinds of target; give one."
    for name, include in (("locations", "include_locations"), ("platforms", "include_platforms")):
        group = conditions.get(name)
        if group and group.get(include) == [] and any(group.values()):
            yield f"conditions.{name}.{include}: is empty; Graph takes an exclusion only from what is included, such as all."
    if conditions.get("client_app_types") == []:
        yield "conditions.client_app_types: is empty; Graph needs one or more, and [all] is what the admin center writes."


def grant_problems(grant: Options) -> list[str]:
    """What is wrong with grant controls: with those that are given, or with all that a policy would have."""
    return list(_grant(grant))


def _grant(grant: Options) -> t.Iterator[str]:
    controls = grant.get("built_in_controls") or []
    beside = [c for c in controls if c != "block"]
    others = ("authentication_strength", "terms_of_use", "custom_authentication_factors")
    beside += [name for name in others if grant.get(name)]
    if "block" in controls and beside:
        yield f"grant_controls.built_in_controls: block stands alone, and {', '.join(beside)} is there too; take one of them out."
    if "mfa" in controls and grant.get("authentication_strength"):
        yield "grant_controls: mfa and authentication_strength ask for the same in two ways; Graph takes one of them."


def _frequency(frequency: Options) -> t.Iterator[str]:
    path = "session_controls.sign_in_frequency"
    interval, value, unit = (frequency.get(name) for name in ("frequency_interval", "value", "type"))
    if interval == "everyTime":
        for name in ("value", "type"):
            if frequency.get(name) is not None:
                yield f"{path}.{name}: goes with timeBased only; at everyTime there is nothing to count."
    elif (value is not None or unit is not None or interval == "timeBased") and None in (value, unit):
        missing = "value" if value is None else "type"
        yield f"{path}.{missing}: is missing; a time-based frequency is a value and a type (days or hours)."
    if value is not None and not 1 <= value <= 365:
        yield f"{path}.value: {value} is not between 1 and 365."
