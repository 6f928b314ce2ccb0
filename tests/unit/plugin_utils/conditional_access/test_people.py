# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts as Conditional Access sees them: what is known of groups, roles and kind, and what is not."""

from __future__ import annotations

import pytest
from fake_tenant import guid

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import people
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in import (
    COLLABORATION,
    INTERNAL_GUEST,
    KINDS,
    MEMBER,
)

ONE = guid(1)
GROUP = {"@odata.type": "#microsoft.graph.group", "id": "G"}
ROLE = {"@odata.type": "#microsoft.graph.directoryRole", "id": "i", "roleTemplateId": "R"}
UNIT = {"@odata.type": "#microsoft.graph.administrativeUnit", "id": "u"}
BY_GROUP = {"conditions": {"users": {"excludeGroups": ["G"]}}}
BY_NAME = {"conditions": {"users": {"includeUsers": ["All"], "excludeGroups": [], "includeRoles": None}}}


@pytest.mark.parametrize(
    ("listing", "groups", "roles"),
    [
        pytest.param([], set(), set(), id="in-nothing"),
        pytest.param([GROUP, ROLE, UNIT], {"G"}, {"R"}, id="of-each-kind"),
        # Of what the caller may not read comes the id alone.
        pytest.param([GROUP, {**ROLE, "roleTemplateId": None}], {"G"}, None, id="a-role-that-does-not-say-which"),
        pytest.param(None, None, None, id="cannot-be-read"),
    ],
)
def test_memberships(tenant, listing, groups, roles):
    tenant.objects |= {f"/users/{ONE}/transitiveMemberOf": listing} if listing is not None else {f"/users/{ONE}": []}
    assert people.memberships([ONE], tenant.reads()) == {ONE: (groups, roles)}
    assert tenant.verbs() == ["BATCH"]


def test_nobody_is_no_request(tenant):
    assert people.memberships([], tenant.reads()) == {} and tenant.sent == []


@pytest.mark.parametrize(("policy", "asked"), [(BY_GROUP, True), (BY_NAME, False), ({}, False)])
def test_groups_are_looked_up_only_where_a_policy_depends_on_them(tenant, policy, asked):
    tenant.objects[f"/users/{ONE}/transitiveMemberOf"] = [GROUP]
    (person,) = people.users({"one": {"id": ONE}}, [policy], tenant.reads()).values()
    assert bool(tenant.sent) is asked and (person.groups == {"g"}) is asked


@pytest.mark.parametrize(
    ("kind", "upn", "expected"),
    [
        ("Member", "dana@x.y", {MEMBER}),
        ("Guest", "dana@x.y", {INTERNAL_GUEST}),
        ("Member", "d_z.q#EXT#@x.y", COLLABORATION),
        ("Guest", "d_z.q#ext#@x.y", COLLABORATION),
        (None, "dana@x.y", KINDS),
        ("Member", None, KINDS),
    ],
)
def test_what_an_account_is(kind, upn, expected):
    assert people.kinds_of({"userType": kind, "userPrincipalName": upn}) == expected
