# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide's table of permissions: each playbook does all of its work with them, and not with one of them less.

A tenant for the whole row and one for each permission left out, all in one run of each playbook.
"""

from __future__ import annotations

import json
import re

import pytest
from company import OFFICE, POLICIES, QUICK
from fleet import BLOCK, SITES, Fleet
from guide_tables import literals, rows
from practice import SECRET, Tenant, tenant_seed

from graph_emulator.launch import RunningEmulator

# What Graph and the practice server ask for is the same on every Ansible.
pytestmark = pytest.mark.one_ansible

TABLE = {literals(row[0])[0]: literals(row[1]) for row in rows("guide_authentication", "Permissions by playbook")}
EVERYTHING = sorted({permission for held in TABLE.values() for permission in held})
TENANTS = range(1, max(map(len, TABLE.values())) + 2)


def client(tenant, playbook=None):
    """The application that has what the playbook needs, but in the second tenant the first permission, and so on."""
    return f"{tenant:08d}-7777-4777-8777-{list(TABLE).index(playbook) + 1 if playbook else 0:012d}"


def seed(tenant):
    made = tenant_seed(tenant)
    for user in made["users"]:
        user["mfa_registered"] = True
    made["clients"].append({"client_id": client(tenant), "secret": SECRET, "permissions": EVERYTHING})
    for playbook, needed in TABLE.items():
        held = [permission for number, permission in enumerate(needed) if number != tenant - 2]
        made["clients"].append({"client_id": client(tenant, playbook), "secret": SECRET, "permissions": held})
    return made


class Applications(Fleet):
    """The playbooks, run by the applications of the table or by one that may do everything."""

    def __init__(self, home, server):
        super().__init__(home, *(Tenant(number, server, home) for number in TENANTS))
        self.set(syncro_sites=SITES, syncro_single_sign_on_only=True, syncro_readiness_playbooks=["readiness"], **QUICK)

    def runs(self, playbook, *arguments):
        """By the applications of the playbook's own row, each of which lacks another permission."""
        return self._run(playbook, range(1, len(TABLE[playbook]) + 2), playbook, *arguments)

    def prepares(self, playbook, tenants, *arguments):
        """By the application that may do everything, for what is tried next."""
        done = self._run(playbook, tenants, None, *arguments)
        assert done.returncode == 0, done.output

    def _run(self, playbook, tenants, row, *arguments):
        for number in tenants:
            self.hosts[f"t{number}"]["entra_client_id"] = client(number, row)
        hosts = ",".join(["localhost", *(f"t{number}" for number in tenants)])
        return self.run(playbook, "-f", "8", "--limit", hosts, *arguments)


def told(run, number):
    """What a run says of a tenant: how it ended for it, and the messages of the tasks that failed."""
    own = [line for line in run.results if line["host"] == f"t{number}"]
    failed = re.search(rf"^t{number} .* failed=([0-9]+)", run.output, re.MULTILINE)[1]
    status = "failed" if int(failed) else own[-1]["status"]
    return status, json.dumps([line["result"].get("msg") for line in own if line["status"] == "failed"])


def suffices(run, playbook):
    """In the first tenant it did all of its work; in each of the others it was stopped for the permission left out."""
    assert told(run, 1)[0] != "failed", run.output
    for number, missing in enumerate(TABLE[playbook], 2):
        status, message = told(run, number)
        assert status == "failed" and missing in message, f"{playbook} without {missing}: {status} {message}"


def unknown_checks(run, number):
    """The checks of a tenant that could not be answered, but for the one of the permissions themselves."""
    (checks,) = [
        line["result"]["checks"]
        for line in run.results
        if line["host"] == f"t{number}" and isinstance(line["result"].get("checks"), list)
    ]
    return {check["id"]: check["evidence"] for check in checks if check["status"] == "unknown"}


@pytest.fixture
def applications(tmp_path):
    with RunningEmulator({"tenants": [seed(number) for number in TENANTS]}, directory=tmp_path / "server") as server:
        yield Applications(tmp_path, server)


def test_each_playbook_needs_what_the_guide_says_and_no_more(applications, tmp_path):
    suffices(applications.runs("deploy"), "deploy")
    applications.prepares("deploy", TENANTS[1:])
    for tenant in applications.tenants:
        for ip in (OFFICE, OFFICE, "203.0.113.65"):
            tenant.emulator.sign_in(tenant.id, user=tenant.upn("dana"), app="Syncro SSO", ip=ip, country="US", mfa=True)

    looked = applications.runs("readiness")
    assert unknown_checks(looked, 1) == {} and told(looked, 1)[0] != "failed", looked.output
    for number, missing in enumerate(TABLE["readiness"], 2):
        doubts = unknown_checks(looked, number)
        assert doubts and missing in json.dumps(doubts), f"readiness without {missing}: {doubts}"

    audited = applications.set(fleet_report_path=str(tmp_path / "reports")).runs("audit")
    report = json.loads((tmp_path / "reports" / "report.json").read_text(encoding="utf-8"))
    by_host = {row["host"]: row for row in report["tenants"]}
    assert told(audited, 1)[0] != "failed", audited.output
    for number, missing in enumerate(TABLE["audit"], 2):
        row = by_host[f"t{number}"]
        assert row["status"] in ("failed", "findings") and missing in json.dumps(row), f"audit without {missing}"

    validated = applications.runs("validate")
    assert "ready" in told_verdict(validated, 1)
    for number, missing in enumerate(TABLE["validate"], 2):
        status, message = told(validated, number)
        verdict = told_verdict(validated, number)
        assert (status == "failed" and missing in message) or verdict == ["unknown"], f"validate without {missing}"

    suffices(applications.runs("enforce"), "enforce")
    for tenant in applications.tenants[1 : len(TABLE["relax"]) + 1]:
        (policy,) = [one for one in tenant.policies() if one["displayName"] == BLOCK]
        tenant.graph("PATCH", f"{POLICIES}/{policy['id']}", {"state": "enabled"})
    suffices(applications.runs("relax"), "relax")

    # The conditions of a policy are put back, as they are after a site was added.
    applications.set(syncro_sites=[*SITES, {"name": "Second office", "cidrs": ["192.0.2.0/28"]}])
    tried = TENANTS[: len(TABLE["rollback"]) + 1]
    applications.prepares("deploy", tried, "-e", f"backup_path={tmp_path}/backups")
    (backup,) = (tmp_path / "backups").iterdir()
    # Of the policies that are on, it takes a site away again.
    waived = {"accept_risks": ["NO-EVIDENCE"], "backup_file": str(backup)}
    suffices(applications.runs("rollback", "-e", json.dumps(waived)), "rollback")
    suffices(applications.runs("remove"), "remove")


def told_verdict(run, number):
    """The verdict of step 3 on a tenant."""
    own = [line["result"] for line in run.results if line["host"] == f"t{number}"]
    return [result["verdict"] for result in own if "verdict" in result][:1]
