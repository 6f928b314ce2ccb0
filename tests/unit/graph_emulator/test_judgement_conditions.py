# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which policies apply to a sign-in, and the first reason why not. Each row names the rule it comes from.

USERS, TARGETS, CONDITIONS, NETWORK, DEVICES, WORKLOADS, GUESTS, WHAT-IF stand for Microsoft's pages on users and groups,
target resources, conditions, network assignment, filters for devices, workload identities, Conditional Access for
external users, and the What If tool and action.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import hypothesis
import pytest
from graph_calls import SYNCRO_APP, country_location, ip_location, policy, read_tenant, tenant_document
from hypothesis import strategies

from graph_emulator.builtin_roles import BUILTIN_ROLES
from graph_emulator.judgement import Rules
from graph_emulator.policy_rules import checked_body
from graph_emulator.sign_in_facts import SignIn
from graph_emulator.tenants import Tenant

PARTNER = "99999999-9999-4999-8999-999999999999"
STRANGER = "77777777-0000-4000-8000-000000000000"
EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
GRAPH = "00000003-0000-0000-c000-000000000000"
PORTAL = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c"
AZURE = "797f4846-ba00-4fd7-ba43-dac1f8f63013"
ADMIN = BUILTIN_ROLES["Global Administrator"]
READER = BUILTIN_ROLES["Security Reader"]


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    document = tenant_document(
        0,
        users=[
            {"upn": "breakglass@t0.example", "roles": ["Global Administrator"]},
            {"upn": "dana@t0.example"},
            {"upn": "pat_partner.example#EXT#@t0.example", "user_type": "Guest", "home_tenant": PARTNER},
            {"upn": "lee_partner.example#EXT#@t0.example", "home_tenant": PARTNER},
            {"upn": "temp@t0.example", "user_type": "Guest", "invited": False},
        ],
        groups=[
            {"name": "Technicians", "members": ["dana@t0.example"]},
            {"name": "Everybody", "members": ["Technicians"]},
            {"name": "Loop A", "members": ["Loop B", "dana@t0.example"]},
            {"name": "Loop B", "members": ["Loop A"]},
            {"name": "Readers", "members": ["dana@t0.example"], "roles": ["Security Reader"]},
            {"name": "Nobody", "members": []},
        ],
        named_locations=[
            ip_location("Office", "198.51.100.0/24", "2001:db8:1::/48", isTrusted=True),
            ip_location("Branch", "192.0.2.8/30", "192.0.2.12/30"),
            country_location("Home", "DE", "AT"),
            country_location("Home or unknown", "DE", includeUnknownCountriesAndRegions=True),
        ],
    )
    return read_tenant(tmp_path_factory.mktemp("tenant"), document)


def found(tenant: Tenant, kind: str, name: str) -> dict[str, Any]:
    keys = ("displayName", "userPrincipalName")
    return next(one for one in tenant.all(kind) if any(str(one.get(key)).startswith(name) for key in keys))


KINDS = {"user": "users", "group": "groups", "location": "namedLocations", "principal": "servicePrincipals"}


def resolved(tenant: Tenant, value: Any) -> Any:
    """Put ids in the place of names such as ``user:dana``."""
    if isinstance(value, dict):
        return {key: resolved(tenant, item) for key, item in value.items()}
    if isinstance(value, list):
        return [resolved(tenant, item) for item in value]
    kind, _colon, name = value.partition(":") if isinstance(value, str) else ("", "", "")
    return found(tenant, KINDS[kind], name)["id"] if kind in KINDS else value


def sign_in(tenant: Tenant, facts: dict[str, Any]) -> SignIn:
    facts = dict(facts)
    identities = Rules(tenant).identities
    if "principal" in facts:
        identity = identities.service_principal(found(tenant, "servicePrincipals", facts.pop("principal")))
    else:
        identity = identities.user(found(tenant, "users", facts.pop("user", "dana")))
    if "ip" in facts and facts["ip"] is not None:
        facts["ip"] = ip_address(facts["ip"])
    others = ("user_action", "authentication_context", "applications")
    target = {} if any(name in facts for name in others) else {"applications": (SYNCRO_APP,)}
    usual = {"ip": ip_address("203.0.113.9"), "country": "US", "platform": "windows", "client_app": "browser"}
    return SignIn(identity=identity, **{**usual, **target, **facts})


def users(**conditions: Any) -> dict[str, Any]:
    return {"users": conditions}


def apps(**conditions: Any) -> dict[str, Any]:
    return {"applications": conditions}


def places(include: list[str], exclude: list[str] | None = None) -> dict[str, Any]:
    return {"locations": {"includeLocations": include, "excludeLocations": exclude or []}}


def guests(kinds: str, *tenants: str, side: str = "include") -> dict[str, Any]:
    some = {"@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants", "members": list(tenants)}
    every = {"@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants", "membershipKind": "all"}
    value = {"guestOrExternalUserTypes": kinds, "externalTenants": some if tenants else every}
    more = {"includeUsers": ["All"]} if side == "exclude" else {}
    return users(**more, **{f"{side}GuestsOrExternalUsers": value})


def device_filter(rule: str, mode: str = "include") -> dict[str, Any]:
    return {"devices": {"deviceFilter": {"mode": mode, "rule": rule}}}


def workloads(*include: str, exclude: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    return {
        "users": {"includeUsers": ["None"]},
        "clientApplications": {"includeServicePrincipals": list(include), "excludeServicePrincipals": list(exclude)},
        **apps(includeApplications=["All"]),
        **more,
    }


PAT, LEE, TEMP = {"user": "pat"}, {"user": "lee"}, {"user": "temp"}
APPLIES = "notSet"
ALL_APPS = {"includeApplications": ["All"]}
SAID_NOTHING = {"is_whole": False, "ip": None, "country": None, "platform": None, "client_app": None}
COMPLIANT = (("isCompliant", True), ("model", "Surface Pro"))
ROWS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("USERS all users", {}, {}, APPLIES),
    ("USERS all users includes guests", {}, PAT, APPLIES),
    ("USERS one user", users(includeUsers=["user:dana"]), {}, APPLIES),
    ("USERS another user", users(includeUsers=["user:temp"]), {}, "users"),
    ("USERS none", users(includeUsers=["None"]), {}, "users"),
    ("USERS exclude beats include", users(includeUsers=["user:dana"], excludeUsers=["user:dana"]), {}, "users"),
    ("USERS exclude another", users(includeUsers=["All"], excludeUsers=["user:temp"]), {}, APPLIES),
    ("USERS group", users(includeGroups=["group:Technicians"]), {}, APPLIES),
    ("USERS group without the user", users(includeGroups=["group:Nobody"]), {}, "users"),
    ("USERS nested group", users(includeGroups=["group:Everybody"]), {}, APPLIES),
    ("USERS groups in a circle", users(includeGroups=["group:Loop B"]), {}, APPLIES),
    ("USERS excluded nested group", users(includeUsers=["All"], excludeGroups=["group:Everybody"]), {}, "users"),
    ("USERS one of two groups", users(includeGroups=["group:Nobody", "group:Technicians"]), {}, APPLIES),
    ("USERS group or user", users(includeUsers=["user:temp"], includeGroups=["group:Technicians"]), {}, APPLIES),
    ("USERS role", users(includeRoles=[ADMIN]), {"user": "breakglass"}, APPLIES),
    ("USERS role not held", users(includeRoles=[ADMIN]), {}, "users"),
    ("USERS role held by a group", users(includeRoles=[READER]), {}, APPLIES),
    ("USERS excluded role", users(includeUsers=["All"], excludeRoles=[ADMIN]), {"user": "breakglass"}, "users"),
    ("USERS excluded role not held", users(includeUsers=["All"], excludeRoles=[ADMIN]), {}, APPLIES),
    ("GUESTS word, guest", users(includeUsers=["GuestsOrExternalUsers"]), PAT, APPLIES),
    ("GUESTS word, external member", users(includeUsers=["GuestsOrExternalUsers"]), LEE, APPLIES),
    ("GUESTS word, local guest", users(includeUsers=["GuestsOrExternalUsers"]), TEMP, APPLIES),
    ("GUESTS word, member", users(includeUsers=["GuestsOrExternalUsers"]), {}, "users"),
    ("GUESTS word excluded", users(includeUsers=["All"], excludeUsers=["GuestsOrExternalUsers"]), PAT, "users"),
    ("GUESTS word excluded, member", users(includeUsers=["All"], excludeUsers=["GuestsOrExternalUsers"]), {}, APPLIES),
    ("GUESTS kind", guests("b2bCollaborationGuest"), PAT, APPLIES),
    ("GUESTS kind of a member", guests("b2bCollaborationMember"), LEE, APPLIES),
    ("GUESTS another kind", guests("b2bCollaborationMember"), PAT, "users"),
    ("GUESTS local guest", guests("internalGuest"), TEMP, APPLIES),
    ("GUESTS local guest is not invited", guests("b2bCollaborationGuest"), TEMP, "users"),
    ("GUESTS one of several kinds", guests("serviceProvider,b2bCollaborationGuest"), PAT, APPLIES),
    ("GUESTS of a tenant", guests("b2bCollaborationGuest", PARTNER), PAT, APPLIES),
    ("GUESTS of another tenant", guests("b2bCollaborationGuest", STRANGER), PAT, "users"),
    ("GUESTS excluded kind", guests("b2bCollaborationGuest", side="exclude"), PAT, "users"),
    ("GUESTS excluded kind, member", guests("b2bCollaborationGuest", side="exclude"), {}, APPLIES),
    ("GUESTS excluded of another tenant", guests("b2bCollaborationGuest", STRANGER, side="exclude"), PAT, APPLIES),
    ("TARGETS application", {}, {}, APPLIES),
    ("TARGETS another application", {}, {"applications": (EXCHANGE,)}, "application"),
    ("TARGETS all", apps(**ALL_APPS), {"applications": (EXCHANGE,)}, APPLIES),
    ("TARGETS none", apps(includeApplications=["None"]), {}, "application"),
    ("TARGETS all but one", apps(**ALL_APPS, excludeApplications=[SYNCRO_APP]), {}, "application"),
    ("TARGETS all but another", apps(**ALL_APPS, excludeApplications=[EXCHANGE]), {}, APPLIES),
    ("TARGETS Office 365", apps(includeApplications=["Office365"]), {"applications": (EXCHANGE,)}, APPLIES),
    ("TARGETS Office 365 is not all", apps(includeApplications=["Office365"]), {}, "application"),
    (
        "TARGETS all but Office 365",
        apps(**ALL_APPS, excludeApplications=["Office365"]),
        {"applications": (EXCHANGE,)},
        "application",
    ),
    (
        "TARGETS admin portals",
        apps(includeApplications=["MicrosoftAdminPortals"]),
        {"applications": (PORTAL,)},
        APPLIES,
    ),
    (
        "TARGETS admin portals, an API",
        apps(includeApplications=["MicrosoftAdminPortals"]),
        {"applications": (GRAPH,)},
        "application",
    ),
    ("TARGETS Azure stands for the portal", apps(includeApplications=[AZURE]), {"applications": (PORTAL,)}, APPLIES),
    ("TARGETS one of several resources", {}, {"applications": (EXCHANGE, SYNCRO_APP)}, APPLIES),
    (
        "TARGETS filter by attributes that nothing has",
        apps(applicationFilter={"mode": "include", "rule": 'CustomSecurityAttribute.A_B -eq "x"'}),
        {},
        "application",
    ),
    (
        "TARGETS user action",
        apps(includeUserActions=["urn:user:registersecurityinfo"]),
        {"user_action": "registerSecurityInformation"},
        APPLIES,
    ),
    (
        "TARGETS another user action",
        apps(includeUserActions=["urn:user:registerdevice"]),
        {"user_action": "registerSecurityInformation"},
        "userActions",
    ),
    (
        "TARGETS user action, an application",
        apps(includeUserActions=["urn:user:registerdevice"]),
        {},
        "userActions",
    ),
    ("WHAT-IF all resources, a user action", apps(**ALL_APPS), {"user_action": "registerSecurityInformation"}, APPLIES),
    ("TARGETS application, a user action", {}, {"user_action": "registerOrJoinDevices"}, "application"),
    (
        "TARGETS context",
        apps(includeAuthenticationContextClassReferences=["c1", "c7"]),
        {"authentication_context": "c1"},
        APPLIES,
    ),
    (
        "TARGETS another context",
        apps(includeAuthenticationContextClassReferences=["c7"]),
        {"authentication_context": "c1"},
        "authenticationContext",
    ),
    (
        "TARGETS context, an application",
        apps(includeAuthenticationContextClassReferences=["c1"]),
        {},
        "authenticationContext",
    ),
    ("WHAT-IF all resources, a context", apps(**ALL_APPS), {"authentication_context": "c1"}, "application"),
    ("CONDITIONS platform", {"platforms": {"includePlatforms": ["windows"]}}, {}, APPLIES),
    ("CONDITIONS another platform", {"platforms": {"includePlatforms": ["iOS"]}}, {}, "devicePlatform"),
    ("CONDITIONS any platform, unknown", {"platforms": {"includePlatforms": ["all"]}}, {"platform": None}, APPLIES),
    (
        "CONDITIONS any but a platform",
        {"platforms": {"includePlatforms": ["all"], "excludePlatforms": ["windows"]}},
        {},
        "devicePlatform",
    ),
    (
        "CONDITIONS unsupported platforms",
        {"platforms": {"includePlatforms": ["all"], "excludePlatforms": ["windows", "macOS", "linux"]}},
        {"platform": None},
        APPLIES,
    ),
    (
        "CONDITIONS platform, unknown",
        {"platforms": {"includePlatforms": ["linux"]}},
        {"platform": None},
        "devicePlatform",
    ),
    ("CONDITIONS client app", {"clientAppTypes": ["browser"]}, {}, APPLIES),
    ("CONDITIONS another client app", {"clientAppTypes": ["mobileAppsAndDesktopClients"]}, {}, "clientApps"),
    ("CONDITIONS all client apps", {"clientAppTypes": ["all"]}, {"client_app": "other"}, APPLIES),
    (
        "CONDITIONS old protocols",
        {"clientAppTypes": ["exchangeActiveSync", "other"]},
        {"client_app": "other"},
        APPLIES,
    ),
    ("CONDITIONS old protocols, browser", {"clientAppTypes": ["exchangeActiveSync", "other"]}, {}, "clientApps"),
    (
        "CONDITIONS ActiveSync of a supported platform",
        {"clientAppTypes": ["exchangeActiveSync"]},
        {"client_app": "easSupported"},
        APPLIES,
    ),
    (
        "CONDITIONS ActiveSync of any platform",
        {"clientAppTypes": ["easSupported"]},
        {"client_app": "exchangeActiveSync"},
        "clientApps",
    ),
    ("NETWORK any", places(["All"]), {}, APPLIES),
    ("NETWORK a location", places(["location:Office"]), {"ip": "198.51.100.7"}, APPLIES),
    ("NETWORK not there", places(["location:Office"]), {}, "location"),
    ("NETWORK IPv6", places(["location:Office"]), {"ip": "2001:db8:1:2::9"}, APPLIES),
    ("NETWORK IPv6 outside", places(["location:Office"]), {"ip": "2001:db8:2::9"}, "location"),
    ("NETWORK any but a location", places(["All"], ["location:Office"]), {"ip": "198.51.100.7"}, "location"),
    ("NETWORK any but a location, elsewhere", places(["All"], ["location:Office"]), {}, APPLIES),
    ("NETWORK any but trusted", places(["All"], ["AllTrusted"]), {"ip": "198.51.100.7"}, "location"),
    ("NETWORK any but trusted, a location that is not", places(["All"], ["AllTrusted"]), {"ip": "192.0.2.9"}, APPLIES),
    ("NETWORK trusted", places(["AllTrusted"]), {"ip": "198.51.100.7"}, APPLIES),
    ("NETWORK trusted, elsewhere", places(["AllTrusted"]), {"ip": "192.0.2.9"}, "location"),
    ("NETWORK first of a range", places(["location:Branch"]), {"ip": "192.0.2.8"}, APPLIES),
    ("NETWORK last of a range", places(["location:Branch"]), {"ip": "192.0.2.15"}, APPLIES),
    ("NETWORK before a range", places(["location:Branch"]), {"ip": "192.0.2.7"}, "location"),
    ("NETWORK after a range", places(["location:Branch"]), {"ip": "192.0.2.16"}, "location"),
    ("NETWORK one of two", places(["location:Branch", "location:Office"]), {"ip": "198.51.100.7"}, APPLIES),
    ("NETWORK country", places(["location:Home"]), {"country": "AT"}, APPLIES),
    ("NETWORK another country", places(["location:Home"]), {}, "location"),
    ("NETWORK any but a country", places(["All"], ["location:Home"]), {"country": "DE"}, "location"),
    ("NETWORK unknown country", places(["location:Home"]), {"country": None}, "location"),
    ("NETWORK unknown country meant too", places(["location:Home or"]), {"country": None}, APPLIES),
    ("NETWORK addresses of the MFA settings", places(["All"], ["00000000-0000-0000-0000-000000000000"]), {}, APPLIES),
    ("NETWORK a location that is gone", places([STRANGER]), {}, "location"),
    ("NETWORK an exclusion that is gone", places(["All"], [STRANGER]), {}, APPLIES),
    ("CONDITIONS sign-in risk", {"signInRiskLevels": ["high", "medium"]}, {"sign_in_risk": "medium"}, APPLIES),
    ("CONDITIONS no sign-in risk", {"signInRiskLevels": ["high"]}, {}, "signInRisk"),
    ("CONDITIONS risk none", {"signInRiskLevels": ["none"]}, {}, APPLIES),
    ("CONDITIONS user risk", {"userRiskLevels": ["high"]}, {"user_risk": "high"}, APPLIES),
    ("CONDITIONS lower user risk", {"userRiskLevels": ["high"]}, {"user_risk": "low"}, "userRisk"),
    ("CONDITIONS insider risk", {"insiderRiskLevels": "moderate,elevated"}, {"insider_risk": "elevated"}, APPLIES),
    ("CONDITIONS no insider risk", {"insiderRiskLevels": "elevated"}, {"insider_risk": "minor"}, "insiderRisk"),
    (
        "CONDITIONS device code flow",
        {"authenticationFlows": {"transferMethods": "deviceCodeFlow,authenticationTransfer"}},
        {"transfer_method": "deviceCodeFlow"},
        APPLIES,
    ),
    (
        "CONDITIONS another flow",
        {"authenticationFlows": {"transferMethods": "deviceCodeFlow"}},
        {"transfer_method": "authenticationTransfer"},
        "authenticationFlow",
    ),
    ("CONDITIONS no flow", {"authenticationFlows": {"transferMethods": "deviceCodeFlow"}}, {}, "authenticationFlow"),
    ("DEVICES included", device_filter("device.isCompliant -eq True"), {"device": COMPLIANT}, APPLIES),
    ("DEVICES not included", device_filter("device.isCompliant -eq True"), {}, "devices"),
    ("DEVICES excluded", device_filter("device.isCompliant -eq True", "exclude"), {"device": COMPLIANT}, "devices"),
    ("DEVICES not excluded", device_filter("device.isCompliant -eq True", "exclude"), {}, APPLIES),
    ("DEVICES negative rule, unregistered", device_filter("device.isCompliant -ne True"), {}, APPLIES),
    ("DEVICES unreadable rule", device_filter("device.isCompliant is True"), {}, "invalidPolicy"),
    ("WORKLOADS one", workloads("principal:Syncro"), {"principal": "Syncro", "applications": (GRAPH,)}, APPLIES),
    ("WORKLOADS another", workloads("principal:Auditor"), {"principal": "Syncro"}, "workloadIdentities"),
    ("WORKLOADS all of the tenant", workloads("ServicePrincipalsInMyTenant"), {"principal": "Syncro"}, APPLIES),
    (
        "WORKLOADS Microsoft's own are out of scope",
        workloads("ServicePrincipalsInMyTenant"),
        {"principal": "Azure Portal"},
        "workloadIdentities",
    ),
    (
        "WORKLOADS excluded",
        workloads("ServicePrincipalsInMyTenant", exclude=("principal:Syncro",)),
        {"principal": "Syncro"},
        "workloadIdentities",
    ),
    ("WORKLOADS a user", workloads("ServicePrincipalsInMyTenant"), {}, "users"),
    ("WORKLOADS a policy for all users", {}, {"principal": "Syncro"}, "workloadIdentities"),
    (
        "WORKLOADS risk",
        workloads("ServicePrincipalsInMyTenant", servicePrincipalRiskLevels=["high"]),
        {"principal": "Syncro", "service_principal_risk": "high"},
        APPLIES,
    ),
    (
        "WORKLOADS no risk",
        workloads("ServicePrincipalsInMyTenant", servicePrincipalRiskLevels=["high"]),
        {"principal": "Syncro"},
        "signInRisk",
    ),
    ("WHAT-IF nothing said, nothing asked", {}, SAID_NOTHING, APPLIES),
    ("WHAT-IF any network needs no address", places(["All"]), SAID_NOTHING, APPLIES),
    ("WHAT-IF no address", places(["location:Office"]), SAID_NOTHING, "notEnoughInformation"),
    ("WHAT-IF no address, exclusion", places(["All"], ["AllTrusted"]), SAID_NOTHING, "notEnoughInformation"),
    ("WHAT-IF no country", places(["location:Home or"]), SAID_NOTHING, "notEnoughInformation"),
    (
        "WHAT-IF an address is enough where one location holds it",
        places(["location:Home", "location:Office"]),
        {**SAID_NOTHING, "ip": "198.51.100.7"},
        APPLIES,
    ),
    ("WHAT-IF no platform", {"platforms": {"includePlatforms": ["iOS"]}}, SAID_NOTHING, "notEnoughInformation"),
    ("WHAT-IF any platform", {"platforms": {"includePlatforms": ["all"]}}, SAID_NOTHING, APPLIES),
    ("WHAT-IF no client app", {"clientAppTypes": ["browser"]}, SAID_NOTHING, "notEnoughInformation"),
    ("WHAT-IF no device", device_filter("device.isCompliant -ne True"), SAID_NOTHING, "notEnoughInformation"),
    ("WHAT-IF risk that is not said is none", {"signInRiskLevels": ["high"]}, SAID_NOTHING, "signInRisk"),
    (
        "WHAT-IF the example: no location, no risk",
        {**places(["location:Home"]), "signInRiskLevels": ["high"]},
        SAID_NOTHING,
        "notEnoughInformation",
    ),
    ("FIRST users before application", users(includeUsers=["user:temp"]), {"applications": (GRAPH,)}, "users"),
    (
        "FIRST application before location",
        places(["location:Office"]),
        {"applications": (GRAPH,)},
        "application",
    ),
    (
        "FIRST platform before client app",
        {"platforms": {"includePlatforms": ["iOS"]}, "clientAppTypes": ["other"]},
        {},
        "devicePlatform",
    ),
    (
        "FIRST client app before location",
        {**places(["location:Office"]), "clientAppTypes": ["other"]},
        {},
        "clientApps",
    ),
    ("FIRST location before risk", {**places(["location:Office"]), "signInRiskLevels": ["high"]}, {}, "location"),
]


@pytest.mark.parametrize(("conditions", "facts", "expected"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_truth_table(tenant: Tenant, conditions: dict[str, Any], facts: dict[str, Any], expected: str) -> None:
    body = policy(state="enabled")
    body["conditions"] |= resolved(tenant, conditions)
    stored = checked_body(body) | {"id": STRANGER}
    rules = Rules(tenant)
    rules._policies = [stored]
    (finding,) = rules.findings(sign_in(tenant, facts))
    assert (finding.reason, finding.applies) == (expected, expected == APPLIES)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"state": "disabled"}, "policyNotEnabled"),
        ({"state": "enabledForReportingButNotEnforced"}, APPLIES),
        ({"grantControls": None, "sessionControls": None}, "emptyPolicy"),
    ],
)
def test_the_policy_itself(tenant: Tenant, changes: dict[str, Any], expected: str) -> None:
    rules = Rules(tenant)
    rules._policies = [{**checked_body(policy(state="enabled")), "id": STRANGER, **changes}]
    assert [one.reason for one in rules.findings(sign_in(tenant, {}))] == [expected]


def test_a_condition_of_a_newer_graph_is_not_guessed(tenant: Tenant) -> None:
    stored = checked_body(policy(state="enabled")) | {"id": STRANGER}
    stored["conditions"] = {**stored["conditions"], "times": {"includeRanges": []}}
    rules = Rules(tenant)
    rules._policies = [stored]
    assert [one.reason for one in rules.findings(sign_in(tenant, {}))] == ["invalidCondition"]


def test_a_location_with_many_ranges(tmp_path: Any) -> None:
    ranges = [f"10.{number // 256}.{number % 256}.0/25" for number in range(2000)]
    document = tenant_document(0, named_locations=[ip_location("Many", *ranges)])
    many = read_tenant(tmp_path, document)
    body = policy(state="enabled")
    body["conditions"] |= resolved(many, places(["location:Many"]))
    rules = Rules(many)
    rules._policies = [checked_body(body) | {"id": STRANGER}]
    for address, expected in (("10.7.207.127", APPLIES), ("10.7.207.128", "location"), ("10.8.0.0", "location")):
        assert [one.reason for one in rules.findings(sign_in(many, {"ip": address}))] == [expected]


def some(*values: str) -> Any:
    return strategies.lists(strategies.sampled_from(values), unique=True)


PEOPLE = some("user:dana", "user:pat", "user:temp", "GuestsOrExternalUsers")
GROUPS = some("group:Technicians", "group:Everybody", "group:Readers", "group:Nobody")
ROLES = some(ADMIN, READER)
SITES = some("location:Office", "location:Branch", "location:Home", "AllTrusted")
APPS = some(SYNCRO_APP, EXCHANGE, "Office365")
FACTS = strategies.fixed_dictionaries(
    {
        "user": strategies.sampled_from(["dana", "pat", "lee", "temp", "breakglass"]),
        "ip": strategies.sampled_from(["198.51.100.7", "192.0.2.9", "203.0.113.9"]),
        "country": strategies.sampled_from(["DE", "US", None]),
        "applications": strategies.sampled_from([(SYNCRO_APP,), (EXCHANGE,)]),
    }
)


@hypothesis.settings(
    derandomize=True, deadline=None, database=None, max_examples=150, suppress_health_check=list(hypothesis.HealthCheck)
)
@hypothesis.given(FACTS, PEOPLE, GROUPS, ROLES, SITES, APPS)
def test_an_exclusion_never_makes_a_policy_apply(
    tenant: Tenant,
    facts: dict[str, Any],
    people: list[str],
    groups: list[str],
    roles: list[str],
    sites: list[str],
    applications: list[str],
) -> None:
    def reason(excluded: bool) -> str:
        more = {"excludeUsers": people, "excludeGroups": groups, "excludeRoles": roles} if excluded else {}
        body = policy(state="enabled")
        body["conditions"] |= resolved(
            tenant,
            {
                **users(includeUsers=["All"], **more),
                **apps(**ALL_APPS, excludeApplications=applications if excluded else []),
                **places(["All"], sites if excluded else []),
            },
        )
        rules = Rules(tenant)
        rules._policies = [checked_body(body) | {"id": STRANGER}]
        return rules.findings(sign_in(tenant, facts))[0].reason

    assert reason(excluded=False) == APPLIES
    found = reason(excluded=True)
    hit = {
        "users": people or groups or roles,
        "application": applications,
        "location": sites,
    }
    assert found == APPLIES or hit[found]
