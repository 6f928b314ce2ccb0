# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory a reader would write, of practice tenants, and the shipped playbooks run on it."""

from __future__ import annotations

import ansible_run
import yaml

BLOCK = "Block Syncro - Outside Trusted IPs"
MFA = "Syncro Service Account MFA Policy"
SITES = [
    {"name": "MSP Office", "cidrs": ["198.51.100.10/32", "2001:db8:1::/48"]},
    {"name": "Warehouse", "cidrs": ["203.0.113.64/28"]},
]


class Fleet:
    """An inventory of practice tenants, and playbooks run on it."""

    def __init__(self, home, *tenants):
        self.home = home
        self.tenants = tenants
        self.hosts = {f"t{tenant.number}": self._host(tenant) for tenant in tenants}

    def _host(self, tenant):
        return {
            **{f"entra_{name}": value for name, value in tenant.defaults().items()},
            "ansible_connection": "local",
            "syncro_application": "Syncro SSO",
            "syncro_sites": SITES,
            "syncro_break_glass_accounts": [tenant.upn("breakglass")],
            "syncro_service_account": tenant.upn("syncro-svc"),
        }

    def of(self, *tenants):
        """Some of its tenants, and their variables as they were at first."""
        return type(self)(self.home, *tenants)

    def set(self, **variables):
        """Change variables of every tenant; None leaves one out."""
        for host in self.hosts.values():
            host.update(variables)
            for name in [name for name, value in variables.items() if value is None]:
                del host[name]
        return self

    def written(self):
        """The inventory as a file."""
        inventory = self.home / "inventory.yml"
        inventory.write_text(
            yaml.safe_dump({"entra_tenants": {"hosts": self.hosts}}, sort_keys=False), encoding="utf-8"
        )
        return inventory

    def run(self, playbook, *arguments, **environment):
        self.tenants[0].emulator.clear()
        inventory = str(self.written())
        return ansible_run.run(self.home, f"msp.entra.{playbook}", "-i", inventory, *arguments, **environment)

    def enforce(self):
        """Part A on, without waiting for evidence; the risk is accepted once."""
        done = self.set(syncro_enforcement="enabled", accept_risks=["NO-EVIDENCE"]).run("deploy")
        assert done.returncode == 0 and "Risk accepted: [NO-EVIDENCE]" in done.output, done.output
        return self.set(accept_risks=None)

    def log(self):
        return self.tenants[0].log()

    def writes(self):
        return ansible_run.writes(self.log())


def recap(run, word):
    """The sum of a word of the recap over all hosts."""
    lines = run.output.rsplit("PLAY RECAP", 1)[1].splitlines()
    return sum(int(part.split("=")[1]) for line in lines for part in line.split() if part.startswith(f"{word}="))


def succeeded(run):
    assert run.returncode == 0, run.output
    assert "[WARNING]" not in run.output and "[DEPRECATION" not in run.output, run.output
    return run


def state(tenant):
    """Locations and policies by name, without what changes at every write."""

    def bare(entry):
        return {k: v for k, v in entry.items() if k not in ("id", "createdDateTime", "modifiedDateTime")}

    return {e["displayName"]: bare(e) for e in [*tenant.locations(), *tenant.policies()]}
