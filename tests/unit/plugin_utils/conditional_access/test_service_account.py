# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which policies could stop the Syncro service account, and what that depends on."""

from __future__ import annotations

import pytest
from fake_tenant import LOCATIONS, METHODS, POLICIES
from lockout_policies import EVERY_APP, OFFICE, REPORT_ONLY, outside, users
from policy_tenant import SERVICE, fill
from way_back_cases import blocking

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import service_account
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in import MEMBER, User
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput, GraphError

PLACES = [{"id": OFFICE, "displayName": "Office", "isTrusted": True, "ipRanges": [{"cidrAddress": "8.8.8.0/24"}]}]
PERSON = User(SERVICE, frozenset(["staff"]), frozenset(), frozenset({MEMBER}))
RISK = ["the risk of the sign-in"]


def found(person=PERSON, **changes):
    """What is said of one policy for everyone: nothing, or certain, or what it depends on."""
    rows = service_account.in_the_way([blocking(**changes)], PLACES, person)
    return None if not rows else "certain" if rows[0]["certain"] else rows[0]["depends_on"]


CASES = [
    pytest.param({}, "certain", id="blocked"),
    pytest.param({"who": users(SERVICE)}, None, id="left-out"),
    pytest.param({"who": users(excludeGroups=["staff"])}, None, id="left-out-by-its-group"),
    pytest.param({"who": users(include=["other"])}, None, id="for-another"),
    pytest.param({"controls": ["mfa"]}, None, id="mfa-is-done"),
    pytest.param({"controls": ["mfa", "compliantDevice"]}, None, id="mfa-or-a-device"),
    pytest.param({"controls": ["compliantDevice"]}, "certain", id="a-device"),
    pytest.param({"controls": ["domainJoinedDevice"]}, "certain", id="a-joined-device"),
    pytest.param({"controls": ["approvedApplication"]}, ["whether approvedApplication can be met"], id="an-app"),
    pytest.param({"locations": outside(OFFICE)}, ["the IP address"], id="from-elsewhere"),
    pytest.param(
        {"locations": outside("AllTrusted")},
        ["the IP address", "the MFA trusted IPs of the tenant, which Graph does not show"],
        id="from-all-trusted",
    ),
    pytest.param({"platforms": {"includePlatforms": ["android"]}}, ["the device platform"], id="a-platform"),
    pytest.param({"signInRiskLevels": ["high"]}, RISK, id="at-risk"),
    pytest.param({"signInRiskLevels": ["high"], "controls": ["mfa"]}, None, id="at-risk-with-mfa"),
    pytest.param({"clientAppTypes": ["browser"]}, ["the client app"], id="one-client-app"),
    pytest.param({"clientAppTypes": ["exchangeActiveSync", "other"]}, None, id="old-protocols"),
    pytest.param({"authenticationFlows": {"transferMethods": "deviceCodeFlow"}}, None, id="device-code"),
    pytest.param({"applications": {"includeApplications": ["x"]}}, ["the application"], id="one-application"),
    pytest.param({"applications": {"includeUserActions": ["urn:user:registersecurityinfo"]}}, None, id="an-action"),
    pytest.param({"applications": EVERY_APP, "controls": ["block"]}, "certain", id="every-application"),
    pytest.param({"controls": ["telepathy"]}, ["whether telepathy can be met"], id="of-tomorrow"),
]


@pytest.mark.parametrize(("changes", "expected"), CASES)
def test_what_is_in_the_way(changes, expected):
    assert found(**changes) == expected


def test_groups_that_are_not_known():
    stranger = User(SERVICE, kinds=frozenset({MEMBER}))
    assert found(stranger, who=users(excludeGroups=["staff"])) == ["the groups of the user"]


@pytest.fixture
def peopled(tenant):
    return fill(tenant)


def watched(tenant, **options):
    given = service_account.SPEC.validate({"service_account": "syncro@contoso.com", **options})
    return service_account.watched(given, tenant.reads())


def test_those_that_are_on_and_those_in_report_only_are_told_apart(peopled):
    peopled.objects[POLICIES] = [
        blocking("Zone", locations=outside(OFFICE)),
        blocking("Devices", controls=["compliantDevice"]),
        blocking("Trial", REPORT_ONLY),
        blocking("Off", "disabled"),
        blocking("Own", controls=["compliantDevice"], who=users(include=[SERVICE])),
        blocking("MFA", controls=["mfa"]),
    ]
    peopled.objects[LOCATIONS] = PLACES
    result = watched(peopled, service_account=SERVICE, own_policies=["Own"])
    assert [row["display_name"] for row in result["enabled"]] == ["Devices", "Zone"]
    assert [row["display_name"] for row in result["report_only"]] == ["Trial"]
    assert result["summary"] == [
        "'Devices' asks for compliantDevice and stops syncro@contoso.com.",
        "'Zone' blocks and may stop syncro@contoso.com, depending on the IP address.",
        "'Trial' blocks and stops syncro@contoso.com once it is on.",
    ]
    assert peopled.verbs() == ["BATCH"] and not result["changed"]


def test_nothing_in_the_way_is_nothing_said(peopled):
    result = watched(peopled)
    assert (result["enabled"], result["report_only"], result["summary"]) == ([], [], [])


def test_groups_are_looked_up_only_where_a_policy_asks(peopled):
    peopled.objects[POLICIES] = [blocking(who=users(excludeGroups=["staff"]))]
    peopled.objects[f"/users/{SERVICE}/transitiveMemberOf"] = [{"@odata.type": "#microsoft.graph.group", "id": "staff"}]
    assert watched(peopled)["summary"] == [] and peopled.verbs() == ["BATCH", "BATCH"]


NO_METHOD = (
    "syncro@contoso.com has no method for MFA registered: where a policy asks it for MFA, it cannot sign in. Register one first: "
    "sign in as the account at https://aka.ms/mfasetup"
)


@pytest.mark.parametrize(
    ("reported", "registered", "warnings"),
    [
        pytest.param([{"id": SERVICE, "isMfaRegistered": False}], False, [NO_METHOD], id="no-method"),
        pytest.param([{"id": SERVICE, "isMfaRegistered": True}], True, [], id="a-method"),
        pytest.param([{"id": SERVICE}], None, [], id="not-said"),
        pytest.param([{"id": SERVICE, "isMfaRegistered": "no"}], None, [], id="not-understood"),
        pytest.param([], None, [], id="not-to-be-read"),
    ],
)
@pytest.mark.parametrize(("name", "requests"), [(SERVICE, 1), (f"{{{SERVICE.upper()}}}", 1), ("syncro@contoso.com", 2)])
def test_what_is_registered_is_asked_with_the_rest_where_the_id_is_given(
    peopled, reported, registered, warnings, name, requests
):
    peopled.objects[METHODS] = reported
    result = watched(peopled, service_account=name)
    assert (result["mfa_registered"], result["warnings"]) == (registered, warnings)
    assert peopled.verbs() == ["BATCH"] * requests


def test_what_is_needed_is_not_done_without(peopled):
    """As what is registered may be."""
    peopled.refused = {LOCATIONS}
    with pytest.raises(GraphError) as caught:
        watched(peopled, service_account=SERVICE)
    assert caught.value.status == 403 and peopled.verbs() == ["BATCH"]


@pytest.mark.parametrize(("name", "told"), [("gone@contoso.com", "there is no user"), ("Syncro", "UPN")])
def test_an_account_that_is_not_there(peopled, name, told):
    with pytest.raises(BadInput, match=told):
        watched(peopled, service_account=name)
