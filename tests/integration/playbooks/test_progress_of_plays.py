# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a play is, where not all tenants are at the same task; and where the lines go."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

import ansible_run
import yaml

TASKS = [{"name": name, "ansible.builtin.debug": {"msg": name}} for name in ("one", "two", "three")]
ALL = {"hosts": "tenants", "gather_facts": False, "tasks": TASKS}
PLAYS = [
    {"name": "In batches", **ALL, "serial": 2},
    {"name": "Each by itself", **ALL, "strategy": "ansible.builtin.free"},
    {"name": "In step", **ALL},
]


def test_batches_the_free_strategy_and_standard_error(tmp_path):
    hosts = {f"t{number}": {"ansible_connection": "local"} for number in range(1, 6)}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"tenants": {"hosts": hosts}}), encoding="utf-8")
    (tmp_path / "plays.yml").write_text(yaml.safe_dump(PLAYS), encoding="utf-8")
    told = {
        "RESULTS_FILE": str(tmp_path / "results"),
        "ANSIBLE_CALLBACKS_ENABLED": "results,msp.entra.progress",
        "MSP_ENTRA_PROGRESS_INTERVAL": "0",
    }
    done = subprocess.run(
        [pathlib.Path(sys.executable).parent / "ansible-playbook", "-i", "hosts.yml", "--limit", "!t5", "plays.yml"],
        cwd=tmp_path,
        env=ansible_run.environment(tmp_path, **told),
        capture_output=True,
        text=True,
        check=True,
    )
    # A program can read what another callback prints.
    assert "PLAY RECAP" in done.stdout and "msp.entra" not in done.stdout
    lines = done.stderr.splitlines()
    assert len(lines) == 36 and all(line.startswith("msp.entra: ") for line in lines), done.stderr

    batches = [re.search(r"task (\d) of 3 \(\w+\): (\d) of 4 tenants", line).groups() for line in lines[:12]]
    once = [(str(task), str(count)) for task in (1, 2, 3) for count in (1, 2)]
    assert batches == once + [(task, str(int(count) + 2)) for task, count in once]
    assert lines[11].endswith("about 0 s left") and not lines[5].endswith("about 0 s left")

    free = [re.fullmatch(r"msp.entra: (\d) of 4 tenants have all tasks behind them", line)[1] for line in lines[12:24]]
    assert free == sorted(free) and free[0] == "0" and free[-1] == "4"
    assert lines[-1] == "msp.entra: task 3 of 3 (three): 4 of 4 tenants; about 0 s left"
