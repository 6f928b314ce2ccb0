# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who would have been stopped by policies that exist or are only proposed: the sign-in log of a window, replayed against them."""

from __future__ import annotations

import datetime
import typing as t

from ..counted import counted
from ..graph.errors import BadInput
from ..graph.odata import address, literal
from ..graph.reads import Reads
from ..options import ArgumentSpec, Options
from ..shape import Json, Named
from . import audit_log, proposal, sites
from .evaluation import DISABLED, PolicySet
from .known_applications import from_service_principal
from .policy_checks import account_problems
from .replay import Impact, Members, Replay
from .sign_in_log import SignInReader


def _problems(options: Options) -> list[str]:
    problems = proposal.problems_of(options)
    if options["limit"] < 0:
        problems.append(f"limit: {options['limit']} is less than nothing; allowed is 0 or more.")
    return problems


SPEC = ArgumentSpec(
    {
        **audit_log.WINDOW,
        "application": {"type": "str"},
        "service_account": {"type": "str"},
        "sites": sites.OPTION,
        **proposal.OPTIONS,
        "only": {"type": "list", "elements": "str", "default": []},
        "limit": {"type": "int", "default": 50},
    },
    checks=(audit_log.window_problems, sites.problems_of, account_problems, _problems),
)


def replayed(options: Options, reads: Reads) -> Options:
    """The window's sign-ins, judged. Raises EntraError."""
    when = audit_log.window(options, datetime.datetime.now(datetime.UTC))
    named = [
        Named(name, options[name], reference)
        for name, reference in (("service_account", audit_log.USER), ("application", audit_log.APPLICATION))
        if options[name]
    ]
    would_be = proposal.proposed(options, reads, named)
    judged = _judged(options, would_be)
    application = would_be.found.one("application", options["application"]) if options["application"] else None
    account = would_be.found.one("user", options["service_account"]) if options["service_account"] else None
    # What single sign-on was registered for is a web application.
    known = [from_service_principal(application, web=True)] if application else []
    members = Members(judged, reads)
    reader = SignInReader(reads.session.tenant_id, members.known, known)
    policies = PolicySet(judged, would_be.locations, known, as_read=would_be.as_read)
    places = audit_log.Places(options["sites"] or trusted_sites(would_be.locations))
    conditions = when.conditions() + ([f"appId eq {literal(application['appId'])}"] if application else [])
    entries = reads.session.each(address(audit_log.LOG, filter=" and ".join(conditions)))
    impact = Impact(account["id"] if account else None, options["limit"])
    for one in Replay(policies, reader, places, members).judged(entries):
        impact.add(one)
    shown = impact.shown()
    return {
        "changed": False,
        "window": when.shown(),
        "judged": [{"display_name": one.get("displayName"), "proposed": _is(one, would_be.proposed)} for one in judged],
        **shown,
        "summary": _summary(shown, judged, when),
    }


def _is(policy: Json, ids: t.Collection[str]) -> bool:
    return policy["id"].lower() in ids


def _judged(options: Options, would_be: proposal.Proposed) -> list[Json]:
    """The policies that are asked about: those named, else those proposed, else all; none that would be off."""
    only = set(options["only"])
    known = {name for one in would_be.policies for name in (one.get("displayName"), one["id"])}
    strange = sorted(only - known)
    if strange:
        raise BadInput([f"only: there is no policy '{name}', and none is proposed." for name in strange], looked=True)
    asked = [one for one in would_be.policies if not only or {one.get("displayName"), one["id"]} & only]
    if not only and would_be.proposed:
        asked = [one for one in asked if _is(one, would_be.proposed)]
    return [one for one in asked if one.get("state") != DISABLED]


def trusted_sites(locations: t.Sequence[Json]) -> list[Options]:
    """The trusted locations, as sites."""
    return [
        {
            "name": str(one.get("displayName")),
            "cidrs": [r["cidrAddress"] for r in one.get("ipRanges") or () if r.get("cidrAddress")],
        }
        for one in locations
        if one.get("isTrusted")
    ]


def _summary(shown: Options, judged: t.Sequence[Json], when: audit_log.Window) -> list[str]:
    """Sentences for people."""
    if not judged:
        return ["No policy is on, in report-only or proposed, so nobody would be stopped."]
    names = (
        " and ".join(f"'{one.get('displayName')}'" for one in judged) if len(judged) < 4 else f"{len(judged)} policies"
    )
    through = shown["allowed"] + shown["needs"]
    since, unknown = when.shown()["since"], shown["unknown"]
    outcome = f"{names} would have blocked {shown['blocked']} and let {through} through"
    outcome += f"; of {unknown} it is not known." if unknown else "."
    said = [f"Of {counted(shown['count'], 'sign-in')} since {since}, {outcome}"]
    if not shown["count"]:
        # "Blocked 0" would read as if nobody were to be stopped.
        said = [f"There is no sign-in to judge since {since}, so it is not known whom {names} would have blocked."]
    said += [
        f"{row['user_principal_name']} would have been blocked {row['blocked']} of {counted(row['count'], 'time')}."
        for row in shown["by_user"]
        if row["blocked"]
    ]
    for row in shown["suggestions"][:5]:
        who = ", ".join(row["users"])
        said.append(
            f"No site covers {row['cidr']}, from where {who} signed in {counted(row['count'], 'time')} on "
            f"{counted(row['days'], 'day')}."
        )
    account = shown["service_account"]
    if account["count"]:
        said.append(
            f"The service account signed in {counted(account['count'], 'time')}; {account['blocked']} of these would have been "
            "blocked."
        )
    said += [f"Not known in {counted(row['count'], 'case')}: {row['fact']}." for row in shown["missing"][:5]]
    return said
