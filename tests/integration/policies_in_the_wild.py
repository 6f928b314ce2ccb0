# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies and locations in the shapes that real tenants have them in, as Graph JSON of a seed.

What old versions of the service and of its clients have left behind, what a newer Graph will hold, and what has outlived the
objects it names. ``tenant_in_the_wild`` is a practice tenant with all of them, ``tenant_like_it`` one with the same names under
other ids and none of them.
"""

from __future__ import annotations

import copy
import typing as t

from practice import tenant_seed

Json = dict[str, t.Any]

# What the ids in capitals are of; the other tenant has these names under other ids.
GROUP, APPLICATION, PRINCIPAL = (f"abcdef0{n}-aaaa-4bbb-8ccc-abcdef012345" for n in (1, 2, 3))
LOCATION, STRENGTH, TERMS = (f"abcdef0{n}-aaaa-4bbb-8ccc-abcdef012345" for n in (4, 5, 6))
GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
MFA_TRUSTED_IPS = "00000000-0000-0000-0000-000000000000"
DANA, BREAK_GLASS = "dana@tenant1.example", "breakglass@tenant1.example"
PARTNER = "77777777-7777-4777-8777-777777777777"

# Ids that nothing has any more.
GONE = {
    kind: f"dead0{number}ff-aaaa-4bbb-8ccc-dddddddddddd"
    for number, kind in enumerate(
        ("user", "group", "role", "application", "location", "principal", "strength", "terms")
    )
}
MFA: Json = {"operator": "OR", "builtInControls": ["mfa"]}
OLD: Json = {"as_found": True}
NEWER: Json = {"from_a_newer_graph": True}


def policy(conditions: Json | None = None, **more: t.Any) -> Json:
    """A policy for one person and all applications, but for what is said."""
    return {
        "state": "disabled",
        "conditions": {
            "clientAppTypes": ["all"],
            "users": {"includeUsers": [DANA]},
            "applications": {"includeApplications": ["All"]},
            **(conditions or {}),
        },
        "grantControls": MFA,
        **more,
    }


USER_LISTS = ("excludeUsers", "includeGroups", "excludeGroups", "includeRoles", "excludeRoles")
NO_USER_LISTS: Json = dict.fromkeys((*USER_LISTS, "includeGuestsOrExternalUsers", "excludeGuestsOrExternalUsers"))
RISKS = ("signInRiskLevels", "userRiskLevels", "servicePrincipalRiskLevels")


def _nulls() -> t.Iterator[Json]:
    """Null, or nothing, where today's Graph gives an empty list."""
    yield policy({"users": {"includeUsers": [DANA], **NO_USER_LISTS}, **dict.fromkeys(RISKS)}, **OLD)
    lists = ("excludeApplications", "includeUserActions", "includeAuthenticationContextClassReferences")
    yield policy({"applications": {"includeApplications": ["All"], **dict.fromkeys(lists)}}, **OLD)
    yield policy({"locations": {"includeLocations": None, "excludeLocations": None}}, **OLD)
    yield policy({"locations": {"includeLocations": ["All"], "excludeLocations": None}}, **OLD)
    yield policy({"platforms": {"includePlatforms": ["all"], "excludePlatforms": None}}, **OLD)
    yield policy(
        {"platforms": {"includePlatforms": [], "excludePlatforms": []}, "devices": {"deviceFilter": None}}, **OLD
    )
    workloads = dict.fromkeys(("includeServicePrincipals", "excludeServicePrincipals", "servicePrincipalFilter"))
    yield policy({"clientApplications": workloads}, **OLD)
    yield policy({"clientApplications": {"includeServicePrincipals": [], "excludeServicePrincipals": []}}, **OLD)
    yield policy(grantControls={**MFA, "customAuthenticationFactors": None, "termsOfUse": None}, **OLD)
    yield policy({"authenticationFlows": {"transferMethods": "none"}, "insiderRiskLevels": None})
    guests = {"guestOrExternalUserTypes": "internalGuest", "externalTenants": None}
    yield policy({"users": {"includeUsers": ["All"], "excludeGuestsOrExternalUsers": guests}})


def _capitals() -> t.Iterator[Json]:
    """Ids as some clients have written them."""
    yield policy({"users": {"includeGroups": [GROUP.upper()], "excludeRoles": [GLOBAL_READER.upper()]}}, **OLD)
    yield policy({"applications": {"includeApplications": [APPLICATION.upper()]}}, **OLD)
    yield policy({"locations": {"includeLocations": ["All"], "excludeLocations": [LOCATION.upper()]}}, **OLD)
    strength = {"operator": "OR", "builtInControls": [], "authenticationStrength": {"id": STRENGTH.upper()}}
    yield policy(grantControls=strength, **OLD)
    yield policy(grantControls={**MFA, "termsOfUse": [TERMS.upper()]}, **OLD)
    workloads = {"includeServicePrincipals": [PRINCIPAL.upper()]}
    risky = {"users": {"includeUsers": ["None"]}, "servicePrincipalRiskLevels": ["high"]}
    yield policy({"clientApplications": workloads, **risky}, grantControls={"builtInControls": ["block"]}, **OLD)
    enumerated = "#microsoft.graph.conditionalAccessEnumeratedExternalTenants"
    tenants = {"@odata.type": enumerated, "membershipKind": "enumerated", "members": [PARTNER.upper()]}
    guests = {"guestOrExternalUserTypes": "serviceProvider", "externalTenants": tenants}
    yield policy({"users": {"includeGuestsOrExternalUsers": guests}}, **OLD)


BROWSER: Json = {"mode": "never", "isEnabled": True}
HOURS: Json = {"value": 4, "type": "hours", "isEnabled": True}


def _sessions() -> t.Iterator[Json]:
    """Session controls that are off, or were written before they had all of their properties."""
    everything_off = {
        "applicationEnforcedRestrictions": {"isEnabled": False},
        "cloudAppSecurity": {"isEnabled": False, "cloudAppSecurityType": "monitorOnly"},
        "persistentBrowser": {"isEnabled": False, "mode": "always"},
        "secureSignInSession": {"isEnabled": False},
        "signInFrequency": {**HOURS, "isEnabled": False},
        "disableResilienceDefaults": False,
    }
    yield policy(sessionControls=everything_off, **OLD)
    yield policy(sessionControls=dict.fromkeys(everything_off), **OLD)
    yield policy(sessionControls={**{name: {} for name in everything_off}, "disableResilienceDefaults": None}, **OLD)
    yield policy(sessionControls={}, **OLD)
    yield policy(sessionControls={"persistentBrowser": {"isEnabled": None, "mode": None}}, **OLD)
    yield policy(sessionControls={"persistentBrowser": {"isEnabled": None, "mode": "never"}}, **OLD)
    yield policy(sessionControls={**everything_off, "persistentBrowser": BROWSER}, grantControls=None, **OLD)
    yield policy(sessionControls={"signInFrequency": HOURS}, grantControls=None, **OLD)
    half = {**HOURS, "frequencyInterval": None, "authenticationType": None}
    yield policy(sessionControls={"signInFrequency": half, "persistentBrowser": {}}, **OLD)
    empty = {"operator": "OR", "builtInControls": [], "customAuthenticationFactors": [], "termsOfUse": []}
    yield policy(sessionControls={"persistentBrowser": BROWSER}, grantControls=empty, **OLD)
    yield policy(grantControls={"operator": None, "builtInControls": ["mfa"]}, **OLD)


def _words() -> t.Iterator[Json]:
    """Texts that look like nothing, templates, and the location from before there were named ones."""
    for text in ("", "   ", "\n", "Zeile 1\r\nZeile 2\t{{ no template }}", " blank before and behind "):
        yield policy(description=text, **OLD)
    yield policy(templateId="c7503427-338e-4c5e-902d-abe252abfb43")
    yield policy({"locations": {"includeLocations": ["All"], "excludeLocations": [MFA_TRUSTED_IPS]}})
    yield policy({"locations": {"includeLocations": [MFA_TRUSTED_IPS, "AllTrusted"]}}, **OLD)
    yield policy(
        {"applications": {"applicationFilter": {"mode": "include", "rule": 'CustomSecurityAttribute.a_b -eq "c"'}}}
    )


def _gone() -> t.Iterator[Json]:
    """What has outlived the objects it names."""
    people = {
        "includeUsers": [DANA],
        "excludeUsers": [BREAK_GLASS, GONE["user"]],
        "excludeGroups": [GONE["group"].upper()],
        "includeRoles": [GLOBAL_READER, GONE["role"]],
    }
    yield policy({"users": people}, **OLD)
    yield policy({"applications": {"includeApplications": ["All"], "excludeApplications": [GONE["application"]]}})
    yield policy({"locations": {"includeLocations": ["All"], "excludeLocations": ["Office", GONE["location"]]}})
    workloads = {
        "includeServicePrincipals": ["ServicePrincipalsInMyTenant"],
        "excludeServicePrincipals": [GONE["principal"]],
    }
    nobody = {"users": {"includeUsers": ["None"]}}
    yield policy({"clientApplications": workloads, **nobody}, grantControls={"builtInControls": ["block"]})


def _of_a_newer_graph() -> t.Iterator[Json]:
    """Properties and words that v1.0 does not have, beside enough that it has to be made without them."""
    yield policy(hue={"strong": [1, 2], "ids": [GROUP.upper()]}, **NEWER)
    yield policy({"weather": {"include": ["rain"]}, "timeOfDay": "night"}, **NEWER)
    yield policy({"users": {"includeUsers": [DANA], "excludeMoods": ["bad"]}}, **NEWER)
    yield policy({"applications": {"includeApplications": ["All"], "excludeRobots": ["EveryRobot"]}}, **NEWER)
    yield policy(
        {
            "devices": {"newDevices": {"include": ["x"]}},
            "authenticationFlows": {"transferMethods": "none", "newFlow": True},
        },
        **NEWER,
    )
    yield policy({"clientAppTypes": ["browser", "telepathy"]}, **NEWER)
    yield policy({"clientAppTypes": ["telepathy"]}, **NEWER)
    yield policy({"signInRiskLevels": ["cosmic"], "userRiskLevels": ["high", "cosmic"]}, **NEWER)
    yield policy({"insiderRiskLevels": "minor,cosmic"}, **NEWER)
    yield policy({"insiderRiskLevels": "cosmic", "authenticationFlows": {"transferMethods": "telepathy"}}, **NEWER)
    guests = {"guestOrExternalUserTypes": "internalGuest,alien"}
    yield policy({"users": {"includeUsers": ["All"], "excludeGuestsOrExternalUsers": guests}}, **NEWER)
    yield policy({"platforms": {"includePlatforms": ["all"], "excludePlatforms": ["fridge", "iOS"]}}, **NEWER)
    yield policy(state="enabledOnSundays", **NEWER)
    yield policy(grantControls={"operator": "OR", "builtInControls": ["mfa", "smile"], "smileSeconds": 3}, **NEWER)
    yield policy(sessionControls={"nap": {"isEnabled": True}, "persistentBrowser": BROWSER}, **NEWER)
    yield policy(sessionControls={"nap": {"isEnabled": True}}, **NEWER)
    yield policy(sessionControls={"persistentBrowser": {**BROWSER, "since": 7}}, **NEWER)
    hours = {**HOURS, "authenticationType": "thirdAuthentication", "frequencyInterval": "timeBased"}
    yield policy(sessionControls={"signInFrequency": hours}, **NEWER)


KINDS = (_nulls, _capitals, _sessions, _words, _gone, _of_a_newer_graph)
WILD: list[Json] = [
    {"displayName": f"wild {kind.__name__.strip('_')} {number:02d}", **one}
    for kind in KINDS
    for number, one in enumerate(kind())
]

# What could not be anywhere else: controls that are gone, or that only a newer Graph has, and what includes nothing else.
HERE_ONLY: list[Json] = [
    {"displayName": f"here only {number:02d}", **one}
    for number, one in enumerate(
        (
            policy(grantControls={**MFA, "termsOfUse": [GONE["terms"]]}),
            policy(grantControls={"operator": "OR", "authenticationStrength": {"id": GONE["strength"]}}),
            policy(grantControls={"operator": "OR", "builtInControls": ["smile"]}, **NEWER),
            policy({"devices": {"deviceFilter": {"mode": "maybe", "rule": "x"}}}, **NEWER),
            policy(sessionControls={"persistentBrowser": {"isEnabled": True, "mode": "sometimes"}}, **NEWER),
            policy(sessionControls={"cloudAppSecurity": {"isEnabled": True, "cloudAppSecurityType": "shout"}}, **NEWER),
            policy({"users": {"includeGroups": [GONE["group"]]}}),
            policy({"locations": {"includeLocations": [GONE["location"]]}}),
        )
    )
]
TWINS: list[Json] = [
    {
        "displayName": "Twins",
        "id": f"{number}abcdeff-aaaa-4bbb-8ccc-dddddddddddd",
        **policy(description=f"number {number}"),
    }
    for number in (1, 2)
]

IPV4, IPV6 = "#microsoft.graph.iPv4CidrRange", "#microsoft.graph.iPv6CidrRange"
COUNTRIES = "#microsoft.graph.countryNamedLocation"


def ranges(*texts: str, **more: t.Any) -> Json:
    """A location of IP ranges."""
    found = [{"@odata.type": IPV6 if ":" in text else IPV4, "cidrAddress": text} for text in texts]
    return {"@odata.type": "#microsoft.graph.ipNamedLocation", "ipRanges": found, **more}


WILD_LOCATIONS: list[Json] = [
    {"displayName": "Shouted office", "id": LOCATION, **ranges("198.51.100.128/25", isTrusted=True)},
    {"displayName": "Written out", **ranges("2001:0DB8:0001:0000:0000:0000:0000:0000/48", "203.0.113.0/24")},
    {"displayName": "Host bits", **ranges("203.0.113.77/24", "2001:db8:2::1/64")},
    {
        "@odata.type": COUNTRIES,
        "displayName": "Nowhere",
        "countriesAndRegions": [],
        "includeUnknownCountriesAndRegions": True,
    },
    {
        "@odata.type": COUNTRIES,
        "displayName": "By telephone",
        "countriesAndRegions": ["US", "CA"],
        "countryLookupMethod": "authenticatorAppGps",
    },
]
# Ranges of a form that is not made any more: theirs is the one location that cannot be made elsewhere.
OLD_RANGES: Json = {
    "@odata.type": "#microsoft.graph.ipNamedLocation",
    "displayName": "From here to there",
    "ipRanges": [
        {"@odata.type": "#microsoft.graph.iPv4Range", "lowerAddress": "203.0.113.1", "upperAddress": "203.0.113.9"},
        {"@odata.type": "#microsoft.graph.iPv6Range", "lowerAddress": "2001:DB8::1", "upperAddress": "2001:db8::ff"},
    ],
}


def changes_of(policy: Json) -> t.Iterator[Json]:
    """A change of something else in each part of a policy that it has."""
    yield {"description": "changed"}
    yield {"conditions": {**policy["conditions"], "service_principal_risk_levels": [], "sign_in_risk_levels": ["low"]}}
    if policy["grant_controls"] and "block" not in (policy["grant_controls"]["built_in_controls"] or []):
        yield {"grant_controls": {"custom_authentication_factors": ["RequireDuoMfa"]}}
    yield {"session_controls": {"disable_resilience_defaults": True}}


def tenant_in_the_wild(*more: Json, locations: t.Sequence[Json] = ()) -> Json:
    """A tenant with all of that."""
    seed = tenant_like_it(1)
    seed["groups"][-1]["id"] = GROUP
    seed["applications"][-1] |= {"app_id": APPLICATION, "id": PRINCIPAL}
    seed["authentication_strengths"][-1]["id"] = STRENGTH
    seed["terms_of_use"][-1]["id"] = TERMS
    office = {"displayName": "Office", **ranges("198.51.100.10/32", isTrusted=True)}
    home = {"@odata.type": COUNTRIES, "displayName": "Home countries", "countriesAndRegions": ["DE", "AT"]}
    return {
        **seed,
        "named_locations": [office, home, *copy.deepcopy(WILD_LOCATIONS), *locations],
        "policies": copy.deepcopy([*WILD, *more]),
    }


def tenant_like_it(number: int) -> Json:
    """A tenant with the same people and things under ids of its own, and nothing of the kind."""
    seed, first = tenant_seed(number), tenant_seed(1)
    return {
        **seed,
        "users": first["users"],
        "groups": [*first["groups"], {"name": "Shouted"}],
        "applications": [*first["applications"], {"name": "Shouted"}],
        "authentication_strengths": [
            *first["authentication_strengths"],
            {"name": "Shouted", "combinations": ["fido2"]},
        ],
        "terms_of_use": [*first["terms_of_use"], {"name": "Shouted"}],
    }
