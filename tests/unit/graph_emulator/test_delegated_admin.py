# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A partner's view of its customers, as Microsoft's pages have it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graph_calls import SECRET, GraphCaller, client_id, tenant_document, tenant_id

from graph_emulator.builtin_roles import BUILTIN_ROLES
from graph_emulator.launch import RunningEmulator

ROOT = "tenantRelationships/delegatedAdminRelationships"
CUSTOMERS = "tenantRelationships/delegatedAdminCustomers"
FABRIKAM = "88888888-8888-4888-8888-888888888888"
SECURITY = "Security Administrator"
OWN_ID = "77777777-7777-4777-8777-777777777777"


def relationship(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "customer": "fabrikam.example", "roles": [SECURITY], **more}


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphCaller]:
    client = {"client_id": client_id(0), "secret": SECRET, "permissions": ["DelegatedAdminRelationship.Read.All"]}
    relationships = [
        relationship(
            "First",
            id=OWN_ID,
            ends="+10d",
            auto_extend=True,
            assignments=[
                {"group": "Technicians", "roles": [SECURITY]},
                {"group": "Technicians", "id": FABRIKAM, "roles": [], "status": "deleting"},
            ],
        ),
        relationship("Second", customer=tenant_id(1), status="terminated", ends="2026-01-02T03:04:05Z"),
        {"name": "To nobody yet", "status": "created", "unknown_roles": [FABRIKAM]},
        relationship("Asked", status="approvalPending"),
    ]
    many = [relationship(f"R{number}") for number in range(301)]
    seed = {
        "tenants": [
            tenant_document(0, clients=[client], delegated_admin_relationships=relationships),
            tenant_document(1, clients=[client], delegated_admin_relationships=many),
        ],
        "known_tenants": [{"id": FABRIKAM, "name": "Fabrikam's", "domain": "fabrikam.example"}],
    }
    with RunningEmulator(seed, directory=tmp_path_factory.mktemp("partner")) as running:
        yield GraphCaller(running, tenant_id(0))


def test_every_relationship_as_it_is(graph: GraphCaller) -> None:
    first, second, nobody, asked = graph.values(ROOT)
    assert first["id"] == f"{OWN_ID}-{tenant_id(0)}"
    assert first["customer"] == {"tenantId": FABRIKAM, "displayName": "Fabrikam's"}
    assert first["accessDetails"] == {"unifiedRoles": [{"roleDefinitionId": BUILTIN_ROLES[SECURITY]}]}
    assert (first["status"], first["autoExtendDuration"], first["duration"]) == ("active", "P180D", "P365D")
    ahead = datetime.fromisoformat(first["endDateTime"][:-2] + "+00:00") - datetime.now(UTC)
    assert timedelta(days=9, hours=23) < ahead <= timedelta(days=10)
    assert "accessAssignments" not in first
    assert second["customer"]["tenantId"] == tenant_id(1)
    assert (second["status"], second["endDateTime"]) == ("terminated", "2026-01-02T03:04:05.0000000Z")
    assert (nobody["customer"], nobody["endDateTime"], nobody["activatedDateTime"]) == (None, None, None)
    assert nobody["accessDetails"]["unifiedRoles"] == [{"roleDefinitionId": FABRIKAM}]
    assert (asked["customer"]["tenantId"], asked["endDateTime"]) == (FABRIKAM, None)
    assert {key: value for key, value in graph.get(f"{ROOT}/{first['id']}").json().items() if "@" not in key} == first


def test_one_that_is_active_makes_a_customer(graph: GraphCaller) -> None:
    assert graph.values(CUSTOMERS) == [{"id": FABRIKAM, "tenantId": FABRIKAM, "displayName": "Fabrikam's"}]
    assert graph.get(f"{CUSTOMERS}/{FABRIKAM.upper()}").json()["displayName"] == "Fabrikam's"
    assert graph.get(f"{CUSTOMERS}/{tenant_id(1)}").status_code == 404


def test_who_is_assigned_what(graph: GraphCaller) -> None:
    active, deleting = graph.values(f"{ROOT}/{OWN_ID}-{tenant_id(0)}/accessAssignments")
    assert active["accessContainer"]["accessContainerType"] == "securityGroup"
    assert active["accessDetails"] == {"unifiedRoles": [{"roleDefinitionId": BUILTIN_ROLES[SECURITY]}]}
    assert (active["status"], deleting["status"], deleting["id"]) == ("active", "deleting", FABRIKAM)
    assert graph.get(f"{ROOT}/{OWN_ID}/accessAssignments").status_code == 404


def test_what_can_be_asked_of_the_listing(graph: GraphCaller) -> None:
    (asked,) = graph.values(f"{ROOT}?$filter=status eq 'approvalPending'")
    assert asked["displayName"] == "Asked"
    assert graph.get(f"{ROOT}?$top=301").status_code == 400
    partner = GraphCaller(graph.emulator, tenant_id(1))
    page = partner.get(f"{ROOT}?$top=300").json()
    rest = partner.get(page["@odata.nextLink"].partition("/v1.0/")[2]).json()
    assert (len(page["value"]), len(rest["value"]), "@odata.nextLink" in rest) == (300, 1, False)


def test_microsofts_own_client_reads_it(graph: GraphCaller) -> None:
    # Here, so that this alone is skipped where that client is not installed.
    from test_unmodified_sdk import with_sdk

    async def scenario(sdk: Any) -> None:
        relationships = sdk.tenant_relationships.delegated_admin_relationships
        first = (await relationships.get()).value[0]
        assert (first.status, first.customer.tenant_id) == ("active", FABRIKAM)
        assert first.auto_extend_duration == timedelta(days=180) and first.end_date_time > datetime.now(UTC)
        assert first.access_details.unified_roles[0].role_definition_id == BUILTIN_ROLES[SECURITY]
        assignments = relationships.by_delegated_admin_relationship_id(first.id).access_assignments
        assert [one.status for one in (await assignments.get()).value] == ["active", "deleting"]
        customers = (await sdk.tenant_relationships.delegated_admin_customers.get()).value
        assert [one.tenant_id for one in customers] == [FABRIKAM]

    with_sdk(graph, scenario)
