# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Days of sign-ins at once: who signs in how often, when and from where. README.md describes the document.

Chance comes from ``seed`` alone: the same document on the same day gives the same working days. Each sign-in is judged
by the policies as they are when the simulation runs, whatever its date.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any
from uuid import UUID

from .moments import graph_time, moment, moment_of
from .shapes import Shape, list_of, mapping, matching, number, one_of, text, whole_number
from .sign_in_attempts import ATTEMPT_KEYS, MAX_LATE, PLACE_KEYS, Attempt, Names, read_attempt
from .sign_in_log import RETENTION
from .sign_ins import Made, SignInDesk
from .tenants import JsonObject, Tenant

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)"
_MAX_A_DAY = 20_000
_RHYTHMS = ("a_day", "every_hours", "times")


def _either(simple: Shape, parts: Shape) -> Shape:
    """A simple value, or a mapping with its parts."""

    def check(value: Any, where: str) -> Iterator[str]:
        yield from parts(value, where) if isinstance(value, dict) else simple(value, where)

    return check


_PLACE: dict[str, Shape] = {**PLACE_KEYS, "ips": list_of(text())}
_PERSON = mapping(
    {
        "user": text(),
        "service_principal": text(),
        **ATTEMPT_KEYS,
        "a_day": _either(
            whole_number(0, _MAX_A_DAY),
            mapping({"from": whole_number(0, _MAX_A_DAY), "to": whole_number(0, _MAX_A_DAY)}, required=("from", "to")),
        ),
        "every_hours": number(0.01, 24 * 30),
        "times": whole_number(0, 10 * _MAX_A_DAY),
        "hours": matching(_HOURS, "hours such as 08:00-17:30"),
        "weekdays": list_of(one_of(*WEEKDAYS)),
        "places": list_of(mapping({**_PLACE, "share": number(0, 1_000_000)})),
        "travels": list_of(mapping({**_PLACE, "from": moment(), "until": moment()}, required=("from", "until"))),
    },
    required=("places",),
)
SIMULATION = mapping(
    {
        "seed": whole_number(0, 2**32),
        "days": number(0.01, RETENTION.days),
        "until": moment(),
        "utc_offset": matching(r"[+-](0\d|1[0-4]):[0-5]\d", "an offset such as -05:00"),
        "late_by": _either(
            number(0, MAX_LATE),
            mapping({"usual": number(1, MAX_LATE), "at_most": number(1, MAX_LATE)}, required=("usual", "at_most")),
        ),
        "people": list_of(_PERSON),
    },
    required=("people",),
)


@dataclass(frozen=True)
class _Place:
    """Where somebody can be: one attempt for each of its addresses."""

    attempts: tuple[Attempt, ...]
    share: float = 1
    begins: datetime | None = None
    ends: datetime | None = None

    def holds(self, when: datetime) -> bool:
        """Whether a journey takes place at that moment."""
        return self.begins is not None and self.ends is not None and self.begins <= when < self.ends


@dataclass(frozen=True)
class _Window:
    """The stretch that is simulated."""

    begins: datetime
    ends: datetime
    zone: timezone

    def days(self) -> Iterator[datetime]:
        """Give the midnights of the days it touches, the latest first: the same day has the same number every time."""
        day = self.ends.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        while day + timedelta(days=2) > self.begins:
            yield day
            day -= timedelta(days=1)


def simulate(tenant: Tenant, raw: Mapping[str, Any], now: datetime, where: str, problems: list[str]) -> JsonObject:
    """Make the sign-ins of a checked document, and return their counts; what is wrong with it goes to ``problems``."""
    prefix = f"{where}." if where else ""
    window = _window(raw, now, prefix, problems)
    seed = raw.get("seed", 0)
    ids = Random(f"{seed}/ids/{len(tenant.sign_ins)}")
    desk = SignInDesk(tenant, lambda: str(UUID(int=ids.getrandbits(128), version=4)))
    people = [
        (person, _places(desk.names, person, now, f"{prefix}people[{index}]", problems))
        for index, person in enumerate(raw["people"])
    ]
    if problems or window is None:
        return {}
    planned: list[tuple[datetime, int, Attempt]] = []
    for index, (person, places) in enumerate(people):
        for when, chance in _times(person, window, f"{seed}/{index}"):
            attempt = _chosen(places, when, chance)  # drawn for every moment: what falls outside changes nothing else
            if window.begins <= when < window.ends:
                planned.append((when, len(planned), attempt))
    late_by = _lateness(raw.get("late_by", 0), Random(f"{seed}/late"))
    made = [(attempt, desk.make(attempt, when, late_by=late_by())) for when, _order, attempt in sorted(planned)]
    return _counts(tenant, made, window, now)


def _window(raw: Mapping[str, Any], now: datetime, prefix: str, problems: list[str]) -> _Window | None:
    try:
        ends = moment_of(raw["until"], now) if "until" in raw else now
    except ValueError:
        problems.append(f"{prefix}until: '{raw['until']}' is no date")
        return None
    if ends > now:
        problems.append(f"{prefix}until: '{raw['until']}' is in the future")
    offset = raw.get("utc_offset", "+00:00")
    minutes = int(offset[1:3]) * 60 + int(offset[4:])
    zone = timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))
    return _Window(ends - timedelta(days=raw.get("days", 7)), ends, zone)


def _places(
    names: Names, person: Mapping[str, Any], now: datetime, where: str, problems: list[str]
) -> tuple[list[_Place], list[_Place]]:
    """Return the usual places and the journeys of a person."""
    if sum(key in person for key in _RHYTHMS) != 1:
        problems.append(f"{where}: give one of {', '.join(_RHYTHMS)}")
    if not person["places"]:
        problems.append(f"{where}.places: there is none")
    usual = [
        _Place(_attempts(names, person, place, where, f"{where}.places[{index}]", problems), place.get("share", 1))
        for index, place in enumerate(person["places"])
    ]
    if usual and not any(place.share for place in usual):
        problems.append(f"{where}.places: none has a share")
    return usual, [
        _journey(names, person, place, now, where, f"{where}.travels[{index}]", problems)
        for index, place in enumerate(person.get("travels", ()))
    ]


def _journey(
    names: Names,
    person: Mapping[str, Any],
    place: Mapping[str, Any],
    now: datetime,
    where: str,
    place_where: str,
    problems: list[str],
) -> _Place:
    attempts = _attempts(names, person, place, where, place_where, problems)
    try:
        return _Place(attempts, 1, moment_of(place["from"], now), moment_of(place["until"], now))
    except ValueError:
        problems.append(f"{place_where}: '{place['from']}' or '{place['until']}' is no date")
        return _Place(attempts)


def _attempts(
    names: Names,
    person: Mapping[str, Any],
    place: Mapping[str, Any],
    where: str,
    place_where: str,
    problems: list[str],
) -> tuple[Attempt, ...]:
    """Return one attempt for each address of a place. What is wrong with the person is told once, not for each."""
    told = {key: value for key, value in person.items() if key in ATTEMPT_KEYS or key in ("user", "service_principal")}
    told |= {key: value for key, value in place.items() if key in ("country", "city")}
    addresses = [*place.get("ips", ()), *([place["ip"]] if "ip" in place else [])]
    if not addresses:
        problems.append(f"{place_where}.ip: is missing")
    wrong: list[str] = []
    read = [read_attempt(names, {**told, "ip": address}, where, wrong, place_where) for address in addresses]
    problems += [one for one in dict.fromkeys(wrong) if one not in problems]
    return tuple(one for one in read if one is not None)


def _chosen(places: tuple[list[_Place], list[_Place]], when: datetime, chance: Random) -> Attempt:
    """Return where somebody is at a moment: on a journey, or at one of the usual places by their shares."""
    usual, journeys = places
    there = next((place for place in journeys if place.holds(when)), None)
    if there is None:
        there = chance.choices(usual, [place.share for place in usual])[0]
    return chance.choice(there.attempts)


def _times(person: Mapping[str, Any], window: _Window, seed: str) -> Iterator[tuple[datetime, Random]]:
    """Give the moments of a person's sign-ins, each with the chance it comes from."""
    if "times" in person:
        chance = Random(f"{seed}/times")
        length = window.ends - window.begins
        for _number in range(person["times"]):
            yield window.begins + length * chance.random(), chance
    elif "every_hours" in person:
        chance = Random(f"{seed}/every")
        step = timedelta(hours=person["every_hours"])
        when = window.begins + step * chance.random()
        while when < window.ends:
            yield when, chance
            when += step * chance.uniform(0.9, 1.1)
    else:
        yield from _working_days(person, window, seed)


def _working_days(person: Mapping[str, Any], window: _Window, seed: str) -> Iterator[tuple[datetime, Random]]:
    begins, ends = (_minutes(one) for one in person.get("hours", "08:00-18:00").split("-"))
    ends = ends if ends > begins else ends + 1440
    weekdays = person.get("weekdays", WEEKDAYS[:5])
    given = person["a_day"]
    low, high = (given["from"], given["to"]) if isinstance(given, dict) else (given, given)
    for days_ago, midnight in enumerate(window.days()):
        if WEEKDAYS[midnight.weekday()] in weekdays:
            chance = Random(f"{seed}/{days_ago}")
            for _number in range(chance.randint(min(low, high), max(low, high))):
                yield midnight + timedelta(minutes=chance.uniform(begins, ends)), chance


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def _lateness(given: Any, chance: Random) -> Callable[[], float]:
    """Return how late an entry is: always the same, or mostly around the usual and now and then much later."""
    if not isinstance(given, dict):
        return lambda: float(given)
    return lambda: min(given["at_most"], chance.expovariate(1 / given["usual"]))


def _counts(tenant: Tenant, made: list[tuple[Attempt, Made]], window: _Window, now: datetime) -> JsonObject:
    users = {one["id"]: one["userPrincipalName"] for one in tenant.all("users")}
    verdicts: dict[str, Counter[str]] = {}
    for outcome, times in Counter(one.outcome for _attempt, one in made if one.outcome).items():
        for verdict in outcome.verdicts:
            verdicts.setdefault(verdict.policy["displayName"], Counter())[verdict.result] += times
    return {
        "sign_ins": len(made),
        "from": graph_time(window.begins),
        "until": graph_time(window.ends),
        "outcomes": dict(Counter(one.word for _attempt, one in made)),
        "users": dict(Counter(users[attempt.user_id] for attempt, _made in made if attempt.user_id)),
        "ips": dict(Counter(str(attempt.ip) for attempt, _made in made)),
        "verdicts": {name: dict(counter) for name, counter in verdicts.items()},
        "on_the_way": tenant.sign_ins.on_the_way(now),
    }
