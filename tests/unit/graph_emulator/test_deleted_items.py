# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deleted policies and named locations: seen, brought back, deleted for good."""

from __future__ import annotations

from typing import Any

import pytest
from graph_calls import LOCATIONS, POLICIES, TERMS_OF_USE, GraphCaller, created, ip_location, policy, reason

DELETED = "identity/conditionalAccess/deletedItems"
ABSENT = "99999999-9999-4999-8999-999999999999"
KINDS = [("namedLocations", LOCATIONS, ip_location), ("policies", POLICIES, policy)]


def excluding(*locations: str) -> dict[str, Any]:
    places = {"includeLocations": ["All"], "excludeLocations": list(locations)}
    return policy(conditions={**policy()["conditions"], "locations": places})


def deleted(graph: GraphCaller, path: str, body: dict[str, Any]) -> str:
    key = created(graph, path, body)["id"]
    assert graph.delete(f"{path}/{key}").status_code == 204
    return key


@pytest.mark.parametrize(("kind", "path", "body"), KINDS, ids=[row[0] for row in KINDS])
def test_what_comes_back_is_what_was_there(graph: GraphCaller, kind: str, path: str, body: Any) -> None:
    made = created(graph, path, body("First"))
    assert graph.delete(f"{path}/{made['id']}").status_code == 204
    deleted(graph, path, body("Second"))
    gone = graph.values(f"{DELETED}/{kind}?$filter=displayName eq 'First'")
    assert [one["id"] for one in gone] == [made["id"]]
    assert graph.values(f"{DELETED}/{kind}?$select=displayName&$orderby=displayName desc")[0]["displayName"] == "Second"
    context = graph.get(f"{DELETED}/{kind}/{made['id'].upper()}").json()["@odata.context"]
    assert context.endswith(f"$metadata#{DELETED}/{kind}/$entity")
    answer = graph.post(f"{DELETED}/{kind}/{made['id']}/restore")
    assert (answer.status_code, answer.json()["id"], answer.json()["deletedDateTime"]) == (200, made["id"], None)
    seen = graph.get(f"{path}/{made['id']}").json()
    varying = ("@odata.context", "modifiedDateTime")
    assert {n: v for n, v in seen.items() if n not in varying} == {n: v for n, v in made.items() if n not in varying}
    assert [one["displayName"] for one in graph.values(f"{DELETED}/{kind}")] == ["Second"]


@pytest.mark.parametrize(("kind", "path", "body"), KINDS, ids=[row[0] for row in KINDS])
def test_a_twin_made_meanwhile_is_no_obstacle(graph: GraphCaller, kind: str, path: str, body: Any) -> None:
    key = deleted(graph, path, body("Twin"))
    twin = created(graph, path, body("Twin"))["id"]
    assert graph.post(f"{DELETED}/{kind}/{key}/restore").status_code == 200
    assert {one["id"] for one in graph.values(path)} == {key, twin}


@pytest.mark.parametrize(("kind", "path", "body"), KINDS, ids=[row[0] for row in KINDS])
def test_nothing_to_do(shared: GraphCaller, kind: str, path: str, body: Any) -> None:
    alive = created(shared, path, body())["id"]
    for key in (ABSENT, alive):
        where = f"{DELETED}/{kind}/{key}"
        for answer in (shared.get(where), shared.delete(where), shared.post(f"{where}/restore")):
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ResourceNotFound")
    assert shared.patch(f"{DELETED}/{kind}/{alive}", {"displayName": "x"}).status_code == 405
    assert shared.post(f"{DELETED}/{kind}", body()).status_code == 405
    assert shared.get(f"{path}/{alive}").status_code == 200


def test_a_location_comes_back_before_its_policy(graph: GraphCaller) -> None:
    location = created(graph, LOCATIONS, ip_location())["id"]
    key = deleted(graph, POLICIES, excluding(location))
    assert graph.delete(f"{LOCATIONS}/{location}").status_code == 204
    restore = f"{DELETED}/policies/{key}/restore"
    expected = f"1040: NamedLocation with id {location} does not exist in the directory."
    assert reason(graph.post(restore)) == expected
    assert [one["id"] for one in graph.values(f"{DELETED}/policies")] == [key]
    assert graph.post(f"{DELETED}/namedLocations/{location}/restore").status_code == 200
    assert graph.post(restore).status_code == 200
    seen = graph.get(f"{POLICIES}/{key}").json()
    assert seen["conditions"]["locations"]["excludeLocations"] == [location]
    assert "referenced" in reason(graph.delete(f"{LOCATIONS}/{location}"))


def test_a_location_deleted_for_good_keeps_its_policy_away(graph: GraphCaller) -> None:
    location = created(graph, LOCATIONS, ip_location())["id"]
    key = deleted(graph, POLICIES, excluding(location))
    assert graph.delete(f"{LOCATIONS}/{location}").status_code == 204
    assert graph.delete(f"{DELETED}/namedLocations/{location}").status_code == 204
    assert reason(graph.post(f"{DELETED}/policies/{key}/restore")).startswith("1040: ")


def test_a_deleted_location_cannot_be_named(shared: GraphCaller) -> None:
    key = deleted(shared, LOCATIONS, ip_location())
    assert reason(shared.post(POLICIES, excluding(key))).startswith("1040: ")


def test_an_enabled_policy_stays_away_while_security_defaults_are_on(graph: GraphCaller) -> None:
    grant = {"operator": "OR", "termsOfUse": [TERMS_OF_USE]}
    key = deleted(graph, POLICIES, policy(state="enabled", grantControls=grant))
    defaults = "policies/identitySecurityDefaultsEnforcementPolicy"
    assert graph.patch(defaults, {"isEnabled": True}).status_code == 204
    answer = graph.post(f"{DELETED}/policies/{key}/restore")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")
    assert graph.patch(defaults, {"isEnabled": False}).status_code == 204
    answer = graph.post(f"{DELETED}/policies/{key}/restore")
    assert answer.json()["grantControls"]["termsOfUse"] == [TERMS_OF_USE]
