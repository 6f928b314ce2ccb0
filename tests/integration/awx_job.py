# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job template run as AWX 24.6 runs it, without AWX: its files, by ansible-runner, and what it leaves for the next one.

awx/main/tasks/jobs.py of AWX says what is in env/extravars, env/cmdline, env/settings and inventory/hosts,
awx/main/utils/safe_yaml.py how extra variables are marked, and the pages of its credential types how a credential is
injected: https://docs.ansible.com/automation-controller/latest/html/userguide/credential_types.html.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import shlex
import sys
import tempfile
import types
import typing as t

import ansible_run
import ansible_runner
import jinja2.sandbox
import yaml

BIN = pathlib.Path(sys.executable).parent


@dataclasses.dataclass
class Job:
    """What a job left behind. ``hosts`` are those that a task was run on."""

    number: int
    status: str
    output: str
    artifacts: dict[str, t.Any]
    hosts: set[str]


class Unsafe(yaml.SafeDumper):
    """Marks every text as one that is no template."""

    def represent_data(self, data: t.Any) -> yaml.Node:
        if isinstance(data, str):
            return self.represent_scalar("!unsafe", data)
        return super().represent_data(data)


def extra_vars(variables: dict[str, t.Any], of_the_template: dict[str, t.Any]) -> str:
    """Templates are taken from the job template alone, where somebody who may edit it has written them."""
    return "".join(
        yaml.dump({k: v}, Dumper=yaml.SafeDumper if of_the_template.get(k) == v else Unsafe)
        for k, v in variables.items()
    )


def inventory_script(hosts: dict[str, dict[str, t.Any]], slice_number: int, slice_count: int) -> str:
    """Every N-th host by name, each with what AWX adds to its variables."""
    names = sorted(hosts)[slice_number - 1 :: slice_count]
    towers = {name: {"remote_tower_enabled": "true", "remote_tower_id": n} for n, name in enumerate(sorted(hosts), 1)}
    data = {
        "all": {"children": ["entra_tenants"]},
        "entra_tenants": {"hosts": names},
        "_meta": {"hostvars": {name: {**hosts[name], **towers[name]} for name in names}},
    }
    return f"#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint({json.dumps(data)!r})\n"


def injected(credential_type: dict[str, t.Any], inputs: dict[str, str], folder: pathlib.Path) -> dict[str, str]:
    """The environment that a credential gives; its files lie beside the job's own."""
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment()
    files = {}
    for label, template in credential_type["injectors"]["file"].items():
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as file:
            file.write(environment.from_string(template).render(**inputs))
        files[label.split(".")[1]] = file.name
    tower = types.SimpleNamespace(filename=types.SimpleNamespace(**files))
    env = credential_type["injectors"]["env"]
    return {name: environment.from_string(template).render(tower=tower, **inputs) for name, template in env.items()}


class Controller:
    """Job templates, one credential and one inventory, as AWX has them; jobs are numbered from 1."""

    def __init__(
        self, home: pathlib.Path, setup: dict[str, t.Any], inputs: dict[str, str], hosts: dict[str, dict[str, t.Any]]
    ):
        self.home = home
        self.templates = {one["name"]: {**setup["defaults"], **one} for one in setup["job_templates"]}
        self.credential_type, self.inputs, self.hosts = setup["credential_type"], inputs, hosts
        self.launched: set[str] = set()
        self._number = 0

    def launch(
        self, name: str, answers: dict[str, t.Any] | None = None, slices: int | None = None, **prompts: t.Any
    ) -> list[Job]:
        """One job, or one a slice. ``answers`` are the survey's and what earlier jobs told; ``prompts`` may have a ``limit``."""
        template = self.templates[name]
        self.launched.add(name)
        count = min(slices or template.get("job_slice_count", 1), len(self.hosts))
        return [self._run(template, answers or {}, (number, count), **prompts) for number in range(1, count + 1)]

    def _run(
        self, template: dict[str, t.Any], answers: dict[str, t.Any], part: tuple[int, int], limit: str = ""
    ) -> Job:
        self._number += 1
        folder = pathlib.Path(tempfile.mkdtemp(prefix=f"awx_{self._number}_", dir=self.home))
        for name in ("env", "inventory", "project"):
            (folder / name).mkdir(mode=0o700)
        own = template.get("extra_vars", {})
        meta = {f"{who}_{what}": value for who in ("awx", "tower") for what, value in self._meta(template).items()}
        (folder / "env" / "extravars").write_text(extra_vars({**own, **answers, **meta}, own), encoding="utf-8")
        (folder / "env" / "cmdline").write_text(shlex.join(self._arguments(template, limit)), encoding="utf-8")
        settings = {"job_timeout": 0, "suppress_ansible_output": True, "suppress_output_file": False}
        (folder / "env" / "settings").write_text(json.dumps(settings), encoding="utf-8")
        hosts = folder / "inventory" / "hosts"
        hosts.write_text(inventory_script(self.hosts, *part), encoding="utf-8")
        hosts.chmod(0o700)
        environment = ansible_run.environment(self.home)
        del environment["ANSIBLE_CALLBACK_PLUGINS"]
        environment |= injected(self.credential_type, self.inputs, folder / "env")
        environment |= {
            "JOB_ID": str(self._number),
            "PATH": f"{BIN}:{environment['PATH']}",
            "ANSIBLE_RETRY_FILES_ENABLED": "False",
            # As in execution_environment.yml, but one line for each result.
            "ANSIBLE_CALLBACKS_ENABLED": "msp.entra.progress",
            "MSP_ENTRA_PROGRESS_INTERVAL": "0",
        }
        done = ansible_runner.run(
            ident=str(self._number),
            private_data_dir=str(folder),
            playbook=template["playbook"],
            inventory=str(hosts),
            envvars=environment,
            suppress_env_files=True,
        )
        events = list(done.events)
        told = [one["event_data"].get("artifact_data", {}) for one in events if one["event"] == "playbook_on_stats"]
        ran = {
            one["event_data"]["host"]
            for one in events
            if one["event"].startswith("runner_on_") and "host" in one["event_data"]
        }
        output = "\n".join(one["stdout"] for one in events)
        return Job(self._number, done.status, output, told[0] if told else {}, ran - {"localhost"})

    def _meta(self, template: dict[str, t.Any]) -> dict[str, t.Any]:
        return {
            "job_id": self._number,
            "job_launch_type": "manual",
            "job_template_name": template["name"],
            "user_name": "admin",
        }

    def _arguments(self, template: dict[str, t.Any], limit: str) -> list[str]:
        check = ["--check"] if template["job_type"] == "check" else []
        diff = ["--diff"] if template["diff_mode"] else []
        return [*check, "-u", "root", *diff, f"--forks={template['forks']}", *(["-l", limit] if limit else [])]


def artifacts(*jobs: Job) -> dict[str, t.Any]:
    """What the next node of a workflow is given of a job's slices: of entries with one name, the last."""
    merged: dict[str, t.Any] = {}
    for job in jobs:
        merged.update(job.artifacts)
    return merged
