# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One tenant's row of the fleet report, out of what the tasks of an audit returned.

Nothing is asked of Microsoft Graph here. What a task returned is taken as it is; a part without a result has failed.
"""

from __future__ import annotations

import typing as t

from ..conditional_access.verdicts import FAIL
from ..options import ArgumentSpec, Options
from ..registered import each, failed, reasons
from . import forms
from .changes import changes_of

CLEAN, FINDINGS, DRIFT, FAILED = "clean", "findings", "drift", "failed"
# From what needs somebody at once to what needs nobody.
STATUSES = (FAILED, DRIFT, FINDINGS, CLEAN)

READINESS, PART_A, PART_B, POSTURE = "readiness", "part_a", "part_b", "posture"
PARTS = (READINESS, PART_A, PART_B, POSTURE)

ABSENT, UNKNOWN = "absent", "unknown"

# The verdict on a check, unknown by its status, of which Graph refused what it is worked out from: somebody has to let it in.
UNREAD = "unread"

# The kinds of failure behind which a tenant is not asked for the next part, as msp.entra.audit has them.
CLOSED = ("login", "unreachable", "throttled")

# A tenant that nobody has looked at is not clean.
NOT_ASKED_OF = {
    "part": "",
    "task": "",
    "kind": "other",
    "message": "No part of the audit was run for it. Its tags are readiness, part_a, part_b and posture.",
}

_RAW_RESULTS: Options = {"type": "list", "elements": "raw", "default": []}

# What each of these options takes, and where that comes from.
_REGISTERED: dict[str, tuple[t.Any, str]] = {
    "readiness": (forms.ASSESSMENT, "readiness_info"),
    "posture": (forms.ASSESSMENT, "posture_info"),
    "service_account": (forms.WATCH, "service_account_info"),
    "impact": (forms.IMPACT, "sign_in_impact_info"),
    "failures": ([forms.FAILURE], "a rescue"),
}

SPEC = ArgumentSpec(
    {
        "host": {"type": "str", "required": True},
        "tenant_id": {"type": "str"},
        "tenant_name": {"type": "str"},
        "readiness": {"type": "dict", "default": {}},
        "posture": {"type": "dict", "default": {}},
        "service_account": {"type": "dict", "default": {}},
        "impact": {"type": "dict", "default": {}},
        # As the host's variables have them, which may be of any form: that is a finding then, and the row is written.
        "sites": {"type": "raw", "default": []},
        "part_a": _RAW_RESULTS,
        "part_b": _RAW_RESULTS,
        "restriction": {"type": "str"},
        "accepted_risks": {"type": "raw", "default": []},
        "failures": {"type": "list", "elements": "dict", "default": []},
    },
    checks=(
        lambda options: [
            f"{path}: is not what {module} returns."
            for name, (form, module) in _REGISTERED.items()
            for path in forms.misfits(form, options[name], name)
        ],
    ),
)


def recorded(options: Options) -> Options:
    """The row. See the documentation of the module audit_record for its form."""
    checks = [
        *({**check, "part": READINESS} for check in options["readiness"].get("checks") or ()),
        *({**check, "part": POSTURE} for check in options["posture"].get("checks") or ()),
        *_of_service_account(options["service_account"]),
    ]
    drift = [{"part": part, **change} for part in (PART_A, PART_B) for change in changes_of(options[part])]
    failures = [_failure(one, options) for one in options["failures"]]
    row = {
        "host": options["host"],
        # As the token has it: the inventory may name the tenant by a domain, or leave it to the environment.
        "tenant_id": options["readiness"].get("tenant_id") or options["tenant_id"] or "",
        "tenant_name": options["tenant_name"] or options["host"],
        "restriction": _restriction(options),
        "looked_at": _looked_at(options),
        "checks": checks,
        "drift": drift,
        # What is wrong with a site is among the checks.
        "sites": [
            {"name": site["name"], "expires": site["expires"]}
            for site in _a_list(options["sites"])
            if not list(forms.misfits(forms.SITE, site, ""))
        ],
        "unlisted": [_unlisted(one) for one in options["impact"].get("suggestions") or ()],
        # Without a look at the sign-in log nobody knows of any.
        "unlisted_known": "suggestions" in options["impact"],
        "accepted_risks": [one for one in _a_list(options["accepted_risks"]) if isinstance(one, str)],
        "failures": failures or ([] if _was_asked_of(options) else [NOT_ASKED_OF]),
        "requests": _requests(options),
    }
    return {"changed": False, "record": {**row, "status": status_of(row)}}


def _a_list(value: t.Any) -> list[t.Any]:
    return value if isinstance(value, list) else []


def _results(options: Options) -> dict[str, t.Any]:
    return {
        READINESS: options["readiness"],
        PART_A: options["part_a"],
        PART_B: options["part_b"],
        POSTURE: options["posture"],
    }


def _was_asked_of(options: Options) -> bool:
    """Whether any part was run, or skipped for a reason of the tenant's. With a tag that no part has, none is."""
    results = [*_results(options).values(), options["service_account"]]
    return any(one for result in results for one in each(result))


def _looked_at(options: Options) -> list[str]:
    """The parts of which there is a result. One that was skipped, as part B is without a service account, was not looked at."""
    results = _results(options)
    return [
        part
        for part in PARTS
        if any("changed" in one and not one.get("skipped") and not one.get("failed") for one in each(results[part]))
    ]


def status_of(row: Options) -> str:
    """The worst that there is to say."""
    if row["failures"]:
        return FAILED
    if row["drift"]:
        return DRIFT
    return FINDINGS if any(map(needs_somebody, row["checks"])) else CLEAN


def besides(row: Options) -> list[str]:
    """What a tenant has that is less than its status: who could not be audited in full may have drifted too."""
    found = {DRIFT: bool(row["drift"]), FINDINGS: any(map(needs_somebody, row["checks"]))}
    return [status for status, has in found.items() if has and STATUSES.index(status) > STATUSES.index(row["status"])]


def verdict_on(check: Options) -> str:
    """A check's status, but where Graph refused what it is worked out from: a tenant is not well because nobody may look."""
    status: str = check["status"]
    return UNREAD if check.get("unread") and status != FAIL else status


def needs_somebody(check: Options) -> bool:
    """Whether a check has failed, or may not be read."""
    return verdict_on(check) in (FAIL, UNREAD)


# The form of a row, whoever has written it.
ROW = forms.Following({**forms.ROW, "status": forms.one_of(*STATUSES)}, "status", status_of)


def _of_service_account(watch: Options) -> list[Options]:
    """Whether another policy than ours stops the service account, as a check."""
    if "enabled" not in watch:
        return []
    certain = [one for one in watch.get("enabled") or () if one.get("certain")]
    said = " ".join(watch.get("summary") or ()) or "No other policy can stop it."
    perhaps = [*(watch.get("enabled") or ()), *(watch.get("report_only") or ())]
    return [
        {
            "id": "service-account-way",
            "title": "No other policy stops the service account",
            "part": PART_B,
            "status": FAIL if certain else ("unknown" if perhaps else "pass"),
            "evidence": said,
            "remedy": "Leave the service account out of these policies, or meet what they ask for." if perhaps else "",
        }
    ]


def _restriction(options: Options) -> str:
    """How the policy of part A is now, before anything is changed: its enforcement, absent, or unknown."""
    name = options["restriction"]
    for result in each(options["part_a"]):
        policy, diff = result.get("policy"), result.get("diff")
        if not isinstance(policy, dict) or (name and policy.get("display_name") != name):
            continue
        if not result.get("changed"):
            return str(policy.get("enforcement") or UNKNOWN)
        before = diff.get("before") if isinstance(diff, dict) else None
        return str(before.get("enforcement") or UNKNOWN) if isinstance(before, dict) and before else ABSENT
    return UNKNOWN


def _failure(one: Options, options: Options) -> Options:
    """A part that could not be looked at, and why; of a loop, what its items say."""
    result = one.get("result") or {}
    failures = failed(result)
    if "put_back" in result:
        # That is a role's rescue, which has the cause in short. In full it is in what the role has registered.
        failures = [
            other for other in each(_results(options).get(str(one.get("part")))) if other.get("failed")
        ] or failures
    kinds = [str(item["failure_kind"]) for item in failures if item.get("failure_kind")]
    return {
        "part": str(one.get("part") or ""),
        "task": str(one.get("task") or ""),
        "kind": kinds[0] if kinds else "other",
        "message": "\n".join(reasons(failures)),
    }


def _unlisted(one: Options) -> Options:
    return {name: one.get(name) for name in ("cidr", "users", "count", "days")}


def _requests(options: Options) -> Options:
    """What the audit of the tenant has cost."""
    named = [options[name] for name in ("readiness", "posture", "service_account", "impact")]
    costs = [
        result["requests"]
        for result in each(
            [*named, *options["part_a"], *options["part_b"], *(one.get("result") for one in options["failures"])]
        )
        if not list(forms.misfits(forms.COST, result.get("requests"), ""))
    ]
    return {
        "count": sum(cost.get("count") or 0 for cost in costs),
        "seconds": round(sum(cost.get("seconds") or 0 for cost in costs), 3),
    }
