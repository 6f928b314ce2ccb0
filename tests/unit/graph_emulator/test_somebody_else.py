# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults in which somebody else changes the tenant while a call is on its way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from graph_calls import LOCATIONS, POLICIES, GraphCaller, created, ip_location, policy, tenant_id

from graph_emulator.launch import RunningEmulator

Launch = Callable[..., RunningEmulator]
SECURITY_DEFAULTS = "policies/identitySecurityDefaultsEnforcementPolicy"
JSON = {"Content-Type": "application/json"}
OWN = ("id", "createdDateTime", "@odata.context")


def strike(graph: GraphCaller, *rules: dict[str, Any]) -> None:
    graph.emulator.set_faults({"faults": list(rules)})


def content(item: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in OWN and not key.endswith("@odata.context")}


def named(graph: GraphCaller, path: str, name: str) -> list[dict[str, Any]]:
    return [one for one in graph.values(path) if one["displayName"] == name]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("path", "body"), [(LOCATIONS, ip_location("Twin")), (POLICIES, policy("Twin"))])
def test_somebody_creates_the_same_at_the_same_time(
    faults: GraphCaller, path: str, body: dict[str, Any], when: str
) -> None:
    strike(faults, {"name": "rival", "nth": [1], "twin": when})
    faults.emulator.clear()
    made = created(faults, path, body)
    first, second = named(faults, path, "Twin")
    assert made["id"] == (second if when == "before" else first)["id"]
    assert first["id"] != second["id"]
    assert first["createdDateTime"] < second["createdDateTime"]
    assert json.dumps(content(first)).replace(first["id"], "") == json.dumps(content(second)).replace(second["id"], "")
    creates = [one for one in faults.emulator.requests() if one["method"] == "POST"]
    assert [(one["id"], one["fault"]) for one in creates] == [(made["id"], "rival")], "the log has our own call alone"
    created(faults, path, {**body, "displayName": "Next"})
    assert len(named(faults, path, "Next")) == 1


def test_only_creates_have_a_twin(faults: GraphCaller) -> None:
    strike(faults, {"name": "rival", "twin": "after"})
    made = created(faults, LOCATIONS, ip_location("One"))
    assert len(named(faults, LOCATIONS, "One")) == 2
    faults.emulator.clear()
    assert faults.post(LOCATIONS, {"displayName": "Refused"}).status_code == 400
    assert faults.patch(f"{LOCATIONS}/{made['id']}", {**ip_location("Two")}).status_code == 204
    faults.post("$batch", {"requests": [{"id": "1", "method": "GET", "url": "/users"}]})
    assert [len(named(faults, LOCATIONS, name)) for name in ("One", "Two", "Refused")] == [1, 1, 0]
    struck = [one["status"] for one in faults.emulator.requests() if one.get("fault")]
    assert struck == [400], "a twin of what is refused is refused as well"


def test_a_twin_of_a_create_in_a_batch(faults: GraphCaller) -> None:
    strike(faults, {"twin": "before"})
    part = {"id": "1", "method": "POST", "url": f"/{LOCATIONS}", "headers": JSON, "body": ip_location("Twin")}
    made = faults.post("$batch", {"requests": [part]}).json()["responses"][0]["body"]
    assert [one["id"] == made["id"] for one in named(faults, LOCATIONS, "Twin")] == [False, True]


def test_a_twin_of_a_create_whose_answer_gets_lost(faults: GraphCaller) -> None:
    strike(faults, {"twin": "after"}, {"path": "namedLocations$", "nth": [1], "reset": "after"})
    with pytest.raises(requests.ConnectionError):
        faults.post(LOCATIONS, ip_location("Twin"))
    assert len(named(faults, LOCATIONS, "Twin")) == 2
    strike(faults, {"twin": "after"}, {"path": "namedLocations$", "method": "POST", "status": 503})
    assert faults.post(LOCATIONS, ip_location("None")).status_code == 503
    assert named(faults, LOCATIONS, "None") == [], "what is not carried out has no twin"


def test_somebody_changes_an_object_just_before_our_change(faults: GraphCaller) -> None:
    made = created(faults, LOCATIONS, ip_location("Office", isTrusted=False))
    path = f"{LOCATIONS}/{made['id']}"
    strike(faults, {"name": "rival", "method": "PATCH", "meddle": {"isTrusted": True, "displayName": "Lost"}})
    faults.emulator.clear()
    change = {"@odata.type": made["@odata.type"], "displayName": "Ours"}
    assert faults.patch(path, change).status_code == 204
    found = faults.get(path).json()
    assert (found["displayName"], found["isTrusted"]) == ("Ours", True)
    rows = [(one["method"], one.get("fault")) for one in faults.emulator.requests()]
    assert rows == [("PATCH", "rival"), ("GET", None)]


def test_somebody_changes_an_object_just_before_we_read_it(faults: GraphCaller) -> None:
    made = created(faults, POLICIES, policy())
    path = f"{POLICIES}/{made['id']}"
    strike(faults, {"meddle": {"state": "disabled"}, "nth": [2]})
    assert faults.values(POLICIES)[0]["state"] == made["state"], "a list addresses no object, and does not count"
    assert faults.get(path).json()["state"] == made["state"]
    found = faults.get(path).json()
    assert found["state"] == "disabled" and found["modifiedDateTime"] > made["createdDateTime"]
    assert faults.get(path).json() == found
    assert content(found) | {"state": "", "modifiedDateTime": ""} == content(made) | {
        "state": "",
        "modifiedDateTime": "",
    }


def test_somebody_meddles_with_a_part_of_a_batch_and_with_security_defaults(faults: GraphCaller) -> None:
    made = created(faults, POLICIES, policy("Ours"))
    strike(
        faults,
        {"path": "conditionalAccess", "meddle": {"displayName": "Theirs"}},
        {"path": "^/policies", "meddle": {"isEnabled": True}},
    )
    urls = (f"/{POLICIES}/{made['id']}", f"/{SECURITY_DEFAULTS}")
    parts = [{"id": url, "method": "GET", "url": url} for url in urls]
    found = {one["id"]: one["body"] for one in faults.post("$batch", {"requests": parts}).json()["responses"]}
    assert found[urls[0]]["displayName"] == "Theirs"
    assert found[urls[1]]["isEnabled"] is True


def test_meddling_with_what_is_not_there_changes_nothing(faults: GraphCaller) -> None:
    strike(faults, {"meddle": {"displayName": "Theirs"}})
    assert faults.get(f"{LOCATIONS}/00000000-0000-4000-8000-000000000001").status_code == 404
    assert faults.values(LOCATIONS) == []


def test_what_somebody_else_does_stays_after_a_restart(launch: Launch, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    rules = [{"twin": "after"}, {"meddle": {"displayName": "Theirs"}, "method": "GET"}]
    first = GraphCaller(launch(state=state, faults={"faults": rules}), tenant_id(0))
    made = created(first, LOCATIONS, ip_location("Ours"))
    assert first.get(f"{LOCATIONS}/{made['id']}").json()["displayName"] == "Theirs"
    first.emulator.stop()
    second = GraphCaller(launch(state=state), tenant_id(0))
    assert [one["displayName"] for one in second.values(LOCATIONS)] == ["Theirs", "Ours"]
