# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lockout guard asked ahead of a role's first write: everything it will rely on, looked up and judged at once."""

from __future__ import annotations

import datetime
import typing as t

from .. import backup, directory, reconcile
from ..graph.reads import Reads
from ..options import ArgumentSpec, Options
from ..shape import Json, Named, Reference
from . import administrators, lockout, moments, people, restriction_there, sites, way_back
from .administrators import ADMINISTRATORS
from .identity import name_problems
from .named_location import COUNTRY_TYPE, NamedLocation, other_kind, type_of
from .policy_checks import account_problems
from .policy_kind import Policy
from .policy_references import LOCATIONS, POLICIES
from .site_coverage import SiteLocations

SECURITY_DEFAULTS = "/policies/identitySecurityDefaultsEnforcementPolicy"
ON = (
    "security defaults: are on in this tenant, and Entra refuses an enabled policy while they are. Turn them off in the Entra "
    "admin center (Overview, Properties, Manage security defaults) when the policies that take their place are ready."
)

# Where no break-glass account is known.
NOBODY_NAMED, NOBODY_USABLE = "break_glass_accounts is empty", "none in break_glass_accounts is of use"

# What the tenant is asked for beside the names, and the options that ask for it.
ASKED_FOR = {
    SECURITY_DEFAULTS: ("enables_a_policy",),
    POLICIES: ("writes_policies", "location_prefix", "enables_a_policy", "restriction"),
    LOCATIONS: ("writes_named_locations", "location_prefix", "enables_a_policy", "restriction"),
}

# What has the names of what follows is going to write, and what that is.
WRITTEN: dict[str, reconcile.Kind] = {"writes_policies": Policy(), "writes_named_locations": NamedLocation()}


def _names(options: Options) -> list[str]:
    """What is wrong with the names of what is going to be written."""
    return [
        problem
        for option in WRITTEN
        for number, name in enumerate(options[option])
        for problem in name_problems(f"{option}[{number}]", name)
    ]


def _reasons_known_already(options: Options) -> list[str]:
    """The guard's reasons that no look at the tenant is needed for, to be said beside what is written wrongly."""
    findings = sites.known_findings(options)
    if options["require_break_glass"] and not options["break_glass_accounts"]:
        findings.append(lockout.finding("NO-BREAK-GLASS", NOBODY_NAMED))
    return [reason.sentence for reason in findings if reason.rule.id not in options["accept_risks"]]


SPEC = ArgumentSpec(
    {
        "application": {"type": "str"},
        "sites": sites.OPTION,
        "require_sites": {"type": "bool", "default": True},
        "break_glass_accounts": {"type": "list", "elements": "str", "default": []},
        "require_break_glass": {"type": "bool", "default": True},
        "service_account": {"type": "str"},
        "enables_a_policy": {"type": "bool", "default": False},
        "asks_service_account_for_mfa": {"type": "bool", "default": False},
        "enforces_policies": {"type": "list", "elements": "str", "default": []},
        "restriction": {"type": "str"},
        "writes_policies": {"type": "list", "elements": "str", "default": []},
        "writes_named_locations": {"type": "list", "elements": "str", "default": []},
        "location_prefix": {"type": "str"},
        "accept_risks": lockout.ACCEPT_RISKS,
    },
    checks=(sites.problems_of, account_problems, lockout.unknown_risks, _names),
    also=(_reasons_known_already,),
)


def judge(options: Options, reads: Reads) -> Options:
    """Look everything up in one request and judge it. Raises Refused with every reason; writes nothing."""
    accounts = [
        Named(f"break_glass_accounts[{number}]", name, Reference("user"))
        for number, name in enumerate(options["break_glass_accounts"])
    ]
    others = []
    if options["application"]:
        others.append(Named("application", options["application"], Reference("application")))
    if options["service_account"]:
        others.append(Named("service_account", options["service_account"], Reference("user")))
    wanted = directory.Wanted([*accounts, *others])
    # What is to be enforced has to be among what is written, as the policies are read for that.
    asked = [listing for listing, names in ASKED_FOR.items() if any(_given(options[name]) for name in names)]
    # Where it may not be read who holds the role, nothing is said of it.
    wished = [ADMINISTRATORS] if options["require_break_glass"] and accounts else []
    needed, wishes = reads.listings_beside([*asked, *wanted.paths()], wished)
    tenant = dict(zip(asked, needed, strict=False))
    found = wanted.found(reads)

    at = backup.now()
    active, ended = sites.split(options["sites"], datetime.datetime.now(datetime.UTC))
    findings = []
    if options["require_sites"] or options["sites"]:
        findings += sites.findings(active, reads.session.cloud.private, ended)
    places = SiteLocations(tenant.get(LOCATIONS, []), options["location_prefix"] or "")
    if options["location_prefix"] is not None:
        findings += places.findings(active, tenant[POLICIES])
        active = places.ordered(active)
    break_glass = {named.value: found.one("user", named.value) for named in accounts}
    of_accounts = lockout.of_accounts(break_glass, "break_glass_accounts", lambda name: found.hint("user", name))
    findings += of_accounts
    # That none is left counts by itself only where the reasons are not told, or have been waived.
    waived = all(reason.rule.id in options["accept_risks"] for reason in of_accounts)
    if options["require_break_glass"] and len(of_accounts) == len(break_glass) and waived:
        findings.append(lockout.finding("NO-BREAK-GLASS", NOBODY_USABLE if break_glass else NOBODY_NAMED))
    findings += _without_evidence(options, tenant.get(POLICIES, []))
    findings += restriction_there.findings(options, tenant, active, ended, found)
    unresolved = found.problems(lambda named: named in accounts)
    service_account = _one(found, "user", options["service_account"])
    if _turns_on(options, tenant.get(POLICIES, []), service_account):
        findings += _no_way_back(tenant[POLICIES], tenant[LOCATIONS], break_glass, reads)
        findings += _no_method(options, service_account, reads)
    unresolved += _service_account_problems(options, service_account, break_glass)
    unresolved += [ON for policy in tenant.get(SECURITY_DEFAULTS, []) if policy.get("isEnabled")]
    for option, kind in WRITTEN.items():
        unresolved += _mistakable(kind, tenant.get(kind.collection, []), option, options[option])
    unresolved += _of_countries(options, active, tenant.get(LOCATIONS, []))
    warnings = lockout.decide(findings, options["accept_risks"], unresolved)
    warnings += administrators.warnings(filter(None, break_glass.values()), wishes.get(ADMINISTRATORS))
    application = _one(found, "application", options["application"])
    return {
        "changed": False,
        "at": at,
        "application": application and {"app_id": application["appId"], "display_name": application["displayName"]},
        "break_glass_accounts": [_account(account) for account in break_glass.values() if account],
        "service_account": service_account and _account(service_account),
        "sites": [
            {
                "name": site["name"].strip(),
                "cidrs": site["cidrs"],
                "expires": site["expires"] and moments.told(site["expires"]),
            }
            for site in active
        ],
        "expired_sites": [site["name"].strip() for site in ended],
        "locations_without_site": places.without_site([site["name"].strip() for site in options["sites"]]),
        "warnings": warnings,
    }


def _given(value: t.Any) -> bool:
    """An empty text is one: a prefix may be none."""
    return value not in (None, False, [])


def _without_evidence(options: Options, policies: t.Sequence[Json]) -> list[lockout.Finding]:
    """What would be enforced without anybody having looked: a policy that is not on yet. One that is on already stays on."""
    on = {policy.get("displayName") for policy in policies if policy.get("state") == "enabled"}
    return [
        lockout.finding("NO-EVIDENCE", f"policy '{name}'") for name in options["enforces_policies"] if name not in on
    ]


def _turns_on(options: Options, policies: t.Sequence[Json], service_account: Json | None) -> bool:
    """Whether what follows turns on a policy that is not on yet, as far as can be told: one that is to be enforced, and that of
    the service account, which is on from the start and known by being for this account alone; else one that is written."""
    if not options["enables_a_policy"]:
        return False
    enabled = [policy for policy in policies if policy.get("state") == "enabled"]
    names = {policy.get("displayName") for policy in enabled}
    there = [name in names for name in options["enforces_policies"]]
    if service_account:
        only = [service_account["id"].lower()]
        users = (((policy.get("conditions") or {}).get("users") or {}).get("includeUsers") or () for policy in enabled)
        there.append(any([name.lower() for name in included] == only for included in users))
    there = there or [name in names for name in options["writes_policies"]]
    return not all(there) or not there


def _no_way_back(
    policies: t.Sequence[Json], locations: t.Sequence[Json], break_glass: dict[str, Json | None], reads: Reads
) -> list[lockout.Finding]:
    """NO-WAY-BACK, where no account gets in past the policies as they are: nothing is to be enforced on top of that. Whoever is
    not there or disabled is told by rules of their own."""
    usable = {name: one for name, one in break_glass.items() if one and one.get("accountEnabled") is not False}
    enforced = way_back.on(policies)
    persons = people.users(usable, enforced, reads)
    ways = way_back.past(enforced, locations, persons, lambda: people.without_mfa(usable, reads))
    return [lockout.finding("NO-WAY-BACK", ways.said)] if usable and not ways.somebody_gets_in else []


def _no_method(options: Options, service_account: Json | None, reads: Reads) -> list[lockout.Finding]:
    """SERVICE-ACCOUNT-NO-MFA, where a policy that is not on yet asks the account for it."""
    if not service_account or not options["asks_service_account_for_mfa"]:
        return []
    without = people.without_mfa({str(service_account.get("userPrincipalName")): service_account}, reads)
    return [lockout.finding("SERVICE-ACCOUNT-NO-MFA", f"'{name}' in service_account") for name in without]


def _mistakable(kind: reconcile.Kind, listing: t.Sequence[Json], option: str, names: t.Sequence[str]) -> list[str]:
    """Names of what is going to be written that several objects have, or that a new object would be mistaken by."""
    problems = []
    for number, name in enumerate(names):
        try:
            if reconcile.identify(kind, listing, None, name) is None:
                problems += reconcile.blank_problems(f"{option}[{number}]", name)
        except reconcile.Ambiguous as error:
            problems.append(str(error))
    return problems


def _of_countries(options: Options, active: t.Sequence[Options], locations: t.Sequence[Json]) -> list[str]:
    """Locations of sites that are there and cannot hold ranges."""
    if options["location_prefix"] is None:
        return []
    numbers = {
        f"{options['location_prefix']}{site['name'].strip()}": number
        for number, site in enumerate(options["sites"])
        if site in active
    }
    return [
        other_kind(f"sites[{numbers[one['displayName']]}].name", one)
        for one in locations
        if one.get("displayName") in numbers and type_of(one) == COUNTRY_TYPE
    ]


def _one(found: directory.Found, kind: str, name: str | None) -> Json | None:
    return found.one(kind, name) if name else None


def _account(account: Json) -> Options:
    return {"id": account["id"], "user_principal_name": account.get("userPrincipalName")}


def _service_account_problems(options: Options, account: Json | None, break_glass: dict[str, Json | None]) -> list[str]:
    """A service account that is there but cannot do its work."""
    if account is None:
        return []
    problems = []
    if account.get("accountEnabled") is False:
        problems.append(
            f"service_account: '{options['service_account']}' is disabled; Syncro could not sign in with it. Enable it, or name "
            "another."
        )
    if any(other and other["id"] == account["id"] for other in break_glass.values()):
        problems.append(
            f"service_account: '{options['service_account']}' is a break-glass account as well; those are kept for emergencies "
            "and must meet no policy. Use another account for one of the two."
        )
    return problems
