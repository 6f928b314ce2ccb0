# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tenant's row, out of what the tasks of an audit have registered, and how it ends the run."""

from __future__ import annotations

import pytest
from audit_results import CHECK, UNREAD, registered, row

from ansible_collections.msp.entra.plugins.plugin_utils.fleet import record, verdict
from ansible_collections.msp.entra.plugins.plugin_utils.fleet.changes import changes_of
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput

CHANGED = {
    "changed": True,
    "policy": {"display_name": "Block", "enforcement": "enabled"},
    "diff": {
        "before": {"enforcement": "disabled", "conditions": {"users": {"exclude_users": ["a"]}, "platforms": None}},
        "after": {"enforcement": "enabled", "conditions": {"users": {"exclude_users": ["a", "b"]}, "platforms": None}},
        "after_header": "policy Block",
    },
}
SAME = {"changed": False, "policy": {"display_name": "Block", "enforcement": "report_only"}, "diff": {"before": {}}}
MADE = {"changed": True, "diff": {"before": {}, "after": {"trusted": True}, "after_header": "named location Home"}}
GONE = {"changed": True, "diff": {"before": {"trusted": True}, "after": {}, "before_header": "named location Away"}}
REFUSED = {"part": "part_a", "task": "Look", "result": {"failed": True, "msg": "No.", "failure_kind": "permission"}}


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({}, []),
        (SAME, []),
        ({"skipped": True, "changed": False}, []),
        ({"changed": True}, []),
        (
            CHANGED,
            [
                (
                    "policy Block",
                    "update",
                    [
                        {"path": "enforcement", "is": "disabled", "wanted": "enabled"},
                        {"path": "conditions.users.exclude_users", "is": ["a"], "wanted": ["a", "b"]},
                    ],
                )
            ],
        ),
        (MADE, [("named location Home", "create", [])]),
        (GONE, [("named location Away", "delete", [])]),
        (
            {"results": [SAME, MADE, GONE]},
            [("named location Home", "create", []), ("named location Away", "delete", [])],
        ),
        (
            {"changed": True, "diff": [MADE["diff"], GONE["diff"]]},
            [("named location Home", "create", []), ("named location Away", "delete", [])],
        ),
    ],
)
def test_changes(result, expected):
    assert [(one["object"], one["change"], one["properties"]) for one in changes_of([result])] == expected


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"readiness": {"checks": [CHECK | {"status": "pass"}]}}, "clean"),
        ({"readiness": {"checks": [CHECK | {"status": "unknown"}]}}, "clean"),
        ({"readiness": {"checks": [UNREAD]}}, "findings"),
        ({"posture": {"checks": [UNREAD]}}, "findings"),
        ({"readiness": {"checks": [CHECK]}}, "findings"),
        ({"posture": {"checks": [CHECK]}}, "findings"),
        ({"service_account": {"enabled": [{"certain": True}]}}, "findings"),
        ({"service_account": {"enabled": [{"certain": False}]}}, "clean"),
        ({"part_a": [CHANGED], "readiness": {"checks": [CHECK]}}, "drift"),
        ({"part_b": [MADE]}, "drift"),
        ({"part_b": [MADE], "failures": [REFUSED]}, "failed"),
    ],
)
def test_the_worst_is_the_status(given, status):
    assert row(**given)["status"] == status


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([SAME], "report_only"),
        ([CHANGED], "disabled"),
        ([MADE | {"policy": {"display_name": "Block"}}], "absent"),
        ([], "unknown"),
    ],
)
def test_the_restriction_is_told_as_it_is_now(results, expected):
    assert row(part_a=results, restriction="Block")["restriction"] == expected
    assert row(part_a=results, restriction="Another")["restriction"] == "unknown"


def test_what_was_skipped_or_failed_was_not_looked_at():
    seen = row(
        readiness={"changed": False, "checks": []},
        part_a=[{"changed": False, "failed": True}],
        part_b=[{"changed": False, "skipped": True}],
    )
    assert seen["looked_at"] == ["readiness"]


def test_a_failed_loop_tells_what_its_items_say_once():
    items = [{"failed": True, "msg": "No.", "failure_kind": "throttled"}] * 2 + [{"changed": False}]
    (told,) = row(
        failures=[REFUSED | {"result": {"failed": True, "msg": "One or more items failed", "results": items}}]
    )["failures"]
    assert told == {"part": "part_a", "task": "Look", "kind": "throttled", "message": "No."}


def test_what_a_rescue_has_in_short_is_told_in_full():
    """A role that fails half-way ends with a task that puts back, and says of the failure what fits into a line."""
    loop = {
        "failed": True,
        "msg": "One or more items failed",
        "results": [{"changed": True}, {"failed": True, "msg": "All of it."}],
    }
    in_short = REFUSED | {"result": {"failed": True, "msg": "In short.", "put_back": [], "failure_kind": "refused"}}
    (told,) = row(failures=[in_short], part_a=[{}, loop])["failures"]
    assert told["message"] == "All of it."
    # Of a part that has registered nothing, that is what there is.
    (told,) = row(failures=[in_short], part_a=[{}])["failures"]
    assert (told["message"], told["kind"]) == ("In short.", "refused")


def test_a_failure_of_ansible_s_own_is_of_no_sort_that_we_know():
    (told,) = row(failures=[REFUSED | {"result": {"failed": True}}])["failures"]
    assert (told["kind"], told["message"]) == ("other", "It gave no reason.")


def test_requests_are_summed_over_all_tasks():
    cost = {"requests": {"count": 2, "seconds": 0.25}}
    seen = row(readiness=cost, part_a=[{"results": [cost, cost]}], part_b=[{}], failures=[REFUSED | {"result": cost}])
    assert seen["requests"] == {"count": 8, "seconds": 1.0}


def test_sites_with_an_end_are_told_and_addresses_only_where_the_log_was_read():
    sites = [
        {"name": "Office"},
        {"name": "Travel", "expires": "2030-01-01T00:00:00Z"},
        {"name": "Odd", "expires": "soon"},
    ]
    seen = row(sites=sites)
    assert seen["sites"] == [{"name": "Travel", "expires": "2030-01-01T00:00:00Z"}]
    assert (seen["unlisted"], seen["unlisted_known"]) == ([], False)
    one = {"cidr": "203.0.113.9/32", "users": ["dana"], "count": 1, "days": 1}
    seen = row(impact={"suggestions": [one | {"first": "x"}]})
    assert (seen["unlisted"], seen["unlisted_known"]) == ([one], True)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"readiness": {"checks": [{"id": "licence"}]}}, "readiness.checks[0].title"),
        ({"impact": {"suggestions": [1]}}, "impact.suggestions[0]"),
        ({"failures": [{"part": "part_a"}]}, "failures[0].result"),
    ],
)
def test_what_no_module_returns_is_refused(given, path):
    with pytest.raises(BadInput, match=r"is not what") as caught:
        record.SPEC.validate(registered(**given))
    assert any(problem.startswith(f"{path}: ") for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("given", "stop_at", "ends"),
    [
        ({}, ["drift", "checks", "posture"], "fine"),
        ({"part_a": [CHANGED]}, ["drift"], "failed"),
        ({"part_a": [CHANGED]}, ["checks"], "fine"),
        ({"readiness": {"checks": [CHECK]}}, ["checks"], "failed"),
        ({"readiness": {"checks": [CHECK]}}, ["posture"], "fine"),
        ({"readiness": {"checks": [UNREAD]}}, ["checks"], "failed"),
        ({"readiness": {"checks": [UNREAD]}}, ["drift"], "fine"),
        ({"posture": {"checks": [UNREAD]}}, ["posture"], "failed"),
        ({"posture": {"checks": [CHECK]}}, ["checks"], "fine"),
        ({"posture": {"checks": [CHECK]}}, ["posture"], "failed"),
        ({"service_account": {"enabled": [{"certain": True}]}}, ["checks"], "failed"),
        ({"failures": [REFUSED], "part_a": [CHANGED]}, [], "unreachable"),
    ],
)
def test_how_the_run_of_a_tenant_ends(given, stop_at, ends):
    result = verdict.judged({"record": row(**given), "stop_at": stop_at, "same_tenant": []})
    assert [key for key in ("failed", "unreachable") if result.get(key)] == ([ends] if ends != "fine" else [])


def test_of_a_tenant_that_was_lost_half_way_all_is_told():
    result = verdict.judged(
        {
            "record": row(
                failures=[REFUSED], part_a=[CHANGED], readiness={"checks": [CHECK]}, posture={"checks": [CHECK]}
            ),
            "stop_at": ["drift", "checks"],
            "same_tenant": [],
        }
    )
    assert result["unreachable"] and "failed" not in result
    assert result["msg"].splitlines() == [
        "The tenant could not be audited in full:",
        "- Part A, trusted sites: permission missing: No.",
        "What was seen of it needs somebody:",
        "- policy Block differs: enforcement, conditions.users.exclude_users",
        "- [fail] There is a licence: none. Buy one.",
    ]


def test_a_tenant_that_no_part_was_run_for_is_not_clean():
    nothing = record.recorded(record.SPEC.validate({"host": "northwind"}))["record"]
    assert nothing["status"] == "failed" and nothing["looked_at"] == []
    assert "Its tags are readiness, part_a, part_b and posture." in nothing["failures"][0]["message"]


@pytest.mark.parametrize("wrong", ["oops", {"name": "Office"}, ["oops"], 7, None])
def test_variables_of_another_form_do_not_cost_the_row(wrong):
    found = row(sites=wrong, accepted_risks=wrong, failures=[REFUSED])
    assert found["sites"] == [] and found["status"] == "failed"
