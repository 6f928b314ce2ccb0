# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What deploy refuses, each before any write: what could lock people out, and what cannot work in this tenant."""

from __future__ import annotations

import pytest
from fleet import BLOCK, MFA, SITES, recap, state, succeeded
from practice import SECRET, tenant_seed

pytestmark = [pytest.mark.one_ansible, pytest.mark.usefixtures("together")]

REFUSALS = {
    "no break-glass": ({"syncro_break_glass_accounts": []}, "NO-BREAK-GLASS"),
    "break-glass variable left out": ({"syncro_break_glass_accounts": None}, "NO-BREAK-GLASS"),
    "break-glass unknown": ({"syncro_break_glass_accounts": ["gone@nowhere.example"]}, "BREAK-GLASS-MISSING"),
    "no site": ({"syncro_sites": []}, "NO-SITE"),
    "every site has ended": (
        {"syncro_sites": [{"name": "X", "cidrs": ["203.0.113.0/24"], "expires": "2020-01-01T00:00:00Z"}]},
        "NO-SITE",
    ),
    **{
        f"site {cidr}": ({"syncro_sites": [{"name": "X", "cidrs": [cidr]}]}, rule)
        for cidr, rule in {
            "0.0.0.0/0": "SITE-EVERYWHERE",
            "::/0": "SITE-EVERYWHERE",
            "10.0.0.0/24": "SITE-PRIVATE",
            "fd00::/64": "SITE-PRIVATE",
            "127.0.0.0/24": "SITE-LOOPBACK",
            "169.254.7.0/24": "SITE-LINK-LOCAL",
            "100.64.3.0/24": "SITE-CGNAT",
            "ff02::/16": "SITE-MULTICAST",
            "203.0.113.7/24": "SITE-HOST-BITS",
        }.items()
    },
}


@pytest.mark.parametrize(("change", "rule"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_would_lock_people_out_is_refused_before_any_write(fleet, tenant, change, rule):
    done = fleet.set(**change).run("deploy")
    assert done.returncode != 0 and f"[{rule}]" in done.output
    assert fleet.writes() == [] and state(tenant) == {}


def test_all_reasons_come_at_once(fleet, tenant):
    fleet.set(
        syncro_break_glass_accounts=[tenant.upn("retired"), tenant.upn("gone")],
        syncro_sites=[{"name": "A", "cidrs": ["10.0.0.0/24", "203.0.113.7/24"]}, {"name": "B", "cidrs": ["0.0.0.0/0"]}],
        syncro_application="Syncro",
        syncro_service_account=tenant.upn("robot"),
    )
    done = fleet.run("deploy")
    failed = next(line["result"] for line in done.results if line["status"] == "failed")
    assert {reason["id"] for reason in failed["lockout"]} == {
        "BREAK-GLASS-DISABLED",
        "BREAK-GLASS-MISSING",
        "SITE-PRIVATE",
        "SITE-HOST-BITS",
        "SITE-EVERYWHERE",
    }
    assert len(failed["problems"]) == 2 and "Near matches: Syncro SSO" in failed["msg"]
    assert fleet.writes() == []


def test_a_waived_rule_lets_the_run_go_on_and_is_told_every_time(fleet, tenant):
    fleet.set(syncro_sites=[{"name": "Lab", "cidrs": ["10.0.0.0/24"]}], accept_risks=["SITE-PRIVATE"])
    for dummy in range(2):
        done = fleet.run("deploy")
        assert done.returncode == 0 and "Risk accepted: [SITE-PRIVATE]" in done.output
    assert "Trusted - Lab" in state(tenant)


def test_a_service_account_that_is_a_break_glass_account_is_refused(fleet, tenant):
    done = fleet.set(syncro_service_account=tenant.upn("breakglass")).run("deploy")
    assert done.returncode != 0 and "is a break-glass account as well" in done.output and fleet.writes() == []


@pytest.mark.parametrize("enforcement", ["report_only", "enabled"])
def test_a_service_account_that_is_forgotten_is_not_dropped(fleet, tenant, enforcement):
    """It would otherwise stop the integration, with a policy that leaves the account out until now."""
    if enforcement == "enabled":
        fleet.enforce()
    else:
        succeeded(fleet.set(syncro_enforcement=enforcement).run("deploy"))
    before = state(tenant)
    done = fleet.set(syncro_service_account=None).run("deploy")
    assert done.returncode != 0 and "[SERVICE-ACCOUNT-DROPPED]" in done.output
    assert tenant.upn("syncro-svc") in next(r["result"]["msg"] for r in done.results if r["status"] == "failed")
    assert fleet.writes() == [] and state(tenant) == before

    waived = fleet.set(accept_risks=["SERVICE-ACCOUNT-DROPPED"]).run("deploy")
    assert waived.returncode == 0 and "Risk accepted: [SERVICE-ACCOUNT-DROPPED]" in waived.output
    assert "A policy of an earlier run, if there is one, stays as it is" in waived.output and MFA in state(tenant)


def test_an_exclusion_that_somebody_added_by_hand_is_drift_and_no_service_account(fleet, tenant):
    succeeded(fleet.run("deploy"))
    policy = next(e for e in tenant.policies() if e["displayName"] == BLOCK)
    users = policy["conditions"]["users"]
    users["excludeUsers"].append(tenant.graph("GET", f"/users/{tenant.upn('dana')}")["id"])
    path = f"/identity/conditionalAccess/policies/{policy['id']}"
    tenant.graph("PATCH", path, {"conditions": {**policy["conditions"], "users": users}})
    assert recap(succeeded(fleet.run("deploy")), "changed") == 1


# A variable that is given and leads nowhere must not count as left out: the environment, or a default, would take its place.
LEADING_NOWHERE = [
    "entra_tenant_id",
    "entra_client_secret",
    "syncro_application",
    "syncro_sites",
    "syncro_break_glass_accounts",
    "syncro_service_account",
    "syncro_enforcement",
    "accept_risks",
]


@pytest.mark.parametrize(
    ("playbook", "variable"),
    [
        *(("deploy", variable) for variable in LEADING_NOWHERE),
        *(("remove", variable) for variable in ("entra_tenant_id", "entra_client_secret", "syncro_sites")),
    ],
)
def test_a_variable_that_leads_nowhere_is_named(fleet, tenant, variable, playbook):
    # An id that cannot be read stops every tenant of the run.
    other = tenant.id if variable == "entra_tenant_id" else tenant_seed(0)["id"]
    fleet.set(**{variable: "{{ vault_that_is_missing }}"})
    done = fleet.run(playbook, AZURE_TENANT_ID=other, AZURE_CLIENT_SECRET=SECRET)
    assert done.returncode != 0 and "'vault_that_is_missing' is undefined" in done.output
    assert fleet.log() == []


@pytest.mark.practice(seed={"security_defaults": True})
def test_security_defaults_stop_a_deploy_before_its_first_write(fleet, tenant):
    """Part A alone would pass in report-only; it is part B, enabled from the start, that Entra would refuse half-way."""
    for arguments in (["--check"], []):
        done = fleet.run("deploy", *arguments)
        assert done.returncode != 0 and "security defaults: are on in this tenant" in done.output
        assert fleet.writes() == []
    report_only = fleet.set(syncro_service_account=None)
    succeeded(report_only.run("deploy"))
    assert set(state(tenant)) == {"Trusted - MSP Office", "Trusted - Warehouse", BLOCK}


def test_a_tenant_that_is_shut_already_stops_a_deploy_before_its_first_write(fleet, tenant):
    """Part B is enabled from the start, and nobody could take it back. In report-only, part A alone is no harm."""
    service_account = tenant.graph("GET", f"/users/{tenant.upn('syncro-svc')}")["id"]
    policy = {
        "displayName": "Compliant for all",
        "state": "enabled",
        "conditions": {
            "clientAppTypes": ["all"],
            "users": {"includeUsers": ["All"], "excludeUsers": [service_account]},
            "applications": {"includeApplications": ["All"]},
        },
        "grantControls": {"operator": "OR", "builtInControls": ["compliantDevice"]},
    }
    tenant.graph("POST", "/identity/conditionalAccess/policies", policy)
    done = fleet.run("deploy")
    assert done.returncode != 0 and "[NO-WAY-BACK]" in done.output and fleet.writes() == []
    succeeded(fleet.set(syncro_service_account=None).run("deploy"))


@pytest.mark.practice(seed={"licences": []})
def test_a_tenant_without_a_licence_is_not_told_of_permissions_that_it_has(fleet):
    done = fleet.run("deploy")
    failed = next(line["result"] for line in done.results if line["status"] == "failed")
    assert done.returncode != 0 and "not for want of a permission" in str(failed) and "P1 or P2" in str(failed)


@pytest.mark.parametrize(
    "arguments",
    [
        ["-e", "tenants=nothwind"],
        ["-e", "tenants=entra_tenants:!t*"],
        # Of a limit Ansible itself says that there is such a host.
        ["-e", "tenants=nothwind", "--limit", "t*"],
    ],
    ids=" ".join,
)
def test_no_tenant_at_all_is_no_success(fleet, arguments):
    done = fleet.run("deploy", *arguments)
    assert done.returncode != 0 and "No host of the inventory is in" in done.output and fleet.log() == []
    assert_no_source(done)


@pytest.mark.parametrize("form", [str.upper, "{{{}}}".format, lambda id: id.replace("-", ""), "urn:uuid:{}".format])
@pytest.mark.parametrize("playbook", ["deploy", "remove"])
def test_two_hosts_of_one_tenant_are_refused(fleet, tenant, playbook, form):
    (host,) = fleet.hosts.values()
    berlin, vienna = f"berlin{tenant.number}", f"vienna{tenant.number}"
    fleet.hosts = {berlin: host, vienna: {**host, "entra_tenant_id": form(host["entra_tenant_id"])}}
    # Beside others of this kind only: they stop every tenant of the run.
    done = fleet.run(playbook, "-e", "tenants=entra_tenants")
    assert done.returncode != 0 and f"{berlin} and {vienna} are the same tenant" in done.output and fleet.log() == []
    assert_no_source(done)
    assert fleet.run(playbook, "--limit", "vienna*").returncode == 0


def test_a_host_without_a_tenant_is_not_the_environment_s_beside_its_own_host(fleet, tenant):
    (host,) = fleet.hosts.values()
    fleet.hosts = {"northwind": host, "fabrikam": {k: v for k, v in host.items() if k != "entra_tenant_id"}}
    done = fleet.run("deploy", AZURE_TENANT_ID=tenant.id)
    assert done.returncode != 0 and "northwind and fabrikam are the same tenant" in done.output and fleet.log() == []


def test_two_policies_of_the_name_stop_a_deploy_before_its_first_write(fleet, tenant):
    succeeded(fleet.run("deploy", "--tags", "part_a"))
    (policy,) = tenant.policies()
    twin = {k: policy[k] for k in ("displayName", "state", "conditions", "grantControls", "sessionControls")}
    twin["grantControls"] = {"operator": "OR", "builtInControls": ["block"]}
    tenant.graph("POST", "/identity/conditionalAccess/policies", twin)
    done = fleet.set(syncro_sites=[{"name": "Another", "cidrs": ["203.0.113.64/28"]}]).run("deploy")
    assert done.returncode != 0 and f"2 Conditional Access policy objects are called '{BLOCK}'" in done.output
    assert fleet.writes() == []


@pytest.mark.parametrize("application", ["", None])
def test_an_empty_application_stops_a_deploy_before_its_first_write(fleet, tenant, application):
    fleet.hosts = {name: {**host, "syncro_application": application} for name, host in fleet.hosts.items()}
    done = fleet.run("deploy")
    assert done.returncode != 0 and "application: is empty" in done.output and fleet.log() == []


def test_a_waived_break_glass_account_does_not_waive_having_one(fleet, tenant):
    fleet.set(syncro_break_glass_accounts=[tenant.upn("gone")], accept_risks=["BREAK-GLASS-MISSING"])
    done = fleet.run("deploy")
    assert done.returncode != 0 and "[NO-BREAK-GLASS]" in done.output and fleet.writes() == []


def test_what_is_written_wrongly_comes_with_the_reasons_that_are_known_already(fleet, tenant):
    sites = [{"name": "A", "cidrs": ["10.0.0.0/24", "abc", "203.0.113.7/24"]}]
    done = fleet.set(syncro_sites=sites, syncro_break_glass_accounts=[]).run("deploy")
    message = next(line["result"]["msg"] for line in done.results if line["status"] == "failed")
    for part in ("'abc' is not an IP range", "[SITE-PRIVATE]", "[SITE-HOST-BITS]", "[NO-BREAK-GLASS]"):
        assert part in message
    assert fleet.log() == []


# As a name is written wrongly, and what the refusal says of it.
WRONG_NAMES = {
    "control character": ("B\x07", r"B\x07' has a control character in it"),
    "line break": ("B\nC", r"B\nC' has a control character in it"),
    "too long": ("B" * 300, "characters; Entra takes at most 256"),
    "blank at the end": ("B ", "'B ' begins or ends with a blank"),
}


@pytest.mark.parametrize(
    ("playbook_part", "variable"),
    [("part_a", "syncro_ip_restriction_policy_name"), ("part_b", "syncro_service_account_mfa_policy_name")],
)
@pytest.mark.parametrize(("name", "words"), WRONG_NAMES.values(), ids=WRONG_NAMES.keys())
def test_a_policy_s_name_that_cannot_be_stops_a_deploy_before_its_first_write(
    fleet, tenant, playbook_part, variable, name, words
):
    done = fleet.set(**{variable: name}).run("deploy", "--tags", playbook_part)
    (message,) = [line["result"]["msg"] for line in done.results if line["status"] == "failed"]
    assert "writes_policies[0]: " in message and words in message
    assert fleet.writes() == [] and state(tenant) == {}


def test_names_of_sites_that_cannot_be_stop_a_deploy_before_its_first_write_all_at_once(fleet, tenant):
    names = [SITES[0]["name"], "a\nb", "y" * 300]
    sites = [{"name": name, "cidrs": [f"198.51.100.{number}/32"]} for number, name in enumerate(names, 1)]
    done = fleet.set(syncro_sites=sites, syncro_ip_restriction_policy_name="B\x07").run("deploy")
    (message,) = [line["result"]["msg"] for line in done.results if line["status"] == "failed"]
    for part in (
        r"writes_named_locations[1]: 'Trusted - a\nb' ",
        "writes_named_locations[2]: 'Trusted - yyy",
        "[0]: 'B",
    ):
        assert part in message
    assert fleet.writes() == [] and state(tenant) == {}


def test_a_policy_that_is_there_under_a_name_with_a_blank_is_kept(fleet, tenant):
    succeeded(fleet.run("deploy", "--tags", "part_a"))
    (policy,) = tenant.policies()
    tenant.graph("PATCH", f"/identity/conditionalAccess/policies/{policy['id']}", {"displayName": "B "})
    again = fleet.set(syncro_ip_restriction_policy_name="B ").run("deploy", "--tags", "part_a")
    assert recap(succeeded(again), "changed") == 0


@pytest.mark.parametrize("name", [True, 31])
def test_a_site_s_name_that_yaml_made_something_else_of_stops_a_deploy_before_its_first_request(fleet, name):
    done = fleet.set(syncro_sites=[SITES[0], {"name": name, "cidrs": ["203.0.113.64/28"]}]).run("deploy")
    (message,) = [line["result"]["msg"] for line in done.results if line["status"] == "failed"]
    assert "sites[1].name: is" in message and "in quotes" in message and fleet.log() == []


def assert_no_source(done):
    """What is wrong is said, and not how that is found out."""
    assert "__entra_" not in done.output and "assert" not in done.output and "Origin" not in done.output, done.output
