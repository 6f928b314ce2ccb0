# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen of a policy before it is enforced: the sign-ins of the last days by the log's word and by ours, and What If."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import typing as t

from .. import directory, reconcile
from ..graph.errors import BadInput, EntraError, GraphError, OutOfPatience, Unreachable
from ..graph.odata import address, literal
from ..graph.reads import Reads
from ..options import Options
from ..shape import Json, Named
from . import administrators, audit_log, moments, names, restriction
from .administrators import ADMINISTRATORS
from .evaluation import PolicySet
from .known_applications import from_service_principal
from .policy_kind import Policy
from .policy_references import LOCATIONS, POLICIES, locations_of
from .replay import BLOCKED, UNKNOWN, Judged, Members, Replay, Suggestions, user_of
from .sign_in_log import SignInReader, applied_policies
from .validation_questions import Answers, ask

# Of more people than that, those who signed in most are asked about.
TECHNICIANS = 40

WOULD_SUCCEED, WOULD_FAIL, NOT_TOLD = "Would succeed", "Would fail", "not told"
# In the article's words.
_WORDS = {
    **dict.fromkeys(("reportOnlyNotApplied", "reportOnlySuccess", "notApplied", "success"), WOULD_SUCCEED),
    **dict.fromkeys(("reportOnlyFailure", "failure"), WOULD_FAIL),
}
# What a part of the look can end with and leave the rest as it is.
_OF_ONE_PART = (GraphError, OutOfPatience, Unreachable)

Who = tuple[str, str]


@dataclasses.dataclass
class Seen:
    """The sign-ins of people to the application in the window. Counts are of those that succeeded or that a policy stopped."""

    count: int = 0
    at_sites: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    # User and address, of sign-ins that the policy would block, at a site and elsewhere.
    stopped_at_site: collections.Counter[Who] = dataclasses.field(default_factory=collections.Counter)
    stopped_elsewhere: collections.Counter[Who] = dataclasses.field(default_factory=collections.Counter)
    unknown: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    # What the log itself says of sign-ins since the policy and its locations last changed, and of whose it says nothing.
    log: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    untold: collections.Counter[Who] = dataclasses.field(default_factory=collections.Counter)
    contradicted: list[str] = dataclasses.field(default_factory=list)
    # The same of the service account: our verdicts, and the log's.
    service: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    service_log: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    users: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    ids: dict[str, str] = dataclasses.field(default_factory=dict)
    suggestions: Suggestions = dataclasses.field(default_factory=Suggestions)


@dataclasses.dataclass
class Facts:
    """What was read. ``log_refused`` and ``what_if_refused`` say why where that part could not be; ``service_excluded``
    is whether the policy leaves the service account out by name, ``warnings`` are of the break-glass accounts."""

    policy: Json
    locations: t.Sequence[Json]
    changed: datetime.datetime | None
    sites: list[Options]
    restriction: restriction.Judged
    service_excluded: bool = False
    seen: Seen = dataclasses.field(default_factory=Seen)
    answers: Answers = dataclasses.field(default_factory=Answers)
    warnings: t.Sequence[str] = ()
    log_refused: EntraError | None = None
    what_if_refused: EntraError | None = None


def gather(options: Options, reads: Reads, now: datetime.datetime) -> Facts:
    """Read everything. Raises EntraError where the policy, the application or an account is not there."""
    found, policies, locations, assigned = _looked_up(options, reads)
    policy = reconcile.identify(Policy(), policies, None, options["policy"])
    if policy is None:
        raise BadInput(
            [f"policy: there is no policy '{options['policy']}' in this tenant; deploy it first."], looked=True
        )
    application = t.cast(Json, found.one("application", options["application"]))
    spared = {name: t.cast(Json, found.one("user", name))["id"] for name in _spared(options)}
    facts = Facts(
        policy,
        locations,
        _last_change(policy, locations),
        _sites(policy, locations),
        _restriction(policy, application, spared.values(), reads),
    )
    break_glass = [t.cast(Json, found.one("user", name)) for name in options["break_glass_accounts"]]
    facts.warnings = administrators.warnings(break_glass, assigned)
    account = spared.get(options["service_account"] or "")
    facts.service_excluded = bool(account) and _key(account) in map(_key, _excluded_users(policy))
    try:
        _replay(facts, options["days"], reads, application, account, now)
    except _OF_ONE_PART as error:
        facts.log_refused = error
    people = _people(facts, options, found, {_key(one) for one in spared.values()})
    try:
        facts.answers = ask(reads, application, policy, facts.sites, people, spared)
    except _OF_ONE_PART as error:
        facts.what_if_refused = error
    return facts


def _key(object_id: t.Any) -> str:
    return str(object_id).lower()


def _spared(options: Options) -> list[str]:
    """The accounts that nothing may stop, as they were given."""
    return [*options["break_glass_accounts"], *([options["service_account"]] if options["service_account"] else [])]


def _excluded_users(policy: Json) -> t.Sequence[str]:
    return ((policy.get("conditions") or {}).get("users") or {}).get("excludeUsers") or ()


def _restriction(policy: Json, application: Json, spared: t.Iterable[str], reads: Reads) -> restriction.Judged:
    """The policy by itself. Names are looked up only where there is something to be said of it."""
    ids = list(spared)
    judged = restriction.judged(policy, application["appId"], ids)
    if not any(judged):
        return judged
    say = names.saying([policy], reads)
    own = {application["appId"]: f"'{application.get('displayName')}'"}
    return restriction.judged(policy, application["appId"], ids, lambda one: own.get(one) or say(one))


def _looked_up(
    options: Options, reads: Reads
) -> tuple[directory.Found, list[Json], list[Json], list[Json] | GraphError | None]:
    """What the names stand for, the policies, the locations, and who holds Global Administrator where that is of use."""
    named = [Named("application", options["application"], audit_log.APPLICATION)]
    named += [
        Named(f"{option}[{number}]", value, audit_log.USER)
        for option in ("break_glass_accounts", "technicians")
        for number, value in enumerate(options[option])
    ]
    if options["service_account"]:
        named.append(Named("service_account", options["service_account"], audit_log.USER))
    wanted = directory.Wanted(named)
    wished = [ADMINISTRATORS] if options["break_glass_accounts"] else []
    (policies, locations, *dummy), wishes = reads.listings_beside([POLICIES, LOCATIONS, *wanted.paths()], wished)
    found = wanted.found(reads)
    if problems := found.problems():
        raise BadInput(problems, looked=True)
    return found, policies, locations, wishes.get(ADMINISTRATORS)


def _sites(policy: Json, locations: t.Sequence[Json]) -> list[Options]:
    """The locations that the policy leaves out, as sites; those of countries have no ranges. ``by_gps`` is whether only the
    Authenticator app tells who is there."""
    excluded = {
        _key(one) for one in ((policy.get("conditions") or {}).get("locations") or {}).get("excludeLocations") or ()
    }
    return [
        {
            "name": str(one.get("displayName")),
            "cidrs": [r["cidrAddress"] for r in one.get("ipRanges") or () if r.get("cidrAddress")],
            "countries": [country.upper() for country in one.get("countriesAndRegions") or ()],
            "unmapped": bool(one.get("includeUnknownCountriesAndRegions")),
            "by_gps": one.get("countryLookupMethod") == "authenticatorAppGps",
        }
        for one in locations
        if _key(one["id"]) in excluded or ("alltrusted" in excluded and one.get("isTrusted"))
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
    facts: Facts, days: int, reads: Reads, application: Json, account: str | None, now: datetime.datetime
) -> None:
    known = [from_service_principal(application, web=True)]
    members = Members([facts.policy], reads)
    reader = SignInReader(reads.session.tenant_id, members.known, known)
    places = audit_log.Places(facts.sites)
    replay = Replay(PolicySet([facts.policy], facts.locations, known), reader, places, members)
    since = audit_log.Window(now - datetime.timedelta(days=days), None)
    conditions = [*since.conditions(), f"appId eq {literal(application['appId'])}"]
    entries = reads.session.each(address(audit_log.LOG, filter=" and ".join(conditions)))
    for one in replay.judged(entries):
        if not isinstance(one, Judged):
            continue
        if account and _key(one.entry.get("userId")) == _key(account):
            _count_service(facts, one)
        else:
            _count(facts, one, _at(facts.sites, places, one.entry))


def _at(sites: t.Sequence[Options], places: audit_log.Places, entry: Json) -> list[str]:
    """Every site that an entry is at: by its address, or by its country."""
    country = (entry.get("location") or {}).get("countryOrRegion")
    by_country = [
        site["name"]
        for site in sites
        if not site["by_gps"] and (country.upper() in site["countries"] if country else site["unmapped"])
    ]
    return [*places.sites(entry.get("ipAddress")), *by_country]


def _count(facts: Facts, one: Judged, sites: t.Sequence[str]) -> None:
    seen, entry = facts.seen, one.entry
    who = (user_of(entry), str(entry.get("ipAddress")))
    seen.count += 1
    seen.users[who[0]] += 1
    if entry.get("userId"):
        seen.ids[who[0]] = _key(entry["userId"])
    if not sites:
        seen.suggestions.add(one)
    seen.at_sites.update(sites)
    if one.verdict == BLOCKED:
        (seen.stopped_at_site if sites else seen.stopped_elsewhere)[who] += 1
    seen.unknown.update(one.missing if one.verdict == UNKNOWN else ())
    word = _logged(facts, entry)
    if not word:
        return
    seen.log[word] += 1
    if word == NOT_TOLD:
        seen.untold[who] += 1
    elif one.verdict != UNKNOWN and (one.verdict == BLOCKED) != (word == WOULD_FAIL):
        seen.contradicted.append(f"{who[0]} from {who[1]} at {entry['createdDateTime']}")


def _count_service(facts: Facts, one: Judged) -> None:
    facts.seen.service[one.verdict] += 1
    if word := _logged(facts, one.entry):
        facts.seen.service_log[word] += 1


def _logged(facts: Facts, entry: Json) -> str:
    """The log's own word on the policy as it is, NOT_TOLD where it has none; nothing where the entry is older than the policy."""
    try:
        at = moments.moment(str(entry.get("createdDateTime")))
    except ValueError:
        return ""
    if facts.changed is None or at <= facts.changed:
        return ""
    words = {
        _WORDS.get(str(applied.get("result")), NOT_TOLD)
        for applied in applied_policies(entry)
        if _key(applied.get("id")) == _key(facts.policy["id"])
    }
    return WOULD_SUCCEED if WOULD_SUCCEED in words else WOULD_FAIL if WOULD_FAIL in words else NOT_TOLD


def _people(facts: Facts, options: Options, found: directory.Found, spared: t.Collection[str]) -> dict[str, str]:
    """Whom to ask about, with their ids: those named, else those in the log who sign in most. Not whom nothing may stop."""
    if options["technicians"]:
        return {name: t.cast(Json, found.one("user", name))["id"] for name in options["technicians"]}
    ids = facts.seen.ids
    most = [who for who, dummy in facts.seen.users.most_common() if who in ids and ids[who] not in spared]
    return {who: ids[who] for who in most[:TECHNICIANS]}
