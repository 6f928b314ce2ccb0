# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a policy is proven: ready to be enforced, not ready, or not known, with the reasons.

Each reason is a check with a verdict of its own. Ready is only what every check has passed: what could not be seen is not proven.
"""

from __future__ import annotations

import datetime
import typing as t

from ..counted import counted
from ..graph.reads import Reads
from ..options import ArgumentSpec, Options
from . import audit_log, fingerprint, moments, sites
from .policy_checks import account_problems
from .policy_schema import ENFORCEMENT
from .replay import BLOCKED
from .validation_facts import WOULD_FAIL, WOULD_SUCCEED, Facts, gather
from .verdicts import FAIL, PASS, UNKNOWN, Unread, Verdict, shown, unread

READY, NOT_READY, NOT_KNOWN = "ready", "not ready", "unknown"

# How many people are told with Graph's words.
_TOLD = 3

_STATES = {graph: option for option, graph in ENFORCEMENT.items()}


class Check(t.NamedTuple):
    """One reason for or against."""

    id: str
    title: str
    remedy: str
    look: t.Callable[[Facts, Options, datetime.datetime], Verdict]


# Why is said once, by the first check that needs it.
_UNREAD = "the sign-in log could not be read"


def _state(facts: Facts, options: Options, now: datetime.datetime) -> Verdict:
    state = _enforcement(facts)
    if state == "disabled":
        return Verdict(FAIL, "it is off, so nothing was logged of it")
    told = {"report_only": "in report-only, it logs and blocks nobody", "enabled": "on, and it blocks"}
    return Verdict(PASS, told.get(state, f"its state is {state}"))


def _enforcement(facts: Facts) -> str:
    """The policy's state in the modules' words; one of a newer Graph in Graph's."""
    state = str(facts.policy.get("state"))
    return _STATES.get(state, state)


def _restriction(facts: Facts, options: Options, now: datetime.datetime) -> Verdict:
    wrong, narrowed = facts.restriction
    if narrowed and options["allow_narrowed"] and not wrong:
        return Verdict(PASS, f"narrower, which is allowed: {'; '.join(narrowed)}")
    if wrong or narrowed:
        return Verdict(FAIL, "; ".join([*wrong, *narrowed]))
    return Verdict(PASS, "it blocks all users from any location but those that it leaves out")


def _ended(facts: Facts, options: Options, now: datetime.datetime) -> Verdict:
    there = {site["name"] for site in facts.sites}
    ended = sites.split(options["sites"], now)[1]
    left = [site for site in ended if f"{options['location_prefix']}{site['name'].strip()}" in there]
    if left:
        told = [f"'{site['name'].strip()}' has ended at {moments.told(site['expires'])}" for site in left]
        return Verdict(FAIL, f"{' and '.join(told)}, and the policy still lets in who is there")
    if not options["sites"]:
        return Verdict(PASS, "no site is named with an end")
    gone = ", and none of these is let in" if ended else ""
    return Verdict(PASS, f"{len(ended)} of {len(options['sites'])} sites have ended{gone}")


def _soak(facts: Facts, options: Options, now: datetime.datetime) -> Verdict:
    if facts.changed is None:
        return Verdict(UNKNOWN, "Graph does not say when the policy was last changed")
    age = (now - facts.changed).total_seconds() / 86400
    told = f"it and its sites are unchanged since {moments.written(facts.changed)}, {age:.1f} days"
    return Verdict(PASS if age >= options["soak_days"] else FAIL, f"{told}; {options['soak_days']} are asked for")


def _enough(facts: Facts, options: Options, now: datetime.datetime) -> Verdict:
    if facts.log_refused:
        raise unread(facts.log_refused)
    told = f"{counted(facts.seen.count, 'sign-in')} in {counted(options['days'], 'day')}"
    told = f"{told}; {options['minimum_sign_ins']} are asked for"
    return Verdict(PASS if facts.seen.count >= options["minimum_sign_ins"] else FAIL, told)


def _sites(facts: Facts, options: Options, now: datetime.datetime) -> Verdict:
    if facts.log_refused:
        raise Unread(_UNREAD, unread(facts.log_refused).remedy)
    if not facts.sites:
        return Verdict(FAIL, "the policy leaves out no location that is there")
    # Who is where by GPS, only the Authenticator app knows.
    unseen = [one["name"] for one in facts.sites if one["name"] not in facts.seen.at_sites and not one["by_gps"]]
    seen = [f"{name} {count}" for name, count in facts.seen.at_sites.items()]
    spared = {f"{options['location_prefix']}{name}" for name in sites.not_waited_for(options["sites"], seen)}
    missing, ending = [one for one in unseen if one not in spared], [one for one in unseen if one in spared]
    if missing and options["every_site_seen"]:
        return Verdict(FAIL, f"nobody signed in from {' and '.join(missing)}; seen: {', '.join(seen) or 'none'}")
    by_gps = [one["name"] for one in facts.sites if one["by_gps"]]
    told = [f"sign-ins: {', '.join(seen) or 'none'}", *([f"not seen: {', '.join(missing)}"] if missing else [])]
    told += [f"not seen, and need not be, as it has an end: {', '.join(ending)}"] if ending else []
    told += [f"who is at {' and '.join(by_gps)} the log does not tell"] if by_gps else []
    return Verdict(PASS, "; ".join(told))


def _trusted(facts: Facts, options: Options, now: datetime.datetime) -> Verdict:
    if facts.log_refused:
        raise Unread(_UNREAD, unread(facts.log_refused).remedy)
    stopped, allowed = facts.seen.stopped_at_site, options["trusted_failures_allowed"]
    if sum(stopped.values()) > allowed:
        return Verdict(FAIL, f"these would be: {_people(stopped)}")
    count = sum(stopped.values())
    told = f"{counted(count, 'sign-in')} would be, and {allowed} are allowed" if count else "no sign-in there would be"
    return Verdict(PASS, told)


def _outside(facts: Facts, options: Options, now: datetime.datetime) -> Verdict:
    if facts.log_refused:
        raise Unread(_UNREAD, unread(facts.log_refused).remedy)
    expected = {name.lower() for name in options["expected_blocked"]}
    stopped = {
        key: n for key, n in facts.seen.stopped_elsewhere.items() if not expected & {key[0].lower(), key[1].lower()}
    }
    if stopped:
        return Verdict(FAIL, f"these would be: {_people(stopped)}")
    meant = sum(facts.seen.stopped_elsewhere.values())
    told = f"{counted(meant, 'sign-in')} would be, as is meant" if meant else "no sign-in elsewhere would be"
    return Verdict(PASS, told)


def _known(facts: Facts, options: Options, now: datetime.datetime) -> Verdict:
    if facts.log_refused:
        raise Unread(_UNREAD, unread(facts.log_refused).remedy)
    if facts.seen.unknown:
        told = "; ".join(f"{fact} ({count})" for fact, count in facts.seen.unknown.most_common(3))
        return Verdict(UNKNOWN, f"some could not, for want of {told}")
    return Verdict(PASS, f"{counted(facts.seen.count, 'sign-in')}, none of them in doubt")


def _log(facts: Facts, options: Options, now: datetime.datetime) -> Verdict:
    if facts.log_refused:
        raise Unread(_UNREAD, unread(facts.log_refused).remedy)
    if facts.seen.contradicted:
        return Verdict(FAIL, f"the log says otherwise than the replay: {'; '.join(facts.seen.contradicted[:3])}")
    log = facts.seen.log
    judged, count = log[WOULD_SUCCEED] + log[WOULD_FAIL], sum(log.values())
    if not judged:
        why = "as the application may not read policies" if count else "as nobody has signed in since it last changed"
        return Verdict(UNKNOWN, f"the log tells nothing of the policy as it is, {why}")
    told = f"since it last changed: {', '.join(f'{word} {number}' for word, number in sorted(log.items()) if number)}"
    if judged * 100 < options["log_share"] * count:
        of = f"{judged} of {count} have its verdict, {options['log_share']} % are asked for"
        return Verdict(UNKNOWN, f"{told}; {of}; without one: {_people(facts.seen.untold)}")
    return Verdict(PASS, told)


def _what_if(facts: Facts, options: Options, now: datetime.datetime) -> Verdict:
    if facts.what_if_refused:
        raise unread(facts.what_if_refused)
    asked, gone, refused = facts.answers.asked, facts.answers.gone, facts.answers.refused
    left = f"; not asked about, as they have left the tenant: {', '.join(gone)}" if gone else ""
    wrong = [one for one in asked if one.applies is not None and one.applies != one.expected]
    silent = sorted({one.who for one in asked if one.applies is None})
    if wrong:
        told = [
            f"{one.who} {'would not be stopped' if one.expected else 'would be stopped'} at {one.where}"
            for one in wrong
        ]
        return Verdict(FAIL, "; ".join(told[:5]))
    if refused:
        told = [f"{who}: {why}" for who, why in list(refused.items())[:_TOLD]]
        return Verdict(UNKNOWN, f"no answer for {len(refused)}: {'; '.join(told)}{left}")
    if silent:
        return Verdict(
            UNKNOWN, f"Graph did not say of this policy whether it applies to {', '.join(silent[:_TOLD])}{left}"
        )
    if not asked:
        return Verdict(UNKNOWN, f"there is nobody to ask about; name technicians{left}")
    return Verdict(PASS, f"{len(asked)} questions, all answered as meant{left}")


def _service(facts: Facts, options: Options, now: datetime.datetime) -> Verdict:
    if not options["service_account"]:
        return Verdict(
            PASS,
            "none is named, so none is left out; if Syncro's integration signs in to this tenant with an account, the policy "
            "stops it once it is on",
        )
    verdicts, logged = facts.seen.service, facts.seen.service_log[WOULD_FAIL]
    blocked, unknown, count = verdicts[BLOCKED], verdicts[NOT_KNOWN], sum(verdicts.values())
    told = f"{blocked} of its {count} sign-ins would be blocked"
    if blocked or logged:
        return Verdict(FAIL, told + (f"; the log itself says so of {logged}" if logged else ""))
    if facts.service_excluded:
        return Verdict(PASS, "the policy leaves it out by name" + (f"; {told}" if count else ""))
    if facts.log_refused:
        raise Unread(_UNREAD, unread(facts.log_refused).remedy)
    if not count:
        return Verdict(UNKNOWN, "the policy does not leave it out by name, and it has not signed in")
    if unknown:
        return Verdict(
            UNKNOWN,
            f"the policy does not leave it out by name, and {unknown} of its {count} sign-ins could not be judged",
        )
    return Verdict(PASS, told)


def _people(stopped: t.Mapping[tuple[str, str], int]) -> str:
    most = sorted(stopped.items(), key=lambda item: (-item[1], item[0]))
    told = [f"{who} from {ip} ({counted(count, 'time')})" for (who, ip), count in most[:10]]
    return ", ".join(told) + (f" and {len(most) - 10} more" if len(most) > 10 else "")


CHECKS: tuple[Check, ...] = (
    Check(
        "state",
        "The policy is in report-only, or on",
        "Run msp.entra.deploy, which puts it into report-only, wait for sign-ins, and validate again.",
        _state,
    ),
    Check(
        "restriction",
        "The policy is the restriction that deploy makes",
        "Run msp.entra.deploy, which puts it back, and validate again; or allow a narrower one with "
        "syncro_validation_allow_narrowed.",
        _restriction,
    ),
    Check("sites-ended", "No site that has ended is let in", "Run msp.entra.deploy, which takes it out.", _ended),
    Check(
        "soak",
        "It has been unchanged for long enough",
        "Wait, and validate again. A deploy that changes one of them begins anew.",
        _soak,
    ),
    Check("sign-ins", "There were enough sign-ins", "Wait until people have signed in, and validate again.", _enough),
    Check(
        "sites-seen",
        "Every site was seen",
        "Have somebody sign in to Syncro from that site, or correct its range in syncro_sites. One that is for a while only, as "
        "a journey is, gets its end in expires and need not be seen; with syncro_validation_every_site_seen: false none need be.",
        _sites,
    ),
    Check(
        "trusted",
        "Nobody at a site would be blocked",
        "Look at the policy's other conditions, and at the site's ranges.",
        _trusted,
    ),
    Check(
        "outside",
        "Nobody would be blocked who is not meant to be",
        "Add the address to syncro_sites where it is a site, or name who is meant to be blocked in "
        "syncro_validation_expected_blocked.",
        _outside,
    ),
    Check("known", "Every sign-in could be judged", "See what the policy asks for that the log does not tell.", _known),
    Check(
        "log",
        "The sign-in log says the same as the replay",
        "Wait for sign-ins since the last change; they are logged within some hours.",
        _log,
    ),
    Check("what-if", "What If says what is meant", "Look at who the policy is for, and at its locations.", _what_if),
    Check(
        "service-account",
        "The service account would not be blocked",
        "Name it in syncro_service_account, and run msp.entra.deploy, which leaves it out.",
        _service,
    ),
)


def _problems(options: Options) -> list[str]:
    limits = {
        "days": (1, audit_log.KEPT_DAYS),
        "soak_days": (0, 365),
        "minimum_sign_ins": (0, 10**6),
        "trusted_failures_allowed": (0, 10**6),
        "log_share": (1, 100),
    }
    return [
        f"{name}: {options[name]} is not between {low} and {high}."
        for name, (low, high) in limits.items()
        if not low <= options[name] <= high
    ]


SPEC = ArgumentSpec(
    {
        "policy": {"type": "str", "required": True},
        "application": {"type": "str", "required": True},
        "break_glass_accounts": {"type": "list", "elements": "str", "default": []},
        "service_account": {"type": "str"},
        "technicians": {"type": "list", "elements": "str", "default": []},
        "expected_blocked": {"type": "list", "elements": "str", "default": []},
        "days": {"type": "int", "default": 14},
        "soak_days": {"type": "int", "default": 7},
        "minimum_sign_ins": {"type": "int", "default": 10},
        "trusted_failures_allowed": {"type": "int", "default": 0},
        "every_site_seen": {"type": "bool", "default": True},
        "log_share": {"type": "int", "default": 95},
        "sites": sites.OPTION,
        "location_prefix": {"type": "str", "default": "Trusted - "},
        "allow_narrowed": {"type": "bool", "default": False},
    },
    checks=(_problems, sites.problems_of, account_problems),
)


def _result(check: Check, facts: Facts, options: Options, now: datetime.datetime) -> Options:
    """A check as the module shows it."""
    try:
        return shown(*check[:3], check.look(facts, options, now))
    except Unread as why:
        # The check's own remedy is for what is wrong, and nothing is known to be.
        return shown(check.id, check.title, why.remedy, Verdict(UNKNOWN, str(why)))


def validated(options: Options, reads: Reads) -> Options:
    """Look at everything and say whether the policy is proven. Raises EntraError where it or who it is for is not there."""
    now = datetime.datetime.now(datetime.UTC)
    facts = gather(options, reads, now)
    checks = [_result(check, facts, options, now) for check in CHECKS]
    found = {check["status"] for check in checks}
    verdict = NOT_READY if FAIL in found else NOT_KNOWN if UNKNOWN in found else READY
    reasons = [f"{check['title']}: {check['evidence']}." for check in checks if check["status"] != PASS]
    return {
        "changed": False,
        "verdict": verdict,
        "enforcement": _enforcement(facts),
        "reasons": reasons,
        "checks": checks,
        "what_if": [{**one._asdict(), "as_meant": one.applies == one.expected} for one in facts.answers.asked],
        "users": sorted(set(facts.seen.ids.values())),
        "names": {one: who for who, one in sorted(facts.seen.ids.items())},
        "suggestions": facts.seen.suggestions.shown(),
        "warnings": facts.warnings,
        "evidence": {
            "verdict": verdict,
            # To the microsecond: a change in the same second is a change.
            "at": now.isoformat(),
            "tenant": reads.session.tenant_id,
            "policy": facts.policy["id"],
            "policy_changed": facts.changed and moments.written(facts.changed),
            "seen": fingerprint.seen(facts.policy, facts.locations),
            "reasons": reasons,
        },
    }
