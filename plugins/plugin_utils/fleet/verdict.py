# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an audited tenant ends the run: what of its row stops it, and whether that counts as failed or as not reached.

Ansible's exit code tells the two apart: 2 where a host failed, 4 where one was unreachable, whatever the others did.
"""

from __future__ import annotations

from ..options import ArgumentSpec, Options
from . import forms, same_tenant, words
from .record import POSTURE, ROW, needs_somebody

# What can stop a tenant, beside that it could not be audited.
DRIFT, CHECKS, POSTURE_CHECKS = "drift", "checks", "posture"

SPEC = ArgumentSpec(
    {
        "record": {"type": "dict", "required": True},
        "same_tenant": {"type": "list", "elements": "str", "default": []},
        "stop_at": {
            "type": "list",
            "elements": "str",
            "choices": [DRIFT, CHECKS, POSTURE_CHECKS],
            "default": [DRIFT, CHECKS],
        },
    },
    checks=(
        lambda options: [
            f"{path}: is not what audit_record returns." for path in forms.misfits(ROW, options["record"], "record")
        ],
    ),
)


def judged(options: Options) -> Options:
    """The task's result: unreachable where the tenant could not be audited, failed where something stops it."""
    row, stop_at = same_tenant.told(options["record"], options["same_tenant"]), options["stop_at"]
    result = {"changed": False, "status": row["status"]}
    said = [words.change(one) for one in row["drift"] if DRIFT in stop_at]
    checks = filter(needs_somebody, row["checks"])
    said += [_check(one) for one in checks if (POSTURE_CHECKS if one["part"] == POSTURE else CHECKS) in stop_at]
    if row["failures"]:
        why = [f"{words.failure(one)}: {one['message']}" for one in row["failures"]]
        told = [_listed("The tenant could not be audited in full:", why)]
        told += [_listed("What was seen of it needs somebody:", said)] if said else []
        return {**result, "unreachable": True, "msg": "\n".join(told)}
    if said:
        return {**result, "failed": True, "msg": _listed("The tenant needs somebody:", said)}
    return {**result, "msg": f"The tenant {words.IS[row['status']]}."}


def _listed(head: str, said: list[str]) -> str:
    return head + "".join(f"\n- {one}" for one in said)


def _check(one: Options) -> str:
    return f"{words.checked(one).rstrip('.')}. {one['remedy']}".rstrip()
