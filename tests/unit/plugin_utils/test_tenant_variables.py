# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of a host whose names are nearly ours."""

from __future__ import annotations

import pathlib
import re

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils import connection
from ansible_collections.msp.entra.plugins.plugin_utils.tenant_variables import ROLES, SYNCRO, beside_ours, misspelt

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
ALL = {*SYNCRO, "entra_tenant_id", "entra_client_id"}


def said(given):
    return misspelt(given, "entra_", connection.OPTIONS)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("syncro_site", "syncro_sites"),
        ("syncro_breakglass_accounts", "syncro_break_glass_accounts"),
        ("syncro_service_acount", "syncro_service_account"),
        ("entra_tenantid", "entra_tenant_id"),
    ],
)
def test_a_slip_is_named(wrong, right):
    assert said({*ALL, wrong} - {right}) == [f"{wrong}: is no variable that this collection reads; is {right} meant?"]
    # Beside the right one it may be somebody's own.
    assert said({*ALL, wrong}) == []
    assert beside_ours({*ALL, "entra_tenant_id", wrong}, connection.OPTIONS) == [
        f"{wrong} is not read by this collection; {right} is. Where {wrong} is one of yours, all is well."
    ]


@pytest.mark.parametrize(
    "own",
    [
        "entra_gdap_customer",
        "entra_tenants",
        "syncro_url",
        "syncro_ip_restriction_application",
        "syncro_validation_application",
        "synchro_site",
    ],
)
def test_what_is_somebody_s_own_is_nothing_to_us(own):
    assert said({own}) == beside_ours({*ALL, own}, connection.OPTIONS) == []


def test_these_are_what_the_roles_read():
    defaults = "\n".join(path.read_text(encoding="utf-8") for path in (CHECKOUT / "roles").glob("*/defaults/main.yml"))
    read = {name for name in re.findall(r"varnames', '\^(\w+)\$", defaults) if not name.startswith(ROLES)}
    assert read - {"accept_risks"} == set(SYNCRO)
    assert {f"{path.name}_" for path in (CHECKOUT / "roles").glob("syncro_*")} == set(ROLES)
