# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes pictures of the fleet report's page: in build/report to be looked at, and the README's in docs/images.

.venv/bin/python tests/demo/report_picture.py
"""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

import chromium
import sample_reports
from playwright.sync_api import Browser, sync_playwright

from ansible_collections.msp.entra.plugins.plugin_utils.fleet import page

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = CHECKOUT / "build" / "report"
README_PICTURE = CHECKOUT / "docs" / "images" / "fleet-report.png"


class Picture(t.NamedTuple):
    tenants: int
    scheme: t.Literal["light", "dark"]
    width: int
    height: int
    whole_page: bool = True

    @property
    def name(self) -> str:
        return f"{self.tenants}-{self.scheme}-{self.width}.png"


PICTURES = (
    Picture(5, "light", 1440, 900),
    Picture(5, "dark", 1440, 900),
    Picture(5, "light", 360, 740),
    Picture(5, "dark", 360, 740),
    Picture(200, "light", 1440, 1000),
    Picture(200, "dark", 1440, 1000, whole_page=False),
    Picture(200, "light", 360, 740, whole_page=False),
)
README = Picture(5, "light", 1280, 985, whole_page=False)


def main() -> int:
    executable = chromium.find() or (chromium.fetch() and chromium.find())
    if not executable:
        print(chromium.NONE, file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    README_PICTURE.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable)
        for picture in PICTURES:
            take(browser, picture, FOLDER / picture.name)
        take(browser, README, README_PICTURE)
        browser.close()
    return 0


def take(browser: Browser, picture: Picture, target: Path) -> None:
    document = FOLDER / f"{picture.tenants}.html"
    document.write_text(page.as_html(sample_reports.sample(picture.tenants)), encoding="utf-8")
    shown = browser.new_page(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme=picture.scheme,
        reduced_motion="reduce",
    )
    shown.goto(document.as_uri())
    shown.locator("#chart canvas").wait_for()
    shown.screenshot(path=target, full_page=picture.whole_page)
    shown.close()
    print(f"{target.relative_to(CHECKOUT)} ({target.stat().st_size // 1024} kB)")


if __name__ == "__main__":
    sys.exit(main())
