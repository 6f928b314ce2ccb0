# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stays after a restart, and what the request log holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import requests
import yaml
from graph_calls import (
    LOCATIONS,
    POLICIES,
    SECRET,
    TIMEOUT,
    GraphCaller,
    ip_location,
    policy,
    tenant_document,
    tenant_id,
)

from graph_emulator.launch import RunningEmulator
from graph_emulator.seed import read_seed

Launch = Callable[..., RunningEmulator]
DELETED = "identity/conditionalAccess/deletedItems/policies"


def test_a_restart_goes_on_where_it_stopped(launch: Launch, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    tenants = [tenant_document(0, policies=[policy("Seeded")]), tenant_document(1)]
    first = GraphCaller(launch(*tenants, state=state), tenant_id(0))
    location = first.post(LOCATIONS, ip_location()).json()
    seeded = first.values(POLICIES)[0]["id"]
    assert first.patch(f"{POLICIES}/{seeded}", {"state": "disabled"}).status_code == 204
    gone = first.post(POLICIES, policy("Gone")).json()["id"]
    assert first.delete(f"{POLICIES}/{gone}").status_code == 204
    security_defaults = "policies/identitySecurityDefaultsEnforcementPolicy"
    assert first.patch(security_defaults, {"isEnabled": True}).status_code == 204
    assert json.loads(state.read_text())["version"] == 1
    assert state.stat().st_mode & 0o077 == 0
    assert first.emulator.stop() == 0
    second = GraphCaller(launch(*tenants, state=state), tenant_id(0))
    again = second.values(LOCATIONS)[0]
    assert {**again, "@odata.context": ""} == {**location, "@odata.context": ""}
    assert [(one["displayName"], one["state"]) for one in second.values(POLICIES)] == [("Seeded", "disabled")]
    assert [one["id"] for one in second.values(DELETED)] == [gone]
    assert second.get(security_defaults).json()["isEnabled"] is True
    assert GraphCaller(second.emulator, tenant_id(1)).values(LOCATIONS) == []


def test_a_restart_remembers_whose_sessions_were_ended(launch: Launch, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    first = GraphCaller(launch(tenant_document(0), state=state), tenant_id(0))
    user = "users/dana@t0.example?$select=displayName,signInSessionsValidFromDateTime"
    assert first.post("users/dana@t0.example/revokeSignInSessions").status_code == 200
    ended = first.get(user).json()
    assert ended["signInSessionsValidFromDateTime"] > "2026"
    first.emulator.stop()
    renamed = tenant_document(0)
    renamed["users"][1]["display_name"] = "Dana Day"
    second = GraphCaller(launch(renamed, state=state), tenant_id(0))
    again = second.get(user).json()
    assert again["signInSessionsValidFromDateTime"] == ended["signInSessionsValidFromDateTime"]
    assert again["displayName"] == "Dana Day", "everything else of a user comes from the seed"
    second.emulator.stop()
    without = tenant_document(0, users=[])
    third = GraphCaller(launch({**without, "groups": []}, state=state), tenant_id(0))
    assert third.values("users") == []


def test_a_tenant_that_left_the_seed_stays_in_the_state(launch: Launch, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    first = GraphCaller(launch(tenant_document(0), tenant_document(1), state=state), tenant_id(1))
    assert first.post(LOCATIONS, ip_location()).status_code == 201
    first.emulator.stop()
    second = GraphCaller(launch(tenant_document(0), state=state), tenant_id(0))
    assert second.post(LOCATIONS, ip_location()).status_code == 201
    second.emulator.stop()
    third = GraphCaller(launch(tenant_document(0), tenant_document(1), state=state), tenant_id(1))
    assert len(third.values(LOCATIONS)) == 1


def test_reads_and_refusals_leave_the_state_alone(launch: Launch, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    graph = GraphCaller(launch(state=state), tenant_id(0))
    graph.values(POLICIES)
    assert graph.post(POLICIES, {}).status_code == 400
    assert not state.exists()


def test_ids_are_stable_over_restarts(tmp_path: Path) -> None:
    path = tmp_path / "tenants.yml"
    path.write_text(yaml.safe_dump({"tenants": [tenant_document(0), tenant_document(1)]}))
    first, second = (read_seed(path).tenants for _round in range(2))
    for name, tenant in first.items():
        assert {kind: list(items) for kind, items in tenant.objects.items()} == {
            kind: list(items) for kind, items in second[name].objects.items()
        }
    assert not set(first[tenant_id(0)].objects["users"]) & set(first[tenant_id(1)].objects["users"])


def test_a_line_a_request_and_no_secret(launch: Launch) -> None:
    emulator = launch()
    graph = GraphCaller(emulator, tenant_id(0))
    requests.get(f"{emulator.url}/v1.0/users", verify=emulator.ca_file, timeout=TIMEOUT)
    (line,) = emulator.requests()
    assert (line["status"], line["tenant"]) == (401, None)
    emulator.clear()
    assert graph.token_answer(client_secret="a-wrong-secret").status_code == 401
    assert graph.get("users?$filter=displayName eq 'x'", headers={"client-request-id": "mine"}).status_code == 200
    graph.post("$batch", {"requests": [{"id": "1", "method": "GET", "url": "/users"}]})
    lines = emulator.requests()
    assert [(one["method"], one["path"], one["status"]) for one in lines] == [
        ("POST", f"/{tenant_id(0)}/oauth2/v2.0/token", 401),
        ("POST", f"/{tenant_id(0)}/oauth2/v2.0/token", 200),
        ("GET", "/v1.0/users?$filter=displayName%20eq%20'x'", 200),
        ("GET", "/v1.0/users", 200),
        ("POST", "/v1.0/$batch", 200),
    ]
    assert {one["tenant"] for one in lines} == {tenant_id(0)}
    assert lines[2]["client-request-id"] == "mine"
    assert all(one["duration_ms"] >= 0 and one["time"].endswith("Z") for one in lines)
    everything = "".join(path.read_text() for path in Path(emulator.ca_file).parent.glob("requests.jsonl"))
    for secret in (SECRET, "a-wrong-secret", graph.token, graph.token.split(".")[2], "Bearer"):
        assert secret not in everything


def test_the_log_tells_connections_apart(launch: Launch) -> None:
    emulator = launch()
    graph = GraphCaller(emulator, tenant_id(0))
    assert graph.token
    emulator.clear()
    for _number in range(3):
        graph.get("users")
    assert len({one["connection"] for one in emulator.requests()}) == 1
    headers = {"Authorization": f"Bearer {graph.token}"}
    requests.get(f"{emulator.url}/v1.0/users", headers=headers, verify=emulator.ca_file, timeout=TIMEOUT)
    assert len({one["connection"] for one in emulator.requests()}) == 2
    emulator.clear()
    assert emulator.requests() == []
