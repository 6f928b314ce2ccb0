# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of one file in the same runs of ansible-playbook, a practice tenant each.

Most of what a run costs is its start, and one run can have many tenants. A test that uses the fixture ``together`` is written as
if it were alone: with ``fleet``, ``tenant``, ``neighbour`` or ``company``. All such tests of a file are begun one after another,
each up to where it wants a run; those that want the same one get it at once, and go on with what was theirs of it: results,
return code, what was told of their hosts, the requests to their tenants. Which test failed, and where, is kept until its turn.
"""

from __future__ import annotations

import collections
import dataclasses
import itertools
import pathlib
import queue
import re
import threading
import typing as t

import ansible_run
import yaml
from company import Company, company_seed
from fleet import Fleet
from practice import Tenant, tenant_seed

from graph_emulator.launch import RunningEmulator

# Tenants that Ansible works on at once: some wait while others work.
FORKS = 10
# The task that has those of the tests come in.
READS_THEM = "Those of the tenant"
# How what Ansible warns of begins.
WARNS = ("[WARNING]", "[DEPRECATION")


@dataclasses.dataclass
class Wanted:
    """A run that a test waits for: of this playbook, on these hosts."""

    playbook: str
    arguments: tuple[str, ...]
    environment: dict[str, str]
    hosts: dict[str, dict[str, t.Any]]

    @property
    def sort(self) -> t.Hashable:
        """What has to be the same for two of them to be one run."""
        return self.playbook, self.arguments, tuple(sorted(self.environment.items()))


@dataclasses.dataclass
class _Practice:
    """What the marker ``practice`` asks for."""

    # How many there are in the test's fleet; a neighbour is the second.
    tenants: int = 1
    # Of the tenant's seed, in place of the usual.
    seed: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    # Of the client that may write.
    permissions: list[str] | None = None
    # Of the seed too; "{domain}" in them is the tenant's.
    sign_ins: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    policies: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    # What happens to requests to the tenant, from the first run on.
    faults: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    # Of the inventory; those of a company before it deploys.
    variables: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    # Changes the seed further. It is called with that, with a folder that is the same for all tests of the file, and with the
    # tenant's place in the test's fleet.
    changes: t.Callable[[dict[str, t.Any], pathlib.Path, int], None] | None = None


class Case:
    """One test: its tenants, and the thread it runs in while no other does."""

    def __init__(self, item: t.Any, numbers: t.Iterator[int]) -> None:
        self.item = item
        marks = reversed([*item.iter_markers("practice")])
        self.practice = _Practice(**{name: value for mark in marks for name, value in mark.kwargs.items()})
        tenants = max(self.practice.tenants, 1 + ("neighbour" in item.fixturenames))
        self.numbers = [*itertools.islice(numbers, tenants)]
        self.failure: BaseException | None = None
        self.wanted: Wanted | None = None
        self.log: list[dict[str, t.Any]] = []
        self._asked: queue.SimpleQueue[Wanted | None] = queue.SimpleQueue()
        self._answered: queue.SimpleQueue[t.Any] = queue.SimpleQueue()

    def begin(self, arguments: t.Callable[[Case], dict[str, t.Any]]) -> None:
        """Run the test up to the first run that it wants."""
        threading.Thread(target=self._body, args=(arguments,), name=self.item.name, daemon=True).start()
        self.wanted = self._asked.get()

    def go_on(self, answer: t.Any) -> None:
        """Run it up to the next one, or to its end, where it wants none."""
        self._answered.put(answer)
        self.wanted = self._asked.get()

    def ask(self, wanted: Wanted) -> ansible_run.Run:
        """In the test's own thread: what was its own of a run."""
        self._asked.put(wanted)
        answer = self._answered.get()
        if isinstance(answer, BaseException):
            raise answer
        return t.cast(ansible_run.Run, answer)

    def _body(self, arguments: t.Callable[[Case], dict[str, t.Any]]) -> None:
        try:
            self.item.obj(**arguments(self))
        except BaseException as failure:  # told when it is the test's turn
            self.failure = failure
        self._asked.put(None)


class TenantTogether(Tenant):
    """A tenant whose runs are shared."""

    def __init__(self, number: int, emulator: RunningEmulator, home: pathlib.Path, case: Case) -> None:
        super().__init__(number, emulator, home)
        self.case = case

    def tasks(self, *tasks, arguments=(), reader=False, given=None, keep_going=False, **environment):
        file = self.home / f"t{self.number}.tasks.yml"
        file.write_text(yaml.safe_dump(ansible_run.named(tasks, keep_going), sort_keys=False), encoding="utf-8")
        host = {
            "of_the_tenant": given or self.defaults(reader),
            "tasks_of_the_test": str(file),
            # As localhost has them without being in the inventory.
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        }
        playbook = str(self.home / "tasks.yml")
        done = self.case.ask(Wanted(playbook, tuple(arguments), environment, {f"t{self.number}": host}))
        # That they were read is no result of theirs.
        results = [line for line in done.results if line["task"] != READS_THEM or line["status"] == "failed"]
        return dataclasses.replace(done, results=results)

    def log(self):
        return self.case.log


class FleetTogether(Fleet):
    """An inventory whose runs are shared."""

    def run(self, playbook, *arguments, **environment):
        return self.tenants[0].case.ask(Wanted(f"msp.entra.{playbook}", arguments, environment, self.hosts))


# A playbook of tasks that differ from tenant to tenant.
TASKS = {
    "name": "Tasks of tests",
    "hosts": "all",
    "gather_facts": False,
    "strategy": "ansible.builtin.free",
    "module_defaults": {"group/msp.entra.graph": "{{ of_the_tenant }}"},
    "tasks": [{"name": READS_THEM, "ansible.builtin.include_tasks": "{{ tasks_of_the_test }}"}],
}


def share_runs(items: t.Sequence[t.Any], home: pathlib.Path) -> dict[t.Any, Case]:
    """All of these tests, to their ends."""
    numbers = itertools.count(1)
    cases = {item: Case(item, numbers) for item in items}
    # The last one is nobody's: whatever should go nowhere may go there, and every test sees that it does.
    tenants = [_seed(case, place, home) for case in cases.values() for place in range(len(case.numbers))]
    seed = {"tenants": [*tenants, tenant_seed(0)]}
    (home / "tasks.yml").write_text(yaml.safe_dump([TASKS], sort_keys=False), encoding="utf-8")
    faults = [
        {**fault, "tenant": _tenant_id(number)}
        for case in cases.values()
        for fault in case.practice.faults
        for number in case.numbers
    ]
    with RunningEmulator(seed, directory=home / "server", faults={"faults": faults}) as server:
        for case in cases.values():
            case.begin(lambda case: _arguments(case, server, home))
        while any(case.wanted for case in cases.values()):
            sorts = collections.defaultdict(list)
            for case in cases.values():
                if case.wanted:
                    sorts[case.wanted.sort].append(case)
            # Where most wait: more of them may have come to the others by then.
            _run(max(sorts.values(), key=len), server, home)
    return cases


def _seed(case: Case, place: int, home: pathlib.Path) -> dict[str, t.Any]:
    number = case.numbers[place]
    seed = company_seed(number) if "company" in case.item.fixturenames else tenant_seed(number)
    if case.practice.permissions:
        seed["clients"][0]["permissions"] = case.practice.permissions
    more = {"sign_ins": case.practice.sign_ins, "policies": case.practice.policies, **case.practice.seed}
    seed |= in_domain(more, seed["domain"])
    if case.practice.changes:
        case.practice.changes(seed, home, place)
    return seed


def in_domain(value: t.Any, domain: str) -> t.Any:
    """The same with the domain wherever ``{domain}`` stands for it."""
    if isinstance(value, dict):
        return {name: in_domain(inner, domain) for name, inner in value.items()}
    if isinstance(value, list):
        return [in_domain(inner, domain) for inner in value]
    return value.replace("{domain}", domain) if isinstance(value, str) else value


def _arguments(case: Case, server: RunningEmulator, home: pathlib.Path) -> dict[str, t.Any]:
    """What the test asks for, of what it is called with."""
    tenants = [TenantTogether(number, server, home, case) for number in case.numbers]
    fleet = FleetTogether(home, *tenants).set(**case.practice.variables)
    callspec = getattr(case.item, "callspec", None)
    made = {
        "together": lambda: None,
        "tenant": lambda: tenants[0],
        "neighbour": lambda: tenants[1],
        "fleet": lambda: fleet,
        # As in the conftest.py of all tests, of this test and not of the first of them.
        "counted": lambda: lambda what, number: case.item.user_properties.append(("counted", (what, number))),
        "company": lambda: Company(fleet, **case.practice.variables),
        "tmp_path": lambda: _folder(home / f"of t{case.numbers[0]}"),
        **{name: lambda value=value: value for name, value in (callspec.params if callspec else {}).items()},
    }
    return {name: made[name]() for name in case.item._fixtureinfo.argnames}


def _folder(path: pathlib.Path) -> pathlib.Path:
    path.mkdir()
    return path


def _run(cases: t.Sequence[Case], server: RunningEmulator, home: pathlib.Path) -> None:
    """What all of these want."""
    wanted = [t.cast(Wanted, case.wanted) for case in cases]
    hosts = {name: host for one in wanted for name, host in one.hosts.items()}
    inventory = home / "inventory.yml"
    inventory.write_text(yaml.safe_dump({"entra_tenants": {"hosts": hosts}}, sort_keys=False), encoding="utf-8")
    server.clear()
    arguments = [wanted[0].playbook, "-i", str(inventory), "-f", str(FORKS), *wanted[0].arguments]
    try:
        assert len(hosts) == sum(len(one.hosts) for one in wanted), "each tenant is one host"
        done = ansible_run.run(home, *arguments, **wanted[0].environment)
    except Exception as failure:
        for case in cases:
            case.go_on(failure)
        return
    log = server.requests()
    for case in cases:
        theirs = {_tenant_id(number) for one in cases if one is not case for number in one.numbers}
        case.log = [row for row in log if row["tenant"] not in theirs]
    for case, one in zip(cases, wanted, strict=True):
        case.go_on(own_part(done, set(one.hosts)) if len(cases) > 1 else done)


def _tenant_id(number: int) -> str:
    return t.cast(str, tenant_seed(number)["id"])


def own_part(run: ansible_run.Run, hosts: set[str]) -> ansible_run.Run:
    """What a run is for some of its hosts, as if it had been theirs alone."""
    head, dummy, recap = run.output.rpartition("PLAY RECAP")
    lines = {line.split()[0]: line for line in recap.splitlines()[1:] if " : ok=" in line}
    if not hosts & set(lines):
        # It ended before it came to any of them.
        return run
    # What is done once is done for all of them.
    results = [line for line in run.results if line["once"] or line["host"] in hosts]
    bad = {name for name, line in lines.items() if re.search(r"(failed|unreachable)=[1-9]", line)}
    bad |= hosts if any(line["once"] and line["status"] == "failed" for line in results) else set()
    returncode = 2 if bad & {*hosts, "localhost"} else 0 if bad else run.returncode
    told = [*(text for line in results for text in _told(line)), *_of_nobody(head, run.results)]
    recap = "\n".join(line for name, line in lines.items() if name in hosts)
    output = "\n".join([*told, f"PLAY RECAP {'*' * 10}", recap])
    return dataclasses.replace(run, returncode=returncode, output=output, results=results)


def _told(line: dict[str, t.Any]) -> t.Iterator[str]:
    """What is on the screen of one result; of one that failed, all of it."""
    result = line["result"]
    yield f"TASK [{line['task']}]"
    yield from [line["diff"]] if line.get("diff") else []
    for one in [result, *(item for item in result.get("results") or [] if isinstance(item, dict))]:
        for sort, words in (("WARNING", one.get("warnings")), ("DEPRECATION WARNING", one.get("deprecations"))):
            yield from (f"[{sort}]: {word}" for word in words or [])
        if line["status"] in ("failed", "unreachable"):
            yield f"fatal: [{line['host']}]: {line['status'].upper()}!"
            yield from _strings({name: value for name, value in one.items() if name not in ("invocation", "exception")})
        else:
            yield from _strings(one.get("msg"))


def _strings(value: t.Any) -> t.Iterator[str]:
    if isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)
    elif isinstance(value, str):
        yield value


def _of_nobody(output: str, results: t.Sequence[dict[str, t.Any]]) -> t.Iterator[str]:
    """Warnings that are in no result: they are everybody's."""
    texts = {" ".join(text.split()) for line in results for text in _told(line) if text.startswith(WARNS)}
    for line in output.splitlines():
        if line.startswith(WARNS) and not any(text.startswith(" ".join(line.split())) for text in texts):
            yield line
