# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sign-in log of a tenant (https://learn.microsoft.com/graph/api/signin-list): asked for, read page by page, and counted.

Entra keeps 30 days of it, v1.0 shows interactive sign-ins, and a sign-in is shown minutes to hours after it happened.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import ipaddress
import typing as t

from .. import directory
from ..graph.errors import BadInput
from ..graph.odata import address, literal
from ..graph.reads import Reads
from ..guids import is_guid
from ..options import ArgumentSpec, Options
from ..shape import Json, Named, Reference
from . import addresses, moments, sites
from .sign_in_log import applied_policies

LOG = "/auditLogs/signIns"
KEPT_DAYS = 30
# The log tells what a policy did to whoever may read policies; to others the list is empty, and empty is not "none applied".
READING_POLICIES = {"Policy.Read.All", "Policy.Read.ConditionalAccess", "Policy.ReadWrite.ConditionalAccess"}

WINDOW: Options = {
    "days": {"type": "int"},
    "since": {"type": "str"},
    "until": {"type": "str"},
}


def window_problems(options: Options) -> list[str]:
    """What is wrong with the window as it is written."""
    problems = [
        p for name in ("since", "until") if options[name] is not None for p in moments.problem(name, options[name])
    ]
    days = options["days"]
    if days is not None and not 1 <= days <= KEPT_DAYS:
        problems.append(f"days: {days} is not between 1 and {KEPT_DAYS}; Entra keeps {KEPT_DAYS} days of sign-ins.")
    if days is not None and options["since"] is not None:
        problems.append("days: says when the window begins, and so does since; give one of them.")
    since, until = options["since"], options["until"]
    if not problems and since and until and moments.moment(since) >= moments.moment(until):
        problems.append(f"until: {until} is not after since, {since}.")
    return problems


class Window(t.NamedTuple):
    """From ``since`` on and before ``until``; open towards now where that is None."""

    since: datetime.datetime
    until: datetime.datetime | None

    def conditions(self) -> list[str]:
        """As parts of a filter."""
        parts = [f"createdDateTime ge {moments.written(self.since)}"]
        return parts + ([f"createdDateTime lt {moments.written(self.until)}"] if self.until else [])

    def shown(self) -> Options:
        return {"since": moments.written(self.since), "until": self.until and moments.written(self.until)}


def window(options: Options, now: datetime.datetime, days: int = 7) -> Window:
    """The window that is asked for: ``days`` before its end where nothing is said of its beginning."""
    until = moments.moment(options["until"]) if options["until"] else None
    if options["since"]:
        return Window(moments.moment(options["since"]), until)
    return Window((until or now) - datetime.timedelta(days=options["days"] or days), until)


@dataclasses.dataclass(frozen=True)
class SignIn:
    """One entry as the modules show it. ``sites`` are all that it is at, the most specific first; ``policies`` is None where the
    caller may not read what policies did."""

    entry: Json
    sites: tuple[str, ...]
    policies: list[Options] | None

    @property
    def site(self) -> str | None:
        return self.sites[0] if self.sites else None

    @property
    def succeeded(self) -> bool:
        return (self.entry.get("status") or {}).get("errorCode") == 0

    def shown(self) -> Options:
        """In the modules' words."""
        entry, status, place = self.entry, self.entry.get("status") or {}, self.entry.get("location") or {}
        return {
            "id": entry.get("id"),
            "at": entry.get("createdDateTime"),
            "user": {
                "id": entry.get("userId"),
                "user_principal_name": entry.get("userPrincipalName"),
                "display_name": entry.get("userDisplayName"),
            },
            "application": {"app_id": entry.get("appId"), "display_name": entry.get("appDisplayName")},
            "ip_address": entry.get("ipAddress"),
            "site": self.site,
            "country": place.get("countryOrRegion"),
            "city": place.get("city"),
            "client_app": entry.get("clientAppUsed"),
            "device": _device(entry.get("deviceDetail") or {}),
            "result": "success" if self.succeeded else "failure",
            "error_code": status.get("errorCode"),
            "reason": None if self.succeeded else status.get("failureReason"),
            "conditional_access": entry.get("conditionalAccessStatus"),
            "policies": self.policies,
        }


def _device(detail: Json) -> Options:
    return {
        "operating_system": detail.get("operatingSystem") or None,
        "browser": detail.get("browser") or None,
        "compliant": detail.get("isCompliant"),
        "managed": detail.get("isManaged"),
        "trust_type": detail.get("trustType") or None,
    }


class Places:
    """Which sites an address is at. Sites may lie within each other, as an office does on a campus."""

    def __init__(self, given: t.Sequence[Options]):
        # By length and first address, so that a look takes as many steps as there are lengths, however many ranges.
        self._names: dict[int, dict[int, dict[int, list[str]]]] = {4: {}, 6: {}}
        for network, name in [
            (addresses.network(text), site["name"].strip()) for site in given for text in site["cidrs"]
        ]:
            of_length = self._names[network.version].setdefault(network.prefixlen, {})
            of_length.setdefault(int(network.network_address), []).append(name)
        self._lengths = {version: sorted(found, reverse=True) for version, found in self._names.items()}
        # A log has few addresses, and each of them many times.
        self._known: dict[str, tuple[str, ...]] = {}

    def site(self, ip: str | None) -> str | None:
        """The name of the most specific site that covers it, None where none does."""
        found = self.sites(ip)
        return found[0] if found else None

    def sites(self, ip: str | None) -> tuple[str, ...]:
        """The names of all sites that cover it, the most specific first."""
        if not ip:
            return ()
        if ip not in self._known:
            self._known[ip] = self._found(ip)
        return self._known[ip]

    def _found(self, ip: str) -> tuple[str, ...]:
        try:
            one = ipaddress.ip_address(ip)
        except ValueError:
            return ()
        one = getattr(one, "ipv4_mapped", None) or one
        names, value = self._names[one.version], int(one)
        covering: list[str] = []
        for length in self._lengths[one.version]:
            beyond = one.max_prefixlen - length
            covering += names[length].get(value >> beyond << beyond, ())
        return tuple(dict.fromkeys(covering))


def read(reads: Reads, conditions: t.Sequence[str], places: Places) -> t.Iterator[SignIn]:
    """The entries that meet all conditions, newest first, with one page in memory. Raises what the session raises."""
    session = reads.session
    for entry in session.each(address(LOG, filter=" and ".join(conditions))):
        applied = applied_policies(entry)
        # Who may not read policies is shown none, which says nothing.
        told = bool(applied) or bool(READING_POLICIES & (session.permissions or set()))
        policies = [
            {"id": one.get("id"), "display_name": one.get("displayName"), "result": one.get("result")}
            for one in applied
        ]
        yield SignIn(entry, places.sites(entry.get("ipAddress")), policies if told else None)


class Tally:
    """Counts of sign-ins by one thing that they have in common. ``users`` are UPNs, ``last`` is the newest moment."""

    def __init__(self) -> None:
        self._rows: dict[t.Any, Options] = {}

    def add(self, key: t.Any, said: Options, one: SignIn) -> None:
        """Count a sign-in under a key; ``said`` is what a row says of the key."""
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = {**said, "count": 0, "succeeded": 0, "users": set(), "last": ""}
        row["count"] += 1
        row["succeeded"] += one.succeeded
        row["users"].add(one.entry.get("userPrincipalName") or one.entry.get("userId"))
        row["last"] = max(row["last"], one.entry.get("createdDateTime") or "")

    def rows(self) -> list[Options]:
        """The rows, the most frequent first."""
        ordered = sorted(self._rows.values(), key=lambda row: (-row["count"], str(row)))
        return [{**row, "users": sorted(map(str, row["users"]))} for row in ordered]


class Counts:
    """What the sign-ins of a window come to."""

    def __init__(self) -> None:
        self.count = self.succeeded = self.unknown = 0
        self._by = {name: Tally() for name in ("ip_address", "site", "user")}
        self._policies: dict[str, Options] = {}

    def add(self, one: SignIn) -> None:
        """Count one more."""
        self.count += 1
        self.succeeded += one.succeeded
        ip, entry = one.entry.get("ipAddress"), one.entry
        self._by["ip_address"].add(ip, {"ip_address": ip, "site": one.site, "country": _country(entry)}, one)
        for site in one.sites or (None,):
            self._by["site"].add(site, {"site": site}, one)
        user = entry.get("userPrincipalName") or entry.get("userId")
        self._by["user"].add(entry.get("userId"), {"user_principal_name": user, "id": entry.get("userId")}, one)
        if one.policies is None:
            self.unknown += 1
        for policy in one.policies or ():
            row = self._policies.setdefault(
                policy["id"],
                {"id": policy["id"], "display_name": policy["display_name"], "results": collections.Counter()},
            )
            row["results"][policy["result"]] += 1

    def shown(self) -> Options:
        """In the modules' words."""
        policies = sorted(self._policies.values(), key=lambda row: str(row["display_name"]))
        return {
            "count": self.count,
            "succeeded": self.succeeded,
            "verdicts_unknown": self.unknown,
            **{f"by_{name}": tally.rows() for name, tally in self._by.items()},
            "by_policy": [{**row, "results": dict(row["results"])} for row in policies],
        }


def _country(entry: Json) -> str | None:
    return (entry.get("location") or {}).get("countryOrRegion")


USER, APPLICATION = Reference("user"), Reference("application")


def _problems(options: Options) -> list[str]:
    problems = []
    ip = options["ip_address"]
    if ip is not None:
        try:
            ipaddress.ip_address(ip)
        except ValueError:
            problems.append(
                f"ip_address: '{ip}' is not an address, such as 198.51.100.7; to tell ranges apart, name them as sites."
            )
    if options["limit"] < 0:
        problems.append(f"limit: {options['limit']} is less than nothing; allowed is 0 or more.")
    return problems


SPEC = ArgumentSpec(
    {
        **WINDOW,
        "application": {"type": "str"},
        "user": {"type": "str"},
        "ip_address": {"type": "str"},
        "result": {"type": "str", "choices": ["success", "failure"]},
        "sites": sites.OPTION,
        "limit": {"type": "int", "default": 1000},
    },
    checks=(window_problems, sites.problems_of, _problems),
)


def conditions_of(options: Options, when: Window, reads: Reads) -> list[str]:
    """The parts of the filter, with names resolved. Raises BadInput for a user or application that is not there."""
    named = [
        Named(name, options[name], reference)
        for name, reference in (("user", USER), ("application", APPLICATION))
        if options[name]
    ]
    wanted = directory.Wanted(named)
    reads.listings(wanted.paths())
    found = wanted.found(reads)
    # The log outlives accounts and applications, so an id is taken as it is.
    problems = found.problems(lambda one: is_guid(one.value))
    if problems:
        raise BadInput(problems, looked=True)
    ids = {one.path: found.id(one) or one.value for one in named}
    parts = when.conditions()
    parts += [
        f"{prop} eq {literal(ids[name])}"
        for name, prop in (("user", "userId"), ("application", "appId"))
        if name in ids
    ]
    if options["ip_address"]:
        parts.append(f"ipAddress eq {literal(options['ip_address'])}")
    if options["result"]:
        parts.append(f"status/errorCode {'eq' if options['result'] == 'success' else 'ne'} 0")
    return parts


def listed(options: Options, reads: Reads) -> Options:
    """The sign-ins of a window, the newest of them, and the counts of all. Raises EntraError."""
    when = window(options, datetime.datetime.now(datetime.UTC))
    conditions = conditions_of(options, when, reads)
    counts = Counts()
    newest: list[Options] = []
    for one in read(reads, conditions, Places(options["sites"])):
        counts.add(one)
        if len(newest) < options["limit"]:
            newest.append(one.shown())
    shown = counts.shown()
    warnings = []
    if counts.unknown:
        warnings.append(
            f"What policies did to {counts.unknown} of {counts.count} sign-ins is not known: the application may not read "
            "policies (Policy.Read.All)."
        )
    return {"window": when.shown(), "sign_ins": newest, **shown, "warnings": warnings}
