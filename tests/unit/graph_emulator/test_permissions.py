# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which permissions suffice, and what a tenant without a licence may."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from graph_calls import (
    LOCATIONS,
    POLICIES,
    SECRET,
    GraphCaller,
    client_id,
    ip_location,
    policy,
    tenant_document,
    tenant_id,
)

from graph_emulator.graph import Graph
from graph_emulator.launch import RunningEmulator
from graph_emulator.permissions import OPEN, TABLE, sufficient
from graph_emulator.tenants import Directory
from graph_emulator.tokens import TokenIssuer

CA_WRITE = ("Policy.ReadWrite.ConditionalAccess", "Policy.Read.All")
SECURITY_DEFAULTS = "policies/identitySecurityDefaultsEnforcementPolicy"
CA = "identity/conditionalAccess"
CONTEXTS = f"{CA}/authenticationContextClassReferences"
AGREEMENTS = "identityGovernance/termsOfUse/agreements"
BY_DOMAIN = "tenantRelationships/findTenantInformationByDomainName(domainName='t1.example')"
CUSTOMERS = "tenantRelationships/delegatedAdminCustomers"
RELATIONSHIPS = "tenantRelationships/delegatedAdminRelationships"
REGISTRATION = "reports/authenticationMethods/userRegistrationDetails"
REVOKE = "users/dana@t0.example/revokeSignInSessions"
WHAT_IF = {
    "signInIdentity": {"@odata.type": "#microsoft.graph.userSignIn", "externalUserType": "serviceProvider"},
    "signInContext": {
        "@odata.type": "#microsoft.graph.applicationContext",
        "includeApplications": ["00000003-0000-0ff1-ce00-000000000000"],
    },
    "signInConditions": {},
}
# (permissions, method, path, status, code)
ROWS = [
    ((), "GET", POLICIES, 403, "AccessDenied"),
    (("Policy.Read.All",), "GET", POLICIES, 200, ""),
    (("Policy.Read.ConditionalAccess",), "GET", LOCATIONS, 200, ""),
    (("Policy.ReadWrite.ConditionalAccess",), "GET", POLICIES, 403, "AccessDenied"),
    (("Policy.Read.All",), "POST", LOCATIONS, 403, "AccessDenied"),
    (("Policy.ReadWrite.ConditionalAccess",), "POST", LOCATIONS, 403, "AccessDenied"),
    (CA_WRITE, "POST", LOCATIONS, 201, ""),
    ((*CA_WRITE, "Application.Read.All"), "POST", LOCATIONS, 201, ""),
    (("Policy.Read.All",), "GET", SECURITY_DEFAULTS, 200, ""),
    (("Policy.Read.All",), "PATCH", SECURITY_DEFAULTS, 403, "AccessDenied"),
    (CA_WRITE, "PATCH", SECURITY_DEFAULTS, 204, ""),
    ((), "GET", "users", 403, "Authorization_RequestDenied"),
    (("User.Read.All",), "GET", "users", 200, ""),
    (("Directory.Read.All",), "GET", "users", 200, ""),
    (("Application.Read.All",), "GET", "users", 403, "Authorization_RequestDenied"),
    (("Application.Read.All",), "GET", "servicePrincipals", 200, ""),
    (("Application.Read.All",), "GET", "applications", 200, ""),
    (("User.Read.All",), "GET", "groups", 403, "Authorization_RequestDenied"),
    (("Group.Read.All",), "GET", "groups", 200, ""),
    (("RoleManagement.Read.Directory",), "GET", "directoryRoles", 200, ""),
    (("RoleManagement.Read.Directory",), "GET", "roleManagement/directory/roleAssignments", 200, ""),
    (("User.Read.All",), "GET", "directoryRoles", 403, "Authorization_RequestDenied"),
    (("Organization.Read.All",), "GET", "organization", 200, ""),
    (("Organization.Read.All",), "GET", "subscribedSkus", 200, ""),
    (("Policy.Read.All",), "GET", f"{CA}/authenticationStrength/policies", 200, ""),
    (("AuditLog.Read.All",), "GET", f"{CA}/authenticationStrength/policies", 403, "AccessDenied"),
    (("Policy.Read.All",), "GET", CONTEXTS, 200, ""),
    (("AuthenticationContext.Read.All",), "GET", CONTEXTS, 200, ""),
    (("AuthenticationContext.Read.All",), "GET", f"{CONTEXTS}/c1", 200, ""),
    (("AuthenticationContext.Read.All",), "GET", POLICIES, 403, "AccessDenied"),
    (("Policy.ReadWrite.ConditionalAccess",), "GET", CONTEXTS, 200, ""),
    (("Policy.ReadWrite.ConditionalAccess",), "GET", f"{CONTEXTS}/c1", 403, "AccessDenied"),
    (("Agreement.Read.All",), "GET", CONTEXTS, 403, "AccessDenied"),
    (("DelegatedAdminRelationship.Read.All",), "GET", CUSTOMERS, 200, ""),
    (("DelegatedAdminRelationship.ReadWrite.All",), "GET", RELATIONSHIPS, 200, ""),
    (("CrossTenantInformation.ReadBasic.All",), "GET", CUSTOMERS, 403, "Authorization_RequestDenied"),
    (("Directory.Read.All",), "GET", f"{RELATIONSHIPS}/1/accessAssignments", 403, "Authorization_RequestDenied"),
    (("Policy.Read.All",), "GET", f"{CA}/templates", 200, ""),
    (("Policy.Read.ConditionalAccess",), "GET", f"{CA}/templates", 403, "AccessDenied"),
    (("Agreement.Read.All",), "GET", AGREEMENTS, 200, ""),
    (("Policy.Read.All",), "GET", AGREEMENTS, 403, "Authorization_RequestDenied"),
    (("CrossTenantInformation.ReadBasic.All",), "GET", BY_DOMAIN, 200, ""),
    (("Directory.Read.All",), "GET", BY_DOMAIN, 403, "Authorization_RequestDenied"),
    (("Policy.Read.ConditionalAccess",), "GET", f"{CA}/deletedItems/policies", 200, ""),
    (("AuditLog.Read.All",), "GET", f"{CA}/deletedItems/policies", 403, "AccessDenied"),
    (("Policy.Read.All",), "POST", f"{CA}/deletedItems/policies/x/restore", 403, "AccessDenied"),
    (("Policy.Read.All",), "DELETE", f"{CA}/deletedItems/namedLocations/x", 403, "AccessDenied"),
    (("Directory.Read.All",), "GET", "auditLogs/signIns", 403, "Authentication_MSGraphPermissionMissing"),
    (("AuditLog.Read.All",), "GET", "auditLogs/signIns", 200, ""),
    (("AuditLog.Read.All",), "GET", REGISTRATION, 200, ""),
    (("Directory.Read.All",), "GET", REGISTRATION, 403, "Authentication_MSGraphPermissionMissing"),
    (("Policy.Read.ConditionalAccess",), "POST", f"{CA}/evaluate", 200, ""),
    (("Policy.Read.All",), "POST", f"{CA}/evaluate", 200, ""),
    (("Policy.ReadWrite.ConditionalAccess",), "POST", f"{CA}/evaluate", 200, ""),
    (("AuditLog.Read.All",), "POST", f"{CA}/evaluate", 403, "AccessDenied"),
    (("User.RevokeSessions.All",), "POST", REVOKE, 200, ""),
    (("User.ReadWrite.All",), "POST", REVOKE, 200, ""),
    (("User.Read.All",), "POST", REVOKE, 403, "Authorization_RequestDenied"),
    (("User.RevokeSessions.All",), "GET", "users", 403, "Authorization_RequestDenied"),
    (("User.Read.All",), "DELETE", "users/dana@t0.example", 403, "Authorization_RequestDenied"),
    (("Domain.Read.All",), "GET", "domains", 200, ""),
    (("User.Read.All",), "GET", "domains", 403, "Authorization_RequestDenied"),
]
SETS = sorted({row[0] for row in ROWS})


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    clients = [
        {"client_id": client_id(number), "secret": SECRET, "permissions": list(permissions)}
        for number, permissions in enumerate(SETS)
    ]
    free = tenant_document(1, licences=[])
    seed = {"tenants": [tenant_document(0, clients=clients), free]}
    with RunningEmulator(seed, directory=tmp_path_factory.mktemp("guarded")) as running:
        yield running


@pytest.mark.parametrize(("permissions", "method", "path", "status", "code"), ROWS)
def test_table(
    guarded: RunningEmulator, permissions: tuple[str, ...], method: str, path: str, status: int, code: str
) -> None:
    caller = GraphCaller(guarded, tenant_id(0), client_id(SETS.index(permissions)))
    body = {"POST": WHAT_IF if path.endswith("evaluate") else ip_location(), "PATCH": {"isEnabled": False}}.get(method)
    answer = caller.call(method, path, json=body)
    assert answer.status_code == status, answer.text
    if code:
        error = answer.json()["error"]
        assert error["code"] == code
        missing = "Calling principal does not have required MSGraph permissions AuditLog.Read.All"
        is_report = code == "Authentication_MSGraphPermissionMissing"
        assert error["message"].startswith(
            missing if is_report else "Insufficient privileges to complete the operation."
        )


def test_parts_of_a_batch_are_checked_one_by_one(guarded: RunningEmulator) -> None:
    caller = GraphCaller(guarded, tenant_id(0), client_id(SETS.index(("User.Read.All",))))
    requests = [{"id": "1", "method": "GET", "url": "/users"}, {"id": "2", "method": "GET", "url": "/groups"}]
    found = caller.post("$batch", {"requests": requests}).json()["responses"]
    assert {one["id"]: one["status"] for one in found} == {"1": 200, "2": 403}


def test_a_tenant_without_premium(guarded: RunningEmulator) -> None:
    caller = GraphCaller(guarded, tenant_id(1))
    assert caller.get(POLICIES).status_code == 200
    for answer in (caller.post(POLICIES, policy()), caller.post(LOCATIONS, ip_location())):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "AccessDenied")
        assert "not licensed" in answer.json()["error"]["message"]
    for path in ("auditLogs/signIns", "auditLogs/signIns/x", REGISTRATION, f"{REGISTRATION}/x"):
        answer = caller.get(path)
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
    answer = caller.post(f"{CA}/evaluate", WHAT_IF)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "AccessDenied")
    assert caller.values("subscribedSkus") == []


def test_a_token_of_one_tenant_does_not_see_another(guarded: RunningEmulator) -> None:
    first, second = (
        GraphCaller(guarded, tenant_id(0), client_id(SETS.index(CA_WRITE))),
        GraphCaller(guarded, tenant_id(1)),
    )
    key = first.post(LOCATIONS, ip_location()).json()["id"]
    assert second.get(f"{LOCATIONS}/{key}").status_code == 404


def test_the_applications_of_a_policy_take_the_permission_to_read_them(guarded: RunningEmulator) -> None:
    reads_them = GraphCaller(guarded, tenant_id(0), client_id(SETS.index((*CA_WRITE, "Application.Read.All"))))
    does_not = GraphCaller(guarded, tenant_id(0), client_id(SETS.index(CA_WRITE)))
    key = reads_them.post(POLICIES, policy()).json()["id"]
    conditions = {"conditions": policy()["conditions"]}
    for answer in (does_not.post(POLICIES, policy()), does_not.call("PATCH", f"{POLICIES}/{key}", json=conditions)):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "AccessDenied")
        assert "Application.Read.All scope is required" in answer.json()["error"]["message"]
    state = {"state": "disabled"}
    assert does_not.call("PATCH", f"{POLICIES}/{key}", json=state).status_code == 204
    assert reads_them.call("PATCH", f"{POLICIES}/{key}", json=conditions).status_code == 204


def test_every_path_has_a_row() -> None:
    for method, pattern, _handler in Graph(TokenIssuer(Directory())).rows:
        assert pattern in OPEN or sufficient(method, pattern), f"{method} {pattern} has no row in the table"
    patterns = {pattern for _method, pattern, _handler in Graph(TokenIssuer(Directory())).rows}
    for _methods, prefix, _sets in TABLE:
        assert any(one == prefix or one.startswith(f"{prefix}/") for one in patterns), f"{prefix} is no path"
