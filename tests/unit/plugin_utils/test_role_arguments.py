# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role is given, by the names that people have written: every mistake with its place, all at once."""

from __future__ import annotations

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from documented import CHECKOUT

from ansible_collections.msp.entra.plugins.plugin_utils import role_arguments
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput

OFFICE = {"name": "Office", "cidrs": ["198.51.100.10/32"]}
FINE = {
    "syncro_application": "Syncro SSO",
    "syncro_sites": [OFFICE],
    "syncro_break_glass_accounts": ["breakglass@northwind.example"],
    "syncro_service_account": "syncro-svc@northwind.example",
}


def problems(role="syncro_ip_restriction", entry_point="main", **variables):
    """What is said of these variables of a host, beside the defaults of the role."""
    folder = CHECKOUT / "roles" / role
    defaults = DataLoader().load_from_file(str(folder / "defaults" / "main.yml"), trusted_as_template=True)
    given = {name: value for name, value in {**FINE, **variables}.items() if value is not ...}
    known = {**defaults, **given}
    options = {"argument_specs": str(folder / "meta" / "argument_specs.yml"), "entry_point": entry_point}
    options = role_arguments.SPEC.validate(options)
    try:
        role_arguments.looked_at(options, known, Templar(loader=DataLoader(), variables=known).template)
    except BadInput as refused:
        return refused.problems
    return []


@pytest.mark.parametrize(
    ("role", "entry_point"),
    [
        ("syncro_ip_restriction", "main"),
        ("syncro_ip_restriction", "absent"),
        ("syncro_service_account_mfa", "main"),
        ("syncro_service_account_mfa", "absent"),
        ("syncro_readiness", "main"),
        ("syncro_validation", "main"),
    ],
)
def test_what_can_be_meant_passes(role, entry_point):
    assert problems(role, entry_point) == []
    # Whatever is left out, the tasks that follow tell.
    assert problems(role, entry_point, **dict.fromkeys(FINE, ...)) == []
    assert problems(role, entry_point, **dict.fromkeys(FINE)) == []


LIST = "a list of dictionaries with name and cidrs is needed."


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"syncro_sites": "198.51.100.10/32"}, f"syncro_sites: is a text; {LIST}"),
        ({"syncro_sites": OFFICE}, f"syncro_sites: is a dictionary; {LIST}"),
        ({"syncro_sites": ["Office"]}, "syncro_sites[0]: is a text; a dictionary with name and cidrs is needed."),
        ({"syncro_sites": [OFFICE, {"name": "Lab"}]}, "syncro_sites[1].cidrs: is missing; a list is needed."),
        (
            {"syncro_sites": [{**OFFICE, "expire": "2030-01-01T00:00:00Z"}]},
            "syncro_sites[0].expire: is not known. Is expires meant? Allowed are name, cidrs, expires.",
        ),
        (
            {"syncro_enforcement": "reportonly"},
            "value of syncro_enforcement must be one of: report_only, enabled, disabled, got: reportonly",
        ),
        # By the role's own name, where that is what was written.
        (
            {"syncro_ip_restriction_sites": [{"name": "Lab"}]},
            "syncro_ip_restriction_sites[0].cidrs: is missing; a list is needed.",
        ),
        (
            {"syncro_sites": trust_as_template("{{ nowhere }}")},
            "syncro_sites: cannot be worked out: ",
        ),
        (
            {"syncro_sites": ..., "syncro_site": [OFFICE]},
            "syncro_site: is no variable that this collection reads; is syncro_sites meant?",
        ),
        (
            {"syncro_ip_restriction_impact_day": 3},
            "syncro_ip_restriction_impact_day: is no variable that this collection reads; is syncro_ip_restriction_impact_days ",
        ),
        (
            {"syncro_ip_restriction_polcy_name": "B"},
            "syncro_ip_restriction_polcy_name: is no variable that this collection reads; is syncro_ip_restriction_policy_name ",
        ),
    ],
    ids=[
        *("text", "dictionary", "texts", "missing", "unknown", "choice", "the role's own", "leads nowhere", "misspelt"),
        *("the role's own, misspelt", "the role's own of all entry points"),
    ],
)
def test_a_mistake(variables, said):
    (problem,) = problems(**variables)
    assert problem.startswith(said)


def test_all_of_them_come_at_once():
    said = problems(
        syncro_sites=[{"name": "Office", "cidr": "198.51.100.10/32"}, "Lab"],
        syncro_enforcement="on",
        syncro_ip_restriction_impact_days="two weeks",
    )
    assert [problem.split(" ")[0] for problem in said if not problem.startswith(("value", "argument"))] == [
        "syncro_sites[0].cidr:",
        "syncro_sites[0].cidrs:",
        "syncro_sites[1]:",
    ]
    assert len(said) == 5


def test_a_name_that_is_nearly_one_is_somebody_s_own_where_the_role_does_not_read_that_one():
    assert problems(syncro_site=[OFFICE]) == []
    assert problems(syncro_sites=..., syncro_site=[OFFICE], syncro_ip_restriction_sites=[OFFICE]) == []
    assert problems("syncro_service_account_mfa", syncro_sites=..., syncro_site=[OFFICE]) == []


def test_what_an_entry_point_does_not_need_may_be_missing():
    assert problems(entry_point="absent", syncro_sites=[{"name": "Lab"}]) == []
    assert problems(entry_point="absent", syncro_enforcement="on") == []


@pytest.mark.parametrize(
    ("content", "entry_point", "said"),
    [
        (None, "main", "argument_specs: 'specs.yml' cannot be read: No such file or directory."),
        ("argument_specs: [\n", "main", "argument_specs: 'specs.yml' is not YAML: while parsing"),
        ("- 1\n", "main", "argument_specs: what 'specs.yml' has is a list; "),
        ("argument_specs: text\n", "main", "argument_specs: what 'specs.yml' has is a text; "),
        (
            "argument_specs: {main: {}, absent: {}}\n",
            "remove",
            "entry_point: 'remove' is not known. Allowed are main, absent.",
        ),
    ],
    ids=["not there", "not YAML", "a list", "a text", "no such entry point"],
)
def test_a_specification_that_is_none(tmp_path, monkeypatch, content, entry_point, said):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "specs.yml").write_text(content, encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        role_arguments.looked_at({"argument_specs": "specs.yml", "entry_point": entry_point}, {}, lambda value: value)
    (problem,) = refused.value.problems
    assert problem.startswith(said)


VARIABLES = {
    "ansible_role_name": "msp.entra.a_role",
    "a_role_sites": "{{ syncro_sites if q('ansible.builtin.varnames', '^syncro_sites$') else [] }}",
    "a_role_days": 14,
}


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        ("days: 0 is not between 1 and 30.", "a_role_days: 0 is not between 1 and 30."),
        (
            "sites[1].name: 'A' is the name of sites[0] as well.",
            "syncro_sites[1].name: 'A' is the name of syncro_sites[0] as well.",
        ),
        ("value of days must be one of: 1", "value of a_role_days must be one of: 1"),
        ("argument 'days' is of type str", "argument 'a_role_days' is of type str"),
        # No variable of the role's is called so, or it is a word of the sentence.
        ("application: is empty; days pass.", "application: is empty; days pass."),
        ("policy: has no days.", "policy: has no days."),
    ],
)
def test_what_a_role_hands_on_is_called_as_it_was_given(problem, told):
    options = ["sites", "days", "application", "policy"]
    assert role_arguments.as_given([problem], options, VARIABLES) == [told]
    assert role_arguments.as_given([problem], options, {**VARIABLES, "ansible_role_name": None}) == [problem]
