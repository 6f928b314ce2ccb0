# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The play that the README of a role shows, run on a practice tenant."""

from __future__ import annotations

import ansible_run
import pytest
import yaml
from guide_pages import CHECKOUT, YAML, fenced

from graph_emulator.launch import RunningEmulator

SEED = CHECKOUT / "tests" / "demo" / "tenants.yml"
ROLES = sorted(path.parent.name for path in (CHECKOUT / "roles").glob("*/README.md"))
# The roles whose plays come before.
BEFORE = {"syncro_validation": ["syncro_ip_restriction"]}


def play(role, server):
    """As it is shown, but for the addresses, which a real tenant needs none of."""
    text = (CHECKOUT / "roles" / role / "README.md").read_text(encoding="utf-8")
    ((shown,),) = [yaml.safe_load(block.text) for block in fenced(text) if block.language in YAML]
    connection = shown["module_defaults"]["group/msp.entra.graph"]
    connection |= {"login_url": server.url, "graph_url": server.url, "ca_path": str(server.ca_file)}
    return shown


@pytest.mark.parametrize("role", ROLES)
def test_it(role, tmp_path):
    with RunningEmulator(SEED, directory=tmp_path) as server:
        northwind = {
            "ansible_connection": "local",
            "entra_tenant_id": "11111111-1111-4111-8111-111111111111",
            "entra_client_id": "22222222-2222-4222-8222-222222222222",
            "entra_client_secret": "practice-secret",
        }
        (tmp_path / "inventory.yml").write_text(
            yaml.safe_dump({"entra_tenants": {"hosts": {"northwind": northwind}}}), encoding="utf-8"
        )
        plays = [play(one, server) for one in (*BEFORE.get(role, ()), role)]
        (tmp_path / "plays.yml").write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
        done = ansible_run.run(tmp_path, "-i", "inventory.yml", "plays.yml")
    assert done.returncode == 0, done.output
    assert f"msp.entra.{role} : " in done.output
