# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every prerequisite of the restriction as a check: what it is called, what it finds in the facts, what to do about it.

A check tells pass only for what it has seen. What cannot be read, or what Graph does not tell at all, is unknown.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ..counted import counted
from ..options import Options
from . import addresses, moments, permissions, sites
from . import readiness_accounts as accounts
from .guard import SECURITY_DEFAULTS
from .readiness_facts import AFTER_THE_APPLICATION, APPLICATION, SKUS, Facts
from .verdicts import FAIL, PASS, UNKNOWN, Check, Unread, Verdict

# https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference
PREMIUM_PLANS = {
    "41781fb2-bc02-4b7c-bd55-b576c07bb09d": "Entra ID P1",
    "eec0eb4f-6444-4f95-aba0-50c24d67f998": "Entra ID P2",
}
# A range that holds more addresses than a site has use for is more likely a mistake, or shared with strangers.
PLAUSIBLE_PREFIX = {4: 22, 6: 44}


def _licence(facts: Facts) -> Verdict:
    held = [
        f"{PREMIUM_PLANS[plan['servicePlanId'].lower()]} in {sku.get('skuPartNumber')}"
        for sku in facts.listing(SKUS)
        for plan in sku.get("servicePlans") or []
        if plan.get("servicePlanId", "").lower() in PREMIUM_PLANS
        and plan.get("provisioningStatus") == "Success"
        and sku.get("capabilityStatus") in ("Enabled", "Warning")
    ]
    return Verdict(PASS, ", ".join(held)) if held else Verdict(FAIL, "none of the tenant's enabled licences has it")


def _permissions(facts: Facts) -> Verdict:
    held = facts.reads.session.permissions
    if held is None:
        raise Unread("the token is a user's, or cannot be read, and does not say what it may do")
    playbooks = facts.options["playbooks"]
    if not held:
        needed = ", ".join(dict.fromkeys(need for one in playbooks for need in permissions.BY_PLAYBOOK[one]))
        return Verdict(
            FAIL, f"it has none at all: none was added, or nobody granted admin consent; needed are {needed}"
        )
    lacks = permissions.lacking(playbooks, held)
    told = [f"{playbook} lacks {' and '.join(missing)}" for playbook, missing in lacks.items()]
    surplus = permissions.beyond(playbooks, held)
    beyond = f"; held and not needed: {', '.join(surplus)}" if surplus else ""
    if told:
        return Verdict(FAIL, "; ".join(told) + beyond)
    return Verdict(PASS, f"enough for {', '.join(playbooks)}{beyond}")


def _security_defaults(facts: Facts) -> Verdict:
    (policy,) = facts.listing(SECURITY_DEFAULTS)
    on = "they are on, and Entra refuses an enabled policy beside them"
    told = {True: Verdict(FAIL, on), False: Verdict(PASS, "Graph says so")}
    return told.get(t.cast(bool, policy.get("isEnabled")), Verdict(UNKNOWN, "Graph does not say whether they are on"))


def _application(facts: Facts) -> Verdict:
    name = facts.options["application"]
    if not name:
        return Verdict(FAIL, "syncro_application is not given")
    one, why = facts.object(APPLICATION, name)
    return Verdict(PASS, f"'{one['displayName']}', appId {one['appId']}") if one else Verdict(FAIL, why)


def _application_enabled(facts: Facts) -> Verdict:
    one = facts.application
    if one is None:
        raise Unread("the application was not found", AFTER_THE_APPLICATION)
    told = {True: Verdict(PASS, "users may sign in to it"), False: Verdict(FAIL, "it is disabled, and nobody gets in")}
    return told.get(t.cast(bool, one.get("accountEnabled")), Verdict(UNKNOWN, "Graph does not say whether it is"))


def _single_sign_on(facts: Facts) -> Verdict:
    counts, days = facts.sign_ins, facts.options["days"]
    if not counts.succeeded:
        return Verdict(
            FAIL, f"{counted(counts.count, 'sign-in')} to it in {counted(days, 'day')}, none of them successful"
        )
    last = max(row["last"] for row in counts.shown()["by_user"])
    return Verdict(
        PASS, f"{counted(counts.succeeded, 'successful sign-in')} in {counted(days, 'day')}, the last at {last}"
    )


def _syncro_setting(facts: Facts) -> Verdict:
    if facts.options["single_sign_on_only"]:
        return Verdict(PASS, "confirmed by syncro_single_sign_on_only in the inventory; Graph cannot tell")
    return Verdict(UNKNOWN, "Graph cannot tell whether Syncro itself still takes a password")


def _sites_well_formed(facts: Facts) -> Verdict:
    given = facts.options["sites"]
    active, ended = sites.split([site for site in given if not _expiry_problem(site)], facts.now)
    problems = sites.problems_of(facts.options)
    private = facts.reads.session.cloud.private
    if not problems:
        findings = sites.findings(active, private, ended)
        problems = [f"[{found.rule.id}] {found.rule.title}: {found.where}" for found in findings]
    if problems:
        return Verdict(FAIL, "; ".join(problems))
    until = [f"'{site['name']}' until {moments.told(site['expires'])}" for site in active if site["expires"]]
    notes = [f"{len(active)} of {len(given)} count now"] + ([f"{', '.join(until)}"] if until else [])
    return Verdict(PASS, "; ".join(notes + ([f"ended: {', '.join(s['name'] for s in ended)}"] if ended else [])))


def _expiry_problem(site: Options) -> bool:
    return site["expires"] is not None and bool(moments.problem("expires", site["expires"]))


def _sites_plausible(facts: Facts) -> Verdict:
    wide = [
        f"'{site['name']}' {text} has {network.num_addresses:,} addresses"
        for site in facts.some_sites
        for text in site["cidrs"]
        if _is_wide(network := addresses.network(text))
    ]
    if wide:
        return Verdict(UNKNOWN, f"{'; '.join(wide)}: more than a site has, unless the range is its own")
    return Verdict(PASS, "each range is of a usual size; whether it is static, Graph cannot tell")


def _is_wide(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    return network.prefixlen < PLAUSIBLE_PREFIX[network.version]


def _sites_seen(facts: Facts) -> Verdict:
    there = facts.some_sites
    seen = {row["site"]: row for row in facts.sign_ins.shown()["by_site"]}
    days = facts.options["days"]
    told = [f"'{name}' {counted(seen[name]['count'], 'sign-in')}" for name in seen if name]
    unseen = [name for site in there if (name := site["name"].strip()) not in seen]
    spared = sites.not_waited_for(there, told)
    if missing := [f"'{name}'" for name in unseen if name not in spared]:
        where = f"{', '.join(missing)} in {counted(days, 'day')}"
        return Verdict(UNKNOWN, f"nobody signed in from {where}" + _beside("seen", told))
    also = _beside("not seen, and need not be, as it has an end", [f"'{name}'" for name in unseen])
    return Verdict(PASS, f"in {counted(days, 'day')}: {', '.join(told)}{also}")


def _beside(what: str, told: t.Sequence[str]) -> str:
    return f"; {what}: {', '.join(told)}" if told else ""


_BREAK_GLASS = "syncro_break_glass_accounts"
_ADMIN_CENTER = "Entra admin center"

CHECKS: tuple[Check, ...] = (
    # First, since the others see nothing without them.
    Check(
        "permissions",
        "The application that runs this has the permissions it needs",
        f"Grant the missing application permissions with an administrator's consent ({_ADMIN_CENTER}, App registrations, API "
        "permissions), and take away what is not needed.",
        _permissions,
    ),
    Check(
        "licence",
        "The tenant has Entra ID P1 or P2",
        "Buy Entra ID P1 or P2, or a bundle with it such as Microsoft 365 Business Premium, for everyone the policies are for.",
        _licence,
    ),
    Check(
        "security-defaults",
        "Security defaults are off",
        f"Turn them off ({_ADMIN_CENTER}, Overview, Properties, Manage security defaults) when the policies that take their "
        "place are ready.",
        _security_defaults,
    ),
    Check(
        "syncro-application",
        "The Syncro application is in the tenant",
        f"Set up single sign-on in Syncro, or correct syncro_application: the name or appId under {_ADMIN_CENTER}, Enterprise "
        "applications.",
        _application,
    ),
    Check(
        "syncro-application-enabled",
        "Sign-in to the Syncro application is enabled",
        f"Enable it: {_ADMIN_CENTER}, Enterprise applications, Properties, Enabled for users to sign-in.",
        _application_enabled,
    ),
    Check(
        "single-sign-on-used",
        "People sign in to Syncro through Entra",
        "Turn single sign-on on in Syncro and sign in once. Where nobody signs in through Entra, no policy of Entra stops "
        "anybody.",
        _single_sign_on,
    ),
    Check(
        "single-sign-on-only",
        "Syncro takes no sign-in but by Entra",
        "Look at Syncro's own single sign-on setting, which is for the whole account, and set syncro_single_sign_on_only: true "
        "when it is so.",
        _syncro_setting,
    ),
    Check(
        "sites",
        "Every site is a public, well-formed range",
        "Correct syncro_sites. A site is the public address that its internet provider names.",
        _sites_well_formed,
    ),
    Check(
        "sites-plausible",
        "No site is larger than sites usually are",
        "Ask the internet provider for the site's own static range.",
        _sites_plausible,
    ),
    Check(
        "sites-seen",
        "Every site is seen in sign-ins to Syncro",
        "Sign in to Syncro once from each site, and compare the address in the sign-in log with the site's.",
        _sites_seen,
    ),
    Check(
        "break-glass",
        "There are break-glass accounts",
        f"Name accounts that are kept for emergencies in {_BREAK_GLASS}, at best two.",
        accounts.break_glass,
    ),
    Check(
        "break-glass-enabled",
        "Every break-glass account is enabled",
        f"Enable the account, or name another in {_BREAK_GLASS}.",
        accounts.of_each_break_glass(accounts.enabled),
    ),
    Check(
        "break-glass-cloud-only",
        "No break-glass account is synchronised from on premises",
        f"Make an account in Entra itself, under the tenant's onmicrosoft.com domain, and name it in {_BREAK_GLASS}.",
        accounts.of_each_break_glass(accounts.cloud_only),
    ),
    Check(
        "break-glass-administrator",
        "Every break-glass account holds Global Administrator",
        f"Assign Global Administrator to the account, permanently active: {_ADMIN_CENTER}, Roles & admins.",
        accounts.of_each_break_glass(accounts.global_administrator),
    ),
    Check(
        "break-glass-left-out",
        "Every break-glass account is left out of every enforced policy that blocks",
        f"Exclude the account from the policy: {_ADMIN_CENTER}, Conditional Access, the policy, Users, Exclude.",
        accounts.of_each_break_glass(accounts.left_out),
    ),
    Check(
        "break-glass-mfa",
        "Every break-glass account can do MFA",
        "Register a phishing-resistant method for the account, such as two FIDO2 security keys or a certificate "
        "(https://aka.ms/mfasetup): Microsoft asks everyone for MFA at the admin portals, break-glass accounts too.",
        accounts.of_each_break_glass(accounts.mfa_registered),
    ),
    Check(
        "break-glass-way-back",
        "A break-glass account reaches the admin center from an unknown address, past all enforced policies together",
        "Exclude a break-glass account, by its own id, from each policy that is named, or turn that policy off: Entra admin "
        "center, Conditional Access, the policy, Users, Exclude.",
        accounts.way_back,
    ),
    Check(
        "service-account",
        "The Syncro service account is in the tenant",
        "Name the account that Syncro's integration signs in with in syncro_service_account.",
        accounts.service_account,
    ),
)

# Only where a service account is named.
SERVICE_ACCOUNT_CHECKS: tuple[Check, ...] = (
    Check(
        "service-account-enabled",
        "The Syncro service account is enabled",
        "Enable the account, or name another in syncro_service_account.",
        accounts.of_service_account(accounts.enabled),
    ),
    Check(
        "service-account-mfa",
        "The Syncro service account can do MFA",
        "Sign in as the account once and register a method (https://aka.ms/mfasetup): with part B it needs one at every sign-in.",
        accounts.of_service_account(accounts.mfa_registered),
    ),
    Check(
        "service-account-apart",
        "The Syncro service account is no break-glass account",
        "Use another account for one of the two.",
        accounts.of_service_account(accounts.apart),
    ),
)


def applicable(options: Options) -> tuple[Check, ...]:
    """The checks for what is given."""
    return CHECKS + (SERVICE_ACCOUNT_CHECKS if options["service_account"] else ())
