# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong inputs, each with one clear message and no request at all."""

from __future__ import annotations

import ansible_run
import pytest
from wrong_inputs import CASES, GUARD, conditions


def test_there_are_at_least_forty_cases():
    assert len(CASES) >= 40 and len({case[0] for case in CASES}) == len(CASES)


def test_each_wrong_input_has_one_clear_message_and_no_request(tenant):
    """All in one run, since a wrong input costs a task and nothing else."""
    tasks = []
    for name, module, arguments, dummy in CASES:
        # Having no break-glass account would be told beside what is wrong.
        beside = {"require_break_glass": False} if module == GUARD else {}
        tasks.append(
            {
                "name": name,
                f"msp.entra.{module}": {k: "{{ omit }}" if v is None else v for k, v in (beside | arguments).items()},
            }
        )
    done = tenant.tasks(*tasks, keep_going=True)
    assert tenant.log() == []
    assert "Traceback" not in done.output and "defect" not in done.output
    wrong = []
    for name, dummy, dummy, expected in CASES:
        failed = done.of(name)
        if not done.failed(name) or expected not in failed["msg"] or len(failed.get("problems", [])) != 1:
            wrong.append((name, failed.get("msg")))
    assert wrong == []


def test_all_problems_come_at_once(tenant):
    task = {
        "msp.entra.named_location": {
            "display_name": "",
            "ip_ranges": ["10.0.0.0", "nonsense"],
            "trusted": "maybe",
            "color": "red",
            "tenant_id": "x y",
        }
    }
    done = tenant.tasks(task)
    problems = done.of("0")["problems"]
    assert len(problems) == 6, problems
    assert tenant.log() == []


@pytest.mark.parametrize("missing", ["users", "applications"])
def test_a_new_policy_needs_its_conditions(tenant, missing):
    wanted = conditions(**{missing: None})
    wanted["conditions"].pop(missing)
    done = tenant.tasks({"msp.entra.conditional_access_policy": wanted})
    assert (
        done.returncode != 0 and f"conditions.{missing}: is missing. There is no policy 'P' yet" in done.of("0")["msg"]
    )
    assert not ansible_run.writes(tenant.log())
