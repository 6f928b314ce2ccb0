# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each job template that awx_setup makes, run with the files that AWX 24.6 gives it, from deploy to remove.

Three tenants, one application with one certificate in all of them, as a partner has it. One of the three lets nobody in.
"""

from __future__ import annotations

import json
import pathlib
import re

import awx_job
import pytest
from application_keys import Keys
from awx_variables import MINE, filled_in
from company import ALL, OFFICE, QUICK, SITES
from fleet import BLOCK
from practice import Tenant, tenant_seed

from graph_emulator.launch import RunningEmulator

pytestmark = pytest.mark.one_ansible

READY, QUIET, SHUT = "northwind", "fabrikam", "contoso"


def _seed(public: str) -> dict:
    seeds = [tenant_seed(number) for number in (1, 2, 3)]
    for seed in seeds[:2]:
        seed["clients"].append(
            {
                "client_id": MINE["awx_client_id"],
                "certificate": public,
                "permissions": [*ALL, "LicenseAssignment.Read.All"],
            }
        )
        seed["clients"][0]["permissions"] = ALL
        # What readiness finds, and deploy stops at unless the risk is accepted.
        service_account = next(user for user in seed["users"] if user["upn"].startswith("syncro-svc@"))
        service_account["mfa_registered"] = False
    return {"tenants": seeds}


def _host(tenant: Tenant) -> dict:
    return {
        **QUICK,
        "ansible_connection": "local",
        "entra_tenant_id": tenant.id,
        **{f"entra_{name}": tenant.defaults()[name] for name in ("login_url", "graph_url", "ca_path")},
        "syncro_application": "Syncro SSO",
        "syncro_sites": SITES,
        "syncro_break_glass_accounts": [tenant.upn("breakglass")],
        "syncro_service_account": tenant.upn("syncro-svc"),
    }


@pytest.fixture
def keys(tmp_path: pathlib.Path) -> Keys:
    return Keys(tmp_path)


@pytest.fixture
def tenants(tmp_path: pathlib.Path, keys: Keys):
    with RunningEmulator(_seed(str(keys.public)), directory=tmp_path / "emulator") as server:
        yield {name: Tenant(number, server, tmp_path) for number, name in enumerate((READY, QUIET, SHUT), 1)}


@pytest.fixture
def controller(tmp_path: pathlib.Path, keys: Keys, tenants: dict[str, Tenant]) -> awx_job.Controller:
    setup = filled_in(tmp_path, awx_data_path=str(tmp_path / "data"), awx_prefix="", awx_job_slices=2)
    inputs = {"client_id": MINE["awx_client_id"], "certificate": pathlib.Path(keys.pem).read_text(encoding="utf-8")}
    return awx_job.Controller(tmp_path, setup, inputs, {name: _host(tenant) for name, tenant in tenants.items()})


def state(tenant: Tenant) -> str | None:
    return next((one["state"] for one in tenant.policies() if one["displayName"] == BLOCK), None)


def told_by(job: awx_job.Job, step: str) -> dict:
    """What it tells the next node, under the name of all and under its own number: the same."""
    told = {name: value for name, value in job.artifacts.items() if name.startswith("entra_")}
    assert (
        set(told) == {f"entra_{step}", f"entra_{step}_{job.number}"} and len({str(one) for one in told.values()}) == 1
    )
    return {f"entra_{step}": told[f"entra_{step}"]}


def outcome(job: awx_job.Job, step: str, **hosts: list[str]) -> dict:
    counts = {name: len(those) for name, those in hosts.items()}
    return {f"entra_{step}": {"check_mode": False, "counts": counts, **hosts}}


def test_every_template_from_deploy_to_remove(controller, tenants, tmp_path):
    ready, quiet = tenants[READY], tenants[QUIET]

    # By name, and every second one: contoso and northwind, fabrikam.
    first, second = controller.launch("deploy", {"accept_risks": ["SERVICE-ACCOUNT-NO-MFA"]})
    assert (first.hosts, second.hosts) == ({READY, SHUT}, {QUIET})
    assert (first.status, second.status) == ("failed", "successful"), first.output + second.output
    told = awx_job.artifacts(first, second)
    assert told[f"entra_deploy_{first.number}"]["deployed"] == [READY]
    assert told[f"entra_deploy_{first.number}"]["failed"] == [SHUT]
    assert told["entra_deploy"] == told[f"entra_deploy_{second.number}"]
    assert state(ready) == state(quiet) == "enabledForReportingButNotEnforced"
    # As the image has it.
    assert re.search(r"^msp\.entra: task \d+ of \d+ \(", first.output, re.MULTILINE), first.output

    for dummy in range(3):
        ready.emulator.sign_in(ready.id, user=ready.upn("dana"), app="Syncro SSO", ip=OFFICE, country="US", mfa=True)
    validated = controller.launch("validate", {"syncro_validation_days": 7})
    told = awx_job.artifacts(*validated)
    counts = [told[f"entra_validate_{job.number}"]["counts"] for job in validated]
    assert counts == [{"ready": 1, "not_ready": 0, "unknown": 1}, {"ready": 0, "not_ready": 1, "unknown": 0}]

    (tried,) = controller.launch("enforce, tried first", told)
    assert tried.status == "successful" and tried.hosts == {READY} and state(ready) != "enabled", tried.output
    assert tried.artifacts["entra_enforce"]["check_mode"] is True
    (enforced,) = controller.launch("enforce, those that are ready", told)
    assert enforced.status == "successful" and enforced.artifacts["entra_enforce"]["enforced"] == [READY], (
        enforced.output
    )
    assert (state(ready), state(quiet)) == ("enabled", "enabledForReportingButNotEnforced")
    (nobody,) = controller.launch(
        "enforce, tried first", {f"entra_validate_{validated[1].number}": told["entra_validate"]}
    )
    assert nobody.status == "failed" and "No host of the inventory is in" in nobody.output
    (refused,) = controller.launch("enforce", {"revoke_sessions": "false"}, limit=QUIET)
    assert refused.status == "failed" and "[NO-EVIDENCE]" in refused.output
    assert told_by(refused, "enforce") == outcome(
        refused, "enforce", enforced=[], sessions_not_ended=[], refused=[QUIET]
    )

    (relaxed,) = controller.launch("relax", limit=READY)
    assert relaxed.status == "successful" and state(ready) == "enabledForReportingButNotEnforced"
    (backup,) = (tmp_path / "data" / "backups" / str(relaxed.number)).iterdir()
    # It was on, and putting that back is enforcing without evidence.
    answers = {"backup_file": str(backup), "force": "false", "accept_risks": ["NO-EVIDENCE"]}
    (back,) = controller.launch("rollback", answers, limit=READY)
    assert back.status == "successful" and state(ready) == "enabled", back.output

    exported, imported = (controller.launch(name, slices=1, limit=READY)[0] for name in ("export", "import"))
    assert [job.status for job in (exported, imported)] == ["successful"] * 2, exported.output + imported.output
    assert (tmp_path / "data" / "conditional-access" / f"{READY}.yml").exists()

    (looked,) = controller.launch("readiness", slices=1, limit=f"{READY},{SHUT}")
    assert looked.hosts == {READY, SHUT} and "Security defaults" in looked.output
    # None of the two comes through, and that is told.
    (lacking,) = told_by(looked, "readiness").values()
    assert looked.status == "failed" and lacking["not_ready"] == [READY] and lacking["unknown"] == [SHUT]
    assert [told_by(job, name) for job, name in ((relaxed, "relax"), (back, "rollback"))] == [
        outcome(relaxed, "relax", relaxed=[READY], failed=[]),
        outcome(back, "rollback", rolled_back=[READY], failed=[]),
    ]
    assert told_by(exported, "export") == outcome(exported, "export", exported=[READY], failed=[])
    assert told_by(imported, "import") == outcome(imported, "import", imported=[READY], failed=[])

    audited = controller.launch("audit")
    assert [job.status for job in audited] == ["failed", "failed"] and {h for job in audited for h in job.hosts} == set(
        tenants
    )
    reports = tmp_path / "data" / "reports"
    (today,) = (path for path in reports.iterdir() if path.is_dir())
    assert {path.name for path in today.iterdir()} == {str(job.number) for job in audited}
    # As where the night of UTC comes between them, another audit of the day has been there, and a slice has broken down.
    (reports / "2026-01-01").mkdir()
    (today / str(audited[0].number)).rename(reports / "2026-01-01" / str(audited[0].number))
    (today / "4711").mkdir()
    (today / "4711" / "report.json").write_text("of another audit", encoding="utf-8")
    controller.hosts["lost"] = controller.hosts[SHUT]
    (merged,) = controller.launch("merge reports", awx_job.artifacts(*audited), slices=1)
    assert merged.status == "successful", merged.output
    report = json.loads((reports / "report.json").read_text(encoding="utf-8"))
    assert {one["host"] for one in report["tenants"]} == {*tenants, "lost"}
    (lost,) = [one for one in report["tenants"] if one["host"] == "lost"]
    assert lost["failures"][0]["message"].startswith("Nothing was seen of it")
    del controller.hosts["lost"]

    (gone,) = controller.launch("remove", {"accept_risks": ["SITE-SHRUNK"]}, limit=READY)
    assert gone.status == "successful" and state(ready) is None, gone.output
    assert told_by(gone, "remove") == outcome(gone, "remove", removed=[READY], failed=[])
    assert controller.launched == set(controller.templates), "a template that is run nowhere here"
    journal = (tmp_path / "data" / "journal.jsonl").read_text(encoding="utf-8")
    assert {json.loads(line)["tenant"] for line in journal.splitlines()} >= {ready.id, quiet.id}
