# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Days of sign-ins at once: rhythms, places, journeys, lateness, and the same again from the same seed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from graph_calls import SYNCRO_APP, GraphCaller, ip_location, policy, read_tenant, tenant_document, tenant_id

import graph_emulator
from graph_emulator.launch import PracticeRefused, RunningEmulator
from graph_emulator.moments import graph_time, moment_of
from graph_emulator.shapes import problems_of
from graph_emulator.sign_in_log import END, START
from graph_emulator.simulated_days import SIMULATION, simulate
from graph_emulator.tenants import Tenant

# a Thursday
NOW = datetime(2026, 11, 5, 18, 30, tzinfo=UTC)
OFFICE, HOME = {"ip": "198.51.100.10", "country": "US"}, {"ip": "203.0.113.9", "country": "US"}
DANA = {"user": "dana@t0.example", "app": "Syncro SSO"}


@pytest.fixture
def tenant(tmp_path: Path) -> Tenant:
    body = policy()
    body["conditions"]["locations"] = {"includeLocations": ["All"], "excludeLocations": ["Office"]}
    office = ip_location("Office", f"{OFFICE['ip']}/32", isTrusted=True)
    return read_tenant(tmp_path, tenant_document(0, named_locations=[office], policies=[body]))


def run(tenant: Tenant, *people: dict[str, Any], now: datetime = NOW, **more: Any) -> dict[str, Any]:
    document = {"people": list(people), **more} if people else more
    assert list(problems_of(document, SIMULATION, "")) == []
    problems: list[str] = []
    counts = simulate(tenant, document, now, "", problems)
    assert problems == []
    return counts


def entries(tenant: Tenant, now: datetime = NOW) -> list[dict[str, Any]]:
    return [one.whole() for one in tenant.sign_ins.between(START, END, now, oldest_first=True)]


def moments(tenant: Tenant) -> list[datetime]:
    return [moment_of(one["createdDateTime"], NOW) for one in entries(tenant)]


def test_working_days(tenant: Tenant) -> None:
    counts = run(tenant, {**DANA, "a_day": 5, "hours": "09:00-17:30", "places": [OFFICE]}, days=7)
    when = moments(tenant)
    assert counts["sign_ins"] == len(when) == 25
    # Friday, then Monday to Thursday; nothing at the weekend
    assert Counter(one.strftime("%a") for one in when) == dict.fromkeys(("Fri", "Mon", "Tue", "Wed", "Thu"), 5)
    assert all("09:00" <= one.strftime("%H:%M") < "17:30" for one in when)
    assert when == sorted(when)


def test_hours_are_local(tenant: Tenant) -> None:
    run(tenant, {**DANA, "a_day": 20, "hours": "09:00-10:00", "places": [OFFICE]}, days=3, utc_offset="-05:00")
    assert {one.hour for one in moments(tenant)} == {14}


def test_a_night_shift_at_the_weekend(tenant: Tenant) -> None:
    person = {**DANA, "a_day": 40, "hours": "22:00-06:00", "weekdays": ["sat"], "places": [OFFICE]}
    run(tenant, person, days=7)
    when = moments(tenant)
    assert {one.strftime("%a") for one in when} == {"Sat", "Sun"}
    assert all(one.hour >= 22 or one.hour < 6 for one in when)
    assert len(when) == 40


def test_from_so_many_to_so_many(tenant: Tenant) -> None:
    run(tenant, {**DANA, "a_day": {"from": 1, "to": 4}, "places": [OFFICE]}, days=28)
    a_day = Counter(one.date() for one in moments(tenant))
    assert set(a_day.values()) == {1, 2, 3, 4}


def test_nothing_is_in_the_future_or_before_the_window(tenant: Tenant) -> None:
    noon = NOW.replace(hour=12, minute=0)
    run(tenant, {**DANA, "a_day": 50, "hours": "00:00-24:00", "places": [OFFICE]}, days=2, now=noon)
    when = moments(tenant)
    assert noon - timedelta(days=2) <= min(when) < max(when) < noon


def test_every_few_hours_round_the_clock(tenant: Tenant) -> None:
    run(tenant, {**DANA, "every_hours": 4, "places": [OFFICE]}, days=5)
    when = moments(tenant)
    gaps = [(later - earlier) / timedelta(hours=1) for earlier, later in zip(when, when[1:], strict=False)]
    assert 27 <= len(when) <= 33
    assert all(3.6 <= gap <= 4.4 for gap in gaps)


def test_a_few_times(tenant: Tenant) -> None:
    stranger = {**DANA, "times": 3, "mfa": False, "places": [{"ip": "192.0.2.66", "country": "RU"}]}
    counts = run(tenant, stranger, days=7)
    assert (counts["sign_ins"], counts["ips"]) == (3, {"192.0.2.66": 3})


def test_places_by_their_shares_and_addresses(tenant: Tenant) -> None:
    cloud = {"ips": ["52.0.0.1", "52.0.0.2"], "country": "US", "share": 2}
    counts = run(tenant, {**DANA, "times": 2000, "places": [{**OFFICE, "share": 7}, {**HOME, "share": 1}, cloud]})
    assert set(counts["ips"]) == {OFFICE["ip"], HOME["ip"], "52.0.0.1", "52.0.0.2"}
    assert 1300 < counts["ips"][OFFICE["ip"]] < 1500
    assert 150 < counts["ips"][HOME["ip"]] < 250
    assert 150 < counts["ips"]["52.0.0.1"] < 250


def test_on_a_journey_nobody_is_at_home(tenant: Tenant) -> None:
    abroad = {"ip": "192.0.2.7", "country": "GB", "city": "Leeds", "from": "-3d", "until": "-1d"}
    run(tenant, {**DANA, "every_hours": 1, "places": [OFFICE], "travels": [abroad]}, days=7)
    for entry in entries(tenant):
        days_ago = (NOW - moment_of(entry["createdDateTime"], NOW)) / timedelta(days=1)
        assert (entry["ipAddress"] == "192.0.2.7") is (1 < days_ago <= 3)
        assert entry["location"]["city"] == ("Leeds" if 1 < days_ago <= 3 else None)


def test_counts(tenant: Tenant) -> None:
    people = (
        {**DANA, "a_day": 4, "hours": "08:00-12:00", "places": [OFFICE]},
        {**DANA, "times": 2, "places": [HOME]},
        {"user": "syncro-svc@t0.example", "app": SYNCRO_APP, "times": 1, "places": [HOME]},
    )
    assert run(tenant, *people, days=7) == {
        "sign_ins": 23,
        "from": "2026-10-29T18:30:00.0000000Z",
        "until": "2026-11-05T18:30:00.0000000Z",
        "outcomes": {"succeeded": 22, "account_disabled": 1},
        "users": {"dana@t0.example": 22, "syncro-svc@t0.example": 1},
        "ips": {OFFICE["ip"]: 20, HOME["ip"]: 3},
        "verdicts": {"Block Syncro": {"reportOnlyNotApplied": 20, "reportOnlyFailure": 2}},
        "on_the_way": 0,
    }
    assert len(entries(tenant)) == 23


def test_the_same_seed_gives_the_same_and_another_does_not(tmp_path: Path) -> None:
    person = {**DANA, "a_day": {"from": 2, "to": 6}, "places": [{**OFFICE, "share": 3}, HOME]}
    logs = []
    for number, seed in enumerate((7, 7, 8)):
        folder = tmp_path / str(number)
        folder.mkdir()
        one = read_tenant(folder, tenant_document())
        run(one, person, seed=seed, late_by={"usual": 300, "at_most": 7200})
        logs.append(entries(one))
    assert logs[0] == logs[1]
    assert logs[0] != logs[2]


def test_later_on_the_same_day_the_morning_is_the_same(tmp_path: Path) -> None:
    person = {**DANA, "a_day": 9, "hours": "08:00-18:00", "places": [OFFICE, HOME]}
    seen = []
    for hour in (12, 18):
        folder = tmp_path / str(hour)
        folder.mkdir()
        one = read_tenant(folder, tenant_document())
        now = NOW.replace(hour=hour)
        run(one, person, days=1, now=now)
        today = graph_time(NOW.replace(hour=0, minute=0))
        noon = graph_time(NOW.replace(hour=12, minute=0))
        seen.append(
            [
                (entry["createdDateTime"], entry["ipAddress"])
                for entry in entries(one, now)
                if today <= entry["createdDateTime"] < noon
            ]
        )
    assert seen[0] == seen[1] != []


def test_two_runs_do_not_share_ids(tenant: Tenant) -> None:
    person = {**DANA, "times": 5, "places": [OFFICE]}
    run(tenant, person)
    run(tenant, person)
    assert len({one["id"] for one in entries(tenant)}) == 10


def test_entries_are_late_by_a_fixed_time_or_by_chance(tmp_path: Path) -> None:
    fixed, chance = (read_tenant(tmp_path, tenant_document()) for _round in range(2))
    person = {**DANA, "every_hours": 0.1, "places": [OFFICE]}
    assert run(fixed, person, days=1, late_by=3600)["on_the_way"] in range(9, 12)
    counts = run(chance, person, days=10, late_by={"usual": 3600, "at_most": 7200})
    assert 3 <= counts["on_the_way"] <= 20
    late = NOW + timedelta(seconds=7200)
    assert chance.sign_ins.on_the_way(late) == 0
    assert len(entries(chance, late)) == counts["sign_ins"]


def test_a_seed_brings_days_of_sign_ins(launch: Callable[..., RunningEmulator]) -> None:
    document = tenant_document(0, policies=[policy()])
    document["simulated_sign_ins"] = {
        "seed": 3,
        "people": [{**DANA, "every_hours": 2, "places": [HOME]}],
    }
    graph = GraphCaller(launch(document), tenant_id(0))
    found = graph.values("auditLogs/signIns", headers={"Prefer": "include-unknown-enum-members"})
    assert 75 <= len(found) <= 93
    assert {one["appliedConditionalAccessPolicies"][0]["result"] for one in found} == {"reportOnlyFailure"}
    newest = datetime.fromisoformat(found[0]["createdDateTime"].replace("0Z", "+00:00"))
    assert datetime.now(UTC) - newest < timedelta(hours=3), "demonstrations are always fresh"


def test_through_the_practice_path(graph: GraphCaller) -> None:
    domain = f"t{int(graph.tenant[-12:])}.example"
    person = {"user": f"dana@{domain}", "app": "Syncro SSO", "every_hours": 1, "places": [OFFICE]}
    counts = graph.emulator.simulate(graph.tenant, {"days": 2, "people": [person]})
    assert counts["sign_ins"] == len(graph.values("auditLogs/signIns"))
    assert counts["sign_ins"] in range(40, 55)
    assert graph.emulator.simulate(domain, {"people": []})["sign_ins"] == 0


def test_the_example_in_the_readme(tmp_path: Path) -> None:
    text = (Path(graph_emulator.__file__).parent / "README.md").read_text(encoding="utf-8")
    (example,) = (block for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "people:" in block)
    users = [{"upn": f"{name}@northwind.example"} for name in ("dana", "syncro-svc")]
    tenant = read_tenant(tmp_path, tenant_document(0, domain="northwind.example", users=users, groups=[]))
    counts = run(tenant, **yaml.safe_load(example))
    assert set(counts["users"]) == {"dana@northwind.example", "syncro-svc@northwind.example"}
    assert {"192.0.2.7", "192.0.2.66", "192.0.2.200", "198.51.100.10"} <= set(counts["ips"])


PLACES = {"places": [OFFICE]}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "people: is missing"),
        ({"people": {}}, "people: a mapping is not a list"),
        ({"people": [], "days": 31}, "days: 31 is not a number from 0.01 to 30"),
        ({"people": [], "until": "2999-01-01"}, "until: '2999-01-01' is in the future"),
        ({"people": [], "until": "2026-02-30"}, "until: '2026-02-30' is no date"),
        ({"people": [], "utc_offset": "EST"}, "utc_offset: 'EST' is not an offset such as -05:00"),
        ({"people": [], "late_by": {"usual": 5}}, "late_by.at_most: is missing"),
        ({"people": [], "late_by": "soon"}, "late_by: 'soon' is not a number"),
        ({"people": [{"times": 1}]}, "people[0].places: is missing"),
        ({"people": [{**PLACES, "times": 1}]}, "people[0].user: give a user or a service_principal"),
        ({"people": [{**DANA, "times": 1, "places": []}]}, "people[0].places: there is none"),
        ({"people": [{**DANA, **PLACES}]}, "people[0]: give one of a_day, every_hours, times"),
        ({"people": [{**DANA, **PLACES, "times": 1, "a_day": 1}]}, "people[0]: give one of a_day, every_hours, times"),
        (
            {"people": [{**DANA, **PLACES, "times": 1, "hours": "9-17"}]},
            "hours: '9-17' is not hours such as 08:00-17:30",
        ),
        ({"people": [{**DANA, **PLACES, "times": 1, "weekdays": ["monday"]}]}, "'monday' is not one of mon, tue"),
        ({"people": [{**DANA, "times": 1, "places": [{"country": "US"}]}]}, "people[0].places[0].ip: is missing"),
        ({"people": [{**DANA, "times": 1, "places": [{"ip": "x"}]}]}, "people[0].places[0].ip: 'x' is not an IP"),
        (
            {"people": [{**DANA, "times": 1, "places": [{**OFFICE, "share": 0}]}]},
            "people[0].places: none has a share",
        ),
        (
            {"people": [{**DANA, **PLACES, "times": 1, "travels": [{**OFFICE, "from": "-1d"}]}]},
            "people[0].travels[0].until: is missing",
        ),
        (
            {"people": [{**DANA, **PLACES, "times": 1, "travels": [{**OFFICE, "from": "2026-02-30", "until": "-1d"}]}]},
            "people[0].travels[0]: '2026-02-30' or '-1d' is no date",
        ),
        ({"people": [{**DANA, **PLACES, "times": 1, "at": "-1d"}]}, "people[0].at: is not known here"),
    ],
)
def test_what_cannot_be_simulated(tenant: Tenant, document: dict[str, Any], message: str) -> None:
    problems = list(problems_of(document, SIMULATION, ""))
    if not problems:
        assert simulate(tenant, document, NOW, "", problems) == {}
    assert message in "\n".join(problems)
    assert entries(tenant) == []


def test_a_persons_mistake_is_told_once_for_all_places(shared: GraphCaller) -> None:
    person = {"user": "who@x", "app": "what", "times": 1, "places": [OFFICE, HOME]}
    with pytest.raises(PracticeRefused) as refusal:
        shared.emulator.simulate(shared.tenant, {"people": [person]})
    assert str(refusal.value).splitlines() == [
        "people[0].user: there is no user 'who@x'",
        "people[0].app: there is no application 'what'",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-90s", "2026-11-05T18:28:30.0000000Z"),
        ("-1.5h", "2026-11-05T17:00:00.0000000Z"),
        ("-0d 08:00", "2026-11-05T08:00:00.0000000Z"),
        ("-3d", "2026-11-02T18:30:00.0000000Z"),
        ("-3d 09:15", "2026-11-02T09:15:00.0000000Z"),
        ("2026-11-03", "2026-11-03T00:00:00.0000000Z"),
        ("2026-11-03T08:00:00", "2026-11-03T08:00:00.0000000Z"),
        ("2026-11-03T08:00:00+02:00", "2026-11-03T06:00:00.0000000Z"),
        ("2026-11-03T08:00:00.1234567Z", "2026-11-03T08:00:00.1234560Z"),
    ],
)
def test_moments(text: str, expected: str) -> None:
    assert graph_time(moment_of(text, NOW)) == expected
