# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom or what a policy would stop after a write that it does not stop now. What makes it stop less is nothing of that.

Where it cannot be told, as with a filter that is another one, it counts as more: nobody has seen whom it stops. Session controls
stop nobody.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .. import reconcile
from ..shape import Json
from .policy_schema import CONDITIONS, GRANT_CONTROLS, MFA_TRUSTED_IPS
from .site_coverage import lost

Name = t.Callable[[str], str]

# How many ranges are told.
_NAMED = 5


class Included(t.NamedTuple):
    """A list of what a policy is for: its path, the word for everything (empty where there is none), whether an empty list means
    everything, and what it is a list of."""

    group: str
    name: str
    everything: str
    open: bool
    what: str


_INCLUDED = (
    Included("users", "includeUsers", "All", False, "users"),
    Included("users", "includeGroups", "", False, "groups"),
    Included("users", "includeRoles", "", False, "roles"),
    Included("applications", "includeApplications", "All", False, "applications"),
    Included("applications", "includeUserActions", "", False, "user actions"),
    Included("applications", "includeAuthenticationContextClassReferences", "", False, "authentication contexts"),
    Included("locations", "includeLocations", "All", True, "locations"),
    Included("platforms", "includePlatforms", "all", True, "platforms"),
    Included("authenticationFlows", "transferMethods", "any", True, "authentication flows"),
    Included("", "clientAppTypes", "all", True, "client apps"),
    Included("", "signInRiskLevels", "any", True, "risk levels of sign-ins"),
    Included("", "userRiskLevels", "any", True, "risk levels of users"),
    Included("", "servicePrincipalRiskLevels", "any", True, "risk levels of workloads"),
    Included("", "insiderRiskLevels", "any", True, "levels of insider risk"),
)
# Within a group, nothing is added to everything.
_ALL_OF_GROUP = {"users": ("includeUsers", "All"), "applications": ("includeApplications", "All")}
_EXCLUDED = (
    ("users", "excludeUsers"),
    ("users", "excludeGroups"),
    ("users", "excludeRoles"),
    ("applications", "excludeApplications"),
    ("platforms", "excludePlatforms"),
)
# What is compared as a whole: the path, whether it narrows the policy (so that a new one makes it stop less), and what it is.
_WHOLE = (
    ("users", "includeGuestsOrExternalUsers", False, "the guests it is for"),
    ("users", "excludeGuestsOrExternalUsers", True, "the guests it leaves out"),
    ("applications", "applicationFilter", False, "the filter for applications"),
    ("devices", "", True, "the device filter"),
    ("clientApplications", "", False, "the workloads it is for"),
)
_KNOWN = {group or name for group, name, *dummy in (*_INCLUDED, *_WHOLE)}


@dataclasses.dataclass(frozen=True)
class Around:
    """What is there beside the policy. ``locations`` are all that matter before and after; ``spared`` are ids in lower case of
    accounts that other rules are about; ``ended`` names of locations whose time is up; ``name`` says what people call an id."""

    locations: t.Sequence[Json]
    spared: t.Collection[str] = ()
    ended: t.Collection[str] = ()
    name: Name = str


def more(before: Json, after: Json, around: Around) -> list[str]:
    """What the policy would stop more: sentences without an end, none where it stops as much or less."""
    was, becomes = ({**(CONDITIONS.normal(one.get("conditions")) or {})} for one in (before, after))
    raw: tuple[Json, Json] = (before.get("conditions") or {}, after.get("conditions") or {})
    told = [text for row in _INCLUDED for text in _included(row, *raw, around.name)]
    told += [text for row in _EXCLUDED for text in _no_longer_excluded(*row, *raw, around)]
    told += _places(*raw, around)
    told += [text for row in _WHOLE for text in _whole(*row, was, becomes)]
    # Of a newer Graph.
    strange = sorted(key for key in was if key not in _KNOWN and "@" not in key and was[key] != becomes.get(key))
    told += [f"its condition {key} would be another" for key in strange]
    return told + _controls(before, after)


def _values(conditions: Json, group: str, name: str) -> dict[str, str]:
    """A list in the conditions: as it is written, by what makes two members equal."""
    value = ((conditions.get(group) or {}) if group else conditions).get(name) or []
    members = [one for one in value.split(",") if one != "none"] if isinstance(value, str) else value
    return {str(one).lower(): str(one) for one in members if one != "None"}


def _included(row: Included, before: Json, after: Json, name: Name) -> t.Iterator[str]:
    word, (group_list, group_word) = row.everything.lower(), _ALL_OF_GROUP.get(row.group, ("", ""))
    was, becomes = (_values(one, row.group, row.name) for one in (before, after))
    if row.open:
        was, becomes = (one or {word: word} for one in (was, becomes))
    if (word and word in was) or (group_word and group_word.lower() in _values(before, row.group, group_list)):
        return
    if word and word in becomes:
        only = ", ".join(sorted(map(name, was.values()))) or "others"
        yield f"it would be for all {row.what}, where it is for {only}"
        return
    added = [name(one) for key, one in becomes.items() if key not in was]
    if added:
        yield f"it would be for {', '.join(sorted(added))} too"


def _no_longer_excluded(group: str, name: str, before: Json, after: Json, around: Around) -> t.Iterator[str]:
    was, becomes = (_values(one, group, name) for one in (before, after))
    gone = [around.name(one) for key, one in was.items() if key not in becomes and key not in around.spared]
    if gone:
        yield f"it would no longer leave out {', '.join(sorted(gone))}"


def _places(before: Json, after: Json, around: Around) -> list[str]:
    """Addresses and countries of locations that the policy lets go of. That a location becomes smaller is a rule of its own."""
    was, becomes = (_values(one, "locations", "excludeLocations") for one in (before, after))
    left_out = [
        [
            one
            for one in around.locations
            if one["id"].lower() in names or ("alltrusted" in names and one.get("isTrusted"))
        ]
        for names in (was, becomes)
    ]
    let_go = [one for one in left_out[0] if one not in left_out[1] and one.get("displayName") not in around.ended]
    # What is in a location that only check mode has made is judged where it is made.
    gone = [] if any(map(reconcile.is_placeholder, becomes)) else lost(let_go, left_out[1])
    told = []
    if gone:
        beyond = f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else ""
        names = " and ".join(f"'{one.get('displayName')}'" for one in let_go)
        told.append(f"it would no longer leave out {', '.join(gone[:_NAMED])}{beyond} of {names}")
    unread = {"alltrusted", MFA_TRUSTED_IPS}
    if unread & set(was) and not unread & set(becomes):
        told.append("it would no longer leave out the trusted IPs of MFA, which Graph does not show")
    return told


def _whole(group: str, name: str, narrows: bool, what: str, was: Json, becomes: Json) -> t.Iterator[str]:
    values = [(one.get(group) or {}).get(name) if name else one.get(group) for one in (was, becomes)]
    if values[0] == values[1]:
        return
    # What is only for some guests, and is for them no more, stops less.
    if (values[0] is None) if narrows else (values[1] is None and name.startswith("include")):
        return
    if name == "includeGuestsOrExternalUsers" and '"All"' in ((was.get("users") or {}).get("includeUsers") or ()):
        return
    yield f"{what} would be another"


def _controls(before: Json, after: Json) -> list[str]:
    """Grant controls: to block is the most; with AND each one more is more, with OR each one less."""
    was, becomes = (GRANT_CONTROLS.normal(one.get("grantControls")) or {} for one in (before, after))
    if was == becomes:
        return []
    asked = [
        {f"{key}: {one}" for key in sides for one in _listed(sides[key]) if key != "operator"}
        for sides in (was, becomes)
    ]
    block = 'builtInControls: "block"'
    if block in asked[1]:
        return [] if block in asked[0] else ["it would block, where it asks for something"]
    if block in asked[0] or not asked[1]:
        return []
    any_of = [len(one) < 2 or sides.get("operator") == "OR" for one, sides in zip(asked, (was, becomes), strict=True)]
    if not asked[0]:
        weaker = False
    elif all(any_of):
        weaker = asked[1] >= asked[0]
    elif any_of[1]:
        weaker = bool(asked[1] & asked[0])
    else:
        weaker = asked[1] <= asked[0] and not any_of[0]
    return [] if weaker else ["it would ask for more, or for something else"]


def _listed(value: t.Any) -> t.Sequence[t.Any]:
    return value if isinstance(value, list) else [value]
