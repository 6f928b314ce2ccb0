# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one tenant may know of another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from graph_calls import GraphCaller, tenant_document, tenant_id

from graph_emulator.launch import RunningEmulator

PARTNER = "88888888-8888-4888-8888-888888888888"
ABSENT = "99999999-9999-4999-8999-999999999999"
ROOT = "tenantRelationships/"


def by_domain(domain: str) -> str:
    return f"{ROOT}findTenantInformationByDomainName(domainName='{domain}')"


def by_id(key: str) -> str:
    return f"{ROOT}findTenantInformationByTenantId(tenantId='{key}')"


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphCaller]:
    seed = {
        "tenants": [tenant_document(0), tenant_document(1, more_domains=["Mail.t1.example"])],
        "known_tenants": [
            {"id": PARTNER, "name": "O'Fabrikam", "domain": "Fabrikam.example", "more_domains": ["fab.example"]}
        ],
    }
    with RunningEmulator(seed, directory=tmp_path_factory.mktemp("tenants")) as running:
        yield GraphCaller(running, tenant_id(0))


def information(key: str, name: str, domain: str) -> dict[str, Any]:
    return {"tenantId": key, "federationBrandName": None, "displayName": name, "defaultDomainName": domain}


ITSELF = information(tenant_id(0), "Practice 0", "t0.example")
NEIGHBOUR = information(tenant_id(1), "Practice 1", "t1.example")
KNOWN = information(PARTNER, "O'Fabrikam", "fabrikam.example")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (by_domain("t0.example"), ITSELF),
        (by_domain("T1.EXAMPLE"), NEIGHBOUR),
        (by_domain("mail.t1.example"), NEIGHBOUR),
        (by_domain("fabrikam.example"), KNOWN),
        (by_domain("fab.example"), KNOWN),
        (by_id(tenant_id(1)), NEIGHBOUR),
        (by_id(PARTNER.upper()), KNOWN),
        (by_domain("fabrikam.example").replace("'", "%27"), KNOWN),
    ],
)
def test_tenants_that_entra_knows(graph: GraphCaller, path: str, expected: dict[str, Any]) -> None:
    answer = graph.get(path)
    assert answer.status_code == 200, answer.text
    context = f"{graph.emulator.url}/v1.0/$metadata#microsoft.graph.tenantInformation"
    assert answer.json() == {"@odata.context": context, **expected}


@pytest.mark.parametrize("path", [by_domain("absent.example"), by_domain(PARTNER), by_id(ABSENT), by_id("t0.example")])
def test_tenants_that_nobody_knows(graph: GraphCaller, path: str) -> None:
    answer = graph.get(path)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (404, "Directory_ObjectNotFound")
    assert error["message"] == "Unable to read the company information from the directory."
    assert error["innerError"]["request-id"]


@pytest.mark.parametrize(
    "path",
    [
        f"{ROOT}findTenantInformationByDomainName",
        f"{ROOT}findTenantInformationByDomainName/t0.example",
        f"{ROOT}findTenantInformationByDomainName(tenantId='{PARTNER}')",
        f"{ROOT}findTenantInformationByTenantId(tenantId={PARTNER})",
    ],
)
def test_other_forms_of_the_call(graph: GraphCaller, path: str) -> None:
    answer = graph.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")


def test_in_a_batch(graph: GraphCaller) -> None:
    urls = (f"/{by_domain('fabrikam.example')}", f"/{by_id(ABSENT)}", f"/{by_id(PARTNER)}?$select=displayName")
    requests = [{"id": str(number), "method": "GET", "url": url} for number, url in enumerate(urls)]
    answers = {one["id"]: one for one in graph.post("$batch", {"requests": requests}).json()["responses"]}
    assert {key: one["status"] for key, one in answers.items()} == {"0": 200, "1": 404, "2": 200}
    assert answers["0"]["body"]["tenantId"] == PARTNER
    assert {name for name in answers["2"]["body"] if "@" not in name} == {"displayName"}


def test_a_second_domain_is_a_way_in_and_is_shown(graph: GraphCaller) -> None:
    by_mail = GraphCaller(graph.emulator, "mail.t1.example")
    (organization,) = by_mail.values("organization")
    assert organization["id"] == tenant_id(1)
    domains = [(one["name"], one["isDefault"]) for one in organization["verifiedDomains"]]
    assert domains == [("t1.example", True), ("mail.t1.example", False)]
