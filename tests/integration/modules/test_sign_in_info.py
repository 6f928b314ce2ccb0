# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""sign_in_info, against a log that was written down for it."""

from __future__ import annotations

import datetime

import ansible_run
import pytest
from practice import LEAST, WRITE
from together import in_domain

NOW = datetime.datetime.now(datetime.UTC)
OFFICE, OFFICE_V6, HOME = "198.51.100.10", "2001:db8:1::7", "203.0.113.80"
SITES = [{"name": "Office", "cidrs": ["198.51.100.0/28", "2001:db8:1::/48"]}]
REPORT_ONLY = {
    "displayName": "Block",
    "state": "enabledForReportingButNotEnforced",
    "conditions": {
        "users": {"includeUsers": ["All"]},
        "applications": {"includeApplications": ["Syncro SSO"]},
        "clientAppTypes": ["all"],
    },
    "grantControls": {"operator": "OR", "builtInControls": ["block"]},
}


def ago(**span):
    return (NOW - datetime.timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%SZ")


def entry(user, ip, when, app="Syncro SSO", **more):
    return {"user": f"{user}@{{domain}}", "app": app, "ip": ip, "at": when, "error_code": 0, **more}


SIGN_INS = [
    entry("dana", OFFICE, ago(days=1), verdicts={"Block": "reportOnlyNotApplied"}, country="US", city="Denver"),
    entry("dana", OFFICE_V6, ago(days=2), verdicts={"Block": "reportOnlyNotApplied"}, country="US"),
    entry("dana", HOME, ago(hours=2), verdicts={"Block": "reportOnlyFailure"}, country="CA"),
    entry("breakglass", OFFICE, ago(days=3), app="O'Brien's App & Co"),
    entry("syncro-svc", HOME, ago(days=6), error_code=50126, failure_reason="Wrong password."),
    entry("dana", OFFICE, ago(days=9), verdicts={"Block": "reportOnlyNotApplied"}),
]


def readers(seed, _folder, _place):
    """Its clients may read the log, and one of them not policies."""
    writer, reader, dummy = seed["clients"]
    writer["permissions"] = [*WRITE, "AuditLog.Read.All"]
    reader["permissions"] = ["AuditLog.Read.All", "User.Read.All", "Application.Read.All"]


pytestmark = [
    pytest.mark.one_ansible,
    pytest.mark.usefixtures("together"),
    pytest.mark.practice(policies=[REPORT_ONLY], sign_ins=SIGN_INS, changes=readers),
]


def ask(tenant, reader=False, **options):
    (result,) = tenant.results({"msp.entra.sign_in_info": options}, reader=reader)
    return result


def test_a_week_with_everything_that_is_known(tenant):
    result = ask(tenant, sites=SITES)
    assert [one["ip_address"] for one in result["sign_ins"]] == [HOME, OFFICE, OFFICE_V6, OFFICE, HOME]
    assert (result["count"], result["succeeded"], result["verdicts_unknown"]) == (5, 4, 0)
    assert not result["changed"] and not ansible_run.writes(tenant.log()) and result["requests"]["count"] == 1
    newest, oldest = result["sign_ins"][0], result["sign_ins"][-1]
    (verdict,) = newest["policies"]
    assert (verdict["display_name"], verdict["result"]) == ("Block", "reportOnlyFailure")
    assert (newest["user"]["user_principal_name"], newest["site"], newest["country"]) == (
        tenant.upn("dana"),
        None,
        "CA",
    )
    assert (newest["result"], newest["reason"], oldest["result"]) == ("success", None, "failure")
    assert (oldest["error_code"], oldest["reason"]) == (50126, "Wrong password.")


def test_counts_by_address_site_user_and_policy(tenant):
    result = ask(tenant, sites=SITES, limit=0)
    assert result["sign_ins"] == [] and result["count"] == 5
    sites = {row["site"]: (row["count"], row["users"]) for row in result["by_site"]}
    assert sites == {
        "Office": (3, [tenant.upn("breakglass"), tenant.upn("dana")]),
        None: (2, [tenant.upn("dana"), tenant.upn("syncro-svc")]),
    }
    addresses = {row["ip_address"]: (row["site"], row["count"]) for row in result["by_ip_address"]}
    assert addresses == {OFFICE: ("Office", 2), OFFICE_V6: ("Office", 1), HOME: (None, 2)}
    users = {row["user_principal_name"]: (row["count"], row["succeeded"]) for row in result["by_user"]}
    assert users == {tenant.upn("dana"): (3, 3), tenant.upn("breakglass"): (1, 1), tenant.upn("syncro-svc"): (1, 0)}
    assert result["by_user"][0]["last"].startswith(ago(hours=2)[:16])
    (policy,) = result["by_policy"]
    assert policy["results"] == {"reportOnlyNotApplied": 2, "reportOnlyFailure": 1}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"days": 30}, 6, id="a month"),
        pytest.param({"since": ago(days=10), "until": ago(days=5)}, 2, id="from when to when"),
        pytest.param({"until": ago(days=5)}, 2, id="seven days before an end"),
        pytest.param({"until": ago(days=5), "days": 2}, 1, id="two days before an end"),
        pytest.param({"user": "dana@{domain}"}, 3, id="a user"),
        pytest.param({"application": "O'Brien's App & Co"}, 1, id="an application by name"),
        pytest.param({"application": "33333333-3333-4333-8333-333333333334"}, 0, id="an appId that is gone"),
        pytest.param({"user": "4b1d7a35-3f0c-4d25-8f6a-6a6d5a0e0b01"}, 0, id="a user that is gone"),
        pytest.param({"ip_address": HOME}, 2, id="an address"),
        pytest.param({"result": "failure"}, 1, id="failures"),
        pytest.param({"result": "success", "ip_address": HOME}, 1, id="two conditions"),
        pytest.param({"limit": 2}, 5, id="all are counted"),
    ],
)
def test_what_is_asked_for(tenant, options, expected):
    result = ask(tenant, **in_domain(options, tenant.domain))
    assert result["count"] == expected and len(result["sign_ins"]) == min(expected, options.get("limit", 1000))


def test_who_may_not_read_policies_is_told_that_nothing_is_known(tenant):
    result = ask(tenant, reader=True)
    assert result["count"] == result["verdicts_unknown"] == 5 and result["by_policy"] == []
    assert {str(one["policies"]) for one in result["sign_ins"]} == {"None"}
    assert "the application may not read policies" in result["warnings"][0]


def test_a_sign_in_that_no_policy_was_for_is_known(tenant):
    (one,) = ask(tenant, application="O'Brien's App & Co")["sign_ins"]
    assert one["policies"] == []


def refused(tenant, **options):
    done = tenant.tasks({"msp.entra.sign_in_info": options})
    assert done.returncode != 0
    return done.results[-1]["result"]


def test_names_that_nobody_has(tenant):
    told = refused(tenant, user=tenant.upn("dane"), application="Syncro SSSO")["msg"]
    assert f"user: there is no user '{tenant.upn('dane')}'" in told and f"Near matches: {tenant.upn('dana')}" in told
    assert "application: there is no application 'Syncro SSSO'" in told and "Near matches: Syncro SSO" in told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"days": 31}, "days: 31 is not between 1 and 30"),
        ({"days": 0}, "days: 0 is not between 1 and 30"),
        ({"days": 3, "since": ago(days=1)}, "give one of them"),
        ({"since": "Monday"}, "since: 'Monday' is not a moment"),
        ({"since": ago(days=1), "until": ago(days=2)}, "is not after since"),
        ({"ip_address": "198.51.100.0/24"}, "'198.51.100.0/24' is not an address"),
        ({"limit": -1}, "limit: -1"),
        ({"sites": [{"name": "Office", "cidrs": ["198.51.100.300/32"]}]}, "sites[0].cidrs[0]"),
    ],
    # No moment of today's, or two processes would not agree on the ids.
    ids=lambda value: " and ".join(value) if isinstance(value, dict) else "",
)
def test_what_cannot_be_meant_is_said_before_anything_is_sent(tenant, options, told):
    assert told in refused(tenant, **options)["msg"] and ansible_run.graph_requests(tenant.log()) == []


@pytest.mark.practice(changes=None)
def test_without_the_permission_it_is_named(tenant):
    told = refused(tenant)["msg"]
    assert (
        "Grant the application permission that is missing: AuditLog.Read.All" in told
        and "AuditLog.Read.All" not in LEAST
    )


MANY = [entry("dana", OFFICE, ago(minutes=number)) for number in range(10, 2310)]


@pytest.mark.practice(policies=[], sign_ins=MANY)
def test_pages_are_followed(tenant):
    result = ask(tenant, limit=3)
    assert (result["count"], len(result["sign_ins"]), result["requests"]["count"]) == (2300, 3, 3)
