# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of every module: what is wrong with them, and the session they make."""

from __future__ import annotations

import os
import tempfile

import pytest
import trustme
from given_options import CLIENT, OWN, TENANT, options, problems

from ansible_collections.msp.entra.plugins.plugin_utils import connection
from ansible_collections.msp.entra.plugins.plugin_utils.connection import Connection
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput


@pytest.fixture(autouse=True)
def as_at_the_start(monkeypatch):
    """An environment without anything of Azure's, and no session open."""
    for name in list(os.environ):
        if name.startswith("AZURE_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(connection, "_open", {})


class TestProblems:
    def test_none(self):
        made = Connection(options(**OWN))
        assert (made.problems, made.request_timeout, made.wait_timeout) == ([], 60, 120)

    @pytest.mark.parametrize(
        "tenant",
        [CLIENT, CLIENT.upper(), "contoso.onmicrosoft.com", "x.example", "a-b.c-d.co.uk", "1.xn--abc.example"],
    )
    def test_a_tenant(self, tenant):
        assert problems(**OWN | {"tenant_id": tenant}) == []

    @pytest.mark.parametrize(
        "tenant",
        [
            *[
                "common",
                "organizations",
                CLIENT[:-1],
                f"{CLIENT}/x",
                f"{{{CLIENT}",
                "a b.example",
                "-a.example",
                "a..b",
            ],
            *["a.example/x", "a.example\n", "https://a.example", "a.1", "a" * 64 + ".example", "x." * 125 + "example"],
        ],
    )
    def test_not_a_tenant(self, tenant):
        """It becomes a part of the address that a secret is sent to."""
        (problem,) = problems(**OWN | {"tenant_id": tenant})
        assert problem.startswith(f"tenant_id: '{tenant}' is neither a tenant's id nor a domain")

    @pytest.mark.parametrize("form", [f"{{{CLIENT}}}", CLIENT.replace("-", ""), f"urn:uuid:{CLIENT}", CLIENT.upper()])
    @pytest.mark.parametrize("option", ["tenant_id", "client_id"])
    def test_an_id_in_another_form_is_sent_as_entra_writes_it(self, option, form, monkeypatch):
        made = Connection(options(**OWN | {option: form}))
        assert made.problems == [] and getattr(made.credential, option) == CLIENT
        monkeypatch.setenv({"tenant_id": "AZURE_TENANT_ID", "client_id": "AZURE_CLIENT_ID"}[option], form)
        made = Connection(options(**{name: value for name, value in OWN.items() if name != option}))
        assert made.problems == [] and getattr(made.credential, option) == CLIENT

    @pytest.mark.parametrize("url", ["https://[::1", "https://[abc]", "https://a]"])
    def test_an_address_in_brackets_that_is_none(self, url):
        """A problem of the option, and no ValueError of urllib's."""
        with pytest.raises(BadInput) as caught:
            connection.SPEC.validate({**OWN, "login_url": url, "graph_url": "https://localhost"})
        (problem,) = caught.value.problems
        assert problem.startswith(f"login_url: '{url}' is not the address of a server")

    @pytest.mark.parametrize("client", ["my-app", TENANT, CLIENT + "0", f"{{{CLIENT}"])
    def test_not_a_client(self, client):
        (problem,) = problems(**OWN | {"client_id": client})
        assert problem.startswith(f"client_id: '{client}' is not an application (client) id")

    @pytest.mark.parametrize(
        ("option", "value", "good"),
        [("request_timeout", 0, 1), ("request_timeout", -1, 60), ("wait_timeout", -1, 0)],
    )
    def test_a_time_that_is_none(self, option, value, good):
        (problem,) = problems(**OWN, **{option: value})
        assert problem.startswith(f"{option}: {value} is ")
        assert problems(**OWN, **{option: good}) == []

    def test_a_ca_file(self, tmp_path):
        path = tmp_path / "ca.pem"
        assert problems(**OWN, ca_path=str(path)) == [f"ca_path: '{path}' is not a file; give the PEM file of the CA."]
        path.write_text("not a certificate", encoding="utf-8")
        assert problems(**OWN, ca_path=str(path)) == [
            f"ca_path: '{path}' cannot be used: it holds no certificate in PEM form; give the PEM file of the CA."
        ]
        trustme.CA().cert_pem.write_to_path(str(path))
        assert problems(**OWN, ca_path=str(path)) == []

    def test_all_at_once(self, monkeypatch, tmp_path):
        """Nobody should have to run a play five times to learn of five mistakes."""
        monkeypatch.setenv("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "perhaps")
        said = problems(
            client_id="my-app",
            ca_path=str(tmp_path),
            request_timeout=0,
            wait_timeout=-1,
            login_url="http://login.test",
            certificate="no PEM",
        )
        assert [problem.split(":")[0] for problem in said] == [
            "certificate_send_chain",
            "client_id",
            "ca_path",
            "request_timeout",
            "wait_timeout",
            "login_url",
            "tenant_id",
            "certificate",
            "certificate",
        ]

    def test_they_are_said_before_anything_is_sent(self):
        with pytest.raises(BadInput) as caught:
            connection.SPEC.validate({"tenant_id": "common", "client_secret": "s"})
        assert [problem.split(":")[0] for problem in caught.value.problems] == ["tenant_id", "client_id"]

    @pytest.mark.parametrize(
        "given", [{}, {**OWN, "graph_url": "https://graph.test"}], ids=["no credential", "no cloud"]
    )
    def test_a_connection_with_problems_does_not_open(self, given):
        made = Connection(options(**given))
        with pytest.raises(BadInput) as caught:
            made.open()
        assert caught.value.problems == made.problems and len(made.problems) == 1


def test_the_secrets_are_known(monkeypatch):
    monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PASSWORD", "env")
    given = {name: f"secret of {name}" for name in connection.SECRETS if name != "certificate_passphrase"}
    made = Connection(options(tenant_id=TENANT, certificate_path="/nowhere", federated_token_file="/nowhere", **given))
    assert made.secrets == {*given.values(), "env"}
    assert set(given) == {"client_secret", "certificate", "federated_token", "access_token"}


class TestReadsFor:
    """One session for the items of a loop."""

    @pytest.fixture
    def reads_for(self):
        def made(task="task-1", arguments="item-1", **given):
            return connection.reads_for(options(**{**OWN, **given}), task, arguments)

        return made

    @pytest.fixture
    def reads(self, reads_for):
        """Those of the first item, which has read a listing."""
        reads = reads_for()
        reads._known["/x"] = [{"id": "1"}]
        return reads

    def test_opening_sends_nothing(self, reads_for, tmp_path, monkeypatch):
        """And leaves nothing on the disk."""
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        session = reads_for(request_timeout=7, wait_timeout=9).session
        assert (session.cost.count, session.patience.budget, list(tmp_path.iterdir())) == (0, 9, [])
        assert session._transport._timeout == 7

    def test_the_next_item_sees_what_the_first_has_read(self, reads_for, reads):
        assert reads_for(arguments="item-2") is reads and reads.listings(["/x"]) == [[{"id": "1"}]]

    @pytest.mark.parametrize(
        "more", [{}, {"task": "task-2"}, {"task": "task-2", "arguments": "item-2"}], ids=["a retry", "a task", "both"]
    )
    def test_a_retry_and_another_task_look_anew(self, reads_for, reads, more):
        assert reads_for(**more) is reads and reads._known == {}

    def test_an_item_that_was_served_by_the_task_before_is_no_retry(self, reads_for, reads):
        reads_for(task="task-2", arguments="item-2")
        reads._known["/x"] = []
        reads_for(task="task-2", arguments="item-1")
        assert reads._known == {"/x": []}

    @pytest.mark.parametrize(
        "more",
        [{"client_secret": "other"}, {"tenant_id": "fabrikam.example"}, {"cloud": "china"}],
        ids=lambda more: next(iter(more)),
    )
    def test_other_options_are_another_session(self, reads_for, reads, more):
        other = reads_for(**more)
        assert other is not reads and other.session is not reads.session and "/x" in reads._known

    def test_every_item_has_its_own_time_to_wait(self, reads_for, reads):
        reads.session.patience.waited = 100.0
        reads_for(arguments="item-2")
        assert (reads.session.patience.waited, reads.session.patience.budget) == (0.0, 120)
