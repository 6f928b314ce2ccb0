# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The named locations of sites: what the guard says ahead of new ranges for them, and the order in which they are written."""

from __future__ import annotations

import pytest
from fake_tenant import LOCATIONS, POLICIES, guid
from guard_tenant import ADMIN, fill, judged

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import lockout

NORTH, SOUTH, EAST = "8.8.8.0/24", "9.9.9.0/24", "2600:1::/48"
NUMBERS = {"North": 41, "South": 42}


@pytest.fixture
def peopled(tenant):
    return fill(tenant)


def site(name, *cidrs):
    return {"name": name, "cidrs": list(cidrs)}


def location(name, *cidrs, number=None, trusted=True, prefix="At "):
    listed = [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": cidr} for cidr in cidrs]
    return {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "id": guid(number or NUMBERS[name]),
        "displayName": f"{prefix}{name}",
        "isTrusted": trusted,
        "ipRanges": listed,
    }


def blocking(*locations, name="P", number=61, control="block", state="enabled"):
    """Everybody but an administrator, everywhere but at some locations."""
    users = {"includeUsers": ["All"], "excludeUsers": [ADMIN]}
    outside = {"includeLocations": ["All"], "excludeLocations": list(locations)}
    conditions = {"users": users, "applications": {"includeApplications": ["x"]}, "locations": outside}
    grant = {"operator": "OR", "builtInControls": [control]}
    said = {"id": guid(number), "displayName": name, "state": state}
    return {**said, "conditions": conditions, "grantControls": grant}


BOTH = (guid(41), guid(42))


def asked(tenant, sites, there, policies, prefix="At "):
    """The reasons against new ranges, and the names of the sites in the order in which to write them where there is none."""
    tenant.objects |= {LOCATIONS: there, POLICIES: policies}
    try:
        result = judged(tenant, sites=sites, location_prefix=prefix)
    except lockout.Refused as error:
        assert error.unresolved == []
        return [f"{finding.rule.id} {finding.where}" for finding in error.findings]
    assert result["warnings"] == []
    return [one["name"] for one in result["sites"]]


THERE = [location("North", NORTH, EAST), location("South", SOUTH)]


@pytest.mark.parametrize(
    ("sites", "expected"),
    [
        pytest.param([site("North", EAST, NORTH), site("South", SOUTH)], ["North", "South"], id="as-they-are"),
        pytest.param([site(" North ", NORTH), site("South", SOUTH)], [f"'At North' and policy 'P': {EAST}"], id="less"),
        pytest.param([site("North", NORTH)], [f"'At North' and policy 'P': {EAST}"], id="less-of-one-that-is-listed"),
        pytest.param([site("West", NORTH), site("South", SOUTH)], ["West", "South"], id="what-is-not-listed-stays"),
        pytest.param(
            [site("North", NORTH), site("South", "9.9.9.0/25")],
            [f"'At North' and 'At South' and policy 'P': 9.9.9.128/25, {EAST}"],
            id="less-of-both",
        ),
        # Whatever one gives away, the other has taken over by then.
        pytest.param([site("North", NORTH), site("South", SOUTH, EAST)], ["South", "North"], id="one-takes-over"),
        pytest.param(
            [site("South", SOUTH, EAST), site("North", NORTH)], ["South", "North"], id="in-that-order-already"
        ),
        pytest.param(
            [site("North", SOUTH), site("South", NORTH, EAST)],
            [f"'At North' and policy 'P': {NORTH}, {EAST}"],
            id="two-that-change-places",
        ),
        # The first gives away what nobody has to have.
        pytest.param(
            [site("North", NORTH), site("South", EAST)], [f"'At South' and policy 'P': {SOUTH}"], id="gone-in-the-end"
        ),
    ],
)
def test_what_a_policy_leaves_out_does_not_become_less(peopled, sites, expected):
    found = asked(peopled, sites, THERE, [blocking(*BOTH)])
    assert [line.removeprefix("SITE-SHRUNK ") for line in found] == expected


def test_a_site_that_takes_over_more_than_it_gives_away(peopled):
    """Three of them in a ring would be nowhere for a moment, whichever comes first; where one has room, that one is the first."""
    ring = [*THERE, location("West", "7.7.7.0/24", number=43)]
    policies = [blocking(*BOTH, guid(43))]
    moved = [site("North", SOUTH, EAST), site("South", "7.7.7.0/25", "7.7.7.128/25"), site("West", NORTH)]
    assert asked(peopled, moved, ring, policies) == [f"SITE-SHRUNK 'At North' and policy 'P': {NORTH}"]
    roomy = [*moved[:2], site("West", NORTH, "7.7.7.0/24")]
    assert asked(peopled, roomy, ring, policies) == ["West", "North", "South"]


@pytest.mark.parametrize(
    "there",
    [
        pytest.param([*THERE, location("North", NORTH, number=43)], id="of-two-nobody-knows-which-is-meant"),
        pytest.param([location("North", NORTH, EAST, prefix="At the "), THERE[1]], id="called-otherwise"),
        pytest.param([THERE[1]], id="not-there-yet"),
    ],
)
def test_a_site_without_a_location_of_its_own_takes_nothing_away(peopled, there):
    sites = [site("North", NORTH), site("South", SOUTH)]
    peopled.objects |= {LOCATIONS: there, POLICIES: [blocking(*BOTH)]}
    assert judged(peopled, sites=sites, location_prefix="At ")["sites"][0]["name"] == "North"


def test_without_a_prefix_a_site_is_called_as_its_location(peopled):
    there = [location("North", NORTH, EAST, prefix="")]
    expected = [f"SITE-SHRUNK 'North' and policy 'P': {EAST}"]
    assert asked(peopled, [site("North", NORTH)], there, [blocking(guid(41))], prefix="") == expected


@pytest.mark.parametrize(
    "policies",
    [
        pytest.param([], id="none"),
        pytest.param([blocking(*BOTH, state="disabled")], id="off"),
        pytest.param([blocking(*BOTH, control="mfa")], id="what-people-can-do"),
        pytest.param([blocking(guid(42))], id="of-another-location"),
    ],
)
def test_where_no_policy_stops_people_elsewhere_a_site_may_become_less(peopled, policies):
    sites = [site("North", NORTH), site("South", SOUTH)]
    assert asked(peopled, sites, THERE, policies) == ["South", "North"]


def test_each_policy_is_named(peopled):
    policies = [blocking(guid(41)), blocking("AllTrusted", name="Q", number=62)]
    assert asked(peopled, [site("North", NORTH)], THERE, policies) == [
        f"SITE-SHRUNK 'At North' and policy 'P': {EAST}",
        f"SITE-SHRUNK 'At North' and policy 'Q': {EAST}",
    ]


def test_trusted_locations_that_are_called_as_a_site_and_are_none_are_told_in_the_order_of_their_names(peopled):
    there = [location("South", SOUTH), location("North", NORTH), location("Sea", NORTH, number=43, trusted=False)]
    peopled.objects[LOCATIONS] = there
    found = judged(peopled, sites=[site("West", EAST)], location_prefix="At ")
    assert found["locations_without_site"] == ["At North", "At South"]
