# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen of a policy before it is enforced: the sign-ins of the last days by the log's word and by ours, and What If."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import ipaddress
import typing as t

from .. import directory, reconcile
from ..graph.errors import BadInput, GraphError
from ..graph.odata import address, literal
from ..graph.reads import Reads
from ..options import Options
from ..shape import Json, Named
from . import addresses, audit_log, moments, names, restriction, what_if
from .evaluation import PolicySet
from .known_applications import from_service_principal
from .policy import Policy
from .policy_references import LOCATIONS, POLICIES, locations_of
from .replay import BLOCKED, UNKNOWN, Judged, Members, Replay, Suggestions, user_of
from .sign_in_log import SignInReader

# Of more people than that, those who signed in most are asked about.
TECHNICIANS = 40
# Reserved for ever (RFC 1112), so that no site can have one and nobody signs in from one: addresses of a stranger.
_STRANGERS = [ipaddress.ip_address(0xF0000001 + (number << 24)) for number in range(15)]

ELSEWHERE = "a stranger's address"

WOULD_SUCCEED = {"reportOnlyNotApplied", "reportOnlySuccess", "notApplied", "success"}
WOULD_FAIL = {"reportOnlyFailure", "failure"}


@dataclasses.dataclass
class Seen:
    """The sign-ins of people to the application in the window. Counts are of those that succeeded or that a policy stopped."""

    count: int = 0
    at_sites: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    # User and address, of sign-ins that the policy would block, at a site and elsewhere.
    stopped_at_site: collections.Counter[tuple[str, str]] = dataclasses.field(default_factory=collections.Counter)
    stopped_elsewhere: collections.Counter[tuple[str, str]] = dataclasses.field(default_factory=collections.Counter)
    unknown: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    # What the log itself says, in the article's words, of sign-ins since the policy and its locations last changed.
    log: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    contradicted: list[str] = dataclasses.field(default_factory=list)
    service: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    users: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    ids: dict[str, str] = dataclasses.field(default_factory=dict)
    suggestions: Suggestions = dataclasses.field(default_factory=Suggestions)


class Asked(t.NamedTuple):
    """One What If: who, from where, whether the policy should apply, and whether it does."""

    who: str
    where: str
    expected: bool
    applies: bool | None


@dataclasses.dataclass
class Facts:
    """What was read. ``log_refused`` and ``what_if_refused`` are Graph's words where that part could not be."""

    policy: Json
    locations: t.Sequence[Json]
    changed: datetime.datetime | None
    sites: list[Options]
    seen: Seen
    asked: list[Asked]
    restriction: restriction.Judged
    log_refused: str = ""
    what_if_refused: str = ""


def gather(options: Options, reads: Reads, now: datetime.datetime) -> Facts:
    """Read everything. Raises EntraError where the policy, the application or an account is not there."""
    found, policies, locations = _looked_up(options, reads)
    policy = reconcile.identify(Policy(), policies, None, options["policy"])
    if policy is None:
        raise BadInput(
            [f"policy: there is no policy '{options['policy']}' in this tenant; deploy it first."], looked=True
        )
    application = t.cast(Json, found.one("application", options["application"]))
    excluded = {
        one.lower() for one in ((policy.get("conditions") or {}).get("locations") or {}).get("excludeLocations") or ()
    }
    places = [
        one for one in locations if one["id"].lower() in excluded or ("alltrusted" in excluded and one.get("isTrusted"))
    ]
    facts = Facts(
        policy,
        locations,
        _last_change(policy, locations),
        _sites(places),
        Seen(),
        [],
        _restriction(policy, application, [found.one("user", name) for name in _spared(options)], reads),
    )
    try:
        _replay(facts, options, reads, found, application, locations, now)
    except GraphError as error:
        facts.log_refused = str(error)
    try:
        facts.asked = list(_what_if(facts, options, reads, found, application))
    except GraphError as error:
        facts.what_if_refused = str(error)
    return facts


def _spared(options: Options) -> list[str]:
    """The accounts that nothing may stop, as they were given."""
    return [*options["break_glass_accounts"], *([options["service_account"]] if options["service_account"] else [])]


def _restriction(policy: Json, application: Json, spared: t.Sequence[Json | None], reads: Reads) -> restriction.Judged:
    """The policy by itself. Names are looked up only where there is something to be said of it."""
    ids = [account["id"] for account in spared if account]
    judged = restriction.judged(policy, application["appId"], ids)
    if not any(judged):
        return judged
    say = names.saying([policy], reads)
    own = {application["appId"]: f"'{application.get('displayName')}'"}
    return restriction.judged(policy, application["appId"], ids, lambda one: own.get(one) or say(one))


def _looked_up(options: Options, reads: Reads) -> tuple[directory.Found, list[Json], list[Json]]:
    named = [Named("application", options["application"], audit_log.APPLICATION)]
    named += [
        Named(f"{option}[{number}]", value, audit_log.USER)
        for option in ("break_glass_accounts", "technicians")
        for number, value in enumerate(options[option])
    ]
    if options["service_account"]:
        named.append(Named("service_account", options["service_account"], audit_log.USER))
    wanted = directory.Wanted(named)
    policies, locations = reads.listings([POLICIES, LOCATIONS, *wanted.paths()])[:2]
    found = wanted.found(reads)
    if problems := found.problems():
        raise BadInput(problems, looked=True)
    return found, policies, locations


def _sites(places: t.Sequence[Json]) -> list[Options]:
    """The locations that the policy leaves out, as sites."""
    return [
        {
            "name": str(one.get("displayName")),
            "cidrs": [r["cidrAddress"] for r in one.get("ipRanges") or () if r.get("cidrAddress")],
        }
        for one in places
    ]


def _last_change(policy: Json, locations: t.Sequence[Json]) -> datetime.datetime | None:
    """When the policy, or a location that it names, was last changed. What the log said before that was of another policy."""
    named = locations_of(policy)
    times = [
        moments.moment(text)
        for one in (policy, *(place for place in locations if place["id"].lower() in named))
        if (text := one.get("modifiedDateTime") or one.get("createdDateTime"))
    ]
    return max(times, default=None)


def _replay(
    facts: Facts,
    options: Options,
    reads: Reads,
    found: directory.Found,
    application: Json,
    locations: t.Sequence[Json],
    now: datetime.datetime,
) -> None:
    known = [from_service_principal(application, web=True)]
    members = Members([facts.policy], reads)
    reader = SignInReader(reads.session.tenant_id, members.known, known)
    replay = Replay(PolicySet([facts.policy], locations, known), reader, audit_log.Places(facts.sites), members)
    since = audit_log.Window(now - datetime.timedelta(days=options["days"]), None)
    conditions = [*since.conditions(), f"appId eq {literal(application['appId'])}"]
    account = found.one("user", options["service_account"]) if options["service_account"] else None
    entries = reads.session.each(address(audit_log.LOG, filter=" and ".join(conditions)))
    for one in replay.judged(entries):
        if isinstance(one, Judged):
            own = bool(account) and str(one.entry.get("userId")).lower() == t.cast(Json, account)["id"].lower()
            _count(facts, one, own)


def _count(facts: Facts, one: Judged, service: bool) -> None:
    seen, entry = facts.seen, one.entry
    if service:
        seen.service[one.verdict] += 1
        return
    who = (user_of(entry), str(entry.get("ipAddress")))
    seen.count += 1
    seen.users[who[0]] += 1
    if entry.get("userId"):
        seen.ids[who[0]] = str(entry["userId"]).lower()
    seen.suggestions.add(one)
    if one.site is not None:
        seen.at_sites[one.site] += 1
    if one.verdict == BLOCKED:
        (seen.stopped_elsewhere if one.site is None else seen.stopped_at_site)[who] += 1
    seen.unknown.update(one.missing if one.verdict == UNKNOWN else ())
    _compare(facts, one)


def _compare(facts: Facts, one: Judged) -> None:
    """The log's own word on the policy, and whether ours is the same."""
    at = moments.moment(one.entry["createdDateTime"]) if one.entry.get("createdDateTime") else None
    if facts.changed is None or at is None or at <= facts.changed:
        return
    results = [
        applied.get("result")
        for applied in one.entry.get("appliedConditionalAccessPolicies") or ()
        if str(applied.get("id")).lower() == facts.policy["id"].lower()
    ]
    word = "Would succeed" if set(results) & WOULD_SUCCEED else "Would fail" if set(results) & WOULD_FAIL else ""
    if not word:
        facts.seen.log["not told"] += 1
        return
    facts.seen.log[word] += 1
    if one.verdict != UNKNOWN and (one.verdict == BLOCKED) != (word == "Would fail"):
        facts.seen.contradicted.append(
            f"{user_of(one.entry)} from {one.entry.get('ipAddress')} at {one.entry['createdDateTime']}"
        )


def _what_if(
    facts: Facts, options: Options, reads: Reads, found: directory.Found, application: Json
) -> t.Iterator[Asked]:
    """Every technician at every site and at a stranger's address, and there the accounts that nothing may stop."""
    stranger = _stranger(audit_log.Places(facts.sites))
    spots = [(site["name"], _within(text)) for site in facts.sites for text in site["cidrs"][:1]]
    spared = {name: t.cast(Json, found.one("user", name))["id"] for name in _spared(options)}
    people = _people(facts, options, found, {one.lower() for one in spared.values()})
    rows = [(who, one, where, ip, False) for who, one in people.items() for where, ip in spots]
    rows += [(who, one, ELSEWHERE, stranger, True) for who, one in people.items()]
    rows += [(who, one, ELSEWHERE, stranger, False) for who, one in spared.items()]
    to = what_if.to_application(application["appId"])
    questions = [
        what_if.question(what_if.as_user(one), to, {"ip_address": ip}) for dummy, one, dummy, ip, dummy in rows
    ]
    for (who, dummy, where, dummy, expected), policies in zip(rows, what_if.answers(reads, questions), strict=True):
        told = [one["applies"] for one in policies if str(one["id"]).lower() == facts.policy["id"].lower()]
        yield Asked(who, where, expected, told[0] if told else None)


def _stranger(places: audit_log.Places) -> str:
    """An address at no site."""
    return next(str(one) for one in _STRANGERS if places.site(str(one)) is None)


def _within(cidr: str) -> str:
    """An address of a range."""
    network = addresses.network(cidr)
    return str(network[0] if network.num_addresses <= 2 else network[1])


def _people(facts: Facts, options: Options, found: directory.Found, spared: t.Collection[str]) -> dict[str, str]:
    """Whom to ask about, with their ids: those named, else those in the log who sign in most. Not whom nothing may stop."""
    if options["technicians"]:
        return {name: t.cast(Json, found.one("user", name))["id"] for name in options["technicians"]}
    seen = {who: facts.seen.ids[who] for who, dummy in facts.seen.users.most_common(TECHNICIANS)}
    return {who: one for who, one in seen.items() if one.lower() not in spared}
