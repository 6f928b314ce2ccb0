# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a tenant is ready for the restriction: every prerequisite looked at, none assumed."""

from __future__ import annotations

import datetime

from ..graph.reads import Reads
from ..options import ArgumentSpec, Options
from . import permissions, sites
from .audit_log import KEPT_DAYS
from .readiness_checks import applicable
from .readiness_facts import Facts
from .verdicts import FAIL, UNKNOWN, assessment, result


def _problems(options: Options) -> list[str]:
    if 1 <= options["days"] <= KEPT_DAYS:
        return []
    return [f"days: {options['days']} is not between 1 and {KEPT_DAYS}; Entra keeps {KEPT_DAYS} days of sign-ins."]


SPEC = ArgumentSpec(
    {
        "application": {"type": "str"},
        "sites": sites.OPTION,
        "break_glass_accounts": {"type": "list", "elements": "str", "default": []},
        "service_account": {"type": "str"},
        "single_sign_on_only": {"type": "bool", "default": False},
        "playbooks": {
            "type": "list",
            "elements": "str",
            "choices": list(permissions.BY_PLAYBOOK),
            "default": list(permissions.BY_DEFAULT),
        },
        "days": {"type": "int", "default": 14},
    },
    checks=(_problems,),
)


def assessed(options: Options, reads: Reads) -> Options:
    """Every check with what it found. Raises LoginError, Unreachable and OutOfPatience; a refusal of Graph's is a finding."""
    facts = Facts(options, reads, datetime.datetime.now(datetime.UTC))
    facts.gather()
    told = assessment([result(check, facts) for check in applicable(options)])
    ready = not told[FAIL] and not told[UNKNOWN]
    return {"changed": False, "tenant_id": reads.session.tenant_id, "ready": ready, **told}
