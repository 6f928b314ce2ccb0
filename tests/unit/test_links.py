# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links within the documentation lead somewhere, and every guide is in the table of contents and in the README."""

from __future__ import annotations

import documented
import pytest
import yaml
from documented import CHECKOUT


@pytest.fixture(scope="module")
def check():
    return documented.tool("link_check")


def test_markdown_links_lead_somewhere(check):
    files = sorted([*CHECKOUT.glob("*.md"), *CHECKOUT.glob("roles/*/*.md"), *CHECKOUT.glob("tests/*/*.md")])
    assert files and [one for file in files for one in check.of_markdown(file)] == []


def test_relative_links_of_the_readme_lead_into_the_package(check):
    assert check.out_of_the_package(CHECKOUT / "README.md") == []


def test_the_address_of_the_repository_is_that_of_the_package(check):
    """What counts as a link to a file of ours."""
    galaxy = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"))
    assert check._REPOSITORY.match(f"{galaxy['repository']}/blob/main/README.md")


def test_guides_refer_to_pictures_and_guides_that_are_there(check):
    assert check.of_guides() == []


def test_every_guide_is_in_the_contents_once(check):
    contents = yaml.safe_load((CHECKOUT / "docs/docsite/extra-docs.yml").read_text(encoding="utf-8"))
    listed = [guide for section in contents["sections"] for guide in section["toctree"]]
    assert sorted(listed) == sorted(path.stem for path in check.GUIDES.glob("*.rst"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("see [it](nowhere.md)", "nowhere.md: there is no such file"),
        ("# One heading\n[it](#another)", "#another: there is no such heading"),
        ("# What it's for\n[it](#what-its-for) and [that](https://example.com/nothing)", None),
    ],
)
def test_a_markdown_link_that_leads_nowhere_is_found(check, tmp_path, text, said):
    file = tmp_path / "README.md"
    file.write_text(text, encoding="utf-8")
    assert check.of_markdown(file) == ([f"README.md: {said}"] if said else [])


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("https://github.com/msp-entra/msp.entra/blob/main/README.md#support", None),
        ("https://github.com/msp-entra/msp.entra/blob/main/README.md#no-such", "there is no such heading"),
        ("https://github.com/msp-entra/msp.entra/blob/main/nowhere.md", "there is no such file"),
        ("https://raw.githubusercontent.com/msp-entra/msp.entra/main/docs/images/no.png", "there is no such file"),
        ("https://github.com/somebody/else/blob/main/nowhere.md", None),
    ],
)
def test_a_link_by_the_address_of_the_repository_is_one_to_the_checkout(check, tmp_path, link, said):
    file = tmp_path / "page.md"
    file.write_text(f"[it]({link})", encoding="utf-8")
    assert check.of_markdown(file) == ([f"page.md: {link}: {said}"] if said else [])


@pytest.mark.parametrize(
    ("link", "inside"),
    [
        ("CONTRIBUTING.md#the-layers", True),
        ("#support", True),
        ("docs/docsite/rst/guide_sites.rst", True),
        ("Makefile", False),
        ("docs/images/fleet-report.png", False),
        ("tests/graph_emulator/README.md", False),
        ("https://github.com/msp-entra/msp.entra/blob/main/Makefile", True),
    ],
)
def test_a_link_out_of_the_package_is_found(check, tmp_path, link, inside):
    file = tmp_path / "README.md"
    file.write_text(f"[it]({link})", encoding="utf-8")
    assert (check.out_of_the_package(file) == []) == inside


def test_what_a_guide_has_not_is_found(check, tmp_path):
    text = ":ref:`There <ansible_collections.msp.entra.docsite.nowhere>`\n\n.. image:: images/none.svg\n"
    (tmp_path / "guide_one.rst").write_text(text, encoding="utf-8")
    assert check.of_guides(tmp_path) == [
        "guide_one.rst: no picture images/none.svg",
        "guide_one.rst: no label ansible_collections.msp.entra.docsite.nowhere",
    ]


def test_a_link_between_pages_that_leads_nowhere_is_found(check, tmp_path):
    (tmp_path / "one.html").write_text('<a href="two.html#there">a</a><a href="two.html#gone">b</a>', encoding="utf-8")
    (tmp_path / "two.html").write_text('<p id="there"><img src="none.png"></p>', encoding="utf-8")
    assert check.of_pages(tmp_path) == [
        "one.html: two.html#gone: there is no such place",
        "two.html: none.png: there is no such file",
    ]
