# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The questions that evaluation is there for: who gets in from where, and can the tenant still be administered."""

from __future__ import annotations

import pytest
from evaluation_tenant import (
    APPLICATIONS,
    DANA,
    HOME,
    OFFICE,
    OTHER,
    SYNCRO,
    TECHNICIANS,
    policy,
    policy_set,
)

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.known_applications import (
    ENTRA_ADMIN_CENTER,
    MICROSOFT_GRAPH,
)
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in import SignIn, Target, User
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in_log import SignInReader

BREAK_GLASS, SERVICE = OTHER, "0a1b2c3d-0050-4bbb-8ccc-0123456789ab"
REPORT_ONLY = "enabledForReportingButNotEnforced"


def part_a(state="enabled", excluded=(BREAK_GLASS, SERVICE)):
    """Block Syncro from anywhere but the office."""
    return policy(
        state,
        name="Block Syncro - Outside Trusted IPs",
        users={"includeUsers": ["All"], "excludeUsers": list(excluded)},
        applications={"includeApplications": [SYNCRO]},
        locations={"includeLocations": ["All"], "excludeLocations": [OFFICE]},
    )


def part_b():
    """The service account does MFA at every sign-in."""
    every_time = {"isEnabled": True, "frequencyInterval": "everyTime"}
    own = policy(controls=["mfa"], name="Syncro Service Account MFA Policy", users={"includeUsers": [SERVICE]})
    return {**own, "sessionControls": {"signInFrequency": every_time}}


BOTH = policy_set(part_a(), part_b())


def member(object_id, **facts):
    return User(object_id, kinds={"member"}, **facts)


@pytest.mark.parametrize(
    ("user", "ip", "verdict"),
    [
        pytest.param(DANA, "8.8.8.10", "granted", id="technician-at-the-office"),
        pytest.param(DANA, "2600:1::7", "granted", id="technician-at-the-office-by-ipv6"),
        pytest.param(DANA, "5.5.5.5", "blocked", id="technician-elsewhere"),
        pytest.param(DANA, None, "unknown", id="technician-nobody-knows-where"),
        pytest.param(BREAK_GLASS, None, "granted", id="break-glass"),
        pytest.param(SERVICE, None, "needs", id="service-account"),
    ],
)
def test_who_gets_into_syncro(user, ip, verdict):
    assert BOTH.evaluate(SignIn.to(Target.of(SYNCRO), identity=member(user), ip=ip)).outcome.verdict == verdict


def test_the_service_account_is_asked_every_time():
    outcome = BOTH.evaluate(SignIn.to(Target.of(SYNCRO), identity=member(SERVICE))).outcome
    assert outcome.needs == (("mfa",),)
    assert outcome.session.sign_in_frequency == (("primaryAndSecondaryAuthentication", "everyTime"),)


# From an address of which nothing is known, at a device of which nothing is known: what gets past that is left out for certain.
EVERYTHING = {"includeApplications": ["All"]}
LOCKOUTS = [
    ("nothing-in-the-way", [part_a(), part_b()], "granted"),
    ("mfa-is-in-reach", [policy(controls=["mfa"])], "needs"),
    ("block-everything", [policy()], "blocked"),
    ("block-everything-but-it", [policy(users={"includeUsers": ["All"], "excludeUsers": [BREAK_GLASS]})], "granted"),
    ("block-portals", [policy(applications={"includeApplications": ["MicrosoftAdminPortals"]})], "blocked"),
    ("block-mail", [policy(applications={"includeApplications": ["Office365"]})], "granted"),
    (
        "block-elsewhere",
        [policy(locations={"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]})],
        "unknown",
    ),
    ("block-a-group", [policy(users={"includeGroups": [TECHNICIANS]})], "unknown"),
    ("block-in-report-only", [policy(REPORT_ONLY)], "granted"),
    ("compliant-device", [policy(controls=["compliantDevice"])], "needs"),
]


@pytest.mark.parametrize(("policies", "verdict"), [pytest.param(*row[1:], id=row[0]) for row in LOCKOUTS])
def test_can_a_break_glass_account_reach_the_admin_center(policies, verdict):
    sign_in = SignIn.to(ENTRA_ADMIN_CENTER, identity=member(BREAK_GLASS))
    assert policy_set(*policies).evaluate(sign_in).outcome.verdict == verdict


def entry(**changes):
    return {
        "createdDateTime": "2026-08-20T10:00:00Z",
        "userId": DANA,
        "homeTenantId": HOME,
        "resourceTenantId": HOME,
        "appId": SYNCRO,
        "resourceId": MICROSOFT_GRAPH,
        "clientAppUsed": "Browser",
        "ipAddress": "5.5.5.5",
        **changes,
    }


def test_a_replay_of_what_is_only_proposed():
    reader, proposed = SignInReader(HOME, applications=APPLICATIONS), policy_set(part_a(REPORT_ONLY), part_b())
    log = [entry(), entry(ipAddress="8.8.8.10"), entry(userId=SERVICE), entry(ipAddress=None), entry(userId=None)]
    found = [proposed.evaluate(reader.sign_in(one)) for one in log]
    assert [one.outcome_if_enforced.verdict for one in found] == ["blocked", "granted", "needs", "unknown", "unknown"]
    assert found[0].outcome.verdict == "granted"
    assert found[0].policies[0].result == "reportOnlyFailure"
    assert found[1].policies[0].result == "reportOnlyNotApplied"
    assert found[3].outcome_if_enforced.missing == ("the IP address",)
