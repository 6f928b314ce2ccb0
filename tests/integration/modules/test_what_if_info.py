# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""what_if_info, against a practice tenant in which part A is deployed."""

from __future__ import annotations

import ansible_run
import pytest
from fleet import BLOCK, MFA
from together import in_domain

OFFICE, ELSEWHERE = "198.51.100.10", "203.0.113.200"
LOCATION = {
    "@odata.type": "#microsoft.graph.ipNamedLocation",
    "displayName": "Trusted - MSP Office",
    "isTrusted": True,
    "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": f"{OFFICE}/32"}],
}
EVERY_TIME = {
    "isEnabled": True,
    "frequencyInterval": "everyTime",
    "authenticationType": "primaryAndSecondaryAuthentication",
}
# As a deploy leaves them.
DEPLOYED = [
    {
        "displayName": BLOCK,
        "state": "enabledForReportingButNotEnforced",
        "conditions": {
            "clientAppTypes": ["all"],
            "users": {"includeUsers": ["All"], "excludeUsers": ["breakglass@{domain}", "syncro-svc@{domain}"]},
            "applications": {"includeApplications": ["Syncro SSO"]},
            "locations": {"includeLocations": ["All"], "excludeLocations": ["Trusted - MSP Office"]},
        },
        "grantControls": {"operator": "OR", "builtInControls": ["block"]},
    },
    {
        "displayName": MFA,
        "state": "enabled",
        "conditions": {
            "clientAppTypes": ["all"],
            "users": {"includeUsers": ["syncro-svc@{domain}"]},
            "applications": {"includeApplications": ["All"]},
        },
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
        "sessionControls": {"signInFrequency": EVERY_TIME},
    },
]
pytestmark = [
    pytest.mark.one_ansible,
    pytest.mark.usefixtures("together"),
    pytest.mark.practice(policies=DEPLOYED, seed={"named_locations": [LOCATION]}),
]


def ask(tenant, **options):
    (result,) = tenant.results({"msp.entra.what_if_info": options}, arguments=["--check"])
    return result


def of(result, name):
    (policy,) = [one for one in result["policies"] if one["display_name"] == name]
    return policy


@pytest.mark.parametrize(
    ("who", "ip", "app", "reason", "stops"),
    [
        ("dana", OFFICE, "Syncro SSO", "location", []),
        ("dana", ELSEWHERE, "Syncro SSO", "notSet", [BLOCK]),
        ("dana", ELSEWHERE, "O'Brien's App & Co", "application", []),
        ("breakglass", ELSEWHERE, "Syncro SSO", "users", []),
        ("syncro-svc", ELSEWHERE, "Syncro SSO", "users", []),
    ],
)
def test_the_wall_in_report_only(tenant, who, ip, app, reason, stops):
    result = ask(tenant, user=tenant.upn(who), application=app, ip_address=ip, country="US")
    wall = of(result, BLOCK)
    assert (wall["reason"], wall["applies"], wall["blocks"]) == (reason, reason == "notSet", True)
    assert (result["would_be_blocked_by"], result["blocked_by"]) == (stops, [])
    assert wall["enforcement"] == "report_only" and result["requests"]["count"] == 2
    sent = ansible_run.writes(tenant.log())
    assert not result["changed"] and [line["path"].rpartition("/")[2] for line in sent] == ["evaluate"]


def test_only_what_applies(tenant):
    result = ask(tenant, user=tenant.upn("syncro-svc"), application="Syncro SSO", applied_only=True)
    assert [one["display_name"] for one in result["policies"]] == [MFA]
    assert of(result, MFA)["enforcement"] == "enabled" and not of(result, MFA)["blocks"]


@pytest.mark.parametrize(
    "more",
    [
        {"user_action": "register_security_information", "device_platform": "windows", "device": {"compliant": True}},
        {"authentication_context": "Secret things", "sign_in_risk": "high", "transfer_method": "deviceCodeFlow"},
        {"authentication_context": "c2", "client_app_type": "browser"},
    ],
)
def test_other_targets_and_conditions_are_taken(tenant, more):
    assert len(ask(tenant, user=tenant.upn("dana"), **more)["policies"]) == 2


def test_a_workload(tenant):
    result = ask(tenant, service_principal="Syncro SSO", application="Syncro SSO", ip_address=ELSEWHERE)
    assert {one["applies"] for one in result["policies"]} == {False}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"application": "Syncro SSO"}, "one of the following is required: user, service_principal"),
        ({"user": "dana@{domain}"}, "one of the following is required: application"),
        ({"user": "dana", "application": "x"}, "user: 'dana' is neither a UPN"),
        ({"user": "dana@{domain}", "application": "x", "ip_address": "office"}, "ip_address: 'office'"),
        ({"user": "dana@{domain}", "application": "x", "country": "us"}, "country: 'us'"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_is_sent(tenant, options, told):
    done = tenant.tasks({"msp.entra.what_if_info": in_domain(options, tenant.domain)})
    assert done.returncode != 0 and told in done.results[-1]["result"]["msg"]
    assert ansible_run.graph_requests(tenant.log()) == []


def test_names_that_nobody_has(tenant):
    done = tenant.tasks({"msp.entra.what_if_info": {"user": tenant.upn("dane"), "application": "Syncro SO"}})
    told = done.results[-1]["result"]["msg"]
    assert f"there is no user '{tenant.upn('dane')}'" in told and "Near matches: Syncro SSO" in told
