# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard asked ahead of a role's first write: one look at the tenant, every reason at once, and what was found."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from fake_tenant import ASSIGNMENTS, guid
from guard_tenant import ADMIN, AHEAD, APP, ENDED, OFF, OFFICE, SERVICE, assigned, fill, judged, refused

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import moments
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_references import LOCATIONS
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput


@pytest.fixture
def peopled(tenant):
    return fill(tenant)


def test_what_was_found(peopled):
    found = judged(
        peopled,
        sites=[{**OFFICE, "name": " Office "}, ENDED, AHEAD],
        application="Syncro",
        service_account="Syncro@contoso.com",
    )
    assert moments.moment(found.pop("at")) <= datetime.datetime.now(datetime.UTC)
    assert found == {
        "changed": False,
        "application": {"app_id": APP, "display_name": "Syncro"},
        "break_glass_accounts": [{"id": ADMIN, "user_principal_name": "admin@contoso.com"}],
        "service_account": {"id": SERVICE, "user_principal_name": "syncro@contoso.com"},
        "sites": [
            {"name": "Office", "cidrs": ["8.8.8.0/24"], "expires": None},
            {"name": "Project", "cidrs": ["8.8.4.0/24"], "expires": "2999-01-01T00:00:00Z"},
        ],
        "expired_sites": ["Fair"],
        "locations_without_site": [],
        "warnings": [],
    }


def test_locations_of_sites_that_are_not_listed(peopled):
    def location(number, name, trusted=True):
        ranges = [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "8.8.8.0/24"}]
        kind = "#microsoft.graph.ipNamedLocation"
        return {"@odata.type": kind, "id": guid(number), "displayName": name, "isTrusted": trusted, "ipRanges": ranges}

    peopled.objects[LOCATIONS] = [
        location(41, "At Office"),
        location(42, "At Fair"),
        location(43, "At Home of Dana"),
        # Not trusted, and not called so.
        location(44, "At sea", trusted=False),
        location(45, "Somewhere"),
    ]
    given = {"sites": [OFFICE, ENDED], "location_prefix": "At "}
    assert judged(peopled, **given)["locations_without_site"] == ["At Home of Dana"]
    # Whatever is there would begin with it.
    assert judged(peopled, **{**given, "location_prefix": ""})["locations_without_site"] == []


def test_without_application_and_service_account(peopled):
    result = judged(peopled)
    assert (result["application"], result["service_account"]) == (None, None)


def test_everything_is_looked_up_in_one_request(peopled):
    judged(peopled, application="Syncro", service_account=SERVICE)
    assert peopled.verbs() == ["BATCH"]


NOT_AMONG = (
    "Break-glass account admin@contoso.com is not among the {} with an active assignment of Global Administrator"
)


@pytest.mark.parametrize(
    ("assignments", "told"),
    [
        pytest.param(assigned(ADMIN.upper(), OFF), [], id="holds-it"),
        pytest.param(assigned(OFF), [NOT_AMONG.format(1)], id="others-do"),
        pytest.param(assigned(ADMIN, scope="/administrativeUnits/1"), [NOT_AMONG.format(0)], id="not-everywhere"),
        pytest.param(None, [], id="not-to-be-read"),
    ],
)
def test_a_break_glass_account_that_can_put_nothing_right_is_warned_of(peopled, assignments, told):
    peopled.objects[ASSIGNMENTS] = assignments or []
    peopled.refused = set() if assignments else {ASSIGNMENTS}
    warnings = judged(peopled, application="Syncro")["warnings"]
    assert [warning.partition(";")[0] for warning in warnings] == told and peopled.verbs() == ["BATCH"]


def test_who_can_put_things_right_is_not_asked_where_no_account_is_needed(peopled):
    peopled.objects[ASSIGNMENTS] = []
    assert judged(peopled, require_break_glass=False)["warnings"] == []


NO_USER = "there is no user '{}' in this tenant."

REFUSALS = [
    pytest.param({"sites": []}, ["NO-SITE"], [], id="no-site"),
    pytest.param({"sites": [ENDED]}, ["NO-SITE"], [], id="every-site-has-ended"),
    pytest.param({"sites": [ENDED], "require_sites": False}, ["NO-SITE"], [], id="ended-though-none-is-needed"),
    pytest.param({"sites": [{**OFFICE, "cidrs": ["10.0.0.0/24"]}]}, ["SITE-PRIVATE"], [], id="private-site"),
    pytest.param({"break_glass_accounts": []}, ["NO-BREAK-GLASS"], [], id="no-break-glass"),
    pytest.param({"break_glass_accounts": ["gone@contoso.com"]}, ["BREAK-GLASS-MISSING"], [], id="missing"),
    pytest.param({"break_glass_accounts": [guid(99)]}, ["BREAK-GLASS-MISSING"], [], id="missing-by-id"),
    pytest.param({"break_glass_accounts": ["off@contoso.com"]}, ["BREAK-GLASS-DISABLED"], [], id="disabled"),
    pytest.param(
        {"break_glass_accounts": ["admin@contoso.com", "off@contoso.com"]},
        ["BREAK-GLASS-DISABLED"],
        [],
        id="one-of-two-disabled",
    ),
    pytest.param(
        {"application": "Nothing"}, [], ["application: there is no application 'Nothing' in this tenant."], id="no-app"
    ),
    pytest.param(
        {"service_account": "gone@contoso.com"},
        [],
        [f"service_account: {NO_USER.format('gone@contoso.com')}"],
        id="no-service-account",
    ),
    pytest.param(
        {"service_account": "off@contoso.com"},
        [],
        [
            "service_account: 'off@contoso.com' is disabled; Syncro could not sign in with it. Enable it, or name another."
        ],
        id="service-account-disabled",
    ),
    pytest.param(
        {"service_account": ADMIN},
        [],
        [
            (
                f"service_account: '{ADMIN}' is a break-glass account as well; those are kept for emergencies "
                "and must meet no policy. Use another account for one of the two."
            )
        ],
        id="one-account-for-both-by-two-names",
    ),
]


@pytest.mark.parametrize(("options", "rules", "unresolved"), REFUSALS)
def test_refused(peopled, options, rules, unresolved):
    assert refused(peopled, **options) == (rules, unresolved)


def test_every_reason_at_once(peopled):
    rules, unresolved = refused(
        peopled,
        sites=[{**OFFICE, "cidrs": ["10.0.0.0/24", "8.8.8.8/24"]}],
        break_glass_accounts=["gone@contoso.com", "off@contoso.com"],
        service_account="off@contoso.com",
        application="Nothing",
    )
    assert rules == ["SITE-PRIVATE", "SITE-HOST-BITS", "BREAK-GLASS-MISSING", "BREAK-GLASS-DISABLED"]
    assert [problem.split(":")[0] for problem in unresolved] == ["application", "service_account", "service_account"]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"sites": [], "require_sites": False}, id="no-site-needed"),
        pytest.param({"break_glass_accounts": [], "require_break_glass": False}, id="no-break-glass-needed"),
        pytest.param({"sites": [OFFICE, {**ENDED, "cidrs": ["127.0.0.0/8"]}]}, id="an-ended-site-is-not-judged"),
    ],
)
def test_not_refused(peopled, options):
    assert judged(peopled, **options)["warnings"] == []


def test_an_accepted_risk_is_a_warning_and_the_rest_stands(peopled):
    risky = {"sites": [{**OFFICE, "cidrs": ["10.0.0.0/24"]}], "break_glass_accounts": []}
    (warning,) = judged(peopled, **risky, require_break_glass=False, accept_risks=["SITE-PRIVATE", "SITE-LOOPBACK"])[
        "warnings"
    ]
    assert warning == "Risk accepted: [SITE-PRIVATE] A site is a private range: site 'Office' 10.0.0.0/24."
    assert refused(peopled, **risky, accept_risks=["SITE-PRIVATE"]) == (["NO-BREAK-GLASS"], [])


def test_a_missing_break_glass_account_that_was_accepted_is_not_among_those_found(peopled):
    result = judged(peopled, break_glass_accounts=["gone@contoso.com", ADMIN], accept_risks=["BREAK-GLASS-MISSING"])
    assert [account["id"] for account in result["break_glass_accounts"]] == [ADMIN]
    assert len(result["warnings"]) == 1


@pytest.mark.parametrize("private", [False, True])
def test_examples_pass_on_a_practice_tenant_alone(peopled, private):
    peopled.cloud = dataclasses.replace(peopled.cloud, private=private)
    example = {"sites": [{**OFFICE, "cidrs": ["203.0.113.0/24"]}]}
    if private:
        assert judged(peopled, **example)["warnings"] == []
    else:
        assert refused(peopled, **example) == (["SITE-DOCUMENTATION"], [])


@pytest.mark.parametrize(
    ("options", "paths"),
    [
        pytest.param({"accept_risks": ["ALL"]}, ["accept_risks[0]"], id="unknown-risk"),
        pytest.param({"sites": [{"name": "A", "cidrs": ["x"]}]}, ["sites[0].cidrs[0]"], id="no-range"),
        pytest.param({"break_glass_accounts": ["Dana"]}, ["break_glass_accounts[0]"], id="display-name"),
        pytest.param(
            {
                "accept_risks": ["ALL"],
                "service_account": "Dana",
                "application": "",
                "sites": [{"name": "", "cidrs": []}],
            },
            ["sites[0].name", "sites[0].cidrs", "service_account", "application", "accept_risks[0]"],
            id="all-at-once",
        ),
    ],
)
def test_bad_input_is_found_before_the_tenant_is_asked(peopled, options, paths):
    with pytest.raises(BadInput) as caught:
        judged(peopled, **options)
    assert [problem.split(":")[0] for problem in caught.value.problems] == paths
    assert peopled.sent == []
