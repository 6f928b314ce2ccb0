# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies with what only a newer Graph knows: they can be read, and what is there may be sent back."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from graph_calls import POLICIES, GraphCaller, policy, reason, tenant_document, tenant_id

from graph_emulator.launch import RunningEmulator

TENANTS = 20
NEWER = policy("From the future", from_a_newer_graph=True, hue={"strong": [1, 2]})
NEWER["conditions"] |= {
    "clientAppTypes": ["browser", "telepathy"],
    "insiderRiskLevels": "minor,cosmic",
    "agents": {"includeAgents": [{"id": "All"}]},
    "applications": {"includeApplications": ["EveryAgent"]},
}
NEWER["conditions"]["users"] = {"includeUsers": ["All"], "includeMoods": [{"name": "good"}, {"name": "good"}]}
NEWER["grantControls"] = {"operator": "OR", "builtInControls": ["mfa", "smile"], "smileSeconds": 3}
NEWER["sessionControls"] = {"nap": {"isEnabled": True}}


@pytest.fixture(scope="module")
def tenants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[GraphCaller]]:
    seed = {"tenants": [tenant_document(number, policies=[NEWER]) for number in range(TENANTS)]}
    with RunningEmulator(seed, directory=tmp_path_factory.mktemp("newer")) as running:
        yield (GraphCaller(running, tenant_id(number)) for number in range(TENANTS))


@pytest.fixture
def graph(tenants: Iterator[GraphCaller]) -> GraphCaller:
    return next(tenants)


def only(graph: GraphCaller) -> dict[str, Any]:
    (found,) = graph.values(POLICIES)
    return found


def test_it_is_shown_as_it_is(graph: GraphCaller) -> None:
    found = only(graph)
    conditions = found["conditions"]
    assert "from_a_newer_graph" not in found
    assert (found["hue"], conditions["agents"]) == (NEWER["hue"], NEWER["conditions"]["agents"])
    assert conditions["clientAppTypes"] == ["browser", "telepathy"]
    assert conditions["insiderRiskLevels"] == "minor,cosmic"
    assert conditions["users"]["includeMoods"] == NEWER["conditions"]["users"]["includeMoods"]
    assert conditions["applications"]["includeApplications"] == ["EveryAgent"]
    assert (found["grantControls"]["builtInControls"], found["grantControls"]["smileSeconds"]) == (["mfa", "smile"], 3)
    assert found["sessionControls"]["nap"] == {"isEnabled": True}
    assert graph.get(f"{POLICIES}/{found['id']}").json()["hue"] == NEWER["hue"]


def test_what_is_there_may_be_sent_back(graph: GraphCaller) -> None:
    before = only(graph)
    sent = {name: before[name] for name in ("hue", "conditions", "grantControls", "sessionControls")}
    sent["conditions"]["clientAppTypes"] = ["telepathy", "mobileAppsAndDesktopClients"]
    sent["conditions"]["insiderRiskLevels"] = "cosmic, elevated"
    answer = graph.patch(f"{POLICIES}/{before['id']}", sent)
    assert answer.status_code == 204, answer.text
    after = only(graph)
    assert after["conditions"] == sent["conditions"] | {"insiderRiskLevels": "cosmic,elevated"}
    assert (after["hue"], after["sessionControls"]) == (before["hue"], before["sessionControls"])
    assert graph.patch(f"{POLICIES}/{before['id']}", {"state": "disabled"}).status_code == 204
    assert only(graph)["conditions"] == after["conditions"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("hue", {"strong": [2, 1]}),
        ("colour", "red"),
        ("conditions.clientAppTypes", ["telepathy", "telekinesis"]),
        ("conditions.insiderRiskLevels", "minor,cosmic,galactic"),
        ("conditions.signInRiskLevels", ["cosmic"]),
        ("conditions.clientAppTypes", ["telepathy", "unknownFutureValue"]),
        ("conditions.agents.includeAgents", []),
        ("grantControls.builtInControls", ["mfa", "telepathy"]),
    ],
)
def test_other_news_are_refused(graph: GraphCaller, path: str, value: Any) -> None:
    before = only(graph)
    sent = {name: copy.deepcopy(before[name]) for name in ("hue", "conditions", "grantControls")}
    *way, last = path.split(".")
    target = sent
    for name in way:
        target = target[name]
    target[last] = value
    assert reason(graph.patch(f"{POLICIES}/{before['id']}", sent)).startswith("1007: ")
    assert only(graph) == before


def test_words_in_the_place_of_ids(graph: GraphCaller) -> None:
    before = only(graph)
    conditions = {**before["conditions"], "applications": {"includeApplications": ["EveryRobot"]}}
    answer = graph.patch(f"{POLICIES}/{before['id']}", {"conditions": conditions})
    assert reason(answer) == "Application with id EveryRobot does not exist in the directory."


def test_another_policy_cannot_have_them(graph: GraphCaller) -> None:
    body = policy(conditions={**policy()["conditions"], "clientAppTypes": ["telepathy"]})
    assert reason(graph.post(POLICIES, body)).startswith("1007: ")
    assert reason(graph.post(POLICIES, policy(from_a_newer_graph=True))).startswith("1007: ")


def test_it_can_be_brought_back(graph: GraphCaller) -> None:
    before = only(graph)
    assert graph.patch(f"{POLICIES}/{before['id']}", {"state": "disabled"}).status_code == 204
    assert graph.delete(f"{POLICIES}/{before['id']}").status_code == 204
    restore = f"identity/conditionalAccess/deletedItems/policies/{before['id']}/restore"
    assert graph.post(restore).status_code == 200
    assert only(graph)["conditions"] == before["conditions"]
