# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a policy that is about to be on would block the account or application that writes it, by what its token says of it."""

from __future__ import annotations

import dataclasses
import typing as t

from ..graph.claims import Caller
from ..graph.reads import Reads
from ..shape import Json
from . import people
from .evaluation import DISABLED, REPORT_ONLY, PolicySet
from .known_applications import MICROSOFT_GRAPH
from .lockout import Finding, finding
from .sign_in import NONE, SignIn, Target, User, Workload
from .unmet import Unmet, by_a_person, unmet

# How a token for Graph is got; older protocols have none (concept-conditional-access-conditions, client apps).
_CLIENT_APPS = ("browser", "mobileAppsAndDesktopClients")


def findings(
    policy: Json, locations: t.Iterable[Json], caller: Caller | None, reads: Reads | None = None
) -> list[Finding]:
    """CALLER-BLOCKED, where a policy that is on stops the caller on its way to Microsoft Graph, or may stop it.

    The caller is taken to be at no risk and to be able to do what a person can, such as MFA; from where it comes next, on which
    device and by which flow, nobody knows. Where its token does not say who it is (``caller`` is None), nothing is found. Without
    ``reads`` nothing is looked up, and only what holds in any case counts.
    """
    if caller is None or policy.get("state") in (DISABLED, REPORT_ONLY):
        return []
    compiled = PolicySet([policy], locations)
    sign_in = SignIn(
        identity=_identity(policy, caller, reads),
        target=Target.of(MICROSOFT_GRAPH),
        user_action=NONE,
        authentication_contexts=frozenset(),
        sign_in_risk=NONE,
        user_risk=NONE,
        service_principal_risk=NONE,
        insider_risk=NONE,
        met=by_a_person(compiled),
    )
    stops = [
        stop
        for client_app in _CLIENT_APPS
        for stop in unmet(compiled, dataclasses.replace(sign_in, client_app=client_app))
        if stop.stops and (reads or stop.certain)
    ]
    return [finding("CALLER-BLOCKED", _said(stops, caller))] if stops else []


def _identity(policy: Json, caller: Caller, reads: Reads | None) -> User | Workload:
    if not caller.application:
        account = None
        if reads and _looks_at_guests(policy):
            account = _read(f"/users/{caller.id}?$select=id,userType,userPrincipalName", reads)
        return people.users({caller.id: {**(account or {}), "id": caller.id}}, [policy], reads)[caller.id]
    own = None
    if reads and (policy.get("conditions") or {}).get("clientApplications"):
        own = _is_own(_read(f"/servicePrincipals/{caller.id}", reads), reads)
    return Workload(caller.id, own)


def _looks_at_guests(policy: Json) -> bool:
    users = (policy.get("conditions") or {}).get("users") or {}
    named = [*(users.get("includeUsers") or ()), *(users.get("excludeUsers") or ())]
    sides = (users.get(f"{side}GuestsOrExternalUsers") for side in ("include", "exclude"))
    return "GuestsOrExternalUsers" in named or any(sides)


def _read(path: str, reads: Reads) -> Json | None:
    found = reads.attempts([path])[path]
    return found[0] if isinstance(found, list) and found else None


def _is_own(principal: Json | None, reads: Reads) -> bool | None:
    """Whether a service principal is of a single-tenant application of this tenant, and no managed identity: policies are for no
    others (https://learn.microsoft.com/entra/identity/conditional-access/workload-identity)."""
    facts = [
        (principal or {}).get(name) for name in ("servicePrincipalType", "appOwnerOrganizationId", "signInAudience")
    ]
    kind, owner, audience = facts
    if kind and kind != "Application":
        return False
    if owner and owner.lower() != reads.session.tenant_id:
        return False
    if audience and audience != "AzureADMyOrg":
        return False
    return True if all(facts) else None


def _said(stops: t.Sequence[Unmet], caller: Caller) -> str:
    who = "application" if caller.application else "account"
    missing = sorted({fact for stop in stops for fact in stop.missing})
    unless = f" (not known: {', '.join(missing)})" if missing and not any(stop.certain for stop in stops) else ""
    return f"policy {stops[0].name} and {who} {caller.name or caller.id}{unless}"
