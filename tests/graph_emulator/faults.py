# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults on purpose: in which order the effects of the rules that strike at a call come.

1. ``delay_ms``, all of them.
2. Of the effects that decide the answer (``status``, ``redirect``, ``expire_tokens``, ``reset``, ``body``) the first in
   the file counts. All but ``reset: after`` and ``body`` end here: the call is not carried out.
3. What somebody else does just before, in the order of the file: ``meddle``, ``twin: before``.
4. The call is carried out.
5. What becomes of it, in the order of the file: ``twin: after``, ``lag_seconds``, ``rule_lag_seconds``,
   ``unreferenceable_seconds``.
6. ``reset: after``, or ``body``.

Rules act on whole requests, on login requests, and on the parts of a batch.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from .exchange import Answer, Call
from .fault_effects import AFTER, AT_LAST, BEFORE, INSTEAD, Apply
from .fault_rules import Rule
from .tenants import Tenant


@dataclass
class Faults:
    """What a fault file says: its rules, in its order, and what is wrong with the server as a whole."""

    rules: list[Rule] = field(default_factory=list)
    clock_skew_seconds: float = 0
    by_unknown_authority: bool = False
    handshakes_to_close: int = 0

    def strike_alone(self, tenant: Tenant, rules: list[Rule]) -> None:
        """Let these rules take the place of those that are for this tenant alone."""
        self.rules = [*(rule for rule in self.rules if not rule.is_for(tenant)), *rules]

    async def around(self, call: Call, apply: Apply) -> Answer:
        """Answer a call through the rules that strike at it. Raises Dropped."""
        struck = [rule for rule in self.rules if rule.strikes(call)]
        if not struck:
            return await apply(call)
        call.fault = ", ".join(rule.name for rule in struck)
        for rule in struck:
            if rule.effect == "delay_ms":
                await asyncio.sleep(rule.value / 1000)
        ending = next((rule for rule in struck if rule.effect in INSTEAD or rule.effect in AT_LAST), None)
        if ending and ending.effect in INSTEAD:
            refused = INSTEAD[ending.effect](call, ending)
            if refused is not None:
                return refused
        for rule in struck:
            if rule.effect in BEFORE:
                await BEFORE[rule.effect](call, rule, apply)
        answer = await apply(call)
        for rule in struck:
            if rule.effect in AFTER:
                await AFTER[rule.effect](call, rule, apply)
        if ending and ending.effect in AT_LAST:
            AT_LAST[ending.effect](call, ending)
        return answer
