# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard around one policy: locations that exist or will, a service account that is dropped, and what people are shown."""

from __future__ import annotations

import dataclasses

import pytest
from fake_tenant import LOCATIONS, POLICIES, guid
from policy_tenant import ADMIN, OFFICE, SERVICE, changed, ensure, fill

from ansible_collections.msp.entra.plugins.plugin_utils import reconcile
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import lockout
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.named_location import NamedLocation


@pytest.fixture
def peopled(tenant):
    return fill(tenant)


def blocking(*locations, **more):
    """A new policy that blocks everyone but an administrator, except from the locations."""
    options = changed("grant_controls.built_in_controls", ["block"])
    options["conditions"]["locations"] = {"include_locations": ["All"], "exclude_locations": list(locations)}
    return {**options, **more}


def refused(tenant, check_mode=False, **options):
    with pytest.raises(lockout.Refused) as caught:
        ensure(tenant, check_mode, **options)
    assert tenant.writes() == []
    return [f"{finding.rule.id} {finding.where}" for finding in caught.value.findings], caught.value.unresolved


def ranges(cidr, **more):
    return {"id": OFFICE, "displayName": "Office", "isTrusted": True, "ipRanges": [{"cidrAddress": cidr}], **more}


@pytest.mark.parametrize(
    ("there", "excluded", "expected"),
    [
        pytest.param(ranges("8.8.8.0/24"), "Office", [], id="by-name"),
        pytest.param(ranges("8.8.8.0/24"), OFFICE.upper(), [], id="by-id-in-capitals"),
        pytest.param(ranges("8.8.8.0/24"), "AllTrusted", [], id="all-trusted"),
        pytest.param(
            ranges("8.8.8.0/24", isTrusted=False), "AllTrusted", ["NO-TRUSTED-LOCATION policy 'New'"], id="none-trusted"
        ),
        pytest.param(ranges("10.0.0.0/24"), "Office", ["SITE-PRIVATE 'Office' 10.0.0.0/24"], id="private-range"),
        pytest.param(ranges("203.0.113.0/24"), "Office", ["SITE-DOCUMENTATION 'Office' 203.0.113.0/24"], id="example"),
    ],
)
def test_the_locations_that_are_left_out_are_judged(peopled, there, excluded, expected):
    peopled.objects[LOCATIONS] = [there]
    if expected:
        assert refused(peopled, **blocking(excluded)) == (expected, [])
        risk = expected[0].split()[0]
        assert len(ensure(peopled, **blocking(excluded, accept_risks=[risk]))["warnings"]) == 1
    else:
        assert ensure(peopled, **blocking(excluded))["changed"] is True


def test_an_example_passes_on_a_practice_tenant(peopled):
    peopled.cloud = dataclasses.replace(peopled.cloud, private=True)
    peopled.objects[LOCATIONS] = [ranges("203.0.113.0/24")]
    assert ensure(peopled, **blocking("Office"))["warnings"] == []


HOME = reconcile.placeholder(NamedLocation(), "Home")


@pytest.mark.parametrize(
    ("location", "new_locations", "shown"),
    [
        pytest.param(HOME, [], f"(made by this run) {HOME}", id="by-the-id-that-check-mode-gave-it"),
        pytest.param(HOME, ["Home"], "Home", id="by-that-id-and-the-name-is-known"),
        pytest.param("Home", ["Home"], "Home", id="by-its-name"),
    ],
)
def test_a_location_that_check_mode_would_have_made(peopled, location, new_locations, shown):
    result = ensure(peopled, True, **blocking(location, new_locations=new_locations))
    assert result["policy"]["conditions"]["locations"]["exclude_locations"] == [HOME]
    # An id that only this run has made up means nothing to who reads the diff.
    assert result["diff"]["after"]["conditions"]["locations"]["exclude_locations"] == [shown]
    assert result["warnings"] == []


@pytest.mark.parametrize(
    ("check_mode", "location", "new_locations"),
    [
        pytest.param(False, "Home", ["Home"], id="a-run-has-made-it-already"),
        pytest.param(False, HOME, ["Home"], id="a-run-has-no-made-up-ids"),
        pytest.param(True, "Home", ["home"], id="another-name"),
        pytest.param(True, "Home", [], id="not-announced"),
    ],
)
def test_a_location_that_is_not_there(peopled, check_mode, location, new_locations):
    rules, unresolved = refused(peopled, check_mode, **blocking(location, new_locations=new_locations))
    assert rules == []
    assert [problem.split(":")[0] for problem in unresolved] == ["conditions.locations.exclude_locations[0]"]


def test_only_a_location_is_announced_as_new(peopled):
    options = changed("conditions.users.exclude_users", ["new@contoso.com"])
    dummy, unresolved = refused(peopled, True, **options, new_locations=["new@contoso.com"])
    assert [problem.split(":")[0] for problem in unresolved] == ["conditions.users.exclude_users[0]"]


def test_a_location_that_is_there_is_itself_though_it_was_announced(peopled):
    peopled.objects[LOCATIONS] = [ranges("8.8.8.0/24")]
    result = ensure(peopled, True, **blocking("Office", new_locations=["Office"]))
    assert result["policy"]["conditions"]["locations"]["exclude_locations"] == [OFFICE]


def test_a_location_that_is_to_be_made_is_not_one_whose_name_is_in_another_case(peopled):
    peopled.objects[LOCATIONS] = [ranges("8.8.8.0/24", displayName="home")]
    result = ensure(peopled, True, **blocking("Home", new_locations=["Home"]))
    assert result["policy"]["conditions"]["locations"]["exclude_locations"] == [HOME]


@pytest.mark.parametrize(
    "there",
    [
        pytest.param([], id="not-there-yet"),
        pytest.param([ranges("8.8.8.0/24", isTrusted=False)], id="not-trusted-yet"),
    ],
)
def test_all_trusted_locations_are_also_those_that_are_to_be_trusted(peopled, there):
    peopled.objects[LOCATIONS] = there
    announced = blocking("AllTrusted", new_locations=["Office"], new_trusted_locations=["Office"])
    assert ensure(peopled, True, **announced)["warnings"] == []
    assert refused(peopled, True, **{**announced, "new_trusted_locations": []})[0] == [
        "NO-TRUSTED-LOCATION policy 'New'"
    ]
    # A run has made them by then, so that what is there is judged.
    assert refused(peopled, **announced)[0] == ["NO-TRUSTED-LOCATION policy 'New'"]


OWN = {
    "id": guid(32),
    "displayName": "Syncro",
    "state": "enabled",
    "conditions": {"users": {"includeUsers": [SERVICE]}},
}


@pytest.fixture
def serving(peopled):
    """A tenant with a policy of the service account's own, and that leaves it out of the other."""
    peopled.objects[POLICIES][0]["conditions"]["users"]["excludeUsers"] = [ADMIN, SERVICE]
    peopled.objects[POLICIES].append(OWN)
    return peopled


def without_service(**more):
    return {"display_name": "P", "conditions": {"users": {"exclude_users": ["admin@contoso.com"]}}, **more}


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_service_account_is_not_dropped_unseen(serving, check_mode):
    findings = ["SERVICE-ACCOUNT-DROPPED policy 'P' and syncro@contoso.com"]
    assert refused(serving, check_mode, **without_service()) == (findings, [])
    result = ensure(serving, check_mode, **without_service(accept_risks=["SERVICE-ACCOUNT-DROPPED"]))
    assert (result["changed"], len(result["warnings"])) == (True, 1)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"conditions": {"users": {"exclude_users": {"add": [ADMIN]}}}}, id="added-to"),
        pytest.param({"description": "d"}, id="nothing-said-of-users"),
        pytest.param(without_service(enforcement="disabled"), id="disabled"),
        pytest.param({"conditions": {"users": {"exclude_users": [ADMIN, "syncro@contoso.com"]}}}, id="still-left-out"),
        pytest.param({"state": "absent"}, id="absent"),
    ],
)
def test_a_service_account_that_is_not_dropped(serving, options):
    result = ensure(serving, **{"display_name": "P", **options})
    assert result["warnings"] == []


def test_a_service_account_can_be_dropped_once_its_own_policy_is_gone(serving):
    serving.objects[POLICIES].remove(OWN)
    assert ensure(serving, **without_service())["changed"] is True


def test_a_service_account_that_is_blocked_is_refused_without_a_location_condition(peopled):
    options = blocking(service_account="syncro@contoso.com", accept_risks=["NO-TRUSTED-LOCATION"])
    options["conditions"]["locations"] = None
    assert refused(peopled, **options) == (["SERVICE-ACCOUNT-NOT-EXCLUDED policy 'New'"], [])
