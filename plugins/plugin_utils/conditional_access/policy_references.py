# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which policies refer to a named location."""

from __future__ import annotations

import typing as t

from ..shape import Json
from .evaluation import DISABLED, REPORT_ONLY
from .unmet import stops_people

POLICIES = "/identity/conditionalAccess/policies"
LOCATIONS = "/identity/conditionalAccess/namedLocations"


def of_location(location_id: str, policies: t.Sequence[Json]) -> list[Json]:
    """The policies that include or exclude the location."""
    return [policy for policy in policies if location_id.lower() in locations_of(policy)]


def locations_of(policy: Json) -> set[str]:
    """Ids and keywords of a policy's location condition, in lower case."""
    locations = (policy.get("conditions") or {}).get("locations") or {}
    every = (locations.get("includeLocations") or []) + (locations.get("excludeLocations") or [])
    return {location.lower() for location in every}


def relying_on_trust(policies: t.Sequence[Json]) -> list[Json]:
    """The policies that leave out all trusted locations, whichever those are, and stop whoever is elsewhere: those that block and
    are not off, and those that are on and ask for something that people cannot do when asked."""
    return [
        policy
        for policy in policies
        if "AllTrusted" in (((policy.get("conditions") or {}).get("locations") or {}).get("excludeLocations") or [])
        and policy.get("state") != DISABLED
        and (_blocks(policy) if policy.get("state") == REPORT_ONLY else stops_people(policy))
    ]


def enforced_on(locations: t.Iterable[Json], policies: t.Iterable[Json]) -> list[Json]:
    """The policies that are on, or may be, and include or exclude one of the locations, by id or as one of all trusted ones."""
    locations = list(locations)
    names = {str(location.get("id")).lower() for location in locations}
    names |= {"alltrusted"} if any(location.get("isTrusted") for location in locations) else set()
    return [
        policy
        for policy in policies
        if policy.get("state") not in (DISABLED, REPORT_ONLY) and names & locations_of(policy)
    ]


def _blocks(policy: Json) -> bool:
    return "block" in ((policy.get("grantControls") or {}).get("builtInControls") or ())
