# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules as pytest-ansible calls them: single tasks outside of any playbook, as in `ansible -m`."""

from __future__ import annotations

import pytest

LOCATION = {"display_name": "Office", "ip_ranges": ["198.51.100.10/32"]}
POLICY = {
    "display_name": "No old protocols",
    "conditions": {
        "users": {"include_users": ["All"], "exclude_groups": ["Technicians"]},
        "applications": {"include_applications": ["All"]},
        "client_app_types": ["other", "exchangeActiveSync"],
    },
    "grant_controls": {"built_in_controls": ["block"]},
}

# Its way to hosts is announced to go, and localhost is the only one there is here.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Host management is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:AnsibleCollectionFinder has already been configured:UserWarning"),
]


@pytest.fixture
def call(localhost, tenant):
    """Run one module on the tenant; its result."""

    def run(module, **options):
        answer = getattr(localhost, f"msp.entra.{module}")(**tenant.defaults(), **options)
        return dict(answer.contacted["localhost"])

    return run


@pytest.mark.parametrize(
    ("module", "options", "listed"),
    [("named_location", LOCATION, "named_locations"), ("conditional_access_policy", POLICY, "policies")],
)
def test_there_and_gone_again(call, module, options, listed):
    assert [call(module, **options)["changed"] for dummy in range(2)] == [True, False]
    (shown,) = call(f"{module}_info")[listed]
    assert shown["display_name"] == options["display_name"]
    gone = {"display_name": options["display_name"], "state": "absent"}
    assert [call(module, **gone)["changed"] for dummy in range(2)] == [True, False]
    assert call(f"{module}_info")[listed] == []


def test_a_refusal_is_a_failed_result(call):
    refused = call("lockout_guard", sites=[{"name": "X", "cidrs": ["10.0.0.0/24"]}])
    assert refused["failed"] and {reason["id"] for reason in refused["lockout"]} == {"SITE-PRIVATE", "NO-BREAK-GLASS"}
