# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with lists that are added to and taken from, with filters, and with targets of different kinds."""

from __future__ import annotations

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import policy_checks

USERS, APPS = "conditions.users", "conditions.applications"
LIST = f"{USERS}.exclude_users"
FILTER = {"mode": "exclude", "rule": "device.isCompliant -eq True"}
SECURITY_INFO = ["urn:user:registersecurityinfo"]


def excluded(value):
    return {"conditions": {"users": {"exclude_users": value}}}


def conditions(**groups):
    return {"conditions": groups}


def applications(**lists):
    return conditions(applications=lists)


def workloads(*included, **users):
    return conditions(users=users, client_applications={"include_service_principals": list(included)})


def problems(options):
    return policy_checks.problems_of(options)


FINE = [
    pytest.param(excluded([]), id="an-empty-list"),
    pytest.param(excluded({}), id="nothing-asked"),
    pytest.param(excluded({"set": ["a@b.c"]}), id="set"),
    pytest.param(excluded({"set": []}), id="set-to-nothing"),
    pytest.param(excluded({"add": ["a@b.c"], "remove": ["d@e.f"]}), id="add-and-remove"),
    pytest.param(excluded({"add": None, "remove": ["d@e.f"]}), id="null-is-left-out"),
    pytest.param(
        conditions(users={"include_users": {"add": ["All"], "remove": ["a@b.c"]}}), id="all-added-as-one-goes"
    ),
    pytest.param(conditions(devices={"device_filter": FILTER}), id="filter"),
    pytest.param(conditions(devices={"device_filter": {}}), id="filter-taken-away"),
    pytest.param(conditions(devices={"device_filter": None}), id="filter-left-out"),
    pytest.param(conditions(devices={"device_filter": {"mode": None, "rule": None}}), id="filter-as-ansible-fills-it"),
    pytest.param(applications(include_authentication_contexts=["c1"]), id="contexts"),
    pytest.param(
        applications(include_applications=[], include_user_actions=[], include_authentication_contexts=["c1"]),
        id="switched-to-contexts",
    ),
    pytest.param(
        applications(include_applications={"remove": ["Syncro"]}, include_user_actions=SECURITY_INFO),
        id="switched-by-taking-out",
    ),
    pytest.param(
        applications(include_applications={"set": []}, include_user_actions=SECURITY_INFO), id="switched-by-setting"
    ),
    pytest.param(applications(include_applications=["All"], application_filter=FILTER), id="a-filter-is-no-target"),
    pytest.param(workloads("Syncro"), id="workloads"),
    pytest.param(workloads("Syncro", include_users=["None"]), id="workloads-and-nobody"),
    pytest.param(workloads("Syncro", include_users=[], include_groups=[]), id="workloads-and-emptied-people"),
    pytest.param(workloads("Syncro", include_users={"remove": ["a@b.c"]}), id="workloads-and-people-taken-out"),
    pytest.param(workloads("Syncro", exclude_users=["a@b.c"]), id="workloads-and-people-left-out"),
    pytest.param(workloads(include_users=["All"]), id="people-and-emptied-workloads"),
]


@pytest.mark.parametrize("options", FINE)
def test_nothing_wrong(options):
    assert problems(options) == []


ALLOWED = "allowed are add, remove, set, or a bare list."
PRINCIPALS = "client_applications.include_service_principals"
TWO_KINDS = "a policy is for one of them."

WRONG = [
    pytest.param(
        excluded("a@b.c"),
        [f"{LIST}: 'a@b.c' is not a list; write [a@b.c], or a dictionary of add, remove, set."],
        id="a-text",
    ),
    pytest.param(
        excluded(7), [f"{LIST}: '7' is not a list; write [7], or a dictionary of add, remove, set."], id="number"
    ),
    pytest.param(
        excluded(["a@b.c", 7]), [f"{LIST}[1]: 7 is not a text; the name or the id is needed."], id="a-number-in-it"
    ),
    pytest.param(
        excluded([["a@b.c"], None]),
        [
            f"{LIST}[0]: ['a@b.c'] is not a text; the name or the id is needed.",
            f"{LIST}[1]: None is not a text; the name or the id is needed.",
        ],
        id="a-list-and-null-in-it",
    ),
    pytest.param(excluded({"append": ["a@b.c"]}), [f"{LIST}: append is not known here; {ALLOWED}"], id="another-word"),
    pytest.param(
        excluded({"append": [], "Add": [], "add": ["a@b.c"]}),
        [f"{LIST}: append, Add is not known here; {ALLOWED}"],
        id="several-other-words",
    ),
    pytest.param(
        excluded({"set": ["a@b.c"], "add": ["d@e.f"]}),
        [f"{LIST}: set is the whole list, so add and remove have no place beside it."],
        id="set-beside-add",
    ),
    pytest.param(
        excluded({"add": "a@b.c"}),
        [f"{LIST}.add: 'a@b.c' is not a list; write [a@b.c], or a dictionary of add, remove, set."],
        id="a-text-to-add",
    ),
    pytest.param(
        excluded({"add": {"set": []}, "remove": [1]}),
        [
            f"{LIST}.add: is a dictionary; a list is needed.",
            f"{LIST}.remove[0]: 1 is not a text; the name or the id is needed.",
        ],
        id="both-parts",
    ),
    pytest.param(
        conditions(users={"include_groups": "x"}, locations={"exclude_locations": "y"}),
        [
            f"{USERS}.include_groups: 'x' is not a list; write [x], or a dictionary of add, remove, set.",
            "conditions.locations.exclude_locations: 'y' is not a list; write [y], or a dictionary of add, remove, set.",
        ],
        id="lists-everywhere",
    ),
    pytest.param(
        {"grant_controls": {"terms_of_use": "x", "built_in_controls": ["block", "mfa"]}},
        ["grant_controls.terms_of_use: 'x' is not a list; write [x], or a dictionary of add, remove, set."],
        id="what-cannot-be-read-comes-before-what-it-means",
    ),
    pytest.param(
        excluded({"add": ["Dana"], "remove": [" "]}),
        [
            f"{LIST}.add[0]: 'Dana' is neither a UPN, such as dana@contoso.com, nor an id, nor one of GuestsOrExternalUsers.",
            f"{LIST}.remove[0]: is empty; the name or id of a user is needed.",
        ],
        id="names-in-both-parts",
    ),
    pytest.param(
        conditions(users={"include_users": {"set": ["All", "a@b.c"]}}),
        [f"{USERS}.include_users: All stands alone; take it out, or the other 1."],
        id="all-and-one-set",
    ),
    *(
        pytest.param(
            conditions(**{group: {name: {**FILTER, missing: empty}}}),
            [f"conditions.{group}.{name}.{missing}: is missing; a filter is a mode (include or exclude) and a rule."],
            id=f"{name}-without-{missing}-{empty!r}",
        )
        for group, name in (
            ("devices", "device_filter"),
            ("applications", "application_filter"),
            ("client_applications", "service_principal_filter"),
        )
        for missing, empty in (("mode", None), ("rule", None), ("rule", ""))
    ),
    pytest.param(
        applications(include_user_actions=SECURITY_INFO, include_authentication_contexts=["c1"]),
        [f"{APPS}: include_user_actions and include_authentication_contexts are 2 kinds of target; give one."],
        id="actions-and-contexts",
    ),
    pytest.param(
        applications(
            include_applications={"add": ["Syncro"]},
            include_user_actions=SECURITY_INFO,
            include_authentication_contexts={"set": ["c1"]},
        ),
        [
            (
                f"{APPS}: include_applications and include_user_actions and include_authentication_contexts are 3 kinds of "
                "target; give one."
            )
        ],
        id="three-kinds-of-target",
    ),
    *(
        pytest.param(
            workloads("Syncro", **{name: value}),
            [f"conditions: users.{name} and {PRINCIPALS} are people and workloads; {TWO_KINDS}"],
            id=f"workloads-and-{name}",
        )
        for name, value in (
            ("include_users", ["All"]),
            ("include_groups", {"add": ["Staff"]}),
            ("include_roles", {"set": ["Global Administrator"]}),
            ("include_guests_or_external_users", {"guest_or_external_user_types": ["internalGuest"]}),
        )
    ),
]


@pytest.mark.parametrize(("options", "expected"), WRONG)
def test_something_wrong(options, expected):
    assert problems(options) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"conditions": {"users": {"include_users": ["All"]}, "client_app_types": ["all"]}}, [], id="fine"),
        pytest.param(
            {"conditions": {"users": {"include_users": ["All", "0a"]}}},
            [f"{USERS}.include_users: All stands alone; take it out, or the other 1."],
            id="what-the-merged-policy-would-have",
        ),
        # An id that the policy holds need not be a UPN, and a filter that is there is Graph's own.
        pytest.param({"conditions": {"users": {"exclude_users": ["no upn"]}}}, [], id="names-are-not-judged"),
    ],
)
def test_contradictions_are_those_of_values_and_not_of_how_they_are_written(options, expected):
    assert policy_checks.contradictions(options) == expected
