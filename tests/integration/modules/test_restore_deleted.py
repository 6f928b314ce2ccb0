# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was deleted: listed by the _info modules, and brought back with its id."""

from __future__ import annotations

import ansible_run
import pytest

pytestmark = [pytest.mark.one_ansible, pytest.mark.usefixtures("together")]

POLICY = "msp.entra.conditional_access_policy"
LOCATION = "msp.entra.named_location"
OBJECTS = {
    LOCATION: {"display_name": "Office", "ip_ranges": ["198.51.100.10/32"], "trusted": True},
    POLICY: {
        "display_name": "Keys",
        "enforcement": "disabled",
        "conditions": {
            "users": {"include_groups": ["Technicians"]},
            "applications": {"include_applications": ["Syncro SSO"]},
        },
        "grant_controls": {"authentication_strength": "Phishing-resistant MFA"},
    },
}
CHANGE = {
    LOCATION: {"ip_ranges": ["198.51.100.11/32"]},
    POLICY: {"description": "changed on the way"},
}
KEYS = {LOCATION: ("named_location", "named_locations"), POLICY: ("policy", "policies")}
MODULES = pytest.mark.parametrize("module", list(OBJECTS))


def do(module, **options):
    return {module: options}


def info(module, **options):
    return {f"{module}_info": options}


def one_that_was_deleted(tenant, module):
    """As its module last showed it."""
    made, dummy = tenant.results(
        do(module, **OBJECTS[module]), do(module, display_name=OBJECTS[module]["display_name"], state="absent")
    )
    return made[KEYS[module][0]]


@MODULES
def test_it_is_listed_apart_with_the_moment(tenant, module):
    deleted = one_that_was_deleted(tenant, module)
    there, gone, other = tenant.results(
        info(module), info(module, deleted=True), info(module, deleted=True, display_name="x")
    )
    many = KEYS[module][1]
    assert (there[many], other[many]) == ([], [])
    # Before Entra deletes a trusted location, the mark has to be off.
    assert gone[many] == [{**deleted, "trusted": False} if module == LOCATION else deleted]
    assert gone["metadata"][deleted["id"]]["deleted"].startswith("20")
    assert there["requests"]["count"] == gone["requests"]["count"] == 1


@MODULES
@pytest.mark.parametrize("by", ["display_name", "id"])
def test_it_comes_back_with_its_id_and_is_as_asked_for(tenant, module, by):
    deleted = one_that_was_deleted(tenant, module)
    wanted = {**OBJECTS[module], **CHANGE[module]}
    if by == "id":
        wanted = {"id": deleted["id"], **wanted, "display_name": "Another name"}
    task = do(module, restore_deleted=True, **wanted)
    (checked,) = tenant.results(task, arguments=["--check", "--diff"])
    assert checked["changed"] and not ansible_run.writes(tenant.log())
    assert checked["diff"]["before"] == {}
    restored, again = tenant.results(task, task, arguments=["--diff"])
    one = KEYS[module][0]
    assert restored["changed"] and restored["diff"] == checked["diff"]
    assert restored[one] == checked[one]
    assert restored[one]["id"] == deleted["id"] and restored[one]["display_name"] == wanted["display_name"]
    assert restored["metadata"].get("deleted") is None
    assert {name: restored[one][name] for name in CHANGE[module]} == CHANGE[module]
    assert not again["changed"] and again["requests"]["count"] == 1


@MODULES
def test_what_is_left_out_stays_as_it_was(tenant, module):
    deleted = one_that_was_deleted(tenant, module)
    (restored,) = tenant.results(do(module, id=deleted["id"], restore_deleted=True))
    assert restored[KEYS[module][0]] == ({**deleted, "trusted": False} if module == LOCATION else deleted)


@MODULES
def test_without_the_option_a_new_one_is_made(tenant, module):
    deleted = one_that_was_deleted(tenant, module)
    (made,) = tenant.results(do(module, **OBJECTS[module]))
    assert made[KEYS[module][0]]["id"] != deleted["id"]


@MODULES
def test_one_that_is_there_is_not_restored_over(tenant, module):
    one_that_was_deleted(tenant, module)
    made, kept = tenant.results(do(module, **OBJECTS[module]), do(module, restore_deleted=True, **OBJECTS[module]))
    assert kept[KEYS[module][0]] == made[KEYS[module][0]] and not kept["changed"]


@MODULES
def test_where_nothing_was_deleted_a_new_one_is_made(tenant, module):
    (made,) = tenant.results(do(module, restore_deleted=True, **OBJECTS[module]))
    assert made["changed"] and made[KEYS[module][0]]["display_name"] == OBJECTS[module]["display_name"]


@MODULES
def test_several_that_were_deleted_are_named(tenant, module):
    deleted = one_that_was_deleted(tenant, module)
    options = OBJECTS[module]
    absent = do(module, display_name=options["display_name"], state="absent")
    second = tenant.results(do(module, **options), absent)[0][KEYS[module][0]]
    done = tenant.tasks(do(module, restore_deleted=True, **options))
    message = done.results[-1]["result"]["msg"]
    assert done.returncode != 0 and not ansible_run.writes(tenant.log())
    assert deleted["id"] in message and second["id"] in message and "(deleted 20" in message


@MODULES
def test_an_id_that_nothing_has_or_had(tenant, module):
    done = tenant.tasks(do(module, id="4b1d7a35-3f0c-4d25-8f6a-6a6d5a0e0b01", restore_deleted=True))
    assert done.returncode != 0 and "there is no" in done.results[-1]["result"]["msg"]


def test_the_guard_judges_a_policy_as_it_comes_back(tenant):
    """It is enabled from the moment it is back, whatever is asked for."""
    block = {
        "display_name": "Wall",
        "enforcement": "enabled",
        "conditions": {"users": {"include_users": ["All"]}, "applications": {"include_applications": ["All"]}},
        "grant_controls": {"built_in_controls": ["block"]},
    }
    risks = ["NO-BREAK-GLASS", "BLOCK-ALL", "NO-TRUSTED-LOCATION"]
    tenant.results(do(POLICY, **block, accept_risks=risks), do(POLICY, display_name="Wall", state="absent"))
    done = tenant.tasks(do(POLICY, display_name="Wall", restore_deleted=True, enforcement="disabled"))
    result = done.results[-1]["result"]
    assert done.returncode != 0 and not ansible_run.writes(tenant.log())
    assert [reason["id"] for reason in result["lockout"]] == risks
    restore = do(POLICY, display_name="Wall", restore_deleted=True, enforcement="disabled", accept_risks=risks)
    (restored,) = tenant.results(restore)
    assert restored["policy"]["enforcement"] == "disabled" and len(restored["warnings"]) == 3


@MODULES
@pytest.mark.parametrize("named", [True, False], ids=["by id and name", "by id"])
def test_it_does_not_come_back_beside_another_of_its_name(tenant, module, named):
    deleted = one_that_was_deleted(tenant, module)
    (twin,) = tenant.results(do(module, **OBJECTS[module]))
    name = {"display_name": OBJECTS[module]["display_name"]} if named else {}
    done = tenant.tasks(do(module, id=deleted["id"], restore_deleted=True, **name))
    told = done.results[-1]["result"]["msg"]
    assert done.returncode != 0 and not ansible_run.writes(tenant.log())
    assert twin[KEYS[module][0]]["id"] in told and "Give it another with display_name" in told
    other = tenant.results(do(module, id=deleted["id"], restore_deleted=True, display_name="Another"))[0]
    assert other[KEYS[module][0]]["display_name"] == "Another"
