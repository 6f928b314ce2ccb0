# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-playbook as the reader would run it, with the result of every task beside what it prints."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import typing as t

# The callback that the integration tests read results with.
CALLBACK = pathlib.Path(__file__).resolve().parent.parent / "integration" / "callback"


class StepFailed(Exception):
    """A step did not do what the demo says it does. ``output`` is all that the step's last playbook printed."""

    def __init__(self, why: str, output: str = ""):
        super().__init__(why)
        self.output = output


@dataclasses.dataclass(frozen=True)
class Run:
    """What a playbook left behind. Hosts are those of the inventory."""

    returncode: int
    output: str
    results: list[dict[str, t.Any]]

    def check(self, holds: bool, otherwise: str) -> None:
        """Stop the demo where something does not hold. Raises StepFailed."""
        if not holds:
            raise StepFailed(otherwise, self.output)

    def ended_well(self) -> Run:
        """This run, if it did. Raises StepFailed."""
        self.check(self.returncode == 0, f"ansible-playbook ended with {self.returncode}")
        return self

    def result(self, host: str, task: str) -> dict[str, t.Any]:
        """The result of the task whose name ends so. Raises StepFailed where there is no such task."""
        found = [one["result"] for one in self.results if one["host"] == host and one["task"].endswith(task)]
        self.check(len(found) == 1, f"of {host} there are {len(found)} results of the task '{task}'")
        return found[0]

    def said(self, host: str, task: str) -> list[str]:
        """What such a task said, line by line."""
        message = self.result(host, task)["msg"]
        return message if isinstance(message, list) else message.splitlines()

    def recap(self, host: str) -> dict[str, int]:
        """The host's numbers in the recap."""
        found = re.search(rf"^{host} +: (.*)$", self.output.rsplit("PLAY RECAP", 1)[-1], re.MULTILINE)
        self.check(found is not None, f"the recap has nothing of {host}")
        return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", found[1] if found else "")}

    def short_recap(self, host: str) -> str:
        """The part of the host's recap that a person looks at."""
        numbers = self.recap(host)
        return " ".join(f"{word}={numbers[word]}" for word in ("ok", "changed", "failed"))


def run(home: pathlib.Path, arguments: t.Sequence[str], environment: t.Mapping[str, str]) -> Run:
    """Run ansible-playbook in a folder. ``environment`` is added to the reader's own."""
    results = pathlib.Path(tempfile.mkstemp(dir=home, suffix=".results")[1])
    done = subprocess.run(
        [str(pathlib.Path(sys.executable).parent / "ansible-playbook"), *arguments],
        env={**_environment(home), "RESULTS_FILE": str(results), **environment},
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    found = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    return Run(done.returncode, done.stdout.strip("\n"), found)


def _environment(home: pathlib.Path) -> dict[str, str]:
    """The reader's environment, less what would make the demo behave otherwise than on another machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "AZURE_"))}
    return {
        **kept,
        "ANSIBLE_HOME": str(home / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACK),
        "ANSIBLE_CALLBACKS_ENABLED": "results",
    }
