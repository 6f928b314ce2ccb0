# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""named_location and named_location_info, against a practice tenant."""

from __future__ import annotations

import ansible_run
import pytest

pytestmark = pytest.mark.usefixtures("together")

NAME = "Trusted - Office"
RANGES = ["198.51.100.10/32", "2001:db8:1::/48"]
OFFICE = {"display_name": NAME, "ip_ranges": RANGES, "trusted": True}
COUNTRY = {
    "display_name": "Home countries",
    "countries_and_regions": ["DE", "AT"],
    "include_unknown_countries_and_regions": True,
}


def do(**arguments):
    return {"msp.entra.named_location": arguments}


INFO = {"msp.entra.named_location_info": {}}


@pytest.mark.parametrize("wanted", [OFFICE, COUNTRY], ids=["ip", "country"])
def test_life_of_a_location(tenant, wanted):
    """check -> nothing there -> do -> there -> again -> absent in check -> still there -> absent -> gone -> again."""
    (checked,) = tenant.results(do(**wanted), arguments=["--check", "--diff"])
    assert checked["changed"] and checked["named_location"]["id"].startswith("00000000-0000-4000-8000-")
    assert not ansible_run.writes(tenant.log()) and tenant.locations() == []

    (made,) = tenant.results(do(**wanted), arguments=["--diff"])
    assert made["changed"] and made["diff"] == checked["diff"]
    (there,) = tenant.locations()
    assert there["id"] == made["named_location"]["id"] and there["displayName"] == wanted["display_name"]

    again, info = tenant.results(do(**wanted), INFO)
    assert not again["changed"] and again["named_location"] == made["named_location"]
    (shown,) = info["named_locations"]
    assert shown == made["named_location"]
    assert {name: shown[name] for name in wanted} == wanted

    absent = {"display_name": wanted["display_name"], "state": "absent"}
    (checked,) = tenant.results(do(**absent), arguments=["--check"])
    assert checked["changed"] and not ansible_run.writes(tenant.log()) and len(tenant.locations()) == 1
    (gone,) = tenant.results(do(**absent))
    assert gone["changed"] and tenant.locations() == []
    (again,) = tenant.results(do(**absent))
    assert not again["changed"] and again["requests"]["count"] == 1


def test_unchanged_task_is_one_request_and_one_token(tenant):
    tenant.results(do(**OFFICE))
    tasks = [do(**OFFICE), INFO, do(display_name="Nobody", state="absent")]
    results = tenant.results(*tasks)
    assert [result["requests"]["count"] for result in results] == [1, 1, 1]
    assert len(ansible_run.graph_requests(tenant.log())) == 3
    assert len(ansible_run.token_requests(tenant.log())) == 1


def test_info_is_fed_back_without_a_change(tenant):
    tenant.results(do(**OFFICE), do(**COUNTRY))
    (info,) = tenant.results(INFO)
    results = tenant.results(*[do(**one) for one in info["named_locations"]])
    assert [result["changed"] for result in results] == [False, False]
    assert [result["named_location"] for result in results] == info["named_locations"]
    told = {result["named_location"]["id"]: result["metadata"] for result in results}
    assert told == info["metadata"] and info["unknown"] == {}


def test_only_what_is_given_is_changed(tenant):
    tenant.results(do(**OFFICE))
    (changed,) = tenant.results(do(display_name=NAME, ip_ranges=["203.0.113.0/24"]))
    assert changed["changed"] and changed["diff"]["before"]["ip_ranges"] == RANGES
    (write,) = ansible_run.writes(tenant.log())
    assert write["method"] == "PATCH"
    (there,) = tenant.locations()
    assert there["isTrusted"] is True
    assert [entry["cidrAddress"] for entry in there["ipRanges"]] == ["203.0.113.0/24"]


@pytest.mark.parametrize(
    "spelled",
    [RANGES[::-1], ["198.51.100.10/32", "2001:0DB8:0001:0000::/48"]],
    ids=["another order", "another spelling of IPv6"],
)
def test_ranges_that_mean_the_same_are_the_same(tenant, spelled):
    tenant.results(do(**OFFICE))
    (again,) = tenant.results(do(**{**OFFICE, "ip_ranges": spelled}))
    assert not again["changed"]


def test_adopted_and_renamed_by_id(tenant):
    (made,) = tenant.results(do(**OFFICE))
    object_id = made["named_location"]["id"]
    (renamed,) = tenant.results(do(id=object_id.upper(), display_name="Trusted - Head office"))
    assert renamed["changed"] and renamed["named_location"]["id"] == object_id
    (there,) = tenant.locations()
    assert there["displayName"] == "Trusted - Head office" and len(there["ipRanges"]) == 2


def test_an_id_that_is_not_there_is_refused(tenant):
    done = tenant.tasks(do(id="99999999-9999-4999-8999-999999999999", display_name="X", ip_ranges=["203.0.113.0/24"]))
    assert done.returncode != 0 and "there is no named location with id 9999" in done.of("0")["msg"]
    assert not ansible_run.writes(tenant.log())


def test_two_of_a_name_are_not_guessed_between(tenant):
    body = {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "displayName": NAME,
        "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/24"}],
    }
    ids = [tenant.graph("POST", "/identity/conditionalAccess/namedLocations", body)["id"] for dummy in range(2)]
    done = tenant.tasks(do(**OFFICE))
    message = done.of("0")["msg"]
    assert done.returncode != 0 and all(one in message for one in ids)
    assert not ansible_run.writes(tenant.log())
    (by_id,) = tenant.results(do(id=ids[1], **OFFICE))
    assert by_id["changed"] and by_id["named_location"]["id"] == ids[1]


def test_a_location_in_use_is_not_deleted(tenant):
    (made,) = tenant.results(do(**OFFICE))
    policy = {
        "displayName": "Uses it",
        "state": "disabled",
        "conditions": {
            "clientAppTypes": ["all"],
            "users": {"includeUsers": ["All"]},
            "applications": {"includeApplications": ["All"]},
            "locations": {"includeLocations": ["All"], "excludeLocations": [made["named_location"]["id"]]},
        },
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    }
    tenant.graph("POST", "/identity/conditionalAccess/policies", policy)
    for mode in (["--check"], []):
        done = tenant.tasks(do(display_name=NAME, state="absent"), arguments=mode)
        assert done.returncode != 0 and "'Uses it'" in done.of("0")["msg"]
        assert not ansible_run.writes(tenant.log()), "not even the trusted mark may be taken off"


def test_one_kind_is_not_turned_into_the_other(tenant):
    tenant.results(do(**OFFICE))
    done = tenant.tasks(do(display_name=NAME, countries_and_regions=["DE"]))
    assert done.returncode != 0 and "cannot turn one kind into the other" in done.of("0")["msg"]


@pytest.mark.parametrize(
    ("cidr", "rule"),
    [
        ("0.0.0.0/0", "SITE-EVERYWHERE"),
        ("::/0", "SITE-EVERYWHERE"),
        ("10.1.0.0/16", "SITE-PRIVATE"),
        ("fd00:1::/48", "SITE-PRIVATE"),
        ("127.0.0.1/32", "SITE-LOOPBACK"),
        ("169.254.1.0/24", "SITE-LINK-LOCAL"),
        ("100.64.0.0/10", "SITE-CGNAT"),
        ("224.0.0.0/24", "SITE-MULTICAST"),
        ("198.51.100.7/24", "SITE-HOST-BITS"),
        ("8.0.0.0/7", "SITE-TOO-WIDE"),
    ],
)
def test_a_range_that_cannot_be_a_site_is_not_trusted(tenant, cidr, rule):
    done = tenant.tasks(do(display_name="X", ip_ranges=["203.0.113.0/24", cidr], trusted=True), arguments=["--check"])
    failed = done.of("0")
    assert [reason["id"] for reason in failed["lockout"]] == [rule] and cidr in failed["msg"]
    assert not ansible_run.writes(tenant.log())


def test_a_waived_risk_is_told_every_time(tenant):
    risky = do(display_name="Lab", ip_ranges=["10.1.0.0/16"], trusted=True, accept_risks=["SITE-PRIVATE"])
    for changed in (True, False):
        (result,) = tenant.results(risky)
        assert result["changed"] is changed and "SITE-PRIVATE" in result["warnings"][0]


def test_fifty_items_cost_one_listing_on_one_connection(tenant):
    loop = {**do(display_name="Site {{ item }}", ip_ranges=["198.51.100.{{ item }}/32"]), "loop": list(range(1, 51))}
    (made,) = tenant.results(loop)
    assert sum(item["changed"] for item in made["results"]) == 50 and len(tenant.locations()) == 50
    (again,) = tenant.results(loop)
    assert not any(item["changed"] for item in again["results"])
    requests = ansible_run.graph_requests(tenant.log())
    assert len(requests) == 1 and sum(item["requests"]["count"] for item in again["results"]) == 1


def test_retried_task_sees_the_tenant_anew(tenant):
    """`until` runs the same arguments in the same process: what an earlier try read must not be its answer."""
    task = {**INFO, "register": "seen", "until": "false", "retries": 2, "delay": 0}
    done = tenant.tasks(task)
    assert done.returncode != 0
    assert len(ansible_run.graph_requests(tenant.log())) == 3


def test_missing_permission_is_named(tenant):
    done = tenant.tasks(do(**OFFICE), reader=True)
    message = done.of("0")["msg"]
    assert done.returncode != 0 and "Policy.ReadWrite.ConditionalAccess" in message and "request-id" in message
    assert tenant.locations() == []
