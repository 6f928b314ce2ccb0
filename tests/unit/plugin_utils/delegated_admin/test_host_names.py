# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host names of customers: safe, unique, and never moving from one customer to another."""

from __future__ import annotations

import re

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.delegated_admin.host_names import host_names, slug

A, B, C = (f"{letter * 8}-1111-4111-8111-111111111111" for letter in "abc")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Northwind Traders", "northwind-traders"),
        ("Bäckerei Straße O'Neil & Co.", "backerei-strasse-o-neil-co"),
        ("  {{ lookup('pipe', 'id') }} ", "lookup-pipe-id"),
        ("../../etc/passwd", "etc-passwd"),
        ("!web:&db,~x@[1:9]", "web-db-x-1-9"),
        ("\uff26\uff35\uff2c\uff2c \uff11\uff12", "full-12"),  # full-width letters
        ("a\nb\x00c", "a-b-c"),
        ("日本", ""),
        ("", ""),
        ("x" * 62 + "-yz", "x" * 62),
        ("x" * 300, "x" * 63),
    ],
)
def test_a_display_name_in_letters_digits_and_dashes(name, expected):
    assert slug(name) == expected
    assert re.fullmatch("[a-z0-9-]*", slug(name))


def test_two_of_one_name_both_get_their_id():
    assert host_names({A: "Contoso Ltd", B: "contoso, ltd.", C: "Fabrikam"}) == {
        A: f"contoso-ltd-{A}",
        B: f"contoso-ltd-{B}",
        C: "fabrikam",
    }


@pytest.mark.parametrize("name", ["All", "localhost", "UNGROUPED"])
def test_a_name_that_means_something_to_ansible_gets_its_id(name):
    assert host_names({A: name}) == {A: f"{name.lower()}-{A}"}


def test_a_name_without_a_letter_is_the_id():
    assert host_names({A: "日本", B: ""}) == {A: A, B: B}


def test_nobody_can_be_called_as_another_is():
    """B's display name is what A is called with its id, and C's is B's id."""
    names = host_names({A: "Contoso", "d" + A[1:]: "Contoso", B: f"Contoso {A}", C: B})
    assert len(set(names.values())) == 4
    assert names[A] == f"contoso-{A}" and names[B] == f"contoso-{A}-{B}" and names[C] == f"{B}-{C}"
