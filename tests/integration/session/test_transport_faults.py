# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task does when Graph throttles, fails, or lags behind its own writes."""

from __future__ import annotations

import ansible_run
import pytest

pytestmark = [pytest.mark.one_ansible, pytest.mark.usefixtures("together")]

OFFICE = {"msp.entra.named_location": {"display_name": "Office", "ip_ranges": ["198.51.100.10/32"], "trusted": True}}
LOCATIONS = "/identity/conditionalAccess/namedLocations"
POLICIES = "/identity/conditionalAccess/policies"


def policy(tenant):
    return {
        "msp.entra.conditional_access_policy": {
            "display_name": "P",
            "conditions": {
                "users": {"include_users": ["All"], "exclude_users": [tenant.upn("breakglass")]},
                "applications": {"include_applications": ["Syncro SSO"]},
                "locations": {"include_locations": ["All"], "exclude_locations": ["Office"]},
            },
            "grant_controls": {"built_in_controls": ["block"]},
        }
    }


FAULTS = {
    "429 told": {"method": "GET", "path": LOCATIONS, "nth": [1], "status": 429, "retry_after": 0},
    "429 untold": {"method": "GET", "path": LOCATIONS, "nth": [1], "status": 429},
    "503": {"method": "GET", "path": LOCATIONS, "nth": [1], "status": 503},
    "read reset": {"method": "GET", "path": LOCATIONS, "nth": [1], "reset": "before"},
    "create throttled": {"method": "POST", "path": LOCATIONS, "nth": [1], "status": 429, "retry_after": 0},
    "reset after": {"method": "POST", "path": LOCATIONS, "nth": [1], "reset": "after"},
    "reset before": {"method": "POST", "path": LOCATIONS, "nth": [1], "reset": "before"},
    "lag": {"method": "POST", "path": LOCATIONS, "nth": [1], "lag_seconds": 1.5},
}


@pytest.mark.parametrize(
    "fault", [pytest.param(name, marks=pytest.mark.practice(faults=[rule])) for name, rule in FAULTS.items()]
)
def test_one_location_whatever_happens(tenant, fault):
    (made,) = tenant.results(OFFICE)
    assert made["changed"]
    (there,) = tenant.locations()
    assert there["id"] == made["named_location"]["id"]
    (again,) = tenant.results(OFFICE)
    assert not again["changed"]


@pytest.mark.practice(faults=[{"method": "GET", "path": "/users", "nth": [1], "status": 429, "retry_after": 0}])
def test_only_the_throttled_part_of_a_batch_is_asked_again(tenant):
    tenant.results(OFFICE)
    (made,) = tenant.results(policy(tenant), arguments=["--check"])
    assert made["changed"]
    parts = [line for line in tenant.log() if line.get("batch")]
    assert sorted(line["status"] for line in parts).count(429) == 1
    by_upn = [line for line in parts if "/users?" in line["path"] and "userPrincipalName%20eq" in line["path"]]
    by_name = [line for line in parts if "/servicePrincipals?" in line["path"] and "displayName%20eq" in line["path"]]
    assert (len(by_upn), len(by_name)) == (2, 1), [line["path"] for line in parts]


@pytest.mark.practice(faults=[{"method": "POST", "path": LOCATIONS, "nth": [1], "lag_seconds": 2}])
def test_a_policy_waits_for_a_location_made_a_moment_ago(tenant):
    office, made = tenant.results(OFFICE, policy(tenant))
    assert office["changed"] and made["changed"]
    assert len(tenant.policies()) == 1


@pytest.mark.practice(faults=[{"method": "PATCH", "path": LOCATIONS, "nth": [1], "lag_seconds": 1.5}])
def test_an_update_is_reported_when_it_shows(tenant):
    tenant.results(OFFICE)
    change = {"msp.entra.named_location": {"display_name": "Office", "ip_ranges": ["203.0.113.0/24"]}}
    (changed,) = tenant.results(change)
    assert changed["named_location"]["ip_ranges"] == ["203.0.113.0/24"] and changed["named_location"]["trusted"]


@pytest.mark.practice(faults=[{"method": "GET", "path": LOCATIONS, "times": 100, "status": 429, "retry_after": 60}])
def test_patience_ends_with_a_clear_error(tenant):
    task = {"msp.entra.named_location": {**OFFICE["msp.entra.named_location"], "wait_timeout": 5}}
    done = tenant.tasks(task)
    message = done.of("0")["msg"]
    assert done.returncode != 0 and "429" in message and "wait_timeout" in message
    assert len(ansible_run.graph_requests(tenant.log())) == 1


@pytest.mark.practice(faults=[{"method": "PATCH", "path": LOCATIONS, "nth": [1], "lag_seconds": 1}])
def test_deleting_a_trusted_location_copes_with_lag(tenant):
    tenant.results(OFFICE)
    (gone,) = tenant.results({"msp.entra.named_location": {"display_name": "Office", "state": "absent"}})
    assert gone["changed"] and tenant.locations() == []
