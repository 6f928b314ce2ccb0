# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The application permissions that each playbook needs, the least that Graph offers
(https://learn.microsoft.com/graph/permissions-reference)."""

from __future__ import annotations

import typing as t

_LOOK = ("Policy.Read.All", "Application.Read.All", "User.Read.All")
_WRITE = (*_LOOK, "Policy.ReadWrite.ConditionalAccess")
# What turns a policy down or takes it away writes none of its conditions, and looks up nobody.
_TAKE_BACK = ("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess")

_LOOK_AT_ALL = (*_LOOK, "AuditLog.Read.All", "LicenseAssignment.Read.All", "RoleManagement.Read.Directory")

BY_PLAYBOOK: dict[str, tuple[str, ...]] = {
    "readiness": _LOOK_AT_ALL,
    "audit": _LOOK_AT_ALL,
    "deploy": _WRITE,
    "validate": (*_LOOK, "AuditLog.Read.All"),
    "enforce": (*_WRITE, "AuditLog.Read.All"),
    "relax": _TAKE_BACK,
    "remove": _TAKE_BACK,
    "rollback": _WRITE,
}

# The playbooks that one application runs where nothing else is said. An audit may have one of its own, which only reads.
BY_DEFAULT = tuple(playbook for playbook in BY_PLAYBOOK if playbook != "audit")

# What a playbook needs for something that has to be asked for, such as enforce with revoke_sessions.
REVOKE_SESSIONS = "User.RevokeSessions.All"
_ON_REQUEST: dict[str, tuple[str, ...]] = {"enforce": (REVOKE_SESSIONS,)}

# What holds the permission as well, though it is more than is needed.
_HELD_BY: dict[str, tuple[str, ...]] = {
    REVOKE_SESSIONS: ("User.ReadWrite.All", "Directory.ReadWrite.All"),
    "User.Read.All": ("User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"),
    "Application.Read.All": ("Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"),
    "RoleManagement.Read.Directory": (
        "RoleManagement.Read.All",
        "RoleManagement.ReadWrite.Directory",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
    ),
    "LicenseAssignment.Read.All": (
        "LicenseAssignment.ReadWrite.All",
        "Organization.Read.All",
        "Organization.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
    ),
}


def missing(playbook: str, held: t.Collection[str]) -> list[str]:
    """The permissions that a playbook needs and that neither are held nor are part of one that is."""
    return [need for need in BY_PLAYBOOK[playbook] if not is_held(need, held)]


def lacking(playbooks: t.Iterable[str], held: t.Collection[str]) -> dict[str, list[str]]:
    """What is missing, by the playbook that needs it."""
    return {playbook: lacks for playbook in playbooks if (lacks := missing(playbook, held))}


def is_held(need: str, held: t.Collection[str]) -> bool:
    """Whether a permission is held, or is part of one that is."""
    return bool({need, *_HELD_BY.get(need, ())} & set(held))


def beyond(playbooks: t.Iterable[str], held: t.Collection[str]) -> list[str]:
    """Permissions that are held and that none of the playbooks needs, nor for what can be asked of it."""
    needed = {need for playbook in playbooks for need in (*BY_PLAYBOOK[playbook], *_ON_REQUEST.get(playbook, ()))}
    return sorted(set(held) - needed)
