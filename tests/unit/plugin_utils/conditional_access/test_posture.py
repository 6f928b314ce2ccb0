# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an attacker would try first, and what was left lying about: each finding, and its nearest harmless neighbour."""

from __future__ import annotations

import datetime

import pytest
from fake_tenant import LOCATIONS, POLICIES, SECURITY_DEFAULTS, Tenant, guid, refusal
from lockout_policies import EVERY_APP, OFFICE, REPORT_ONLY, outside, users
from way_back_cases import blocking

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import posture
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


EVERYONE = [
    pytest.param([everyone()], "pass", id="mfa"),
    pytest.param([everyone(controls=["block"])], "pass", id="blocked"),
    pytest.param([], "fail", id="no-policy"),
    pytest.param([everyone(state=REPORT_ONLY)], "fail", id="report-only"),
    pytest.param([everyone(state="disabled")], "fail", id="off"),
    pytest.param([everyone(who=users(include=["somebody"]))], "fail", id="for-one-person"),
    pytest.param([everyone(who={"includeGroups": ["staff"]})], "fail", id="for-a-group"),
    pytest.param([everyone(who=users(ADMIN))], "pass", id="for-all-but-one"),
    pytest.param([everyone(applications={"includeApplications": ["syncro"]})], "fail", id="one-application"),
    pytest.param([everyone(clientAppTypes=["browser"])], "fail", id="browsers-only"),
    pytest.param([everyone(locations=outside(OFFICE))], "pass", id="outside-of-the-office"),
    pytest.param([everyone(locations={"includeLocations": [OFFICE]})], "fail", id="in-the-office"),
    pytest.param([everyone(platforms={"includePlatforms": ["android"]})], "unknown", id="one-platform"),
    pytest.param([everyone(controls=["compliantDevice"])], "pass", id="a-device"),
    pytest.param([everyone(controls=["mfa", "compliantDevice"])], "pass", id="mfa-or-a-device"),
    pytest.param([everyone(signInRiskLevels=["high"])], "fail", id="at-risk-only"),
]


@pytest.mark.parametrize(("policies", "status"), EVERYONE)
def test_whether_anybody_gets_in_with_a_password_alone(policies, status):
    assert found(tenant(*policies), "mfa-for-everyone")["status"] == status


@pytest.mark.parametrize(
    ("policies", "status"),
    [
        pytest.param([blocking("Legacy", **LEGACY)], "pass", id="blocked"),
        pytest.param([everyone()], "pass", id="mfa-which-it-cannot-do"),
        pytest.param([blocking("Legacy", clientAppTypes=["other"])], "fail", id="only-half"),
        pytest.param([blocking("Legacy", state=REPORT_ONLY, **LEGACY)], "fail", id="report-only"),
        pytest.param([everyone(clientAppTypes=["browser", "mobileAppsAndDesktopClients"])], "fail", id="modern-only"),
    ],
)
def test_whether_legacy_authentication_is_blocked(policies, status):
    assert found(tenant(*policies), "legacy-authentication")["status"] == status


@pytest.mark.parametrize(
    ("made", "status", "evidence"),
    [
        pytest.param(tenant(), "fail", "admin@x.y gets in", id="nothing-stops-them"),
        pytest.param(tenant(everyone()), "pass", "stopped by 'Everyone'", id="mfa-for-all"),
        pytest.param(tenant(everyone(who={"includeRoles": [GLOBAL]})), "pass", "'Everyone'", id="mfa-for-the-role"),
        pytest.param(tenant(everyone(who={"includeGroups": ["staff"]})), "fail", "admin@x.y", id="not-in-the-group"),
        pytest.param(tenant(everyone(who=users(ADMIN))), "fail", "admin@x.y", id="left-out"),
        pytest.param(tenant(everyone(who=users(GLASS))), "pass", "'Everyone'", id="break-glass-left-out"),
        pytest.param(
            tenant(everyone(who=users(ADMIN)), holders=[ADMIN, BOSS]), "fail", "admin@x.y gets", id="one-of-two"
        ),
        pytest.param(tenant(holders=[GLASS]), "pass", "nobody but break-glass", id="break-glass-alone"),
        pytest.param(tenant(holders=[guid(99)]), "pass", "nobody but", id="a-group-or-an-application"),
        pytest.param(tenant(scope="/administrativeUnits/1"), "pass", "nobody but", id="not-the-whole-tenant"),
    ],
)
def test_whether_administrators_get_in_with_a_password_alone(made, status, evidence):
    one = found(made, "mfa-for-administrators")
    assert one["status"] == status and evidence in one["evidence"], one


@pytest.mark.parametrize("check", ["mfa-for-everyone", "mfa-for-administrators", "legacy-authentication"])
def test_security_defaults_do_it_too(check):
    made = tenant()
    made.single[SECURITY_DEFAULTS] = {"isEnabled": True}
    assert found(made, check)["status"] == "pass"


@pytest.mark.parametrize(
    ("policies", "status", "evidence"),
    [
        ([blocking("Block")], "pass", "'Block' is on"),
        ([], "fail", "there is no policy called 'Block'"),
        ([blocking("Block"), {**blocking("Block"), "id": "twin"}], "fail", "there are several"),
        ([blocking("Block", state="disabled")], "fail", "'Block' is off"),
        ([blocking("Block", state="tomorrow")], "fail", "'Block' has the state tomorrow"),
        ([blocking("Block", state=REPORT_ONLY)], "pass", "unchanged for 1 day"),
        ([{**blocking("Block", state=REPORT_ONLY), "modifiedDateTime": ago(30)}], "pass", "30 days"),
        ([{**blocking("Block", state=REPORT_ONLY), "modifiedDateTime": ago(31)}], "fail", "31 days"),
        ([{**blocking("Block", state=REPORT_ONLY), "modifiedDateTime": None}], "unknown", "does not say since when"),
        (
            [{**blocking("Block", state=REPORT_ONLY), "modifiedDateTime": None, "createdDateTime": ago(31)}],
            "fail",
            "31",
        ),
    ],
)
def test_whether_the_restriction_is_on(policies, status, evidence):
    one = found(tenant(*policies), "restriction-on")
    assert one["status"] == status and evidence in one["evidence"]


@pytest.mark.parametrize(
    ("policy", "status"),
    [
        ({**blocking("Trial", state=REPORT_ONLY), "modifiedDateTime": ago(31)}, "fail"),
        ({**blocking("Trial", state=REPORT_ONLY), "modifiedDateTime": ago(30)}, "pass"),
        ({**blocking("Trial"), "modifiedDateTime": ago(31)}, "pass"),
        ({**blocking("Block", state=REPORT_ONLY), "modifiedDateTime": ago(31)}, "pass"),
    ],
)
def test_what_was_left_in_report_only(policy, status):
    assert found(tenant(policy), "left-in-report-only")["status"] == status


@pytest.mark.parametrize(
    ("sites", "trusted", "status"),
    [(["Trusted - Office"], True, "pass"), ([], True, "fail"), ([], False, "pass"), (["Trusted"], True, "fail")],
)
def test_who_else_is_trusted(sites, trusted, status):
    made = tenant(places=[{**PLACES[0], "isTrusted": trusted}])
    assert found(made, "trusted-elsewhere", site_locations=sites)["status"] == status


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
