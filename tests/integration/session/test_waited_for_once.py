# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes that do not wait to be shown: what they wrote counts as there, and a later task waits for all of it."""

from __future__ import annotations

import json

import ansible_run
import pytest

pytestmark = [pytest.mark.one_ansible, pytest.mark.usefixtures("together")]

A_WRITE = {"method": ["POST", "PATCH", "DELETE"], "path": "^/identity/conditionalAccess/"}
LONG = 600
OFFICE = {"display_name": "Office", "ip_ranges": ["198.51.100.10/32"], "trusted": True, "wait": False}


def lags(tenant, seconds):
    """Lets the reads of this tenant lag behind its writes."""
    tenant.meets({**A_WRITE, "lag_seconds": seconds})


def location(**options):
    return {"msp.entra.named_location": {**OFFICE, **options}, "register": "office"}


def policy(tenant, **options):
    return {
        "msp.entra.conditional_access_policy": {
            "display_name": "P",
            "conditions": {
                "users": {"include_users": ["All"], "exclude_users": [tenant.upn("breakglass")]},
                "applications": {"include_applications": ["Syncro SSO"]},
                "locations": {"include_locations": ["All"], "exclude_locations": ["Office"]},
            },
            "grant_controls": {"built_in_controls": ["block"]},
            "earlier_results": ["{{ office }}"],
            **options,
        },
        "register": "policy",
    }


SHOWN = {"msp.entra.shown_info": {"results": ["{{ office }}", "{{ policy }}"]}}


def test_what_does_not_show_yet_is_known_by_its_name_and_waited_for_at_the_end(tenant):
    lags(tenant, 2)
    office, made, shown = tenant.results(location(), policy(tenant, wait=False), SHOWN)
    assert [one["shown"] for one in office["writes"] + made["writes"]] == [False, False]
    assert made["policy"]["conditions"]["locations"]["exclude_locations"] == [office["named_location"]["id"]]
    # The name stands in the diff, though Graph knew of none.
    assert made["diff"]["after"]["conditions"]["locations"]["exclude_locations"] == ["Office"]
    assert [one["there"] for one in shown["objects"]] == [True, True]
    assert len(tenant.locations()) == len(tenant.policies()) == 1


def test_what_shows_at_once_costs_no_further_request(tenant):
    office, made, shown = tenant.results(location(), policy(tenant, wait=False), SHOWN)
    assert [one["shown"] for one in office["writes"] + made["writes"]] == [True, True]
    assert shown["objects"] == [] and shown["requests"]["count"] == 0


def test_the_last_task_can_wait_for_the_others(tenant):
    lags(tenant, 2)
    tenant.results(location(), policy(tenant))
    assert len(tenant.locations()) == len(tenant.policies()) == 1


def test_the_items_of_a_loop_are_waited_for_by_the_last(tenant):
    lags(tenant, 2)
    each = location(display_name="{{ item }}", wait="{{ item == 'C' }}") | {"loop": ["A", "B", "C"]}
    (made,) = tenant.results(each)[-1:]
    # Of the results of a loop the last line is that of the whole.
    assert made["changed"] and sorted(one["displayName"] for one in tenant.locations()) == ["A", "B", "C"]


def test_what_goes_and_still_shows_is_gone_for_the_next_task(tenant):
    tenant.results(location(), policy(tenant))
    lags(tenant, 2)
    gone = {"msp.entra.conditional_access_policy": {"display_name": "P", "state": "absent", "wait": False}}
    last = {
        "msp.entra.named_location": {"display_name": "Office", "state": "absent", "earlier_results": ["{{ gone }}"]}
    }
    policy_, office = tenant.results(gone | {"register": "gone"}, last)
    assert policy_["writes"][0]["shown"] is False and office["changed"]
    assert tenant.locations() == tenant.policies() == []


def test_a_change_that_does_not_show_yet_is_not_made_again(tenant):
    tenant.results(location())
    lags(tenant, LONG)
    changed, again = tenant.results(
        location(ip_ranges=["203.0.113.0/24"]),
        location(ip_ranges=["203.0.113.0/24"], earlier_results=["{{ office }}"]),
    )
    assert changed["writes"][0]["shown"] is False and not again["changed"]
    assert len(ansible_run.writes(tenant.log())) == 1


def test_the_journal_tells_what_was_accepted_from_what_shows(tenant, tmp_path):
    journal = tmp_path / "journal.jsonl"
    kept = {"journal_path": str(journal)}
    tenant.results(location(**kept))
    lags(tenant, LONG)
    tenant.results(location(ip_ranges=["203.0.113.0/24"], **kept))
    events = [json.loads(line)["event"] for line in journal.read_text(encoding="utf-8").splitlines()]
    assert events == ["begun", "done", "begun", "accepted"]


def test_what_does_not_show_at_all_is_named(tenant):
    lags(tenant, LONG)
    late = {"msp.entra.shown_info": {"results": ["{{ office }}"], "wait_timeout": 2}}
    done = tenant.tasks(location(), late)
    result = done.of("1")
    assert done.returncode != 0 and result["failure_kind"] == "not_shown" and "named location 'Office'" in result["msg"]


def test_another_of_the_name_that_shows_later_is_named(tenant):
    tenant.meets({**A_WRITE, "nth": [1], "lag_seconds": 2})
    twin = {
        "ansible.builtin.uri": {
            "url": f"{tenant.emulator.url}/v1.0/identity/conditionalAccess/namedLocations",
            "method": "POST",
            "ca_path": str(tenant.emulator.ca_file),
            "headers": {"Authorization": f"Bearer {tenant.token()}"},
            "body_format": "json",
            "body": {
                "@odata.type": "#microsoft.graph.ipNamedLocation",
                "displayName": "Office",
                "ipRanges": [
                    {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/24"},
                ],
            },
            "status_code": 201,
        }
    }
    done = tenant.tasks(location(), twin, {"msp.entra.shown_info": {"results": ["{{ office }}"]}})
    result = done.of("2")
    ids = [one["id"] for one in tenant.locations()]
    assert done.returncode != 0 and result["failure_kind"] == "ambiguous" and len(ids) == 2
    assert all(one in result["msg"] for one in ids)


def test_results_that_are_none_of_ours_are_refused(tenant):
    wrong = {"writes": [{"write": "1", "shown": "perhaps"}]}
    done = tenant.tasks(location(earlier_results=[wrong]), {"msp.entra.shown_info": {"results": [wrong]}})
    assert done.of("0")["problems"][0].startswith("earlier_results: holds writes that no module of this collection")
    assert done.of("0")["failure_kind"] == "input" and tenant.log() == []
