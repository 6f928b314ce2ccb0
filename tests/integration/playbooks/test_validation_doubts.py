# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What validation must not take for proof."""

from __future__ import annotations

import json

import pytest
from company import HOME_SITE, OFFICE, SITES, STRANGER, evidence_of, statuses
from fleet import succeeded

# What the roles are made of runs on both Pythons in test_readme, test_demo and test_deploy_and_remove.
pytestmark = [pytest.mark.one_ansible, pytest.mark.usefixtures("together")]

MFA = {"operator": "OR", "builtInControls": ["mfa"]}
NARROWED = json.dumps({"syncro_validation_allow_narrowed": True})


def test_a_policy_that_no_longer_blocks_is_not_enforced(company):
    company.changes_by_hand(grantControls=MFA)
    company.signs_in("dana", OFFICE, 3)
    result, done = company.validates("-e", NARROWED)
    assert result["verdict"] == "not ready" and statuses(result)["restriction"] == "fail"
    assert "it does not block; what it asks for is mfa" in done.output
    refused = company.fleet.run("enforce")
    assert refused.returncode != 0 and "[NO-EVIDENCE]" in refused.output
    assert company.policy == "enabledForReportingButNotEnforced"


def test_a_policy_that_is_for_one_person_is_enforced_only_where_that_is_allowed(company):
    users = company.blocking["conditions"]["users"]
    company.changes_by_hand(conditions={"users": {**users, "includeUsers": [company.id_of("dana")]}})
    company.signs_in("dana", OFFICE, 3)
    result, done = company.validates()
    assert result["verdict"] == "not ready" and statuses(result)["restriction"] == "fail"
    assert f"it is for {company.tenant.upn('dana')} and not for all users" in done.output
    result, done = company.validates("-e", NARROWED)
    assert statuses(result)["restriction"] == "pass"
    assert f"narrower, which is allowed: it is for {company.tenant.upn('dana')}" in evidence_of(result, "restriction")
    succeeded(company.fleet.run("enforce", "-e", NARROWED))
    assert company.signs_in("alex", STRANGER) == "succeeded" and company.signs_in("dana", STRANGER) == "blocked"


def test_who_has_left_the_tenant_does_not_keep_the_others_from_proof(company):
    company.signs_in("dana", OFFICE, 3)
    company.signs_in("alex", OFFICE)
    company.leaves("alex")
    result, done = company.validates()
    assert result["verdict"] == "ready", done.output
    left = f"not asked about, as they have left the tenant: {company.tenant.upn('alex')}"
    assert left in evidence_of(result, "what-if")


@pytest.mark.practice(
    variables={"entra_wait_timeout": 2}, faults=[{"path": "conditionalAccess/evaluate$", "status": 500}]
)
def test_what_if_that_cannot_be_had_leaves_the_rest_of_the_report(company):
    company.signs_in("dana", OFFICE, 3)
    result, dummy = company.validates()
    assert result["verdict"] == "unknown" and "Gave up: waited" in evidence_of(result, "what-if")
    assert [name for name, status in statuses(result).items() if status != "pass"] == ["what-if"]
    refused = company.fleet.run("enforce")
    assert refused.returncode != 0 and "[NO-EVIDENCE]" in refused.output


def test_a_site_that_has_ended_and_is_still_let_in(company):
    company.fleet.set(syncro_sites=[*SITES, HOME_SITE])
    succeeded(company.fleet.run("deploy"))
    company.signs_in("dana", OFFICE, 3)
    company.fleet.set(
        syncro_sites=[*SITES, {**HOME_SITE, "expires": "2020-01-01T00:00:00Z"}], syncro_validation_every_site_seen=False
    )
    result, done = company.validates()
    assert result["verdict"] == "not ready" and statuses(result)["sites-ended"] == "fail"
    assert "'Home of Dana' has ended at 2020-01-01T00:00:00Z, and the policy still lets in who is there" in done.output
    succeeded(company.fleet.run("deploy"))
    company.signs_in("dana", OFFICE)
    assert company.validates()[0]["verdict"] == "ready"
