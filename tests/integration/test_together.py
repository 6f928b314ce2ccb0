# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that tests share is to each of them what it would have been alone."""

from __future__ import annotations

import pytest
from ansible_run import Run
from together import own_part

pytestmark = pytest.mark.one_ansible

RECAP = """\
PLAY RECAP *********************************************************************
t1                         : ok=2    changed=1    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0
t2                         : ok=1    changed=0    unreachable=0    failed=1    skipped=0    rescued=0    ignored=0
"""


def line(host, status="ok", task="A task", once=False, **result):
    return {"host": host, "task": task, "status": status, "once": once, "result": result}


def shared(*results, screen="", returncode=2):
    return Run(returncode, f"{screen}\n{RECAP}", list(results), 0)


def test_what_fails_for_one_is_the_other_s_success():
    run = shared(line("t1", msg="fine"), line("t2", "failed", msg="refused", lockout=[{"id": "NO-SITE"}]))
    first, second = own_part(run, {"t1"}), own_part(run, {"t2"})
    assert (first.returncode, second.returncode) == (0, 2)
    assert [one["host"] for one in first.results] == ["t1"] and [one["host"] for one in second.results] == ["t2"]
    assert "fine" in first.output and "refused" not in first.output and "fatal:" not in first.output
    assert "NO-SITE" in second.output and "fatal: [t2]" in second.output and "fine" not in second.output
    assert "changed=1" in first.output and "changed=1" not in second.output


def test_what_is_done_once_is_everybody_s():
    run = shared(line("t2", "failed", once=True, msg="t1 and t2 are the same tenant"))
    for host in ("t1", "t2"):
        part = own_part(run, {host})
        assert part.returncode == 2 and "are the same tenant" in part.output


@pytest.mark.parametrize("nested", [False, True], ids=["task", "item of a loop"])
def test_a_warning_is_of_who_is_warned(nested):
    warned = {"warnings": ["Risk accepted: [SITE-PRIVATE] and more words"]}
    run = shared(
        line("t1", **({"results": [warned]} if nested else warned)),
        screen="[WARNING]: Risk accepted: [SITE-PRIVATE]\nand more words",
    )
    assert "[WARNING]: Risk accepted: [SITE-PRIVATE]" in own_part(run, {"t1"}).output
    assert "[WARNING]" not in own_part(run, {"t2"}).output


def test_a_warning_of_nobody_is_everybody_s():
    run = shared(line("t1"), screen="[DEPRECATION WARNING]: Something old.")
    assert all("[DEPRECATION WARNING]: Something old." in own_part(run, {host}).output for host in ("t1", "t2"))


def test_an_end_that_no_tenant_explains_is_everybody_s():
    died = Run(250, "ERROR! Unexpected\n", [line("t1")], 0)
    assert own_part(died, {"t1"}) is died
    fine = RECAP.replace("failed=1", "failed=0")
    assert own_part(Run(250, fine, [], 0), {"t1"}).returncode == 250


def test_what_fails_on_localhost_is_everybody_s():
    failed = RECAP.replace("t2       ", "localhost")
    assert [own_part(Run(2, failed, [], 0), hosts).returncode for hosts in ({"t1"}, {"t1", "t3"})] == [2, 2]


def test_what_a_limit_leaves_out_is_no_failure():
    assert own_part(shared(line("t1")), {"t1", "t9"}).returncode == 0


def test_a_diff_is_told_as_it_is_shown():
    assert '+    "trusted": true' in own_part(shared({**line("t1"), "diff": '+    "trusted": true\n'}), {"t1"}).output
