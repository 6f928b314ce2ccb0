# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A location that policies which are on refer to is judged as these policies are: it can lock people out as well as they can."""

from __future__ import annotations

import ansible_run
import pytest

from graph_emulator.iso_countries import COUNTRIES

pytestmark = [pytest.mark.one_ansible, pytest.mark.usefixtures("together")]

EVERYWHERE = {"countries_and_regions": sorted(COUNTRIES), "include_unknown_countries_and_regions": True}
# Entra takes no range as wide as /8.
EVERY_ADDRESS = {"ip_ranges": [f"{first}.{half}.0.0/9" for first in range(1, 224) for half in (0, 128)]}
BAD = {"countries": {"countries_and_regions": ["KP"]}, "addresses": {"ip_ranges": ["203.0.113.0/24"]}}


def do(tenant, name="Bad", **more):
    named = {"display_name": name, "break_glass_accounts": [tenant.upn("breakglass")], **more}
    return {"msp.entra.named_location": {key: value for key, value in named.items() if value is not None}}


def policy(tenant, control="block", state="enabled", leaves_out=(), **locations):
    """A policy of somebody else for everyone and everything that refers to the location ``Bad``."""
    (there,) = (one["id"] for one in tenant.locations() if one["displayName"] == "Bad")
    excluded = [tenant.graph("GET", f"/users/{tenant.upn(who)}")["id"] for who in leaves_out]
    body = {
        "displayName": "By hand",
        "state": state,
        "conditions": {
            "clientAppTypes": ["all"],
            "users": {"includeUsers": ["All"], "excludeUsers": excluded},
            "applications": {"includeApplications": ["All"]},
            "locations": locations or {"includeLocations": [there]},
        },
        "grantControls": {"operator": "OR", "builtInControls": [control]},
    }
    if locations:
        body["conditions"]["locations"] = {
            side: [there if one == "Bad" else one for one in names] for side, names in locations.items()
        }
    return tenant.graph("POST", "/identity/conditionalAccess/policies", body)


def refused(tenant, task, *arguments):
    done = tenant.tasks(task, arguments=arguments)
    assert done.returncode != 0 and not ansible_run.writes(tenant.log()), done.output
    return {reason["id"]: reason["where"] for reason in done.of("0")["lockout"]}


@pytest.mark.parametrize(("kind", "wide"), [("countries", EVERYWHERE), ("addresses", EVERY_ADDRESS)])
def test_a_location_that_is_blocked_does_not_become_every_place(tenant, kind, wide):
    tenant.results(do(tenant, **BAD[kind]))
    policy(tenant)
    where = f"{tenant.upn('breakglass')} may be stopped by 'By hand' (not known: the"
    for arguments in ([], ["--check"]):
        assert refused(tenant, do(tenant, **wide), *arguments)["NO-WAY-BACK"].startswith(where)
    first = next(iter(wide))
    (result,) = tenant.results(do(tenant, **{first: wide[first][:9]}))
    assert result["changed"] and "warnings" not in result
    (waived,) = tenant.results(do(tenant, **wide, accept_risks=["NO-WAY-BACK"]))
    assert waived["changed"] and "Risk accepted: [NO-WAY-BACK]" in waived["warnings"][0]
    # There is no way back now, and what makes it no worse is nobody's to refuse.
    (again, narrower) = tenant.results(do(tenant, **wide), do(tenant, **BAD[kind]))
    assert not again["changed"] and narrower["changed"]


def test_a_location_that_is_trusted_from_now_on(tenant):
    """A policy that blocks from all trusted locations is for one more of them then."""
    tenant.results(
        do(tenant, ip_ranges=["203.0.113.0/24"]), do(tenant, "Trusted", ip_ranges=["198.51.100.0/28"], trusted=True)
    )
    policy(tenant, includeLocations=["AllTrusted"])
    risks = {"accept_risks": ["SITE-PRIVATE", "SITE-RESERVED", "SITE-LOOPBACK", "SITE-LINK-LOCAL", "SITE-CGNAT"]}
    wide = {**EVERY_ADDRESS, "trusted": True, **risks}
    assert set(refused(tenant, do(tenant, **wide))) == {"NO-WAY-BACK"}
    assert set(refused(tenant, do(tenant, "New", **wide))) == {"NO-WAY-BACK"}
    assert tenant.results(do(tenant, "New", **{**wide, "trusted": False}))[0]["changed"]


@pytest.mark.parametrize(
    ("state", "leaves_out"),
    [("enabledForReportingButNotEnforced", ()), ("disabled", ()), ("enabled", ("breakglass",))],
)
def test_a_policy_that_stops_no_break_glass_account_is_no_reason(tenant, state, leaves_out):
    tenant.results(do(tenant, **BAD["countries"]))
    policy(tenant, state=state, leaves_out=leaves_out)
    assert tenant.results(do(tenant, **EVERYWHERE))[0]["changed"]


@pytest.mark.parametrize("control", ["block", "compliantDevice"])
def test_a_site_is_not_taken_from_a_policy_that_stops_people_elsewhere(tenant, control):
    tenant.results(do(tenant, ip_ranges=["198.51.100.0/24"]))
    policy(tenant, control, leaves_out=["breakglass"], includeLocations=["All"], excludeLocations=["Bad"])
    smaller = do(tenant, ip_ranges=["198.51.100.10/32"])
    assert set(refused(tenant, smaller)) == {"SITE-SHRUNK"}
    (more,) = tenant.results(do(tenant, ip_ranges=["198.51.100.0/24", "203.0.113.7/32"]))
    assert more["changed"]


def test_who_can_go_on_with_mfa_is_not_stopped(tenant):
    tenant.results(do(tenant, ip_ranges=["198.51.100.0/24"]))
    policy(tenant, "mfa", includeLocations=["All"], excludeLocations=["Bad"])
    assert tenant.results(do(tenant, ip_ranges=["198.51.100.10/32"]))[0]["changed"]


def test_a_location_that_compliant_devices_are_waived_at_keeps_its_trust(tenant):
    tenant.results(do(tenant, ip_ranges=["198.51.100.0/24"], trusted=True))
    policy(
        tenant, "compliantDevice", leaves_out=["breakglass"], includeLocations=["All"], excludeLocations=["AllTrusted"]
    )
    assert set(refused(tenant, do(tenant, trusted=False))) == {"TRUST-RELIED-ON"}
    done = tenant.tasks(do(tenant, state="absent"))
    assert done.returncode != 0 and "'By hand'" in done.of("0")["msg"] and not ansible_run.writes(tenant.log())


def test_what_it_costs(tenant):
    """The listing; then the policies, for what could matter to one; then the accounts, where one that is on refers to it."""
    tenant.results(do(tenant, **BAD["countries"]), do(tenant, "Free", **BAD["countries"]))
    policy(tenant)
    same, free, meant = tenant.results(
        do(tenant, **BAD["countries"]),
        do(tenant, "Free", countries_and_regions=["KP", "IR"]),
        do(tenant, countries_and_regions=["KP", "IR"]),
        arguments=["--check"],
    )
    assert [one["requests"]["count"] for one in (same, free, meant)] == [1, 2, 3]


def test_names_that_nobody_has(tenant):
    tenant.results(do(tenant, **BAD["countries"]))
    policy(tenant)
    gone = {"break_glass_accounts": [tenant.upn("gone")]}
    assert set(refused(tenant, do(tenant, **EVERYWHERE, **gone))) == {"BREAK-GLASS-MISSING"}
    # Nobody is asked for where no policy that is on refers to the location.
    assert tenant.results(do(tenant, "Free", **EVERYWHERE, **gone))[0]["changed"]
