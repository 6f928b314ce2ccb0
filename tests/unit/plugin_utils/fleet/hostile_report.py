# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report in which every text that comes from outside is made to be taken for something else."""

from __future__ import annotations

import typing as t

from sample_reports import EXPIRING_DAYS, NOW, POLICY, row

from ansible_collections.msp.entra.plugins.plugin_utils.fleet import record, report

# Each would set window.hacked, if the page ran it.
SCRIPTS = (
    "</script><script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    '" onmouseover="window.hacked=1" autofocus onfocus="window.hacked=1" x="',
    "' onclick='window.hacked=1",
    "<svg/onload=window.hacked=1>",
    "javascript:window.hacked=1",
    "--><script>window.hacked=1</script><!--",
    "</title><script>window.hacked=1</script>",
    "</style><script>window.hacked=1</script>",
    "]]><script>window.hacked=1</script>",
    "<!--<script>",
)
OTHERS = (
    "{{ 1+1 }}",
    "{% raw %}",
    "\u202egnissim\u202c \u2067abc",
    "\u2028\u2029",
    "\U0001f9ef Fire & Co \U0001f468\u200d\U0001f692",
    "null",
    "None",
    "0",
    "&lt;b&gt;",
    "a" * 400,
    "Stra\u00dfe \u0645\u0631\u062d\u0628\u0627 \u4e16\u754c",
)
NAMES = (*SCRIPTS, *OTHERS)


def hostile() -> dict[str, t.Any]:
    """A tenant for each name, which is its name and all else that is said of it."""
    rows = [_tenant(name, number) for number, name in enumerate(NAMES)]
    return report.made(rows, NOW, EXPIRING_DAYS, [{"generated": name, "counts": {}, "trend": []} for name in NAMES])


def _tenant(name: str, number: int) -> dict[str, t.Any]:
    check = {"id": name, "title": name, "status": "fail", "evidence": name, "remedy": name}
    diff = {
        "before": {name: [name, "kept"], "other": name},
        "after": {name: ["kept"], "other": None, "new": {name: name}},
        "after_header": name,
    }
    failed = {"failed": True, "failure_kind": name, "msg": name}
    return row(
        host=name,
        tenant_id=name,
        tenant_name=f"{name} ",
        restriction=POLICY,
        readiness={"checks": [check]},
        posture={"checks": [{**check, "status": "unknown"}]},
        part_a=[{"changed": True, "policy": {"display_name": POLICY, "enforcement": name}, "diff": diff}],
        sites=[{"name": name, "expires": "2026-12-01T00:00:00Z"}],
        impact={"suggestions": [{"cidr": name, "users": [name], "count": 3, "days": 2}]},
        accepted_risks=[name],
        # Half of them failed.
        failures=[{"part": record.PART_B, "task": name, "result": failed}] if number % 2 else [],
    )
