# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which object is meant, what would be done to it, and what is reported: nothing of this sends anything."""

from __future__ import annotations

import typing as t

import pytest
from fake_tenant import guid

from ansible_collections.msp.entra.plugins.plugin_utils import reconcile
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput
from ansible_collections.msp.entra.plugins.plugin_utils.guids import is_guid
from ansible_collections.msp.entra.plugins.plugin_utils.shape import Field, Reference, Shape


class Room:
    noun = "meeting room"
    collection = "/rooms"
    shape = Shape(
        (
            Field("display_name", "displayName"),
            Field("seats", "seats", "int"),
            Field("keepers", "keepers", many=True, reference=Reference("user")),
            Field("screen", "screen", shape=Shape((Field("size", "size", "int"), Field("kind", "kind")))),
        ),
        passive=("id", "createdDateTime", "modifiedDateTime", "deletedDateTime", "builderId"),
    )
    metadata: t.ClassVar = {"builder": "builderId"}


ROOM = Room()
ID, OTHER_ID = guid(1), guid(2)
BLUE = {
    "id": ID,
    "displayName": "Blue",
    "createdDateTime": "2026-01-01T00:00:00Z",
    "modifiedDateTime": "2026-02-02T00:00:00Z",
    "seats": 8,
    "keepers": [guid(11), guid(12)],
    "screen": {"size": 40, "kind": "flat"},
    "unknown": {"kept": True},
}
RED = {"id": OTHER_ID, "displayName": "Red"}


@pytest.mark.parametrize(
    ("id", "name", "expected"),
    [
        pytest.param(None, "Blue", BLUE, id="by-name"),
        pytest.param(None, "blue", None, id="by-name-in-another-case"),
        pytest.param(None, "Green", None, id="no-such-name"),
        pytest.param(ID, None, BLUE, id="by-id"),
        pytest.param(ID.upper(), None, BLUE, id="by-id-in-another-case"),
        pytest.param(f"{{{ID}}}", None, BLUE, id="by-id-in-braces"),
        pytest.param(ID.replace("-", ""), None, BLUE, id="by-id-without-dashes"),
        pytest.param(f"urn:uuid:{ID}", None, BLUE, id="by-id-as-a-urn"),
        pytest.param(ID, "Red", BLUE, id="the-id-wins-over-the-name"),
        pytest.param(guid(3), "Blue", None, id="a-wrong-id-is-not-rescued-by-the-name"),
    ],
)
def test_the_object_meant(id, name, expected):
    assert reconcile.identify(ROOM, [RED, BLUE], id, name) == expected


def test_a_name_of_two_is_refused_with_both_ids():
    twin = {**BLUE, "id": OTHER_ID}
    with pytest.raises(reconcile.Ambiguous) as caught:
        reconcile.identify(ROOM, [BLUE, twin], None, "Blue")
    for part in ("2 meeting room", "'Blue'", ID, OTHER_ID, "Nothing was written"):
        assert part in str(caught.value)


def test_an_id_tells_two_of_a_name_apart():
    twin = {**BLUE, "id": OTHER_ID}
    assert reconcile.identify(ROOM, [BLUE, twin], OTHER_ID, "Blue") == twin


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"id": None, "display_name": None}, ["blue", "Blue", "Red"], id="all-by-name-without-case"),
        pytest.param({"id": None, "display_name": "Blue"}, ["Blue"], id="by-name"),
        pytest.param({"id": ID.upper(), "display_name": None}, ["Blue"], id="by-id"),
        pytest.param({"id": ID, "display_name": "Red"}, [], id="both-must-hold"),
        pytest.param({"id": None, "display_name": "Green"}, [], id="none"),
    ],
)
def test_what_an_info_module_selects(options, expected):
    listing = [RED, BLUE, {"id": guid(0), "displayName": "blue"}]
    assert [entry["displayName"] for entry in reconcile.selected(listing, options)] == expected


TAKEN = f"display_name: 'Red' is the name of {OTHER_ID} already; two of a name cannot be told apart."
BLANK = "display_name: '{}' begins or ends with a blank, which nobody would see; leave it out."
OTHERWISE = f"display_name: meeting room {ID} is called 'Blue', not 'Red'; leave one out."
CALLED_BLANK = {**BLUE, "displayName": " Blue "}

CONFUSIONS = [
    pytest.param(BLUE, "Blue", "present", None, id="its-own-name"),
    pytest.param(BLUE, None, "present", None, id="no-name"),
    pytest.param(BLUE, "Navy", "present", None, id="renamed"),
    pytest.param(BLUE, "red", "present", None, id="renamed-to-a-name-that-differs-in-case"),
    pytest.param(BLUE, "Red", "present", TAKEN, id="renamed-to-a-taken-name"),
    pytest.param(None, "Navy", "present", None, id="new"),
    pytest.param(None, "Dark blue", "present", None, id="new-with-a-blank-inside"),
    pytest.param(None, " Navy", "present", BLANK.format(" Navy"), id="new-with-a-blank-before"),
    pytest.param(
        None, "Navy\u00a0", "present", BLANK.format("Navy\u00a0"), id="new-with-a-blank-behind-that-does-not-break"
    ),
    pytest.param(BLUE, "Blue ", "present", BLANK.format("Blue "), id="renamed-to-a-name-with-a-blank"),
    # What somebody has made so in the admin center can still be kept, renamed and deleted.
    pytest.param(CALLED_BLANK, " Blue ", "present", None, id="blanks-that-are-there"),
    pytest.param(CALLED_BLANK, "Blue", "present", None, id="blanks-taken-away"),
    pytest.param(CALLED_BLANK, " Blue ", "absent", None, id="deleted-by-a-name-with-blanks"),
    pytest.param(BLUE, "Blue", "absent", None, id="deleted-by-id-and-its-own-name"),
    pytest.param(BLUE, None, "absent", None, id="deleted-by-id"),
    pytest.param(BLUE, "Red", "absent", OTHERWISE, id="deleted-by-id-and-the-name-of-another"),
    pytest.param(None, "Navy ", "absent", None, id="already-absent"),
]


@pytest.mark.parametrize(("current", "name", "state", "problem"), CONFUSIONS)
def test_names_that_would_be_mistaken(current, name, state, problem):
    options = {"display_name": name, "state": state}
    if problem is None:
        reconcile.refuse_confusion(ROOM, [current or BLUE, RED], current, options)
        return
    with pytest.raises(BadInput) as caught:
        reconcile.refuse_confusion(ROOM, [BLUE, RED], current, options)
    assert caught.value.problems == [problem]
    assert "nothing was written" in str(caught.value)


PLANS = [
    pytest.param(None, {"display_name": "Blue"}, "present", "create", {}, id="create"),
    pytest.param(None, {}, "absent", "nothing", {}, id="already-absent"),
    pytest.param(BLUE, {}, "absent", "delete", {}, id="delete"),
    pytest.param(BLUE, {"display_name": "Blue", "seats": 8}, "present", "nothing", {}, id="as-asked-for"),
    pytest.param(BLUE, {"display_name": "Blue"}, "present", "nothing", {}, id="nothing-asked-for"),
    pytest.param(
        BLUE,
        {"display_name": "Blue", "seats": 9, "keepers": None},
        "present",
        "update",
        {"seats": 9},
        id="only-what-differs",
    ),
    pytest.param(BLUE, {"display_name": "Navy"}, "present", "update", {"displayName": "Navy"}, id="renamed-by-id"),
    pytest.param(BLUE, {"keepers": [guid(12).upper(), guid(11)]}, "present", "nothing", {}, id="order-and-case-of-ids"),
    pytest.param(
        BLUE,
        {"seats": 9, "keepers": [guid(12).upper(), guid(11)]},
        "present",
        "update",
        {"seats": 9},
        id="what-means-the-same-stays-as-it-is-written",
    ),
    pytest.param(BLUE, {"keepers": [guid(12)]}, "present", "update", {"keepers": [guid(12)]}, id="one-fewer"),
    pytest.param(
        BLUE,
        {"screen": {"size": 50, "kind": None}},
        "present",
        "update",
        {"screen": {"size": 50, "kind": "flat"}},
        id="nested-objects-are-sent-whole",
    ),
    pytest.param(BLUE, {"screen": {}}, "present", "update", {"screen": None}, id="nested-object-taken-away"),
    pytest.param(RED, {"screen": {}, "keepers": []}, "present", "nothing", {}, id="nothing-to-take-away"),
]


@pytest.mark.parametrize(("current", "options", "state", "verb", "changes"), PLANS)
def test_plan(current, options, state, verb, changes):
    plan = reconcile.plan(ROOM, current, options, state)
    assert (plan.verb, plan.changes) == (verb, changes)
    assert plan.id == (current["id"] if current else None)
    assert plan.before == current
    if verb == "update":
        assert plan.after == {**current, **changes}


def test_plan_of_a_create_has_what_was_asked_for_and_no_id():
    plan = reconcile.plan(ROOM, None, {"display_name": "Blue", "seats": 8, "screen": {}}, "present")
    assert plan.after == {"displayName": "Blue", "seats": 8, "screen": None}


def test_plan_of_a_delete_leaves_nothing():
    assert reconcile.plan(ROOM, BLUE, {"display_name": "Blue", "seats": 9}, "absent").after is None


@pytest.mark.parametrize(
    ("current", "options", "state", "before", "after"),
    [
        pytest.param(None, {"display_name": "Blue"}, "present", None, "Blue", id="create"),
        pytest.param(BLUE, {"display_name": "Navy"}, "present", "Blue", "Navy", id="update"),
        pytest.param(BLUE, {}, "present", "Blue", "Blue", id="nothing"),
        pytest.param(BLUE, {}, "absent", "Blue", None, id="delete"),
        pytest.param(None, {}, "absent", None, None, id="already-absent"),
    ],
)
def test_report(current, options, state, before, after):
    plan = reconcile.plan(ROOM, current, options, state)
    report = reconcile.report(ROOM, plan)
    assert report["changed"] is (before != after)
    assert report["diff"]["before"].get("display_name") == before
    assert report["diff"]["after"].get("display_name") == after
    for side, name in (("before", before), ("after", after)):
        # A diff with ids and times would differ at every run and between tenants; and unknown properties are not options.
        assert set(report["diff"][side]) <= set(ROOM.shape.spec()) and bool(report["diff"][side]) == bool(name)
    header = f"meeting room {after or before}" if (after or before) else "meeting room"
    assert report["diff"]["before_header"] == report["diff"]["after_header"] == header


NOTHING = {"a": None, "b": [], "c": {}, "d": "", "e": {"f": {"g": None}}}


@pytest.mark.parametrize(
    ("options", "beside", "left"),
    [
        (NOTHING, {}, {}),
        (NOTHING, {"b": None, "d": [], "e": None}, {}),
        (NOTHING, {"a": 1, "e": {"f": {"h": 2}}}, {"a": None, "e": {"f": {}}}),
        (
            {"a": False, "b": 0, "c": [None], "d": {"e": "x", "f": []}},
            {},
            {"a": False, "b": 0, "c": [None], "d": {"e": "x"}},
        ),
    ],
)
def test_what_says_nothing_on_either_side_is_no_part_of_a_diff(options, beside, left):
    assert reconcile.saying(options, beside) == left


def test_shown_is_the_id_and_the_options_and_nothing_else():
    assert reconcile.shown(ROOM, BLUE) == {
        "id": ID,
        "display_name": "Blue",
        "seats": 8,
        "keepers": [guid(11), guid(12)],
        "screen": {"size": 40, "kind": "flat"},
    }
    assert reconcile.shown(ROOM, None) == {}


def test_what_is_shown_is_taken_back_without_a_change():
    assert reconcile.plan(ROOM, BLUE, reconcile.shown(ROOM, BLUE), "present").verb == "nothing"


TIMES = {"created": "2026-01-01T00:00:00Z", "modified": "2026-02-02T00:00:00Z"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(None, {}, id="not-there"),
        pytest.param(BLUE, {**TIMES, "builder": None}, id="there"),
        pytest.param({**BLUE, "builderId": "b"}, {**TIMES, "builder": "b"}, id="of-the-kind"),
        pytest.param({**BLUE, "deletedDateTime": None}, {**TIMES, "builder": None}, id="not-deleted"),
        pytest.param(
            {**BLUE, "deletedDateTime": "2026-03-03T00:00:00Z"},
            {**TIMES, "builder": None, "deleted": "2026-03-03T00:00:00Z"},
            id="deleted",
        ),
        pytest.param({"id": ID}, {"created": None, "modified": None, "builder": None}, id="made-up"),
    ],
)
def test_metadata_is_what_no_option_sets(value, expected):
    assert reconcile.metadata(ROOM, value) == expected


def test_what_no_option_knows_is_told_by_id_and_only_where_it_is():
    known = {name: value for name, value in BLUE.items() if name in ("id", "displayName", "seats", "createdDateTime")}
    other = {**known, "id": guid(77), "hue": "red"}
    told = reconcile.listed(ROOM, [known, other])
    assert told["unknown"] == {guid(77): ["hue"]} and list(told["metadata"]) == [known["id"], guid(77)]


def test_placeholder_is_an_id_of_its_own_for_each_kind_and_name():
    class Hall(Room):
        noun = "hall"

    made = reconcile.placeholder(ROOM, "Blue")
    assert made == reconcile.placeholder(ROOM, "Blue")
    assert len({made, reconcile.placeholder(ROOM, "Red"), reconcile.placeholder(Hall(), "Blue")}) == 3
    assert is_guid(made)


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        pytest.param(reconcile.placeholder(ROOM, "Blue"), True, id="made-up"),
        pytest.param(reconcile.placeholder(ROOM, "Blue").upper(), True, id="made-up-in-capitals"),
        pytest.param(f"{{{reconcile.placeholder(ROOM, 'Blue')}}}", True, id="made-up-in-braces"),
        pytest.param(ID, False, id="real"),
        pytest.param("00000000-0000-0000-0000-000000000000", False, id="mfa-trusted-ips"),
        pytest.param("All", False, id="keyword"),
    ],
)
def test_is_placeholder(id, expected):
    assert reconcile.is_placeholder(id) is expected


def test_words_for_an_id_that_nothing_has():
    error = reconcile.not_there(ROOM, ID)
    assert error.problems == [
        f"id: there is no meeting room with id {ID} in this tenant; leave id out to find it by display_name."
    ]
    # It took a look at the tenant, so it must not claim that nothing was sent.
    assert "nothing was written" in str(error)
