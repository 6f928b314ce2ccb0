# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody else does to a tenant while a call is on its way: a second administrator, or a second run.

None of it is in the request log, which has the requests of the client that is tested.
"""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import uuid4

from .clock import now
from .errors import GraphError
from .exchange import Answer, Call
from .graph import graph_segments
from .moments import graph_time
from .routing import Routes
from .tenants import SECURITY_DEFAULTS_ID, JsonObject

_ROOT = "identity/conditionalAccess"
_KINDS = ("policies", "namedLocations")
_COLLECTIONS = {f"{_ROOT}/{kind}".lower(): kind for kind in _KINDS}


def _one_of(kind: str) -> Callable[[str], tuple[str, str]]:
    return lambda key: (kind, key)


_OBJECTS = Routes(
    (method, pattern, place)
    for method in ("GET", "PATCH")
    for pattern, place in (
        *((f"{_ROOT}/{kind}/{{}}", _one_of(kind)) for kind in _KINDS),
        ("policies/identitySecurityDefaultsEnforcementPolicy", lambda: ("tenantPolicies", SECURITY_DEFAULTS_ID)),
    )
)


def kind_to_create(call: Call) -> str | None:
    """Return the kind of which a call is to create one: policies or namedLocations."""
    return _COLLECTIONS.get("/".join(graph_segments(call) or ()).lower()) if call.method == "POST" else None


def addressed(call: Call) -> tuple[str, str] | None:
    """Return kind and id of the one object that a call reads or changes, None for any other call."""
    try:
        _pattern, place, keys = _OBJECTS.find(call.method, graph_segments(call) or ())
    except GraphError:
        return None
    found: tuple[str, str] = place(*keys)
    return found


async def create_the_same(call: Call, apply: Callable[[Call], Awaitable[Answer]]) -> None:
    """Create what the call creates, or is refused as it is."""
    body = copy.deepcopy(call.body)
    await apply(replace(call, body=body, request_id=str(uuid4()), created=None, writes=[], problems=[]))


def change(call: Call, properties: JsonObject) -> None:
    """Set properties of the object that the call addresses, if it is there. Nobody checks them."""
    place = addressed(call)
    before = call.tenant.latest(*place) if call.tenant and place else None
    if call.tenant is None or place is None or before is None:
        return
    dated = {"modifiedDateTime": graph_time(now())} if "modifiedDateTime" in before else {}
    call.tenant.put(place[0], {**before, **dated, **copy.deepcopy(properties)})
