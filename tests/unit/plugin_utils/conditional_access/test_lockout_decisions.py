# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows from findings: a refusal with every reason, or the warnings of risks that were accepted."""

from __future__ import annotations

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import lockout
from ansible_collections.msp.entra.plugins.plugin_utils.reconcile import Plan

PRIVATE = lockout.finding("SITE-PRIVATE", "site 'A' 10.0.0.0/24")
LOOPBACK = lockout.finding("SITE-LOOPBACK", "site 'B' 127.0.0.1/32")
NAME = "exclude_users[0]: there is no user 'x' in this tenant."


@pytest.mark.parametrize("rule", lockout.RULES)
def test_accepting_a_risk_waives_just_that_rule_and_is_told(rule):
    findings = [lockout.finding(each, f"at {each}") for each in lockout.RULES]
    with pytest.raises(lockout.Refused) as caught:
        lockout.decide(findings, [rule])
    assert [finding.rule.id for finding in caught.value.findings] == [each for each in lockout.RULES if each != rule]
    (warning,) = lockout.decide([lockout.finding(rule, "there")], [rule])
    assert warning == f"Risk accepted: [{rule}] {lockout.RULES[rule].title}: there."


def test_nothing_found_is_nothing_told():
    # A risk that is accepted and not there is no news.
    assert lockout.decide([], ["SITE-PRIVATE"]) == []


def test_a_warning_for_each_place():
    elsewhere = lockout.finding("SITE-PRIVATE", "site 'C' 10.1.0.0/24")
    warnings = lockout.decide([PRIVATE, LOOPBACK, elsewhere], ["SITE-PRIVATE", "SITE-LOOPBACK"])
    assert [warning.split("range: ")[1] for warning in warnings] == [
        "site 'A' 10.0.0.0/24.",
        "site 'B' 127.0.0.1/32.",
        "site 'C' 10.1.0.0/24.",
    ]


@pytest.mark.parametrize(
    ("findings", "accepted", "unresolved", "writes", "refused"),
    [
        pytest.param([PRIVATE], [], [], True, True, id="a-finding"),
        pytest.param([PRIVATE], ["SITE-LOOPBACK"], [], True, True, id="another-risk-accepted"),
        pytest.param([PRIVATE], ["SITE-PRIVATE"], [], True, False, id="this-risk-accepted"),
        pytest.param([PRIVATE], [], [], False, False, id="nothing-would-be-written"),
        pytest.param([], [], [NAME], True, True, id="an-unresolved-name"),
        pytest.param([], list(lockout.RULES), [NAME], True, True, id="no-risk-stands-for-an-unresolved-name"),
        pytest.param([], [], [NAME], False, True, id="an-unresolved-name-where-nothing-would-be-written"),
    ],
)
def test_refused_or_not(findings, accepted, unresolved, writes, refused):
    if refused:
        with pytest.raises(lockout.Refused):
            lockout.decide(findings, accepted, unresolved, writes)
    else:
        lockout.decide(findings, accepted, unresolved, writes)


def test_what_is_there_already_is_told_if_accepted_and_else_passed_over():
    assert len(lockout.decide([PRIVATE, LOOPBACK], ["SITE-PRIVATE"], writes=False)) == 1


WAIVER = "Where a risk is meant, its id in accept_risks lets it pass; that is reported at every run."


def test_a_refusal_has_every_reason_for_reader_and_machine():
    error = lockout.Refused([PRIVATE, LOOPBACK], [NAME])
    rule = PRIVATE.rule
    assert str(error).splitlines() == [
        "Refused: this could lock people out. Nothing was written.",
        f"- [SITE-PRIVATE] {rule.title}: site 'A' 10.0.0.0/24. {rule.why} {rule.remedy}",
        f"- {LOOPBACK.sentence}",
        f"- {NAME}",
        WAIVER,
    ]
    facts = error.facts()
    assert facts["problems"] == [NAME]
    assert facts["lockout"][0] == {
        "id": "SITE-PRIVATE",
        "title": rule.title,
        "why": rule.why,
        "remedy": rule.remedy,
        "where": "site 'A' 10.0.0.0/24",
    }
    assert [entry["id"] for entry in facts["lockout"]] == ["SITE-PRIVATE", "SITE-LOOPBACK"]


def test_a_name_that_is_not_there_locks_nobody_out_and_cannot_be_waived():
    error = lockout.Refused([], [NAME])
    assert str(error).splitlines() == [
        "Refused: what is given does not fit this tenant. Nothing was written.",
        f"- {NAME}",
    ]
    assert error.facts() == {"lockout": [], "problems": [NAME]}
    assert (error.kind, lockout.Refused([PRIVATE], [NAME]).kind) == ("input", "lockout")


ACCOUNTS = [
    pytest.param({}, [], id="no-account"),
    pytest.param({"a@b.c": {"accountEnabled": True}}, [], id="enabled"),
    pytest.param({"a@b.c": None}, ["BREAK-GLASS-MISSING 'a@b.c' in o. A hint for a@b.c"], id="missing-with-a-hint"),
    pytest.param({"a@b.c": {"accountEnabled": False}}, ["BREAK-GLASS-DISABLED 'a@b.c' in o"], id="disabled"),
    pytest.param(
        {"a@b.c": {}},
        ["BREAK-GLASS-DISABLED 'a@b.c' in o (whether it is enabled cannot be read)"],
        id="what-cannot-be-read-is-not-relied-on",
    ),
    pytest.param(
        {"a@b.c": {"accountEnabled": True}, "d@e.f": {"accountEnabled": None}, "g@h.i": None},
        [
            "BREAK-GLASS-DISABLED 'd@e.f' in o (whether it is enabled cannot be read)",
            "BREAK-GLASS-MISSING 'g@h.i' in o. A hint for g@h.i",
        ],
        id="each-account",
    ),
]


@pytest.mark.parametrize(("accounts", "expected"), ACCOUNTS)
def test_accounts(accounts, expected):
    found = lockout.of_accounts(accounts, "o", lambda name: f" A hint for {name}.")
    assert [f"{finding.rule.id} {finding.where}" for finding in found] == expected


def test_without_a_hint_the_name_stands_alone():
    (found,) = lockout.of_accounts({"a@b.c": None}, "o")
    assert found.where == "'a@b.c' in o"


def test_a_hint_gives_its_full_stop_to_the_sentence_and_nothing_else():
    (found,) = lockout.of_accounts({"a@b.c": None}, "o", lambda name: " Near it is MAX.")
    assert found.where == "'a@b.c' in o. Near it is MAX"


@pytest.mark.parametrize(
    ("risks", "places"),
    [
        pytest.param([], [], id="none"),
        pytest.param(list(lockout.RULES), [], id="all-there-are"),
        pytest.param(["SITE-PRIVATE", "site-private", "EVERYTHING"], [1, 2], id="unknown-ones"),
    ],
)
def test_unknown_risks(risks, places):
    problems = lockout.unknown_risks({"accept_risks": risks})
    assert [problem.split(":")[0] for problem in problems] == [f"accept_risks[{place}]" for place in places]
    for problem, place in zip(problems, places, strict=True):
        assert f"'{risks[place]}'" in problem
        assert problem.endswith(f" the rules are {', '.join(lockout.RULES)}.")


def location(cidr="10.0.0.0/24", trusted=True):
    ranges = [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": cidr}]
    return {"displayName": "Office", "isTrusted": trusted, "ipRanges": ranges}


def planned(verb="create", **changes):
    return Plan(verb, None, None, location(**changes))


@pytest.mark.parametrize(
    ("plan", "private", "refused"),
    [
        pytest.param(planned(), False, True, id="created-trusted"),
        pytest.param(planned("update"), False, True, id="updated-trusted"),
        pytest.param(planned("nothing"), False, False, id="there-already"),
        pytest.param(planned(trusted=False), False, False, id="not-trusted"),
        pytest.param(planned(trusted=None), False, False, id="nothing-said-of-trust"),
        pytest.param(planned(cidr="8.8.8.0/24"), False, False, id="public"),
        pytest.param(planned(cidr="203.0.113.0/24"), False, True, id="example"),
        pytest.param(planned(cidr="203.0.113.0/24"), True, False, id="example-on-a-practice-tenant"),
        pytest.param(planned(), True, True, id="private-on-a-practice-tenant"),
        pytest.param(Plan("delete", "id", location(), None), False, False, id="deleted"),
        pytest.param(
            Plan("create", None, None, {"isTrusted": True, "countriesAndRegions": ["DE"]}), False, False, id="countries"
        ),
        pytest.param(
            Plan("update", "id", None, {"isTrusted": True, "ipRanges": [{"lowerAddress": "10.0.0.1"}]}),
            False,
            False,
            id="old-range-that-cannot-be-written",
        ),
    ],
)
def test_a_location_that_would_be_trusted(plan, private, refused):
    if refused:
        with pytest.raises(lockout.Refused) as caught:
            lockout.guard_location(plan, [], private)
        assert "'Office' " in caught.value.findings[0].where
    else:
        assert lockout.guard_location(plan, [], private) == []


TRUSTED, DOUBTED = location("8.8.8.0/24"), location("8.8.8.0/24", trusted=False)
RELYING = [{"displayName": "Part A"}]


@pytest.mark.parametrize(
    ("plan", "relying", "refused"),
    [
        pytest.param(Plan("update", "1", TRUSTED, DOUBTED), RELYING, True, id="no-longer-trusted"),
        pytest.param(Plan("update", "1", TRUSTED, DOUBTED), [], False, id="and-nobody-relies-on-it"),
        pytest.param(Plan("update", "1", TRUSTED, TRUSTED), RELYING, False, id="trusted-as-before"),
        pytest.param(Plan("update", "1", DOUBTED, DOUBTED), RELYING, False, id="was-not-trusted"),
        pytest.param(Plan("update", "1", DOUBTED, TRUSTED), RELYING, False, id="trusted-from-now-on"),
        pytest.param(Plan("create", None, None, DOUBTED), RELYING, False, id="new"),
        pytest.param(Plan("delete", "1", TRUSTED, None), RELYING, False, id="deleted"),
    ],
)
def test_a_location_that_would_no_longer_be_trusted(plan, relying, refused):
    if refused:
        with pytest.raises(lockout.Refused) as caught:
            lockout.guard_location(plan, [], False, relying)
        assert [finding.rule.id for finding in caught.value.findings] == ["TRUST-RELIED-ON"]
        assert caught.value.findings[0].where == "'Office' and policy 'Part A'"
        assert len(lockout.guard_location(plan, ["TRUST-RELIED-ON"], False, relying)) == 1
    else:
        assert lockout.guard_location(plan, ["TRUST-RELIED-ON"], False, relying) == []


def test_a_location_with_a_name_that_is_not_there_is_refused():
    with pytest.raises(lockout.Refused) as caught:
        lockout.guard_location(planned(cidr="8.8.8.0/24"), [], False, unresolved=[NAME])
    assert (caught.value.findings, caught.value.unresolved) == ([], [NAME])


@pytest.mark.parametrize("verb", ["create", "update", "nothing"])
def test_an_accepted_risk_of_a_location_is_told_at_every_run(verb):
    assert len(lockout.guard_location(planned(verb), ["SITE-PRIVATE"], False)) == 1
