# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A partner's customers as hosts, read by ansible-inventory from the practice server."""

from __future__ import annotations

import re

import pytest
import yaml
from partner_tenant import (
    CLIENT,
    CONDITIONAL,
    HOSTILE,
    KNOWN,
    MARK,
    READER,
    RELATIONSHIPS,
    SECRET,
    SECURITY,
    TECHNICIANS,
    WITHOUT,
    Partner,
    customer_seed,
    known,
    partner_seed,
    read,
    relationship,
)

from graph_emulator.launch import RunningEmulator

EVIL = "evil-lookup-ansible-builtin-pipe-touch-templated-o-neil-sohne"
IDS = {number: one["id"] for number, one in enumerate(KNOWN, 1)}
CONTOSO = [f"contoso-ltd-{IDS[1]}", f"contoso-ltd-{IDS[2]}"]
LOCALHOST = f"localhost-{IDS[3]}"
BIG = "77777777-1111-4111-8111-111111111111"
MANY = 302


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    """A partner with customers of every kind, two of which are served, and one with more than two pages of them."""
    crowd = [known(1000 + number, f"Customer {number}") for number in range(MANY)]
    big = {
        **partner_seed([relationship(1000 + number, SECURITY) for number in range(MANY)]),
        "id": BIG,
        "name": "Big",
        "domain": "big.example",
    }
    seed = {
        "tenants": [partner_seed(RELATIONSHIPS), big, customer_seed(1), customer_seed(2)],
        "known_tenants": [*KNOWN, *crowd],
    }
    with RunningEmulator(seed, directory=tmp_path_factory.mktemp("partner")) as running:
        yield running


@pytest.fixture
def partner(emulator, tmp_path):
    made = Partner(tmp_path, emulator)
    yield made
    emulator.set_faults({})
    assert not (tmp_path / MARK).exists()


def test_every_kind_of_customer(partner):
    hosts, groups = partner.listed(expiring_days=30)
    assert groups["entra_tenants"] == sorted(["tenant-1", "tenant-2", *CONTOSO, IDS[4], EVIL, "soon", "extends"])
    assert groups["entra_gdap_roles_missing"] == sorted([LOCALHOST, "unassigned"])
    assert groups["entra_gdap_inactive"] == ["asked", "ended"]
    assert groups["entra_gdap_expiring"] == ["soon"]
    assert len(hosts) == 12
    assert hosts["tenant-1"]["entra_tenant_id"] == "00000001-1111-4111-8111-111111111111"
    assert {host["ansible_connection"] for host in hosts.values()} == {"local"}
    assert hosts["soon"]["entra_gdap_days_left"] == 9 and hosts["extends"]["entra_gdap_days_left"] is None
    either = f"{CONDITIONAL} or {SECURITY}"
    assert hosts[LOCALHOST]["entra_gdap_roles_missing"] == [either]
    unassigned = f"{either} (granted, but not assigned to a group that counts)"
    assert hosts["unassigned"]["entra_gdap_roles_missing"] == [unassigned]
    assert hosts["ended"]["entra_gdap_statuses"] == ["terminated"]
    several = hosts["tenant-2"]
    assert several["entra_gdap_roles"] == [CONDITIONAL, READER]
    assert several["entra_gdap_statuses"] == ["active", "expired"]
    assert {one["name"]: one["active"] for one in several["entra_gdap_relationships"]} == {
        "Relationship T1": True,
        "Relationship T2": True,
        "Relationship T3": False,
    }


def test_a_run_costs_one_request_and_one_more_for_twenty_relationships(partner):
    partner.listed()
    listing, assignments = partner.graph_requests()
    assert {listing["method"], assignments["method"]} == {"POST"}
    parts = [line["path"] for line in partner.emulator.requests() if line.get("batch")]
    assert len(parts) == 2 + sum(one.get("status", "active") == "active" for one in RELATIONSHIPS)
    partner.listed(roles_from="relationships")
    assert len(partner.graph_requests()) == 1


def test_what_counts_without_assignments_and_with_one_group(partner):
    groups = partner.listed(roles_from="relationships")[1]
    assert "unassigned" in groups["entra_tenants"] and LOCALHOST in groups["entra_gdap_roles_missing"]
    both = [[CONDITIONAL, SECURITY], READER]
    assert partner.listed(roles_needed=both)[1]["entra_tenants"] == ["tenant-2"]
    hosts, groups = partner.listed(roles_needed=both, security_groups=[TECHNICIANS])
    assert "entra_tenants" not in groups and hosts["tenant-2"]["entra_gdap_roles"] == [CONDITIONAL]


def test_every_page_is_read(partner):
    hosts, groups = partner.listed(tenant_id="big.example", hostname="tenant_id")
    expected = sorted(known(1000 + number, "")["id"] for number in range(MANY))
    assert sorted(hosts) == expected == groups["entra_tenants"]


def test_names_of_customers_are_nobodys_templates(partner):
    made = {
        "compose": {"composed": "entra_gdap_customer ~ '!'", "nested": "[entra_gdap_customer]"},
        "keyed_groups": [{"key": "entra_gdap_customer", "prefix": "named"}],
        "groups": {"evil": "'Evil' in entra_gdap_customer"},
        "strict": True,
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(partner.home / "cache"),
    }
    for turn in ("from Graph", "from the cache"):
        hosts, groups = partner.listed(**made)
        assert bool(partner.graph_requests()) is (turn == "from Graph")
        assert hosts[EVIL]["entra_gdap_customer"] == HOSTILE
        assert (hosts[EVIL]["composed"], hosts[EVIL]["nested"]) == (f"{HOSTILE}!", [HOSTILE])
        assert groups["evil"] == [EVIL]
        (named,) = [name for name in groups if name.startswith("named_Evil")]
        assert re.fullmatch(r"\w+", named) and groups[named] == [EVIL]
        # So that whoever reads the listing, as AWX does, takes it for no template either.
        assert '"__ansible_unsafe": "Evil {{' in partner.inventory("--list").stdout

    task = {"ansible.builtin.debug": {"msg": "It is {{ entra_gdap_customer }} {{ composed }}"}}
    play = partner.home / "play.yml"
    play.write_text(yaml.safe_dump([{"hosts": EVIL, "gather_facts": False, "tasks": [{"name": "say", **task}]}]))
    done = partner.play(str(play))
    assert done.returncode == 0 and done.of("say")["msg"] == f"It is {HOSTILE} {HOSTILE}!"


# --- the cache ---


def cached(partner, **more):
    return {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(partner.home / "cache"),
        **more,
    }


def test_a_second_run_asks_nobody_until_the_cache_is_flushed(partner):
    first = partner.listed(**cached(partner))
    assert partner.emulator.requests()
    assert partner.listed(**cached(partner)) == first
    assert partner.emulator.requests() == []
    partner.listed("--flush-cache", **cached(partner))
    assert partner.graph_requests()
    (file,) = (partner.home / "cache").iterdir()
    kept = file.read_text(encoding="utf-8")
    assert "Contoso Ltd" in kept
    for secret in (SECRET, "partner's", "access_token", "Bearer", "eyJ"):
        assert secret not in kept


def test_what_is_worked_out_is_worked_out_anew(partner):
    assert partner.listed(**cached(partner))[1]["entra_gdap_expiring"] == ["soon"]
    hosts, groups = partner.listed(**cached(partner, expiring_days=150, roles_needed=[READER], statuses=["active"]))
    assert partner.emulator.requests() == []
    assert groups["entra_tenants"] == [LOCALHOST, "tenant-2"] and "ended" not in hosts
    assert EVIL in groups["entra_gdap_expiring"]


@pytest.mark.parametrize(
    "other", [{"tenant_id": "big.example"}, {"roles_from": "relationships"}, {"client_id": WITHOUT}], ids=str
)
def test_another_question_is_not_answered_from_the_cache(partner, other):
    partner.listed(**cached(partner))
    partner.file(**cached(partner, **other))
    partner.inventory("--list")
    assert partner.graph_requests()


def test_without_cache_nothing_is_kept(partner):
    partner.listed(cache_plugin="ansible.builtin.jsonfile", cache_connection=str(partner.home / "cache"))
    partner.listed()
    assert partner.graph_requests() and not (partner.home / "cache").exists()


# --- what is a host, and what it is called ---


def test_hosts_by_tenant_id(partner):
    hosts = partner.listed(hostname="tenant_id")[0]
    assert all(name == host["entra_tenant_id"] for name, host in hosts.items()) and len(hosts) == 12


def test_only_these_statuses(partner):
    assert sorted(partner.listed(statuses=["approvalPending", "terminated"])[0]) == ["asked", "ended"]
    hosts = partner.listed(statuses=["expired"])[0]
    assert [one["name"] for one in hosts["tenant-2"]["entra_gdap_relationships"]] == ["Relationship T3"]


def test_filters(partner):
    hosts = partner.listed(
        include_host_filters=["entra_gdap_customer is search('(?i)contoso')", "inventory_hostname == 'soon'"],
        exclude_host_filters=[f"entra_tenant_id == '{IDS[2]}'", "inventory_hostname == 'tenant-1'"],
    )[0]
    assert sorted(hosts) == [CONTOSO[0], "soon"]


@pytest.mark.parametrize("option", ["include_host_filters", "exclude_host_filters"])
def test_a_filter_that_cannot_be_worked_out_lets_nobody_in(partner, option):
    told = partner.refused(**{option: ["entra_gdap_custmer == 'Soon'"]})
    assert "The host filter 'entra_gdap_custmer == 'Soon'' cannot be worked out for" in told


def test_constructed_groups_and_variables(partner):
    hosts, groups = partner.listed(
        compose={"entra_client_id": "'22222222-2222-4222-8222-222222222222'", "broken": "no_such_variable"},
        groups={"both": "entra_gdap_roles | length > 1"},
        keyed_groups=[{"key": "entra_gdap_statuses", "prefix": "gdap"}],
    )
    assert {host["entra_client_id"] for host in hosts.values()} == {"22222222-2222-4222-8222-222222222222"}
    assert "broken" not in hosts["tenant-1"] and groups["both"] == ["tenant-2"]
    assert groups["gdap_terminated"] == ["ended"] and groups["gdap_expired"] == ["tenant-2"]
    assert "Could not set broken" in partner.refused(compose={"broken": "no_such_variable"}, strict=True)


# --- what goes wrong ---


def test_without_the_permission(partner):
    told = partner.refused(client_id=WITHOUT)
    assert "refused by Microsoft Graph with 403" in told
    assert "Grant the application permission that is missing: DelegatedAdminRelationship.Read.All," in told
    stopped = partner.inventory(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="true")
    assert stopped.returncode != 0


def test_assignments_that_cannot_be_read_cost_that_customer_alone(partner):
    partner.emulator.set_faults({"faults": [{"path": "accessAssignments$", "nth": [1], "status": 403}]})
    partner.file(**cached(partner))
    done = partner.inventory("--list")
    hosts, groups = read(done.stdout)
    assert done.returncode == 0 and len(hosts) == 12
    (unknown,) = groups["entra_gdap_roles_unknown"]
    # It would drop out of every audit, and nobody be told.
    assert unknown in groups["entra_tenants"] and len(groups["entra_tenants"]) == 8
    (why,) = [one["not_read"] for one in hosts[unknown]["entra_gdap_relationships"] if one["not_read"]]
    assert "accessAssignments was refused by Microsoft Graph with 403" in why
    said = " ".join(done.stderr.split())
    assert said.count("[WARNING]") == 1 and f"{hosts[unknown]['entra_gdap_customer']} (" in said and why in said
    assert "so it is not for want of a permission. Look at this relationship in Partner Center" in why
    # An answer with a gap in it is not kept: the next run asks again.
    assert "entra_gdap_roles_unknown" not in partner.listed(**cached(partner))[1]


def test_where_no_assignments_can_be_read_there_is_no_host(partner):
    partner.emulator.set_faults({"faults": [{"path": "accessAssignments$", "status": 403}]})
    told = " ".join(partner.refused().split())
    assert "accessAssignments was refused by Microsoft Graph with 403" in told
    assert "The token has DelegatedAdminRelationship.Read.All, so it is not for want of a permission." in told
    assert "roles_from: relationships" in told and "see that tenant_id is that one" not in told


@pytest.mark.parametrize("refused", [[1], None], ids=["one customer's assignments", "everybody's"])
def test_what_was_flushed_does_not_come_back(partner, refused):
    partner.listed(**cached(partner))
    fault = {"path": "accessAssignments$", "status": 403, **({"nth": refused} if refused else {})}
    partner.emulator.set_faults({"faults": [fault]})
    partner.inventory("--list", "--flush-cache")
    partner.emulator.set_faults({})
    hosts = partner.listed(**cached(partner))[0]
    assert len(hosts) == 12 and partner.graph_requests()


def test_throttling_is_waited_out(partner):
    faults = [
        {"name": "whole", "path": "batch$", "nth": [1], "status": 429, "retry_after": 0},
        {"name": "part", "path": "accessAssignments$", "nth": [2], "status": 429, "retry_after": 0},
    ]
    partner.emulator.set_faults({"faults": faults})
    assert len(partner.listed()[0]) == 12
    assert partner.emulator.struck() == {"whole": 1, "part": 1}


def test_all_that_is_wrong_in_the_file_at_once(partner):
    told = partner.refused(
        client_id="Partner app", roles_needed=["Securty Reader"], expiring_days=-1, security_groups=["Technicians"]
    )
    assert "4 problems in what was given; nothing was sent to Microsoft Graph" in told
    for start in (
        "client_id: 'Partner app'",
        "roles_needed[0]: ",
        "expiring_days: -1",
        "security_groups: 'Technicians'",
    ):
        assert f"- {start}" in told
    assert "- role_needed: there is no such option. Is roles_needed meant?" in partner.refused(role_needed=[])
    assert partner.emulator.requests() == []


WRONG_SECRET = "wr0ng-s3cret"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"client_secret": WRONG_SECRET}, "The client secret is wrong"),
        ({"client_secret": [WRONG_SECRET]}, "has an invalid value"),
        ({"client_secret": WRONG_SECRET, "tenant_id": "{{ nothing }}"}, "tenant_id: its template cannot be worked out"),
        ({"client_secret": "{{ nothing }}" + WRONG_SECRET}, "client_secret: its template cannot be worked out"),
        ({"client_secret": WRONG_SECRET, "compose": {"x": "nothing"}, "strict": True}, "The client secret is wrong"),
        ({"client_secret": WRONG_SECRET, "client_id": WRONG_SECRET}, "is not an application (client) id"),
        ({"client_secret": WRONG_SECRET, "statuses": [WRONG_SECRET]}, "statuses"),
        ({"client_secret": None, "access_token": WRONG_SECRET, "tenant_id": None}, "does not take the access_token"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_no_secret_in_any_complaint(partner, options, words):
    told = partner.refused("-vvvv", **options)
    assert words in told and WRONG_SECRET not in told


def test_a_secret_from_the_vault(partner):
    password = partner.home / "password"
    password.write_text("vault password")
    encrypted = partner.vaulted(password, SECRET)
    file = partner.file(client_secret=None)
    file.write_text(file.read_text(encoding="utf-8") + encrypted, encoding="utf-8")
    done = partner.inventory("--list", "--vault-password-file", str(password))
    assert (done.returncode, done.stderr) == (0, "") and len(read(done.stdout)[0]) == 12


def test_the_environment_alone(partner):
    partner.file(tenant_id=None, client_id=None, client_secret=None)
    done = partner.inventory(
        AZURE_TENANT_ID="msp.example", AZURE_CLIENT_ID=CLIENT, AZURE_CLIENT_SECRET=SECRET, PARTNER_SECRET=""
    )
    assert (done.returncode, done.stderr) == (0, "") and len(read(done.stdout)[0]) == 12


def test_a_file_of_another_name_is_not_read(partner):
    other = partner.file().rename(partner.home / "customers.yml")
    assert "could not be verified by inventory plugin 'msp.entra.gdap'" in partner.refused(path=other)
    assert partner.emulator.requests() == []
