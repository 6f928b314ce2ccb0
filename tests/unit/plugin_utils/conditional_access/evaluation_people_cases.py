# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a policy is for: users, groups, roles, guests and service principals."""

from __future__ import annotations

from evaluation_tenant import (
    APPLIES,
    DANA,
    GLOBAL_ADMIN,
    OTHER,
    OTHER_ROBOT,
    PARTNER,
    READER,
    ROBOT,
    SALES,
    TECHNICIANS,
    dana,
    missing,
)

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in import KINDS, Workload

GUEST_KINDS = sorted(KINDS - {"member"})


def users(include=(), exclude=(), **others):
    return {"users": {"includeUsers": list(include), "excludeUsers": list(exclude), **others}}


def guests(types, side="include", members=None, **others):
    tenants = {"membershipKind": "enumerated", "members": members} if members is not None else None
    value = {f"{side}GuestsOrExternalUsers": {"guestOrExternalUserTypes": types, "externalTenants": tenants}}
    return users(**value, **others)


def kind(*names, tenant=PARTNER):
    return dana(kinds=frozenset(names), home_tenant=tenant)


GROUPS = missing("the groups of the user")
ROLES = missing("the active directory roles of the user")
KIND = missing("whether the user is a member or a guest, and of which kind")
BOTH = missing("whether the user is there both by B2B direct connect and by B2B collaboration")
WHO = missing("who signs in")
OWN = missing("whether the service principal is of a single-tenant application of this tenant")

USERS = [
    ("all", "users", users(["All"]), {}, APPLIES),
    ("all-of-whom-nothing-is-known", "users", users(["All"]), dana(id=None, groups=None, roles=None), APPLIES),
    ("none", "users", users(["None"]), {}, "users"),
    ("none-whoever-it-is", "users", users(["None"]), dana(id=None), "users"),
    ("nobody", "users", users(), {}, "users"),
    ("null", "users", {"users": None}, {}, "users"),
    ("named", "users", users([DANA]), {}, APPLIES),
    ("named-in-capitals", "users", users([DANA.upper()]), {}, APPLIES),
    ("another-is-named", "users", users([OTHER]), {}, "users"),
    ("named-and-who-is-unknown", "users", users([DANA]), dana(id=None), WHO),
    ("group", "users", users(includeGroups=[TECHNICIANS]), {}, APPLIES),
    ("group-in-capitals", "users", users(includeGroups=[TECHNICIANS.upper()]), {}, APPLIES),
    ("not-in-the-group", "users", users(includeGroups=[SALES]), {}, "users"),
    ("in-no-group", "users", users(includeGroups=[SALES]), dana(groups=frozenset()), "users"),
    ("groups-unknown", "users", users(includeGroups=[SALES]), dana(groups=None), GROUPS),
    ("named-and-groups-unknown", "users", users([DANA], includeGroups=[SALES]), dana(groups=None), APPLIES),
    ("role", "users", users(includeRoles=[GLOBAL_ADMIN]), dana(roles=frozenset({GLOBAL_ADMIN})), APPLIES),
    ("other-role", "users", users(includeRoles=[GLOBAL_ADMIN]), dana(roles=frozenset({READER})), "users"),
    ("no-role", "users", users(includeRoles=[GLOBAL_ADMIN]), {}, "users"),
    ("roles-unknown", "users", users(includeRoles=[GLOBAL_ADMIN]), dana(roles=None), ROLES),
    ("group-or-role", "users", users(includeGroups=[TECHNICIANS], includeRoles=[READER]), {}, APPLIES),
    ("excluded", "users", users(["All"], [DANA]), {}, "users"),
    ("excluded-in-capitals", "users", users(["All"], [DANA.upper()]), {}, "users"),
    ("another-is-excluded", "users", users(["All"], [OTHER]), {}, APPLIES),
    ("named-and-excluded", "users", users([DANA], [DANA]), {}, "users"),
    ("excluded-by-group", "users", users(["All"], excludeGroups=[TECHNICIANS]), {}, "users"),
    ("named-and-excluded-by-group", "users", users([DANA], excludeGroups=[TECHNICIANS]), {}, "users"),
    ("excluded-by-another-group", "users", users(["All"], excludeGroups=[SALES]), {}, APPLIES),
    ("excluded-by-group-unknown", "users", users(["All"], excludeGroups=[SALES]), dana(groups=None), GROUPS),
    ("excluded-and-groups-unknown", "users", users(["All"], [DANA], excludeGroups=[SALES]), dana(groups=None), "users"),
    ("excluded-by-role", "users", users(["All"], excludeRoles=[READER]), dana(roles=frozenset({READER})), "users"),
    ("excluded-by-role-unknown", "users", users(["All"], excludeRoles=[READER]), dana(roles=None), ROLES),
    ("not-included-and-groups-unknown", "users", users([OTHER], excludeGroups=[SALES]), dana(groups=None), "users"),
    ("who-is-unknown", "users", users(["All"]), {"identity": None}, WHO),
]

GUESTS = [
    ("all-are-guests-too", "users", users(["All"]), kind("b2bCollaborationGuest"), APPLIES),
    ("all-are-direct-connect-too", "external", users(["All"]), kind("b2bDirectConnectUser"), APPLIES),
    *((f"any-guest-{name}", "external", users(["GuestsOrExternalUsers"]), kind(name), APPLIES) for name in GUEST_KINDS),
    ("any-guest-but-a-member", "external", users(["GuestsOrExternalUsers"]), {}, "users"),
    ("any-guest-unknown", "external", users(["GuestsOrExternalUsers"]), kind(*KINDS), KIND),
    ("any-guest-one-of-two", "external", users(["GuestsOrExternalUsers"]), kind("internalGuest", "member"), KIND),
    (
        "any-guest-whichever",
        "external",
        users(["GuestsOrExternalUsers"]),
        kind("internalGuest", "serviceProvider"),
        APPLIES,
    ),
    ("any-guest-excluded", "external", users(["All"], ["GuestsOrExternalUsers"]), kind("otherExternalUser"), "users"),
    ("guests-excluded-of-a-member", "external", users(["All"], ["GuestsOrExternalUsers"]), {}, APPLIES),
    *((f"kind-{name}", "guests", guests(name), kind(name), APPLIES) for name in GUEST_KINDS),
    ("another-kind", "guests", guests("internalGuest"), kind("serviceProvider"), "users"),
    ("one-of-two-kinds", "guests", guests("internalGuest,serviceProvider"), kind("serviceProvider"), APPLIES),
    ("no-kind-of-a-member", "guests", guests(",".join(GUEST_KINDS)), {}, "users"),
    (
        "kind-excluded",
        "guests",
        guests("serviceProvider", "exclude", include=["All"]),
        kind("serviceProvider"),
        "users",
    ),
    (
        "another-kind-excluded",
        "guests",
        guests("serviceProvider", "exclude", include=["All"]),
        kind("internalGuest"),
        APPLIES,
    ),
    ("kind-unknown", "guests", guests("serviceProvider"), kind(*KINDS), KIND),
    ("collaboration-may-be-direct", "users", guests("b2bDirectConnectUser"), kind("b2bCollaborationGuest"), BOTH),
    ("direct-may-be-collaboration", "users", guests("b2bCollaborationMember"), kind("b2bDirectConnectUser"), BOTH),
    (
        "kind-of-tomorrow",
        "evolvable",
        guests("ofTomorrow"),
        kind("serviceProvider"),
        missing("what 'ofTomorrow' means, a word of a newer Graph"),
    ),
    (
        "kind-of-tomorrow-and-one-of-today",
        "evolvable",
        guests("ofTomorrow,serviceProvider"),
        kind("serviceProvider"),
        APPLIES,
    ),
    ("tenant", "guests", guests("serviceProvider", members=[PARTNER]), kind("serviceProvider"), APPLIES),
    (
        "tenant-in-capitals",
        "guests",
        guests("serviceProvider", members=[PARTNER.upper()]),
        kind("serviceProvider"),
        APPLIES,
    ),
    ("another-tenant", "guests", guests("serviceProvider", members=[OTHER]), kind("serviceProvider"), "users"),
    (
        "no-tenant-in-entra",
        "guests",
        guests("otherExternalUser", members=[PARTNER]),
        kind("otherExternalUser", tenant=""),
        "users",
    ),
    (
        "tenant-unknown",
        "guests",
        guests("serviceProvider", members=[PARTNER]),
        kind("serviceProvider", tenant=None),
        missing("the home tenant of the user"),
    ),
    (
        "tenant-of-an-internal-guest",
        "guests",
        guests("internalGuest", members=[PARTNER]),
        kind("internalGuest"),
        missing("whether a list of external tenants narrows internal guests, which is not documented"),
    ),
    (
        "tenants-of-tomorrow",
        "evolvable",
        users(
            includeGuestsOrExternalUsers={
                "guestOrExternalUserTypes": "serviceProvider",
                "externalTenants": {"membershipKind": "ofTomorrow"},
            }
        ),
        kind("serviceProvider"),
        missing("what 'externalTenants: ofTomorrow' means, a word of a newer Graph"),
    ),
]


def workloads(include=(), exclude=(), rule=None):
    applications = {"includeServicePrincipals": list(include), "excludeServicePrincipals": list(exclude)}
    return {**users(["None"]), "clientApplications": {**applications, "servicePrincipalFilter": rule}}


def robot(own=True, object_id=ROBOT):
    return {"identity": Workload(object_id, own)}


FILTER = missing("the custom security attributes of the service principal, which a filter looks at")
MINE = ["ServicePrincipalsInMyTenant"]

WORKLOADS = [
    ("named", "workloads", workloads([ROBOT]), robot(), APPLIES),
    ("named-in-capitals", "workloads", workloads([ROBOT.upper()]), robot(), APPLIES),
    ("another-is-named", "workloads", workloads([OTHER_ROBOT]), robot(), "workloadIdentities"),
    ("every-one-of-mine", "workloads", workloads(MINE), robot(), APPLIES),
    ("excluded", "workloads", workloads(MINE, [ROBOT]), robot(), "workloadIdentities"),
    ("another-is-excluded", "workloads", workloads(MINE, [OTHER_ROBOT]), robot(), APPLIES),
    ("of-another-tenant", "workloads", workloads([ROBOT]), robot(own=False), "workloadIdentities"),
    ("of-which-tenant", "workloads", workloads([ROBOT]), robot(own=None), OWN),
    ("which-one", "workloads", workloads([ROBOT]), robot(object_id=None), WHO),
    ("filtered-in", "workloads", workloads(rule={"mode": "include", "rule": "x"}), robot(), FILTER),
    ("filtered-out", "workloads", workloads(MINE, rule={"mode": "exclude", "rule": "x"}), robot(), FILTER),
    (
        "named-out-and-filtered-out",
        "workloads",
        workloads(MINE, [ROBOT], {"mode": "exclude", "rule": "x"}),
        robot(),
        "workloadIdentities",
    ),
    ("policy-for-people", "workloads", users(["All"]), robot(), "workloadIdentities"),
    ("person-and-policy-for-workloads", "workloads", workloads(MINE), {}, "users"),
    (
        "risk",
        "workloads",
        {**workloads(MINE), "servicePrincipalRiskLevels": ["high"]},
        {**robot(), "service_principal_risk": "high"},
        APPLIES,
    ),
    ("no-risk", "workloads", {**workloads(MINE), "servicePrincipalRiskLevels": ["high"]}, robot(), "signInRisk"),
    (
        "risk-unknown",
        "workloads",
        {**workloads(MINE), "servicePrincipalRiskLevels": ["high"]},
        {**robot(), "service_principal_risk": None},
        missing("the risk of the service principal"),
    ),
]

CASES = [
    (f"{group}-{row[0]}", *row[1:])
    for group, rows in (("users", USERS), ("guests", GUESTS), ("workloads", WORKLOADS))
    for row in rows
]
