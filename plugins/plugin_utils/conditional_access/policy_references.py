# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which policies refer to a named location."""

from __future__ import annotations

import typing as t

from ..shape import Json

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
    """The policies that are not off, block, and leave out all trusted locations, whichever those are."""
    return [
        policy
        for policy in policies
        if policy.get("state") != "disabled"
        and "block" in ((policy.get("grantControls") or {}).get("builtInControls") or [])
        and "AllTrusted" in (((policy.get("conditions") or {}).get("locations") or {}).get("excludeLocations") or [])
    ]
