# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of policy there is: made, found unchanged, shown by name, given back, found unchanged."""

from __future__ import annotations

import pytest
from policy_corpus import CORPUS, LOCATIONS, MEANT, for_domain

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_schema import POLICY

pytestmark = pytest.mark.one_ansible

INFO = {"msp.entra.conditional_access_policy_info": {"names": True}}


def said(shape, options, path=""):
    """Every option that is given a value, and every word of a closed set that is given."""
    for field in shape.fields:
        value, here = options.get(field.option), f"{path}{field.option}"
        if value is None:
            continue
        yield here
        if field.shape:
            yield from said(field.shape, value, f"{here}.")
        elif field.choices:
            yield from (f"{here}: {word}" for word in (value if field.many else [value]))


def sayable(shape, path=""):
    """All of them."""
    for field in shape.fields:
        here = f"{path}{field.option}"
        yield here
        if field.shape:
            yield from sayable(field.shape, f"{here}.")
        yield from (f"{here}: {word}" for word in field.choices)


def test_the_corpus_says_everything_that_can_be_said():
    told = {entry for policy in CORPUS for entry in said(POLICY, policy)}
    # A control that is off is the same as one that is not there, and is in the corpus as that.
    assert set(sayable(POLICY)) - told == set()
    assert len(CORPUS) >= 60


def do(policy):
    return {"msp.entra.conditional_access_policy": policy, "name": policy["display_name"]}


@pytest.fixture
def corpus(tenant):
    return [for_domain(policy, tenant.domain) for policy in CORPUS]


def test_every_policy_is_made_and_then_found_as_it_is(tenant, corpus):
    guarded = [{**policy, "accept_risks": MEANT} for policy in corpus]
    tasks = [do(policy) for policy in guarded]
    made = tenant.results(*({"msp.entra.named_location": location} for location in LOCATIONS), *tasks)
    assert all(result["changed"] for result in made)

    again = tenant.results(*tasks, INFO, arguments=["--diff"])
    info = again.pop()
    assert [(policy["display_name"], r["diff"]) for policy, r in zip(corpus, again, strict=True) if r["changed"]] == []
    assert {result["requests"]["count"] for result in again} == {1}
    assert not info.get("warnings") and info["orphans"] == {} and len(info["policies"]) == len(corpus)

    shown = info["policies"]
    fed = tenant.results(*(do(policy) for policy in shown), arguments=["--diff"])
    assert [(policy["display_name"], r["diff"]) for policy, r in zip(shown, fed, strict=True) if r["changed"]] == []
    exact = tenant.results(*(do({**policy, "exact": True}) for policy in shown), arguments=["--diff"])
    assert [(policy["display_name"], r["diff"]) for policy, r in zip(shown, exact, strict=True) if r["changed"]] == []
