# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects as Graph shows them and options as they may be given, generated from a table."""

from __future__ import annotations

import hypothesis.strategies as st

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_schema import POLICY

WORDS = st.text("abcXYZ09 -é'", min_size=1, max_size=6)
IDS = st.uuids(version=4).map(str)
CIDRS = st.ip_addresses().map(lambda ip: {"@odata.type": f"#v{ip.version}", "cidrAddress": f"{ip}/{ip.max_prefixlen}"})

# What an object of Graph tells of itself wherever it is there: whether and how a session control is on, which tenants are
# meant, and what a filter does.
ALWAYS_TOLD = ("isEnabled", "membershipKind", "mode", "rule")

UNKNOWN = st.dictionaries(st.sampled_from(["unknownA", "unknownB"]), st.none() | WORDS | st.lists(WORDS, max_size=2))
UNKNOWN_WORD = "ofTomorrow"


def scalar(field):
    """A value of a row as Graph shows it."""
    if field.choices:
        return st.sampled_from([field.codec.write(choice) for choice in field.choices])
    if field.option == "authentication_strength":
        return st.fixed_dictionaries({"id": IDS}, optional={"displayName": WORDS})
    if field.option == "ip_ranges":
        return CIDRS
    return {"int": st.integers(1, 365), "bool": st.booleans()}.get(field.type, IDS if field.reference else WORDS)


def graph_value(field, of_tomorrow, off):
    if field.shape:
        return st.none() | graph_object(field.shape, of_tomorrow, off)
    one = st.just(True) if field.graph == "isEnabled" and not off else scalar(field)
    if field.choices and of_tomorrow:
        one |= st.just(UNKNOWN_WORD)
    if field.joined:
        return st.none() | st.just("none") | st.lists(one, min_size=1, max_size=3, unique=True).map(",".join)
    if field.many:
        return st.none() | st.lists(one, max_size=3)
    return one if field.graph in ALWAYS_TOLD else st.none() | one


def graph_object(shape, of_tomorrow=False, off=True):
    """An object as Graph shows it: every property there, null, or absent; or one of a Graph that is newer than the table.

    Session controls are on or ``off``; Graph shows most of those that are off as null.
    """
    rows = {field.graph: graph_value(field, of_tomorrow, off) for field in shape.fields}
    told = {name: rows.pop(name) for name in ALWAYS_TOLD if name in rows}
    known = st.fixed_dictionaries(told, optional=rows)
    return st.builds(lambda value, unknown: {**value, **unknown}, known, UNKNOWN) if of_tomorrow else known


def whole_object(shape):
    """An object in which nothing is null or absent, and every session control is on."""
    return st.fixed_dictionaries({field.graph: _whole_value(field) for field in shape.fields})


def _whole_value(field):
    if field.shape:
        return whole_object(field.shape)
    one = st.just(True) if field.graph == "isEnabled" else scalar(field)
    if field.joined:
        return st.lists(one, min_size=1, max_size=3, unique=True).map(",".join)
    return st.lists(one, min_size=1, max_size=3) if field.many else one


def edits(one):
    """What can be asked of a list of references."""
    lists = st.lists(one, max_size=3)
    return st.fixed_dictionaries({"set": lists}) | st.fixed_dictionaries({}, optional={"add": lists, "remove": lists})


def given(field):
    if field.shape:
        return st.none() | options_of(field.shape)
    one = scalar(field).map(field.codec.read)
    if field.many:
        lists = st.none() | st.lists(one, max_size=3)
        return lists | edits(one) if field.reference else lists
    return st.none() | one | (st.just("") if field.type == "str" and not field.choices else st.nothing())


def options_of(shape):
    """Options as they may be given, left out and emptied ones included."""
    return st.fixed_dictionaries({}, optional={field.option: given(field) for field in shape.fields})


def _rows(shape, path=""):
    for field in shape.fields:
        yield f"{path}{field.option}", field
        if field.shape:
            yield from _rows(field.shape, f"{path}{field.option}.")


# The lists of references, by the path of their option.
REFERENCES = {path: field for path, field in _rows(POLICY) if field.many and field.reference}


def at(options, path):
    """What stands at a path in options."""
    for name in path.split("."):
        options = (options or {}).get(name)
    return options
