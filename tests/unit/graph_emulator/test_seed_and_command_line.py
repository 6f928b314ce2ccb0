# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The seed's mistakes, the command line, and starting and stopping."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from graph_calls import (
    LOCATIONS,
    POLICIES,
    STRENGTH,
    TERMS_OF_USE,
    GraphCaller,
    country_location,
    ip_location,
    policy,
    tenant_document,
    tenant_id,
)

import graph_emulator
from graph_emulator.command_line import main
from graph_emulator.launch import EmulatorFailed, RunningEmulator
from graph_emulator.seed import read_seed
from graph_emulator.yaml_file import InvalidFile

Launch = Callable[..., RunningEmulator]
PARENT = Path(graph_emulator.__file__).resolve().parent.parent
ORPHAN = "99999999-9999-4999-8999-999999999999"


def with_changes(**changes: Any) -> dict[str, Any]:
    return {"tenants": [{**tenant_document(0), **changes}]}


def user(**more: Any) -> dict[str, Any]:
    return {"upn": "x@t0.example", **more}


def client(**more: Any) -> dict[str, Any]:
    return {"client_id": ORPHAN, **more}


def sign_in(**more: Any) -> dict[str, Any]:
    return {"user": "dana@t0.example", "app": "Syncro SSO", "ip": "198.51.100.1", "at": "2026-11-01T08:00:00Z", **more}


WRONG: list[tuple[Any, str]] = [
    ([], "the file: a list is not a mapping"),
    ({}, "tenants: is missing"),
    ({"tenants": []}, "tenants: there is none"),
    ({"tenants": [{}]}, "tenants[0].id: is missing"),
    ({"tenant": []}, "tenant: is not known here; known: tenants"),
    (with_changes(colour="red"), "tenants[0].colour: is not known here"),
    (with_changes(id="7"), "tenants[0].id: '7' is not a GUID"),
    (with_changes(licences="AAD_PREMIUM"), "tenants[0].licences: 'AAD_PREMIUM' is not a list"),
    (with_changes(security_defaults="off"), "tenants[0].security_defaults: 'off' is not true or false"),
    (with_changes(users=[{}]), "tenants[0].users[0].upn: is missing"),
    (with_changes(users=[user(upn="nobody")]), "tenants[0].users[0].upn: 'nobody' has no @"),
    (with_changes(users=[user(roles=["King"])]), "tenants[0].users[0].roles[0]: 'King' is not one of"),
    (with_changes(users=[user(password="x")]), "tenants[0].users[0].password: is not known here"),
    (with_changes(users=[user(), user()]), "tenants[0].users[1]: another one has the same name or the id"),
    (with_changes(groups=[{"name": "G", "members": ["who"]}]), "tenants[0].groups[0].members[0]: there is no user"),
    (with_changes(groups=[{"name": "G"}, {"name": "G"}]), "tenants[0].groups[1]: another one has the same name"),
    (with_changes(applications=[{"name": "A", "app_id": "7"}]), "tenants[0].applications[0].app_id: '7' is not a GUID"),
    (with_changes(applications=[{"name": "A"}, {"name": "A"}]), "tenants[0].applications[1]: another application"),
    (with_changes(clients=[{}]), "tenants[0].clients[0].client_id: is missing"),
    (with_changes(clients=[client(), client()]), "tenants[0].clients[1].client_id: another client"),
    (with_changes(clients=[client(certificate="none.pem")]), "tenants[0].clients[0].certificate: "),
    (
        with_changes(clients=[client(secret_expires="soon")]),
        "tenants[0].clients[0].secret_expires: 'soon' is not a date",
    ),
    (with_changes(clients=[client(federated={"issuer": "i"})]), "tenants[0].clients[0].federated.subject: is missing"),
    (
        with_changes(clients=[client(federated={"issuer": "i", "subject": "s", "key": "none.pem"})]),
        "tenants[0].clients[0].federated.key: no public key",
    ),
    (with_changes(named_locations=["x"]), "tenants[0].named_locations[0]: is not a mapping"),
    (with_changes(named_locations=[{"displayName": "x"}]), "tenants[0].named_locations[0]: A type named ''"),
    (
        with_changes(named_locations=[ip_location("x", "0.0.0.0/0")]),
        "tenants[0].named_locations[0]: Invalid IP address range",
    ),
    (with_changes(policies=[policy(colour="red")]), "tenants[0].policies[0]: conditionalAccessPolicy has no property"),
    (with_changes(policies=[policy(grantControls=None)]), "tenants[0].policies[0]: Either grant controls"),
    (
        with_changes(
            policies=[policy(conditions={**policy()["conditions"], "users": {"includeUsers": ["who@t0.example"]}})]
        ),
        "tenants[0].policies[0].conditions.users.includeUsers[0]: nothing here is called 'who@t0.example'",
    ),
    (
        with_changes(delegated_admin_relationships=[{"name": "R"}]),
        "tenants[0].delegated_admin_relationships[0].customer: is missing",
    ),
    (
        with_changes(delegated_admin_relationships=[{"name": "R", "customer": "absent.example"}]),
        "tenants[0].delegated_admin_relationships[0].customer: there is no tenant 'absent.example'",
    ),
    (
        with_changes(delegated_admin_relationships=[{"name": "R", "status": "created", "ends": "soon"}]),
        "tenants[0].delegated_admin_relationships[0].ends: 'soon' is not a date and time",
    ),
    (
        with_changes(delegated_admin_relationships=[{"name": "R", "status": "created", "ends": "2026-06-31"}]),
        "tenants[0].delegated_admin_relationships[0].ends: '2026-06-31' is not a moment",
    ),
    (
        with_changes(
            delegated_admin_relationships=[
                {"name": "R", "status": "created", "assignments": [{"group": "Kings", "roles": []}]}
            ]
        ),
        "tenants[0].delegated_admin_relationships[0].assignments: there is no group 'Kings' in the tenant",
    ),
    (
        with_changes(delegated_admin_relationships=[{"name": "R", "status": "created"}] * 2),
        "tenants[0].delegated_admin_relationships[1]: another one has the same name",
    ),
    (with_changes(terms_of_use=[{}]), "tenants[0].terms_of_use[0].name: is missing"),
    (with_changes(terms_of_use=[{"name": "T"}, {"name": "t"}]), "tenants[0].terms_of_use[1]: another one has"),
    (
        with_changes(authentication_contexts=[{"id": "c100", "name": "x"}]),
        "tenants[0].authentication_contexts[0].id: 'c100' is not one of c1 to c99",
    ),
    (
        with_changes(authentication_contexts=[{"id": "c7", "name": "x"}, {"id": "c7", "name": "y"}]),
        "tenants[0].authentication_contexts[1]: another one has the same name or the id c7",
    ),
    (
        with_changes(authentication_strengths=[{"name": "x", "combinations": ["fido2", "password,smile"]}]),
        "tenants[0].authentication_strengths[0].combinations[1]: 'smile' is not a word of authenticationMethodModes",
    ),
    (
        with_changes(authentication_strengths=[{"name": "x", "combinations": []}]),
        "tenants[0].authentication_strengths[0].combinations: there is none",
    ),
    (
        with_changes(policies=[policy(grantControls={"operator": "OR", "termsOfUse": ["None such"]})]),
        "tenants[0].policies[0].grantControls.termsOfUse[0]: nothing here is called 'None such'",
    ),
    (
        with_changes(policies=[policy(from_a_newer_graph="yes")]),
        "tenants[0].policies[0].from_a_newer_graph: 'yes' is not true or false",
    ),
    (
        with_changes(policies=[policy(from_a_newer_graph=True, state=7)]),
        "tenants[0].policies[0]: state: not one of the words of conditionalAccessPolicyState",
    ),
    (
        with_changes(policies=[policy(as_found=1)]),
        "tenants[0].policies[0].as_found: 1 is not true or false",
    ),
    (
        with_changes(policies=[policy(as_found=True, conditions=None)]),
        "tenants[0].policies[0]: conditions: null is not allowed here",
    ),
    (
        with_changes(policies=[policy(as_found=True, hue="red")]),
        "tenants[0].policies[0]: conditionalAccessPolicy has no property 'hue'",
    ),
    (with_changes(more_domains=["T0.example"]), "tenants[0].more_domains: its domain t0.example is there twice"),
    ({**with_changes(), "known_tenants": [{"id": ORPHAN}]}, "known_tenants[0].name: is missing"),
    (
        {**with_changes(), "known_tenants": [{"id": ORPHAN, "name": "x", "domain": "t0.example"}]},
        "known_tenants[0]: another tenant has t0.example too",
    ),
    (with_changes(sign_ins=[{"user": "x"}]), "tenants[0].sign_ins[0].app: is missing"),
    (with_changes(sign_ins=[sign_in(user="who")]), "tenants[0].sign_ins[0].user: there is no user 'who'"),
    (with_changes(sign_ins=[sign_in(app="what")]), "tenants[0].sign_ins[0].app: there is no application 'what'"),
    (with_changes(sign_ins=[sign_in(ip="office")]), "tenants[0].sign_ins[0].ip: 'office' is not an IP address"),
    (with_changes(sign_ins=[sign_in(verdicts={"P": "success"})]), "sign_ins[0].verdicts: there is no policy 'P'"),
    (with_changes(sign_ins=[sign_in(at="soon")]), "sign_ins[0].at: 'soon' is not a date and time, or how long ago"),
    (with_changes(sign_ins=[sign_in(at="2026-02-30")]), "tenants[0].sign_ins[0].at: '2026-02-30' is no date"),
    (with_changes(sign_ins=[sign_in(id=ORPHAN), sign_in(id=ORPHAN)]), "tenants[0].sign_ins[1]: another one has the id"),
    (with_changes(sign_ins=[sign_in(verdicts=7)]), "sign_ins[0].verdicts: is not a mapping of policy to result"),
    (
        with_changes(policies=[policy()], sign_ins=[sign_in(verdicts={"Block Syncro": "fine"})]),
        "sign_ins[0].verdicts.Block Syncro: 'fine' is none of success, failure",
    ),
    (with_changes(simulated_sign_ins={}), "tenants[0].simulated_sign_ins.people: is missing"),
    (
        with_changes(simulated_sign_ins={"people": [{"user": "who", "app": "x", "times": 1, "places": [{"ip": "y"}]}]}),
        "tenants[0].simulated_sign_ins.people[0].places[0].ip: 'y' is not an IP address",
    ),
    (with_changes(users=[user(home_tenant="partner")]), "tenants[0].users[0].home_tenant: 'partner' is not a GUID"),
    ({"tenants": [tenant_document(0), tenant_document(0)]}, "tenants[1].id: another tenant has"),
]


@pytest.mark.parametrize(("document", "problem"), WRONG, ids=[row[1][:50] for row in WRONG])
def test_mistakes_in_a_seed(tmp_path: Path, document: Any, problem: str) -> None:
    path = tmp_path / "tenants.yml"
    path.write_text(yaml.safe_dump(document))
    with pytest.raises(InvalidFile) as refusal:
        read_seed(path)
    assert problem in str(refusal.value)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "tenants.yml"
    path.write_text(yaml.safe_dump({"tenants": [{"id": "x", "name": 7}], "colour": "red"}))
    with pytest.raises(InvalidFile) as refusal:
        read_seed(path)
    assert str(refusal.value).count("\n  - ") == 4


def test_a_seed_names_what_a_policy_refers_to(launch: Launch) -> None:
    conditions = {
        "clientAppTypes": ["all"],
        "users": {
            "includeUsers": ["All"],
            "excludeUsers": ["breakglass@t0.example", ORPHAN],
            "excludeGroups": ["Technicians"],
            "excludeRoles": ["Global Administrator"],
        },
        "applications": {"includeApplications": ["Syncro SSO"]},
        "locations": {"includeLocations": ["All"], "excludeLocations": ["Office", "AllTrusted"]},
    }
    step_up = {
        "clientAppTypes": ["all"],
        "users": {"includeUsers": ["All"]},
        "applications": {"includeAuthenticationContextClassReferences": ["sensitive", "c50"]},
    }
    asked = {"operator": "AND", "termsOfUse": ["Guests' terms"], "authenticationStrength": {"id": "key or pass"}}
    document = tenant_document(
        0,
        named_locations=[ip_location("Office"), country_location("Home", id=ORPHAN)],
        policies=[
            policy(conditions=conditions, createdDateTime="2020-01-01T00:00:00Z"),
            policy("Step up", conditions=step_up, grantControls=asked),
        ],
    )
    graph = GraphCaller(launch(document), tenant_id(0))
    office, home = graph.values(LOCATIONS)
    assert home["id"] == ORPHAN
    found, stepped = graph.values(POLICIES)
    apps, grant = stepped["conditions"]["applications"], stepped["grantControls"]
    assert apps["includeAuthenticationContextClassReferences"] == ["c1", "c50"]
    assert (grant["termsOfUse"], grant["authenticationStrength"]["id"]) == ([TERMS_OF_USE], STRENGTH)
    assert found["createdDateTime"] == "2020-01-01T00:00:00Z"
    assert found["conditions"]["locations"]["excludeLocations"] == [office["id"], "AllTrusted"]
    assert found["conditions"]["users"]["excludeUsers"] == [graph.user_id("breakglass"), ORPHAN]
    answer = graph.patch(f"{POLICIES}/{found['id']}", {"state": "disabled"})
    assert answer.status_code == 204  # what a change does not touch is not looked up again


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--ca-file", "ca.pem"], "--seed"),
        (["--seed", "good.yml"], "--ca-file"),
        (
            ["--seed", "none.yml", "--ca-file", "ca.pem"],
            "none.yml cannot be used:\n  - it cannot be read: No such file",
        ),
        (["--seed", "bad.yml", "--ca-file", "ca.pem"], "bad.yml cannot be used:\n  - it is not YAML"),
        (["--seed", "good.yml", "--ca-file", "no/such/folder/ca.pem", "--port", "0"], "No such file or directory"),
        (["--seed", "good.yml", "--ca-file", "ca.pem", "--port", "seven"], "'seven' is not a port"),
        (["--seed", "good.yml", "--ca-file", "ca.pem", "--port", "70000"], "'70000' is not a port"),
        (["--seed", "good.yml", "--ca-file", "ca.pem", "--latency-ms", "x"], "'x' is not a number of milliseconds"),
        (["--seed", "good.yml", "--ca-file", "ca.pem", "--state", "bad.yml"], "not a state file of this emulator"),
        (["--seed", "good.yml", "--ca-file", "ca.pem", "--faults", "good.yml"], "tenants: is not known here"),
        (["--seed", "good.yml", "--ca-file", "ca.pem", "--frobnicate"], "--frobnicate"),
    ],
)
def test_wrong_command_lines(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.yml").write_text(yaml.safe_dump({"tenants": [tenant_document()]}))
    Path("bad.yml").write_text("tenants: [")
    try:
        status: Any = main(arguments)
    except SystemExit as done:  # argparse ends so
        status = done.code
    printed = capsys.readouterr()
    assert (status, printed.out) == (2, "")
    assert message in printed.err


def test_a_wrong_start_has_no_traceback_and_a_port_in_use_is_said(tmp_path: Path, launch: Launch) -> None:
    port = launch().url.rpartition(":")[2]
    (tmp_path / "good.yml").write_text(yaml.safe_dump({"tenants": [tenant_document()]}))
    command = [sys.executable, "-m", "graph_emulator", "--seed", "good.yml", "--ca-file", "ca.pem", "--port", port]
    environment = {**os.environ, "PYTHONPATH": str(PARENT)}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"graph_emulator: port {port} cannot be used: Address already in use. Name another")
    assert not (tmp_path / "ca.pem").exists(), "clients of the server that has the port trust the file as it is"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(launch: Launch, number: signal.Signals) -> None:
    emulator = launch()
    graph = GraphCaller(emulator, tenant_id(0))
    assert graph.get("users").status_code == 200  # leaves a connection open
    started = time.monotonic()
    os.kill(emulator.pid, number)
    assert emulator._process.wait(10) == 0
    assert time.monotonic() - started < 1.5
    assert emulator._errors.read_text() == ""


def test_it_starts_fast_and_answers_fast(launch: Launch) -> None:
    started = time.monotonic()
    emulator = launch()
    assert time.monotonic() - started < 4  # aimed at: one second, on a machine with nothing else to do
    graph = GraphCaller(emulator, tenant_id(0))
    for _number in range(50):
        graph.get(POLICIES)
    times = sorted(one["duration_ms"] for one in emulator.requests() if one["path"].endswith("policies"))
    assert times[len(times) // 2] < 2


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_certificate_is_for_this_machine_only(launch: Launch, host: str) -> None:
    emulator = launch()
    port = int(emulator.url.rpartition(":")[2])
    context = ssl.create_default_context(cafile=emulator.ca_file)
    with socket.create_connection((host, port)) as plain, context.wrap_socket(plain, server_hostname=host) as secure:
        assert ("DNS", "localhost") in secure.getpeercert()["subjectAltName"]


def test_a_launch_that_fails_says_why(launch: Launch) -> None:
    with pytest.raises(EmulatorFailed, match=r"tenants\[0\]\.colour: is not known here"):
        launch(tenant_document(0, colour="red"))
