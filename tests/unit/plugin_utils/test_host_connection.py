# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection as the host's variables say it."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleUndefinedVariable

from ansible_collections.msp.entra.plugins.plugin_utils import host_connection


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"from_variables": "entra_"}, {"tenant_id": "<a>", "client_secret": "<s>"}),
        ({"from_variables": "entra_", "tenant_id": "given"}, {"client_secret": "<s>"}),
        ({"from_variables": "entra_", "client_secret": None}, {"tenant_id": "<a>", "client_secret": "<s>"}),
        ({"from_variables": "other_"}, {"client_id": "<c>"}),
        ({"from_variables": ""}, {}),
        ({"from_variables": ["entra_"]}, {}),
        ({}, {}),
    ],
)
def test_what_the_host_s_variables_fill_in(arguments, found):
    variables = {"entra_tenant_id": "a", "entra_client_secret": "s", "other_client_id": "c", "entra_colour": "red"}
    assert host_connection.of_variables(arguments, variables, lambda value: f"<{value}>") == (found, [])


def test_a_variable_that_cannot_be_worked_out_is_a_problem_by_its_name():
    def undefined(dummy):
        raise AnsibleUndefinedVariable("'vault' is undefined")

    variables = {"entra_tenant_id": "{{ vault }}", "entra_client_id": "{{ vault }}"}
    found, problems = host_connection.of_variables({"from_variables": "entra_"}, variables, undefined)
    assert found == {} and [problem.split(":")[0] for problem in problems] == ["entra_tenant_id", "entra_client_id"]
    assert problems[0].startswith("entra_tenant_id: cannot be worked out: 'vault' is undefined")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"from_variables": "entra_"}, ["entra_client_id: is wrong", "sites: are too", "entra_ca_path: no"]),
        (
            {"from_variables": "entra_", "client_id": "x"},
            ["client_id: is wrong", "sites: are too", "entra_ca_path: no"],
        ),
        ({}, ["client_id: is wrong", "sites: are too", "ca_path: no"]),
        ({"from_variables": ["entra_"]}, ["client_id: is wrong", "sites: are too", "ca_path: no"]),
    ],
)
def test_problems_are_told_by_the_names_that_were_written(arguments, told):
    assert host_connection.as_written(["client_id: is wrong", "sites: are too", "ca_path: no"], arguments) == told


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        ("value of cloud must be one of: global", "value of entra_cloud must be one of: global"),
        ("argument 'wait_timeout' is of type str", "argument 'entra_wait_timeout' is of type str"),
        # Of a task's own option, whose name begins as one of the connection's.
        ("value of cloudy must be one of: a", "value of cloudy must be one of: a"),
        (
            "credentials: certificate_path and client_secret are given together; give one of them.",
            "credentials: entra_certificate_path and entra_client_secret are given together; give one of them.",
        ),
        (
            "credentials: none given; one of access_token, certificate is needed (or AZURE_CLIENT_SECRET).",
            "credentials: none given; one of entra_access_token, entra_certificate is needed (or AZURE_CLIENT_SECRET).",
        ),
    ],
)
def test_whatever_names_an_option_names_the_variable(problem, told):
    assert host_connection.as_written([problem], {"from_variables": "entra_"}) == [told]
    assert host_connection.as_written([problem], {}) == [problem]


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        (["entra_secret"], "credentials: none given; this host has entra_secret; is entra_client_secret meant?"),
        (["client_secret"], "credentials: none given; this host has client_secret; is entra_client_secret meant?"),
        (["secret", "entra_policies"], "credentials: none given; what is needed."),
    ],
)
def test_a_variable_that_is_nearly_a_credential(variables, told):
    problems = ["credentials: none given; what is needed."]
    assert host_connection.as_written(problems, {"from_variables": "entra_"}, variables) == [told]
    assert host_connection.as_written(problems, {}, variables) == problems
