# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What deploy and audit cost over many tenants with nothing to change, beside the same plays with tasks that do nothing.

    python tests/benchmarks/many_tenants.py [TENANTS ...]        # 1 10 100 500, where nothing is said

Nothing here passes or fails; a number that misses its aim is marked, and the table says by how much.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import sys
import tempfile
import typing as t

import copies
import yaml
from measure import Measured, cpu_of, measured

from graph_emulator.launch import RunningEmulator

HERE = pathlib.Path(__file__).parent
SECRET = "practice-secret"  # of tenants that exist for the length of this run
PERMISSIONS = [
    "Policy.Read.All",
    "Policy.ReadWrite.ConditionalAccess",
    "Application.Read.All",
    "User.Read.All",
    "AuditLog.Read.All",
    "LicenseAssignment.Read.All",
    "RoleManagement.Read.Directory",
]
PLAYS = (("msp.entra.deploy",), ("msp.entra.audit",))
FEW = 20  # enough tenants for a ratio where one takes long


def tenant_id(number: int) -> str:
    return f"{number:08d}-1111-4111-8111-111111111111"


def seed(number: int) -> dict[str, t.Any]:
    domain = f"bench{number}.example"
    return {
        "id": tenant_id(number),
        "name": f"Bench {number}",
        "domain": domain,
        "licences": ["AAD_PREMIUM"],
        "security_defaults": False,
        "users": [
            {"upn": f"breakglass@{domain}", "enabled": True, "roles": ["Global Administrator"], "mfa_registered": True},
            {"upn": f"dana@{domain}", "enabled": True, "mfa_registered": True},
            {"upn": f"syncro-svc@{domain}", "enabled": True, "mfa_registered": True},
        ],
        "applications": [{"name": "Syncro SSO"}],
        "clients": [
            {"client_id": f"{number:08d}-2222-4222-8222-222222222222", "secret": SECRET, "permissions": PERMISSIONS}
        ],
        "sign_ins": [{"user": f"dana@{domain}", "app": "Syncro SSO", "ip": "198.51.100.10", "at": "-2h", "mfa": True}],
    }


@dataclasses.dataclass
class Cost:
    """What a number of plays cost together; requests are those of Graph and the login, a batch as one."""

    tenants: int
    wall: float = 0.0
    cpu: float = 0.0
    memory: float = 0.0
    server: float = 0.0
    requests: int = 0
    # As the output shows them; a task is one for all its tenants.
    tasks: int = 0

    def add(self, run: Measured) -> None:
        self.wall += run.wall
        self.cpu += run.cpu
        self.memory = max(self.memory, run.memory)
        self.tasks += run.output.count("\nTASK [")

    def each(self, what: float) -> float:
        return what / self.tenants


class Fleet:
    """Tenants on one practice server that are as they are to be, and runs of the collection over them."""

    def __init__(self, folder: pathlib.Path, tenants: int, latency_ms: float = 0):
        self.tenants = tenants
        self._home = folder
        self._server = RunningEmulator(
            {"tenants": [seed(number) for number in range(1, tenants + 1)]},
            directory=folder / "server",
            latency_ms=latency_ms,
        )
        self._results = folder / "results.json"
        self.run("msp.entra.deploy", forks=25)
        # What the tasks of both plays return where there is nothing to change.
        for play in PLAYS:
            self.run(*play, forks=25, callbacks="first_results", FIRST_RESULTS_FILE=str(self._results))

    def __enter__(self) -> Fleet:
        return self

    def __exit__(self, *dummy: object) -> None:
        self._server.stop()

    @property
    def results(self) -> dict[str, t.Any]:
        return json.loads(self._results.read_text(encoding="utf-8"))

    def inventory(self, **more: t.Any) -> str:
        hosts = {f"t{number}": self._host(number) for number in range(1, self.tenants + 1)}
        path = self._home / "inventory.yml"
        group = {"hosts": hosts, "vars": {"ansible_connection": "local", **more}}
        path.write_text(yaml.safe_dump({"entra_tenants": group}), encoding="utf-8")
        return str(path)

    def _host(self, number: int) -> dict[str, t.Any]:
        return {
            "entra_tenant_id": tenant_id(number),
            "entra_client_id": f"{number:08d}-2222-4222-8222-222222222222",
            "entra_client_secret": SECRET,
            "entra_login_url": self._server.url,
            "entra_graph_url": self._server.url,
            "entra_ca_path": str(self._server.ca_file),
            "syncro_application": "Syncro SSO",
            "syncro_sites": [{"name": "Office", "cidrs": ["198.51.100.10/32"]}],
            "syncro_break_glass_accounts": [f"breakglass@bench{number}.example"],
            "syncro_service_account": f"syncro-svc@bench{number}.example",
            "syncro_single_sign_on_only": True,
            "audit_stop_at": [],
            "fleet_report_path": str(self._home / "reports"),
        }

    def run(self, *arguments: str, forks: int, callbacks: str = "", **environment: str) -> Measured:
        """One ansible-playbook, which must succeed."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "AZURE_"))}
        own = {
            "HOME": str(self._home),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback"),
            **({"ANSIBLE_CALLBACKS_ENABLED": callbacks} if callbacks else {}),
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        }
        program = str(pathlib.Path(sys.executable).parent / "ansible-playbook")
        command = [program, *arguments, "-i", self.inventory(), "-f", str(forks)]
        done = measured(command, env={**kept, **own, **environment}, cwd=str(self._home))
        if done.returncode:
            sys.exit(f"{' '.join(arguments)} failed:\n{done.output[-4000:]}")
        return done

    def cost(self, *plays: t.Sequence[str], forks: int = 25, **environment: str) -> Cost:
        """What these plays cost with nothing to change."""
        cost, before = Cost(self.tenants), cpu_of(self._server.pid)
        self._server.clear()
        for play in plays or PLAYS:
            cost.add(self.run(*play, forks=forks, **environment))
        cost.server = cpu_of(self._server.pid) - before
        cost.requests = sum(not line.get("batch") for line in self._server.requests())
        return cost


def heading(text: str, columns: str) -> None:
    print(f"\n{text}\n{columns}", flush=True)


def row(name: str, cost: Cost, *more: str) -> None:
    figures = (
        f"{cost.wall:8.1f} {cost.each(cost.wall) * 1000:8.0f} {cost.each(cost.cpu) * 1000:8.0f} "
        f"{cost.each(cost.server) * 1000:8.0f} {cost.memory:8.0f} {cost.each(cost.requests):8.1f}"
    )
    print(f"{name:<28}{figures}  {'  '.join(more)}", flush=True)


COLUMNS = f"{'':<28}{'wall s':>8} {'ms/tnt':>8} {'cpu/tnt':>8} {'server':>8} {'peak MB':>8} {'requests':>8}"


def aim(value: float, limit: float, what: str, least: bool = False) -> str:
    met = value >= limit if least else value <= limit
    return f"{value:.2f} {what} (aim {'>=' if least else '<='} {limit:g}: {'met' if met else 'MISSED'})"


@contextlib.contextmanager
def fleet(tenants: int, latency_ms: float = 0) -> t.Iterator[tuple[Fleet, dict[str, str]]]:
    """A fleet, and the environment in which its plays do nothing."""
    with (
        tempfile.TemporaryDirectory(prefix="msp-entra-fleet-") as folder,
        Fleet(pathlib.Path(folder), tenants, latency_ms) as made,
    ):
        yield made, copies.floor(pathlib.Path(folder) / "floor", made.results)


def sizes(numbers: t.Sequence[int]) -> None:
    """Deploy and audit with nothing to change against the floor, over more and more tenants."""
    heading("Deploy and audit, nothing to change, 25 forks (ms of wall, processor and server a tenant)", COLUMNS)
    cpu: dict[int, float] = {}
    floors: dict[int, float] = {}
    for number in numbers:
        with fleet(number) as (made, nothing):
            floor, real = made.cost(**nothing), made.cost()
        cpu[number], floors[number] = real.each(real.cpu), floor.each(floor.cpu)
        row(f"{number} tenants, the floor", floor)
        told = (
            [aim(real.wall / floor.wall, 2.0, "x the floor")]
            if number == 100
            else [f"{real.wall / floor.wall:.2f} x the floor"]
        )
        if number == max(numbers) and number > 100 and 100 in cpu:
            told.append(aim(abs(cpu[number] / cpu[100] - 1), 0.1, "apart from 100 tenants in processor time a tenant"))
            # Ansible forks a process a task and a tenant, and that grows with the inventory.
            told.append(f"(the floor itself: {abs(floors[number] / floors[100] - 1):.2f})")
        told.append(aim(real.memory, 150 + 60 * 25, "MB"))
        row(f"{number} tenants", real, *told)


def forms_and_forks(number: int) -> None:
    """The same at other numbers of forks, and readiness with both parts alone."""
    heading(f"{number} tenants, by forks", COLUMNS)
    with fleet(number) as (made, nothing):
        for forks in (5, 25, 50):
            real = made.cost(forks=forks)
            row(f"{forks} forks", real, aim(real.memory, 150 + 60 * forks, "MB"))
        parts = made.cost(("msp.entra.audit", "--tags", "readiness,part_a,part_b"))
        row("readiness, A and B", parts, aim(parts.each(parts.cpu), 0.15, "s of processor a tenant"))
        floor = made.cost(("msp.entra.audit", "--tags", "readiness,part_a,part_b"), **nothing)
        row("… the floor", floor)
        whole, least, tasks = parts.each(parts.cpu), floor.each(floor.cpu), floor.tasks
        print(
            f"{'… where it goes':<28}{least:.2f} s of {whole:.2f} are Ansible's own for {tasks} tasks that do nothing, "
            f"{least / tasks * 1000:.0f} ms a task and tenant; {whole - least:.2f} s are ours"
        )


def ordinary_modules() -> None:
    """The same work in ordinary modules."""
    heading(f"{FEW} tenants, action plugins against ordinary modules", COLUMNS)
    with fleet(FEW) as (made, dummy), tempfile.TemporaryDirectory(prefix="msp-entra-ordinary-") as folder:
        real, other = made.cost(), made.cost(**copies.ordinary(pathlib.Path(folder)))
        row("action plugins", real)
        row(
            "ordinary modules",
            other,
            aim(other.cpu / real.cpu, 8, "x the processor time", least=True),
            aim(other.wall / real.wall, 8, "x the wall", least=True),
        )


def latencies(number: int) -> None:
    """The same with a server that is far away, against what cannot be had for less."""
    heading(f"{number} tenants, 25 forks, by the latency of Graph", COLUMNS)
    floor = None
    for latency in (0, 100, 300):
        with fleet(number, latency) as (made, nothing):
            floor = floor or made.cost(**nothing)
            real = made.cost()
        least = latency / 1000 * real.each(real.requests) * number / 25 + floor.wall
        told = f"{real.wall / least:.2f} x the bound of {least:.1f} s"
        row(
            f"{latency} ms",
            real,
            aim(real.wall / least, 1.3, f"x the bound of {least:.1f} s") if latency == 100 else told,
        )


def main() -> None:
    """Measure and print."""
    numbers = [int(number) for number in sys.argv[1:]] or [1, 10, 100, 500]
    sizes(numbers)
    many = min(100, max(numbers))
    forms_and_forks(many)
    ordinary_modules()
    latencies(many)


if __name__ == "__main__":
    main()
