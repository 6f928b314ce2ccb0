# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes that real tenants have policies in: read, given back unchanged, and changed beside what nobody knows."""

from __future__ import annotations

import ansible_run
import pytest
from policies_in_the_wild import GONE, HERE_ONLY, OLD_RANGES, TWINS, WILD, changes_of, tenant_in_the_wild
from practice import Tenant

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_schema import POLICY
from graph_emulator.launch import RunningEmulator

pytestmark = pytest.mark.one_ansible

INFO = {"msp.entra.conditional_access_policy_info": {}}
BY_NAME = {"msp.entra.conditional_access_policy_info": {"names": True}}
LOCATIONS = {"msp.entra.named_location_info": {}}
EVERYTHING = [*WILD, *HERE_ONLY, *TWINS]


@pytest.fixture
def wild(tmp_path):
    """A tenant with all of them."""
    seed = tenant_in_the_wild(*HERE_ONLY, *TWINS, locations=[OLD_RANGES])
    with RunningEmulator({"tenants": [seed]}, directory=tmp_path) as server:
        yield Tenant(1, server, tmp_path)


def do(policy):
    return {"msp.entra.conditional_access_policy": policy, "name": policy["display_name"]}


def given_back(tenant, info, listed, module, more=None):
    """What the _info module shows, and the results of giving each of it back, which must not want to change anything."""
    looped = {f"msp.entra.{module}": f"{{{{ item | combine({more or {}}) }}}}", "loop": f"{{{{ shown.{listed} }}}}"}
    shown, fed = tenant.results({**info, "register": "shown"}, looped, arguments=["--diff"])
    assert [(one["item"]["display_name"], one["diff"]) for one in fed["results"] if one["changed"]] == []
    assert ansible_run.writes(tenant.log()) == []
    return shown, fed["results"]


@pytest.mark.parametrize("info", [INFO, BY_NAME], ids=["by id", "by name"])
@pytest.mark.parametrize("exact", [{}, {"exact": True}], ids=["given", "exactly"])
def test_what_is_read_is_given_back_without_a_change(wild, info, exact):
    shown, results = given_back(wild, info, "policies", "conditional_access_policy", exact)
    assert len(shown["policies"]) == len(EVERYTHING) and not shown.get("warnings")
    told = {one["policy"]["id"]: one["unknown"] for one in results if one["unknown"]}
    assert told == shown["unknown"]
    newer = {policy["displayName"] for policy in EVERYTHING if "from_a_newer_graph" in policy}
    assert {policy["display_name"] for policy in shown["policies"] if policy["id"] in told} == newer


def test_locations_are_given_back_without_a_change(wild):
    shown, _results = given_back(wild, LOCATIONS, "named_locations", "named_location")
    assert shown["unknown"] == {} and len(shown["named_locations"]) == 8


def test_what_is_gone_is_told_by_what_refers_to_it(wild):
    (shown,) = wild.results(BY_NAME)
    told = {text.split(": ")[1] for texts in shown["orphans"].values() for text in texts}
    assert told == set(GONE.values())
    names = {policy["id"]: policy["display_name"] for policy in shown["policies"]}
    assert {names[policy].split(" 0")[0] for policy in shown["orphans"]} == {"wild gone", "here only"}


def test_templates_are_told_beside_the_policy(wild):
    (shown,) = wild.results(INFO)
    (told,) = [one for one in shown["metadata"].values() if one["template_id"]]
    assert told["template_id"] == "c7503427-338e-4c5e-902d-abe252abfb43"


def test_what_only_a_newer_graph_knows_survives_a_change_of_anything_else(wild):
    (before,) = wild.results(INFO)
    newer = [policy for policy in before["policies"] if policy["id"] in before["unknown"]]
    there = {policy["id"]: strange(policy) for policy in wild.policies()}
    assert len(newer) >= 20 and all(there[policy["id"]] for policy in newer)
    tasks = [
        do({"id": p["id"], "display_name": p["display_name"], **change}) for p in newer for change in changes_of(p)
    ]
    results = wild.results(*tasks)
    assert [task["name"] for task, one in zip(tasks, results, strict=True) if not one["changed"]] == []
    for one in results:
        assert one["unknown"] == before["unknown"][one["policy"]["id"]]
        assert any("does not know what the Conditional Access policy holds in" in text for text in one["warnings"])
    assert {policy["id"]: strange(policy) for policy in wild.policies()} == there


def strange(policy):
    """What is in a policy of Graph's that no option is for, with its values."""
    rest = {text.split(":")[0] for text in POLICY.unknown(policy)}
    found = {}
    for path in sorted(rest):
        value = policy
        for name in path.split("."):
            value = value[name]
        # Of a list of words only those that are not known: the others may change.
        words = value.split(",") if isinstance(value, str) else value
        known = [text.split(": ")[1] for text in POLICY.unknown(policy) if text.startswith(f"{path}: ")]
        found[path] = sorted(word for word in words if word in known) if known and isinstance(words, list) else value
    return found


def test_a_session_control_that_was_off_is_switched_on_where_it_is_asked_for(wild):
    name = "wild sessions 00"
    on, off, away = wild.results(
        do({"display_name": name, "session_controls": {"persistent_browser": {"mode": "never"}}}),
        do({"display_name": name, "session_controls": {"persistent_browser": {"enabled": False, "mode": "never"}}}),
        do({"display_name": name, "session_controls": {}}),
    )
    assert on["changed"] and on["policy"]["session_controls"]["persistent_browser"] == {
        "enabled": True,
        "mode": "never",
    }
    assert off["changed"] and off["policy"]["session_controls"] is None and not away["changed"]


def test_two_of_a_name_are_told_apart_by_id_only(wild):
    (shown,) = wild.results(INFO)
    twins = [policy for policy in shown["policies"] if policy["display_name"] == "Twins"]
    assert len({twin["id"] for twin in twins}) == 2
    done = wild.tasks(do({"display_name": "Twins", "description": "x"}), keep_going=True)
    assert all(twin["id"] in done.of("Twins")["msg"] for twin in twins) and ansible_run.writes(wild.log()) == []


def test_every_shape_is_one_that_graph_shows(wild):
    """The seed is the tenant: what is written as found is shown so."""
    shown = {policy["displayName"]: policy for policy in wild.policies()}
    seed = tenant_in_the_wild()["policies"]
    assert len(seed) >= 60
    for policy in (one for one in seed if one.get("as_found")):
        found = shown[policy["displayName"]]
        if policy.get("sessionControls") is not None:
            assert found["sessionControls"] == policy["sessionControls"]
        assert set(policy["conditions"]) == set(found["conditions"])
    assert not any({"as_found", "from_a_newer_graph"} & set(policy) for policy in shown.values())
