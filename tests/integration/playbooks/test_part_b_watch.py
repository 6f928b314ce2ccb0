# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Part B says at its end which policies could stop the service account, or its own for want of a method, and fails for none."""

from __future__ import annotations

import pytest
from company import READS
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


LOOKS = "Look the service account up before anything is written"
MFA_SETUP = "https://aka.ms/mfasetup"
AHEAD = f"once this policy is on it cannot sign in. Register one first: sign in as the account at {MFA_SETUP}"
AFTERWARDS = (
    f"while this policy is on it cannot sign in. Register one now: sign in as the account at {MFA_SETUP} (or take the policy "
    "back: msp.entra.remove with --tags part_b)"
)


def unregistered(seed, home, place):
    seed["users"][3]["mfa_registered"] = False


@pytest.mark.practice(permissions=READS, changes=unregistered)
@pytest.mark.parametrize("arguments", [("--check",), ()], ids=["check", "run"])
def test_part_b_is_not_turned_on_for_an_account_that_cannot_do_mfa(fleet, tenant, arguments):
    done = fleet.run("deploy", "--tags", "part_b", *arguments)
    assert done.returncode != 0 and fleet.writes() == []
    (refused,) = done.of("msp.entra.syncro_service_account_mfa : " + LOOKS)["lockout"]
    assert refused["id"] == "SERVICE-ACCOUNT-NO-MFA" and tenant.upn("syncro-svc") in refused["where"]


@pytest.mark.practice(permissions=READS, changes=unregistered)
@pytest.mark.parametrize("arguments", [("--check",), ()], ids=["check", "run"])
def test_where_it_is_meant_it_is_told_loudly_all_the_same(fleet, tenant, arguments):
    account = tenant.upn("syncro-svc")
    # The second real run finds the policy there, and there is no risk to accept any more.
    for again in (False, True):
        run = fleet.set(accept_risks=["SERVICE-ACCOUNT-NO-MFA"]).run("deploy", *arguments)
        assert run.returncode == 0, run.output
        warnings = [one for line in run.results for one in line["result"].get("warnings") or ()]
        accepted = [one for one in warnings if one.startswith("Risk accepted: [SERVICE-ACCOUNT-NO-MFA]")]
        assert len(accepted) == (0 if again and not arguments else 1)
        (warning,) = [one for one in warnings if one not in accepted]
        assert warning.startswith(f"{account} has no method for MFA registered") and MFA_SETUP in warning
        (told,) = [one for one in said(run) if MFA_SETUP in one]
        assert told == f"{account} has no method for MFA registered: {AHEAD if arguments else AFTERWARDS}"


@pytest.mark.practice(permissions=READS)
def test_one_that_can_is_not_told_of(fleet):
    run = succeeded(fleet.run("deploy"))
    assert not [one for one in said(run) if "MFA registered" in one]
    assert not [one for line in run.results for one in line["result"].get("warnings") or ()]


def test_where_it_cannot_be_seen_a_sentence_says_so(fleet):
    run = succeeded(fleet.run("deploy"))
    (told,) = [one for one in said(run) if "MFA registered" in one]
    assert told.startswith("Whether it has a method for MFA registered could not be seen")
    assert not [one for line in run.results for one in line["result"].get("warnings") or ()]
