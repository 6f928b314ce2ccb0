# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tenant as it would be after proposals that go together."""

from __future__ import annotations

import pytest
from fake_tenant import LOCATIONS, POLICIES, guid

from ansible_collections.msp.entra.plugins.plugin_utils import reconcile
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import impact, proposal
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.named_location import IP_TYPE, NamedLocation

OFFICE = {"@odata.type": IP_TYPE, "id": guid(1), "displayName": "Office", "isTrusted": True, "ipRanges": []}
PROPOSED = {
    "named_locations": [{"display_name": "Office", "ip_ranges": ["8.8.8.0/24"], "trusted": True}],
    "policies": [
        {
            "display_name": "Block",
            "conditions": {
                "users": {"include_users": ["All"]},
                "applications": {"include_applications": ["All"]},
                "locations": {"include_locations": ["All"], "exclude_locations": ["Office"]},
            },
            "grant_controls": {"built_in_controls": ["block"]},
        }
    ],
}


@pytest.mark.parametrize("there", [[], [OFFICE]], ids=["new", "there already"])
def test_a_policy_is_of_the_location_that_is_proposed_with_it(tenant, there):
    tenant.objects |= {LOCATIONS: there, POLICIES: []}
    would_be = proposal.proposed(impact.SPEC.validate(PROPOSED), tenant.reads())
    (place,) = would_be.locations
    (policy,) = would_be.policies
    assert policy["conditions"]["locations"]["excludeLocations"] == [place["id"]]
    assert place["id"] == (there[0]["id"] if there else reconcile.placeholder(NamedLocation(), "Office"))
    assert [one["cidrAddress"] for one in place["ipRanges"]] == ["8.8.8.0/24"]
    assert tenant.verbs() == ["BATCH"]
