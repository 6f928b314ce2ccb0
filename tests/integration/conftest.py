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
from together import Case, share_runs

from graph_emulator.launch import RunningEmulator

# The fixtures that each take a tenant which nobody has touched.
TENANTS = ("tenant", "neighbour")


@pytest.fixture(scope="session")
def emulator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[RunningEmulator]:
    """One server for the session, with a tenant for every test that asks for one."""
    items = [item for item in request.session.items if not _is_together(item)]
    asked = [name for item in items for name in getattr(item, "fixturenames", ()) if name in TENANTS]
    seed = {"tenants": [tenant_seed(number) for number in range(1, len(asked) + 1)], "known_tenants": [PARTNER]}
    with RunningEmulator(seed, directory=tmp_path_factory.mktemp("emulator")) as running:
        yield running


_numbers = itertools.count(1)


@pytest.fixture
def tenant(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Tenant:
    """A tenant nobody has touched."""
    return _tenant(request, tmp_path)


@pytest.fixture
def neighbour(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Tenant:
    """Another one."""
    return _tenant(request, tmp_path)


def _tenant(request: pytest.FixtureRequest, home: pathlib.Path) -> t.Any:
    if _is_together(request.node):
        return None
    return Tenant(next(_numbers), request.getfixturevalue("emulator"), home)


@pytest.fixture
def fleet(request: pytest.FixtureRequest, tenant: Tenant, tmp_path: pathlib.Path) -> Fleet | None:
    """The tenant, in an inventory of its own."""
    return None if _is_together(request.node) else Fleet(tmp_path, tenant)


@pytest.fixture
def company(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> t.Iterator[Company | None]:
    """A tenant on a server of its own, with part A in report-only."""
    if _is_together(request.node):
        yield None
        return
    with RunningEmulator({"tenants": [company_seed()]}, directory=tmp_path) as server:
        yield Company.alone(tmp_path, server)


def _is_together(item: t.Any) -> bool:
    """Whether its tenants, and what is made of them, come from ``together`` instead."""
    return "together" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="module")
def together(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[pytest.Item, Case]:
    """All tests of the file that use this, in the same runs; see together.py."""
    items = [item for item in request.session.items if _is_together(item) and item.path == request.node.path]
    return share_runs(items, tmp_path_factory.mktemp("together"))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """A test that ran together with others has run already."""
    if not _is_together(pyfuncitem):
        return None
    failure = pyfuncitem.funcargs["together"][pyfuncitem].failure
    if failure:
        raise failure
    return True
