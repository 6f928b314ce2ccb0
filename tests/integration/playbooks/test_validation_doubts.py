# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What validation must not take for proof."""

from __future__ import annotations

import json

from company import OFFICE, STRANGER, evidence_of, statuses
from fleet import succeeded

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
    assert "it is for dana@tenant1.example and not for all users" in done.output
    result, done = company.validates("-e", NARROWED)
    assert statuses(result)["restriction"] == "pass"
    assert "narrower, which is allowed: it is for dana@tenant1.example" in evidence_of(result, "restriction")
    succeeded(company.fleet.run("enforce", "-e", NARROWED))
    assert company.signs_in("alex", STRANGER) == "succeeded" and company.signs_in("dana", STRANGER) == "blocked"
