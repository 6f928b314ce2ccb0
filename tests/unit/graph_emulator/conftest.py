# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One emulator for the whole folder, with many small tenants: a test that writes takes one nobody else uses."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from graph_calls import GraphCaller, Keys, make_keys, tenant_document, tenant_id

from graph_emulator.launch import RunningEmulator

_FOREIGN_TRUST = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


# For each file anew: to the end of the session it would be left out of what other tests start, too.
@pytest.fixture(scope="module", autouse=True)
def only_our_own_trust() -> Iterator[None]:
    """Take out of the environment what would beat the certificate authority a client is given."""
    kept = {name: os.environ.pop(name) for name in _FOREIGN_TRUST if name in os.environ}
    yield
    os.environ.update(kept)


@pytest.fixture(scope="session")
def keys() -> Keys:
    return make_keys("client")


@pytest.fixture(scope="session")
def other_keys() -> Keys:
    return make_keys("somebody else")


def tenants_for(request: pytest.FixtureRequest, *fixtures: str) -> list[dict[str, Any]]:
    """A tenant for every test that asks for one by these fixtures, and one more.

    One that a file shares counts once a test as well: tests that are spread over several processes come in any order, and the
    fixture is made anew, with another tenant, as often as they come back to the file.
    """
    asked = [name for item in request.session.items for name in getattr(item, "fixturenames", ()) if name in fixtures]
    return [tenant_document(number) for number in range(len(asked) + 1)]


@pytest.fixture(scope="session")
def emulator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    seed = {"tenants": tenants_for(request, "graph", "shared")}
    with RunningEmulator(seed, directory=tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture(scope="session")
def _numbers() -> Iterator[int]:
    return itertools.count(1)


@pytest.fixture
def graph(emulator: RunningEmulator, _numbers: Iterator[int]) -> GraphCaller:
    """A tenant that only this test uses."""
    return GraphCaller(emulator, tenant_id(next(_numbers)))


@pytest.fixture(scope="module")
def shared(emulator: RunningEmulator, _numbers: Iterator[int]) -> GraphCaller:
    """A tenant that the tests of one file share."""
    return GraphCaller(emulator, tenant_id(next(_numbers)))


@pytest.fixture(scope="session")
def faulty_emulator(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningEmulator]:
    seed = {"tenants": tenants_for(request, "untouched", "neighbour")}
    with RunningEmulator(seed, directory=tmp_path_factory.mktemp("faulty")) as running:
        yield running


@pytest.fixture(scope="session")
def _faulty_numbers() -> Iterator[int]:
    return itertools.count()


@pytest.fixture
def untouched(faulty_emulator: RunningEmulator, _faulty_numbers: Iterator[int]) -> GraphCaller:
    """A tenant that only this test uses, on the server of faults."""
    return GraphCaller(faulty_emulator, tenant_id(next(_faulty_numbers)))


@pytest.fixture
def neighbour(faulty_emulator: RunningEmulator, _faulty_numbers: Iterator[int]) -> GraphCaller:
    """Another one there."""
    return GraphCaller(faulty_emulator, tenant_id(next(_faulty_numbers)))


@pytest.fixture
def faults(untouched: GraphCaller) -> Iterator[GraphCaller]:
    """The same, which each test gives faults of its own."""
    assert untouched.token
    yield untouched
    untouched.emulator.set_faults({})


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., RunningEmulator]]:
    """Start an emulator with a seed, faults or a state of the test's own; it is stopped at the test's end."""
    started: list[RunningEmulator] = []

    def start(*tenants: dict[str, Any], **options: Any) -> RunningEmulator:
        seed = {"tenants": list(tenants) or [tenant_document()]}
        started.append(RunningEmulator(seed, directory=tmp_path / str(len(started)), **options))
        return started[-1]

    yield start
    for running in started:
        running.stop()
