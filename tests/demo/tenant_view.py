# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A practice tenant as a person sees it in the admin center: names, not ids; and the hand that changes a policy there."""

from __future__ import annotations

import typing as t

import requests

from graph_emulator.launch import RunningEmulator

CLIENT = "22222222-2222-4222-8222-222222222222"
STATES = {"enabled": "on", "disabled": "off", "enabledForReportingButNotEnforced": "report-only"}


def grid(header: t.Sequence[str], rows: t.Sequence[t.Sequence[str]]) -> str:
    """Columns as wide as they need; a cell may have several lines."""
    cells = [[str(cell).split("\n") for cell in row] for row in [header, *rows]]
    widths = [max(len(line) for row in cells for line in row[column]) for column in range(len(header))]
    lines = []
    for number, row in enumerate(cells):
        for height in range(max(len(cell) for cell in row)):
            parts = [cell[height] if height < len(cell) else "" for cell in row]
            lines.append(
                "  " + "  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip()
            )
        if number == 0:
            lines.append("  " + "  ".join("-" * width for width in widths))
    return "\n".join(lines)


class PracticeTenant:
    """One tenant, read through Graph by another client than the collection."""

    def __init__(self, emulator: RunningEmulator, name: str, tenant_id: str):
        self._emulator = emulator
        self.name = name
        self._tenant_id = tenant_id
        self._token: str | None = None

    def _graph(self, method: str, path: str, body: t.Any = None) -> t.Any:
        verify = str(self._emulator.ca_file)
        if self._token is None:
            answer = requests.post(
                f"{self._emulator.url}/{self._tenant_id}/oauth2/v2.0/token",
                data={
                    "grant_type": "client_credentials",
                    "client_id": CLIENT,
                    "client_secret": "practice-secret",
                    "scope": f"{self._emulator.url}/.default",
                },
                verify=verify,
                timeout=30,
            )
            answer.raise_for_status()
            self._token = answer.json()["access_token"]
        answer = requests.request(
            method,
            f"{self._emulator.url}/v1.0{path}",
            json=body,
            headers={"Authorization": f"Bearer {self._token}"},
            verify=verify,
            timeout=30,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def _names(self) -> dict[str, str]:
        names = {"All": "all", "AllTrusted": "all trusted"}
        listings = (
            ("/users", "id", "userPrincipalName"),
            ("/servicePrincipals", "appId", "displayName"),
            ("/directoryRoleTemplates", "id", "displayName"),
            ("/identity/conditionalAccess/namedLocations", "id", "displayName"),
        )
        for path, key, name in listings:
            names |= {entry[key]: entry[name] for entry in self._graph("GET", path)["value"]}
        return names

    def table(self) -> str:
        """Locations and policies."""
        names = self._names()
        locations = sorted(
            self._graph("GET", "/identity/conditionalAccess/namedLocations")["value"], key=lambda e: e["displayName"]
        )
        policies = sorted(
            self._graph("GET", "/identity/conditionalAccess/policies")["value"], key=lambda e: e["displayName"]
        )
        return "\n".join(
            [
                self.name,
                "",
                grid(
                    ("named location", "what", "trusted"),
                    [(e["displayName"], _extent(e), "yes" if e.get("isTrusted") else "no") for e in locations],
                ),
                "",
                grid(
                    ("policy", "state", "who", "application", "where from", "then"),
                    [_policy_row(e, names) for e in policies],
                ),
            ]
        )

    def tamper(self, policy_name: str, left_out: str) -> None:
        """Turn a policy off and leave somebody out of it, as a person with the admin center open can."""
        policies = self._graph("GET", "/identity/conditionalAccess/policies")["value"]
        policy = next(entry for entry in policies if entry["displayName"] == policy_name)
        conditions = policy["conditions"]
        conditions["users"]["excludeUsers"].append(self._graph("GET", f"/users/{left_out}")["id"])
        path = f"/identity/conditionalAccess/policies/{policy['id']}"
        self._graph("PATCH", path, {"state": "disabled", "conditions": conditions})


def _extent(location: dict[str, t.Any]) -> str:
    if "ipRanges" in location:
        return "\n".join(entry["cidrAddress"] for entry in location["ipRanges"])
    return ", ".join(location["countriesAndRegions"])


def _sides(included: t.Iterable[str], excluded: t.Iterable[str], names: dict[str, str]) -> str:
    lines = [names.get(one, one) for one in included]
    return "\n".join(lines + [f"not {names.get(one, one)}" for one in excluded])


def _policy_row(policy: dict[str, t.Any], names: dict[str, str]) -> tuple[str, ...]:
    conditions = policy["conditions"]
    users = conditions["users"]
    locations = conditions["locations"] or {"includeLocations": ["anywhere"], "excludeLocations": []}
    then = list((policy["grantControls"] or {}).get("builtInControls") or [])
    frequency = (policy["sessionControls"] or {}).get("signInFrequency")
    if frequency:
        then.append("every time" if frequency["frequencyInterval"] == "everyTime" else "now and then")
    return (
        policy["displayName"],
        STATES[policy["state"]],
        _sides(users["includeUsers"] + users["includeRoles"], users["excludeUsers"], names),
        _sides(conditions["applications"]["includeApplications"], [], names),
        _sides(locations["includeLocations"], locations["excludeLocations"], names),
        ", ".join(then),
    )
