# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From ids back to names: for the reader of a diff, and for what is carried to another tenant."""

from __future__ import annotations

import copy

import pytest
from fake_tenant import AGREEMENTS, LOCATIONS, POLICIES, guid, refusal
from policy_tenant import ADMIN, APP, OFFICE, SERVICE, STAFF, THERE, ensure, fill

from ansible_collections.msp.entra.plugins.plugin_utils import reconcile
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import names, policy
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.named_location import NamedLocation
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_schema import POLICY
from ansible_collections.msp.entra.plugins.plugin_utils.shape import Named, Reference

GONE, TERMS, PARTNER = guid(98), guid(61), guid(71)
MADE_UP = reconcile.placeholder(NamedLocation(), "Home")


@pytest.fixture
def peopled(tenant):
    return fill(tenant)


def named(kind, value, *keywords):
    return Named("p", value, Reference(kind, keywords))


USER, GROUP = named("user", ADMIN), named("group", STAFF)


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        pytest.param(USER, "admin@contoso.com", id="user"),
        pytest.param(named("user", ADMIN.upper()), "admin@contoso.com", id="id-in-capitals"),
        pytest.param(GROUP, "Staff", id="group"),
        pytest.param(named("application", APP), "Syncro", id="application"),
        pytest.param(named("location", OFFICE), "Office", id="location"),
        pytest.param(named("group", GONE), GONE, id="gone"),
        pytest.param(named("user", "All", "All"), "All", id="keyword"),
        # Whether these exist is not asked, so they are not gone either.
        pytest.param(named("terms of use", TERMS), TERMS, id="terms-of-use"),
        pytest.param(named("tenant", PARTNER), PARTNER, id="tenant"),
    ],
)
def test_the_name_of_an_id(peopled, entry, name):
    found = names.of_references([entry], peopled.reads())
    assert found.of(entry) == found.said(entry) == name
    assert set(found.gone) == ({("group", GONE)} if entry.value == GONE else set())
    assert found.unread == {}


def test_terms_of_use_are_looked_up_where_that_is_asked_for(peopled):
    """A diff does without, as listing them needs a permission that writing policies does not."""
    peopled.objects[AGREEMENTS] = [{"id": TERMS, "displayName": "House rules"}]
    there, gone, partner = named("terms of use", TERMS), named("terms of use", GONE), named("tenant", PARTNER)
    found = names.of_references([there, gone, partner], peopled.reads(), ids_too=True)
    assert (found.of(there), found.of(gone), found.of(partner)) == ("House rules", GONE, PARTNER)
    assert set(found.gone) == {("terms of use", GONE)} and peopled.sent == [("GET", AGREEMENTS)]


def test_what_has_no_name_is_not_gone(peopled):
    peopled.objects["/groups"] = [{"id": STAFF, "displayName": None}]
    found = names.of_references([GROUP], peopled.reads())
    assert (found.of(GROUP), set(found.gone)) == (STAFF, set())


def test_an_id_is_of_its_kind(peopled):
    found = names.of_references([USER, GROUP, named("group", ADMIN)], peopled.reads())
    assert [found.of(entry) for entry in (USER, GROUP, named("group", ADMIN))] == ["admin@contoso.com", "Staff", ADMIN]
    assert peopled.verbs() == ["BATCH"]


@pytest.mark.parametrize(
    ("made_up", "expected"),
    [
        pytest.param({MADE_UP: "Home"}, "Home", id="known-by-name"),
        pytest.param({}, f"(made by this run) {MADE_UP}", id="not-known"),
    ],
)
def test_an_id_that_check_mode_made_up(made_up, expected):
    entry = named("location", MADE_UP)
    found = names.Names({}, set(), {}, made_up)
    assert (found.said(entry), found.of(entry)) == (expected, MADE_UP)


def test_a_kind_that_may_not_be_read_stays_ids_and_the_others_do_not(peopled):
    # All names at once are refused, and then, kind by kind, those of users.
    peopled.faults = {"BATCH": [refusal(403)], "GET": [refusal(403, "not you")]}
    found = names.of_references([USER, GROUP], peopled.reads())
    assert (found.of(USER), found.of(GROUP)) == (ADMIN, "Staff")
    assert list(found.unread) == ["user"] and "not you" in found.unread["user"]
    assert set(found.gone) == set()


UNAMBIGUOUS = [
    pytest.param([], "Staff", id="one-of-the-name"),
    pytest.param([{"id": guid(52), "displayName": "Staff"}], STAFF, id="two-of-the-name"),
    pytest.param([{"id": guid(52), "displayName": "staff"}], STAFF, id="two-of-the-name-but-for-case"),
    pytest.param([{"id": guid(52), "displayName": "Staffing"}], "Staff", id="one-of-another-name"),
]


@pytest.mark.parametrize(("more", "expected"), UNAMBIGUOUS)
def test_only_a_name_that_leads_back_is_used(peopled, more, expected):
    peopled.objects["/groups"] += more
    reads = peopled.reads()
    found = names.unambiguous(names.of_references([USER, GROUP], reads), [USER, GROUP], reads)
    assert (found.of(USER), found.of(GROUP)) == ("admin@contoso.com", expected)


@pytest.mark.parametrize(
    "name",
    [pytest.param("All", id="a-keyword"), pytest.param(STAFF, id="an-id")],
)
def test_a_name_that_would_be_taken_for_something_else_is_not_used(peopled, name):
    peopled.objects[LOCATIONS] = [{"id": OFFICE, "displayName": name}]
    entry, reads = named("location", OFFICE, "All"), peopled.reads()
    assert names.unambiguous(names.of_references([entry], reads), [entry], reads).of(entry) == OFFICE


GIVEN_BACK = [
    pytest.param("locations", "exclude_locations", "Everywhere", "Everywhere", id="no-word"),
    pytest.param("locations", "exclude_locations", "All", OFFICE, id="a-word-of-what-is-included"),
    pytest.param("locations", "exclude_locations", "AllTrusted", OFFICE, id="a-word-of-both"),
    pytest.param("locations", "include_locations", "alltrusted", OFFICE, id="a-word-but-for-case"),
    pytest.param("locations", "exclude_locations", "None", "None", id="no-word-of-locations"),
    pytest.param("locations", "include_locations", "None", "None", id="no-word-of-locations-included"),
    pytest.param("users", "exclude_groups", "All", "All", id="no-word-of-groups"),
    pytest.param("users", "include_groups", "None", "None", id="no-word-of-groups-included"),
    pytest.param("applications", "exclude_applications", "None", APP, id="a-word-of-included-applications"),
    pytest.param("applications", "exclude_applications", "office365", APP, id="a-word-of-applications-but-for-case"),
]
# Where the objects of a condition's lists are, the id of one, and what is included beside them.
OF_CONDITION = {
    "locations": (LOCATIONS, OFFICE, {"include_locations": ["All"]}),
    "users": ("/groups", STAFF, {}),
    "applications": ("/servicePrincipals", APP, {"include_applications": ["All"]}),
}


@pytest.mark.parametrize(("condition", "option", "name", "shown"), GIVEN_BACK)
def test_what_is_listed_with_names_can_be_given_back(peopled, condition, option, name, shown):
    path, key, included = OF_CONDITION[condition]
    peopled.objects[path][0]["displayName"] = name
    asked = {"conditions": {condition: {**included, option: [key]}}}
    peopled.objects[POLICIES] = [POLICY.merge(THERE, asked)]
    (told,) = listed(peopled, names=True)["policies"]
    assert told["conditions"][condition][option] == [shown]
    assert ensure(peopled, **told)["changed"] is False and peopled.writes() == []


def test_a_name_that_is_a_word_in_one_of_two_lists_is_used_in_none(peopled):
    peopled.objects[LOCATIONS] = [{"id": OFFICE, "displayName": "all"}]
    entries = [
        Named("conditions.locations.include_locations[0]", OFFICE, Reference("location", ("All",))),
        Named("conditions.locations.exclude_locations[0]", OFFICE, Reference("location")),
    ]
    for order in (entries, entries[::-1]):
        found = names.unambiguous(names.of_references(order, peopled.reads()), order, peopled.reads())
        assert [found.of(entry) for entry in order] == [OFFICE, OFFICE]


def test_orphans_are_told_where_they_stand(peopled):
    options = {"conditions": {"users": {"exclude_users": [ADMIN, GONE], "include_groups": [STAFF]}}}
    reads = peopled.reads()
    found = names.of_references([*(named("user", value) for value in (ADMIN, GONE)), GROUP], reads)
    assert found.orphans(POLICY, options) == [f"conditions.users.exclude_users[1]: {GONE}"]


def listed(tenant, **options):
    return policy.listed(policy.LISTING.validate(options), tenant.reads())


@pytest.fixture
def listing(peopled):
    other = copy.deepcopy({**THERE, "id": guid(32), "displayName": "Q"})
    other["conditions"]["users"]["excludeUsers"] = [SERVICE, GONE]
    peopled.objects[POLICIES].append(other)
    return peopled


def test_listed_with_ids(listing):
    result = listed(listing)
    assert set(result) == {"policies", "metadata", "unknown"}
    assert [entry["conditions"]["users"]["exclude_users"] for entry in result["policies"]] == [[ADMIN], [SERVICE, GONE]]
    assert listing.verbs() == ["GET"]


def test_listed_with_names(listing):
    result = listed(listing, names=True)
    users = [entry["conditions"]["users"] for entry in result["policies"]]
    assert [entry["exclude_users"] for entry in users] == [["admin@contoso.com"], ["syncro@contoso.com", GONE]]
    assert [entry["include_users"] for entry in users] == [["All"], ["All"]]
    assert [entry["conditions"]["applications"]["include_applications"] for entry in result["policies"]] == [
        ["Syncro"]
    ] * 2
    assert result["orphans"] == {guid(32): [f"conditions.users.exclude_users[1]: {GONE}"]}
    assert result["warnings"] == []


def test_listed_with_names_tells_which_it_could_not_read(listing):
    listing.faults = {"BATCH": [refusal(403)], "GET": [None, refusal(403, "not you")]}
    result = listed(listing, names=True, display_name="P")
    (entry,) = result["policies"]
    assert entry["conditions"]["users"]["exclude_users"] == [ADMIN]
    assert entry["conditions"]["applications"]["include_applications"] == ["Syncro"]
    (warning,) = result["warnings"]
    assert warning.startswith("Names of kind 'user' stay ids: ") and "not you" in warning
    assert result["orphans"] == {}
