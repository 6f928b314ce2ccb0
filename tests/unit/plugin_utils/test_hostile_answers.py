# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of Graph that are not what Graph answers: no traceback, no end that never comes, and no write by what cannot be read.

Each case has a number, from which everything in it follows: a failing one names it. In each, one answer of those that the task
gets when all is well is another, and what must come of that is known in most: a passing trouble leaves no trace, and what cannot
be meant ends the task ahead of its next write.
"""

from __future__ import annotations

import copy
import functools
import json
import random
import types

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task
from documented import CREDENTIALS, action
from fake_tenant import LOCATIONS, POLICIES, TENANT_ID, Tenant, guid
from mutated_wire import PASSING, REDIRECTS, STANDING, MutatedWire

from ansible_collections.msp.entra.plugins.plugin_utils import connection
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.forms import FORMS
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.named_location import IP_TYPE
from ansible_collections.msp.entra.plugins.plugin_utils.graph.clouds import Cloud
from ansible_collections.msp.entra.plugins.plugin_utils.graph.patience import Patience
from ansible_collections.msp.entra.plugins.plugin_utils.graph.reads import Reads
from ansible_collections.msp.entra.plugins.plugin_utils.graph.session import GraphSession

CASES, ROUNDS = 3000, 24

RANGE = {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "93.184.216.34/32"}
OFFICE = {"@odata.type": IP_TYPE, "id": guid(1), "displayName": "Office", "isTrusted": True, "ipRanges": [RANGE]}
SPARE = {**OFFICE, "id": guid(7), "displayName": "Spare", "isTrusted": True}
BREAK_GLASS = {"id": guid(2), "userPrincipalName": "breakglass@contoso.com", "accountEnabled": True}
PART_A = {
    "id": guid(3),
    "displayName": "Block",
    "state": "enabledForReportingButNotEnforced",
    "createdDateTime": "2026-01-01T00:00:00Z",
    "conditions": {
        "clientAppTypes": ["all"],
        "users": {"includeUsers": ["All"], "excludeUsers": [guid(2)], "includeGroups": []},
        "applications": {"includeApplications": [guid(4)]},
        "locations": {"includeLocations": ["All"], "excludeLocations": [guid(1)]},
        "platforms": None,
    },
    "grantControls": {"operator": "OR", "builtInControls": ["block"], "authenticationStrength": None},
    "sessionControls": None,
}
OTHER = {
    "id": guid(5),
    "displayName": "Hours",
    "state": "enabled",
    "conditions": {
        "clientAppTypes": ["browser"],
        "users": {"includeUsers": ["All"], "excludeUsers": [guid(2)]},
        "applications": {"includeApplications": ["All"]},
        "signInRiskLevels": ["high"],
        "devices": {"deviceFilter": {"mode": "exclude", "rule": "device.isCompliant -eq True"}},
    },
    "grantControls": {"operator": "AND", "builtInControls": ["mfa"], "authenticationStrength": {"id": guid(6)}},
    "sessionControls": {
        "signInFrequency": {"isEnabled": True, "value": 4, "type": "hours", "frequencyInterval": "timeBased"}
    },
}

# Tasks that write, by what they find there, and tasks that read.
TASKS = {
    "location made": ("named_location", {"display_name": "Home", "ip_ranges": ["93.184.216.35/32"]}),
    "location changed": (
        "named_location",
        {"display_name": "Office", "ip_ranges": ["93.184.216.0/24"], "trusted": True},
    ),
    "location untrusted": ("named_location", {"display_name": "Office", "trusted": False}),
    "location gone": ("named_location", {"display_name": "Spare", "state": "absent"}),
    "policy made": (
        "conditional_access_policy",
        {
            "display_name": "MFA",
            "conditions": {
                "users": {"include_users": ["All"], "exclude_users": ["breakglass@contoso.com"]},
                "applications": {"include_applications": ["All"]},
                "locations": {"include_locations": ["All"], "exclude_locations": ["Office"]},
            },
            "grant_controls": {"built_in_controls": ["mfa"]},
        },
    ),
    "policy changed": (
        "conditional_access_policy",
        {"display_name": "Block", "enforcement": "enabled", "break_glass_accounts": ["breakglass@contoso.com"]},
    ),
    "policy gone": ("conditional_access_policy", {"display_name": "Hours", "state": "absent"}),
    "locations told": ("named_location_info", {}),
    "policies told": ("conditional_access_policy_info", {"names": True}),
    "guard": (
        "lockout_guard",
        {
            "sites": [{"name": "Office", "cidrs": ["93.184.216.34/32"]}],
            "break_glass_accounts": ["breakglass@contoso.com"],
            "writes_policies": ["Block"],
            "enforces_policies": ["Block"],
            "accept_risks": ["NO-EVIDENCE"],
        },
    ),
    "service account": ("service_account_info", {"service_account": "breakglass@contoso.com"}),
}


def tenant():
    made = Tenant()
    made.objects |= copy.deepcopy({LOCATIONS: [OFFICE, SPARE], POLICIES: [PART_A, OTHER], "/users": [BREAK_GLASS]})
    return made


class Login:
    tenant_id, permissions, caller, renewable = TENANT_ID, None, None, True

    def token(self, refused=None):
        return "token"


def ran(name, wire, monkeypatch):
    """The result of that task over this wire."""
    module, options = TASKS[name]
    patience = Patience(120, sleep=lambda seconds: None, jitter=lambda low, high: high)
    cloud = Cloud("private", "https://login.test", "https://graph.test", private=True)
    reads = Reads(GraphSession(cloud, Login(), wire, patience), FORMS)
    monkeypatch.setattr(connection, "reads_for", lambda *dummy: reads)
    task = Task()
    task.args, task.check_mode = {**CREDENTIALS, **options}, False
    plugin = action(module)(
        task, types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir="/")), None, DataLoader(), None, None
    )
    return plugin.run(None, {})


# What is kept about an object and judged by nobody.
BESIDE = {"createdDateTime", "modifiedDateTime", "deletedDateTime", "templateId", "description"}


def of_another_form(wire):
    """Whether a value that is known became one of another JSON type, in an object of Conditional Access."""
    if wire.change != "replaced" or wire.after is None or wire.before is None:
        return False
    names = [name for name in wire.path if isinstance(name, str)]
    in_object = bool({"conditions", "grantControls", "sessionControls", "ipRanges", "isTrusted", "state"} & set(names))
    annotated = any("@odata" in name for name in names) or bool(BESIDE & set(names)) or "ipRanges" in names[:-1]
    # Of a strength that Graph shows whole, the id counts.
    return (
        in_object
        and not annotated
        and "authenticationStrength" not in names[:-1]
        and type(wire.before) is not type(wire.after)
    )


# The objects that the tasks are about. Who has an id is looked up for people to read as well, and then goes without.
DECISIVE = (LOCATIONS, POLICIES)


def must_stop(name, wire):
    """Whether the spoiled answer can be taken for none that the task could go on by."""
    if name.endswith("told"):
        return False
    if of_another_form(wire):
        return True
    if not any(path.startswith(DECISIVE) for path in wire.asked):
        return False
    if wire.change == "status":
        return wire.after in (*STANDING, *REDIRECTS)
    return wire.change == "removed" and lacks_what_it_is_known_by(wire)


def lacks_what_it_is_known_by(wire):
    """Whether a batch has no parts, a listing no values, or one of the objects that the task is about no id."""
    path, asked = wire.path, wire.asked[0]
    if path[0] == "responses":
        if path[2:3] != ("body",):
            return path[2:] in ((), ("id",), ("status",))
        path, asked = path[3:], wire.asked[path[1]]
    return asked.startswith(DECISIVE) and (path in ((), ("value",), ("id",)) or (len(path) == 3 and path[2] == "id"))


def must_pass(wire):
    """Whether asking again is enough, after which all is as if nothing had been."""
    return wire.change in ("not JSON", "headers") or (wire.change == "status" and wire.after in PASSING)


@functools.cache
def clean(name):
    """The number of answers that the task gets when all is well, and what it then writes."""
    there = tenant()
    wire = MutatedWire(there, None, random.Random())
    with pytest.MonkeyPatch.context() as monkeypatch:
        result = ran(name, wire, monkeypatch)
    assert not result.get("failed"), result
    return wire.count, there.writes()


@pytest.mark.parametrize("part", range(ROUNDS))
def test_no_answer_leads_to_a_traceback_or_to_a_write_that_rests_on_it(monkeypatch, counted, part):
    stopped = passed = 0
    for case in range(part * CASES // ROUNDS, (part + 1) * CASES // ROUNDS):
        dice = random.Random(case)
        name = dice.choice(sorted(TASKS))
        answers, writes = clean(name)
        there = tenant()
        wire = MutatedWire(there, dice.randrange(answers), dice)
        result = ran(name, wire, monkeypatch)
        about = (
            f"case {case}: {name}, {wire.asked}, {wire.change} {wire.path} {wire.before!r} -> {wire.after!r}: {result}"
        )
        json.dumps(result)
        assert wire.change, about
        assert "defect" not in str(result.get("msg")), about
        if not wire.read:
            continue
        if must_stop(name, wire):
            stopped += 1
            assert result.get("failed"), about
            assert len(there.writes()) == wire.written, about
        elif must_pass(wire):
            passed += 1
            assert not result.get("failed"), about
            assert there.writes() == writes, about
    counted("answers of Graph spoiled", CASES // ROUNDS)
    counted("of those, reads that must stop the task ahead of its next write", stopped)
    counted("of those, reads that must leave no trace", passed)
