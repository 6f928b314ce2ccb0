# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing two objects of Graph's is an equivalence: what means the same is equal however it is written, and nothing else is."""

from __future__ import annotations

import copy
import random

import hypothesis
import hypothesis.strategies as st
import pytest
from equal_objects import OBJECTS, SHAPES, changed, leaves, other_value, rewritten

from ansible_collections.msp.entra.plugins.plugin_utils import reconcile
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.named_location import NamedLocation
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_kind import Policy
from ansible_collections.msp.entra.plugins.plugin_utils.shape import bare

pytestmark = pytest.mark.one_ansible

SAME = hypothesis.settings(derandomize=True, deadline=None, database=None, max_examples=300)
KINDS = pytest.mark.parametrize("kind", SHAPES)
SEEDS = st.integers(0, 2**32)


def equal(kind, one, other):
    return SHAPES[kind].normal(one) == SHAPES[kind].normal(other)


@KINDS
@SAME
@hypothesis.given(data=st.data(), seed=SEEDS)
def test_an_object_equals_itself_in_every_way_it_can_be_written(kind, data, seed):
    one, rng = data.draw(OBJECTS[kind]), random.Random(seed)
    other, third = (rewritten(SHAPES[kind], one, rng) for dummy in range(2))
    hypothesis.note((other, third))
    before = copy.deepcopy((one, other, third))
    assert equal(kind, one, one)
    assert equal(kind, one, other) and equal(kind, *reversed((one, other)))
    assert equal(kind, other, third)
    assert (one, other, third) == before


@KINDS
@SAME
@hypothesis.given(data=st.data(), seed=SEEDS)
def test_an_object_that_differs_in_one_place_is_not_equal_in_any_way_it_can_be_written(kind, data, seed):
    shape, rng = SHAPES[kind], random.Random(seed)
    one = data.draw(OBJECTS[kind])
    hypothesis.assume(any(True for dummy in leaves(shape, one)))
    other, place = changed(shape, one, rng)
    ways = [(a, b) for a in (one, rewritten(shape, one, rng)) for b in (other, rewritten(shape, other, rng))]
    hypothesis.note((place, ways))
    assert [equal(kind, a, b) or equal(kind, b, a) for a, b in ways] == [False] * 4


@KINDS
@SAME
@hypothesis.given(data=st.data(), seed=SEEDS)
def test_a_plan_sees_what_the_comparison_sees(kind, data, seed):
    """What is asked for in another writing is no change; what differs is one, of the property that it is in and no other."""
    shape, rng = SHAPES[kind], random.Random(seed)
    engine = Policy() if kind == "policy" else NamedLocation()
    one = {"id": "x", **data.draw(OBJECTS[kind])}
    again = rewritten(shape, one, rng)
    hypothesis.note(again)
    assert reconcile.plan(engine, again, shape.options(one), "present").verb == "nothing"
    hypothesis.assume(any(True for dummy in leaves(shape, one)))
    other, place = changed(shape, one, rng)
    hypothesis.note(place)
    names = {name for name in {*one, *other} if reconcile.differs(engine, name, again, bare(other))}
    assert names == {place[0]}


def rows(shape, path=()):
    """Every row of a table and of those below it: its path and itself."""
    for field in shape.fields:
        if field.shape:
            yield from rows(field.shape, (*path, field.graph))
        else:
            yield (*path, field.graph), field


@KINDS
def test_another_value_of_a_row_is_another(kind):
    """The last two would ask for a difference where there is none."""
    same = []
    for path, field in rows(SHAPES[kind]):
        for choice in field.choices:
            word = field.codec.write(choice)
            inner = [word] if field.many and not field.joined else word
            same += [(path, inner) for seed in range(50) if other_value(field, inner, random.Random(seed)) == inner]
    assert same == []


def test_every_row_is_somewhere_changed():
    """Those above would prove nothing of a row that no generated object has."""
    reached = {kind: set() for kind in SHAPES}

    @SAME
    @hypothesis.given(data=st.data())
    def reach(data):
        for kind, shape in SHAPES.items():
            reached[kind] |= {path for path, dummy in leaves(shape, data.draw(OBJECTS[kind]))}

    reach()
    assert {kind: {path for path, dummy in rows(shape)} - reached[kind] for kind, shape in SHAPES.items()} == {
        kind: set() for kind in SHAPES
    }
