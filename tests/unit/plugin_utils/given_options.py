# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of every module as a task's validation leaves them."""

from __future__ import annotations

import typing as t

from ansible_collections.msp.entra.plugins.plugin_utils.connection import OPTIONS, Connection

TENANT, CLIENT = "contoso.onmicrosoft.com", "11111111-2222-4333-8444-555555555555"
OWN = {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": "s3cr3t"}


def options(**given: t.Any) -> dict[str, t.Any]:
    """All of them, None where the task says nothing."""
    return {name: spec.get("default") for name, spec in OPTIONS.items()} | given


def problems(**given: t.Any) -> list[str]:
    return Connection(options(**given)).problems
