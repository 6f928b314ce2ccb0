# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""sign_in_impact_info: a log that was written down, replayed against policies that are there, and that are not."""

from __future__ import annotations

import datetime

import ansible_run
import pytest
from practice import WRITE
from together import in_domain

NOW = datetime.datetime.now(datetime.UTC)
OFFICE, HOME, HOME_V6, CLOUD = "198.51.100.10", "203.0.113.80", "2001:db8:9::7", "192.0.2.200"
SITE = {"display_name": "Office", "ip_ranges": ["198.51.100.0/28"], "trusted": True}
RULE = {
    "display_name": "Wall",
    "conditions": {
        "users": {
            "include_users": ["All"],
            "exclude_users": ["breakglass@{domain}", "syncro-svc@{domain}"],
        },
        "applications": {"include_applications": ["Syncro SSO"]},
        "locations": {"include_locations": ["All"], "exclude_locations": ["Office"]},
    },
    "grant_controls": {"built_in_controls": ["block"]},
}


def entry(user, ip, app="Syncro SSO", error=0, **span):
    at = (NOW - datetime.timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%SZ")
    reason = {"error_code": error, "failure_reason": "No."} if error else {}
    # Told and not judged: it is of a time at which there was no policy yet.
    told = reason or {"error_code": 0}
    return {"user": f"{user}@{{domain}}", "app": app, "ip": ip, "at": at, "country": "US", **told}


SIGN_INS = [
    entry("dana", OFFICE, days=1),
    entry("dana", HOME, days=1, hours=1),
    entry("dana", HOME, days=2),
    entry("dana", HOME_V6, days=3),
    entry("retired", OFFICE, days=2),
    entry("breakglass", HOME, days=2),
    entry("syncro-svc", CLOUD, days=2),
    entry("syncro-svc", CLOUD, days=4),
    entry("dana", HOME, error=50126, days=2, hours=1),
    entry("dana", HOME, error=53003, days=2, hours=2),
    entry("dana", HOME, app="O'Brien's App & Co", days=2, hours=3),
    entry("dana", HOME, days=12),
]
GROUP_RULE = {
    "display_name": "Technicians stay away",
    "enforcement": "report_only",
    "conditions": {
        "users": {"include_groups": ["Technicians"]},
        "applications": {"include_applications": ["O'Brien's App & Co"]},
    },
    "grant_controls": {"built_in_controls": ["block"]},
}


# What is there: one in report-only for a group, and one that asks for MFA.
THERE = [
    {
        "displayName": name,
        "state": state,
        "conditions": {
            "clientAppTypes": ["all"],
            "users": users,
            "applications": {"includeApplications": applications},
        },
        "grantControls": {"operator": "OR", "builtInControls": [control]},
    }
    for name, state, users, applications, control in (
        (
            "Technicians stay away",
            "enabledForReportingButNotEnforced",
            {"includeGroups": ["Technicians"]},
            ["O'Brien's App & Co"],
            "block",
        ),
        ("MFA", "enabled", {"includeUsers": ["All"]}, ["All"], "mfa"),
    )
]
pytestmark = [
    pytest.mark.one_ansible,
    pytest.mark.usefixtures("together"),
    pytest.mark.practice(
        policies=THERE, sign_ins=SIGN_INS, permissions=[*WRITE, "AuditLog.Read.All", "GroupMember.Read.All"]
    ),
]


def ask(tenant, **options):
    (result,) = tenant.results({"msp.entra.sign_in_impact_info": options})
    assert not result["changed"] and ansible_run.writes(tenant.log()) == []
    return result


def rule(tenant):
    return in_domain(RULE, tenant.domain)


def proposed(tenant):
    """What a policy and a location would have done that are not there."""
    return ask(
        tenant,
        application="Syncro SSO",
        service_account=tenant.upn("syncro-svc"),
        policies=[rule(tenant)],
        named_locations=[SITE],
    )


def verdicts(row):
    return {name: row[name] for name in ("blocked", "needs", "allowed", "unknown")}


def test_a_policy_that_is_not_there(tenant):
    result = proposed(tenant)
    assert result["judged"] == [{"display_name": "Wall", "proposed": True}]
    assert (result["count"], result["failed_otherwise"]) == (7, 1)
    assert verdicts(result) == {"blocked": 4, "needs": 0, "allowed": 3, "unknown": 0}
    # One for what is there and the names, one for the log.
    assert result["requests"]["count"] == 2
    assert tenant.locations() == [] and len(tenant.policies()) == 2


def test_who_and_from_where(tenant):
    result = proposed(tenant)
    users = {row["user_principal_name"]: verdicts(row)["blocked"] for row in result["by_user"]}
    assert users == {tenant.upn("dana"): 4, tenant.upn("retired"): 0, tenant.upn("breakglass"): 0}
    assert result["by_user"][0]["user_principal_name"] == tenant.upn("dana")
    sites = {row["site"]: (row["blocked"], row["allowed"]) for row in result["by_site"]}
    assert sites == {"Office": (0, 2), None: (4, 1)}
    addresses = {row["ip_address"]: row["blocked"] for row in result["by_ip_address"]}
    assert addresses == {OFFICE: 0, HOME: 3, HOME_V6: 1}
    assert {one["ip_address"] for one in result["examples"]} == {HOME, HOME_V6}
    assert all(one["policies"] == ["Wall"] and one["verdict"] == "blocked" for one in result["examples"])


def test_ranges_that_are_perhaps_sites(tenant):
    result = proposed(tenant)
    found = [(row["cidr"], row["count"], row["users"]) for row in result["suggestions"]]
    assert found == [
        (f"{HOME}/32", 4, [tenant.upn("breakglass"), tenant.upn("dana")]),
        ("2001:db8:9::/64", 1, [tenant.upn("dana")]),
    ]


def test_the_service_account_is_told_apart(tenant):
    result = proposed(tenant)
    own = result["service_account"]
    assert (own["count"], verdicts(own)["allowed"]) == (2, 2) and own["by_ip_address"][0]["ip_address"] == CLOUD


def test_it_is_said_in_sentences(tenant):
    result = proposed(tenant)
    said = "\n".join(result["summary"])
    assert "'Wall' would have blocked 4 and let 3 through." in said
    assert f"{tenant.upn('dana')} would have been blocked 4 of 5 times." in said
    assert f"No site covers {HOME}/32" in said and "The service account signed in 2 times; 0 of these" in said


def test_a_forgotten_service_account_is_seen(tenant):
    users = {"include_users": ["All"], "exclude_users": [tenant.upn("breakglass")]}
    forgotten = {**RULE, "conditions": {**RULE["conditions"], "users": users}}
    result = ask(
        tenant,
        policies=[forgotten],
        named_locations=[SITE],
        application="Syncro SSO",
        service_account=tenant.upn("syncro-svc"),
    )
    assert verdicts(result["service_account"])["blocked"] == 2


def test_all_policies_of_the_tenant_where_nothing_is_proposed(tenant):
    """Who is in the group is looked up, and the one in report-only is judged as if it were on."""
    result = ask(tenant, sites=[{"name": "Office", "cidrs": SITE["ip_ranges"]}])
    assert sorted(one["display_name"] for one in result["judged"]) == ["MFA", "Technicians stay away"]
    assert verdicts(result) == {"blocked": 1, "needs": 9, "allowed": 0, "unknown": 0}
    assert result["missing"] == []
    (stopped,) = result["examples"]
    assert stopped["policies"] == ["Technicians stay away"] and stopped["application"] == "O'Brien's App & Co"


def test_one_policy_by_name(tenant):
    result = ask(tenant, only=["Technicians stay away"])
    assert result["missing"] == []
    assert verdicts(result) == {"blocked": 1, "needs": 0, "allowed": 9, "unknown": 0}


def test_a_longer_window(tenant):
    assert (
        ask(tenant, policies=[rule(tenant)], named_locations=[SITE], application="Syncro SSO", days=30)["blocked"] == 5
    )


def test_what_is_there_as_it_would_be_after_a_change(tenant):
    """A proposal for a policy that is there changes what is said and leaves the rest."""
    change = {"display_name": "Technicians stay away", "conditions": {"users": {"exclude_users": [tenant.upn("dana")]}}}
    result = ask(tenant, policies=[change])
    assert result["judged"] == [{"display_name": "Technicians stay away", "proposed": True}]
    assert verdicts(result)["blocked"] == 0


def test_what_the_log_does_not_say_is_unknown(tenant):
    risky = {
        "display_name": "Risky",
        "conditions": {
            "users": {"include_users": ["All"]},
            "applications": {"include_applications": ["All"]},
            "user_risk_levels": ["high"],
        },
        "grant_controls": {"built_in_controls": ["block"]},
    }
    result = ask(tenant, policies=[risky])
    assert verdicts(result)["unknown"] == result["count"] and result["missing"][0]["count"] == result["count"]
    assert "risk" in result["missing"][0]["fact"]


@pytest.mark.practice(policies=[], permissions=[*(one for one in WRITE if one != "User.Read.All"), "AuditLog.Read.All"])
def test_groups_that_may_not_be_read_are_unknown(tenant):
    result = ask(tenant, policies=[GROUP_RULE], application="O'Brien's App & Co")
    assert verdicts(result)["unknown"] == 1 and "group" in result["missing"][0]["fact"]


def refused(tenant, **options):
    done = tenant.tasks({"msp.entra.sign_in_impact_info": options})
    assert done.returncode != 0
    return done.results[-1]["result"]["msg"], tenant.log()


def test_everything_that_is_wrong_is_said_before_anything_is_sent(tenant):
    told, requests = refused(
        tenant,
        policies=[{"display_name": "x", "colour": "red"}, {"enforcement": "off"}],
        named_locations=[{"display_name": "y", "ip_ranges": ["198.51.100.300/32"]}],
        days=40,
    )
    for part in ("policies[0].colour: is not known.", "policies[1].", "named_locations[0].ip_ranges[0]", "days: 40"):
        assert part in told
    assert ansible_run.graph_requests(requests) == []


def test_names_that_nobody_has(tenant):
    wrong = {**RULE, "conditions": {**RULE["conditions"], "users": {"include_users": [tenant.upn("dane")]}}}
    asked = ({"policies": [wrong], "only": ["Walls"]}, {"only": ["Walls"]})
    done = tenant.tasks(*({"msp.entra.sign_in_impact_info": one} for one in asked), keep_going=True)
    assert done.failed("0") and done.failed("1")
    told = done.of("0")["msg"]
    assert f"policies[0].conditions.users.include_users[0]: there is no user '{tenant.upn('dane')}'" in told
    assert "there is no location 'Office'" in told
    told = done.of("1")["msg"]
    assert "only: there is no policy 'Walls'" in told
