# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which policies refer to a named location, by its id or by its trust, and what that keeps from being done to it."""

from __future__ import annotations

import pytest
from fake_tenant import LOCATIONS, POLICIES, guid

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import lockout, named_location
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_references import (
    locations_of,
    of_location,
    relying_on_trust,
)

ID = guid(1)
OFFICE = {
    "@odata.type": named_location.IP_TYPE,
    "id": ID,
    "displayName": "Office",
    "isTrusted": True,
    "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "8.8.8.0/24"}],
}


def relying(state="enabled", controls=("block",), excluded=("AllTrusted",), **included):
    return {
        "id": guid(31),
        "displayName": "Part A",
        "state": state,
        "conditions": {"locations": {"includeLocations": ["All"], "excludeLocations": list(excluded), **included}},
        "grantControls": {"builtInControls": list(controls)},
    }


def ensure(tenant, policy, is_trusted=True, check_mode=False, **options):
    tenant.objects |= {LOCATIONS: [{**OFFICE, "isTrusted": is_trusted}], POLICIES: [policy]}
    given = named_location.SPEC.validate({"display_name": "Office", **options})
    return named_location.ensure(given, tenant.reads(), check_mode)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        pytest.param(
            {"locations": {"includeLocations": ["All"], "excludeLocations": [ID.upper()]}}, {"all", ID}, id="both"
        ),
        pytest.param({"locations": {"includeLocations": None, "excludeLocations": [ID]}}, {ID}, id="null-list"),
        pytest.param({"locations": None}, set(), id="no-location-condition"),
        pytest.param(None, set(), id="no-condition"),
    ],
)
def test_locations_of_a_policy(conditions, expected):
    entry = {"id": "p", "conditions": conditions}
    assert locations_of(entry) == expected
    assert of_location(ID.upper(), [entry]) == ([entry] if ID in expected else [])


@pytest.mark.parametrize(
    ("policy", "relies"),
    [
        pytest.param(relying(), True, id="blocks-but-from-all-trusted"),
        pytest.param(relying("enabledForReportingButNotEnforced"), True, id="report-only-is-not-off"),
        pytest.param(relying("disabled"), False, id="off"),
        pytest.param(relying(controls=["mfa"]), False, id="does-not-block"),
        pytest.param(relying(controls=["compliantDevice"]), True, id="wants-what-people-cannot-do"),
        pytest.param(
            relying("enabledForReportingButNotEnforced", controls=["compliantDevice"]), False, id="and-is-not-on"
        ),
        pytest.param(relying("enabledForPilot", controls=["compliantDevice"]), True, id="in-a-state-of-tomorrow"),
        pytest.param(relying(excluded=[ID]), False, id="names-the-location"),
        pytest.param(relying(excluded=[ID, "AllTrusted"]), True, id="names-it-beside"),
        pytest.param(relying(excluded=[], includeLocations=["AllTrusted"]), False, id="blocks-from-all-trusted"),
        pytest.param({**relying(), "conditions": {"locations": None}}, False, id="no-location-condition"),
        pytest.param({**relying(), "grantControls": None}, False, id="no-grant-control"),
        pytest.param({"id": "p", "state": "enabled", "conditions": None}, False, id="no-condition"),
    ],
)
def test_relying_on_trust(policy, relies):
    assert relying_on_trust([policy]) == ([policy] if relies else [])


REFUSED, IN_USE, DONE, NOTHING = "refused", "in use", "done", "nothing to do"


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    ("policy", "is_trusted", "options", "outcome"),
    [
        pytest.param(relying(), True, {"trusted": False}, REFUSED, id="trust-taken-away"),
        pytest.param(relying("disabled"), True, {"trusted": False}, DONE, id="of-which-no-use-is-made"),
        pytest.param(relying(), False, {"trusted": False}, NOTHING, id="was-never-trusted"),
        pytest.param(relying(), False, {"trusted": True}, DONE, id="trusted-from-now-on"),
        pytest.param(relying(), True, {"ip_ranges": ["8.8.4.0/24"]}, REFUSED, id="other-ranges"),
        pytest.param(relying(), True, {"ip_ranges": ["8.8.4.0/24", "8.8.8.0/24"]}, DONE, id="more-ranges"),
        pytest.param(
            relying("enabledForReportingButNotEnforced"),
            True,
            {"ip_ranges": ["8.8.4.0/24"]},
            DONE,
            id="while-none-is-on",
        ),
        pytest.param(
            relying(excluded=[ID]), True, {"trusted": False}, DONE, id="a-policy-that-names-it-needs-no-trust"
        ),
        pytest.param(relying(), True, {"state": "absent"}, IN_USE, id="deleted"),
        pytest.param(relying(), False, {"state": "absent"}, DONE, id="deleted-that-was-never-trusted"),
        pytest.param(relying(excluded=[ID]), False, {"state": "absent"}, IN_USE, id="deleted-that-is-named"),
        pytest.param(relying("disabled"), True, {"state": "absent"}, DONE, id="deleted-of-which-no-use-is-made"),
        pytest.param(
            relying("disabled", excluded=[ID]), True, {"state": "absent"}, IN_USE, id="deleted-that-is-named-by-one-off"
        ),
    ],
)
def test_what_a_policy_keeps_from_being_done(tenant, policy, is_trusted, options, outcome, check_mode):
    if outcome in (REFUSED, IN_USE):
        error = lockout.Refused if outcome == REFUSED else named_location.InUse
        with pytest.raises(error, match="'Part A'"):
            ensure(tenant, policy, is_trusted, check_mode, **options)
        assert tenant.writes() == []
    else:
        assert ensure(tenant, policy, is_trusted, check_mode, **options)["changed"] is (outcome == DONE)


def test_a_policy_that_names_and_trusts_is_told_once(tenant):
    with pytest.raises(named_location.InUse) as caught:
        ensure(tenant, relying(excluded=[ID, "AllTrusted"]), state="absent")
    assert str(caught.value).count("Part A") == 1


def test_the_loss_of_trust_can_be_accepted(tenant):
    result = ensure(tenant, relying(), trusted=False, accept_risks=["TRUST-RELIED-ON"])
    assert (result["changed"], len(result["warnings"])) == (True, 1)
    assert tenant.objects[LOCATIONS][0]["isTrusted"] is False


@pytest.mark.parametrize(
    ("options", "reads"),
    [
        pytest.param({"trusted": False}, True, id="no-longer-trusted"),
        pytest.param({"state": "absent"}, True, id="absent"),
        pytest.param({"trusted": True}, False, id="trusted"),
        pytest.param({"ip_ranges": ["8.8.8.0/24"]}, False, id="nothing-said-of-trust"),
    ],
)
def test_policies_are_read_in_the_same_request_and_only_where_they_matter(tenant, options, reads):
    ensure(tenant, relying("disabled"), check_mode=True, **options)
    assert tenant.sent == [("BATCH", (LOCATIONS, POLICIES)) if reads else ("GET", LOCATIONS)]
