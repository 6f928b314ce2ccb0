# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's first tenant, word for word: its inventory and its commands, on the tenant of the guide Rehearsing."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
import textwrap

import ansible_run
import guide_pages
import pytest
import yaml
from fleet import BLOCK, MFA, recap, succeeded

from graph_emulator.launch import RunningEmulator

README = pathlib.Path(__file__).resolve().parents[3] / "README.md"
GDAP = "Many tenants, by GDAP"
REHEARSAL = "guide_rehearsal"
SECRET = {"NORTHWIND_SECRET": "practice-secret"}


def text(section=None):
    """The README's section of that heading, or all the others."""
    parts = re.split("^## ", README.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return "\n".join(part for part in parts if part.startswith(f"{GDAP}\n") is (section == GDAP))


def blocks(language, section=None):
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", text(section), re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(block) for dummy, block in found]


@pytest.fixture(scope="module")
def written():
    """The inventory, and of the guide to which the README sends whoever wants to practise, the seed and what is added."""
    inventory = yaml.safe_load(blocks("yaml")[0])
    of_guide = [yaml.safe_load(block.text) for block in guide_pages.blocks(REHEARSAL) if block.language == "yaml"]
    (seed,) = [block for block in of_guide if "tenants" in block]
    (addresses,) = [block for block in of_guide if "entra_ca_path" in block]
    return inventory, seed, addresses


@pytest.fixture
def server(written, tmp_path):
    with RunningEmulator(written[1], directory=tmp_path) as running:
        yield running


def commands():
    """The playbook commands of the first tenant, in their order, as arguments."""
    lines = [line for block in blocks("shell") for line in block.splitlines()]
    lines += re.findall(r"`(ansible-playbook [^`]+)`", text())
    return [line.split()[1:] for line in lines if line.startswith("ansible-playbook msp.entra.")]


def test_the_first_tenant(written, server, tmp_path):
    inventory, dummy, addresses = written
    inventory["entra_tenants"]["hosts"]["northwind"] |= {
        # Another port than the README's, which may be in use.
        name: value.replace("https://localhost:8443", server.url)
        for name, value in addresses.items()
    }
    (tmp_path / "inventory.yml").write_text(yaml.safe_dump(inventory, sort_keys=False), encoding="utf-8")
    ready, check, deploy, validate, enforce, relax, keeping, back, audit, remove = commands()
    told = [command[0].removeprefix("msp.entra.") for command in commands()]
    assert told == "readiness deploy deploy validate enforce relax deploy rollback audit remove".split()

    def run(arguments):
        server.clear()
        return succeeded(ansible_run.run(tmp_path, *arguments, **SECRET))

    # What Graph cannot tell stays unknown, and that is said.
    looked = run(ready)
    assert re.search(r"\bfail +[A-Z]", looked.output) is None and "unknown Syncro takes" in looked.output, looked.output
    assert "--check" in check and recap(run(check), "changed") == 3 and ansible_run.writes(server.requests()) == []
    made = run(deploy)
    assert (
        recap(made, "changed") == 3
        and f"'{BLOCK}' is in report-only" in made.output
        and f"'{MFA}' is on" in made.output
    )
    assert recap(run(deploy), "changed") == 0
    assert "is not ready to be enforced." in run(validate).output
    audited = run(audit)
    # What the posture has to say does not stop a night's run.
    assert (
        "1 tenant: 1 with findings." in audited.output and "- [fail] Nobody signs in with a password" in audited.output
    )
    assert (tmp_path / "reports" / "report.html").is_file()
    refused = ansible_run.run(tmp_path, *enforce, **SECRET)
    assert refused.returncode != 0 and "[NO-EVIDENCE]" in refused.output
    assert recap(run(relax), "changed") == 0
    assert recap(run(remove), "changed") == 3 and recap(run(remove), "changed") == 0

    kept = run(keeping)
    assert recap(kept, "changed") == 3
    (file,) = (tmp_path / "backups").iterdir()
    assert f"What was there before is in backups/{file.name}; msp.entra.rollback puts it back." in kept.output
    back = [re.sub("(?<=backup_file=).*", f"backups/{file.name}", argument) for argument in back]
    assert "--check" in back and recap(run(back), "changed") == 1 and ansible_run.writes(server.requests()) == []
    really = [argument for argument in back if argument != "--check"]
    assert recap(run(really), "changed") == 1 and recap(run(really), "changed") == 0
    assert recap(run(remove), "changed") == 0


def test_the_command_that_serves_the_practice_tenants(tmp_path):
    """As the guide has it, which serves until it is stopped and so is not run with the rest of its page."""
    page = guide_pages.blocks(REHEARSAL)
    (line,) = [line for block in page for line in block.text.splitlines() if "-m graph_emulator" in line]
    python, *arguments = line.replace("--port 8443", "--port 0").split()
    assert python == ".venv/bin/python"
    (seed,) = [block.text for block in page if block.caption == "tenants.yml"]
    (tmp_path / "tenants.yml").write_text(seed, encoding="utf-8")
    with subprocess.Popen([sys.executable, *arguments], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as server:
        ready = server.stdout.readline()
        server.terminate()
    assert ready.startswith("ready https://localhost:") and (tmp_path / "ca.pem").is_file()


def partner_seed():
    """A partner with the README's application, and two customers: who has granted what is needed, and who has not."""
    client = {"client_id": "22222222-2222-4222-8222-222222222222", "secret": "practice-only"}
    granted = {"Northwind": "Security Administrator", "Fabrikam": "Conditional Access Administrator"}
    customers = [
        {
            "id": f"{number}1111111-1111-4111-8111-111111111111",
            "name": name,
            "domain": f"{name.lower()}.example",
            "clients": [{**client, "permissions": ["Policy.Read.All"]}],
        }
        for number, name in enumerate(granted, 2)
    ]
    relationships = [
        {
            "name": name,
            "customer": f"{name.lower()}.example",
            "roles": [role],
            "assignments": [{"group": "Technicians", "roles": [role]}],
        }
        for name, role in granted.items()
    ]
    partner = {
        "id": "11111111-1111-4111-8111-111111111111",
        "name": "MSP",
        "domain": "msp.onmicrosoft.com",
        "groups": [{"name": "Technicians"}],
        "clients": [{**client, "permissions": ["DelegatedAdminRelationship.Read.All"]}],
        "delegated_admin_relationships": relationships,
    }
    return {"tenants": [partner, *customers]}


def test_many_tenants_by_gdap(tmp_path):
    """The section's file and commands: one application and one secret for the partner's tenant and for its customers'."""
    (inventory,), (shell,) = blocks("yaml", GDAP), blocks("shell", GDAP)
    export, graph, readiness = shell.splitlines()
    assert graph.split()[:2] == ["ansible-inventory", "-i"]
    environment = dict(pair.split("=") for pair in export.split()[1:]) | {"AZURE_CLIENT_SECRET": "practice-only"}
    with RunningEmulator(partner_seed(), directory=tmp_path) as server:
        addresses = {"login_url": server.url, "graph_url": server.url, "ca_path": str(server.ca_file)}
        (tmp_path / "customers.gdap.yml").write_text(inventory + yaml.safe_dump(addresses), encoding="utf-8")
        (tmp_path / "group_vars").mkdir()
        variables = {f"entra_{name}": value for name, value in addresses.items()}
        (tmp_path / "group_vars" / "entra_tenants.yml").write_text(yaml.safe_dump(variables), encoding="utf-8")
        shown = subprocess.run(
            [pathlib.Path(sys.executable).parent / "ansible-inventory", *graph.split()[1:]],
            cwd=tmp_path,
            env=ansible_run.environment(tmp_path, **environment),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        assert re.search(r"@entra_tenants:\n  \|  \|--northwind\n", shown) and "@entra_gdap_roles_missing:" in shown
        server.clear()
        looked = ansible_run.run(tmp_path, *readiness.split()[1:], **environment)
        tokens = [line["path"].split("/")[1] for line in ansible_run.token_requests(server.requests())]
    # Who lacks the role for the log is left alone; the other is looked at, and its practice tenant has no Syncro.
    recap_ = looked.output.rsplit("PLAY RECAP", 1)[1]
    assert "northwind " in recap_ and "fabrikam" not in recap_ and "Not ready: " in looked.output, looked.output
    assert tokens == ["11111111-1111-4111-8111-111111111111", "21111111-1111-4111-8111-111111111111"]
