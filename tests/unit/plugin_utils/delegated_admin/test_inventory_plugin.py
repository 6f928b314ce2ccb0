# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the inventory plugin no practice server can show: a missing library, a defect of ours, and its page."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader

from ansible_collections.msp.entra.plugins.plugin_utils import connection
from ansible_collections.msp.entra.plugins.plugin_utils.delegated_admin import partner, roles_needed
from ansible_collections.msp.entra.plugins.plugin_utils.graph import third_party
from graph_emulator.graph_types import TYPES

SECRET = "s3cret-of-nobody"
FILE = {
    "plugin": "msp.entra.gdap",
    "tenant_id": "99999999-1111-4111-8111-111111111111",
    "client_id": "99999999-2222-4222-8222-222222222222",
    "client_secret": SECRET,
}


def parse(folder):
    """The inventory of the file, by the plugin in this process."""
    file = folder / "customers.gdap.yml"
    file.write_text(yaml.safe_dump(FILE), encoding="utf-8")
    inventory = InventoryData()
    inventory_loader.get("msp.entra.gdap").parse(inventory, DataLoader(), str(file))
    return inventory


def refused(folder):
    """What it says, and no more: a cause would be printed as it was, with whatever is in it."""
    with pytest.raises(AnsibleParserError) as raised:
        parse(folder)
    assert (raised.value.__cause__, raised.value.__context__) == (None, None)
    return str(raised.value)


def test_a_missing_library_is_said_with_the_command_that_installs_it(monkeypatch, tmp_path):
    monkeypatch.setattr(third_party, "MISSING", "No module named 'msal'")
    told = refused(tmp_path)
    assert "No module named 'msal'" in told and f"{sys.executable} -m pip install msal requests" in told


def test_a_defect_is_told_in_one_line_without_the_secret(monkeypatch, tmp_path):
    def broken(*dummy):
        raise KeyError(f"oh {SECRET}")

    monkeypatch.setattr(partner, "read", broken)
    assert refused(tmp_path) == "This is a defect in msp.entra; please report it: KeyError: 'oh ********'"


@pytest.fixture(scope="module")
def page():
    program = Path(sys.executable).with_name("ansible-doc")
    arguments = ("--type", "inventory", "--json", "msp.entra.gdap")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["msp.entra.gdap"]


def test_the_page_has_the_options_of_the_connection(page):
    assert set(connection.OPTIONS) <= set(page["doc"]["options"])


def test_the_page_has_the_statuses_that_graph_has(page):
    members = set(TYPES["delegatedAdminRelationshipStatus"]["members"]) - {"unknownFutureValue"}
    assert set(page["doc"]["options"]["statuses"]["choices"]) == members


def test_the_roles_of_the_page_are_roles(page):
    (need,) = roles_needed.parse(page["doc"]["options"]["roles_needed"]["default"])
    assert roles_needed.words(need) == "Conditional Access Administrator or Security Administrator"


def test_every_example_is_a_file_that_the_plugin_takes(page):
    examples = yaml.safe_load(page["examples"])
    assert examples
    for example in examples:
        assert set(example) <= set(page["doc"]["options"])
        roles_needed.parse(example.get("roles_needed", []))
