# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real sign-ins, judged by policies that they may never have met: who would have been stopped, and from where.

One sign-in at a time, so that a long log needs no more memory than a short one: what is kept is counts, by what people ask for.
"""

from __future__ import annotations

import collections
import dataclasses
import ipaddress
import itertools
import typing as t

from ..graph.reads import Reads
from ..options import Options
from ..shape import Json
from . import outcome
from .audit_log import Places
from .evaluation import Evaluation, PolicySet
from .people import depend_on_membership, memberships
from .sign_in import User
from .sign_in_log import SignInReader, logged

BLOCKED, NEEDS, ALLOWED, UNKNOWN = "blocked", "needs", "allowed", "unknown"
VERDICTS = (BLOCKED, NEEDS, ALLOWED, UNKNOWN)
_WORDS = {outcome.BLOCKED: BLOCKED, outcome.NEEDS: NEEDS, outcome.GRANTED: ALLOWED, outcome.UNKNOWN: UNKNOWN}

# A sign-in that failed for another reason would have failed whatever the policies; these are policies' own refusals
# (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
SUCCESS = 0
STOPPED_BY_POLICY = frozenset({53000, 53001, 53002, 53003, 53004})

# Entries whose users are looked up together: the parts of one batch.
CHUNK = 1000


class Members:
    """Groups and roles of the users in a log, asked for only where a policy depends on them."""

    def __init__(self, policies: t.Iterable[Json], reads: Reads):
        self._needed = depend_on_membership(policies)
        self._reads = reads
        self.known: dict[str, User] = {}

    def learn(self, entries: t.Iterable[Json]) -> None:
        """Look up those of the entries' users that are not known yet. One who cannot be read stays unknown."""
        if not self._needed:
            return
        new = sorted({str(entry["userId"]).lower() for entry in entries if entry.get("userId")} - set(self.known))
        for user_id, (groups, roles) in memberships(new, self._reads).items():
            self.known[user_id] = User(user_id, groups, roles)


class Judged(t.NamedTuple):
    """A sign-in and its verdict. ``policies`` are those that decided; ``missing`` the facts for want of which it is unknown."""

    entry: Json
    site: str | None
    verdict: str
    policies: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def succeeded(self) -> bool:
        return (self.entry.get("status") or {}).get("errorCode") == SUCCESS


@dataclasses.dataclass
class Replay:
    """Judges entries of the log. ``policies`` count as on, whether they are or only report; disabled ones do not."""

    policies: PolicySet
    reader: SignInReader
    places: Places
    members: Members

    def judged(self, entries: t.Iterable[Json]) -> t.Iterator[Judged | Json]:
        """A verdict for each entry, or the entry itself where it failed for a reason that is no policy's."""
        for chunk in _batched(entries):
            self.members.learn(chunk)
            for entry in chunk:
                code = (entry.get("status") or {}).get("errorCode")
                yield self._judge(entry) if code == SUCCESS or code in STOPPED_BY_POLICY else entry

    def _judge(self, entry: Json) -> Judged:
        sign_in = self.reader.sign_in(entry)
        found: Evaluation = self.policies.evaluate(sign_in)
        if found.undecided:
            # Reading what the log says of every policy costs more than the judgement, and few entries need it.
            found = self.policies.evaluate(sign_in, logged(entry))
        comes = found.outcome_if_enforced
        return Judged(
            entry, self.places.site(entry.get("ipAddress")), _WORDS[comes.verdict], comes.policies, comes.missing
        )


def _batched(entries: t.Iterable[Json]) -> t.Iterator[list[Json]]:
    """As itertools.batched, which Python 3.11 does not have."""
    each = iter(entries)
    while chunk := list(itertools.islice(each, CHUNK)):
        yield chunk


class Rows:
    """Verdicts by one thing that sign-ins have in common."""

    def __init__(self) -> None:
        self._rows: dict[t.Any, Options] = {}

    def add(self, key: t.Any, said: Options, one: Judged) -> None:
        """Count a verdict under a key; ``said`` is what a row says of the key."""
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = {**said, "count": 0, **dict.fromkeys(VERDICTS, 0), "users": set(), "last": ""}
        row["count"] += 1
        row[one.verdict] += 1
        row["users"].add(user_of(one.entry))
        row["last"] = max(row["last"], one.entry.get("createdDateTime") or "")

    def shown(self) -> list[Options]:
        """The rows, those with most to lose first."""
        ordered = sorted(self._rows.values(), key=lambda row: (-row[BLOCKED], -row[UNKNOWN], -row["count"], str(row)))
        return [{**row, "users": sorted(row["users"])} for row in ordered]


def user_of(entry: Json) -> str:
    """Whom an entry is of, for people."""
    return str(entry.get("userPrincipalName") or entry.get("userId") or entry.get("servicePrincipalName") or "(nobody)")


class Suggestions:
    """Addresses from which people really signed in and that no site covers. IPv6 ones count by their /64, in which a machine
    changes its address as it likes (RFC 8981)."""

    def __init__(self) -> None:
        self._rows: dict[str, Options] = {}

    def add(self, one: Judged) -> None:
        """Count a sign-in that succeeded, or that a policy stopped."""
        cidr = _range(one.entry.get("ipAddress"))
        if one.site is not None or cidr is None:
            return
        row = self._rows.setdefault(
            cidr, {"cidr": cidr, "country": _country(one.entry), "count": 0, "days": set(), "users": set(), "last": ""}
        )
        at = one.entry.get("createdDateTime") or ""
        row["count"] += 1
        row["days"].add(at[:10])
        row["users"].add(user_of(one.entry))
        row["last"] = max(row["last"], at)

    def shown(self) -> list[Options]:
        """The ranges, those used on most days first."""
        rows = [{**row, "days": len(row["days"]), "users": sorted(row["users"])} for row in self._rows.values()]
        return sorted(rows, key=lambda row: (-row["days"], -row["count"], row["cidr"]))


def _range(ip: str | None) -> str | None:
    try:
        address = ipaddress.ip_address(ip or "")
    except ValueError:
        return None
    address = getattr(address, "ipv4_mapped", None) or address
    return str(ipaddress.ip_network((address, 32 if address.version == 4 else 64), strict=False))


def _country(entry: Json) -> str | None:
    return (entry.get("location") or {}).get("countryOrRegion")


class Impact:
    """What the verdicts of a window come to: of people, and of the service account apart, which signs in from nobody's site."""

    def __init__(self, service_account: str | None, limit: int):
        self.other = 0
        self._service_account = (service_account or "").lower()
        self._limit = limit
        self._counts = {own: collections.Counter(dict.fromkeys(("count", *VERDICTS), 0)) for own in (False, True)}
        self._rows = {name: Rows() for name in ("user", "ip_address", "site")}
        self._service_rows = Rows()
        self._suggestions = Suggestions()
        self._missing: collections.Counter[str] = collections.Counter()
        self._examples: list[Options] = []

    def add(self, one: Judged | Json) -> None:
        """Count one more."""
        if not isinstance(one, Judged):
            self.other += 1
            return
        entry, ip = one.entry, one.entry.get("ipAddress")
        own = bool(self._service_account) and str(entry.get("userId")).lower() == self._service_account
        self._counts[own]["count"] += 1
        self._counts[own][one.verdict] += 1
        self._missing.update(one.missing)
        place = {"ip_address": ip, "site": one.site, "country": _country(entry)}
        if own:
            self._service_rows.add(ip, place, one)
        else:
            self._rows["user"].add(
                entry.get("userId"), {"user_principal_name": user_of(entry), "id": entry.get("userId")}, one
            )
            self._rows["ip_address"].add(ip, place, one)
            self._rows["site"].add(one.site, {"site": one.site}, one)
            self._suggestions.add(one)
        if one.verdict in (BLOCKED, UNKNOWN) and len(self._examples) < self._limit:
            self._examples.append(_example(one))

    def shown(self) -> Options:
        """In the modules' words."""
        return {
            **self._counts[False],
            "failed_otherwise": self.other,
            **{f"by_{name}": rows.shown() for name, rows in self._rows.items()},
            "suggestions": self._suggestions.shown(),
            "service_account": {**self._counts[True], "by_ip_address": self._service_rows.shown()},
            "missing": [{"fact": fact, "count": count} for fact, count in self._missing.most_common()],
            "examples": self._examples,
        }


def _example(one: Judged) -> Options:
    entry = one.entry
    return {
        "at": entry.get("createdDateTime"),
        "user_principal_name": user_of(entry),
        "application": entry.get("appDisplayName"),
        "ip_address": entry.get("ipAddress"),
        "site": one.site,
        "verdict": one.verdict,
        "succeeded": one.succeeded,
        "policies": list(one.policies),
        "missing": list(one.missing),
    }
