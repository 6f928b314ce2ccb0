# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies that break one rule of the lockout guard, each with its nearest harmless neighbour.

A case is a rule, an id, how a value is judged, the value that fires the rule alone, and the value against which nothing speaks.
"""

from __future__ import annotations

from lockout_policies import (
    ADMIN,
    EVERY_APP,
    GONE,
    HOME,
    MADE_UP,
    MFA_TRUSTED_IPS,
    NOWHERE,
    OFFICE,
    OTHER,
    REPORT_ONLY,
    SERVICE,
    location,
    of_policy,
    outside,
    policy,
    users,
)

ADMIN_PORTALS = {"includeApplications": ["MicrosoftAdminPortals"]}
OFFICE_APPS = {"includeApplications": ["Office365"]}
REGISTERING = {"includeUserActions": ["urn:user:registersecurityinfo"]}
NO_ONE_OUT = users()
ONLY_RISK = {"locations": None, "signInRiskLevels": ["high"]}
DEVICE = ["compliantDevice"]


def _nobody_known(accounts=(), **changes):
    """Judged where no break-glass account is given, for a policy that stops everyone who is not at the office."""
    return of_policy(policy(**{"users": NO_ONE_OUT, "applications": EVERY_APP, **changes}), accounts, None)


def _of_users(value, **changes):
    return of_policy(policy(users=value, **changes))


def _own(**changes):
    """The service account's own policy, which asks for MFA."""
    return of_policy(policy(**{"controls": ["mfa"], "users": users(include=[SERVICE]), **changes}))


# Who is left out may be anybody: nobody, where it is an empty group, or an account that is disabled.
NO_BREAK_GLASS = [
    *(
        (f"only-{name}-left-out", lambda u: _nobody_known(users=u), left_out, users(include=[OTHER]))
        for name, left_out in {
            "nobody": NO_ONE_OUT,
            "a-user": users(OTHER),
            "a-group": users(excludeGroups=["g"]),
            "a-role": users(excludeRoles=["r"]),
            "guests": users("GuestsOrExternalUsers"),
        }.items()
    ),
    ("one-is-given", lambda a: _nobody_known(a, users=users(ADMIN)), (), (ADMIN,)),
    ("by-a-group", lambda u: _nobody_known(users=u), users(include=[], includeGroups=["g"]), users(include=[OTHER])),
    (
        "by-a-group-where-it-blocks",
        lambda c: _nobody_known(users=users(include=[], includeGroups=["g"]), controls=c),
        ["block"],
        DEVICE,
    ),
    (
        "by-a-role-that-can-change-policies",
        lambda role: _nobody_known(users=users(include=[], includeRoles=[role])),
        "62e90394-69f5-4237-9190-012177145e10",
        "d29b2b05-8046-44ba-8758-1e26182fcf32",
    ),
    (
        "and-in-capitals",
        lambda role: _nobody_known(users=users(include=[], includeRoles=[role])),
        "B1BE1C3E-B65D-4F19-8427-F6FA0D97FEB9",
        "D29B2B05-8046-44BA-8758-1E26182FCF32",
    ),
    ("mfa-can-be-met", lambda c: _nobody_known(controls=c), ["block"], ["mfa"]),
    ("state", lambda s: _nobody_known(state=s), REPORT_ONLY, "disabled"),
    ("one-application", lambda a: _nobody_known(applications=a), EVERY_APP, {"includeApplications": ["syncro"]}),
    ("an-action", lambda a: _nobody_known(applications=a), EVERY_APP, REGISTERING),
    ("device-for-all", lambda a: _nobody_known(controls=DEVICE, applications=a), EVERY_APP, OFFICE_APPS),
    (
        "device-for-the-admin-center",
        lambda a: _nobody_known(controls=DEVICE, applications=a),
        ADMIN_PORTALS,
        OFFICE_APPS,
    ),
    ("old-protocols", lambda c: _nobody_known(clientAppTypes=c), ["all"], ["exchangeActiveSync", "other"]),
    ("risk", lambda r: _nobody_known(signInRiskLevels=r), [], ["high"]),
    ("a-country", lambda x: _nobody_known(locations=x), outside(OFFICE), {"includeLocations": [OFFICE]}),
    ("a-platform", lambda p: _nobody_known(platforms=p), None, {"includePlatforms": ["android"]}),
    *(
        (
            f"admin-center-needs-{control}",
            lambda c: _nobody_known(controls=c, applications=ADMIN_PORTALS),
            [control],
            ["mfa", control],
        )
        for control in (
            "compliantDevice",
            "domainJoinedDevice",
            "approvedApplication",
            "compliantApplication",
            "passwordChange",
        )
    ),
]

BREAK_GLASS_NOT_EXCLUDED = [
    ("left-out", _of_users, users(SERVICE), users(SERVICE, ADMIN)),
    ("left-out-in-capitals", _of_users, users(SERVICE), users(SERVICE, ADMIN.upper())),
    ("not-for-everyone", _of_users, users(SERVICE), users(SERVICE, include=[OTHER])),
    ("named", _of_users, users(SERVICE, include=[ADMIN.upper()]), users(SERVICE, include=[OTHER])),
    ("named-and-left-out", _of_users, users(include=[OTHER, ADMIN]), users(ADMIN, include=[OTHER, ADMIN])),
    ("nobody-is-named", _of_users, users(SERVICE, include=[ADMIN]), users(SERVICE, include=["None"])),
    ("guests", _of_users, users(SERVICE, include=[ADMIN]), users(SERVICE, include=["GuestsOrExternalUsers"])),
    (
        "by-a-role",
        lambda u: _of_users(u, controls=["mfa"]),
        users(include=[], includeRoles=["r"]),
        users(include=[], includeRoles=[]),
    ),
    (
        "by-a-role-and-left-out",
        lambda u: _of_users(u, controls=["mfa"]),
        users(include=[], includeRoles=["r"]),
        users(ADMIN, include=[], includeRoles=["r"]),
    ),
    (
        "by-a-group-where-it-blocks",
        lambda c: _of_users(users(include=[], includeGroups=["g"]), controls=c),
        ["block"],
        ["mfa"],
    ),
    ("no-group", _of_users, users(include=[], includeGroups=["g"]), users(include=[], includeGroups=[])),
    ("state", lambda s: of_policy(policy(s, users=users(SERVICE))), "enabled", "disabled"),
    ("report-only", lambda s: of_policy(policy(s, ("mfa",), users=users(SERVICE))), REPORT_ONLY, "disabled"),
]

NO_TRUSTED_LOCATION = [
    ("one-is-left-out", lambda x: of_policy(policy(locations=x)), NOWHERE, outside(OFFICE)),
    ("one-is-left-out-in-capitals", lambda x: of_policy(policy(locations=x)), NOWHERE, outside(OFFICE.upper())),
    ("portals-everywhere", lambda x: of_policy(policy(applications=ADMIN_PORTALS, locations=x)), None, outside(OFFICE)),
    (
        "one-application-everywhere",
        lambda a: of_policy(policy(applications=a, locations=None)),
        ADMIN_PORTALS,
        {"includeApplications": ["retired"]},
    ),
    (
        "an-action-everywhere",
        lambda a: of_policy(policy(applications=a, locations=None)),
        ADMIN_PORTALS,
        REGISTERING,
    ),
    (
        "an-authentication-context-everywhere",
        lambda a: of_policy(policy(applications=a, locations=None)),
        ADMIN_PORTALS,
        {"includeAuthenticationContextClassReferences": ["c1"]},
    ),
    ("one-is-meant", lambda x: of_policy(policy(locations=x)), NOWHERE, {"includeLocations": [OFFICE]}),
    ("that-does-not-exist", lambda x: of_policy(policy(locations=x)), outside(GONE), outside(GONE, OFFICE)),
    ("that-check-mode-made-up", lambda x: of_policy(policy(locations=x)), outside(GONE), outside(MADE_UP)),
    (
        "mfa-trusted-ips",
        lambda x: of_policy(policy(locations=x)),
        outside(MFA_TRUSTED_IPS),
        outside(MFA_TRUSTED_IPS, OFFICE),
    ),
    (
        "mfa-trusted-ips-though-they-are-listed",
        lambda x: of_policy(policy(locations=x), legacy=location("MFA trusted IPs")),
        outside(MFA_TRUSTED_IPS),
        outside(OFFICE),
    ),
    (
        "all-trusted-and-none-is",
        lambda one: of_policy(policy(locations=outside("AllTrusted")), office=one),
        location(trusted=False),
        location(trusted=True),
    ),
    (
        "all-trusted-and-none-there",
        lambda one: of_policy(policy(locations=outside("AllTrusted")), office=one),
        None,
        location(),
    ),
    (
        "named-counts-without-trust",
        lambda x: of_policy(policy(locations=x), office=location(trusted=False)),
        outside("AllTrusted"),
        outside(OFFICE),
    ),
    ("not-blocked", lambda c: of_policy(policy(controls=c, locations=NOWHERE)), ["block"], DEVICE),
    ("not-for-everyone", lambda u: _of_users(u, locations=NOWHERE), users(ADMIN, SERVICE), users(include=[OTHER])),
    ("state", lambda s: of_policy(policy(s, locations=NOWHERE)), REPORT_ONLY, "disabled"),
]


def _block_all(applications):
    """Who blocks everything everywhere leaves no location out either."""
    found = of_policy(policy(applications=applications, locations=None))
    return [one for one in found if one.rule.id != "NO-TRUSTED-LOCATION"]


BLOCK_ALL = [
    (
        "all-but-the-portals",
        _block_all,
        {**EVERY_APP, "excludeApplications": ["x"]},
        {**EVERY_APP, "excludeApplications": ["x", "MicrosoftAdminPortals"]},
    ),
    (
        "portals-alone",
        _block_all,
        EVERY_APP,
        ADMIN_PORTALS,
    ),
]

LEFT_OUT_SITES = [
    (
        "SITE-PRIVATE",
        "range-of-a-location-left-out",
        lambda cidr: of_policy(policy(), office=location(cidr=cidr)),
        "10.0.0.0/24",
        "8.8.8.0/24",
    ),
    (
        "SITE-PRIVATE",
        "though-it-is-not-trusted",
        lambda cidr: of_policy(policy(), office=location(cidr=cidr, trusted=False)),
        "10.0.0.0/24",
        "8.8.8.0/24",
    ),
    (
        "SITE-EVERYWHERE",
        "of-two-locations",
        lambda x: of_policy(policy(locations=x), home=location("Home", "0.0.0.0/0")),
        outside(OFFICE, HOME),
        outside(OFFICE),
    ),
    (
        "SITE-LOOPBACK",
        "of-all-trusted",
        lambda trusted: of_policy(
            policy(locations=outside("AllTrusted")), home=location("Home", "127.0.0.1/32", trusted=trusted)
        ),
        True,
        False,
    ),
    (
        "SITE-PRIVATE",
        "only-where-it-blocks",
        lambda c: of_policy(policy(controls=c), office=location(cidr="10.0.0.0/24")),
        ["block"],
        ["mfa"],
    ),
    (
        "SITE-DOCUMENTATION",
        "passes-on-a-practice-tenant",
        lambda private: of_policy(policy(), office=location(cidr="203.0.113.0/24"), private=private),
        False,
        True,
    ),
]

SERVICE_ACCOUNT_NOT_EXCLUDED = [
    ("left-out", _of_users, users(ADMIN), users(ADMIN, SERVICE)),
    ("left-out-in-capitals", _of_users, users(ADMIN), users(ADMIN, SERVICE.upper())),
    ("mfa", lambda c: _of_users(users(ADMIN), controls=c), ["block"], ["mfa"]),
    ("no-location-condition", lambda u: _of_users(u, **ONLY_RISK), users(ADMIN), users(ADMIN, SERVICE)),
    ("named", lambda u: _of_users(u, **ONLY_RISK), users(include=[OTHER, SERVICE]), users(include=[OTHER])),
    # Of whom an administrator is nothing is known; a service account holds no role, and who is in a group is not asked.
    ("by-a-role", lambda u: of_policy(policy(users=u), ()), users(ADMIN), users(include=[], includeRoles=["r"])),
    ("by-a-group", lambda u: of_policy(policy(users=u), ()), users(ADMIN), users(include=[], includeGroups=["g"])),
    ("none-is-given", lambda s: of_policy(policy(users=users(ADMIN)), service=s), SERVICE, None),
    ("state", lambda s: of_policy(policy(s, users=users(ADMIN))), REPORT_ONLY, "disabled"),
]

SERVICE_ACCOUNT_LOCATION = [
    ("everywhere", lambda x: _own(locations=x), NOWHERE, None),
    ("excluded-alone", lambda x: _own(locations=x), {"excludeLocations": [OFFICE]}, {"excludeLocations": []}),
    (
        "empty-lists",
        lambda x: _own(locations=x),
        {"includeLocations": [OFFICE]},
        {"includeLocations": [], "excludeLocations": []},
    ),
    ("null-lists", lambda x: _own(locations=x), outside(), {"includeLocations": None, "excludeLocations": None}),
    ("empty-object", lambda x: _own(locations=x), outside(OFFICE), {}),
    ("another-account", lambda u: _own(users=u), users(include=[SERVICE.upper()]), users(include=[OTHER])),
    ("not-alone", lambda u: _own(users=u), users(include=[SERVICE]), users(include=[SERVICE, OTHER])),
    ("state", lambda s: _own(state=s), REPORT_ONLY, "disabled"),
]

POLICY_CASES = [
    *(("NO-BREAK-GLASS", *case) for case in NO_BREAK_GLASS),
    *(("BREAK-GLASS-NOT-EXCLUDED", *case) for case in BREAK_GLASS_NOT_EXCLUDED),
    *(("BLOCK-ALL", *case) for case in BLOCK_ALL),
    *(("NO-TRUSTED-LOCATION", *case) for case in NO_TRUSTED_LOCATION),
    *(("SERVICE-ACCOUNT-NOT-EXCLUDED", *case) for case in SERVICE_ACCOUNT_NOT_EXCLUDED),
    *(("SERVICE-ACCOUNT-LOCATION", *case) for case in SERVICE_ACCOUNT_LOCATION),
    *LEFT_OUT_SITES,
]
