# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A variable of a tenant that is misspelt does not count as left out."""

from __future__ import annotations


def test_deploy_names_it_and_writes_nothing(fleet, tenant):
    # Without a service account, part B would be skipped, and part A stop the account.
    done = fleet.set(syncro_service_account=None, syncro_service_acount=tenant.upn("syncro-svc")).run("deploy")
    assert done.returncode != 0 and fleet.writes() == []
    assert (
        "syncro_service_acount: is no variable that this collection reads; is syncro_service_account meant?"
        in done.output
    )
