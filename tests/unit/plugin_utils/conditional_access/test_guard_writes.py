# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guard is told of the writes to come, accounts of which none is left, and what it says beside bad input."""

from __future__ import annotations

import pytest
from fake_tenant import LOCATIONS, METHODS, POLICIES, SECURITY_DEFAULTS, guid
from guard_tenant import ADMIN, APP, OFFICE, SERVICE, fill, judged, refused

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import lockout
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput


@pytest.fixture
def peopled(tenant):
    return fill(tenant)


WRITES = {"enables_a_policy": True, "writes_policies": ["P"], "writes_named_locations": ["Office"]}


def test_what_would_stand_in_the_way_of_the_writes_is_looked_up_with_the_rest(peopled):
    judged(peopled, application="Syncro", **WRITES)
    ((verb, paths),) = peopled.sent
    assert verb == "BATCH"
    assert {SECURITY_DEFAULTS, POLICIES, LOCATIONS} < set(paths)


@pytest.mark.parametrize(
    ("option", "path"),
    [
        pytest.param("enables_a_policy", SECURITY_DEFAULTS, id="security-defaults"),
        pytest.param("writes_policies", POLICIES, id="policies"),
        pytest.param("writes_named_locations", LOCATIONS, id="named-locations"),
    ],
)
def test_what_does_not_matter_is_not_asked_for(peopled, option, path):
    # Where a policy is going to be enabled, all of them are looked at together.
    others = {name: value for name, value in WRITES.items() if name not in (option, "enables_a_policy")}
    judged(peopled, application="Syncro", **others)
    assert path not in peopled.sent[0][1]


def test_nothing_to_look_up_is_no_request(peopled):
    judged(peopled, break_glass_accounts=[], require_break_glass=False)
    assert peopled.sent == []


TWINS = [{"id": guid(31), "displayName": "P"}, {"id": guid(32), "displayName": "P"}]
TWIN_OFFICES = [{"id": guid(41), "displayName": "Office"}, {"id": guid(42), "displayName": "Office"}]


@pytest.mark.parametrize(
    ("tenant_has", "options", "parts"),
    [
        pytest.param({}, WRITES, [], id="nothing-there"),
        pytest.param({POLICIES: TWINS[:1], LOCATIONS: TWIN_OFFICES[:1]}, WRITES, [], id="one-of-each-name"),
        pytest.param({POLICIES: TWINS}, {"writes_policies": ["Other"]}, [], id="another-name"),
        pytest.param(
            {POLICIES: TWINS},
            {"writes_policies": ["Other", "P"]},
            [["2 Conditional Access policy", "'P'", guid(31), guid(32)]],
            id="two-policies",
        ),
        pytest.param(
            {LOCATIONS: TWIN_OFFICES},
            {"writes_named_locations": ["Office"]},
            [["2 named location", "'Office'", guid(41), guid(42)]],
            id="two-named-locations",
        ),
        pytest.param(
            {POLICIES: TWINS, LOCATIONS: TWIN_OFFICES}, WRITES, [["'P'"], ["'Office'"]], id="both-are-told-at-once"
        ),
    ],
)
def test_names_that_several_have(peopled, tenant_has, options, parts):
    peopled.objects |= tenant_has
    if not parts:
        assert judged(peopled, **options)["warnings"] == []
        return
    rules, unresolved = refused(peopled, **options)
    assert (rules, len(unresolved)) == ([], len(parts))
    for problem, expected in zip(unresolved, parts, strict=True):
        assert all(part in problem for part in expected)


@pytest.mark.parametrize(
    ("on", "enables", "told"),
    [
        pytest.param(True, True, True, id="on"),
        pytest.param(False, True, False, id="off"),
        pytest.param(True, False, False, id="on-and-nothing-is-enabled"),
    ],
)
def test_security_defaults(peopled, on, enables, told):
    peopled.single[SECURITY_DEFAULTS] = {"isEnabled": on}
    if told:
        rules, (problem,) = refused(peopled, enables_a_policy=enables, accept_risks=list(lockout.RULES))
        assert (rules, problem.split(":")[0]) == ([], "security defaults")
    else:
        assert judged(peopled, enables_a_policy=enables)["warnings"] == []


GONE, OFF_UPN, ADMIN_UPN = "gone@contoso.com", "off@contoso.com", "admin@contoso.com"
MISSING, DISABLED, NONE = "BREAK-GLASS-MISSING", "BREAK-GLASS-DISABLED", "NO-BREAK-GLASS"


@pytest.mark.parametrize(
    ("accounts", "accepted", "standing"),
    [
        pytest.param([GONE], [MISSING], [NONE], id="the-only-one-is-missing"),
        pytest.param([OFF_UPN], [DISABLED], [NONE], id="the-only-one-is-disabled"),
        pytest.param([GONE, OFF_UPN], [MISSING, DISABLED], [NONE], id="none-of-two"),
        # As long as the reasons are refused themselves, that none is left goes without saying.
        pytest.param([GONE, OFF_UPN], [MISSING], [DISABLED], id="one-reason-not-waived"),
        pytest.param([GONE, OFF_UPN], [], [MISSING, DISABLED], id="no-reason-waived"),
        pytest.param([GONE, ADMIN_UPN], [MISSING], [], id="one-is-left"),
        pytest.param([GONE], [MISSING, NONE], [], id="that-was-waived-too"),
    ],
)
def test_break_glass_accounts_of_which_none_can_sign_in(peopled, accounts, accepted, standing):
    options = {"break_glass_accounts": accounts, "accept_risks": accepted}
    if standing:
        assert refused(peopled, **options) == (standing, [])
    else:
        assert [warning.split("]")[0] for warning in judged(peopled, **options)["warnings"]] == [
            f"Risk accepted: [{risk}" for risk in accepted
        ]


def test_where_none_is_required_it_does_not_matter_that_none_is_left(peopled):
    options = {"break_glass_accounts": [GONE], "accept_risks": [MISSING], "require_break_glass": False}
    assert len(judged(peopled, **options)["warnings"]) == 1


def test_a_missing_break_glass_account_is_told_with_near_matches(peopled):
    with pytest.raises(lockout.Refused) as caught:
        judged(peopled, break_glass_accounts=["admn@contoso.com"])
    (finding,) = caught.value.findings
    assert finding.where == "'admn@contoso.com' in break_glass_accounts. Near matches: admin@contoso.com"
    assert "admin@contoso.com. An account" in finding.sentence


PRIVATE = {**OFFICE, "cidrs": ["10.0.0.0/24"]}


@pytest.mark.parametrize(
    ("options", "rules"),
    [
        pytest.param({}, [], id="nothing-known"),
        pytest.param({"sites": [PRIVATE]}, ["SITE-PRIVATE"], id="a-site"),
        pytest.param({"sites": [PRIVATE], "accept_risks": ["SITE-PRIVATE"]}, [], id="a-site-accepted"),
        pytest.param({"sites": [{**OFFICE, "cidrs": ["203.0.113.0/24"]}]}, [], id="an-example-may-be-fine"),
        pytest.param({"break_glass_accounts": []}, ["NO-BREAK-GLASS"], id="no-break-glass"),
        pytest.param({"break_glass_accounts": [], "accept_risks": ["NO-BREAK-GLASS"]}, [], id="none-accepted"),
        pytest.param({"break_glass_accounts": [], "require_break_glass": False}, [], id="none-needed"),
        pytest.param(
            {"sites": [PRIVATE], "break_glass_accounts": []}, ["SITE-PRIVATE", "NO-BREAK-GLASS"], id="all-of-it"
        ),
    ],
)
def test_reasons_that_are_known_without_a_request_are_said_beside_bad_input(peopled, options, rules):
    with pytest.raises(BadInput) as caught:
        judged(peopled, service_account="Dana", **options)
    own, *beside = caught.value.problems
    assert own.startswith("service_account: 'Dana'")
    assert [problem.split("]")[0] for problem in beside] == [f"[{rule}" for rule in rules]
    assert peopled.sent == []


def shut(*enabled, **more):
    """A policy by hand that no break-glass account gets past, and others that are on for whom they name."""
    hand = {"users": {"includeUsers": ["All"]}, "applications": {"includeApplications": ["All"]}}
    grant = {"operator": "OR", "builtInControls": ["compliantDevice"], **more}
    by_hand = {"id": guid(61), "displayName": "By hand", "state": "enabled", "conditions": hand, "grantControls": grant}
    own = {"users": {"includeUsers": [SERVICE]}, "applications": {"includeApplications": ["All"]}}
    others = [
        {"id": guid(70 + n), "displayName": name, "state": "enabled", "conditions": own}
        for n, name in enumerate(enabled)
    ]
    return [by_hand, *others]


ENABLES = {"enables_a_policy": True, "writes_policies": ["P"]}


@pytest.mark.parametrize(
    ("registered", "refusal"),
    [(False, True), (True, False), (None, False), (..., False)],
    ids=["no-method", "a-method", "not-said", "not-to-be-read"],
)
def test_mfa_is_a_way_for_who_has_a_method(peopled, registered, refusal):
    peopled.objects[POLICIES] = shut(builtInControls=["mfa"])
    peopled.objects[METHODS] = [] if registered is ... else [{"id": ADMIN, "isMfaRegistered": registered}]
    if refusal:
        assert refused(peopled, **ENABLES) == (["NO-WAY-BACK"], [])
    else:
        assert judged(peopled, **ENABLES)["warnings"] == []


ASKS = {**ENABLES, "service_account": "syncro@contoso.com", "asks_service_account_for_mfa": True}


@pytest.mark.parametrize(
    ("registered", "options", "refusal"),
    [
        pytest.param(False, {}, True, id="no-method"),
        pytest.param(True, {}, False, id="a-method"),
        pytest.param(None, {}, False, id="not-said"),
        pytest.param(..., {}, False, id="not-to-be-read"),
        pytest.param(False, {"asks_service_account_for_mfa": False}, False, id="asked-for-nothing"),
        pytest.param(False, {"enables_a_policy": False}, False, id="not-turned-on"),
        pytest.param(False, {"service_account": None}, False, id="nobody"),
    ],
)
def test_who_has_no_method_is_not_asked_for_mfa(peopled, registered, options, refusal):
    peopled.objects[METHODS] = [] if registered is ... else [{"id": SERVICE, "isMfaRegistered": registered}]
    if refusal:
        assert refused(peopled, **ASKS, **options) == (["SERVICE-ACCOUNT-NO-MFA"], [])
    else:
        assert judged(peopled, **{**ASKS, **options})["warnings"] == []


def test_who_is_asked_already_is_not_looked_at(peopled):
    peopled.objects[POLICIES] = shut("Its own", builtInControls=["mfa"])[1:]
    peopled.objects[METHODS] = [{"id": SERVICE, "isMfaRegistered": False}]
    assert judged(peopled, **ASKS)["warnings"] == []
    assert len(peopled.sent) == 1


@pytest.mark.parametrize(
    ("policies", "options", "refusal"),
    [
        pytest.param(shut(), ENABLES, True, id="a-new-policy"),
        pytest.param(shut(builtInControls=["telepathy"]), ENABLES, True, id="a-control-of-tomorrow"),
        pytest.param(shut(builtInControls=["mfa"]), ENABLES, False, id="what-can-be-done"),
        pytest.param([], ENABLES, False, id="nothing-in-the-way"),
        pytest.param(shut(), {**ENABLES, "enables_a_policy": False}, False, id="in-report-only"),
        pytest.param(shut("P"), ENABLES, False, id="that-is-on-already"),
        pytest.param(shut("P"), {**ENABLES, "enforces_policies": ["P"]}, False, id="enforced-already"),
        pytest.param(shut(), {**ENABLES, "service_account": "syncro@contoso.com"}, True, id="the-service-account-s"),
        pytest.param(
            shut("Its own"), {**ENABLES, "service_account": "syncro@contoso.com"}, False, id="which-is-on-already"
        ),
    ],
)
def test_nothing_more_is_enforced_while_no_break_glass_account_gets_in(peopled, policies, options, refusal):
    peopled.objects[POLICIES] = policies
    if refusal:
        assert refused(peopled, **options) == (["NO-WAY-BACK"], [])
        (warning,) = judged(peopled, **options, accept_risks=["NO-WAY-BACK"])["warnings"]
        assert "admin@contoso.com" in warning and "'By hand'" in warning
    else:
        assert judged(peopled, **options)["warnings"] == []


def restricting(state):
    """The restriction as a role has written it, in one state, and the service account's own policy."""
    outside = {"includeLocations": ["All"], "excludeLocations": [guid(41)]}
    there = {
        "users": {"includeUsers": ["All"], "excludeUsers": [ADMIN, SERVICE]},
        "applications": {"includeApplications": [APP]},
        "locations": outside,
    }
    (own,) = shut("Its own")[1:]
    block = {"operator": "OR", "builtInControls": ["block"]}
    return [{"id": guid(62), "displayName": "P", "state": state, "conditions": there, "grantControls": block}, own]


RESTRICTS = {"application": "Syncro", "restriction": "P", "location_prefix": "Trusted - ", "writes_policies": ["P"]}
DROPPED = "SERVICE-ACCOUNT-DROPPED"


@pytest.mark.parametrize("state", ["enabled", "enabledForReportingButNotEnforced", "disabled"])
@pytest.mark.parametrize(
    ("options", "rules"),
    [
        pytest.param({}, [DROPPED], id="forgotten"),
        pytest.param({"service_account": "syncro@contoso.com"}, [], id="named"),
        pytest.param({"restriction": None}, [], id="to-be-switched-off"),
        pytest.param({"accept_risks": [DROPPED]}, [], id="accepted"),
    ],
)
def test_a_service_account_that_is_dropped_is_told_ahead(peopled, state, options, rules):
    peopled.objects[POLICIES] = restricting(state)
    peopled.objects[LOCATIONS] = [{"id": guid(41), "displayName": "Trusted - Office", "isTrusted": True}]
    if rules:
        assert refused(peopled, **RESTRICTS, **options) == (rules, [])
    else:
        warnings = judged(peopled, **{**RESTRICTS, **options})["warnings"]
        assert [DROPPED in warning for warning in warnings] == [True] * len(options.get("accept_risks", []))


def test_a_service_account_that_is_misspelt_is_told_as_that(peopled):
    peopled.objects[POLICIES] = restricting("enabled")
    rules, (problem,) = refused(peopled, **RESTRICTS, service_account="synrco@contoso.com")
    assert rules == [] and problem.startswith("service_account: there is no user 'synrco@contoso.com'")
