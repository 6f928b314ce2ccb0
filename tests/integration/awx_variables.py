# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/vars/awx.yml as awx_setup gives it to AWX: Ansible's own templates filled in, AWX's left alone."""

from __future__ import annotations

import json
import pathlib
import typing as t

import ansible_run
import yaml

VARIABLES = pathlib.Path(__file__).resolve().parents[2] / "playbooks" / "vars" / "awx.yml"
# What a reader has to say.
MINE = {
    "awx_execution_environment_image": "registry.example/msp-entra:1",
    "awx_project_scm_url": "https://git.example/tenants.git",
    "awx_client_id": "00000000-2222-4222-8222-222222222222",
    "awx_client_secret": "secret of the application",
    "awx_webhook_url": "https://hooks.example/a-token-of-its-own",
}
TOLD = {
    "defaults": "awx_job_template_defaults",
    "job_templates": "awx_job_templates",
    "credential_type": "awx_credential_type",
    "workflows": "awx_workflows",
    "schedules": "awx_schedules",
}


def filled_in(home: pathlib.Path, **mine: t.Any) -> dict[str, t.Any]:
    """The lists under the names of ``TOLD``."""
    play = {
        "name": "Fill in",
        "hosts": "localhost",
        "gather_facts": False,
        "vars_files": [str(VARIABLES)],
        "tasks": [{"name": "told", "ansible.builtin.debug": {"msg": {k: "{{ " + v + " }}" for k, v in TOLD.items()}}}],
    }
    (home / "fill-in.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    (home / "mine.json").write_text(json.dumps({**MINE, **mine}), encoding="utf-8")
    done = ansible_run.run(home, "fill-in.yml", "-e", f"@{home / 'mine.json'}")
    assert done.returncode == 0, done.output
    return done.of("told")["msg"]
