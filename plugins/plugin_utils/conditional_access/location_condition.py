# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The location condition, and named locations in a form that answers fast.

https://learn.microsoft.com/entra/identity/conditional-access/concept-assignment-network
"""

from __future__ import annotations

import bisect
import dataclasses
import ipaddress
import typing as t

from ..shape import Json
from . import addresses
from .policy_schema import MFA_TRUSTED_IPS
from .sign_in import NONE
from .three_valued import Answer, all_of, any_of, negated, unknown

_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")

_ADDRESS = "the IP address"
_TRUSTED_IPS = "the MFA trusted IPs of the tenant, which Graph does not show"


class Address(t.NamedTuple):
    """An IP address as Entra compares it: an IPv4 address that is written as IPv6 is an IPv4 address (RFC 4291, 2.5.5.2)."""

    version: int
    value: int

    @classmethod
    def read(cls, text: str | None) -> Address | None:
        """None for what is no address."""
        try:
            found = ipaddress.ip_address(text or "")
        except ValueError:
            return None
        mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
        return cls(4, int(mapped)) if mapped else cls(found.version, int(found))


@dataclasses.dataclass(frozen=True, slots=True)
class Ranges:
    """IP ranges, sorted and joined, so that one look tells. ``strange`` are those that cannot be read."""

    starts: dict[int, list[int]]
    ends: dict[int, list[int]]
    strange: tuple[str, ...] = ()

    @classmethod
    def of(cls, entries: t.Iterable[Json]) -> Ranges:
        """From the ipRanges of a named location (https://learn.microsoft.com/graph/api/resources/iprange)."""
        found: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
        strange = []
        for entry in entries:
            limits = _limits(entry)
            if limits:
                found[limits[0].version].append((limits[0].value, limits[1].value))
            else:
                strange.append(addresses.RANGE.read(entry))
        starts: dict[int, list[int]] = {4: [], 6: []}
        ends: dict[int, list[int]] = {4: [], 6: []}
        for version, pairs in found.items():
            for start, end in sorted(pairs):
                if ends[version] and start <= ends[version][-1] + 1:
                    ends[version][-1] = max(end, ends[version][-1])
                else:
                    starts[version].append(start)
                    ends[version].append(end)
        return cls(starts, ends, tuple(strange))

    def has(self, address: Address | None) -> Answer:
        if address is None:
            return unknown(_ADDRESS)
        before = bisect.bisect_right(self.starts[address.version], address.value) - 1
        if before >= 0 and address.value <= self.ends[address.version][before]:
            return True
        if self.strange:
            return unknown(*(f"what the range '{text}' covers" for text in self.strange))
        return False


def _limits(entry: Json) -> tuple[Address, Address] | None:
    if entry.get("cidrAddress") is None:
        lower, upper = (Address.read(entry.get(name)) for name in ("lowerAddress", "upperAddress"))
        return (lower, upper) if lower and upper and lower.version == upper.version else None
    try:
        network = addresses.network(entry["cidrAddress"])
    except ValueError:
        return None
    first, last = int(network.network_address), int(network.broadcast_address)
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        mask = 2**32 - 1
        return Address(4, first & mask), Address(4, last & mask)
    return Address(network.version, first), Address(network.version, last)


class Place:
    """Where a sign-in comes from. Each location is asked once, whoever wants to know."""

    __slots__ = ("_answers", "address", "country", "gps_country", "trusted")

    def __init__(self, ip: str | None, trusted: bool | None, country: str | None, gps_country: str | None):
        self.address = Address.read(ip)
        self.trusted, self.country, self.gps_country = trusted, country, gps_country
        self._answers: dict[int, Answer] = {}

    def is_in(self, location: Location) -> Answer:
        found = self._answers.get(id(location))
        if found is None:
            found = self._answers[id(location)] = location.has(self)
        return found

    def is_in_any(self, locations: t.Sequence[Location]) -> Answer:
        return self.is_in(locations[0]) if len(locations) == 1 else any_of(map(self.is_in, locations))


class Location(t.Protocol):
    """What a policy's list of locations can name."""

    def has(self, place: Place) -> Answer:
        """Whether a sign-in from there is from this location."""


@dataclasses.dataclass(frozen=True, slots=True)
class IpLocation:
    """IP ranges (https://learn.microsoft.com/graph/api/resources/ipnamedlocation)."""

    ranges: Ranges

    def has(self, place: Place) -> Answer:
        return self.ranges.has(place.address)


@dataclasses.dataclass(frozen=True, slots=True)
class CountryLocation:
    """Countries, by address or by the Authenticator app (https://learn.microsoft.com/graph/api/resources/countrynamedlocation).
    ``unmapped`` is whether addresses without a country belong to it."""

    countries: frozenset[str]
    unmapped: bool
    by_gps: bool

    def has(self, place: Place) -> Answer:
        country = place.gps_country if self.by_gps else place.country
        if country is None:
            return unknown(
                "the country that the Authenticator app tells" if self.by_gps else "the country of the address"
            )
        if country == NONE:
            # The box in the admin center is about addresses; of GPS nothing is said.
            return unknown("whether a place without a country counts") if self.by_gps else self.unmapped
        return country.upper() in self.countries


@dataclasses.dataclass(frozen=True, slots=True)
class TrustedIps:
    """The trusted IPs of MFA's own settings: a list of IPv4 ranges that only people can read (concept-assignment-network). None
    where nobody has told what it holds."""

    ranges: Ranges | None

    def has(self, place: Place) -> Answer:
        if place.address and place.address.version == 6:
            return False
        return unknown(_TRUSTED_IPS) if self.ranges is None else self.ranges.has(place.address)


@dataclasses.dataclass(frozen=True, slots=True)
class AllTrusted:
    """Every location that is marked as trusted, and the trusted IPs of MFA (concept-assignment-network)."""

    members: tuple[Location, ...]

    def has(self, place: Place) -> Answer:
        answer = place.is_in_any(self.members)
        return answer if place.trusted is None or isinstance(answer, bool) else place.trusted


@dataclasses.dataclass(frozen=True, slots=True)
class Unreadable:
    """A location that is not among those that were read, or of a kind that says nothing of addresses or countries."""

    why: str

    def has(self, place: Place) -> Answer:
        return unknown(self.why)


class Locations:
    """The named locations of a tenant, by what policies call them. ``named`` are Graph's objects, or None where they could not be
    read; ``mfa_trusted_ips`` are CIDRs, empty where there are none, or None where nobody has told."""

    def __init__(self, named: t.Iterable[Json] | None, mfa_trusted_ips: t.Iterable[str] | None = None):
        trusted_ips = (
            None if mfa_trusted_ips is None else Ranges.of([{"cidrAddress": cidr} for cidr in mfa_trusted_ips])
        )
        self._found: dict[str, Location] = {MFA_TRUSTED_IPS: TrustedIps(trusted_ips)}
        trusted: list[Location] = [self._found[MFA_TRUSTED_IPS]]
        if named is None:
            trusted.append(Unreadable("the named locations of the tenant"))
        for location in named or ():
            self._found[location["id"].lower()] = compiled = _compiled(location)
            if location.get("isTrusted"):
                trusted.append(compiled)
        self._found["alltrusted"] = AllTrusted(tuple(trusted))

    def find(self, name: str) -> Location:
        """A location by its id or Graph's word for it."""
        return self._found.get(name.lower()) or Unreadable(
            f"named location {name}, which is not among those that were read"
        )


def _compiled(location: Json) -> Location:
    if location.get("ipRanges") is not None:
        return IpLocation(Ranges.of(location["ipRanges"]))
    method = location.get("countryLookupMethod") or "clientIpAddress"
    if location.get("countriesAndRegions") is None or method not in ("clientIpAddress", "authenticatorAppGps"):
        kind = str(location.get("@odata.type") or "").rpartition(".")[2] or "of no kind that is known"
        told = f"countryLookupMethod {method}" if location.get("countriesAndRegions") else kind
        return Unreadable(f"what named location '{location.get('displayName')}' ({told}) holds")
    countries = frozenset(country.upper() for country in location["countriesAndRegions"])
    return CountryLocation(
        countries, bool(location.get("includeUnknownCountriesAndRegions")), method == "authenticatorAppGps"
    )


Test = t.Callable[[Place], Answer]


def compiled(conditions: Json, locations: Locations) -> Test | None:
    """The policy's locations as a test of a place; None where it is for all of them.

    A policy applies to all locations by default, and what is excluded wins (concept-assignment-network).
    """
    value = conditions.get("locations") or {}
    included, excluded = value.get("includeLocations") or ["All"], value.get("excludeLocations") or []
    everywhere = "All" in included
    inside = [locations.find(name) for name in included if name != "All"]
    outside = [locations.find(name) for name in excluded]
    if everywhere and not outside:
        return None

    def test(place: Place) -> Answer:
        left_out = place.is_in_any(outside)
        if everywhere or left_out is True:
            return negated(left_out)
        return all_of([place.is_in_any(inside), negated(left_out)])

    return test
