# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a policy is the restriction of an application to its sites: it blocks everybody there, from any location but those that
it leaves out, and nothing else decides when. Judged on the policy alone, whether it is on or only reports."""

from __future__ import annotations

import typing as t

from ..shape import Json
from .policy_schema import CONDITIONS

# What an admin center's policy for every client app may have in place of "all".
_EVERY_CLIENT_APP = {"browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "other"}
# Conditions that the restriction has, each judged by its own function.
_ITS_OWN = {"users", "applications", "clientAppTypes", "locations"}
_CALLED = {
    "platforms": "device platforms",
    "signInRiskLevels": "the risk of the sign-in",
    "userRiskLevels": "the risk of the user",
    "servicePrincipalRiskLevels": "the risk of a workload",
    "insiderRiskLevels": "insider risk",
    "devices": "a device filter",
    "authenticationFlows": "authentication flows",
    "clientApplications": "workload identities",
}

Name = t.Callable[[str], str]


class Judged(t.NamedTuple):
    """``wrong`` is why it is another policy, ``narrowed`` whom or what it passes over; sentences without an end, none where it is
    the restriction."""

    wrong: list[str]
    narrowed: list[str]


def judged(policy: Json, application: str, spared: t.Collection[str], name: Name = str) -> Judged:
    """Look at the policy. ``application`` is an appId, ``spared`` are the ids of the accounts that nothing may stop, and ``name``
    says what people call an id."""
    conditions = policy.get("conditions") or {}
    apps = conditions.get("applications") or {}
    wrong = [*_controls(policy), *_applications(apps, application, name)]
    narrowed = [
        *_users(conditions.get("users") or {}, {one.lower() for one in spared}, name),
        *_client_apps(conditions),
        *_locations(conditions.get("locations") or {}, name),
        *_others(conditions, apps),
    ]
    return Judged(wrong, narrowed)


def _controls(policy: Json) -> t.Iterator[str]:
    controls = (policy.get("grantControls") or {}).get("builtInControls") or []
    if "block" not in controls:
        yield f"it does not block; what it asks for is {' and '.join(controls) or 'something else'}"


def _applications(apps: Json, application: str, name: Name) -> t.Iterator[str]:
    included = {one.lower(): one for one in apps.get("includeApplications") or ()}
    excluded = {one.lower() for one in apps.get("excludeApplications") or ()}
    own = application.lower()
    if own not in included and "all" not in included:
        yield f"it is not for {name(application)}"
    if own in excluded:
        yield f"it leaves {name(application)} out"
    others = [name(one) for key, one in included.items() if key != own]
    if others:
        yield f"it is for {', '.join(sorted(others))} too, whose sign-ins were not looked at"


def _users(users: Json, spared: t.Collection[str], name: Name) -> t.Iterator[str]:
    sides = ("Users", "Groups", "Roles")
    included = [one for side in sides for one in users.get(f"include{side}") or ()]
    guests = {side: bool(users.get(f"{side}GuestsOrExternalUsers")) for side in ("include", "exclude")}
    if "All" not in included:
        only = [name(one) for one in included if one != "None"] + (["guests"] if guests["include"] else [])
        yield f"it is for {', '.join(sorted(only)) or 'nobody'} and not for all users"
    excluded = [one for side in sides for one in users.get(f"exclude{side}") or () if one.lower() not in spared]
    more = [name(one) for one in excluded] + (["guests"] if guests["exclude"] else [])
    if more:
        yield f"it leaves out {', '.join(sorted(more))} beside the break-glass accounts and the service account"


def _client_apps(conditions: Json) -> t.Iterator[str]:
    chosen = set(conditions.get("clientAppTypes") or ["all"])
    if "all" not in chosen and not chosen >= _EVERY_CLIENT_APP:
        yield f"it is for the client apps {', '.join(sorted(chosen))} only"


def _locations(locations: Json, name: Name) -> t.Iterator[str]:
    included = locations.get("includeLocations") or ["All"]
    if "All" not in included:
        yield f"it is for sign-ins from {', '.join(sorted(map(name, included)))} only"


def _others(conditions: Json, apps: Json) -> t.Iterator[str]:
    """What else decides when it applies, in whatever a newer Graph may have too."""
    rest = {key: value for key, value in (CONDITIONS.normal(conditions) or {}).items() if key not in _ITS_OWN}
    if rest.get("platforms") == {"includePlatforms": ['"all"']}:
        del rest["platforms"]
    yield from (f"it is narrowed by {_CALLED.get(key, key)}" for key in rest if not key.startswith("@"))
    if apps.get("applicationFilter"):
        yield "it is narrowed by a filter for applications"
