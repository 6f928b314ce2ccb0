# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""deploy and remove, as ansible-playbook runs them from the collection, with the inventory a reader would write."""

from __future__ import annotations

import datetime

import ansible_run
import pytest
import yaml
from practice import Tenant

BLOCK = "Block Syncro - Outside Trusted IPs"
MFA = "Syncro Service Account MFA Policy"
SITES = [
    {"name": "MSP Office", "cidrs": ["198.51.100.10/32", "2001:db8:1::/48"]},
    {"name": "Warehouse", "cidrs": ["203.0.113.64/28"]},
]


class Fleet:
    """An inventory of practice tenants, and playbooks run on it."""

    def __init__(self, home, *tenants):
        self.home = home
        self.tenants = tenants
        self.hosts = {f"t{tenant.number}": self._host(tenant) for tenant in tenants}

    def _host(self, tenant):
        return {
            **{f"entra_{name}": value for name, value in tenant.defaults().items()},
            "ansible_connection": "local",
            "syncro_application": "Syncro SSO",
            "syncro_sites": SITES,
            "syncro_break_glass_accounts": [tenant.upn("breakglass")],
            "syncro_service_account": tenant.upn("syncro-svc"),
        }

    def set(self, **variables):
        """Change variables of every tenant; None leaves one out."""
        for host in self.hosts.values():
            host.update(variables)
            for name in [name for name, value in variables.items() if value is None]:
                del host[name]
        return self

    def run(self, playbook, *arguments):
        inventory = self.home / "inventory.yml"
        inventory.write_text(
            yaml.safe_dump({"entra_tenants": {"hosts": self.hosts}}, sort_keys=False), encoding="utf-8"
        )
        self.tenants[0].emulator.clear()
        return ansible_run.run(self.home, f"msp.entra.{playbook}", "-i", str(inventory), *arguments)

    def log(self):
        return self.tenants[0].log()

    def writes(self):
        return ansible_run.writes(self.log())


@pytest.fixture
def fleet(tenant, tmp_path):
    return Fleet(tmp_path, tenant)


def recap(run, word):
    """The sum of a word of the recap over all hosts."""
    lines = run.output.rsplit("PLAY RECAP", 1)[1].splitlines()
    return sum(int(part.split("=")[1]) for line in lines for part in line.split() if part.startswith(f"{word}="))


def succeeded(run):
    assert run.returncode == 0, run.output
    assert "[WARNING]" not in run.output and "[DEPRECATION" not in run.output, run.output
    return run


def state(tenant):
    """Locations and policies by name, without what changes at every write."""

    def bare(entry):
        return {k: v for k, v in entry.items() if k not in ("id", "createdDateTime", "modifiedDateTime")}

    return {e["displayName"]: bare(e) for e in [*tenant.locations(), *tenant.policies()]}


def moment(days):
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)).isoformat()


def test_check_deploy_again_remove_again(fleet, tenant):
    checked = succeeded(fleet.run("deploy", "--check", "--diff"))
    assert recap(checked, "changed") == 3 and fleet.writes() == [] and state(tenant) == {}

    made = succeeded(fleet.run("deploy"))
    assert recap(made, "changed") == 3
    there = state(tenant)
    assert set(there) == {"Trusted - MSP Office", "Trusted - Warehouse", BLOCK, MFA}
    assert there["Trusted - MSP Office"]["isTrusted"] is True

    again = succeeded(fleet.run("deploy", "--diff"))
    assert recap(again, "changed") == 0 and fleet.writes() == []
    assert len(ansible_run.graph_requests(fleet.log())) == 5, "guard, all locations, policy; guard, policy"
    assert len(ansible_run.token_requests(fleet.log())) == 1

    checked = succeeded(fleet.run("remove", "--check"))
    assert recap(checked, "changed") == 3 and fleet.writes() == [] and state(tenant) == there
    removed = succeeded(fleet.run("remove"))
    assert recap(removed, "changed") == 3 and state(tenant) == {}
    assert recap(succeeded(fleet.run("remove")), "changed") == 0 and fleet.writes() == []


def test_two_tenants_get_their_own(emulator, tenant, tmp_path):
    other = Tenant(tenant.number + 60, emulator, tmp_path)
    fleet = Fleet(tmp_path, tenant, other)
    fleet.hosts[f"t{other.number}"]["syncro_sites"] = [{"name": "Elsewhere", "cidrs": ["192.0.2.7/32"]}]
    succeeded(fleet.run("deploy"))
    assert len(ansible_run.token_requests(fleet.log())) == 2
    assert "Trusted - Elsewhere" in state(other) and "Trusted - Elsewhere" not in state(tenant)
    assert "Trusted - MSP Office" in state(tenant) and "Trusted - MSP Office" not in state(other)


def test_one_tenant_that_fails_does_not_stop_the_other(emulator, tenant, tmp_path):
    other = Tenant(tenant.number + 60, emulator, tmp_path)
    fleet = Fleet(tmp_path, tenant, other)
    fleet.hosts[f"t{tenant.number}"]["entra_client_secret"] = "wrong"
    done = fleet.run("deploy")
    assert done.returncode != 0 and "7000215" in done.output
    assert state(tenant) == {} and MFA in state(other)


def test_what_others_made_stays_as_it_was(fleet, tenant):
    tenant.graph(
        "POST",
        "/identity/conditionalAccess/namedLocations",
        {
            "@odata.type": "#microsoft.graph.countryNamedLocation",
            "displayName": "Countries we work in",
            "countriesAndRegions": ["DE"],
            "includeUnknownCountriesAndRegions": False,
        },
    )
    tenant.graph(
        "POST",
        "/identity/conditionalAccess/policies",
        {
            "displayName": "Require MFA",
            "state": "disabled",
            "conditions": {
                "clientAppTypes": ["all"],
                "users": {"includeUsers": ["All"]},
                "applications": {"includeApplications": ["All"]},
            },
            "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
        },
    )
    before = state(tenant)
    succeeded(fleet.run("deploy"))
    assert {name: value for name, value in state(tenant).items() if name in before} == before
    succeeded(fleet.run("remove"))
    assert state(tenant) == before


def test_a_location_that_another_policy_uses_is_kept(fleet, tenant):
    succeeded(fleet.run("deploy"))
    office = next(e["id"] for e in tenant.locations() if e["displayName"] == "Trusted - MSP Office")
    tenant.graph(
        "POST",
        "/identity/conditionalAccess/policies",
        {
            "displayName": "Uses the office",
            "state": "disabled",
            "conditions": {
                "clientAppTypes": ["all"],
                "users": {"includeUsers": ["All"]},
                "applications": {"includeApplications": ["All"]},
                "locations": {"includeLocations": ["All"], "excludeLocations": [office]},
            },
            "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
        },
    )
    removed = fleet.run("remove")
    assert removed.returncode == 0 and "'Uses the office'" in removed.output
    assert set(state(tenant)) == {"Trusted - MSP Office", "Uses the office"}
    assert state(tenant)["Trusted - MSP Office"]["isTrusted"] is True


def test_drift_is_shown_by_check_and_taken_back_by_deploy(fleet, tenant):
    succeeded(fleet.run("deploy"))
    wanted = state(tenant)
    policy = next(e for e in tenant.policies() if e["displayName"] == MFA)
    conditions = {
        **policy["conditions"],
        "locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]},
    }
    path = f"/identity/conditionalAccess/policies/{policy['id']}"
    tenant.graph("PATCH", path, {"conditions": conditions, "state": "disabled"})
    location = next(e for e in tenant.locations() if e["displayName"] == "Trusted - Warehouse")
    tenant.graph(
        "PATCH",
        f"/identity/conditionalAccess/namedLocations/{location['id']}",
        {"@odata.type": "#microsoft.graph.ipNamedLocation", "isTrusted": False},
    )
    checked = succeeded(fleet.run("deploy", "--check", "--diff"))
    assert recap(checked, "changed") == 2 and fleet.writes() == []
    assert '-    "trusted": false' in checked.output and '+    "trusted": true' in checked.output
    assert '-    "enforcement": "disabled"' in checked.output
    succeeded(fleet.run("deploy"))
    assert state(tenant) == wanted


def test_an_enforced_policy_is_not_set_back(fleet, tenant):
    succeeded(fleet.set(syncro_enforcement="enabled").run("deploy"))
    assert state(tenant)[BLOCK]["state"] == "enabled"
    again = succeeded(fleet.set(syncro_enforcement=None).run("deploy"))
    assert recap(again, "changed") == 0 and state(tenant)[BLOCK]["state"] == "enabled"
    assert "is enabled and stays so" in again.output
    succeeded(fleet.set(syncro_enforcement="disabled").run("deploy"))
    assert state(tenant)[BLOCK]["state"] == "disabled"
    succeeded(fleet.set(syncro_enforcement=None).run("deploy"))
    assert state(tenant)[BLOCK]["state"] == "enabledForReportingButNotEnforced", "off by hand is drift"


def test_a_site_that_has_ended_is_taken_out(fleet, tenant):
    travel = {"name": "Travel - Dana", "cidrs": ["192.0.2.7/32"], "expires": moment(days=1)}
    succeeded(fleet.set(syncro_sites=[*SITES, travel]).run("deploy"))
    assert "Trusted - Travel - Dana" in state(tenant)
    ended = {**travel, "expires": moment(days=-1)}
    fleet.set(syncro_sites=[*SITES, ended])
    checked = succeeded(fleet.run("deploy", "--check"))
    assert recap(checked, "changed") == 2 and fleet.writes() == [], "the policy, and the location"
    succeeded(fleet.run("deploy"))
    assert "Trusted - Travel - Dana" not in state(tenant)
    policy = next(e for e in tenant.policies() if e["displayName"] == BLOCK)
    assert len(policy["conditions"]["locations"]["excludeLocations"]) == 2
    assert recap(succeeded(fleet.run("deploy")), "changed") == 0


def test_without_a_service_account_part_b_is_skipped_and_said_so(fleet, tenant):
    done = succeeded(fleet.set(syncro_service_account=None).run("deploy"))
    assert "part B (MFA on the Syncro service account) is skipped" in done.output
    assert MFA not in state(tenant) and BLOCK in state(tenant)


@pytest.mark.parametrize(("tag", "made"), [("part_a", BLOCK), ("part_b", MFA)])
def test_a_part_alone(fleet, tenant, tag, made):
    succeeded(fleet.run("deploy", "--tags", tag))
    assert {BLOCK, MFA} & set(state(tenant)) == {made}


def test_names_of_the_reader_s_own(fleet, tenant):
    own = {
        "syncro_ip_restriction_policy_name": "CA042 Syncro",
        "syncro_ip_restriction_location_prefix": "Site ",
        "syncro_service_account_mfa_policy_name": "CA043 Syncro service account",
    }
    succeeded(fleet.set(**own).run("deploy"))
    assert set(state(tenant)) == {"Site MSP Office", "Site Warehouse", "CA042 Syncro", "CA043 Syncro service account"}
    succeeded(fleet.run("remove"))
    assert state(tenant) == {}


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
