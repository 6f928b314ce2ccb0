# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as proof, check by check, and what becomes unknown where something cannot be had."""

from __future__ import annotations

import types

import pytest
from validation_tenant import (
    ALEX,
    BREAK_GLASS,
    DANA,
    HOME_IP,
    OFFICE,
    OFFICE_IP,
    SERVICE,
    Tenant,
    ago,
    countries,
    place,
    refusal,
)

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import (
    audit_log,
    validation,
    validation_facts,
    what_if,
)
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import (
    BadInput,
    GraphError,
    LoginError,
    OutOfPatience,
    Unreachable,
)

GONE = {"id": "4b1d7a35-3f0c-4d25-8f6a-6a6d5a0e0b99", "userPrincipalName": "gone@x.example"}


def test_all_is_well():
    result = Tenant().signs_in(times=3).validated()
    assert result["verdict"] == "ready", result["reasons"]
    assert result["warnings"] == []


def test_a_break_glass_account_that_can_put_nothing_right_is_warned_of_where_that_is_seen():
    tenant = Tenant().signs_in(times=3)
    tenant.assignments[0]["principalId"] = DANA["id"]
    result = tenant.validated()
    (warning,) = result["warnings"]
    seen = "is not among the 1 with an active assignment of Global Administrator"
    assert warning.startswith(f"Break-glass account {BREAK_GLASS['userPrincipalName']} {seen}")
    assert result["verdict"] == "ready"
    assert tenant.validated(break_glass_accounts=[])["warnings"] == []
    tenant.assignments = refusal(403)
    assert tenant.validated()["warnings"] == []


def changed(**properties):
    """A tenant in which all is well but for these properties of the policy."""
    tenant = Tenant().signs_in(times=3)
    tenant.policy.update(properties)
    return tenant


def failing(part):
    """A tenant in which all is well but for this part, which cannot be had."""
    tenant = Tenant().signs_in(times=3)
    setattr(tenant, part, refusal(403))
    return tenant


ENDED = {"name": "Office", "cidrs": [f"{OFFICE_IP}/32"], "expires": "2020-01-01T00:00:00Z"}

# By the check, what keeps it from passing, in a tenant in which all is well else: with options, and what it finds then.
NOT_PASSED = {
    "state": (changed(state="disabled"), {}, "fail"),
    "restriction": (changed(grantControls={"operator": "OR", "builtInControls": ["mfa"]}), {}, "fail"),
    "sites-ended": (changed(), {"sites": [ENDED]}, "fail"),
    "soak": (changed(modifiedDateTime=ago(days=1)), {}, "fail"),
    "sign-ins": (changed(), {"minimum_sign_ins": 4}, "fail"),
    "sites-seen": (Tenant(OFFICE, place(2, "Trusted - Depot", f"{HOME_IP}/32")).signs_in(times=3), {}, "fail"),
    "outside": (changed().signs_in(ip=HOME_IP, result="reportOnlyFailure"), {}, "fail"),
    "known": (changed().signs_in(ip=None), {}, "unknown"),
    "log": (failing("log_failure"), {}, "unknown"),
    "what-if": (failing("failure"), {}, "unknown"),
    "service-account": (changed().signs_in(SERVICE, OFFICE_IP, "reportOnlyFailure"), {}, "fail"),
}


@pytest.mark.parametrize(("check", "case"), NOT_PASSED.items(), ids=NOT_PASSED)
def test_what_keeps_a_check_from_passing(check, case):
    tenant, options, status = case
    assert tenant.check(check, **options)[0] == status


def test_nobody_may_be_stopped_at_a_site():
    """No tenant here shows it: whoever is at a place that the policy leaves out is not stopped by it."""
    (check,) = (one for one in validation.CHECKS if one.id == "trusted")
    seen = validation_facts.Seen()
    seen.stopped_at_site["dana@x.example", OFFICE_IP] = 2
    facts = types.SimpleNamespace(log_refused=None, seen=seen)
    found = {allowed: check.look(facts, {"trusted_failures_allowed": allowed}, None) for allowed in (1, 2)}
    assert found == {
        1: ("fail", f"these would be: dana@x.example from {OFFICE_IP} (2 times)"),
        2: ("pass", "2 sign-ins would be, and 2 are allowed"),
    }


def test_every_check_has_a_case_that_does_not_pass():
    assert {*NOT_PASSED, "trusted"} == {check.id for check in validation.CHECKS}


# --- the service account ---


def service_account(tenant, **options):
    return tenant.signs_in(times=3).check("service-account", **options)


def not_excluded():
    tenant = Tenant()
    tenant.policy["conditions"]["users"]["excludeUsers"].remove(SERVICE["id"])
    return tenant


def test_the_log_s_own_word_on_the_service_account_counts():
    tenant = Tenant().signs_in(SERVICE, OFFICE_IP, "reportOnlyFailure", times=2)
    status, evidence = service_account(tenant)
    assert status == "fail" and "0 of its 2 sign-ins would be blocked; the log itself says so of 2" in evidence
    assert tenant.validated()["verdict"] == "not ready"
    old = Tenant().signs_in(SERVICE, OFFICE_IP, "reportOnlyFailure", createdDateTime=ago(days=25))
    assert service_account(old)[0] == "pass", "what was logged before the last change was of another policy"


def test_of_a_service_account_nothing_is_known():
    status, evidence = service_account(not_excluded())
    assert status == "unknown" and "does not leave it out by name, and it has not signed in" in evidence
    # For want of the address, which decides.
    status, evidence = service_account(not_excluded().signs_in(SERVICE, ip=None))
    assert status == "unknown" and "1 of its 1 sign-ins could not be judged" in evidence
    assert service_account(not_excluded().signs_in(SERVICE))[0] == "pass"
    assert service_account(not_excluded().signs_in(SERVICE, HOME_IP, "reportOnlyFailure"))[0] == "fail"


def test_a_service_account_that_is_left_out_by_name_needs_no_sign_in():
    status, evidence = service_account(Tenant())
    assert status == "pass" and "leaves it out by name" in evidence
    unread = Tenant()
    unread.log_failure = refusal(403)
    assert unread.check("service-account")[0] == "pass"
    unread = not_excluded()
    unread.log_failure = refusal(403)
    assert unread.check("service-account")[0] == "unknown"


def test_without_a_service_account_that_is_said():
    tenant = Tenant()
    tenant.policy["conditions"]["users"]["excludeUsers"].remove(SERVICE["id"])
    status, evidence = service_account(tenant, service_account=None)
    assert status == "pass" and evidence.startswith("none is named, so none is left out; if Syncro's integration")


# --- the log's verdicts ---


@pytest.mark.parametrize(
    ("told", "silent", "share", "status"),
    [(1, 9, 95, "unknown"), (18, 2, 95, "unknown"), (19, 1, 95, "pass"), (1, 9, 10, "pass"), (0, 3, 1, "unknown")],
)
def test_how_many_sign_ins_have_the_policy_s_verdict(told, silent, share, status):
    tenant = Tenant().signs_in(times=told).signs_in(ALEX, result=None, times=silent)
    found, evidence = tenant.check("log", log_share=share)
    assert found == status
    if told and status == "unknown":
        assert f"{told} of {told + silent} have its verdict, 95 % are asked for" in evidence
        assert f"without one: alex@x.example from {OFFICE_IP} ({silent} times)" in evidence


def test_what_happened_before_the_policy_has_no_verdict_of_it():
    tenant = Tenant().signs_in().signs_in(result=None, times=9, createdDateTime=ago(days=21))
    assert tenant.check("log") == ("pass", "since it last changed: Would succeed 1")


# --- what cannot be read ---


def test_why_the_log_could_not_be_read_is_said_once():
    tenant = Tenant()
    tenant.log_failure = refusal(403)
    result = tenant.validated(technicians=[DANA["userPrincipalName"]])
    assert result["verdict"] == "unknown" and len(result["reasons"]) > 4
    assert " ".join(result["reasons"]).count("request-id 1,") == 1
    assert [one["status"] for one in result["checks"] if one["id"] == "what-if"] == ["pass"]


@pytest.mark.parametrize("broken", [[None], ["x"], "x", {"a": 1}, None], ids=str)
def test_what_cannot_be_read_of_an_entry_is_not_told(broken):
    tenant = Tenant().signs_in(appliedConditionalAccessPolicies=broken).signs_in(createdDateTime="yesterday")
    status, evidence = tenant.check("log")
    assert status == "unknown" and "the log tells nothing of the policy as it is" in evidence


@pytest.mark.parametrize("broken", [{}, {"value": None}, {"value": [None]}, {"value": "x"}], ids=str)
def test_an_answer_of_what_if_that_is_none(broken):
    tenant = Tenant().signs_in()
    tenant.answer = broken
    status, evidence = tenant.check("what-if")
    assert (
        status == "unknown"
        and "dana@x.example: POST /identity/conditionalAccess/evaluate was answered with" in evidence
    )


def test_the_module_that_asks_what_if_fails_on_such_an_answer_in_words():
    tenant = Tenant()
    tenant.answer = {}
    options = what_if.SPEC.validate({"user": DANA["userPrincipalName"], "application": "Syncro SSO"})
    with pytest.raises(Unreachable, match="something that is no answer of What If"):
        what_if.asked(options, tenant)
    tenant.refuses = {DANA["id"]: 403}
    with pytest.raises(GraphError, match="was refused"):
        what_if.asked(options, tenant)


@pytest.mark.parametrize("wrong", [{"user": ""}, {"application": " "}, {"user": " ", "application": ""}], ids=str)
def test_what_if_of_nobody_or_of_nothing_is_refused(wrong):
    given = {"user": DANA["userPrincipalName"], "application": "Syncro SSO", **wrong}
    with pytest.raises(BadInput) as refused:
        what_if.SPEC.validate(given)
    assert [problem.split(":")[0] for problem in refused.value.problems] == list(wrong)


def test_the_module_that_lists_sign_ins_shows_what_can_be_read():
    tenant = Tenant(OFFICE).signs_in(appliedConditionalAccessPolicies=[None, {"id": "x", "result": "success"}])
    given = {
        "sites": [{"name": "Campus", "cidrs": ["198.51.100.0/24"]}, {"name": "Office", "cidrs": [f"{OFFICE_IP}/32"]}]
    }
    found = audit_log.listed(audit_log.SPEC.validate(given), tenant)
    (one,) = found["sign_ins"]
    assert one["policies"] == [{"id": "x", "display_name": None, "result": "success"}] and one["site"] == "Office"
    assert [(row["site"], row["count"]) for row in found["by_site"]] == [("Campus", 1), ("Office", 1)]


@pytest.mark.parametrize("failure", [OutOfPatience("Gave up.", "throttled"), Unreachable("Gave up."), refusal(500)])
@pytest.mark.parametrize("part", ["failure", "log_failure"])
def test_a_part_that_cannot_be_had_leaves_the_rest_of_the_report(part, failure):
    tenant = Tenant().signs_in(times=3)
    setattr(tenant, part, failure)
    result = tenant.validated(technicians=[DANA["userPrincipalName"]])
    assert result["verdict"] == "unknown"
    unknown = {one["id"] for one in result["checks"] if one["status"] == "unknown"}
    told = " ".join(result["reasons"])
    if part == "failure":
        assert unknown == {"what-if"} and str(failure) in told
    else:
        assert "what-if" not in unknown and "log" in unknown and str(failure) in told


def test_no_login_is_no_report():
    tenant = Tenant()
    tenant.failure = LoginError("No.", 7000215)
    with pytest.raises(LoginError):
        tenant.validated()


# --- What If ---


@pytest.mark.parametrize("status", [400, 404])
def test_who_has_left_the_tenant_is_left_out_and_named(status):
    tenant = Tenant().signs_in().signs_in(GONE)
    tenant.refuses = {GONE["id"]: status}
    found, evidence = tenant.check("what-if")
    assert found == "pass" and evidence.endswith("not asked about, as they have left the tenant: gone@x.example")
    assert {one["who"] for one in tenant.validated()["what_if"]} == {
        "dana@x.example",
        "breakglass@x.example",
        "syncro-svc@x.example",
    }


def test_another_refusal_is_unknown_and_names_the_person():
    tenant = Tenant().signs_in().signs_in(ALEX)
    tenant.refuses = {ALEX["id"]: 400}
    found, evidence = tenant.check("what-if")
    assert found == "unknown" and "no answer for 1: alex@x.example: POST /evaluate was refused" in evidence
    tenant.refuses[GONE["id"]] = 404
    assert "left the tenant: gone@x.example" in tenant.signs_in(GONE).check("what-if")[1]


def test_nobody_without_an_id_is_asked_about():
    tenant = Tenant().signs_in().signs_in(userId=None, userPrincipalName="nobody@x.example")
    result = tenant.validated()
    assert result["verdict"] == "ready" and result["users"] == [DANA["id"]]
    assert not [one for one in tenant.questions if one["signInIdentity"]["userId"] in ("None", None)]


def addresses_of(tenant):
    return {one["signInConditions"]["ipAddress"] for one in tenant.questions}


def test_each_ip_version_of_a_site_is_asked_about():
    office = place(1, "Trusted - Office", f"{OFFICE_IP}/32", "198.51.100.64/28", "2001:db8:1::/48")
    tenant = Tenant(office).signs_in()
    assert tenant.check("what-if")[0] == "pass"
    assert addresses_of(tenant) == {OFFICE_IP, "2001:db8:1::1", "240.0.0.1"}
    wheres = [one["where"] for one in tenant.validated()["what_if"] if one["who"] == "dana@x.example"]
    assert wheres == ["Trusted - Office", "Trusted - Office by IPv6", "a stranger's address"]


def test_a_country_is_asked_about_as_a_country():
    tenant = Tenant(OFFICE, countries(2, "At home", "DE", "US")).signs_in()
    assert tenant.check("what-if")[0] == "pass"
    asked = [one["signInConditions"].get("country") for one in tenant.questions]
    assert asked.count("DE") == 1 and asked.count("US") == 0


def test_where_every_address_is_a_site_there_is_no_stranger():
    tenant = Tenant(place(1, "Everywhere", "0.0.0.0/1", "128.0.0.0/1")).signs_in()
    status, evidence = tenant.check("what-if")
    assert status == "unknown" and "the sites cover every address there is" in evidence


# --- sites ---


def test_a_sign_in_counts_for_every_site_that_covers_it():
    tenant = Tenant(place(2, "Trusted - Campus", "198.51.100.0/24"), OFFICE).signs_in(times=2)
    assert tenant.check("sites-seen") == ("pass", "sign-ins: Trusted - Office 2, Trusted - Campus 2")
    elsewhere = Tenant(OFFICE, place(2, "Trusted - Campus", "198.51.100.0/24")).signs_in(ip="198.51.100.11")
    status, evidence = elsewhere.check("sites-seen")
    assert status == "fail" and evidence == "nobody signed in from Trusted - Office; seen: Trusted - Campus 1"


def test_a_country_that_is_left_out_is_seen_by_its_country():
    tenant = Tenant(OFFICE, countries(2, "At home", "US")).signs_in().signs_in(ip=HOME_IP, country="us")
    assert tenant.check("sites-seen") == ("pass", "sign-ins: Trusted - Office 1, At home 2")
    assert tenant.validated()["suggestions"] == [] and tenant.check("outside")[0] == "pass"
    unmapped = countries(2, "Anywhere", "FR", includeUnknownCountriesAndRegions=True)
    assert Tenant(OFFICE, unmapped).signs_in().signs_in(ip=HOME_IP, country=None).check("sites-seen")[0] == "pass"
    assert Tenant(OFFICE, unmapped).signs_in().check("sites-seen")[0] == "fail"


def test_who_is_where_by_gps_the_log_does_not_tell():
    by_gps = countries(2, "By phone", "US", countryLookupMethod="authenticatorAppGps")
    status, evidence = Tenant(OFFICE, by_gps).signs_in().check("sites-seen")
    assert status == "pass" and evidence.endswith("who is at By phone the log does not tell")


SITE = {"name": "Office", "cidrs": [f"{OFFICE_IP}/32"]}
JOURNEY = {"name": " Travel ", "cidrs": ["192.0.2.7/32"], "expires": "2999-01-01T00:00:00Z"}
TRAVEL = place(3, "Trusted - Travel", "192.0.2.7/32")


def test_a_site_with_an_end_need_not_be_seen():
    """A journey that is to come opens an address; nobody is locked out where it was never signed in from."""
    tenant = Tenant(OFFICE, TRAVEL).signs_in()
    status, evidence = tenant.check("sites-seen", sites=[SITE, JOURNEY])
    assert status == "pass"
    assert evidence == "sign-ins: Trusted - Office 1; not seen, and need not be, as it has an end: Trusted - Travel"
    assert tenant.validated(sites=[SITE, JOURNEY])["verdict"] == "ready"
    status, evidence = tenant.check("sites-seen", sites=[SITE, {**JOURNEY, "expires": None}])
    assert status == "fail" and evidence == "nobody signed in from Trusted - Travel; seen: Trusted - Office 1"
    both = place(4, "Trusted - Lab", "192.0.2.9/32")
    status, evidence = Tenant(OFFICE, TRAVEL, both).signs_in().check("sites-seen", sites=[SITE, JOURNEY])
    assert status == "fail" and "nobody signed in from Trusted - Lab; seen" in evidence


def test_a_site_has_to_be_seen_where_all_of_them_have_an_end():
    elsewhere = Tenant(TRAVEL).signs_in()
    status, evidence = elsewhere.check("sites-seen", sites=[JOURNEY])
    assert status == "fail" and evidence == "nobody signed in from Trusted - Travel; seen: none"
    assert Tenant(TRAVEL).signs_in(ip="192.0.2.7").check("sites-seen", sites=[JOURNEY])[0] == "pass"


def test_that_a_site_was_not_seen_has_a_way_out():
    (check,) = [one for one in Tenant(OFFICE, TRAVEL).signs_in().validated()["checks"] if one["id"] == "sites-seen"]
    for way in ("correct its range", "expires", "syncro_validation_every_site_seen: false"):
        assert way in check["remedy"]


@pytest.mark.parametrize(
    ("sites", "status", "told"),
    [
        ([], "pass", "no site is named with an end"),
        ([SITE], "pass", "0 of 1 sites have ended"),
        ([{**SITE, "expires": "2999-01-01T00:00:00Z"}], "pass", "0 of 1 sites have ended"),
        ([{**SITE, "expires": "2020-01-01T00:00:00Z"}], "fail", "'Office' has ended at 2020-01-01T00:00:00Z, and the"),
        ([SITE, {"name": "X", "cidrs": [f"{HOME_IP}/32"], "expires": "2020-01-01T00:00:00Z"}], "pass", "1 of 2 sites"),
    ],
    ids=["none", "for good", "not yet", "ended", "taken out"],
)
def test_a_site_that_has_ended_is_not_let_in(sites, status, told):
    found, evidence = Tenant().signs_in().check("sites-ended", sites=sites)
    assert found == status and told in evidence


def test_the_sites_prefix_is_the_reader_s():
    ended = [{**SITE, "expires": "2020-01-01T00:00:00Z"}]
    assert Tenant().signs_in().check("sites-ended", sites=ended, location_prefix="Site ")[0] == "pass"
    with pytest.raises(BadInput, match="log_share: 0 is not between 1 and 100"):
        Tenant().validated(log_share=0)
