# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an action plugin does around its own call: options in, result or one clear failure out, and no secret in either."""

from __future__ import annotations

import types

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils import connection, graph_action
from ansible_collections.msp.entra.plugins.plugin_utils.graph import third_party
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import EntraError
from ansible_collections.msp.entra.plugins.plugin_utils.options import ArgumentSpec

SECRET = "3xtremely~private~phrase"
TASK = "11111111-task"


class Refusal(EntraError):
    def facts(self):
        return {"aadsts": 50126}


@pytest.fixture(autouse=True)
def nobody_else_s_credentials(monkeypatch):
    for names in connection.ENVIRONMENT.values():
        for name in names:
            monkeypatch.delenv(name, raising=False)
    # A session outlives its task; here every test begins without one.
    monkeypatch.setattr(connection, "_open", {})


def run(perform, check_mode=False, **arguments):
    """Runs a module that does ``perform``; returns its result and its task. No request is sent by opening a session."""

    class Module(graph_action.GraphAction):
        SPEC = ArgumentSpec({"name": {"type": "str", "required": True}, "count": {"type": "int", "default": 1}})

        def perform(self, options, reads, check_mode):
            return perform(options, reads, check_mode)

    args = {"tenant_id": "contoso.com", "client_id": "0a1b2c3d-aaaa-4bbb-8ccc-0123456789ab", "client_secret": SECRET}
    task = types.SimpleNamespace(
        args={**args, "name": "n", **arguments},
        async_val=0,
        check_mode=check_mode,
        action="msp.entra.test",
        _uuid=TASK,
        _ds="the task's source",
    )
    shell = types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir="/nowhere"))
    module = Module(task, shell, play_context=None, loader=None, templar=None, shared_loader_obj=None)
    return module.run(task_vars={}), task


def raises(error):
    def perform(options, reads, check_mode):
        raise error

    return perform


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_module_gets_its_own_options_and_its_result_is_the_task_s(check_mode):
    def perform(options, reads, checked):
        return {"changed": True, "options": dict(options), "checked": checked}

    result, dummy = run(perform, check_mode, count="7")
    assert result == {
        "changed": True,
        "options": {"name": "n", "count": 7},
        "checked": check_mode,
        "requests": {"count": 0, "seconds": 0.0},
    }


def test_requests_are_those_of_this_item_alone():
    def perform(options, reads, check_mode):
        reads.session.cost.count += 2
        reads.session.cost.seconds += 1.25
        return {}

    assert run(perform, count=1)[0]["requests"] == {"count": 2, "seconds": 1.25}
    # The second item of a loop, on the same session.
    assert run(perform, count=2)[0]["requests"] == {"count": 2, "seconds": 1.25}


@pytest.mark.parametrize(("warnings", "shown"), [([], None), (["careful"], ["careful"])])
def test_warnings_are_there_only_where_there_are_some(warnings, shown):
    assert run(lambda *given: {"warnings": warnings})[0].get("warnings") == shown


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(EntraError("said no"), {"msg": "said no", "failure_kind": "other"}, id="ours"),
        pytest.param(
            Refusal("said no"), {"msg": "said no", "aadsts": 50126, "failure_kind": Refusal.kind}, id="ours-with-facts"
        ),
        pytest.param(
            KeyError("x"),
            {"msg": "This is a defect in msp.entra; please report it: KeyError: 'x'", "failure_kind": "defect"},
            id="a-defect",
        ),
    ],
)
def test_a_failure_is_a_result(error, expected):
    result, dummy = run(raises(error))
    assert result == {"failed": True, "changed": False, "requests": {"count": 0, "seconds": 0.0}, **expected}


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        pytest.param({"name": None}, "name", id="the-module-s-own-option"),
        pytest.param({"tenant_id": "not a tenant"}, "tenant_id", id="the-connection-s-option"),
        pytest.param({"colour": "red"}, "colour: is not known.", id="unknown-option"),
    ],
)
def test_bad_input_never_reaches_the_module(arguments, part):
    result, dummy = run(raises(AssertionError("performed")), **arguments)
    assert result["failed"] is True
    (problem,) = result["problems"]
    assert part in problem
    assert "requests" not in result


def test_a_library_that_is_missing_is_said_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(third_party, "MISSING", "The Python library msal is missing")
    result, dummy = run(raises(AssertionError("performed")))
    assert result["failed"] is True
    assert result["msg"].startswith("The Python library msal is missing.")
    assert result["msg"].endswith("-m pip install msal requests")


@pytest.mark.parametrize(
    "perform",
    [
        pytest.param(lambda *given: {"nested": [{"told": f"it is {SECRET}!"}]}, id="in-a-result"),
        pytest.param(raises(EntraError(f"refused {SECRET}")), id="in-a-message"),
        pytest.param(raises(RuntimeError(f"Bearer {SECRET}")), id="in-a-defect"),
    ],
)
def test_a_secret_is_taken_out(perform):
    result, dummy = run(perform)
    assert SECRET not in str(result)
    assert "***" in str(result)


def test_a_secret_of_the_environment_is_taken_out_as_well(monkeypatch):
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "from~the~environment")
    result, dummy = run(lambda *given: {"told": "from~the~environment"}, client_secret=None)
    assert "from~the~environment" not in str(result)


def test_a_secret_in_the_wrong_option_is_taken_out_of_the_complaint():
    result, dummy = run(raises(AssertionError("performed")), count=SECRET)
    assert result["failed"] is True
    assert SECRET not in str(result)
    assert "***" in result["msg"]


@pytest.mark.parametrize(
    ("perform", "arguments", "shown"),
    [
        pytest.param(raises(EntraError("no")), {}, False, id="failed"),
        pytest.param(raises(KeyError("x")), {}, False, id="a-defect"),
        pytest.param(raises(AssertionError("performed")), {"colour": "red"}, False, id="bad-input"),
        pytest.param(lambda *given: {"failed": True, "msg": "drift"}, {}, False, id="a-result-that-is-a-failure"),
        pytest.param(lambda *given: {}, {}, True, id="not-failed-so-ansible-shows-nothing"),
    ],
)
def test_the_source_of_a_failed_task_is_withheld(perform, arguments, shown):
    """Whether or not a secret is in sight: Ansible would show lines of the task before as well."""
    dummy, task = run(perform, **arguments)
    assert task._ds == ("the task's source" if shown else None)


def test_the_source_is_withheld_where_a_library_is_missing(monkeypatch):
    monkeypatch.setattr(third_party, "MISSING", "The Python library msal is missing")
    dummy, task = run(raises(AssertionError("performed")))
    assert task._ds is None


def writes(*paths, then):
    """A module that writes these and then ends as ``then`` does."""

    def perform(options, reads, check_mode):
        reads.session.cost.written += [f"PATCH {path}" for path in paths]
        return then(options, reads, check_mode)

    return perform


class TestFailedAfterAWrite:
    @pytest.mark.parametrize(
        ("then", "said"),
        [
            pytest.param(raises(EntraError("said no")), "said no", id="ours"),
            pytest.param(
                raises(KeyError("x")),
                "This is a defect in msp.entra; please report it: KeyError: 'x'",
                id="a-defect",
            ),
            pytest.param(lambda *given: {"failed": True, "changed": False, "msg": "said no"}, "said no", id="a-result"),
        ],
    )
    def test_it_has_changed_something_and_says_what(self, then, said):
        result, dummy = run(writes("/users/1", "/users/2", then=then))
        assert (result["failed"], result["changed"]) == (True, True)
        assert result["msg"] == (
            f"{said}\nBefore that, this task had written to the tenant, and that stands: PATCH /users/1, PATCH /users/2."
        )

    def test_the_facts_of_the_failure_are_there_as_well(self):
        result, dummy = run(writes("/users/1", then=raises(Refusal("said no"))))
        assert (result["aadsts"], result["changed"]) == (50126, True)

    def test_what_the_items_before_wrote_is_not_this_one_s(self):
        run(writes("/users/1", then=lambda *given: {"changed": True}), count=1)
        result, dummy = run(raises(EntraError("said no")), count=2)
        assert (result["msg"], result["changed"]) == ("said no", False)
        result, dummy = run(writes("/users/3", then=raises(EntraError("said no"))), count=3)
        assert result["msg"].endswith("that stands: PATCH /users/3.")

    def test_a_task_that_succeeds_says_itself_what_it_changed(self):
        result, dummy = run(writes("/users/1", then=lambda *given: {"changed": False, "msg": "fine"}))
        assert (result["changed"], result["msg"]) == (False, "fine")

    def test_a_secret_in_what_was_written_is_taken_out(self):
        result, dummy = run(writes(f"/users/{SECRET}", then=raises(EntraError("said no"))))
        assert SECRET not in str(result) and "PATCH /users/***" in result["msg"]


def test_after_a_failure_the_next_item_reads_anew():
    seen = []

    def perform(options, reads, check_mode):
        seen.append(list(reads._known))
        reads._known["/users"] = []
        if options["count"] == 2:
            raise EntraError("no")
        return {}

    for count in (1, 2, 3):
        run(perform, count=count)
    assert seen == [[], ["/users"], []]
