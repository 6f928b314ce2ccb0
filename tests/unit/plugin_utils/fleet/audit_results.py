# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit's tasks register, and rows made of it."""

from __future__ import annotations

import typing as t

from ansible_collections.msp.entra.plugins.plugin_utils.fleet import record

CHECK = {"id": "licence", "title": "There is a licence", "status": "fail", "evidence": "none", "remedy": "Buy one."}
UNREAD = {**CHECK, "status": "unknown", "unread": True}


def registered(**given: t.Any) -> dict[str, t.Any]:
    """The options of a tenant of which nothing else is known."""
    # Part B is skipped without a service account; a tenant that no part was run for is not audited.
    return {"host": "northwind", "part_b": [{"changed": False, "skipped": True}], **given}


def row(**given: t.Any) -> dict[str, t.Any]:
    """The row that comes of them, through the option check."""
    return record.recorded(record.SPEC.validate(registered(**given)))["record"]
