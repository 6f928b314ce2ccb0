# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet report's page in a real Chromium: opened from disk, worked by keyboard, in the dark, on a phone, with hostile names.

Without a Chromium these are skipped; see tests/demo/chromium.py.
"""

from __future__ import annotations

import pathlib
import typing as t

import pytest

# The environment of the second Python has no browser: what a browser does is the same there.
playwright_api = pytest.importorskip("playwright.sync_api", reason="tests/requirements/browser.txt is not installed")
axe_playwright = pytest.importorskip("axe_playwright_python.sync_playwright")

import chromium  # noqa: E402
from failing_fleet import own_sites  # noqa: E402
from hostile_report import NAMES, hostile  # noqa: E402
from sample_reports import EXPIRING_DAYS, NOW, row, sample  # noqa: E402

from ansible_collections.msp.entra.plugins.plugin_utils.fleet import page as report_page  # noqa: E402
from ansible_collections.msp.entra.plugins.plugin_utils.fleet import page_room  # noqa: E402
from ansible_collections.msp.entra.plugins.plugin_utils.fleet.report import made  # noqa: E402

if t.TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.one_ansible

expect = playwright_api.expect
# On a machine that does much else besides.
expect.set_options(timeout=30_000)
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}
# As many as it takes for one of each trouble, and quick to lay out.
MANY = 60
ALL_SHOWN = f"{MANY} of {MANY} tenants shown"


@pytest.fixture(scope="module")
def browser() -> t.Iterator[Browser]:
    executable = chromium.find()
    if not executable:
        pytest.skip(chromium.NONE)
    with playwright_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable)
        yield started
        started.close()


class Opened(t.NamedTuple):
    page: Page
    said: list[str]  # on the console, and errors
    asked: list[str]  # every address that was asked for


@pytest.fixture
def opened(browser: Browser, tmp_path: pathlib.Path) -> t.Iterator[t.Callable[..., Opened]]:
    """Opens a report's page, or a text, from disk."""
    contexts = []

    def open_(what: dict[str, t.Any] | str, **options: t.Any) -> Opened:
        file = tmp_path / "report.html"
        file.write_text(what if isinstance(what, str) else report_page.as_html(what), encoding="utf-8")
        context = browser.new_context(**{"viewport": DESK, "reduced_motion": "reduce", **options})
        contexts.append(context)
        page = context.new_page()
        found = Opened(page, [], [])
        page.on("console", lambda message: found.said.append(message.text))
        page.on("pageerror", lambda error: found.said.append(str(error)))
        page.on("dialog", lambda dialog: found.said.append(dialog.message))
        page.on("request", lambda request: found.asked.append(request.url))
        page.goto(file.as_uri())
        return found

    yield open_
    for context in contexts:
        context.close()


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    for _press in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by {most} presses of Tab")


def hosts(page: Page) -> list[str]:
    """The tenants of the rows that are shown."""
    return page.eval_on_selector_all(
        "#tenants tbody tr",
        "rows => rows.filter(row => row.checkVisibility()).map(row => row.querySelector('bdi').textContent)",
    )


def test_it_opens_from_disk_asks_for_nothing_and_has_nothing_to_complain_of(opened: t.Callable[..., Opened]) -> None:
    found = opened(sample(200))
    assert len(hosts(found.page)) == 200
    expect(found.page.locator("#chart canvas")).to_be_visible()
    assert found.said == []
    assert len(found.asked) == 1 and found.asked[0].startswith("file://")


def test_filter_by_keyboard(opened: t.Callable[..., Opened]) -> None:
    one = sample(MANY)
    page = opened(one).page
    shown = page.get_by_role("status")
    expect(shown).to_have_text(ALL_SHOWN)

    tab_to(page, "#filter-status")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    drifted = [row["host"] for row in one["tenants"] if row["status"] == "drift"]
    expect(shown).to_have_text(f"{len(drifted)} of {MANY} tenants shown")
    assert hosts(page) == drifted
    # Sections tell of the same tenants.
    assert set(page.locator("#drifted p bdi:visible").all_inner_texts()) == set(drifted)
    assert page.locator("#not-audited .entries > li:visible").count() == 0
    expect(page.locator("#not-audited .nobody")).to_be_visible()

    page.keyboard.press("Shift+Tab")
    page.keyboard.type(drifted[-1].upper())
    expect(shown).to_have_text(f"1 of {MANY} tenants shown")
    assert hosts(page) == drifted[-1:]

    tab_to(page, "#filter button")
    page.keyboard.press("Enter")
    expect(shown).to_have_text(ALL_SHOWN)
    expect(page.locator("#filter-text")).to_have_value("")


def test_numbers_say_of_how_many_they_are(opened: t.Callable[..., Opened]) -> None:
    one = sample(MANY)
    page = opened(one).page

    def numbers() -> dict[str, str]:
        return {
            section: page.locator(f"#{section} h2 small").inner_text()
            for section in ("tenants", "not-audited", "drifted", "findings", "sites", "unlisted", "risks")
        }

    def many(count: int, noun: str) -> str:
        return f"{count} {noun}{'' if count == 1 else 's'}"

    counts = one["counts"]
    failing = {check["id"] for row in one["tenants"] for check in row["checks"] if check["status"] == "fail"}
    whole = {
        "tenants": many(MANY, "tenant"),
        "not-audited": many(counts["by_status"]["failed"], "tenant"),
        "drifted": many(counts["by_status"]["drift"], "tenant"),
        "findings": many(len(failing), "check"),
        "sites": str(sum(len(row["sites"]) for row in one["tenants"])),
        "unlisted": str(counts["unlisted"]),
        "risks": str(counts["accepted_risks"]),
    }  # fmt: skip
    assert numbers() == whole

    page.get_by_label("Status", exact=True).select_option("findings")
    left = [row for row in one["tenants"] if row["status"] == "findings"]
    expect(page.get_by_role("status")).to_have_text(f"{len(left)} of {MANY} tenants shown")
    shown = {
        "tenants": len(left),
        "not-audited": 0,
        "drifted": 0,
        "sites": sum(len(row["sites"]) for row in left),
        "unlisted": sum(len(row["unlisted"]) for row in left),
        "risks": sum(len(row["accepted_risks"]) for row in left),
    }
    # Whoever fails a check and has nothing worse is among them, so that no check goes.
    assert numbers() == {**whole, **{section: f"{number} of {whole[section]}" for section, number in shown.items()}}
    # One check's, and what is above the filter, which is of all.
    page.get_by_label("Tenant", exact=True).fill(left[0]["host"])
    expect(page.get_by_role("status")).to_have_text(f"1 of {MANY} tenants shown")
    checks = page.locator("#findings summary:visible .fail").all_inner_texts()
    assert len(checks) == sum(check["status"] == "fail" for check in left[0]["checks"])
    assert all(text.startswith("1 of ") or text == "1 fail" for text in checks)
    expect(page.locator(".glance h2")).to_have_text(f"All {MANY} tenants")
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_role("status")).to_have_text(ALL_SHOWN)
    assert numbers() == whole


def test_a_name_is_found_without_its_accents_and_with_them(opened: t.Callable[..., Opened]) -> None:
    one = sample(5)
    for tenant, name in zip(
        one["tenants"], ("M\u00fcller", "Mu\u0308ller", "Muller", "Miller", "\u00c5se"), strict=True
    ):
        tenant["tenant_name"] = name
    page = opened(one).page
    names = [row["host"] for row in one["tenants"]]
    for typed, found in (("muller", names[:3]), ("M\u00dcLLER", names[:3]), ("ase", names[4:])):
        page.get_by_label("Tenant", exact=True).fill(typed)
        expect(page.get_by_role("status")).to_have_text(f"{len(found)} of 5 tenants shown")
        assert hosts(page) == found


def test_numbers_of_what_is_cut_are_of_all_there_is(opened: t.Callable[..., Opened]) -> None:
    report = made([own_sites(number, missing=9, ending=7) for number in range(9)], NOW, EXPIRING_DAYS)
    found = opened(report_page._rendered(report, page_room.Measure(20, 2, 0, 60, 3)))
    assert found.page.locator("#sites h2 small").inner_text() == "63"
    found.page.get_by_label("Tenant", exact=True).fill("contoso-logistics-7")
    expect(found.page.get_by_role("status")).to_have_text("1 of 9 tenants shown")
    assert found.page.locator("#sites h2 small").inner_text() == "7 of 63"
    more = found.page.locator("#drifted .entries > li:last-child bdi:visible")
    assert more.all_inner_texts() == ["contoso-logistics-7 and 6 more"]
    assert found.page.locator("#unlisted p bdi:visible").all_inner_texts() == ["contoso-logistics-7"]
    assert found.said == []


def test_a_page_with_no_room_for_details_can_be_filtered(opened: t.Callable[..., Opened]) -> None:
    found = opened(report_page._rendered(sample(MANY), page_room.MEASURES[-1]))
    assert len(hosts(found.page)) == MANY
    found.page.get_by_label("Status", exact=True).select_option("drift")
    drifted = sum(row["status"] == "drift" for row in sample(MANY)["tenants"])
    expect(found.page.get_by_role("status")).to_have_text(f"{drifted} of {MANY} tenants shown")
    assert found.said == []


def test_filter_by_restriction_failed_check_and_kind_of_failure(opened: t.Callable[..., Opened]) -> None:
    one = sample(MANY)
    page = opened(one).page

    def wanted(what: t.Callable[[dict[str, t.Any]], bool]) -> list[str]:
        found = [row["host"] for row in one["tenants"] if what(row)]
        assert 0 < len(found) < MANY
        return found

    page.get_by_label("Restriction", exact=True).select_option("report_only")
    expect(page.get_by_role("status")).not_to_have_text(ALL_SHOWN)
    assert hosts(page) == wanted(lambda row: row["restriction"] == "report_only")
    page.get_by_label("Restriction", exact=True).select_option("")
    expect(page.get_by_role("status")).to_have_text(ALL_SHOWN)
    check = page.get_by_label("Finding", exact=True)
    check.select_option(index=1)
    name = check.locator("option").nth(1).inner_text().split()[0]
    expect(page.get_by_role("status")).not_to_have_text(ALL_SHOWN)
    assert hosts(page) == wanted(
        lambda row: any(found["id"] == name and found["status"] == "fail" for found in row["checks"])
    )
    check.select_option("")
    expect(page.get_by_role("status")).to_have_text(ALL_SHOWN)
    page.get_by_label("Status", exact=True).select_option(label="no answer (1)")
    expect(page.get_by_role("status")).to_have_text(f"1 of {MANY} tenants shown")
    assert hosts(page) == wanted(lambda row: row["failures"] and row["failures"][0]["kind"] == "unreachable")


def test_the_filter_finds_drift_and_findings_of_those_who_have_something_worse(opened: t.Callable[..., Opened]) -> None:
    diff = {"before": {"on": False}, "after": {"on": True}, "after_header": "policy Block"}
    drifted = {"part_a": [{"changed": True, "diff": diff}]}
    half = {"part": "part_a", "result": {"failed": True, "failure_kind": "throttled", "msg": "Later."}}
    check = {"id": "mfa", "title": "MFA", "status": "fail", "evidence": "none", "remedy": ""}
    rows = [
        row(host="lost", failures=[half]),
        row(host="lost-and-drifted", failures=[half], **drifted),
        row(host="drifted-with-findings", readiness={"checks": [check]}, **drifted),
        row(host="well", part_a=[{"changed": False}]),
    ]
    page = opened(made(rows, NOW, EXPIRING_DAYS)).page
    for status, found in (
        ("drift", {"lost-and-drifted", "drifted-with-findings"}),
        ("findings", {"drifted-with-findings"}),
        ("failed", {"lost", "lost-and-drifted"}),
    ):
        page.get_by_label("Status", exact=True).select_option(status)
        expect(page.get_by_role("status")).to_have_text(f"{len(found)} of 4 tenants shown")
        assert set(hosts(page)) == found


def test_what_graph_refused_to_let_be_read_is_found_as_what_fails_is(opened: t.Callable[..., Opened]) -> None:
    unread = {"id": "mfa", "title": "MFA", "status": "unknown", "unread": True, "evidence": "refused", "remedy": ""}
    rows = [
        row(host="closed", readiness={"checks": [unread]}),
        row(host="open", readiness={"checks": [{**unread, "unread": False}]}),
    ]
    page = opened(made(rows, NOW, EXPIRING_DAYS)).page
    page.get_by_label("Finding", exact=True).select_option(label="mfa (1)")
    expect(page.get_by_role("status")).to_have_text("1 of 2 tenants shown")
    assert hosts(page) == ["closed"]
    expect(page.locator("#findings summary .check:visible")).to_have_text(["1 unread", "0 of 1 unknown"])
    tab_to(page, "td.r a")
    page.keyboard.press("Enter")
    expect(page.locator(":target")).to_be_visible()
    expect(page.locator(":target")).to_have_text("closed")
    signs = "cells => cells.map(cell => [cell.textContent.trim(), getComputedStyle(cell, '::before').content[1]])"
    assert page.locator("td.r, td.u").evaluate_all(signs) == [["unread", "\u2298"], ["unknown", "?"]]


def test_sort_by_keyboard(opened: t.Callable[..., Opened]) -> None:
    page = opened(sample(MANY)).page
    by_status = hosts(page)
    tenant, status, fails = (page.locator(f"th[data-sort={name}]") for name in ("name", "status", "findings"))
    expect(status).to_have_attribute("aria-sort", "ascending")
    tab_to(page, "th[data-sort=name] button")
    page.keyboard.press("Enter")
    expect(tenant).to_have_attribute("aria-sort", "ascending")
    assert status.get_attribute("aria-sort") is None
    assert hosts(page) == sorted(by_status)
    page.keyboard.press("Space")
    expect(tenant).to_have_attribute("aria-sort", "descending")
    assert hosts(page) == sorted(by_status, reverse=True)
    tab_to(page, "th[data-sort=findings] button")
    page.keyboard.press("Enter")
    expect(fails).to_have_attribute("aria-sort", "descending")
    numbers = [int(text) for text in page.locator("#tenants tbody td.n:nth-child(5)").all_inner_texts()]
    assert numbers == sorted(numbers, reverse=True) and numbers[0] > 0
    page.locator("th[data-sort=status] button").press("Enter")
    assert hosts(page) == by_status


def test_a_cross_leads_to_why_and_what_to_do(opened: t.Callable[..., Opened]) -> None:
    page = opened(sample(5)).page
    tab_to(page, "td.f a")
    page.keyboard.press("Enter")
    target = page.locator(":target")
    expect(target).to_be_visible()
    expect(target).to_have_text("summit-logistics")


def test_what_has_the_focus_is_seen_and_not_covered(opened: t.Callable[..., Opened]) -> None:
    page = opened(sample(5)).page
    seen = 0
    for _press in range(60):
        page.keyboard.press("Tab")
        told = page.evaluate(
            """() => {
                const one = document.activeElement;
                if (one === document.body) return null;
                const box = one.getBoundingClientRect(), style = getComputedStyle(one);
                const middle = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height, innerHeight) / 2);
                return {name: one.outerHTML.slice(0, 80), outline: style.outlineStyle, width: parseFloat(style.outlineWidth),
                        covered: !(middle && (one.contains(middle) || middle.contains(one)))};
            }"""
        )
        if told is None:
            break
        seen += 1
        assert told["outline"] == "solid" and told["width"] >= 2, told
        assert not told["covered"], told
    assert seen > 20


@pytest.mark.parametrize("what", ["sample", "hostile"])
def test_a_phone_scrolls_one_way_only(opened: t.Callable[..., Opened], what: str) -> None:
    page = opened(sample(5) if what == "sample" else hostile(), viewport=PHONE).page
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_the_head_of_the_checks_can_be_read_wherever_they_are_scrolled_to(
    opened: t.Callable[..., Opened], viewport: dict[str, int]
) -> None:
    page = opened(sample(MANY), viewport=viewport).page
    told = page.evaluate(
        """() => {
            const pane = document.querySelector(".matrix");
            pane.scrollIntoView();
            pane.scrollTo(430, 600);
            const box = pane.getBoundingClientRect(), head = pane.querySelector("thead").getBoundingClientRect();
            const names = pane.querySelector("thead .name").getBoundingClientRect();
            const beside = (one) => one.left >= names.right && one.right <= box.right;
            const seen = (one) => {
                const range = document.createRange();
                range.selectNodeContents(one);
                const text = range.getBoundingClientRect();
                return beside(text) && text.top >= box.top && text.bottom <= head.bottom;
            };
            const heads = [...pane.querySelectorAll("thead th.check > *")].filter((one) =>
                beside(one.parentElement.getBoundingClientRect()));
            return {
                scrolled: pane.scrollTop,
                share: head.height / box.height,
                cut: heads.filter((one) => !seen(one)).map((one) => one.textContent),
                heads: heads.length,
                parts: [...pane.querySelectorAll("thead .part > span")].filter(seen).map((one) => one.textContent),
                small: heads.filter((one) => parseFloat(getComputedStyle(one).fontSize) < 11).length,
            };
        }"""
    )
    assert told["scrolled"] > 0 and told["heads"] > 4
    assert told["cut"] == [] and told["small"] == 0
    assert "Readiness" in told["parts"]
    assert told["share"] < 0.35


def test_on_a_phone_the_table_begins_with_names_of_checks_and_says_what_its_signs_are(
    opened: t.Callable[..., Opened],
) -> None:
    page = opened(sample(MANY), viewport=PHONE).page
    told = page.evaluate(
        """() => {
            const pane = document.querySelector(".matrix"), box = pane.getBoundingClientRect();
            const inside = (one) => one.getBoundingClientRect().right <= box.right;
            const words = (which) => [...document.querySelectorAll(which)]
                .filter((one) => one.checkVisibility()).map((one) => one.textContent);
            return {
                names: [...pane.querySelectorAll("thead th.check > *")].filter(inside).length,
                others: [...pane.querySelectorAll("thead th[data-sort]")].filter(inside).length,
                signs: [...pane.querySelectorAll("tbody td .status, tbody td.restriction")].every(inside),
                key: [...words(".key .word"), ...words(".key .restriction")],
                shown: words(".matrix .status, .matrix td.restriction").map((word) => word.trim()),
            };
        }"""
    )
    assert told["names"] >= 3 and told["others"] == 5 and told["signs"]
    assert set(told["shown"]) <= set(told["key"]) and len(told["key"]) > 4
    assert page.locator("#tenants tbody .status").first.inner_text() == "not audited"
    # Where there is room they say it themselves.
    page.set_viewport_size(DESK)
    expect(page.locator(".key.narrow")).to_be_hidden()


def test_a_cell_shows_its_sign_and_has_its_word_for_those_who_do_not_see_it(opened: t.Callable[..., Opened]) -> None:
    page = opened(sample(5)).page
    told = page.evaluate(
        """() => [...document.querySelectorAll("td.p, td.f, td.u, td.x")].map((cell) => {
            const range = document.createRange();
            range.selectNodeContents((cell.querySelector("a") || cell).firstChild);
            const word = range.getBoundingClientRect(), sign = getComputedStyle(cell, "::before").content[1];
            return {word: cell.textContent.trim(), seen: word.left < cell.getBoundingClientRect().right, sign};
        })"""
    )
    assert {(one["word"], one["sign"]) for one in told} == {("pass", "\u2713"), ("fail", "\u2715"), ("unknown", "?")}
    assert not [one for one in told if one["seen"]]


def test_hostile_names_run_nothing_and_are_all_there(opened: t.Callable[..., Opened]) -> None:
    found = opened(hostile())
    page = found.page
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    for place in page.locator("tbody th bdi").all()[: len(NAMES)]:
        place.hover()
    for column in ("name", "status", "restriction", "drift", "findings"):
        page.locator(f"th[data-sort={column}] button").press("Enter")
    page.get_by_label("Tenant", exact=True).fill("<script>")
    expect(page.get_by_role("status")).not_to_have_text(f"{len(NAMES)} of {len(NAMES)} tenants shown")
    assert page.evaluate("window.hacked") is None
    assert found.said == []
    assert len(found.asked) == 1
    assert {name.strip() for name in page.locator("#tenants tbody bdi").all_text_contents()} >= {
        name.strip() for name in NAMES
    }


def test_a_script_that_got_in_does_not_run(opened: t.Callable[..., Opened]) -> None:
    got_in = (
        "<script>window.hacked=1</script><img src=x onerror=window.hacked=1><p onclick=window.hacked=1 id=trap>x</p>"
        "<iframe srcdoc='<script>parent.hacked=1</script>'></iframe><a id=link href='javascript:window.hacked=1'>x</a>"
        "<style>body{color:rgb(1,2,3)}</style>"
    )
    html = report_page.as_html(sample(5))
    assert "<main>" in html
    found = opened(html.replace("<main>", f"<main>{got_in}"))
    found.page.locator("#trap").click()
    found.page.locator("#link").click()
    assert found.page.evaluate("window.hacked") is None
    assert found.page.evaluate("getComputedStyle(document.body).color") != "rgb(1, 2, 3)"
    assert any("Content Security Policy" in text for text in found.said)
    # And ours still do.
    expect(found.page.get_by_role("status")).to_have_text("5 of 5 tenants shown")


EVERY_RULE = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def half_seen() -> dict[str, t.Any]:
    """A limited report of several, with a tenant that drifted before it was lost, and one of which a check may not be read."""
    diff = {"before": {"on": False}, "after": {"on": True}, "after_header": "policy Block"}
    half = {"part": "part_a", "result": {"failed": True, "failure_kind": "throttled", "msg": "Later."}}
    unread = {
        "id": "mfa",
        "title": "MFA",
        "status": "unknown",
        "unread": True,
        "evidence": "refused",
        "remedy": "Let it.",
    }
    rows = [
        row(host="lost", part_a=[{"changed": True, "diff": diff}], failures=[half]),
        {
            **row(host="closed", readiness={"changed": False, "checks": [unread]}),
            "seen": {"readiness": "2026-11-27T02:00:00Z"},
        },
    ]
    return made(rows, NOW, EXPIRING_DAYS, covers=["--limit closed,lost"])


@pytest.mark.parametrize("what", [lambda: sample(5), half_seen], ids=["sample", "half seen"])
@pytest.mark.parametrize(
    ("options", "rules"),
    [
        ({}, EVERY_RULE),
        ({"color_scheme": "dark"}, {"type": "rule", "values": ["color-contrast"]}),
        ({"viewport": PHONE}, EVERY_RULE),
    ],
    ids=["desk", "dark", "phone"],
)
def test_axe_finds_nothing(
    opened: t.Callable[..., Opened],
    options: dict[str, t.Any],
    rules: dict[str, t.Any],
    what: t.Callable[[], dict[str, t.Any]],
) -> None:
    # axe is put into the page, which the page's policy would not have.
    page = opened(what(), bypass_csp=True, **options).page
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = axe_playwright.Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]}).response
    assert found["passes"]
    assert [(one["id"], [node["html"] for node in one["nodes"][:3]]) for one in found["violations"]] == []


def test_without_javascript_all_is_there_to_read(opened: t.Callable[..., Opened]) -> None:
    page = opened(sample(5), java_script_enabled=False).page
    expect(page.locator("#filter")).to_be_hidden()
    expect(page.locator("#tenants tbody tr")).to_have_count(5)
    expect(page.locator("#not-audited .message")).to_be_visible()
    expect(page.locator("#drifted dl").first).to_be_visible()
    page.locator("#trend summary").click()
    expect(page.locator("#trend tbody tr")).to_have_count(31)
    # The head of a column leads to what its check has found, and opens it.
    expect(page.locator("#findings .remedy").first).to_be_hidden()
    name = page.locator("#findings summary .id").first.inner_text()
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.locator("#findings .remedy").first).to_be_visible()


def test_the_chart_follows_the_scheme_and_the_choice_of_lines(opened: t.Callable[..., Opened]) -> None:
    page = opened(sample(200)).page

    def drawn() -> str:
        return page.evaluate("document.querySelector('#chart canvas').toDataURL()")

    light, ground = drawn(), page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("light => document.querySelector('#chart canvas').toDataURL() !== light", arg=light)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != ground
    dark = drawn()
    page.get_by_label("clean", exact=True).press("Space")
    page.wait_for_function("dark => document.querySelector('#chart canvas').toDataURL() !== dark", arg=dark)


def test_paper_has_what_is_folded_and_no_filter(opened: t.Callable[..., Opened]) -> None:
    page = opened(sample(5)).page
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator("#filter")).to_be_hidden()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    expect(page.locator("#findings .remedy").first).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(23, 32, 44)"
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0
