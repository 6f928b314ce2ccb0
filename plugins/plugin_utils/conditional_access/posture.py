# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a tenant's Conditional Access looks like beside the restriction of Syncro: what an attacker would try first, and what has
been left lying about.

Who gets in with a password alone is not read off the policies but asked of the evaluation engine, for a person and a place that
no policy knows. What the engine cannot tell is unknown.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import typing as t
import uuid

from ..counted import counted
from ..graph.errors import NotFound
from ..graph.reads import Reads
from ..options import ArgumentSpec, Options
from ..shape import Json
from . import moments, people
from .administrators import ADMINISTRATORS
from .evaluation import DISABLED, ENABLED, REPORT_ONLY, PolicySet
from .guard import SECURITY_DEFAULTS
from .known_applications import Application
from .policy_references import LOCATIONS, POLICIES
from .sign_in import MEMBER, Target, User
from .unmet import Unmet, unmet
from .verdicts import FAIL, PASS, UNKNOWN, Check, Verdict, assessment, read, result
from .way_back import from_nowhere, nowhere, on

SPEC = ArgumentSpec(
    {
        "restriction": {"type": "str", "required": True},
        "site_locations": {"type": "list", "elements": "str", "default": []},
        "break_glass_accounts": {"type": "list", "elements": "str", "default": []},
        "report_only_days": {"type": "int", "default": 30},
    },
    checks=(
        lambda options: (
            [] if options["report_only_days"] >= 1 else ["report_only_days: is less than 1; a day is the least."]
        ),
    ),
)

# An application and a person that are nobody's: only what is for all reaches them.
_ANY_APPLICATION = Application(str(uuid.UUID(int=1)), "any application", microsoft=False, web=True)
_ANYBODY = User(str(uuid.UUID(int=2)), frozenset(), frozenset(), frozenset({MEMBER}))

_MODERN = ("browser", "mobileAppsAndDesktopClients")
_LEGACY = ("exchangeActiveSync", "other")


def assessed(options: Options, reads: Reads) -> Options:
    """Every check with what it found. Raises LoginError, Unreachable and OutOfPatience; a refusal of Graph's is a finding."""
    facts = _Facts(options, reads, datetime.datetime.now(datetime.UTC))
    facts.gather()
    return {"changed": False, **assessment([result(check, facts) for check in CHECKS])}


@dataclasses.dataclass
class _Facts:
    """The tenant as far as it could be read. Everything raises Unread where its part could not be."""

    options: Options
    reads: Reads
    now: datetime.datetime
    _answers: dict[str, t.Any] = dataclasses.field(default_factory=dict)

    def gather(self) -> None:
        self._answers = dict(self.reads.attempts([POLICIES, LOCATIONS, SECURITY_DEFAULTS, ADMINISTRATORS]))

    def listing(self, path: str) -> list[Json]:
        return read(self._answers[path])

    @property
    def defaults_on(self) -> bool:
        """Security defaults ask everyone for MFA and end legacy authentication; policies are not in force beside them
        (https://learn.microsoft.com/entra/fundamentals/security-defaults)."""
        return any(policy.get("isEnabled") for policy in self.listing(SECURITY_DEFAULTS))

    @functools.cached_property
    def enforced(self) -> list[Json]:
        return on(self.listing(POLICIES))

    @functools.cached_property
    def places(self) -> list[Json]:
        return nowhere(self.listing(LOCATIONS), self.enforced)

    @functools.cached_property
    def policies(self) -> PolicySet:
        return PolicySet(self.enforced, self.places, (_ANY_APPLICATION,))

    def stopped(self, person: User, client_app: str, **facts: t.Any) -> list[Unmet]:
        """What stands in the way of a person who has nothing but a password."""
        sign_in = from_nowhere(person, None, self.policies, self.places, without_mfa=True)
        return unmet(self.policies, dataclasses.replace(sign_in, client_app=client_app, **facts))

    @functools.cached_property
    def administrators(self) -> dict[str, Json]:
        """The people who hold Global Administrator for the whole tenant, without the break-glass accounts, by their UPNs."""
        everywhere = [one for one in self.listing(ADMINISTRATORS) if one.get("directoryScopeId") == "/"]
        paths = list(dict.fromkeys(f"/users/{one['principalId']}" for one in everywhere if one.get("principalId")))
        spared = {name.lower() for name in self.options["break_glass_accounts"]}
        found: dict[str, Json] = {}
        for answer in (self.reads.attempts(paths) if paths else {}).values():
            if isinstance(answer, NotFound):
                # A group or an application.
                continue
            (account,) = read(answer)
            if not {str(account["id"]).lower(), str(account.get("userPrincipalName")).lower()} & spared:
                found[str(account.get("userPrincipalName") or account["id"])] = account
        return found


def _restriction(facts: _Facts) -> Verdict:
    name = facts.options["restriction"]
    named = [policy for policy in facts.listing(POLICIES) if policy.get("displayName") == name]
    if len(named) != 1:
        return Verdict(FAIL, f"there {'are several policies' if named else 'is no policy'} called '{name}'")
    (policy,) = named
    if policy.get("state") == ENABLED:
        return Verdict(PASS, f"'{name}' is on")
    if policy.get("state") != REPORT_ONLY:
        state = "is off" if policy.get("state") == DISABLED else f"has the state {policy.get('state')}"
        return Verdict(FAIL, f"'{name}' {state}")
    days = _days_since_change(policy, facts.now)
    if days is None:
        return Verdict(UNKNOWN, f"'{name}' is in report-only, and Graph does not say since when")
    late = days > facts.options["report_only_days"]
    return Verdict(FAIL if late else PASS, f"'{name}' is in report-only, unchanged for {counted(days, 'day')}")


def _everyone(facts: _Facts) -> Verdict:
    return _anybody(facts, _MODERN, "anyone with a password")


def _legacy(facts: _Facts) -> Verdict:
    return _anybody(facts, _LEGACY, "a legacy client with a password")


def _anybody(facts: _Facts, client_apps: t.Sequence[str], who: str) -> Verdict:
    """Whether a person and an application that no policy names are stopped."""
    if facts.defaults_on:
        return Verdict(PASS, "security defaults are on")
    target = Target.of(_ANY_APPLICATION.app_id)
    return _worst(
        {f"{who} ({client_app})": facts.stopped(_ANYBODY, client_app, target=target) for client_app in client_apps}
    )


def _administrators(facts: _Facts) -> Verdict:
    if facts.defaults_on:
        return Verdict(PASS, "security defaults are on")
    accounts = facts.administrators
    if not accounts:
        return Verdict(PASS, "nobody but break-glass accounts holds Global Administrator for good")
    persons = people.users(accounts, facts.enforced, facts.reads)
    return _worst({name: facts.stopped(person, "browser") for name, person in persons.items()})


def _worst(stops: t.Mapping[str, t.Sequence[Unmet]]) -> Verdict:
    """One verdict: each has to be stopped for certain by a policy."""
    through = [name for name, found in stops.items() if not found]
    if through:
        gets = "gets" if len(through) == 1 else "get"
        return Verdict(FAIL, f"{' and '.join(through)} {gets} in, as no enforced policy asks for more")
    unsure = {name: found for name, found in stops.items() if not any(stop.certain for stop in found)}
    if unsure:
        missing = sorted({fact for found in unsure.values() for stop in found for fact in stop.missing})
        policies = sorted({stop.name for found in unsure.values() for stop in found})
        said = f"{' and '.join(unsure)} may get in past {' and '.join(policies)}"
        return Verdict(UNKNOWN, f"{said}, depending on {', '.join(missing)}")
    names = sorted({stop.name for found in stops.values() for stop in found if stop.certain})
    return Verdict(PASS, f"stopped by {' and '.join(names)}")


def _left_in_report_only(facts: _Facts) -> Verdict:
    limit, own = facts.options["report_only_days"], facts.options["restriction"]
    waiting = [
        (policy, _days_since_change(policy, facts.now))
        for policy in facts.listing(POLICIES)
        if policy.get("state") == REPORT_ONLY and policy.get("displayName") != own
    ]
    late = [(one, days) for one, days in waiting if days is not None and days > limit]
    left = [f"'{one.get('displayName')}' for {counted(days, 'day')}" for one, days in late]
    if left:
        return Verdict(FAIL, f"unchanged are {', '.join(left)}")
    return Verdict(PASS, f"{len(waiting)} in report-only, none for more than {counted(limit, 'day')}")


def _trusted(facts: _Facts) -> Verdict:
    known = set(facts.options["site_locations"])
    others = [one for one in facts.listing(LOCATIONS) if one.get("isTrusted") and one.get("displayName") not in known]
    if others:
        names = ", ".join(f"'{one.get('displayName')}'" for one in others)
        return Verdict(FAIL, f"trusted as well: {names}")
    return Verdict(PASS, "no other is")


def _days_since_change(policy: Json, now: datetime.datetime) -> int | None:
    changed = policy.get("modifiedDateTime") or policy.get("createdDateTime")
    try:
        return (now - moments.moment(str(changed))).days
    except ValueError:
        return None


_CONDITIONAL_ACCESS = "Entra admin center, Conditional Access"

CHECKS: tuple[Check, ...] = (
    Check(
        "restriction-on",
        "The restriction of Syncro is on, or was put into report-only not long ago",
        "Run validate; where that says ready, run enforce.",
        _restriction,
    ),
    Check(
        "mfa-for-administrators",
        "Nobody who holds Global Administrator reaches the admin center with a password alone",
        f"Require MFA of all users, or of administrators, for all resources: {_CONDITIONAL_ACCESS}, New policy from template.",
        _administrators,
    ),
    Check(
        "mfa-for-everyone",
        "Nobody signs in with a password alone, to whatever application",
        f"Require MFA of all users for all resources: {_CONDITIONAL_ACCESS}, New policy from template.",
        _everyone,
    ),
    Check(
        "legacy-authentication",
        "Legacy authentication is blocked",
        f"Block legacy authentication for all users: {_CONDITIONAL_ACCESS}, New policy from template.",
        _legacy,
    ),
    Check(
        "left-in-report-only",
        "No other policy was left in report-only",
        "Turn the policy on, or delete it, if nobody looks at what it reports any more.",
        _left_in_report_only,
    ),
    Check(
        "trusted-elsewhere",
        "No location is trusted but those of the sites",
        "See that each is still needed: whoever is there skips what policies ask of all but trusted locations.",
        _trusted,
    ),
)
