# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal and the backup of whole runs: every write is told, with what Entra calls it, and nothing secret is in them."""

from __future__ import annotations

import json

import ansible_run
from fleet import BLOCK, MFA, succeeded
from practice import SECRET


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_write_of_every_run(fleet, tenant, tmp_path):
    journal, backups = tmp_path / "journal.jsonl", tmp_path / "backups"
    arguments = ["-e", f"journal_path={journal}", "-e", f"backup_path={backups}", "-vvvv"]
    succeeded(fleet.run("deploy", "--check", *arguments))
    planned = lines(journal)
    assert [line["event"] for line in planned] == ["planned"] * 4 and all(line["check"] for line in planned)
    assert not backups.exists()

    done = succeeded(fleet.run("deploy", *arguments))
    told = lines(journal)[4:]
    assert [line["event"] for line in told] == ["begun", "done"] * 4 and not any(line["check"] for line in told)
    names = ["Trusted - MSP Office", "Trusted - Warehouse", BLOCK, MFA]
    assert [line["display_name"] for line in told] == [name for name in names for dummy in range(2)]
    sent = [row["client-request-id"] for row in ansible_run.writes(fleet.log())]
    assert [one["client_request_id"] for line in told for one in line["requests"]] == sent
    assert {line["who"]["entra"]["application"] for line in told} == {True}
    assert {line["tenant"] for line in told} == {tenant.id}

    before = journal.read_text(encoding="utf-8")
    succeeded(fleet.run("deploy", *arguments))
    assert journal.read_text(encoding="utf-8") == before

    succeeded(fleet.run("remove", *arguments))
    assert [line["verb"] for line in lines(journal)[12:]][::2] == ["delete"] * 4
    for path in [journal, *backups.iterdir()]:
        text = path.read_text(encoding="utf-8")
        assert SECRET not in text and "eyJ" not in text and path.stat().st_mode & 0o077 == 0
    assert SECRET not in done.output and "eyJ" not in done.output
