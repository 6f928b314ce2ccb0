# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A partner's tenant with customers of every kind, and ansible-inventory as a person runs it."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import ansible_run
import prepared_python
import yaml
from practice import READ, tenant_seed

ID = "99999999-1111-4111-8111-111111111111"
CLIENT = "99999999-2222-4222-8222-222222222222"
WITHOUT = "99999999-3333-4333-8333-333333333333"
TECHNICIANS = "99999999-4444-4444-8444-444444444444"
SECRET = "partner's {{ secret }}"
SECURITY, CONDITIONAL = "Security Administrator", "Conditional Access Administrator"
READER = "Security Reader"
# Where a lookup in a customer's name would leave its mark, relative to the folder of the run.
MARK = "templated"
HOSTILE = "Evil {{ lookup('ansible.builtin.pipe', 'touch " + MARK + "') }} 'O''Neil' & Söhne"


def known(number, name):
    return {"id": f"{number:08d}-8888-4888-8888-888888888888", "name": name, "domain": f"known{number}.example"}


KNOWN = [
    known(1, "Contoso Ltd"),
    known(2, "contoso, ltd."),
    known(3, "localhost"),
    known(4, "日本"),
    known(5, HOSTILE),
    known(6, "Ended"),
    known(7, "Asked"),
    known(8, "Soon"),
    known(9, "Unassigned"),
    known(10, "Extends"),
]


def relationship(number, *roles, assigned=True, customer=None, group="Technicians", **more):
    assignments = [{"group": group, "roles": list(roles)}] if assigned else []
    return {
        "name": f"Relationship {number}",
        "customer": customer or f"known{number}.example",
        "roles": list(roles),
        "assignments": assignments,
        **more,
    }


RELATIONSHIPS = [
    relationship("N", SECURITY, customer="tenant1.example"),
    # Two that together give what is needed, and one that is over.
    relationship("T1", CONDITIONAL, customer="tenant2.example", ends="+300d"),
    relationship("T2", READER, customer="tenant2.example", group="Helpdesk"),
    relationship("T3", "Global Administrator", customer="tenant2.example", status="expired", ends="-40d"),
    relationship(1, SECURITY),
    relationship(2, SECURITY),
    relationship(3, READER),
    relationship(4, CONDITIONAL),
    relationship(5, SECURITY, ends="+100d"),
    relationship(6, SECURITY, status="terminated", ends="-3d"),
    relationship(7, SECURITY, status="approvalPending", assigned=False),
    relationship(8, SECURITY, ends="+10d"),
    relationship(9, SECURITY, assigned=False),
    relationship(10, CONDITIONAL, ends="+5d", auto_extend=True),
    {"name": "To nobody yet", "status": "created"},
]


def partner_seed(relationships=(), **more):
    """The tenant of the partner: the client that may read its customers, and one that may not."""
    return {
        "id": ID,
        "name": "MSP",
        "domain": "msp.example",
        "groups": [{"name": "Technicians", "id": TECHNICIANS}, {"name": "Helpdesk"}],
        "clients": [
            {"client_id": CLIENT, "secret": SECRET, "permissions": ["DelegatedAdminRelationship.Read.All"]},
            {"client_id": WITHOUT, "secret": SECRET, "permissions": ["User.Read.All"]},
        ],
        "delegated_admin_relationships": list(relationships),
        **more,
    }


def customer_seed(number):
    """A customer that is served, with the partner's one application, consented to in this tenant."""
    return {**tenant_seed(number), "clients": [{"client_id": CLIENT, "secret": SECRET, "permissions": READ}]}


class Partner:
    """The inventory file of a partner, and the programs that read it. ``home`` is theirs."""

    def __init__(self, home: pathlib.Path, emulator):
        self.home = home
        self.emulator = emulator
        self.options = {
            "plugin": "msp.entra.gdap",
            "tenant_id": ID,
            "client_id": CLIENT,
            # As a template with one in it: what stands in a secret is nobody's template.
            "client_secret": "{{ lookup('ansible.builtin.env', 'PARTNER_SECRET') }}",
            **self.addresses(),
        }

    def addresses(self, prefix=""):
        urls = {"login_url": self.emulator.url, "graph_url": self.emulator.url, "ca_path": str(self.emulator.ca_file)}
        return {prefix + name: value for name, value in urls.items()}

    def file(self, **options):
        """The inventory file, with these options in the place of those before; None leaves one out."""
        said = {name: value for name, value in {**self.options, **options}.items() if value is not None}
        path = self.home / "customers.gdap.yml"
        path.write_text(yaml.safe_dump(said, sort_keys=False, allow_unicode=True), encoding="utf-8")
        return path

    def inventory(self, *arguments, path=None, **environment):
        """ansible-inventory on the file; the request log is that of this run."""
        self.emulator.clear()
        return prepared_python.run(
            [
                str(pathlib.Path(sys.executable).parent / "ansible-inventory"),
                "-i",
                str(path or self.home / "customers.gdap.yml"),
                *(arguments or ("--list",)),
            ],
            env=ansible_run.environment(self.home, **{"PARTNER_SECRET": SECRET, **environment}),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            timeout=120,
        )

    def listed(self, *arguments, **options):
        """Hosts with their variables, and the hosts of each group, of a run without a word of warning."""
        self.file(**options)
        done = self.inventory("--list", *arguments)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return read(done.stdout)

    def refused(self, *arguments, path=None, **options):
        """What Ansible says where the file cannot be used; there is no host then."""
        if path is None:
            self.file(**options)
        output = self.home / "listed.json"
        done = self.inventory("--list", "--output", str(output), *arguments, path=path)
        assert read(output.read_text(encoding="utf-8"))[0] == {}
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout + done.stderr

    def play(self, *arguments, **environment):
        """ansible-playbook on the file."""
        self.emulator.clear()
        inventory = str(self.home / "customers.gdap.yml")
        return ansible_run.run(self.home, *arguments, "-i", inventory, **{"PARTNER_SECRET": SECRET, **environment})

    def vaulted(self, password, secret):
        """The line of the file with the secret, encrypted as a person does it."""
        program = str(pathlib.Path(sys.executable).parent / "ansible-vault")
        arguments = ("encrypt_string", "--vault-password-file", str(password), "--stdin-name", "client_secret")
        done = subprocess.run(
            [program, *arguments],
            env=ansible_run.environment(self.home),
            input=secret,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout

    def graph_requests(self):
        return ansible_run.graph_requests(self.emulator.requests())


def read(output):
    """Hosts and groups of ``--list``; a text that is nobody's template is marked so in there."""
    listed = _without_marks(json.loads(output))
    groups = {name: sorted(group.get("hosts", [])) for name, group in listed.items() if name != "_meta"}
    return listed["_meta"]["hostvars"], groups


def _without_marks(value):
    if isinstance(value, dict):
        return value.get("__ansible_unsafe") or {name: _without_marks(inner) for name, inner in value.items()}
    return [_without_marks(inner) for inner in value] if isinstance(value, list) else value
