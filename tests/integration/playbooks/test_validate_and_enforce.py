# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Step 3 and what follows: a policy is proven by real sign-ins, enforced on that alone, and taken back in one step."""

from __future__ import annotations

import json
import shlex

import ansible_run
import pytest
from company import CLOUD, HOME, HOME_SITE, NAMED_LOCATIONS, OFFICE, SITES, STRANGER, statuses
from fleet import BLOCK, recap, succeeded

# What the roles are made of runs on both Pythons in test_readme, test_demo and test_deploy_and_remove.
pytestmark = [pytest.mark.one_ansible, pytest.mark.usefixtures("together")]


def test_from_a_technician_elsewhere_to_enforced_and_back(company):
    company.signs_in("dana", OFFICE, 2)
    company.signs_in("alex", OFFICE, 2)
    company.signs_in("dana", HOME, 3)
    company.signs_in("syncro-svc", CLOUD, 2)
    result, done = company.validates()
    assert result["verdict"] == "not ready" and result["evidence"]["verdict"] == "not ready"
    assert [name for name, status in statuses(result).items() if status != "pass"] == ["outside"]
    assert f"{company.tenant.upn('dana')} from 203.0.113.80 (3 times)" in done.output
    assert f"No site covers {HOME}/32" in done.output
    (log,) = [check["evidence"] for check in result["checks"] if check["id"] == "log"]
    assert log.endswith("Would fail 3, Would succeed 4")

    refused = company.fleet.run("enforce")
    assert refused.returncode != 0 and "[NO-EVIDENCE]" in refused.output and "verdict is not ready" in refused.output
    assert company.policy == "enabledForReportingButNotEnforced"

    succeeded(company.fleet.set(syncro_sites=[*SITES, HOME_SITE]).run("deploy"))
    for who, ip in (("dana", HOME), ("dana", OFFICE), ("alex", OFFICE)):
        company.signs_in(who, ip)
    result, done = company.validates()
    assert result["verdict"] == "ready" and result["reasons"] == [], done.output
    assert len(result["what_if"]) == 2 * 2 + 2 + 2 and all(one["as_meant"] for one in result["what_if"])

    checked = succeeded(company.fleet.run("enforce", "--check"))
    assert recap(checked, "changed") == 1 and company.policy == "enabledForReportingButNotEnforced"
    enforced = succeeded(company.fleet.run("enforce"))
    assert recap(enforced, "changed") == 1 and company.policy == "enabled" and "it blocks" in enforced.output
    assert company.signs_in("dana", STRANGER) == "blocked" and company.signs_in("dana", HOME) == "succeeded"
    assert company.signs_in("syncro-svc", CLOUD) == "succeeded"
    assert recap(succeeded(company.fleet.run("deploy")), "changed") == 0
    again = company.fleet.run("enforce")
    assert again.returncode == 0 and recap(again, "changed") == 0, "what is on stays on"

    relaxed = succeeded(company.fleet.run("relax"))
    assert recap(relaxed, "changed") == 1 and company.policy == "enabledForReportingButNotEnforced"
    assert [line["method"] for line in company.fleet.writes()] == ["PATCH"]
    assert company.signs_in("dana", STRANGER) == "succeeded"
    assert recap(succeeded(company.fleet.run("relax")), "changed") == 0


def test_who_is_meant_to_be_blocked_speaks_against_nothing(company):
    company.signs_in("dana", OFFICE, 3)
    company.signs_in("alex", STRANGER)
    expected = json.dumps({"syncro_validation_expected_blocked": [company.tenant.upn("alex")]})
    assert company.validates()[0]["verdict"] == "not ready"
    assert company.validates("-e", expected)[0]["verdict"] == "ready"
    by_address = json.dumps({"syncro_validation_expected_blocked": [STRANGER]})
    assert company.validates("-e", by_address)[0]["verdict"] == "ready"


@pytest.mark.parametrize(
    ("variables", "sign_ins", "check", "verdict"),
    [
        ({"syncro_validation_soak_days": 7}, [("dana", OFFICE, 3)], "soak", "not ready"),
        ({"syncro_validation_minimum_sign_ins": 4}, [("dana", OFFICE, 3)], "sign-ins", "not ready"),
        ({"syncro_validation_minimum_sign_ins": 0}, [], "sites-seen", "not ready"),
        ({"syncro_validation_minimum_sign_ins": 0, "syncro_validation_every_site_seen": False}, [], "log", "unknown"),
    ],
    ids=["too early", "too few", "a site not seen", "nothing logged"],
)
def test_what_is_not_proven_is_not_enforced(company, variables, sign_ins, check, verdict):
    for who, ip, times in sign_ins:
        company.signs_in(who, ip, times)
    company.fleet.set(**variables)
    result, dummy = company.validates()
    assert result["verdict"] == verdict and statuses(result)[check] != "pass"
    done = company.fleet.run("enforce")
    assert done.returncode != 0 and f"the verdict is {verdict}" in done.output
    assert company.policy == "enabledForReportingButNotEnforced"


def test_without_the_permission_to_read_the_log_nothing_is_known(company):
    company.signs_in("dana", OFFICE, 3)
    company.fleet.set(entra_client_id=f"{company.tenant.number:08d}-5555-4555-8555-555555555555")
    result, done = company.validates()
    assert result["verdict"] == "unknown" and "AuditLog.Read.All" in done.output
    refused = company.fleet.run("enforce")
    assert refused.returncode != 0 and "the verdict is unknown" in refused.output


def test_a_waiver_is_reported(company):
    done = company.fleet.run("enforce", "-e", '{"accept_risks": ["NO-EVIDENCE"]}')
    assert done.returncode == 0 and company.policy == "enabled"
    assert (
        f"Risk accepted: [NO-EVIDENCE] The policy would be enforced without evidence: policy '{BLOCK}' (the verdict is"
        in (" ".join(done.output.split()))
    )


def test_the_way_back_that_is_told_is_the_run_s_own(company):
    """As it is told, it relaxes those that this run has enforced, and nobody else."""
    (host,) = company.fleet.hosts
    limits = ["--limit", host, "-e", json.dumps({"tenants": ["entra_tenants", "!other"]})]
    waived = json.dumps({"accept_risks": ["NO-EVIDENCE"]})
    done = company.fleet.run("enforce", *limits, "-e", waived)
    (said,) = [
        line["result"]["msg"] for line in done.results if "report-only at once" in str(line["result"].get("msg"))
    ]
    told = shlex.split(said.partition("at once: ")[2])
    tenants = json.dumps({"tenants": ["entra_tenants", "!other"]})
    assert told == [
        *("ansible-playbook", "msp.entra.relax", "-i", str(company.fleet.home / "inventory.yml")),
        *("-e", tenants, "--limit", host),
    ]
    assert ansible_run.run(company.fleet.home, *told[1:]).returncode == 0
    assert company.policy == "enabledForReportingButNotEnforced"


def test_evidence_that_is_stale_of_another_policy_or_of_an_older_state(company):
    company.signs_in("dana", OFFICE, 3)
    evidence = company.validates()[0]["evidence"]
    assert evidence["verdict"] == "ready"
    wrong = {
        "has been changed since it was seen": {"at": "2026-01-01T00:00:00Z"},
        "another policy or tenant": {"policy": "4b1d7a35-3f0c-4d25-8f6a-6a6d5a0e0b01"},
        "does not say when": {"at": None},
        "the verdict is not ready": {"verdict": "not ready"},
    }
    task = {"display_name": BLOCK, "enforcement": "enabled", "needs_evidence": True}
    tasks = [
        {"msp.entra.conditional_access_policy": {**task, "evidence": evidence | change}} for change in wrong.values()
    ]
    done = company.tenant.tasks(*tasks, keep_going=True)
    assert ansible_run.writes(company.tenant.log()) == []
    for number, told in enumerate(wrong):
        assert done.failed(str(number)) and told in done.of(str(number))["msg"], told
    company.changes_by_hand(description="by hand")
    late = company.tenant.tasks({"msp.entra.conditional_access_policy": {**task, "evidence": evidence}})
    assert late.returncode != 0 and "has been changed since it was seen" in late.results[-1]["result"]["msg"]


def test_evidence_of_a_site_that_has_moved_since(company):
    company.signs_in("dana", OFFICE, 3)
    evidence = company.validates()[0]["evidence"]
    (office,) = company.tenant.locations()
    body = {"@odata.type": office["@odata.type"], "ipRanges": [{**office["ipRanges"][0], "cidrAddress": f"{HOME}/32"}]}
    company.tenant.graph("PATCH", f"{NAMED_LOCATIONS}/{office['id']}", body)
    task = {"display_name": BLOCK, "enforcement": "enabled", "needs_evidence": True, "evidence": evidence}
    done = company.tenant.tasks({"msp.entra.conditional_access_policy": task})
    assert done.returncode != 0 and ansible_run.writes(company.tenant.log()) == []
    assert (
        f"policy '{BLOCK}' (location 'Trusted - Office' has been changed since it was seen)"
        in done.results[-1]["result"]["msg"]
    )
    back = {**body, "ipRanges": office["ipRanges"]}
    company.tenant.graph("PATCH", f"{NAMED_LOCATIONS}/{office['id']}", back)
    (result,) = company.tenant.results({"msp.entra.conditional_access_policy": task})
    assert result["changed"], "it is as it was seen"


def test_the_result_is_written_down(company):
    company.signs_in("dana", OFFICE, 3)
    reports = company.fleet.home / "reports"
    company.validates("-e", f"syncro_validation_report_path={reports}")
    file = reports / f"t{company.tenant.number}.json"
    assert json.loads(file.read_text(encoding="utf-8"))["verdict"] == "ready" and file.stat().st_mode & 0o777 == 0o600


def test_a_policy_that_is_not_there(company):
    done = company.fleet.run("validate", "-e", "syncro_validation_policy_name=Nothing")
    assert (
        done.returncode != 0 and "policy: there is no policy 'Nothing' in this tenant; deploy it first." in done.output
    )


def test_the_way_back_is_open_whatever_the_guard_thinks_of_the_policy(company):
    """One that blocks everybody from everywhere, made by hand and on."""
    path = "/identity/conditionalAccess/policies"
    policy = next(one for one in company.tenant.policies() if one["displayName"] == BLOCK)
    users = {**policy["conditions"]["users"], "excludeUsers": []}
    change = {"state": "enabled", "conditions": {**policy["conditions"], "users": users, "locations": None}}
    company.tenant.graph("PATCH", f"{path}/{policy['id']}", change)
    assert recap(succeeded(company.fleet.run("relax")), "changed") == 1
    assert company.policy == "enabledForReportingButNotEnforced"
