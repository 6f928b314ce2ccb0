# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an _info module shows is a whole task of its module: a play loops over it and gives each item back as it is."""

from __future__ import annotations

import json

import ansible_run
import pytest

pytestmark = pytest.mark.usefixtures("together")

LOCATIONS = [
    {"display_name": "Office", "ip_ranges": ["198.51.100.10/32", "2001:db8:1::/48"], "trusted": True},
    {"display_name": "Home {{ '{{' }} countries }}", "countries_and_regions": ["DE", "AT"]},
]
POLICIES = [
    {
        "display_name": "Not {{ '{{' }} a template }}",
        "conditions": {
            "users": {"include_users": ["All"], "exclude_groups": ["Technicians"]},
            "applications": {"include_applications": ["Syncro SSO"]},
            "locations": {"include_locations": ["All"], "exclude_locations": ["Office"]},
        },
        "grant_controls": {"authentication_strength": "Keys only"},
    },
    {
        "display_name": "Every time",
        "conditions": {
            "users": {"include_users": ["dana@{domain}"]},
            "applications": {"include_applications": ["All"]},
        },
        "session_controls": {"sign_in_frequency": {"frequency_interval": "everyTime"}},
    },
]
KINDS = {
    "named_location": "named_locations",
    "conditional_access_policy": "policies",
}


def moves_in(tenant):
    """A tenant with locations and policies."""
    policies = [
        {**one, "conditions": {**one["conditions"], "users": _of(one["conditions"]["users"], tenant.domain)}}
        for one in POLICIES
    ]
    tenant.results(
        *({"msp.entra.named_location": one} for one in LOCATIONS),
        *({"msp.entra.conditional_access_policy": one} for one in policies),
    )
    return tenant


def _of(users, domain):
    return {name: [member.format(domain=domain) for member in members] for name, members in users.items()}


def loop(module, **more):
    """A play that reads all objects of a kind, and gives each of them back."""
    return [
        {f"msp.entra.{module}_info": more, "register": "shown"},
        {f"msp.entra.{module}": "{{ item }}", "loop": f"{{{{ shown.{KINDS[module]} }}}}"},
        {f"msp.entra.{module}": {}, "args": "{{ item }}", "loop": f"{{{{ shown.{KINDS[module]} }}}}"},
    ]


@pytest.mark.parametrize("names", [False, True], ids=["by id", "by name"])
@pytest.mark.parametrize("module", KINDS)
def test_each_item_is_a_task_as_it_is(tenant, module, names):
    lived_in = moves_in(tenant)
    more = {"names": names} if module == "conditional_access_policy" else {}
    info, whole, arguments = lived_in.results(*loop(module, **more))
    assert len(info[KINDS[module]]) == 2
    for looped in (whole, arguments):
        assert [one["changed"] for one in looped["results"]] == [False, False]
    assert ansible_run.writes(lived_in.log()) == []


@pytest.mark.parametrize("module", KINDS)
def test_what_was_kept_as_a_file_is_put_back_after_a_change_by_hand(tenant, module):
    lived_in = moves_in(tenant)
    info = {f"msp.entra.{module}_info": {}}
    (before,) = lived_in.results(info)
    file = tenant.home / f"kept.{tenant.number}.json"
    file.write_text(json.dumps(before[KINDS[module]]), encoding="utf-8")
    listing = {"named_location": "namedLocations", "conditional_access_policy": "policies"}[module]
    for number, shown in enumerate(before[KINDS[module]]):
        path = f"/identity/conditionalAccess/{listing}/{shown['id']}"
        type_of = {k: v for k, v in lived_in.graph("GET", path).items() if k == "@odata.type"}
        lived_in.graph("PATCH", path, {**type_of, "displayName": f"Renamed {number}"})
    kept = f"{{{{ lookup('ansible.builtin.file', '{file}') | from_json }}}}"
    put_back, after = lived_in.results({f"msp.entra.{module}": "{{ item }}", "loop": kept}, info)
    assert [one["changed"] for one in put_back["results"]] == [True, True]
    assert after[KINDS[module]] == before[KINDS[module]]
