# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Graph refuses of a named location."""

from __future__ import annotations

from typing import Any

import pytest
from graph_calls import LOCATIONS, GraphCaller, country_location, ip_location

IP = "#microsoft.graph.ipNamedLocation"
COUNTRY = "#microsoft.graph.countryNamedLocation"


def ranges(kind: str, **values: Any) -> dict[str, Any]:
    return {**ip_location(), "ipRanges": [{"@odata.type": f"#microsoft.graph.{kind}", **values}]}


ROWS: list[tuple[str, dict[str, Any], str]] = [
    ("no type", {"displayName": "x", "ipRanges": []}, "@odata.type"),
    ("the abstract type", {**ip_location(), "@odata.type": "#microsoft.graph.namedLocation"}, "Invalid OData type"),
    (
        "another type",
        {**ip_location(), "@odata.type": "#microsoft.graph.conditionalAccessPolicy"},
        "Invalid OData type",
    ),
    ("empty type", {**ip_location(), "@odata.type": ""}, "Invalid OData type"),
    ("unknown property", {**ip_location(), "colour": "red"}, "does not match the schema"),
    ("a country's property", {**ip_location(), "countriesAndRegions": ["US"]}, "does not match the schema"),
    ("trust for a country", country_location(isTrusted=True), "does not match the schema"),
    ("trust as text", ip_location(isTrusted="true"), "does not match the schema"),
    ("null trust", ip_location(isTrusted=None), "does not match the schema"),
    ("null ranges", {**ip_location(), "ipRanges": None}, "does not match the schema"),
    ("ranges as texts", {**ip_location(), "ipRanges": ["198.51.100.0/24"]}, "does not match the schema"),
    ("a range without type", {**ip_location(), "ipRanges": [{"cidrAddress": "198.51.100.0/24"}]}, "match the schema"),
    ("a range without address", ranges("iPv4CidrRange"), "does not match the schema"),
    ("an unknown range type", ranges("ipRange", cidrAddress="198.51.100.0/24"), "does not match the schema"),
    ("own id", ip_location(id="99999999-9999-4999-8999-999999999999"), "read-only"),
    ("no name", {**ip_location(), "displayName": ""}, "displayName"),
    ("blank name", ip_location(" "), "displayName"),
    ("long name", ip_location("x" * 257), "256 characters"),
    ("no range", {**ip_location(), "ipRanges": []}, "at least one range"),
    ("no address", ip_location("x", "office"), "'office' is not an IPv4 range"),
    ("no mask", ip_location("x", "198.51.100.10"), "is not an IPv4 range"),
    ("mask too long", ip_location("x", "198.51.100.10/33"), "is not an IPv4 range"),
    ("netmask", ip_location("x", "198.51.100.0/255.255.255.0"), "is not an IPv4 range"),
    ("octal", ip_location("x", "0198.51.100.0/24"), "is not an IPv4 range"),
    ("v6 as v4", ranges("iPv4CidrRange", cidrAddress="2001:db8::/48"), "is not an IPv4 range"),
    ("v4 as v6", ranges("iPv6CidrRange", cidrAddress="198.51.100.0/24"), "is not an IPv6 range"),
    ("the whole internet", ip_location("x", "0.0.0.0/0"), "must be longer than /8"),
    ("exactly /8", ip_location("x", "12.0.0.0/8"), "must be longer than /8"),
    ("the whole IPv6 internet", ip_location("x", "::/0"), "must be longer than /8"),
    ("backwards", ranges("iPv4Range", lowerAddress="198.51.100.9", upperAddress="198.51.100.1"), "Invalid IP address"),
    ("mixed", ranges("iPv4Range", lowerAddress="198.51.100.9", upperAddress="2001:db8::1"), "Invalid IP address"),
    (
        "2,001 ranges",
        ip_location("x", *(f"198.{18 + n // 65536}.{n // 256 % 256}.{n % 256}/32" for n in range(2001))),
        "not contain more than 2000",
    ),
    ("no country", {**country_location(), "countriesAndRegions": []}, "at least one country"),
    ("unknown country", country_location("x", "XX"), "'XX'"),
    ("country in lower case", country_location("x", "us"), "'us'"),
    ("country by name", country_location("x", "Germany"), "'Germany'"),
    ("a country twice", country_location("x", "US", "US"), "duplicates"),
    ("unknown lookup", country_location(countryLookupMethod="guess"), "does not match the schema"),
    ("empty lookup", country_location(countryLookupMethod=""), "does not match the schema"),
]


@pytest.mark.parametrize(("title", "body", "reason"), ROWS, ids=[row[0] for row in ROWS])
def test_refused(shared: GraphCaller, title: str, body: dict[str, Any], reason: str) -> None:
    answer = shared.post(LOCATIONS, body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "BadRequest")
    assert reason in error["innerError"].get("message", "") + error["message"]


@pytest.mark.parametrize(
    "body",
    [
        ip_location("x", "12.0.0.0/9"),
        ip_location("x", "2001:db8::/9"),
        ip_location("x", "198.51.100.10/32", "2001:db8::1/128"),
        ip_location("x", *(f"198.51.{n // 256}.{n % 256}/32" for n in range(2000))),
        ranges("iPv4Range", lowerAddress="198.51.100.1", upperAddress="198.51.100.9"),
        {**country_location(), "countriesAndRegions": [], "includeUnknownCountriesAndRegions": True},
        country_location("x", "NO", countryLookupMethod="authenticatorAppGps"),
        {**ip_location(), "createdDateTime": "2024-01-01T00:00:00Z", "modifiedDateTime": None},
        {**ip_location(), "id": None},
    ],
)
def test_accepted(shared: GraphCaller, body: dict[str, Any]) -> None:
    answer = shared.post(LOCATIONS, body)
    assert answer.status_code == 201, answer.text
    assert shared.delete(f"{LOCATIONS}/{answer.json()['id']}").status_code == 204


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"displayName": "new"}, "@odata.type"),
        ({"@odata.type": COUNTRY, "displayName": "new"}, "type of a named location cannot be changed"),
        ({"@odata.type": IP, "ipRanges": []}, "at least one range"),
        ({"@odata.type": IP, "ipRanges": None}, "does not match the schema"),
        ({"@odata.type": IP, "colour": "red"}, "does not match the schema"),
        ({"@odata.type": IP, "id": "99999999-9999-4999-8999-999999999999"}, "read-only"),
    ],
)
def test_patch_refused(shared: GraphCaller, body: dict[str, Any], reason: str) -> None:
    key = shared.post(LOCATIONS, ip_location("before")).json()["id"]
    before = shared.get(f"{LOCATIONS}/{key}").json()
    answer = shared.patch(f"{LOCATIONS}/{key}", body)
    error = answer.json()["error"]
    assert answer.status_code == 400
    assert reason in error["innerError"].get("message", "") + error["message"]
    assert shared.get(f"{LOCATIONS}/{key}").json() == before
    assert shared.delete(f"{LOCATIONS}/{key}").status_code == 204


def test_a_trusted_location_is_not_deleted(graph: GraphCaller) -> None:
    key = graph.post(LOCATIONS, ip_location(isTrusted=True)).json()["id"]
    answer = graph.delete(f"{LOCATIONS}/{key}")
    assert answer.status_code == 400
    assert "marked as trusted" in answer.json()["error"]["innerError"]["message"]
    assert len(graph.values(LOCATIONS)) == 1
