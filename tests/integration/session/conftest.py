# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server for each file, and faults that strike one tenant of it, for the tests of this folder."""

from __future__ import annotations

import pytest
from practice import Tenant, tenant_seed

from graph_emulator.launch import RunningEmulator


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    seeds = [tenant_seed(number) for number in range(1, 20)]
    with RunningEmulator({"tenants": seeds}, directory=tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def of(server, tmp_path, request):
    """A tenant that nobody has touched, and these faults."""
    number = 1 + [item.name for item in request.session.items if item.path == request.path].index(request.node.name)
    tenant = Tenant(number, server, tmp_path)

    def strike(*rules, **more):
        server.set_faults({"faults": [{"tenant": tenant.id, **rule} for rule in rules], **more})
        return tenant

    yield strike
    server.set_faults({})
