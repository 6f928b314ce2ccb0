# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words and the facts of what can go wrong, and which status is which error."""

from __future__ import annotations

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.graph import errors

FIELDS = {
    "status": 400,
    "code": "BadRequest",
    "message": "Invalid policy.",
    "inner": "",
    "request": "POST /policies",
    "request_id": "r-1",
    "client_request_id": "c-1",
}
IDS = "(request-id r-1, client-request-id c-1)"


def said(**more):
    return str(errors.GraphError(**FIELDS | more))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        pytest.param({}, f"Invalid policy. {IDS}", id="plain"),
        pytest.param({"inner": "1040: names"}, f"Invalid policy. Reason: 1040: names. {IDS}", id="inner reason"),
        pytest.param({"inner": "Invalid policy."}, f"Invalid policy. {IDS}", id="the same words twice"),
        pytest.param({"remedy": "Consent."}, f"Invalid policy. Consent. {IDS}", id="remedy"),
        pytest.param(
            {"inner": "Why.", "remedy": "Consent."}, f"Invalid policy. Reason: Why. Consent. {IDS}", id="all of it"
        ),
        pytest.param(
            {"request_id": None, "client_request_id": ""},
            "Invalid policy. (request-id none, client-request-id none)",
            id="no ids",
        ),
    ],
)
def test_the_words_of_a_refusal(more, words):
    assert said(**more) == f"POST /policies was refused by Microsoft Graph with 400 BadRequest: {words}"


def test_the_facts_of_a_refusal():
    assert errors.GraphError(**FIELDS | {"inner": "Why.", "remedy": "Consent."}).facts() == {
        "graph_error": {
            "status": 400,
            "code": "BadRequest",
            "message": "Invalid policy.",
            "inner_message": "Why.",
            "request_id": "r-1",
            "client_request_id": "c-1",
        }
    }


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.GraphError),
        (401, errors.TokenRefused),
        (402, errors.GraphError),
        (403, errors.PermissionMissing),
        (404, errors.NotFound),
        (409, errors.Conflict),
        (412, errors.Conflict),
        (429, errors.Throttled),
        (499, errors.GraphError),
        (500, errors.Unavailable),
        (503, errors.Unavailable),
        (504, errors.Unavailable),
        (599, errors.Unavailable),
    ],
)
def test_the_class_of_a_status(status, kind):
    assert errors.error_type(status) is kind


@pytest.mark.parametrize(
    ("problems", "looked", "words"),
    [
        (["a: is bad."], False, "1 problem in what was given; nothing was sent to Microsoft Graph:\n- a: is bad."),
        (["a.", "b."], False, "2 problems in what was given; nothing was sent to Microsoft Graph:\n- a.\n- b."),
        (["a."], True, "1 problem in what was given; nothing was written:\n- a."),
    ],
    ids=["one", "two", "after a look at the tenant"],
)
def test_bad_input(problems, looked, words):
    error = errors.BadInput(iter(problems), looked)
    assert (str(error), error.facts()) == (words, {"problems": problems})


@pytest.mark.parametrize(("aadsts", "facts"), [(90002, {"aadsts": 90002}), (None, {}), (0, {})])
def test_login_error(aadsts, facts):
    assert errors.LoginError("no", aadsts).facts() == facts


@pytest.mark.parametrize("kind", [errors.Unreachable, errors.OutcomeUnknown, errors.Malformed])
def test_the_others_have_words_alone(kind):
    assert (str(kind("words")), kind("words").facts()) == ("words", {})


def test_everything_is_an_error_of_the_collection():
    """The action plugin turns these, and nothing else, into a failed task without calling it a defect."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(kinds) >= 12 and all(issubclass(kind, errors.EntraError) for kind in kinds)


def test_a_lost_create_is_not_taken_for_an_unreachable_server():
    """Unreachable means that nothing was changed, which is the one thing that is not known here."""
    assert not issubclass(errors.OutcomeUnknown, errors.Unreachable)
