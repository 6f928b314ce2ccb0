# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a command and measuring it with all its processes: wall, processor time, memory."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import resource
import subprocess
import threading
import time
import typing as t

# How often memory is looked at, in seconds. A look costs about a millisecond a process.
_LOOK = 0.3


@dataclasses.dataclass(frozen=True)
class Measured:
    """``wall`` and ``cpu`` in seconds, ``memory`` in MB: the most that all processes had together, shared pages counted once."""

    wall: float
    cpu: float
    memory: float
    returncode: int
    output: str


def measured(command: t.Sequence[str], **options: t.Any) -> Measured:
    """Run it to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        **options,
    ) as process:
        ended, peak = threading.Event(), [0.0]
        watch = threading.Thread(target=_watch, args=(process.pid, ended, peak))
        watch.start()
        output, dummy = process.communicate()
        wall = time.monotonic() - started
        ended.set()
        watch.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(wall, cpu, peak[0], process.returncode, output)


def _watch(session: int, ended: threading.Event, peak: list[float]) -> None:
    while not ended.wait(_LOOK):
        peak[0] = max(peak[0], sum(_memory(process) for process in _of_session(session)))


def _of_session(session: int) -> t.Iterator[pathlib.Path]:
    for process in pathlib.Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                # After the name, which may have anything in it: state, parent, group, session.
                if int((process / "stat").read_text().rpartition(")")[2].split()[3]) == session:
                    yield process
            except OSError:
                continue


def _memory(process: pathlib.Path) -> float:
    """The proportional share of a process, in MB (proc(5), smaps_rollup); what is gone has none."""
    try:
        lines = (process / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def cpu_of(pid: int) -> float:
    """Processor seconds that a process has used so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
