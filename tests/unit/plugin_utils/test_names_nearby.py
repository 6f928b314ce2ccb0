# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Near matches of a name that nobody has: which, when they are asked for, and that they never stand in the way."""

from __future__ import annotations

import pytest
from directory_tenant import ABSENT, fill, named
from fake_tenant import LOCATIONS, guid, refusal

from ansible_collections.msp.entra.plugins.plugin_utils.directory import Wanted


@pytest.fixture
def peopled(tenant):
    return fill(tenant)


@pytest.mark.parametrize(
    ("kind", "value", "hint", "requests"),
    [
        pytest.param("user", "danna@contoso.com", " Near matches: dana@contoso.com.", 1, id="asked-of-graph"),
        pytest.param("user", "zoe@contoso.com", "", 1, id="nothing-near"),
        pytest.param("user", ABSENT, "", 0, id="nothing-is-near-an-id"),
        pytest.param("authentication context", "c9", "", 0, id="nor-near-a-number"),
        pytest.param("tenant", "partner.co", "", 0, id="nor-can-tenants-be-listed"),
    ],
)
def test_hint(peopled, kind, value, hint, requests):
    found = Wanted([]).found(peopled.reads())
    assert found.hint(kind, value) == hint
    assert len(peopled.sent) == requests


def test_near_matches_are_asked_for_only_where_a_name_is_missing(peopled):
    found = Wanted(named("user", "dana@contoso.com", "danna@contoso.com")).found(peopled.reads())
    assert len(peopled.sent) == 1
    found.problems()
    assert len(peopled.sent) == 2


def test_near_matches_in_a_listing_read_whole_are_not_asked_for(peopled):
    found = Wanted(named("location", "Offices")).found(peopled.reads())
    (problem,) = found.problems()
    assert problem.endswith("Near matches: Office.")
    assert len(peopled.sent) == 1


def test_a_hint_that_cannot_be_had_does_not_hide_the_problem(peopled):
    found = Wanted(named("user", "danna@contoso.com")).found(peopled.reads())
    peopled.faults = {"GET": [refusal(403)]}
    assert found.problems() == ["p[0]: there is no user 'danna@contoso.com' in this tenant."]


def test_no_more_than_three_near_matches(tenant):
    tenant.objects[LOCATIONS] = [{"id": guid(n), "displayName": f"Office {n}"} for n in range(6)]
    (problem,) = Wanted(named("location", "Office")).found(tenant.reads()).problems()
    assert problem.count("Office ") == 3
