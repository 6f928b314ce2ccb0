# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""what_if_info, against a practice tenant in which part A is deployed."""

from __future__ import annotations

import ansible_run
import pytest
from fleet import BLOCK, MFA, Fleet, succeeded
from practice import Tenant, tenant_seed

from graph_emulator.launch import RunningEmulator

pytestmark = pytest.mark.one_ansible

OFFICE, ELSEWHERE = "198.51.100.10", "203.0.113.200"


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("what-if")
    with RunningEmulator({"tenants": [tenant_seed(1)]}, directory=folder) as server:
        tenant = Tenant(1, server, folder)
        succeeded(Fleet(folder, tenant).run("deploy"))
        yield tenant


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
def test_the_wall_in_report_only(deployed, who, ip, app, reason, stops):
    result = ask(deployed, user=deployed.upn(who), application=app, ip_address=ip, country="US")
    wall = of(result, BLOCK)
    assert (wall["reason"], wall["applies"], wall["blocks"]) == (reason, reason == "notSet", True)
    assert (result["would_be_blocked_by"], result["blocked_by"]) == (stops, [])
    assert wall["enforcement"] == "report_only" and result["requests"]["count"] == 2
    sent = ansible_run.writes(deployed.log())
    assert not result["changed"] and [line["path"].rpartition("/")[2] for line in sent] == ["evaluate"]


def test_only_what_applies(deployed):
    result = ask(deployed, user=deployed.upn("syncro-svc"), application="Syncro SSO", applied_only=True)
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
def test_other_targets_and_conditions_are_taken(deployed, more):
    assert len(ask(deployed, user=deployed.upn("dana"), **more)["policies"]) == 2


def test_a_workload(deployed):
    result = ask(deployed, service_principal="Syncro SSO", application="Syncro SSO", ip_address=ELSEWHERE)
    assert {one["applies"] for one in result["policies"]} == {False}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"application": "Syncro SSO"}, "one of the following is required: user, service_principal"),
        ({"user": "dana@tenant1.example"}, "one of the following is required: application"),
        ({"user": "dana", "application": "x"}, "user: 'dana' is neither a UPN"),
        ({"user": "dana@tenant1.example", "application": "x", "ip_address": "office"}, "ip_address: 'office'"),
        ({"user": "dana@tenant1.example", "application": "x", "country": "us"}, "country: 'us'"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_is_sent(deployed, options, told):
    done = deployed.tasks({"msp.entra.what_if_info": options})
    assert done.returncode != 0 and told in done.results[-1]["result"]["msg"]
    assert ansible_run.graph_requests(deployed.log()) == []


def test_names_that_nobody_has(deployed):
    done = deployed.tasks({"msp.entra.what_if_info": {"user": "dane@tenant1.example", "application": "Syncro SO"}})
    told = done.results[-1]["result"]["msg"]
    assert "there is no user 'dane@tenant1.example'" in told and "Near matches: Syncro SSO" in told
