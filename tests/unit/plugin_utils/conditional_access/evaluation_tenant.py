# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tenant to evaluate sign-ins in, and the short forms of its policies and sign-ins.

A case is a row: an id, the page that has the rule, what the policy sets, what is different about the sign-in, and the answer,
which is that the policy applies, Graph's reason why it does not, or the facts that are missing.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import evaluation
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.known_applications import Application
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in import (
    UNREGISTERED,
    SignIn,
    Target,
    User,
)

ENTRA = "https://learn.microsoft.com/entra"
GRAPH = "https://learn.microsoft.com/graph/api"
PAGES = {
    "policies": f"{ENTRA}/identity/conditional-access/concept-conditional-access-policies",
    "users": f"{ENTRA}/identity/conditional-access/concept-conditional-access-users-groups",
    "external": f"{ENTRA}/external-id/authentication-conditional-access",
    "workloads": f"{ENTRA}/identity/conditional-access/workload-identity",
    "apps": f"{ENTRA}/identity/conditional-access/concept-conditional-access-cloud-apps",
    "baseline": f"{ENTRA}/identity/conditional-access/concept-enforcement-resource-exclusions",
    "office": f"{ENTRA}/identity/conditional-access/reference-office-365-application-contents",
    "app-filter": f"{ENTRA}/identity/conditional-access/concept-filter-for-applications",
    "conditions": f"{ENTRA}/identity/conditional-access/concept-conditional-access-conditions",
    "network": f"{ENTRA}/identity/conditional-access/concept-assignment-network",
    "devices": f"{ENTRA}/identity/conditional-access/concept-condition-filters-for-devices",
    "rules": f"{ENTRA}/identity/users/groups-dynamic-membership",
    "flows": f"{ENTRA}/identity/conditional-access/concept-authentication-flows",
    "grant": f"{ENTRA}/identity/conditional-access/concept-conditional-access-grant",
    "strengths": f"{ENTRA}/identity/authentication/concept-authentication-strengths",
    "session": f"{ENTRA}/identity/conditional-access/concept-session-lifetime",
    "token": f"{ENTRA}/identity/conditional-access/concept-token-protection",
    "report-only": f"{ENTRA}/identity/conditional-access/concept-conditional-access-report-only",
    "what-if": f"{ENTRA}/identity/conditional-access/what-if-tool",
    "evaluate": f"{GRAPH}/conditionalaccessroot-evaluate",
    "condition-set": f"{GRAPH}/resources/conditionalaccessconditionset",
    "country": f"{GRAPH}/resources/countrynamedlocation",
    "ip-range": f"{GRAPH}/resources/iprange",
    "guests": f"{GRAPH}/resources/conditionalaccessguestsorexternalusers",
    "evolvable": "https://learn.microsoft.com/graph/best-practices-concept#handling-future-members-in-evolvable-enumerations",
}

DANA = "0a1b2c3d-0001-4bbb-8ccc-0123456789ab"
OTHER = "0a1b2c3d-0002-4bbb-8ccc-0123456789ab"
TECHNICIANS = "0a1b2c3d-0003-4bbb-8ccc-0123456789ab"
SALES = "0a1b2c3d-0004-4bbb-8ccc-0123456789ab"
GLOBAL_ADMIN = "62e90394-69f5-4237-9190-012177145e10"
READER = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
HOME, PARTNER = "0a1b2c3d-0005-4bbb-8ccc-0123456789ab", "0a1b2c3d-0006-4bbb-8ccc-0123456789ab"
ROBOT, OTHER_ROBOT = "0a1b2c3d-0007-4bbb-8ccc-0123456789ab", "0a1b2c3d-0008-4bbb-8ccc-0123456789ab"

SYNCRO = "0a1b2c3d-0009-4bbb-8ccc-0123456789ab"
WIKI = "0a1b2c3d-000a-4bbb-8ccc-0123456789ab"
UNLISTED = "0a1b2c3d-000b-4bbb-8ccc-0123456789ab"
EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
SHAREPOINT = "00000003-0000-0ff1-ce00-000000000000"
APPLICATIONS = [
    Application(SYNCRO.upper(), "Syncro SSO", microsoft=False, web=True),
    Application(WIKI, "Wiki", microsoft=False),
]

OFFICE = "0a1b2c3d-0010-4bbb-8ccc-0123456789ab"
HOTEL = "0a1b2c3d-0011-4bbb-8ccc-0123456789ab"
OLD = "0a1b2c3d-0012-4bbb-8ccc-0123456789ab"
ODD = "0a1b2c3d-0013-4bbb-8ccc-0123456789ab"
GERMANY = "0a1b2c3d-0014-4bbb-8ccc-0123456789ab"
NOWHERE = "0a1b2c3d-0015-4bbb-8ccc-0123456789ab"
GERMANY_GPS = "0a1b2c3d-0016-4bbb-8ccc-0123456789ab"
OF_TOMORROW = "0a1b2c3d-0017-4bbb-8ccc-0123456789ab"
COMPLIANT_NETWORK = "0a1b2c3d-0018-4bbb-8ccc-0123456789ab"
GONE = "0a1b2c3d-0019-4bbb-8ccc-0123456789ab"
MFA_TRUSTED_IPS = "00000000-0000-0000-0000-000000000000"


def ip_location(object_id: str, name: str, *cidrs: str, trusted: bool = False) -> dict[str, t.Any]:
    ranges = [{"cidrAddress": cidr} for cidr in cidrs]
    return {"id": object_id, "displayName": name, "isTrusted": trusted, "ipRanges": ranges}


def country_location(object_id: str, name: str, method: str | None = None, unmapped: bool = False) -> dict[str, t.Any]:
    return {
        "id": object_id,
        "displayName": name,
        "countriesAndRegions": ["DE", "AT"],
        "countryLookupMethod": method,
        "includeUnknownCountriesAndRegions": unmapped,
    }


LOCATIONS = [
    ip_location(OFFICE, "Office", "8.8.8.10/32", "8.8.9.7/24", "2600:1:0:0::/48", trusted=True),
    ip_location(HOTEL, "Hotel", "9.9.9.0/24", "::ffff:6.6.6.0/120"),
    {
        "id": OLD,
        "displayName": "Old",
        "isTrusted": False,
        "ipRanges": [{"lowerAddress": "7.7.7.10", "upperAddress": "7.7.7.20"}],
    },
    ip_location(ODD, "Odd", "1.1.1.0/24", "one.one.one.one"),
    country_location(GERMANY, "Germany"),
    country_location(NOWHERE, "Germany and nowhere", unmapped=True),
    country_location(GERMANY_GPS, "Germany by GPS", "authenticatorAppGps"),
    country_location(OF_TOMORROW, "Germany by smell", "smell"),
    {
        "id": COMPLIANT_NETWORK,
        "displayName": "All Compliant Network locations",
        "@odata.type": "#microsoft.graph.compliantNetworkNamedLocation",
    },
]

# Everything is known of it.
SIGN_IN = SignIn(
    identity=User(
        DANA, groups=frozenset({TECHNICIANS}), roles=frozenset(), kinds=frozenset({"member"}), home_tenant=HOME
    ),
    target=Target.of(SYNCRO),
    user_action="none",
    authentication_contexts=frozenset(),
    ip="8.8.8.10",
    country="DE",
    gps_country="DE",
    platform="windows",
    client_app="browser",
    sign_in_risk="none",
    user_risk="none",
    service_principal_risk="none",
    insider_risk="none",
    device=UNREGISTERED,
    transfer_method="none",
)


def sign_in(**changes: t.Any) -> SignIn:
    """The sign-in with other circumstances."""
    return dataclasses.replace(SIGN_IN, **changes)


def dana(**changes: t.Any) -> dict[str, t.Any]:
    """The sign-in of a user that differs from its own: the change to it."""
    return {"identity": dataclasses.replace(SIGN_IN.identity, **changes)}


def policy(state: str = "enabled", controls: t.Sequence[str] = ("block",), name: str = "Policy", **conditions: t.Any):
    """A policy for all users and all resources that sets these conditions."""
    everyone = {
        "users": {"includeUsers": ["All"]},
        "applications": {"includeApplications": ["All"]},
        "clientAppTypes": ["all"],
    }
    return {
        "displayName": name,
        "state": state,
        "conditions": {**everyone, **conditions},
        "grantControls": {"operator": "OR", "builtInControls": list(controls)},
    }


def policy_set(*policies: dict[str, t.Any], **changes: t.Any) -> evaluation.PolicySet:
    """The policies in the tenant, where nobody uses the trusted IPs of MFA."""
    tenant = {"locations": LOCATIONS, "applications": APPLICATIONS, "mfa_trusted_ips": ()}
    return evaluation.PolicySet(policies, **{**tenant, **changes})


@dataclasses.dataclass(frozen=True)
class Missing:
    """The answer that it is not known whether the policy applies, for want of these facts."""

    facts: tuple[str, ...]


def missing(*facts: str) -> Missing:
    return Missing(facts)


APPLIES = "notSet"
