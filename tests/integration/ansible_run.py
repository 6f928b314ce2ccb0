# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-playbook as a person runs it: another process, a home of its own, results read from a callback."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import typing as t

import prepared_python
import yaml

HERE = pathlib.Path(__file__).parent

# Seconds after which a run is killed, as it hangs.
LONGEST = 300
WRITES = ("POST", "PATCH", "PUT", "DELETE")


@dataclasses.dataclass
class Run:
    """What a run of ansible-playbook left behind.

    ``memory`` is what the largest of its processes had at most, in MiB. ``screen`` is all that it printed, and ``output`` as much
    of that as is the test's own: the same, where it did not share the run.
    """

    returncode: int
    output: str
    results: list[dict[str, t.Any]]
    memory: float
    screen: str = ""

    def of(self, task: str) -> dict[str, t.Any]:
        """The result of the one task of that name."""
        (found,) = [line["result"] for line in self.results if line["task"] == task]
        return found

    def failed(self, task: str) -> bool:
        """Whether the one task of that name failed."""
        (status,) = [line["status"] for line in self.results if line["task"] == task]
        return status == "failed"


def environment(home: pathlib.Path, **more: str) -> dict[str, str]:
    """A clean environment: nothing of the developer's own ansible or Azure settings gets in."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "AZURE_", "REQUESTS_", "CURL_CA"))}
    return {
        **kept,
        "HOME": str(home),
        "ANSIBLE_CONFIG": str(HERE / "ansible.cfg"),
        "ANSIBLE_HOME": str(home / ".ansible"),
        "ANSIBLE_LOCAL_TEMP": str(home / "tmp"),
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback"),
        "ANSIBLE_CALLBACKS_ENABLED": "results",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
        **more,
    }


def run(home: pathlib.Path, *arguments: str, **more: str) -> Run:
    """Run ansible-playbook with these arguments. ``more`` goes into its environment."""
    results = pathlib.Path(tempfile.mkstemp(dir=home, suffix=".results")[1])
    with prepared_python.Popen(
        [str(pathlib.Path(sys.executable).parent / "ansible-playbook"), *arguments],
        env=environment(home, RESULTS_FILE=str(results), **more),
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        hanging = threading.Timer(LONGEST, _signal, [process])
        hanging.start()
        output = t.cast(t.IO[str], process.stdout).read()
        hanging.cancel()
        # Not Popen's own wait, which keeps to itself what the process used.
        dummy, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    return Run(process.returncode, output, lines, used.ru_maxrss / 1024, output)


def run_tasks(
    home: pathlib.Path,
    tasks: t.Sequence[dict[str, t.Any]],
    defaults: t.Mapping[str, t.Any],
    *arguments: str,
    keep_going: bool = False,
    **more: str,
) -> Run:
    """Run tasks on localhost, with module defaults for the action group. Unnamed tasks are called 0, 1, 2, …"""
    playbook = _play(home, tasks, defaults, keep_going)
    return run(home, str(playbook), *arguments, **more)


def named(tasks: t.Sequence[dict[str, t.Any]], keep_going: bool) -> list[dict[str, t.Any]]:
    """The tasks with the names that their results are found by."""
    more = {"ignore_errors": True} if keep_going else {}
    return [{"name": str(number), **task, **more} for number, task in enumerate(tasks)]


def _play(
    home: pathlib.Path, tasks: t.Sequence[t.Any], defaults: t.Mapping[str, t.Any], keep_going: bool
) -> pathlib.Path:
    play = {
        "name": "Tasks of a test",
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": {"group/msp.entra.graph": dict(defaults)},
        "tasks": named(tasks, keep_going),
    }
    playbook = pathlib.Path(tempfile.mkstemp(dir=home, suffix=".yml")[1])
    playbook.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    return playbook


def started(
    home: pathlib.Path, tasks: t.Sequence[t.Any], defaults: t.Mapping[str, t.Any]
) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    """A run of these tasks that is going on."""
    return playing(home, str(_play(home, tasks, defaults, False)))


@contextlib.contextmanager
def playing(home: pathlib.Path, *arguments: str) -> t.Iterator[subprocess.Popen[bytes]]:
    """A run that is going on. It is killed with the context, with the workers that do its tasks."""
    process = subprocess.Popen(
        [str(pathlib.Path(sys.executable).parent / "ansible-playbook"), *arguments],
        env=environment(home, RESULTS_FILE=str(home / "going-on.results")),
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL for the run and its workers, each of which has a session of its own, so that no signal to a group reaches it."""
    if process.poll() is None:
        family = _signal(process)
        process.wait()
        while living(family):
            pass


def _signal(process: subprocess.Popen[t.Any]) -> list[int]:
    """The signals alone; returns the workers."""
    # Stopped, it starts no more of them.
    os.kill(process.pid, signal.SIGSTOP)
    family = workers(process)
    for one in [*family, process.pid]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    return family


def workers(process: subprocess.Popen[t.Any]) -> list[int]:
    """The processes that a run has started, and what those have."""
    parents, found = _parents(), [process.pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def living(processes: t.Iterable[int]) -> list[int]:
    """Those that have not come to an end."""
    there = _parents()
    return [one for one in processes if one in there]


def _parents() -> dict[int, int]:
    """The parent of each process that has not come to an end; the dead may wait long for somebody to take notice."""
    shown = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = [line.split() for line in shown.splitlines()]
    return {int(pid): int(parent) for pid, parent, status in rows if not status.startswith("Z")}


def until(happened: t.Callable[[], t.Any], process: subprocess.Popen[bytes]) -> bool:
    """Wait until it has happened; false where the run has ended without it."""
    while not happened():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.005)
            return bool(happened())
    return True


def writes(requests: t.Iterable[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """The requests that change something: not logins, and of a batch only its parts."""
    return [
        line
        for line in requests
        if line["method"] in WRITES and not line["path"].endswith("/token") and not line["path"].endswith("/$batch")
    ]


def graph_requests(requests: t.Iterable[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """The requests to Graph as they went over the wire: a batch is one, its parts are none."""
    return [line for line in requests if "/v1.0" in line["path"] and not line.get("batch")]


def token_requests(requests: t.Iterable[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """The requests for a token."""
    return [line for line in requests if line["path"].endswith("/oauth2/v2.0/token")]
