# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy is the restriction, or it says what else it is."""

from __future__ import annotations

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.restriction import judged

APP, OTHER = "33333333-3333-4333-8333-333333333333", "33333333-3333-4333-8333-333333333334"
BREAK_GLASS, SERVICE, DANA = (f"4b1d7a35-3f0c-4d25-8f6a-6a6d5a0e0b0{number}" for number in (1, 2, 3))
OFFICE = "8f2b0c54-6f0e-4a52-9d5c-3a1f7f4f6b21"
USERS = {"includeUsers": ["All"], "excludeUsers": [BREAK_GLASS, SERVICE]}
RISKS = ("signInRiskLevels", "userRiskLevels", "servicePrincipalRiskLevels")


def policy(grant=None, **conditions):
    return {
        "state": "enabledForReportingButNotEnforced",
        "conditions": {
            "users": USERS,
            "applications": {"includeApplications": [APP]},
            "clientAppTypes": ["all"],
            "locations": {"includeLocations": ["All"], "excludeLocations": [OFFICE]},
            **conditions,
        },
        "grantControls": grant or {"operator": "OR", "builtInControls": ["block"]},
    }


def look(value):
    return judged(value, APP.upper(), [BREAK_GLASS.upper(), SERVICE], {DANA: "dana", OTHER: "'Other'"}.get)


@pytest.mark.parametrize(
    "value",
    [
        policy(),
        policy(platforms={"includePlatforms": ["all"], "excludePlatforms": []}),
        policy(clientAppTypes=["browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "other"]),
        policy(devices=None, signInRiskLevels=[], authenticationFlows={"transferMethods": "none"}),
        policy(applications={"includeApplications": [APP], "applicationFilter": None, "excludeApplications": []}),
        policy(users={**USERS, "excludeUsers": []}),
    ],
    ids=["as deployed", "all platforms", "every client app", "null and nothing", "no filter", "nobody left out"],
)
def test_the_restriction(value):
    assert look(value) == ([], [])


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (policy({"operator": "OR", "builtInControls": ["mfa"]}), "it does not block; what it asks for is mfa"),
        (policy({"authenticationStrength": {"id": "x"}}), "it does not block; what it asks for is something else"),
        (
            policy(applications={"includeApplications": [APP, OTHER]}),
            "it is for 'Other' too, whose sign-ins were not looked at",
        ),
    ],
    ids=["mfa", "a strength", "another application too"],
)
def test_another_policy(value, told):
    assert look(value) == ([told], [])


def test_a_policy_for_another_application():
    wrong = judged(policy(applications={"includeApplications": [OTHER]}), APP, [BREAK_GLASS, SERVICE]).wrong
    assert wrong[0] == f"it is not for {APP}"
    left_out = policy(applications={"includeApplications": ["All"], "excludeApplications": [APP]})
    assert f"it leaves {APP} out" in judged(left_out, APP, []).wrong


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (policy(users={**USERS, "includeUsers": [DANA]}), "it is for dana and not for all users"),
        (policy(users={**USERS, "includeUsers": ["None"]}), "it is for nobody and not for all users"),
        (
            policy(users={**USERS, "includeUsers": [], "includeGuestsOrExternalUsers": {"x": "y"}}),
            "it is for guests and not for all users",
        ),
        (
            policy(users={**USERS, "excludeUsers": [BREAK_GLASS, DANA]}),
            "it leaves out dana beside the break-glass accounts and the service account",
        ),
        (policy(locations={"includeLocations": [DANA]}), "it is for sign-ins from dana only"),
        (policy(clientAppTypes=["browser"]), "it is for the client apps browser only"),
        (
            policy(platforms={"includePlatforms": ["all"], "excludePlatforms": ["iOS"]}),
            "it is narrowed by device platforms",
        ),
        (policy(devices={"deviceFilter": {"mode": "exclude", "rule": "x"}}), "it is narrowed by a device filter"),
        (policy(insiderRiskLevels="elevated"), "it is narrowed by insider risk"),
        (policy(authenticationFlows={"transferMethods": "deviceCodeFlow"}), "it is narrowed by authentication flows"),
        (policy(ofANewerGraph={"x": ["y"]}), "it is narrowed by ofANewerGraph"),
        (
            policy(applications={"includeApplications": [APP], "applicationFilter": {"mode": "include", "rule": "x"}}),
            "it is narrowed by a filter for applications",
        ),
        *((policy(**{name: ["high"]}), "it is narrowed by the risk of") for name in RISKS),
    ],
)
def test_a_narrower_one(value, told):
    wrong, (narrowed,) = look(value)
    assert wrong == [] and narrowed.startswith(told)
