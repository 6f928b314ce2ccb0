# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a customer's relationships come to."""

from __future__ import annotations

import datetime

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.delegated_admin.customer import GROUPS, customers
from ansible_collections.msp.entra.plugins.plugin_utils.delegated_admin.roles_needed import parse
from ansible_collections.msp.entra.plugins.plugin_utils.delegated_admin.view import View, view_of
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput
from graph_emulator.graph_types import TYPES

NOW = datetime.datetime(2026, 11, 1, 12, 0, tzinfo=datetime.UTC)
CONDITIONAL = "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9"
SECURITY = "194ae4cb-b126-40b2-bd5b-6091b380977d"
READER = "5d6b6bb7-de71-4623-b4af-96380a352509"
GLOBAL = "62e90394-69f5-4237-9190-012177145e10"
WRITES = tuple(parse([["Conditional Access Administrator", "Security Administrator"]]))
READS_TOO = [*WRITES, *parse(["Security Reader"])]
TENANT = "88888888-8888-4888-8888-888888888888"
TECHNICIANS, HELPDESK = "aaaaaaaa-1111-4111-8111-111111111111", "bbbbbbbb-1111-4111-8111-111111111111"

TENANTS, LACKING, UNKNOWN, EXPIRING, INACTIVE = GROUPS


def relationship(number=1, *roles, ends="2027-06-01T00:00:00Z", assigned=None, **more):
    """One as partner.read has it; assigned as it is granted where nothing else is said."""
    return {
        "id": f"id{number}",
        "name": f"Relationship {number}",
        "status": "active",
        "ends": ends,
        "auto_extends": False,
        "customer": {"tenant_id": TENANT, "name": "Fabrikam"},
        "roles": list(roles),
        "assignments": [{"group": TECHNICIANS, "roles": list(roles)}] if assigned is None else assigned,
        "not_read": None,
        **more,
    }


def view(needed=WRITES, days=30, **more):
    return View(needed=needed, now=NOW, expiring_days=days, **more)


def one(*relationships, customers_=(), **more):
    (found,) = customers({"customers": list(customers_), "relationships": list(relationships)}, view(**more))
    return found


def test_a_customer_whose_role_is_in_effect():
    found = one(relationship(1, SECURITY, READER))
    assert found.groups == [TENANTS]
    assert found.variables() == {
        "ansible_connection": "local",
        "entra_tenant_id": TENANT,
        "entra_gdap_customer": "Fabrikam",
        "entra_gdap_active": True,
        "entra_gdap_statuses": ["active"],
        "entra_gdap_roles": ["Security Administrator", "Security Reader"],
        "entra_gdap_role_ids": [SECURITY, READER],
        "entra_gdap_roles_missing": [],
        "entra_gdap_roles_unknown": [],
        "entra_gdap_ends": "2027-06-01T00:00:00Z",
        "entra_gdap_days_left": 211,
        "entra_gdap_relationships": [
            {
                "id": "id1",
                "name": "Relationship 1",
                "status": "active",
                "active": True,
                "ends": "2027-06-01T00:00:00Z",
                "days_left": 211,
                "auto_extends": False,
                "roles": ["Security Administrator", "Security Reader"],
                "role_ids": [SECURITY, READER],
                "roles_in_effect": ["Security Administrator", "Security Reader"],
                "not_read": None,
            }
        ],
    }


def test_roles_of_several_relationships_count_together():
    both = one(relationship(1, CONDITIONAL), relationship(2, READER), needed=READS_TOO)
    assert both.groups == [TENANTS]
    lacking = one(relationship(1, CONDITIONAL), relationship(2, READER, status="expired"), needed=READS_TOO)
    assert lacking.groups == [LACKING]
    assert lacking.variables()["entra_gdap_roles_missing"] == ["Security Reader"]
    assert lacking.variables()["entra_gdap_statuses"] == ["active", "expired"]


@pytest.mark.parametrize(
    ("assigned", "groups", "expected"),
    [
        pytest.param([], None, LACKING, id="granted and assigned to nobody"),
        pytest.param([{"group": HELPDESK, "roles": [READER]}], None, LACKING, id="another role assigned"),
        pytest.param([{"group": HELPDESK, "roles": [SECURITY]}], None, TENANTS, id="assigned to anybody"),
        pytest.param(
            [{"group": HELPDESK, "roles": [SECURITY]}], {TECHNICIANS}, LACKING, id="to a group that does not count"
        ),
        pytest.param([{"group": TECHNICIANS, "roles": [SECURITY]}], {TECHNICIANS}, TENANTS, id="to one that counts"),
    ],
)
def test_only_what_is_assigned_is_in_effect(assigned, groups, expected):
    granted = relationship(1, SECURITY, READER, assigned=assigned)
    found = one(granted, groups=groups and frozenset(groups))
    assert found.groups == [expected]
    missing = [
        "Conditional Access Administrator or Security Administrator (granted, but not assigned to a group that counts)"
    ]
    assert found.variables()["entra_gdap_roles_missing"] == (missing if expected == LACKING else [])


def test_an_assignment_of_a_role_that_was_taken_out_of_the_relationship_is_none():
    found = one(relationship(1, READER, assigned=[{"group": TECHNICIANS, "roles": [READER, SECURITY]}]))
    assert found.groups == [LACKING]
    words = "Conditional Access Administrator or Security Administrator"
    assert found.variables()["entra_gdap_roles_missing"] == [words]


def test_where_assignments_were_not_read_what_is_granted_counts():
    assert one({**relationship(1, GLOBAL), "assignments": None}).groups == [TENANTS]


def unread(number, *roles, **more):
    """One whose assignments Graph has refused."""
    return relationship(number, *roles, assignments=None, not_read="No.", **more)


WRITES_IN_WORDS = "Conditional Access Administrator or Security Administrator"


@pytest.mark.parametrize(
    ("relationships", "needed", "group", "missing", "unknown"),
    [
        pytest.param([unread(1, SECURITY)], WRITES, UNKNOWN, [], [WRITES_IN_WORDS], id="nothing else is known"),
        pytest.param(
            [unread(1, SECURITY), relationship(2, CONDITIONAL)], WRITES, TENANTS, [], [], id="another gives it"
        ),
        pytest.param(
            [unread(1, SECURITY), relationship(2, READER)],
            READS_TOO,
            UNKNOWN,
            [],
            [WRITES_IN_WORDS],
            id="half is known",
        ),
        # Nobody can be assigned what the customer has not granted.
        pytest.param([unread(1, READER)], WRITES, LACKING, [WRITES_IN_WORDS], [], id="it was not granted"),
        pytest.param(
            [unread(1, SECURITY)],
            READS_TOO,
            LACKING,
            ["Security Reader"],
            [WRITES_IN_WORDS],
            id="one of two was granted",
        ),
        pytest.param([unread(1, SECURITY)], [], TENANTS, [], [], id="nothing is needed"),
        pytest.param([unread(1, SECURITY, status="expired")], WRITES, INACTIVE, [], [], id="it is over"),
    ],
)
def test_whose_roles_nobody_could_see(relationships, needed, group, missing, unknown):
    found = one(*relationships, needed=needed)
    # Nobody is left out for what may not be so.
    assert found.groups == ([TENANTS, UNKNOWN] if group == UNKNOWN else [group])
    if found.is_active:
        variables = found.variables()
        assert (variables["entra_gdap_roles_missing"], variables["entra_gdap_roles_unknown"]) == (missing, unknown)
        assert variables["entra_gdap_relationships"][0]["not_read"] == "No."
        assert variables["entra_gdap_relationships"][0]["roles_in_effect"] == []


def test_access_that_may_be_there_ends_too():
    found = one(unread(1, SECURITY, ends="2026-11-05T00:00:00Z"))
    assert found.groups == [TENANTS, UNKNOWN, EXPIRING] and found.variables()["entra_gdap_days_left"] == 3


@pytest.mark.parametrize("status", [*TYPES["delegatedAdminRelationshipStatus"]["members"], "quiescing", ""])
def test_only_an_active_relationship_gives_anything(status):
    found = one(relationship(1, SECURITY, status=status))
    assert found.groups == ([TENANTS] if status == "active" else [INACTIVE])
    assert found.is_active is (status == "active")
    assert bool(found.variables()["entra_gdap_roles"]) is (status == "active")


@pytest.mark.parametrize(
    ("ends", "groups", "left"),
    [
        ("2026-12-01T12:00:00.0000001Z", [TENANTS, EXPIRING], 30),  # to the microsecond, as Python reads it
        ("2026-12-01T12:00:00.0000010Z", [TENANTS], 30),
        ("2026-12-01T12:00:00Z", [TENANTS, EXPIRING], 30),
        ("2026-12-01T11:59:59Z", [TENANTS, EXPIRING], 29),
        ("2026-11-02T11:59:59Z", [TENANTS, EXPIRING], 0),
        ("2026-11-01T12:00:00.0000010Z", [TENANTS, EXPIRING], 0),
        ("2026-11-01T12:00:00Z", [INACTIVE], 0),
        ("2026-11-01T11:59:59Z", [INACTIVE], -1),
        (None, [TENANTS], None),
    ],
)
def test_the_end_to_the_moment(ends, groups, left):
    found = one(relationship(1, SECURITY, ends=ends))
    assert found.groups == groups
    assert found.variables()["entra_gdap_relationships"][0]["days_left"] == left


def test_no_day_is_near_at_zero_days():
    assert one(relationship(1, SECURITY, ends="2026-11-01T12:00:01Z"), days=0).groups == [TENANTS]


def test_one_that_extends_itself_does_not_end():
    found = one(relationship(1, SECURITY, ends="2026-11-02T00:00:00Z", auto_extends=True))
    assert found.groups == [TENANTS]
    assert (found.variables()["entra_gdap_ends"], found.variables()["entra_gdap_days_left"]) == (None, None)
    assert found.variables()["entra_gdap_relationships"][0]["ends"] == "2026-11-02T00:00:00Z"
    # Graph may be a little late with the next end.
    assert one(relationship(1, SECURITY, ends="2026-10-31T00:00:00Z", auto_extends=True)).groups == [TENANTS]


def test_the_access_ends_with_the_last_relationship_that_gives_it():
    soon, later = "2026-11-05T00:00:00Z", "2027-01-05T00:00:00Z"
    assert one(relationship(1, SECURITY, ends=soon), relationship(2, CONDITIONAL, ends=later)).groups == [TENANTS]
    needed = one(relationship(1, CONDITIONAL, ends=soon), relationship(2, READER, ends=later), needed=READS_TOO)
    assert needed.groups == [TENANTS, EXPIRING] and needed.variables()["entra_gdap_ends"] == soon
    beside = one(relationship(1, SECURITY, ends=later), relationship(2, READER, ends=soon))
    assert beside.groups == [TENANTS] and beside.variables()["entra_gdap_ends"] == later
    lacking = one(relationship(1, READER, ends=soon))
    assert lacking.groups == [LACKING, EXPIRING]


def test_nothing_needed_takes_any_active_relationship():
    assert one(relationship(1, ends="2026-11-05T00:00:00Z"), needed=[]).groups == [TENANTS, EXPIRING]
    assert one(relationship(1, status="terminated"), needed=[]).groups == [INACTIVE]


def test_who_is_a_customer():
    other = "99999999-8888-4888-8888-888888888888"
    known = {
        "customers": [{"tenant_id": TENANT, "name": "Fabrikam Now"}, {"tenant_id": other, "name": "Nobody's"}],
        "relationships": [relationship(1, SECURITY), relationship(2, status="created", customer=None)],
    }
    found = customers(known, view())
    assert [(one.tenant_id, one.name, one.groups) for one in found] == [
        (TENANT, "Fabrikam Now", [TENANTS]),
        (other, "Nobody's", [INACTIVE]),
    ]
    assert [one.tenant_id for one in customers(known, view(statuses=frozenset({"active"})))] == [TENANT]
    assert customers(known, view(statuses=frozenset({"expired"}))) == []


def test_a_customer_that_graph_has_no_name_for_is_called_as_in_the_relationship():
    assert one(relationship(1), customers_=[{"tenant_id": TENANT, "name": ""}]).name == "Fabrikam"


OPTIONS = {
    "roles_needed": ["Security Reader"],
    "roles_from": "assignments",
    "security_groups": None,
    "expiring_days": 30,
    "statuses": None,
}


def test_the_view_that_options_ask_for():
    asked = {**OPTIONS, "security_groups": [TECHNICIANS.upper()], "statuses": ["active", "expired"]}
    made = view_of(asked.get)
    assert (made.needed, made.expiring_days) == ([(READER,)], 30)
    assert (made.groups, made.statuses) == ({TECHNICIANS}, {"active", "expired"})
    assert view_of(OPTIONS.get).groups is None and view_of(OPTIONS.get).statuses is None


def test_everything_that_is_wrong_with_the_options_at_once():
    wrong = {
        "security_groups": ["Technicians"],
        "roles_from": "relationships",
        "expiring_days": -1,
        "roles_needed": ["x"],
    }
    with pytest.raises(BadInput) as raised:
        view_of({**OPTIONS, **wrong}.get)
    assert [problem.partition(":")[0] for problem in raised.value.problems] == [
        "security_groups",
        "security_groups",
        "expiring_days",
        "roles_needed[0]",
    ]
