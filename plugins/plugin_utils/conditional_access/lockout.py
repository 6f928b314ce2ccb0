# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lockout guard: what a write must not bring about, as data, and what follows from it.

Microsoft's own advice is the source: https://learn.microsoft.com/entra/identity/role-based-access-control/security-emergency-access
and https://learn.microsoft.com/entra/identity/conditional-access/plan-conditional-access.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..graph.errors import EntraError
from ..options import Options
from ..reconcile import Plan
from ..shape import Json
from . import addresses


@dataclasses.dataclass(frozen=True)
class Rule:
    """``id`` is what accept_risks takes; ``why`` and ``remedy`` are one sentence each."""

    id: str
    title: str
    why: str
    remedy: str


_OUT = "People who are not at a listed site could not reach Syncro, and nobody could mend it."
_NEVER = "Entra judges the public address it sees, and never sees this one: the site would match nobody."

RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        Rule(
            "NO-BREAK-GLASS",
            "No break-glass account is left out of the policy",
            "If the policy turns out wrong, no account is left that can sign in and take it back.",
            "Name an account that holds Global Administrator and is used for nothing else in syncro_break_glass_accounts, or in "
            "exclude_users.",
        ),
        Rule(
            "BREAK-GLASS-MISSING",
            "A break-glass account does not exist",
            "An account that is not there cannot rescue anyone.",
            "Correct the UPN, or make the account first.",
        ),
        Rule(
            "BREAK-GLASS-DISABLED",
            "A break-glass account is disabled",
            "A disabled account cannot sign in when it is needed.",
            "Enable the account in the Entra admin center, or name another.",
        ),
        Rule(
            "BREAK-GLASS-NOT-EXCLUDED",
            "A break-glass account is covered by the policy",
            "The account would be stopped by the same policy it is kept for.",
            "Add the account to conditions.users.exclude_users.",
        ),
        Rule(
            "BLOCK-ALL",
            "The policy blocks all users from all applications",
            "That includes the admin center in which it would be taken back.",
            "Name the applications it is meant for.",
        ),
        Rule(
            "NO-SITE",
            "There is no site",
            _OUT,
            "List one site or more in syncro_sites, with a date in expires only where it lies ahead.",
        ),
        Rule(
            "NO-TRUSTED-LOCATION",
            "The policy blocks from everywhere and leaves no location out",
            _OUT,
            "Name the trusted locations in conditions.locations.exclude_locations.",
        ),
        Rule(
            "SITE-EVERYWHERE",
            "A site covers every address there is",
            "Everyone on the internet would count as being at the site, so the policy would stop nobody.",
            "Give the site's own public range, as its internet provider names it.",
        ),
        Rule(
            "SITE-TOO-WIDE",
            "A site's range is wider than Entra takes",
            "Entra takes ranges with a prefix longer than /8 only, and a site that wide is a mistake.",
            "Give the site's own public range, as its internet provider names it.",
        ),
        Rule(
            "SITE-HOST-BITS",
            "A site's range has address bits set beyond its prefix",
            "It can be read as one address or as a whole network, and the two differ in who is let in.",
            "Write the network's first address, or /32 (/128 for IPv6) for one address.",
        ),
        Rule("SITE-PRIVATE", "A site is a private range", _NEVER, "Give the public address the site goes out with."),
        Rule("SITE-LOOPBACK", "A site is a loopback range", _NEVER, "Give the public address the site goes out with."),
        Rule(
            "SITE-LINK-LOCAL", "A site is a link-local range", _NEVER, "Give the public address the site goes out with."
        ),
        Rule(
            "SITE-CGNAT",
            "A site is in the range of carrier-grade NAT",
            _NEVER,
            "Ask the internet provider for a static public address; behind carrier-grade NAT the site has none of its own.",
        ),
        Rule(
            "SITE-MULTICAST", "A site is a multicast range", _NEVER, "Give the public address the site goes out with."
        ),
        Rule("SITE-RESERVED", "A site is a reserved range", _NEVER, "Give the public address the site goes out with."),
        Rule(
            "SITE-DOCUMENTATION",
            "A site is a range that exists in documentation only",
            "It is an example that was not replaced. (On a practice tenant it passes.)",
            "Give the public address the site goes out with.",
        ),
        Rule(
            "SERVICE-ACCOUNT-NOT-EXCLUDED",
            "The Syncro service account is not left out of the policy",
            "It signs in from Syncro's cloud, never from a site: the integration would stop at once.",
            "Add the account to conditions.users.exclude_users, or name it in syncro_service_account.",
        ),
        Rule(
            "SERVICE-ACCOUNT-DROPPED",
            "The policy would no longer leave out a service account",
            "Another policy is for this account alone, as the one for the Syncro service account is; it signs in from Syncro's "
            "cloud, never from a site, and the integration would stop.",
            "Name the account in syncro_service_account, or in exclude_users; look for a misspelt variable.",
        ),
        Rule(
            "SERVICE-ACCOUNT-LOCATION",
            "The Syncro service account's own policy has a location condition",
            "It signs in from Syncro's cloud, whose addresses are not yours to list: the condition would stop or skip it.",
            "Leave conditions.locations out of that policy.",
        ),
    )
}

_SPECIAL_RULES = {
    "private": "SITE-PRIVATE",
    "loopback": "SITE-LOOPBACK",
    "link-local": "SITE-LINK-LOCAL",
    "carrier-grade NAT": "SITE-CGNAT",
    "multicast": "SITE-MULTICAST",
    "reserved": "SITE-RESERVED",
    "documentation": "SITE-DOCUMENTATION",
}

ACCEPT_RISKS: Options = {"type": "list", "elements": "str", "default": []}


@dataclasses.dataclass(frozen=True)
class Finding:
    """A rule that would be broken, and where: an option's path or an object's name."""

    rule: Rule
    where: str

    def facts(self) -> dict[str, str]:
        return {**dataclasses.asdict(self.rule), "where": self.where}


class Refused(EntraError):
    """The guard's no, with every reason, before anything was written."""

    def __init__(self, findings: t.Sequence[Finding], unresolved: t.Sequence[str] = ()):
        self.findings, self.unresolved = list(findings), list(unresolved)
        lines = [f"\n- [{f.rule.id}] {f.rule.title}: {f.where}. {f.rule.why} {f.rule.remedy}" for f in self.findings]
        lines += [f"\n- {problem}" for problem in self.unresolved]
        why = "this could lock people out" if findings else "what is given does not fit this tenant"
        waiver = (
            "\nWhere a risk is meant, its id in accept_risks lets it pass; that is reported at every run."
            if findings
            else ""
        )
        super().__init__(f"Refused: {why}. Nothing was written.{''.join(lines)}{waiver}")

    def facts(self) -> dict[str, t.Any]:
        return {"lockout": [finding.facts() for finding in self.findings], "problems": self.unresolved}


def finding(rule_id: str, where: str) -> Finding:
    """A finding by its rule's id."""
    return Finding(RULES[rule_id], where)


def decide(
    findings: t.Sequence[Finding], accepted: t.Collection[str], unresolved: t.Sequence[str] = (), writes: bool = True
) -> list[str]:
    """The warnings of waived findings. Raises Refused where a finding is not waived or a name is unresolved.

    ``writes`` is false where nothing would be written anyway: what is there already is not refused, only told if waived.
    """
    standing = [f for f in findings if f.rule.id not in accepted]
    if unresolved or (standing and writes):
        raise Refused(standing, unresolved)
    return [f"Risk accepted: [{f.rule.id}] {f.rule.title}: {f.where}." for f in findings if f.rule.id in accepted]


def unknown_risks(options: Options) -> list[str]:
    """Ids in accept_risks that no rule has."""
    return [
        f"accept_risks[{number}]: there is no rule '{risk}'; the rules are {', '.join(RULES)}."
        for number, risk in enumerate(options["accept_risks"])
        if risk not in RULES
    ]


def of_range(text: str, where: str, private_endpoint: bool) -> list[Finding]:
    """What speaks against a CIDR, already known to be one, as a site."""
    found = addresses.network(text)
    here = f"{where} {text}"
    if found.prefixlen == 0:
        return [finding("SITE-EVERYWHERE", here)]
    findings = []
    if found.prefixlen <= 8:
        findings.append(finding("SITE-TOO-WIDE", here))
    if addresses.has_host_bits(text):
        findings.append(finding("SITE-HOST-BITS", f"{here} (the network is {found})"))
    # A range that Entra refuses for its width anyway covers special ranges by the way; those are not the mistake.
    kinds = addresses.special(found) if found.prefixlen > 8 or not findings else _whole(found)
    for kind in kinds:
        if kind != "documentation" or not private_endpoint:
            findings.append(finding(_SPECIAL_RULES[kind], here))
    return findings


def _whole(found: addresses.Network) -> list[str]:
    """The special kinds that contain the network whole, as 10.0.0.0/8 is private whole."""
    return [
        kind
        for kind, networks in addresses.SPECIAL.items()
        if any(found.version == other.version and found.subnet_of(t.cast(t.Any, other)) for other in networks)
    ]


def guard_location(plan: Plan, accepted: t.Collection[str], private_endpoint: bool) -> list[str]:
    """Warnings for one named location that is about to be trusted. Raises Refused."""
    after = plan.after or {}
    if not after.get("isTrusted"):
        return []
    ranges = [entry["cidrAddress"] for entry in after.get("ipRanges") or [] if "cidrAddress" in entry]
    findings = [f for text in ranges for f in of_range(text, f"'{after.get('displayName')}'", private_endpoint)]
    return decide(findings, accepted, writes=plan.verb in ("create", "update"))


def of_accounts(
    accounts: t.Mapping[str, Json | None], option: str, hint: t.Callable[[str], str] = lambda name: ""
) -> list[Finding]:
    """What speaks against break-glass accounts, by the name they were given under; None where there is no such account.

    ``hint`` is asked for near matches of a name that nobody has.
    """
    findings = []
    for name, account in accounts.items():
        if account is None:
            findings.append(finding("BREAK-GLASS-MISSING", f"{option} {name}{hint(name)}"))
        elif account.get("accountEnabled") is False:
            findings.append(finding("BREAK-GLASS-DISABLED", f"{option} {name}"))
    return findings


def _narrowed(conditions: Json) -> bool:
    """Whether anything besides users and applications limits when a policy applies, as old protocols or a country do."""
    if "all" not in (conditions.get("clientAppTypes") or ["all"]):
        return True
    for name, included, excluded in (
        ("locations", "includeLocations", "excludeLocations"),
        ("platforms", "includePlatforms", "excludePlatforms"),
    ):
        condition = conditions.get(name) or {}
        everything = {value.lower() for value in condition.get(included) or ["all"]} == {"all"}
        if not everything or condition.get(excluded):
            return True
    rest = set(conditions) - {"users", "applications", "clientAppTypes", "locations", "platforms"}
    return any(conditions[name] for name in rest if not name.startswith("@"))


def dropped_service_accounts(before: Json | None, after: Json, policies: t.Sequence[Json]) -> list[str]:
    """Ids that a policy for all users leaves out today and would not any more, and that another policy is for alone."""

    def users(policy: Json | None) -> Json:
        return ((policy or {}).get("conditions") or {}).get("users") or {}

    def ids(policy: Json | None, option: str) -> set[str]:
        return {user.lower() for user in users(policy).get(option) or []}

    if after.get("state") == "disabled" or "all" not in ids(after, "includeUsers"):
        return []
    alone = [ids(other, "includeUsers") for other in policies if before is None or other["id"] != before["id"]]
    single = {next(iter(only)) for only in alone if len(only) == 1}
    return sorted((ids(before, "excludeUsers") - ids(after, "excludeUsers")) & single)


def of_policy(policy: Json, break_glass: t.Mapping[str, str], service_account: str | None) -> list[Finding]:
    """What a policy, as it would be after the write, would bring about.

    ``break_glass`` maps names to ids, ``service_account`` is an id; both as resolved in the tenant.
    """
    if policy.get("state") == "disabled":
        return []
    name = f"policy '{policy.get('displayName')}'"
    conditions = policy.get("conditions") or {}
    users = conditions.get("users") or {}
    applications = conditions.get("applications") or {}
    locations = conditions.get("locations") or {}
    blocks = "block" in ((policy.get("grantControls") or {}).get("builtInControls") or [])
    everyone = "All" in (users.get("includeUsers") or [])
    left_out = {user.lower() for user in users.get("excludeUsers") or []}
    findings = []
    if everyone:
        for account, account_id in break_glass.items():
            if account_id.lower() not in left_out:
                findings.append(finding("BREAK-GLASS-NOT-EXCLUDED", f"{name} covers {account}"))
    if everyone and blocks:
        if not break_glass and not left_out and not users.get("excludeGroups") and not users.get("excludeRoles"):
            findings.append(finding("NO-BREAK-GLASS", name))
        if "All" in (applications.get("includeApplications") or []) and not _narrowed(conditions):
            findings.append(finding("BLOCK-ALL", name))
        if "All" in (locations.get("includeLocations") or []) and not locations.get("excludeLocations"):
            findings.append(finding("NO-TRUSTED-LOCATION", name))
        if service_account and locations and service_account.lower() not in left_out:
            findings.append(finding("SERVICE-ACCOUNT-NOT-EXCLUDED", name))
    only = [user.lower() for user in users.get("includeUsers") or []]
    if service_account and only == [service_account.lower()] and locations:
        findings.append(finding("SERVICE-ACCOUNT-LOCATION", name))
    return findings
