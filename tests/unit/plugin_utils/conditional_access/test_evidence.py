# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence: only of this policy as it is, ready, and fresh."""

from __future__ import annotations

import datetime

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import evidence, fingerprint, growth

OFFICE = {
    "@odata.type": "#microsoft.graph.ipNamedLocation",
    "id": "8f2b0c54-6f0e-4a52-9d5c-3a1f7f4f6b21",
    "displayName": "Office",
    "modifiedDateTime": "2026-03-02T09:15:31Z",
    "isTrusted": True,
    "ipRanges": [{"cidrAddress": "198.51.100.10/32"}, {"cidrAddress": "2001:db8::/48"}],
}
OTHER = {**OFFICE, "id": "8f2b0c54-6f0e-4a52-9d5c-3a1f7f4f6b22", "displayName": "Other", "isTrusted": False}
POLICY = {
    "id": "2d0f3f0e-9b64-4b0b-8f37-5b1c3f7d1a44",
    "displayName": "Wall",
    "state": "enabledForReportingButNotEnforced",
    "createdDateTime": "2026-03-02T09:15:31Z",
    "modifiedDateTime": None,
    "conditions": {
        "users": {"includeUsers": ["All"], "excludeUsers": ["4b1d7a35-3f0c-4d25-8f6a-6a6d5a0e0b01"]},
        "applications": {"includeApplications": ["33333333-3333-4333-8333-333333333333"]},
        "locations": {"includeLocations": ["All"], "excludeLocations": [OFFICE["id"]]},
    },
    "grantControls": {"operator": "OR", "builtInControls": ["block"]},
}
ON = {**POLICY, "state": "enabled"}


NOW = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)


def seen(minutes=1.0, **more):
    at = NOW - datetime.timedelta(minutes=minutes)
    own = {"verdict": "ready", "at": at.isoformat(), "tenant": "t", "policy": POLICY["id"].upper()}
    return {**own, "seen": fingerprint.seen(POLICY, [OFFICE, OTHER]), **more}


def told(given, before=..., after=None, needs=True, locations=(OFFICE, OTHER)):
    before, after = POLICY if before is ... else before, after or ON
    options = {"needs_evidence": needs, "evidence": given}
    there = evidence.There(lambda: "t", growth.Around(locations), NOW)
    return [found.where for found in evidence.findings(options, before, after, there)]


@pytest.mark.parametrize("minutes", [0, 1, 59.5, -4.9], ids=["now", "a minute", "an hour", "a clock ahead"])
def test_fresh_evidence_that_it_is_ready(minutes):
    assert told(seen(minutes)) == []


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (None, "none was given"),
        ({}, "none was given"),
        (seen(verdict="unknown", reasons=["No log."]), "the verdict is unknown: No log"),
        (seen(61), "what was given is 61 minutes old, and 60 are allowed"),
        (seen(-6), "what was given is 6 minutes ahead of the clock here"),
        (seen(seen=None), "what was given does not say how the policy and its locations were when it was seen"),
        (seen(seen=["x"]), "what was given does not say how the policy and its locations were when it was seen"),
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


MOVED = {**OFFICE, "ipRanges": [{"cidrAddress": "203.0.113.80/32"}]}


def changed(**conditions):
    return {**POLICY, "conditions": {**POLICY["conditions"], **conditions}}


TWO = changed(locations={"includeLocations": ["All"], "excludeLocations": [OFFICE["id"], OTHER["id"]]})
TRUSTED = changed(locations={"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]})


@pytest.mark.parametrize(
    ("was", "locations", "why"),
    [
        (POLICY, [MOVED, OTHER], "location 'Office' has been changed since it was seen"),
        (POLICY, [{**OFFICE, "isTrusted": False}, OTHER], "location 'Office' has been changed since it was seen"),
        (POLICY, [OTHER], "location 'Office' is not there any more"),
        (TRUSTED, [OFFICE, {**OTHER, "isTrusted": True}], "location 'Other' was not there when it was seen"),
        (TRUSTED, [MOVED, OTHER], "location 'Office' has been changed since it was seen"),
        (TWO, [MOVED, {**MOVED, "id": OTHER["id"], "displayName": "Other"}], "'Office' has been changed"),
    ],
    ids=["another address", "no longer trusted", "deleted", "one more that is trusted", "one that is trusted", "two"],
)
def test_locations_that_were_changed_since(was, locations, why):
    (found,) = told(seen(seen=fingerprint.seen(was, [OFFICE, OTHER])), before=was, locations=locations)
    assert why in found and "policy has been changed" not in found


@pytest.mark.parametrize(
    "now",
    [TWO, changed(clientAppTypes=["other"]), {**POLICY, "grantControls": {"builtInControls": ["mfa"]}}],
    ids=["a location more", "old protocols only", "mfa"],
)
def test_a_policy_that_is_another_whatever_its_times_say(now):
    assert told(seen(), before=now) == ["policy 'Wall' (the policy has been changed since it was seen)"]


def test_what_makes_no_difference():
    same = {
        **OFFICE,
        "displayName": "Head office",
        "modifiedDateTime": NOW.isoformat(),
        "ipRanges": OFFICE["ipRanges"][::-1],
    }
    renamed = {**changed(platforms=None, clientAppTypes=[]), "displayName": "Fence"}
    assert told(seen(), before=renamed, locations=[MOVED | {"id": OTHER["id"]}, same]) == []


OTHER_APP = changed(applications={"includeApplications": ["33333333-3333-4333-8333-333333333334"]})


def test_a_policy_that_is_on_and_would_stop_more():
    for given in (None, seen()):
        (found,) = told(given, before=ON, after={**OTHER_APP, "state": "enabled"})
        assert (
            "(it is on and would stop more: it would be for 33333333-3333-4333-8333-333333333334 too. Go back" in found
        )
    assert told(None, before=ON, after={**TWO, "state": "enabled"}) == []
    assert told(None, before=ON, after=OTHER_APP) == [], "it is off then"


def test_evidence_is_of_the_policy_as_it_was_and_not_of_what_is_made_of_it():
    (found,) = told(seen(), after={**OTHER_APP, "state": "enabled"})
    assert "it would stop more than was seen: it would be for 33333333-3333-4333-8333-333333333334 too" in found
    assert told(seen(), after={**TWO, "state": "enabled"}) == []


def test_a_policy_that_is_not_there_yet():
    assert told(seen(), before=None) == ["policy 'Wall' (it is not there yet, so nothing can have been seen of it)"]


@pytest.mark.parametrize(
    ("before", "after", "needs"),
    [(ON, ON, True), (POLICY, POLICY, True), (ON, POLICY, True), (POLICY, ON, False), (None, POLICY, True)],
    ids=["on already", "not on", "off again", "not asked for", "made in report-only"],
)
def test_where_none_is_needed(before, after, needs):
    assert told(None, before, after, needs) == []
