# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validating options: ansible's own checks and ours, every problem at once, and plain types afterwards."""

from __future__ import annotations

import pytest
import yaml
from ansible.template import trust_as_template

from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput
from ansible_collections.msp.entra.plugins.plugin_utils.options import ArgumentSpec, given, plain


def no_odd_count(options):
    return [f"count: {options['count']} is odd."] if options["count"] % 2 else []


def no_long_name(options):
    return [f"name: '{options['name']}' is long."] if options["name"] and len(options["name"]) > 5 else []


SPEC = ArgumentSpec(
    {
        "name": {"type": "str", "aliases": ["title"]},
        "id": {"type": "str"},
        "count": {"type": "int", "default": 2},
        "on": {"type": "bool"},
        "deep": {"type": "dict", "options": {"word": {"type": "str", "choices": ["a", "b"]}, "x": {"type": "int"}}},
        "many": {"type": "list", "elements": "dict", "options": {"word": {"type": "str", "required": True}}},
        "one": {"type": "str"},
        "other": {"type": "str"},
        "where": {"type": "path"},
        "untyped": {},
        "anything": {"type": "raw"},
        "texts": {"type": "list", "elements": "str"},
        "deeper": {
            "type": "dict",
            "options": {
                "text": {"type": "str", "aliases": ["title"]},
                "deepest": {"type": "dict", "options": {"text": {"type": "str"}}},
            },
        },
    },
    mutually_exclusive=(("one", "other"),),
    required_one_of=(("name", "id"),),
    checks=(no_odd_count, no_long_name),
)
FULL = {**dict.fromkeys(SPEC.options), "name": "n", "count": 2}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param({"name": "n"}, {}, id="defaults-and-nulls-are-filled-in"),
        pytest.param({"name": "n", "count": "4", "on": "yes"}, {"count": 4, "on": True}, id="coerced"),
        pytest.param({"name": "n", "count": None, "one": "1", "other": None}, {"one": "1"}, id="null-is-left-out"),
        pytest.param({"name": "n", "deep": {}}, {"deep": {"word": None, "x": None}}, id="empty-dictionary-is-given"),
        pytest.param({"name": "n", "deep": {"word": None}}, {"deep": {"word": None, "x": None}}, id="null-inside"),
        pytest.param({"name": "n", "many": []}, {"many": []}, id="empty-list-is-given"),
        pytest.param({"name": "n", "one": ""}, {"one": ""}, id="empty-text-is-given"),
        pytest.param({"name": "n", "one": 1}, {"one": "1"}, id="a-number-can-be-a-text"),
        pytest.param({"name": "n", "anything": ["x"]}, {"anything": ["x"]}, id="a-list-where-anything-goes"),
    ],
)
def test_validated(arguments, expected):
    assert SPEC.validate(arguments) == {**FULL, **expected}


def test_an_alias_means_its_option():
    assert SPEC.validate({"title": "n"})["name"] == "n"


PROBLEMS = [
    pytest.param({"name": "n", "colour": "red"}, ["colour: is not known."], id="unknown-option"),
    pytest.param(
        {"name": "n", "deep": {"wrod": "a"}},
        ["deep.wrod: is not known. Is word meant? Allowed are word, x."],
        id="unknown-option-inside",
    ),
    pytest.param(
        {"name": "n", "many": [{"word": "x"}, {"word": "x", "world": "y"}]},
        ["many[1].world: is not known. Is word meant? Allowed are word."],
        id="unknown-option-in-an-element",
    ),
    pytest.param({"name": "n", "count": "two"}, ["count", "int"], id="wrong-type"),
    pytest.param(
        {"name": "n", "deep": "text"},
        ["deep: is a text; a dictionary is needed."],
        id="wrong-type-of-which-ansible-speaks-three-times",
    ),
    pytest.param(
        {"name": "n", "many": "198.51.100.10/32"},
        ["many: is a text; a list of dictionaries with word is needed."],
        id="a-text-for-a-list-of-dictionaries",
    ),
    pytest.param(
        {"name": "n", "many": {"word": "x"}},
        ["many: is a dictionary; a list of dictionaries with word is needed."],
        id="a-dictionary-for-a-list-of-them",
    ),
    pytest.param(
        {"name": "n", "many": [{"word": "x"}, "y"]},
        ["many[1]: is a text; a dictionary with word is needed."],
        id="a-text-for-a-dictionary-in-a-list",
    ),
    pytest.param(
        {"name": "n", "many": [None]},
        ["many[0]: is empty; a dictionary with word is needed."],
        id="null-for-a-dictionary-in-a-list",
    ),
    pytest.param({"name": "n", "deep": {"word": "c"}}, ["word", "a, b", "deep"], id="no-such-choice"),
    pytest.param(
        {"name": "n", "many": [{"word": "x"}, {}]},
        ["many[1].word: is missing; a text is needed."],
        id="required-inside-is-missing",
    ),
    pytest.param({"name": "n", "one": "1", "other": "2"}, ["one|other"], id="mutually-exclusive"),
    pytest.param({"count": 2}, ["name, id"], id="one-of-them-is-needed"),
    pytest.param({"name": None, "id": None}, ["name, id"], id="null-is-not-one-of-them"),
    pytest.param({"name": "n", "count": 3}, ["count: 3 is odd."], id="check"),
    pytest.param({"name": "n", "one": ["1"]}, ["one: is a list; a text is needed."], id="a-list-for-a-text"),
    pytest.param(
        {"name": "n", "one": {"a": 1}}, ["one: is a dictionary; a text is needed."], id="a-dictionary-for-a-text"
    ),
    pytest.param({"name": "n", "where": ["/x"]}, ["where: is a list; a text is needed."], id="a-list-for-a-path"),
    pytest.param({"title": ["n"]}, ["title: is a list; a text is needed."], id="a-list-for-a-text-by-its-alias"),
    pytest.param(
        {"name": "n", "many": [{"word": "x"}, {"word": ["a"]}]},
        ["many[1].word: is a list; a text is needed."],
        id="a-list-for-a-text-in-an-element",
    ),
    pytest.param(
        {"name": "n", "deeper": {"title": ["x"]}},
        ["deeper.title: is a list; a text is needed."],
        id="a-list-for-a-text-inside-by-its-alias",
    ),
    pytest.param(
        {"name": "n", "deeper": {"deepest": {"text": {"a": 1}}}},
        ["deeper.deepest.text: is a dictionary; a text is needed."],
        id="a-dictionary-for-a-text-deep-inside",
    ),
    pytest.param(
        {"name": "n", "deeper": '{"text": ["x"]}'},
        ["deeper.text: is a list; a text is needed."],
        id="a-list-for-a-text-in-a-dictionary-that-is-JSON",
    ),
    pytest.param(
        {"name": "n", "texts": ["a", ["b"]]}, ["texts[1]: is a list; a text is needed."], id="a-list-in-a-list-of-texts"
    ),
    pytest.param(
        {"name": True}, ["name: is True, as YAML reads yes, on and true", "put it in quotes"], id="on-for-a-name"
    ),
    pytest.param({"name": "n", "one": False}, ["one: is False, as YAML reads no, off and false"], id="no-for-a-text"),
    pytest.param({"name": "n", "texts": ["a", True]}, ["texts[1]: is True"], id="on-in-a-list-of-texts"),
    pytest.param({"name": "n", "where": True}, ["where: is True"], id="on-for-a-path"),
    pytest.param({"name": "n", "deep": {"word": True}}, ["a, b", "deep"], id="on-for-a-choice-in-ansible-s-words"),
    pytest.param({"name": "n", "count": False}, ["count: is False", "a number is needed."], id="no-for-a-number"),
    pytest.param({"name": yaml.safe_load("0x1f")}, ["name: is the number 31", "in quotes"], id="a-number-for-a-name"),
    pytest.param({"name": 1.5}, ["name: is the number 1.5"], id="a-fraction-for-a-name"),
    pytest.param({"name": "n", "untyped": []}, ["untyped: is a list; a text is needed."], id="a-text-is-the-default"),
]


@pytest.mark.parametrize(("arguments", "parts"), PROBLEMS)
def test_one_problem_is_one_sentence(arguments, parts):
    with pytest.raises(BadInput) as caught:
        SPEC.validate(arguments)
    (problem,) = caught.value.problems
    for part in parts:
        assert part in problem


def test_all_problems_come_at_once():
    with pytest.raises(BadInput) as caught:
        SPEC.validate({"name": "much too long", "colour": "red", "one": "1", "other": "2", "count": 3})
    problems = caught.value.problems
    assert len(problems) == 4
    for part in ("colour: is not known.", "one|other", "count: 3 is odd.", "name: 'much too long' is long."):
        assert any(part in problem for problem in problems), part


def test_a_check_that_trips_over_a_wrong_type_has_no_say_and_the_others_do():
    with pytest.raises(BadInput) as caught:
        SPEC.validate({"name": "much too long", "count": "two"})
    assert len(caught.value.problems) == 2
    assert "name: 'much too long' is long." in caught.value.problems


def test_a_defect_of_a_check_is_not_taken_for_a_wrong_type():
    def broken(options):
        raise AttributeError("a defect")

    with pytest.raises(AttributeError):
        ArgumentSpec({"name": {"type": "str"}}, checks=(broken,)).validate({"name": "n"})


ALSO = ArgumentSpec(
    {"name": {"type": "str"}, "count": {"type": "int"}},
    checks=(no_long_name,),
    also=(lambda options: ["said beside."], lambda options: [f"{options['count'] + 1} beside."]),
)


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        pytest.param({"name": "n", "count": 1}, None, id="nothing-wrong-nothing-said"),
        pytest.param(
            {"name": "too long", "count": 1}, ["name: 'too long' is long.", "said beside.", "2 beside."], id="a-check"
        ),
        pytest.param(
            {"nome": "n", "count": 1}, ["nome: is not known. Is name meant?", "said beside.", "2 beside."], id="form"
        ),
        # One that trips over what is wrong has no say.
        pytest.param({"name": "too long"}, ["name: 'too long' is long.", "said beside."], id="one-trips"),
    ],
)
def test_what_is_known_beside_is_said_where_there_is_a_problem_anyway(arguments, problems):
    if problems is None:
        assert ALSO.validate(arguments) == arguments
        return
    with pytest.raises(BadInput) as caught:
        ALSO.validate(arguments)
    assert [problem.split(" Allowed are")[0] for problem in caught.value.problems] == problems


def test_merged_specs_keep_the_rules_of_both():
    one = ArgumentSpec(
        {"a": {}, "b": {}},
        mutually_exclusive=(("a", "b"),),
        checks=(lambda options: ["first."],),
        also=(lambda options: ["third."],),
    )
    other = ArgumentSpec(
        {"c": {}, "d": {}},
        required_one_of=(("c", "d"),),
        checks=(lambda options: ["second."],),
        also=(lambda options: ["fourth."],),
    )
    merged = one.merge(other)
    assert set(merged.options) == {"a", "b", "c", "d"}
    with pytest.raises(BadInput) as caught:
        merged.validate({"a": "1", "b": "2"})
    text = "\n".join(caught.value.problems)
    for part in ("a|b", "c, d", "first.", "second.", "third.", "fourth."):
        assert part in text


def test_what_was_given_stays_as_it_was():
    arguments = {"name": "n", "deep": {"word": "a", "x": None}}
    SPEC.validate(arguments)["deep"]["word"] = "b"
    assert arguments == {"name": "n", "deep": {"word": "a", "x": None}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"a": None, "b": 0, "c": "", "d": False}, {"b": 0, "c": "", "d": False}, id="only-null-goes"),
        pytest.param({"a": {"b": None}}, {"a": {}}, id="inside-a-dictionary"),
        pytest.param([{"a": None, "b": 1}], [{"b": 1}], id="inside-a-list"),
        pytest.param(["x", None], ["x", None], id="a-null-element-is-an-element"),
    ],
)
def test_given(value, expected):
    assert given(value) == expected


def test_plain_takes_ansible_s_tags_off_at_any_depth():
    tagged = {trust_as_template("key"): [(trust_as_template("text"), 1)], "more": {"deep": trust_as_template("x")}}
    result = plain(tagged)
    assert result == {"key": [["text", 1]], "more": {"deep": "x"}}
    key = next(iter(result))
    assert {type(key), type(result["key"][0][0]), type(result["more"]["deep"])} == {str}
    assert {type(tagged["more"]["deep"])} != {str}
