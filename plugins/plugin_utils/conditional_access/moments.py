# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moments as people write them and as Graph does (RFC 3339): a date, a time and a zone."""

from __future__ import annotations

import datetime
import re


def moment(text: str) -> datetime.datetime:
    """The moment that a text means. Raises ValueError for anything but a date, a time and a zone."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d)?)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", text)
    if not found:
        raise ValueError("is not a moment")
    # Graph writes seven digits of a second, and Python reads six.
    return datetime.datetime.fromisoformat(f"{found[1]}{(found[2] or '')[:7]}{found[3]}")


def told(text: str) -> str:
    """A text that means a moment, in the one form that Graph has. Without quotes, YAML makes another text than was written."""
    return written(moment(text))


def problem(path: str, text: str) -> list[str]:
    """What is wrong with a text that is to be a moment: one sentence, or none."""
    try:
        moment(text)
    except ValueError:
        return [
            f"{path}: '{text}' is not a moment; write the date, the time and the zone, such as 2026-12-24T18:00:00Z."
        ]
    return []


def written(when: datetime.datetime) -> str:
    """A moment as Graph takes it in a filter: in UTC, to the second."""
    return when.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
