# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users, groups, applications, roles, and what Graph tells of the tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from graph_calls import ALL_PERMISSIONS, SYNCRO_APP, GraphCaller, policy, tenant_document, tenant_id

from graph_emulator.builtin_roles import BUILTIN_ROLES, GLOBAL_ADMINISTRATOR
from graph_emulator.graph_types import is_guid
from graph_emulator.launch import RunningEmulator

GUEST = "pat_partner.example#EXT#@t0.example"
P1, P2 = "41781fb2-bc02-4b7c-bd55-b576c07bb09d", "eec0eb4f-6444-4f95-aba0-50c24d67f998"


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphCaller]:
    document = tenant_document(0, licences=["AAD_PREMIUM", "AAD_PREMIUM_P2", "SOMETHING_ELSE"], country="DE")
    document["users"] += [
        {"upn": GUEST, "user_type": "Guest", "display_name": "Pat"},
        {"upn": "lee@t0.example", "synced": True, "roles": ["Security Reader", "Global Reader"]},
    ]
    document["groups"] += [
        {"name": "Everybody", "members": ["Technicians", "lee@t0.example"], "roles": ["Directory Readers"]},
    ]
    document["policies"] = [policy()]
    document["sign_ins"] = [
        {
            "user": "dana@t0.example",
            "app": "Syncro SSO",
            "ip": f"198.51.100.{number}",
            "at": f"-{9 - number}d 08:00",
            "country": "DE",
            "verdicts": {"Block Syncro": "reportOnlyFailure" if number == 3 else "reportOnlyNotApplied"},
        }
        for number in range(1, 6)
    ]
    with RunningEmulator({"tenants": [document]}, directory=tmp_path_factory.mktemp("directory")) as running:
        yield GraphCaller(running, tenant_id(0))


def names(graph: GraphCaller, path: str) -> list[str]:
    return sorted(one["displayName"] for one in graph.values(path))


def test_a_user_by_name_and_by_id(tenant: GraphCaller) -> None:
    by_name = tenant.get("users/Dana@t0.example").json()
    assert by_name["displayName"] == "Dana O'Neil"
    assert tenant.get(f"users/{by_name['id'].upper()}").json() == by_name
    assert tenant.get(f"users('{by_name['id']}')").json() == by_name
    assert tenant.get(f"users/{quote(GUEST, safe='@')}").json()["displayName"] == "Pat"
    found = tenant.values(f"users?$filter=userPrincipalName eq '{quote(GUEST, safe='')}'&$select=userType,mail")
    assert found == [{"userType": "Guest", "mail": None}]
    found = tenant.values("users?$filter=displayName eq 'Dana O''Neil'&$select=id")
    assert found == [{"id": by_name["id"]}]
    answer = tenant.get("users/nobody@t0.example")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "Request_ResourceNotFound")
    assert "'nobody@t0.example' does not exist" in answer.json()["error"]["message"]


def test_some_properties_come_only_when_asked_for(tenant: GraphCaller) -> None:
    assert "accountEnabled" not in tenant.get("users/dana@t0.example").json()
    select = "$select=accountEnabled,onPremisesSyncEnabled"
    assert tenant.get(f"users/syncro-svc@t0.example?{select}").json()["accountEnabled"] is False
    assert tenant.get(f"users/lee@t0.example?{select}").json()["onPremisesSyncEnabled"] is True
    assert len(tenant.values("users?$filter=accountEnabled eq false")) == 1


def test_names_resolve_in_one_request(tenant: GraphCaller) -> None:
    filter_ = "userPrincipalName in ('dana@t0.example','absent@t0.example') or id in ('x')"
    (found,) = tenant.values(f"users?$filter={filter_}&$select=id,userPrincipalName,accountEnabled,displayName")
    assert set(found) == {"id", "userPrincipalName", "accountEnabled", "displayName"}
    path = "servicePrincipals?$filter=displayName in ('Syncro SSO')&$select=id,appId,displayName,accountEnabled"
    (found,) = tenant.values(path)
    assert (found["appId"], found["accountEnabled"]) == (SYNCRO_APP, True)
    assert names(tenant, "servicePrincipals?$filter=startswith(displayName,'Syn')") == ["Syncro SSO"]
    assert names(tenant, "groups?$filter=startsWith(displayName,'tech')") == ["Technicians"]


def test_service_principals_and_applications(tenant: GraphCaller) -> None:
    principal = tenant.get(f"servicePrincipals(appId='{SYNCRO_APP}')").json()
    assert tenant.get(f"servicePrincipals/{principal['id']}").json() == principal
    by_name = f"servicePrincipals?$filter=servicePrincipalNames/any(c:c eq '{SYNCRO_APP}')"
    assert [one["id"] for one in tenant.values(by_name)] == [principal["id"]]
    application = tenant.get(f"applications(appId='{SYNCRO_APP}')").json()
    assert application["displayName"] == "Syncro SSO"
    assert application["id"] != principal["id"]
    assert {"Auditor", "Syncro SSO"} == set(names(tenant, "applications"))
    graph = tenant.get("servicePrincipals(appId='00000003-0000-0000-c000-000000000000')").json()
    assert graph["displayName"] == "Microsoft Graph"
    assert tenant.get("servicePrincipals(colour='red')").status_code == 400
    assert tenant.get("servicePrincipals(appId='99999999-9999-4999-8999-999999999999')").status_code == 404


def test_members_and_what_they_belong_to(tenant: GraphCaller) -> None:
    everybody = tenant.values("groups?$filter=displayName eq 'Everybody'")[0]["id"]
    members = tenant.values(f"groups/{everybody}/members")
    assert {one["@odata.type"] for one in members} == {"#microsoft.graph.group", "#microsoft.graph.user"}
    assert names(tenant, f"groups/{everybody}/transitiveMembers") == ["Dana O'Neil", "Technicians", "lee"]
    assert names(tenant, "users/dana@t0.example/memberOf") == ["Technicians"]
    direct = names(tenant, "users/dana@t0.example/transitiveMemberOf")
    assert direct == ["Directory Readers", "Everybody", "Technicians"]
    roles = names(tenant, "users/lee@t0.example/transitiveMemberOf/microsoft.graph.directoryRole")
    assert roles == ["Directory Readers", "Global Reader", "Security Reader"]
    assert names(tenant, "users/lee@t0.example/memberOf/graph.group") == ["Everybody"]
    assert tenant.values(f"groups/{everybody}/members?$select=id,accountEnabled")[1]["accountEnabled"] is True


def test_roles(tenant: GraphCaller) -> None:
    assert len(BUILTIN_ROLES) >= 25
    assert len(set(BUILTIN_ROLES.values())) == len(BUILTIN_ROLES)
    assert all(is_guid(one) for one in BUILTIN_ROLES.values())
    templates = {one["displayName"]: one["id"] for one in tenant.values("directoryRoleTemplates")}
    assert templates == BUILTIN_ROLES
    assert tenant.get(f"directoryRoleTemplates/{GLOBAL_ADMINISTRATOR}").json()["displayName"] == "Global Administrator"
    active = names(tenant, "directoryRoles")
    assert active == ["Directory Readers", "Global Administrator", "Global Reader", "Security Reader"]
    members = tenant.values(f"directoryRoles(roleTemplateId='{GLOBAL_ADMINISTRATOR}')/members")
    assert [one["userPrincipalName"] for one in members] == ["breakglass@t0.example"]
    definition = "roleManagement/directory/roleDefinitions"
    (found,) = tenant.values(f"{definition}?$filter=displayName eq 'Security Administrator'")
    assert tenant.get(f"{definition}/{found['id']}").json()["isBuiltIn"] is True
    assignments = f"roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq '{GLOBAL_ADMINISTRATOR}'"
    (found,) = tenant.values(assignments)
    assert (found["principalId"], found["directoryScopeId"]) == (tenant.user_id("breakglass"), "/")


def test_expand(tenant: GraphCaller) -> None:
    (group,) = tenant.values(
        "groups?$filter=displayName eq 'Technicians'&$expand=members($select=id,displayName),owners"
    )
    user = tenant.user_id("dana")
    expected = {"@odata.type": "#microsoft.graph.user", "displayName": "Dana O'Neil", "id": user}
    assert group["members"] == [expected]
    assert group["owners"] == []
    seen = tenant.get("users/dana@t0.example?$select=id&$expand=memberOf").json()
    assert [one["displayName"] for one in seen["memberOf"]] == ["Technicians"]
    path = f"roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq '{GLOBAL_ADMINISTRATOR}'"
    (assignment,) = tenant.values(f"{path}&$expand=principal,roleDefinition($select=displayName)")
    assert assignment["principal"]["userPrincipalName"] == "breakglass@t0.example"
    assert assignment["roleDefinition"] == {"displayName": "Global Administrator"}
    answer = tenant.get("users?$expand=friends")
    assert answer.status_code == 400
    assert "Could not find a property named 'friends'" in answer.json()["error"]["message"]


def test_objects_by_ids(tenant: GraphCaller) -> None:
    user, group = tenant.user_id("dana"), tenant.values("groups")[0]["id"]
    ids = [user, group, "99999999-9999-4999-8999-999999999999"]
    found = tenant.post("directoryObjects/getByIds", {"ids": ids}).json()["value"]
    assert [one["id"] for one in found] == [user, group]
    assert "accountEnabled" not in found[0]
    found = tenant.post("directoryObjects/getByIds", {"ids": ids, "types": ["group"]}).json()["value"]
    assert [one["@odata.type"] for one in found] == ["#microsoft.graph.group"]
    path = "directoryObjects/getByIds?$select=id,displayName,accountEnabled"
    found = tenant.post(path, {"ids": [user]}).json()["value"]
    assert found[0]["accountEnabled"] is True
    assert tenant.get(f"directoryObjects/{user}").json()["@odata.type"] == "#microsoft.graph.user"
    for body in ({}, {"ids": []}, {"ids": "x"}, {"ids": [1]}, {"ids": [user], "kinds": []}, {"ids": [user] * 1001}):
        assert tenant.post("directoryObjects/getByIds", body).status_code == 400


def test_the_tenant_itself(tenant: GraphCaller) -> None:
    (organization,) = tenant.values("organization")
    assert (organization["id"], organization["countryLetterCode"]) == (tenant_id(0), "DE")
    assert organization["verifiedDomains"][0]["name"] == "t0.example"
    assert tenant.get(f"organization/{tenant_id(0)}").status_code == 200
    skus = tenant.values("subscribedSkus")
    plans = {plan["servicePlanName"]: plan for sku in skus for plan in sku["servicePlans"]}
    assert (plans["AAD_PREMIUM"]["servicePlanId"], plans["AAD_PREMIUM_P2"]["servicePlanId"]) == (P1, P2)
    assert plans["AAD_PREMIUM"]["provisioningStatus"] == "Success"
    assert {sku["capabilityStatus"] for sku in skus} == {"Enabled"}
    assert set(plans) == {"AAD_PREMIUM", "AAD_PREMIUM_P2", "SOMETHING_ELSE"}


def test_registration_for_mfa(tenant: GraphCaller) -> None:
    path = "reports/authenticationMethods/userRegistrationDetails"
    assert tenant.get(f"{path}/{tenant.user_id('syncro-svc')}").json()["isMfaRegistered"] is True
    registered = tenant.values(f"{path}?$filter=isMfaRegistered eq true")
    assert {one["userPrincipalName"] for one in registered} == {"breakglass@t0.example", "syncro-svc@t0.example"}
    assert [one["isAdmin"] for one in tenant.values(f"{path}?$filter=isMfaRegistered eq true and isAdmin eq true")] == [
        True
    ]


def test_domains(tenant: GraphCaller) -> None:
    (domain,) = tenant.values("domains")
    assert (domain["id"], domain["isDefault"], domain["isVerified"]) == ("t0.example", True, True)
    assert domain["authenticationType"] == "Managed"
    assert tenant.get("domains/T0.example").json()["id"] == "t0.example"
    assert tenant.get("domains/absent.example").status_code == 404
    assert tenant.values("domains?$filter=isDefault eq false&$select=id") == []


def test_what_a_readiness_check_asks_in_one_batch(tenant: GraphCaller) -> None:
    admin = "62e90394-69f5-4237-9190-012177145e10"
    urls = (
        "/subscribedSkus?$select=skuPartNumber,servicePlans,capabilityStatus",
        "/organization?$select=id,displayName,verifiedDomains",
        "/users/breakglass@t0.example?$select=id,accountEnabled,onPremisesSyncEnabled,userType",
        "/users/lee@t0.example?$select=id,accountEnabled,onPremisesSyncEnabled",
        f"/roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq '{admin}'",
        f"/directoryRoles(roleTemplateId='{admin}')/members?$select=id,userPrincipalName",
        "/servicePrincipals?$filter=displayName eq 'Syncro SSO'&$select=id,appId,accountEnabled",
        "/policies/identitySecurityDefaultsEnforcementPolicy?$select=isEnabled",
        "/reports/authenticationMethods/userRegistrationDetails?$filter=userPrincipalName eq 'breakglass@t0.example'",
        "/domains?$select=id,isDefault",
    )
    requests = [{"id": str(number), "method": "GET", "url": url} for number, url in enumerate(urls)]
    found = {one["id"]: one for one in tenant.post("$batch", {"requests": requests}).json()["responses"]}
    assert {one["status"] for one in found.values()} == {200}
    bodies = [found[str(number)]["body"] for number in range(len(urls))]
    assert {one["capabilityStatus"] for one in bodies[0]["value"]} == {"Enabled"}
    assert (bodies[2]["accountEnabled"], bodies[2]["onPremisesSyncEnabled"]) == (True, None)
    assert bodies[3]["onPremisesSyncEnabled"] is True
    assert [one["principalId"] for one in bodies[4]["value"]] == [bodies[2]["id"]]
    assert [one["userPrincipalName"] for one in bodies[5]["value"]] == ["breakglass@t0.example"]
    assert [one["accountEnabled"] for one in bodies[6]["value"]] == [True]
    assert bodies[7]["isEnabled"] is False
    assert [one["isMfaRegistered"] for one in bodies[8]["value"]] == [True]


def test_the_sign_in_log(tenant: GraphCaller) -> None:
    body = tenant.get("auditLogs/signIns?$top=2").json()
    assert [one["ipAddress"] for one in body["value"]] == ["198.51.100.5", "198.51.100.4"]
    assert tenant.get(body["@odata.nextLink"]).json()["value"][0]["ipAddress"] == "198.51.100.3"
    today = datetime.now(UTC)
    day, next_day = ((today - timedelta(days=days)).date().isoformat() for days in (6, 5))
    filter_ = f"createdDateTime ge {day}T00:00:00Z and createdDateTime lt {next_day} and appId eq '{SYNCRO_APP}'"
    with_verdicts = {"Prefer": "include-unknown-enum-members"}
    (found,) = tenant.values(f"auditLogs/signIns?$filter={filter_} and status/errorCode eq 0", headers=with_verdicts)
    (verdict,) = found["appliedConditionalAccessPolicies"]
    assert (verdict["displayName"], verdict["result"]) == ("Block Syncro", "reportOnlyFailure")
    assert tenant.get(f"auditLogs/signIns/{found['id']}").json()["userPrincipalName"] == "dana@t0.example"


def test_who_is_deleted_is_gone(launch: Callable[..., RunningEmulator]) -> None:
    document = tenant_document()
    document["clients"][0]["permissions"] = [*ALL_PERMISSIONS, "User.DeleteRestore.All"]
    graph = GraphCaller(launch(document), tenant_id(0))
    dana = graph.user_id("dana")
    assert graph.delete(f"users/{dana}").status_code == 204
    assert graph.get(f"users/{dana}").status_code == 404 and graph.delete(f"users/{dana}").status_code == 404
    assert graph.post(f"users/{dana}/revokeSignInSessions").status_code == 404
    assert len(graph.values("users")) == len(document["users"]) - 1
