# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ids in the forms that people paste, and what only looks like one."""

from __future__ import annotations

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils import guids

ID = "0a1b2c3d-aaaa-4bbb-8ccc-0123456789ab"
FORMS = {
    "as Graph writes it": ID,
    "capitals": ID.upper(),
    "both cases": ID[:9] + ID[9:].upper(),
    "braces": f"{{{ID}}}",
    "capitals in braces": f"{{{ID.upper()}}}",
    "no dashes": ID.replace("-", ""),
    "capitals without dashes": ID.replace("-", "").upper(),
    "URN": f"urn:uuid:{ID}",
    "URN in capitals": f"URN:UUID:{ID.upper()}",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_is_the_same_id(form):
    assert guids.canonical(form) == guids.plain(form) == ID
    assert guids.is_guid(form) and guids.same(form, ID) and guids.same(ID, form)
    assert not guids.same(form, ID.replace("0", "1"))


NONE = {
    "line break behind": f"{ID}\n",
    "blank before": f" {ID}",
    "brace on one side": f"{{{ID}",
    "braces without dashes": "{0a1b2c3daaaa4bbb8ccc0123456789ab}",
    "URN in braces": f"{{urn:uuid:{ID}}}",
    "dashes elsewhere": "0a1b-2c3daaaa-4bbb-8ccc-0123456789ab",
    "some dashes": "0a1b2c3d-aaaa4bbb8ccc0123456789ab",
    "no hexadecimal digits": "0g1b2c3d-aaaa-4bbb-8ccc-0123456789ab",
    "digits of another script": "\u0660" + ID[1:],
    "one digit short": ID[:-1],
    "keyword": "All",
    "empty": "",
    "null": None,
    "number": 7,
    "list": [ID],
}


@pytest.mark.parametrize("value", NONE.values(), ids=NONE)
def test_everything_else_is_as_it_is(value):
    assert guids.canonical(value) is None and not guids.is_guid(value)
    assert guids.plain(value) == value


@pytest.mark.parametrize(("one", "other", "expected"), [("All", "All", True), ("All", "all", False), ("", "x", False)])
def test_texts_are_the_same_where_they_are(one, other, expected):
    assert guids.same(one, other) is expected
