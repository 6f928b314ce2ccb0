# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moments: as Graph writes them, and as a seed or a practice call may give them, so that practice data never gets old."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from .shapes import Shape, matching

_AGO = re.compile(r"-(\d{1,6}(?:\.\d+)?)([smhd])(?: (\d\d):(\d\d))?")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_ISO = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?"
MOMENT_WORDS = "a date and time, or how long ago: -90s, -2h, -3d, -3d 09:15"


def graph_time(when: datetime) -> str:
    """Return a moment as Graph writes it, with seven digits."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def microseconds(when: datetime) -> int:
    """Return a moment as whole microseconds since the epoch."""
    return (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def moment() -> Shape:
    """A moment as ``moment_of`` reads it."""
    return matching(rf"{_AGO.pattern}|{_ISO}", MOMENT_WORDS)


def moment_of(text: str, today: datetime) -> datetime:
    """Return the moment a text gives; without a zone it is UTC. Raises ValueError for what is none, such as a 31 June.

    ``-3d 09:15`` is a quarter past nine (UTC) on the day three days ago.
    """
    ago = _AGO.fullmatch(text)
    if ago is None:
        given = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text).replace("Z", "+00:00"))
        return given if given.tzinfo else given.replace(tzinfo=UTC)
    then = today - timedelta(**{_UNITS[ago.group(2)]: float(ago.group(1))})
    if ago.group(3) is None:
        return then
    return then.replace(hour=int(ago.group(3)), minute=int(ago.group(4)), second=0, microsecond=0)
