# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The restriction that a role is about to write where it is there already: whom it would stop that it does not stop now."""

from __future__ import annotations

import typing as t

from .. import directory
from ..options import Options
from ..shape import Json
from . import evidence
from .evaluation import REPORT_ONLY
from .lockout import Finding
from .policy import dropped
from .policy_lockout import dropped_service_accounts
from .policy_references import LOCATIONS, POLICIES


def findings(
    options: Options,
    tenant: t.Mapping[str, t.Sequence[Json]],
    active: t.Sequence[Options],
    ended: t.Sequence[Options],
    found: directory.Found,
) -> list[Finding]:
    """SERVICE-ACCOUNT-DROPPED, of the policy that ``options`` name in ``restriction``, and NO-EVIDENCE, where it is on and would
    stop more. ``tenant`` are its listings, ``active`` and ``ended`` the sites. That a site's own location becomes smaller is a
    rule of its own."""
    policies = tenant.get(POLICIES, [])
    named = [one for one in policies if options["restriction"] and one.get("displayName") == options["restriction"]]
    application = found.one("application", options["application"]) if options["application"] else None
    # Of two of a name neither is written, and without its application none is.
    if len(named) != 1 or application is None:
        return []
    before, prefix = named[0], options["location_prefix"] or ""
    accounts = [
        found.one("user", name) for name in (*options["break_glass_accounts"], options["service_account"]) if name
    ]
    spared = [account["id"] for account in accounts if account]
    sites = _sites(tenant.get(LOCATIONS, []), active, prefix)
    after = _written(before, application["appId"], spared, list(sites))
    # One that is off is not left so.
    lost = dropped_service_accounts(before, {**after, "state": REPORT_ONLY}, policies)
    # A service account that is misspelt is told as that.
    misspelt = bool(options["service_account"]) and accounts[-1] is None
    told = [] if misspelt else dropped(lost, str(before["displayName"]), found.reads)
    if before.get("state") != "enabled":
        return told
    spared += lost
    places = {**{one["id"].lower(): one for one in tenant.get(LOCATIONS, [])}, **sites}.values()
    over = {f"{prefix}{site['name'].strip()}" for site in ended}
    around = evidence.beside(before, after, spared, places, found.reads, over)
    return told + evidence.of_enforced(before, after, around)


def _sites(locations: t.Sequence[Json], active: t.Sequence[Options], prefix: str) -> dict[str, Json]:
    """The sites' locations as they will be, by id; one that is yet to be made goes by its name."""
    ids = {one.get("displayName"): one["id"].lower() for one in locations}
    wanted = {}
    for site in active:
        name = f"{prefix}{site['name'].strip()}"
        ranges = [{"cidrAddress": cidr} for cidr in site["cidrs"]]
        key = ids.get(name, name.lower())
        wanted[key] = {"id": key, "displayName": name, "isTrusted": True, "ipRanges": ranges}
    return wanted


def _written(before: Json, application: str, excluded: t.Sequence[str], sites: t.Sequence[str]) -> Json:
    """The policy as the role writes it."""
    conditions = {
        "users": {"includeUsers": ["All"], "excludeUsers": list(excluded)},
        "applications": {"includeApplications": [application]},
        "clientAppTypes": ["all"],
        "locations": {"includeLocations": ["All"], "excludeLocations": list(sites)},
    }
    return {**before, "conditions": conditions, "grantControls": {"operator": "OR", "builtInControls": ["block"]}}
