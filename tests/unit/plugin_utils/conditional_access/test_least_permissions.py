# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The least that each playbook needs: what is missing, and what is held for nothing."""

from __future__ import annotations

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import permissions

ENFORCE = set(permissions.BY_PLAYBOOK["enforce"])


def test_what_can_be_asked_of_a_playbook_is_neither_missing_nor_too_much():
    assert permissions.missing("enforce", ENFORCE) == []
    held = {*ENFORCE, "User.RevokeSessions.All", "Mail.Send"}
    assert permissions.beyond(["enforce"], held) == ["Mail.Send"]
    assert permissions.beyond(["rollback"], ENFORCE | {"User.RevokeSessions.All"}) == [
        "AuditLog.Read.All",
        "User.RevokeSessions.All",
    ]


def test_a_greater_permission_has_a_lesser_one_in_it():
    assert permissions.is_held("User.RevokeSessions.All", ["User.ReadWrite.All"])
    assert not permissions.is_held("User.RevokeSessions.All", ["User.Read.All"])
    assert permissions.missing("enforce", ENFORCE - {"User.Read.All"} | {"Directory.Read.All"}) == []
