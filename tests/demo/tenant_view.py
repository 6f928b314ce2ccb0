# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A practice tenant as a person sees it in the admin center: names, not ids; and the hand that changes something there."""

from __future__ import annotations

import typing as t

import requests
from screen import grid

from graph_emulator.launch import RunningEmulator

CLIENT, SECRET = "77777777-7777-4777-8777-777777777777", "practice-administrator"
CONDITIONAL_ACCESS = "/identity/conditionalAccess"
SECURITY_DEFAULTS = "/policies/identitySecurityDefaultsEnforcementPolicy"
STATES = {"enabled": "on", "disabled": "off", "enabledForReportingButNotEnforced": "report-only"}


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
                    "client_secret": SECRET,
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
            (f"{CONDITIONAL_ACCESS}/namedLocations", "id", "displayName"),
        )
        for path, key, name in listings:
            # Of a UPN the part before the domain, which is the tenant's own.
            names |= {entry[key]: entry[name].partition("@")[0] for entry in self._graph("GET", path)["value"]}
        return names

    def _listing(self, what: str) -> list[dict[str, t.Any]]:
        entries = self._graph("GET", f"{CONDITIONAL_ACCESS}/{what}")["value"]
        return sorted(entries, key=lambda entry: entry["displayName"])

    def table(self) -> str:
        """Locations and policies."""
        names = self._names()
        return "\n".join(
            [
                self.name,
                "",
                grid(
                    ("named location", "what", "trusted"),
                    [
                        (e["displayName"], _extent(e), "yes" if e.get("isTrusted") else "no")
                        for e in self._listing("namedLocations")
                    ],
                ),
                "",
                grid(
                    ("policy", "state", "who", "application", "where from", "then"),
                    [_policy_row(e, names) for e in self._listing("policies")],
                ),
            ]
        )

    def state(self, policy_name: str) -> str:
        """What a policy is set to, in people's words; absent where there is none of that name."""
        states = {entry["displayName"]: STATES[entry["state"]] for entry in self._listing("policies")}
        return states.get(policy_name, "absent")

    def set_security_defaults(self, on: bool) -> None:
        """Turn security defaults on or off, as Overview, Properties of the admin center does."""
        self._graph("PATCH", SECURITY_DEFAULTS, {"isEnabled": on})

    def tamper(self, policy_name: str, left_out: str) -> None:
        """Turn a policy off and leave somebody out of it, as a person with the admin center open can."""
        policy = next(entry for entry in self._listing("policies") if entry["displayName"] == policy_name)
        conditions = policy["conditions"]
        conditions["users"]["excludeUsers"].append(self._graph("GET", f"/users/{left_out}")["id"])
        self._graph(
            "PATCH", f"{CONDITIONAL_ACCESS}/policies/{policy['id']}", {"state": "disabled", "conditions": conditions}
        )


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
        "\n".join(then),
    )
