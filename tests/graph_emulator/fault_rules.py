# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rule of a fault file: which calls it strikes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from .exchange import Call
from .graph import graph_segments
from .tenants import Tenant


@dataclass
class Rule:
    """One rule. ``effect`` is the effect's key in the file and ``value`` what stands beside it.

    ``fits`` tells whether the effect could do anything to a call; one that it does not fit does not count. ``seed`` is for
    ``probability``: each tenant has dice of its own for each method, so that what strikes it depends on its own calls, and not on
    whose come first.
    """

    name: str
    effect: str
    value: Any
    fits: Callable[[Call], bool]
    methods: frozenset[str] = frozenset()
    path: re.Pattern[str] | None = None
    tenant: str | None = None
    nth: frozenset[int] = frozenset()
    times: int | None = None
    probability: float | None = None
    retry_after: float | None = None
    retry_after_date: bool = False
    seed: str = ""
    matched: int = 0
    struck: int = 0
    _dice: dict[tuple[str, str], Random] = field(default_factory=dict)

    def strikes(self, call: Call) -> bool:
        """Count the call if it matches, and tell whether this is one to strike at."""
        if not self._matches(call):
            return False
        self.matched += 1
        if self.nth and self.matched not in self.nth:
            return False
        if self.times is not None and self.struck >= self.times:
            return False
        if self.probability is not None and self._throw(call) >= self.probability:
            return False
        self.struck += 1
        return True

    def _throw(self, call: Call) -> float:
        key = (call.tenant.id if call.tenant else "", call.method)
        if key not in self._dice:
            self._dice[key] = Random(" ".join((self.seed, *key)))
        return self._dice[key].random()

    def _matches(self, call: Call) -> bool:
        if self.methods and call.method not in self.methods:
            return False
        if self.path and not self.path.search(matched_path(call)):
            return False
        if self.tenant and (call.tenant is None or not self.is_for(call.tenant)):
            return False
        return self.fits(call)

    def is_for(self, tenant: Tenant) -> bool:
        """Whether it names this tenant."""
        return self.tenant in (tenant.id, tenant.domain.lower())


def matched_path(call: Call) -> str:
    """Return what a rule's ``path`` is matched with: the path after ``/v1.0``, or the login path."""
    segments = graph_segments(call)
    return "/" + "/".join(call.segments if segments is None else segments)
