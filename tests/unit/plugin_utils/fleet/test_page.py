# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet report's page: what it says, that it stands alone, and that nothing of a tenant is taken for more than text."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import re
import typing as t

import pytest
from hostile_report import NAMES, hostile
from sample_reports import EXPIRING_DAYS, NOW, row, sample
from shown_page import ShownPage

from ansible_collections.msp.entra.plugins.plugin_utils.fleet import page, record, report

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


def test_who_has_the_same_finding_is_told_together_with_what_to_do() -> None:
    check = {"id": "licence", "title": "Licensed", "status": "fail", "evidence": "no licence", "remedy": "Buy one."}
    rows = [row(host=host, readiness={"checks": [check]}) for host in ("acme", "contoso")]
    assert "What to do Buy one. fail: no licence acme contoso" in shown(made(*rows)).text


def test_a_check_that_nobody_can_tell_is_no_finding() -> None:
    check = {"id": "setting", "title": "Set", "status": "unknown", "evidence": "Graph cannot tell", "remedy": ""}
    ids = {one.attributes.get("id") for one in shown(made(row(host="acme", posture={"checks": [check]}))).elements}
    assert "unknown" in ids and "findings" not in ids


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
    times = [one.attributes["datetime"] for one in found.all("time")]
    assert times[1:32] == sorted(times[1:32], reverse=True)
    assert "The 31 reports as a table" in found.text


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


@pytest.mark.parametrize(("tenants", "most"), [(5, 200_000), (200, 1_000_000)])
def test_size(tenants: int, most: int) -> None:
    assert len(page.as_html(sample(tenants)).encode()) < most


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
    found = shown(sample(200))
    ids = [element.attributes["id"] for element in found.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    assert {one.attributes["href"][1:] for one in found.all("a")} <= set(ids)
    named = {name for one in found.elements for name in one.attributes.get("aria-labelledby", "").split()}
    assert named <= set(ids)


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
