# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy that would block the application that writes it is refused, by what its token says of it."""

from __future__ import annotations

import ansible_run
import pytest

pytestmark = [pytest.mark.one_ansible, pytest.mark.usefixtures("together")]

OFFICE = {"msp.entra.named_location": {"display_name": "Office", "ip_ranges": ["203.0.113.0/24"], "trusted": True}}


def do(*excluded, **more):
    """A policy that lets the tenant's own applications in from the office only."""
    return {
        "msp.entra.conditional_access_policy": {
            "display_name": "Robots at home",
            "enforcement": "enabled",
            "conditions": {
                "client_applications": {
                    "include_service_principals": ["ServicePrincipalsInMyTenant"],
                    "exclude_service_principals": list(excluded),
                },
                "applications": {"include_applications": ["All"]},
                "locations": {"include_locations": ["All"], "exclude_locations": ["Office"]},
            },
            "grant_controls": {"built_in_controls": ["block"]},
            **more,
        }
    }


def test_an_application_does_not_block_itself(tenant):
    tenant.results(OFFICE)
    done = tenant.tasks(do())
    (reason,) = done.of("0")["lockout"]
    assert done.returncode != 0 and not ansible_run.writes(tenant.log())
    assert reason["id"] == "CALLER-BLOCKED" and reason["where"].endswith("(not known: the IP address)")

    mine = f"appId eq '{tenant.defaults()['client_id']}'"
    me = tenant.graph("GET", f"/servicePrincipals?$filter={mine}")["value"][0]["id"]
    (made,) = tenant.results(do(me))
    assert made["changed"] and "warnings" not in made
    (again,) = tenant.results(do(me))
    assert not again["changed"] and again["requests"]["count"] == 1


def test_in_report_only_it_blocks_nobody_until_it_is_on(tenant):
    tenant.results(OFFICE)
    (made,) = tenant.results(do(enforcement="report_only"))
    assert made["changed"]
    done = tenant.tasks(do())
    assert done.returncode != 0 and not ansible_run.writes(tenant.log())
    assert [reason["id"] for reason in done.of("0")["lockout"]] == ["CALLER-BLOCKED"]
    (waived,) = tenant.results(do(accept_risks=["CALLER-BLOCKED"]))
    assert waived["changed"] and "Risk accepted: [CALLER-BLOCKED]" in waived["warnings"][0]
