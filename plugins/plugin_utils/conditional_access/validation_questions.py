# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Graph's What If is asked before a policy is enforced: each person at each site and at a stranger's address."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from .. import directory
from ..graph.errors import EntraError, GraphError
from ..graph.reads import Reads
from ..options import Options
from ..shape import Json, Named
from . import addresses, audit_log, what_if

# Reserved for ever (RFC 1112), so that no site can have one and nobody signs in from one: addresses of a stranger.
_STRANGERS = [ipaddress.ip_address(0xF0000001 + (number << 24)) for number in range(15)]

ELSEWHERE = "a stranger's address"


class Asked(t.NamedTuple):
    """One What If: who, from where, whether the policy should apply, and whether it does (None where Graph did not say)."""

    who: str
    where: str
    expected: bool
    applies: bool | None


@dataclasses.dataclass
class Answers:
    """``gone`` are people of the log who are not in the tenant any more, ``refused`` what Graph said of others instead of an
    answer, by their name."""

    asked: list[Asked] = dataclasses.field(default_factory=list)
    gone: list[str] = dataclasses.field(default_factory=list)
    refused: dict[str, str] = dataclasses.field(default_factory=dict)


class Spot(t.NamedTuple):
    """A place to ask about: what it is called, and the conditions of a sign-in from there."""

    where: str
    conditions: Options


class Question(t.NamedTuple):
    """``id`` is the object id of who would sign in."""

    who: str
    id: str
    spot: Spot
    expected: bool


def ask(
    reads: Reads,
    application: Json,
    policy: Json,
    sites: t.Sequence[Options],
    people: t.Mapping[str, str],
    spared: t.Mapping[str, str],
) -> Answers:
    """Ask everything in as few requests as it takes. ``people`` and ``spared`` are ids by name; the latter are not to be stopped
    anywhere. Raises EntraError where nothing could be asked at all."""
    places = audit_log.Places(sites)
    free = [str(one) for one in _STRANGERS if places.site(str(one)) is None]
    if not free:
        return Answers(refused={"a stranger": "the sites cover every address there is"})
    stranger = Spot(ELSEWHERE, {"ip_address": free[0]})
    spots = [spot for site in sites for spot in _spots(site, stranger)]
    questions = [Question(who, one, spot, False) for who, one in people.items() for spot in spots]
    questions += [Question(who, one, stranger, True) for who, one in people.items()]
    questions += [Question(who, one, stranger, False) for who, one in spared.items()]
    to = what_if.to_application(application["appId"])
    bodies = [what_if.question(what_if.as_user(one.id), to, one.spot.conditions) for one in questions]
    answers = Answers()
    refusals: dict[str, tuple[str, EntraError]] = {}
    for one, answer in zip(questions, what_if.answers(reads, bodies), strict=True):
        if isinstance(answer, EntraError):
            refusals.setdefault(one.id, (one.who, answer))
            continue
        told = [given["applies"] for given in answer if str(given["id"]).lower() == policy["id"].lower()]
        answers.asked.append(Asked(one.who, one.spot.where, one.expected, told[0] if told else None))
    gone = _gone(refusals, reads)
    for key, (who, error) in refusals.items():
        if key in gone:
            answers.gone.append(who)
        else:
            answers.refused[who] = str(error)
    return answers


def _gone(refusals: t.Mapping[str, tuple[str, EntraError]], reads: Reads) -> set[str]:
    """Which of those about whom Graph said 400 or 404 are not in the tenant. Asks only where somebody may be."""
    maybe = [key for key, (dummy, error) in refusals.items() if getattr(error, "status", None) in (400, 404)]
    if not maybe:
        return set()
    try:
        found = directory.Wanted([Named("people", key, audit_log.USER) for key in maybe]).found(reads)
    except GraphError:
        return set()
    return {key for key in maybe if not found.matches("user", key)}


def _spots(site: Options, stranger: Spot) -> list[Spot]:
    """An address of each IP version that a site has, or each of its countries from where no range is."""
    first: dict[int, str] = {}
    for text in site["cidrs"]:
        network = addresses.network(text)
        first.setdefault(network.version, str(network[0] if network.num_addresses <= 2 else network[1]))
    spots = [
        Spot(site["name"] if number == 0 else f"{site['name']} by IPv{version}", {"ip_address": ip})
        for number, (version, ip) in enumerate(first.items())
    ]
    countries = site["countries"][:1] if not spots else []
    return spots + [Spot(site["name"], {**stranger.conditions, "country": country}) for country in countries]
