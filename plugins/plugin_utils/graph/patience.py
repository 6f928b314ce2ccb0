# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a task waits for Microsoft Graph, and how.

Graph says how long to wait in Retry-After, in seconds or as a date (RFC 9110, 10.2.3); where it says nothing, the wait
doubles from half a second, with jitter so that a hundred tenants do not come back at the same moment
(https://learn.microsoft.com/graph/throttling).
"""

from __future__ import annotations

import datetime
import email.utils
import math
import random
import time
import typing as t

from .errors import OutOfPatience

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
SHORTEST_WAIT = 0.02


class Patience:
    """A budget of waiting, in seconds, for everything one task does."""

    def __init__(
        self,
        budget: float,
        sleep: t.Callable[[float], None] = time.sleep,
        jitter: t.Callable[[float, float], float] = random.uniform,
    ):
        self.budget = budget
        self.waited = 0.0
        self._sleep = sleep
        self._jitter = jitter

    def begin(self, budget: float) -> None:
        """A new task, a new budget."""
        self.budget, self.waited = budget, 0.0

    def wait(self, why: str, turn: int, told: float | None = None) -> None:
        """Sleep before try number ``turn`` + 1, as long as ``told``, else by backoff. Raises OutOfPatience."""
        if told is None:
            step = min(FIRST_WAIT * 2**turn, LONGEST_WAIT)
            seconds = self._jitter(step / 2, step)
        else:
            # Never earlier than told; a little later, so that callers told the same do not return as one. A service that goes on
            # asking for no wait at all gets longer and longer ones, or this would never end.
            least = min(SHORTEST_WAIT * 2**turn, LONGEST_WAIT)
            seconds = max(told + self._jitter(0, min(1.0, told / 10)), least)
        if self.waited + seconds > self.budget:
            raise OutOfPatience(
                f"{why} Gave up: waited {self.waited:.1f} s in all, the next wait would be {seconds:.1f} s, and this task may "
                f"wait {self.budget:.0f} s (option wait_timeout). Run it again later; it goes on where it stopped."
            )
        self.waited += seconds
        self._sleep(seconds)


def retry_after(headers: t.Mapping[str, str], now: t.Callable[[], float] = time.time) -> float | None:
    """Seconds that a Retry-After header asks for, or None where there is none that makes sense."""
    value = next((v for k, v in headers.items() if k.lower() == "retry-after"), None)
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        pass
    else:
        return max(0.0, seconds) if math.isfinite(seconds) else None
    try:
        then = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=datetime.UTC)
    return max(0.0, then.timestamp() - now())
