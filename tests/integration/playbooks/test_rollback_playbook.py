# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run is taken back from the backup that it kept: everything as it was, ids included."""

from __future__ import annotations

import json

import ansible_run
import pytest
from fleet import BLOCK, SITES, recap, state, succeeded
from practice import SECRET

pytestmark = [pytest.mark.one_ansible, pytest.mark.usefixtures("together")]

TRIP = {"name": "Travel - Dana", "cidrs": ["192.0.2.7/32"]}


def by_id(tenant):
    """Everything that the tenant has, without what changes at every write."""
    return {
        one["id"]: {name: value for name, value in one.items() if name != "modifiedDateTime"}
        for one in [*tenant.locations(), *tenant.policies()]
    }


def backups_of(tenant):
    return tenant.home / f"backups of {tenant.number}"


def kept(backups):
    """The one file that a run has kept."""
    (file,) = backups.glob("conditional-access-*.jsonl")
    return file


def with_backup(fleet, playbook, backups, *arguments):
    """As with -e, which would be the same for all tenants of the run; no later run keeps one."""
    done = fleet.set(backup_path=str(backups)).run(playbook, *arguments)
    fleet.set(backup_path=None)
    return succeeded(done)


def rolled_back(fleet, file, *arguments):
    return fleet.set(backup_file=str(file)).run("rollback", *arguments)


def test_a_first_deploy_is_taken_back(fleet, tenant):
    backups = backups_of(tenant)
    with_backup(fleet, "deploy", backups, "--check")
    assert not backups.exists()
    done = with_backup(fleet, "deploy", backups)
    named = {line["result"].get("backup_file") for line in done.results} - {None}
    assert named == {str(kept(backups))} and SECRET not in kept(backups).read_text(encoding="utf-8")
    checked = succeeded(rolled_back(fleet, kept(backups), "--check", "--diff"))
    assert fleet.writes() == [] and recap(checked, "changed") == 1 and len(by_id(tenant)) == 4
    assert f"Conditional Access policy '{BLOCK}': deleted" in checked.output
    assert recap(succeeded(rolled_back(fleet, kept(backups))), "changed") == 1
    assert by_id(tenant) == {}
    assert recap(succeeded(rolled_back(fleet, kept(backups))), "changed") == 0 and fleet.writes() == []


def test_what_a_deploy_changed_is_changed_back(fleet, tenant):
    """Among it something made by hand in the same policy, and a property that only a newer Graph would know."""
    backups = backups_of(tenant)
    succeeded(fleet.run("deploy"))
    (policy,) = (one for one in tenant.policies() if one["displayName"] == BLOCK)
    tenant.graph("PATCH", f"/identity/conditionalAccess/policies/{policy['id']}", {"description": "by hand"})
    before = by_id(tenant)
    fleet.set(syncro_sites=[{**SITES[0], "cidrs": ["198.51.100.99/32"]}, TRIP])
    with_backup(fleet, "deploy", backups)
    assert len(by_id(tenant)) == len(before) + 1
    succeeded(rolled_back(fleet, kept(backups)))
    assert by_id(tenant) == before


def test_what_was_removed_is_there_again_with_its_ids(fleet, tenant):
    backups = backups_of(tenant)
    succeeded(fleet.run("deploy"))
    before = by_id(tenant)
    with_backup(fleet, "remove", backups)
    assert by_id(tenant) == {}
    done = succeeded(rolled_back(fleet, kept(backups)))
    assert by_id(tenant) == before and "named location 'Trusted - Warehouse': restored" in done.output
    assert recap(succeeded(fleet.run("deploy")), "changed") == 0


def test_what_is_gone_for_good_is_made_anew(fleet, tenant):
    backups = backups_of(tenant)
    succeeded(fleet.run("deploy"))
    before, ids = state(tenant), set(by_id(tenant))
    with_backup(fleet, "remove", backups)
    for kind in ("policies", "namedLocations"):
        for one in tenant.graph("GET", f"/identity/conditionalAccess/deletedItems/{kind}")["value"]:
            tenant.graph("DELETE", f"/identity/conditionalAccess/deletedItems/{kind}/{one['id']}")
    done = succeeded(rolled_back(fleet, kept(backups)))
    assert "named location 'Trusted - Warehouse': made anew" in done.output
    assert not ids & set(by_id(tenant)) and set(state(tenant)) == set(before)
    # The policy names the locations by the ids that they have now.
    assert recap(succeeded(fleet.run("deploy")), "changed") == 0
    assert recap(succeeded(rolled_back(fleet, kept(backups))), "changed") == 0


def test_what_somebody_else_changed_since_is_not_touched(fleet, tenant):
    backups = backups_of(tenant)
    with_backup(fleet, "deploy", backups)
    first = by_id(tenant)
    policy = next(one for one in tenant.policies() if one["displayName"] == BLOCK)
    site = next(one for one in tenant.locations() if one["displayName"] == "Trusted - Warehouse")
    tenant.graph("PATCH", f"/identity/conditionalAccess/policies/{policy['id']}", {"description": "by hand"})
    ranges = {"@odata.type": site["@odata.type"], "ipRanges": site["ipRanges"][:1], "displayName": "Depot"}
    tenant.graph("PATCH", f"/identity/conditionalAccess/namedLocations/{site['id']}", ranges)
    done = rolled_back(fleet, kept(backups))
    assert done.returncode != 0 and fleet.writes() == []
    message = done.of("Put everything as it was before that run")["msg"]
    assert f"policy '{BLOCK}' ({policy['id']}) has been changed (description)" in message
    assert f"({site['id']}) has been changed (displayName)" in message and "with force" in message
    assert set(by_id(tenant)) == set(first)
    succeeded(rolled_back(fleet, kept(backups), "-e", "force=true"))
    assert by_id(tenant) == {}


def test_the_guard_judges_what_would_be_put_back(fleet, tenant):
    """A site that was a private range, by an accepted risk at that time, is not put back without it."""
    backups = backups_of(tenant)
    fleet.set(syncro_sites=[SITES[0], {"name": "Lab", "cidrs": ["10.1.0.0/16"]}])
    assert fleet.set(accept_risks=["SITE-PRIVATE"]).run("deploy").returncode == 0
    fleet.set(accept_risks=None)
    before = by_id(tenant)
    with_backup(fleet, "remove", backups)
    done = rolled_back(fleet, kept(backups))
    assert done.returncode != 0 and fleet.writes() == [] and "[SITE-PRIVATE]" in done.output
    done = rolled_back(fleet.set(accept_risks=["SITE-PRIVATE"]), kept(backups))
    assert done.returncode == 0 and "Risk accepted: [SITE-PRIVATE]" in done.output
    assert by_id(tenant) == before


def test_a_policy_that_was_relaxed_is_not_turned_on_again_unasked(fleet, tenant):
    """Whoever relaxed it may have been locked out; and the newest backup is that of the relaxing."""
    backups = backups_of(tenant)
    fleet.enforce()
    done = with_backup(fleet, "relax", backups)
    assert "rollback puts it back" not in done.output and "turns the policy on again" in done.output
    for arguments in (("--check",), ()):
        done = rolled_back(fleet, kept(backups), *arguments)
        assert done.returncode != 0 and fleet.writes() == [], done.output
        refused = done.of("Put everything as it was before that run")["lockout"]
        assert [one["id"] for one in refused] == ["NO-EVIDENCE"] and f"policy '{BLOCK}'" in refused[0]["where"]
    assert state(tenant)[BLOCK]["state"] == "enabledForReportingButNotEnforced"
    done = rolled_back(fleet.set(accept_risks=["NO-EVIDENCE"]), kept(backups))
    assert done.returncode == 0 and state(tenant)[BLOCK]["state"] == "enabled"
    assert f"Conditional Access policy '{BLOCK}': put back, and it is on" in done.output


def test_a_policy_that_is_on_and_would_stop_more_again(fleet, tenant):
    backups = backups_of(tenant)
    fleet.enforce()
    more = [*SITES, {"name": "Home of Dana", "cidrs": ["203.0.113.80/32"]}]
    with_backup(fleet.set(syncro_sites=more), "deploy", backups)
    done = rolled_back(fleet, kept(backups))
    assert done.returncode != 0 and fleet.writes() == []
    told = {one["id"]: one["where"] for one in done.of("Put everything as it was before that run")["lockout"]}
    assert "no longer leave out 203.0.113.80/32 of 'Trusted - Home of Dana'" in told["NO-EVIDENCE"]


def test_a_location_that_another_policy_needs_by_now(fleet, tenant):
    backups = backups_of(tenant)
    with_backup(fleet, "deploy", backups)
    other = {
        "display_name": "Another",
        "conditions": {
            "users": {"include_groups": ["Technicians"]},
            "applications": {"include_applications": ["All"]},
            "locations": {"include_locations": ["Trusted - Warehouse"]},
        },
        "grant_controls": {"built_in_controls": ["mfa"]},
    }
    tenant.results({"msp.entra.conditional_access_policy": other})
    done = rolled_back(fleet, kept(backups))
    assert done.returncode != 0 and fleet.writes() == []
    assert "is used by 'Another'" in done.output


def test_a_rollback_can_be_taken_back(fleet, tenant):
    backups = backups_of(tenant)
    with_backup(fleet, "deploy", backups)
    before = by_id(tenant)
    again = tenant.home / f"again of {tenant.number}"
    succeeded(rolled_back(fleet.set(backup_path=str(again)), kept(backups)))
    fleet.set(backup_path=None)
    assert by_id(tenant) == {}
    succeeded(rolled_back(fleet, kept(again)))
    assert by_id(tenant) == before


@pytest.mark.practice(tenants=3)
def test_one_file_of_two_tenants_and_a_tenant_it_knows_nothing_of(fleet):
    first, second, third = fleet.tenants
    backups = backups_of(first)
    succeeded(fleet.of(third).run("deploy"))
    with_backup(fleet.of(first, second), "deploy", backups)
    lines = [json.loads(line) for line in kept(backups).read_text(encoding="utf-8").splitlines()]
    assert {line["tenant"] for line in lines if "tenant" in line} == {first.id, second.id}
    done = succeeded(rolled_back(fleet.of(first, third), kept(backups)))
    assert by_id(first) == {} and len(by_id(second)) == len(by_id(third)) == 4
    assert "The backup has nothing of this tenant." in done.output


def test_a_write_that_was_refused_leaves_nothing_to_put_back(fleet, tenant):
    """What a later run made under that name is not its."""
    backups = backups_of(tenant)
    office = {"display_name": "Office", "ip_ranges": ["198.51.100.10/32"]}
    failed = tenant.tasks({"msp.entra.named_location": {**office, "backup_path": str(backups)}}, reader=True)
    assert failed.returncode != 0 and "rollback puts it back" not in failed.results[-1]["result"]["msg"]
    tenant.results({"msp.entra.named_location": office})
    done = succeeded(rolled_back(fleet, kept(backups)))
    assert recap(done, "changed") == 0 and len(by_id(tenant)) == 1


@pytest.mark.practice(faults=[{"path": "namedLocations/", "method": "DELETE", "status": 503}])
def test_a_write_whose_outcome_is_unknown_says_where_the_backup_is(fleet, tenant):
    """A location lost its mark before its delete failed; the mark is put back as the run's own doing."""
    backups = backups_of(tenant)
    office = {"display_name": "Office", "ip_ranges": ["198.51.100.10/32"], "trusted": True}
    (made,) = tenant.results({"msp.entra.named_location": office})
    absent = {"display_name": "Office", "state": "absent", "backup_path": str(backups), "wait_timeout": 1}
    failed = tenant.tasks({"msp.entra.named_location": absent})
    assert failed.returncode != 0
    assert f"What was there before is in {kept(backups)}" in failed.results[-1]["result"]["msg"]
    assert [one["isTrusted"] for one in tenant.locations()] == [False]
    succeeded(rolled_back(fleet, kept(backups)))
    assert [(one["id"], one["isTrusted"]) for one in tenant.locations()] == [(made["named_location"]["id"], True)]


def test_a_backup_that_cannot_be_kept_stops_the_write(fleet, tenant):
    full = tenant.home / "full"
    full.touch()
    done = fleet.set(backup_path=str(full)).run("deploy")
    assert done.returncode != 0 and fleet.writes() == [] and by_id(tenant) == {}
    assert "backup_path: " in done.output and "so it was not changed" in done.output


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        ("x=y", "backup_file: is missing; a text is needed."),
        ("backup_file=nowhere.jsonl", "backup_file: 'nowhere.jsonl' cannot be read"),
    ],
    ids=["no file", "not there"],
)
def test_without_a_backup_nothing_is_sent(fleet, argument, told):
    done = fleet.run("rollback", "-e", argument)
    assert done.returncode != 0 and told in done.output and ansible_run.graph_requests(fleet.log()) == []
