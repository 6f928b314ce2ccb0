# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies in a form that Graph gives and does not take: shown as they are written, and in Graph's form once they are changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from graph_calls import POLICIES, GraphCaller, policy, reason, tenant_document, tenant_id

from graph_emulator.launch import RunningEmulator

TENANTS = 8
OLD = policy("Of old", as_found=True, state="disabled")
OLD["conditions"] = {
    "clientAppTypes": ["all"],
    "signInRiskLevels": None,
    "users": {"includeUsers": ["All"], "excludeUsers": ["AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE"], "includeGroups": None},
    "applications": {"includeApplications": ["All"]},
    "locations": {"includeLocations": None, "excludeLocations": None},
}
OLD["grantControls"] = {"operator": "OR", "builtInControls": ["mfa"], "termsOfUse": None}
OLD["sessionControls"] = {"persistentBrowser": {"isEnabled": False, "mode": "never"}, "signInFrequency": {}}


@pytest.fixture(scope="module")
def tenants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[GraphCaller]]:
    seed = {"tenants": [tenant_document(number, policies=[OLD]) for number in range(TENANTS)]}
    with RunningEmulator(seed, directory=tmp_path_factory.mktemp("old")) as running:
        yield (GraphCaller(running, tenant_id(number)) for number in range(TENANTS))


@pytest.fixture
def graph(tenants: Iterator[GraphCaller]) -> GraphCaller:
    return next(tenants)


def only(graph: GraphCaller) -> dict[str, Any]:
    (found,) = graph.values(POLICIES)
    return found


def test_it_is_shown_as_it_is_written(graph: GraphCaller) -> None:
    found = only(graph)
    assert "as_found" not in found and found["description"] is None
    assert (found["conditions"], found["sessionControls"]) == (OLD["conditions"], OLD["sessionControls"])
    assert {name: found["grantControls"][name] for name in OLD["grantControls"]} == OLD["grantControls"]
    assert graph.get(f"{POLICIES}/{found['id']}").json()["conditions"] == OLD["conditions"]


def test_a_change_of_something_else_brings_it_into_graph_s_form(graph: GraphCaller) -> None:
    before = only(graph)
    assert graph.patch(f"{POLICIES}/{before['id']}", {"description": "x"}).status_code == 204
    after = only(graph)
    assert after["conditions"]["signInRiskLevels"] == after["conditions"]["locations"]["includeLocations"] == []
    assert after["conditions"]["users"]["excludeUsers"] == OLD["conditions"]["users"]["excludeUsers"]
    assert after["sessionControls"] is None and after["description"] == "x"


def test_what_was_shown_cannot_be_sent_back(graph: GraphCaller) -> None:
    before = only(graph)
    sent = {"conditions": before["conditions"]}
    assert reason(graph.patch(f"{POLICIES}/{before['id']}", sent)).startswith("1007: ")
    sent["conditions"] = {**before["conditions"], "signInRiskLevels": []}
    assert reason(graph.patch(f"{POLICIES}/{before['id']}", sent)).startswith("1007: ")
    assert only(graph) == before


def test_a_location_can_be_deleted_beside_it(graph: GraphCaller) -> None:
    body = {
        "@odata.type": "#microsoft.graph.countryNamedLocation",
        "displayName": "Home",
        "countriesAndRegions": ["DE"],
    }
    locations = "identity/conditionalAccess/namedLocations"
    made = graph.post(locations, body).json()
    assert graph.delete(f"{locations}/{made['id']}").status_code == 204


def test_a_new_policy_cannot_be_like_that(graph: GraphCaller) -> None:
    body = policy(conditions={**policy()["conditions"], "signInRiskLevels": None})
    assert reason(graph.post(POLICIES, body)).startswith("1007: ")
    assert reason(graph.post(POLICIES, policy(as_found=True))).startswith("1007: ")


def test_an_id_outlives_its_object_only_where_it_is(graph: GraphCaller) -> None:
    before = only(graph)
    (gone,) = OLD["conditions"]["users"]["excludeUsers"]

    def change(**lists: list[str]) -> Any:
        users = {"includeUsers": ["All"], **lists}
        conditions = {
            "clientAppTypes": ["all"],
            "users": users,
            "applications": {"includeApplications": ["All"]},
            "signInRiskLevels": ["high"],
        }
        return graph.patch(f"{POLICIES}/{before['id']}", {"conditions": conditions})

    absent = "User with id {} does not exist in the directory."
    assert reason(change(includeUsers=[gone])) == absent.format(gone)
    other = gone.replace("A", "C")
    assert reason(change(excludeUsers=[gone, other])) == absent.format(other)
    assert only(graph) == before
    assert change(excludeUsers=[gone.lower()]).status_code == 204
    assert change().status_code == 204
    assert reason(change(excludeUsers=[gone])) == absent.format(gone)
