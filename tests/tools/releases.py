# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which version the collection has, by galaxy.yml, by its changelog and by git, and whether they agree."""

from __future__ import annotations

import re

import yaml
from working_copy import CHECKOUT, tags_here

GALAXY = CHECKOUT / "galaxy.yml"
CHANGELOG = CHECKOUT / "changelogs" / "changelog.yaml"
FRAGMENTS = CHECKOUT / "changelogs" / "fragments"


def version() -> str:
    return str(yaml.safe_load(GALAXY.read_text())["version"])


def released() -> list[str]:
    """The releases that the changelog tells of, the newest last."""
    return sorted(yaml.safe_load(CHANGELOG.read_text())["releases"] or {}, key=parts)


def parts(text: str) -> tuple[int, ...]:
    """A version's numbers. Raises ValueError."""
    found = re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", text)
    if not found:
        raise ValueError(f"'{text}' is no version; one is MAJOR.MINOR.PATCH, as 1.2.3")
    return tuple(map(int, found.groups()))


def problems() -> list[str]:
    """Where they do not agree."""
    now, releases = version(), released()
    found = []
    if releases and releases[-1] != now:
        found.append(
            f"galaxy.yml has version {now}, and the newest release of the changelog is {releases[-1]}; only "
            "`make release VERSION=…` changes either"
        )
    if not releases and not list(FRAGMENTS.glob("*.yml")):
        found.append("the changelog has neither a release nor a fragment that the first one could be made of")
    for tag in tags_here():
        if tag != now or tag not in releases:
            found.append(
                f"the commit has the tag {tag}, galaxy.yml the version {now}, the changelog {releases or 'no release'}"
            )
    return found
