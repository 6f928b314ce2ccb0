# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sites that change, end or move where the policy is enforced: nobody's address is taken away unseen."""

from __future__ import annotations

import ansible_run
import pytest
from fleet import BLOCK, SITES, state, succeeded

pytestmark = [pytest.mark.one_ansible, pytest.mark.usefixtures("together")]

OFFICE, WAREHOUSE = SITES


def turned_on(fleet):
    """The policy is on, and was switched on without evidence, which is another subject."""
    fleet.set(syncro_enforcement="enabled", accept_risks=["NO-EVIDENCE"])
    assert fleet.run("deploy", "--tags", "part_a").returncode == 0
    return fleet.set(accept_risks=None)


def deploy(fleet, *sites, arguments=(), **variables):
    return fleet.set(syncro_sites=list(sites), **variables).run("deploy", "--tags", "part_a", *arguments)


def cidrs(tenant, name):
    return [entry["cidrAddress"] for entry in state(tenant)[f"Trusted - {name}"]["ipRanges"]]


@pytest.mark.parametrize("arguments", [(), ("--check",)], ids=["run", "check"])
def test_an_address_is_not_taken_away_while_the_policy_is_on(fleet, tenant, arguments):
    enforced = turned_on(fleet)
    before = state(tenant)
    done = deploy(enforced, {**OFFICE, "cidrs": ["198.51.100.0/29"]}, WAREHOUSE, arguments=arguments)
    failed = next(line["result"] for line in done.results if line["status"] == "failed")
    assert done.returncode != 0 and enforced.writes() == [] and state(tenant) == before
    (reason,) = failed["lockout"]
    assert reason["id"] == "SITE-SHRUNK"
    assert reason["where"] == f"'Trusted - MSP Office' and policy '{BLOCK}': 198.51.100.10/32, 2001:db8:1::/48"


def test_a_risk_that_is_accepted_is_carried_out_and_told(fleet, tenant):
    enforced = turned_on(fleet)
    changed = {**OFFICE, "cidrs": ["198.51.100.0/29"]}
    done = deploy(enforced, changed, WAREHOUSE, accept_risks=["SITE-SHRUNK"])
    assert done.returncode == 0 and "Risk accepted: [SITE-SHRUNK]" in done.output
    assert cidrs(tenant, "MSP Office") == changed["cidrs"]
    # Nothing is taken away any more.
    succeeded(deploy(enforced, changed, WAREHOUSE))
    assert enforced.writes() == []


def test_an_address_is_added_as_ever(fleet, tenant):
    enforced = turned_on(fleet)
    succeeded(deploy(enforced, {**OFFICE, "cidrs": [*OFFICE["cidrs"], "198.51.100.0/29"]}, WAREHOUSE))
    assert len(cidrs(tenant, "MSP Office")) == 3


def test_in_report_only_an_address_is_taken_away_as_ever(fleet, tenant):
    succeeded(fleet.run("deploy", "--tags", "part_a"))
    succeeded(deploy(fleet, {**OFFICE, "cidrs": OFFICE["cidrs"][:1]}, WAREHOUSE))
    assert cidrs(tenant, "MSP Office") == OFFICE["cidrs"][:1]


def test_an_address_that_moves_to_another_site_is_never_nowhere(fleet, tenant):
    enforced = turned_on(fleet)
    moved = {**WAREHOUSE, "cidrs": [*WAREHOUSE["cidrs"], OFFICE["cidrs"][1]]}
    succeeded(deploy(enforced, {**OFFICE, "cidrs": OFFICE["cidrs"][:1]}, moved))
    taken_over, given_away = (write for write in ansible_run.writes(enforced.log()) if write["method"] == "PATCH")
    assert cidrs(tenant, "Warehouse") == moved["cidrs"] and cidrs(tenant, "MSP Office") == OFFICE["cidrs"][:1]
    assert taken_over["path"] != given_away["path"]


THIRD = {"name": "Third", "cidrs": ["203.0.113.90/32"]}


def refused_ahead(fleet, tenant, *sites):
    """The failed task of a run that has written nothing, so that nothing is put back."""
    before = state(tenant)
    done = deploy(fleet, *sites)
    (failed,) = [line["result"] for line in done.results if line["status"] == "failed"]
    assert fleet.writes() == [] and state(tenant) == before, done.output
    return failed


def test_sites_that_change_places_are_told_ahead_of_a_new_one(fleet, tenant):
    """Whichever is written first, an address is nowhere for a moment; the new site would be written before both."""
    enforced = turned_on(fleet)
    swapped = {**OFFICE, "cidrs": WAREHOUSE["cidrs"]}, {**WAREHOUSE, "cidrs": OFFICE["cidrs"]}
    (reason,) = refused_ahead(enforced, tenant, *swapped, THIRD)["lockout"]
    assert reason["id"] == "SITE-SHRUNK"
    assert reason["where"] == f"'Trusted - MSP Office' and policy '{BLOCK}': 198.51.100.10/32, 2001:db8:1::/48"


def test_a_location_of_countries_that_has_a_site_s_name_is_told_ahead(fleet, tenant):
    succeeded(fleet.run("deploy", "--tags", "part_a"))
    abroad = {
        "displayName": "Trusted - Abroad",
        "countriesAndRegions": ["DE"],
        "includeUnknownCountriesAndRegions": False,
    }
    by_hand = {"@odata.type": "#microsoft.graph.countryNamedLocation", **abroad}
    tenant.graph("POST", "/identity/conditionalAccess/namedLocations", by_hand)
    failed = refused_ahead(fleet, tenant, *SITES, THIRD, {"name": "Abroad", "cidrs": ["203.0.113.91/32"]})
    assert failed["problems"] == [
        "syncro_sites[3].name: 'Trusted - Abroad' is a location of countries; Entra cannot turn one kind into the other."
    ]


@pytest.mark.parametrize("arguments", [("--check",), ()], ids=["check", "run"])
def test_a_site_that_has_ended_goes(fleet, tenant, arguments):
    enforced = turned_on(fleet)
    succeeded(deploy(enforced, OFFICE, {**WAREHOUSE, "expires": "2020-01-01T00:00:00Z"}, arguments=arguments))
    assert ("Trusted - Warehouse" in state(tenant)) is bool(arguments)


def test_a_site_that_has_ended_and_is_trusted_by_another_policy_stays(fleet, tenant):
    """The policy of somebody else leaves out all trusted locations; it would block who is at the site that has ended."""
    enforced = turned_on(fleet)
    body = next(entry for entry in tenant.policies() if entry["displayName"] == BLOCK)
    conditions = {**body["conditions"], "locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}}
    other = {
        "displayName": "Other",
        "state": "enabled",
        "conditions": conditions,
        "grantControls": body["grantControls"],
    }
    tenant.graph("POST", "/identity/conditionalAccess/policies", other)
    done = deploy(enforced, OFFICE, {**WAREHOUSE, "expires": "2020-01-01T00:00:00Z"})
    assert done.returncode == 0 and "was not deleted: 'Other'" in done.output and "Trusted - Warehouse" in state(tenant)
