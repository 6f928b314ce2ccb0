# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``POST /users/{id}/revokeSignInSessions``: everything that began before now is over."""

from __future__ import annotations

from collections.abc import Callable

from .clock import now
from .directory import find, tenant_of
from .exchange import Answer, Call
from .moments import graph_time

Handler = Callable[[Call], Answer]


def routes() -> list[tuple[str, str, Handler]]:
    """Return (method, pattern, handler)."""
    return [("POST", "users/{}/revokeSignInSessions", _revoke)]


def _revoke(call: Call) -> Answer:
    """Guests are answered the same; their sessions are those of their own tenant, and go on."""
    tenant = tenant_of(call)
    user = find(tenant, "users", call.keys[0])
    if user["creationType"] != "Invitation":
        tenant.end_sessions(user, graph_time(now()))
    return Answer(body={"@odata.context": f"{call.base_url}/v1.0/$metadata#Edm.Boolean", "value": True})
