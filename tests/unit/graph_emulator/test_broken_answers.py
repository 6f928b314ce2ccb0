# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults that let a call be carried out and spoil its answer, and redirects to another host."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from graph_calls import LOCATIONS, GraphCaller, created, ip_location, tenant_id

from graph_emulator.launch import RunningEmulator

Launch = Callable[..., RunningEmulator]
AT_CREATE = {"path": "namedLocations$", "method": "POST"}
ELSEWHERE = "https://elsewhere.example"
JSON = {"Content-Type": "application/json"}


def strike(graph: GraphCaller, *rules: dict[str, Any]) -> None:
    graph.emulator.set_faults({"faults": list(rules)})


def names(graph: GraphCaller) -> list[str]:
    return [one["displayName"] for one in graph.values(LOCATIONS)]


def raw(graph: GraphCaller, method: str, path: str, **options: Any) -> requests.Response:
    return graph.call(method, path, stream=True, **options)


def test_a_truncated_body_ends_half_way(faults: GraphCaller) -> None:
    strike(faults, {**AT_CREATE, "body": "truncated"})
    answer = raw(faults, "POST", LOCATIONS, json=ip_location("Cut"))
    assert answer.status_code == 201
    came = b""
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        for chunk in answer.iter_content(1):
            came += chunk
    whole = int(answer.headers["Content-Length"])
    assert len(came) == whole // 2
    assert came.startswith(b'{"@odata.context"')
    assert names(faults) == ["Cut"]


def test_a_truncated_body_as_most_clients_meet_it(faults: GraphCaller) -> None:
    strike(faults, {"path": "^/users", "body": "truncated"}, {"path": "/oauth2/v2.0/token$", "body": "truncated"})
    for call in (lambda: faults.get("users"), faults.token_answer):
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            call()


@pytest.mark.parametrize("body", ["invalid_json", "empty", "other"])
def test_a_create_is_carried_out_and_its_answer_spoilt(faults: GraphCaller, body: str) -> None:
    right = faults.post(LOCATIONS, ip_location("Right"))
    strike(faults, {**AT_CREATE, "body": body})
    answer = faults.post(LOCATIONS, ip_location("Spoilt"))
    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == right.headers["Content-Type"]
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    if body == "empty":
        assert answer.content == b""
    elif body == "invalid_json":
        with pytest.raises(ValueError, match="Expecting value"):
            json.loads(answer.content)
    else:
        assert [one["displayName"] for one in answer.json()] == ["Spoilt"]
    assert names(faults) == ["Right", "Spoilt"]


@pytest.mark.parametrize("body", ["truncated", "invalid_json", "empty", "other", "endless"])
def test_an_answer_without_a_body_has_nothing_to_spoil(faults: GraphCaller, body: str) -> None:
    made = created(faults, LOCATIONS, ip_location("Before"))
    strike(faults, {"name": "spoilt", "method": "PATCH", "body": body})
    faults.emulator.clear()
    change = {"@odata.type": made["@odata.type"], "displayName": "After"}
    answer = faults.patch(f"{LOCATIONS}/{made['id']}", change)
    assert (answer.status_code, answer.content) == (204, b"")
    assert [one["fault"] for one in faults.emulator.requests() if one["method"] == "PATCH"] == ["spoilt"]
    assert names(faults) == ["After"]


def test_refusals_are_spoilt_as_well(faults: GraphCaller) -> None:
    strike(faults, {"path": "^/users/", "body": "other"})
    answer = faults.get("users/nobody")
    assert (answer.status_code, answer.json()[0]["error"]["code"]) == (404, "Request_ResourceNotFound")


def worked_in_a_while(pid: int) -> int:
    """Return the hundredths of a second of processor time that a process takes in a tenth of one."""

    def ticks() -> int:
        return sum(int(one) for one in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13])

    before = ticks()
    time.sleep(0.1)
    return ticks() - before


def test_an_endless_body_goes_on_until_the_client_has_enough(faults: GraphCaller) -> None:
    strike(faults, {**AT_CREATE, "body": "endless"})
    answer = raw(faults, "POST", LOCATIONS, json=ip_location("Endless"))
    assert (answer.status_code, answer.headers["Transfer-Encoding"]) == (201, "chunked")
    assert "Content-Length" not in answer.headers
    taken = b"".join(answer.raw.read(1 << 16) for _number in range(50))
    assert len(taken) == 50 << 16
    assert taken.startswith(b'{"value":[{"id":')
    other = GraphCaller(faults.emulator, faults.tenant)
    assert names(other) == ["Endless"], "others are served meanwhile"
    answer.close()
    started = time.monotonic()
    while worked_in_a_while(faults.emulator.pid) > 1:
        assert time.monotonic() - started < 10, "it still sends to nobody"


@pytest.mark.parametrize("body", ["endless", "truncated"])
@pytest.mark.parametrize("gone", [True, False], ids=["the client has gone", "the client is still there"])
def test_a_server_with_a_spoilt_answer_on_its_way_ends_at_once(launch: Launch, body: str, gone: bool) -> None:
    graph = GraphCaller(launch(faults={"faults": [{"path": "^/users", "body": body}]}), tenant_id(0))
    answer = raw(graph, "GET", "users")
    assert answer.raw.read(16)
    if gone:
        answer.close()
    started = time.monotonic()
    assert graph.emulator.stop() == 0
    assert time.monotonic() - started < 1.5, "it waited for what never ends"
    assert graph.emulator._errors.read_text() == ""


def part(method: str, url: str, body: Any = None) -> dict[str, Any]:
    return {"id": url + method, "method": method, "url": url, "headers": JSON, **({"body": body} if body else {})}


@pytest.mark.parametrize("body", ["truncated", "invalid_json", "empty", "other", "endless"])
def test_a_spoilt_part_spoils_the_whole_batch_answer(faults: GraphCaller, body: str) -> None:
    strike(faults, {"name": "spoilt", **AT_CREATE, "nth": [1], "body": body})
    faults.emulator.clear()
    parts = [part("POST", f"/{LOCATIONS}", ip_location("In a batch")), part("GET", "/users"), part("GET", "/groups")]
    answer = raw(faults, "POST", "$batch", json={"requests": parts})
    assert answer.status_code == 200
    start = b""
    try:
        for chunk in answer.iter_content(4096):
            start += chunk
            if len(start) > 100_000:
                break
        ended = "endless" if len(start) > 100_000 else "whole"
    except requests.exceptions.ChunkedEncodingError:
        ended = "truncated"
    assert ended == (body if body in ("endless", "truncated") else "whole")
    if body == "other":
        (batch,) = json.loads(start)
        assert sorted(one["status"] for one in batch["responses"]) == [200, 200, 201]
    answer.close()
    rows = faults.emulator.requests()
    assert [(one["status"], one.get("fault")) for one in rows] == [
        (201, "spoilt"),
        (200, None),
        (200, None),
        (200, None),
    ]
    assert names(faults) == ["In a batch"]


@pytest.mark.parametrize("base", [ELSEWHERE, f"{ELSEWHERE}/", "http://elsewhere.example:8080/proxy"])
def test_a_redirect_leads_to_another_host(faults: GraphCaller, base: str) -> None:
    strike(faults, {"path": "namedLocations", "redirect": base})
    answer = faults.post(f"{LOCATIONS}?a=b", ip_location(), allow_redirects=False)
    assert (answer.status_code, answer.content) == (307, b"")
    assert answer.headers["Location"] == f"{base.rstrip('/')}/v1.0/{LOCATIONS}?a=b"
    strike(faults)
    assert names(faults) == []


def test_redirects_of_the_login_and_of_a_part_of_a_batch(faults: GraphCaller) -> None:
    strike(faults, {"path": "/oauth2/v2.0/token$", "redirect": ELSEWHERE}, {**AT_CREATE, "redirect": ELSEWHERE})
    url = f"{faults.emulator.url}/{faults.tenant}/oauth2/v2.0/token"
    answer = requests.post(url, data={}, verify=faults.emulator.ca_file, allow_redirects=False, timeout=30)
    assert answer.headers["Location"] == f"{ELSEWHERE}/{faults.tenant}/oauth2/v2.0/token"
    parts = [part("POST", f"/{LOCATIONS}", ip_location()), part("GET", "/users")]
    found = {one["id"]: one for one in faults.post("$batch", {"requests": parts}).json()["responses"]}
    struck = found[parts[0]["id"]]
    assert (struck["status"], struck["headers"]["Location"]) == (307, f"{ELSEWHERE}/v1.0/{LOCATIONS}")
    assert found[parts[1]["id"]]["status"] == 200
    assert names(faults) == []


def test_of_the_effects_that_decide_the_answer_the_first_in_the_file_counts(faults: GraphCaller) -> None:
    ends = [{"redirect": ELSEWHERE}, {"status": 503}, {"body": "empty"}, {"reset": "after"}]
    seen: list[Any] = []
    for first in range(len(ends)):
        rules = ends[first:] + ends[:first]
        strike(faults, *({**AT_CREATE, **rule} for rule in rules))
        try:
            seen.append(faults.post(LOCATIONS, ip_location(f"Number {first}"), allow_redirects=False).status_code)
        except requests.ConnectionError:
            seen.append("dropped")
    assert seen == [307, 503, 201, "dropped"]
    assert names(faults) == ["Number 2", "Number 3"], "carried out where the answer is spoilt, or gets lost"
