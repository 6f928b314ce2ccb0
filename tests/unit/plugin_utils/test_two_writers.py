# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two that write one tenant at the same moment: one object of a name, and nobody's change is written over."""

from __future__ import annotations

import pytest
from fake_tenant import LOCATIONS, guid, refusal

from ansible_collections.msp.entra.plugins.plugin_utils import reconcile
from ansible_collections.msp.entra.plugins.plugin_utils.apply import Interfered
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import named_location
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.named_location import IP_TYPE
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import Conflict
from ansible_collections.msp.entra.plugins.plugin_utils.shown import SHOWN_WITHIN, TWIN_GONE_WITHIN

ID = guid(1)
RANGE = {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "93.184.216.34/32"}
OFFICE = {
    "@odata.type": IP_TYPE,
    "id": ID,
    "createdDateTime": "2025-01-01T00:00:00Z",
    "displayName": "Office",
    "isTrusted": True,
    "ipRanges": [RANGE],
}
ASKED = {"display_name": "Office", "ip_ranges": ["93.184.216.34/32"], "trusted": True}


def ensure(tenant, **options):
    return named_location.ensure(named_location.SPEC.validate({**ASKED, **options}), tenant.reads(), False)


@pytest.fixture
def meanwhile(tenant):
    """Somebody else does something right after this method's next request was carried out."""

    def set_up(does):
        real = tenant.create

        def create(path, body):
            made = real(path, body)
            tenant.create = real
            does()
            return made

        tenant.create = create

    return set_up


def names(tenant):
    return [(entry["id"], entry["displayName"]) for entry in tenant.objects[LOCATIONS]]


def test_who_made_it_later_gives_way(tenant, meanwhile):
    meanwhile(lambda: tenant.objects[LOCATIONS].append(dict(OFFICE)))
    result = ensure(tenant)
    assert names(tenant) == [(ID, "Office")] and result["named_location"]["id"] == ID
    # What it made and took away again, first the trusted mark; the other one needed no change.
    assert [method for method, *dummy in tenant.writes()] == ["POST", "PATCH", "DELETE"]


def test_the_one_that_stays_is_made_what_was_asked_for(tenant, meanwhile):
    other = {**OFFICE, "isTrusted": False}
    meanwhile(lambda: tenant.objects[LOCATIONS].append(other))
    assert ensure(tenant)["named_location"]["trusted"] is True
    (stays,) = tenant.objects[LOCATIONS]
    assert (stays["id"], stays["isTrusted"]) == (ID, True)


def test_who_made_it_first_waits_for_the_other_to_go(tenant, meanwhile):
    later = {**OFFICE, "createdDateTime": "2027-01-01T00:00:00Z"}
    meanwhile(lambda: tenant.objects[LOCATIONS].append(later))
    sleep = tenant.patience._sleep

    def slept(seconds):
        sleep(seconds)
        tenant.objects[LOCATIONS] = [one for one in tenant.objects[LOCATIONS] if one["id"] != ID]

    tenant.patience._sleep = slept
    result = ensure(tenant)
    assert names(tenant) == [(result["named_location"]["id"], "Office")] and len(tenant.waits) == 1


def test_another_that_stays_is_named(tenant, meanwhile):
    later = {**OFFICE, "createdDateTime": "2027-01-01T00:00:00Z"}
    meanwhile(lambda: tenant.objects[LOCATIONS].append(later))
    with pytest.raises(reconcile.Ambiguous) as raised:
        ensure(tenant)
    made = next(entry["id"] for entry in tenant.objects[LOCATIONS] if entry["id"] != ID)
    assert ID in str(raised.value) and made in str(raised.value)
    assert sum(tenant.waits) < TWIN_GONE_WITHIN + 1.5
    # So that it can be put back.
    (written,) = raised.value.beside["writes"]
    assert (written["verb"], written["id"]) == ("create", made)


@pytest.mark.parametrize("status", [409, 412])
def test_a_conflict_over_nothing_is_sent_again(tenant, status):
    tenant.objects[LOCATIONS] = [{**OFFICE, "isTrusted": False}]
    tenant.faults = {"PATCH": [refusal(status), refusal(status)]}
    assert ensure(tenant)["named_location"]["trusted"] is True
    assert tenant.verbs().count("PATCH") == 3


@pytest.mark.parametrize("status", [409, 412])
def test_what_somebody_else_has_changed_is_not_written_over(tenant, status):
    tenant.objects[LOCATIONS] = [{**OFFICE, "isTrusted": False}]
    update, wider = tenant.update, [{**RANGE, "cidrAddress": "93.184.216.0/24"}]

    def changed(path, body):
        tenant.objects[LOCATIONS][0]["ipRanges"] = wider
        tenant.update = update
        raise refusal(status, "Somebody is at it.")

    tenant.update = changed
    with pytest.raises(Interfered, match=r"changed \(ipRanges\) by somebody else while this ran"):
        ensure(tenant)
    assert tenant.objects[LOCATIONS][0]["ipRanges"] == wider
    # The next run starts from there.
    assert ensure(tenant, ip_ranges=["93.184.216.0/24"])["named_location"]["trusted"] is True


def test_what_somebody_else_has_deleted_is_not_changed(tenant):
    tenant.objects[LOCATIONS] = [{**OFFICE, "isTrusted": False}]

    def gone(path, body):
        tenant.objects[LOCATIONS].clear()
        raise refusal(409)

    tenant.update = gone
    with pytest.raises(Interfered, match="was deleted by somebody else"):
        ensure(tenant)


def test_a_conflict_over_one_that_somebody_else_has_made(tenant):
    def made(path, body):
        tenant.objects[LOCATIONS].append(dict(OFFICE))
        raise refusal(409)

    tenant.create = made
    with pytest.raises(Interfered, match=f"made as {ID} by somebody else"):
        ensure(tenant)
    assert len(tenant.objects[LOCATIONS]) == 1


def test_a_conflict_that_stays_is_the_answer(tenant):
    tenant.objects[LOCATIONS] = [{**OFFICE, "isTrusted": False}]
    tenant.faults = {"PATCH": [refusal(409)] * 1000}
    with pytest.raises(Conflict):
        ensure(tenant)
    assert SHOWN_WITHIN <= sum(tenant.waits) < SHOWN_WITHIN + 1.5
