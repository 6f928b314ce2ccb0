# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every prerequisite: a tenant that is ready, and one that is not for each check alone."""

from __future__ import annotations

import copy
import datetime

import ansible_run
import pytest
from fleet import Fleet
from practice import WRITE, Tenant, tenant_seed

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import readiness_checks
from graph_emulator.launch import RunningEmulator

# What the roles are made of runs on both Pythons in test_readme, test_demo and test_deploy_and_remove.
pytestmark = pytest.mark.one_ansible

NEEDS = [
    "Policy.Read.All",
    "Application.Read.All",
    "User.Read.All",
    "AuditLog.Read.All",
    "LicenseAssignment.Read.All",
    "RoleManagement.Read.Directory",
    "Policy.ReadWrite.ConditionalAccess",
]
YESTERDAY = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
SITES = [{"name": "Office", "cidrs": ["198.51.100.0/28"]}]


def ready_seed(number):
    """A tenant in which everything is as it should be."""
    seed = copy.deepcopy(tenant_seed(number))
    domain = seed["domain"]
    seed["users"][3]["mfa_registered"] = True
    seed["users"].append({"upn": f"breakglass2@{domain}", "roles": ["Global Administrator"], "mfa_registered": True})
    seed["sign_ins"] = [{"user": f"dana@{domain}", "app": "Syncro SSO", "ip": "198.51.100.7", "at": YESTERDAY}]
    seed["clients"][0]["permissions"] = NEEDS
    # One that leaves them out by name, and one by a group, are no obstacle; nor is one that only reports.
    accounts = [f"breakglass@{domain}", f"breakglass2@{domain}"]
    seed["groups"].append({"name": "Emergency", "members": accounts})
    seed["policies"] = [
        old_protocols(excludeUsers=accounts),
        {**old_protocols(excludeGroups=["Emergency"]), "displayName": "By a group"},
        {**old_protocols(), "displayName": "Reports", "state": "enabledForReportingButNotEnforced"},
    ]
    return seed


def change(seed, path, value):
    """Set what stands at a path of keys in a seed."""
    for key in path[:-1]:
        seed = seed[key]
    seed[path[-1]] = value


def in_domain(value, domain):
    if isinstance(value, dict):
        return {name: in_domain(inner, domain) for name, inner in value.items()}
    if isinstance(value, list):
        return [in_domain(inner, domain) for inner in value]
    return value.replace("{domain}", domain) if isinstance(value, str) else value


def old_protocols(**users):
    """A policy in the seed's form that is on and blocks, of everybody but these, what nobody should use any more."""
    return {
        "displayName": "Old protocols",
        "state": "enabled",
        "conditions": {
            "users": {"includeUsers": ["All"], **users},
            "applications": {"includeApplications": ["All"]},
            "clientAppTypes": ["exchangeActiveSync", "other"],
        },
        "grantControls": {"operator": "OR", "builtInControls": ["block"]},
    }


def stopping(control):
    """A policy made by hand that leaves out the service account alone."""
    return {
        "from_a_newer_graph": True,
        "displayName": "Compliant for all",
        "state": "enabled",
        "conditions": {
            "users": {"includeUsers": ["All"], "excludeUsers": ["syncro-svc@{domain}"]},
            "applications": {"includeApplications": ["All"]},
            "clientAppTypes": ["all"],
        },
        "grantControls": {"operator": "OR", "builtInControls": [control]},
    }


ONE = {"syncro_break_glass_accounts": ["breakglass@{domain}"]}

# Each row: the check, the status it gets, what is wrong in the seed, what in the inventory, and what is told.
WRONG = [
    ("licence", "fail", {("licences",): ["EXCHANGE_S_STANDARD"]}, {}, "none of the tenant's enabled licences has it"),
    (
        "permissions",
        "fail",
        {("clients", 0, "permissions"): NEEDS[:-1]},
        {},
        "deploy lacks Policy.ReadWrite.ConditionalAccess",
    ),
    ("security-defaults", "fail", {("security_defaults",): True}, {}, "they are on"),
    ("syncro-application", "fail", {}, {"syncro_application": "Syncro SOS"}, "Near matches: Syncro SSO"),
    ("syncro-application", "fail", {}, {"syncro_application": None}, "syncro_application is not given"),
    (
        "syncro-application-enabled",
        "fail",
        {("applications", 0, "enabled"): False},
        {},
        "it is disabled, and nobody gets in",
    ),
    ("single-sign-on-used", "fail", {("sign_ins",): []}, {}, "0 sign-ins to it in 14 days"),
    (
        "single-sign-on-used",
        "fail",
        {("sign_ins", 0, "error_code"): 50126},
        {},
        "1 sign-in to it in 14 days, none of them",
    ),
    ("single-sign-on-only", "unknown", {}, {"syncro_single_sign_on_only": None}, "Graph cannot tell"),
    ("sites", "fail", {}, {"syncro_sites": [*SITES, {"name": "Lab", "cidrs": ["10.1.0.0/16"]}]}, "[SITE-PRIVATE]"),
    ("sites", "fail", {}, {"syncro_sites": [{"name": "Office", "cidrs": ["198.51.100.0/33"]}]}, "sites[0].cidrs[0]"),
    ("sites", "fail", {}, {"syncro_sites": [{**SITES[0], "expires": "2020-01-01T00:00:00Z"}]}, "[NO-SITE]"),
    (
        "sites-plausible",
        "unknown",
        {},
        {"syncro_sites": [{"name": "Office", "cidrs": ["198.51.96.0/20"]}]},
        "4,096 addresses",
    ),
    (
        "sites-seen",
        "unknown",
        {},
        {"syncro_sites": [*SITES, {"name": "Depot", "cidrs": ["203.0.113.7/32"]}]},
        "from 'Depot' in",
    ),
    ("break-glass", "fail", {}, {"syncro_break_glass_accounts": []}, "syncro_break_glass_accounts is empty"),
    ("break-glass", "fail", {}, {"syncro_break_glass_accounts": ["breakglas@{domain}"]}, "Near matches: breakglass@"),
    ("break-glass-enabled", "fail", {("users", 0, "enabled"): False}, {}, "breakglass@{domain} is disabled"),
    ("break-glass-cloud-only", "fail", {("users", 0, "synced"): True}, {}, "is synchronised"),
    (
        "break-glass-administrator",
        "fail",
        {("users", 0, "roles"): ["Global Reader"]},
        {},
        "is not among the 1 with an active",
    ),
    (
        "break-glass-left-out",
        "fail",
        {("policies",): [old_protocols()]},
        {},
        "breakglass@{domain} is not left out of 'Old",
    ),
    (
        "break-glass-left-out",
        "fail",
        {("policies",): [old_protocols(excludeGroups=["Twins"])]},
        {},
        "is not left out of",
    ),
    (
        "break-glass-left-out",
        "unknown",
        {("policies",): [{**stopping("block"), "state": "enabledForPilot"}]},
        {},
        "may be covered by 'Compliant for all' (what the policy's state enabledForPilot means",
    ),
    (
        "break-glass-way-back",
        "unknown",
        {("policies",): [{**stopping("block"), "state": "enabledForPilot"}]},
        {},
        "may be stopped by 'Compliant for all' (not known: what the policy's state enabledForPilot",
    ),
    (
        "break-glass-way-back",
        "fail",
        {("policies",): [stopping("compliantDevice")]},
        {},
        "breakglass@{domain} is stopped by 'Compliant for all'; breakglass2@",
    ),
    (
        "break-glass-way-back",
        "unknown",
        {("policies",): [stopping("telepathy")]},
        {},
        "breakglass@{domain} may be stopped by 'Compliant for all' (not known: whether telepathy",
    ),
    (
        "break-glass-way-back",
        "fail",
        {("policies",): [stopping("mfa")], ("users", 0, "mfa_registered"): False},
        ONE,
        "breakglass@{domain} is stopped by 'Compliant for all', and has no method for MFA registered",
    ),
    (
        "break-glass-way-back",
        "unknown",
        {
            ("policies",): [stopping("mfa")],
            ("clients", 0, "permissions"): [p for p in NEEDS if not p.startswith("Audit")],
        },
        {},
        "able to do the MFA that is asked for",
    ),
    (
        "break-glass-mfa",
        "fail",
        {("users", 0, "mfa_registered"): False},
        {},
        "breakglass@{domain} has no method for MFA",
    ),
    (
        "break-glass-mfa",
        "unknown",
        {("clients", 0, "permissions"): [p for p in NEEDS if not p.startswith("Audit")]},
        {},
        "AuditLog.Read.All",
    ),
    ("break-glass-way-back", "fail", {("users", 0, "enabled"): False}, ONE, "no such account that is enabled"),
    (
        "break-glass-way-back",
        "unknown",
        {("clients", 0, "permissions"): [p for p in NEEDS if not p.startswith("User")]},
        {},
        "User.Read.All",
    ),
    (
        "break-glass-left-out",
        "unknown",
        {("clients", 0, "permissions"): [p for p in NEEDS if not p.startswith("User")]},
        {},
        "User.Read.All",
    ),
    ("service-account", "fail", {}, {"syncro_service_account": "syncro@{domain}"}, "Near matches: syncro-svc@{domain}"),
    ("service-account", "unknown", {}, {"syncro_service_account": None}, "part B is skipped"),
    ("service-account-enabled", "fail", {("users", 3, "enabled"): False}, {}, "disabled"),
    ("service-account-mfa", "fail", {("users", 3, "mfa_registered"): False}, {}, "no method for MFA"),
    (
        "service-account-apart",
        "fail",
        {},
        {"syncro_service_account": "breakglass@{domain}"},
        "is a break-glass account",
    ),
    # Without a permission, what needs it is unknown.
    (
        "licence",
        "unknown",
        {("clients", 0, "permissions"): [p for p in NEEDS if not p.startswith("License")]},
        {},
        "LicenseAssignment.Read.All",
    ),
    (
        "single-sign-on-used",
        "unknown",
        {("clients", 0, "permissions"): [p for p in NEEDS if not p.startswith("Audit")]},
        {},
        "AuditLog.Read.All",
    ),
    (
        "sites-seen",
        "unknown",
        {("clients", 0, "permissions"): [p for p in NEEDS if not p.startswith("Audit")]},
        {},
        "AuditLog.Read.All",
    ),
    (
        "service-account-mfa",
        "unknown",
        {("clients", 0, "permissions"): [p for p in NEEDS if not p.startswith("Audit")]},
        {},
        "AuditLog.Read.All",
    ),
    (
        "break-glass",
        "unknown",
        {("clients", 0, "permissions"): [p for p in NEEDS if not p.startswith("User")]},
        {},
        "User.Read.All",
    ),
    (
        "break-glass-enabled",
        "unknown",
        {("clients", 0, "permissions"): [p for p in NEEDS if not p.startswith("User")]},
        {},
        "User.Read.All",
    ),
    (
        "break-glass-administrator",
        "unknown",
        {("clients", 0, "permissions"): [p for p in NEEDS if not p.startswith("Role")]},
        {},
        "RoleManagement",
    ),
    (
        "syncro-application",
        "unknown",
        {("clients", 0, "permissions"): [p for p in NEEDS if not p.startswith("Appli")]},
        {},
        "Application.Read.All",
    ),
    (
        "syncro-application-enabled",
        "unknown",
        {("clients", 0, "permissions"): [p for p in NEEDS if not p.startswith("Appli")]},
        {},
        "Application",
    ),
    ("security-defaults", "unknown", {("clients", 0, "permissions"): NEEDS[1:6]}, {}, "Policy.Read.All"),
]

EVERY = {check.id for check in (*readiness_checks.CHECKS, *readiness_checks.SERVICE_ACCOUNT_CHECKS)}


@pytest.fixture(scope="module")
def tenants(tmp_path_factory):
    """A tenant for each row, and one that is ready."""
    seeds = [ready_seed(number) for number in range(1, len(WRONG) + 2)]
    for seed, (dummy, dummy, wrong, dummy, dummy) in zip(seeds[1:], WRONG, strict=True):
        for path, value in wrong.items():
            change(seed, path, in_domain(value, seed["domain"]))
    folder = tmp_path_factory.mktemp("readiness")
    with RunningEmulator({"tenants": seeds}, directory=folder) as server:
        yield [Tenant(number, server, folder) for number in range(1, len(seeds) + 1)]


@pytest.fixture(scope="module")
def run(tenants, tmp_path_factory):
    """One run of the playbook over all of them."""
    fleet = Fleet(tmp_path_factory.mktemp("fleet"), *tenants)
    for number, tenant in enumerate(tenants):
        variables = {
            "syncro_sites": SITES,
            "syncro_break_glass_accounts": [tenant.upn("breakglass"), tenant.upn("breakglass2")],
            "syncro_single_sign_on_only": True,
            **(WRONG[number - 1][3] if number else {}),
        }
        host = fleet.hosts[f"t{tenant.number}"]
        host.update(in_domain(variables, tenant.domain))
        for name in [name for name, value in host.items() if value is None]:
            del host[name]
    done = fleet.run("readiness", "--forks", "8")
    return done, fleet.log()


def checks(run, number):
    (result,) = [
        line["result"]
        for line in run[0].results
        if line["host"] == f"t{number}" and line["task"].endswith("Look at every prerequisite")
    ]
    return {check["id"]: check for check in result["checks"]}, result


def not_ready(run, number):
    """What the playbook ends with, where it ends with that."""
    return [
        line["result"]["msg"]
        for line in run[0].results
        if line["host"] == f"t{number}" and line["status"] == "failed" and "Not ready: " in line["result"]["msg"]
    ]


def test_every_check_has_a_case_that_does_not_pass():
    assert {name for name, status, *dummy in WRONG if status != "pass"} == EVERY


def test_a_ready_tenant_passes_every_check(run):
    found, result = checks(run, 1)
    assert found.keys() == EVERY
    assert {check["id"]: check["evidence"] for check in found.values() if check["status"] != "pass"} == {}
    assert result["ready"] and result["fail"] == result["unknown"] == [] and len(result["pass"]) == len(EVERY)
    assert all(check["remedy"] == "" and check["evidence"] for check in found.values())
    # The fixed part; the groups of the break-glass accounts and the service account's methods; and the sign-ins.
    assert result["requests"]["count"] == 3
    assert "Every prerequisite is there." in run[0].output


def test_one_cause_fails_one_check(run, tenants):
    """Without an account for emergencies there is nothing to say of it."""
    number = [row[4] for row in WRONG].index("syncro_break_glass_accounts is empty") + 1
    found, result = checks(run, tenants[number].number)
    assert result["fail"] == ["break-glass"]
    assert (
        result["unknown"] == [name for name in found if name.startswith("break-glass-")] and len(result["unknown"]) == 6
    )
    assert {found[name]["remedy"] for name in result["unknown"]} == {"See to the check break-glass first."}


@pytest.mark.parametrize("number", range(len(WRONG)), ids=[f"{row[0]}-{row[1]}-{n}" for n, row in enumerate(WRONG)])
def test_what_is_wrong_is_seen_and_nothing_else(run, tenants, number):
    name, status, dummy, dummy, told = WRONG[number]
    tenant = tenants[number + 1]
    found, result = checks(run, tenant.number)
    assert found[name]["status"] == status, found[name]
    assert told.replace("{domain}", tenant.domain) in found[name]["evidence"] and found[name]["remedy"]
    assert not result["ready"]
    failing = any(check["status"] == "fail" for check in found.values())
    assert [f"{name} ({found[name]['evidence']})" in text for text in not_ready(run, tenant.number)] == (
        [status == "fail"] if failing else []
    )
    rest = [check for check in found.values() if check["id"] != name and check["status"] != "pass"]
    # What hangs on the thing that is wrong cannot be seen, or goes wrong with it.
    assert {check["status"] for check in rest} <= {"unknown", "fail"} and len(rest) <= 11


def test_nothing_is_written_and_only_the_failed_stop(run):
    done, log = run
    assert ansible_run.writes(log) == []
    failed = {line["host"] for line in done.results if line["status"] == "failed"}
    expected = {"t1"} ^ {
        f"t{number}"
        for number in range(1, len(WRONG) + 2)
        if number == 1 or any(check["status"] == "fail" for check in checks(run, number)[0].values())
    }
    assert failed == expected and done.returncode != 0


def test_what_is_unknown_can_be_made_to_stop_and_what_fails_not_to(tenants, tmp_path):
    fleet = Fleet(tmp_path, tenants[0])
    fleet.set(syncro_sites=SITES, syncro_break_glass_accounts=[tenants[0].upn("breakglass")])
    strict = fleet.run("readiness", "-e", '{"syncro_readiness_stop_at": ["fail", "unknown"]}')
    assert strict.returncode != 0 and "Not ready: single-sign-on-only (Graph cannot tell whether" in strict.output
    mild = fleet.set(syncro_application="Nothing").run("readiness", "-e", '{"syncro_readiness_stop_at": []}')
    assert mild.returncode == 0 and "-> Set up single sign-on in Syncro" in mild.output


def test_what_is_held_beyond_need_is_named(tmp_path):
    seed = ready_seed(1)
    seed["clients"][0]["permissions"] = [*NEEDS, "Directory.ReadWrite.All"]
    with RunningEmulator({"tenants": [seed]}, directory=tmp_path) as server:
        tenant = Tenant(1, server, tmp_path)
        (result,) = tenant.results({"msp.entra.readiness_info": {"application": "Syncro SSO"}})
    (found,) = [check for check in result["checks"] if check["id"] == "permissions"]
    assert found["status"] == "pass" and found["evidence"].endswith("held and not needed: Directory.ReadWrite.All")
    assert set(WRITE) - set(NEEDS)


def test_an_application_that_nobody_consented_to_is_told_so_once(tmp_path):
    seed = ready_seed(1)
    seed["clients"][0]["permissions"] = []
    with RunningEmulator({"tenants": [seed]}, directory=tmp_path) as server:
        tenant = Tenant(1, server, tmp_path)
        fleet = Fleet(tmp_path, tenant).set(
            syncro_sites=SITES, syncro_break_glass_accounts=[tenant.upn("breakglass"), tenant.upn("breakglass2")]
        )
        done = fleet.run("readiness")
    (said,) = [one["result"]["msg"] for one in done.results if one["task"].endswith("what to do about it")]
    assert said[0].startswith("fail    The application that runs this has the permissions it needs: it has none at all")
    assert "Grant the missing application permissions with an administrator's consent" in said[1]
    assert not [line for line in said if "request-id" in line or "refused" in line]
    assert said.count("        -> See to the check permissions first.") == 17
    assert "Not ready: permissions (it has none at all" in done.output and done.returncode == 2
