# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in the way of each account on the way to the admin center, past all policies together."""

from __future__ import annotations

import pytest
from lockout_policies import ADMIN, OFFICE, OTHER, SERVICE, outside, users
from way_back_cases import PERSON, PLACES, STRANGER, TWO, addresses, blocking, person

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.evaluation import PolicySet
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.way_back import (
    PLATFORMS,
    Ways,
    from_nowhere,
    nowhere,
    past,
)

THREE = {**TWO, "service@x.y": person(who=SERVICE)}


def only_on(*platforms):
    return {"includePlatforms": ["all"], "excludePlatforms": list(platforms)}


def test_who_gets_in_on_one_platform_gets_in_and_is_named_once():
    ways = Ways.of([blocking(who=users(OTHER), platforms=only_on("linux"))], PLACES, THREE)
    assert ways.somebody_gets_in and ways.getting_in == ["admin@x.y", "other@x.y", "service@x.y"]
    ways = Ways.of([blocking(who=users(OTHER))], PLACES, THREE)
    assert ways.somebody_gets_in and ways.getting_in == ["other@x.y"]
    ways = Ways.of([blocking()], PLACES, THREE)
    assert not ways.somebody_gets_in and ways.getting_in == []


def test_the_platform_counts_on_which_least_is_in_the_way():
    policies = [blocking(), blocking("Q", platforms=only_on("linux")), blocking("R", platforms=only_on("windows"))]
    ways = Ways.of(policies, PLACES, {"admin@x.y": PERSON})
    assert ways.said == "admin@x.y is stopped by 'P' and 'Q'"
    for platform in PLATFORMS:
        every = [blocking(), blocking("Q", platforms=only_on(platform))]
        assert Ways.of(every, PLACES, {"admin@x.y": PERSON}).said == "admin@x.y is stopped by 'P'"


def test_what_is_certain_is_told_apart_from_what_is_not():
    policies = [
        blocking(),
        blocking("S", who=users(SERVICE)),
        blocking("Q", who=users(excludeGroups=["g"])),
        blocking("R", who=users(excludeRoles=["r"])),
    ]
    assert Ways.of(policies, PLACES, {"admin@x.y": STRANGER}).said == (
        "admin@x.y is stopped by 'P' and 'S' and may be stopped by 'Q' and 'R' "
        "(not known: the active directory roles of the user, the groups of the user)"
    )


MFA = blocking("M", controls=["mfa"])


@pytest.mark.parametrize(
    "policies",
    [
        pytest.param([], id="no-policy"),
        pytest.param([blocking(who=users(OTHER))], id="nobody-asks-for-it"),
        pytest.param([blocking("M", controls=["mfa"], who=users(ADMIN))], id="it-is-not-asked-of-one-of-them"),
        pytest.param([blocking("M", controls=["mfa"], platforms=only_on("iOS"))], id="nor-on-a-platform"),
        pytest.param([blocking(), MFA], id="nobody-gets-in-anyway"),
    ],
)
def test_who_can_do_mfa_is_not_asked_where_it_makes_no_difference(policies):
    ways = past(policies, PLACES, TWO, lambda: pytest.fail("was asked"))
    assert ways.in_the_way == Ways.of(policies, PLACES, TWO).in_the_way


@pytest.mark.parametrize(
    ("unable", "getting_in"),
    [((), ["admin@x.y", "other@x.y"]), (["admin@x.y"], ["other@x.y"]), (["admin@x.y", "other@x.y"], [])],
    ids=["none", "one", "both"],
)
def test_who_cannot_do_mfa_does_not_get_past_a_policy_that_asks_for_it(unable, getting_in):
    assert past([MFA], PLACES, TWO, lambda: unable).getting_in == getting_in


def test_who_cannot_do_mfa_is_told():
    ways = past([MFA], PLACES, {**TWO, "service@x.y": person(who=SERVICE)}, lambda: list(TWO))
    assert ways.said.split("; ")[:2] == [
        f"{name} is stopped by 'M', and has no method for MFA registered" for name in TWO
    ]


def test_who_cannot_do_mfa_can_accept_terms_of_use():
    terms = {**blocking("T"), "grantControls": {"operator": "OR", "builtInControls": [], "termsOfUse": ["t"]}}
    assert past([MFA, terms], PLACES, {"admin@x.y": PERSON}, lambda: ["admin@x.y"]).said == (
        "admin@x.y is stopped by 'M', and has no method for MFA registered"
    )


def test_a_policy_that_leaves_out_every_address_stops_who_comes_from_none_of_them():
    policies = [blocking(locations=outside(OFFICE)), blocking("Q", controls=["mfa"])]
    assert Ways.of(policies, addresses(28), {"admin@x.y": PERSON}).said == "admin@x.y is stopped by 'P'"


def test_an_address_that_no_location_covers_is_not_trusted_whatever_the_trusted_ips_of_mfa_are():
    policies = [blocking(locations=outside("AllTrusted"))]
    places = nowhere(PLACES, policies)
    compiled = PolicySet(policies, places)
    (said,) = compiled.evaluate(from_nowhere(PERSON, "linux", compiled, places, without_mfa=False)).policies
    assert said.applies is True
