# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several hosts of the inventory that are one tenant. Deploy refuses to work on them; an audit has looked at each, counts it as
often, and has that as a finding. Of the slices of a run none need have seen it: it shows where their rows come together."""

from __future__ import annotations

import typing as t

from .. import guids
from ..conditional_access.verdicts import FAIL
from ..options import Options
from .record import CLEAN, FINDINGS, READINESS

# Of the check that says so.
ID = "one-host"


def groups(rows: t.Sequence[Options]) -> list[list[str]]:
    """The hosts of each tenant that has more than one. Of a row without an id nobody knows whose it is."""
    hosts: dict[str, list[str]] = {}
    for row in rows:
        if row["tenant_id"]:
            hosts.setdefault(guids.plain(row["tenant_id"]).lower(), []).append(row["host"])
    return [sorted(same) for same in hosts.values() if len(same) > 1]


def others(rows: t.Sequence[Options]) -> dict[str, list[str]]:
    """By host, the other hosts of its tenant; without those that have none."""
    return {host: [one for one in same if one != host] for same in groups(rows) for host in same}


def told(row: Options, hosts: t.Sequence[str]) -> Options:
    """The row of a tenant that these hosts are too, with a check that says so."""
    if not hosts:
        return row
    check = {
        "id": ID,
        "title": "No other host of the inventory is this tenant",
        "part": READINESS,
        "status": FAIL,
        "evidence": f"{' and '.join(hosts)} {'is' if len(hosts) == 1 else 'are'}",
        "remedy": "Put all its sites into syncro_sites of one host, and take the others out of the inventory. Until then deploy "
        "refuses to work on them, and what is drift of one may be as the other has it written down.",
    }
    status = FINDINGS if row["status"] == CLEAN else row["status"]
    return {**row, "checks": [check, *(one for one in row["checks"] if one["id"] != ID)], "status": status}
