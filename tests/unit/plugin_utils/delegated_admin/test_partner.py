# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a partner's customers: what is kept of Graph's answers, and answers that cannot be read."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.delegated_admin import partner
from ansible_collections.msp.entra.plugins.plugin_utils.graph.clouds import Cloud
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import (
    EntraError,
    Malformed,
    PermissionMissing,
    Unreachable,
)
from ansible_collections.msp.entra.plugins.plugin_utils.graph.patience import Patience
from ansible_collections.msp.entra.plugins.plugin_utils.graph.reads import Reads
from ansible_collections.msp.entra.plugins.plugin_utils.graph.session import Answer, GraphSession

TENANT = "88888888-8888-4888-8888-888888888888"
SECURITY = "194ae4cb-b126-40b2-bd5b-6091b380977d"
GROUP = "aaaaaaaa-1111-4111-8111-111111111111"
ROOT = "/tenantRelationships/delegatedAdminRelationships"
RELATIONSHIP = {
    "id": "r1",
    "displayName": "First",
    "status": "active",
    "endDateTime": "2027-06-01T00:00:00.1234567Z",
    "autoExtendDuration": "PT0S",
    "customer": {"tenantId": TENANT.upper(), "displayName": "Fabrikam"},
    "accessDetails": {"unifiedRoles": [{"roleDefinitionId": SECURITY.upper()}]},
}
ASSIGNMENT = {
    "id": "a1",
    "status": "active",
    "accessContainer": {"accessContainerId": GROUP.upper(), "accessContainerType": "securityGroup"},
    "accessDetails": {"unifiedRoles": [{"roleDefinitionId": SECURITY}]},
}


class Session(GraphSession):
    """One that answers batches from a table, a status where there is no body, or an error in its place; everything else is the
    real one's."""

    def __init__(self, relationships, assignments):
        super().__init__(Cloud("x", "https://login.example", "https://graph.example"), NoToken(), None, Patience(0))
        self.sent = []
        self._bodies = {
            partner.CUSTOMERS: {"value": [{"id": TENANT, "tenantId": TENANT, "displayName": "Fabrikam"}]},
            partner.RELATIONSHIPS: {"value": relationships},
            **{f"{ROOT}/{number}/accessAssignments": body for number, body in assignments.items()},
        }

    def _batched(self, parts, lost=None):
        self.sent.append([part.path for part in parts])
        bodies = [self._bodies[part.path] for part in parts]
        if lost is not None:
            lost |= {index: body for index, body in enumerate(bodies) if isinstance(body, Exception)}
        return [Answer(body, {}, None) if isinstance(body, int) else Answer(200, {}, body) for body in bodies]


class NoToken:
    """A login whose token says nothing."""

    permissions = None


def read(relationships, assignments=None, wanted=True):
    session = Session(relationships, {"r1": {"value": [ASSIGNMENT]}} if assignments is None else assignments)
    return partner.read(Reads(session, partner.FORMS), wanted), session.sent


def changed(value, path, new):
    """A copy in which something else stands at a path of keys."""
    copied = inner = copy.deepcopy(value)
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return copied


def test_what_is_kept():
    known, sent = read([RELATIONSHIP])
    assert known == {
        "customers": [{"tenant_id": TENANT, "name": "Fabrikam"}],
        "relationships": [
            {
                "id": "r1",
                "name": "First",
                "status": "active",
                "ends": "2027-06-01T00:00:00.1234567Z",
                "auto_extends": False,
                "customer": {"tenant_id": TENANT, "name": "Fabrikam"},
                "roles": [SECURITY],
                "assignments": [{"group": GROUP, "roles": [SECURITY]}],
                "not_read": None,
            }
        ],
    }
    assert sent == [[partner.CUSTOMERS, partner.RELATIONSHIPS], [f"{ROOT}/r1/accessAssignments"]]


def test_assignments_only_where_they_are_wanted_and_of_what_is_active():
    ended = {**RELATIONSHIP, "id": "r2", "status": "terminated"}
    known, sent = read([ended, RELATIONSHIP])
    assert [one["assignments"] for one in known["relationships"]] == [None, [{"group": GROUP, "roles": [SECURITY]}]]
    assert sent[1:] == [[f"{ROOT}/r1/accessAssignments"]]
    known, sent = read([RELATIONSHIP], wanted=False)
    assert [one["assignments"] for one in known["relationships"]] == [None] and len(sent) == 1


@pytest.mark.parametrize("status", ["pending", "deleting", "deleted", "error", None])
def test_an_assignment_that_is_not_active_is_none(status):
    known, dummy = read([RELATIONSHIP], {"r1": {"value": [{**ASSIGNMENT, "status": status}]}})
    assert known["relationships"][0]["assignments"] == []


def test_one_that_ended_while_it_was_read_has_no_assignments():
    known, dummy = read([RELATIONSHIP], {"r1": 404})
    assert known["relationships"][0]["assignments"] == []


OTHER = {**RELATIONSHIP, "id": "r2", "displayName": "Second"}
LINK = "https://elsewhere.example/v1.0/next"
UNREADABLE = [
    pytest.param(403, "refused by Microsoft Graph with 403", id="refused"),
    pytest.param(503, "refused by Microsoft Graph with 503", id="not there in time"),
    pytest.param({"value": [{**ASSIGNMENT, "status": 5}]}, "cannot be read: ['status: 5']", id="malformed object"),
    pytest.param({"value": "x"}, "answered a listing with something else", id="no listing"),
    pytest.param({"value": [], "@odata.nextLink": LINK}, "next page is at another address", id="next page"),
    pytest.param(Unreachable("No part of a batch."), "No part of a batch.", id="no answer"),
]


@pytest.mark.parametrize(("answer", "words"), UNREADABLE)
def test_assignments_that_cannot_be_read_are_one_relationships_own_matter(answer, words):
    known, dummy = read([RELATIONSHIP, OTHER], {"r1": answer, "r2": {"value": [ASSIGNMENT]}})
    first, second = known["relationships"]
    # Not taken for none, which would be an empty list.
    assert first["assignments"] is None and words in first["not_read"]
    assert second["assignments"] == [{"group": GROUP, "roles": [SECURITY]}] and second["not_read"] is None


@pytest.mark.parametrize(("answer", "words"), UNREADABLE)
def test_where_none_can_be_read_it_is_everybodys_matter(answer, words):
    with pytest.raises(EntraError) as raised:
        read([RELATIONSHIP, OTHER], {"r1": answer, "r2": answer})
    assert words in str(raised.value)


def test_a_permission_that_is_missing_altogether_is_named():
    with pytest.raises(PermissionMissing, match=r"DelegatedAdminRelationship\.Read\.All"):
        read([RELATIONSHIP, OTHER], {"r1": 403, "r2": 403})


@pytest.mark.parametrize(
    ("given", "extends"), [("P180D", True), ("P0D", False), ("PT0S", False), (None, False), ("", False)]
)
def test_whether_it_extends_itself(given, extends):
    known, dummy = read([{**RELATIONSHIP, "autoExtendDuration": given}])
    assert known["relationships"][0]["auto_extends"] is extends


def test_what_graph_may_leave_out():
    bare = {"id": "r2", "accessDetails": {"unifiedRoles": []}, "customer": None}
    known, dummy = read([bare])
    assert known["relationships"][0] == {
        "id": "r2",
        "name": "",
        "status": "",
        "ends": None,
        "auto_extends": False,
        "customer": None,
        "roles": [],
        "assignments": None,
        "not_read": None,
    }


@pytest.mark.parametrize(
    ("path", "new"),
    [
        (("id",), None),
        (("id",), ""),
        (("id",), 7),
        (("displayName",), ["x"]),
        (("status",), 5),
        (("endDateTime",), "soon"),
        (("endDateTime",), 5),
        (("endDateTime",), "2026-13-01T00:00:00Z"),
        (("autoExtendDuration",), True),
        (("customer",), "x"),
        (("customer",), []),
        (("customer", "tenantId"), "../x"),
        (("customer", "tenantId"), None),
        (("customer", "displayName"), {}),
        (("accessDetails",), None),
        (("accessDetails", "unifiedRoles"), None),
        (("accessDetails", "unifiedRoles"), ["x"]),
        (("accessDetails", "unifiedRoles", 0, "roleDefinitionId"), None),
    ],
)
def test_a_relationship_that_cannot_be_read_is_an_error(path, new):
    with pytest.raises(Malformed, match="delegatedAdminRelationships"):
        read([changed(RELATIONSHIP, path, new)])


@pytest.mark.parametrize(
    ("path", "new"),
    [
        (("status",), 5),
        (("accessContainer",), None),
        (("accessContainer", "accessContainerId"), None),
        (("accessDetails", "unifiedRoles"), {}),
    ],
)
def test_an_assignment_that_cannot_be_read_is_told(path, new):
    assignments = {"r1": {"value": [changed(ASSIGNMENT, path, new)]}, "r2": {"value": []}}
    known, dummy = read([RELATIONSHIP, OTHER], assignments)
    assert f"{ROOT}/r1/accessAssignments that cannot be read" in known["relationships"][0]["not_read"]
