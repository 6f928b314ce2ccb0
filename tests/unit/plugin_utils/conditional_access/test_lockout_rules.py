# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every rule of the lockout guard: what fires it, and the harmless neighbour that does not."""

from __future__ import annotations

import copy

import pytest
from caller_cases import CALLER_BLOCKED, PERSON, of_user, tenant, workloads
from lockout_cases import POLICY_CASES
from lockout_policies import (
    ADMIN,
    EVERY_APP,
    NOWHERE,
    OFFICE,
    OTHER,
    SERVICE,
    location,
    of_policy,
    outside,
    policy,
    rules,
    users,
)
from site_coverage_cases import SITE_SHRUNK, WAS, countries, shrunk
from way_back_cases import NO_WAY_BACK, blocking, person, way_back

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import caller, lockout, policy_lockout, sites
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in import MEMBER, User
from ansible_collections.msp.entra.plugins.plugin_utils.reconcile import Plan


def of_range(text):
    return lockout.of_range(text, "site", private_endpoint=False)


def of_account(account):
    return lockout.of_accounts({"admin@x.y": account}, "break_glass_accounts")


def of_sites(cidrs):
    return sites.findings([{"name": "s", "cidrs": [text]} for text in cidrs], False)


def of_trust(after, relying=("Q",)):
    """A trusted office that becomes something else, where policies rely on its trust."""
    plan = Plan("delete" if after is None else "update", "1", location(), after)
    try:
        lockout.guard_location(plan, [], False, [{"displayName": name} for name in relying])
    except lockout.Refused as refused:
        return refused.findings
    return []


def dropped(excluded_after, own=(SERVICE,), state="enabled", include=("All",)):
    """Rule by rule as the policy module asks: what is left out before, and no longer after."""
    before = {"id": "p", **policy()}
    after = policy(state, users=users(*excluded_after, include=include))
    others = [{"id": "own", **policy(users=users(include=own))}, before]
    ids = policy_lockout.dropped_service_accounts(before, after, others)
    return [lockout.finding("SERVICE-ACCOUNT-DROPPED", account) for account in ids]


ENABLED, DISABLED = {"id": ADMIN, "accountEnabled": True}, {"id": ADMIN, "accountEnabled": False}

# rule, id, how it is judged, what fires it alone, and the neighbour against which nothing speaks
CASES = [
    *POLICY_CASES,
    *(("NO-WAY-BACK", *case) for case in NO_WAY_BACK),
    *(("CALLER-BLOCKED", *case) for case in CALLER_BLOCKED),
    *(("SITE-SHRUNK", *case) for case in SITE_SHRUNK),
    ("BREAK-GLASS-MISSING", "there", of_account, None, ENABLED),
    ("BREAK-GLASS-DISABLED", "enabled", of_account, DISABLED, ENABLED),
    ("BREAK-GLASS-DISABLED", "not-told", of_account, {"id": ADMIN}, ENABLED),
    ("BREAK-GLASS-DISABLED", "null", of_account, {"id": ADMIN, "accountEnabled": None}, ENABLED),
    ("NO-SITE", "one-site", of_sites, [], ["8.8.8.0/24"]),
    ("TRUST-RELIED-ON", "still-trusted", of_trust, location(trusted=False), location()),
    ("TRUST-RELIED-ON", "nothing-said-of-trust", of_trust, {"displayName": "Office"}, location()),
    ("TRUST-RELIED-ON", "nobody-relies", lambda q: of_trust(location(trusted=False), q), ["Q"], []),
    # Who is in the way of a deletion is said by its own error.
    ("TRUST-RELIED-ON", "deleted", of_trust, location(trusted=False), None),
    ("SITE-EVERYWHERE", "ipv4", of_range, "0.0.0.0/0", "8.0.0.0/9"),
    ("SITE-EVERYWHERE", "ipv6", of_range, "::/0", "2600::/32"),
    ("SITE-TOO-WIDE", "ipv4", of_range, "8.0.0.0/8", "8.0.0.0/9"),
    ("SITE-TOO-WIDE", "ipv4-far-too-wide", of_range, "8.0.0.0/6", "8.0.0.0/24"),
    ("SITE-TOO-WIDE", "ipv6", of_range, "2600::/31", "2600::/32"),
    ("SITE-TOO-WIDE", "ipv6-far-too-wide", of_range, "2600::/8", "2600::/48"),
    ("SITE-HOST-BITS", "ipv4", of_range, "8.8.8.10/24", "8.8.8.0/24"),
    ("SITE-HOST-BITS", "ipv6", of_range, "2600:1::5/64", "2600:1::5/128"),
    ("SITE-PRIVATE", "ipv4", of_range, "192.168.0.0/24", "192.167.0.0/24"),
    ("SITE-PRIVATE", "ipv6", of_range, "fd00::/48", "2600::/48"),
    ("SITE-LOOPBACK", "ipv4", of_range, "127.0.0.1/32", "128.0.0.1/32"),
    ("SITE-LINK-LOCAL", "ipv4", of_range, "169.254.7.0/24", "169.253.7.0/24"),
    ("SITE-CGNAT", "ipv4", of_range, "100.64.0.0/24", "100.63.0.0/24"),
    ("SITE-MULTICAST", "ipv4", of_range, "224.0.0.0/24", "223.0.0.0/24"),
    ("SITE-RESERVED", "ipv4", of_range, "240.0.0.0/24", "223.255.255.0/24"),
    ("SITE-RESERVED", "benchmarking", of_range, "198.18.0.0/24", "198.20.0.0/24"),
    ("SITE-RESERVED", "6to4", of_range, "2002:808:808::/48", "2003:808:808::/48"),
    ("SITE-RESERVED", "nat64", of_range, "64:ff9b::/96", "64:ff9c::/96"),
    ("SITE-DOCUMENTATION", "ipv4", of_range, "198.51.100.0/24", "198.51.101.0/24"),
    ("SERVICE-ACCOUNT-DROPPED", "still-left-out", dropped, [ADMIN], [ADMIN, SERVICE]),
    ("SERVICE-ACCOUNT-DROPPED", "still-left-out-in-capitals", dropped, [ADMIN], [ADMIN, SERVICE.upper()]),
    (
        "SERVICE-ACCOUNT-DROPPED",
        "own-policy-in-capitals",
        lambda own: dropped([ADMIN], own),
        [SERVICE.upper()],
        [OTHER],
    ),
    ("SERVICE-ACCOUNT-DROPPED", "not-alone", lambda own: dropped([ADMIN], own), [SERVICE], [SERVICE, OTHER]),
    ("SERVICE-ACCOUNT-DROPPED", "for-nobody", lambda own: dropped([ADMIN], own), [SERVICE], []),
    ("SERVICE-ACCOUNT-DROPPED", "state", lambda s: dropped([ADMIN], state=s), "enabled", "disabled"),
    ("SERVICE-ACCOUNT-DROPPED", "for-all", lambda i: dropped([ADMIN], include=i), ["All"], [OTHER]),
    ("SERVICE-ACCOUNT-DROPPED", "another-is-dropped", dropped, [ADMIN], [SERVICE]),
]


@pytest.mark.parametrize(
    ("rule", "judge", "harmful", "harmless"),
    [pytest.param(rule, *case, id=f"{rule}-{name}") for rule, name, *case in CASES],
)
def test_rule_fires_alone_and_not_for_its_neighbour(rule, judge, harmful, harmless):
    before = copy.deepcopy((harmful, harmless))
    assert rules(judge(harmful)) == [rule]
    assert judge(harmless) == []
    assert (harmful, harmless) == before


# Who blocks everyone from everything leaves no location out either.
EVERYTHING = ["BLOCK-ALL", "NO-TRUSTED-LOCATION"]


def test_every_rule_has_a_case():
    # What is evidence, and what is none, is in test_evidence; who has a method for MFA in test_guard_writes.
    assert {rule for rule, *dummy in CASES} | {"NO-EVIDENCE", "SERVICE-ACCOUNT-NO-MFA"} == set(lockout.RULES)
    assert len({case[:2] for case in CASES}) == len(CASES)


def test_every_rule_says_why_and_what_to_do():
    for rule_id, rule in lockout.RULES.items():
        assert rule.id == rule_id
        assert all(text.endswith((".", ".)")) for text in (rule.why, rule.remedy)), rule_id
        assert rule.title and not rule.title.endswith("."), rule_id


def test_ids_of_accounts_are_compared_without_case():
    assert of_policy(policy(), (ADMIN.upper(),), SERVICE.upper()) == []


def test_a_policy_can_break_several_rules():
    worst = policy(users=users(), applications=EVERY_APP, locations=NOWHERE)
    assert {finding.rule.id: finding.where for finding in of_policy(worst)} == {
        "BREAK-GLASS-NOT-EXCLUDED": f"policy 'P' covers {ADMIN}@x.y",
        "BLOCK-ALL": "policy 'P'",
        "NO-TRUSTED-LOCATION": "policy 'P'",
        "SERVICE-ACCOUNT-NOT-EXCLUDED": "policy 'P'",
    }


def test_the_policy_is_named_where_no_account_is_known_and_where_it_is_the_service_accounts_own():
    unknown = of_policy(policy(users=users(), applications=EVERY_APP), (), None)
    own = of_policy(policy(controls=["mfa"], users=users(include=[SERVICE])))
    assert [(finding.rule.id, finding.where) for finding in (*unknown, *own)] == [
        ("NO-BREAK-GLASS", "policy 'P'"),
        ("SERVICE-ACCOUNT-LOCATION", "policy 'P'"),
    ]


@pytest.mark.parametrize(
    ("person", "covered"),
    [
        pytest.param(None, True, id="nothing-known"),
        pytest.param(User(ADMIN, groups=(), roles=None, kinds={MEMBER}), True, id="roles-not-known"),
        pytest.param(User(ADMIN, groups=(), roles=(), kinds={MEMBER}), False, id="not-in-that-role"),
        pytest.param(User(ADMIN, groups=(), roles={"r"}, kinds={MEMBER}), True, id="in-that-role"),
    ],
)
def test_what_is_known_of_a_break_glass_account_decides_whether_a_role_covers_it(person, covered):
    view = policy_lockout.View(policy(users=users(include=[], includeRoles=["r"])), {})
    people = {"a@x.y": person} if person else {"o@x.y": User(OTHER, groups=(), roles=(), kinds={MEMBER})}
    found = policy_lockout.of_policy(view, {"a@x.y": ADMIN}, None, people=people)
    assert rules(found) == (["BREAK-GLASS-NOT-EXCLUDED"] if covered else [])


def test_an_example_is_no_site_unless_it_is_said_that_the_endpoint_is_private():
    view = policy_lockout.View(policy(), {OFFICE: {"id": OFFICE, **location(cidr="203.0.113.0/24")}})
    assert rules(policy_lockout.of_policy(view, {"a@x.y": ADMIN}, SERVICE)) == ["SITE-DOCUMENTATION"]


def test_each_break_glass_account_is_named():
    found = of_policy(policy(users=users(SERVICE, OTHER)), (ADMIN, OTHER, "0d-third"))
    assert [finding.where for finding in found] == [f"policy 'P' covers {name}@x.y" for name in (ADMIN, "0d-third")]


def test_each_account_is_named_with_what_is_in_its_way():
    people = {"a@x.y": person(who=ADMIN), "o@x.y": User(OTHER, kinds={MEMBER})}
    portals = {"includeApplications": ["MicrosoftAdminPortals"]}
    everyone, group = (
        blocking("P", applications=portals, who=users(OTHER)),
        blocking("Q", who=users(excludeGroups=["g"])),
    )
    (found,) = way_back([everyone], [group], people=people)
    assert found.where == (
        "a@x.y is stopped by 'P' and 'Q'; o@x.y may be stopped by 'Q' (not known: the groups of the user)"
    )


def test_who_runs_this_is_named_with_what_is_not_known():
    (found,) = of_user()
    assert found.where == "policy 'P' and account admin@x.y"
    (found,) = workloads(locations=outside("1a-office"))
    assert found.where == "policy 'P' and application Keeper (not known: the IP address)"
    (found,) = of_user(locations=outside("1a-office"), platforms={"includePlatforms": ["iOS"]})
    assert found.where.endswith("account admin@x.y (not known: the IP address, the device platform)")
    # By a browser it is blocked for certain, whatever the other word means.
    (found,) = of_user(clientAppTypes=["browser", "ofTomorrow"])
    assert found.where == "policy 'P' and account admin@x.y"
    own = "whether the service principal is of a single-tenant application of this tenant"
    for principal in (None, {"servicePrincipalType": "Application"}):
        (found,) = workloads(principal=principal)
        assert found.where == f"policy 'P' and application Keeper (not known: {own})"


def test_who_runs_this_is_looked_up_only_where_the_policy_makes_a_difference_between_people():
    there = tenant()
    (found,) = caller.findings(blocking(), [], PERSON, there.reads())
    assert found.rule.id == "CALLER-BLOCKED" and there.sent == []


def test_the_addresses_that_are_lost_are_named():
    (found,) = shrunk(["8.8.8.0/26"])
    assert found.where == "'Office' and policy 'P': 8.8.8.64/26, 8.8.8.128/25, 2600:1::/48"
    (found,) = shrunk(["8.8.8.128/25"], before=WAS[:1])
    assert found.where == "'Office' and policy 'P': 8.8.8.0/25"
    (found,) = shrunk(["8.8.8.7/32"], before=["8.8.8.0/29"])
    assert found.where == "'Office' and policy 'P': 8.8.8.0/30, 8.8.8.4/31, 8.8.8.6/32"
    (found,) = shrunk([], before=[f"9.9.{number}.0/25" for number in range(20)])
    assert found.where.endswith("9.9.7.0/25 and 12 more")
    (found,) = shrunk([], before=[f"9.9.{number}.0/25" for number in range(8)])
    assert found.where.endswith("9.9.7.0/25")


def test_the_countries_that_are_lost_are_named():
    (found,) = shrunk(countries("CH"), countries("de", "CH", "AT", unmapped=True))
    assert found.where == "'Home countries' and policy 'P': AT, DE, unknown countries"
    (found,) = shrunk(countries("DE"), countries("DE", method="authenticatorAppGps"))
    assert found.where == "'Home countries' and policy 'P': DE by GPS"


def test_a_range_that_cannot_be_read_is_named_where_it_goes():
    (found,) = shrunk([WAS[0]], [*WAS, "of tomorrow"])
    assert found.where == "'Office' and policy 'P': 2600:1::/48, of tomorrow"
    (found,) = shrunk([WAS[0], "of tomorrow"], [*WAS, "of tomorrow"])
    assert found.where == "'Office' and policy 'P': 2600:1::/48"


def test_each_location_and_each_policy_is_named():
    found = of_policy(policy(locations=outside("AllTrusted")), office=location(cidr="10.0.0.0/24"))
    assert [finding.where for finding in found] == ["'Office' 10.0.0.0/24"]
    found = of_trust(location(trusted=False), ["Q", "R"])
    assert [finding.where for finding in found] == ["'Office' and policy 'Q'", "'Office' and policy 'R'"]


def test_a_new_policy_drops_nobody():
    others = [{"id": "own", **policy(users=users(include=[SERVICE]))}]
    assert policy_lockout.dropped_service_accounts(None, policy(users=users()), others) == []


def test_a_policy_does_not_drop_the_account_that_it_was_for_itself():
    before = {"id": "p", **policy(users=users(SERVICE, include=[SERVICE]))}
    assert policy_lockout.dropped_service_accounts(before, policy(users=users()), [before]) == []


@pytest.mark.parametrize("empty", [{}, {"conditions": None}, {"conditions": {"users": None}, "grantControls": None}])
def test_a_policy_of_little_is_no_stumbling_block(empty):
    assert of_policy({"state": "enabled", **empty}) == []
    assert policy_lockout.dropped_service_accounts({"id": "p", **empty}, empty, [{"id": "q", **empty}]) == []


# What the rule is about is a policy that nothing narrows: old protocols or a country can be blocked for all.
NARROWED = [
    pytest.param("controls", ["block"], ["mfa"], id="blocks"),
    pytest.param("users", users(ADMIN, SERVICE), users(include=[OTHER]), id="for-everyone"),
    pytest.param("clientAppTypes", ["all"], ["exchangeActiveSync", "other"], id="old-protocols"),
    pytest.param("clientAppTypes", None, ["mobileAppsAndDesktopClients"], id="apps"),
    pytest.param("clientAppTypes", ["browser"], ["other"], id="the-admin-center-needs-a-browser"),
    pytest.param("clientAppTypes", ["other", "browser"], ["other"], id="a-browser-among-others"),
    pytest.param("locations", None, {"includeLocations": ["x"]}, id="a-location"),
    pytest.param("locations", {}, outside("1a-office"), id="all-but-a-location"),
    pytest.param("locations", {"includeLocations": []}, {"includeLocations": ["AllTrusted"]}, id="trusted-locations"),
    pytest.param("platforms", {"includePlatforms": ["all"]}, {"includePlatforms": ["android"]}, id="a-platform"),
    pytest.param(
        "platforms",
        {"includePlatforms": ["android", "iOS", "windows", "macOS", "linux"]},
        {"includePlatforms": ["android", "iOS", "windows", "windowsPhone", "macOS"]},
        id="every-platform-by-name",
    ),
    pytest.param(
        "platforms",
        {"includePlatforms": ["all"], "excludePlatforms": []},
        {"includePlatforms": ["all"], "excludePlatforms": ["windows"]},
        id="all-but-a-platform",
    ),
    pytest.param("platforms", None, {"includePlatforms": [], "excludePlatforms": ["iOS"]}, id="no-platform"),
    pytest.param("signInRiskLevels", [], ["high"], id="risk"),
    pytest.param("insiderRiskLevels", None, "elevated", id="insider-risk"),
    pytest.param("devices", {"deviceFilter": None}, {"deviceFilter": {"mode": "include", "rule": "r"}}, id="devices"),
    pytest.param("devices", {"deviceFilter": {"mode": None, "rule": ""}}, {"deviceFilter": {"rule": "r"}}, id="deeper"),
    pytest.param("authenticationFlows", {"transferMethods": ""}, {"transferMethods": "deviceCodeFlow"}, id="flows"),
    pytest.param("clientApplications", {"x": []}, {"x": ["y"]}, id="workloads"),
    pytest.param("ofTomorrow", None, "something", id="a-condition-that-is-not-known"),
    pytest.param("@odata.type", "#annotation", ..., id="an-annotation-narrows-nothing"),
]


@pytest.mark.parametrize(("name", "open_to_all", "narrowed"), NARROWED)
def test_blocking_all_from_everything_is_refused_unless_something_narrows_it(name, open_to_all, narrowed):
    everything = {"applications": EVERY_APP, "locations": None}
    assert rules(of_policy(policy(**{**everything, name: open_to_all}))) == EVERYTHING
    if narrowed is not ...:
        assert of_policy(policy(**{**everything, name: narrowed})) == []


def test_one_application_is_not_everything():
    assert of_policy(policy(locations=None)) == []
    assert (
        of_policy(policy(locations=None, applications={**EVERY_APP, "excludeApplications": ["MicrosoftAdminPortals"]}))
        == []
    )
    # Who speaks of locations means to let somebody in.
    assert rules(of_policy(policy(locations=NOWHERE))) == ["NO-TRUSTED-LOCATION"]


WIDE = [
    pytest.param("10.0.0.0/8", ["SITE-TOO-WIDE", "SITE-PRIVATE"], id="private-as-a-whole"),
    pytest.param("224.0.0.0/4", ["SITE-TOO-WIDE", "SITE-MULTICAST"], id="multicast-as-a-whole"),
    pytest.param("8.0.0.0/5", ["SITE-TOO-WIDE"], id="covers-private-by-the-way"),
    pytest.param("100.0.0.0/8", ["SITE-TOO-WIDE"], id="as-wide-as-is-refused-and-covers-another-by-the-way"),
    pytest.param("100.1.0.0/9", ["SITE-HOST-BITS", "SITE-CGNAT"], id="as-wide-as-is-taken-with-host-bits"),
    pytest.param("8.1.0.0/8", ["SITE-TOO-WIDE", "SITE-HOST-BITS"], id="wide-with-host-bits"),
    pytest.param("192.168.0.9/16", ["SITE-HOST-BITS", "SITE-PRIVATE"], id="private-with-host-bits"),
    pytest.param("203.0.0.0/9", ["SITE-DOCUMENTATION"], id="not-too-wide-and-covers-an-example"),
    pytest.param("fd00::/16", ["SITE-TOO-WIDE", "SITE-PRIVATE"], id="ipv6-wide-and-private"),
    pytest.param(
        "2001::/23", ["SITE-TOO-WIDE", "SITE-RESERVED", "SITE-RESERVED"], id="ipv6-covers-two-kinds-of-reserved"
    ),
]


@pytest.mark.parametrize(("text", "expected"), WIDE)
def test_a_range_can_break_several_rules(text, expected):
    assert rules(of_range(text)) == expected


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("0.0.0.0/0", "site 'A' 0.0.0.0/0"),
        ("8.0.0.0/5", "site 'A' 8.0.0.0/5"),
        ("8.8.8.9/24", "site 'A' 8.8.8.9/24 (the network is 8.8.8.0/24)"),
    ],
)
def test_a_range_is_named_with_where_it_is_written(text, where):
    assert [finding.where for finding in lockout.of_range(text, "site 'A'", private_endpoint=False)] == [where]
