# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes of several policies together, what the log would have for each, and which session controls are collected."""

from __future__ import annotations

import pytest
from evaluation_outcome_cases import (
    COMPLIANT,
    FOR_SALES,
    GROUPS_UNKNOWN,
    IF_ENFORCED,
    NOT_FOR_THIS,
    ONE,
    REPORT_ONLY,
    SEVERAL,
    blocking,
    needing,
)
from evaluation_tenant import PAGES, policy_set, sign_in

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in import UNKNOWN_DEVICE


def _judge(found, expected):
    best = expected.get("best", expected["verdict"])
    worst = expected.get("worst", expected["verdict"])
    assert (found.verdict, found.best, found.worst) == (expected["verdict"], best, worst)
    assert (found.needs, found.policies) == (expected["needs"], expected["policies"])
    assert found.missing == expected.get("missing", ())


def _cases(*tables):
    return [pytest.param(*row[1:], id=row[0]) for table in tables for row in table]


def _circumstances(changes):
    return {name: frozenset(value) if isinstance(value, set) else value for name, value in changes.items()}


@pytest.mark.parametrize(("page", "policies", "circumstances", "expected"), _cases(ONE, SEVERAL))
def test_outcome(page, policies, circumstances, expected):
    assert page in PAGES
    _judge(policy_set(*policies).evaluate(sign_in(**_circumstances(circumstances))).outcome, expected)


@pytest.mark.parametrize(("page", "policies", "circumstances", "expected"), _cases(IF_ENFORCED))
def test_outcome_if_enforced(page, policies, circumstances, expected):
    assert page in PAGES
    _judge(policy_set(*policies).evaluate(sign_in(**_circumstances(circumstances))).outcome_if_enforced, expected)


# What the log has for a policy, and what it would have in report-only.
RESULTS = [
    ("block", "report-only", blocking, {}, "failure", "reportOnlyFailure"),
    ("met", "report-only", lambda s: needing("mfa", state=s), {"met": {"mfa"}}, "success", "reportOnlySuccess"),
    (
        "asked",
        "report-only",
        lambda s: needing("mfa", state=s),
        {"not_met": {"mfa"}},
        "unknown",
        "reportOnlyInterrupted",
    ),
    ("mfa-unknown", "report-only", lambda s: needing("mfa", state=s), {}, "unknown", "unknown"),
    (
        "device",
        "report-only",
        lambda s: needing("compliantDevice", state=s),
        {"device": COMPLIANT},
        "success",
        "reportOnlySuccess",
    ),
    ("no-device", "report-only", lambda s: needing("compliantDevice", state=s), {}, "failure", "reportOnlyFailure"),
    (
        "asked-and-no-device",
        "report-only",
        lambda s: needing("mfa", "compliantDevice", state=s),
        {"not_met": {"mfa"}},
        "failure",
        "reportOnlyFailure",
    ),
    (
        "one-of-two-of-which-one-is-unknown",
        "report-only",
        lambda s: needing("mfa", "compliantDevice", operator="OR", state=s),
        {"not_met": {"mfa"}, "device": UNKNOWN_DEVICE},
        "unknown",
        "unknown",
    ),
    (
        "two-of-which-one-is-unknown",
        "report-only",
        lambda s: needing("mfa", "compliantDevice", state=s),
        {"not_met": {"mfa"}, "device": UNKNOWN_DEVICE},
        "unknown",
        "unknown",
    ),
    ("not-applied", "report-only", lambda s: blocking(s, **NOT_FOR_THIS), {}, "notApplied", "reportOnlyNotApplied"),
    ("unknown", "report-only", lambda s: blocking(s, **FOR_SALES), GROUPS_UNKNOWN, "unknown", "unknown"),
    (
        "user-action",
        "report-only",
        lambda s: blocking(s, applications={"includeUserActions": ["urn:user:registerdevice"]}),
        {"user_action": "urn:user:registerdevice"},
        "failure",
        "unknown",
    ),
]


@pytest.mark.parametrize(("page", "make", "circumstances", "enabled", "report_only"), _cases(RESULTS))
def test_result(page, make, circumstances, enabled, report_only):
    assert page in PAGES
    found = policy_set(make("enabled"), make(REPORT_ONLY), make("disabled"))
    results = [one.result for one in found.evaluate(sign_in(**_circumstances(circumstances))).policies]
    assert results == [enabled, report_only, "notEnabled"]


def test_a_policy_that_is_off_or_asks_for_nothing_is_not_looked_into():
    off, nothing = (
        policy_set(blocking("disabled", **NOT_FOR_THIS), needing(**NOT_FOR_THIS)).evaluate(sign_in()).policies
    )
    assert (off.applies, off.reason) == (False, "policyNotEnabled")
    assert (nothing.applies, nothing.reason) == (False, "emptyPolicy")


def frequency(value=None, unit="hours", interval="timeBased", what="primaryAndSecondaryAuthentication", on=True):
    control = {"isEnabled": on, "frequencyInterval": interval, "type": unit, "value": value, "authenticationType": what}
    return {"signInFrequency": control}


EVERY_TIME = frequency(None, None, "everyTime")
FULL, SECOND = "primaryAndSecondaryAuthentication", "secondaryAuthentication"

SESSIONS = [
    ("none", [None], (), ()),
    ("hours", [frequency(4)], ((FULL, 4),), ()),
    ("days-are-hours", [frequency(2, "days")], ((FULL, 48),), ()),
    ("strictest", [frequency(2, "days"), frequency(9)], ((FULL, 9),), ()),
    ("every-time-is-strictest", [frequency(1), EVERY_TIME], ((FULL, "everyTime"),), ()),
    ("second-factor-apart", [frequency(9), frequency(1, what=SECOND)], ((FULL, 9), (SECOND, 1)), ()),
    ("off", [frequency(4, on=False)], (), ()),
    ("without-a-value", [frequency(None)], (), ("signInFrequency",)),
    (
        "others",
        [
            {
                "persistentBrowser": {"isEnabled": True, "mode": "never"},
                "cloudAppSecurity": {"isEnabled": True, "cloudAppSecurityType": "blockDownloads"},
                "applicationEnforcedRestrictions": {"isEnabled": True},
                "disableResilienceDefaults": True,
            },
            {"persistentBrowser": {"isEnabled": True, "mode": "always"}, "disableResilienceDefaults": False},
        ],
        (),
        (
            "applicationEnforcedRestrictions",
            "cloudAppSecurity: blockDownloads",
            "disableResilienceDefaults",
            "persistentBrowser: always",
            "persistentBrowser: never",
        ),
    ),
]


@pytest.mark.parametrize(("sessions", "frequencies", "others"), [pytest.param(*row[1:], id=row[0]) for row in SESSIONS])
def test_session_controls(sessions, frequencies, others):
    policies = [needing("mfa", name=str(number), session=session) for number, session in enumerate(sessions)]
    ignored = [
        needing("mfa", session=EVERY_TIME, **NOT_FOR_THIS),
        needing("mfa", session=EVERY_TIME, state=REPORT_ONLY),
    ]
    found = policy_set(*policies, *ignored).evaluate(sign_in()).outcome.session
    assert (found.sign_in_frequency, found.others) == (frequencies, others)


def test_the_policies_that_apply_are_told():
    mfa, other, quiet = needing("mfa"), blocking(**NOT_FOR_THIS), blocking(REPORT_ONLY)
    assert policy_set(mfa, other, quiet).evaluate(sign_in()).applying == [mfa, quiet]
