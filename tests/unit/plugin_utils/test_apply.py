# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying a plan out: what is sent, and that nothing is reported before the tenant shows it."""

from __future__ import annotations

import pytest
from fake_tenant import DELETED, LOCATIONS, POLICIES, guid, refusal

from ansible_collections.msp.entra.plugins.plugin_utils import durable_lines, reconcile
from ansible_collections.msp.entra.plugins.plugin_utils.apply import LOST_WITHIN, Apply
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.named_location import IP_TYPE, NamedLocation
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_kind import Policy
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import (
    GraphError,
    OutcomeUnknown,
    OutOfPatience,
    PermissionMissing,
)
from ansible_collections.msp.entra.plugins.plugin_utils.journal import JournalFailed
from ansible_collections.msp.entra.plugins.plugin_utils.shown import SHOWN_WITHIN, Mismatch, expected
from ansible_collections.msp.entra.plugins.plugin_utils.writes import Writes

KIND = NamedLocation()
ID = guid(1)
PATH = f"{LOCATIONS}/{ID}"
RANGE = {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/24"}
OFFICE = {"@odata.type": IP_TYPE, "id": ID, "displayName": "Office", "isTrusted": False, "ipRanges": [RANGE]}
NEW = {"display_name": "Home", "ip_ranges": ["203.0.113.7/32"], "trusted": False}
LOST = OutcomeUnknown("the answer was lost.")


def planned(tenant, options, state="present"):
    """What to apply: a plan on what the tenant has, and the reads that saw it."""
    reads = tenant.reads()
    (listing,) = reads.listings([LOCATIONS])
    current = reconcile.identify(KIND, listing, options.get("id"), options.get("display_name"))
    tenant.sent.clear()
    return Apply(KIND, reconcile.plan(KIND, current, options, state), reads, Writes({}, tenant))


def test_nothing_to_do_sends_nothing(tenant):
    tenant.objects[LOCATIONS] = [OFFICE]
    assert planned(tenant, {"display_name": "Office"}).run() == OFFICE
    assert tenant.sent == []


def test_create_is_read_back(tenant):
    made = planned(tenant, NEW).run()
    (stored,) = tenant.objects[LOCATIONS]
    assert made == stored
    assert made["id"]
    assert tenant.sent == [
        (
            "POST",
            LOCATIONS,
            {
                "@odata.type": IP_TYPE,
                "displayName": "Home",
                "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.7/32"}],
                "isTrusted": False,
            },
        ),
        # That it is there, and that nobody else has made one of its name at the same moment.
        ("GET", LOCATIONS),
    ]


@pytest.mark.parametrize("lag", [0, 1, 30])
def test_create_waits_until_it_is_shown(tenant, lag):
    tenant.lag = lag
    made = planned(tenant, NEW).run()
    assert made["displayName"] == "Home"
    assert len(tenant.waits) == max(0, lag - 1)
    # It ends soon after the change shows, however long that takes.
    assert tenant.waits == sorted(tenant.waits) and max(tenant.waits, default=0) <= 1.5
    # Where the listing does not show it at once, it is read until it does, and the listing once more for others of its name.
    assert tenant.verbs() == ["POST", "GET"] + ["GET"] * (lag + 1 if lag else 0)


@pytest.mark.parametrize("lag", [0, 3])
def test_a_create_whose_answer_was_lost_is_found_and_not_sent_again(tenant, lag):
    # One of the same name that was there before is not what this create made.
    tenant.objects[LOCATIONS] = [{**OFFICE, "displayName": "Home"}]
    apply = planned(tenant, {"id": guid(404), **NEW})
    assert apply.plan.verb == "create"
    tenant.lag, tenant.faults = lag, {"POST": [(LOST, True)]}
    made = apply.run()
    assert made["id"] != ID
    assert made["ipRanges"][0]["cidrAddress"] == "203.0.113.7/32"
    assert tenant.verbs().count("POST") == 1
    assert len(tenant.waits) == lag


def test_a_create_that_was_lost_before_it_arrived_is_sent_again(tenant):
    apply = planned(tenant, NEW)
    tenant.faults = {"POST": [LOST]}
    made = apply.run()
    assert tenant.objects[LOCATIONS] == [made]
    assert tenant.verbs().count("POST") == 2
    # Looked for before it is sent again, and after that, since the first may show late.
    assert 2 * LOST_WITHIN <= sum(tenant.waits) < 2 * (LOST_WITHIN + 1.5)


def test_a_lost_create_that_shows_after_it_was_sent_again_is_no_second_object(tenant):
    apply = planned(tenant, NEW)
    # More looks than are taken before it is sent again.
    tenant.lag, tenant.faults = 30, {"POST": [(LOST, True)]}
    made = apply.run()
    assert tenant.verbs().count("POST") == 2 and tenant.verbs().count("DELETE") == 1
    assert tenant.objects[LOCATIONS] == [made]


def test_a_create_is_looked_for_each_time_it_is_lost(tenant):
    apply = planned(tenant, NEW)
    tenant.faults = {"POST": [LOST, LOST, (LOST, True)]}
    made = apply.run()
    assert tenant.objects[LOCATIONS] == [made]
    assert tenant.verbs().count("POST") == 3


def test_a_lost_create_is_told_from_what_was_there_when_the_tenant_has_to_be_looked_at_anew(tenant):
    # As after an earlier failure of the same task: whatever it had read may be wrong by then.
    tenant.objects[LOCATIONS] = [{**OFFICE, "displayName": "Home"}]
    apply = planned(tenant, {"id": guid(404), **NEW})
    apply.reads.forget()
    tenant.faults = {"POST": [(LOST, True)]}
    made = apply.run()
    assert made["id"] != ID
    assert tenant.verbs().count("POST") == 1


def test_a_create_that_is_lost_for_ever_ends_with_the_patience(tenant):
    apply = planned(tenant, NEW)
    tenant.faults, tenant.patience.budget = {"POST": [LOST] * 100}, 120
    with pytest.raises(OutOfPatience, match=r"^the answer was lost\. Gave up"):
        apply.run()
    assert tenant.objects[LOCATIONS] == []


def test_update_sends_the_changes_and_the_type_alone(tenant):
    tenant.objects[LOCATIONS] = [dict(OFFICE)]
    shown = planned(tenant, {"display_name": "Office", "trusted": True}).run()
    assert shown == {**OFFICE, "isTrusted": True}
    assert tenant.sent == [("PATCH", PATH, {"@odata.type": IP_TYPE, "isTrusted": True}), ("GET", PATH)]


def test_update_waits_until_it_is_seen(tenant):
    tenant.objects[LOCATIONS], tenant.lag = [dict(OFFICE)], 4
    assert planned(tenant, {"display_name": "Office", "trusted": True}).run()["isTrusted"] is True
    assert len(tenant.waits) == 4
    assert tenant.verbs() == ["PATCH"] + ["GET"] * 5


def test_an_update_that_is_never_seen_is_a_mismatch_that_names_the_property(tenant):
    tenant.objects[LOCATIONS], tenant.lag = [dict(OFFICE)], 1000
    with pytest.raises(Mismatch) as caught:
        planned(tenant, {"display_name": "Office", "trusted": True}).run()
    assert "isTrusted is different" in str(caught.value)
    # Who runs it again before Graph shows what was made would make it twice, so the wait is told.
    assert f"after {sum(tenant.waits):.0f} s of waiting" in str(caught.value)
    assert "ipRanges" not in str(caught.value)
    assert set(tenant.verbs()[1:]) == {"GET"}
    assert SHOWN_WITHIN <= sum(tenant.waits) < SHOWN_WITHIN + 1.5


def test_a_create_that_is_never_seen_is_a_mismatch(tenant):
    tenant.lag = 1000
    with pytest.raises(Mismatch, match="the object itself"):
        planned(tenant, NEW).run()


def test_delete_is_looked_after(tenant):
    tenant.objects[LOCATIONS], tenant.lag = [dict(OFFICE)], 2
    assert planned(tenant, {"display_name": "Office"}, "absent").run() is None
    assert tenant.sent == [("DELETE", PATH)] + [("GET", PATH)] * 3
    assert len(tenant.waits) == 2


def test_a_delete_that_is_never_seen_is_a_mismatch(tenant):
    tenant.objects[LOCATIONS], tenant.lag = [dict(OFFICE)], 1000
    with pytest.raises(Mismatch, match="still shows it"):
        planned(tenant, {"display_name": "Office"}, "absent").run()


def test_a_trusted_location_loses_the_mark_and_is_seen_without_it_before_it_is_deleted(tenant):
    tenant.objects[LOCATIONS], tenant.lag = [{**OFFICE, "isTrusted": True}], 1
    planned(tenant, {"display_name": "Office"}, "absent").run()
    assert tenant.sent[:4] == [
        ("PATCH", PATH, {"@odata.type": IP_TYPE, "isTrusted": False}),
        ("GET", PATH),
        ("GET", PATH),
        ("DELETE", PATH),
    ]
    assert tenant.objects[LOCATIONS] == []


@pytest.mark.parametrize("status", [400, 409])
def test_a_delete_that_is_refused_for_a_moment_is_tried_again(tenant, status):
    tenant.objects[LOCATIONS], tenant.faults = [dict(OFFICE)], {"DELETE": [refusal(status), refusal(status)]}
    planned(tenant, {"display_name": "Office"}, "absent").run()
    assert tenant.objects[LOCATIONS] == []
    assert len(tenant.waits) == 2


def test_a_refusal_that_does_not_pass_ends_after_all_looks(tenant):
    tenant.objects[LOCATIONS], tenant.faults = [dict(OFFICE)], {"DELETE": [refusal(400)] * 100}
    with pytest.raises(GraphError):
        planned(tenant, {"display_name": "Office"}, "absent").run()
    assert set(tenant.verbs()) == {"DELETE"}
    assert SHOWN_WITHIN <= sum(tenant.waits) < SHOWN_WITHIN + 1.5


@pytest.mark.parametrize(
    ("verb", "options", "state"),
    [
        pytest.param("POST", NEW, "present", id="create"),
        pytest.param("PATCH", {"display_name": "Office", "trusted": True}, "present", id="update"),
        pytest.param("DELETE", {"display_name": "Office"}, "absent", id="delete"),
    ],
)
def test_a_refusal_that_means_no_is_not_tried_again(tenant, verb, options, state):
    tenant.objects[LOCATIONS], tenant.faults = [dict(OFFICE)], {verb: [refusal(403)]}
    with pytest.raises(PermissionMissing):
        planned(tenant, options, state).run()
    assert tenant.verbs() == [verb]
    assert tenant.waits == []


def test_a_policy_waits_for_a_location_that_graph_does_not_know_everywhere(tenant):
    new = reconcile.plan(Policy(), None, {"display_name": "P"}, "present")
    tenant.faults = {"POST": [refusal(400, inner="1040: Networks not found"), refusal(400, "1040: not found")]}
    assert Apply(Policy(), new, tenant.reads(), Writes({}, tenant)).run()["displayName"] == "P"
    assert tenant.verbs().count("POST") == 3
    assert len(tenant.objects[POLICIES]) == 1


def test_a_malformed_policy_is_not_tried_again(tenant):
    new = reconcile.plan(Policy(), None, {"display_name": "P"}, "present")
    tenant.faults = {"POST": [refusal(400, inner="1007: does not match the schema")]}
    with pytest.raises(GraphError, match="1007"):
        Apply(Policy(), new, tenant.reads(), Writes({}, tenant)).run()
    assert tenant.verbs() == ["GET", "POST"]


@pytest.mark.parametrize(
    ("options", "state"),
    [
        pytest.param(NEW, "present", id="create"),
        pytest.param({"display_name": "Office", "trusted": True}, "present", id="update"),
        pytest.param({"display_name": "Office"}, "absent", id="delete"),
    ],
)
def test_the_next_item_of_a_loop_sees_the_change_without_a_request(tenant, options, state):
    tenant.objects[LOCATIONS] = [dict(OFFICE)]
    apply = planned(tenant, options, state)
    apply.run()
    tenant.sent.clear()
    assert apply.reads.listings([LOCATIONS]) == [tenant.objects[LOCATIONS]]
    assert tenant.sent == []


def test_after_a_failure_the_next_item_looks_for_itself(tenant):
    tenant.objects[LOCATIONS], tenant.faults = [dict(OFFICE)], {"PATCH": [refusal(403)]}
    apply = planned(tenant, {"display_name": "Office", "trusted": True})
    with pytest.raises(PermissionMissing):
        apply.run()
    tenant.sent.clear()
    apply.reads.listings([LOCATIONS])
    assert tenant.sent == [("GET", LOCATIONS)]


GONE = {**OFFICE, "deletedDateTime": "2026-01-02T00:00:00Z"}
RESTORE = f"{DELETED[LOCATIONS]}/{ID}/restore"


def restoring(tenant, **options):
    """What to apply to bring the office back."""
    tenant.objects[DELETED[LOCATIONS]] = [dict(GONE)]
    plan = reconcile.plan(KIND, None, {"display_name": "Office", **options}, "present", GONE)
    assert plan.verb == "restore"
    return Apply(KIND, plan, tenant.reads(), Writes({}, tenant))


def test_what_was_deleted_comes_back_and_is_seen(tenant):
    tenant.lag = 2
    assert restoring(tenant).run()["id"] == ID
    assert tenant.sent == [("POST", RESTORE)] + [("GET", PATH)] * 3


def test_what_comes_back_is_then_changed(tenant):
    assert restoring(tenant, trusted=True).run()["isTrusted"] is True
    change = {"@odata.type": IP_TYPE, "isTrusted": True}
    assert tenant.sent == [("POST", RESTORE), ("GET", PATH), ("PATCH", PATH, change), ("GET", PATH)]


def test_a_restore_whose_answer_was_lost_is_not_sent_again(tenant):
    tenant.lag, tenant.faults = 3, {"POST": [(LOST, True)]}
    assert restoring(tenant).run()["id"] == ID
    assert tenant.verbs().count("POST") == 1


def test_a_restore_that_was_lost_before_it_arrived_is_sent_again(tenant):
    tenant.faults = {"POST": [LOST]}
    assert restoring(tenant).run()["id"] == ID
    assert tenant.verbs().count("POST") == 2


@pytest.mark.parametrize(
    ("verb", "faults", "perhaps"),
    [
        ("PATCH", [refusal(403)], False),
        ("PATCH", [(LOST, True), refusal(403)], True),
        ("PATCH", [(LOST, False), refusal(400)], True),
        ("POST", [refusal(400)], False),
        ("DELETE", [refusal(403)], False),
        ("DELETE", [(LOST, True)], True),
    ],
    ids=["refused", "lost-then-refused", "lost-nobody-knows-where", "create-refused", "delete-refused", "delete-lost"],
)
def test_what_may_have_been_carried_out_is_told_though_a_later_try_was_refused(tenant, verb, faults, perhaps):
    tenant.objects[LOCATIONS] = [] if verb == "POST" else [{**OFFICE, "isTrusted": False}]
    options = NEW if verb == "POST" else {"display_name": "Office", "trusted": True}
    apply = planned(tenant, options, "absent" if verb == "DELETE" else "present")
    # The session asks again for what is lost in a write that can be repeated.
    whole = {"PATCH": tenant.update, "DELETE": tenant.delete, "POST": tenant.create}[verb]

    def again(*given):
        while True:
            try:
                return whole(*given)
            except OutcomeUnknown:
                if not tenant.faults.get(verb):
                    raise

    setattr(tenant, {"PATCH": "update", "DELETE": "delete", "POST": "create"}[verb], again)
    tenant.faults = {verb: list(faults)}
    with pytest.raises((GraphError, OutcomeUnknown)) as caught:
        apply.run()
    told = caught.value.beside.get("writes", [])
    assert [one["shown"] for one in told] == ([False] if perhaps else [])


def test_what_ansible_ends_in_the_middle_is_told(tenant):
    class Ended(BaseException):
        """As Ansible's own, after the timeout of a task."""

    apply = planned(tenant, NEW)
    tenant.faults = {"POST": [(Ended(), True)]}
    with pytest.raises(Ended) as caught:
        apply.run()
    assert [(one["verb"], one["id"], one["shown"]) for one in caught.value.beside["writes"]] == [
        ("create", None, False)
    ]


def test_a_conflict_with_our_own_lost_try_is_not_somebody_else_s(tenant):
    tenant.objects[LOCATIONS] = [dict(OFFICE)]
    apply = planned(tenant, {"display_name": "Office", "trusted": True})
    whole, tries = tenant.update, []

    def conflicting(path, body):
        tries.append(path)
        if len(tries) == 1:
            whole(path, body)
            raise refusal(409)
        whole(path, body)

    tenant.update = conflicting
    assert apply.run()["isTrusted"] is True and len(tries) == 2


def test_what_is_done_and_cannot_be_written_down_is_told(tenant, monkeypatch, tmp_path):
    apply = planned(tenant, NEW)
    apply.writes = Writes({"journal_path": str(tmp_path / "journal.jsonl")}, tenant)
    whole = durable_lines.add

    def full(path, line):
        if line["event"] != "begun":
            raise OSError(28, "No space left on device")
        whole(path, line)

    monkeypatch.setattr(durable_lines, "add", full)
    with pytest.raises(JournalFailed, match="cannot be written any more: No space left") as caught:
        apply.run()
    (told,) = caught.value.beside["writes"]
    assert told["id"] == tenant.objects[LOCATIONS][0]["id"] and told["shown"] is True


def test_a_change_shows_whatever_somebody_else_does_to_the_rest():
    changed = {**OFFICE, "isTrusted": True}
    shows = expected(KIND, ID, OFFICE, changed).shows
    assert not shows(OFFICE) and not shows(None)
    assert shows(changed) and shows({**changed, "displayName": "Renamed", "modifiedDateTime": "2026-11-24T22:15:30Z"})


def test_what_was_deleted_shows_when_it_is_gone():
    shows = expected(KIND, ID, OFFICE, None).shows
    assert shows(None) and not shows(OFFICE)
