# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleet reports of any size for pictures and tests, made by the collection's own code out of results such as tasks return.

The same numbers always give the same report. No tenant is anybody's.
"""

from __future__ import annotations

import datetime
import random
import typing as t

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import readiness_checks
from ansible_collections.msp.entra.plugins.plugin_utils.fleet import record, report

Json = dict[str, t.Any]

NOW = datetime.datetime(2026, 11, 28, 2, 30, 7, tzinfo=datetime.UTC)
EXPIRING_DAYS = 14
POLICY = "Syncro - block outside trusted sites"
ADDRESSES = "Syncro trusted sites"

_FIRST = (
    "Alder Baltic Cedar Delta Ember Fjord Granite Harbor Iron Juniper Kestrel Lumen Maple Nordic Orchid Pine Quarry River "
    "Summit Tidal"
)
_SECOND = (
    "Accounting Architects Brewing Clinic Dental Engineering Foods Freight Insurance Legal Logistics Motors Optics Realty "
    "Schools Veterinary"
)

_POSTURE = (
    ("mfa-everyone", "Everyone is asked for MFA", "Require MFA for all users, break-glass accounts left out."),
    ("mfa-administrators", "Administrators are asked for strong MFA", "Require a phishing-resistant strength for their roles."),
    ("legacy-authentication", "Legacy authentication is blocked", "Block the client apps that cannot do MFA."),
    ("report-only-stale", "No policy stays in report-only for months", "Enforce the policy, or take it away."),
    ("policies-disabled", "No policy is left turned off", "Turn the policy on, or take it away."),
    ("locations-unused", "Every named location is used by a policy", "Take the location away."),
    ("device-code", "The device code flow is blocked", "Block the authentication flow where nobody needs it."),
    ("guests", "Guests are asked for MFA", "Include guests in the policy that requires MFA."),
)  # fmt: skip

_EVIDENCE = {
    "permissions": "validate lacks AuditLog.Read.All; held and not needed: Directory.ReadWrite.All",
    "sites-seen": "nobody signed in from 'Warehouse' in 30 days; seen: 'Office' 214 sign-ins",
    "break-glass": "one account, breakglass@{domain}; two are better",
    "break-glass-mfa": "breakglass@{domain} has no method registered but a password",
    "break-glass-left-out": "breakglass@{domain} is not left out of 'Block countries'",
    "single-sign-on-used": "0 sign-ins to it in 30 days, none of them successful",
    "legacy-authentication": "41 sign-ins by IMAP and SMTP in 30 days, of 6 accounts",
    "report-only-stale": "'Require compliant device' has been in report-only for 143 days",
}

_FAILURES = {
    "unreachable": "https://graph.microsoft.com/v1.0/identity/conditionalAccess/policies gave no answer in 5 attempts within "
    "62 s (connection timed out). Nothing was changed. Look whether this machine reaches graph.microsoft.com by port 443, and "
    "run again.",
    "throttled": "Graph answered 429 Too Many Requests 8 times; it asks to wait 117 s more, and 120 s are allowed in all. Run "
    "again later, with fewer forks.",
    "login": "Microsoft Entra refused the login of application 22222222-2222-4222-8222-222222222222: AADSTS7000215: Invalid "
    "client secret provided. Put the secret's value, not its id, into entra_client_secret, and see that it has not expired.",
    "permission": "GET /identity/conditionalAccess/policies: 403 Forbidden (Authorization_RequestDenied). The application "
    "lacks Policy.Read.All. Grant it with an administrator's consent.",
}


def sample(tenants: int, seed: int = 6) -> Json:
    """A report of a night in which most is well, with a history of 30 nights."""
    chance = random.Random(f"{seed} {tenants}")
    names = [f"{first} {second}" for second in _SECOND.split() for first in _FIRST.split()]
    chance.shuffle(names)
    troubles = _troubles(tenants, chance)
    rows = [
        _tenant(names[number % len(names)], number // len(names), troubles[number], chance) for number in range(tenants)
    ]
    return report.made(rows, NOW, EXPIRING_DAYS, _history(tenants, chance))


def _troubles(tenants: int, chance: random.Random) -> list[str]:
    """What each tenant has: in five one of each sort, else shares of all."""
    if tenants <= 5:
        return ["unreachable", "drift", "findings", "", ""][:tenants]
    shares = {
        "unreachable": 0.01,
        "throttled": 0.006,
        "login": 0.005,
        "permission": 0.005,
        "drift": 0.04,
        "findings": 0.12,
    }
    found = [trouble for trouble, share in shares.items() for dummy in range(max(1, round(share * tenants)))]
    found += [""] * (tenants - len(found))
    chance.shuffle(found)
    return found[:tenants]


def row(**options: t.Any) -> Json:
    """A tenant's row as audit_record returns it; what is not given is empty."""
    return record.recorded(record.SPEC.validate(options))["record"]


def _tenant(name: str, copy: int, trouble: str, chance: random.Random) -> Json:
    host = name.lower().replace(" ", "-") + (f"-{copy + 1}" if copy else "")
    domain = f"{host}.example"
    common: Json = {
        "host": host,
        "tenant_name": f"{name}{chance.choice(['', ' Ltd', ' Inc', ' LLC', ' GmbH'])}",
        "tenant_id": f"{chance.getrandbits(32):08x}-0000-4000-8000-{chance.getrandbits(48):012x}",
        "restriction": POLICY,
    }
    if trouble in _FAILURES:
        result = {
            "failed": True,
            "failure_kind": trouble,
            "msg": _FAILURES[trouble],
            "requests": {"count": 5, "seconds": 62},
        }
        return row(
            **common, failures=[{"part": record.READINESS, "task": "See whether the tenant is ready", "result": result}]
        )
    failing = chance.sample(sorted(_EVIDENCE), chance.choice([1, 1, 2, 3])) if trouble == "findings" else []
    return row(
        **common,
        readiness={"checks": _checks(readiness_checks.CHECKS, failing, domain), "requests": {"count": 11, "seconds": 1.9}},
        posture={"checks": _posture_checks(failing), "requests": {"count": 3, "seconds": 0.4}},
        service_account={"enabled": [], "report_only": [], "summary": []},
        part_a=_part_a(trouble, chance),
        sites=_sites(chance),
        impact={"suggestions": _unlisted(domain, chance)},
        accepted_risks=_risks(chance),
    )  # fmt: skip


def _checks(checks: t.Iterable[readiness_checks.Check], failing: t.Container[str], domain: str) -> list[Json]:
    found = []
    for check in checks:
        status = "fail" if check.id in failing else "unknown" if check.id == "single-sign-on-only" else "pass"
        evidence = _EVIDENCE.get(check.id, "") if status == "fail" else "as it should be"
        if status == "unknown":
            evidence = "Graph cannot tell whether Syncro itself still takes a password"
        remedy = "" if status == "pass" else check.remedy
        found.append(
            {
                "id": check.id,
                "title": check.title,
                "status": status,
                "evidence": evidence.format(domain=domain),
                "remedy": remedy,
            }
        )
    return found


def _posture_checks(failing: t.Container[str]) -> list[Json]:
    return [
        {
            "id": name,
            "title": title,
            "status": "fail" if name in failing else "pass",
            "evidence": _EVIDENCE.get(name, "") if name in failing else "seen",
            "remedy": remedy if name in failing else "",
        }
        for name, title, remedy in _POSTURE
    ]


def _part_a(trouble: str, chance: random.Random) -> list[Json]:
    enforcement = chance.choice(["enabled"] * 7 + ["report_only"] * 2 + ["disabled"])
    policy = {"display_name": POLICY, "enforcement": enforcement}
    if trouble != "drift":
        return [{"changed": False, "policy": policy, "requests": {"count": 2, "seconds": 0.3}}]
    sites = ["192.0.2.10/32", "198.51.100.0/28", "203.0.113.64/28"]
    location = {
        "before": {"cidrs": sites, "trusted": True},
        "after": {"cidrs": [*sites[:2], "2001:db8:7::/48"], "trusted": True},
        "before_header": ADDRESSES,
        "after_header": ADDRESSES,
    }
    users = {"include": ["All"], "exclude": ["breakglass@tenant.example"]}
    wanted_users = {**users, "exclude": [*users["exclude"], "Emergency access"]}
    changed = {
        "before": {"enforcement": "report_only", "conditions": {"users": users, "client_app_types": ["browser"]}},
        "after": {"enforcement": "enabled", "conditions": {"users": wanted_users, "client_app_types": ["all"]}},
        "before_header": POLICY,
        "after_header": POLICY,
    }
    made = {"before": {}, "after": {"cidrs": sites}, "before_header": ADDRESSES, "after_header": ADDRESSES}
    same = {"changed": False, "policy": policy, "requests": {"count": 2, "seconds": 0.3}}
    return chance.choice(
        [
            [{"changed": True, "diff": location}, same],
            [{"changed": True, "diff": made}, {"changed": True, "policy": policy, "diff": changed}],
            [{"changed": True, "policy": policy, "diff": changed}],
        ]
    )


def _sites(chance: random.Random) -> list[Json]:
    names = ["Office", "Warehouse", "Pop-up shop", "Contractor", "Fair stand"]
    days = chance.choice([None, None, None, None, None, 0, 3, 11, 40, 200])
    found: list[Json] = [{"name": "Office", "expires": None}]
    if days is not None:
        ends = NOW + datetime.timedelta(days=days) - datetime.timedelta(hours=6)
        found.append({"name": chance.choice(names[1:]), "expires": ends.strftime("%Y-%m-%dT%H:%M:%SZ")})
    return found


def _unlisted(domain: str, chance: random.Random) -> list[Json]:
    if chance.random() > 0.1:
        return []
    count = chance.randint(2, 60)
    return [
        {
            "cidr": f"203.0.113.{chance.randint(1, 250)}/32",
            "users": [
                f"{who}@{domain}" for who in chance.sample(["ana", "ben", "chloe", "dmitri"], chance.randint(1, 3))
            ],
            "count": count,
            "days": min(count, chance.randint(1, 9)),
        }
    ]


def _risks(chance: random.Random) -> list[str]:
    risk = "One break-glass account only: the customer keeps its key in its own safe, agreed 2026-03-02, ticket 4711"
    return [risk] if chance.random() < 0.06 else []


def _history(tenants: int, chance: random.Random) -> list[Json]:
    """Thirty nights, in which the restriction is rolled out."""
    return [_night(tenants, ago, chance) for ago in range(30, 0, -1)]


def _night(tenants: int, ago: int, chance: random.Random) -> Json:
    total = max(1, round(tenants * (1 - ago / 90)))
    failed = min(total, round(total * chance.uniform(0.005, 0.03)))
    drift = min(total - failed, round(total * (0.03 + 0.12 * ago / 30 + chance.uniform(0, 0.015))))
    findings = min(total - failed - drift, round(total * (0.11 + 0.15 * ago / 30 + chance.uniform(0, 0.02))))
    enabled = round(total * (0.7 - 0.5 * ago / 30))
    counts = {
        "tenants": total,
        "by_status": {
            "failed": failed,
            "drift": drift,
            "findings": findings,
            "clean": total - failed - drift - findings,
        },
        "by_restriction": {"enabled": enabled, "report_only": total - enabled},
        "unlisted": round(total * 0.1 + chance.uniform(0, 6)),
    }
    when = (NOW - datetime.timedelta(days=ago)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"generated": when, "covers": [], "counts": counts, "trend": []}
