# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One tenant's row of the fleet report, out of what the tasks of an audit returned.

Nothing is asked of Microsoft Graph here. What a task returned is taken as it is; a part without a result has failed.
"""

from __future__ import annotations

from ..conditional_access.verdicts import FAIL
from ..options import ArgumentSpec, Options
from ..registered import each
from .changes import changes_of

CLEAN, FINDINGS, DRIFT, FAILED = "clean", "findings", "drift", "failed"
# From what needs somebody at once to what needs nobody.
STATUSES = (FAILED, DRIFT, FINDINGS, CLEAN)

READINESS, PART_A, PART_B, POSTURE = "readiness", "part_a", "part_b", "posture"
PARTS = (READINESS, PART_A, PART_B, POSTURE)

ABSENT, UNKNOWN = "absent", "unknown"

_RAW_RESULTS: Options = {"type": "list", "elements": "raw", "default": []}

SPEC = ArgumentSpec(
    {
        "host": {"type": "str", "required": True},
        "tenant_id": {"type": "str"},
        "tenant_name": {"type": "str"},
        "readiness": {"type": "dict", "default": {}},
        "posture": {"type": "dict", "default": {}},
        "service_account": {"type": "dict", "default": {}},
        "impact": {"type": "dict", "default": {}},
        "sites": {"type": "list", "elements": "dict", "default": []},
        "part_a": _RAW_RESULTS,
        "part_b": _RAW_RESULTS,
        "restriction": {"type": "str"},
        "accepted_risks": {"type": "list", "elements": "str", "default": []},
        "failures": {"type": "list", "elements": "dict", "default": []},
        "looked_at": {"type": "list", "elements": "str", "choices": list(PARTS), "default": list(PARTS)},
    }
)


def recorded(options: Options) -> Options:
    """The row. See the documentation of the module audit_record for its form."""
    checks = [
        *({**check, "part": READINESS} for check in options["readiness"].get("checks") or ()),
        *({**check, "part": POSTURE} for check in options["posture"].get("checks") or ()),
        *_of_service_account(options["service_account"]),
    ]
    drift = [{"part": part, **change} for part in (PART_A, PART_B) for change in changes_of(options[part])]
    failures = [_failure(one) for one in options["failures"]]
    row = {
        "host": options["host"],
        "tenant_id": options["tenant_id"] or "",
        "tenant_name": options["tenant_name"] or options["host"],
        "restriction": _restriction(options),
        "looked_at": options["looked_at"],
        "checks": checks,
        "drift": drift,
        "sites": [
            {"name": site["name"], "expires": site["expires"]} for site in options["sites"] if site.get("expires")
        ],
        "unlisted": [_unlisted(one) for one in options["impact"].get("suggestions") or ()],
        "accepted_risks": options["accepted_risks"],
        "failures": failures,
        "requests": _requests(options),
    }
    return {"changed": False, "record": {**row, "status": _status(row)}}


def _status(row: Options) -> str:
    """The worst that there is to say."""
    if row["failures"]:
        return FAILED
    if row["drift"]:
        return DRIFT
    return FINDINGS if any(check["status"] == FAIL for check in row["checks"]) else CLEAN


def _of_service_account(watch: Options) -> list[Options]:
    """Whether another policy than ours stops the service account, as a check."""
    if not watch:
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
        policy = result.get("policy") or {}
        if not policy or (name and policy.get("display_name") != name):
            continue
        diff = result.get("diff") or {}
        if not result.get("changed"):
            return str(policy.get("enforcement") or UNKNOWN)
        return str((diff.get("before") or {}).get("enforcement") or ABSENT)
    return UNKNOWN


def _failure(one: Options) -> Options:
    """A part that could not be looked at, and why; of a loop, what its items say."""
    result = one.get("result") or {}
    failed = [item for item in each([result]) if item.get("failed")] or [result]
    said = list(dict.fromkeys(str(item["msg"]) for item in failed if item.get("msg")))
    kinds = [str(item["failure_kind"]) for item in failed if item.get("failure_kind")]
    return {
        "part": str(one.get("part") or ""),
        "task": str(one.get("task") or ""),
        "kind": kinds[0] if kinds else "other",
        "message": "\n".join(said) or "It gave no reason.",
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
        if isinstance(result.get("requests"), dict)
    ]
    return {
        "count": sum(cost.get("count") or 0 for cost in costs),
        "seconds": round(sum(cost.get("seconds") or 0 for cost in costs), 3),
    }
