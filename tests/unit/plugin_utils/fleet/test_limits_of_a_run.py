# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role takes a run to be limited to, out of what Ansible tells of its command line."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

DEFAULTS = pathlib.Path(__file__).parents[4] / "roles" / "fleet_report" / "defaults" / "main.yml"


def covers(**variables: t.Any) -> list[str]:
    loader = DataLoader()
    text = loader.load(DEFAULTS.read_text(encoding="utf-8"))["fleet_report_covers"]
    found: list[str] = Templar(loader=loader, variables=variables).template(trust_as_template(text))
    return found


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"ansible_limit": ""},
        {"ansible_limit": "all"},
        {"ansible_limit": "*"},
        {"ansible_limit": "entra_tenants"},
        {"tenants": "entra_tenants"},
        {"tenants": ["entra_tenants"]},
        {"ansible_run_tags": ["all"], "ansible_skip_tags": []},
    ],
)
def test_a_run_of_everything(variables: dict[str, t.Any]) -> None:
    assert covers(**variables) == []


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"ansible_limit": "!t2, all"}, ["--limit !t2, all"]),
        ({"ansible_limit": "!t2,all"}, ["--limit !t2,all"]),
        ({"ansible_limit": "t1 entra_tenants"}, ["--limit t1 entra_tenants"]),
        ({"ansible_limit": "!t2 *"}, ["--limit !t2 *"]),
        ({"ansible_limit": "!x=entra_tenants"}, ["--limit !x=entra_tenants"]),
        ({"ansible_limit": "all:!t2"}, ["--limit all:!t2"]),
        ({"tenants": "!t2, entra_tenants"}, ["-e tenants=!t2, entra_tenants"]),
        ({"tenants": ["t1", "t2"]}, ["-e tenants=t1,t2"]),
        ({"tenants": "all"}, ["-e tenants=all"]),
        ({"ansible_run_tags": ["part_b", "part_a"]}, ["--tags part_a,part_b"]),
        ({"ansible_run_tags": ["all"], "ansible_skip_tags": ["posture"]}, ["--skip-tags posture"]),
        ({"ansible_run_tags": ["entra_tenants"]}, ["--tags entra_tenants"]),
    ],
)
def test_a_run_that_was_limited(variables: dict[str, t.Any], expected: list[str]) -> None:
    assert covers(**variables) == expected
