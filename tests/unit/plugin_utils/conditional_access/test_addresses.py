# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IP ranges: what is one, what is said of what is none, which are special, and which are the same."""

from __future__ import annotations

import ipaddress

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import addresses

ALLOWED = "; allowed is a range in CIDR form, such as 198.51.100.10/32 or 2001:db8:1::/48."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("8.8.8.0/24", "8.8.8.0/24", id="ipv4"),
        pytest.param("8.8.8.8/32", "8.8.8.8/32", id="one-address"),
        pytest.param("8.8.8.8/24", "8.8.8.0/24", id="host-bits-are-masked"),
        pytest.param("0.0.0.0/0", "0.0.0.0/0", id="everything"),
        pytest.param("2600:1:0:0::/48", "2600:1::/48", id="ipv6-written-out"),
        pytest.param("2600:1::ABCD/128", "2600:1::abcd/128", id="ipv6-in-capitals"),
        pytest.param("2600:1::9/64", "2600:1::/64", id="ipv6-host-bits-are-masked"),
    ],
)
def test_network(text, expected):
    assert str(addresses.network(text)) == expected
    assert addresses.problem(text) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("8.8.8.8", "'8.8.8.8' has no prefix length; for this one address write 8.8.8.8/32.", id="ipv4"),
        pytest.param(
            "2600:1::0", "'2600:1::0' has no prefix length; for this one address write 2600:1::/128.", id="ipv6"
        ),
        pytest.param("Office", f"'Office' is not an IP range{ALLOWED}", id="a-name"),
        pytest.param("", f"'' is not an IP range{ALLOWED}", id="nothing"),
        pytest.param("/24", f"'/24' is not an IP range{ALLOWED}", id="prefix-alone"),
        pytest.param("8.8.8.0/33", f"'8.8.8.0/33' is not an IP range{ALLOWED}", id="prefix-too-long"),
        pytest.param("2600::/129", f"'2600::/129' is not an IP range{ALLOWED}", id="ipv6-prefix-too-long"),
        pytest.param("8.8.8/24", f"'8.8.8/24' is not an IP range{ALLOWED}", id="three-numbers"),
        pytest.param("8.8.8.256/32", f"'8.8.8.256/32' is not an IP range{ALLOWED}", id="number-too-large"),
        pytest.param("08.8.8.8/32", f"'08.8.8.8/32' is not an IP range{ALLOWED}", id="leading-zero-may-be-octal"),
        pytest.param("8.8.8.1-8.8.8.9", f"'8.8.8.1-8.8.8.9' is not an IP range{ALLOWED}", id="from-to"),
        pytest.param(
            "8.8.8.0/255.255.255.0",
            f"'8.8.8.0/255.255.255.0' has a prefix length that is not a number{ALLOWED}",
            id="netmask-which-graph-does-not-take",
        ),
        pytest.param("8.8.8.0/", f"'8.8.8.0/' has a prefix length that is not a number{ALLOWED}", id="no-prefix"),
        pytest.param("8.8.8.0/-8", f"'8.8.8.0/-8' has a prefix length that is not a number{ALLOWED}", id="negative"),
        pytest.param("8.8.8.0/٢٤", f"'8.8.8.0/٢٤' has a prefix length that is not a number{ALLOWED}", id="not-ascii"),
        pytest.param(
            "8.0.0.0/08", f"'8.0.0.0/08' has a prefix length that is not a number{ALLOWED}", id="zero-before-the-prefix"
        ),
        pytest.param("8.0.0.0/00", f"'8.0.0.0/00' has a prefix length that is not a number{ALLOWED}", id="two-zeros"),
        pytest.param(
            "2600:1::%eth0/64",
            f"'2600:1::%eth0/64' has a zone in it, which means something on one machine only{ALLOWED}",
            id="zone",
        ),
        pytest.param("8.8.8.0/24 ", f"'8.8.8.0/24 ' has a prefix length that is not a number{ALLOWED}", id="space"),
    ],
)
def test_what_is_no_network_is_told_why(text, problem):
    assert addresses.problem(text) == problem
    with pytest.raises(ValueError):
        addresses.network(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("8.8.8.0/24", False, id="ipv4-network"),
        pytest.param("8.8.8.10/24", True, id="ipv4-address-in-it"),
        pytest.param("8.8.8.10/32", False, id="ipv4-one-address"),
        pytest.param("8.8.8.10/31", False, id="even-address-of-two"),
        pytest.param("8.8.8.11/31", True, id="odd-address-of-two"),
        pytest.param("2600:1::/32", False, id="ipv6-network"),
        pytest.param("2600:1:2::/32", True, id="ipv6-address-in-it"),
        pytest.param("2600:1::5/128", False, id="ipv6-one-address"),
    ],
)
def test_host_bits(text, expected):
    assert addresses.has_host_bits(text) is expected


# First and last address of every special range, and the nearest addresses that are in none.
EDGES = [
    ("private", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
    ("private", "172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"),
    ("private", "192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"),
    ("private", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fbff::1", "fe00::1"),
    ("private", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::1", None),
    ("loopback", "127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"),
    ("loopback", "::1", "::1", None, "::2"),
    ("link-local", "169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"),
    ("link-local", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe7f::1", None),
    ("carrier-grade NAT", "100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"),
    ("multicast", "224.0.0.0", "239.255.255.255", "223.255.255.255", None),
    ("multicast", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", None, None),
    ("reserved", "0.0.0.0", "0.255.255.255", None, "1.0.0.0"),
    ("reserved", "192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"),
    ("reserved", "240.0.0.0", "255.255.255.255", None, None),
    ("reserved", "::", "::", None, "::2"),
    ("reserved", "::ffff:0.0.0.0", "::ffff:255.255.255.255", "::fffe:ffff:ffff", "::1:0:0:0"),
    ("reserved", "100::", "100::ffff:ffff:ffff:ffff", "ff:ffff::", "100:0:0:1::"),
    ("reserved", "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "5eff:ffff::", "5f01::"),
    ("benchmarking", "198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"),
    ("benchmarking", "2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", "2001:1:ffff::", "2001:2:1::"),
    ("translation", "192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"),
    ("translation", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:ffff::", "2003::"),
    ("translation", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "2000:ffff::", "2001:1::"),
    ("translation", "64:ff9b::", "64:ff9b::ffff:ffff", "64:ff9a:ffff::", "64:ff9b::1:0:0"),
    ("translation", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "64:ff9b:0:ffff::", "64:ff9b:2::"),
    ("documentation", "192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"),
    ("documentation", "198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"),
    ("documentation", "203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"),
    ("documentation", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7:ffff::", "2001:db9::"),
    ("documentation", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe:ffff::", "3fff:1000::"),
]


def special(address):
    return addresses.special(ipaddress.ip_network(address))


@pytest.mark.parametrize(("kind", "first", "last", "before", "behind"), EDGES, ids=[f"{e[0]}-{e[1]}" for e in EDGES])
def test_special_ranges_begin_and_end_where_they_should(kind, first, last, before, behind):
    assert special(first) == special(last) == [kind]
    for neighbour in (before, behind):
        assert neighbour is None or special(neighbour) == []


def test_every_special_range_has_its_edges_tested():
    tested = {(kind, ipaddress.ip_address(first)) for kind, first, *dummy in EDGES}
    rows = {(kind, network.network_address) for kind, networks in addresses.SPECIAL.items() for network in networks}
    assert tested == rows


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("8.8.8.0/24", [], id="public"),
        pytest.param("2600:1::/32", [], id="public-ipv6"),
        pytest.param("203.0.0.0/14", ["documentation"], id="covers-a-part"),
        pytest.param("192.0.0.0/14", ["reserved", "documentation"], id="covers-two-kinds"),
        pytest.param("192.0.0.0/8", ["private", "reserved", "translation", "documentation"], id="covers-four"),
        pytest.param("2001::/16", ["benchmarking", "translation", "documentation"], id="covers-three-of-ipv6"),
        pytest.param("10.1.0.0/16", ["private"], id="lies-in-one"),
    ],
)
def test_special_is_about_networks_not_addresses(text, expected):
    assert special(text) == expected


@pytest.mark.parametrize(
    ("text", "graph"),
    [
        pytest.param(
            "8.8.8.0/24", {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "8.8.8.0/24"}, id="4"
        ),
        pytest.param(
            "2600:1::/48", {"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "2600:1::/48"}, id="6"
        ),
        pytest.param(
            "8.8.8.1-8.8.8.9",
            {"@odata.type": "#microsoft.graph.iPv4Range", "lowerAddress": "8.8.8.1", "upperAddress": "8.8.8.9"},
            id="old-4",
        ),
        pytest.param(
            "2600::1-2600::A",
            {"@odata.type": "#microsoft.graph.iPv6Range", "lowerAddress": "2600::1", "upperAddress": "2600::A"},
            id="old-6",
        ),
    ],
)
def test_codec_there_and_back(text, graph):
    assert addresses.RANGE.write(text) == graph
    assert addresses.RANGE.read(graph) == text


def test_an_old_range_from_one_address_to_another_can_be_read():
    old = {"lowerAddress": "8.8.8.1", "upperAddress": "8.8.8.9"}
    assert addresses.RANGE.read(old) == "8.8.8.1-8.8.8.9"
    assert addresses.RANGE.same(old) == addresses.RANGE.same(dict(old))
    assert addresses.RANGE.same(old) != addresses.RANGE.same({**old, "upperAddress": "8.8.8.10"})
    assert addresses.RANGE.same({"lowerAddress": "2600::1", "upperAddress": "2600::A"}) == "2600::1-2600::a"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("8.8.8.1-8.8.8.9", True, id="4"),
        pytest.param("8.8.8.9-8.8.8.9", True, id="one-address"),
        pytest.param("2600::1-2600::a", True, id="6"),
        pytest.param("8.8.8.9-8.8.8.1", False, id="backwards"),
        pytest.param("8.8.8.1-2600::1", False, id="two-versions"),
        pytest.param("8.8.8.1-8.8.8.2-8.8.8.3", False, id="three-ends"),
        pytest.param("8.8.8.0/24", False, id="cidr"),
        pytest.param("8.8.8.1 - 8.8.8.9", False, id="blanks"),
        pytest.param("office-home", False, id="words"),
    ],
)
def test_a_span_is_a_range_from_one_address_to_another(text, expected):
    assert bool(addresses.span(text)) is expected


def test_a_range_of_a_newer_graph_is_not_mistaken_for_another():
    one, other = ({"@odata.type": "#microsoft.graph.asnRange", "asn": number} for number in (1, 2))
    assert addresses.RANGE.same(one) != addresses.RANGE.same(other)
    assert not addresses.RANGE.known(one) and addresses.RANGE.known({"cidrAddress": "8.8.8.0/24"})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("2600:1::/48", "2600:0001:0000:0000::/48", True, id="ipv6-written-out"),
        pytest.param("2600:ABCD::/48", "2600:abcd::/48", True, id="ipv6-capitals"),
        pytest.param("::ffff:8.8.8.8/128", "::ffff:808:808/128", True, id="ipv6-with-an-ipv4-part"),
        pytest.param("8.8.8.9/24", "8.8.8.0/24", True, id="host-bits"),
        pytest.param("8.8.8.0/24", "8.8.8.0/25", False, id="another-prefix"),
        pytest.param("8.8.8.0/24", "8.8.9.0/24", False, id="another-network"),
        pytest.param("::808:808/128", "8.8.8.8/32", False, id="another-version"),
    ],
)
def test_ranges_are_compared_by_what_they_mean(one, other, same):
    codec = addresses.RANGE
    assert (codec.same({"cidrAddress": one}) == codec.same({"cidrAddress": other})) is same
