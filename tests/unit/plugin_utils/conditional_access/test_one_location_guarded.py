# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard around one location: whom the policies that refer to it would stop once it is written."""

from __future__ import annotations

import copy

import pytest
from fake_tenant import DELETED, LOCATIONS, METHODS, POLICIES, guid

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import lockout, named_location

BAD, SAFE, ADMIN, OTHER, STAFF = guid(0xBAD), guid(2), guid(3), guid(4), guid(5)
UPN, OTHER_UPN, GONE = "admin@contoso.com", "other@contoso.com", "gone@contoso.com"
EVERY_COUNTRY = [f"{a}{b}" for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"][:249]
# Every address that people can have, in parts that no rule but those of special addresses speaks against.
EVERY_ADDRESS = [f"{first}.{half}.0.0/9" for first in range(1, 224) for half in (0, 128)]
SPECIAL = ["SITE-PRIVATE", "SITE-LOOPBACK", "SITE-LINK-LOCAL", "SITE-CGNAT", "SITE-RESERVED", "SITE-DOCUMENTATION"]


def ranges(*cidrs, **more):
    listed = [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": cidr} for cidr in cidrs]
    place = {"@odata.type": named_location.IP_TYPE, "id": BAD, "displayName": "Bad", "isTrusted": False}
    return {**place, "ipRanges": listed, **more}


def countries(*codes, **more):
    return {
        "@odata.type": named_location.COUNTRY_TYPE,
        "id": BAD,
        "displayName": "Bad",
        "countriesAndRegions": list(codes),
        "includeUnknownCountriesAndRegions": True,
        "countryLookupMethod": "clientIpAddress",
        **more,
    }


TRUSTED = ranges("8.8.8.0/24", isTrusted=True)


def only_at(*locations):
    return {"includeLocations": list(locations)}


def outside(*locations):
    return {"includeLocations": ["All"], "excludeLocations": list(locations)}


def policy(locations, control="block", state="enabled", users=None, name="By hand", number=31):
    """A policy of somebody else for everything and, where nothing else is said, for everyone."""
    conditions = {
        "clientAppTypes": ["all"],
        "users": users or {"includeUsers": ["All"]},
        "applications": {"includeApplications": ["All"]},
        "locations": locations,
    }
    grant = {"operator": "OR", "builtInControls": [control]}
    said = {"id": guid(number), "displayName": name, "state": state}
    return {**said, "conditions": conditions, "grantControls": grant}


def there(tenant, location, *policies):
    """The location, another one that no policy refers to, some policies and two accounts."""
    tenant.objects |= {
        LOCATIONS: [copy.deepcopy(one) for one in (location, ranges("9.9.9.0/24", id=SAFE, displayName="Safe")) if one],
        POLICIES: list(policies),
        "/users": [
            {"id": ADMIN, "userPrincipalName": UPN, "accountEnabled": True},
            {"id": OTHER, "userPrincipalName": OTHER_UPN, "accountEnabled": True},
        ],
    }
    return tenant


def ensure(tenant, check_mode=False, **options):
    tenant.sent.clear()
    given = {"break_glass_accounts": [UPN], "display_name": "Bad", **options}
    return named_location.ensure(named_location.SPEC.validate(given), tenant.reads(), check_mode)


def refused(tenant, **options):
    with pytest.raises(lockout.Refused) as caught:
        ensure(tenant, **options)
    assert tenant.writes() == []
    return [f"{finding.rule.id} {finding.where}" for finding in caught.value.findings], caught.value.unresolved


def rules(tenant, **options):
    """The ids of the rules that a location is refused by; none where it is written."""
    try:
        ensure(tenant, **options)
    except lockout.Refused as error:
        assert tenant.writes() == [] and error.unresolved == []
        return [finding.rule.id for finding in error.findings]
    assert tenant.writes() != []
    return []


MAYBE = "may be stopped by 'By hand' (not known: the"
NO_WAY_BACK = f"NO-WAY-BACK {UPN} {MAYBE}"


@pytest.mark.parametrize(
    ("was", "becomes", "locations"),
    [
        pytest.param(countries("KP"), {"countries_and_regions": EVERY_COUNTRY}, only_at(BAD), id="countries"),
        pytest.param(ranges("8.8.8.0/24"), {"ip_ranges": EVERY_ADDRESS}, only_at(BAD), id="ranges"),
        pytest.param(
            ranges("8.8.8.0/24"), {"ip_ranges": EVERY_ADDRESS, "trusted": True}, only_at("AllTrusted"), id="trust"
        ),
    ],
)
def test_a_location_that_is_blocked_does_not_become_every_place(tenant, was, becomes, locations):
    options = {**becomes, "accept_risks": SPECIAL}
    there(tenant, was, policy(locations))
    (found,), unresolved = refused(tenant, **options)
    assert found.startswith(NO_WAY_BACK) and unresolved == []
    risks = {"accept_risks": [*SPECIAL, "NO-WAY-BACK"]}
    result = ensure(tenant, **{**options, **risks})
    assert result["changed"] and any("NO-WAY-BACK" in warning for warning in result["warnings"])


def test_a_location_that_is_blocked_can_change_otherwise(tenant):
    there(tenant, countries("KP"), policy(only_at(BAD)))
    assert rules(tenant, countries_and_regions=["IR"]) == []


# What a location is made of, a change of it that takes something away, and one that does not.
TAKEN_AWAY = [
    pytest.param(
        ranges("8.8.8.0/24"), {"ip_ranges": ["8.8.8.0/25"]}, {"ip_ranges": ["8.8.8.0/24", "8.8.4.0/24"]}, id="ranges"
    ),
    pytest.param(
        countries("DE", "AT"), {"countries_and_regions": ["DE"]}, {"countries_and_regions": ["AT", "CH", "DE"]}, id="cc"
    ),
    pytest.param(
        countries("DE"),
        {"include_unknown_countries_and_regions": False},
        {"countries_and_regions": ["AT", "DE"]},
        id="unknown-countries",
    ),
    pytest.param(
        countries("DE"),
        {"country_lookup_method": "authenticatorAppGps"},
        {"countries_and_regions": ["AT", "DE"]},
        id="how-countries-are-found-out",
    ),
]


@pytest.mark.parametrize(("was", "less", "more"), TAKEN_AWAY)
@pytest.mark.parametrize("accounts", [[UPN], []], ids=["an-account", "no-account"])
def test_a_site_is_not_taken_from_a_policy_that_stops_people_elsewhere(tenant, was, less, more, accounts):
    there(tenant, was, policy(outside(BAD), users={"includeUsers": ["All"], "excludeUsers": [ADMIN]}))
    assert rules(tenant, **less, break_glass_accounts=accounts) == ["SITE-SHRUNK"]
    assert rules(tenant, **more, break_glass_accounts=accounts) == []


def test_the_other_locations_of_a_policy_stay_as_they_are(tenant):
    leaving = policy(outside(BAD, SAFE), users={"includeUsers": [OTHER]})
    there(tenant, ranges("8.8.8.0/24"), leaving)
    # What the other one covers is not lost.
    assert rules(tenant, ip_ranges=["8.8.8.0/24", "9.9.9.0/25"]) == []
    assert rules(tenant, ip_ranges=["8.8.8.0/24"]) == []
    assert refused(tenant, ip_ranges=["9.9.9.0/24"])[0] == ["SITE-SHRUNK 'Bad' and policy 'By hand': 8.8.8.0/24"]


def test_all_that_speaks_against_a_location_is_told_at_once(tenant):
    """It is left out of one policy and blocked by another one."""
    leaving = policy(outside(BAD), users={"includeUsers": [OTHER]}, name="Elsewhere", number=32)
    there(tenant, countries("ZW"), policy(only_at(BAD)), leaving)
    every = {"countries_and_regions": EVERY_COUNTRY}
    assert rules(tenant, **every) == ["SITE-SHRUNK", "NO-WAY-BACK"]
    assert rules(tenant, **every, break_glass_accounts=[]) == ["SITE-SHRUNK", "NO-BREAK-GLASS"]


def test_a_new_name_asks_no_policy(tenant):
    there(tenant, countries("KP"), policy(only_at(BAD)))
    tenant.refused = {POLICIES}
    assert rules(tenant, id=BAD, display_name="Worse") == []


NEW = {"display_name": "New", "ip_ranges": EVERY_ADDRESS, "accept_risks": SPECIAL}


@pytest.mark.parametrize("accounts", [[UPN], []], ids=["an-account", "no-account"])
def test_a_new_location_matters_to_policies_where_it_is_trusted(tenant, accounts):
    there(tenant, None, policy(only_at("AllTrusted")))
    named = {"break_glass_accounts": accounts}
    (found,), dummy = refused(tenant, **NEW, **named, trusted=True)
    assert found.startswith(NO_WAY_BACK) if accounts else found == "NO-BREAK-GLASS 'New' and policy 'By hand'"
    tenant.refused = {POLICIES}
    assert rules(tenant, **NEW, **named) == []


@pytest.mark.parametrize("accounts", [[UPN], []], ids=["an-account", "no-account"])
def test_a_location_that_is_restored_is_judged_as_a_new_one(tenant, accounts):
    there(tenant, None, policy(only_at("AllTrusted")))
    tenant.objects[DELETED[LOCATIONS]] = [ranges(*EVERY_ADDRESS, isTrusted=True)]
    again = {"restore_deleted": True, "accept_risks": SPECIAL}
    (found,), dummy = refused(tenant, **again, break_glass_accounts=accounts)
    assert found.startswith(NO_WAY_BACK) if accounts else found == "NO-BREAK-GLASS 'Bad' and policy 'By hand'"


@pytest.mark.parametrize("accounts", [[UPN], []], ids=["an-account", "no-account"])
@pytest.mark.parametrize(
    ("state", "users", "matters"),
    [
        pytest.param("enabled", {"includeUsers": ["All"]}, True, id="on"),
        pytest.param("enabledForPilot", {"includeUsers": ["All"]}, True, id="a-state-of-tomorrow"),
        pytest.param("enabledForReportingButNotEnforced", {"includeUsers": ["All"]}, False, id="report-only"),
        pytest.param("disabled", {"includeUsers": ["All"]}, False, id="off"),
        pytest.param("enabled", {"includeUsers": [OTHER]}, False, id="for-somebody-else"),
    ],
)
def test_only_a_policy_that_is_on_and_stops_the_account_is_a_reason(tenant, accounts, state, users, matters):
    there(tenant, countries("KP"), policy(only_at(BAD), state=state, users=users))
    rule = "NO-WAY-BACK" if accounts else "NO-BREAK-GLASS"
    found = rules(tenant, countries_and_regions=EVERY_COUNTRY, break_glass_accounts=accounts)
    assert found == ([rule] if matters else [])


def test_without_accounts_each_policy_that_would_shut_administrators_out_is_named(tenant):
    every = {"includeUsers": ["All"]}
    there(
        tenant,
        countries("KP"),
        policy(only_at(BAD)),
        policy(only_at(BAD), name="Again", number=32),
        # What shuts them out already, what can be done when asked, and what does not refer to the location.
        policy(only_at(BAD, "All"), name="Shut already", number=33),
        policy(only_at(BAD), "mfa", name="MFA", number=34),
        policy(only_at(SAFE), users=every, name="Another", number=35),
    )
    assert refused(tenant, countries_and_regions=EVERY_COUNTRY, break_glass_accounts=[]) == (
        ["NO-BREAK-GLASS 'Bad' and policy 'By hand'", "NO-BREAK-GLASS 'Bad' and policy 'Again'"],
        [],
    )


def test_without_accounts_the_location_has_the_name_that_it_would_have(tenant):
    there(tenant, countries("KP"), policy(only_at(BAD)))
    options = {"id": BAD.upper(), "display_name": "Worse", "countries_and_regions": EVERY_COUNTRY}
    assert refused(tenant, **options, break_glass_accounts=[])[0] == ["NO-BREAK-GLASS 'Worse' and policy 'By hand'"]


def test_two_policies_that_shut_an_account_out_together(tenant):
    """One blocks at the location, the other everywhere else."""
    there(tenant, countries("KP"), policy(only_at(BAD)), policy(outside(BAD), name="Elsewhere", number=32))
    # Nobody gets in as it is: to make it no worse is nobody's to refuse.
    assert rules(tenant, countries_and_regions=["IR", "KP"]) == []


def test_where_nobody_gets_in_a_location_may_let_more_people_in_and_not_stop_more(tenant):
    """What stops everybody for certain is lifted where a country may be one that is left out, and the other way round."""
    there(tenant, countries("AA"), policy(outside(BAD)))
    assert rules(tenant, countries_and_regions=EVERY_COUNTRY) == []
    assert rules(tenant, countries_and_regions=["AA"]) == ["SITE-SHRUNK", "NO-WAY-BACK"]


def test_where_mfa_is_what_nobody_can_do_no_more_policies_ask_for_it(tenant):
    there(tenant, countries("KP"), policy(only_at("All"), "mfa"), policy(only_at(BAD), "mfa", name="More", number=32))
    every = {"countries_and_regions": EVERY_COUNTRY}
    tenant.objects[METHODS] = [{"id": ADMIN, "isMfaRegistered": False}]
    assert rules(tenant, **every) == ["NO-WAY-BACK"]
    assert rules(tenant, countries_and_regions=["IR"]) == []
    tenant.objects[METHODS] = [{"id": ADMIN, "isMfaRegistered": True}]
    assert rules(tenant, **every) == []


@pytest.mark.parametrize("kind", ["Groups", "Roles"])
def test_groups_and_roles_of_the_account_are_looked_up(tenant, kind):
    """One that is left out by its group gets in, wherever it is."""
    users = {"includeUsers": ["All"], f"exclude{kind}": [STAFF]}
    there(tenant, countries("KP"), policy(only_at(BAD), users=users))
    member = {"Groups": ("group", {"id": STAFF}), "Roles": ("directoryRole", {"id": "r", "roleTemplateId": STAFF})}
    name, held = member[kind]
    tenant.objects[f"/users/{ADMIN}/transitiveMemberOf"] = []
    assert rules(tenant, countries_and_regions=EVERY_COUNTRY) == ["NO-WAY-BACK"]
    tenant.objects[f"/users/{ADMIN}/transitiveMemberOf"] = [{"@odata.type": f"#microsoft.graph.{name}", **held}]
    assert rules(tenant, countries_and_regions=EVERY_COUNTRY) == []


def test_one_account_that_is_there_is_enough_for_the_proof(tenant):
    there(tenant, countries("KP"), policy(only_at(BAD), users={"includeUsers": ["All"], "excludeUsers": [OTHER]}))
    every = {"countries_and_regions": EVERY_COUNTRY}
    assert rules(tenant, **every, break_glass_accounts=[UPN]) == ["NO-WAY-BACK"]
    assert rules(tenant, **every, break_glass_accounts=[GONE, UPN, OTHER_UPN]) == []


def test_accounts_of_which_none_is_there(tenant):
    there(tenant, countries("KP"), policy(only_at(BAD)))
    accounts = {"break_glass_accounts": [GONE, "admn@contoso.com"]}
    assert refused(tenant, countries_and_regions=["IR"], **accounts) == (
        [
            f"BREAK-GLASS-MISSING '{GONE}' in break_glass_accounts",
            f"BREAK-GLASS-MISSING 'admn@contoso.com' in break_glass_accounts. Near matches: {UPN}",
        ],
        [],
    )
    # No policy that is on refers to this one, so that nobody is looked for.
    tenant.refused = {"/users"}
    assert rules(tenant, display_name="Safe", ip_ranges=["8.8.4.0/24"], **accounts) == []


def test_a_disabled_account_proves_nothing(tenant):
    there(tenant, countries("KP"), policy(only_at(BAD)))
    tenant.objects["/users"][0]["accountEnabled"] = False
    where = f"BREAK-GLASS-DISABLED '{UPN}' in break_glass_accounts"
    assert refused(tenant, countries_and_regions=["IR"]) == ([where], [])


def test_a_name_that_two_accounts_have_is_told_with_the_place_where_it_is_written(tenant):
    there(tenant, countries("KP"), policy(only_at(BAD)))
    tenant.objects["/users"].append({"id": guid(6), "userPrincipalName": UPN, "accountEnabled": True})
    dummy, (problem,) = refused(tenant, countries_and_regions=["IR"], break_glass_accounts=[OTHER_UPN, UPN])
    assert problem.startswith(f"break_glass_accounts[1]: '{UPN}' is the name of 2 users ({ADMIN}, {guid(6)})")


def test_a_location_that_goes_asks_for_an_account_where_a_policy_refers_to_it(tenant):
    asking = policy(outside("AllTrusted"), "mfa")
    there(tenant, TRUSTED, asking)
    missing = {"state": "absent", "break_glass_accounts": [GONE]}
    assert refused(tenant, **missing)[0] == [f"BREAK-GLASS-MISSING '{GONE}' in break_glass_accounts"]
    assert rules(tenant, state="absent") == []


def test_a_policy_that_lets_go_of_a_location_is_none_that_refers_to_it(tenant):
    """In check mode the policy is still there, as it was."""
    there(tenant, TRUSTED, policy(outside(BAD), "mfa"))
    missing = {"state": "absent", "break_glass_accounts": [GONE]}
    assert ensure(tenant, check_mode=True, **missing, released_by=["By hand"])["changed"]
    there(tenant, TRUSTED, policy(outside("AllTrusted"), "mfa"))
    assert refused(tenant, **missing, released_by=["Another"])[0] != []
