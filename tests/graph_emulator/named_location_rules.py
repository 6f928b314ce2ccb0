# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Graph refuses of a named location, and how it stores one.

A body is checked in two steps: against the v1.0 types (``_typed``), then against the rules below, each a small function
that gives the reasons for a refusal. Sources: Microsoft's pages on named locations and on deleting them, and the
issue threads that show the service's answers.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from .errors import GraphError, bad_request, refused
from .graph_types import completed, concrete_type, problems_of
from .iso_countries import COUNTRIES
from .tenants import JsonObject, Tenant

MAX_LOCATIONS = 195
MAX_RANGES = 2000
WIDEST_REFUSED_PREFIX = 8
_LOCATION = "namedLocation"
_TYPES = ("ipNamedLocation", "countryNamedLocation")
_READ_ONLY = ("createdDateTime", "modifiedDateTime", "deletedDateTime")


def checked_new(tenant: Tenant, body: JsonObject) -> JsonObject:
    """Return the location to be stored, without id and dates."""
    if tenant.count("namedLocations") >= MAX_LOCATIONS:
        raise refused(f"The number of named locations has reached the limit of {MAX_LOCATIONS} in this tenant.")
    if body.get("id"):
        raise bad_request("The property 'id' is read-only and cannot be set.")
    return checked_body(body)


def checked_body(body: JsonObject) -> JsonObject:
    """Return a whole location in its stored form, or refuse it: for a POST and for a seed."""
    type_name = _typed(body)
    _refuse_first(_reasons(body, type_name))
    stored: JsonObject = completed(_writable(body), _LOCATION)
    if type_name == "ipNamedLocation":
        stored["isTrusted"] = bool(stored["isTrusted"])
    else:
        stored["countryLookupMethod"] = stored["countryLookupMethod"] or "clientIpAddress"
        stored["includeUnknownCountriesAndRegions"] = bool(stored["includeUnknownCountriesAndRegions"])
    return stored


def checked_change(tenant: Tenant, before: JsonObject, body: JsonObject) -> JsonObject:
    """Return the location as it is after a PATCH; ``@odata.type`` is needed there too, and cannot change."""
    type_name = _typed(body)
    if body.get("id") not in (None, before["id"]):
        raise bad_request("The property 'id' is read-only and cannot be set.")
    if before["@odata.type"] != f"#microsoft.graph.{type_name}":
        raise refused("The type of a named location cannot be changed.")
    return checked_body({**before, **_writable(body), "id": None})


def check_delete(tenant: Tenant, location: JsonObject) -> None:
    """Refuse to delete a location that is trusted, or that a policy refers to, as far as that is known where it is judged."""
    seen = tenant.judged("namedLocations", location["id"]) or location
    if seen.get("isTrusted"):
        raise refused(
            f"NamedLocation with id {location['id']} is marked as trusted and cannot be deleted. Remove the trusted "
            "mark before deleting it."
        )
    for policy in tenant.all_judged("policies"):
        locations = policy["conditions"].get("locations") or {}
        named = (*(locations.get("includeLocations") or ()), *(locations.get("excludeLocations") or ()))
        if location["id"] in (key.lower() for key in named):
            raise refused(
                f"NamedLocation with id {location['id']} is referenced by a Conditional Access policy and cannot be "
                "deleted."
            )


def check_restore(tenant: Tenant, location: JsonObject) -> None:
    """Refuse a restore past the limit."""
    if tenant.count("namedLocations") >= MAX_LOCATIONS:
        raise refused(f"The number of named locations has reached the limit of {MAX_LOCATIONS} in this tenant.")


def _writable(body: JsonObject) -> JsonObject:
    return {name: value for name, value in body.items() if name not in _READ_ONLY}


def _typed(body: JsonObject) -> str:
    """Return the body's concrete type, or refuse it for not being of the v1.0 schema."""
    if "@odata.type" not in body:
        raise bad_request(
            "A type named '' could not be resolved by the model. When a model is available, each type name must "
            "resolve to a valid type: '@odata.type' is required for a named location."
        )
    type_name = concrete_type(body, _LOCATION)
    if type_name not in _TYPES:
        raise bad_request(f'Invalid OData type specified: "{body["@odata.type"]}"')
    without_id = {name: value for name, value in body.items() if name != "id"}
    problems = list(problems_of(without_id, _LOCATION, "body"))
    if problems:
        raise GraphError(
            400,
            "BadRequest",
            "Invalid request body: the object does not match the schema of the NamedLocation type.",
            problems=problems,
        )
    return str(type_name)


def _refuse_first(reasons: Iterator[str]) -> None:
    for reason in reasons:
        raise refused(reason)


def _reasons(body: JsonObject, type_name: str) -> Iterator[str]:
    name = body.get("displayName")
    if not name or not name.strip():
        yield "The displayName of a NamedLocation must be specified."
    elif len(name) > 256:
        yield "The displayName of a NamedLocation must not be longer than 256 characters."
    yield from _ip_reasons(body) if type_name == "ipNamedLocation" else _country_reasons(body)


def _ip_reasons(body: JsonObject) -> Iterator[str]:
    ranges = body.get("ipRanges") or []
    if not ranges:
        yield "The ipRanges of an IpNamedLocation must contain at least one range."
    if len(ranges) > MAX_RANGES:
        yield f"The ipRanges of an IpNamedLocation must not contain more than {MAX_RANGES} ranges."
    for one in ranges:
        yield from _range_reasons(one)


def _range_reasons(one: dict[str, Any]) -> Iterator[str]:
    type_name = one["@odata.type"].removeprefix("#").removeprefix("microsoft.graph.")
    version = 4 if type_name.startswith("iPv4") else 6
    if "cidrAddress" in one:
        cidr = one["cidrAddress"]
        _address, slash, length = cidr.partition("/")
        try:
            network = ipaddress.ip_network(cidr, strict=False)
        except ValueError:
            network = None
        if network is None or not slash or not length.isdecimal() or network.version != version:
            yield f"Invalid IP address range: '{cidr}' is not an IPv{version} range in CIDR form."
        elif network.prefixlen <= WIDEST_REFUSED_PREFIX:
            yield f"Invalid IP address range: the mask of '{cidr}' must be longer than /{WIDEST_REFUSED_PREFIX}."
        return
    ends = [one["lowerAddress"], one["upperAddress"]]
    try:
        lower, upper = (ipaddress.ip_address(end) for end in ends)
    except ValueError:
        yield f"Invalid IP address range: '{ends[0]} - {ends[1]}'."
        return
    if lower.version != version or upper.version != version or int(lower) > int(upper):
        yield f"Invalid IP address range: '{ends[0]} - {ends[1]}'."


def _country_reasons(body: JsonObject) -> Iterator[str]:
    countries = body.get("countriesAndRegions") or []
    if not countries and not body.get("includeUnknownCountriesAndRegions"):
        yield "The countriesAndRegions of a CountryNamedLocation must contain at least one country or region."
    for code in countries:
        if code not in COUNTRIES:
            yield f"Invalid country or region code: '{code}'. Two-letter codes of ISO 3166-1 are required."
    if len(set(countries)) < len(countries):
        yield "The countriesAndRegions of a CountryNamedLocation must not contain duplicates."
