# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet report as one page that needs nothing beside itself: no network, and without JavaScript no more than patience.

All text is written into the page here; its script only links, filters, sorts and draws the chart. Names come from tenants: each
is escaped, and should one slip through all the same, the page's policy lets no script run but the ones in ``page_assets``.
"""

from __future__ import annotations

import base64
import bisect
import functools
import hashlib
import json
import pathlib
import re
import typing as t

import jinja2
import markupsafe

from ..options import Options
from . import page_room, page_view, words

ASSETS = pathlib.Path(__file__).with_name("page_assets")

# uPlot draws time series in 51 kB, a quarter of Chart.js, and the page has to stay below 1 MB. `make vendored` fetches it.
_STYLES = ("uplot/uPlot.min.css", "page.css")
_SCRIPTS = ("uplot/uPlot.iife.min.js", "page.js")

# What neither HTML nor UTF-8 can carry.
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def as_html(report: Options, json_beside: bool = True) -> str:
    """The page; the same report always gives the same one. What it has no room for is in the JSON form, if there is one."""
    room = page_room.of(report["counts"]["tenants"])
    pages: dict[int, str] = {}

    def fits(number: int) -> bool:
        pages[number] = _rendered(report, page_room.MEASURES[number], json_beside)
        return len(pages[number].encode()) < room

    if fits(0):
        return pages[0]
    last = len(page_room.MEASURES) - 1
    # The first that fits, in as few pages as it takes to find it; the last does.
    found = bisect.bisect_left(range(last), True, lo=1, key=fits)
    return pages.get(found) or _rendered(report, page_room.MEASURES[last], json_beside)


def _rendered(report: Options, measure: page_room.Measure, json_beside: bool = True) -> str:
    styles, scripts = _styles(), _scripts()
    page = _template().render(
        policy=content_security_policy(styles, scripts),
        styles=[markupsafe.Markup(style) for style in styles],  # noqa: S704  ours, and hashed below
        scripts=[markupsafe.Markup(script) for script in scripts],  # noqa: S704  likewise
        measure=measure,
        json_beside=json_beside,
        **page_view.view(report, measure),
    )
    return _NOT_TEXT.sub("\ufffd", page)


def content_security_policy(styles: t.Iterable[str], scripts: t.Iterable[str]) -> str:
    """Nothing is loaded, sent or run but these texts (https://www.w3.org/TR/CSP3/)."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join(map(_source, scripts))}",
            f"style-src {' '.join(map(_source, styles))}",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
        ]
    )


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@functools.cache
def _styles() -> tuple[str, ...]:
    return tuple(_asset(name) for name in _STYLES)


@functools.cache
def _scripts() -> tuple[str, ...]:
    # A copy of uPlot has to carry its licence.
    licence = f"/*!\nuPlot\n{_asset('uplot/LICENSE')}\n*/\n"
    return (licence + _asset(_SCRIPTS[0]), *map(_asset, _SCRIPTS[1:]))


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: "" if value is None else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["words"] = words
    environment.filters["compact_json"] = _json
    return environment.from_string(_asset("page.html.j2"))


def _json(value: t.Any) -> markupsafe.Markup:
    """JSON that ends no script element, whatever is in it; U+2028 and U+2029 are escaped with all that is not ASCII."""
    text = json.dumps(value, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return markupsafe.Markup(text)  # noqa: S704  escaped above
