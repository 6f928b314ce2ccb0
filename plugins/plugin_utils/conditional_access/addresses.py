# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IP ranges: how they are written, compared, and which of them can never be a site."""

from __future__ import annotations

import ipaddress
import json
import typing as t

from ..shape import Codec, Json

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# https://learn.microsoft.com/graph/api/resources/iprange
CIDR_TYPES = {4: "#microsoft.graph.iPv4CidrRange", 6: "#microsoft.graph.iPv6CidrRange"}
SPAN_TYPES = {4: "#microsoft.graph.iPv4Range", 6: "#microsoft.graph.iPv6Range"}


def network(text: str) -> Network:
    """A CIDR as a network; bits set beyond the prefix are masked away. Raises ValueError for anything else."""
    address, slash, prefix = text.partition("/")
    if "%" in address:
        raise ValueError("has a zone in it, which means something on one machine only")
    if not slash:
        raise ValueError("has no prefix length")
    if not prefix.isascii() or not prefix.isdigit() or (len(prefix) > 1 and prefix.startswith("0")):
        # ipaddress would take 10.0.0.0/255.0.0.0 and /08 as well; Graph does not.
        raise ValueError("has a prefix length that is not a number")
    return ipaddress.ip_network(text, strict=False)


def span(text: str) -> tuple[Address, Address] | None:
    """The ends of a range from one address to another, such as 198.51.100.1-198.51.100.9, or None for anything else.

    Old locations hold such ranges, which today's Graph shows and no longer makes.
    """
    try:
        lower, upper = (ipaddress.ip_address(end) for end in text.split("-"))
    except ValueError:
        return None
    return (lower, upper) if lower.version == upper.version and int(lower) <= int(upper) else None


def meaning(text: str) -> str:
    """What two ways of writing one range have in common; a text that is no range means itself."""
    if ends := span(text):
        return f"{ends[0]}-{ends[1]}"
    try:
        return str(network(text))
    except ValueError:
        return text


def problem(text: str) -> str | None:
    """Why a text is not a CIDR, in one sentence, or None where it is one."""
    allowed = "allowed is a range in CIDR form, such as 198.51.100.10/32 or 2001:db8:1::/48"
    try:
        network(text)
    except ValueError as error:
        try:
            single = ipaddress.ip_address(text)
        except ValueError:
            reason = str(error) if "/" in text and str(error).startswith("has") else "is not an IP range"
            return f"'{text}' {reason}; {allowed}."
        return f"'{text}' has no prefix length; for this one address write {single}/{single.max_prefixlen}."
    return None


def has_host_bits(text: str) -> bool:
    """True where the address has bits set beyond its prefix, such as 198.51.100.10/24."""
    return ipaddress.ip_interface(text).ip != network(text).network_address


# IANA's special-purpose registries (RFC 6890 and its successors), as far as they can be mistaken for a site.
SPECIAL: dict[str, tuple[Network, ...]] = {
    name: tuple(ipaddress.ip_network(text) for text in texts)
    for name, texts in {
        "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
        "loopback": ("127.0.0.0/8", "::1/128"),
        "link-local": ("169.254.0.0/16", "fe80::/10"),
        "carrier-grade NAT": ("100.64.0.0/10",),
        "multicast": ("224.0.0.0/4", "ff00::/8"),
        "reserved": ("0.0.0.0/8", "192.0.0.0/24", "240.0.0.0/4", "::/128", "::ffff:0:0/96", "100::/64", "5f00::/16"),
        "benchmarking": ("198.18.0.0/15", "2001:2::/48"),
        # Addresses that stand for others: 6to4 (RFC 7526 retired it), its relays, Teredo, and IPv4 behind a translator (NAT64).
        "translation": ("192.88.99.0/24", "2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48"),
        "documentation": ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
    }.items()
}


def special(wanted: Network) -> list[str]:
    """The kinds of special-purpose range that a network lies in or covers a part of."""
    return [
        name
        for name, networks in SPECIAL.items()
        if any(wanted.version == other.version and wanted.overlaps(other) for other in networks)
    ]


def _write(text: str) -> Json:
    if ends := span(text):
        lower, upper = text.split("-")
        return {"@odata.type": SPAN_TYPES[ends[0].version], "lowerAddress": lower, "upperAddress": upper}
    return {"@odata.type": CIDR_TYPES[network(text).version], "cidrAddress": text}


def _read(value: Json) -> str:
    return value.get("cidrAddress") or f"{value.get('lowerAddress')}-{value.get('upperAddress')}"


def _known(value: Json) -> bool:
    return bool(value.get("cidrAddress") or (value.get("lowerAddress") and value.get("upperAddress")))


def _same(value: Json) -> str:
    return meaning(_read(value)) if _known(value) else json.dumps(value, sort_keys=True)


def _readable(value: t.Any) -> bool:
    texts = ("cidrAddress", "lowerAddress", "upperAddress")
    return isinstance(value, dict) and all(isinstance(value.get(name), str | None) for name in texts)


RANGE = Codec(write=_write, read=_read, same=_same, known=_known, readable=_readable)
