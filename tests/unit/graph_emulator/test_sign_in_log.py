# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking the sign-in log: filters, order, pages, who sees what, and how old entries may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from graph_calls import SECRET, SYNCRO_APP, GraphCaller, client_id, policy, tenant_document, tenant_id

from graph_emulator.launch import RunningEmulator
from graph_emulator.sign_in_log import END, START, SignInLog

LOG = "auditLogs/signIns"
PERMISSIONS = [
    ("AuditLog.Read.All", "Policy.Read.ConditionalAccess"),
    ("AuditLog.Read.All", "Policy.Read.All"),
    ("AuditLog.Read.All", "Policy.ReadWrite.ConditionalAccess"),
    ("AuditLog.Read.All", "Directory.Read.All"),
]
EVERYTHING = {"Prefer": "include-unknown-enum-members"}


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphCaller]:
    """Ten sign-ins, the tenth an hour ago, the first ten hours ago."""
    document = tenant_document(
        0,
        policies=[policy("Reports"), policy("Off", state="disabled"), admins()],
        clients=[
            {"client_id": client_id(number), "secret": SECRET, "permissions": list(permissions)}
            for number, permissions in enumerate(PERMISSIONS)
        ],
    )
    document["sign_ins"] = [
        {
            "user": "breakglass@t0.example" if number == 4 else "dana@t0.example",
            "app": "Azure Portal" if number == 7 else "Syncro SSO",
            "ip": f"198.51.100.{number}",
            "country": "DE" if number % 2 else "US",
            "at": f"-{11 - number}h",
            "wrong_password": number == 9,
        }
        for number in range(1, 11)
    ]
    document["sign_ins"] += [
        {"user": "dana@t0.example", "app": "Syncro SSO", "ip": "192.0.2.1", "at": "-31d"},
        {"user": "dana@t0.example", "app": "Syncro SSO", "ip": "192.0.2.2", "at": "-1h", "late_by": 86400},
        {"user": "dana@t0.example", "app": "Syncro SSO", "ip": "192.0.2.3", "at": "-1h", "interactive": False},
    ]
    with RunningEmulator({"tenants": [document]}, directory=tmp_path_factory.mktemp("log")) as running:
        yield GraphCaller(running, tenant_id(0))


def admins() -> dict[str, Any]:
    body = policy("Admins", state="enabled", grantControls={"operator": "OR", "builtInControls": ["mfa"]})
    body["conditions"] |= {
        "users": {"includeUsers": ["breakglass@t0.example"]},
        "applications": {"includeApplications": ["All"]},
    }
    return body


def numbers(graph: GraphCaller, query: str = "", **options: Any) -> list[int]:
    return [int(one["ipAddress"].split(".")[3]) for one in graph.values(f"{LOG}{query}", **options)]


def hours_ago(number: float) -> str:
    return (datetime.now(UTC) - timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def filtered(graph: GraphCaller, filter_: str, more: str = "") -> list[int]:
    return numbers(graph, f"?$filter={quote(filter_)}{more}")


def test_newest_first_and_only_what_v1_shows(graph: GraphCaller) -> None:
    assert numbers(graph) == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert numbers(graph, "?$orderby=createdDateTime") == list(range(1, 11))
    assert numbers(graph, "?$orderby=createdDateTime asc") == list(range(1, 11))
    assert numbers(graph, "?$orderby=createdDateTime desc")[0] == 10


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ("createdDateTime ge {5.5}", [10, 9, 8, 7, 6]),
        ("createdDateTime gt {5.5} and createdDateTime lt {3.5}", [7, 6]),
        ("createdDateTime le {8.5}", [2, 1]),
        ("createdDateTime lt {8.5} or createdDateTime gt {1.5}", [10, 2, 1]),
        ("createdDateTime ge {5.5} and appId eq '{app}'", [10, 9, 8, 6]),
        ("createdDateTime ge 2020-01-01 and createdDateTime le 2999-01-01", [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]),
        ("createdDateTime ge 2999-01-01T00:00:00Z", []),
        ("appDisplayName eq 'Azure Portal'", [7]),
        ("startswith(appDisplayName,'Azure')", [7]),
        ("appId ne '{app}'", [7]),
        ("userPrincipalName eq 'BREAKGLASS@t0.example'", [4]),
        ("startsWith(userPrincipalName,'break')", [4]),
        ("userId eq '{breakglass}'", [4]),
        ("ipAddress eq '198.51.100.3'", [3]),
        ("startswith(ipAddress,'198.51.100.1')", [10, 1]),
        ("status/errorCode eq 50126", [9]),
        ("status/errorCode ne 0", [9]),
        ("conditionalAccessStatus eq 'success'", [4]),
        ("isInteractive eq false", []),
        ("location/countryOrRegion eq 'US' and createdDateTime ge {4.5}", [10, 8]),
        ("deviceDetail/operatingSystem eq 'Windows10' and appId ne '{app}'", [7]),
        ("(ipAddress eq '198.51.100.3' or ipAddress eq '198.51.100.4') and createdDateTime ge {7.5}", [4]),
        ("clientAppUsed eq 'Browser' and ipAddress eq '198.51.100.2'", [2]),
    ],
)
def test_filters(graph: GraphCaller, filter_: str, expected: list[int]) -> None:
    words = {"app": SYNCRO_APP, "breakglass": breakglass_id(graph)}
    for name in {part.split("}")[0] for part in filter_.split("{")[1:]}:
        filter_ = filter_.replace(f"{{{name}}}", words[name] if name in words else hours_ago(float(name)))
    assert filtered(graph, filter_) == expected
    assert filtered(graph, filter_, "&$orderby=createdDateTime") == expected[::-1]


def breakglass_id(graph: GraphCaller) -> str:
    return next(one["userId"] for one in graph.values(LOG) if one["userPrincipalName"].startswith("breakglass"))


def test_equal_dates_and_ids(graph: GraphCaller) -> None:
    entry = graph.values(LOG)[2]
    assert filtered(graph, f"createdDateTime eq {entry['createdDateTime']}") == [8]
    assert filtered(graph, f"createdDateTime ge {entry['createdDateTime']}")[-1] == 8
    assert filtered(graph, f"createdDateTime gt {entry['createdDateTime']}")[-1] == 9
    assert filtered(graph, f"createdDateTime le {entry['createdDateTime']}")[0] == 8
    assert filtered(graph, f"createdDateTime lt {entry['createdDateTime']}")[0] == 7
    assert filtered(graph, f"id eq '{entry['id']}'") == [8]
    assert filtered(graph, f"correlationId eq '{entry['correlationId']}'") == [8]


def test_by_policy(graph: GraphCaller) -> None:
    (entry,) = graph.values(f"{LOG}?$filter=conditionalAccessStatus eq 'success'")
    for verdict in entry["appliedConditionalAccessPolicies"]:
        clause = f"appliedConditionalAccessPolicies/any(p:p/id eq '{verdict['id']}')"
        # the one with the wrong password never came to the policies
        assert filtered(graph, clause) == [10, 8, 7, 6, 5, 4, 3, 2, 1]
        assert filtered(graph, f"{clause} and createdDateTime lt {hours_ago(8.5)}") == [2, 1]
    assert filtered(graph, "appliedConditionalAccessPolicies/any(p:p/id eq 'absent')") == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("$filter=nonsense eq 'x'", "Could not find a property named 'nonsense' on type 'microsoft.graph.signIn'"),
        ("$filter=userAgent eq 'x'", "'eq' on 'userAgent' is not supported"),
        ("$filter=contains(userPrincipalName,'dana')", "'contains' on 'userPrincipalName' is not supported"),
        ("$filter=startswith(appId,'3')", "'startswith' on 'appId' is not supported"),
        ("$filter=appId in ('a','b')", "'in' on 'appId' is not supported"),
        ("$filter=not(appId eq 'a')", "'not' is not supported"),
        ("$filter=ipAddress gt '1'", "'gt' on 'ipAddress' is not supported"),
        ("$filter=appId eq userId", "a comparison of two properties is not supported"),
        ("$filter=isInteractive", "a clause that compares nothing is not supported"),
        ("$filter=createdDateTime ge", "Invalid filter clause"),
        (
            "$filter=createdDateTime ge '2026-11-03T00:00:00Z'",
            "Found operand types 'Edm.DateTimeOffset' and 'Edm.String'",
        ),
        ("$filter=createdDateTime ge 7", "Found operand types 'Edm.DateTimeOffset' and 'Edm.Int32'"),
        ("$filter=createdDateTime ge 2026-11-03T00:00:00", "should be in format 'yyyy-mm-ddThh:mm:ss"),
        ("$filter=createdDateTime ge 2026-13-03T00:00:00Z", "should be in format 'yyyy-mm-ddThh:mm:ss"),
        ("$filter=createdDateTime ne 2026-11-03", "'ne' on 'createdDateTime' is not supported"),
        (
            "$filter=appliedConditionalAccessPolicies/any(p:p/result eq 'reportOnlyFailure')",
            "'eq' on 'p/result' is not supported",
        ),
        ("$filter=appliedConditionalAccessPolicies/any()", "any on 'appliedConditionalAccessPolicies'"),
        ("$filter=appliedConditionalAccessPolicies/all(p:p/id eq 'x')", "all on 'appliedConditionalAccessPolicies'"),
        ("$filter=riskEventTypes_v2/any(r:r eq 'x')", "any on 'riskEventTypes_v2' is not supported"),
        ("$orderby=appDisplayName", "Invalid $orderby clause: 'appDisplayName'"),
        ("$orderby=createdDateTime down", "Invalid $orderby clause"),
        ("$orderby=createdDateTime desc,appId", "Invalid $orderby clause"),
        ("$top=0", "Must be between 1 and 1000 inclusive"),
        ("$top=1001", "Must be between 1 and 1000 inclusive"),
        ("$skip=1", "'$skip' is not supported"),
        ("$search=x", "'$search' is not supported"),
        ("$expand=x", "'$expand' is not supported"),
        ("$skiptoken=x", "Skip token is null or invalid"),
        ("$skiptoken=YXQ6NQ==", "Skip token is null or invalid"),
        ("$select=colour", "Could not find a property named 'colour'"),
        ("$nonsense=1", "The query parameter '$nonsense' is not supported"),
    ],
)
def test_queries_that_graph_refuses(graph: GraphCaller, query: str, message: str) -> None:
    answer = graph.get(f"{LOG}?{query}")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "BadRequest"), answer.text
    assert message in error["message"]


def pages(graph: GraphCaller, query: str) -> list[list[int]]:
    found, link = [], f"{LOG}?{query}"
    while link:
        body = graph.get(link).json()
        found.append([int(one["ipAddress"].split(".")[3]) for one in body["value"]])
        link = body.get("@odata.nextLink")
    return found


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("$top=4", [[10, 9, 8, 7], [6, 5, 4, 3], [2, 1]]),
        ("$top=5", [[10, 9, 8, 7, 6], [5, 4, 3, 2, 1]]),
        ("$top=4&$orderby=createdDateTime", [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]),
        ("$top=2&$filter=location/countryOrRegion eq 'US'", [[10, 8], [6, 4], [2]]),
        ("$top=1&$filter=appDisplayName eq 'Azure Portal'&$select=ipAddress", [[7]]),
    ],
)
def test_pages(graph: GraphCaller, query: str, expected: list[list[int]]) -> None:
    assert pages(graph, query) == expected


def test_entries_that_arrive_between_pages_disturb_nothing(launch: Callable[..., RunningEmulator]) -> None:
    document = tenant_document(0)
    usual = {"user": "dana@t0.example", "app": "Syncro SSO"}
    document["sign_ins"] = [{**usual, "ip": f"198.51.100.{one}", "at": f"-{one}h"} for one in range(1, 6)]
    document["sign_ins"].append({**usual, "ip": "198.51.100.99", "at": "-270m", "late_by": 86400})
    running = launch(document)
    graph = GraphCaller(running, tenant_id(0))
    first = graph.get(f"{LOG}?$top=2").json()
    running.sign_in("t0.example", **usual, ip="198.51.100.77")
    running.let_entries_arrive("t0.example")
    rest = graph.get(first["@odata.nextLink"]).json()
    found = [one["ipAddress"].rpartition(".")[2] for one in [*first["value"], *rest["value"]]]
    assert found == ["1", "2", "3", "4"]
    last = graph.get(rest["@odata.nextLink"]).json()
    assert [one["ipAddress"].rpartition(".")[2] for one in last["value"]] == ["99", "5"]
    assert "@odata.nextLink" not in last


def test_select(graph: GraphCaller) -> None:
    body = graph.get(f"{LOG}?$select=id,ipAddress&$top=1").json()
    assert body["@odata.context"].endswith("#auditLogs/signIns(id,ipAddress)")
    assert [set(one) for one in body["value"]] == [{"id", "ipAddress"}]


def test_one_entry(graph: GraphCaller) -> None:
    entry = graph.values(LOG, headers=EVERYTHING)[0]
    alone = graph.get(f"{LOG}/{entry['id'].upper()}", headers=EVERYTHING).json()
    assert alone.pop("@odata.context").endswith("#auditLogs/signIns/$entity")
    assert alone == entry
    assert graph.get(f"{LOG}/{tenant_id(0)}").status_code == 404


@pytest.mark.parametrize("number", range(3))
def test_who_may_read_policies_sees_verdicts(graph: GraphCaller, number: int) -> None:
    caller = GraphCaller(graph.emulator, tenant_id(0), client_id(number))
    answer = caller.get(f"{LOG}?$top=1", headers=EVERYTHING)
    assert answer.headers["Preference-Applied"] == "include-unknown-enum-members"
    (entry,) = answer.json()["value"]
    found = [(one["displayName"], one["result"]) for one in entry["appliedConditionalAccessPolicies"]]
    assert found == [("Reports", "reportOnlyFailure"), ("Off", "notEnabled"), ("Admins", "notApplied")]


def test_without_the_preference_report_only_verdicts_are_unknown(graph: GraphCaller) -> None:
    answer = graph.get(f"{LOG}?$top=1")
    assert "Preference-Applied" not in answer.headers
    (entry,) = answer.json()["value"]
    found = [one["result"] for one in entry["appliedConditionalAccessPolicies"]]
    assert found == ["unknownFutureValue", "notEnabled", "notApplied"]
    alone = graph.get(f"{LOG}/{entry['id']}", headers={"Prefer": "odata.maxpagesize=5"}).json()
    assert alone["appliedConditionalAccessPolicies"] == entry["appliedConditionalAccessPolicies"]


def test_in_a_batch_the_preference_is_the_parts_own(graph: GraphCaller) -> None:
    part = {"method": "GET", "url": f"/{LOG}?$top=1"}
    requests = [{**part, "id": "1"}, {**part, "id": "2", "headers": EVERYTHING}]
    found = {one["id"]: one["body"] for one in graph.post("$batch", {"requests": requests}).json()["responses"]}
    seen = {key: body["value"][0]["appliedConditionalAccessPolicies"][0]["result"] for key, body in found.items()}
    assert seen == {"1": "unknownFutureValue", "2": "reportOnlyFailure"}


def test_without_a_policy_permission_there_are_no_verdicts(graph: GraphCaller) -> None:
    caller = GraphCaller(graph.emulator, tenant_id(0), client_id(3))
    entries = caller.values(LOG, headers=EVERYTHING)
    assert [one["appliedConditionalAccessPolicies"] for one in entries] == [[]] * 10
    policy_id = graph.values(LOG)[0]["appliedConditionalAccessPolicies"][0]["id"]
    clause = f"appliedConditionalAccessPolicies/any(p:p/id eq '{policy_id}')"
    assert filtered(caller, clause) == []


def test_a_log_in_any_order_of_arrival() -> None:
    now = datetime(2026, 11, 3, tzinfo=UTC)
    log = SignInLog()
    for hours in (5, 1, 3, 2, 4):
        log.add(f"{hours}", now - timedelta(hours=hours), "", {}, late_by=7200 if hours == 1 else 0)
    assert [one.id for one in log.between(START, END, now, oldest_first=False)] == ["2", "3", "4", "5"]
    assert [one.id for one in log.between(START, END, now, oldest_first=True)] == ["5", "4", "3", "2"]
    assert (log.on_the_way(now), log.find("1", now)) == (1, None)
    later = now + timedelta(hours=1)
    assert next(log.between(START, END, later, oldest_first=False)).id == "1"
    assert log.on_the_way(later) == 0


def test_entries_are_kept_for_thirty_days() -> None:
    now = datetime(2026, 11, 3, tzinfo=UTC)
    log = SignInLog()
    log.add("old", now - timedelta(days=30, seconds=1), "", {})
    log.add("kept", now - timedelta(days=30), "", {})
    assert [one.id for one in log.between(START, END, now, oldest_first=False)] == ["kept"]
    assert log.find("old", now) is None
    assert log.find("kept", now) is not None
    assert log.find("kept", now + timedelta(seconds=1)) is None


def test_sign_ins_of_a_seed_are_judged_unless_told(launch: Callable[..., RunningEmulator]) -> None:
    usual = {"user": "dana@t0.example", "app": "Syncro SSO", "ip": "203.0.113.9"}
    document = tenant_document(0, policies=[policy(state="enabled")])
    document["sign_ins"] = [
        {**usual, "at": "-1h"},
        {**usual, "at": "-2h", "verdicts": {"Block Syncro": "reportOnlySuccess"}},
        {**usual, "at": "-3h", "error_code": 50053, "failure_reason": "Locked."},
    ]
    graph = GraphCaller(launch(document), tenant_id(0))
    judged, told, refused = graph.values(LOG, headers=EVERYTHING)
    assert (judged["status"]["errorCode"], judged["conditionalAccessStatus"]) == (53003, "failure")
    assert [one["result"] for one in judged["appliedConditionalAccessPolicies"]] == ["failure"]
    assert (told["status"]["errorCode"], told["conditionalAccessStatus"]) == (0, "notApplied")
    assert [one["result"] for one in told["appliedConditionalAccessPolicies"]] == ["reportOnlySuccess"]
    assert refused["status"] == {"errorCode": 50053, "failureReason": "Locked.", "additionalDetails": None}
    assert refused["appliedConditionalAccessPolicies"] == []
