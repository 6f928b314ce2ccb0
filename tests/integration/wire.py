# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes over the wire, bodies and all: the request log of the practice server never has them.

The modules' own code runs in this process here, with the real transport on the real server.
"""

from __future__ import annotations

import contextlib
import json
import typing as t

import pytest
from practice import Tenant

from ansible_collections.msp.entra.plugins.plugin_utils import connection
from ansible_collections.msp.entra.plugins.plugin_utils.graph.reads import Reads
from ansible_collections.msp.entra.plugins.plugin_utils.graph.transport import Transport


class Sent(t.NamedTuple):
    """A request that writes a policy or a location."""

    method: str
    kind: str
    body: dict[str, t.Any]


@contextlib.contextmanager
def recorded() -> t.Iterator[list[Sent]]:
    """The writes that are sent while this is open."""
    sent: list[Sent] = []
    plainly = Transport.send

    def recording(self: Transport, method: str, url: str, **arguments: t.Any) -> t.Any:
        if method in ("POST", "PATCH") and "/identity/conditionalAccess/" in url:
            kind = url.split("/identity/conditionalAccess/")[1].split("/")[0]
            # As requests writes it: what is no JSON would not come this far.
            sent.append(Sent(method, kind, json.loads(json.dumps(arguments["json"]))))
        return plainly(self, method, url, **arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transport, "send", recording)
        yield sent


def reads_of(tenant: Tenant) -> Reads:
    """A session of the client that may write."""
    return connection.Connection(connection.SPEC.validate(tenant.defaults())).open()


def ensure(module: t.Any, reads: Reads, **options: t.Any) -> dict[str, t.Any]:
    """Run one of the rooms that keep an object right, as its action does for a task."""
    reads.forget()
    return module.ensure(module.SPEC.validate(options), reads, False)
