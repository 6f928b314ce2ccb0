# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An id in capitals, in braces, without dashes or as a URN is the same id, wherever an id can be given."""

from __future__ import annotations

import ansible_run
import pytest

pytestmark = [pytest.mark.one_ansible, pytest.mark.usefixtures("together")]

FORMS = {
    "capitals": str.upper,
    "braces": "{{{}}}".format,
    "no dashes": lambda id: id.replace("-", ""),
    "URN": "urn:uuid:{}".format,
}
MFA_TRUSTED_IPS = "00000000-0000-0000-0000-000000000000"
REMOVED = "99999999-aaaa-4999-8999-99999999abcd"


def referred_to(tenant):
    """The ids of everything that a policy can refer to, by kind."""
    office = {"display_name": "Office", "ip_ranges": ["198.51.100.10/32"], "trusted": True}
    tenant.results({"msp.entra.named_location": office})

    def one(path, name, prop="displayName"):
        (found,) = [entry for entry in tenant.graph("GET", path)["value"] if entry[prop] == name]
        return found

    application = one("/servicePrincipals", "Syncro SSO")
    return {
        "breakglass": one("/users", tenant.upn("breakglass"), "userPrincipalName")["id"],
        "dana": one("/users", tenant.upn("dana"), "userPrincipalName")["id"],
        "group": one("/groups", "Technicians")["id"],
        "role": one("/directoryRoleTemplates", "Global Reader")["id"],
        "application": application["appId"],
        "principal": application["id"],
        "strength": one("/policies/authenticationStrengthPolicies", "Keys only")["id"],
        "terms": one("/identityGovernance/termsOfUse/agreements", "House rules")["id"],
        "location": one("/identity/conditionalAccess/namedLocations", "Office")["id"],
        "partner": "88888888-1111-4111-8111-111111111111",
        "zero": MFA_TRUSTED_IPS,
    }


def people(id):
    """A policy that refers to all of them."""
    guests = {
        "guest_or_external_user_types": ["serviceProvider"],
        "external_tenants": {"membership_kind": "enumerated", "members": [id("partner")]},
    }
    return {
        "display_name": "People",
        "enforcement": "disabled",
        "conditions": {
            "users": {
                "include_users": [id("dana")],
                "exclude_users": [id("breakglass")],
                "include_groups": [id("group")],
                "include_roles": [id("role")],
                "exclude_guests_or_external_users": guests,
            },
            "applications": {"include_applications": [id("application")]},
            "locations": {"include_locations": ["All"], "exclude_locations": [id("location"), id("zero")]},
        },
        "grant_controls": {"authentication_strength": id("strength"), "terms_of_use": [id("terms")], "operator": "AND"},
    }


def workloads(id):
    return {
        "display_name": "Workloads",
        "enforcement": "disabled",
        "conditions": {
            "client_applications": {"include_service_principals": [id("principal")]},
            "applications": {"include_applications": ["All"]},
        },
        "grant_controls": {"built_in_controls": ["block"]},
    }


def do(**options):
    return {"msp.entra.conditional_access_policy": options}


def strings(value):
    if isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_what_is_given_in_another_form_is_sent_as_graph_writes_it(tenant, form):
    ids = referred_to(tenant)
    given = [do(**kind(lambda name: form(ids[name]))) for kind in (people, workloads)]
    canonical = [do(**kind(ids.__getitem__)) for kind in (people, workloads)]
    made = tenant.results(*given, *canonical, *given)
    assert [one["changed"] for one in made] == [True, True, False, False, False, False]
    assert [one["requests"]["count"] for one in made[2:]] == [1] * 4
    there = list(strings([{**policy, "grantControls": None} for policy in tenant.policies()]))
    assert {ids[name] for name in set(ids) - {"strength", "terms"}} <= set(there)
    assert not [text for text in there if "urn:uuid" in text or "{" in text]
    grant = next(policy for policy in tenant.policies() if policy["displayName"] == "People")["grantControls"]
    assert (grant["authenticationStrength"]["id"], grant["termsOfUse"]) == (ids["strength"], [ids["terms"]])


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_an_object_is_found_by_its_id_in_another_form(tenant, form):
    ids = referred_to(tenant)
    location = {"id": form(ids["location"]), "trusted": True}
    (made,) = tenant.results(do(**people(ids.__getitem__)))
    policy = form(made["policy"]["id"])
    found = tenant.results(
        {"msp.entra.named_location": location},
        {"msp.entra.named_location_info": {"id": location["id"]}},
        do(id=policy, enforcement="disabled"),
        {"msp.entra.conditional_access_policy_info": {"id": policy}},
        {
            "msp.entra.lockout_guard": {
                "application": form(ids["application"]),
                "break_glass_accounts": [form(ids["breakglass"])],
                "service_account": form(ids["dana"]),
                "require_sites": False,
            }
        },
    )
    assert not any(one["changed"] for one in found) and ansible_run.writes(tenant.log()) == []
    assert [len(found[1]["named_locations"]), len(found[3]["policies"])] == [1, 1]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_lists_are_added_to_and_taken_from_in_another_form(tenant, form):
    ids = referred_to(tenant)
    tenant.results(do(**people(ids.__getitem__)))

    def edit(**asked):
        return do(display_name="People", conditions={"users": {"exclude_users": asked}})

    there, absent, swapped, again = tenant.results(
        edit(add=[form(ids["breakglass"])]),
        edit(remove=[form(REMOVED)]),
        edit(add=[form(ids["dana"])], remove=[form(ids["breakglass"])]),
        edit(add=[ids["dana"]], remove=[ids["breakglass"]]),
    )
    assert [one["changed"] for one in (there, absent, swapped, again)] == [False, False, True, False]
    (policy,) = tenant.policies()
    assert policy["conditions"]["users"]["excludeUsers"] == [ids["dana"]]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_tenant_and_a_client_are_known_by_their_ids_in_another_form(tenant, form):
    defaults = tenant.defaults()
    given = defaults | {name: form(defaults[name]) for name in ("tenant_id", "client_id")}
    tenant.results({"msp.entra.named_location_info": given})
