# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tenant in memory, for every test of this folder and the folders in it."""

from __future__ import annotations

import typing as t

import pytest

if t.TYPE_CHECKING:
    from fake_tenant import Tenant


@pytest.fixture
def tenant() -> Tenant:
    """An empty tenant at Microsoft's own address; a test puts into it what it needs."""
    # Not at the top: pytest reads this file before pytest-ansible has made the collection importable.
    from fake_tenant import Tenant

    return Tenant()
