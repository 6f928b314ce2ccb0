# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several reports in one, as of the slices of a run or of several nights: of a tenant, each part as it was seen last.

A run need not have looked at every part. What it did not look at stays as an earlier one saw it, with the moment of that.
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from .. import guids
from ..conditional_access import moments
from ..options import Options
from . import same_tenant
from .record import CLOSED, NOT_ASKED_OF, PART_A, PARTS, status_of

# A report, and what people know it by.
Named = tuple[str, Options]

# A failure of the tenant as a whole, and no part of it.
_ALL = ""
# What limits a run to tenants; anything else may have limited it to parts.
_OF_TENANTS = ("--limit ", "-e tenants=")


@dataclasses.dataclass(frozen=True)
class _Sight:
    """A row of one report, and of when it tells each part that it tells of. One that tells ``nothing`` goes before none."""

    row: Options
    told: dict[str, str]
    nothing: bool
    # What a run has seen itself goes before all that is read, whatever the clocks of other machines say.
    own: bool

    def of(self, part: str) -> tuple[bool, datetime.datetime]:
        return self.own, moments.moment(self.told[part])

    @property
    def place(self) -> tuple[t.Any, ...]:
        """Where it comes among others: one that tells of a part goes before one that nothing was seen in."""
        return any(self.told), self.own, max(map(moments.moment, self.told.values()))


def merged(reports: t.Sequence[Options], own: Options) -> list[Options]:
    """The rows of these reports and of the run's own, which has what a report has of moment, covers and tenants."""
    sights: dict[str, list[_Sight]] = {}
    for report in [*reports, own]:
        for row in report["tenants"]:
            sights.setdefault(row["host"], []).append(_sight(row, report, report is own))
    return [_together(found, own["generated"]) for found in sights.values()]


def clashes(reports: t.Sequence[Named]) -> list[str]:
    """The hosts that are one tenant here and another there. Of one that is named by a domain, or not at all, nobody knows."""
    found: dict[str, dict[str, str]] = {}
    for name, report in reports:
        for row in report["tenants"]:
            if tenant := guids.canonical(row["tenant_id"]):
                found.setdefault(row["host"], {}).setdefault(tenant, name)
    return [
        f"reports: host {host!r} is {' and '.join(f'tenant {id_} in {name!r}' for id_, name in tenants.items())}. "
        "A host is one tenant: give one of them another name in its inventory and audit it again, or leave out the report that "
        "no longer holds."
        for host, tenants in found.items()
        if len(tenants) > 1
    ]


def covered(reports: t.Sequence[Options]) -> list[str]:
    """What several reports cover together: the limits of each, but of one whose tenants are all in reports without any."""
    whole = {row["host"] for report in reports if not report.get("covers") for row in report["tenants"]}
    limited = [report for report in reports if report.get("covers")]
    limits = [one["covers"] for one in limited if not whole or {row["host"] for row in one["tenants"]} - whole]
    return sorted({one for limit in limits for one in limit})


def _sight(row: Options, report: Options, own: bool) -> _Sight:
    told = _seen_in(row)
    made: str = report["generated"]
    seen: dict[str, str] = {} if own else row.get("seen", {})
    # That nothing is wrong with what it has no word of is no newer than the oldest of what a merged report has of it.
    oldest = min(seen.values(), key=moments.moment, default=made)
    times = {part: seen.get(part, oldest if part == _ALL else made) for part in told}
    whole = all(limit.startswith(_OF_TENANTS) for limit in report.get("covers", [_ALL]))
    # A run of some parts that asked for none of them, as with a tag that no part has, or skipped what it asked for.
    nothing = not whole and (not told or row["failures"] == [NOT_ASKED_OF])
    for part in _asked_of(row) if whole else (_ALL,) if nothing else ():
        times.setdefault(part, oldest)
    return _Sight(row, times, nothing, own)


def _seen_in(row: Options) -> set[str]:
    """The parts that a row has a word of."""
    told = {*row["looked_at"], *(one["part"] for name in ("failures", "drift") for one in row[name])}
    return told | {check["part"] for check in _checks(row)}


def _asked_of(row: Options) -> t.Sequence[str]:
    """The parts that a run of all of them tells of: also of those that it skipped, as part B is when the service account is taken
    out of the inventory. Of a tenant that was lost before the last of them nobody knows which it would have been asked for."""
    lost = any(one["part"] == _ALL or one["kind"] in CLOSED for one in row["failures"])
    return (_ALL,) if lost and PARTS[-1] not in row["looked_at"] else (_ALL, *PARTS)


def _checks(row: Options) -> list[Options]:
    """Without the one that goes by the other rows of a report: it is made anew."""
    return [check for check in row["checks"] if check["id"] != same_tenant.ID]


def _together(sights: t.Sequence[_Sight], now: str) -> Options:
    """One row of several, each part of it from the one that saw it last."""
    sights = [sight for sight in sights if not sight.nothing] or sights
    # The newest first; of two of one moment, the one that was named last.
    in_order = sorted(sights, key=lambda sight: sight.place)[::-1]
    newest = in_order[0]
    last: dict[str, _Sight] = {}
    for sight in in_order:
        for part in sight.told:
            if part not in last or sight.of(part) > last[part].of(part):
                last[part] = sight
    of_part_a = last.get(PART_A, newest)
    row = {
        **newest.row,
        "tenant_id": _tenant_id(in_order),
        **{name: of_part_a.row[name] for name in ("restriction", "unlisted", "unlisted_known")},
        "looked_at": sorted((part for part in last if part in last[part].row["looked_at"]), key=_place),
        "checks": [one for sight in in_order for one in _checks(sight.row) if last[one["part"]] is sight],
        **{
            name: [one for sight in in_order for one in sight.row[name] if last[one["part"]] is sight]
            for name in ("drift", "failures")
        },
        "requests": _requests(
            [one for one in in_order if one is newest or any(one is other for other in last.values())]
        ),
    }
    row["status"] = status_of(row)
    shown = _seen_in(row)
    seen = {part: last[part].told[part] for part in sorted(shown, key=_place) if last[part].told[part] != now}
    row.pop("seen", None)
    return {**row, "seen": seen} if seen else row


def _place(part: str) -> tuple[int, str]:
    return (PARTS.index(part) if part in PARTS else len(PARTS)), part


def _tenant_id(in_order: t.Sequence[_Sight]) -> str:
    """The id rather than a domain, as the newest has it."""
    ids: list[str] = [sight.row["tenant_id"] for sight in in_order]
    return next((one for one in ids if guids.is_guid(one)), next(filter(None, ids), ""))


def _requests(sights: t.Sequence[_Sight]) -> Options:
    costs = [sight.row["requests"] for sight in sights]
    if len(costs) == 1:
        return dict(costs[0])
    return {
        "count": sum(cost["count"] for cost in costs),
        "seconds": round(sum(cost.get("seconds", 0) for cost in costs), 3),
    }
