# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of which everything fails: every check with evidence of the tenant's own, and drift in both parts that no other has."""

from __future__ import annotations

import datetime
import typing as t

from sample_reports import EXPIRING_DAYS, NOW, row

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import posture, readiness_checks
from ansible_collections.msp.entra.plugins.plugin_utils.fleet import report

Json = dict[str, t.Any]

READINESS = (*readiness_checks.CHECKS, *readiness_checks.SERVICE_ACCOUNT_CHECKS)
BLOCK, MFA = "Block Syncro - Outside Trusted IPs", "Syncro Service Account MFA Policy"

# As checks say it, from short to long.
_EVIDENCE = (
    "syncro-svc@{domain} is disabled",
    "breakglass@{domain} has no method registered but a password",
    "'Syncro SSO' is not there; near it are 'Syncro ({name})' and 'Syncro SSO {number}'",
    "{number} sign-ins to it in 30 days, none of them successful; seen: 'Office {name}' {number} sign-ins, 'Depot' 3",
    "breakglass@{domain} is not left out of 'Block countries', 'Devices {name}'; emergency@{domain} of 'Block countries'",
    "admin@{domain}, owner@{domain}, helpdesk@{domain} and dana.whitfield@{domain} reach the admin center with a password alone",
)
HISTORY = [
    {
        "generated": (NOW - datetime.timedelta(days=ago)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "covers": [],
        "tenants": 200,
        "by_status": {"failed": 3, "drift": 12, "findings": 150, "clean": 35},
        "by_restriction": {"enabled": 120, "report_only": 80},
        "unlisted": 345,
    }
    for ago in range(report.MOST_POINTS, 0, -1)
]


def failing_fleet(tenants: int, failing: int | None = None, evidence: str = "", **more: int) -> Json:
    """So many tenants of which so many, all if not said, fail everything; the others nothing. ``missing`` and ``ending`` are
    numbers of sites that each has beside that."""
    bad = tenants if failing is None else failing
    rows = [{**_tenant(number, number < bad, evidence)} for number in range(tenants)]
    for number, one in enumerate(rows):
        own = own_sites(number, **more)
        one["drift"] += own["drift"]
        one["sites"] += own["sites"]
    before = {"generated": "2020-01-01T00:00:00Z", "counts": {}, "trend": HISTORY}
    return report.made(rows, NOW, EXPIRING_DAYS, [before])


def own_sites(number: int, missing: int = 0, ending: int = 0) -> Json:
    """A tenant with so many sites of a name of its own that are missing, and so many that end."""
    names = [f"Depot {number}-{place} of Contoso Logistics {number}" for place in range(max(missing, ending))]
    return row(
        host=f"contoso-logistics-{number}",
        part_a=[
            {
                "changed": True,
                "diff": {"before": {}, "after": {"x": 1}, "after_header": f"named location Trusted - {name}"},
            }
            for name in names[:missing]
        ],
        sites=[
            {"name": name, "expires": f"2026-12-{place % 28 + 1:02}T00:00:00Z"}
            for place, name in enumerate(names[:ending])
        ],
    )


def _tenant(number: int, bad: bool, evidence: str) -> Json:
    name = f"Contoso Logistics {number}"
    host = f"contoso-logistics-{number}"
    domain = f"{host}.onmicrosoft.com"

    def check(place: int, id_: str, title: str, remedy: str) -> Json:
        said = (evidence or _EVIDENCE[place % len(_EVIDENCE)]).format(domain=domain, name=name, number=number)
        verdict = {"status": "fail", "evidence": said, "remedy": remedy}
        return {"id": id_, "title": title, **(verdict if bad else {"status": "pass", "evidence": "seen", "remedy": ""})}

    return row(
        host=host,
        tenant_id=f"{number:08x}-0000-4000-8000-{number:012x}",
        tenant_name=name,
        restriction=BLOCK,
        readiness={"checks": [check(place, one.id, one.title, one.remedy) for place, one in enumerate(READINESS)]},
        posture={"checks": [check(place, one.id, one.title, one.remedy) for place, one in enumerate(posture.CHECKS)]},
        service_account={
            "enabled": [{"certain": True}] if bad else [],
            "summary": [f"'Block countries of {name}' stops syncro-svc@{domain}."],
        },
        part_a=_part_a(number, domain) if bad else [{"changed": False}],
        part_b=_part_b(number, domain) if bad else [{"changed": False}],
        sites=[{"name": f"Travel {name}", "expires": "2026-12-01T00:00:00Z"}],
        impact={
            "suggestions": [
                {"cidr": f"198.51.{number}.{place}/32", "users": [f"ana@{domain}", f"ben@{domain}"], "count": 7, "days": 3}
                for place in range(2)
            ]
        },
        accepted_risks=["SITE-SHRUNK"],
    )  # fmt: skip


def _part_a(number: int, domain: str) -> list[Json]:
    office = ["198.51.100.10/32", "2001:db8:1::/48"]
    location = {
        "before": {"ip_ranges": [*office, f"203.0.113.{number % 250}/32"], "trusted": True},
        "after": {"ip_ranges": [*office, f"192.0.2.{number % 250}/32"], "trusted": True},
        "after_header": "named location Trusted - MSP Office",
    }
    policy = {
        "before": {"enforcement": "report_only", "conditions": {"users": {"exclude_users": [f"owner@{domain}"]}}},
        "after": {
            "enforcement": "enabled",
            "conditions": {"users": {"exclude_users": [f"breakglass@{domain}", f"emergency@{domain}"]}},
        },
        "after_header": f"policy {BLOCK}",
    }
    return [{"changed": True, "diff": location}, {"changed": True, "diff": policy}]


def _part_b(number: int, domain: str) -> list[Json]:
    policy = {
        "before": {
            "conditions": {"users": {"include_users": [f"syncro@{domain}"]}},
            "session_controls": {"sign_in_frequency": {"type": "hours", "value": number}},
        },
        "after": {
            "conditions": {"users": {"include_users": [f"syncro-svc@{domain}"]}},
            "session_controls": {"sign_in_frequency": "every_time"},
        },
        "after_header": f"policy {MFA}",
    }
    return [{"changed": True, "diff": policy}]
