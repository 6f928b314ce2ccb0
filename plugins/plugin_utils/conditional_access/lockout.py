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
            "TRUST-RELIED-ON",
            "A policy that blocks leaves out all trusted locations, and this is one",
            "People at this location would be blocked by a policy that does not name it.",
            "Name the locations in that policy's exclude_locations in place of AllTrusted, or take it back, first.",
        ),
        Rule(
            "SITE-EVERYWHERE",
            "A site covers every address there is",
            "Everyone on the internet would count as being at the site, so the policy would stop nobody.",
            "Give the site's own public range, as its internet provider names it.",
        ),
        Rule(
            "SITE-TOO-WIDE",
            "A site's range is too wide to be a site",
            "Entra takes ranges with a prefix longer than /8 only, and an IPv6 range shorter than /32 is a whole provider's.",
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
            "NO-EVIDENCE",
            "The policy would be enforced without evidence",
            "Nobody has seen yet whom it stops; it could be people at a site.",
            "Run msp.entra.validate until it says ready, and msp.entra.enforce, which looks again and then enforces.",
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
    "benchmarking": "SITE-RESERVED",
    "translation": "SITE-RESERVED",
    "documentation": "SITE-DOCUMENTATION",
}

ACCEPT_RISKS: Options = {"type": "list", "elements": "str", "default": []}


@dataclasses.dataclass(frozen=True)
class Finding:
    """A rule that would be broken, and where: an option's path or an object's name."""

    rule: Rule
    where: str

    @property
    def sentence(self) -> str:
        """All of it, for people."""
        return f"[{self.rule.id}] {self.rule.title}: {self.where}. {self.rule.why} {self.rule.remedy}"

    def facts(self) -> dict[str, str]:
        return {**dataclasses.asdict(self.rule), "where": self.where}


class Refused(EntraError):
    """The guard's no, with every reason, before anything was written."""

    def __init__(self, findings: t.Sequence[Finding], unresolved: t.Sequence[str] = ()):
        self.findings, self.unresolved = list(findings), list(unresolved)
        lines = [f"\n- {reason.sentence}" for reason in self.findings]
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
    if found.prefixlen <= 8 or (found.version == 6 and found.prefixlen < 32):
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


def of_location(location: Json, private_endpoint: bool) -> list[Finding]:
    """What speaks against the ranges of a named location, as a place to be let in from."""
    ranges = [entry["cidrAddress"] for entry in location.get("ipRanges") or [] if "cidrAddress" in entry]
    return [f for text in ranges for f in of_range(text, f"'{location.get('displayName')}'", private_endpoint)]


def guard_location(
    plan: Plan, accepted: t.Collection[str], private_endpoint: bool, relying: t.Sequence[Json] = ()
) -> list[str]:
    """Warnings for one named location that is about to be trusted, or no longer to be. Raises Refused.

    ``relying`` are the policies that block from everywhere but all trusted locations.
    """
    findings = of_location_plan(plan, private_endpoint, relying)
    return decide(findings, accepted, writes=plan.verb not in ("nothing", "delete"))


def of_location_plan(plan: Plan, private_endpoint: bool, relying: t.Sequence[Json] = ()) -> list[Finding]:
    """What speaks against what a location is to become; ``relying`` as for guard_location."""
    before, after = plan.before or {}, plan.after or {}
    findings = of_location(after, private_endpoint) if after.get("isTrusted") else []
    if before.get("isTrusted") and plan.after and not after.get("isTrusted"):
        where = f"'{before.get('displayName')}' and policy"
        findings += [finding("TRUST-RELIED-ON", f"{where} '{policy.get('displayName')}'") for policy in relying]
    return findings


def of_accounts(
    accounts: t.Mapping[str, Json | None], option: str, hint: t.Callable[[str], str] = lambda name: ""
) -> list[Finding]:
    """What speaks against break-glass accounts, by the name they were given under; None where there is no such account.

    ``hint`` is asked for near matches of a name that nobody has.
    """
    findings = []
    for name, account in accounts.items():
        if account is None:
            findings.append(finding("BREAK-GLASS-MISSING", f"{option} {name}{hint(name).rstrip('.')}"))
        elif account.get("accountEnabled") is not True:
            # Unknown is not enabled: who may not read it cannot rely on it.
            unread = "" if account.get("accountEnabled") is False else " (whether it is enabled cannot be read)"
            findings.append(finding("BREAK-GLASS-DISABLED", f"{option} {name}{unread}"))
    return findings
