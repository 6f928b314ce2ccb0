# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""conditional_access_policy and conditional_access_policy_info, against a practice tenant."""

from __future__ import annotations

import ansible_run
import pytest

pytestmark = pytest.mark.usefixtures("together")

OFFICE = {
    "msp.entra.named_location": {"display_name": "Trusted - Office", "ip_ranges": ["198.51.100.10/32"], "trusted": True}
}
INFO = {"msp.entra.conditional_access_policy_info": {}}
NAME = "Block Syncro - Outside Trusted IPs"


def do(**arguments):
    return {"msp.entra.conditional_access_policy": arguments}


def part_a(tenant, **more):
    return {
        "display_name": NAME,
        "conditions": {
            "users": {"include_users": ["All"], "exclude_users": [tenant.upn("breakglass"), tenant.upn("syncro-svc")]},
            "applications": {"include_applications": ["Syncro SSO"]},
            "locations": {"include_locations": ["All"], "exclude_locations": ["Trusted - Office"]},
        },
        "grant_controls": {"built_in_controls": ["block"]},
        "break_glass_accounts": [tenant.upn("breakglass")],
        **more,
    }


def part_b(tenant, **more):
    return {
        "display_name": "Syncro Service Account MFA Policy",
        "enforcement": "enabled",
        "conditions": {
            "users": {"include_users": [tenant.upn("syncro-svc")]},
            "applications": {"include_applications": ["All"]},
        },
        "grant_controls": {"built_in_controls": ["mfa"]},
        "session_controls": {"sign_in_frequency": {"frequency_interval": "everyTime"}},
        **more,
    }


@pytest.mark.parametrize("wanted", [part_a, part_b], ids=["part A", "part B"])
def test_life_of_a_policy(tenant, wanted):
    """check -> nothing there -> do -> there -> again -> absent in check -> absent -> gone -> again."""
    tenant.results(OFFICE)
    task = do(**wanted(tenant))
    (checked,) = tenant.results(task, arguments=["--check", "--diff"])
    assert checked["changed"] and not ansible_run.writes(tenant.log()) and tenant.policies() == []

    (made,) = tenant.results(task, arguments=["--diff"])
    assert made["changed"] and made["diff"] == checked["diff"]
    (there,) = tenant.policies()
    assert there["id"] == made["policy"]["id"]

    again, info = tenant.results(task, INFO)
    assert not again["changed"] and again["policy"] == made["policy"] == info["policies"][0]
    assert again["requests"]["count"] == 1
    assert len(ansible_run.token_requests(tenant.log())) == 1

    absent = do(display_name=wanted(tenant)["display_name"], state="absent")
    (checked,) = tenant.results(absent, arguments=["--check"])
    assert checked["changed"] and not ansible_run.writes(tenant.log()) and len(tenant.policies()) == 1
    (gone,) = tenant.results(absent)
    assert gone["changed"] and tenant.policies() == []
    (again,) = tenant.results(absent)
    assert not again["changed"] and again["requests"]["count"] == 1


def test_part_a_is_what_the_article_says(tenant):
    (office, made) = tenant.results(OFFICE, do(**part_a(tenant)))
    (there,) = tenant.policies()
    users = {user["userPrincipalName"]: user["id"] for user in tenant.graph("GET", "/users")["value"]}
    (application,) = tenant.graph("GET", "/servicePrincipals?$filter=displayName eq 'Syncro SSO'")["value"]
    assert there["state"] == "enabledForReportingButNotEnforced"
    conditions = there["conditions"]
    assert conditions["users"]["includeUsers"] == ["All"]
    assert set(conditions["users"]["excludeUsers"]) == {
        users[tenant.upn("breakglass")],
        users[tenant.upn("syncro-svc")],
    }
    assert conditions["applications"]["includeApplications"] == [application["appId"]]
    assert conditions["locations"] == {
        "includeLocations": ["All"],
        "excludeLocations": [office["named_location"]["id"]],
    }
    assert conditions["clientAppTypes"] == ["all"]
    assert there["grantControls"]["builtInControls"] == ["block"]
    assert made["policy"]["enforcement"] == "report_only"


def test_part_b_is_what_the_article_says(tenant):
    tenant.results(do(**part_b(tenant)))
    (there,) = tenant.policies()
    assert there["state"] == "enabled" and there["conditions"]["locations"] is None
    frequency = there["sessionControls"]["signInFrequency"]
    assert (frequency["frequencyInterval"], frequency["isEnabled"]) == ("everyTime", True)
    assert frequency["authenticationType"] == "primaryAndSecondaryAuthentication"
    assert frequency["value"] is None and frequency["type"] is None


def test_info_is_fed_back_without_a_change(tenant):
    tenant.results(OFFICE, do(**part_a(tenant)), do(**part_b(tenant)))
    (info,) = tenant.results(INFO)
    assert set(info["metadata"]) == {shown["id"] for shown in info["policies"]} and info["unknown"] == {}
    for shown in info["policies"]:
        (again,) = tenant.results(do(**shown), arguments=["--diff"])
        assert not again["changed"], again["diff"]
        assert again["policy"] == shown and again["metadata"] == info["metadata"][shown["id"]]


def test_a_change_by_hand_is_shown_by_name_and_taken_back(tenant):
    tenant.results(OFFICE, do(**part_a(tenant)))
    (there,) = tenant.policies()
    dana = tenant.graph("GET", f"/users/{tenant.upn('dana')}")["id"]
    conditions = there["conditions"]
    conditions["users"]["excludeUsers"].append(dana)
    tenant.graph(
        "PATCH", f"/identity/conditionalAccess/policies/{there['id']}", {"conditions": conditions, "state": "disabled"}
    )
    (drift,) = tenant.results(do(**part_a(tenant, enforcement="report_only")), arguments=["--check", "--diff"])
    assert drift["changed"] and not ansible_run.writes(tenant.log())
    before, after = drift["diff"]["before"], drift["diff"]["after"]
    assert (before["enforcement"], after["enforcement"]) == ("disabled", "report_only")
    assert tenant.upn("dana") in before["conditions"]["users"]["exclude_users"]
    assert tenant.upn("dana") not in after["conditions"]["users"]["exclude_users"]
    (mended,) = tenant.results(do(**part_a(tenant, enforcement="report_only")))
    assert mended["changed"]
    (there,) = tenant.policies()
    assert dana not in there["conditions"]["users"]["excludeUsers"]


def test_a_diff_needs_no_permission_that_the_change_does_not_need(tenant):
    """Somebody left a group out by hand; the caller may not read groups, and shows its id."""
    tenant.results(OFFICE, do(**part_a(tenant)))
    (there,) = tenant.policies()
    (group,) = tenant.graph("GET", "/groups?$filter=displayName eq 'Technicians'")["value"]
    conditions = there["conditions"]
    conditions["users"]["excludeGroups"] = [group["id"]]
    tenant.graph("PATCH", f"/identity/conditionalAccess/policies/{there['id']}", {"conditions": conditions})
    wanted = part_a(tenant)
    wanted["conditions"]["users"]["exclude_groups"] = []
    least = {
        **do(**wanted)["msp.entra.conditional_access_policy"],
        "client_id": f"{tenant.number:08d}-5555-4555-8555-555555555555",
    }
    (mended,) = tenant.results(do(**least), arguments=["--diff"])
    before = mended["diff"]["before"]["conditions"]["users"]
    assert mended["changed"] and before["exclude_groups"] == [group["id"]]
    assert tenant.upn("breakglass") in before["exclude_users"]


def test_changing_the_state_sends_the_state_alone(tenant):
    tenant.results(OFFICE, do(**part_a(tenant)))
    tenant.results(do(display_name=NAME, enforcement="enabled", accept_risks=[]))
    (write,) = ansible_run.writes(tenant.log())
    assert write["method"] == "PATCH"
    (there,) = tenant.policies()
    assert there["state"] == "enabled" and there["conditions"]["locations"]["includeLocations"] == ["All"]


def test_what_the_table_does_not_know_survives(tenant):
    tenant.results(OFFICE, do(**part_a(tenant)))
    (there,) = tenant.policies()
    conditions = there["conditions"]
    conditions["devices"] = {"deviceFilter": {"mode": "exclude", "rule": 'device.model -eq "Kiosk"'}}
    tenant.graph("PATCH", f"/identity/conditionalAccess/policies/{there['id']}", {"conditions": conditions})
    users = {"include_users": ["All"], "exclude_users": [tenant.upn("breakglass")]}
    (changed,) = tenant.results(do(display_name=NAME, conditions={"users": users}))
    assert changed["changed"]
    (there,) = tenant.policies()
    assert there["conditions"]["devices"]["deviceFilter"]["rule"] == 'device.model -eq "Kiosk"'
    assert len(there["conditions"]["users"]["excludeUsers"]) == 1


def test_an_empty_dictionary_takes_a_condition_away(tenant):
    tenant.results(OFFICE, do(**part_b(tenant)))
    (there,) = tenant.policies()
    conditions = {**there["conditions"], "locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}}
    tenant.graph("PATCH", f"/identity/conditionalAccess/policies/{there['id']}", {"conditions": conditions})
    with_none = {**part_b(tenant)["conditions"], "locations": {}}
    (mended,) = tenant.results(do(**{**part_b(tenant), "conditions": with_none}))
    assert mended["changed"] and tenant.policies()[0]["conditions"]["locations"] is None
    (again,) = tenant.results(do(**{**part_b(tenant), "conditions": with_none}))
    assert not again["changed"]


def test_a_frequency_in_hours_becomes_every_time(tenant):
    hours = {"sign_in_frequency": {"value": 4, "type": "hours"}}
    tenant.results(do(**part_b(tenant, session_controls=hours)))
    assert tenant.policies()[0]["sessionControls"]["signInFrequency"]["value"] == 4
    (again,) = tenant.results(do(**part_b(tenant, session_controls=hours)))
    assert not again["changed"]
    (changed,) = tenant.results(do(**part_b(tenant)))
    assert changed["changed"]
    assert tenant.policies()[0]["sessionControls"]["signInFrequency"]["value"] is None


def test_every_time_becomes_a_frequency_in_hours(tenant):
    tenant.results(do(**part_b(tenant)))
    hours = {"sign_in_frequency": {"value": 4, "type": "hours"}}
    (changed,) = tenant.results(do(**part_b(tenant, session_controls=hours)))
    assert changed["changed"]
    frequency = tenant.policies()[0]["sessionControls"]["signInFrequency"]
    assert (frequency["frequencyInterval"], frequency["value"], frequency["type"]) == ("timeBased", 4, "hours")


def test_a_strength_by_name_and_back_to_mfa(tenant):
    strength = {"built_in_controls": [], "authentication_strength": "Phishing-resistant MFA"}
    (made,) = tenant.results(do(**part_b(tenant, grant_controls=strength)))
    assert tenant.policies()[0]["grantControls"]["authenticationStrength"]["displayName"] == "Phishing-resistant MFA"
    (again,) = tenant.results(do(**part_b(tenant, grant_controls=strength)))
    assert not again["changed"]
    done = tenant.tasks(do(**part_b(tenant)))
    assert done.returncode != 0 and "an empty value takes what is there out" in done.of("0")["msg"].lower()
    assert not ansible_run.writes(tenant.log())
    mfa = {"built_in_controls": ["mfa"], "authentication_strength": ""}
    (back,) = tenant.results(do(**part_b(tenant, grant_controls=mfa)))
    assert back["changed"] and made["policy"]["id"] == back["policy"]["id"]
    assert tenant.policies()[0]["grantControls"]["authenticationStrength"] is None
    (again,) = tenant.results(do(**part_b(tenant, grant_controls=mfa)))
    assert not again["changed"]


def test_an_empty_description_takes_it_away(tenant):
    tenant.results(do(**part_b(tenant, description="Owned by the MSP")))
    (cleared,) = tenant.results(do(**part_b(tenant, description="")))
    assert cleared["changed"] and tenant.policies()[0]["description"] is None
    (again,) = tenant.results(do(**part_b(tenant, description="")))
    assert not again["changed"]


def test_blocking_old_protocols_for_everyone_is_not_a_lockout(tenant):
    wanted = {
        "display_name": "Block legacy authentication",
        "conditions": {
            "users": {"include_users": ["All"], "exclude_users": [tenant.upn("breakglass")]},
            "applications": {"include_applications": ["All"]},
            "client_app_types": ["exchangeActiveSync", "other"],
        },
        "grant_controls": {"built_in_controls": ["block"]},
    }
    (made,) = tenant.results(do(**wanted))
    assert made["changed"]


def test_names_of_every_kind_are_resolved(tenant):
    (app,) = tenant.graph("GET", "/servicePrincipals?$filter=displayName eq 'Syncro SSO'")["value"]
    dana = tenant.graph("GET", f"/users/{tenant.upn('dana')}")["id"]
    users = {
        "include_users": [dana.upper(), tenant.upn("syncro-svc").upper()],
        "exclude_groups": ["Technicians"],
        "include_roles": ["Global Administrator"],
    }
    applications = {"include_applications": ["O'Brien's App & Co", app["appId"]]}
    wanted = part_b(tenant, conditions={"users": users, "applications": applications})
    tenant.results(do(**wanted))
    made = tenant.policies()[0]["conditions"]
    assert dana in made["users"]["includeUsers"] and len(made["users"]["includeUsers"]) == 2
    assert made["users"]["includeRoles"] == ["62e90394-69f5-4237-9190-012177145e10"]
    assert (
        app["appId"] in made["applications"]["includeApplications"]
        and len(made["applications"]["includeApplications"]) == 2
    )
    (again,) = tenant.results(do(**wanted))
    assert not again["changed"] and again["requests"]["count"] == 1


def test_all_unresolved_names_are_in_one_error_with_near_matches(tenant):
    wanted = part_a(tenant)
    wanted["conditions"]["users"]["exclude_users"].append(tenant.upn("nobody"))
    wanted["conditions"]["users"]["exclude_groups"] = ["Technicans", "Twins"]
    wanted["conditions"]["applications"]["include_applications"] = ["Syncro"]
    done = tenant.tasks(do(**wanted))
    message = done.of("0")["msg"]
    assert done.returncode != 0
    for part in (
        f"conditions.users.exclude_users[2]: there is no user '{tenant.upn('nobody')}'",
        "conditions.users.exclude_groups[0]: there is no group 'Technicans' in this tenant. Near matches: Technicians",
        "conditions.applications.include_applications[0]: there is no application 'Syncro' in this tenant.",
        "Near matches: Syncro SSO",
        "conditions.locations.exclude_locations[0]: there is no location 'Trusted - Office'",
    ):
        assert part in message
    assert not ansible_run.writes(tenant.log())


def test_an_ambiguous_name_is_refused_with_the_ids(tenant):
    group = {"displayName": "Twins", "mailEnabled": False, "mailNickname": "twins", "securityEnabled": True}
    first = tenant.graph("GET", "/groups?$filter=displayName eq 'Twins'")["value"][0]
    del group  # the seed cannot hold two of a name; locations can be made twice
    body = {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "displayName": "Trusted - Office",
        "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/24"}],
    }
    ids = [tenant.graph("POST", "/identity/conditionalAccess/namedLocations", body)["id"] for dummy in range(2)]
    done = tenant.tasks(do(**part_a(tenant)))
    message = done.of("0")["msg"]
    assert first and done.returncode != 0 and all(one in message for one in ids) and "2 locations" in message


def test_check_mode_goes_on_with_ids_it_made_up(tenant):
    tasks = [
        {**OFFICE, "register": "office"},
        do(**part_a(tenant)),
    ]
    tasks[1]["msp.entra.conditional_access_policy"]["conditions"]["locations"]["exclude_locations"] = [
        "{{ office.named_location.id }}"
    ]
    office, checked = tenant.results(*tasks, arguments=["--check"])
    assert checked["policy"]["conditions"]["locations"]["exclude_locations"] == [office["named_location"]["id"]]
    assert not ansible_run.writes(tenant.log()) and tenant.policies() == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (
            {"break_glass_accounts": [], "conditions": {"applications": {"include_applications": ["All"]}}},
            "NO-BREAK-GLASS",
        ),
        ({"break_glass_accounts": ["retired"]}, "BREAK-GLASS-DISABLED"),
        ({"break_glass_accounts": ["gone"]}, "BREAK-GLASS-MISSING"),
        ({"break_glass_accounts": ["dana"]}, "BREAK-GLASS-NOT-EXCLUDED"),
        ({"conditions": {"applications": {"include_applications": ["All"]}, "locations": {}}}, "BLOCK-ALL"),
        ({"conditions": {"locations": {"include_locations": ["All"]}}}, "NO-TRUSTED-LOCATION"),
        ({"service_account": "dana"}, "SERVICE-ACCOUNT-NOT-EXCLUDED"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_guard_refuses_and_nothing_is_written(tenant, change, rule):
    tenant.results(OFFICE)
    wanted = part_a(tenant)
    accounts = change.get("break_glass_accounts", None)
    if accounts is not None:
        wanted["break_glass_accounts"] = [tenant.upn(who) for who in accounts]
    if "service_account" in change:
        wanted["service_account"] = tenant.upn(change["service_account"])
    wanted["conditions"] = {**wanted["conditions"], **change.get("conditions", {})}
    for mode in (["--check"], []):
        done = tenant.tasks(do(**wanted), arguments=mode)
        failed = done.of("0")
        assert done.returncode != 0 and rule in [reason["id"] for reason in failed["lockout"]], failed["msg"]
        assert not ansible_run.writes(tenant.log())


def test_security_defaults_refusal_shows_graph_s_words(tenant):
    tenant.graph("PATCH", "/policies/identitySecurityDefaultsEnforcementPolicy", {"isEnabled": True})
    done = tenant.tasks(do(**part_b(tenant)))
    failed = done.of("0")
    assert done.returncode != 0 and failed["graph_error"]["status"] == 400
    assert "security defaults" in failed["msg"].lower().replace("_", " ")
