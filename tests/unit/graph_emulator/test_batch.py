# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``$batch``."""

from __future__ import annotations

from typing import Any

import pytest
from graph_calls import LOCATIONS, POLICIES, GraphCaller, ip_location

JSON = {"Content-Type": "application/json"}


def part(key: str, method: str = "GET", url: str = "/users", **more: Any) -> dict[str, Any]:
    return {"id": key, "method": method, "url": url, **more}


def answers(graph: GraphCaller, *requests: dict[str, Any]) -> dict[str, dict[str, Any]]:
    answer = graph.post("$batch", {"requests": list(requests)})
    assert answer.status_code == 200, answer.text
    return {one["id"]: one for one in answer.json()["responses"]}


def test_each_part_has_its_own_answer(graph: GraphCaller) -> None:
    found = answers(
        graph,
        part("a", url="/users?$select=id"),
        part("b", url="users/absent@t1.example"),
        part("c", url="/v1.0/groups"),
        part("d", "POST", f"/{LOCATIONS}", headers=JSON, body=ip_location()),
        part("e", "post", f"//{LOCATIONS}", headers=JSON, body={"displayName": "x"}),
    )
    assert {key: one["status"] for key, one in found.items()} == {"a": 200, "b": 404, "c": 200, "d": 201, "e": 400}
    assert found["a"]["headers"]["Content-Type"].startswith("application/json")
    assert len(found["a"]["body"]["value"]) == 3
    assert found["b"]["body"]["error"]["code"] == "Request_ResourceNotFound"
    deleted = answers(graph, part("1", "DELETE", f"/{LOCATIONS}/{found['d']['body']['id']}"))["1"]
    assert deleted["status"] == 204
    assert "body" not in deleted


def test_dependencies(graph: GraphCaller) -> None:
    found = answers(
        graph,
        part("3", dependsOn=["2"]),
        part("2", url="/nonsense", dependsOn=["1"]),
        part("1"),
        part("4", dependsOn=["1"]),
        part("5", dependsOn=["3"]),
    )
    statuses = {key: one["status"] for key, one in found.items()}
    assert statuses == {"1": 200, "2": 400, "3": 424, "4": 200, "5": 424}
    assert found["3"]["body"]["error"]["code"] == "FailedDependency"


def test_the_order_of_the_answers_is_not_that_of_the_requests(graph: GraphCaller) -> None:
    body = graph.post("$batch", {"requests": [part("1"), part("2")]}).json()
    assert [one["id"] for one in body["responses"]] == ["2", "1"]


def test_a_body_needs_its_content_type(graph: GraphCaller) -> None:
    found = answers(graph, part("1", "POST", f"/{LOCATIONS}", body=ip_location()))
    assert found["1"]["status"] == 400
    assert "Content-Type" in found["1"]["body"]["error"]["message"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "'requests'"),
        ({"requests": []}, "at least one"),
        ({"requests": {}}, "must be a list"),
        ({"requests": [part(str(number)) for number in range(21)]}, "maximum value of 20"),
        ({"requests": [part("1"), part("1")]}, "already used"),
        ({"requests": [{"method": "GET", "url": "/users"}]}, "no id"),
        ({"requests": [part("1", "FROB")]}, "no valid method"),
        ({"requests": [part("1", url="")]}, "no relative url"),
        ({"requests": [part("1", url="https://elsewhere.example/users")]}, "no relative url"),
        ({"requests": [part("1", dependsOn=["9"])]}, "unknown request id '9'"),
        ({"requests": [part("1", dependsOn=["1"])]}, "dependsOn"),
        ({"requests": [part("1", dependsOn=[{}])]}, "dependsOn"),
        ({"requests": [part("1", headers=[])]}, "headers"),
        ({"requests": [part("1", dependsOn=["2"]), part("2", dependsOn=["1"])]}, "circle"),
    ],
)
def test_whole_batches_that_are_refused(graph: GraphCaller, body: Any, message: str) -> None:
    answer = graph.post("$batch", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")
    assert message in answer.json()["error"]["message"]


def test_a_batch_in_a_batch_is_refused(graph: GraphCaller) -> None:
    inner = part("1", "POST", "/$batch", headers=JSON, body={"requests": [part("x")]})
    assert answers(graph, inner)["1"]["status"] == 400


def test_the_log_has_a_line_for_each_part(graph: GraphCaller) -> None:
    assert graph.token
    graph.emulator.clear()
    answers(graph, part("1"), part("2", url=f"/{POLICIES}?$top=1"))
    first, second, outer = graph.emulator.requests()
    assert outer["path"] == "/v1.0/$batch"
    assert first["batch"] == second["batch"] == outer["request-id"]
    assert (second["path"], second["status"]) == (f"/v1.0/{POLICIES}?$top=1", 200)
    assert "batch" not in outer
