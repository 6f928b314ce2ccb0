# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sites an address is at, however many ranges there are."""

from __future__ import annotations

import ipaddress

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.audit_log import Places

NESTED = Places(
    [
        {"name": "World", "cidrs": ["0.0.0.0/0"]},
        {"name": "Campus", "cidrs": ["198.51.100.0/24", "2001:db8::/32"]},
        {"name": " Office ", "cidrs": ["198.51.100.10/32", "2001:db8:1::/48", "198.51.100.8/29"]},
    ]
)


@pytest.mark.parametrize(
    ("ip", "sites"),
    [
        ("198.51.100.10", ("Office", "Campus", "World")),
        ("198.51.100.9", ("Office", "Campus", "World")),
        ("198.51.100.20", ("Campus", "World")),
        ("::ffff:198.51.100.20", ("Campus", "World")),
        ("203.0.113.1", ("World",)),
        ("2001:db8:1::5", ("Office", "Campus")),
        ("2001:db9::", ()),
        ("nowhere", ()),
        ("", ()),
        (None, ()),
    ],
)
def test_all_that_cover_it_the_most_specific_first(ip, sites):
    first, again = NESTED.sites(ip), NESTED.sites(ip)
    assert first == sites and again == sites
    assert NESTED.site(ip) == (sites[0] if sites else None)


NETWORKS = st.builds(
    lambda address, prefix: ipaddress.ip_network((address, min(prefix, address.max_prefixlen)), strict=False),
    st.ip_addresses(network="8.8.0.0/22") | st.ip_addresses(network="2600:1::/118"),
    st.integers(20, 128),
)


@settings(derandomize=True, deadline=None, database=None, max_examples=80)
@given(st.lists(NETWORKS, max_size=8), st.ip_addresses(network="8.8.0.0/22") | st.ip_addresses(network="2600:1::/118"))
def test_a_site_has_the_addresses_of_its_range(networks, address):
    places = Places([{"name": str(number), "cidrs": [str(network)]} for number, network in enumerate(networks)])
    covering = {str(number) for number, network in enumerate(networks) if address in network}
    assert set(places.sites(str(address))) == covering
