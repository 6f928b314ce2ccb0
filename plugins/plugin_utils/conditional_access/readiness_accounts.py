# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The readiness checks of accounts: those kept for emergencies, and Syncro's own."""

from __future__ import annotations

import typing as t

from ..shape import Json
from . import administrators, people
from .evaluation import PolicySet
from .known_applications import ENTRA_ADMIN_CENTER
from .policy_references import LOCATIONS, POLICIES
from .readiness_facts import USER, Facts
from .sign_in import SignIn
from .verdicts import FAIL, PASS, UNKNOWN, Unread, Verdict
from .way_back import Ways, on

# As Microsoft advises (https://learn.microsoft.com/entra/identity/role-based-access-control/security-emergency-access).
ENOUGH_BREAK_GLASS = 2

Seen = t.Callable[[Json, Facts], Verdict]


def of_each_break_glass(look: Seen) -> t.Callable[[Facts], Verdict]:
    """One verdict over all break-glass accounts: the worst of theirs."""

    def check(facts: Facts) -> Verdict:
        verdicts = [_of_account(name, look, facts) for name in facts.break_glass]
        worst = next(status for status in (FAIL, UNKNOWN, PASS) if any(one.status == status for one in verdicts))
        return Verdict(worst, "; ".join(one.evidence for one in verdicts))

    return check


def _of_account(name: str, look: Seen, facts: Facts) -> Verdict:
    """A verdict whose evidence begins with the account; what ``look`` says goes on with it."""
    account, why = facts.object(USER, name)
    if not account:
        return Verdict(UNKNOWN, why)
    verdict = look(account, facts)
    return Verdict(verdict.status, f"{name} {verdict.evidence}")


def break_glass(facts: Facts) -> Verdict:
    names = facts.options["break_glass_accounts"]
    missing = [why for name in names if (why := facts.object(USER, name)[1])]
    if missing or not names:
        return Verdict(FAIL, "; ".join(missing) or "syncro_break_glass_accounts is empty")
    few = "" if len(names) >= ENOUGH_BREAK_GLASS else f"; Microsoft advises {ENOUGH_BREAK_GLASS} or more"
    return Verdict(PASS, f"{', '.join(names)}{few}")


def enabled(account: Json, facts: Facts) -> Verdict:
    told = {True: Verdict(PASS, "is enabled"), False: Verdict(FAIL, "is disabled")}
    unsaid = Verdict(UNKNOWN, "may be disabled, which Graph does not say")
    return told.get(t.cast(bool, account.get("accountEnabled")), unsaid)


def cloud_only(account: Json, facts: Facts) -> Verdict:
    # Graph has null for an account that never was synchronised (https://learn.microsoft.com/graph/api/resources/user).
    if account.get("onPremisesSyncEnabled"):
        return Verdict(FAIL, "is synchronised from a directory on premises, and is lost with it")
    if "onPremisesSyncEnabled" not in account:
        return Verdict(UNKNOWN, "may be synchronised from on premises, which Graph does not say")
    return Verdict(PASS, "lives in Entra alone")


def global_administrator(account: Json, facts: Facts) -> Verdict:
    found = administrators.holders(facts.listing(administrators.ADMINISTRATORS))
    if account["id"].lower() in found:
        return Verdict(PASS, "holds it for the whole tenant")
    return Verdict(FAIL, administrators.not_among(found))


def left_out(account: Json, facts: Facts) -> Verdict:
    """By who each policy is for, and nothing else: an account for emergencies is to meet no policy that blocks, at no place."""
    blocking = [
        {**policy, "conditions": {**_EVERYTHING, "users": (policy.get("conditions") or {}).get("users")}}
        for policy in on(facts.listing(POLICIES))
        if "block" in ((policy.get("grantControls") or {}).get("builtInControls") or ())
    ]
    person = people.users({"": account}, blocking, facts.reads)[""]
    policies = PolicySet(blocking, ()).evaluate(SignIn.to(ENTRA_ADMIN_CENTER, identity=person)).policies
    covering = [f"'{one.policy.get('displayName')}'" for one in policies if one.applies]
    unknown = [
        f"'{one.policy.get('displayName')}' ({', '.join(one.missing)})" for one in policies if one.applies is None
    ]
    if covering:
        return Verdict(FAIL, f"is not left out of {' and '.join(covering)}")
    if unknown:
        return Verdict(UNKNOWN, f"may be covered by {' and '.join(unknown)}")
    return Verdict(PASS, f"is left out of all {len(blocking)}" if blocking else "meets none, since there is none")


def way_back(facts: Facts) -> Verdict:
    """Whether one of the accounts gets in past all policies together, as they are."""
    there = {name: account for name in facts.break_glass if (account := facts.object(USER, name)[0])}
    usable = {name: account for name, account in there.items() if account.get("accountEnabled") is not False}
    if not usable:
        return Verdict(FAIL, "there is no such account that is enabled")
    enforced, places = on(facts.listing(POLICIES)), facts.listing(LOCATIONS)
    persons = people.users(usable, enforced, facts.reads)
    registered = {name: _can_do_mfa(account, facts) for name, account in usable.items()}
    ways = Ways.of(enforced, places, persons, {name for name, can in registered.items() if can is False})
    # Whoever may be unable to do MFA proves nothing where that is what it takes.
    without = Ways.of(enforced, places, persons, {name for name, can in registered.items() if not can})
    getting_in = [name for name in without.getting_in if usable[name].get("accountEnabled")]
    if getting_in:
        past = f"past all {len(enforced)}" if enforced else "since none is enforced"
        return Verdict(PASS, f"{' and '.join(getting_in)}, {past}")
    if ways.somebody_gets_in:
        unsure = " and ".join(ways.getting_in)
        return Verdict(
            UNKNOWN, f"{unsure}, if enabled and able to do the MFA that is asked for, which Graph does not say"
        )
    return Verdict(FAIL if ways.nobody_for_certain else UNKNOWN, ways.said)


def _can_do_mfa(account: Json, facts: Facts) -> bool | None:
    try:
        return facts.registration(account).get("isMfaRegistered")
    except Unread:
        return None


_EVERYTHING: Json = {"applications": {"includeApplications": ["All"]}, "clientAppTypes": ["all"]}


def of_service_account(look: Seen) -> t.Callable[[Facts], Verdict]:
    def check(facts: Facts) -> Verdict:
        return _of_account(facts.options["service_account"], look, facts)

    return check


def service_account(facts: Facts) -> Verdict:
    name = facts.options["service_account"]
    if not name:
        return Verdict(
            UNKNOWN, "syncro_service_account is not given: part B is skipped, and part A would stop such an account"
        )
    account, why = facts.object(USER, name)
    return Verdict(PASS, f"{account.get('userPrincipalName')}") if account else Verdict(FAIL, why)


def mfa_registered(account: Json, facts: Facts) -> Verdict:
    details = facts.registration(account)
    methods = ", ".join(details.get("methodsRegistered") or ())
    if details.get("isMfaRegistered"):
        return Verdict(PASS, f"has registered {methods or 'a method'}")
    other = f" (registered is {methods})" if methods else ""
    if details.get("isMfaRegistered") is not False:
        return Verdict(UNKNOWN, f"may have no method for MFA registered, which Graph does not say{other}")
    return Verdict(FAIL, f"has no method for MFA registered{other}")


def apart(account: Json, facts: Facts) -> Verdict:
    accounts = [facts.object(USER, name)[0] for name in facts.options["break_glass_accounts"]]
    if any(other and other["id"] == account["id"] for other in accounts):
        return Verdict(FAIL, "is a break-glass account as well")
    return Verdict(PASS, "is none of them")
