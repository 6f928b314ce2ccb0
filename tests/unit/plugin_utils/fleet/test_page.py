# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet report's page: what it says, that it stands alone, and that nothing of a tenant is taken for more than text."""

from __future__ import annotations

import base64
import copy
import functools
import hashlib
import json
import re
import typing as t

import pytest
from failing_fleet import failing_fleet, own_sites
from hostile_report import NAMES, hostile
from sample_reports import EXPIRING_DAYS, NOW, row, sample
from shown_page import ShownPage

from ansible_collections.msp.entra.plugins.plugin_utils.fleet import page, page_room, page_sentences, record, report

Json = dict[str, t.Any]


def made(*rows: Json, **more: t.Any) -> Json:
    return report.made(rows, NOW, EXPIRING_DAYS, **more)


def shown(of: Json) -> ShownPage:
    return ShownPage(page.as_html(of))


def squeezed(text: str) -> str:
    return " ".join(text.split())


# What it says


def test_failures_are_told_apart_with_their_messages() -> None:
    kinds = {"unreachable": "no answer", "throttled": "throttled for too long", "login": "login refused"}
    rows = [
        row(
            host=f"host-{kind}",
            failures=[
                {
                    "part": record.READINESS,
                    "task": "See",
                    "result": {"failed": True, "failure_kind": kind, "msg": f"The reason of {kind}.\nSecond line."},
                }
            ],
        )
        for kind in [*kinds, "throttled"]
    ]
    text = shown(made(*rows)).text
    for kind, word in kinds.items():
        assert f"{word} {2 if kind == 'throttled' else 1} " in text
        assert f"The reason of {kind}. Second line." in text


def test_drift_is_shown_property_by_property() -> None:
    diff = {
        "before": {"enforcement": "report_only", "cidrs": ["192.0.2.1/32", "192.0.2.2/32"]},
        "after": {"enforcement": "enabled", "cidrs": ["192.0.2.1/32", "192.0.2.3/32"], "trusted": True},
        "after_header": "Sites",
    }
    html = page.as_html(made(row(host="acme", part_a=[{"changed": True, "diff": diff}])))
    text = ShownPage(html).text
    assert "Sites differs" in text
    assert "enforcement is report_only wanted enabled" in text
    assert "cidrs is 192.0.2.1/32 , 192.0.2.2/32 wanted 192.0.2.1/32 , 192.0.2.3/32" in text
    assert "trusted is not set wanted true" in text
    assert "<mark><code>192.0.2.3/32</code></mark>" in html
    assert "<mark><code>192.0.2.1/32</code></mark>" not in html


def test_the_drift_of_a_tenant_that_was_lost_half_way_is_led_to() -> None:
    diff = {"before": {"on": False}, "after": {"on": True}, "after_header": "policy Block"}
    half = {"part": record.PART_A, "result": {"failed": True, "failure_kind": "throttled", "msg": "Later."}}
    html = page.as_html(made(row(host="acme", part_a=[{"changed": True, "diff": diff}], failures=[half])))
    assert '<li class="drift"><a href="#drifted"><span class="number">0</span>' in html
    assert "1 not audited 0 drifted and 1 of those not audited 0 findings 0 clean" in ShownPage(html).text
    assert '<option value="drift">drifted (1)</option>' in html and 'id="drifted"' in html
    # Its row has a word of both.
    assert '<a href="#failure-0"><b class="status failed">not audited</b></a>' in html and "id=failure-0" in html
    assert '<a href="#drifted-0">1</a>' in html and "id=drifted-0" in html


def test_of_a_long_list_only_what_differs_is_shown() -> None:
    many = [f"192.0.2.{number}/32" for number in range(100)]
    diff = {"before": {"cidrs": many}, "after": {"cidrs": [*many[1:], "198.51.100.1/32"]}, "after_header": "Sites"}
    text = shown(made(row(host="acme", part_a=[{"changed": True, "diff": diff}]))).text
    assert "cidrs and 99 that are the same is 192.0.2.0/32 wanted 198.51.100.1/32" in text


def test_a_list_of_which_only_the_order_differs_is_shown_whole() -> None:
    many = [f"item-{number}" for number in range(20)]
    diff = {"before": {"order": many}, "after": {"order": many[::-1]}, "after_header": "Sites"}
    text = shown(made(row(host="acme", part_a=[{"changed": True, "diff": diff}]))).text
    assert "order is item-0 , item-1 ," in text and "wanted item-19 , item-18 ," in text


def test_the_same_drift_and_the_same_failure_are_told_once_with_all_who_have_them() -> None:
    diff = {"before": {"on": False}, "after": {"on": True}, "after_header": "policy Block"}
    other = {"before": {"on": False, "x": 1}, "after": {"on": True, "x": 2}, "after_header": "policy Block"}
    lost = {"part": record.PART_B, "task": "See", "result": {"failed": True, "failure_kind": "login", "msg": "Shut."}}
    rows = [
        *(row(host=host, part_a=[{"changed": True, "diff": diff}]) for host in ("acme", "contoso")),
        row(host="northwind", part_a=[{"changed": True, "diff": other}]),
        *(row(host=host, failures=[lost]) for host in ("tidal", "umber")),
    ]
    text = shown(made(*rows)).text
    assert text.count("policy Block differs") == 1 and text.count("is false wanted true") == 1
    assert "on is false wanted true acme contoso northwind x is 1 wanted 2 northwind" in text
    assert "login refused Part B, service account, See Shut. tidal umber" in text


def test_who_has_the_same_finding_is_told_together_with_what_to_do() -> None:
    check = {"id": "licence", "title": "Licensed", "status": "fail", "evidence": "no licence", "remedy": "Buy one."}
    rows = [row(host=host, readiness={"checks": [check]}) for host in ("acme", "contoso")]
    assert "What to do Buy one. fail: no licence acme contoso" in shown(made(*rows)).text


def test_of_a_sentence_that_is_said_of_many_what_is_each_ones_own_is_told_with_it() -> None:
    def failing(host: str, evidence: str) -> Json:
        check = {"id": "mfa", "title": "MFA", "status": "fail", "evidence": evidence, "remedy": ""}
        return row(host=host, readiness={"checks": [check]})

    text = shown(
        made(
            failing("acme", "glass@acme.example, gold@acme.example can do nothing in 30 days"),
            failing("contoso", "glass@contoso.example can do nothing in 30 days"),
            failing("northwind", "no account is named"),
        )
    ).text
    assert (
        "[\u2026] can do nothing in 30 days acme glass@acme.example, gold@acme.example contoso glass@contoso.example"
        in text
    )
    assert "no account is named northwind" in text
    assert "[\u2026] stands for what is each tenant\u2019s own" in text


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([], []),
        (["", ""], [("", [("", [0, 1])])]),
        (["none", "none"], [("none", [("", [0, 1])])]),
        (["'A' is off", "'B' is off", "'A' is off"], [("[\u2026] is off", [("'A'", [0, 2]), ("'B'", [1])])]),
        # More of the same is one gap; what is the same in all of them is no gap.
        (
            ["2 of 9: a@x and b@x", "3 of 9: c@x, d@x"],
            [("[\u2026] of 9: [\u2026]", [("2 \u00b7 a@x and b@x", [0]), ("3 \u00b7 c@x, d@x", [1])])],
        ),
        (["a@x", "b@x"], [("", [("a@x", [0]), ("b@x", [1])])]),
        (["it's off", "it's on"], [("it's off", [("", [0])]), ("it's on", [("", [1])])]),
    ],
)
def test_sentences_are_shared(said: list[str], expected: list[t.Any]) -> None:
    assert page_sentences.shared((text, number) for number, text in enumerate(said)) == expected


def test_a_check_that_nobody_can_tell_is_no_finding() -> None:
    check = {"id": "setting", "title": "Set", "status": "unknown", "evidence": "Graph cannot tell", "remedy": ""}
    ids = {one.attributes.get("id") for one in shown(made(row(host="acme", posture={"checks": [check]}))).elements}
    assert "unknown" in ids and "findings" not in ids


def test_a_check_that_may_not_be_read_is_a_finding_of_its_own_name() -> None:
    check = {
        "id": "setting",
        "title": "Set",
        "status": "unknown",
        "unread": True,
        "evidence": "Graph: no",
        "remedy": "",
    }
    html = page.as_html(made(row(host="acme", posture={"checks": [check]})))
    found = ShownPage(html)
    ids = {one.attributes.get("id") for one in found.elements}
    assert {"findings", "c0-0"} <= ids and "unknown" not in ids
    assert {link.attributes["href"][1:] for link in found.all("a")} <= ids
    assert "acme findings not known 0 1 unread" in found.text and "<td class=r>unread" in html
    assert "checks that fail 0 checks that may not be read 1 " in found.text
    assert "pass fail unread: Graph refused what it is worked out from unknown not looked at" in found.text
    assert "Set setting 1 unread unread: Graph: no acme" in found.text
    assert '<option value="0">setting (1)</option>' in html


def test_checks_of_a_part_are_columns_beside_each_other_whoever_has_them() -> None:
    def check(name: str) -> Json:
        return {"id": name, "title": name, "status": "pass", "evidence": "", "remedy": ""}

    rows = [
        row(host="a", readiness={"checks": [check("one")]}, posture={"checks": [check("three")]}),
        row(host="b", readiness={"checks": [check("one"), check("two")]}),
    ]
    found = shown(made(*rows))
    parts = [one.attributes for one in found.all("th") if one.attributes.get("scope") == "colgroup"]
    assert [(one["title"], one["colspan"]) for one in parts] == [("Readiness", "2"), ("Posture", "1")]
    assert "a clean not known 0 0 pass not looked at pass" in found.text
    assert "b clean not known 0 0 pass pass not looked at" in found.text


def test_sites_are_shown_by_the_days_that_are_left() -> None:
    sites = [
        {"name": "Later", "expires": "2027-03-01T00:00:00Z"},
        {"name": "Gone", "expires": "2026-11-01T00:00:00Z"},
        {"name": "Soon", "expires": "2026-11-29T00:00:00Z"},
    ]
    text = shown(made(row(host="acme", sites=sites))).text
    assert "Gone over 2026-11-01T00:00:00Z acme Soon 1 day 2026-11-29T00:00:00Z acme Later 93 days" in text


def test_addresses_and_risks_are_shown() -> None:
    unlisted = {"cidr": "203.0.113.9/32", "users": ["ana@acme.example", "ben@acme.example"], "count": 7, "days": 3}
    text = shown(made(row(host="acme", impact={"suggestions": [unlisted]}, accepted_risks=["One account only"]))).text
    assert "acme 203.0.113.9/32 7 3 ana@acme.example , ben@acme.example" in text
    assert "acme One account only" in text


def test_trend_is_a_table_too_the_newest_first() -> None:
    found = shown(sample(5))
    times = re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", found.text)
    assert times[1:32] == sorted(times[1:32], reverse=True)
    assert "The 31 reports as a table" in found.text


def test_a_point_of_other_tenants_or_parts_is_in_no_line() -> None:
    nights = [
        {"generated": f"2026-11-0{day}T00:00:00Z", "counts": {"tenants": day}, **({} if covers is None else {"covers": covers})}
        for day, covers in ((1, None), (2, []), (3, ["--limit acme"]), (4, ["--tags part_a"]))
    ]  # fmt: skip
    told = page.as_html(made(row(host="acme"), earlier=nights))
    assert "2 reports covered something else than this one: in the table alone, and in no line." in told
    assert 'aria-label="Tenants by status over 3 reports' in told
    apart = re.findall(r"<tr class=apart>.*<time>(\S+)</time>.*<td>(.*)", told)
    assert apart == [("2026-11-04T00:00:00Z", "--tags part_a"), ("2026-11-03T00:00:00Z", "--limit acme")]
    rest = re.findall(r"<tr><th scope=row><time>(\S+)</time>.*<td>(.*)", told)
    assert [covers for dummy, covers in rest] == ["everything", "everything", "not told"]


def test_where_no_other_report_covers_the_same_there_is_no_chart() -> None:
    nights = [{"generated": "2026-11-01T00:00:00Z", "covers": [], "counts": {"tenants": 200}}]
    found = shown(made(row(host="acme"), earlier=nights, covers=["--limit acme"]))
    assert "Not of everything: the run was limited by --limit acme ." in found.text
    assert not found.all("figure") and "The 2 reports as a table" in found.text
    assert "Not of everything" not in shown(made(row(host="acme"), earlier=nights)).text


def test_a_page_of_a_run_that_was_limited_does_not_say_that_it_has_all() -> None:
    rows = [row(host="acme", part_a=[{"changed": False}]), row(host="contoso", part_a=[{"changed": False}])]
    assert "All 2 tenants" in shown(made(*rows)).text
    text = shown(made(*rows, covers=["--limit acme,contoso"])).text
    assert "All 2 tenants" not in text and "2 tenants 0 not audited" in text


def test_without_an_earlier_report_there_is_no_chart() -> None:
    found = shown(made(row(host="acme")))
    assert "No earlier report was there." in found.text
    assert not found.all("figure")


def test_when_and_by_what_it_was_made_is_shown() -> None:
    one = {**sample(5), "collection_version": "1.2.3"}
    assert "5 tenants \u00b7 looked at 2026-11-28T02:30:07Z \u00b7 msp.entra 1.2.3" in squeezed(shown(one).text)


def test_a_fleet_of_nobody_has_a_page() -> None:
    assert "0 tenants" in shown(made()).text


def test_points_of_which_little_is_known_do_no_harm() -> None:
    one = {**sample(5), "trend": [{"generated": "once"}, {"generated": "2026-11-01T00:00:00Z", "by_status": None}]}
    html = page.as_html(one)
    assert ">once<" in html and ">None<" not in html


# It stands alone


MUCH = "has an account of {name} and what else there is to say of it " + "and to tell of it in these very words " * 10


def unlike(one: Json) -> Json:
    """The report with sentences that have nothing in common."""
    letters = str.maketrans("0123456789", "abcdefghij")
    for line in one["tenants"]:
        for check in line["checks"]:
            check["evidence"] = f"{line['host']} {check['id']} {check['evidence']}".translate(letters)
    return one


def each_with(tenants: int, **own: int) -> Json:
    return made(*(own_sites(number, **own) for number in range(tenants)))


def limited(runs: int, names: int) -> Json:
    """A report after so many others that were limited to so many tenants, by their names."""
    earlier = [
        {
            "generated": f"2025-{night // 28 % 12 + 1:02}-{night % 28 + 1:02}T{night // 336:02}:00:00Z",
            "covers": [f"--limit contoso-logistics-{night + name}" for name in range(names)],
            "counts": {"tenants": names},
        }
        for night in range(runs)
    ]
    return made(
        row(host="acme"), earlier=earlier, covers=[f"--limit contoso-logistics-{name}" for name in range(names)]
    )


def endless(tenants: int) -> Json:
    """Nothing in it has an end, and each character takes more on the page than it is."""
    much = "<\U0001f9ef" * 200
    one = hostile()
    rows = []
    for number in range(tenants):
        line = copy.deepcopy(one["tenants"][number % len(one["tenants"])])
        ids = dict.fromkeys(("host", "tenant_name", "tenant_id", "restriction"), f"{number}{much}")
        failure = {"part": f"{much}{number}", "task": much, "kind": f"{number}{much}", "message": much}
        check = {**line["checks"][0], "id": f"{number}{much}", "title": much}
        rows.append({**line, **ids, "failures": [failure], "status": "failed", "checks": [check]})
    points = [
        {"generated": f"2025-01-01T00:{night // 60:02}:{night % 60:02}Z", "covers": [f"{night}{much}"]}
        for night in range(report.MOST_POINTS)
    ]
    return made(*rows, earlier=[{"generated": "2020-01-01T00:00:00Z", "counts": {}, "trend": points}], covers=[much])


MEASURED = {
    "5": (lambda: sample(5), 200_000),
    "200": (lambda: sample(200), 1_000_000),
    "half of 200 fail": (lambda: failing_fleet(200, 100), 1_000_000),
    "all of 200 fail": (lambda: failing_fleet(200), 1_000_000),
    "all of 200 fail with nothing in common": (lambda: unlike(failing_fleet(200, evidence=MUCH)), 1_000_000),
    "all of 300 fail": (lambda: failing_fleet(300), 1_500_000),
    "all of 200 fail and 4 sites of each are missing": (lambda: failing_fleet(200, missing=4), 1_000_000),
    "all of 200 fail and 10 sites of each are missing": (lambda: failing_fleet(200, missing=10), 1_000_000),
    "all of 200 fail and 10 sites of each end": (lambda: failing_fleet(200, ending=10), 1_000_000),
    "30 sites of each of 200 are missing": (lambda: each_with(200, missing=30), 1_000_000),
    "40 sites of each of 200 end": (lambda: each_with(200, ending=40), 1_000_000),
    "400 nights of 100 names": (lambda: limited(400, 100), 1_000_000),
    "200 of what has no end": (lambda: endless(200), 1_000_000),
}


@functools.cache
def measured(fleet: str) -> tuple[Json, str]:
    """The report and its page, which take their time."""
    one = MEASURED[fleet][0]()
    return one, page.as_html(one)


@pytest.mark.parametrize("fleet", MEASURED)
def test_size(fleet: str) -> None:
    assert len(measured(fleet)[1].encode()) < MEASURED[fleet][1]


def test_drifted_objects_that_there_is_no_room_for_are_told_with_their_tenants() -> None:
    html = measured("all of 200 fail and 10 sites of each are missing")[1]
    more = {
        int(number): int(many) for number, many in re.findall(r"<bdi data-t=(\d+)>[\w-]+ and (\d+) more</bdi>", html)
    }
    assert "More objects, in the report&rsquo;s JSON form" in html and set(more) == set(range(200))
    assert html.count("<bdi>named location Trusted - Depot") + sum(more.values()) == 200 * 10
    # What most tenants have is kept.
    assert (
        "Syncro Service Account MFA Policy differs Part B, service account \u00b7 200 tenants" in ShownPage(html).text
    )


def test_sites_and_risks_that_there_is_no_room_for_are_told_with_their_tenants() -> None:
    html = measured("40 sites of each of 200 end")[1]
    found = ShownPage(html)
    more = [int(row.attributes["data-many"]) for row in found.all("tr") if "data-many" in row.attributes]
    assert len(more) == 200 and html.count("<td><bdi>Depot") + sum(more) == 200 * 40
    assert f"contoso-logistics-7 and {more[0]} more, in the report\u2019s JSON form" in found.text
    assert "Sites that end 8000 " in found.text
    # Those that end first are there.
    assert len(re.findall(r"<td><bdi>Depot \d+-0 of ", html)) == 200
    few = page_room.Measure(20, 2, 0, 60, 5)
    told = ShownPage(page._rendered(made(row(host="acme", accepted_risks=list("abcde"))), few)).text
    assert "Accepted risks 5 Tenant Risk acme a acme b acme and 3 more, in the report\u2019s JSON form" in told


def test_of_what_a_run_was_limited_to_there_is_as_much_as_there_is_room_for() -> None:
    text = ShownPage(measured("400 nights of 100 names")[1]).text
    (here,) = re.findall(r"limited by --limit contoso-logistics-0 , .* and (\d+) more\.", text)
    assert 0 < int(here) < 100
    assert len(re.findall(r"--limit contoso-logistics-\d+ and \d+ more", text)) >= 400


def test_a_page_that_no_cut_makes_small_has_each_tenant_and_its_status() -> None:
    html = measured("200 of what has no end")[1]
    found = ShownPage(html)
    assert (
        "it has of each tenant no more than its status and its restriction. The report\u2019s JSON form has all of it."
        in found.text
    )
    assert len([line for line in found.all("tr") if "data-t" in line.attributes]) == 200
    assert html.count("<td colspan=2><span>JSON form</span>") == 200
    assert len(found.all("script")) == 3
    ids = {line.attributes["id"] for line in found.elements if "id" in line.attributes}
    assert {link.attributes["href"][1:] for link in found.all("a")} <= ids


def test_addresses_that_nobody_could_look_for_are_not_told_as_none() -> None:
    seen, unseen = row(host="acme", impact={"suggestions": []}), row(host="tidal")
    text = shown(made(seen, unseen)).text
    assert "addresses no site covers not known for 1 tenant 0 " in text
    assert "Addresses that no site covers 0 Not known for 1 tenant : tidal" in text
    assert "addresses no site covers not known for 1 tenant ? " in shown(made(unseen)).text
    text = shown(made(seen)).text
    assert "addresses no site covers 0 " in text and "Not known for" not in text


@pytest.mark.parametrize("fleet", ["200", "half of 200 fail"])
def test_where_there_is_room_nothing_is_left_out(fleet: str) -> None:
    one, html = measured(fleet)
    text = ShownPage(html).text
    assert "is left out here" not in text
    for line in one["tenants"]:
        for change in line["drift"]:
            for prop in change["properties"]:
                assert all(item in text for item in prop["wanted"] if isinstance(prop["wanted"], list))


def test_what_is_left_out_is_told_and_is_in_the_json() -> None:
    one, html = measured("all of 200 fail with nothing in common")
    text = ShownPage(html).text
    (most,) = re.findall(
        r"\u2026 stands for what is left out here: the domains of accounts, and what goes beyond (\d+) characters a tenant\. "
        r"The report\u2019s JSON form has all of it\. A list that is not whole says how many more there are\.",
        text,
    )
    # Each is told of each check, no longer than that, and ends in what tells that there is more.
    told = re.findall(r"<li>([^<]+)<p><bdi id=c\d+-\d+>", html)
    assert len(told) == one["counts"]["by_check"]["fail"]
    assert all(evidence.endswith("\u2026") and len(evidence) <= int(most) + 1 for evidence in told)
    assert "@contoso-logistics" not in text and "breakglass@\u2026" in text


def test_of_a_list_that_is_cut_what_differs_is_kept() -> None:
    text = ShownPage(measured("all of 200 fail")[1]).text
    assert "is left out here" in text
    for number in range(200):
        assert f"is 203.0.113.{number}/32 wanted 192.0.2.{number}/32" in text


@pytest.mark.parametrize("measure", page_room.MEASURES[1:-1])
def test_what_is_cut_is_text_all_the_same(measure: page_room.Measure) -> None:
    found = ShownPage(page._rendered(hostile(), measure))
    assert "is left out here" in found.text
    assert {one.tag for one in found.elements} == {one.tag for one in shown(hostile()).elements}
    assert len(found.all("script")) == 3


@pytest.mark.parametrize(
    ("text", "tenants", "expected"),
    [
        ("short", 1, "short"),
        ("a" * 21, 1, "a" * 20 + "\u2026"),
        ("a" * 40, 2, "a" * 40),
        ("who@acme.example did", 1, "who@\u2026 did"),
        ("somebody who is who@acme.example", 1, "somebody who is who@\u2026"),
        ("somebody here is who@acme.example, or was", 1, "somebody here is who\u2026"),
    ],
)
def test_cut(text: str, tenants: int, expected: str) -> None:
    assert page_room.Measure(20).cut(text, tenants) == expected
    assert page_room.Measure().cut(text, tenants) == text


def test_items_of_a_list_share_the_room() -> None:
    assert page_room.Measure(10).kept(["12345", "67890", "1", "2"]) == (["12345", "67890"], 2)
    assert page_room.Measure(10).kept(["1234567890123", "4"]) == (["1234567890\u2026"], 1)
    assert page_room.Measure().kept(["1234567890123", "4"]) == (["1234567890123", "4"], 0)


def test_a_tenant_with_many_addresses_leaves_room_for_others() -> None:
    unlisted = [
        {
            "cidr": f"203.0.{place}.9/32",
            "users": [f"{who}@acme.example" for who in "abc"],
            "count": 300 - place,
            "days": 3,
        }
        for place in range(60)
    ]
    rows = [row(host=f"host-{number}", impact={"suggestions": unlisted}) for number in range(200)]
    html = page.as_html(made(*rows))
    assert len(html.encode()) < 1_000_000
    found = ShownPage(html)
    more = [int(one.attributes["data-many"]) for one in found.all("tr") if "data-many" in one.attributes]
    listed = html.count("<code>203.0.")
    assert len(more) == 200 and listed + sum(more) == 200 * 60
    assert f"and {more[0]} more, in the report\u2019s JSON form" in found.text


def test_the_same_report_gives_the_same_page_and_is_left_as_it_was() -> None:
    one = sample(5)
    before = copy.deepcopy(one)
    assert page.as_html(one) == page.as_html(json.loads(json.dumps(one)))
    assert one == before


@pytest.mark.parametrize("one", [sample(5), hostile()], ids=["sample", "hostile"])
def test_nothing_is_loaded_from_elsewhere(one: Json) -> None:
    found = shown(one)
    places = {
        value
        for element in found.elements
        for name, value in element.attributes.items()
        if name in ("src", "href", "action", "data", "poster", "srcset", "formaction", "background", "xlink:href")
    }
    assert all(place.startswith("#") for place in places)
    assert not [
        element for element in found.elements if element.tag in ("link", "base", "iframe", "object", "embed", "img")
    ]
    for element, text in found.inline:
        if element.tag == "style":
            assert not re.search(r"url\(|@import", text)


def test_every_link_leads_to_something_on_the_page() -> None:
    one = sample(200)
    found = shown(one)
    ids = [element.attributes["id"] for element in found.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    assert {link.attributes["href"][1:] for link in found.all("a")} <= set(ids)
    named = {name for each in found.elements for name in each.attributes.get("aria-labelledby", "").split()}
    assert named <= set(ids)
    # The script makes a link of each cross.
    columns = {(check["part"], check["id"]): number for number, check in enumerate(one["checks"])}
    crosses = {
        f"c{columns[check['part'], check['id']]}-{number}"
        for number, line in enumerate(one["tenants"])
        for check in line["checks"]
        if check["status"] == "fail"
    }
    assert crosses and crosses <= set(ids)


# Nothing of a tenant is taken for more than text


def test_only_what_is_hashed_runs() -> None:
    found = shown(hostile())
    policy = found.policy
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == ["'none'"]
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for element, text in found.inline:
        if element.attributes.get("type") != "application/json":
            assert not element.attributes
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            hashes[element.tag].append(f"'sha256-{digest}'")
    assert policy["script-src"] == hashes["script"] and len(hashes["script"]) == 2
    assert policy["style-src"] == hashes["style"] and len(hashes["style"]) == 2


def test_no_element_and_no_attribute_comes_from_a_tenant() -> None:
    """What is there with hostile names is there with tame ones."""
    attributes = {
        name
        for one in (sample(200), made(row(host="a")))
        for element in shown(one).elements
        for name in element.attributes
    }
    found = shown(hostile())
    assert {name for element in found.elements for name in element.attributes} <= attributes
    assert not [name for name in attributes if name.startswith("on") or name == "style"]
    assert len(found.all("script")) == 3
    assert not found.all("img")


def test_hostile_names_are_shown_as_they_are() -> None:
    text = shown(hostile()).text
    for name in NAMES:
        assert squeezed(name) in text


def test_the_scripts_data_cannot_end_its_element() -> None:
    ((_element, text),) = [
        one for one in shown(hostile()).inline if one[0].attributes.get("type") == "application/json"
    ]
    assert not set("<>&\u2028\u2029") & set(text)
    assert any(row["k"] in NAMES for row in json.loads(text)["rows"])


def test_what_utf_8_and_html_cannot_carry_is_replaced() -> None:
    html = page.as_html(made(row(host="a\x00b\ud800c\x1bd", accepted_risks=["\x85\uffff"])))
    assert "a\ufffdb\ufffdc\ufffdd" in html
    html.encode("utf-8")


def test_no_script_or_style_of_ours_ends_its_own_element_or_loses_a_character() -> None:
    for text in (*page._scripts(), *page._styles()):
        assert not re.search(r"</(script|style)|<!--", text)
        assert page._NOT_TEXT.sub("", text) == text


def test_a_copy_of_the_chart_library_carries_its_licence() -> None:
    html = page.as_html(made(row(host="a")))
    assert "Copyright (c) 2022 Leon Sorokin" in html and "THE SOFTWARE IS PROVIDED" in html


# Colours (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)

STATUS = ("failed", "drift", "findings", "clean")
# 4.5 for what is read, 3 for the edges of fields and for what is drawn.
READ = [
    *((name, ground) for name in ("ink", "dim", "accent", *STATUS) for ground in ("card", "ground", "raised")),
    *((name, f"{name}-ground") for name in STATUS),
    *((name, ground) for name in ("ink", "dim") for ground in ("failed-ground", "clean-ground")),
]
DRAWN = [("edge", "card"), ("on", "card"), ("unlisted", "card"), ("accent", "card")]


def colours(scheme: str) -> dict[str, str]:
    css = page._styles()[1]
    light, dark = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in re.findall(r":root \{([^}]*)\}", css)[:2]
    )
    assert set(light) == set(dark)
    return dark if scheme == "dark" else light


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(READ, 4.5), (DRAWN, 3)], ids=["read", "drawn"])
def test_contrast(scheme: str, pairs: list[tuple[str, str]], least: float) -> None:
    found = colours(scheme)
    ratios = {}
    for pair in pairs:
        darker, lighter = sorted(luminance(found[name]) for name in pair)
        ratios[pair] = (lighter + 0.05) / (darker + 0.05)
    assert not {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < least}
