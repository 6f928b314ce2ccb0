# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing one named location to what is asked for: the decisions around the plan."""

from __future__ import annotations

import pytest
from fake_tenant import LOCATIONS, POLICIES, guid

from ansible_collections.msp.entra.plugins.plugin_utils import reconcile
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import lockout, named_location
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput
from ansible_collections.msp.entra.plugins.plugin_utils.shown import SHOWN_WITHIN

ID = guid(1)
RANGE = {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "8.8.8.0/24"}
OFFICE = {
    "@odata.type": named_location.IP_TYPE,
    "id": ID,
    "displayName": "Office",
    "isTrusted": True,
    "ipRanges": [RANGE],
}
GERMANY = {
    "@odata.type": named_location.COUNTRY_TYPE,
    "id": guid(2),
    "displayName": "Germany",
    "countriesAndRegions": ["DE"],
}


def policy(number, name, **locations):
    return {"id": guid(number), "displayName": name, "conditions": {"locations": locations}}


USING = policy(31, "Part A", includeLocations=["All"], excludeLocations=[ID.upper()])


def ensure(tenant, check_mode=False, **options):
    return named_location.ensure(named_location.SPEC.validate(options), tenant.reads(), check_mode)


def there(tenant, *policies):
    tenant.objects |= {LOCATIONS: [dict(OFFICE), dict(GERMANY)], POLICIES: list(policies)}
    return tenant


CHECKED = [
    pytest.param({"display_name": "New", "ip_ranges": ["8.8.4.0/24"]}, True, id="create"),
    pytest.param({"display_name": "Office", "trusted": False}, True, id="update"),
    pytest.param({"display_name": "Office", "trusted": True}, False, id="nothing"),
    pytest.param({"display_name": "Office", "state": "absent"}, True, id="delete"),
    pytest.param({"display_name": "New", "state": "absent"}, False, id="already-absent"),
    pytest.param({"id": ID, "display_name": "Renamed"}, True, id="adopted-by-id"),
]


@pytest.mark.parametrize(("options", "changed"), CHECKED)
def test_check_mode_says_what_a_run_would_do_and_writes_nothing(tenant, options, changed):
    checked = ensure(there(tenant), check_mode=True, **options)
    assert tenant.writes() == []
    done = ensure(tenant, **options)
    assert checked["changed"] is done["changed"] is changed
    assert bool(tenant.writes()) is changed
    assert checked["diff"] == done["diff"]
    # Once done, there is nothing left to do.
    assert ensure(tenant, **({"id": ID} if "id" in options else options))["changed"] is False


def test_check_mode_gives_what_it_would_create_an_id_that_can_be_referred_to(tenant):
    new = {"display_name": "New", "ip_ranges": ["8.8.4.0/24"]}
    made_up = ensure(tenant, check_mode=True, **new)["named_location"]["id"]
    assert reconcile.is_placeholder(made_up)
    assert not reconcile.is_placeholder(ensure(tenant, **new)["named_location"]["id"])


@pytest.mark.parametrize(
    ("options", "option"),
    [
        pytest.param({"display_name": "New"}, "ip_ranges", id="nothing-given"),
        pytest.param({"display_name": "New", "trusted": True}, "ip_ranges", id="new-without-ranges"),
        pytest.param(
            {"display_name": "New", "include_unknown_countries_and_regions": True},
            "countries_and_regions",
            id="new-without-countries",
        ),
        pytest.param(
            {"display_name": "Office", "countries_and_regions": ["DE"]}, "countries_and_regions", id="to-countries"
        ),
        pytest.param({"display_name": "Germany", "trusted": True}, "trusted", id="to-ranges"),
        pytest.param({"id": guid(99), "display_name": "Office"}, "id", id="no-such-id"),
        pytest.param({"id": ID, "display_name": "Germany"}, "display_name", id="renamed-to-a-taken-name"),
        pytest.param(
            {"display_name": "New ", "ip_ranges": ["8.8.4.0/24"]}, "display_name", id="blank-behind-a-new-name"
        ),
    ],
)
def test_what_only_the_tenant_can_tell_is_wrong(tenant, options, option):
    with pytest.raises(BadInput) as caught:
        ensure(there(tenant), **options)
    (problem,) = caught.value.problems
    assert problem.split(":")[0] == option
    assert "nothing was written" in str(caught.value)
    assert tenant.writes() == []


def test_a_location_of_countries_is_written_as_one(tenant):
    ensure(tenant, display_name="France", countries_and_regions=["FR"])
    ensure(tenant, display_name="France", countries_and_regions=["FR", "BE"])
    bodies = [body for dummy, dummy, body in tenant.writes()]
    assert [body["@odata.type"] for body in bodies] == [named_location.COUNTRY_TYPE] * 2
    assert bodies[1]["countriesAndRegions"] == ["FR", "BE"]


def test_a_request_has_no_null_and_one_type():
    sent = named_location.NamedLocation().body({"@odata.type": "#other", "displayName": "X", "isTrusted": None})
    assert sent == {"@odata.type": named_location.IP_TYPE, "displayName": "X"}


def test_what_would_be_trusted_and_must_not_be_is_not_written(tenant):
    with pytest.raises(lockout.Refused):
        ensure(tenant, display_name="New", ip_ranges=["10.0.0.0/24"], trusted=True)
    assert tenant.writes() == []
    result = ensure(tenant, display_name="New", ip_ranges=["10.0.0.0/24"], trusted=True, accept_risks=["SITE-PRIVATE"])
    assert (result["changed"], len(result["warnings"])) == (True, 1)


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_location_in_use_is_not_deleted(tenant, check_mode):
    with pytest.raises(named_location.InUse) as caught:
        ensure(there(tenant, USING), check_mode, display_name="Office", state="absent")
    assert f"'Part A' ({USING['id']}) still refers to it" in str(caught.value)
    assert tenant.writes() == []


def test_a_location_in_use_is_kept_with_a_warning_where_that_was_asked_for(tenant):
    other = policy(32, "Other", includeLocations=[ID], excludeLocations=None)
    result = ensure(there(tenant, USING, other), display_name="Office", state="absent", in_use="keep")
    assert result["changed"] is False
    assert result["named_location"]["id"] == ID
    (warning,) = result["warnings"]
    assert f"'Part A' ({USING['id']}), 'Other' ({other['id']}) still refer to it" in warning
    assert tenant.writes() == []


@pytest.mark.parametrize("released_by", ["Part A", USING["id"]], ids=["by-name", "by-id"])
def test_a_policy_that_let_go_a_moment_ago_is_waited_for(tenant, released_by):
    there(tenant, USING)
    reads = tenant.reads()
    options = named_location.SPEC.validate({"display_name": "Office", "state": "absent", "released_by": [released_by]})
    # The policy is gone, and the first two looks at the policies still show it.
    tenant.lag = 3
    tenant.delete(f"{POLICIES}/{USING['id']}")
    tenant.sent.clear()
    assert named_location.ensure(options, reads, check_mode=False)["changed"] is True
    assert tenant.verbs()[:4] == ["BATCH", "GET", "GET", "PATCH"]
    assert tenant.sent[1] == tenant.sent[2] == ("GET", POLICIES)
    assert [entry["displayName"] for entry in tenant.objects[LOCATIONS]] == ["Germany"]


def test_a_policy_that_never_lets_go_keeps_the_location_in_the_end(tenant):
    with pytest.raises(named_location.InUse):
        ensure(there(tenant, USING), display_name="Office", state="absent", released_by=["Part A"])
    assert SHOWN_WITHIN <= sum(tenant.waits) < SHOWN_WITHIN + 1.5
    assert tenant.writes() == []


def test_another_policy_is_not_waited_for(tenant):
    other = policy(32, "Other", includeLocations=[ID])
    with pytest.raises(named_location.InUse):
        ensure(there(tenant, USING, other), display_name="Office", state="absent", released_by=["Part A"])
    assert tenant.waits == []


def test_in_check_mode_a_policy_that_would_let_go_does_not_count(tenant):
    result = ensure(
        there(tenant, USING), check_mode=True, display_name="Office", state="absent", released_by=["Part A"]
    )
    assert result["changed"] is True
    assert tenant.waits == []


@pytest.mark.parametrize("name", ["Office", None, " Renamed"], ids=["its-own", "none", "another"])
def test_an_id_and_a_name_that_do_not_go_together_delete_nothing(tenant, name):
    options = {"id": ID, "display_name": name, "state": "absent"}
    if name == " Renamed":
        with pytest.raises(BadInput, match="is called 'Office', not ' Renamed'"):
            ensure(there(tenant), **options)
        assert tenant.writes() == []
    else:
        assert ensure(there(tenant), **options)["changed"] is True


def test_listed_in_the_form_of_the_options(tenant):
    result = named_location.listed({"id": None, "display_name": None, "deleted": False}, there(tenant).reads())[
        "named_locations"
    ]
    assert [entry["display_name"] for entry in result] == ["Germany", "Office"]
    assert (result[0]["ip_ranges"], result[1]["ip_ranges"]) == (None, ["8.8.8.0/24"])


SPAN = {"@odata.type": "#microsoft.graph.iPv4Range", "lowerAddress": "8.8.4.1", "upperAddress": "8.8.4.9"}
TWICE = {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "8.8.8.7/24"}


def test_ranges_that_could_not_be_made_today_are_given_back_as_they_are(tenant):
    there(tenant).objects[LOCATIONS][0]["ipRanges"] = [RANGE, SPAN, TWICE]
    (shown,) = named_location.listed({"id": ID, "display_name": None, "deleted": False}, tenant.reads())[
        "named_locations"
    ]
    assert shown["ip_ranges"] == ["8.8.8.0/24", "8.8.4.1-8.8.4.9", "8.8.8.7/24"]
    assert ensure(tenant, **shown)["changed"] is False
    more = {**shown, "ip_ranges": [*shown["ip_ranges"], "8.8.0.0/24"], "accept_risks": ["SITE-HOST-BITS"]}
    assert ensure(tenant, **more)["changed"] is True
    assert SPAN in tenant.writes()[0][2]["ipRanges"]


@pytest.mark.parametrize(
    ("ranges", "problem"),
    [
        (["8.8.8.0/24", "8.8.4.1-8.8.4.9"], "ip_ranges[1]: '8.8.4.1-8.8.4.9' is not an IP range"),
        (["8.8.8.0/24", "8.8.8.7/24"], "ip_ranges[1]: '8.8.8.7/24' is the same range as ip_ranges[0]"),
    ],
    ids=["span", "twice"],
)
def test_a_range_that_could_not_be_made_today_is_not_made(tenant, ranges, problem):
    with pytest.raises(BadInput) as caught:
        ensure(there(tenant), id=ID, ip_ranges=ranges)
    assert [text.startswith(problem) for text in caught.value.problems] == [True] and tenant.writes() == []


def test_a_range_of_a_newer_graph_is_told_and_stays(tenant):
    newer = {"@odata.type": "#microsoft.graph.asnRange", "asn": 64496}
    there(tenant).objects[LOCATIONS][0]["ipRanges"] = [RANGE, newer]
    same = ensure(tenant, id=ID, ip_ranges=["8.8.8.0/24"])
    assert same["changed"] is False and same["named_location"]["ip_ranges"] == ["8.8.8.0/24"]
    assert same["unknown"] == ['ipRanges: {"@odata.type": "#microsoft.graph.asnRange", "asn": 64496}']
    assert ensure(tenant, id=ID, ip_ranges=["8.8.4.0/24"])["changed"] is True
    assert newer in tenant.writes()[0][2]["ipRanges"]


def test_countries_can_be_those_that_are_not_known_alone(tenant):
    nowhere = {"display_name": "Nowhere", "countries_and_regions": [], "include_unknown_countries_and_regions": True}
    assert ensure(tenant, **nowhere)["changed"] is True and ensure(tenant, **nowhere)["changed"] is False
    with pytest.raises(BadInput, match="countries_and_regions: is empty"):
        ensure(tenant, **{**nowhere, "include_unknown_countries_and_regions": False})


def test_what_a_newer_graph_holds_is_told_and_stays(tenant):
    there(tenant).objects[LOCATIONS][0] |= {"hue": "red"}
    changed = ensure(tenant, display_name="Office", trusted=False)
    assert changed["changed"] and changed["unknown"] == ["hue"]
    assert [text for text in changed["warnings"] if "does not know what the named location holds in hue" in text]
    assert tenant.objects[LOCATIONS][0]["hue"] == "red" and "hue" not in tenant.writes()[0][2]
    told = named_location.listed({"id": None, "display_name": None, "deleted": False}, tenant.reads())
    assert told["unknown"] == {ID: ["hue"]} and set(told["metadata"]) == {ID, GERMANY["id"]}
