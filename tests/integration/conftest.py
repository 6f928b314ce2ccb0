# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A practice tenant for each test that asks for one, on one server a session."""

from __future__ import annotations

import itertools
import pathlib
import typing as t

import pytest
from company import Company, company_seed
from fleet import Fleet
from policy_corpus import PARTNER
from practice import Tenant, tenant_seed

from graph_emulator.launch import RunningEmulator

# The fixtures that each take a tenant which nobody has touched.
TENANTS = ("tenant", "neighbour")


@pytest.fixture(scope="session")
def emulator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[RunningEmulator]:
    """One server for the session, with a tenant for every test that asks for one."""
    asked = [name for item in request.session.items for name in getattr(item, "fixturenames", ()) if name in TENANTS]
    seed = {"tenants": [tenant_seed(number) for number in range(1, len(asked) + 1)], "known_tenants": [PARTNER]}
    with RunningEmulator(seed, directory=tmp_path_factory.mktemp("emulator")) as running:
        yield running


_numbers = itertools.count(1)


@pytest.fixture
def tenant(emulator: RunningEmulator, tmp_path: pathlib.Path) -> Tenant:
    """A tenant nobody has touched."""
    return Tenant(next(_numbers), emulator, tmp_path)


@pytest.fixture
def neighbour(emulator: RunningEmulator, tmp_path: pathlib.Path) -> Tenant:
    """Another one."""
    return Tenant(next(_numbers), emulator, tmp_path)


@pytest.fixture
def fleet(tenant: Tenant, tmp_path: pathlib.Path) -> Fleet:
    """The tenant, in an inventory of its own."""
    return Fleet(tmp_path, tenant)


@pytest.fixture
def company(tmp_path: pathlib.Path) -> t.Iterator[Company]:
    """A tenant on a server of its own, with part A in report-only."""
    with RunningEmulator(company_seed(), directory=tmp_path) as server:
        yield Company(tmp_path, server)
