# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults on purpose."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from graph_calls import (
    LOCATIONS,
    POLICIES,
    TIMEOUT,
    GraphCaller,
    created,
    ip_location,
    policy,
    tenant_document,
    tenant_id,
)

import graph_emulator
from graph_emulator.broken_bodies import BROKEN
from graph_emulator.exchange import Call
from graph_emulator.fault_effects import AFTER, AT_LAST, BEFORE, FITS, INSTEAD
from graph_emulator.fault_file import EFFECTS, read_faults
from graph_emulator.launch import PracticeRefused, RunningEmulator
from graph_emulator.yaml_file import InvalidFile

Launch = Callable[..., RunningEmulator]


def faulty(launch: Launch, *rules: dict[str, Any], **more: Any) -> GraphCaller:
    return GraphCaller(launch(faults={"faults": list(rules), **more}), tenant_id(0))


def statuses(graph: GraphCaller, path: str, times: int) -> list[int]:
    return [graph.get(path).status_code for _number in range(times)]


def test_status_on_the_calls_that_are_named(launch: Launch) -> None:
    graph = faulty(
        launch,
        {"name": "throttle", "path": "^/users", "method": "GET", "nth": [1, 3], "status": 429, "retry_after": 2},
        {"path": "^/groups", "times": 2, "status": 503},
        {"path": "^/organization$", "status": 504, "retry_after": 30, "retry_after_date": True},
    )
    answer = graph.get("users")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
    assert answer.json()["error"]["code"] == "TooManyRequests"
    assert statuses(graph, "users", 4) == [200, 429, 200, 200]
    assert statuses(graph, "groups", 4) == [503, 503, 200, 200]
    date = parsedate_to_datetime(graph.get("organization").headers["Retry-After"])
    assert 20 < date.timestamp() - time.time() <= 31
    struck = [one for one in graph.emulator.requests() if one.get("fault") == "throttle"]
    assert [one["status"] for one in struck] == [429, 429]
    assert graph.emulator.struck()["throttle"] == 2


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "InvalidAuthenticationToken"),
        (408, "RequestTimeout"),
        (409, "Conflict"),
        (412, "PreconditionFailed"),
        (429, "TooManyRequests"),
        (500, "InternalServerError"),
        (502, "BadGateway"),
        (503, "ServiceUnavailable"),
        (504, "GatewayTimeout"),
        (418, "UnknownError"),
    ],
)
def test_every_status_has_graphs_code(faults: GraphCaller, status: int, code: str) -> None:
    faults.emulator.set_faults({"faults": [{"path": "^/users", "status": status}]})
    answer = faults.get("users")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert "Retry-After" not in answer.headers


def test_status_at_the_login(faults: GraphCaller) -> None:
    at_login = {"path": "/oauth2/v2.0/token$"}
    faults.emulator.set_faults(
        {"faults": [{**at_login, "nth": [1], "status": 503, "retry_after": 1}, {**at_login, "nth": [2], "status": 401}]}
    )
    found = [(answer.status_code, answer.json().get("error")) for answer in (faults.token_answer() for _n in range(3))]
    assert found == [(503, "temporarily_unavailable"), (401, "invalid_client"), (200, None)]


def test_other_faults_strike_a_running_server(faults: GraphCaller) -> None:
    rule = {"name": "first", "path": "^/users", "nth": [1], "status": 503}
    for _round in range(2):
        faults.emulator.set_faults({"faults": [rule]})
        assert statuses(faults, "users", 2) == [503, 200], "a rule counts from the beginning each time"
    faults.emulator.set_faults({"faults": [{"status": 500}]})
    assert statuses(faults, "users", 2) == [500, 500]
    faults.emulator.set_faults({})
    assert statuses(faults, "users", 2) == [200, 200]


def test_faults_of_one_tenant_leave_those_of_others_as_they_are(faults: GraphCaller, neighbour: GraphCaller) -> None:
    emulator = faults.emulator
    second = {"path": "^/users", "nth": [2]}
    emulator.set_faults(
        {
            "faults": [
                {**second, "tenant": faults.domain, "status": 500},
                {**second, "tenant": neighbour.tenant, "status": 503},
            ]
        }
    )
    assert statuses(faults, "users", 1) + statuses(neighbour, "users", 1) == [200, 200]
    for _round in range(2):
        emulator.set_faults({"faults": [{"path": "^/users", "nth": [1], "status": 504}]}, faults.tenant)
        assert statuses(faults, "users", 2) == [504, 200], "those before are gone, and these count from the beginning"
    assert statuses(neighbour, "users", 2) == [503, 200], "this one has counted on"
    emulator.set_faults({}, faults.domain)
    assert statuses(faults, "users", 2) == [200, 200]
    with pytest.raises(PracticeRefused, match="closed_handshakes: is of the whole server"):
        emulator.set_faults({"closed_handshakes": 1}, faults.tenant)


def test_faults_of_a_file_strike_a_running_server(faults: GraphCaller, tmp_path: Path) -> None:
    path = tmp_path / "faults.yml"
    path.write_text("faults: [{path: ^/users, status: 503}]")
    faults.emulator.set_faults(path)
    assert statuses(faults, "users", 1) == [503]


def test_no_fault_strikes_at_the_practice_calls(faults: GraphCaller) -> None:
    everything = [{"status": 503}, {"path": "practice", "reset": "before"}]
    faults.emulator.set_faults({"faults": everything})
    faults.emulator.clear()
    domain = faults.domain
    done = faults.emulator.sign_in(domain, user=f"dana@{domain}", app="Syncro SSO", ip="198.51.100.7")
    assert done["outcome"] == "succeeded"
    faults.emulator.set_faults({"faults": everything})
    assert [(one["status"], one.get("fault")) for one in faults.emulator.requests()] == [(200, None), (200, None)]


def test_wrong_faults_are_told_and_those_before_stay(faults: GraphCaller) -> None:
    faults.emulator.set_faults({"faults": [{"path": "^/users", "status": 503}]})
    with pytest.raises(PracticeRefused) as refusal:
        faults.emulator.set_faults({"colour": "red", "faults": [{"status": 200}]})
    assert "colour: is not known here" in str(refusal.value)
    assert "faults[0].status: 200 is not a whole number from 400 to 599" in str(refusal.value)
    assert statuses(faults, "users", 1) == [503]


def test_the_log_tells_what_a_call_made_even_without_an_answer(faults: GraphCaller) -> None:
    faults.emulator.set_faults({"faults": [{"name": "cut", "path": "policies$", "method": "POST", "reset": "after"}]})
    faults.emulator.clear()
    location = created(faults, LOCATIONS, ip_location("Logged"))
    with pytest.raises(requests.ConnectionError):
        faults.post(POLICIES, policy("Logged"))
    assert faults.post(LOCATIONS, {}).status_code == 400
    (made,) = [one["id"] for one in faults.values(POLICIES) if one["displayName"] == "Logged"]
    rows = [one for one in faults.emulator.requests() if one["method"] == "POST"]
    assert [(one["status"], one.get("id"), one.get("fault")) for one in rows] == [
        (201, location["id"], None),
        (None, made, "cut"),
        (400, None, None),
    ]


def test_a_part_of_a_batch_is_throttled_alone(launch: Launch) -> None:
    graph = faulty(launch, {"path": "^/users", "status": 429, "retry_after": 3, "times": 1})
    requests_ = [{"id": str(number), "method": "GET", "url": url} for number, url in enumerate(("/users", "/groups"))]
    answer = graph.post("$batch", {"requests": requests_})
    assert answer.status_code == 200
    found = {one["id"]: one for one in answer.json()["responses"]}
    assert (found["0"]["status"], found["0"]["headers"]["Retry-After"], found["1"]["status"]) == (429, "3", 200)


def test_resets_before_and_after_the_write(launch: Launch) -> None:
    graph = faulty(
        launch,
        {"path": "namedLocations$", "method": "POST", "nth": [1], "reset": "before"},
        {"path": "namedLocations$", "method": "POST", "nth": [2], "reset": "after"},
    )
    assert graph.token
    for expected in (0, 1):
        with pytest.raises(requests.ConnectionError):
            graph.post(LOCATIONS, ip_location(f"Site {expected}"))
        assert len(graph.values(LOCATIONS)) == expected
    assert graph.post(LOCATIONS, ip_location()).status_code == 201
    dropped = [one for one in graph.emulator.requests() if one["method"] == "POST" and one["status"] is None]
    assert len(dropped) == 2


def test_a_reset_inside_a_batch_drops_the_batch(launch: Launch) -> None:
    graph = faulty(launch, {"path": "namedLocations$", "method": "POST", "reset": "after"})
    headers = {"Content-Type": "application/json"}
    part = {"id": "1", "method": "POST", "url": f"/{LOCATIONS}", "headers": headers, "body": ip_location()}
    assert graph.token
    with pytest.raises(requests.ConnectionError):
        graph.post("$batch", {"requests": [part]})
    assert len(graph.values(LOCATIONS)) == 1


def until(seen: Callable[[], bool], seconds: float = 10) -> float:
    """Ask until it is so; return how long it took."""
    started = time.monotonic()
    while not seen():
        assert time.monotonic() - started < seconds
    return time.monotonic() - started


def test_a_new_object_is_not_seen_for_a_while(launch: Launch) -> None:
    made = {"path": "namedLocations$", "method": "POST"}
    graph = faulty(launch, {**made, "lag_seconds": 0.6}, {**made, "rule_lag_seconds": 0.6})
    answer = graph.post(LOCATIONS, ip_location())
    assert answer.status_code == 201
    key = answer.json()["id"]
    body = policy()
    body["conditions"]["locations"] = {"includeLocations": ["All"], "excludeLocations": [key]}
    refused = graph.post(POLICIES, body)
    text = f"1040: NamedLocation with id {key} does not exist in the directory."
    assert refused.json()["error"]["innerError"]["message"] == text
    assert graph.get(f"{LOCATIONS}/{key}").status_code == 404
    assert graph.values(LOCATIONS) == []
    assert until(lambda: graph.get(f"{LOCATIONS}/{key}").status_code == 200) < 2
    assert graph.post(POLICIES, body).status_code == 201


def test_a_changed_object_reads_stale_for_a_while(launch: Launch) -> None:
    written = {"method": ["PATCH", "DELETE"]}
    graph = faulty(launch, {**written, "lag_seconds": 0.5}, {**written, "rule_lag_seconds": 0.5})
    made = graph.post(LOCATIONS, ip_location(isTrusted=True)).json()
    path = f"{LOCATIONS}/{made['id']}"
    assert graph.patch(path, {"@odata.type": made["@odata.type"], "isTrusted": False}).status_code == 204
    assert graph.get(path).json()["isTrusted"] is True
    assert graph.delete(path).status_code == 400  # still trusted, as far as it is known there
    until(lambda: graph.get(path).json()["isTrusted"] is False)
    assert graph.delete(path).status_code == 204
    assert graph.get(path).status_code == 200
    assert len(graph.values(LOCATIONS)) == 1
    until(lambda: graph.get(path).status_code == 404)
    assert graph.values(LOCATIONS) == []


def test_what_reads_stale_is_judged_as_it_is(launch: Launch) -> None:
    graph = faulty(launch, {"method": ["POST", "PATCH", "DELETE"], "lag_seconds": 60})
    made = graph.post(LOCATIONS, ip_location(isTrusted=True)).json()
    body = policy()
    body["conditions"]["locations"] = {"includeLocations": ["All"], "excludeLocations": [made["id"]]}
    using = graph.post(POLICIES, body)
    assert using.status_code == 201
    path = f"{LOCATIONS}/{made['id']}"
    assert graph.patch(path, {"@odata.type": made["@odata.type"], "isTrusted": False}).status_code == 204
    assert graph.delete(path).status_code == 400  # in use
    assert graph.delete(f"{POLICIES}/{using.json()['id']}").status_code == 204
    assert graph.delete(path).status_code == 204
    assert len(graph.values(LOCATIONS)) == len(graph.values(POLICIES)) == 1  # as before they were deleted


def test_what_reads_new_can_be_judged_by_what_it_was(launch: Launch) -> None:
    graph = faulty(launch, {"method": ["PATCH"], "rule_lag_seconds": 60})
    made = graph.post(LOCATIONS, ip_location(isTrusted=True)).json()
    path = f"{LOCATIONS}/{made['id']}"
    assert graph.patch(path, {"@odata.type": made["@odata.type"], "isTrusted": False}).status_code == 204
    assert graph.get(path).json()["isTrusted"] is False
    assert graph.delete(path).status_code == 400


def test_delay_and_latency(launch: Launch) -> None:
    graph = faulty(launch, {"path": "^/users", "delay_ms": 150})
    assert graph.token
    assert graph.get("users").elapsed.total_seconds() >= 0.15
    assert graph.get("groups").elapsed.total_seconds() < 0.15
    slow = GraphCaller(launch(latency_ms=80), tenant_id(0))
    assert slow.token_answer().elapsed.total_seconds() >= 0.08
    parts = [{"id": str(number), "method": "GET", "url": "/users"} for number in range(10)]
    assert 0.08 <= slow.post("$batch", {"requests": parts}).elapsed.total_seconds() < 0.5


def test_one_tenant_only(launch: Launch) -> None:
    rule = {"tenant": "t1.example", "path": "^/users", "status": 500}
    running = launch(tenant_document(0), tenant_document(1), faults={"faults": [rule]})
    assert [GraphCaller(running, tenant_id(number)).get("users").status_code for number in (0, 1)] == [200, 500]


def test_chance_has_a_seed(tmp_path: Path) -> None:
    path = tmp_path / "faults.yml"
    path.write_text("{seed: 7, faults: [{path: ^/users, probability: 0.5, status: 503}]}")
    call = Call("GET", "/v1.0/users", "", {}, b"", "https://localhost:1", "1")
    runs = []
    for _round in range(2):
        faults = read_faults(path)
        runs.append([faults.rules[0].strikes(call) for _number in range(50)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {True, False}


def test_each_tenant_has_its_own_chance_whoever_comes_first(launch: Launch) -> None:
    running = launch(tenant_document(0), tenant_document(1))
    told = []
    for order in ((0, 1) * 30, (1,) * 30 + (0,) * 30):
        running.set_faults({"seed": 3, "faults": [{"path": "^/users", "probability": 0.5, "status": 503}]})
        graphs = [GraphCaller(running, tenant_id(number)) for number in (0, 1)]
        answers: list[list[int]] = [[], []]
        for number in order:
            answers[number].append(graphs[number].get("users").status_code)
        told.append(answers)
    assert told[0] == told[1]
    assert told[0][0] != told[0][1]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("faults: {}", "faults: a mapping is not a list"),
        ("[]", "the file: a list is not a mapping"),
        ("clock_skew_seconds: now", "clock_skew_seconds: 'now' is not a number from"),
        ("rules: []", "rules: is not known here"),
        ("certificate: expired", "certificate: 'expired' is not one of unknown_authority"),
        ("faults: [{path: x}]", f"faults[0]: needs exactly one of {', '.join(EFFECTS)}, has none"),
        ("faults: [{status: 500, reset: after}]", "has status, reset"),
        ("faults: [{status: 200}]", "faults[0].status: 200 is not a whole number from 400 to 599"),
        ("faults: [{reset: maybe}]", "faults[0].reset: 'maybe' is not one of before, after"),
        ("faults: [{body: odd}]", "faults[0].body: 'odd' is not one of truncated, invalid_json, empty, other, endless"),
        (
            "faults: [{redirect: elsewhere.example}]",
            "faults[0].redirect: 'elsewhere.example' is not an http or https URL",
        ),
        ("faults: [{redirect: 'https://a.example/?b=c'}]", "is not an http or https URL without a query"),
        ("faults: [{expire_tokens: false}]", "faults[0].expire_tokens: False"),
        ("faults: [{unreferenceable_seconds: -1}]", "unreferenceable_seconds: -1 is not a number from 0 to 3600"),
        ("faults: [{twin: never}]", "faults[0].twin: 'never' is not one of before, after"),
        ("faults: [{meddle: state}]", "faults[0].meddle: is not a mapping of Graph properties"),
        ("faults: [{meddle: {}}]", "faults[0].meddle: is not a mapping of Graph properties"),
        ("faults: [{meddle: {id: x}}]", "faults[0].meddle.id: nobody can change an id"),
        ("faults: [{status: 500, path: '('}]", "faults[0].path: not a regular expression"),
        ("faults: [{status: 500, method: FROB}]", "faults[0].method: 'FROB' is none of"),
        ("faults: [{status: 500, nth: [0]}]", "faults[0].nth[0]: 0 is not a whole number"),
        ("faults: [{status: 500, nth: [1], times: 2}]", "takes one of nth, times, probability"),
        ("faults: [{delay_ms: 5, retry_after: 2}]", "faults[0].retry_after: goes with status only"),
        ("faults: [{status: 500, retry_after_date: true}]", "needs retry_after"),
        ("faults: [{status: 500, colour: red}]", "faults[0].colour: is not known here"),
        ("faults: [", "it is not YAML"),
    ],
)
def test_wrong_files(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "faults.yml"
    path.write_text(content)
    with pytest.raises(InvalidFile) as refusal:
        read_faults(path)
    assert problem in str(refusal.value)
    assert str(refusal.value).startswith(f"{path} cannot be used:")


def test_every_effect_does_something_and_is_told() -> None:
    # Faults.around itself waits.
    assert {*INSTEAD, *BEFORE, *AFTER, *AT_LAST, "delay_ms"} == EFFECTS.keys()
    assert FITS.keys() <= EFFECTS.keys()
    readme = (Path(graph_emulator.__file__).parent / "README.md").read_text(encoding="utf-8")
    table = readme.split("| effect | carried out | |\n", 1)[1].split("\n\n", 1)[0]
    # Each row after the line below the header begins with `effect: value`, and goes on with further values of it.
    cells = [re.findall(r"`([^`]+)`", row.split("|")[1]) for row in table.splitlines()[1:]]
    told = [(*first.split(": ", 1), *more) for first, *more in cells]
    assert {effect for effect, *_values in told} == EFFECTS.keys()
    assert {value for effect, *values in told if effect == "body" for value in values} == BROKEN.keys()


def test_token_and_other_requests_are_not_hit_by_a_graph_path(launch: Launch) -> None:
    graph = faulty(launch, {"path": "^/identity/", "status": 500})
    assert graph.token
    answer = requests.get(
        f"{graph.emulator.url}/v1.0/users",
        headers={"Authorization": f"Bearer {graph.token}"},
        verify=graph.emulator.ca_file,
        timeout=TIMEOUT,
    )
    assert answer.status_code == 200
    assert graph.get(POLICIES).status_code == 500
