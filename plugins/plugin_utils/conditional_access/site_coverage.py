# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What named locations cover, and who would be blocked because they cover less."""

from __future__ import annotations

import ipaddress
import typing as t

from ..shape import Json
from . import addresses
from .evaluation import DISABLED, REPORT_ONLY
from .location_condition import Ranges
from .lockout import Finding, finding
from .unmet import stops_people

Locations = t.Mapping[str, Json]

# How many ranges a finding names.
_NAMED = 8
_NETWORKS: dict[int, t.Callable[[int], t.Any]] = {4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}


def lost(before: t.Iterable[Json], after: t.Iterable[Json]) -> list[str]:
    """What the locations before cover together and those after do not: CIDRs, then countries. It makes no difference how that is
    spelled, or spread over the locations."""
    before, after = list(before), list(after)
    was, becomes = _ranges(before), _ranges(after)
    networks = [network for version in _NETWORKS for network in _less(was, becomes, version)]
    unreadable = [text for text in was.strange if text not in becomes.strange]
    return [*map(str, networks), *unreadable, *sorted(_countries(before) - _countries(after))]


def _ranges(locations: t.Iterable[Json]) -> Ranges:
    return Ranges.of(entry for location in locations for entry in location.get("ipRanges") or ())


def _less(was: Ranges, becomes: Ranges, version: int) -> t.Iterator[t.Any]:
    """The networks of one IP version that are in the one and not in the other; both are sorted and joined."""
    address = _NETWORKS[version]
    rest = list(zip(becomes.starts[version], becomes.ends[version], strict=True))
    for start, end in zip(was.starts[version], was.ends[version], strict=True):
        for first, last in rest:
            if last < start or first > end:
                continue
            if first > start:
                yield from ipaddress.summarize_address_range(address(start), address(first - 1))
            start = last + 1
        if start <= end:
            yield from ipaddress.summarize_address_range(address(start), address(end))


def _countries(locations: t.Iterable[Json]) -> set[str]:
    """Countries, and what stands for none, each with how they are found out where that is not by the address."""
    found = set()
    for location in locations:
        names = [str(country).upper() for country in location.get("countriesAndRegions") or ()]
        names += ["unknown countries"] if location.get("includeUnknownCountriesAndRegions") else []
        by_gps = location.get("countryLookupMethod") == "authenticatorAppGps"
        found |= {f"{name} by GPS" if by_gps else name for name in names}
    return found


def covers_everything(locations: t.Iterable[Json]) -> bool:
    """Whether the ranges of the locations leave no public IPv4 address over. Somebody whose provider has no IPv6 has none left
    then, so that IPv6 does not count."""
    special = (network for networks in addresses.SPECIAL.values() for network in networks if network.version == 4)
    nobody_s = [{"cidrAddress": str(network)} for network in special]
    covered = Ranges.of([*nobody_s, *(entry for location in locations for entry in location.get("ipRanges") or ())])
    return next(_less(Ranges.of([{"cidrAddress": "0.0.0.0/0"}]), covered, 4), None) is None


def findings(before: Locations, after: Locations, policies: t.Iterable[Json]) -> list[Finding]:
    """SITE-SHRUNK, for each policy that is on and stops people, and would no longer leave out all that it leaves out now.

    A policy stops people where it blocks, or asks for something that they cannot do when asked, such as a compliant device;
    whoever is merely asked for MFA goes on. ``before`` and ``after`` are all locations of the tenant, by id in lower case;
    ``policies`` are as they would be. That a location loses its trust is a rule of its own.
    """
    found = []
    for policy in filter(_enforced_and_stops, policies):
        names = {
            name.lower()
            for name in ((policy.get("conditions") or {}).get("locations") or {}).get("excludeLocations") or ()
        }
        meant = {
            key
            for key in {*before, *after}
            if key in names
            or ("alltrusted" in names and any(side.get(key, {}).get("isTrusted") for side in (before, after)))
        }
        was, becomes = ([side[key] for key in sorted(meant & set(side))] for side in (before, after))
        if gone := lost(was, becomes):
            places = " and ".join(f"'{place.get('displayName')}'" for place in was if lost([place], becomes))
            found.append(finding("SITE-SHRUNK", f"{places} and policy '{policy.get('displayName')}': {_said(gone)}"))
    return found


class SiteLocations:
    """The named locations of sites: of each, the one that is called by a prefix and the site's name, where exactly one is."""

    def __init__(self, locations: t.Iterable[Json], prefix: str):
        self._before = {location["id"].lower(): location for location in locations}
        self._prefix = prefix

    def findings(self, sites: t.Iterable[Json], policies: t.Iterable[Json]) -> list[Finding]:
        """SITE-SHRUNK of all of them together, once each location has its site's ranges; where that is nothing, of the first that
        takes away what only a later one is going to have, as of two that change places."""
        sites, policies = list(sites), list(policies)
        after = {**self._before, **{key: place for site in sites for key, place in self._would_be(site).items()}}
        if found := findings(self._before, after, policies):
            return found
        there = self._before
        for site in self.ordered(sites):
            then = {**there, **self._would_be(site)}
            if self._loses(site) and (found := findings(there, then, policies)):
                return found
            there = then
        return []

    def ordered(self, sites: t.Sequence[Json]) -> list[Json]:
        """The sites in the order in which to write them: one that takes addresses over before one that gives them away, so that
        they are never nowhere. Otherwise as they are."""
        return sorted(sites, key=self._loses)

    def without_site(self, names: t.Iterable[str]) -> list[str]:
        """The trusted locations that are called as that of a site is, and of none of these sites. Without a prefix there is no
        telling."""
        listed = {f"{self._prefix}{name}" for name in names}
        called = {str(place.get("displayName")) for place in self._before.values() if place.get("isTrusted")}
        return sorted(name for name in called - listed if self._prefix and name.startswith(self._prefix))

    def _loses(self, site: Json) -> bool:
        return any(lost([self._before[key]], [place]) for key, place in self._would_be(site).items())

    def _would_be(self, site: Json) -> dict[str, Json]:
        name = f"{self._prefix}{site['name'].strip()}"
        named = [key for key, place in self._before.items() if place.get("displayName") == name]
        ranges = {"ipRanges": [{"cidrAddress": cidr} for cidr in site["cidrs"]]}
        return {key: {**self._before[key], **ranges} for key in named} if len(named) == 1 else {}


def _enforced_and_stops(policy: Json) -> bool:
    return policy.get("state") not in (DISABLED, REPORT_ONLY) and stops_people(policy)


def _said(gone: t.Sequence[str]) -> str:
    more = f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else ""
    return f"{', '.join(gone[:_NAMED])}{more}"
