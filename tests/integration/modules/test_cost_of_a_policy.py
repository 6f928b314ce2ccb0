# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task sends: one request where nothing changes, few for many names, and of a change no more than what changed."""

from __future__ import annotations

import itertools

import ansible_run
import pytest
import wire
from policy_corpus import CORPUS, LOCATIONS, MEANT, for_domain
from practice import Tenant, tenant_seed

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import named_location, policy
from graph_emulator.launch import RunningEmulator

pytestmark = pytest.mark.one_ansible

MANY = 50


@pytest.fixture
def crowded(tmp_path):
    """A tenant with fifty more of each kind."""
    seed = tenant_seed(1)
    seed["users"] += [{"upn": f"person{n}@tenant1.example", "enabled": True} for n in range(MANY)]
    seed["groups"] += [{"name": f"Team {n}"} for n in range(MANY)]
    seed["applications"] += [{"name": f"Application {n}"} for n in range(MANY)]
    with RunningEmulator({"tenants": [seed]}, directory=tmp_path) as server:
        yield Tenant(1, server, tmp_path)


def fifty_of_each(tenant, by_id):
    """Fifty users, groups and applications, by name or by id."""
    users, groups, applications = (
        [one for one in tenant.graph("GET", f"{path}?$top=999")["value"] if one[name].startswith(start)]
        for path, name, start in (
            ("/users", "userPrincipalName", "person"),
            ("/groups", "displayName", "Team "),
            ("/servicePrincipals", "displayName", "Application "),
        )
    )
    names = ("id", "id", "appId") if by_id else ("userPrincipalName", "displayName", "displayName")
    told = [[one[name] for one in objects] for objects, name in zip((users, groups, applications), names, strict=True)]
    assert [len(one) for one in told] == [MANY] * 3
    return told


def crowd(users, groups, applications):
    return {
        "display_name": "Crowd",
        "enforcement": "disabled",
        "conditions": {
            "users": {"include_users": users, "exclude_groups": groups},
            "applications": {"include_applications": applications},
        },
        "grant_controls": {"built_in_controls": ["mfa"]},
    }


@pytest.mark.parametrize("by_id", [False, True], ids=["by name", "by id"])
def test_fifty_users_groups_and_applications_cost_four_requests_with_the_write(crowded, by_id):
    task = {"msp.entra.conditional_access_policy": crowd(*fifty_of_each(crowded, by_id))}
    made, again = crowded.results(task, task)
    assert made["changed"] and not again["changed"]
    log = ansible_run.graph_requests(crowded.log())
    # Looked up, told in the diff by name (known already where they were asked for by id), written, read back; and all that is
    # asked is in one batch where nothing changes.
    batches = 1 if by_id else 2
    ways = [(line["method"], line["path"].split("/")[-1]) for line in log]
    assert ways == [("POST", "$batch")] * batches + [("POST", "policies"), ("GET", "policies"), ("POST", "$batch")]
    assert (made["requests"]["count"], again["requests"]["count"]) == (batches + 2, 1)
    (there,) = crowded.policies()
    assert len(there["conditions"]["users"]["includeUsers"]) == MANY
    assert len(there["conditions"]["applications"]["includeApplications"]) == MANY


def test_fifty_names_that_nobody_has_are_in_one_error_with_the_nearest(crowded):
    users, groups, applications = fifty_of_each(crowded, by_id=False)
    wrong = crowd([f"x{one}" for one in users], [f"{one} x" for one in groups], applications)
    done = crowded.tasks({"msp.entra.conditional_access_policy": wrong})
    problems = done.of("0")["problems"]
    assert len(problems) == 2 * MANY and ansible_run.writes(crowded.log()) == []
    assert all("Near matches: Team" in problem for problem in problems if "group" in problem)


def test_a_policy_whose_task_changes_nothing_costs_one_request_whatever_is_in_it(tenant):
    corpus = [{**for_domain(one, tenant.domain), "accept_risks": MEANT} for one in CORPUS[:: len(CORPUS) // 12]]
    tasks = [{"msp.entra.conditional_access_policy": one} for one in corpus]
    tenant.results(*({"msp.entra.named_location": one} for one in LOCATIONS), *tasks)
    results = tenant.results(*tasks)
    assert {one["requests"]["count"] for one in results} == {1}
    assert len(ansible_run.graph_requests(tenant.log())) == len(tasks) and ansible_run.writes(tenant.log()) == []
    assert len(ansible_run.token_requests(tenant.log())) == 1


STATES = {"enabled": "enabled", "disabled": "disabled", "report_only": "enabledForReportingButNotEnforced"}


@pytest.mark.parametrize("more", [{}, {"exact": True}], ids=["alone", "beside what is so already"])
def test_a_change_of_enforcement_is_one_patch_of_the_state(tenant, more):
    reads = wire.reads_of(tenant)
    wire.ensure(named_location, reads, **LOCATIONS[0])
    whole = {
        "display_name": "Switched",
        "conditions": {
            "users": {"include_users": ["All"], "exclude_users": [tenant.upn("breakglass")]},
            "applications": {"include_applications": ["Syncro SSO"]},
            "locations": {"include_locations": ["All"], "exclude_locations": ["Office"]},
        },
        "grant_controls": {"authentication_strength": "Phishing-resistant MFA"},
        "session_controls": {"sign_in_frequency": {"frequency_interval": "everyTime"}},
        "enforcement": "disabled",
    }
    wire.ensure(policy, reads, **whole)
    given = {**whole, **more} if more else {"display_name": "Switched"}
    for one, other in itertools.permutations(STATES, 2):
        wire.ensure(policy, reads, **{**given, "enforcement": one})
        with wire.recorded() as sent:
            done = wire.ensure(policy, reads, **{**given, "enforcement": other})
        assert done["changed"] and sent == [wire.Sent("PATCH", "policies", {"state": STATES[other]})]


def test_one_error_has_every_name_that_nobody_or_several_have(tmp_path):
    """Of each kind that can be named, and of those several have: with what is near, and with the ids that it could be."""
    twins = [{"name": "Doubles", "id": f"{n}abcdeff-aaaa-4bbb-8ccc-dddddddddddd"} for n in (1, 2)]
    seed = tenant_seed(1)
    seed["groups"] += twins
    seed["named_locations"] = [
        {
            "@odata.type": "#microsoft.graph.countryNamedLocation",
            "id": f"{n}abcdeff-aaaa-4bbb-8ccc-eeeeeeeeeeee",
            "displayName": "Everywhere",
            "countriesAndRegions": ["DE"],
        }
        for n in (1, 2)
    ]
    users = {
        "include_users": ["All"],
        "exclude_users": ["dan@tenant1.example"],
        "exclude_groups": ["Technicans", "Doubles"],
        "exclude_roles": ["Global Readers"],
        "exclude_guests_or_external_users": {
            "guest_or_external_user_types": ["serviceProvider"],
            "external_tenants": {"members": ["nowhere.example"]},
        },
    }
    conditions = {
        "users": users,
        "applications": {"include_applications": ["Syncro"], "exclude_applications": ["Sinker"]},
        "locations": {"include_locations": ["All"], "exclude_locations": ["Everywhere", "Ofice"]},
    }
    grant = {"authentication_strength": "Keys onyl", "terms_of_use": ["House rule"]}
    people = {"display_name": "People", "conditions": conditions, "grant_controls": grant}
    other = {
        "display_name": "Others",
        "conditions": {
            "client_applications": {"include_service_principals": ["Syncro SO"]},
            "applications": {"include_authentication_contexts": ["Secret thing"]},
        },
        "grant_controls": {"built_in_controls": ["block"]},
    }
    with RunningEmulator({"tenants": [seed]}, directory=tmp_path) as server:
        tenant = Tenant(1, server, tmp_path)
        tasks = ({"msp.entra.conditional_access_policy": one, "name": one["display_name"]} for one in (people, other))
        done = tenant.tasks(*tasks, keep_going=True)
        assert ansible_run.writes(tenant.log()) == []
    told = {text.split(": ", 1)[0]: text.split(": ", 1)[1] for text in done.of("People")["problems"]}
    expected = {
        "users.exclude_users[0]": "Near matches: dana@tenant1.example",
        "users.exclude_groups[0]": "Near matches: Technicians",
        "users.exclude_groups[1]": "'Doubles' is the name of 2 groups (" + ", ".join(one["id"] for one in twins) + ")",
        "users.exclude_roles[0]": "Near matches: Global Reader",
        "users.exclude_guests_or_external_users.external_tenants.members[0]": "no tenant of the domain 'nowhere.example'",
        "applications.include_applications[0]": "Near matches: Syncro SSO",
        "applications.exclude_applications[0]": "there is no application 'Sinker'",
        "locations.exclude_locations[0]": "'Everywhere' is the name of 2 locations (1abcdeff-",
        "locations.exclude_locations[1]": "there is no location 'Ofice'",
    }
    controls = {"authentication_strength": "Near matches: Keys only", "terms_of_use[0]": "Near matches: House rules"}
    expected = {f"conditions.{path}": text for path, text in expected.items()}
    expected |= {f"grant_controls.{path}": text for path, text in controls.items()}
    assert {path: text for path, text in expected.items() if text not in told.get(path, "")} == {}
    assert set(told) == set(expected)
    told = {text.split(": ", 1)[0]: text for text in done.of("Others")["problems"]}
    assert "Near matches: Syncro SSO" in told["conditions.client_applications.include_service_principals[0]"]
    assert "Near matches: Secret things" in told["conditions.applications.include_authentication_contexts[0]"]
