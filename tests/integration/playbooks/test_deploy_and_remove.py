# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""deploy and remove, as ansible-playbook runs them from the collection, with the inventory a reader would write."""

from __future__ import annotations

import datetime

import ansible_run
import pytest
from fleet import BLOCK, MFA, SITES, recap, state, succeeded

pytestmark = pytest.mark.usefixtures("together")


def moment(days):
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)).isoformat()


def test_check_deploy_again_remove_again(fleet, tenant):
    checked = succeeded(fleet.run("deploy", "--check", "--diff"))
    assert recap(checked, "changed") == 3 and fleet.writes() == [] and state(tenant) == {}

    made = succeeded(fleet.run("deploy"))
    assert recap(made, "changed") == 3
    there = state(tenant)
    assert set(there) == {"Trusted - MSP Office", "Trusted - Warehouse", BLOCK, MFA}
    assert there["Trusted - MSP Office"]["isTrusted"] is True

    again = succeeded(fleet.run("deploy", "--diff"))
    assert recap(again, "changed") == 0 and fleet.writes() == []
    assert len(ansible_run.graph_requests(fleet.log())) == 6, "guard, all locations, policy; guard, policy, watch"
    assert len(ansible_run.token_requests(fleet.log())) == 1

    checked = succeeded(fleet.run("remove", "--check"))
    assert recap(checked, "changed") == 3 and fleet.writes() == [] and state(tenant) == there
    removed = succeeded(fleet.run("remove"))
    assert recap(removed, "changed") == 3 and state(tenant) == {}
    assert recap(succeeded(fleet.run("remove")), "changed") == 0 and fleet.writes() == []


def test_two_tenants_get_their_own(fleet, tenant, neighbour):
    other = neighbour
    fleet.hosts[f"t{other.number}"]["syncro_sites"] = [{"name": "Elsewhere", "cidrs": ["192.0.2.7/32"]}]
    succeeded(fleet.run("deploy"))
    assert len(ansible_run.token_requests(fleet.log())) == 2
    assert "Trusted - Elsewhere" in state(other) and "Trusted - Elsewhere" not in state(tenant)
    assert "Trusted - MSP Office" in state(tenant) and "Trusted - MSP Office" not in state(other)


def test_one_tenant_that_fails_does_not_stop_the_other(fleet, tenant, neighbour):
    other = neighbour
    fleet.hosts[f"t{tenant.number}"]["entra_client_secret"] = "wrong"
    done = fleet.run("deploy")
    assert done.returncode != 0 and "7000215" in done.output
    assert state(tenant) == {} and MFA in state(other)


def test_what_others_made_stays_as_it_was(fleet, tenant):
    tenant.graph(
        "POST",
        "/identity/conditionalAccess/namedLocations",
        {
            "@odata.type": "#microsoft.graph.countryNamedLocation",
            "displayName": "Countries we work in",
            "countriesAndRegions": ["DE"],
            "includeUnknownCountriesAndRegions": False,
        },
    )
    tenant.graph(
        "POST",
        "/identity/conditionalAccess/policies",
        {
            "displayName": "Require MFA",
            "state": "disabled",
            "conditions": {
                "clientAppTypes": ["all"],
                "users": {"includeUsers": ["All"]},
                "applications": {"includeApplications": ["All"]},
            },
            "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
        },
    )
    before = state(tenant)
    succeeded(fleet.run("deploy"))
    assert {name: value for name, value in state(tenant).items() if name in before} == before
    succeeded(fleet.run("remove"))
    assert state(tenant) == before


def test_a_location_that_another_policy_uses_is_kept(fleet, tenant):
    succeeded(fleet.run("deploy"))
    office = next(e["id"] for e in tenant.locations() if e["displayName"] == "Trusted - MSP Office")
    tenant.graph(
        "POST",
        "/identity/conditionalAccess/policies",
        {
            "displayName": "Uses the office",
            "state": "disabled",
            "conditions": {
                "clientAppTypes": ["all"],
                "users": {"includeUsers": ["All"]},
                "applications": {"includeApplications": ["All"]},
                "locations": {"includeLocations": ["All"], "excludeLocations": [office]},
            },
            "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
        },
    )
    removed = fleet.run("remove")
    assert removed.returncode == 0 and "'Uses the office'" in removed.output
    assert set(state(tenant)) == {"Trusted - MSP Office", "Uses the office"}
    assert state(tenant)["Trusted - MSP Office"]["isTrusted"] is True


def test_drift_is_shown_by_check_and_taken_back_by_deploy(fleet, tenant):
    succeeded(fleet.run("deploy"))
    wanted = state(tenant)
    policy = next(e for e in tenant.policies() if e["displayName"] == MFA)
    conditions = {
        **policy["conditions"],
        "locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]},
    }
    path = f"/identity/conditionalAccess/policies/{policy['id']}"
    tenant.graph("PATCH", path, {"conditions": conditions, "state": "disabled"})
    location = next(e for e in tenant.locations() if e["displayName"] == "Trusted - Warehouse")
    tenant.graph(
        "PATCH",
        f"/identity/conditionalAccess/namedLocations/{location['id']}",
        {"@odata.type": "#microsoft.graph.ipNamedLocation", "isTrusted": False},
    )
    checked = succeeded(fleet.run("deploy", "--check", "--diff"))
    assert recap(checked, "changed") == 2 and fleet.writes() == []
    assert '-    "trusted": false' in checked.output and '+    "trusted": true' in checked.output
    assert '-    "enforcement": "disabled"' in checked.output
    succeeded(fleet.run("deploy"))
    assert state(tenant) == wanted


def test_an_enforced_policy_is_not_set_back(fleet, tenant):
    refused = fleet.set(syncro_enforcement="enabled").run("deploy")
    assert refused.returncode != 0 and "[NO-EVIDENCE]" in refused.output and fleet.writes() == []
    fleet.enforce()
    assert state(tenant)[BLOCK]["state"] == "enabled"
    assert recap(succeeded(fleet.run("deploy")), "changed") == 0, "enabled that is enabled needs no evidence"
    again = succeeded(fleet.set(syncro_enforcement=None).run("deploy"))
    assert recap(again, "changed") == 0 and state(tenant)[BLOCK]["state"] == "enabled"
    assert "is enabled and stays so" in again.output
    succeeded(fleet.set(syncro_enforcement="disabled").run("deploy"))
    assert state(tenant)[BLOCK]["state"] == "disabled"
    succeeded(fleet.set(syncro_enforcement=None).run("deploy"))
    assert state(tenant)[BLOCK]["state"] == "enabledForReportingButNotEnforced", "off by hand is drift"


def test_a_site_that_has_ended_is_taken_out(fleet, tenant):
    travel = {"name": "Travel - Dana", "cidrs": ["192.0.2.7/32"], "expires": moment(days=1)}
    made = succeeded(fleet.set(syncro_sites=[*SITES, travel]).run("deploy"))
    assert "Trusted - Travel - Dana" in state(tenant)
    assert f"Sites with an end: Travel - Dana, until {travel['expires'][:19]}Z." in made.output
    ended = {**travel, "expires": moment(days=-1)}
    fleet.set(syncro_sites=[*SITES, ended])
    checked = succeeded(fleet.run("deploy", "--check"))
    assert recap(checked, "changed") == 2 and fleet.writes() == [], "the policy, and the location"
    succeeded(fleet.run("deploy"))
    assert "Trusted - Travel - Dana" not in state(tenant)
    policy = next(e for e in tenant.policies() if e["displayName"] == BLOCK)
    assert len(policy["conditions"]["locations"]["excludeLocations"]) == 2
    assert recap(succeeded(fleet.run("deploy")), "changed") == 0


def test_without_a_service_account_part_b_is_skipped_and_said_so(fleet, tenant):
    done = succeeded(fleet.set(syncro_service_account=None).run("deploy"))
    assert "No service account is left out" in done.output
    assert "part B (MFA on the Syncro service account) is skipped" in done.output
    assert MFA not in state(tenant) and BLOCK in state(tenant)


@pytest.mark.parametrize(("tag", "made"), [("part_a", BLOCK), ("part_b", MFA)])
def test_a_part_alone(fleet, tenant, tag, made):
    succeeded(fleet.run("deploy", "--tags", tag))
    assert {BLOCK, MFA} & set(state(tenant)) == {made}


def test_names_of_the_reader_s_own(fleet, tenant):
    own = {
        "syncro_ip_restriction_policy_name": "CA042 Syncro",
        "syncro_ip_restriction_location_prefix": "Site ",
        "syncro_service_account_mfa_policy_name": "CA043 Syncro service account",
    }
    succeeded(fleet.set(**own).run("deploy"))
    assert set(state(tenant)) == {"Site MSP Office", "Site Warehouse", "CA042 Syncro", "CA043 Syncro service account"}
    succeeded(fleet.run("remove"))
    assert state(tenant) == {}


def test_check_shows_everything_by_name_also_what_is_not_there_yet(fleet, tenant):
    checked = succeeded(fleet.run("deploy", "--check", "--diff"))
    (policy,) = [line["result"] for line in checked.results if "blocks Syncro" in line["task"]]
    conditions = policy["diff"]["after"]["conditions"]
    assert set(conditions["users"]["exclude_users"]) == {tenant.upn("breakglass"), tenant.upn("syncro-svc")}
    assert set(conditions["locations"]["exclude_locations"]) == {"Trusted - MSP Office", "Trusted - Warehouse"}
    assert conditions["applications"]["include_applications"] == ["Syncro SSO"]


def test_remove_without_sites_says_that_no_location_goes(fleet, tenant):
    succeeded(fleet.run("deploy"))
    done = succeeded(fleet.set(syncro_sites=None).run("remove"))
    assert "No location is removed, since syncro_sites lists no site" in done.output
    assert set(state(tenant)) == {"Trusted - MSP Office", "Trusted - Warehouse"}


BY_HAND = {
    "a device filter": {
        "conditions": {"devices": {"deviceFilter": {"mode": "exclude", "rule": 'device.model -eq "X"'}}}
    },
    "guests left out": {
        "conditions": {"users": {"excludeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "internalGuest"}}}
    },
    "a flow": {"conditions": {"authenticationFlows": {"transferMethods": "deviceCodeFlow"}}},
    "a user action": {
        "conditions": {"applications": {"includeApplications": [], "includeUserActions": ["urn:user:registerdevice"]}}
    },
    "a risk": {"conditions": {"insiderRiskLevels": "elevated"}},
}


@pytest.mark.parametrize("change", BY_HAND.values(), ids=BY_HAND)
def test_whatever_somebody_adds_to_the_restriction_by_hand_is_taken_out(fleet, tenant, change):
    succeeded(fleet.run("deploy"))
    policy = next(e for e in tenant.policies() if e["displayName"] == BLOCK)
    conditions = policy["conditions"]
    for group, wanted in change["conditions"].items():
        conditions[group] = {**(conditions[group] or {}), **wanted} if isinstance(wanted, dict) else wanted
    tenant.graph("PATCH", f"/identity/conditionalAccess/policies/{policy['id']}", {"conditions": conditions})
    before = state(tenant)[BLOCK]
    assert recap(succeeded(fleet.run("deploy", "--check")), "changed") == 1
    assert recap(succeeded(fleet.run("deploy")), "changed") == 1 and state(tenant)[BLOCK] != before
    assert recap(succeeded(fleet.run("deploy")), "changed") == 0


STRENGTH = "00000000-0000-0000-0000-000000000004"  # Phishing-resistant MFA, Microsoft's own
OTHER_WAYS = {
    "a strength": {"builtInControls": [], "authenticationStrength": {"id": STRENGTH}},
    "a device in its place": {"builtInControls": ["mfa", "compliantDevice"]},
}


@pytest.mark.parametrize("grant", OTHER_WAYS.values(), ids=OTHER_WAYS)
def test_mfa_of_the_service_account_is_put_back(fleet, tenant, grant):
    succeeded(fleet.run("deploy"))
    policy = next(e for e in tenant.policies() if e["displayName"] == MFA)
    body = {"grantControls": {"operator": "OR", **grant}}
    tenant.graph("PATCH", f"/identity/conditionalAccess/policies/{policy['id']}", body)
    assert recap(succeeded(fleet.run("deploy")), "changed") == 1
    assert state(tenant)[MFA]["grantControls"]["builtInControls"] == ["mfa"]
    assert state(tenant)[MFA]["grantControls"]["authenticationStrength"] is None


def test_a_location_is_kept_while_a_policy_blocks_from_anywhere_untrusted(fleet, tenant):
    """AllTrusted names no location, and yet without one it blocks everybody everywhere."""
    succeeded(fleet.run("deploy"))
    relying = {
        "displayName": "Everything from trusted places only",
        "state": "enabled",
        "conditions": {
            "users": {
                "includeUsers": ["All"],
                "excludeUsers": [tenant.graph("GET", f"/users/{tenant.upn('breakglass')}")["id"]],
            },
            "applications": {"includeApplications": ["All"]},
            "clientAppTypes": ["all"],
            "locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]},
        },
        "grantControls": {"operator": "OR", "builtInControls": ["block"]},
    }
    tenant.graph("POST", "/identity/conditionalAccess/policies", relying)
    done = fleet.run("remove")
    assert done.returncode == 0 and "Kept, since another policy uses it" in done.output
    assert [location["isTrusted"] for location in tenant.locations()] == [True, True]
    untrust = {"msp.entra.named_location": {"display_name": "Trusted - Warehouse", "trusted": False}}
    refused = tenant.tasks(untrust)
    assert (
        refused.returncode != 0
        and "[TRUST-RELIED-ON]" in refused.of("0")["msg"]
        and not ansible_run.writes(tenant.log())
    )
