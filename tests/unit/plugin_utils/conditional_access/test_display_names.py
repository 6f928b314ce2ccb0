# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the id and the display name by which an object is meant."""

from __future__ import annotations

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.identity import display_name_problems

ID = "0a1b2c3d-aaaa-4bbb-8ccc-0123456789ab"


@pytest.mark.parametrize(
    ("id", "name"),
    [
        pytest.param(None, "Office", id="name"),
        pytest.param(ID, None, id="id"),
        pytest.param(ID.upper(), "Büro 日本 🏢", id="both-and-any-script"),
        pytest.param(None, None, id="neither-is-ansible-s-own-check"),
        pytest.param(None, "ü" * 256, id="as-long-as-entra-takes"),
    ],
)
def test_fine(id, name):
    assert display_name_problems({"id": id, "display_name": name}) == []


@pytest.mark.parametrize(
    ("id", "name", "problems"),
    [
        pytest.param("Office", None, ["id: 'Office' is not an object id; that is a GUID."], id="name-as-id"),
        pytest.param("", "x", ["id: '' is not an object id;"], id="empty-id"),
        pytest.param(None, "", ["display_name: is empty;"], id="empty-name"),
        pytest.param(None, " \t ", ["display_name: is empty;"], id="nothing-to-see"),
        pytest.param(None, "a\nb", [r"display_name: 'a\nb' has a control character"], id="line-break"),
        pytest.param(None, "a\x00b", [r"display_name: 'a\x00b' has a control character"], id="nul"),
        pytest.param(
            None,
            "x" * 257,
            [f"display_name: '{'x' * 40}…' has 257 characters; Entra takes at most 256."],
            id="too-long",
        ),
        pytest.param("x", "\n", ["id: 'x' is not an object id", "display_name: is empty"], id="both"),
    ],
)
def test_wrong(id, name, problems):
    found = display_name_problems({"id": id, "display_name": name})
    assert len(found) == len(problems)
    for sentence, start in zip(found, problems, strict=True):
        assert sentence.startswith(start)
