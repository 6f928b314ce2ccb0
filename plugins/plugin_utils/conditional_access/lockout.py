# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lockout guard: what follows from a rule that is broken, and the rules for sites, named locations and accounts."""

from __future__ import annotations

import dataclasses
import typing as t

from ..graph.errors import BadInput, EntraError
from ..options import Options
from ..reconcile import Plan
from ..shape import Json
from . import addresses
from .lockout_rules import RULES, Rule

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

    kind = "lockout"

    def __init__(self, findings: t.Sequence[Finding], unresolved: t.Sequence[str] = ()):
        if not findings:
            self.kind = BadInput.kind
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

    def named(self, by: t.Callable[[t.Sequence[str]], list[str]]) -> Refused:
        return Refused(self.findings, by(self.unresolved))


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
    texts = [entry.get("cidrAddress") or "" for entry in location.get("ipRanges") or []]
    # What is no range, as nobody can make one today, lets nobody in.
    ranges = [text for text in texts if not addresses.problem(text)]
    return [f for text in ranges for f in of_range(text, f"'{location.get('displayName')}'", private_endpoint)]


def guard_location(
    plan: Plan,
    accepted: t.Collection[str],
    private_endpoint: bool,
    relying: t.Sequence[Json] = (),
    more: t.Sequence[Finding] = (),
    unresolved: t.Sequence[str] = (),
) -> list[str]:
    """Warnings for one named location that is about to be written. Raises Refused.

    ``relying`` are the policies that stop people everywhere but at all trusted locations, ``more`` findings to be told with
    these, and ``unresolved`` problems with names.
    """
    findings = [*of_location_plan(plan, private_endpoint, relying), *more]
    return decide(findings, accepted, unresolved, writes=plan.verb != "nothing")


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

    ``hint`` is asked for a sentence with near matches of a name that nobody has.
    """
    findings = []
    for name, account in accounts.items():
        if account is None:
            near = hint(name).rstrip(".")
            findings.append(finding("BREAK-GLASS-MISSING", f"'{name}' in {option}{'.' if near else ''}{near}"))
        elif account.get("accountEnabled") is not True:
            # Unknown is not enabled: who may not read it cannot rely on it.
            unread = "" if account.get("accountEnabled") is False else " (whether it is enabled cannot be read)"
            findings.append(finding("BREAK-GLASS-DISABLED", f"'{name}' in {option}{unread}"))
    return findings
