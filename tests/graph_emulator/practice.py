# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``/practice/...``: what no real Entra has, for tests and demonstrations. Nobody needs a token here.

People are signed in, one at a time or for days at once, log entries that are on their way are let in, and the server's
faults are changed; no fault strikes here. Answers are JSON; a body that cannot be used is refused with 400 and every
mistake in it: ``{"problems": [...]}``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .clock import now
from .errors import GraphError
from .exchange import Answer, Call
from .fault_file import WHOLE_SERVER, fault_problems, faults_of
from .faults import Faults
from .moments import moment_of
from .routing import Routes
from .shapes import mapping, problems_of
from .sign_in_attempts import ONE_SIGN_IN, read_attempt
from .sign_ins import SignInDesk
from .simulated_days import SIMULATION, simulate
from .tenants import Directory, Tenant

PRACTICE = "practice"
_ONE = mapping(ONE_SIGN_IN)


class Refused(Exception):
    """A practice call that cannot be served."""

    def __init__(self, status: int, problems: list[str]) -> None:
        super().__init__(problems)
        self.status = status
        self.problems = problems


class Practice:
    """The practice calls over one directory."""

    def __init__(
        self, directory: Directory, get_faults: Callable[[], Faults], set_faults: Callable[[Faults], None]
    ) -> None:
        self._directory = directory
        self._get_faults = get_faults
        self._set_faults = set_faults
        self._routes = Routes(
            [
                ("GET", "faults", self._tell_faults),
                ("POST", "faults", self._change_faults),
                ("POST", "{}/faults", self._in_tenant(self._change_faults_of)),
                ("POST", "{}/sign-ins", self._in_tenant(_sign_in)),
                ("POST", "{}/simulations", self._in_tenant(_simulate)),
                ("POST", "{}/arrivals", self._in_tenant(_arrive)),
            ]
        )

    def answer(self, call: Call) -> Answer:
        """Answer a call below ``/practice``."""
        try:
            _pattern, function, call.keys = self._routes.find(call.method, call.segments[1:])
            return Answer(body=function(call))
        except Refused as refusal:
            return Answer(refusal.status, {"problems": refusal.problems})
        except GraphError as refusal:
            return Answer(refusal.status, {"problems": [refusal.message]})

    def _in_tenant(self, function: Function) -> Callable[[Call], dict[str, Any]]:
        def handler(call: Call) -> dict[str, Any]:
            call.tenant = self._directory.find(call.keys[0])
            if call.tenant is None:
                raise Refused(404, [f"there is no tenant '{call.keys[0]}'"])
            return function(call.tenant, _document(call))

        return handler

    def _tell_faults(self, _call: Call) -> dict[str, Any]:
        """How often each rule has struck, also at calls that are not answered yet."""
        return {"struck": [{"name": rule.name, "times": rule.struck} for rule in self._get_faults().rules]}

    def _change_faults(self, call: Call) -> dict[str, Any]:
        """Let the faults of the body strike in the place of those before; the rules count from the beginning."""
        document = _document(call)
        _check(fault_problems(document))
        faults = faults_of(document)
        self._set_faults(faults)
        return {"faults": len(faults.rules)}

    def _change_faults_of(self, tenant: Tenant, document: dict[str, Any]) -> dict[str, Any]:
        """Let the rules of the body strike this tenant in the place of those for it alone; all others go on counting."""
        problems = [f"{name}: is of the whole server" for name in sorted(set(document) & WHOLE_SERVER)]
        _check(problems + fault_problems(document))
        rules = faults_of({**document, "faults": [{**one, "tenant": tenant.id} for one in document.get("faults", ())]})
        self._get_faults().strike_alone(tenant, rules.rules)
        return {"faults": len(rules.rules)}


Function = Callable[[Tenant, dict[str, Any]], dict[str, Any]]


def _document(call: Call) -> dict[str, Any]:
    return {} if call.body in (b"", None) else call.json_object()


def _check(problems: list[str]) -> None:
    if problems:
        raise Refused(400, problems)


def _sign_in(tenant: Tenant, raw: dict[str, Any]) -> dict[str, Any]:
    """Sign one person in, by the policies as they are now."""
    problems = list(problems_of(raw, _ONE, ""))
    _check(problems)
    desk, today = SignInDesk(tenant), now()
    at = today
    try:
        at = moment_of(raw["at"], today) if "at" in raw else today
    except ValueError:
        problems.append(f"at: '{raw['at']}' is no date")
    if at > today:
        problems.append(f"at: '{raw['at']}' is in the future")
    attempt = read_attempt(desk.names, raw, "", problems)
    _check(problems)
    assert attempt is not None
    return desk.answer(desk.make(attempt, at, late_by=raw.get("late_by", 0)))


def _simulate(tenant: Tenant, raw: dict[str, Any]) -> dict[str, Any]:
    """Let days of sign-ins have happened, and count them."""
    problems = list(problems_of(raw, SIMULATION, ""))
    _check(problems)
    counts = simulate(tenant, raw, now(), "", problems)
    _check(problems)
    return counts


def _arrive(tenant: Tenant, _raw: dict[str, Any]) -> dict[str, Any]:
    """Let every log entry that is on its way be seen from now on."""
    return {"arrived": tenant.sign_ins.arrive()}
