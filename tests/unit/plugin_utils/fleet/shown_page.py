# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page as a browser without JavaScript reads it: its elements and its text."""

from __future__ import annotations

import html.parser
import typing as t

VOID = frozenset({"meta", "input", "br", "img", "link", "hr"})


class Element(t.NamedTuple):
    tag: str
    attributes: dict[str, str]


class ShownPage(html.parser.HTMLParser):
    """``elements`` in the page's order; ``inline`` the texts of its scripts and styles; ``text`` all the rest."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.inline: list[tuple[Element, str]] = []
        self._texts: list[str] = []
        self._opaque: list[str] | None = None
        self.feed(page)
        self.close()
        self.text = " ".join(" ".join(self._texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))
        if tag in ("script", "style"):
            self._opaque = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style") and self._opaque is not None:
            self.inline.append((self.elements[-1], "".join(self._opaque)))
            self._opaque = None

    def handle_data(self, data: str) -> None:
        (self._texts if self._opaque is None else self._opaque).append(data)

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    @property
    def policy(self) -> dict[str, list[str]]:
        """Its Content-Security-Policy, by directive."""
        (meta,) = [one for one in self.all("meta") if one.attributes.get("http-equiv") == "Content-Security-Policy"]
        directives = [directive.split() for directive in meta.attributes["content"].split(";")]
        return {name: sources for name, *sources in directives}
