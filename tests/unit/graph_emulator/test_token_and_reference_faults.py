# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults of a moment: access tokens end before their time, a new location cannot be referred to yet."""

from __future__ import annotations

import time
from typing import Any

import requests
from graph_calls import LOCATIONS, POLICIES, GraphCaller, created, ip_location, policy, reason

EXPIRED = ("InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")


def strike(graph: GraphCaller, *rules: dict[str, Any]) -> None:
    graph.emulator.set_faults({"faults": list(rules)})


def refusal(answer: requests.Response | dict[str, Any]) -> tuple[int, tuple[str, str]]:
    """Return status, code and message of a refused call, or of a part of a batch."""
    if isinstance(answer, requests.Response):
        answer = {"status": answer.status_code, "body": answer.json()}
    error = answer["body"]["error"]
    return answer["status"], (error["code"], error["message"])


def test_tokens_end_in_the_middle_of_a_run(faults: GraphCaller, neighbour: GraphCaller) -> None:
    other = neighbour
    assert other.token and other.get("users").status_code == 200
    first, second = (GraphCaller(faults.emulator, faults.tenant) for _number in range(2))
    assert first.token and second.token
    strike(faults, {"name": "late", "path": "namedLocations$", "method": "POST", "nth": [2], "expire_tokens": True})
    created(first, LOCATIONS, ip_location("One"))
    faults.emulator.clear()
    answer = first.post(LOCATIONS, ip_location("Two"))
    assert refusal(answer) == (401, EXPIRED)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    for caller in (first, second):
        assert refusal(caller.get("users")) == (401, EXPIRED)
    assert [one.get("fault") for one in faults.emulator.requests()] == ["late", None, None]
    assert other.get("users").status_code == 200, "another tenant's tokens are as they were"
    again = GraphCaller(faults.emulator, faults.tenant)
    assert [one["displayName"] for one in again.values(LOCATIONS)] == ["One"]
    created(again, LOCATIONS, ip_location("Two"))
    assert refusal(first.get("users")) == (401, EXPIRED)


def test_tokens_end_in_the_middle_of_a_batch(faults: GraphCaller) -> None:
    strike(faults, {"path": "^/groups$", "expire_tokens": True})
    parts = [{"id": name, "method": "GET", "url": f"/{name}"} for name in ("users", "groups", "organization")]
    answer = faults.post("$batch", {"requests": parts})
    assert answer.status_code == 200
    found = {one["id"]: one for one in answer.json()["responses"]}
    assert found["users"]["status"] == 200
    assert refusal(found["groups"]) == refusal(found["organization"]) == (401, EXPIRED)
    assert refusal(faults.post("$batch", {"requests": parts})) == (401, EXPIRED)


def test_a_token_request_that_is_struck_gives_a_good_token(faults: GraphCaller) -> None:
    strike(faults, {"path": "/oauth2/v2.0/token$", "nth": [1], "expire_tokens": True})
    new = GraphCaller(faults.emulator, faults.tenant)
    assert new.token
    assert refusal(faults.get("users")) == (401, EXPIRED)
    assert new.get("users").status_code == 200


def outside(*ids: str) -> dict[str, Any]:
    """A policy that has locations as its exceptions."""
    body = policy()
    body["conditions"]["locations"] = {"includeLocations": ["All"], "excludeLocations": list(ids)}
    return body


def test_a_new_location_is_seen_and_cannot_be_referred_to_yet(faults: GraphCaller) -> None:
    old = created(faults, LOCATIONS, ip_location("Old"))["id"]
    strike(faults, {"unreferenceable_seconds": 60, "nth": [1]})
    there = created(faults, POLICIES, outside(old))["id"]
    new = created(faults, LOCATIONS, ip_location("New"))["id"]
    assert faults.get(f"{LOCATIONS}/{new}").json()["displayName"] == "New"
    assert [one["displayName"] for one in faults.values(LOCATIONS)] == ["Old", "New"]
    text = f"1040: NamedLocation with id {new} does not exist in the directory."
    assert reason(faults.post(POLICIES, outside(new))) == text
    assert reason(faults.patch(f"{POLICIES}/{there}", {"conditions": outside(old, new)["conditions"]})) == text
    assert "1040: " in reason(faults.post(POLICIES, outside(new.upper())))
    next_one = created(faults, LOCATIONS, ip_location("Next"))["id"]
    for other in (old, next_one):
        assert faults.post(POLICIES, outside(other)).status_code == 201, "the rule struck the first new location alone"


def test_a_new_location_can_be_referred_to_in_the_end(faults: GraphCaller) -> None:
    strike(faults, {"unreferenceable_seconds": 0.3})
    started = time.monotonic()
    new = created(faults, LOCATIONS, ip_location("New"))["id"]
    while (answer := faults.post(POLICIES, outside(new))).status_code != 201:
        assert reason(answer).startswith("1040: ") and time.monotonic() - started < 10
    assert time.monotonic() - started >= 0.3


def test_a_location_made_in_a_batch_cannot_be_referred_to_yet(faults: GraphCaller) -> None:
    strike(faults, {"path": "namedLocations$", "unreferenceable_seconds": 60})
    headers = {"Content-Type": "application/json"}
    part = {"id": "1", "method": "POST", "url": f"/{LOCATIONS}", "headers": headers, "body": ip_location()}
    new = faults.post("$batch", {"requests": [part]}).json()["responses"][0]["body"]["id"]
    assert reason(faults.post(POLICIES, outside(new))).startswith("1040: ")
