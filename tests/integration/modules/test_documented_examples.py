# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page of a module or filter gives as examples, run from the first to the last, on a tenant of the page's own."""

from __future__ import annotations

import sys

import ansible_run
import pytest
import yaml
from company import ALL
from guide_pages import CHECKOUT

from graph_emulator.launch import RunningEmulator

# In the same order in each process of the tests.
PAGES = {
    page.stem: page for kind in ("modules", "filter") for page in sorted((CHECKOUT / "plugins" / kind).glob("*.yml"))
}
NORTHWIND = yaml.safe_load((CHECKOUT / "tests" / "demo" / "tenants.yml").read_text(encoding="utf-8"))["tenants"][0]
CLIENT = {**NORTHWIND["clients"][0], "permissions": [*ALL, "LicenseAssignment.Read.All"]}
CONNECTION = ("tenant_id", "client_id", "client_secret", "login_url", "graph_url", "ca_path")
# Free, so that no tenant waits for another, and with a look at every example, whatever came of those before it.
PLAY = {
    "name": "Examples",
    "hosts": "all",
    "gather_facts": False,
    "strategy": "free",
    "ignore_errors": True,
    "module_defaults": {"group/msp.entra.graph": {name: f"{{{{ entra_{name} }}}}" for name in CONNECTION}},
    "tasks": [{"name": "Of the tenant", "ansible.builtin.include_tasks": "{{ inventory_hostname }}.yml"}],
}

BLOCK = {
    "display_name": "Block Syncro - Outside Trusted IPs",
    "conditions": {
        "users": {
            "include_users": ["All"],
            "exclude_users": ["breakglass@northwind.example", "syncro-svc@northwind.example"],
        },
        "applications": {"include_applications": ["Syncro SSO"]},
        "locations": {"include_locations": ["All"], "exclude_locations": ["Trusted - MSP Office"]},
    },
    "grant_controls": {"built_in_controls": ["block"]},
}
OFFICE = {"display_name": "Trusted - MSP Office", "ip_ranges": ["198.51.100.10/32"], "trusted": True}
GERMANY = {"display_name": "Germany", "countries_and_regions": ["DE"]}
SITES_ROLE = {"argument_specs": {name: {"options": {"sites": {"type": "list"}}} for name in ("main", "absent")}}
# What examples take for granted: tasks ahead of the first one of a page.
BEFORE = {
    "audit_verdict": [
        {
            "ansible.builtin.include_role": {"name": "msp.entra.syncro_readiness"},
            "vars": {
                "syncro_application": "Syncro SSO",
                "syncro_sites": [{"name": "MSP Office", "cidrs": ["198.51.100.10/32"]}],
                "syncro_break_glass_accounts": ["breakglass@northwind.example"],
                "syncro_service_account": "syncro-svc@northwind.example",
            },
        }
    ],
    "conditional_access_policy": [
        {
            "msp.entra.named_location": {
                "display_name": "Trusted - New data center",
                "ip_ranges": ["203.0.113.128/25"],
                "trusted": True,
            }
        }
    ],
    "conditional_access_policy_info": [
        {"msp.entra.named_location": OFFICE},
        {"msp.entra.conditional_access_policy": BLOCK},
        {"msp.entra.conditional_access_policy": {"display_name": BLOCK["display_name"], "state": "absent"}},
    ],
    "given": [{"msp.entra.conditional_access_policy_info": {"names": True}, "register": "found"}],
    "import_problems": [
        {
            "ansible.builtin.copy": {
                "dest": "northwind.yml",
                "content": yaml.safe_dump({"entra_named_locations": [GERMANY], "entra_policies": []}),
                "mode": "0600",
            }
        }
    ],
    "named_location_info": [
        {"msp.entra.named_location": GERMANY},
        {"msp.entra.named_location": {"display_name": "Germany", "state": "absent"}},
    ],
    "role_arguments": [
        {"ansible.builtin.file": {"path": "roles/sites/meta", "state": "directory", "mode": "0700"}},
        {
            "ansible.builtin.copy": {
                "dest": "roles/sites/meta/argument_specs.yml",
                "content": yaml.safe_dump(SITES_ROLE),
                "mode": "0600",
            }
        },
    ],
    "rollback": [
        {"msp.entra.named_location": {**GERMANY, "backup_path": "backups"}, "register": "earlier"},
        {
            "ansible.builtin.copy": {
                "src": "{{ earlier.backup_file }}",
                "dest": "backups/conditional-access-20261124T221530Z-4711.jsonl",
                "mode": "0600",
            }
        },
    ],
    "validation_info": [{"msp.entra.named_location": OFFICE}, {"msp.entra.conditional_access_policy": BLOCK}],
}
# The examples that are to fail, and what they say then.
FAILS = {
    "put_back": {
        "Keep a backup of what is put back, and tell it in the journal": "hoped for.\nWhat had been written before that is",
    },
    "validation_info": {"Enforce it, which is refused where it is not": "NO-EVIDENCE"},
}


def of_tenant(value, page):
    """The examples are of northwind.example, and each page has a tenant of its own."""
    domain = f"{page.replace('_', '-')}.example"
    return yaml.safe_load(yaml.safe_dump(value, sort_keys=False).replace("northwind.example", domain))


def examples(page):
    return yaml.safe_load(yaml.safe_load(PAGES[page].read_text(encoding="utf-8"))["EXAMPLES"])


def names(tasks):
    """Of tasks and of those in blocks, but not of those that come only after a failure."""
    return [name for task in tasks for name in (names(task["block"]) if "block" in task else [task["name"]])]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    home = tmp_path_factory.mktemp("examples")
    ids = {page: f"{number:08d}-1111-4111-8111-111111111111" for number, page in enumerate(PAGES, 1)}
    applications = [*NORTHWIND["applications"], {"name": "Northwind Backup"}]
    northwind = {**NORTHWIND, "applications": applications, "clients": [CLIENT]}
    with RunningEmulator(
        {"tenants": [of_tenant({**northwind, "id": ids[page]}, page) for page in PAGES]}, directory=home
    ) as server:
        everywhere = {
            "entra_client_id": CLIENT["client_id"],
            "entra_client_secret": CLIENT["secret"],
            "entra_login_url": server.url,
            "entra_graph_url": server.url,
            "entra_ca_path": str(server.ca_file),
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
        }
        hosts = {page: {"entra_tenant_id": ids[page]} for page in PAGES}
        write(home / "inventory.yml", {"all": {"hosts": hosts, "vars": everywhere}})
        for page in PAGES:
            write(home / f"{page}.yml", of_tenant([*BEFORE.get(page, ()), *examples(page)], page))
        write(home / "examples.yml", [PLAY])
        yield ansible_run.run(home, "-i", "inventory.yml", "-f", "10", "examples.yml")


def write(path, value):
    path.write_text(yaml.safe_dump(value, sort_keys=False), encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_every_example_can_be_run_and_does_what_it_says(run, page):
    results = [line for line in run.results if line["host"] == page]
    assert not set(names(examples(page))) - {line["task"] for line in results}
    failed = {line["task"]: line["result"]["msg"] for line in results if line["status"] != "ok"}
    expected = FAILS.get(page, {})
    assert failed.keys() == expected.keys(), failed
    assert [task for task, says in expected.items() if says not in failed[task]] == [], failed


def test_the_examples_come_to_the_end(run):
    assert run.returncode == 0, run.output
