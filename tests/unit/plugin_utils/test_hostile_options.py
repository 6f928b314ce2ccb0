# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that nobody can mean, in every place of every module: told in words, with no traceback, and ahead of every write.

Each case has a number, from which everything in it follows: a failing one names it. Half of them are for real, so that what is
not refused is written; the other half are check runs, which write nothing whatever is given.
"""

from __future__ import annotations

import copy
import datetime
import json
import random
import types
import typing as t

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task
from documented import CHECKOUT, CREDENTIALS, MODULES, action, talks_to_graph
from fake_tenant import LOCATIONS, POLICIES, Tenant, guid
from mutated_wire import nodes

from ansible_collections.msp.entra.plugins.plugin_utils import connection

CASES, ROUNDS = 6000, 24

# As YAML reads what people write without quotes: on, no, 0x1f, octal addresses, dates, numbers with a colon.
SURPRISES = yaml.safe_load(
    "[on, no, y, 0x1f, 010.0.0.1, 1:30, 1e3, .nan, .inf, -.inf, 2026-12-24, 2026-12-24 18:00:00, ~, 1_000, 0o17, 127.1, '']"
)
STRANGE: tuple[t.Any, ...] = (
    *SURPRISES,
    *(
        True,
        False,
        0,
        -1,
        2**70,
        3.5,
        b"bytes",
        datetime.date(2026, 11, 25),
        [],
        {},
        [None],
        [[[]]],
        {"a": {"b": None}},
    ),
    *(
        "' or displayName ne '",
        "O'Brien's",
        "a'b''c",
        "%27%20or",
        "$filter=x",
        "a/../../b",
        "?",
        "#",
        "\\",
        "{{ 1 + 1 }}",
    ),
    *(
        "{% raw %}",
        "{{ lookup('pipe', 'id') }}",
        "\u0000",
        "a\u0000b",
        "a\nb",
        "\u2028",
        "\u202eevil",
        "\ud83d",
        "é",
        "🦊" * 300,
    ),
    *("x" * 20_000, " ", "  Office  ", "All", "None", "null", "00000000-0000-0000-0000-000000000000", guid(1).upper()),
    *(
        "0.0.0.0/0",
        "::/0",
        "1.2.3.4/33",
        "1.2.3.4",
        "010.0.0.1/32",
        "::ffff:1.2.3.4/128",
        "fe80::1%eth0/64",
        "1.2.3.0/24 ",
    ),
    *(
        ["x"] * 500,
        {str(number): number for number in range(50)},
        [{"name": "x", "cidrs": "y"}],
        {"add": 1, "remove": [2]},
    ),
)

OFFICE = {
    "@odata.type": "#microsoft.graph.ipNamedLocation",
    "id": guid(1),
    "displayName": "Office",
    "isTrusted": True,
    "ipRanges": [],
}
BREAK_GLASS = {"id": guid(2), "userPrincipalName": "breakglass@contoso.com", "accountEnabled": True}

CHECK = {"id": "licence", "title": "There is one", "status": "fail", "evidence": "none", "remedy": "Buy one."}
DIFF = {"before": {"enforcement": "disabled"}, "after": {"enforcement": "enabled"}, "after_header": "policy Block"}
RECORD = {
    "host": "northwind",
    "tenant_id": "11111111-1111-4111-8111-111111111111",
    "tenant_name": "Northwind",
    "status": "drift",
    "restriction": "disabled",
    "looked_at": ["part_a"],
    "checks": [{**CHECK, "part": "readiness"}],
    "drift": [
        {
            "part": "part_a",
            "object": "policy Block",
            "change": "update",
            "properties": [{"path": "enforcement", "is": "disabled", "wanted": True}],
        }
    ],
    "sites": [{"name": "Travel", "expires": "2030-01-01T00:00:00Z"}],
    "unlisted": [{"cidr": "203.0.113.9/32", "users": ["dana"], "count": 1, "days": 1}],
    "unlisted_known": True,
    "accepted_risks": ["SITE-SHRUNK"],
    "failures": [],
    "requests": {"count": 3, "seconds": 0.1},
}

GOOD: dict[str, dict[str, t.Any]] = {
    "named_location": {"display_name": "Home", "ip_ranges": ["93.184.216.34/32"], "trusted": True},
    "named_location_info": {"display_name": "Office"},
    "conditional_access_policy": {
        "display_name": "MFA",
        "enforcement": "report_only",
        "conditions": {
            "users": {"include_users": ["All"], "exclude_users": {"add": ["breakglass@contoso.com"]}},
            "applications": {
                "include_applications": ["All"],
                "application_filter": {"mode": "include", "rule": "x -eq 1"},
            },
            "locations": {"include_locations": ["All"], "exclude_locations": ["Office"]},
            "client_app_types": ["all"],
            "sign_in_risk_levels": ["high"],
        },
        "grant_controls": {"operator": "OR", "built_in_controls": ["mfa"]},
        "session_controls": {"sign_in_frequency": {"value": 4, "type": "hours"}},
        "break_glass_accounts": ["breakglass@contoso.com"],
        "accept_risks": ["BLOCK-ALL"],
    },
    "conditional_access_policy_info": {"names": True, "display_name": "MFA"},
    "lockout_guard": {
        "application": "Syncro SSO",
        "sites": [{"name": "Office", "cidrs": ["93.184.216.34/32"], "expires": "2030-01-01T00:00:00Z"}],
        "break_glass_accounts": ["breakglass@contoso.com"],
        "writes_policies": ["MFA"],
    },
    "audit_record": {
        "host": "northwind",
        "readiness": {"checks": [CHECK], "requests": {"count": 1, "seconds": 0.1}},
        "service_account": {"enabled": [{"certain": True}], "report_only": [], "summary": ["It stops."]},
        "impact": {"suggestions": [{"cidr": "203.0.113.9/32", "users": ["dana"], "count": 1, "days": 1}]},
        "sites": [{"name": "Travel", "expires": "2030-01-01T00:00:00Z"}],
        "part_a": [
            {"changed": True, "policy": {"display_name": "Block", "enforcement": "enabled"}, "diff": DIFF},
            {"results": [{"changed": False, "requests": {"count": 1}}]},
        ],
        "failures": [
            {"part": "part_b", "task": "Look", "result": {"failed": True, "msg": "No.", "failure_kind": "login"}}
        ],
    },
    "audit_verdict": {"record": RECORD},
    "fleet_report": {"path": "reports", "records": [RECORD], "hosts": ["northwind", "fabrikam"]},
    "posture_info": {"restriction": "MFA", "break_glass_accounts": ["breakglass@contoso.com"]},
    "put_back": {"results": [{"writes": []}], "failed_result": {"failed": True, "msg": "No."}, "failed_task": "Try"},
    "readiness_info": {"application": "Syncro SSO", "sites": [{"name": "Office", "cidrs": ["93.184.216.34/32"]}]},
    "role_arguments": {"argument_specs": str(CHECKOUT / "roles/syncro_ip_restriction/meta/argument_specs.yml")},
    "rollback": {"backup_file": "nowhere.jsonl"},
    "service_account_info": {"service_account": "breakglass@contoso.com"},
    "run_arguments": {"playbook": "deploy"},
    "shown_info": {"results": [{"writes": []}]},
    "sign_in_impact_info": {
        "days": 7,
        "application": "Syncro SSO",
        "sites": [{"name": "Office", "cidrs": ["93.184.216.34/32"]}],
    },
    "sign_in_info": {"days": 7, "application": "Syncro SSO", "user": "breakglass@contoso.com"},
    "sign_in_sessions": {"users": ["breakglass@contoso.com"]},
    "validation_info": {"policy": "MFA", "application": "Syncro SSO"},
    "what_if_info": {"user": "breakglass@contoso.com", "application": "Syncro SSO", "ip_address": "93.184.216.34"},
}


class Elsewhere(Tenant):
    """Answers with nothing where it knows no such listing."""

    permissions = None

    def _read(self, path: str) -> dict:
        try:
            return super()._read(path)
        except KeyError:
            return {"value": []}

    def each(self, path: str) -> t.Iterator[dict]:
        return iter(self.get(path)["value"])

    def repeat(self, path: str) -> None:
        self._write("POST", path, None, lambda: None)

    def evaluations(self, path: str, bodies: t.Sequence[dict]) -> list:
        return []


def test_there_is_a_case_for_every_module():
    assert sorted(GOOD) == MODULES


# Sorts of failures of which the message says that nothing was written.
REFUSED = ("input", "lockout", "ambiguous")


def strange(dice):
    """A module, its options with something in them that nobody means, and what that is."""
    module = dice.choice(MODULES)
    options = copy.deepcopy(GOOD[module])
    about = []
    for dummy in range(dice.choice([1, 1, 1, 2, 3])):
        node = dice.choice(list(nodes(options)))
        node.holder[node.key] = copy.deepcopy(dice.choice(STRANGE))
        about.append(f"{node.path} = {str(node.holder[node.key])[:80]!r}")
    if dice.random() < 0.1:
        known = dice.choice(sorted(action(module).SPEC.options))
        options[known] = copy.deepcopy(dice.choice(STRANGE))
        about.append(f"{known} = {str(options[known])[:80]!r}")
    return module, options, about


def ran(module, options, check_mode, monkeypatch):
    """The tenant that the module ran on, and its result."""
    tenant = Elsewhere()
    tenant.objects |= copy.deepcopy({LOCATIONS: [OFFICE], "/users": [BREAK_GLASS], POLICIES: []})
    reads = tenant.reads()
    monkeypatch.setattr(connection, "reads_for", lambda *dummy: reads)
    task = Task()
    task.args, task.check_mode = {**(CREDENTIALS if talks_to_graph(module) else {}), **options}, check_mode
    nowhere = types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir="/"))
    return tenant, action(module)(task, nowhere, None, DataLoader(), None, None).run(None, {})


@pytest.mark.parametrize("module", ["named_location", "conditional_access_policy", "sign_in_sessions"])
def test_what_is_meant_is_written(monkeypatch, module):
    """Or it would say nothing that a refusal comes without a write."""
    tenant, result = ran(module, GOOD[module], False, monkeypatch)
    assert not result.get("failed"), result
    assert tenant.writes()


@pytest.mark.parametrize("part", range(ROUNDS))
def test_no_option_leads_to_a_traceback_or_to_a_write(monkeypatch, tmp_path, counted, part):
    # What a path that nobody means leads to lies there.
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    refused = wrote = 0
    for case in range(part * CASES // ROUNDS, (part + 1) * CASES // ROUNDS):
        dice = random.Random(case)
        module, options, about = strange(dice)
        tenant, result = ran(module, options, check_mode=case % 2 == 0, monkeypatch=monkeypatch)
        where = f"case {case}: {module}, {', '.join(about)}"
        json.dumps(result)
        assert "defect" not in str(result.get("msg")), f"{where}: {result['msg']}"
        if case % 2 == 0 or result.get("failure_kind") in REFUSED:
            assert tenant.writes() == [], where
        refused += case % 2 == 1 and result.get("failure_kind") in REFUSED
        wrote += bool(tenant.writes())
    counted("options fuzzed", CASES // ROUNDS)
    counted("of those, for real and refused ahead of every write", refused)
    counted("of those, for real and written", wrote)
