# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every set of policies and every sign-in."""

from __future__ import annotations

import copy
import dataclasses
import ipaddress

import hypothesis.strategies as st
import pytest
from evaluation_tenant import (
    DANA,
    EXCHANGE,
    GERMANY,
    GLOBAL_ADMIN,
    HOTEL,
    OFFICE,
    SYNCRO,
    TECHNICIANS,
    policy,
    policy_set,
)
from generated_sign_ins import CONTROLS, policies, sign_ins
from hypothesis import assume, given, settings

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.location_condition import Address, Ranges
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in import (
    KINDS,
    UNKNOWN_DEVICE,
    Target,
    User,
)

pytestmark = pytest.mark.one_ansible

ALWAYS = settings(derandomize=True, deadline=None, database=None, max_examples=80)

STRICTNESS = ("granted", "needs", "blocked")


def judged(found, sign_in):
    """The answers by the policies' names, and the outcomes."""
    evaluated = policy_set(*found).evaluate(sign_in)
    answers = {one.policy["displayName"]: one[1:5] for one in evaluated.policies}
    return answers, evaluated.outcome, evaluated.outcome_if_enforced


def span(outcome):
    return STRICTNESS.index(outcome.best), STRICTNESS.index(outcome.worst)


@ALWAYS
@given(policies(), st.lists(sign_ins(), min_size=1, max_size=4))
def test_a_policy_says_the_same_in_whatever_company_and_whatever_was_asked_before(found, several):
    together = policy_set(*found)
    for sign_in in several:
        alone = [policy_set(one).evaluate(sign_in).policies[0] for one in found]
        assert together.evaluate(sign_in).policies == alone


# A way to exclude more: the conditions' group, the list, and a value for it.
EXCLUSIONS = [
    ("users", "excludeUsers", DANA),
    ("users", "excludeUsers", "GuestsOrExternalUsers"),
    ("users", "excludeGroups", TECHNICIANS),
    ("users", "excludeRoles", GLOBAL_ADMIN),
    ("applications", "excludeApplications", SYNCRO),
    ("applications", "excludeApplications", EXCHANGE),
    ("applications", "excludeApplications", "MicrosoftAdminPortals"),
    ("locations", "excludeLocations", OFFICE),
    ("locations", "excludeLocations", HOTEL),
    ("locations", "excludeLocations", GERMANY),
    ("locations", "excludeLocations", "AllTrusted"),
    ("platforms", "excludePlatforms", "iOS"),
]


@ALWAYS
@given(policies(least=1), sign_ins(), st.sampled_from(EXCLUSIONS), st.data())
def test_an_exclusion_never_blocks_more(found, sign_in, exclusion, data):
    group, name, value = exclusion
    changed = copy.deepcopy(found)
    conditions = changed[data.draw(st.integers(0, len(found) - 1))]["conditions"]
    conditions[group] = {**(conditions.get(group) or {})}
    conditions[group][name] = [*(conditions[group].get(name) or []), value]
    for before, after in zip(judged(found, sign_in)[1:], judged(changed, sign_in)[1:], strict=True):
        assert all(less <= more for less, more in zip(span(after), span(before), strict=True))
        if before.verdict == "granted":
            assert after.verdict == "granted"


@ALWAYS
@given(policies(), sign_ins())
def test_policies_in_report_only_never_change_the_outcome(found, sign_in):
    rest = [one for one in found if one["state"] != "enabledForReportingButNotEnforced"]
    assert judged(found, sign_in)[1] == judged(rest, sign_in)[1]


@ALWAYS
@given(policies(), sign_ins())
def test_a_disabled_policy_is_as_good_as_absent(found, sign_in):
    rest = [one for one in found if one["state"] != "disabled"]
    assert judged(found, sign_in)[1:] == judged(rest, sign_in)[1:]


@ALWAYS
@given(policies(), sign_ins())
def test_if_enforced_is_the_outcome_once_they_are_on(found, sign_in):
    states = {"enabledForReportingButNotEnforced": "enabled"}
    enforced = [{**one, "state": states.get(one["state"], one["state"])} for one in found]
    assert judged(found, sign_in)[2] == judged(enforced, sign_in)[1]


@ALWAYS
@given(policies(), sign_ins(), st.randoms(use_true_random=False))
def test_order_does_not_matter(found, sign_in, random):
    def shuffled(value):
        if isinstance(value, list):
            return random.sample(list(map(shuffled, value)), len(value))
        return {name: shuffled(inner) for name, inner in value.items()} if isinstance(value, dict) else value

    assert judged(shuffled(found), sign_in) == judged(found, sign_in)


@ALWAYS
@given(policies(), sign_ins())
def test_block_wins(found, sign_in):
    of_somebody = dataclasses.replace(sign_in, identity=User(), target=Target.of(SYNCRO))
    outcome = judged([*found, policy(name="Block")], of_somebody)[1]
    assert (outcome.verdict, outcome.best, outcome.worst) == ("blocked",) * 3
    assert "Block" in outcome.policies


FACTS = ["identity", "target", "user_action", "authentication_contexts", "ip", "country", "platform", "client_app"]
FACTS += ["sign_in_risk", "user_risk", "insider_risk", "device", "transfer_method"]
OF_THE_USER = ["id", "groups", "roles", "kinds", "home_tenant"]
NOT_KNOWN = {"device": UNKNOWN_DEVICE, "kinds": KINDS}


def forgotten(value, names):
    return dataclasses.replace(value, **{name: NOT_KNOWN.get(name) for name in names})


@st.composite
def with_less_known(draw):
    """A sign-in, and the same with some of its circumstances not known."""
    before = draw(sign_ins() | sign_ins(known=True))
    after = before
    if isinstance(before.identity, User):
        names = draw(st.lists(st.sampled_from(OF_THE_USER), unique=True))
        after = dataclasses.replace(after, identity=forgotten(before.identity, names))
    return before, forgotten(after, draw(st.lists(st.sampled_from(FACTS), unique=True, max_size=3)))


@ALWAYS
@given(policies(), with_less_known())
def test_to_know_less_never_turns_an_answer_round(found, pair):
    (before, *outcomes), (after, *less) = (judged(found, sign_in) for sign_in in pair)
    for name, (applies, _reason, result, _missing) in after.items():
        assert applies in (before[name][0], None)
        assert result in (before[name][2], "unknown")
    for outcome, other in zip(outcomes, less, strict=True):
        # What was possible is still possible.
        assert span(other)[0] <= span(outcome)[0] <= span(outcome)[1] <= span(other)[1]
        if other.verdict in ("granted", "blocked"):
            assert outcome.verdict == other.verdict


@ALWAYS
@given(policies(), sign_ins(), st.sampled_from(["met", "not_met", "out_of_reach"]), st.sampled_from(CONTROLS))
def test_to_know_less_of_controls_never_grants_or_blocks(found, sign_in, facts, control):
    with_it = dataclasses.replace(sign_in, **{facts: getattr(sign_in, facts) | {control}})
    without = dataclasses.replace(sign_in, **{facts: getattr(sign_in, facts) - {control}})
    # A control that is in two of the sets is met, or out of reach, whatever else is said of it.
    assume(not any(control in getattr(sign_in, other) for other in {"met", "not_met", "out_of_reach"} - {facts}))
    (dummy, known, _same), (dummy, less, _also) = judged(found, with_it), judged(found, without)
    assert {known.verdict, less.verdict} != {"granted", "blocked"}
    if less.verdict in ("granted", "blocked"):
        assert known.verdict == less.verdict


@ALWAYS
@given(policies(), sign_ins())
def test_what_is_unknown_says_what_is_missing_and_what_is_known_does_not(found, sign_in):
    answers, *outcomes = judged(found, sign_in)
    for applies, reason, _result, missing in answers.values():
        assert (applies is None) == (reason == "notEnoughInformation") == bool(missing)
        assert (applies is True) == (reason == "notSet")
    for outcome in outcomes:
        assert (outcome.verdict == "unknown") == bool(outcome.missing)
        assert (outcome.verdict == "unknown") == (outcome.verdict not in (outcome.best, outcome.worst))
        assert (outcome.verdict == "granted") <= (not outcome.policies and not outcome.needs)


def test_between_two_ranges_is_in_neither():
    found = Ranges.of([{"cidrAddress": cidr} for cidr in ("8.8.8.1/32", "8.8.8.3/32", "8.8.8.4/32")])
    assert [found.has(Address.read(f"8.8.8.{last}")) for last in range(6)] == [False, True, False, True, True, False]


NETWORKS = st.builds(
    lambda address, prefix: ipaddress.ip_network((address, min(prefix, address.max_prefixlen)), strict=False),
    st.ip_addresses(network="8.8.0.0/20") | st.ip_addresses(network="2600:1::/116"),
    st.integers(20, 128),
)


@ALWAYS
@given(st.lists(NETWORKS, max_size=6), st.ip_addresses(network="8.8.0.0/20") | st.ip_addresses(network="2600:1::/116"))
def test_ranges_have_what_one_of_them_has(networks, address):
    found = Ranges.of([{"cidrAddress": str(network)} for network in networks])
    assert found.has(Address.read(str(address))) is any(address in network for network in networks)
