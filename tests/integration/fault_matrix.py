# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault at every write of every playbook that writes, a tenant for each, many tenants in one run.

What must be so afterwards does not depend on the fault: the tenant is what was asked for, where the run says so, or what it was
before; nothing is there twice; and where a run failed, its message names the cause. What is promised is that each role is done or
undone as a whole. deploy and remove are two roles, part A and then part B, so that a tenant can also be left with the first done
and the second as it was, and with nothing else between; enforce and import are one.

What is wrong with a server as a whole, its clock or its certificate, strikes at all writes at once, and is met by a tenant alone.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import typing as t

import yaml
from fleet import MFA, Fleet
from practice import Tenant, tenant_seed

from graph_emulator.launch import RunningEmulator

WRITE = ["POST", "PATCH", "DELETE"]
# What the first look of a deploy asks for, in one batch.
LOOKED_UP = "^/(users|groups|servicePrincipals|policies|identity)"
OBJECTS = "^/identity/conditionalAccess/(policies|namedLocations)"


# What there is of each part of a tenant.
State = dict[str, list[t.Any]]


@dataclasses.dataclass(frozen=True)
class Fault:
    """What the server does at one write, and what must come of it.

    ``survived`` is whether the run gets over it, as it always does at a write that begins with ``passes``; ``says`` is what the
    message must have where it does not. ``only`` is what the writes begin with that it can strike. ``with_it`` are further rules,
    as for the login. ``of_batch`` is for a fault of what is looked up ahead of the writes: it strikes at that part of the first
    batch, with which only deploy begins.
    """

    effect: dict[str, t.Any]
    survived: bool = True
    says: str = ""
    only: str = ""
    passes: str = "nothing"
    with_it: tuple[dict[str, t.Any], ...] = ()
    of_batch: bool = False


FAULTS: dict[str, Fault] = {
    "429": Fault({"status": 429}),
    "429, in 1 s": Fault({"status": 429, "retry_after": 1}),
    "429, at a time": Fault({"status": 429, "retry_after": 1, "retry_after_date": True}),
    "429 in a batch": Fault({"status": 429, "retry_after": 1}, only="create", of_batch=True),
    "429 in a batch, in an hour": Fault(
        {"status": 429, "retry_after": 3600}, only="create", of_batch=True, survived=False, says="429"
    ),
    "429, in an hour": Fault({"status": 429, "retry_after": 3600}, survived=False, says="429"),
    "500": Fault({"status": 500}),
    "502": Fault({"status": 502}),
    "503": Fault({"status": 503}),
    "503, in 1 s": Fault({"status": 503, "retry_after": 1}),
    "504": Fault({"status": 504}),
    # A location can be refused its end right after its policy's, so that this is tried again.
    "400": Fault({"status": 400}, survived=False, says="400", passes="delete location"),
    "403": Fault({"status": 403}, survived=False, says="403"),
    "409": Fault({"status": 409}),
    "412": Fault({"status": 412}),
    "reset before": Fault({"reset": "before"}),
    "reset after": Fault({"reset": "after"}),
    "half an answer": Fault({"body": "truncated"}, only="create"),
    "no JSON": Fault({"body": "invalid_json"}, only="create"),
    "nothing": Fault({"body": "empty"}, only="create"),
    "a list": Fault({"body": "other"}, only="create"),
    "without an end": Fault({"body": "endless"}, only="create", survived=False, says="nothing of Graph's"),
    "slow": Fault({"delay_ms": 400}),
    "too slow": Fault({"delay_ms": 3500}),
    "lag": Fault({"lag_seconds": 2}),
    "lag of what is judged": Fault({"rule_lag_seconds": 2}),
    "not yet to be referred to": Fault({"unreferenceable_seconds": 2}, only="create location"),
    "token expired": Fault({"expire_tokens": True}),
    "token expired and login down": Fault(
        {"expire_tokens": True}, with_it=({"path": "/oauth2/v2.0/token$", "nth": [2, 3], "status": 503},)
    ),
    "redirect": Fault({"redirect": "https://elsewhere.example"}, survived=False, says="redirected"),
    "a twin before": Fault({"twin": "before"}, only="create"),
}


# What can be wrong with the server as a whole.
WORLDS: dict[str, Fault] = {
    "clock an hour ahead": Fault({"clock_skew_seconds": 3600}),
    "clock an hour behind": Fault({"clock_skew_seconds": -3600}),
    "certificate of an unknown authority": Fault(
        {"certificate": "unknown_authority"},
        survived=False,
        says="was not accepted: unable to get local issuer certificate",
    ),
}


@dataclasses.dataclass(frozen=True)
class Scenario:
    """A playbook, from where it starts, its writes in order, and which parts of the tenant each of its roles writes."""

    playbook: str
    deployed: bool
    writes: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    roles: tuple[str, ...] = ("AB",)

    def left(self, before: State, asked: State) -> list[State]:
        """The states in which a tenant may be left: with the first roles done, none to all of them."""
        states = [before]
        for parts in self.roles:
            states.append({**states[-1], **{part: asked[part] for part in parts}})
        return states


WAIVER = ("-e", yaml.safe_dump({"accept_risks": ["NO-EVIDENCE"]}, default_flow_style=True).strip())
TWO = ("A", "B")
SCENARIOS: dict[str, Scenario] = {
    "deploy": Scenario(
        "deploy", False, ("create location", "create location", "create policy", "create policy"), (), TWO
    ),
    "enforce": Scenario("enforce", True, ("update policy",), WAIVER),
    "remove": Scenario(
        "remove", True, ("delete policy", *("update location", "delete location") * 2, "delete policy"), (), TWO
    ),
    "import": Scenario("import", False, ("create location", "create policy", "create policy")),
}


class Cell(t.NamedTuple):
    """One fault at one write of one scenario."""

    scenario: str
    write: int
    fault: str

    @property
    def name(self) -> str:
        return f"{self.scenario}, write {self.write}, {self.fault}"


def cells() -> list[Cell]:
    """All of them."""
    return [
        Cell(name, number, fault)
        for name, scenario in SCENARIOS.items()
        for number, write in enumerate(scenario.writes, 1)
        for fault, about in FAULTS.items()
        if (not about.only or write.startswith(about.only)) and (not about.of_batch or name == "deploy")
    ]


VOLATILE = ("id", "createdDateTime", "modifiedDateTime", "deletedDateTime")


def state(tenant: Tenant) -> State:
    """What there is of part A and of part B, without what differs between two that are alike. Twins show as two entries."""

    locations, policies = tenant.locations(), tenant.policies()
    # Ids differ from tenant to tenant, and so does what is told by them.
    names = {one["id"]: one["displayName"] for one in [*locations, *policies]}
    names |= {one["id"]: one["userPrincipalName"].split("@")[0] for one in tenant.graph("GET", "/users")["value"]}
    names |= {one["appId"]: one["displayName"] for one in tenant.graph("GET", "/servicePrincipals")["value"]}
    names |= {one["id"]: one["displayName"] for one in tenant.graph("GET", "/groups")["value"]}

    def named(value: t.Any) -> t.Any:
        if isinstance(value, dict):
            return {key: named(inner) for key, inner in value.items() if key not in VOLATILE}
        if isinstance(value, list):
            return sorted((named(inner) for inner in value), key=str)
        for key, name in names.items() if isinstance(value, str) else ():
            value = value.replace(key, name)
        return value

    def of(entry: t.Any) -> tuple[str, str]:
        return entry["displayName"], json.dumps(named(entry), sort_keys=True)

    parts: State = {"A": [], "B": []}
    for entry in sorted(map(of, [*locations, *policies])):
        parts["B" if entry[0] == MFA else "A"].append(entry)
    return parts


IMPORTED = {
    "entra_named_locations": [
        {"display_name": "Partner", "ip_ranges": ["198.51.100.0/24"], "trusted": True},
    ],
    "entra_policies": [
        {
            "display_name": name,
            "enforcement": "report_only",
            "conditions": {
                "client_app_types": ["all"],
                "users": {"include_groups": ["Technicians"]},
                "applications": {"include_applications": ["All"]},
                "locations": {"include_locations": ["All"], "exclude_locations": ["Partner"]},
            },
            "grant_controls": {"operator": "OR", "built_in_controls": ["mfa"]},
        }
        for name in ("MFA elsewhere", "MFA there")
    ],
}


def verdicts(scenario_name: str, some: t.Sequence[Cell], folder: pathlib.Path) -> dict[str, str]:
    """Run all cells of one scenario at once; what is wrong with each, by its name; empty where it is as it must be."""
    scenario = SCENARIOS[scenario_name]
    folder.mkdir(parents=True)
    numbers = range(1, len(some) + 3)
    with RunningEmulator(
        {"tenants": [tenant_seed(number) for number in numbers]}, directory=folder / "server"
    ) as server:
        tenants = [Tenant(number, server, folder) for number in numbers]
        # The last two meet no fault: what was there before, and what was asked for.
        *struck, untouched, calm = tenants
        everyone = Fleet(folder, *tenants)
        if scenario.deployed:
            done = everyone.run("deploy", "-f", "20")
            assert done.returncode == 0, done.output
        file = folder / "written.yml"
        file.write_text(yaml.safe_dump(IMPORTED, sort_keys=False), encoding="utf-8")
        rules = [rule for cell, tenant in zip(some, struck, strict=True) for rule in _rules(cell, tenant)]
        server.set_faults({"seed": 1, "faults": rules})
        run_for = Fleet(folder, *struck, calm).set(entra_request_timeout=3, syncro_validation_soak_days=0)
        done = run_for.run(scenario.playbook, "-f", "40", "-e", f"import_file={file}", *scenario.arguments)
        struck_at = [
            (row["tenant"], row["fault"], bool(row.get("batch"))) for row in server.requests() if row.get("fault")
        ]
        server.set_faults({})
        before, asked = state(untouched), state(calm)
        assert before != asked, done.output
        return {
            cell.name: _wrong(cell, tenant, done, before, asked, struck_at)
            for cell, tenant in zip(some, struck, strict=True)
        }


def _rules(cell: Cell, tenant: Tenant) -> list[dict[str, t.Any]]:
    fault = FAULTS[cell.fault]
    rule = {
        "name": cell.fault,
        "tenant": tenant.id,
        "method": WRITE,
        "path": OBJECTS,
        "nth": [cell.write],
        **fault.effect,
    }
    if cell.fault in ("a twin before", "not yet to be referred to"):
        # They count only where something is made, or a location is.
        writes = SCENARIOS[cell.scenario].writes[: cell.write]
        rule["nth"] = [len([write for write in writes if write.startswith("create")])]
    if fault.of_batch:
        rule |= {"method": ["GET"], "path": LOOKED_UP}
    return [rule, *({**more, "tenant": tenant.id} for more in fault.with_it)]


def _wrong(
    cell: Cell, tenant: Tenant, done: t.Any, before: t.Any, asked: t.Any, struck_at: t.Sequence[tuple[str, str, bool]]
) -> str:
    """What is not as it must be with one tenant, in words."""
    fault = FAULTS[cell.fault]
    survived = fault.survived or SCENARIOS[cell.scenario].writes[cell.write - 1].startswith(fault.passes)
    message = _message(done, tenant)
    if (tenant.id, cell.fault, fault.of_batch) not in struck_at:
        return f"the fault did not strike: {message}"
    lefts = SCENARIOS[cell.scenario].left(before, asked)
    return _wrong_outcome(fault, survived, message, state(tenant), lefts)


def _message(done: t.Any, tenant: Tenant) -> str:
    """What the run says of a tenant that failed; empty where it did not."""
    own = [line for line in done.results if line["host"] == f"t{tenant.number}" and line["status"] == "failed"]
    failed = [line for line in own if not line["result"].get("_ansible_ignore_errors")]
    return "\n".join(f"{line['task']}: {line['result'].get('msg')}" for line in failed)


def _wrong_outcome(fault: Fault, survived: bool, message: str, now: State, lefts: t.Sequence[State]) -> str:
    failed = bool(message)
    if now not in lefts:
        return f"the tenant is neither what it was, nor what was asked for, nor between two roles: {now}\n{message}"
    if not failed and now != lefts[-1]:
        return f"the run says it is done, and it is not: {now}"
    if failed and survived:
        return f"the run did not get over it: {message}"
    if not failed and not survived:
        return "the run did not notice it"
    if failed and fault.says not in message:
        return f"the cause is not named: {message}"
    return ""


def verdict_of_world(scenario_name: str, world: str, folder: pathlib.Path) -> str:
    """What is wrong after a run on a server with which something is wrong as a whole; empty where all is as it must be."""
    scenario, fault = SCENARIOS[scenario_name], WORLDS[world]
    folder.mkdir(parents=True)
    with RunningEmulator({"tenants": [tenant_seed(1), tenant_seed(2)]}, directory=folder / "server") as server:
        struck, calm = (Tenant(number, server, folder) for number in (1, 2))
        if scenario.deployed:
            done = Fleet(folder, struck, calm).run("deploy")
            assert done.returncode == 0, done.output
        file = folder / "written.yml"
        file.write_text(yaml.safe_dump(IMPORTED, sort_keys=False), encoding="utf-8")
        arguments = (scenario.playbook, "-e", f"import_file={file}", *scenario.arguments)
        before = state(struck)
        done = Fleet(folder, calm).set(syncro_validation_soak_days=0).run(*arguments)
        assert done.returncode == 0, done.output
        server.set_faults(fault.effect)
        done = Fleet(folder, struck).set(syncro_validation_soak_days=0, entra_wait_timeout=20).run(*arguments)
        server.set_faults({})
        return _wrong_outcome(
            fault, fault.survived, _message(done, struck), state(struck), scenario.left(before, state(calm))
        )
