# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several reports in one: nothing that any of them saw is lost, and nothing is told as newer than it is."""

from __future__ import annotations

import datetime
import json
import pathlib

import pytest
import yaml
from audit_results import CHECK, row
from shown_page import ShownPage

from ansible_collections.msp.entra.plugins.plugin_utils.fleet import publishing, record
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
AUDIT = pathlib.Path(__file__).parents[4] / "playbooks" / "audit.yml"
THEN = "2026-11-28T12:00:00Z"
NEXT = "2026-11-29T12:00:00Z"
ID, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"

DRIFTED = {
    "changed": True,
    "policy": {"display_name": "Block", "enforcement": "enabled"},
    "diff": {
        "before": {"enforcement": "report_only"},
        "after": {"enforcement": "enabled"},
        "after_header": "policy Block",
    },
}
RIGHT = {"changed": False, "policy": {"display_name": "Block", "enforcement": "enabled"}}
SEEN = {"changed": False, "checks": [CHECK]}
PASSED = {"changed": False, "checks": [CHECK | {"status": "pass"}]}
LOST = {"part": "readiness", "result": {"failed": True, "msg": "No answer.", "failure_kind": "unreachable"}}
UNLISTED = {"suggestions": [{"cidr": "203.0.113.9/32", "users": ["dana"], "count": 1, "days": 1}]}
BY_PART = ["--limit t1", "--tags posture"]


@pytest.fixture
def publish(tmp_path):
    """Writes a report of so many days later, and returns the result and what is in it."""

    def published(name, days=0, **given):
        given = {"path": str(tmp_path), "name": name, "formats": ["json"], **given}
        result = publishing.published(publishing.SPEC.validate(given), NOW + datetime.timedelta(days=days), False)
        return result, json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))

    return published


@pytest.fixture
def whole(publish):
    """A night's report of two tenants."""
    t1 = row(
        host="t1", tenant_id=ID, readiness=SEEN, part_a=[DRIFTED], posture=SEEN, impact=UNLISTED, accepted_risks=["OLD"]
    )
    return publish("whole", records=[t1, row(host="t2", part_a=[RIGHT])])[1]


def merge(publish, tmp_path, *names, days=2, **given):
    return publish("all", days, reports=[str(tmp_path / f"{name}.json") for name in names], **given)


def of(report, host):
    (found,) = [one for one in report["tenants"] if one["host"] == host]
    return found


@pytest.mark.parametrize("names", [("whole", "part"), ("part", "whole"), ("whole", "part", "part", "whole")])
def test_what_the_newer_run_did_not_look_at_stays_as_it_was_seen(publish, tmp_path, whole, names):
    publish("part", 1, records=[row(host="t1", posture=PASSED)], covers=BY_PART)
    result, report = merge(publish, tmp_path, *names)
    before, t1 = of(whole, "t1"), of(report, "t1")
    assert result["hosts"]["drift"] == ["t1"] and report["counts"]["by_restriction"] == {"enabled": 1, "report_only": 1}
    assert {name: t1[name] for name in ("drift", "restriction", "unlisted", "unlisted_known", "tenant_id")} == {
        name: before[name] for name in ("drift", "restriction", "unlisted", "unlisted_known", "tenant_id")
    }
    assert t1["looked_at"] == ["readiness", "part_a", "posture"]
    assert {one["part"]: one["status"] for one in t1["checks"]} == {"readiness": "fail", "posture": "pass"}
    # What comes of the inventory is as the newest run has it.
    assert t1["accepted_risks"] == []
    assert t1["seen"] == {"readiness": THEN, "part_a": THEN, "posture": NEXT}
    # Each tenant of the part is in the whole.
    assert report["covers"] == []


def test_what_a_run_sees_itself_goes_before_all_that_is_read(publish, tmp_path, whole):
    dummy, report = merge(
        publish, tmp_path, "whole", days=-1, records=[row(host="t1", part_a=[RIGHT])], covers=["--tags part_a"]
    )
    t1 = of(report, "t1")
    assert (t1["status"], t1["drift"], t1["restriction"], t1["unlisted_known"]) == ("findings", [], "enabled", False)
    assert t1["seen"] == {"readiness": THEN, "posture": THEN}


def test_a_merge_of_a_merge_makes_nothing_newer_than_it_is(publish, tmp_path, whole):
    merge(publish, tmp_path, "whole", days=5)
    publish("late", 1, records=[row(host="t1", part_a=[RIGHT])], covers=["--limit t1", "--tags part_a"])
    dummy, report = publish("again", 6, reports=[str(tmp_path / "late.json"), str(tmp_path / "all.json")])
    t1 = of(report, "t1")
    assert t1["drift"] == [] and t1["seen"] == {"readiness": THEN, "part_a": NEXT, "posture": THEN}


def test_a_merge_that_did_not_know_of_it_does_not_hide_that_a_tenant_was_lost(publish, tmp_path, whole):
    merge(publish, tmp_path, "whole", days=5)
    publish("lost", 1, hosts=["t1"])
    dummy, report = publish("again", 6, reports=[str(tmp_path / "lost.json"), str(tmp_path / "all.json")])
    assert [(one["host"], one["status"]) for one in report["tenants"]] == [("t1", "failed"), ("t2", "clean")]


@pytest.mark.parametrize(
    ("newer", "covers", "failures", "status"),
    [
        # Looked at again, and there now.
        ({"readiness": PASSED, "part_a": [RIGHT], "posture": PASSED}, ["--limit t3"], [], "clean"),
        # Of the rest of it still nothing is known.
        ({"posture": PASSED}, ["--tags posture"], [""], "failed"),
        ({"failures": [LOST]}, [], ["readiness"], "failed"),
    ],
)
def test_a_tenant_that_was_lost_is_so_until_it_is_looked_at(publish, tmp_path, newer, covers, failures, status):
    publish("first", hosts=["t3"])
    publish("then", 1, records=[row(host="t3", **newer)], covers=covers)
    dummy, report = merge(publish, tmp_path, "first", "then")
    t3 = of(report, "t3")
    assert ([one["part"] for one in t3["failures"]], t3["status"]) == (failures, status)


def test_a_tenant_that_is_lost_now_tells_what_was_seen_of_it_before(publish, tmp_path, whole):
    publish("then", 1, records=[row(host="t1", failures=[LOST])], hosts=["t1", "t2"])
    dummy, report = merge(publish, tmp_path, "whole", "then")
    t1, t2 = of(report, "t1"), of(report, "t2")
    assert t1["status"] == t2["status"] == "failed"
    assert [one["part"] for one in t1["drift"]] == ["part_a"] and [one["part"] for one in t1["checks"]] == ["posture"]
    assert t2["restriction"] == "enabled" and t2["seen"] == {"part_a": THEN, "": NEXT}


SKIPPED = [{"changed": False, "skipped": True}]
IN_B = [{"changed": True, "diff": {"before": {}, "after": {"x": 1}, "after_header": "policy MFA"}}]
ASKED = {"readiness": PASSED, "part_a": [RIGHT], "part_b": SKIPPED, "posture": PASSED}


@pytest.mark.parametrize(
    ("newer", "covers", "drifted"),
    [
        # The service account was taken out of the inventory: there is nothing to be other than written down.
        (ASKED, [], False),
        (ASKED, ["--limit t1"], False),
        # A part that failed is no reason not to ask for the next.
        ({**ASKED, "part_a": [], "failures": [{**LOST, "part": "part_a", "result": {"msg": "No.", "failed": True}}]}, [], False),
        # Nobody has asked for part B.
        (ASKED, ["--skip-tags part_b"], True),
        ({"readiness": PASSED, "failures": [{**LOST, "part": "part_a"}]}, [], True),
        ({**ASKED, "posture": {}, "failures": [{**LOST, "part": ""}]}, [], True),
        # The log is read when all parts are asked for.
        ({**ASKED, "failures": [{**LOST, "part": "part_a"}]}, [], False),
    ],
)  # fmt: skip
def test_a_run_of_all_parts_tells_of_those_that_it_skipped(publish, tmp_path, newer, covers, drifted):
    publish("first", records=[row(host="t1", part_b=IN_B)])
    publish("then", 1, records=[row(host="t1", **newer)], covers=covers)
    for names in (("first", "then"), ("then", "first")):
        dummy, report = merge(publish, tmp_path, *names)
        t1 = of(report, "t1")
        assert [one["part"] for one in t1["drift"]] == (["part_b"] if drifted else [])
        # Of what nobody has seen there is no moment.
        assert ("part_b" in t1["looked_at"], "part_b" in t1["seen"]) == (drifted, drifted)


def test_what_a_merged_report_has_no_word_of_is_no_newer_than_what_it_has(publish, tmp_path):
    publish("first", records=[row(host="t1", **ASKED)])
    merge(publish, tmp_path, "first", days=5)
    publish("late", 1, records=[row(host="t1", part_b=IN_B)], covers=["--tags part_b"])
    dummy, report = publish("again", 6, reports=[str(tmp_path / "late.json"), str(tmp_path / "all.json")])
    assert of(report, "t1")["status"] == "drift" and of(report, "t1")["seen"]["part_b"] == NEXT


def test_the_kinds_of_failure_that_end_the_asking_are_those_of_the_playbook():
    (audit,) = [one for one in yaml.safe_load(AUDIT.read_text(encoding="utf-8")) if one["name"] == "Audit every tenant"]
    assert audit["vars"]["__entra_closed"] == list(record.CLOSED)


@pytest.mark.parametrize(
    ("newer", "covers", "status"),
    [
        # A tag that no part has.
        ({"part_b": []}, ["--tags parta"], "findings"),
        # The one part that was asked for was skipped.
        ({"part_b": SKIPPED}, ["--tags part_b"], "findings"),
        # A run of everything that saw nothing has lost the tenant, and so has a run of a part where it says so.
        ({"part_b": []}, [], "failed"),
        ({"failures": [{**LOST, "part": ""}]}, ["--tags posture"], "failed"),
    ],
)
def test_a_run_of_some_parts_that_saw_none_goes_before_no_other(publish, tmp_path, newer, covers, status):
    publish("first", records=[row(host="t1", readiness=SEEN, part_a=[RIGHT])])
    publish("then", 1, records=[row(host="t1", **newer)], covers=covers)
    for names in (("first", "then"), ("then", "first")):
        dummy, report = merge(publish, tmp_path, *names)
        assert of(report, "t1")["status"] == status and report["covers"] == []
    # Alone it is all there is to say.
    dummy, alone = publish("alone", 2, reports=[str(tmp_path / "then.json")])
    assert of(alone, "t1")["failures"] == of(json.loads((tmp_path / "then.json").read_text()), "t1")["failures"]
    assert alone["covers"] == covers


def test_a_run_that_skipped_what_it_asked_for_does_not_take_a_failure_away(publish, tmp_path):
    publish("first", hosts=["t1"])
    publish("then", 1, records=[row(host="t1", part_b=SKIPPED)], covers=["--tags part_b"])
    dummy, report = merge(publish, tmp_path, "first", "then")
    assert of(report, "t1")["status"] == "failed"


def test_requests_are_those_of_the_runs_that_are_told_of(publish, tmp_path):
    for days, part in enumerate(("readiness", "posture", "posture")):
        seen = {**PASSED, "requests": {"count": 10**days, "seconds": 0.5}}
        publish(f"night-{days}", days, records=[row(host="t1", **{part: seen})], covers=[f"--tags {part}"])
    dummy, report = merge(publish, tmp_path, "night-0", "night-1", "night-2", days=3)
    assert of(report, "t1")["requests"] == {"count": 101, "seconds": 1.0}


@pytest.mark.parametrize(
    ("days", "told"), [(0.4, []), (1, ["Readiness and Part A and Posture as of 2026-11-28T12:00:00Z"])]
)
def test_every_form_tells_what_is_of_another_night(publish, tmp_path, whole, days, told):
    merge(publish, tmp_path, "whole", days=days, formats=["json", "html", "csv", "junit", "markdown"])
    texts = {name: (tmp_path / f"all.{name}").read_text(encoding="utf-8") for name in ("html", "csv", "xml", "md")}
    assert of(json.loads((tmp_path / "all.json").read_text(encoding="utf-8")), "t1")["seen"]
    for text in texts.values():
        plain = text.replace("\\", "")
        assert ("as of 2026-11-28T12:00:00Z" in plain) == bool(told) and all(one in plain for one in told)


def texts_of(folder, name):
    html, markdown = ((folder / f"{name}.{ending}").read_text(encoding="utf-8") for ending in ("html", "md"))
    return ShownPage(html).text.replace(" ,", ","), markdown.replace("\\", "")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"reports": ["one"]}, "seen {first}, put together {now}"),
        ({"reports": ["one", "two"]}, "seen from {first} to {last}, put together {now}"),
        # Of a host that nobody has seen there is no moment.
        ({"reports": ["one"], "hosts": ["t1", "t9"]}, "seen {first}, put together {now}"),
        ({"reports": ["one"], "records": [row(host="t3", posture=PASSED)]}, "seen from {first} to {now}, put together {now}"),
    ],
)  # fmt: skip
def test_a_page_of_several_reports_tells_when_they_were_seen(publish, tmp_path, given, said):
    publish("one", records=[row(host="t1", posture=PASSED)])
    publish("two", 0.01, records=[row(host="t2", posture=PASSED)])
    given = {**given, "reports": [str(tmp_path / f"{name}.json") for name in given["reports"]]}
    result = publish("all", 0.3, formats=["json", "html", "markdown"], **given)[0]
    said = said.format(first=THEN, last="2026-11-28T12:14:24Z", now="2026-11-28T19:12:00Z")
    text, markdown = texts_of(tmp_path, "all")
    assert f" \u00b7 {said} " in text and "looked at 2026" not in text
    sentence = f"{said[0].upper()}{said[1:]}."
    assert f"\n{sentence}\n" in markdown and sentence in result["summary"]


def test_a_page_of_one_run_tells_when_it_looked(publish, tmp_path):
    result = publish("one", formats=["json", "html", "markdown"], records=[row(host="t1", posture=PASSED)])[0]
    text, markdown = texts_of(tmp_path, "one")
    assert f"1 tenant \u00b7 looked at {THEN} " in text
    assert "put together" not in f"{text}{markdown}{result['summary']}"


def test_a_row_of_this_run_alone_was_seen_when_the_report_was_made(whole):
    assert not any("seen" in one for one in whole["tenants"])


def test_the_names_of_tenants_are_no_run_of_all_of_them(publish, tmp_path):
    publish("part", records=[row(host="t1", posture=PASSED)], covers=BY_PART)
    dummy, report = merge(publish, tmp_path, "part", hosts=["t1", "t2"])
    assert report["covers"] == BY_PART and report["trend"][-1]["covers"] == BY_PART


def test_a_limit_stays_where_it_is_of_a_tenant_that_no_whole_report_has(publish, tmp_path, whole):
    publish("part", 1, records=[row(host="u1", posture=PASSED)], covers=["--tags posture"])
    dummy, report = merge(publish, tmp_path, "whole", "part")
    assert report["covers"] == ["--tags posture"]


@pytest.mark.parametrize("own", [False, True])
def test_one_name_for_two_tenants_is_refused_with_both(publish, tmp_path, own):
    publish("one", records=[row(host="main", tenant_id=ID)])
    other = {"records": [row(host="main", tenant_id=OTHER)]}
    publish("other", **other)
    with pytest.raises(BadInput) as caught:
        merge(publish, tmp_path, "one", *([] if own else ["other"]), **(other if own else {}))
    (said,) = caught.value.problems
    where = "records" if own else str(tmp_path / "other.json")
    assert said.startswith(
        f"reports: host 'main' is tenant {ID} in '{tmp_path / 'one.json'}' and tenant {OTHER} in '{where}'."
    )
    assert not (tmp_path / "all.json").exists()


@pytest.mark.parametrize("other", [ID.upper(), "northwind.example", None])
def test_one_tenant_in_another_form_is_no_other(publish, tmp_path, other):
    publish("one", records=[row(host="main", tenant_id=ID)])
    publish("other", 1, records=[row(host="main", tenant_id=other)])
    dummy, report = merge(publish, tmp_path, "one", "other")
    assert [one["tenant_id"].lower() for one in report["tenants"]] == [ID]


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_a_slice_that_cannot_be_read_costs_the_others_nothing(publish, tmp_path, whole, content):
    lost = tmp_path / "slice-2.json"
    if content is not None:
        lost.write_text(content, encoding="utf-8")
    result, report = merge(publish, tmp_path, "whole", "slice-2", hosts=["t1", "t2", "t3"])
    (sentence,) = result["unread"]
    assert sentence.startswith(f"reports: '{lost}' ") and result["hosts"]["failed"] == ["t3"]
    assert result["warnings"] == [f"{sentence} The report is made without it."]
    assert f"Without what is in {lost}, which cannot be read." in result["summary"]
    assert {one["host"] for one in report["tenants"]} == {"t1", "t2", "t3"}


def test_where_no_slice_can_be_read_there_is_no_report(publish, tmp_path):
    with pytest.raises(BadInput) as caught:
        merge(publish, tmp_path, "slice-1", "slice-2", hosts=["t1"])
    assert len(caught.value.problems) == 2 and not (tmp_path / "all.json").exists()


def test_of_reports_that_can_all_be_read_none_is_unread(publish, tmp_path, whole):
    result = merge(publish, tmp_path, "whole")[0]
    assert result["unread"] == [] and "warnings" not in result
