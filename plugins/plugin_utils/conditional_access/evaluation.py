# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditional Access on our side: which policies apply to a sign-in, why the others do not, and what comes of it.

For policies that exist and for those that are only proposed, without a request. It answers what Graph's What If answers
(https://learn.microsoft.com/graph/api/conditionalaccessroot-evaluate), and where the sign-in does not say enough it says so: see
``three_valued``.

A set of policies is compiled once and asked for many sign-ins. Each condition keeps, for the facts it looks at, which of all
policies it rules out and of which it cannot tell, as bits of two numbers: sign-ins share most of their facts, and so a sign-in
costs a look-up a condition, however many policies there are.
"""

from __future__ import annotations

import datetime
import operator
import typing as t

from ..shape import Json
from . import controls, outcome
from .conditions import CONDITION_TABLE, Condition, Tenant, Test
from .controls import Requirement, SessionControls, State
from .known_applications import Application
from .location_condition import Locations
from .outcome import Outcome, Standing
from .sign_in import SignIn
from .three_valued import Unknown

ENABLED, DISABLED, REPORT_ONLY = "enabled", "disabled", "enabledForReportingButNotEnforced"

APPLIES, NOT_KNOWN = "notSet", "notEnoughInformation"

# How many different facts a condition remembers the answer for; then it starts anew.
_REMEMBERED = 20_000


class _Answers(t.NamedTuple):
    """What a condition says of all policies, by bits: ruled out, and not known. ``missing`` says for want of what."""

    ruled_out: int
    unknown: int
    missing: t.Mapping[int, frozenset[str]]


class _Asked:
    """A condition, compiled for those policies that set it."""

    def __init__(self, condition: Condition, tests: dict[int, Test], reasons: dict[int, str]):
        self.reasons = reasons
        self._tests = tests
        self._facts = operator.attrgetter(*condition.facts) if condition.facts else lambda sign_in: ()
        self._single = len(condition.facts) == 1
        self._prepare = condition.prepare
        self._remembered: dict[t.Any, _Answers] = {}

    def answers(self, sign_in: SignIn) -> _Answers:
        facts = self._facts(sign_in)
        found = self._remembered.get(facts)
        if found is None:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            found = self._remembered[facts] = self._ask((facts,) if self._single else facts)
        return found

    def _ask(self, facts: tuple[t.Any, ...]) -> _Answers:
        ruled_out = not_known = 0
        missing = {}
        prepared = self._prepare(*facts)
        for index, test in self._tests.items():
            answer = test(*prepared)
            if isinstance(answer, Unknown):
                not_known |= 1 << index
                missing[index] = answer.missing
            elif not answer:
                ruled_out |= 1 << index
        return _Answers(ruled_out, not_known, missing)


class Logged(t.NamedTuple):
    """What the sign-in log says of policies: when, and the result of each by its id. It knows facts that it does not show."""

    at: datetime.datetime
    results: t.Mapping[str, str]


_LOGGED_AS_APPLIED = {"success", "failure", "reportOnlySuccess", "reportOnlyFailure", "reportOnlyInterrupted"}
_LOGGED_AS_NOT_APPLIED = {"notApplied", "reportOnlyNotApplied"}


class PolicySet:
    """Policies, as Graph shows or would be sent them, with what they refer to.

    ``locations`` are the tenant's named locations, or None where they could not be read; ``mfa_trusted_ips`` are the CIDRs of the
    trusted IPs in MFA's own settings, which Graph does not show: empty where there are none, None where nobody has told.
    ``applications`` are those of which something is known beside the table of ``known_applications``. ``as_read`` are ids of
    policies and named locations that are as they were read from the tenant, and not as they are proposed: of these the log is
    believed.
    """

    def __init__(
        self,
        policies: t.Iterable[Json],
        locations: t.Iterable[Json] | None,
        applications: t.Iterable[Application] = (),
        mfa_trusted_ips: t.Iterable[str] | None = None,
        as_read: t.Iterable[str] = (),
    ):
        self.policies = tuple(policies)
        self.requirements = tuple(map(Requirement.of, self.policies))
        self._locations = None if locations is None else {place["id"].lower(): place for place in locations}
        named = None if self._locations is None else self._locations.values()
        known = {application.app_id: application for application in applications}
        self._tenant = Tenant(Locations(named, mfa_trusted_ips), known)
        self.enforced, self.report_only = self._with_state(ENABLED), self._with_state(REPORT_ONLY)
        self.disabled = self._with_state(DISABLED)
        self.empty = sum(1 << index for index, asked in enumerate(self.requirements) if not asked.asks)
        self.every = (1 << len(self.policies)) - 1
        # A state of a newer Graph may be as good as enabled.
        self.strange_states = self.every & ~(self.enforced | self.report_only | self.disabled)
        self.asked = [asked for asked in map(self._compiled, CONDITION_TABLE) if asked]
        self._controls = sorted({control for asked in self.requirements for control in asked.controls})
        self._numbers: dict[t.Any, int] = {}
        self._alike: dict[tuple[State, ...], int] = {}
        self._standings: list[list[Standing]] = []
        self._outcomes: dict[t.Any, tuple[Outcome, tuple[int, ...]]] = {}
        self._as_read = {object_id.lower() for object_id in as_read}
        self._unchanged_since = [self._last_change(policy) for policy in self.policies]

    def _with_state(self, state: str) -> int:
        return sum(1 << index for index, policy in enumerate(self.policies) if policy.get("state") == state)

    def _compiled(self, condition: Condition) -> _Asked | None:
        tests, reasons = {}, {}
        for index, policy in enumerate(self.policies):
            conditions = policy.get("conditions") or {}
            test = None if (self.disabled | self.empty) >> index & 1 else condition.compile(conditions, self._tenant)
            if test:
                tests[index], reasons[index] = test, condition.reason_for(conditions)
        return _Asked(condition, tests, reasons) if tests else None

    def name(self, index: int) -> str:
        """What people call a policy of the set."""
        policy = self.policies[index]
        return str(policy.get("displayName") or policy.get("id"))

    def evaluate(self, sign_in: SignIn, logged: Logged | None = None) -> Evaluation:
        """The set's word on a sign-in. ``logged`` settles what is unknown of policies that are as the log knew them."""
        answers = [asked.answers(sign_in) for asked in self.asked]
        ruled_out, not_known = self.disabled | self.empty, self.strange_states
        for answer in answers:
            ruled_out |= answer.ruled_out
            not_known |= answer.unknown
        not_known &= ~ruled_out
        by_log = 0
        if logged and not_known:
            for index in _bits(not_known):
                word = self._logged_word(index, logged)
                if word:
                    by_log |= 1 << index
                    ruled_out |= (1 << index) if word in _LOGGED_AS_NOT_APPLIED else 0
            not_known &= ~by_log
        return Evaluation(self, sign_in, answers, ruled_out, not_known, by_log)

    def _logged_word(self, index: int, logged: Logged) -> str | None:
        """The log's word on a policy, where the policy is the one that the log speaks of."""
        since = self._unchanged_since[index]
        word = logged.results.get(str(self.policies[index].get("id")).lower())
        told = word in _LOGGED_AS_APPLIED or word in _LOGGED_AS_NOT_APPLIED
        return word if told and since and since < logged.at else None

    def _last_change(self, policy: Json) -> datetime.datetime | None:
        """When the policy and its locations were last changed, or None: one that is proposed was not there, and which locations
        were trusted at a time cannot be told, since those that were deleted are not shown."""
        value = (policy.get("conditions") or {}).get("locations") or {}
        names = {*(value.get("includeLocations") or ()), *(value.get("excludeLocations") or ())} - {"All"}
        found = [policy, *((self._locations or {}).get(name.lower(), {}) for name in names)]
        times = [moment(one.get("modifiedDateTime") or one.get("createdDateTime")) for one in found]
        read = all(str(one.get("id")).lower() in self._as_read for one in found)
        return max(time for time in times if time) if read and None not in times else None

    def standings(self, sign_in: SignIn) -> tuple[int, t.Sequence[Standing]]:
        """Where the sign-in stands with what every policy of the set asks for, and a number that is the same wherever it stands
        alike."""
        facts = _CONTROL_FACTS(sign_in)
        number = self._numbers.get(facts)
        if number is None:
            if len(self._numbers) >= _REMEMBERED:
                self._numbers.clear()
            states = {control: controls.state(control, sign_in) for control in self._controls}
            number = self._numbers[facts] = self._alike.setdefault(tuple(states.values()), len(self._alike))
            if number == len(self._standings):
                self._standings.append(
                    [Standing.of(index, asked, states) for index, asked in enumerate(self.requirements)]
                )
        return number, self._standings[number]

    def outcome(self, applying: int, perhaps: int, sign_in: SignIn) -> tuple[Outcome, tuple[int, ...]]:
        """What comes of policies that apply and of those that may, by bits, and which of them decided."""
        number, standings = self.standings(sign_in)
        key = (applying, perhaps, number)
        found = self._outcomes.get(key)
        if found is None:
            if len(self._outcomes) >= _REMEMBERED:
                self._outcomes.clear()
            certain, possible = ([standings[index] for index in _bits(bits)] for bits in (applying, perhaps))
            bare, deciding = outcome.combined(certain, possible)
            complete = Outcome(
                bare.verdict,
                bare.best,
                bare.worst,
                bare.needs,
                tuple(sorted(map(self.name, deciding))),
                SessionControls.of(self.policies[standing.place] for standing in certain),
            )
            found = self._outcomes[key] = (complete, deciding)
        return found


_CONTROL_FACTS = operator.attrgetter(*controls.FACTS)


def _bits(number: int) -> t.Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def moment(text: str | None) -> datetime.datetime | None:
    """A time as Graph writes it, or None for what is none."""
    try:
        found = datetime.datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


class PolicyEvaluation(t.NamedTuple):
    """What one policy has to say of a sign-in.

    ``applies`` is None where it is not known; then ``missing`` are the facts that would tell, in words for people. ``reason`` is
    Graph's: notSet where it applies, notEnoughInformation where that is not known, else the first condition that was not met.
    ``result`` is what the sign-in log would have for it (https://learn.microsoft.com/graph/api/resources/
    appliedconditionalaccesspolicy). ``by_log`` is true where only the log told; the reason is then not known.
    """

    policy: Json
    applies: bool | None
    reason: str
    result: str
    missing: tuple[str, ...] = ()
    by_log: bool = False


class Evaluation:
    """A set of policies and a sign-in. What is asked for is worked out then, so that a replay pays for no more than it uses."""

    __slots__ = ("_answers", "_by_log", "_not_known", "_ruled_out", "_set", "sign_in")

    def __init__(
        self,
        policy_set: PolicySet,
        sign_in: SignIn,
        answers: t.Sequence[_Answers],
        ruled_out: int,
        not_known: int,
        by_log: int,
    ):
        self._set = policy_set
        self.sign_in = sign_in
        self._answers = answers
        self._ruled_out, self._not_known, self._by_log = ruled_out, not_known, by_log

    @property
    def undecided(self) -> bool:
        """Whether it is not known of some policy if it applies."""
        return bool(self._not_known)

    @property
    def outcome(self) -> Outcome:
        """What comes of it. Policies in report-only and disabled ones have no part in that."""
        return self._outcome(self._set.enforced | self._set.strange_states)

    @property
    def outcome_if_enforced(self) -> Outcome:
        """What would come of it if the policies in report-only were on."""
        return self._outcome(self._set.every & ~self._set.disabled)

    def _outcome(self, of: int) -> Outcome:
        applying = of & ~self._ruled_out & ~self._not_known
        found, deciding = self._set.outcome(applying, of & self._not_known, self.sign_in)
        if found.verdict != outcome.UNKNOWN:
            return found
        missing = {fact for index in deciding for fact in self._missing(index)}
        missing |= {
            f"what {path} asks for, which is of a newer Graph"
            for index in deciding
            for path in self._set.requirements[index].strange
        }
        return Outcome(
            found.verdict, found.best, found.worst, found.needs, found.policies, found.session, tuple(sorted(missing))
        )

    def _missing(self, index: int) -> set[str]:
        if not self._not_known >> index & 1:
            return set()
        missing = {fact for answer in self._answers for fact in answer.missing.get(index, ())}
        if self._set.strange_states >> index & 1:
            missing.add(
                f"what the policy's state {self._set.policies[index].get('state')} means, a word of a newer Graph"
            )
        return missing

    @property
    def policies(self) -> list[PolicyEvaluation]:
        """What every policy has to say, in the order they were given in."""
        return [self.policy(index) for index in range(len(self._set.policies))]

    @property
    def applying(self) -> list[Json]:
        """The policies that apply for certain, those in report-only among them."""
        return [self._set.policies[index] for index in _bits(self._set.every & ~self._ruled_out & ~self._not_known)]

    def policy(self, index: int) -> PolicyEvaluation:
        """What one policy has to say, by its place in the set."""
        policy, by_log = self._set.policies[index], bool(self._by_log >> index & 1)
        if self._not_known >> index & 1:
            return PolicyEvaluation(policy, None, NOT_KNOWN, "unknown", tuple(sorted(self._missing(index))))
        applies = not self._ruled_out >> index & 1
        reason = APPLIES if applies else NOT_KNOWN if by_log else self._reason(index)
        return PolicyEvaluation(policy, applies, reason, self._result(index, applies), by_log=by_log)

    def _reason(self, index: int) -> str:
        if self._set.disabled >> index & 1:
            return "policyNotEnabled"
        if self._set.empty >> index & 1:
            return "emptyPolicy"
        pairs = zip(self._set.asked, self._answers, strict=True)
        return next(asked.reasons[index] for asked, answer in pairs if answer.ruled_out >> index & 1)

    def _result(self, index: int, applies: bool) -> str:
        """The words of concept-conditional-access-report-only, policy evaluation results. Whether the log of an enforced policy
        calls a sign-in that is waiting for the user a success or a failure is not documented, and policies for user actions are
        not evaluated in report-only."""
        if self._set.disabled >> index & 1:
            return "notEnabled"
        report_only = bool(self._set.report_only >> index & 1)
        applications = (self._set.policies[index].get("conditions") or {}).get("applications") or {}
        if not applies:
            return "reportOnlyNotApplied" if report_only else "notApplied"
        if report_only and applications.get("includeUserActions"):
            return "unknown"
        state = self._set.standings(self.sign_in)[1][index].state
        return _RESULTS[report_only].get(state, "unknown")


_RESULTS = {
    False: {State.MET: "success", State.FAILED: "failure"},
    True: {
        State.MET: "reportOnlySuccess",
        State.FAILED: "reportOnlyFailure",
        State.ASKED: "reportOnlyInterrupted",
    },
}
