# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollback does with a backup that a killed run left, and what it refuses before the first write."""

from __future__ import annotations

import json

import pytest
from fake_tenant import LOCATIONS, POLICIES, SECURITY_DEFAULTS, TENANT_ID, guid

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import named_location, policy, rollback
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.lockout import Refused
from ansible_collections.msp.entra.plugins.plugin_utils.graph.claims import Caller

LOCATION = {"display_name": "Office", "ip_ranges": ["93.184.216.34/32"]}
MFA = {
    "display_name": "MFA",
    "enforcement": "enabled",
    "conditions": {
        "users": {"include_groups": [guid(7)]},
        "applications": {"include_applications": ["All"]},
    },
    "grant_controls": {"built_in_controls": ["mfa"]},
}


class Practice:
    """A tenant, and runs of the modules on it that keep a backup."""

    def __init__(self, tenant, folder):
        self.tenant, self.folder = tenant, folder
        tenant.objects["/groups"] = [{"id": guid(7), "displayName": "Technicians"}]

    def does(self, module, **options):
        spec = {"state": "present", "backup_path": str(self.folder)}
        options = module.SPEC.validate({**spec, **options})
        result = module.ensure(options, self.tenant.reads(), False)
        self.file = result["backup_file"]
        return result

    def lines(self):
        with open(self.file, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def keeps(self, lines):
        """Write the backup anew, as it would be had the run been killed, say."""
        with open(self.file, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)

    def back(self, check_mode=False, **options):
        self.tenant.sent.clear()
        options = rollback.SPEC.validate({"backup_file": self.file, **options})
        return rollback.put_back(options, self.tenant.reads(), check_mode)

    def refusal(self, **options):
        with pytest.raises(Refused) as refused:
            self.back(**options)
        assert self.tenant.writes() == []
        return str(refused.value)


@pytest.fixture
def practice(tenant, tmp_path):
    return Practice(tenant, tmp_path)


def done(result):
    return [(one["display_name"], one["done"]) for one in result["objects"]]


def test_one_request_looks_at_everything(practice, tenant):
    practice.does(named_location, **LOCATION)
    practice.back(check_mode=True)
    assert tenant.verbs() == ["BATCH"]


def test_an_object_that_was_written_twice_goes_back_to_what_it_was_first(practice, tenant):
    practice.does(policy, **MFA)
    practice.keeps([])
    (before,) = (dict(one) for one in tenant.objects[POLICIES])
    practice.does(policy, **{**MFA, "enforcement": "disabled"})
    practice.does(policy, **{**MFA, "enforcement": "report_only", "description": "later"})
    assert done(practice.back()) == [("MFA", "put back")]
    after = {name: value for name, value in tenant.objects[POLICIES][0].items() if value is not None}
    assert after == before


@pytest.mark.parametrize("left", [1, 2, 3], ids=["before it was sent", "with its id", "as it was seen"])
def test_a_create_that_the_run_was_killed_at_is_found(practice, tenant, left):
    practice.does(named_location, **LOCATION)
    practice.keeps(practice.lines()[:left])
    assert done(practice.back()) == [("Office", "deleted")]
    assert tenant.objects[LOCATIONS] == []


def test_a_create_that_was_never_sent_leaves_nothing_to_do(practice, tenant):
    practice.does(named_location, **LOCATION)
    practice.keeps(practice.lines()[:1])
    tenant.objects[LOCATIONS] = []
    result = practice.back()
    assert not result["changed"] and done(result) == [("Office", "left as it is")] and tenant.writes() == []


def test_one_of_the_same_name_that_is_another_is_left_alone(practice, tenant):
    practice.does(named_location, **LOCATION)
    practice.keeps(practice.lines()[:1])
    tenant.objects[LOCATIONS][0]["ipRanges"][0]["cidrAddress"] = "93.184.216.35/32"
    assert not practice.back()["changed"]


def test_two_that_the_killed_create_may_have_made_are_named(practice, tenant):
    practice.does(named_location, **LOCATION)
    practice.keeps(practice.lines()[:1])
    tenant.objects[LOCATIONS].append({**tenant.objects[LOCATIONS][0], "id": guid(2)})
    assert guid(2) in practice.refusal()


def test_an_update_that_was_never_sent_leaves_nothing_to_do(practice, tenant):
    practice.does(named_location, **LOCATION)
    made = practice.lines()
    before = json.loads(json.dumps(tenant.objects[LOCATIONS]))
    practice.does(named_location, **{**LOCATION, "ip_ranges": ["93.184.216.35/32"]})
    practice.keeps(practice.lines()[len(made) :][:1])
    tenant.objects[LOCATIONS] = before
    assert not practice.back()["changed"] and tenant.writes() == []


def test_what_was_deleted_and_made_again_by_that_name_would_be_there_twice(practice, tenant):
    practice.does(policy, **MFA)
    practice.keeps([])
    practice.does(policy, display_name="MFA", state="absent")
    tenant.objects[POLICIES].append({"id": guid(9), "displayName": "MFA", "state": "disabled"})
    assert f"would be beside {guid(9)}" in practice.refusal(force=True)


def test_what_the_run_itself_made_by_that_name_makes_room(practice, tenant):
    practice.does(policy, **MFA)
    practice.keeps([])
    old = tenant.objects[POLICIES][0]["id"]
    practice.does(policy, display_name="MFA", state="absent")
    practice.does(policy, **MFA)
    result = practice.back()
    assert sorted(done(result)) == [("MFA", "deleted"), ("MFA", "restored")]
    assert [one["id"] for one in tenant.objects[POLICIES]] == [old]


def test_what_somebody_deleted_since_takes_force(practice, tenant):
    practice.does(named_location, **LOCATION)
    practice.keeps([])
    practice.does(named_location, **{**LOCATION, "ip_ranges": ["93.184.216.35/32"]})
    tenant.delete(f"{LOCATIONS}/{tenant.objects[LOCATIONS][0]['id']}")
    assert "has been deleted since the backup, by a later run or by a person" in practice.refusal()
    assert done(practice.back(force=True)) == [("Office", "restored")]
    assert tenant.objects[LOCATIONS][0]["ipRanges"][0]["cidrAddress"] == "93.184.216.34/32"


def test_what_somebody_made_again_since_takes_force(practice, tenant):
    practice.does(named_location, **LOCATION)
    practice.keeps([])
    practice.does(named_location, display_name="Office", state="absent")
    gone = tenant.objects["/identity/conditionalAccess/deletedItems/namedLocations"].pop()
    tenant.objects[LOCATIONS] = [{**gone, "displayName": "Depot"}]
    assert "is there again, in another form" in practice.refusal()
    assert done(practice.back(force=True)) == [("Office", "put back")]


def test_an_enabled_policy_does_not_come_back_while_security_defaults_are_on(practice, tenant):
    practice.does(policy, **MFA)
    practice.keeps([])
    practice.does(policy, display_name="MFA", state="absent")
    tenant.single[SECURITY_DEFAULTS]["isEnabled"] = True
    assert "security defaults: are on" in practice.refusal()


def test_all_that_is_wrong_is_said_at_once(practice, tenant):
    practice.does(named_location, **LOCATION)
    tenant.objects[LOCATIONS][0]["displayName"] = "Depot"
    told = practice.refusal(break_glass_accounts=["nobody@t.example"], service_account="noone@t.example")
    for part in ("has been changed (displayName)", "[BREAK-GLASS-MISSING]", "service_account: there is no user"):
        assert part in told


def test_what_a_backup_may_have_lost_is_a_warning_ahead_of_the_first_write(practice, tenant):
    """It may be all that a killed run has left, which has to be put back; or a copy that was broken off."""
    practice.does(named_location, **LOCATION)
    practice.does(policy, **MFA)
    assert practice.back(check_mode=True)["warnings"] == []
    practice.keeps(practice.lines()[:-1])
    (warning,) = practice.back(check_mode=True)["warnings"]
    assert "does not have how 1 write ended (create of Conditional Access policy 'MFA')" in warning
    assert tenant.writes() == []


def test_a_backup_says_which_tenants_it_is_of(practice, tenant):
    practice.does(named_location, **LOCATION)
    result = practice.back(check_mode=True)
    assert (result["of_this_tenant"], result["tenants"]) == (True, [TENANT_ID])


def test_the_backup_of_another_tenant_is_left_alone(practice, tenant):
    practice.does(named_location, **LOCATION)
    tenant.tenant_id = "77777777-9999-4999-8999-999999999999"
    known = {"of_this_tenant": False, "tenants": [TENANT_ID]}
    assert practice.back() == {"changed": False, "diff": [], "objects": [], "warnings": [], **known}
    assert tenant.sent == []


def test_a_backup_of_a_kind_that_is_not_known(practice):
    practice.does(named_location, **LOCATION)
    practice.keeps([{**line, "noun": "cross-tenant setting"} if "noun" in line else line for line in practice.lines()])
    with pytest.raises(Exception, match="has cross-tenant setting in it, which this version cannot put back"):
        practice.back()


def test_addresses_are_not_taken_away_from_under_an_enforced_policy(practice, tenant):
    practice.does(named_location, **LOCATION)
    practice.keeps([])
    practice.does(named_location, **{**LOCATION, "ip_ranges": [*LOCATION["ip_ranges"], "93.184.216.35/32"]})
    (office,) = tenant.objects[LOCATIONS]
    blocks = {
        "id": guid(31),
        "displayName": "Part A",
        "state": "enabled",
        "conditions": {"locations": {"includeLocations": ["All"], "excludeLocations": [office["id"]]}},
        "grantControls": {"builtInControls": ["block"]},
    }
    tenant.objects[POLICIES].append(blocks)
    assert "[SITE-SHRUNK]" in (told := practice.refusal()) and "'Office' and policy 'Part A': 93.184.216.35/32" in told
    tenant.objects[POLICIES] = [{**blocks, "state": "disabled"}]
    assert done(practice.back()) == [("Office", "put back")]


def test_several_policies_that_come_back_together_leave_a_way(practice, tenant):
    """Neither of the two would shut out both of the accounts; it takes the set after all writes."""
    accounts = [guid(1), guid(2)]
    tenant.objects["/users"] = [
        {"id": one, "userPrincipalName": f"{one}@x.y", "accountEnabled": True} for one in accounts
    ]
    for number, account in enumerate(accounts):
        policy_of_one = {**MFA, "display_name": f"P{number}", "grant_controls": {"built_in_controls": ["block"]}}
        policy_of_one["conditions"] = {**MFA["conditions"], "users": {"include_users": [account]}}
        practice.does(policy, **policy_of_one)
    practice.keeps([])
    for number in range(2):
        practice.does(policy, display_name=f"P{number}", state="absent")
    waived = {"break_glass_accounts": accounts, "accept_risks": ["BREAK-GLASS-NOT-EXCLUDED", "NO-EVIDENCE"]}
    assert "[NO-WAY-BACK]" in practice.refusal(**waived)
    practice.keeps(practice.lines()[: len(practice.lines()) // 2])
    assert done(practice.back(**waived)) == [("P0", "restored")]


def test_a_policy_that_would_block_who_puts_it_back_does_not_come_back(practice, tenant):
    # Which accounts are kept for emergencies is another subject.
    unknown = {"accept_risks": ["NO-BREAK-GLASS", "NO-EVIDENCE"]}
    practice.does(policy, **{**MFA, "grant_controls": {"built_in_controls": ["block"]}, **unknown})
    practice.keeps([])
    practice.does(policy, display_name="MFA", state="absent")
    tenant.caller = Caller(guid(3), False, "dana@x.y")
    tenant.objects[f"/users/{guid(3)}/transitiveMemberOf"] = [{"@odata.type": "#microsoft.graph.group", "id": guid(7)}]
    assert "[CALLER-BLOCKED]" in practice.refusal(**unknown)
    tenant.objects[f"/users/{guid(3)}/transitiveMemberOf"] = []
    assert done(practice.back(**unknown)) == [("MFA", "restored")]


def test_to_put_enforcement_back_is_never_barred(practice, tenant):
    """Whatever is wrong with a policy that was switched on, as when it stops the break-glass account."""
    tenant.objects["/users"] = [{"id": guid(1), "userPrincipalName": "a@x.y", "accountEnabled": True}]
    everyone = {**MFA["conditions"], "users": {"include_users": ["All"]}}
    trial = {**MFA, "conditions": everyone, "grant_controls": {"built_in_controls": ["compliantDevice"]}}
    practice.does(policy, **{**trial, "enforcement": "report_only", "accept_risks": ["NO-BREAK-GLASS"]})
    practice.keeps([])
    practice.does(policy, **{**trial, "accept_risks": ["NO-BREAK-GLASS"]})
    assert done(practice.back(break_glass_accounts=["a@x.y"])) == [("MFA", "put back")]


def test_a_policy_whose_group_is_gone_by_now_is_refused_or_goes_without_it(practice, tenant):
    """And nothing else is put back before that is said."""
    users = {"include_groups": [guid(7)], "exclude_groups": [guid(8)]}
    tenant.objects["/groups"].append({"id": guid(8), "displayName": "Gone soon"})
    wanted = {**MFA, "conditions": {**MFA["conditions"], "users": users}}
    practice.does(policy, **wanted)
    practice.does(named_location, **LOCATION)
    practice.keeps([])
    practice.does(named_location, **{**LOCATION, "ip_ranges": ["93.184.216.35/32"]})
    practice.does(policy, **{**wanted, "conditions": {"users": {**users, "exclude_groups": []}}})
    tenant.objects["/groups"] = [one for one in tenant.objects["/groups"] if one["id"] == guid(7)]
    told = practice.refusal()
    assert f"conditions.users.exclude_groups[0]: {guid(8)}" in told and "With force, it is put back without" in told
    result = practice.back(force=True)
    assert [text for text in result["warnings"] if guid(8) in text]
    users = tenant.objects[POLICIES][0]["conditions"]["users"]
    assert (users["includeGroups"], users["excludeGroups"]) == ([guid(7)], [])
    assert tenant.objects[LOCATIONS][0]["ipRanges"][0]["cidrAddress"] == "93.184.216.34/32"
    assert not practice.back(force=True)["changed"]
