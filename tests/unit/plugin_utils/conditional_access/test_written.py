# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes in a file that is to be imported, each with its place and what was allowed."""

from __future__ import annotations

import copy
import pathlib

import pytest
import yaml

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import written

FINE = {
    "entra_named_locations": [{"display_name": "Office", "ip_ranges": ["198.51.100.0/24"], "trusted": True}],
    "entra_policies": [
        {
            "display_name": "Block",
            "conditions": {"users": {"include_users": ["All"]}, "applications": {"include_applications": ["All"]}},
            "grant_controls": {"built_in_controls": ["block"]},
        }
    ],
    "entra_orphans": [],
}


def problems(*way, **values):
    """What is said of a file in which the values are put at a place."""
    document = copy.deepcopy(FINE)
    inner = document
    for step in way:
        inner = inner[step]
    inner.update(values)
    return written.problems(yaml.safe_dump(document))


def test_nothing_is_wrong():
    assert problems() == []
    assert written.problems("entra_named_locations: []\nentra_policies: []\n") == []


@pytest.mark.parametrize(
    ("way", "values", "said"),
    [
        pytest.param(
            (),
            {"entra_polices": []},
            "entra_polices: is not known. Is entra_policies meant? Allowed are entra_named_locations, entra_policies, "
            "entra_orphans.",
            id="document",
        ),
        pytest.param(
            ("entra_policies", 0),
            {"sesion_controls": {"disable_resilience_defaults": True}},
            "entra_policies[0] 'Block': sesion_controls: is not known. Is session_controls meant? Allowed are display_name, "
            "description, enforcement, conditions, grant_controls, session_controls.",
            id="policy",
        ),
        pytest.param(
            ("entra_named_locations", 0),
            {"trustd": True},
            "entra_named_locations[0] 'Office': trustd: is not known. Is trusted meant? Allowed are display_name, ip_ranges, "
            "trusted, countries_and_regions, include_unknown_countries_and_regions, country_lookup_method.",
            id="location",
        ),
        pytest.param(
            (),
            {"entra_policies": None},
            "entra_policies: is empty; a list is needed, [] where there are none.",
            id="null",
        ),
        pytest.param(
            (),
            {"entra_policies": {"a": 1}},
            "entra_policies: is a dictionary; a list is needed, [] where there are none.",
            id="dictionary",
        ),
        pytest.param(
            (),
            {"entra_named_locations": ["Office"]},
            "entra_named_locations[0]: is a text; a dictionary of display_name, ip_ranges, trusted, countries_and_regions, "
            "include_unknown_countries_and_regions, country_lookup_method is needed.",
            id="text-as-entry",
        ),
        pytest.param(
            ("entra_named_locations", 0),
            {"display_name": None},
            "entra_named_locations[0]: display_name: is missing; a text is needed.",
            id="no-name",
        ),
        pytest.param(
            (),
            {"entra_named_locations": FINE["entra_named_locations"] * 2},
            "entra_named_locations[1] 'Office': is the name of entra_named_locations[0] already. They could not be told apart, "
            "and one would be written over the other. Give each a name of its own.",
            id="one-name",
        ),
        pytest.param(
            (),
            {"entra_orphans": None},
            "entra_orphans: is empty; a list of ids is needed. Leave it out where there are none.",
            id="orphans-null",
        ),
        pytest.param((), {"entra_orphans": [7]}, "entra_orphans[0]: is a number; an id is needed.", id="orphan"),
    ],
)
def test_a_mistake(way, values, said):
    assert problems(*way, **values) == [said]


def test_what_the_module_would_refuse_is_said_with_its_place():
    (said,) = problems("entra_policies", 0, "conditions", user_risk=["high"])
    assert said.startswith("entra_policies[0] 'Block': conditions.user_risk: is not known. Is user_risk_levels meant?")
    (said,) = problems("entra_policies", 0, enforcement="on")
    assert said.startswith("entra_policies[0] 'Block': value of enforcement must be one of:")


@pytest.mark.parametrize("text", ["", "---\n", "# nothing yet\n"])
def test_an_empty_file(text):
    assert written.problems(text) == [
        "is empty; a dictionary of entra_named_locations, entra_policies, entra_orphans is needed."
    ]


def test_lists_that_are_missing_are_said_at_once():
    assert written.problems("entra_orphans: []") == [
        "entra_named_locations: is missing; a list is needed, [] where there are none.",
        "entra_policies: is missing; a list is needed, [] where there are none.",
    ]


def test_yaml_that_cannot_be_read():
    (said,) = written.problems("entra_policies: [\n")
    assert said.startswith("is not YAML that can be read: ") and "line 2" in said


def test_a_key_that_is_there_twice():
    (said,) = written.problems("entra_named_locations: []\nentra_policies: []\nentra_policies: []\n")
    assert "'entra_policies' is there twice, and first in line 2" in said and "line 3, column 1" in said


def test_import_hands_on_every_key_that_is_allowed():
    path = pathlib.Path(__file__).resolve().parents[4] / "playbooks/tasks/as_written.yml"
    tasks = yaml.safe_load(path.read_text(encoding="utf-8"))
    for task, (shape, dummy) in zip(tasks, written.LISTS.values(), strict=True):
        (options,) = (value for name, value in task.items() if name.startswith("msp.entra."))
        assert {field.option for field in shape.fields} <= set(options)
