# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Query options, paging, and the paths Graph tolerates."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from graph_calls import LOCATIONS, POLICIES, SYNCRO_APP, GraphCaller, country_location, ip_location, policy


@pytest.fixture(scope="module")
def filled(shared: GraphCaller) -> GraphCaller:
    for number in range(3):
        shared.post(LOCATIONS, ip_location(f"Site {number}", isTrusted=number == 0))
    shared.post(LOCATIONS, country_location("Home"))
    for number in range(25):
        shared.post(POLICIES, policy(f"Policy {number:02}", state="disabled" if number % 2 else "enabled"))
    return shared


def names(graph: GraphCaller, path: str, **options: object) -> list[str]:
    return [one["displayName"] for one in graph.values(path, **options)]


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ("displayName eq 'Site 1'", ["Site 1"]),
        ("displayName eq 'SITE 1'", ["Site 1"]),
        ("displayName eq 'absent'", []),
        ("displayName in ('Site 1')", ["Site 1"]),
        ("displayName in ('Site 1','Home')", ["Site 1", "Home"]),
        ("startswith(displayName,'Site')", ["Site 0", "Site 1", "Site 2"]),
        ("isof('microsoft.graph.countryNamedLocation')", ["Home"]),
        ("microsoft.graph.ipNamedLocation/isTrusted eq true", ["Site 0"]),
        ("createdDateTime ge 2020-01-01T00:00:00Z and displayName ne 'Home'", ["Site 0", "Site 1", "Site 2"]),
        ("createdDateTime lt 2020-01-01", []),
        ("not(startswith(displayName,'Site'))", ["Home"]),
        ("displayName eq 'Home' or (isTrusted eq true and displayName eq 'Site 0')", ["Site 0", "Home"]),
    ],
)
def test_filters(filled: GraphCaller, filter_: str, expected: list[str]) -> None:
    assert names(filled, f"{LOCATIONS}?$filter={quote(filter_)}") == expected
    assert names(filled, f"{LOCATIONS}?$filter={filter_.replace(' ', '+')}") == expected


@pytest.mark.parametrize(
    ("filter_", "message"),
    [
        ("displayName eq", "Invalid filter clause"),
        ("displayName eq 'x", "Invalid filter clause"),
        ('displayName eq "x"', "Invalid filter clause"),
        ("nonsense eq 'x'", "Could not find a property named 'nonsense'"),
        ("explode(displayName)", "An unknown function"),
        ("startswith(displayName)", "No function signature"),
        ("displayName in ()", "Invalid filter clause"),
        ("(displayName eq 'x'", "Invalid filter clause"),
    ],
)
def test_filters_that_are_none(filled: GraphCaller, filter_: str, message: str) -> None:
    answer = filled.get(f"{LOCATIONS}?$filter={quote(filter_)}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")
    assert message in answer.json()["error"]["message"]


def test_nested_filters(filled: GraphCaller) -> None:
    assert len(names(filled, f"{POLICIES}?$filter=conditions/users/includeUsers/any(u:u eq 'All')")) == 25
    app = f"conditions/applications/includeApplications/any(a:a eq '{SYNCRO_APP}')"
    assert len(names(filled, f"{POLICIES}?$filter={app} and state eq 'enabled'")) == 13
    assert names(filled, f"{POLICIES}?$filter=conditions/users/excludeUsers/any()") == []


def test_paging_by_next_link(filled: GraphCaller) -> None:
    found: list[str] = []
    path = f"{POLICIES}?$top=10&$count=true&$select=displayName"
    pages = 0
    while path:
        body = filled.get(path).json()
        found += [one["displayName"] for one in body["value"]]
        assert body["@odata.count"] == 25
        path = body.get("@odata.nextLink", "")
        pages += 1
        assert not path or "$skiptoken=" in path
    assert (pages, found) == (3, [f"Policy {number:02}" for number in range(25)])
    assert "@odata.nextLink" not in filled.get(f"{POLICIES}?$top=25").json()


def test_the_default_page_holds_a_hundred(filled: GraphCaller) -> None:
    body = filled.get("directoryRoleTemplates").json()
    assert len(body["value"]) > 25
    body = filled.get("roleManagement/directory/roleDefinitions?$top=5").json()
    assert len(body["value"]) == 5
    assert filled.get(f"{POLICIES}?$skip=20&$top=100").json()["value"][0]["displayName"] == "Policy 20"


def test_order_and_select(filled: GraphCaller) -> None:
    found = filled.values(f"{POLICIES}?$orderby=state desc,displayName desc&$select=id,state&$top=1")
    assert found[0]["state"] == "enabled"
    assert set(found[0]) == {"id", "state"}
    assert names(filled, f"{POLICIES}?$orderby=displayName desc&$top=1") == ["Policy 24"]
    found = filled.values(f"{LOCATIONS}?$select=displayName&$top=1")
    assert set(found[0]) == {"@odata.type", "displayName"}
    context = filled.get(f"{LOCATIONS}?$select=displayName").json()["@odata.context"]
    assert context.endswith("#identity/conditionalAccess/namedLocations(displayName)")


@pytest.mark.parametrize(
    "query", ["$top=0", "$top=x", "$top=1000", "$skip=-1", "$skiptoken=%21", "$orderby=state%20up", "$select=nothing"]
)
def test_options_that_are_none(filled: GraphCaller, query: str) -> None:
    assert filled.get(f"{POLICIES}?{query}").status_code == 400


def test_unknown_options_are_refused_and_other_parameters_are_not(filled: GraphCaller) -> None:
    assert filled.get(f"{POLICIES}?$frobnicate=1").status_code == 400
    assert filled.get(f"{POLICIES}?api-version=1.6").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "identity/conditionalAccess/policies",
        "/identity/conditionalAccess/policies",
        "myorganization/identity/conditionalAccess/policies",
        "IDENTITY/conditionalaccess/Policies",
        "identity//conditionalAccess//policies",
        "identity/conditionalAccess/policies/",
    ],
)
def test_ways_to_write_a_path(filled: GraphCaller, path: str) -> None:
    assert len(filled.values(path)) == 25


def test_paths_that_are_none(filled: GraphCaller) -> None:
    answer = filled.get("identity/conditionalAccess/templatez")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")
    assert answer.json()["error"]["message"] == "Resource not found for the segment 'templatez'."
    assert filled.get("identity").status_code == 400
    assert filled.call("PUT", POLICIES).status_code == 405
    beta = filled.get(f"{filled.emulator.url}/beta/identity/conditionalAccess/policies")
    assert (beta.status_code, beta.json()["error"]["message"]) == (400, "Invalid version: beta")


def test_headers_of_an_answer(filled: GraphCaller) -> None:
    answer = filled.get("nonsense", headers={"client-request-id": "my-own-id"})
    inner = answer.json()["error"]["innerError"]
    assert answer.headers["client-request-id"] == inner["client-request-id"] == "my-own-id"
    assert answer.headers["request-id"] == inner["request-id"]
    assert answer.headers["Content-Type"].startswith("application/json")


def test_what_the_directory_does_not_serve_without_advanced_parameters(filled: GraphCaller) -> None:
    advanced = {"ConsistencyLevel": "eventual"}
    for filter_ in ("displayName ne 'x'", "not(displayName eq 'x')", "endswith(userPrincipalName,'example')"):
        answer = filled.get(f"users?$filter={filter_}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "Request_UnsupportedQuery")
        assert filled.get(f"users?$filter={filter_}&$count=true", headers=advanced).status_code == 200
    listed = ",".join(f"'{number}'" for number in range(16))
    answer = filled.get(f"users?$filter=userPrincipalName in ({listed})")
    assert "Max allowed: 15" in answer.json()["error"]["message"]
    assert filled.get(f"users?$filter=id in ({listed})&$count=true", headers=advanced).status_code == 200
    listed = ",".join(f"'{number:040}'" for number in range(60))
    assert filled.get(f"users?$filter=id in ({listed})&$count=true", headers=advanced).status_code == 400
    assert filled.get("users/$count").status_code == 400
    count = filled.get("users/$count", headers=advanced)
    assert (count.text, count.headers["Content-Type"]) == ("3", "text/plain")
