# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether somebody could still take it all back: a break-glass account on its way to the Microsoft Entra admin center.

Asked of all policies of the tenant together, by the same rules as Entra's (``evaluation``). Microsoft's advice on these accounts:
https://learn.microsoft.com/entra/identity/role-based-access-control/security-emergency-access
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..shape import Json
from .controls import STRENGTH, kind
from .evaluation import DISABLED, REPORT_ONLY, PolicySet
from .known_applications import ENTRA_ADMIN_CENTER
from .lockout import Finding, finding
from .sign_in import NONE, UNREGISTERED, SignIn, User
from .site_coverage import covers_everything
from .unmet import Unmet, beyond_a_person, by_a_person, unmet

PLATFORMS = ("windows", "macOS", "linux", "iOS", "android")

# How many countries there are (the officially assigned codes of ISO 3166-1), and a code of none (user-assigned, 8.1.3).
_COUNTRIES, _NO_COUNTRY = 249, "ZZ"
# An address that exists in documentation only (RFC 5737); no location is asked whether it covers it.
_SOMEWHERE = "192.0.2.1"


@dataclasses.dataclass(frozen=True)
class Change:
    """The policies of a tenant before and after one or more writes, and the ids, in lower case, of those that are written.
    ``places`` are the named locations after them, and ``places_before`` before them where the writes are to those too."""

    before: t.Sequence[Json]
    after: t.Sequence[Json]
    written: frozenset[str]
    places: t.Sequence[Json]
    places_before: t.Sequence[Json] | None = None

    def wrote(self, policy: Json) -> bool:
        return str(policy.get("id")).lower() in self.written

    @property
    def judged(self) -> list[Json]:
        """The policies that matter before or after: those that are on, and those that are written."""
        return [*_as_if_on(self.before, self), *_as_if_on(self.after, self)]


def findings(
    change: Change,
    people: t.Mapping[str, User],
    known: bool,
    without_mfa: t.Callable[[], t.Collection[str]],
) -> list[Finding]:
    """NO-WAY-BACK, where no break-glass account is proven to reach the admin center after the writes.

    Where somebody could get in before, that is all it takes. Where nobody could, what was wrong already is refused as far as the
    writes enforce a policy that was not on, or put more in the way of anybody; and a policy that is on, is written and stays in
    the way is told again. What only relaxes or deletes, and policies in report-only, are the way out and stay possible.

    Policies in report-only do not count, but for those that are written while somebody can still get in: they are judged as if
    they were on. ``people`` are the accounts by name. Where ``known`` is false, not all was looked up that the policies depend
    on, and only what holds in any case counts.

    ``without_mfa`` tells the accounts that are known to have no method for MFA registered. It is asked only where MFA is what
    every way in takes. An account of which that is not known is not guessed about: it is taken to be able to do MFA.

    That an account exists and is enabled is what other rules are for. It is taken to come from an address that no named location
    covers, nor the trusted IPs of MFA, with a browser on a device that is not registered; to have done MFA, and to be able to do
    what else a person can; to be at no risk; to use no device code and to ask for no authentication context. One platform on
    which it gets in is enough.
    """
    if not people:
        return []
    places_before = change.places if change.places_before is None else change.places_before
    after = past(_as_if_on(change.after, change), change.places, people, without_mfa)
    if after.somebody_gets_in:
        return []
    was = Ways.of(on(change.before), places_before, people, after.unable)
    if not was.somebody_gets_in and not _adds(change, was, after, people):
        return []
    if not known and not after.nobody_for_certain:
        return []
    return [finding("NO-WAY-BACK", after.said)]


def past(
    policies: t.Sequence[Json],
    locations: t.Sequence[Json],
    people: t.Mapping[str, User],
    without_mfa: t.Callable[[], t.Collection[str]],
) -> Ways:
    """The ways of accounts past policies; on the assumptions of ``findings``, and with MFA as there."""
    ways = Ways.of(policies, locations, people)
    if ways.somebody_gets_in and not Ways.of(policies, locations, people, set(people)).somebody_gets_in:
        return Ways.of(policies, locations, people, without_mfa())
    return ways


def _adds(change: Change, was: Ways, after: Ways, people: t.Mapping[str, User]) -> bool:
    """Whether the writes have a part in it that nobody gets in, though nobody did before."""
    written = [policy for policy in on(change.after) if change.wrote(policy)]
    if not written:
        return Ways.of(on(change.after), change.places, people, after.unable).adds_to(was)
    were_on = {str(policy.get("id")).lower() for policy in on(change.before)}
    if any(str(policy.get("id")).lower() not in were_on for policy in written) or after.adds_to(was):
        return True
    stopping = [stop for stops in after.in_the_way.values() for stop in stops]
    return any(change.wrote(stop.policy) for stop in stopping) and not was.adds_to(after)


def shuts_out(policy: Json, locations: t.Sequence[Json]) -> bool:
    """Whether a policy that is not off would or might keep somebody of whom nothing is known from the admin center, on whichever
    platform. On the assumptions of ``findings``."""
    return not Ways.of([policy], locations, {"": User()}).somebody_gets_in


def on(policies: t.Iterable[Json]) -> list[Json]:
    """The policies that are enforced, or may be: a state of a newer Graph may be as good as enabled."""
    return [policy for policy in policies if policy.get("state") not in (DISABLED, REPORT_ONLY)]


def _as_if_on(policies: t.Sequence[Json], change: Change) -> list[Json]:
    """What is enforced, and what is written in report-only: ``unmet`` makes no difference between them."""
    reporting = [policy for policy in policies if policy.get("state") == REPORT_ONLY and change.wrote(policy)]
    return [*on(policies), *reporting]


@dataclasses.dataclass(frozen=True)
class Ways:
    """What is in the way of each account past some policies, by its name and the platform; nothing where it gets in. ``unable``
    are the accounts that cannot do MFA."""

    unable: t.Collection[str]
    in_the_way: t.Mapping[tuple[str, str], list[Unmet]]

    @classmethod
    def of(
        cls,
        policies: t.Sequence[Json],
        locations: t.Sequence[Json],
        people: t.Mapping[str, User],
        unable: t.Collection[str] = (),
    ) -> Ways:
        places = nowhere(locations, policies)
        compiled = PolicySet(policies, places, mfa_trusted_ips=())
        ways = {
            (name, platform): from_nowhere(person, platform, compiled, places, name in unable)
            for name, person in people.items()
            for platform in PLATFORMS
        }
        stops = {way: [one for one in unmet(compiled, sign_in) if one.stops] for way, sign_in in ways.items()}
        return cls(unable, stops)

    @property
    def somebody_gets_in(self) -> bool:
        return not all(self.in_the_way.values())

    @property
    def getting_in(self) -> list[str]:
        """The accounts that get in on one platform at least."""
        return list(dict.fromkeys(name for (name, dummy), stops in self.in_the_way.items() if not stops))

    @property
    def nobody_for_certain(self) -> bool:
        """Whether nobody gets in, whatever the facts are that are not known."""
        return all(any(stop.certain for stop in stops) for stops in self.in_the_way.values())

    @property
    def said(self) -> str:
        """What is in the way of each account, in words for people."""
        return "; ".join(
            _said(name, stops) + (", and has no method for MFA registered" if name in self.unable else "")
            for name, stops in self.shortest.items()
        )

    def adds_to(self, other: Ways) -> bool:
        """Whether something is in the way here that is not in the same way there, or only perhaps."""
        return any(_weight(stops) - _weight(other.in_the_way[way]) for way, stops in self.in_the_way.items())

    @property
    def shortest(self) -> dict[str, list[Unmet]]:
        """For each account, what is in its way on the platform on which that is least."""
        found: dict[str, list[Unmet]] = {}
        for (name, dummy), stops in self.in_the_way.items():
            if name not in found or len(stops) < len(found[name]):
                found[name] = stops
        return found


def _weight(stops: t.Iterable[Unmet]) -> set[tuple[str, bool]]:
    found = [(str(stop.policy.get("id")).lower(), stop.certain) for stop in stops]
    return {*found, *((name, False) for name, dummy in found)}


def _is_mfa(control: str) -> bool:
    return kind(control) in ("mfa", STRENGTH)


def from_nowhere(
    person: User, platform: str | None, policies: PolicySet, places: t.Sequence[Json], without_mfa: bool
) -> SignIn:
    """A sign-in of a person to the admin center from an address that no named location covers, on a device that is not
    registered, by who does all that a person can do when asked, but for MFA where that is left out. ``places`` are what
    ``nowhere`` makes of the named locations."""
    elsewhere = None if any(place.get("countriesAndRegions") for place in places) else _NO_COUNTRY
    known = not any(place.get("ipRanges") for place in places)
    able, beyond = by_a_person(policies), beyond_a_person(policies)
    mfa = frozenset(filter(_is_mfa, able)) if without_mfa else frozenset()
    return SignIn(
        identity=person,
        target=ENTRA_ADMIN_CENTER,
        user_action=NONE,
        authentication_contexts=frozenset(),
        ip=_SOMEWHERE if known else None,
        trusted=False if known else None,
        country=elsewhere,
        gps_country=elsewhere,
        platform=platform,
        client_app="browser",
        sign_in_risk=NONE,
        user_risk=NONE,
        insider_risk=NONE,
        device=UNREGISTERED,
        transfer_method=NONE,
        met=able - mfa,
        out_of_reach=beyond | mfa,
    )


def nowhere(locations: t.Sequence[Json], policies: t.Sequence[Json]) -> list[Json]:
    """Named locations as they are from an address that none of them covers: empty. Those of countries stay as they are where they
    leave no country over, and those of ranges where they leave no address over, since there is no such address then."""
    covered = {country for place in locations for country in place.get("countriesAndRegions") or ()}
    emptied: Json = {} if len(covered) >= _COUNTRIES else {"countriesAndRegions": []}
    # Where a policy only leaves locations out, one that is emptied lets nobody in who should not be.
    if not any(map(_within_locations, policies)) or not covers_everything(locations):
        emptied["ipRanges"] = []
    return [
        {**place, **{name: empty for name, empty in emptied.items() if place.get(name) is not None}}
        for place in locations
    ]


def _within_locations(policy: Json) -> bool:
    """Whether a policy is for certain locations only."""
    included = ((policy.get("conditions") or {}).get("locations") or {}).get("includeLocations") or ["All"]
    return "All" not in included


def _said(name: str, stops: t.Sequence[Unmet]) -> str:
    by = " and ".join(sorted({stop.name for stop in stops if stop.certain}))
    perhaps = [stop for stop in stops if not stop.certain]
    maybe = " and ".join(sorted({stop.name for stop in perhaps}))
    missing = ", ".join(sorted({fact for stop in perhaps for fact in stop.missing}))
    parts = [f"is stopped by {by}"] if by else []
    parts += [f"may be stopped by {maybe} (not known: {missing})"] if maybe else []
    return f"{name} {' and '.join(parts)}"
