# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site: where technicians work, as the address ranges it goes out with, for good or until a date."""

from __future__ import annotations

import datetime
import typing as t

from ..options import Options
from . import addresses, lockout, moments

OPTION: Options = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {
        "name": {"type": "str", "required": True},
        "cidrs": {"type": "list", "elements": "str", "required": True},
        "expires": {"type": "str"},
    },
}


def problems_of(options: Options) -> list[str]:
    """What is wrong with the sites as they are written."""
    problems: list[str] = []
    names: dict[str, int] = {}
    ranges: dict[t.Any, str] = {}
    for number, site in enumerate(options["sites"]):
        here = f"sites[{number}]"
        name = site["name"].strip()
        if not name:
            problems.append(f"{here}.name: is empty; a site needs a name.")
        elif name.casefold() in names:
            problems.append(f"{here}.name: '{name}' is the name of sites[{names[name.casefold()]}] as well.")
        names.setdefault(name.casefold(), number)
        if not site["cidrs"]:
            problems.append(f"{here}.cidrs: is empty; site '{name}' needs one range or more.")
        for position, text in enumerate(site["cidrs"]):
            if wrong := addresses.problem(text):
                problems.append(f"{here}.cidrs[{position}]: {wrong}")
                continue
            first = ranges.setdefault(str(addresses.network(text)), f"{here}.cidrs[{position}]")
            if first != f"{here}.cidrs[{position}]":
                problems.append(f"{here}.cidrs[{position}]: '{text}' is the same range as {first}; give it once.")
        if site["expires"] is not None:
            problems += moments.problem(f"{here}.expires", site["expires"])
    return problems


def split(sites: t.Sequence[Options], now: datetime.datetime) -> tuple[list[Options], list[Options]]:
    """The sites that count at that moment, and those that have ended."""
    ended = [site for site in sites if site["expires"] is not None and moments.moment(site["expires"]) <= now]
    return [site for site in sites if site not in ended], ended


def not_waited_for(sites: t.Sequence[Options], seen: t.Collection[t.Any]) -> set[str]:
    """The names of sites that nobody need have signed in from: those with an end. A journey may not have begun, and a wrong range
    of it locks nobody out of the others. Where none of the sites was ``seen``, nothing shows that one of them is right."""
    return {site["name"].strip() for site in sites if site["expires"] is not None} if seen else set()


def findings(
    active: t.Sequence[Options], private_endpoint: bool, ended: t.Sequence[Options] = ()
) -> list[lockout.Finding]:
    """What speaks against the sites that count. ``ended`` are the others."""
    if not active:
        return [lockout.finding("NO-SITE", "every one in sites has ended" if ended else "sites is empty")]
    return _of_ranges(active, private_endpoint)


def known_findings(options: Options) -> list[lockout.Finding]:
    """What speaks against the sites whose ranges are written rightly. Whether the endpoint is private is not known yet."""
    return _of_ranges(options["sites"], private_endpoint=True)


def _of_ranges(sites: t.Sequence[Options], private_endpoint: bool) -> list[lockout.Finding]:
    return [
        found
        for site in sites
        for text in site["cidrs"]
        if not addresses.problem(text)
        for found in lockout.of_range(text, f"site '{site['name']}'", private_endpoint)
    ]
