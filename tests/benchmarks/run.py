# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make bench`: what the collection costs, as times and ratios measured in this one run.

Nothing here passes or fails; a number that misses its aim is marked, and the table says by how much.
"""

from __future__ import annotations

import collections
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import typing as t

import yaml

from graph_emulator.launch import RunningEmulator

HERE = pathlib.Path(__file__).parent
TENANT = "11111111-1111-4111-8111-111111111111"
CLIENT = "22222222-2222-4222-8222-222222222222"
SECRET = "practice-secret"  # of a tenant that exists for the length of this run
ROUNDS = 15

SEED = {
    "tenants": [
        {
            "id": TENANT,
            "name": "Bench",
            "domain": "bench.example",
            "licences": ["AAD_PREMIUM"],
            "security_defaults": False,
            "users": [
                {"upn": "breakglass@bench.example", "enabled": True, "roles": ["Global Administrator"]},
                {"upn": "syncro-svc@bench.example", "enabled": True},
            ],
            "applications": [{"name": "Syncro SSO"}],
            "clients": [
                {
                    "client_id": CLIENT,
                    "secret": SECRET,
                    "permissions": [
                        "Policy.Read.All",
                        "Policy.ReadWrite.ConditionalAccess",
                        "Application.Read.All",
                        "User.Read.All",
                    ],
                }
            ],
        }
    ]
}


class Line(t.NamedTuple):
    """A row of the table: what was measured, the figure, and the aim if there is one."""

    what: str
    figure: str
    aim: str = ""
    met: bool = True


class Bench:
    """One emulator, one home, many runs of ansible-playbook."""

    def __init__(self, emulator: RunningEmulator, home: pathlib.Path):
        self.emulator = emulator
        self.home = home
        self.defaults = {
            "tenant_id": TENANT,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "login_url": emulator.url,
            "graph_url": emulator.url,
            "ca_path": str(emulator.ca_file),
        }

    def run(self, *arguments: str) -> tuple[float, list[dict[str, t.Any]]]:
        """Wall seconds of a whole ansible-playbook process, and when its tasks began."""
        times = self.home / "times.jsonl"
        times.unlink(missing_ok=True)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "AZURE_"))}
        own = {
            "HOME": str(self.home),
            "ANSIBLE_ACTION_PLUGINS": str(HERE / "action"),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "task_times",
            "TASK_TIMES_FILE": str(times),
        }
        started = time.monotonic()
        done = subprocess.run(
            [str(pathlib.Path(sys.executable).parent / "ansible-playbook"), *arguments],
            env={**kept, **own},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        wall = time.monotonic() - started
        if done.returncode:
            sys.exit(f"ansible-playbook failed:\n{done.stdout}{done.stderr}")
        return wall, [json.loads(line) for line in times.read_text(encoding="utf-8").splitlines()]

    def play(self, tasks: list[dict[str, t.Any]]) -> str:
        """A playbook of these tasks; returns its path."""
        path = self.home / "play.yml"
        play = {
            "name": "Bench",
            "hosts": "localhost",
            "gather_facts": False,
            "module_defaults": {"group/msp.entra.graph": self.defaults},
            "tasks": tasks,
        }
        path.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
        return str(path)

    def inventory(self) -> str:
        """An inventory of the one tenant with one site; returns its path."""
        path = self.home / "inventory.yml"
        host = {
            "ansible_connection": "local",
            **{f"entra_{name}": value for name, value in self.defaults.items()},
            "syncro_application": "Syncro SSO",
            "syncro_sites": [{"name": "Office", "cidrs": ["198.51.100.10/32", "2001:db8:1::/48"]}],
            "syncro_break_glass_accounts": ["breakglass@bench.example"],
            "syncro_service_account": "syncro-svc@bench.example",
        }
        path.write_text(yaml.safe_dump({"entra_tenants": {"hosts": {"bench": host}}}), encoding="utf-8")
        return str(path)


def deploys(bench: Bench) -> list[Line]:
    """The deploy playbook on an empty tenant, and again."""
    wall, dummy = bench.run("msp.entra.deploy", "-i", bench.inventory())
    bench.emulator.clear()
    again, dummy = bench.run("msp.entra.deploy", "-i", bench.inventory())
    sent = sum("/v1.0" in r["path"] and not r.get("batch") for r in bench.emulator.requests())
    return [
        Line("deploy from nothing (location, both policies), whole process", f"{wall:.2f} s", "< 4 s", wall < 4),
        Line("deploy again, nothing to change, whole process", f"{again:.2f} s"),
        Line("… Graph requests in it", str(sent)),
    ]


def loop_of_sites(bench: Bench) -> list[Line]:
    """Fifty named locations in one looped task."""
    task = {
        "msp.entra.named_location": {"display_name": "Site {{ item }}", "ip_ranges": ["198.51.100.{{ item }}/32"]},
        "loop": list(range(1, 51)),
        "name": "fifty",
    }
    bench.run(bench.play([task]))
    bench.emulator.clear()
    dummy, times = bench.run(bench.play([task]))
    requests = [line for line in bench.emulator.requests() if "/v1.0" in line["path"]]
    connections = {line["connection"] for line in requests}
    seconds = times[1]["at"] - times[0]["at"]
    return [
        Line("50 sites in a loop, nothing to change", f"{seconds * 1000:.0f} ms"),
        Line("… Graph requests", str(len(requests)), "1", len(requests) == 1),
        Line("… connections to Graph", str(len(connections)), "1", len(connections) == 1),
    ]


def tasks_against_floor(bench: Bench) -> list[Line]:
    """Each module with nothing to change, between tasks that do nothing."""
    location = {
        "display_name": "Trusted - Office",
        "ip_ranges": ["198.51.100.10/32", "2001:db8:1::/48"],
        "trusted": True,
    }
    policy = {
        "display_name": "Block Syncro - Outside Trusted IPs",
        "conditions": {
            "users": {
                "include_users": ["All"],
                "exclude_users": ["breakglass@bench.example", "syncro-svc@bench.example"],
            },
            "applications": {"include_applications": ["Syncro SSO"]},
            "locations": {"include_locations": ["All"], "exclude_locations": ["Trusted - Office"]},
        },
        "grant_controls": {"built_in_controls": ["block"]},
        "break_glass_accounts": ["breakglass@bench.example"],
    }
    guard = {
        "application": "Syncro SSO",
        "sites": [{"name": "Office", "cidrs": ["198.51.100.10/32"]}],
        "break_glass_accounts": ["breakglass@bench.example"],
    }
    kinds: dict[str, dict[str, t.Any]] = {
        "floor": {},
        "msp.entra.named_location": location,
        "msp.entra.named_location_info": {},
        "msp.entra.conditional_access_policy": policy,
        "msp.entra.conditional_access_policy_info": {},
        "msp.entra.lockout_guard": guard,
    }
    tasks = [{"name": kind, kind: arguments} for dummy in range(ROUNDS) for kind, arguments in kinds.items()]
    dummy, times = bench.run(bench.play(tasks))
    walls: dict[str, list[float]] = collections.defaultdict(list)
    for line, following in zip(times, times[1:], strict=False):
        walls[line["task"]].append(following["at"] - line["at"])
    floor = statistics.median(walls["floor"])
    lines = [Line("a task that does nothing (the floor)", f"{floor * 1000:.1f} ms")]
    for kind in list(kinds)[1:]:
        ratio = statistics.median(walls[kind]) / floor
        figure = f"{statistics.median(walls[kind]) * 1000:.1f} ms = {ratio:.2f} x the floor"
        lines.append(Line(f"{kind}, nothing to change", figure, "< 2 x", ratio < 2))
    return lines


def replay() -> list[Line]:
    """A month of a large tenant's sign-ins, judged on our side."""
    done = subprocess.run([sys.executable, str(HERE / "replay.py")], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"the replay failed:\n{done.stderr}")
    taken = json.loads(done.stdout)
    what = (
        f"replay of {taken['sign_ins']:,} sign-ins against {taken['policies']} policies, verdicts and counts, one core"
    )
    seconds, megabytes = taken["seconds"], taken["megabytes"]
    return [
        Line(what, f"{seconds:.1f} s", "< 20 s", seconds < 20),
        Line("… memory at most", f"{megabytes:.0f} MB", "< 300 MB", megabytes < 300),
    ]


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="msp-entra-bench-") as folder:
        home = pathlib.Path(folder)
        with RunningEmulator(SEED, directory=home) as emulator:
            bench = Bench(emulator, home)
            lines = [*deploys(bench), *tasks_against_floor(bench), *loop_of_sites(bench), *replay()]
    width = max(len(line.what) for line in lines)
    for line in lines:
        aim = f"   aim {line.aim}: {'met' if line.met else 'MISSED'}" if line.aim else ""
        print(f"{line.what:<{width}}  {line.figure:<28}{aim}")


if __name__ == "__main__":
    main()
