# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy that breaks no rule of the lockout guard, to be changed in one place, and how it is judged."""

from __future__ import annotations

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import lockout, policy_lockout

ADMIN, OTHER, SERVICE = "0a-admin", "0b-other", "0c-service"
OFFICE, HOME, MADE_UP, GONE = "1a-office", "1b-home", "1c-made-up", "1d-gone"
MFA_TRUSTED_IPS = "00000000-0000-0000-0000-000000000000"
REPORT_ONLY = "enabledForReportingButNotEnforced"

EVERY_APP = {"includeApplications": ["All"]}
NOWHERE = {"includeLocations": ["All"], "excludeLocations": []}


def policy(state="enabled", controls=("block",), **changes):
    """Blocks everyone but the break-glass and service account from one application, except at the office."""
    conditions = {
        "clientAppTypes": ["all"],
        "users": users(ADMIN, SERVICE),
        "applications": {"includeApplications": ["syncro"]},
        "locations": outside(OFFICE),
    }
    grant = {"operator": "OR", "builtInControls": list(controls)}
    return {"displayName": "P", "state": state, "conditions": conditions | changes, "grantControls": grant}


def users(*excluded, include=("All",), **more):
    return {"includeUsers": list(include), "excludeUsers": list(excluded), **more}


def outside(*locations):
    return {"includeLocations": ["All"], "excludeLocations": list(locations)}


def location(name="Office", cidr="8.8.8.0/24", trusted=True):
    return {"displayName": name, "isTrusted": trusted, "ipRanges": [{"cidrAddress": cidr}]}


def of_policy(value, accounts=(ADMIN,), service=SERVICE, private=False, **locations):
    """What speaks against a policy in a tenant with an office, or with other locations."""
    there = {
        OFFICE: location(),
        # As check mode has it.
        MADE_UP: {"ipRanges": []},
        **{{"office": OFFICE, "home": HOME, "legacy": MFA_TRUSTED_IPS}[name]: one for name, one in locations.items()},
    }
    there = {key: {"id": key, **one} for key, one in there.items() if one}
    view = policy_lockout.View(value, there)
    return policy_lockout.of_policy(view, {f"{account}@x.y": account for account in accounts}, service, private)


def rules(findings: list[lockout.Finding]) -> list[str]:
    return [finding.rule.id for finding in findings]
