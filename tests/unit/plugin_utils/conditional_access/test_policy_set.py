# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A set of policies: several at once, what the log settles, what cannot be read, and that nothing is remembered without end."""

from __future__ import annotations

import datetime

import pytest
from evaluation_tenant import (
    APPLIES,
    GERMANY,
    HOTEL,
    LOCATIONS,
    MFA_TRUSTED_IPS,
    OFFICE,
    SALES,
    SYNCRO,
    UNLISTED,
    dana,
    missing,
    policy,
    policy_set,
    sign_in,
)

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import evaluation
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.evaluation import Logged
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.known_applications import (
    Application,
    from_service_principal,
)
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in import SignIn, Target, User

TRUSTED_IPS = missing("the MFA trusted IPs of the tenant, which Graph does not show").facts
AT = datetime.datetime(2026, 8, 20, 12, tzinfo=datetime.UTC)
BEFORE, AFTER = "2026-08-19T18:55:43.1454565Z", "2026-08-21T00:00:00Z"
POLICY_ID = "0a1b2c3d-0040-4bbb-8ccc-0123456789ab"
UNKNOWN_GROUPS = dana(groups=None)


def outside(*names):
    return {"locations": {"includeLocations": ["All"], "excludeLocations": list(names)}}


def test_policies_keep_their_order_and_their_answers():
    found = policy_set(
        policy(name="a", users={"includeUsers": ["None"]}),
        policy(name="b"),
        policy(name="c", platforms={"includePlatforms": ["iOS"]}),
    ).evaluate(sign_in())
    assert [(one.policy["displayName"], one.reason) for one in found.policies] == [
        ("a", "users"),
        ("b", APPLIES),
        ("c", "devicePlatform"),
    ]


def test_no_policies():
    found = policy_set().evaluate(SignIn())
    assert (found.policies, found.outcome.verdict) == ([], "granted")


def test_of_a_sign_in_of_which_nothing_is_known_all_that_is_missing_is_told():
    (found,) = policy_set(policy(**outside(OFFICE))).evaluate(SignIn()).policies
    assert found.missing == ("the IP address", "the application", "who signs in")


@pytest.mark.parametrize(
    ("cidrs", "applies", "facts"),
    [
        pytest.param(None, None, TRUSTED_IPS, id="not-told"),
        pytest.param([], True, (), id="none"),
        pytest.param(["9.9.9.0/24"], False, (), id="there"),
        pytest.param(["9.9.8.0/24"], True, (), id="elsewhere"),
    ],
)
@pytest.mark.parametrize("name", ["AllTrusted", MFA_TRUSTED_IPS])
def test_trusted_ips_of_mfa(name, cidrs, applies, facts):
    found = policy_set(policy(**outside(name)), mfa_trusted_ips=cidrs).evaluate(sign_in(ip="9.9.9.9")).policies
    assert [(one.applies, one.missing) for one in found] == [(applies, facts)]


@pytest.mark.parametrize("name", ["AllTrusted", MFA_TRUSTED_IPS])
def test_trusted_ips_of_mfa_have_no_ipv6(name):
    found = policy_set(policy(**outside(name)), mfa_trusted_ips=None).evaluate(sign_in(ip="2600:2::1")).policies
    assert [one.applies for one in found] == [True]


def test_a_trusted_location_is_enough_where_the_trusted_ips_are_not_told():
    (found,) = policy_set(policy(**outside("AllTrusted")), mfa_trusted_ips=None).evaluate(sign_in()).policies
    assert found.reason == "location"


def test_locations_that_cannot_be_read():
    both = policy_set(policy(**outside(OFFICE)), policy(**outside("AllTrusted")), locations=None)
    named, trusted = both.evaluate(sign_in()).policies
    assert named.missing == (f"named location {OFFICE}, which is not among those that were read",)
    assert trusted.missing == ("the named locations of the tenant",)


def applications(include):
    return {"applications": {"includeApplications": [include]}}


@pytest.mark.parametrize(
    ("owner", "applies"),
    [
        pytest.param("f8cdef31-a31e-4b4a-93e4-5f571e91255a", None, id="microsoft"),
        pytest.param("72F988BF-86f1-41af-91ab-2d7cd011db47", None, id="microsoft-corporation"),
        pytest.param("0a1b2c3d-0041-4bbb-8ccc-0123456789ab", False, id="somebody-else"),
        pytest.param(None, None, id="not-told"),
    ],
)
def test_whose_an_application_is_tells_whether_it_can_be_in_a_group(owner, applies):
    principal = {"appId": UNLISTED.upper(), "displayName": "Tool", "appOwnerOrganizationId": owner}
    found = policy_set(policy(**applications("Office365")), applications=[from_service_principal(principal)])
    assert found.evaluate(sign_in(target=Target.of(UNLISTED))).policies[0].applies is applies


def test_what_is_known_of_microsofts_applications_is_not_taken_from_the_tenant():
    exchange = {"appId": "00000002-0000-0ff1-ce00-000000000000", "displayName": "Mail", "appOwnerOrganizationId": None}
    assert from_service_principal(exchange).groups == {"Office365"}
    mine = from_service_principal({"appId": SYNCRO, "appOwnerOrganizationId": SALES}, web=True, sign_in_only=True)
    assert mine == Application(SYNCRO, "", microsoft=False, web=True, sign_in_only=True)


def for_sales(changed=BEFORE, created=None, **others):
    conditions = {"users": {"includeGroups": [SALES]}, **others}
    return {**policy(**conditions), "id": POLICY_ID, "modifiedDateTime": changed, "createdDateTime": created}


def judged_with_log(found, word, **changes):
    kept = {"as_read": [POLICY_ID.upper(), OFFICE], **changes}
    evaluated = policy_set(found, **kept).evaluate(sign_in(**UNKNOWN_GROUPS), Logged(AT, {POLICY_ID: word}))
    return evaluated.policies[0], evaluated.outcome.verdict


@pytest.mark.parametrize(
    ("word", "applies", "reason", "verdict"),
    [
        ("notApplied", False, "notEnoughInformation", "granted"),
        ("reportOnlyNotApplied", False, "notEnoughInformation", "granted"),
        ("success", True, APPLIES, "blocked"),
        ("failure", True, APPLIES, "blocked"),
        ("reportOnlyInterrupted", True, APPLIES, "blocked"),
        ("notEnabled", None, "notEnoughInformation", "unknown"),
        ("unknown", None, "notEnoughInformation", "unknown"),
        ("unknownFutureValue", None, "notEnoughInformation", "unknown"),
    ],
)
def test_the_log_settles_what_is_unknown(word, applies, reason, verdict):
    found, outcome = judged_with_log(for_sales(), word)
    assert (found.applies, found.reason, found.by_log) == (applies, reason, applies is not None)
    assert outcome == verdict


def place(changed):
    return [{**LOCATIONS[0], "modifiedDateTime": changed, "createdDateTime": BEFORE}, *LOCATIONS[1:]]


@pytest.mark.parametrize(
    ("found", "changes", "settled"),
    [
        pytest.param(for_sales(AFTER), {}, False, id="changed-since"),
        pytest.param(for_sales(None, BEFORE), {}, True, id="never-changed"),
        pytest.param(for_sales(None), {}, False, id="no-times"),
        pytest.param(for_sales(), {"as_read": []}, False, id="proposed"),
        pytest.param(for_sales(**outside(OFFICE)), {"locations": place(None)}, True, id="location-never-changed"),
        pytest.param(for_sales(**outside(OFFICE)), {"locations": place(AFTER)}, False, id="location-changed-since"),
        pytest.param(
            for_sales(**outside(OFFICE)),
            {"locations": place(None), "as_read": [POLICY_ID]},
            False,
            id="location-proposed",
        ),
        pytest.param(
            for_sales(**outside("AllTrusted")), {"locations": place(None)}, False, id="trust-may-have-changed"
        ),
    ],
)
def test_the_log_is_believed_of_policies_as_it_knew_them(found, changes, settled):
    away = {"ip": "5.5.5.5", **UNKNOWN_GROUPS}
    kept = {"as_read": [POLICY_ID, OFFICE], **changes}
    evaluated = policy_set(found, **kept).evaluate(sign_in(**away), Logged(AT, {POLICY_ID: "failure"}))
    assert evaluated.policies[0].by_log is settled


@pytest.mark.parametrize(("changed", "settled"), [(None, True), (AFTER, False)])
def test_a_location_that_the_policy_is_for_counts_like_one_that_it_leaves_out(changed, settled):
    at_the_office = for_sales(locations={"includeLocations": [OFFICE]})
    assert judged_with_log(at_the_office, "failure", locations=place(changed))[0].by_log is settled


def test_a_change_at_the_moment_of_the_sign_in_may_have_come_before_it():
    assert judged_with_log(for_sales(AT.isoformat()), "failure")[0].by_log is False


def test_each_policy_has_its_own_word_in_the_log():
    found = policy_set(policy(), for_sales(), as_read=[POLICY_ID])
    for word, applies in (("failure", True), ("notApplied", False)):
        evaluated = found.evaluate(sign_in(**UNKNOWN_GROUPS), Logged(AT, {POLICY_ID: word}))
        assert [(one.applies, one.by_log) for one in evaluated.policies] == [(True, False), (applies, True)]


def test_a_time_without_a_zone_is_that_of_graph():
    assert evaluation.moment("2026-08-20T12:00:00") == AT == evaluation.moment("2026-08-20T14:00:00+02:00")
    assert [evaluation.moment(text) for text in (None, "", "soon")] == [None, None, None]


def test_what_the_log_has_settled_is_not_missing():
    found = {**for_sales(), "grantControls": {"operator": "OR", "builtInControls": ["mfa"], "askAlso": 1}}
    kept = policy_set(found, as_read=[POLICY_ID])
    unsettled = kept.evaluate(sign_in(**UNKNOWN_GROUPS)).outcome
    settled = kept.evaluate(sign_in(**UNKNOWN_GROUPS), Logged(AT, {POLICY_ID: "failure"})).outcome
    assert (unsettled.verdict, settled.verdict) == ("unknown", "unknown")
    assert set(unsettled.missing) - set(settled.missing) == {"the groups of the user"}


def test_whether_anything_is_undecided():
    found = policy_set(for_sales())
    assert (found.evaluate(sign_in()).undecided, found.evaluate(sign_in(**UNKNOWN_GROUPS)).undecided) == (False, True)


def test_a_state_of_a_newer_graph_is_told_wherever_its_policy_stands():
    found = policy_set(policy(controls=["mfa"]), policy("enabledOnSundays")).evaluate(sign_in())
    assert found.outcome.missing == ("what the policy's state enabledOnSundays means, a word of a newer Graph",)


def test_where_the_outcome_is_unknown_the_session_controls_that_are_certain_are_told():
    every_time = {"isEnabled": True, "frequencyInterval": "everyTime"}
    certain = {**policy(controls=["mfa"]), "sessionControls": {"signInFrequency": every_time}}
    outcome = policy_set(certain, for_sales()).evaluate(sign_in(**UNKNOWN_GROUPS)).outcome
    assert (outcome.verdict, outcome.session.sign_in_frequency) == (
        "unknown",
        (("primaryAndSecondaryAuthentication", "everyTime"),),
    )


def test_a_policy_without_a_name_goes_by_its_id():
    assert policy_set({**policy(name=""), "id": POLICY_ID}).evaluate(sign_in()).outcome.policies == (POLICY_ID,)


def test_the_log_does_not_overrule_what_is_known():
    found = {**policy(), "id": POLICY_ID, "modifiedDateTime": BEFORE}
    kept = policy_set(found, as_read=[POLICY_ID])
    (answer,) = kept.evaluate(sign_in(), Logged(AT, {POLICY_ID: "notApplied"})).policies
    assert (answer.applies, answer.by_log) == (True, False)


def test_what_is_remembered_has_an_end(monkeypatch):
    monkeypatch.setattr(evaluation, "_REMEMBERED", 3)
    found = policy_set(policy(**outside(OFFICE)), policy(**outside(HOTEL)), policy(**outside(GERMANY)))
    for last in range(1, 40):
        who = User(kinds={"member"}, id=f"0a1b2c3d-0001-4bbb-8ccc-0000000000{last:02}")
        evaluated = found.evaluate(sign_in(ip=f"8.8.8.{last}", identity=who, met=frozenset({str(last)})))
        assert [one.applies for one in evaluated.policies] == [last != 10, True, False]
        assert evaluated.outcome.verdict == "blocked"
    assert all(len(asked._remembered) <= 3 for asked in found.asked)
    assert max(len(found._outcomes), len(found._numbers)) <= 3
