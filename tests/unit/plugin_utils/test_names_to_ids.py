# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From names to ids: what each kind is found by, every failure in one list, and how many requests it takes."""

from __future__ import annotations

import pytest
from directory_tenant import (
    ABSENT,
    APP,
    APP_OBJECT,
    DANA,
    OFFICE,
    OREILLY,
    OTHER_TWIN,
    OTHER_TWIN_APP,
    PARTNER,
    ROLE,
    STAFF,
    STRENGTH,
    TERMS,
    TWIN,
    TWIN_APP,
    fill,
    named,
)
from fake_tenant import DOMAIN_LOOKUP, ROLES, guid

from ansible_collections.msp.entra.plugins.plugin_utils.directory import KINDS, Wanted
from ansible_collections.msp.entra.plugins.plugin_utils.graph.odata import IN_LIMIT


@pytest.fixture
def peopled(tenant):
    return fill(tenant)


RESOLVED = [
    pytest.param("user", "dana@contoso.com", DANA, id="user-by-upn"),
    pytest.param("user", "Dana@Contoso.COM", DANA, id="user-by-upn-in-another-case"),
    pytest.param("user", "o'reilly@contoso.com", OREILLY, id="user-with-a-quote"),
    pytest.param("user", DANA, DANA, id="user-by-id"),
    pytest.param("user", DANA.upper(), DANA, id="user-by-id-in-capitals"),
    pytest.param("group", "Staff", STAFF, id="group-by-name"),
    pytest.param("group", TWIN, TWIN, id="group-by-id-though-its-name-is-ambiguous"),
    pytest.param("application", "Syncro", APP, id="application-by-name"),
    pytest.param("application", APP, APP, id="application-by-appid"),
    pytest.param("application", APP.upper(), APP, id="application-by-appid-in-capitals"),
    pytest.param("application", APP_OBJECT, APP, id="application-by-the-object-id-of-its-enterprise-application"),
    pytest.param("service principal", "Syncro", APP_OBJECT, id="service-principal-by-name"),
    pytest.param("service principal", APP_OBJECT.upper(), APP_OBJECT, id="service-principal-by-id-in-capitals"),
    pytest.param("role", "Global Administrator", ROLE, id="role-by-name"),
    pytest.param("role", ROLE, ROLE, id="role-by-id"),
    pytest.param("location", "Office", OFFICE, id="location-by-name"),
    pytest.param("location", OFFICE.upper(), OFFICE, id="location-by-id-in-capitals"),
    pytest.param("authentication strength", "phishing-resistant mfa", STRENGTH, id="strength-in-another-case"),
    pytest.param("authentication context", "secrets", "c1", id="context-by-name"),
    pytest.param("authentication context", "c1", "c1", id="context-by-number-though-one-is-named-so"),
    pytest.param("terms of use", "House rules", TERMS, id="terms-of-use-by-name"),
    pytest.param("tenant", "partner.onmicrosoft.com", PARTNER, id="tenant-by-its-default-domain"),
    pytest.param("tenant", "Partner.com", PARTNER, id="tenant-by-another-domain-in-another-case"),
    pytest.param("tenant", "bücher.example", PARTNER, id="tenant-by-a-domain-that-is-not-ascii"),
    pytest.param("tenant", "o'neil.example", PARTNER, id="tenant-by-a-domain-with-a-quote"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), RESOLVED)
def test_resolved(peopled, kind, value, expected):
    (name,) = named(kind, value)
    found = Wanted([name]).found(peopled.reads())
    assert found.id(name) == expected
    assert found.problems() == []
    assert len(peopled.sent) == 1


def test_a_name_wins_over_one_in_another_case_where_all_are_read(peopled):
    peopled.objects[KINDS["location"].path].append({"id": guid(98), "displayName": "office"})
    names = named("location", "Office", "office", "OFFICE")
    found = Wanted(names).found(peopled.reads())
    assert [found.id(name) for name in names] == [OFFICE, guid(98), None]
    (said,) = found.problems()
    assert "'OFFICE' is the name of 2 locations" in said


def test_every_kind_has_a_case():
    assert {case.values[0] for case in RESOLVED} == set(KINDS)


UNRESOLVED = [
    pytest.param("user", "nobody@contoso.com", "p[0]: there is no user 'nobody@contoso.com' in this tenant.", id="upn"),
    pytest.param(
        "user",
        "Dana",
        "p[0]: there is no user 'Dana' in this tenant. Near matches: dana@contoso.com.",
        id="display-name-is-no-upn",
    ),
    pytest.param("group", ABSENT, f"p[0]: there is no group '{ABSENT}' in this tenant.", id="id"),
    pytest.param(
        "location", "Offices", "p[0]: there is no location 'Offices' in this tenant. Near matches: Office.", id="near"
    ),
    pytest.param(
        "group",
        "Stuff",
        "p[0]: there is no group 'Stuff' in this tenant.",
        id="near-but-not-by-its-first-three-letters",
    ),
    pytest.param(
        "user",
        "danna@contoso.com",
        "p[0]: there is no user 'danna@contoso.com' in this tenant. Near matches: dana@contoso.com.",
        id="near-asked-of-graph",
    ),
    pytest.param(
        "group",
        "Twins",
        f"p[0]: 'Twins' is the name of 2 groups ({TWIN}, {OTHER_TWIN}); give the id.",
        id="ambiguous",
    ),
    pytest.param(
        "application",
        "Double",
        f"p[0]: 'Double' is the name of 2 applications ({TWIN_APP}, {OTHER_TWIN_APP}); give the appId.",
        id="ambiguous-application",
    ),
    pytest.param(
        "service principal",
        "Double",
        f"p[0]: 'Double' is the name of 2 service principals ({guid(25)}, {guid(26)}); give the id.",
        id="ambiguous-service-principal",
    ),
    pytest.param(
        "authentication context",
        "c9",
        "p[0]: there is no authentication context 'c9' in this tenant.",
        id="context-by-a-number-that-is-not-used",
    ),
    pytest.param("terms of use", "Nda", "p[0]: there is no terms of use 'Nda' in this tenant.", id="terms-of-use"),
    pytest.param(
        "tenant", "gone.example", "p[0]: no tenant of the domain 'gone.example' is known to Entra.", id="tenant"
    ),
]


@pytest.mark.parametrize(("kind", "value", "problem"), UNRESOLVED)
def test_unresolved(peopled, kind, value, problem):
    (name,) = named(kind, value)
    found = Wanted([name]).found(peopled.reads())
    assert found.id(name) is None
    assert found.one(kind, value) is None
    assert found.problems() == [problem]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        pytest.param("tenant", PARTNER, id="tenant"),
        pytest.param("tenant", ABSENT.upper(), id="tenant-that-nobody-has-heard-of"),
        pytest.param("terms of use", TERMS, id="terms-of-use"),
        pytest.param("terms of use", ABSENT, id="terms-of-use-that-may-not-be-listed"),
    ],
)
def test_an_id_that_cannot_be_checked_is_taken_for_what_it_is(peopled, kind, value):
    (name,) = named(kind, value)
    found = Wanted([name]).found(peopled.reads())
    assert (found.id(name), found.problems()) == (value.lower(), [])
    assert peopled.sent == []


def test_two_domains_of_one_tenant_are_asked_for_one_by_one_in_one_request(peopled):
    names = named("tenant", "partner.com", "partner.onmicrosoft.com", "gone.example", PARTNER)
    found = Wanted(names).found(peopled.reads())
    assert [found.id(name) for name in names] == [PARTNER, PARTNER, None, PARTNER]
    domains = ["gone.example", "partner.com", "partner.onmicrosoft.com"]
    assert peopled.sent == [("BATCH", tuple(f"{DOMAIN_LOOKUP}(domainName='{domain}')" for domain in domains))]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        pytest.param("authentication context", "c1", True, id="first-context"),
        pytest.param("authentication context", "c99", True, id="last-context"),
        pytest.param("authentication context", "c0", False, id="no-context-zero"),
        pytest.param("authentication context", "c100", False, id="one-context-too-many"),
        pytest.param("authentication context", "c01", False, id="context-with-a-zero-before"),
        pytest.param("authentication context", "xc1", False, id="context-inside-a-name"),
        pytest.param("authentication context", STRENGTH, False, id="contexts-have-no-guid"),
        pytest.param("terms of use", TERMS, True, id="guid"),
        pytest.param("terms of use", "c1", False, id="only-contexts-are-numbered"),
    ],
)
def test_what_is_taken_for_an_id(kind, text, expected):
    assert KINDS[kind].is_id(text) is expected


def test_all_problems_come_together_each_at_its_path(peopled):
    names = [
        *named("user", "nobody@contoso.com", "dana@contoso.com", path="users"),
        *named("group", "Twins", path="groups"),
        *named("location", "Nowhere", path="locations"),
    ]
    problems = Wanted(names).found(peopled.reads()).problems()
    assert [problem.split(":")[0] for problem in problems] == ["users[0]", "groups[0]", "locations[0]"]


def test_a_problem_can_be_accepted_by_its_place(peopled):
    names = named("user", "nobody@contoso.com", "noone@contoso.com")
    problems = Wanted(names).found(peopled.reads()).problems(lambda name: name.path == "p[0]")
    assert [problem.split(":")[0] for problem in problems] == ["p[1]"]


def test_keywords_stand_for_themselves_and_are_not_looked_up(peopled):
    names = named("user", "All", keywords=("All", "None"))
    wanted = Wanted(names)
    found = wanted.found(peopled.reads())
    assert wanted.paths() == []
    assert found.id(names[0]) == "All"
    assert found.problems() == []
    assert peopled.sent == []


def test_keywords_are_told_where_a_name_is_missing(peopled):
    names = named("user", "nobody@contoso.com", keywords=("All", "None"))
    (problem,) = Wanted(names).found(peopled.reads()).problems()
    assert problem.endswith("A UPN, an id, or one of All, None is allowed.")


def test_one_object_by_two_names_is_not_ambiguous(peopled):
    names = named("user", "dana@contoso.com", DANA, "DANA@contoso.com")
    found = Wanted(names).found(peopled.reads())
    assert [found.id(name) for name in names] == [DANA] * 3
    assert found.problems() == []


def test_the_same_name_of_two_kinds(peopled):
    peopled.objects["/groups"].append({"id": ABSENT, "displayName": "Syncro"})
    group, application = *named("group", "Syncro"), *named("application", "Syncro")
    found = Wanted([group, application]).found(peopled.reads())
    assert (found.id(group), found.id(application)) == (ABSENT, APP)


def test_every_kind_at_once_is_one_request(peopled):
    names = [name for case in RESOLVED for name in named(case.values[0], case.values[1])]
    reads = peopled.reads()
    assert Wanted(names).found(reads).problems() == []
    assert peopled.verbs() == ["BATCH"]
    # What the task has read already is not asked for again.
    Wanted(names).found(reads)
    assert len(peopled.sent) == 1


def test_a_listing_that_is_read_whole_is_read_once_for_all_its_names():
    assert Wanted(named("role", "One", "Two", ROLE)).paths() == [ROLES]


@pytest.mark.parametrize(
    ("count", "paths"),
    [
        pytest.param(1, 1, id="one"),
        pytest.param(IN_LIMIT, 1, id="as-many-as-a-filter-takes"),
        pytest.param(IN_LIMIT + 1, 2, id="one-more"),
        pytest.param(IN_LIMIT * 3, 3, id="three-full-filters"),
    ],
)
def test_many_names_are_spread_over_filters_and_all_found(tenant, count, paths):
    names = named("user", *[f"u{number}@contoso.com" for number in range(count)])
    tenant.objects["/users"] = [
        {"id": guid(number), "userPrincipalName": f"u{number}@contoso.com"} for number in range(count)
    ]
    wanted = Wanted(names)
    assert len(wanted.paths()) == paths
    found = wanted.found(tenant.reads())
    assert [found.id(name) for name in names] == [guid(number) for number in range(count)]
    assert len(tenant.sent) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("a@b.c", "a@b.c", id="name"),
        pytest.param(DANA, DANA.upper(), id="id-in-another-case"),
    ],
)
def test_a_name_given_twice_is_asked_for_once(one, other):
    assert Wanted(named("user", one, other)).paths() == Wanted(named("user", one)).paths()
