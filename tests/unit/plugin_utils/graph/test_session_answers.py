# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes out and what comes back in one request: address, headers, body, errors in words, and the count."""

from __future__ import annotations

import re
import uuid

import pytest
from fake_transport import answer, graph, refusal

from ansible_collections.msp.entra.plugins.plugin_utils.graph import errors, session
from ansible_collections.msp.entra.plugins.plugin_utils.graph.transport import Broken, NeverSent

OBJECT = {"id": "1"}


def refused(*script, path="/users?$filter=x", method="get", permissions=None):
    made, dummy, dummy = graph(*script, permissions=permissions)
    with pytest.raises(errors.GraphError) as caught:
        getattr(made, method)(*((path,) if method in ("get", "delete") else (path, {})))
    return caught.value


def test_the_address_and_the_body():
    made, wire, dummy = graph(answer(201, OBJECT), answer(200, OBJECT))
    assert made.create("/policies", {"a": None}) == OBJECT
    assert made.get("/policies?$top=1") == OBJECT
    assert [request.url for request in wire.sent] == [
        "https://graph.test/v1.0/policies",
        "https://graph.test/v1.0/policies?$top=1",
    ]
    assert [request.body for request in wire.sent] == [{"a": None}, None]


def test_every_try_has_an_id_of_its_own():
    """Microsoft's support finds a request by it."""
    made, wire, dummy = graph(refusal(503), answer(200, OBJECT))
    made.get("/x")
    ids = [request.arguments["headers"]["client-request-id"] for request in wire.sent]
    assert len({uuid.UUID(one) for one in ids}) == 2
    assert wire.sent[0].arguments["headers"]["Accept"] == "application/json"


@pytest.mark.parametrize("got", [answer(204), answer(200, OBJECT)], ids=["204", "200 with a body"])
def test_an_action_takes_nothing(got):
    made, wire, dummy = graph(got)
    assert made.act("/a/1/restore") is None
    assert [(request.method, request.body) for request in wire.sent] == [("POST", None)]


def test_an_action_whose_answer_is_lost_is_not_sent_again():
    made, wire, dummy = graph(Broken("reset."))
    with pytest.raises(errors.OutcomeUnknown):
        made.act("/a/1/restore")
    assert len(wire.sent) == 1


@pytest.mark.parametrize("got", [answer(204), answer(202), answer(200, OBJECT)], ids=["204", "202", "200 with a body"])
def test_an_update_and_a_delete_need_no_body(got):
    made, wire, waits = graph(got, got)
    assert (made.update("/x", {}), made.delete("/x")) == (None, None)
    assert (len(wire.sent), waits) == (2, [])


def test_an_error_in_full():
    inner = {"message": "1040: names", "request-id": "r-1", "client-request-id": "c-1", "date": "2026-01-01"}
    error = refused(refusal(400, "BadRequest", "Invalid.", inner), path="/policies", method="create")
    assert error.facts()["graph_error"] == {
        "status": 400,
        "code": "BadRequest",
        "message": "Invalid.",
        "inner_message": "1040: names",
        "request_id": "r-1",
        "client_request_id": "c-1",
    }
    assert str(error) == (
        "POST /policies was refused by Microsoft Graph with 400 BadRequest: Invalid. Reason: 1040: names. "
        "(request-id r-1, client-request-id c-1)"
    )


def test_the_query_is_not_in_the_message():
    """It may be long, and hold names of people."""
    assert str(refused(refusal(400))).startswith("GET /users was refused")


def test_ids_in_the_headers_where_the_body_has_none():
    error = refused(refusal(400, **{"Request-Id": "r-2", "Client_Request_Id": "c-2"}))
    assert (error.request_id, error.client_request_id) == ("r-2", "c-2")


@pytest.mark.parametrize(
    "got",
    [
        answer(400),
        answer(400, content=b"<html>Bad Request</html>"),
        answer(400, ["a list"]),
        answer(400, {}),
        answer(400, {"error": "a word"}),
        answer(400, {"error": {"code": None, "message": None, "innerError": "a word"}}),
    ],
    ids=["empty", "HTML", "list", "no error", "error of another kind", "nulls"],
)
def test_a_refusal_without_an_envelope(got):
    error = refused(got)
    assert (error.code, error.message, error.inner, error.request_id) == ("(no code)", "(no message)", "", None)


POLICIES = "/identity/conditionalAccess/policies"
BOTH = {"Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"}


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("get", POLICIES, "Policy.Read.All,"),
        ("create", POLICIES, "Policy.Read.All and Policy.ReadWrite.ConditionalAccess,"),
        ("update", f"{POLICIES}/1", "Policy.Read.All and Policy.ReadWrite.ConditionalAccess,"),
        ("delete", "/identity/conditionalAccess/namedLocations/1", "Policy.Read.All and Policy.ReadWrite"),
        ("get", "/servicePrincipals?$top=1", "Application.Read.All,"),
        ("get", "/users/1", "User.Read.All,"),
        ("get", "/GROUPS", "Group.Read.All,"),
        ("get", "/directoryRoleTemplates", "RoleManagement.Read.Directory,"),
        ("get", "/policies/authenticationStrengthPolicies", "Policy.Read.All,"),
        ("get", "/identityGovernance/termsOfUse/agreements", "Agreement.Read.All,"),
        (
            "get",
            "/tenantRelationships/findTenantInformationByTenantId(tenantId='1')",
            "CrossTenantInformation.ReadBasic.All,",
        ),
    ],
)
def test_a_missing_permission_is_named(method, path, permission):
    """As probable only, where the token does not say what it has."""
    error = refused(refusal(403, "Forbidden", "Insufficient privileges."), path=path, method=method)
    assert isinstance(error, errors.PermissionMissing)
    assert f"Grant the permission that is probably missing: {permission}" in str(error)
    assert "an administrator's consent" in str(error) and "P1 or P2" in str(error)


@pytest.mark.parametrize(
    ("method", "path", "held", "missing"),
    [
        pytest.param("get", POLICIES, set(), "Policy.Read.All", id="none"),
        pytest.param("create", POLICIES, set(), "Policy.Read.All and Policy.ReadWrite.ConditionalAccess", id="both"),
        pytest.param("create", POLICIES, {"Policy.Read.All"}, "Policy.ReadWrite.ConditionalAccess", id="writing"),
        pytest.param(
            "update", POLICIES + "/1", {"Policy.ReadWrite.ConditionalAccess"}, "Policy.Read.All", id="reading"
        ),
        pytest.param("get", "/users/1", BOTH, "User.Read.All", id="one of another kind"),
        pytest.param(
            "get",
            "/tenantRelationships/delegatedAdminCustomers?$top=300",
            BOTH,
            "DelegatedAdminRelationship.Read.All",
            id="a partner's customers",
        ),
    ],
)
def test_the_permission_that_the_token_lacks_is_named_for_certain(method, path, held, missing):
    error = refused(refusal(403), path=path, method=method, permissions=held)
    assert (
        f" Grant the application permission that is missing: {missing}, with an administrator's consent in this tenant. ("
        in str(error)
    )


@pytest.mark.parametrize(
    ("method", "path", "held", "words"),
    [
        pytest.param("get", POLICIES, {"Policy.Read.All"}, "Policy.Read.All", id="reading"),
        pytest.param("delete", POLICIES + "/1", BOTH | {"User.Read.All"}, " and ".join(sorted(BOTH)), id="writing"),
    ],
)
def test_a_token_that_has_it_is_not_told_to_get_it(method, path, held, words):
    error = refused(refusal(403), path=path, method=method, permissions=held)
    assert (
        f" The token has {words}, so it is not for want of a permission. Conditional Access needs Microsoft Entra ID P1 or P2 "
        "in the tenant. (" in str(error)
    )
    assert "missing" not in str(error)


@pytest.mark.parametrize("held", [BOTH, None], ids=["held", "not said"])
def test_a_permission_that_graph_itself_names_is_not_left_out(held):
    """As it does where the applications of a policy are written (https://github.com/almenscorner/IntuneCD/issues/142)."""
    said = "Insufficient privileges to create or update policy. Application.Read.All scope is required to add/edit application"
    error = refused(refusal(403, "AccessDenied", said), path=POLICIES, method="create", permissions=held)
    known, missing = ("Grant the application permission that is missing", "Application.Read.All")
    if held is None:
        known, missing = (
            "Grant the permission that is probably missing",
            f"{' and '.join(sorted(BOTH))} and {missing}",
        )
    assert f" {known}: {missing}, with an administrator's consent in this tenant." in str(error)


@pytest.mark.parametrize("held", [None, {"DelegatedAdminRelationship.Read.All"}], ids=["not said", "held"])
def test_a_tenant_that_is_no_partners_is_not_told_of_conditional_access(held):
    error = refused(refusal(403), path="/tenantRelationships/delegatedAdminCustomers?$top=300", permissions=held)
    assert " Only a Microsoft partner's own tenant has customers; see that tenant_id is that one. (" in str(error)
    assert "Conditional Access" not in str(error) and "DelegatedAdminRelationship.Read.All" in str(error)


@pytest.mark.parametrize("held", [None, {"DelegatedAdminRelationship.Read.All"}], ids=["not said", "held"])
def test_assignments_are_refused_where_the_tenant_is_known_for_a_partner_s(held):
    path = "/tenantRelationships/delegatedAdminRelationships/1f-2e/accessAssignments"
    error = refused(refusal(403), path=path, permissions=held)
    assert " Look at this relationship in Partner Center. With roles_from: relationships " in str(error)
    assert "tenant_id" not in str(error) and "DelegatedAdminRelationship.Read.All" in str(error)


@pytest.mark.parametrize("permissions", [None, set(), {"User.Read.All"}], ids=["not said", "none", "one"])
@pytest.mark.parametrize(("status", "path"), [(403, "/organization"), (400, "/users"), (404, "/users")])
def test_no_permission_is_guessed(status, path, permissions):
    assert "permission" not in str(refused(refusal(status), path=path, permissions=permissions))


@pytest.mark.parametrize(
    ("permissions", "words"),
    [
        (None, "Grant the permission that is probably missing: User.Read.All,"),
        (set(), "Grant the application permission that is missing: User.Read.All,"),
        ({"User.Read.All"}, "The token has User.Read.All, so"),
    ],
    ids=["not said", "none", "one"],
)
def test_the_same_permissions_for_a_part_of_a_batch(permissions, words):
    made, dummy, dummy = graph(permissions=permissions)
    part = session.Answer(403, {}, {"error": {"code": "Forbidden", "message": "no"}})
    with pytest.raises(errors.PermissionMissing, match=re.escape(words)):
        made.check("/users?$top=1", part)


@pytest.mark.parametrize(
    ("permissions", "lacks"),
    [(None, ()), (set(), ("User.Read.All",)), ({"User.Read.All"}, ())],
    ids=["not said", "none", "one"],
)
def test_what_is_lacking_for_certain_is_told_apart(permissions, lacks):
    assert refused(refusal(403), path="/users", permissions=permissions).lacks == lacks


def test_every_try_is_counted():
    """Also the ones that failed: they are what a slow task wants to be told."""
    made, wire, dummy = graph(refusal(429), Broken("b"), NeverSent("n"), refusal(401), answer(200, OBJECT))
    made.get("/x")
    assert made.cost.count == len(wire.sent) == 5


def test_a_request_that_raises_is_counted():
    made, dummy, dummy = graph(errors.Unreachable("no"))
    with pytest.raises(errors.Unreachable):
        made.get("/x")
    assert made.cost.count == 1


def test_the_seconds_are_the_requests_own(monkeypatch):
    """Not those that were waited in between."""
    clock = iter([10.0, 10.0, 10.25, 10.25, 100.0, 100.0, 100.5])
    monkeypatch.setattr(session.time, "monotonic", lambda: next(clock))
    made, dummy, waits = graph(refusal(429, Retry_After="30"), answer(200, OBJECT))
    made.get("/x")
    assert made.cost.seconds == 0.75 and waits == [31.0]


def test_a_new_session_has_cost_nothing():
    made, wire, dummy = graph()
    assert (made.cost.count, made.cost.seconds, made.cost.written, wire.sent) == (0, 0.0, [], [])
    assert made.cost.mark() == (0, 0.0, 0, 0)


class TestWritten:
    """What has really been taken, for the words about a task that fails in the middle."""

    def test_every_write_that_was_taken_in_order(self):
        made, dummy, dummy = graph(answer(201, OBJECT), answer(200, {}), answer(204), answer(204), answer(200, OBJECT))
        made.create("/a", {})
        made.get("/a")
        made.update("/a/1", {})
        made.delete("/a/1")
        made.act("/a/1/restore")
        assert made.cost.written == ["POST /a", "PATCH /a/1", "DELETE /a/1", "POST /a/1/restore"]

    def test_a_write_that_took_two_tries_is_one(self):
        made, dummy, dummy = graph(refusal(429), answer(201, OBJECT))
        made.create("/a", {})
        assert made.cost.written == ["POST /a"]

    def test_a_batch_of_reads_is_none(self):
        part = {"id": "0", "status": 200, "body": {}}
        made, dummy, dummy = graph(answer(200, {"responses": [part]}))
        made.batch(["/a"])
        assert made.cost.written == []

    @pytest.mark.parametrize("trouble", [refusal(400), refusal(403), errors.Unreachable("no")], ids=str)
    @pytest.mark.parametrize("method", ["create", "update", "delete"])
    def test_a_write_that_was_refused_is_none(self, method, trouble):
        made, dummy, dummy = graph(trouble)
        with pytest.raises(errors.EntraError):
            getattr(made, method)(*(("/a",) if method == "delete" else ("/a", {})))
        assert made.cost.written == []

    def test_a_delete_of_what_is_gone_is_none(self):
        made, dummy, dummy = graph(refusal(404))
        made.delete("/a/1")
        assert made.cost.written == []

    def test_a_create_that_does_not_say_what_it_made_was_taken_all_the_same(self):
        made, dummy, dummy = graph(answer(201, {"displayName": "x"}))
        with pytest.raises(
            errors.OutcomeUnknown, match=r"^POST /a was taken and the answer does not say what it made\.$"
        ):
            made.create("/a", {})
        assert made.cost.written == ["POST /a"]

    def test_a_mark_stays_where_it_was_made(self):
        made, dummy, dummy = graph(answer(204), answer(204))
        made.update("/a/1", {})
        mark = made.cost.mark()
        made.update("/a/2", {})
        assert (mark.requests, mark.written, made.cost.count) == (1, 1, 2)
        assert made.cost.written[mark.written :] == ["PATCH /a/2"]


@pytest.mark.parametrize(
    ("status", "perhaps"),
    [
        (None, True),
        (201, True),
        (204, True),
        (307, False),
        (400, False),
        (403, False),
        (409, False),
        (429, False),
        (503, True),
    ],
)
def test_what_a_try_may_have_changed(status, perhaps):
    cost = session.Cost(sent=[{"request": "PATCH /a", "status": None}])
    mark = cost.mark()
    cost.sent.append({"request": "PATCH /b", "status": status})
    assert cost.perhaps(mark) == (["PATCH /b"] if perhaps else [])
