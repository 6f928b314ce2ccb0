# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence: only of this policy as it is, ready, and fresh."""

from __future__ import annotations

import datetime

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import evidence

POLICY = {
    "id": "2d0f3f0e-9b64-4b0b-8f37-5b1c3f7d1a44",
    "displayName": "Wall",
    "state": "enabledForReportingButNotEnforced",
    "createdDateTime": "2026-03-02T09:15:31Z",
    "modifiedDateTime": None,
}
ON = {**POLICY, "state": "enabled"}


NOW = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)


def seen(minutes=1.0, **more):
    at = NOW - datetime.timedelta(minutes=minutes)
    return {"verdict": "ready", "at": at.isoformat(), "tenant": "t", "policy": POLICY["id"].upper(), **more}


def told(given, before=..., after=None, needs=True):
    before, after = POLICY if before is ... else before, after or ON
    options = {"needs_evidence": needs, "evidence": given}
    return [found.where for found in evidence.findings(options, before, after, lambda: "t", NOW)]


@pytest.mark.parametrize("minutes", [0, 1, 59.5])
def test_fresh_evidence_that_it_is_ready(minutes):
    assert told(seen(minutes)) == []


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (None, "none was given"),
        ({}, "none was given"),
        (seen(verdict="unknown", reasons=["No log."]), "the verdict is unknown: No log"),
        (seen(61), "what was given is 61 minutes old, and 60 are allowed"),
        (seen(policy="another"), "what was given is of another policy or tenant"),
        (seen(tenant="another"), "what was given is of another policy or tenant"),
        (seen(at="yesterday"), "what was given does not say when it was seen"),
    ],
)
def test_what_is_none(given, why):
    assert told(given) == [f"policy 'Wall' ({why})"]


def test_a_policy_that_was_changed_since():
    assert told(seen(), before={**POLICY, "modifiedDateTime": NOW.isoformat()}) == [
        "policy 'Wall' (the policy has been changed since it was seen)"
    ]


def test_a_policy_that_is_not_there_yet():
    assert told(seen(), before=None) == ["policy 'Wall' (it is not there yet, so nothing can have been seen of it)"]


@pytest.mark.parametrize(
    ("before", "after", "needs"),
    [(ON, ON, True), (POLICY, POLICY, True), (ON, POLICY, True), (POLICY, ON, False), (None, POLICY, True)],
    ids=["on already", "not on", "off again", "not asked for", "made in report-only"],
)
def test_where_none_is_needed(before, after, needs):
    assert told(None, before, after, needs) == []
