# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Part B says at its end which policies of others could stop the service account, and fails for none of them."""

from __future__ import annotations

import pytest
from fleet import succeeded

# What the roles are made of runs on both Pythons in test_readme, test_demo and test_deploy_and_remove.
pytestmark = [pytest.mark.one_ansible, pytest.mark.usefixtures("together")]


def by_hand(tenant, name, state, **conditions):
    everyone = {"users": {"includeUsers": ["All"]}, "applications": {"includeApplications": ["All"]}}
    policy = {
        "displayName": name,
        "state": state,
        "conditions": {"clientAppTypes": ["all"], **everyone, **conditions},
        "grantControls": {"operator": "OR", "builtInControls": ["compliantDevice"]},
    }
    tenant.graph("POST", "/identity/conditionalAccess/policies", policy)


def said(run):
    """The sentences of the last task."""
    return next(line["result"]["msg"] for line in reversed(run.results) if isinstance(line["result"].get("msg"), list))


def test_what_others_have_made_is_said(fleet, tenant):
    assert not [line for line in said(succeeded(fleet.run("deploy"))) if "stop" in line]
    by_hand(tenant, "Devices only", "enabled")
    by_hand(tenant, "Phones only", "enabledForReportingButNotEnforced", platforms={"includePlatforms": ["iOS"]})
    account = tenant.upn("syncro-svc")
    run = succeeded(fleet.run("deploy"))
    assert said(run)[-2:] == [
        f"'Devices only' asks for compliantDevice and stops {account}.",
        f"'Phones only' asks for compliantDevice and may stop {account} once it is on, depending on the device platform.",
    ]
    assert fleet.writes() == []


def test_without_an_account_nothing_is_looked_for(fleet, tenant):
    by_hand(tenant, "Devices only", "enabled")
    run = succeeded(fleet.set(syncro_service_account=None).run("deploy", "--tags", "part_b"))
    assert not [line for line in said(run) if "Devices only" in line] and fleet.log() == []
