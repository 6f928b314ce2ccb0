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

from .errors import EntraError, OutOfPatience, Unreachable

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
SHORTEST_WAIT = 0.02
# Between two looks at what was just written: short, so that a run ends as soon as it shows.
LONGEST_LOOK = 1.5
A_DAY = 86_400.0


class Patience:
    """A budget of waiting, in seconds, for everything one task does: pauses, and requests that came to nothing."""

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

    def lose(self, seconds: float) -> None:
        """Count the time of a request that came to nothing, such as one that nobody answered."""
        self.waited += seconds

    def spend(self, seconds: float, why: str) -> None:
        """Count the time of a request that brought too little. Raises OutOfPatience."""
        self.lose(seconds)
        if self.waited > self.budget:
            raise OutOfPatience(
                f"{why} Gave up: waited {self.waited:.1f} s in all, and {self._allowance}.", Unreachable.kind
            )

    @property
    def _allowance(self) -> str:
        return f"this task may wait {self.budget:.0f} s (option wait_timeout)"

    def looks(self, seconds: float) -> t.Callable[[str | EntraError], bool]:
        """For looking again and again until something shows: the function returned waits, shortly, before the next look. It is
        false once ``seconds`` of waiting have brought nothing. Raises OutOfPatience."""
        turn, first = 0, self.waited

        def again(why: str | EntraError) -> bool:
            nonlocal turn
            if self.waited - first >= seconds:
                return False
            self.wait(why, turn, longest=LONGEST_LOOK)
            turn += 1
            return True

        return again

    def wait(self, why: str | EntraError, turn: int, told: float | None = None, longest: float = LONGEST_WAIT) -> None:
        """Sleep before try number ``turn`` + 1, as long as ``told``, else by backoff. Raises OutOfPatience."""
        if told is None:
            step = min(FIRST_WAIT * 2**turn, longest)
            seconds = self._jitter(step / 2, step)
        else:
            # Never earlier than told; a little later, so that callers told the same do not return as one. A service that goes on
            # asking for no wait at all gets longer and longer ones, or this would never end.
            least = min(SHORTEST_WAIT * 2**turn, LONGEST_WAIT)
            seconds = max(told + self._jitter(0, min(1.0, told / 10)), least)
        if self.waited + seconds > self.budget:
            raise OutOfPatience(
                f"{why} Gave up: waited {self.waited:.1f} s in all, the next wait would be {_told(seconds)}, and "
                f"{self._allowance}. Run it again later; it goes on where it stopped.",
                why.kind if isinstance(why, EntraError) else "not_shown",
            )
        self.waited += seconds
        self._sleep(seconds)


def _told(seconds: float) -> str:
    """A time that somebody else may have named, and that may be of any length."""
    return f"{seconds:.1f} s" if seconds <= A_DAY else "more than a day"


def retry_after(headers: t.Mapping[str, str], now: t.Callable[[], float] = time.time) -> float | None:
    """Seconds that a Retry-After header asks for, or None where there is none that makes sense.

    A date there is one by the server's clock, which the header Date tells (RFC 9110, 6.6.1); ours may be off by hours.
    """
    lower = {name.lower(): text for name, text in headers.items()}
    value = lower.get("retry-after")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        pass
    else:
        return max(0.0, seconds) if math.isfinite(seconds) else None
    then, there = _moment(value), _moment(lower.get("date") or "")
    if then is None:
        return None
    return max(0.0, then - (now() if there is None else there))


def _moment(value: str) -> float | None:
    """An HTTP date in seconds since the epoch."""
    try:
        then = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return (then if then.tzinfo else then.replace(tzinfo=datetime.UTC)).timestamp()
