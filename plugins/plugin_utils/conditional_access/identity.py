# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options by which the modules say which object they mean."""

from __future__ import annotations

import unicodedata

from .. import writes
from ..guids import is_guid
from ..options import Options

IDENTITY: Options = {
    "id": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "restore_deleted": {"type": "bool", "default": False},
    **writes.OPTIONS,
}

# As Entra was seen to refuse longer ones; the reference names no limit.
NAME_LIMIT = 256

SELECTION: Options = {
    "id": {"type": "str"},
    "display_name": {"type": "str", "aliases": ["name"]},
    "deleted": {"type": "bool", "default": False},
}


def display_name_problems(options: Options) -> list[str]:
    """What is wrong with the id and the display name."""
    problems = []
    name, object_id = options["display_name"], options["id"]
    if object_id is not None and not is_guid(object_id):
        problems.append(f"id: '{object_id}' is not an object id; that is a GUID. A name goes into display_name.")
    return problems if name is None else problems + name_problems("display_name", name)


def name_problems(path: str, name: str) -> list[str]:
    """What is wrong with a display name that is given in the option of that path."""
    if not name.strip():
        return [f"{path}: is empty; a name of one visible character or more is needed."]
    if any(unicodedata.category(character) == "Cc" for character in name):
        return [f"{path}: {name!r:.80} has a control character in it, such as a line break."]
    if len(name) > NAME_LIMIT:
        return [f"{path}: '{name:.40}…' has {len(name)} characters; Entra takes at most {NAME_LIMIT}."]
    return []
