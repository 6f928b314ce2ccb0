# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's clock, which a fault can set wrong.

Whatever shows to the outside, or judges something from outside, goes by ``now``. Lags and delays are spans of time and
go by no clock; the request log is the tests' own and keeps the true time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the time, ``ahead`` of what it is."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def set_ahead(self, seconds: float) -> None:
        """Put the clock forward, or back by a negative number, from the true time on."""
        self._ahead = timedelta(seconds=seconds)

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC) + self._ahead


CLOCK = Clock()
now = CLOCK.now
