# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""sign_in_impact_info: a log that was written down, replayed against policies that are there, and that are not."""

from __future__ import annotations

import datetime

import ansible_run
import pytest
from practice import WRITE, Tenant, tenant_seed

from graph_emulator.launch import RunningEmulator

pytestmark = pytest.mark.one_ansible

NOW = datetime.datetime.now(datetime.UTC)
OFFICE, HOME, HOME_V6, CLOUD = "198.51.100.10", "203.0.113.80", "2001:db8:9::7", "192.0.2.200"
SITE = {"display_name": "Office", "ip_ranges": ["198.51.100.0/28"], "trusted": True}
RULE = {
    "display_name": "Wall",
    "conditions": {
        "users": {
            "include_users": ["All"],
            "exclude_users": ["breakglass@tenant1.example", "syncro-svc@tenant1.example"],
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
    return {"user": f"{user}@tenant1.example", "app": app, "ip": ip, "at": at, "country": "US", **told}


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


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A tenant with a log and two policies: one in report-only for a group, one that asks for MFA."""
    seed = {**tenant_seed(1), "sign_ins": SIGN_INS}
    seed["clients"][0]["permissions"] = [*WRITE, "AuditLog.Read.All", "GroupMember.Read.All"]
    folder = tmp_path_factory.mktemp("impact")
    with RunningEmulator({"tenants": [seed]}, directory=folder) as server:
        tenant = Tenant(1, server, folder)
        mfa = {
            "display_name": "MFA",
            "enforcement": "enabled",
            "conditions": {"users": {"include_users": ["All"]}, "applications": {"include_applications": ["All"]}},
            "grant_controls": {"built_in_controls": ["mfa"]},
        }
        tenant.results(*({"msp.entra.conditional_access_policy": one} for one in (GROUP_RULE, mfa)))
        yield tenant


def ask(tenant, **options):
    (result,) = tenant.results({"msp.entra.sign_in_impact_info": options})
    assert not result["changed"] and ansible_run.writes(tenant.log()) == []
    return result


@pytest.fixture(scope="module")
def proposed(log):
    """What a policy and a location would have done that are not there."""
    return ask(
        log,
        application="Syncro SSO",
        service_account=log.upn("syncro-svc"),
        policies=[RULE],
        named_locations=[SITE],
    )


def verdicts(row):
    return {name: row[name] for name in ("blocked", "needs", "allowed", "unknown")}


def test_a_policy_that_is_not_there(proposed, log):
    assert proposed["judged"] == [{"display_name": "Wall", "proposed": True}]
    assert (proposed["count"], proposed["failed_otherwise"]) == (7, 1)
    assert verdicts(proposed) == {"blocked": 4, "needs": 0, "allowed": 3, "unknown": 0}
    # One for what is there and the names, one for the log.
    assert proposed["requests"]["count"] == 2
    assert log.locations() == [] and len(log.policies()) == 2


def test_who_and_from_where(proposed, log):
    users = {row["user_principal_name"]: verdicts(row)["blocked"] for row in proposed["by_user"]}
    assert users == {log.upn("dana"): 4, log.upn("retired"): 0, log.upn("breakglass"): 0}
    assert proposed["by_user"][0]["user_principal_name"] == log.upn("dana")
    sites = {row["site"]: (row["blocked"], row["allowed"]) for row in proposed["by_site"]}
    assert sites == {"Office": (0, 2), None: (4, 1)}
    addresses = {row["ip_address"]: row["blocked"] for row in proposed["by_ip_address"]}
    assert addresses == {OFFICE: 0, HOME: 3, HOME_V6: 1}
    assert {one["ip_address"] for one in proposed["examples"]} == {HOME, HOME_V6}
    assert all(one["policies"] == ["Wall"] and one["verdict"] == "blocked" for one in proposed["examples"])


def test_ranges_that_are_perhaps_sites(proposed, log):
    found = [(row["cidr"], row["count"], row["users"]) for row in proposed["suggestions"]]
    assert found == [
        (f"{HOME}/32", 4, [log.upn("breakglass"), log.upn("dana")]),
        ("2001:db8:9::/64", 1, [log.upn("dana")]),
    ]


def test_the_service_account_is_told_apart(proposed):
    own = proposed["service_account"]
    assert (own["count"], verdicts(own)["allowed"]) == (2, 2) and own["by_ip_address"][0]["ip_address"] == CLOUD


def test_it_is_said_in_sentences(proposed, log):
    said = "\n".join(proposed["summary"])
    assert "'Wall' would have blocked 4 and let 3 through." in said
    assert f"{log.upn('dana')} would have been blocked 4 of 5 times." in said
    assert f"No site covers {HOME}/32" in said and "The service account signed in 2 times; 0 of these" in said


def test_a_forgotten_service_account_is_seen(log):
    users = {"include_users": ["All"], "exclude_users": [log.upn("breakglass")]}
    rule = {**RULE, "conditions": {**RULE["conditions"], "users": users}}
    result = ask(
        log, policies=[rule], named_locations=[SITE], application="Syncro SSO", service_account=log.upn("syncro-svc")
    )
    assert verdicts(result["service_account"])["blocked"] == 2


def test_all_policies_of_the_tenant_where_nothing_is_proposed(log):
    """Who is in the group is looked up, and the one in report-only is judged as if it were on."""
    result = ask(log, sites=[{"name": "Office", "cidrs": SITE["ip_ranges"]}])
    assert sorted(one["display_name"] for one in result["judged"]) == ["MFA", "Technicians stay away"]
    assert verdicts(result) == {"blocked": 1, "needs": 9, "allowed": 0, "unknown": 0}
    assert result["missing"] == []
    (stopped,) = result["examples"]
    assert stopped["policies"] == ["Technicians stay away"] and stopped["application"] == "O'Brien's App & Co"


def test_one_policy_by_name(log):
    result = ask(log, only=["Technicians stay away"])
    assert result["missing"] == []
    assert verdicts(result) == {"blocked": 1, "needs": 0, "allowed": 9, "unknown": 0}


def test_a_longer_window(log):
    assert ask(log, policies=[RULE], named_locations=[SITE], application="Syncro SSO", days=30)["blocked"] == 5


def test_what_is_there_as_it_would_be_after_a_change(log):
    """A proposal for a policy that is there changes what is said and leaves the rest."""
    change = {"display_name": "Technicians stay away", "conditions": {"users": {"exclude_users": [log.upn("dana")]}}}
    result = ask(log, policies=[change])
    assert result["judged"] == [{"display_name": "Technicians stay away", "proposed": True}]
    assert verdicts(result)["blocked"] == 0


def test_what_the_log_does_not_say_is_unknown(log):
    rule = {
        "display_name": "Risky",
        "conditions": {
            "users": {"include_users": ["All"]},
            "applications": {"include_applications": ["All"]},
            "user_risk_levels": ["high"],
        },
        "grant_controls": {"built_in_controls": ["block"]},
    }
    result = ask(log, policies=[rule])
    assert verdicts(result)["unknown"] == result["count"] and result["missing"][0]["count"] == result["count"]
    assert "risk" in result["missing"][0]["fact"]


def test_groups_that_may_not_be_read_are_unknown(tmp_path):
    seed = {**tenant_seed(1), "sign_ins": SIGN_INS}
    seed["clients"][0]["permissions"] = [*(one for one in WRITE if one != "User.Read.All"), "AuditLog.Read.All"]
    with RunningEmulator({"tenants": [seed]}, directory=tmp_path) as server:
        result = ask(Tenant(1, server, tmp_path), policies=[GROUP_RULE], application="O'Brien's App & Co")
    assert verdicts(result)["unknown"] == 1 and "group" in result["missing"][0]["fact"]


def refused(tenant, **options):
    done = tenant.tasks({"msp.entra.sign_in_impact_info": options})
    assert done.returncode != 0
    return done.results[-1]["result"]["msg"], tenant.log()


def test_everything_that_is_wrong_is_said_before_anything_is_sent(log):
    told, requests = refused(
        log,
        policies=[{"display_name": "x", "colour": "red"}, {"enforcement": "off"}],
        named_locations=[{"display_name": "y", "ip_ranges": ["198.51.100.300/32"]}],
        days=40,
    )
    for part in ("policies[0].colour: is not known.", "policies[1].", "named_locations[0].ip_ranges[0]", "days: 40"):
        assert part in told
    assert ansible_run.graph_requests(requests) == []


def test_names_that_nobody_has(log):
    rule = {**RULE, "conditions": {**RULE["conditions"], "users": {"include_users": ["dane@tenant1.example"]}}}
    told, dummy = refused(log, policies=[rule], only=["Walls"])
    assert "policies[0].conditions.users.include_users[0]: there is no user 'dane@tenant1.example'" in told
    assert "there is no location 'Office'" in told
    told, dummy = refused(log, only=["Walls"])
    assert "only: there is no policy 'Walls'" in told
