# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's first tenant, word for word: its inventory, its seed and its commands."""

from __future__ import annotations

import pathlib
import re
import textwrap

import ansible_run
import pytest
import yaml
from fleet import BLOCK, MFA, recap, succeeded

from graph_emulator.launch import RunningEmulator

README = pathlib.Path(__file__).resolve().parents[3] / "README.md"


def blocks(language):
    found = re.findall(
        rf"^( *)```{language}\n(.*?)^\1```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    return [textwrap.dedent(text) for dummy, text in found]


@pytest.fixture(scope="module")
def written():
    """The three blocks of YAML: the inventory, the seed, and what is added for practising."""
    inventory, seed, addresses = (yaml.safe_load(text) for text in blocks("yaml"))
    return inventory, seed, addresses


@pytest.fixture
def server(written, tmp_path):
    with RunningEmulator(written[1], directory=tmp_path) as running:
        yield running


def commands():
    """The playbook commands of the first tenant, in their order, as arguments."""
    lines = [line for text in blocks("shell") for line in text.splitlines()] + re.findall(
        r"`(ansible-playbook [^`]+)`", README.read_text(encoding="utf-8")
    )
    return [line.split()[1:] for line in lines if line.startswith("ansible-playbook msp.entra.")]


def test_the_first_tenant(written, server, tmp_path):
    inventory, dummy, addresses = written
    inventory["entra_tenants"]["hosts"]["northwind"] |= {
        # Another port than the README's, which may be in use.
        name: value.replace("https://localhost:8443", server.url)
        for name, value in addresses.items()
    }
    (tmp_path / "inventory.yml").write_text(yaml.safe_dump(inventory, sort_keys=False), encoding="utf-8")
    ready, check, deploy, validate, enforce, relax, keeping, back, remove = commands()
    told = [command[0].removeprefix("msp.entra.") for command in commands()]
    assert told == "readiness deploy deploy validate enforce relax deploy rollback remove".split()

    def run(arguments):
        server.clear()
        return succeeded(ansible_run.run(tmp_path, *arguments, NORTHWIND_SECRET="practice-only"))

    # Nobody has signed in, and some of what it looks at may not be read: it says so and stops.
    looked = ansible_run.run(tmp_path, *ready, NORTHWIND_SECRET="practice-only")
    assert looked.returncode != 0 and "Not ready: " in looked.output and "LicenseAssignment.Read.All" in looked.output
    assert "--check" in check and recap(run(check), "changed") == 3 and ansible_run.writes(server.requests()) == []
    made = run(deploy)
    assert (
        recap(made, "changed") == 3
        and f"'{BLOCK}' is in report-only" in made.output
        and f"'{MFA}' is on" in made.output
    )
    assert recap(run(deploy), "changed") == 0
    assert "is not ready to be enforced." in run(validate).output
    refused = ansible_run.run(tmp_path, *enforce, NORTHWIND_SECRET="practice-only")
    assert refused.returncode != 0 and "[NO-EVIDENCE]" in refused.output
    assert recap(run(relax), "changed") == 0
    assert recap(run(remove), "changed") == 3 and recap(run(remove), "changed") == 0

    assert recap(run(keeping), "changed") == 3
    (file,) = (tmp_path / "backups").iterdir()
    back = [re.sub("(?<=backup_file=).*", f"backups/{file.name}", argument) for argument in back]
    assert "--check" in back and recap(run(back), "changed") == 1 and ansible_run.writes(server.requests()) == []
    really = [argument for argument in back if argument != "--check"]
    assert recap(run(really), "changed") == 1 and recap(run(really), "changed") == 0
    assert recap(run(remove), "changed") == 0
