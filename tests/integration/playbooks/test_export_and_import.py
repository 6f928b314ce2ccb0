# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tenant written down by name, and another one made like it."""

from __future__ import annotations

import pathlib

import ansible_run
import pytest
import yaml
from fleet import recap, state, succeeded

PLAYBOOKS = pathlib.Path(__file__).parents[3] / "playbooks"


def upn(who):
    return f"{who}@twins.example"


ACCOUNTS = {"syncro_break_glass_accounts": [upn("breakglass")], "syncro_service_account": upn("syncro-svc")}


def same_people(seed, _folder, place):
    """Under other ids in the second tenant; a third one has its own."""
    if place < 2:
        for one in seed["users"]:
            one["upn"] = upn(one["upn"].partition("@")[0])
        seed["groups"] = [{"name": "Technicians", "members": [upn("dana")]}, {"name": "Twins"}]


def moved_in(fleet):
    """What deploy makes, and a little more, in the first of two that have the same people; the other stays empty."""
    first, second = fleet.tenants[:2]
    succeeded(fleet.of(first).set(**ACCOUNTS).run("deploy"))
    more = {
        "msp.entra.conditional_access_policy": {
            "display_name": "Looks like {{ '{{' }} a template }}",
            "conditions": {
                "users": {
                    "include_groups": ["Technicians"],
                    "include_roles": ["Global Reader"],
                    "exclude_users": [upn("breakglass")],
                },
                "applications": {"include_applications": ["O'Brien's App & Co"]},
                "devices": {"device_filter": {"mode": "exclude", "rule": "device.isCompliant -eq True"}},
            },
            "grant_controls": {"built_in_controls": ["mfa"]},
        }
    }
    first.results(more, {"msp.entra.named_location": {"display_name": "Home", "countries_and_regions": ["DE"]}})
    return first, second


def exported(fleet, tenant):
    """The run, and the file that it wrote: the folder is everybody's."""
    folder = tenant.home / "written"
    done = succeeded(fleet.of(tenant).run("export", "-e", f"export_path={folder}"))
    return done, folder / f"t{tenant.number}.yml"


def shown(tenant):
    """Everything by name, in the form that is exported."""
    policies, locations = tenant.results(
        {"msp.entra.conditional_access_policy_info": {"names": True}}, {"msp.entra.named_location_info": {}}
    )
    return [
        {k: v for k, v in one.items() if k != "id"} for one in [*policies["policies"], *locations["named_locations"]]
    ]


@pytest.mark.parametrize("path", [None, "below/written"])
def test_where_no_whole_path_is_given_the_files_are_below_the_user_s_own_folder(fleet, tenant, tmp_path, path):
    given = ("-e", f"export_path={path}") if path else ()
    succeeded(fleet.run("deploy"))
    (tmp_path / "below").mkdir()
    succeeded(fleet.run("export", *given))
    assert [file.name for file in (tmp_path / (path or "conditional-access")).iterdir()] == [f"t{tenant.number}.yml"]
    assert not list(PLAYBOOKS.glob("conditional-access*")) and not (PLAYBOOKS / "below").exists()
    assert recap(succeeded(fleet.run("import", *given)), "changed") == 0


def test_each_tenant_has_the_folder_that_its_own_variable_names(fleet, tenant, neighbour, tmp_path):
    both = fleet.of(tenant, neighbour).set(export_path="written/{{ inventory_hostname }}")
    succeeded(both.run("export"))
    written = [file.relative_to(tmp_path / "written") for file in (tmp_path / "written").rglob("*.yml")]
    hosts = [f"t{one.number}" for one in (tenant, neighbour)]
    assert sorted(map(str, written)) == sorted(f"{host}/{host}.yml" for host in hosts)


@pytest.mark.usefixtures("together")
@pytest.mark.practice(tenants=2, changes=same_people)
def test_another_tenant_is_made_like_the_first(fleet):
    first, second = moved_in(fleet)
    dummy, file = exported(fleet, first)
    assert fleet.writes() == []
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert (
        set(written) == {"entra_named_locations", "entra_policies", "entra_orphans"}
        and file.stat().st_mode & 0o777 == 0o600
    )
    assert "id" not in written["entra_policies"][0] and "null" not in file.read_text(encoding="utf-8")

    other = fleet.of(second).set(**ACCOUNTS, import_file=str(file))
    checked = succeeded(other.run("import", "--check"))
    assert other.writes() == [] and recap(checked, "changed") == 2 and state(second) == {}
    succeeded(other.run("import"))
    assert shown(second) == shown(first)
    again = succeeded(other.run("import"))
    assert recap(again, "changed") == 0 and other.writes() == []


@pytest.mark.usefixtures("together")
@pytest.mark.practice(tenants=3, changes=same_people)
def test_what_a_tenant_does_not_have_is_said_before_anything_is_written(fleet):
    first, dummy = moved_in(fleet)
    dummy, file = exported(fleet, first)
    stranger = fleet.of(fleet.tenants[2]).set(import_file=str(file))
    done = stranger.run("import")
    assert done.returncode != 0 and stranger.writes() == []
    for name in (upn("breakglass"), upn("syncro-svc")):
        assert f"there is no user '{name}'" in done.output


GONE = "99999999-9999-4999-8999-999999999999"
OLD = {
    "id": "77777777-aaaa-4999-8999-999999999999",
    "from_a_newer_graph": True,
    "displayName": "Old and new",
    "state": "disabled",
    "conditions": {
        "clientAppTypes": ["browser", "hologram"],
        "users": {"includeUsers": ["All"], "excludeUsers": [GONE]},
        "applications": {"includeApplications": ["All"]},
    },
    "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
}


@pytest.mark.usefixtures("together")
@pytest.mark.practice(policies=[OLD])
def test_what_could_not_be_written_down_is_told_at_the_end(fleet, tenant):
    done, dummy = exported(fleet, tenant)
    assert done.of("Say what could not be written down")["msg"] == {
        "gone from the tenant": {OLD["id"]: [f"conditions.users.exclude_users[0]: {GONE}"]},
        "policies: not known to this version": {OLD["id"]: ["conditions.clientAppTypes: hologram"]},
    }


@pytest.mark.usefixtures("together")
def test_all_that_cannot_be_in_a_tenant_is_said_at_once(fleet, tmp_path):
    wrong = {
        "entra_named_locations": [
            {"display_name": "Nothing in it", "trusted": True},
            {"display_name": "No site", "ip_ranges": ["10.1.0.0/16"], "trusted": True},
            {"display_name": "Fine", "ip_ranges": ["198.51.100.0/24"], "trusted": True},
        ],
        "entra_policies": [
            {
                "display_name": f"Policy {number}",
                "conditions": {
                    "users": {"include_users": [f"nobody{number}@nowhere.example"], "include_groups": ["Technicans"]},
                    "applications": {"include_applications": ["All"]},
                    "locations": {"include_locations": ["All"], "exclude_locations": ["Fine"]},
                },
                "grant_controls": {"built_in_controls": ["mfa"]},
            }
            for number in range(2)
        ],
    }
    file = tmp_path / "wrong.yml"
    file.write_text(yaml.safe_dump(wrong), encoding="utf-8")
    fleet.set(import_file=str(file))
    for more in ([], ["--check"]):
        done = fleet.run("import", *more)
        assert done.returncode != 0 and fleet.writes() == [] and recap(done, "failed") == 1
        said = done.of("See that all of it can be done")["msg"]
        for text in (
            "Nothing was written.",
            "named location 'Nothing in it': 1 problem in what was given; nothing was written:\n- ip_ranges: is missing",
            "named location 'No site': Refused: this could lock people out.",
            "policy 'Policy 0'",
            "policy 'Policy 1'",
            "there is no user 'nobody0@nowhere.example'",
            "there is no user 'nobody1@nowhere.example'",
            "there is no group 'Technicans' in this tenant. Near matches: Technicians.",
        ):
            assert text in said, said
        assert "'Fine'" not in said


@pytest.mark.usefixtures("together")
@pytest.mark.practice(tenants=2, changes=same_people)
def test_two_of_a_name_are_not_written_over_one_another(fleet):
    first, second = moved_in(fleet)
    (policy, *dummy) = first.policies()
    twin = {name: policy[name] for name in ("displayName", "state", "conditions", "grantControls")}
    twin["grantControls"] = {"operator": "OR", "builtInControls": ["block"]}
    first.graph("POST", "/identity/conditionalAccess/policies", twin)
    done, file = exported(fleet, first)
    assert done.of("Say what could not be written down")["msg"] == {
        "policies: several of one name": [policy["displayName"]]
    }
    other = fleet.of(second).set(import_file=str(file))
    refused = other.run("import")
    assert refused.returncode != 0 and other.log() == []
    said = refused.of("See that the file can be put into a tenant")["msg"]
    assert f"entra_policies[1] '{policy['displayName']}': is the name of entra_policies[0] already." in said


@pytest.mark.usefixtures("together")
@pytest.mark.practice(tenants=2, changes=same_people)
def test_a_login_that_fails_is_said_once(fleet):
    first, second = moved_in(fleet)
    dummy, file = exported(fleet, first)
    other = fleet.of(second).set(entra_client_secret="wrong", import_file=str(file))
    done = other.run("import")
    assert done.returncode != 0 and done.failed("See that the tenant can be read")
    assert done.output.count("AADSTS7000215") <= 2 and len(ansible_run.token_requests(other.log())) == 1


@pytest.mark.usefixtures("together")
def test_mistakes_in_a_file_are_said_at_once_and_no_tenant_is_asked(fleet, tmp_path):
    file = tmp_path / "by-hand.yml"
    file.write_text(
        """\
entra_named_locations:
  - display_name: Office
    ip_range: [198.51.100.0/24]
  - Home
entra_policies:
  - display_name: Sessions
    enforcment: enforced
    conditions: {users: {include_users: [All]}, applications: {include_applications: [All]}}
    sesion_controls: {disable_resilience_defaults: true}
  - conditions: {}
entra_orphan: []
""",
        encoding="utf-8",
    )
    done = fleet.set(import_file=str(file)).run("import")
    assert done.returncode != 0 and fleet.log() == []
    said = done.of("See that the file can be put into a tenant")["msg"].split("\n- ")
    assert said[0] == f"Nothing was written, as {file} is not in order:"
    assert [line.partition(": is ")[0] for line in said[1:]] == [
        "entra_orphan",
        "entra_named_locations[0] 'Office': ip_range",
        "entra_named_locations[1]",
        "entra_policies[0] 'Sessions': enforcment",
        "entra_policies[0] 'Sessions': sesion_controls",
        "entra_policies[1]: display_name",
    ]


@pytest.mark.usefixtures("together")
def test_a_file_that_is_empty_or_broken(fleet, tmp_path):
    for text, expected in (("", "is empty; a dictionary of"), ("entra_policies: [", "is not YAML that can be read")):
        file = tmp_path / "by-hand.yml"
        file.write_text(text, encoding="utf-8")
        done = fleet.set(import_file=str(file)).run("import")
        assert done.returncode != 0 and fleet.log() == []
        said = done.of("See that the file can be put into a tenant")["msg"]
        assert str(file) in said and expected in said


def blocking(name, location, **users):
    return {
        "display_name": name,
        "conditions": {
            "users": {"include_users": ["All"], **users},
            "applications": {"include_applications": ["Syncro SSO"]},
            "locations": {"include_locations": ["All"], "exclude_locations": [location]},
        },
        "grant_controls": {"built_in_controls": ["block"]},
    }


@pytest.mark.usefixtures("together")
def test_policies_come_with_the_locations_that_they_leave_out(fleet, tenant, tmp_path):
    # The tenant's own, which is not trusted, differs in case only.
    tenant.results({"msp.entra.named_location": {"display_name": "office", "ip_ranges": ["203.0.113.0/24"]}})
    excluded = {"exclude_users": [tenant.upn("breakglass"), tenant.upn("syncro-svc")]}
    content = {
        "entra_named_locations": [{"display_name": "Office", "ip_ranges": ["198.51.100.0/24"], "trusted": True}],
        "entra_policies": [blocking("By name", "Office", **excluded), blocking("By trust", "AllTrusted", **excluded)],
    }
    file = tmp_path / "written.yml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    fleet.set(import_file=str(file))
    succeeded(fleet.run("import", "--check"))
    assert fleet.writes() == []
    succeeded(fleet.run("import"))
    ids = {
        one["display_name"]: one["id"]
        for one in tenant.results({"msp.entra.named_location_info": {}})[0]["named_locations"]
    }
    assert set(ids) == {"Office", "office"}
    left_out = {one["displayName"]: one["conditions"]["locations"]["excludeLocations"] for one in tenant.policies()}
    assert left_out == {"By name": [ids["Office"]], "By trust": ["AllTrusted"]}


@pytest.mark.usefixtures("together")
def test_what_stands_in_the_way_of_several_is_said_once(fleet, tenant, tmp_path):
    excluded = {"exclude_groups": ["Technicians"]}
    policies = [blocking(name, "AllTrusted", **excluded) for name in ("First", "Second")]
    file = tmp_path / "written.yml"
    file.write_text(yaml.safe_dump({"entra_named_locations": [], "entra_policies": policies}), encoding="utf-8")
    least = f"{tenant.number:08d}-5555-4555-8555-555555555555"
    done = fleet.set(entra_client_id=least, import_file=str(file)).run("import")
    assert done.returncode != 0 and fleet.writes() == []
    said = done.of("See that all of it can be done")["msg"]
    assert "policy 'First', 'Second': " in said and said.count("Group.Read.All") == 1, said
