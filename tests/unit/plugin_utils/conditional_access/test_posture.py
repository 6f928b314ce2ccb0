# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an attacker would try first, and what was left lying about: each finding, and its nearest harmless neighbour."""

from __future__ import annotations

import datetime
import typing as t

import pytest
from fake_tenant import LOCATIONS, POLICIES, SECURITY_DEFAULTS, Tenant, guid, refusal
from lockout_policies import EVERY_APP, OFFICE, REPORT_ONLY, outside, users
from way_back_cases import blocking

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import posture, verdicts
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput

ADMIN, GLASS, BOSS = guid(1), guid(2), guid(3)
ROLES = "/roleManagement/directory/roleAssignments"
EMERGENCY = "breakglass@x.y"
GLOBAL = "62e90394-69f5-4237-9190-012177145e10"
PLACES = (
    {"id": OFFICE, "displayName": "Trusted - Office", "isTrusted": True, "ipRanges": [{"cidrAddress": "8.8.8.0/24"}]},
)
LEGACY = {"clientAppTypes": ["exchangeActiveSync", "other"]}
MFA = {"controls": ["mfa"]}


def ago(days):
    return (datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days, hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def tenant(*policies, places=PLACES, holders=(GLASS, ADMIN), scope="/"):
    made = Tenant()
    made.objects |= {
        POLICIES: [{"modifiedDateTime": ago(1), **one} for one in policies],
        LOCATIONS: list(places),
        ROLES: [
            {"id": f"r{number}", "principalId": who, "roleDefinitionId": GLOBAL, "directoryScopeId": scope}
            for number, who in enumerate(holders)
        ],
        "/users": [
            {"id": ADMIN, "userPrincipalName": "admin@x.y", "userType": "Member"},
            {"id": GLASS, "userPrincipalName": EMERGENCY, "userType": "Member"},
            {"id": BOSS, "userPrincipalName": "boss@x.y", "userType": "Member"},
        ],
    }
    role = {"@odata.type": "#microsoft.graph.directoryRole", "id": guid(9), "roleTemplateId": GLOBAL}
    made.objects |= {f"/users/{who}/transitiveMemberOf": [role] for who in holders}
    return made


def found(made, check, **options):
    given = {
        "restriction": "Block",
        "site_locations": ["Trusted - Office"],
        "break_glass_accounts": [EMERGENCY],
        **options,
    }
    result = posture.assessed(posture.SPEC.validate(given), made.reads())
    (one,) = [one for one in result["checks"] if one["id"] == check]
    assert one["id"] in result[one["status"]]
    return one


def everyone(**changes):
    return blocking("Everyone", **{**MFA, "applications": EVERY_APP, **changes})


class Case(t.NamedTuple):
    """A tenant, what one check finds in it, and what it tells; with options that differ from those above."""

    name: str
    made: Tenant
    status: str
    evidence: str = ""
    options: dict[str, t.Any] = {}


def waiting(name, state=REPORT_ONLY, **dates):
    """A tenant with one policy that has not been changed since."""
    return tenant({**blocking(name, state=state), **dates})


def by_defaults():
    """A tenant without a policy whose security defaults are on."""
    made = tenant()
    made.single[SECURITY_DEFAULTS] = {"isEnabled": True}
    return made


def trusting(trusted):
    return tenant(places=[{**PLACES[0], "isTrusted": trusted}])


NO_SITE, ANOTHER_SITE = {"site_locations": []}, {"site_locations": ["Trusted"]}

# By the check.
CASES = {
    "restriction-on": [
        Case("on", tenant(blocking("Block")), "pass", "'Block' is on"),
        Case("none", tenant(), "fail", "there is no policy called 'Block'"),
        Case("two", tenant(blocking("Block"), {**blocking("Block"), "id": "twin"}), "fail", "there are several"),
        Case("off", tenant(blocking("Block", state="disabled")), "fail", "'Block' is off"),
        Case("newer", tenant(blocking("Block", state="tomorrow")), "fail", "'Block' has the state tomorrow"),
        Case("report-only", tenant(blocking("Block", state=REPORT_ONLY)), "pass", "unchanged for 1 day"),
        Case("just-in-time", waiting("Block", modifiedDateTime=ago(30)), "pass", "30 days"),
        Case("late", waiting("Block", modifiedDateTime=ago(31)), "fail", "31 days"),
        Case("no-date", waiting("Block", modifiedDateTime=None), "unknown", "does not say since when"),
        Case("never-changed", waiting("Block", modifiedDateTime=None, createdDateTime=ago(31)), "fail", "31"),
    ],
    "mfa-for-administrators": [
        Case("nothing-stops-them", tenant(), "fail", "admin@x.y gets in"),
        Case("mfa-for-all", tenant(everyone()), "pass", "stopped by 'Everyone'"),
        Case("mfa-for-the-role", tenant(everyone(who={"includeRoles": [GLOBAL]})), "pass", "'Everyone'"),
        Case("not-in-the-group", tenant(everyone(who={"includeGroups": ["staff"]})), "fail", "admin@x.y"),
        Case("left-out", tenant(everyone(who=users(ADMIN))), "fail", "admin@x.y"),
        Case("break-glass-left-out", tenant(everyone(who=users(GLASS))), "pass", "'Everyone'"),
        Case("one-of-two", tenant(everyone(who=users(ADMIN)), holders=[ADMIN, BOSS]), "fail", "admin@x.y gets"),
        Case("break-glass-alone", tenant(holders=[GLASS]), "pass", "nobody but break-glass"),
        Case("a-group-or-an-application", tenant(holders=[guid(99)]), "pass", "nobody but"),
        Case("not-the-whole-tenant", tenant(scope="/administrativeUnits/1"), "pass", "nobody but"),
        Case("security-defaults", by_defaults(), "pass"),
    ],
    "mfa-for-everyone": [
        Case("mfa", tenant(everyone()), "pass"),
        Case("blocked", tenant(everyone(controls=["block"])), "pass"),
        Case("no-policy", tenant(), "fail"),
        Case("report-only", tenant(everyone(state=REPORT_ONLY)), "fail"),
        Case("off", tenant(everyone(state="disabled")), "fail"),
        Case("for-one-person", tenant(everyone(who=users(include=["somebody"]))), "fail"),
        Case("for-a-group", tenant(everyone(who={"includeGroups": ["staff"]})), "fail"),
        Case("for-all-but-one", tenant(everyone(who=users(ADMIN))), "pass"),
        Case("one-application", tenant(everyone(applications={"includeApplications": ["syncro"]})), "fail"),
        Case("browsers-only", tenant(everyone(clientAppTypes=["browser"])), "fail"),
        Case("outside-of-the-office", tenant(everyone(locations=outside(OFFICE))), "pass"),
        Case("in-the-office", tenant(everyone(locations={"includeLocations": [OFFICE]})), "fail"),
        Case("one-platform", tenant(everyone(platforms={"includePlatforms": ["android"]})), "unknown"),
        Case("a-device", tenant(everyone(controls=["compliantDevice"])), "pass"),
        Case("mfa-or-a-device", tenant(everyone(controls=["mfa", "compliantDevice"])), "pass"),
        Case("at-risk-only", tenant(everyone(signInRiskLevels=["high"])), "fail"),
        Case("security-defaults", by_defaults(), "pass"),
    ],
    "legacy-authentication": [
        Case("blocked", tenant(blocking("Legacy", **LEGACY)), "pass"),
        Case("mfa-which-it-cannot-do", tenant(everyone()), "pass"),
        Case("only-half", tenant(blocking("Legacy", clientAppTypes=["other"])), "fail"),
        Case("report-only", tenant(blocking("Legacy", state=REPORT_ONLY, **LEGACY)), "fail"),
        Case("modern-only", tenant(everyone(clientAppTypes=["browser", "mobileAppsAndDesktopClients"])), "fail"),
        Case("security-defaults", by_defaults(), "pass"),
    ],
    "left-in-report-only": [
        Case("late", waiting("Trial", modifiedDateTime=ago(31)), "fail"),
        Case("just-in-time", waiting("Trial", modifiedDateTime=ago(30)), "pass"),
        Case("on", waiting("Trial", "enabled", modifiedDateTime=ago(31)), "pass"),
        Case("the-restriction", waiting("Block", modifiedDateTime=ago(31)), "pass"),
    ],
    "trusted-elsewhere": [
        Case("a-site", trusting(True), "pass"),
        Case("no-site", trusting(True), "fail", options=NO_SITE),
        Case("not-trusted", trusting(False), "pass", options=NO_SITE),
        Case("another-site", trusting(True), "fail", options=ANOTHER_SITE),
    ],
}


def test_every_check_has_a_case_that_passes_and_one_that_does_not():
    assert CASES.keys() == {check.id for check in posture.CHECKS}
    of_one_side = [check for check, cases in CASES.items() if len({case.status == verdicts.PASS for case in cases}) < 2]
    assert of_one_side == []


@pytest.mark.parametrize(
    ("check", "case"),
    [pytest.param(check, case, id=f"{check}-{case.name}") for check, cases in CASES.items() for case in cases],
)
def test_what_a_check_finds(check, case):
    one = found(case.made, check, **case.options)
    assert one["status"] == case.status and case.evidence in one["evidence"], one


def test_what_cannot_be_read_is_unknown():
    made = tenant(everyone())
    whole = made._read

    def read(path):
        if path.startswith(ROLES) or path == LOCATIONS:
            raise refusal(403)
        return whole(path)

    made._read = read
    checks = {check: found(made, check) for check in ("mfa-for-administrators", "mfa-for-everyone", "restriction-on")}
    assert {check: (one["status"], one.get("unread")) for check, one in checks.items()} == {
        "mfa-for-administrators": ("unknown", True),
        "mfa-for-everyone": ("unknown", True),
        "restriction-on": ("fail", None),
    }


def test_days_of_none_are_refused():
    with pytest.raises(BadInput, match=r"report_only_days"):
        posture.SPEC.validate({"restriction": "Block", "report_only_days": 0})
