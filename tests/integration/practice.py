# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Practice tenants: their seed, and the ways to one."""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

import ansible_run
import requests

from graph_emulator.launch import RunningEmulator

SECRET = "practice secret with 'quotes'"
# What the README asks for, and what groups and roles by name need on top.
LEAST = ["Policy.Read.All", "Policy.ReadWrite.ConditionalAccess", "Application.Read.All", "User.Read.All"]
NAMES = [
    "Group.Read.All",
    "RoleManagement.Read.Directory",
    "Agreement.Read.All",
    "CrossTenantInformation.ReadBasic.All",
]
WRITE = [*LEAST, *NAMES]
READ = ["Policy.Read.All", "Application.Read.All", "User.Read.All", "Group.Read.All", "RoleManagement.Read.Directory"]


def tenant_seed(number: int) -> dict[str, t.Any]:
    """A tenant like the next one's neighbour: same people, another id."""
    domain = f"tenant{number}.example"
    return {
        "id": f"{number:08d}-1111-4111-8111-111111111111",
        "name": f"Tenant {number}",
        "domain": domain,
        "licences": ["AAD_PREMIUM"],
        "security_defaults": False,
        "users": [
            {"upn": f"breakglass@{domain}", "enabled": True, "roles": ["Global Administrator"], "mfa_registered": True},
            {"upn": f"retired@{domain}", "enabled": False},
            {"upn": f"dana@{domain}", "enabled": True},
            {"upn": f"syncro-svc@{domain}", "enabled": True, "mfa_registered": True},
        ],
        "groups": [{"name": "Technicians", "members": [f"dana@{domain}"]}, {"name": "Twins"}],
        "applications": [{"name": "Syncro SSO"}, {"name": "O'Brien's App & Co"}],
        "terms_of_use": [{"name": "House rules"}, {"name": "Visitors' rules"}],
        "authentication_contexts": [{"id": "c1", "name": "Secret things"}, {"id": "c2", "name": "Money"}],
        "authentication_strengths": [{"name": "Keys only", "combinations": ["fido2"]}],
        "clients": [
            {"client_id": f"{number:08d}-2222-4222-8222-222222222222", "secret": SECRET, "permissions": WRITE},
            {"client_id": f"{number:08d}-3333-4333-8333-333333333333", "secret": SECRET, "permissions": READ},
            {"client_id": f"{number:08d}-5555-4555-8555-555555555555", "secret": SECRET, "permissions": LEAST},
        ],
    }


@dataclasses.dataclass
class Tenant:
    """One practice tenant and the ways to it."""

    number: int
    emulator: RunningEmulator
    home: pathlib.Path

    @property
    def domain(self) -> str:
        return f"tenant{self.number}.example"

    @property
    def id(self) -> str:
        return f"{self.number:08d}-1111-4111-8111-111111111111"

    def upn(self, who: str) -> str:
        """The UPN of one of the tenant's people."""
        return f"{who}@{self.domain}"

    def defaults(self, reader: bool = False) -> dict[str, t.Any]:
        """Module defaults: the client that may write, or the one that may only read."""
        client = "3333-4333-8333-333333333333" if reader else "2222-4222-8222-222222222222"
        return {
            "tenant_id": self.id,
            "client_id": f"{self.number:08d}-{client}",
            "client_secret": SECRET,
            "login_url": self.emulator.url,
            "graph_url": self.emulator.url,
            "ca_path": str(self.emulator.ca_file),
        }

    def tasks(
        self,
        *tasks: dict[str, t.Any],
        arguments: t.Sequence[str] = (),
        reader: bool = False,
        given: dict[str, t.Any] | None = None,
        **more: t.Any,
    ):
        """Run tasks on this tenant, with module defaults of its own or those given; the request log is that of this run."""
        self.emulator.clear()
        return ansible_run.run_tasks(self.home, tasks, given or self.defaults(reader), *arguments, **more)

    def results(self, *tasks: dict[str, t.Any], **more: t.Any) -> list[dict[str, t.Any]]:
        """Run tasks that must succeed; their results in order."""
        done = self.tasks(*tasks, **more)
        assert done.returncode == 0, done.output
        return [line["result"] for line in done.results]

    def token(self) -> str:
        """An access token of the client that may write."""
        login = {
            "grant_type": "client_credentials",
            "client_id": self.defaults()["client_id"],
            "client_secret": SECRET,
            "scope": f"{self.emulator.url}/.default",
        }
        url = f"{self.emulator.url}/{self.id}/oauth2/v2.0/token"
        return requests.post(url, data=login, verify=str(self.emulator.ca_file), timeout=30).json()["access_token"]

    def graph(self, method: str, path: str, body: t.Any = None) -> t.Any:
        """Ask the server itself, as a person in the admin center would."""
        answer = requests.request(
            method,
            f"{self.emulator.url}/v1.0{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.token()}"},
            verify=str(self.emulator.ca_file),
            timeout=30,
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def meets(self, *faults: dict[str, t.Any]) -> None:
        """Let these faults strike the tenant's requests, in the place of those before."""
        self.emulator.set_faults({"faults": list(faults)}, self.id)

    def locations(self) -> list[dict[str, t.Any]]:
        """The tenant's named locations as Graph shows them."""
        return self.graph("GET", "/identity/conditionalAccess/namedLocations")["value"]

    def policies(self) -> list[dict[str, t.Any]]:
        """The tenant's policies as Graph shows them."""
        return self.graph("GET", "/identity/conditionalAccess/policies")["value"]

    def log(self) -> list[dict[str, t.Any]]:
        """Requests since the last run began."""
        return self.emulator.requests()
