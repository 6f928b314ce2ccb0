# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lockout guard asked ahead of a role's first write: everything it will rely on, looked up and judged at once."""

from __future__ import annotations

import datetime

from .. import directory
from ..graph.reads import Reads
from ..options import ArgumentSpec, Options
from ..shape import Json, Named, Reference
from . import lockout, sites
from .policy_checks import account_problems

SECURITY_DEFAULTS = "/policies/identitySecurityDefaultsEnforcementPolicy"
ON = (
    "security defaults: are on in this tenant, and Entra refuses an enabled policy while they are. Turn them off in the Entra "
    "admin center (Overview, Properties, Manage security defaults) when the policies that take their place are ready."
)

SPEC = ArgumentSpec(
    {
        "application": {"type": "str"},
        "sites": sites.OPTION,
        "require_sites": {"type": "bool", "default": True},
        "break_glass_accounts": {"type": "list", "elements": "str", "default": []},
        "require_break_glass": {"type": "bool", "default": True},
        "service_account": {"type": "str"},
        "enables_a_policy": {"type": "bool", "default": False},
        "accept_risks": lockout.ACCEPT_RISKS,
    },
    checks=(sites.problems_of, account_problems, lockout.unknown_risks),
)


def judge(options: Options, reads: Reads) -> Options:
    """Look everything up in one request and judge it. Raises Refused with every reason; writes nothing."""
    accounts = [
        Named(f"break_glass_accounts[{number}]", name, Reference("user"))
        for number, name in enumerate(options["break_glass_accounts"])
    ]
    others = []
    if options["application"]:
        others.append(Named("application", options["application"], Reference("application")))
    if options["service_account"]:
        others.append(Named("service_account", options["service_account"], Reference("user")))
    wanted = directory.Wanted([*accounts, *others])
    asked = [SECURITY_DEFAULTS] if options["enables_a_policy"] else []
    defaults = reads.listings([*asked, *wanted.paths()])[: len(asked)]
    found = wanted.found(reads)

    active, ended = sites.split(options["sites"], datetime.datetime.now(datetime.UTC))
    findings = []
    if options["require_sites"] or options["sites"]:
        findings += sites.findings(active, reads.session.cloud.private)
    if options["require_break_glass"] and not accounts:
        findings.append(lockout.finding("NO-BREAK-GLASS", "break_glass_accounts"))
    break_glass = {named.value: found.one("user", named.value) for named in accounts}
    findings += lockout.of_accounts(break_glass, "break_glass_accounts", lambda name: found.hint("user", name))
    unresolved = found.problems(lambda named: named in accounts)
    service_account = _one(found, "user", options["service_account"])
    unresolved += _service_account_problems(options, service_account, break_glass)
    unresolved += [ON for listing in defaults for policy in listing if policy.get("isEnabled")]
    warnings = lockout.decide(findings, options["accept_risks"], unresolved)
    application = _one(found, "application", options["application"])
    return {
        "changed": False,
        "application": application and {"app_id": application["appId"], "display_name": application["displayName"]},
        "break_glass_accounts": [_account(account) for account in break_glass.values() if account],
        "service_account": service_account and _account(service_account),
        "sites": [
            {"name": site["name"].strip(), "cidrs": site["cidrs"], "expires": site["expires"]} for site in active
        ],
        "expired_sites": [site["name"].strip() for site in ended],
        "warnings": warnings,
    }


def _one(found: directory.Found, kind: str, name: str | None) -> Json | None:
    return found.one(kind, name) if name else None


def _account(account: Json) -> Options:
    return {"id": account["id"], "user_principal_name": account.get("userPrincipalName")}


def _service_account_problems(options: Options, account: Json | None, break_glass: dict[str, Json | None]) -> list[str]:
    """A service account that is there but cannot do its work."""
    if account is None:
        return []
    problems = []
    if account.get("accountEnabled") is False:
        problems.append(
            f"service_account: '{options['service_account']}' is disabled; Syncro could not sign in with it."
        )
    if any(other and other["id"] == account["id"] for other in break_glass.values()):
        problems.append(
            f"service_account: '{options['service_account']}' is a break-glass account as well; those are kept for emergencies "
            "and must meet no policy."
        )
    return problems
