# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report over all tenants: what it counts, merges and remembers, and what it is in each format."""

from __future__ import annotations

import csv
import datetime
import io
import json
import os
import stat
from xml.etree import ElementTree

import pytest
from audit_results import CHECK, UNREAD, row

from ansible_collections.msp.entra.plugins.plugin_utils.fleet import files, formats, page, page_room, publishing, report
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
NASTY = "=cmd|' /C calc'!A0 <script>alert(1)</script> | \x07 {{ 1+1 }} `x` [a](b) \u202e"
DRIFT = [{"changed": True, "diff": {"before": {}, "after": {"x": 1}, "after_header": "policy Block"}}]
LOST = {"part": "readiness", "result": {"failed": True, "msg": "No answer.", "failure_kind": "unreachable"}}


def made(*rows, **more):
    return report.made(rows, NOW, 14, **more)


def options(tmp_path, **given):
    return publishing.SPEC.validate({"path": str(tmp_path / "reports"), **given})


def publish(tmp_path, now=NOW, **given):
    result = publishing.published(options(tmp_path, **given), now, False)
    return result, json.loads(
        (tmp_path / "reports" / f"{given.get('name', 'report')}.json").read_text(encoding="utf-8")
    )


def test_those_who_need_somebody_come_first():
    told = made(row(host="b"), row(host="A"), row(host="d", part_a=DRIFT), row(host="c", failures=[LOST]))
    assert [one["host"] for one in told["tenants"]] == ["c", "d", "A", "b"]
    assert told["counts"]["by_status"] == {"failed": 1, "drift": 1, "findings": 0, "clean": 2}
    assert told["counts"]["by_failure"] == {"unreachable": 1}
    assert told["counts"]["tenants"] == 4


@pytest.mark.parametrize(
    ("expires", "left", "soon"),
    [
        ("2026-11-28T11:59:59Z", 0, 1),
        ("2026-11-28T12:00:01Z", 1, 1),
        ("2026-12-12T12:00:00Z", 14, 1),
        ("2026-12-12T12:00:01Z", 15, 0),
        ("2026-12-12T13:00:00+01:00", 14, 1),
    ],
)
def test_days_until_a_site_ends(expires, left, soon):
    told = made(row(sites=[{"name": "Travel", "expires": expires}]))
    assert told["tenants"][0]["sites"][0]["days_left"] == left and told["counts"]["expiring"] == soon


def test_checks_are_the_columns_once():
    told = made(
        row(host="a", readiness={"checks": [CHECK]}),
        row(host="b", readiness={"checks": [CHECK]}, posture={"checks": [CHECK]}),
    )
    assert [(one["part"], one["id"]) for one in told["checks"]] == [("readiness", "licence"), ("posture", "licence")]
    assert told["counts"]["by_check"] == {"pass": 0, "fail": 3, "unknown": 0}


def test_slices_merge_and_the_newest_row_counts(tmp_path):
    day = datetime.timedelta(days=1)
    publish(tmp_path, name="slice-1", records=[row(host="a", part_a=DRIFT), row(host="b")])
    publish(tmp_path, NOW + day, name="slice-2", records=[row(host="a", part_a=[{"changed": False}])])
    dummy, told = publish(
        tmp_path, reports=[str(tmp_path / "reports" / "slice-*.json")], hosts=["a", "b", "c"], records=[row(host="d")]
    )
    assert {one["host"]: one["status"] for one in told["tenants"]} == {
        "a": "clean",
        "b": "clean",
        "c": "failed",
        "d": "clean",
    }
    assert told["tenants"][0]["failures"][0]["message"].startswith("Nothing was seen of it")


def test_the_trend_goes_back_through_every_report_before(tmp_path):
    for day in range(3):
        dummy, told = publish(tmp_path, NOW + datetime.timedelta(days=day), records=[row()])
    assert [point["generated"][:10] for point in told["trend"]] == ["2026-11-28", "2026-11-29", "2026-11-30"]
    assert told["trend"][0]["by_status"]["clean"] == 1
    # A report of elsewhere comes in by its path, once, however often it is told.
    other = tmp_path / "other.json"
    other.write_text(
        json.dumps(made(row(host="x"), row(host="y")) | {"generated": "2026-01-01T00:00:00Z", "trend": []}),
        encoding="utf-8",
    )
    dummy, told = publish(tmp_path, NOW + datetime.timedelta(days=3), records=[row()], earlier=[str(other)] * 2)
    assert [point["tenants"] for point in told["trend"]] == [2, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("run", "slices", "covers"),
    [
        (None, [], []),
        ([], [], []),
        (["--limit a"], [], ["--limit a"]),
        (None, [[], []], []),
        (None, [["--limit b"], ["--limit a"], ["--limit b"]], ["--limit a", "--limit b"]),
        # The newest night of somebody in a report of everybody.
        (["--limit a"], [[]], []),
        (["--limit a"], [["--tags part_a"]], ["--limit a", "--tags part_a"]),
    ],
)
def test_what_a_report_covers(tmp_path, run, slices, covers):
    for number, limits in enumerate(slices):
        rows = [row(host=f"s{number}"), *([] if limits else [row(host="a")])]
        publish(tmp_path, name=f"slice-{number}", records=rows, covers=limits)
    given = {"reports": [str(tmp_path / "reports" / "slice-*.json")]} if slices else {}
    if run is not None:
        given |= {"records": [row(host="a")], "covers": run}
    dummy, told = publish(tmp_path, **given)
    assert told["covers"] == covers and told["trend"][-1]["covers"] == covers


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "Expecting property name"),
        ("[]", "it is no fleet report"),
        ('{"schema": "msp.entra/fleet-report", "version": 2}', "version 2, and this collection reads version 1"),
        ('{"schema": "msp.entra/fleet-report", "version": 1, "tenants": [3]}', "it cannot be read: it.generated"),
        (None, "cannot be read: No such file"),
    ],
)
def test_what_is_no_report_is_refused_and_nothing_is_written(tmp_path, content, said):
    path = tmp_path / "other.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        publish(tmp_path, earlier=[str(path)], reports=[str(path)])
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["reports", "earlier"]
    assert all(said in problem for problem in caught.value.problems)
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize("name", ["", "a/b", "..", ".hidden", "/etc/passwd"])
def test_a_name_is_no_way_out_of_the_folder(tmp_path, name):
    with pytest.raises(BadInput, match=r"name: "):
        options(tmp_path, name=name)


def test_check_mode_writes_nothing(tmp_path):
    result = publishing.published(options(tmp_path, records=[row()]), NOW, True)
    assert result["changed"] and not (tmp_path / "reports").exists()


def test_files_are_for_their_owner_and_group(tmp_path):
    mask = os.umask(0)
    try:
        files.write(tmp_path / "new", {"a.json": "{}"})
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "new" / "a.json").stat().st_mode) == 0o640


def test_a_failed_write_leaves_what_is_there(tmp_path, monkeypatch):
    files.write(tmp_path, {"a": "old", "b": "old"})

    def full(dummy):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(files.NotWritten, match=r"No space left on device\. An earlier report there is as it was\."):
        files.write(tmp_path, {"a": "new", "b": "new"})
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {"a": "old", "b": "old"}


@pytest.mark.parametrize("kept", [True, False], ids=["put back", "not put back"])
def test_a_rename_that_fails_after_others_leaves_what_is_there_or_says_what_is_not(tmp_path, monkeypatch, kept):
    files.write(tmp_path, {"a": "old", "c": "old"})
    (tmp_path / "c").chmod(0o600)
    replace, refused = os.replace, []

    def sticky(path, target):
        if target == tmp_path / "c" or (refused and not kept):
            refused.append(target)
            raise PermissionError(1, "Operation not permitted")
        replace(path, target)

    monkeypatch.setattr(os, "replace", sticky)
    said = (
        r"An earlier report there is as it was\." if kept else r"a there cannot be put back, and is of the new report\."
    )
    with pytest.raises(files.NotWritten, match=rf"Operation not permitted\. {said}"):
        files.write(tmp_path, {"a": "new", "b": "new", "c": "new"})
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {
        "a": "old" if kept else "new",
        "c": "old",
    }
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "c").stat().st_mode) == 0o600


def test_a_link_is_replaced_and_what_it_leads_to_is_left(tmp_path):
    (tmp_path / "elsewhere").write_text("its own", encoding="utf-8")
    (tmp_path / "a").symlink_to("elsewhere")
    (tmp_path / "b").symlink_to("nowhere")
    files.write(tmp_path, {"a": "new", "b": "new"})
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir() if not path.is_symlink()} == {
        "a": "new",
        "b": "new",
        "elsewhere": "its own",
    }


def test_a_file_in_place_of_the_folder_is_called_one(tmp_path):
    (tmp_path / "reports").touch()
    for folder in (tmp_path / "reports", tmp_path / "reports" / "sub"):
        with pytest.raises(files.NotWritten, match=rf"{tmp_path / 'reports'} is a file, not a folder\."):
            files.write(folder, {"a": "new"})


def test_a_folder_in_place_of_a_file_leaves_what_is_there(tmp_path):
    files.write(tmp_path, {"a": "old"})
    (tmp_path / "b").mkdir()
    with pytest.raises(files.NotWritten, match=r"b is a folder\. An earlier report there is as it was\."):
        files.write(tmp_path, {"a": "new", "b": "new"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    assert (tmp_path / "a").read_text(encoding="utf-8") == "old"


FULL = {
    "tenant_name": NASTY,
    "readiness": {"changed": False, "checks": [CHECK | {"evidence": NASTY}]},
    "part_a": [{"changed": True, "diff": {"before": {"x": 1}, "after": {"x": 2}, "after_header": f"policy {NASTY}"}}],
    "impact": {"suggestions": [{"cidr": "203.0.113.9/32", "users": [NASTY], "count": 1, "days": 1}]},
    "sites": [{"name": NASTY, "expires": "2026-12-01T00:00:00Z"}],
    "accepted_risks": ["SITE-SHRUNK"],
}


def test_json_is_all_of_it():
    told = made(row(**FULL))
    assert json.loads(formats.as_json(told)) == told
    assert report.read(json.loads(formats.as_json(told))) == told


def test_csv_has_a_line_a_tenant_and_no_formula():
    (head, line) = csv.reader(io.StringIO(formats.as_csv(made(row(**FULL)))))
    cells = dict(zip(head, line, strict=True))
    assert cells["tenant_name"] == f"'{NASTY}" and cells["licence"] == "fail" and cells["status"] == "drift"
    assert not [cell for cell in line if cell[:1] in ("=", "+", "-", "@")]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_csv_has_no_formula_in_whatever_width_it_is_written(sign):
    (dummy, line) = csv.reader(io.StringIO(formats.as_csv(made(row(tenant_name=f"{sign}1+1")))))
    assert f"'{sign}1+1" in line


@pytest.mark.parametrize("parted", [";", "; ", "\t", ';"', "\r\n"])
def test_csv_has_no_formula_where_a_spreadsheet_parts_cells_otherwise(parted):
    text = formats.as_csv(made(row(tenant_name=f"Acme{parted}=1+1", accepted_risks=["a", "@b"])))
    assert parted.replace('"', '""') + "'=1+1" in text and "; '@b" in text
    assert all(line.startswith('"') for line in text.splitlines() if parted != "\r\n")


def test_what_is_not_known_is_not_told_as_nothing():
    seen, unseen = row(host="seen", impact={"suggestions": []}), row(host="unseen")
    cells = {one["host"]: one for one in csv.DictReader(io.StringIO(formats.as_csv(made(seen, unseen))))}
    assert cells["seen"]["unlisted_addresses"] == "" and cells["unseen"]["unlisted_addresses"] == "not known"
    assert "203.0.113.9/32" in formats.as_csv(made(row(**FULL) | {"unlisted_known": False}))
    for rows, said in (
        ([], "0"),
        ([seen], "0"),
        ([seen, unseen], "0, not known for 1 tenant"),
        ([unseen, row(host="b")], "not known for 2 tenants"),
        ([row(**FULL), unseen], "1, not known for 1 tenant"),
    ):
        assert f"\nAddresses that no site covers: {said}.\n" in formats.as_markdown(made(*rows))
    (suite,) = ElementTree.fromstring(formats.as_junit(made(unseen)))  # noqa: S314
    assert suite.findtext("system-out") == "addresses that no site covers are not known"


def test_every_format_says_what_a_report_covers():
    limited, whole = made(row(), covers=["--limit a_b", "--tags part_a"]), made(row())
    (cells,) = csv.DictReader(io.StringIO(formats.as_csv(limited)))
    assert cells["covers"] == "'--limit a_b, --tags part_a"
    (cells,) = csv.DictReader(io.StringIO(formats.as_csv(whole)))
    assert cells["covers"] == "everything"
    assert "limited by \\-\\-limit a\\_b, \\-\\-tags part\\_a." in formats.as_markdown(limited)
    assert "limited" not in formats.as_markdown(whole)
    for told, value in ((limited, "--limit a_b, --tags part_a"), (whole, "everything")):
        (properties,) = ElementTree.fromstring(formats.as_junit(told)).iter("properties")  # noqa: S314
        assert [one.attrib for one in properties] == [{"name": "covers", "value": value}]


def test_junit_has_what_is_no_verdict_as_a_suites_output():
    (suite,) = ElementTree.fromstring(formats.as_junit(made(row(**FULL))))  # noqa: S314
    # In this order, as readers of the form have it.
    assert [one.tag for one in suite] == ["properties", "testcase", "testcase", "system-out"]
    sites, addresses, risks = suite.findtext("system-out").splitlines()
    assert sites.startswith("site ends: =cmd") and sites.endswith("until 2026-12-01T00:00:00Z (3 days)")
    assert addresses.startswith("no site covers 203.0.113.9/32: ") and risks == "accepted risk: SITE-SHRUNK"


def test_markdown_has_what_drifted_is_and_what_is_wanted():
    many = [f"192.0.2.{number}/32" for number in range(100)]
    diff = {
        "before": {"on": False, "name": "<b>", "cidrs": many},
        "after": {"on": True, "name": None, "cidrs": []},
        "after_header": "policy Block",
    }
    text = formats.as_markdown(made(row(part_a=[{"changed": True, "diff": diff}, *DRIFT])))
    assert "- policy Block differs: on is false; wanted true\n" in text
    assert "- policy Block differs: name is \\<b\\>; wanted not set\n" in text
    assert "- policy Block is missing\n" in text
    (cidrs,) = [line for line in text.splitlines() if ": cidrs is " in line]
    assert cidrs.endswith("\\(cut here; the JSON form has all of it\\); wanted empty") and len(cidrs) < 300


def test_junit_counts_what_fails():
    suites = ElementTree.fromstring(formats.as_junit(made(row(**FULL), row(host="lost", failures=[LOST]))))  # noqa: S314
    assert {name: suites.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "3",
        "failures": "2",
        "errors": "1",
        "skipped": "0",
    }
    assert "\ufffd" in suites.find(".//failure").get("message")


def test_what_may_not_be_read_has_its_own_word_and_counts(tmp_path):
    unknown = CHECK | {"status": "unknown", "id": "other"}
    told = made(row(readiness={"checks": [UNREAD, unknown]}))
    assert told["counts"]["unread"] == 1 and told["counts"]["by_check"] == {"pass": 0, "fail": 0, "unknown": 2}
    (cells,) = csv.DictReader(io.StringIO(formats.as_csv(told)))
    assert (cells["licence"], cells["other"]) == ("unread", "unknown")
    text = formats.as_markdown(told)
    assert "- \\[unread\\] There is a licence: none\n" in text and "unknown" not in text
    (failure,) = ElementTree.fromstring(formats.as_junit(told)).iter("failure")  # noqa: S314
    assert failure.get("message") == "[unread] There is a licence: none"


HALF = {"part": "part_a", "result": {"failed": True, "msg": "Later.", "failure_kind": "throttled"}}


def test_drift_of_a_tenant_that_was_lost_half_way_is_told(tmp_path):
    failing = row(host="b", readiness={"checks": [CHECK]}, failures=[LOST])
    result, told = publish(
        tmp_path, records=[row(host="a", part_a=DRIFT, failures=[HALF]), failing, row(host="c", part_a=DRIFT)]
    )
    assert told["counts"]["by_status"] == {"failed": 2, "drift": 1, "findings": 0, "clean": 0}
    assert told["counts"]["besides"] == {"drift": 1, "findings": 1}
    assert "Of those not audited, 1 has drifted too." in result["summary"]
    assert "\nOf those not audited, 1 has drifted too.\n" in formats.as_markdown(told)
    quiet = publish(tmp_path, records=[failing, row(host="c", part_a=DRIFT)])[0]
    assert not [one for one in quiet["summary"] if "drifted too" in one]


POSTURE = "Posture, which decides the exit code only where audit_stop_at has it:"


def test_what_the_posture_finds_is_named_since_nothing_else_of_the_run_does(tmp_path):
    other = CHECK | {"id": "other", "title": "Nobody gets in", "evidence": "somebody did"}
    passes = CHECK | {"id": "fine", "status": "pass"}
    alone = publish(tmp_path, records=[row(host="a", posture={"checks": [passes, other]})])[0]["summary"]
    assert alone[0] == "1 tenant: 1 with findings."
    assert alone[alone.index(POSTURE) + 1 :][:-1] == ["- [fail] Nobody gets in: somebody did"]
    rows = [
        row(host="a", posture={"checks": [other, CHECK]}),
        row(host="b", posture={"checks": [CHECK]}),
        row(host="c", readiness={"checks": [CHECK]}, posture={"checks": [UNREAD]}),
    ]
    said = publish(tmp_path, records=rows)[0]["summary"]
    assert said[said.index(POSTURE) :][1:4] == [
        "- [fail] There is a licence: 2 tenants",
        "- [fail] Nobody gets in: a: somebody did",
        "- [unread] There is a licence: c: none",
    ]
    assert POSTURE not in publish(tmp_path, records=[row(readiness={"checks": [CHECK]})])[0]["summary"]


def test_of_many_findings_the_most_frequent_are_named(tmp_path):
    checks = [CHECK | {"id": f"check-{number}", "title": f"Check {number}"} for number in range(7)]
    said = publish(tmp_path, records=[row(host="a", posture={"checks": checks})])[0]["summary"]
    here = said.index(POSTURE)
    assert said[here + 1].startswith("- [fail] Check 0: ") and said[here + 6] == "- and 2 more, in the report"


def test_junit_has_both_the_drift_of_a_part_and_that_it_could_not_be_looked_at_in_full():
    told = made(row(host="a", part_a=DRIFT, failures=[HALF]))
    (suite,) = ElementTree.fromstring(formats.as_junit(told))  # noqa: S314
    cases = [(one.get("classname"), one[0].tag, one[0].get("message")) for one in suite.iter("testcase")]
    assert cases == [
        ("a.part_a", "failure", "policy Block is missing"),
        ("a.part_a", "error", "Part A, trusted sites: throttled for too long"),
    ]
    assert (suite.get("failures"), suite.get("errors")) == ("1", "1")


def test_markdown_names_what_somebody_has_to_look_at():
    text = formats.as_markdown(made(row(**FULL), row(host="fine"), row(host="lost", failures=[LOST])))
    assert text.startswith("# Syncro restriction, 3 tenants, ")
    assert formats.as_markdown(made(row())).startswith("# Syncro restriction, 1 tenant, ")
    assert "## lost: not audited" in text and "- Readiness: no answer: No answer." in text
    assert "fine" not in text and "<script>" not in text and "\\<script\\>" in text
    assert all(line.startswith(("#", "|", "- ", "Addresses ")) for line in text.splitlines() if line)


def test_what_is_no_text_keeps_no_report_from_being_written(tmp_path):
    result, told = publish(tmp_path, records=[row(tenant_name="half a \ud83d character")])
    assert len(result["files"]) == 5 and told["tenants"][0]["tenant_name"] == "half a ? character"


def test_columns_are_in_the_order_of_the_parts():
    told = made(row(host="a", posture={"checks": [CHECK]}), row(host="b", readiness={"checks": [CHECK]}))
    assert [one["part"] for one in told["checks"]] == ["readiness", "posture"]


@pytest.mark.parametrize(
    "text", ["{", '{"schema": "somebody else\'s"}', '{"schema": "msp.entra.fleet_report", "version": 99}']
)
def test_a_report_before_that_cannot_be_read_does_not_cost_the_new_one(tmp_path, text):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "report.json").write_text(text, encoding="utf-8")
    result, written = publish(tmp_path, records=[row()])
    (warning,) = result["warnings"]
    assert len(written["tenants"]) == 1 and len(written["trend"]) == 1
    (aside,) = (tmp_path / "reports").glob("report-unread-*.json")
    assert aside.name in warning and aside.read_text(encoding="utf-8") == text


def test_a_report_before_that_cannot_be_read_is_kept_once_and_only_where_it_is_replaced(tmp_path):
    (tmp_path / "reports").mkdir()
    before = tmp_path / "reports" / "report.json"
    names = []
    for night, text in enumerate(["{", "{", "[", "{"]):
        before.write_text(text, encoding="utf-8")
        result, dummy = publish(tmp_path, NOW + datetime.timedelta(days=night), records=[row()])
        names.append(result["warnings"][0].partition("It is kept as ")[2].partition(",")[0])
    kept = {path.name: path.read_text(encoding="utf-8") for path in before.parent.glob("report-unread-*.json")}
    assert [kept[name] for name in names] == ["{", "{", "[", "{"] and len(kept) == 2

    # A run that leaves it in its place has nothing to keep.
    before.write_text("spoilt", encoding="utf-8")
    for night in (5, 6):
        given = options(tmp_path, records=[row()], formats=["html"])
        result = publishing.published(given, NOW + datetime.timedelta(days=night), False)
        (warning,) = result["warnings"]
        assert warning.endswith("It is left as it is, and the trend begins anew.")
    assert before.read_text(encoding="utf-8") == "spoilt"
    assert len(list(before.parent.glob("report-unread-*.json"))) == 2


@pytest.mark.parametrize("ways", [["html", "markdown"], ["html", "markdown", "json"]])
def test_without_a_json_form_nothing_points_to_one(tmp_path, ways):
    many = [f"192.0.2.{number}/32" for number in range(100)]
    diff = {"before": {"cidrs": many}, "after": {"cidrs": []}, "after_header": "policy Block"}
    much = {
        "part_a": [{"changed": True, "diff": diff}, *DRIFT],
        "accepted_risks": list("abc"),
        "readiness": {"checks": [CHECK | {"remedy": "Do one."}]},
    }
    rows = [row(host="a", **much), row(host="b", readiness={"checks": [CHECK | {"remedy": "Do two."}]})]
    publishing.published(options(tmp_path, records=rows, formats=ways), NOW, False)
    markdown = (tmp_path / "reports" / "report.md").read_text(encoding="utf-8")
    beside = "json" in ways
    assert "\\(cut here" in markdown and ("JSON form" in markdown) == beside
    for measure in page_room.MEASURES:
        text = page._rendered(made(*rows), measure, beside)
        assert ("JSON form" in text) == (beside and measure.characters is not None)


def test_a_page_that_is_cut_knows_whether_there_is_a_json_form(monkeypatch):
    monkeypatch.setattr(page_room, "of", lambda tenants: 0)
    told = made(row(accepted_risks=list("abc")))
    assert "JSON form" in page.as_html(told)
    html = page.as_html(told, json_beside=False)
    assert "JSON form" not in html and "A report with json among its formats has all of it." in html


def test_the_trend_has_an_end():
    points = [{"generated": f"2024-01-01T00:{second // 60:02}:{second % 60:02}Z"} for second in range(600)]
    told = report.made(
        [row()], NOW, 30, [{"generated": points[0]["generated"], "counts": {}, "tenants": [], "trend": points}]
    )
    assert len(told["trend"]) == report.MOST_POINTS and told["trend"][-2]["generated"] == points[-1]["generated"]
