# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties of the policy table on generated policies: there and back is the same, and a second time changes nothing."""

from __future__ import annotations

import hypothesis
import hypothesis.strategies as st
import pytest
from generated_objects import IDS, REFERENCES, at, edits, graph_object, options_of

from ansible_collections.msp.entra.plugins.plugin_utils import reconcile
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import named_location
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_kind import Policy
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_schema import POLICY

pytestmark = pytest.mark.one_ansible

# The same examples at every run and on every machine: a test that fails must fail for a change of ours.
SAME = hypothesis.settings(derandomize=True, deadline=None, database=None, max_examples=80)
SHAPES = pytest.mark.parametrize("shape", [POLICY, named_location.SHAPE], ids=["policy", "named-location"])


def seen(shape):
    """An object of today's Graph, or of a newer one. What a newer one has in a session control that is off goes with it."""
    return graph_object(shape) | graph_object(shape, of_tomorrow=True, off=False)


@SHAPES
@SAME
@hypothesis.given(data=st.data())
def test_an_object_made_from_its_options_is_the_same(shape, data):
    value = data.draw(graph_object(shape))
    assert shape.normal(shape.merge(None, shape.options(value))) == shape.normal(value)
    assert shape.unknown(value) == []


@SHAPES
@SAME
@hypothesis.given(data=st.data())
def test_options_given_back_change_nothing_and_what_is_not_known_stays(shape, data):
    value = data.draw(seen(shape))
    for options in (shape.options(value), shape.exactly(shape.options(value), value)):
        again = shape.merge(value, options)
        assert shape.normal(again) == shape.normal(value)
        assert set(shape.unknown(again)) == set(shape.unknown(value))


@SHAPES
@SAME
@hypothesis.given(data=st.data())
def test_a_second_merge_changes_nothing(shape, data):
    value, options = data.draw(seen(shape)), data.draw(options_of(shape))
    once = shape.merge(value, options)
    assert shape.merge(once, options) == once


@SAME
@hypothesis.given(data=st.data())
def test_a_plan_that_was_carried_out_leaves_nothing_to_do(data):
    kind = Policy()
    value = {"id": "x", **data.draw(graph_object(POLICY, of_tomorrow=True))}
    options = data.draw(options_of(POLICY))
    after = reconcile.plan(kind, value, options, "present").after
    assert reconcile.plan(kind, after, options, "present").verb == "nothing"


@SAME
@hypothesis.given(data=st.data())
def test_what_is_left_out_is_not_sent(data):
    value, options = {"id": "x", **data.draw(graph_object(POLICY))}, data.draw(options_of(POLICY))
    changes = reconcile.plan(Policy(), value, options, "present").changes
    graph = {field.option: field.graph for field in POLICY.fields}
    assert set(changes) <= {graph[name] for name, option in options.items() if option is not None}


# They follow from what is in the list beside them.
IMPLIED = ("membership_kind", "operator")


def others(options, path):
    """The options but for the one at a path, and for those in which nothing is."""
    name, dummy, rest = path.partition(".")
    rows = {key: value for key, value in options.items() if key != name and value not in (None, [])}
    if not rest:
        return {key: value for key, value in rows.items() if key not in IMPLIED}
    inner = others(options.get(name) or {}, rest)
    return {**rows, name: inner} if inner else rows


def for_people_or_workloads(value, path):
    """That a policy becomes one for workloads, and so for no user, is another matter."""
    conditions = value.get("conditions") or {}
    if "client_applications" in path:
        return {**value, "conditions": {**conditions, "users": {"includeUsers": ["All"]}}}
    return {**value, "conditions": {name: inner for name, inner in conditions.items() if name != "clientApplications"}}


@pytest.mark.parametrize("path", REFERENCES)
@hypothesis.settings(SAME, max_examples=20)
@hypothesis.given(data=st.data())
def test_a_list_that_is_added_to_and_taken_from(path, data):
    value = for_people_or_workloads(data.draw(graph_object(POLICY, of_tomorrow=True)), path)
    before = POLICY.options(value)
    current = list(dict.fromkeys(at(before, path) or []))
    options = asked = data.draw(edits(st.sampled_from(current) | IDS if current else IDS))
    for name in reversed(path.split(".")):
        options = {name: options}
    after = POLICY.options(POLICY.merge(value, options))
    removed = asked.get("remove", [])
    wanted = [member for member in [*asked.get("set", current), *asked.get("add", [])] if member not in removed]
    assert (at(after, path) or []) == list(dict.fromkeys(wanted))
    assert others(after, path) == others(before, path)


@SAME
@hypothesis.given(data=st.data())
def test_what_is_sent_has_no_null_for_a_list(data):
    def nulls(shape, value):
        for field in shape.fields:
            inner = value.get(field.graph, ...)
            if field.shape and isinstance(inner, dict):
                yield from nulls(field.shape, inner)
            elif field.many and not field.joined and inner is None:
                yield field.graph

    value = data.draw(graph_object(POLICY))
    assert list(nulls(POLICY, Policy().body(value))) == []
    assert POLICY.normal(Policy().body(value)) == POLICY.normal(value)
