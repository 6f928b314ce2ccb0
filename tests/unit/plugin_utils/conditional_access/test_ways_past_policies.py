# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in the way of each account on the way to the admin center, past all policies together."""

from __future__ import annotations

from lockout_policies import OTHER, SERVICE, users
from way_back_cases import PLACES, TWO, blocking, person

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.way_back import PLATFORMS, Ways

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
    ways = Ways.of(policies, PLACES, {"admin@x.y": person()})
    assert ways.said == "admin@x.y is stopped by 'P' and 'Q'"
    for platform in PLATFORMS:
        every = [blocking(), blocking("Q", platforms=only_on(platform))]
        assert Ways.of(every, PLACES, {"admin@x.y": person()}).said == "admin@x.y is stopped by 'P'"
