# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a seed: the sign-in log. Sign-ins are judged by the seed's policies, unless the seed says what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from .graph_types import TYPES
from .judgement_controls import shown_grant_controls, shown_session_controls
from .moments import moment_of
from .shapes import Shape, anything, guid, mapping, text, whole_number
from .sign_in_attempts import ONE_SIGN_IN, Attempt, read_attempt
from .sign_in_entries import conditional_access_status, entry_of
from .sign_in_facts import Proof
from .sign_in_outcomes import Outcome
from .sign_ins import SignInDesk
from .simulated_days import SIMULATION, simulate
from .tenants import JsonObject, Tenant, derived_id

_TOLD: dict[str, Shape] = {
    "id": guid(),
    "error_code": whole_number(0, 10**8),
    "failure_reason": text(),
    "verdicts": anything(),
}
SIGN_IN = mapping({**ONE_SIGN_IN, **_TOLD}, required=("user", "app", "ip", "at"))
SIMULATED_SIGN_INS = SIMULATION


def seed_sign_ins(tenant: Tenant, raw: Mapping[str, Any], where: str, now: datetime, problems: list[str]) -> None:
    """Make the entries that the seed lists, then the simulated days."""
    listed: Sequence[dict[str, Any]] = raw.get("sign_ins", ())
    if listed:
        desk = SignInDesk(tenant)
        for index, one in enumerate(listed):
            _seed_one(tenant, desk, one, f"{where}.sign_ins[{index}]", now, problems)
    if "simulated_sign_ins" in raw:
        simulate(tenant, raw["simulated_sign_ins"], now, f"{where}.simulated_sign_ins", problems)


def _seed_one(
    tenant: Tenant, desk: SignInDesk, raw: dict[str, Any], where: str, now: datetime, problems: list[str]
) -> None:
    before = len(problems)
    try:
        at = moment_of(raw["at"], now)
    except ValueError:
        problems.append(f"{where}.at: '{raw['at']}' is no date")
        at = now
    verdicts = _verdicts(tenant, desk, raw.get("verdicts", {}), f"{where}.verdicts", problems)
    attempt = read_attempt(desk.names, raw, where, problems)
    key = raw.get("id", derived_id(tenant.id, "signIns", where)).lower()
    if tenant.sign_ins.holds(key):
        problems.append(f"{where}: another one has the id {key}; give one of them its own id")
    if attempt is None or len(problems) > before:
        return
    late_by = raw.get("late_by", 0)
    if _TOLD.keys() & raw.keys() - {"id"}:
        correlation = derived_id(tenant.id, "correlations", key)
        tenant.sign_ins.add(key, at, correlation, _told(tenant, attempt, raw, verdicts), late_by=late_by)
    else:
        desk.make(attempt, at, late_by=late_by, entry_id=key)


def _told(tenant: Tenant, attempt: Attempt, raw: dict[str, Any], verdicts: list[JsonObject]) -> JsonObject:
    """Return an entry that says what the seed says, whatever its policies would."""
    error = raw.get("error_code", 0)
    status = {
        "errorCode": error,
        "failureReason": raw.get("failure_reason", "Other." if error == 0 else "Sign-in failed."),
        "additionalDetails": None,
    }
    entry = entry_of(tenant, attempt, Outcome(0, (), Proof()), verdicts)
    results = {one["result"] for one in verdicts}
    return {**entry, "status": status, "conditionalAccessStatus": conditional_access_status(results)}


def _verdicts(tenant: Tenant, desk: SignInDesk, given: Any, where: str, problems: list[str]) -> list[JsonObject]:
    """Return Graph's list from a mapping of policy (name or id) to result."""
    results = TYPES["appliedConditionalAccessPolicyResult"]["members"]
    if not isinstance(given, dict):
        problems.append(f"{where}: is not a mapping of policy to result")
        return []
    found = []
    for name, result in given.items():
        wanted = str(name).lower()
        policy = next(
            (one for one in tenant.all("policies") if wanted in (one["displayName"].lower(), one["id"])), None
        )
        if policy is None:
            problems.append(f"{where}: there is no policy '{name}'")
        elif result not in results:
            problems.append(f"{where}.{name}: '{result}' is none of {', '.join(results)}")
        else:
            found.append(
                {
                    "id": policy["id"],
                    "displayName": policy["displayName"],
                    "enforcedGrantControls": shown_grant_controls(policy, desk.terms),
                    "enforcedSessionControls": shown_session_controls(policy),
                    "result": result,
                }
            )
    return found
