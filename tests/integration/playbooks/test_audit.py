# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of a fleet: what drifted, what could not be reached and what is clean are told apart, and nothing is written."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import ansible_run
import pytest
from audited_fleet import AuditedFleet
from fleet import BLOCK, SITES, succeeded

pytestmark = pytest.mark.one_ansible

CLEAN, DRIFTED, GONE, SHUT, SLOW, REFUSED, NEW, WRONG, LOST, HIDDEN = range(1, 11)


TWIN = "twin"


class Audited:
    """Ten tenants, all but one of them deployed and then left to their fates, and what two audits say. One of them comes to
    be in the inventory twice, by its id and by its domain."""

    def __init__(self, fleet):
        succeeded(fleet.run("deploy", "-f", "10", "--limit", "!t7"))
        for number in range(1, 11):
            fleet.is_safe(number)
        self.before = fleet.run("audit", "-f", "10", "--limit", "t1")
        fleet.drifts(DRIFTED)
        fleet.is_shut(SHUT)
        fleet.is_gone(GONE)
        fleet.are_slow(SLOW)
        fleet.hides(HIDDEN, "subscribedSkus")
        fleet.hosts[f"t{LOST}"]["accept_risks"] = "{{ lookup('ansible.builtin.file', inventory_dir ~ '/not-there') }}"
        fleet.hosts[f"t{REFUSED}"]["syncro_break_glass_accounts"] = ["nobody@tenant6.example"]
        fleet.hosts[f"t{CLEAN}"]["syncro_sites"] = [SITES[0], {**SITES[1], "expires": "2099-01-01T00:00:00Z"}]
        fleet.hosts[f"t{WRONG}"]["syncro_sites"] = "198.51.100.10/32"
        fleet.hosts[TWIN] = {**fleet.hosts[f"t{NEW}"], "entra_tenant_id": "tenant7.example"}
        told = {"ANSIBLE_CALLBACKS_ENABLED": "results,msp.entra.progress", "MSP_ENTRA_PROGRESS_INTERVAL": "0"}
        self.run = fleet.run("audit", "-f", "10", **told)
        self.writes = fleet.writes()
        self.report, self.row, self.folder = fleet.report, fleet.row, fleet.home / "reports"

    def ended(self, host):
        """How the run of a host ended."""
        return [
            line["result"]
            for line in self.run.results
            if line["host"] == host and line["task"].endswith("End as the audit of the tenant says")
        ]


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    with AuditedFleet(tmp_path_factory.mktemp("audit"), 10) as fleet:
        yield Audited(fleet)


def test_each_is_told_apart(audited):
    assert {row["host"]: row["status"] for row in audited.report["tenants"]} == {
        f"t{GONE}": "failed",
        f"t{SHUT}": "failed",
        f"t{SLOW}": "failed",
        f"t{REFUSED}": "failed",
        f"t{WRONG}": "failed",
        f"t{LOST}": "failed",
        f"t{DRIFTED}": "drift",
        f"t{NEW}": "drift",
        TWIN: "drift",
        f"t{HIDDEN}": "findings",
        f"t{CLEAN}": "clean",
    }, json.dumps(audited.report, indent=1)
    assert audited.report["counts"]["by_failure"] == {
        "input": 1,
        "lockout": 1,
        "login": 1,
        "other": 1,
        "throttled": 1,
        "unreachable": 1,
    }
    assert audited.row(SHUT)["failures"][0]["message"].count("AADSTS7000215") == 1


def test_a_tenant_that_is_shut_is_asked_once(audited):
    for number in (GONE, SHUT, SLOW):
        assert [one["part"] for one in audited.row(number)["failures"]] == ["readiness"]
    # What one part is refused for keeps nobody from looking at the others.
    assert [one["part"] for one in audited.row(REFUSED)["failures"]] == ["part_a", "part_b"]
    assert audited.row(REFUSED)["looked_at"] == ["readiness", "posture"]


def test_sites_that_are_none_are_told_by_every_part_that_goes_by_them(audited):
    row = audited.row(WRONG)
    assert [one["part"] for one in row["failures"]] == ["readiness", "part_a"]
    assert all("sites: is a text; a list of dictionaries" in one["message"] for one in row["failures"])
    assert row["looked_at"] == ["part_b", "posture"]


def test_a_variable_that_cannot_be_worked_out_costs_what_goes_by_it_alone(audited):
    row = audited.row(LOST)
    assert row["looked_at"] == ["readiness", "posture"] and row["checks"]
    assert [one["part"] for one in row["failures"]] == ["part_a", "part_b", ""]
    assert all("not-there" in one["message"] for one in row["failures"])
    (ended,) = audited.ended(f"t{LOST}")
    assert ended["unreachable"] and "not-there" in ended["msg"]


def test_what_graph_refuses_to_let_be_read_is_a_finding(audited):
    (check,) = [one for one in audited.row(HIDDEN)["checks"] if one.get("unread")]
    assert (check["id"], check["status"]) == ("licence", "unknown")
    (ended,) = audited.ended(f"t{HIDDEN}")
    assert "The tenant needs somebody:\n- [unread] The tenant has Entra ID P1 or P2: " in ended["msg"]


def test_the_drift_is_told_property_by_property(audited):
    (change,) = audited.row(DRIFTED)["drift"]
    assert change["part"] == "part_a" and change["change"] == "update" and BLOCK in change["object"]
    assert change["properties"] == [{"path": "enforcement", "is": "disabled", "wanted": "report_only"}]
    assert audited.row(DRIFTED)["restriction"] == "disabled" and audited.row(NEW)["restriction"] == "absent"
    assert [one["change"] for one in audited.row(NEW)["drift"]] == ["create"] * 4


def test_nothing_is_written(audited):
    assert [line for line in audited.writes if not line["path"].endswith("/evaluate")] == []


def test_the_exit_code_says_how_the_fleet_is(audited):
    before, run = audited.before, audited.run
    assert before.returncode == 0, before.output
    assert "1 tenant: 1 clean." in before.output
    assert run.returncode == 4
    assert "11 tenants: 6 not audited, 3 drifted, 1 with findings, 1 clean." in run.output
    assert "[WARNING]" not in run.output


def test_two_hosts_of_one_tenant_are_a_finding_of_both(audited):
    rows = {row["host"]: row for row in audited.report["tenants"] if row["tenant_id"] == audited.row(NEW)["tenant_id"]}
    assert sorted(rows) == [f"t{NEW}", TWIN]
    for host, other in ((f"t{NEW}", TWIN), (TWIN, f"t{NEW}")):
        assert rows[host]["looked_at"] == ["readiness", "part_a", "part_b", "posture"]
        assert [one["evidence"] for one in rows[host]["checks"] if one["id"] == "one-host"] == [f"{other} is"]
        (ended,) = [one["msg"] for one in audited.ended(host)]
        assert f"No other host of the inventory is this tenant: {other} is." in ended
    assert f"t{NEW} and {TWIN} are one tenant, counted 2 times." in audited.run.output


def test_progress_counts_what_every_tenant_comes_to(audited):
    lines = [line for line in audited.run.output.splitlines() if re.match(r"msp\.entra: (after )?task ", line)]
    # The play before it has two tasks.
    counts = [re.search(r"task (\d+) of (\d+) ", line).groups() for line in lines[2:]]
    whole = counts[-1][1]
    assert {one[1] for one in counts} == {whole} and counts[-1][0] == whole
    assert sorted(counts, key=lambda one: int(one[0])) == counts
    # Six could not be looked at, three of them in two parts.
    noted = [line for line in lines if "Note what could" in line]
    assert len(noted) == 9 and all(line.startswith("msp.entra: after task ") for line in noted), noted
    (other,) = [line for line in lines if line.startswith("msp.entra: after ") and line not in noted]
    assert "Put together what does not hang on its variables" in other


def test_earlier_reports_are_the_trend(audited):
    assert [point["by_status"]["clean"] for point in audited.report["trend"]] == [1, 1]
    assert [point["tenants"] for point in audited.report["trend"]] == [1, 11]
    assert [point["covers"] for point in audited.report["trend"]] == [["--limit t1"], []]


def test_all_formats_are_there(audited):
    folder = audited.folder
    assert sorted(path.name for path in folder.iterdir()) == [
        "report.csv",
        "report.html",
        "report.json",
        "report.md",
        "report.xml",
    ]
    suites = ElementTree.parse(folder / "report.xml").getroot()  # noqa: S314 - our own report
    assert [suite.get("errors") for suite in suites if suite.get("name") in ("t3", "t1")] == ["1", "0"]
    assert "not the secret" not in "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())


def test_sites_that_end_are_told(audited):
    (site,) = audited.row(CLEAN)["sites"]
    assert site["name"] == "Warehouse" and site["days_left"] > 20_000


@pytest.mark.parametrize(
    ("arguments", "parts", "code"),
    [
        (["--tags", "part_a"], ["part_a"], 2),
        (["--tags", "part_b", "--check"], ["part_b"], 2),
        (["--skip-tags", "part_a,part_b", "-e", '{"audit_stop_at": ["drift"]}'], ["readiness", "posture"], 0),
    ],
)
def test_parts_can_be_asked_for(fleet, tmp_path, arguments, parts, code):
    run = fleet.set(fleet_report_path=str(tmp_path / "reports")).run("audit", *arguments)
    report = json.loads((tmp_path / "reports" / "report.json").read_text(encoding="utf-8"))
    (row,) = report["tenants"]
    assert row["looked_at"] == parts and run.returncode == code, run.output
    assert report["covers"] == [" ".join(arguments[:2])]
    assert fleet.writes() == []


def test_a_report_that_cannot_be_written_is_an_error_and_the_earlier_one_stays(fleet, tmp_path):
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "report.json").mkdir()
    (folder / "report.md").write_text("earlier", encoding="utf-8")
    run = fleet.set(fleet_report_path=str(folder)).run("audit", "--tags", "part_b")
    assert run.returncode == 2 and "report.json is a folder. An earlier report there is as it was." in run.output
    assert {path.name for path in folder.iterdir()} == {"report.json", "report.md"}
    assert (folder / "report.md").read_text(encoding="utf-8") == "earlier"


def test_progress_is_told_beside_everything_else(fleet, tmp_path):
    fleet.set(fleet_report_path=str(tmp_path / "reports"))
    told = fleet.run("audit", ANSIBLE_CALLBACKS_ENABLED="results,msp.entra.progress", MSP_ENTRA_PROGRESS_INTERVAL="0")
    plain = fleet.run("audit", ANSIBLE_CALLBACKS_ENABLED="results,msp.entra.progress")
    lines = [line for line in told.output.splitlines() if line.startswith("msp.entra: task ")]
    # One a result, since no time has to pass here.
    assert [line for line in lines if re.match(r"msp\.entra: task \d of 2 ", line)] == lines[:2]
    whole = re.search(r"task 1 of (\d+) ", lines[2])[1]
    assert lines[-1].startswith(
        f"msp.entra: task {whole} of {whole} (End as the audit of the tenant says): 1 of 1 tenants"
    )
    assert lines[-1].endswith("about 0 s left"), lines
    assert "msp.entra: task" not in plain.output
    assert told.output.count("TASK [") == plain.output.count("TASK [")


def test_a_log_that_is_throttled_costs_no_other_part(fleet, tenant, tmp_path):
    succeeded(fleet.run("deploy"))
    tenant.meets({"path": "auditLogs/signIns", "status": 429, "retry_after": 900})
    fleet.set(fleet_report_path=str(tmp_path), syncro_sites=SITES[:1]).run("audit")
    (row,) = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["tenants"]
    assert row["looked_at"] == ["readiness", "part_a", "part_b", "posture"]
    assert [(one["part"], one["kind"]) for one in row["failures"]] == [("part_a", "throttled")]
    assert [one["object"] for one in row["drift"]] == [f"Conditional Access policy {BLOCK}"]


def test_one_tenant_does_not_end_the_audit_of_others_whatever_is_configured(fleet, tenant, neighbour, tmp_path):
    first, second = f"t{tenant.number}", f"t{neighbour.number}"
    both = fleet.of(tenant, neighbour).set(fleet_report_path=str(tmp_path))
    both.hosts[first]["entra_client_secret"] = "not this one"
    both.run("audit", ANSIBLE_ANY_ERRORS_FATAL="true")
    rows = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["tenants"]
    assert {row["host"]: bool(row["failures"]) for row in rows} == {first: True, second: False}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"fleet_report_formats": ["html", "jsn"]}, "jsn"),
        ({"audit_stop_at": ["drft"]}, "audit_stop_at: drft is not known. Allowed are drift, checks, posture."),
    ],
    ids=["formats", "stop_at"],
)
def test_what_is_wrong_with_the_report_is_told_ahead_of_the_first_request(fleet, tmp_path, given, said):
    done = fleet.set(fleet_report_path=str(tmp_path / "reports")).run("audit", "-e", json.dumps(given))
    assert done.returncode == 2 and said in done.output
    assert ansible_run.graph_requests(fleet.log()) == [] and not (tmp_path / "reports").exists()


def test_reports_of_slices_are_put_together(fleet, tmp_path):
    folder = tmp_path / "reports"
    fleet.set(fleet_report_path=str(folder), fleet_report_name="slice-1").run("audit", "--tags", "posture")
    (folder / "slice-2.json").write_text(
        (folder / "slice-1.json").read_text(encoding="utf-8").replace('"host": "t', '"host": "u'), encoding="utf-8"
    )
    given = ["-e", f"reports={folder}/slice-*.json", "-e", f"fleet_report_path={folder}"]
    done = ansible_run.run(tmp_path, "msp.entra.report", "--check", *given)
    assert "2 tenants: 2 with findings." in done.output
    # They are of one tenant, which neither of the runs could know.
    assert done.returncode == 2 and "The report is made, but some of its hosts are one tenant: t" in done.output
    together = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert sorted(row["host"][0] for row in together["tenants"]) == ["t", "u"]

    # One of them cannot be read: the report is made all the same, and the run is no success.
    (folder / "slice-3.json").write_text("{", encoding="utf-8")
    hosts = [one["host"] for one in together["tenants"]]
    without = ansible_run.run(
        tmp_path, "msp.entra.report", *given, "-e", json.dumps({"fleet_report_hosts": [*hosts, "of-slice-3"]})
    )
    assert without.returncode == 2 and "3 tenants: 1 not audited, 2 with findings." in without.output
    assert (
        f"The report is made, but not of all that it should be of. What could not be read, and why: reports: '{folder}"
        in (" ".join(without.output.split()))
    )
    assert len(json.loads((folder / "report.json").read_text(encoding="utf-8"))["tenants"]) == 3
    refused = ansible_run.run(tmp_path, "msp.entra.report", *given[:1], f"reports={folder}/none-*.json")
    assert refused.returncode == 2 and "none-*.json' cannot be read: no file fits this pattern." in refused.output


@pytest.mark.parametrize("given", [[], ["-e", '{"reports": []}']], ids=["nothing", "no-report"])
def test_without_a_report_it_says_what_to_give(tmp_path, given):
    refused = ansible_run.run(tmp_path, "msp.entra.report", *given, "-e", f"fleet_report_path={tmp_path}/reports")
    assert refused.returncode == 2 and "as -e 'reports=reports/slice-*.json'" in refused.output
    assert "undefined" not in refused.output and not (tmp_path / "reports").exists()
