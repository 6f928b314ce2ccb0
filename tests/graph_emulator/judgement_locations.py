# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Named locations as a sign-in meets them: whether an address or a country is inside, or nobody can tell.

Source: Microsoft's "Network assignment" page. IPv4 and IPv6 are told apart; a country comes from the address, and an
address that maps to none is inside a location that includes unknown countries and regions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from .policy_references import MFA_TRUSTED_IPS
from .sign_in_facts import SignIn
from .tenants import JsonObject

ALL = "All"
ALL_TRUSTED = "AllTrusted"


class Location:
    """One named location. Ranges are merged, so that a location with thousands of them costs a search by halves."""

    def __init__(self, item: JsonObject) -> None:
        self.is_trusted = bool(item.get("isTrusted"))
        self._countries = frozenset(item.get("countriesAndRegions") or ())
        self._with_unknown = bool(item.get("includeUnknownCountriesAndRegions"))
        self._is_by_address = "ipRanges" in item
        self._ranges: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
        for one in item.get("ipRanges") or ():
            version, first, last = _ends(one)
            self._ranges[version].append((first, last))
        self._ranges = {version: _merged(ranges) for version, ranges in self._ranges.items()}

    def holds(self, sign_in: SignIn) -> bool | None:
        """Tell whether the sign-in comes from here; None where what it takes was not said."""
        if self._is_by_address:
            return None if sign_in.ip is None else self._holds_address(sign_in.ip)
        if sign_in.country is None:
            return self._with_unknown if sign_in.is_whole else None
        return sign_in.country in self._countries

    def _holds_address(self, address: IPv4Address | IPv6Address) -> bool:
        ranges, number = self._ranges[address.version], int(address)
        at = bisect_right(ranges, number, key=lambda one: one[0]) - 1
        return at >= 0 and number <= ranges[at][1]


def _ends(one: JsonObject) -> tuple[int, int, int]:
    """Return a range as (IP version, first, last)."""
    if "cidrAddress" in one:
        network = ip_network(one["cidrAddress"], strict=False)
        return network.version, int(network.network_address), int(network.broadcast_address)
    lower, upper = ip_address(one["lowerAddress"]), ip_address(one["upperAddress"])
    return lower.version, int(lower), int(upper)


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


class Locations:
    """All named locations of a tenant."""

    def __init__(self, items: Iterable[JsonObject]) -> None:
        self._by_id = {item["id"].lower(): Location(item) for item in items}

    def any_holds(self, names: Iterable[str], sign_in: SignIn) -> bool | None:
        """Tell whether the sign-in comes from one of the locations a policy lists; None if that cannot be told."""
        answers = [self._holds(name, sign_in) for name in names]
        return True if True in answers else None if None in answers else False

    def _holds(self, name: str, sign_in: SignIn) -> bool | None:
        if name == ALL:
            return True
        if name == ALL_TRUSTED:
            trusted = [one.holds(sign_in) for one in self._by_id.values() if one.is_trusted]
            return True if True in trusted else None if None in trusted else False
        location = self._by_id.get(name.lower())
        # the addresses of the MFA service settings cannot be set here, and a location that is gone holds nobody
        return False if location is None or name == MFA_TRUSTED_IPS else location.holds(sign_in)
