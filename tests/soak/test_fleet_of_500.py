# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""500 tenants in one audit, some of them drifted, gone, throttled or shut: the run comes to its end and tells each apart.

FLEET_TENANTS (500) says how many there are.
"""

from __future__ import annotations

import os
import time

import ansible_run
from audited_fleet import AuditedFleet
from fleet import succeeded

TENANTS = int(os.environ.get("FLEET_TENANTS", "500"))
DRIFTED, GONE, SLOW, SHUT = range(1, 21), range(21, 26), range(26, 29), range(29, 31)


def test_each_is_told_apart(tmp_path, monkeypatch):
    # A slow machine, or a busy one, takes 2 s a tenant.
    monkeypatch.setattr(ansible_run, "LONGEST", ansible_run.LONGEST + 3 * TENANTS)
    with AuditedFleet(tmp_path, TENANTS) as fleet:
        succeeded(fleet.run("deploy", "-f", "25"))
        for number in DRIFTED:
            fleet.drifts(number)
        for number in GONE:
            fleet.is_gone(number)
        for number in SHUT:
            fleet.is_shut(number)
        fleet.are_slow(*SLOW)
        started = time.monotonic()
        run = fleet.run("audit", "-f", "25", "-e", '{"audit_stop_at": ["drift"]}')
        seconds, report = time.monotonic() - started, fleet.report
        written = [line for line in fleet.writes() if not line["path"].endswith("/evaluate")]
    found = {
        status: {row["host"] for row in report["tenants"] if row["status"] == status} for status in ("failed", "drift")
    }
    kinds = {row["host"]: row["failures"][0]["kind"] for row in report["tenants"] if row["failures"]}
    assert run.returncode == 4 and written == []
    assert len(report["tenants"]) == TENANTS
    assert found["drift"] == {f"t{number}" for number in DRIFTED}
    assert kinds == {
        **{f"t{number}": "unreachable" for number in GONE},
        **{f"t{number}": "throttled" for number in SLOW},
        **{f"t{number}": "login" for number in SHUT},
    }
    page = tmp_path / "reports" / "report.html"
    size = page.stat().st_size / 1000
    print(
        f"\n{TENANTS} tenants audited in {seconds:.0f} s, {report['counts']['requests']} requests; the page has {size:.0f} kB"
    )
    print(report["counts"]["by_status"], report["counts"]["by_failure"])
    assert size < 1000 * max(1, TENANTS / 200)
