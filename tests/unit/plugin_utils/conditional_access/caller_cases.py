# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies that could block who writes them, each with its nearest harmless neighbour, in the form of ``lockout_cases``."""

from __future__ import annotations

from fake_tenant import TENANT_ID, Tenant
from lockout_policies import ADMIN, EVERY_APP, OFFICE, OTHER, REPORT_ONLY, SERVICE, outside, users
from way_back_cases import PLACES, blocking

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import caller
from ansible_collections.msp.entra.plugins.plugin_utils.graph.claims import Caller

ROBOT = "0e-robot"
APPLICATION, PERSON = Caller(ROBOT, True, "Keeper"), Caller(ADMIN, False, "admin@x.y")
OWN = {"servicePrincipalType": "Application", "appOwnerOrganizationId": TENANT_ID, "signInAudience": "AzureADMyOrg"}
ELSEWHERE, LETTERS = "88888888-1111-4111-8111-111111111111", "abcdefab-1111-4111-8111-111111111111"
EVERY_WORKLOAD = {"includeServicePrincipals": ["ServicePrincipalsInMyTenant"]}


def tenant(principal=..., user=None, groups=(), tenant_id=TENANT_ID):
    """A tenant that shows who runs this: the tenant's own application where nothing is said."""
    there, principal = Tenant(), OWN if principal is ... else principal
    there.tenant_id = tenant_id
    there.single = {f"/servicePrincipals/{ROBOT}": principal} if principal else {}
    there.single[f"/users/{ADMIN}?$select=id,userType,userPrincipalName"] = user or {}
    there.objects["/servicePrincipals"] = []
    there.objects[f"/users/{ADMIN}/transitiveMemberOf"] = [
        {"@odata.type": "#microsoft.graph.group", "id": group} for group in groups
    ]
    return there


def of(policy, who=PERSON, look=True, **shows):
    return caller.findings(policy, PLACES, who, tenant(**shows).reads() if look else None)


def of_user(look=True, **changes):
    return of(blocking(**changes), look=look)


def workloads(value=None, principal=..., look=True, state="enabled", tenant_id=TENANT_ID, **changes):
    conditions = {"users": None, "clientApplications": value or EVERY_WORKLOAD, **changes}
    policy = {**blocking(state=state, **conditions), "sessionControls": None}
    return of(policy, APPLICATION, look, principal=principal, tenant_id=tenant_id)


def _without(*ids):
    return {**EVERY_WORKLOAD, "excludeServicePrincipals": list(ids)}


GUESTS = {"includeUsers": ["GuestsOrExternalUsers"]}
OF_A_KIND = {"guestOrExternalUserTypes": "b2bCollaborationGuest,b2bCollaborationMember"}
INVITED = {"userType": "Guest", "userPrincipalName": "p_q.example#EXT#@x.y"}
MEMBER = {"userType": "Member", "userPrincipalName": "p@x.y"}

CALLER_BLOCKED = [
    ("an-application", workloads, _without(OTHER), _without(OTHER, ROBOT.upper())),
    ("by-its-id", workloads, {"includeServicePrincipals": [ROBOT]}, {"includeServicePrincipals": [OTHER]}),
    ("from-elsewhere", lambda x: workloads(x, locations=outside(OFFICE)), EVERY_WORKLOAD, _without(ROBOT)),
    ("of-another-tenant", lambda p: workloads(principal=p), OWN, {**OWN, "appOwnerOrganizationId": ELSEWHERE}),
    (
        "of-this-tenant-in-capitals",
        lambda p: workloads(principal=p, tenant_id=LETTERS),
        {**OWN, "appOwnerOrganizationId": LETTERS.upper()},
        {**OWN, "appOwnerOrganizationId": ELSEWHERE},
    ),
    ("of-several-tenants", lambda p: workloads(principal=p), OWN, {**OWN, "signInAudience": "AzureADMultipleOrgs"}),
    ("a-managed-identity", lambda p: workloads(principal=p), OWN, {"servicePrincipalType": "ManagedIdentity"}),
    ("that-cannot-be-read", lambda p: workloads(principal=p), None, {**OWN, "servicePrincipalType": "ManagedIdentity"}),
    ("not-to-be-asked", lambda look: workloads(look=look), True, False),
    ("state-of-a-workload", lambda s: workloads(state=s), "enabled", REPORT_ONLY),
    ("at-risk", lambda r: workloads(servicePrincipalRiskLevels=r), [], ["high"]),
    ("a-user", lambda u: of_user(who=u), users(SERVICE), users(ADMIN)),
    ("a-user-for-certain", lambda u: of_user(who=u, look=False), users(SERVICE), users(excludeGroups=["g"])),
    (
        "a-group",
        lambda groups: of(blocking(who=users(excludeGroups=["g"])), groups=groups),
        ["h"],
        ["g"],
    ),
    ("a-guest", lambda user: of(blocking(who=GUESTS), user=user), INVITED, MEMBER),
    ("not-a-guest", lambda user: of(blocking(who=users("GuestsOrExternalUsers")), user=user), MEMBER, INVITED),
    (
        "a-guest-of-a-kind",
        lambda user: of(blocking(who=users(include=[], includeGuestsOrExternalUsers=OF_A_KIND)), user=user),
        INVITED,
        MEMBER,
    ),
    (
        "not-a-guest-of-a-kind",
        lambda user: of(blocking(who=users(excludeGuestsOrExternalUsers=OF_A_KIND)), user=user),
        MEMBER,
        INVITED,
    ),
    ("a-guest-whom-nobody-looks-up", lambda look: of(blocking(who=GUESTS), look=look, user=INVITED), True, False),
    ("whoever-that-is", lambda who: of(blocking(), who), PERSON, None),
    ("an-application-is-no-user", lambda who: of(blocking(), who), PERSON, APPLICATION),
    ("state", lambda s: of_user(state=s), "enabled", REPORT_ONLY),
    ("off", lambda s: of_user(state=s), "enabled", "disabled"),
    ("perhaps-from-there", lambda u: of_user(who=u, locations=outside(OFFICE)), users(SERVICE), users(ADMIN)),
    ("a-device", lambda c: of_user(controls=c), ["compliantDevice"], ["mfa", "compliantDevice"]),
    ("graph", lambda a: of_user(applications={"includeApplications": [a]}), "All", "Office365"),
    (
        "one-of-two-ways",
        lambda c: of_user(clientAppTypes=c),
        ["mobileAppsAndDesktopClients"],
        ["exchangeActiveSync", "other"],
    ),
    ("risk", lambda r: of_user(userRiskLevels=r), [], ["high"]),
    ("risk-of-the-sign-in", lambda r: of_user(signInRiskLevels=r), [], ["high"]),
    ("insider-risk", lambda r: of_user(insiderRiskLevels=r), None, "elevated"),
    (
        "only-an-action",
        lambda a: of_user(applications=a),
        EVERY_APP,
        {"includeUserActions": ["urn:user:registersecurityinfo"]},
    ),
    (
        "only-an-authentication-context",
        lambda a: of_user(applications=a),
        EVERY_APP,
        {"includeAuthenticationContextClassReferences": ["c1"]},
    ),
]
