# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy stops more after a write, or it does not."""

from __future__ import annotations

import copy

import hypothesis.strategies as st
import pytest
from evaluation_tenant import LOCATIONS, policy_set
from generated_sign_ins import policies, sign_ins
from hypothesis import given, settings

from ansible_collections.msp.entra.plugins.plugin_utils import reconcile
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.growth import Around, more
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.named_location import NamedLocation

pytestmark = pytest.mark.one_ansible

APP, OTHER_APP = "33333333-3333-4333-8333-333333333333", "33333333-3333-4333-8333-333333333334"
DANA, ALEX, GROUP = (f"4b1d7a35-3f0c-4d25-8f6a-6a6d5a0e0b0{number}" for number in (1, 2, 3))


def place(number, *cidrs, **more_of_it):
    ranges = [{"cidrAddress": cidr} for cidr in cidrs]
    return {
        "id": f"8f2b0c54-6f0e-4a52-9d5c-3a1f7f4f6b2{number}",
        "displayName": f"P{number}",
        "ipRanges": ranges,
    } | more_of_it


OFFICE = place(1, "198.51.100.0/24")
DESK = place(2, "198.51.100.10/32", isTrusted=True)
HOME = place(3, "203.0.113.80/32")
PLACES = [OFFICE, DESK, HOME]
BLOCK = {"operator": "OR", "builtInControls": ["block"]}
RESTRICTION = {
    "users": {"includeUsers": ["All"], "excludeUsers": [DANA]},
    "applications": {"includeApplications": [APP]},
    "clientAppTypes": ["all"],
    "locations": {"includeLocations": ["All"], "excludeLocations": [OFFICE["id"]]},
}


def grows(before, after, grants=(BLOCK, BLOCK), **around):
    """``before`` and ``after`` are laid over the restriction's conditions."""
    sides = [
        {"conditions": {**copy.deepcopy(RESTRICTION), **side}, "grantControls": grant}
        for side, grant in zip((before, after), grants, strict=True)
    ]
    return more(*sides, Around(PLACES, **around))


def users(**lists):
    return {"users": {"includeUsers": ["All"], "excludeUsers": [DANA], **lists}}


def apps(*included, **lists):
    return {"applications": {"includeApplications": list(included), **lists}}


def left_out(*locations):
    return {"locations": {"includeLocations": ["All"], "excludeLocations": [one["id"] for one in locations]}}


def narrowed(name, value):
    return {name: value}


FILTERS = [{"deviceFilter": {"mode": "exclude", "rule": f'device.model -eq "{model}"'}} for model in "xy"]
FLOW = {"authenticationFlows": {"transferMethods": "deviceCodeFlow"}}
GUESTS = {"excludeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "internalGuest"}}
IOS = {"platforms": {"includePlatforms": ["all"], "excludePlatforms": ["iOS"]}}
WINDOWS = {"platforms": {"includePlatforms": ["windows"], "excludePlatforms": []}}
# Less, more, and what is said where the one becomes the other.
PAIRS = {
    "users": (users(includeUsers=[ALEX]), users(), f"it would be for all users, where it is for {ALEX}"),
    "one user more": (users(includeUsers=[ALEX]), users(includeUsers=[ALEX, DANA]), f"it would be for {DANA} too"),
    "a group": (users(includeUsers=[ALEX]), users(includeUsers=[ALEX], includeGroups=[GROUP]), f"for {GROUP} too"),
    "an exclusion": (users(excludeUsers=[DANA, ALEX]), users(), f"it would no longer leave out {ALEX}"),
    "a group left out": (users(excludeGroups=[GROUP]), users(), f"it would no longer leave out {GROUP}"),
    "guests left out": (users(**GUESTS), users(), "the guests it leaves out would be another"),
    "an application": (apps(APP), apps(APP, OTHER_APP), f"it would be for {OTHER_APP} too"),
    "all applications": (apps(APP), apps("All"), f"it would be for all applications, where it is for {APP}"),
    "a user action": ({}, apps(APP, includeUserActions=["urn:user:registerdevice"]), "urn:user:registerdevice too"),
    "an application left out": (
        apps("All", excludeApplications=[OTHER_APP]),
        apps("All"),
        f"it would no longer leave out {OTHER_APP}",
    ),
    "old protocols": (narrowed("clientAppTypes", ["browser"]), {}, "for all client apps, where it is for browser"),
    "a site": (left_out(OFFICE, HOME), left_out(OFFICE), "it would no longer leave out 203.0.113.80/32 of 'P3'"),
    "a wider site": (left_out(OFFICE), left_out(DESK), "it would no longer leave out 198.51.100.0/29, "),
    "trust": (
        {"locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}},
        left_out(DESK),
        "IPs of MFA",
    ),
    "everywhere": (
        {"locations": {"includeLocations": [HOME["id"]], "excludeLocations": []}},
        {"locations": None},
        "it would be for all locations",
    ),
    "a platform": (IOS, {}, "it would no longer leave out iOS"),
    "platforms": (WINDOWS, {}, "it would be for all platforms, where it is for windows"),
    "a device filter": (narrowed("devices", FILTERS[0]), {}, "the device filter would be another"),
    "a flow": (FLOW, {}, "it would be for all authentication flows, where it is for deviceCodeFlow"),
    "a risk": (narrowed("signInRiskLevels", ["high"]), {}, "for all risk levels of sign-ins, where it is for high"),
    "a level of risk": (
        narrowed("userRiskLevels", ["high"]),
        narrowed("userRiskLevels", ["high", "medium"]),
        "it would be for medium too",
    ),
    "insider risk": (narrowed("insiderRiskLevels", "elevated"), {}, "it would be for all levels of insider risk"),
    "of a newer Graph": (narrowed("moon", {"phase": "full"}), {}, "its condition moon would be another"),
}


@pytest.mark.parametrize(("less", "greater", "told"), PAIRS.values(), ids=PAIRS)
def test_more_is_told_and_less_is_not(less, greater, told):
    (found,) = grows(less, greater)
    assert told in found
    assert grows(greater, less) == [] and grows(less, less) == [] and grows(greater, greater) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (left_out(OFFICE, DESK), left_out(OFFICE)),
        (left_out(DESK), left_out(OFFICE)),
        (left_out(OFFICE), left_out(OFFICE, HOME)),
        ({}, users(includeGroups=[GROUP])),
        (narrowed("clientAppTypes", []), narrowed("clientAppTypes", ["all"])),
        (narrowed("platforms", None), narrowed("platforms", {"includePlatforms": ["all"], "excludePlatforms": []})),
        (users(excludeUsers=[DANA.upper()]), users()),
        ({"locations": {"includeLocations": ["All"], "excludeLocations": [GROUP, OFFICE["id"]]}}, left_out(OFFICE)),
    ],
    ids=["covered by another", "a wider one", "a site", "in all already", "all", "all platforms", "case", "gone"],
)
def test_what_makes_no_difference_or_less(before, after):
    assert grows(before, after) == []


def test_a_filter_that_is_another_may_be_more():
    for pair in (FILTERS, FILTERS[::-1]):
        assert grows(*(narrowed("devices", one) for one in pair)) == ["the device filter would be another"]


def test_accounts_with_rules_of_their_own_and_sites_that_have_ended():
    assert grows(users(excludeUsers=[DANA, ALEX]), users(), spared={ALEX}) == []
    assert grows(left_out(OFFICE, HOME), left_out(OFFICE), ended=["P3"]) == []
    assert grows(left_out(OFFICE, HOME), left_out(OFFICE), ended=["P1"]) != []


def test_what_a_location_of_check_mode_covers_is_not_judged_here():
    coming = {"id": reconcile.placeholder(NamedLocation(), "Office"), "displayName": "Office"}
    assert grows(left_out(OFFICE), left_out(coming)) == []


def test_names_in_place_of_ids():
    assert grows(users(includeUsers=[ALEX]), users(), name={ALEX: "alex"}.get) == [
        "it would be for all users, where it is for alex"
    ]


MFA, STRONG = {"operator": "OR", "builtInControls": ["mfa"]}, {"authenticationStrength": {"id": GROUP}}
EITHER = {"operator": "OR", "builtInControls": ["mfa", "compliantDevice"]}
BOTH = {**EITHER, "operator": "AND"}
WEAKER_FIRST = {
    "mfa to block": (MFA, BLOCK),
    "nothing to mfa": (None, MFA),
    "either to one": (EITHER, MFA),
    "one to both": (MFA, BOTH),
    "either to both": (EITHER, BOTH),
}


@pytest.mark.parametrize(("weaker", "stronger"), WEAKER_FIRST.values(), ids=WEAKER_FIRST)
def test_controls(weaker, stronger):
    (told,) = grows({}, {}, (weaker, stronger))
    assert told.startswith(("it would block", "it would ask for more"))
    assert grows({}, {}, (stronger, weaker)) == [] and grows({}, {}, (stronger, stronger)) == []


def test_another_control_is_not_a_weaker_one():
    for pair in ((MFA, STRONG), (STRONG, MFA)):
        assert grows({}, {}, pair) == ["it would ask for more, or for something else"]


GROUPS = (
    "users",
    "applications",
    "locations",
    "clientAppTypes",
    "platforms",
    "signInRiskLevels",
    "devices",
    "authenticationFlows",
)
EVERYONE = {"users": {"includeUsers": ["All"]}, "applications": {"includeApplications": ["All"]}}


@st.composite
def writes(draw):
    """A policy that is for everyone but for a condition or two, and the same with other ones."""
    pair = draw(policies(states=("enabled",), least=2))[:2]
    groups = draw(st.lists(st.sampled_from(GROUPS), min_size=1, max_size=2, unique=True))
    return [
        {**one, "conditions": EVERYONE | {name: one["conditions"].get(name, EVERYONE.get(name)) for name in groups}}
        for one in pair
    ]


@settings(derandomize=True, deadline=None, database=None, max_examples=250)
@given(writes(), st.lists(sign_ins(known=True), min_size=2, max_size=4))
def test_whoever_gets_in_before_gets_in_after_a_write_that_stops_no_more(write, several):
    before, after = write
    if more(before, after, Around(LOCATIONS)):
        return
    for sign_in in several:
        was, becomes = (policy_set(one).evaluate(sign_in).outcome.verdict for one in (before, after))
        assert becomes == "granted" or was != "granted"
        assert becomes != "blocked" or was in ("blocked", "unknown")
