# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of policies that leave a break-glass account no way back, each with its nearest harmless neighbour, in the form of
``lockout_cases``."""

from __future__ import annotations

from lockout_policies import (
    ADMIN,
    EVERY_APP,
    GONE,
    HOME,
    MFA_TRUSTED_IPS,
    OFFICE,
    OTHER,
    REPORT_ONLY,
    SERVICE,
    outside,
    policy,
    users,
)

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in import MEMBER, User
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.way_back import Change, findings

GRAPH = {"includeApplications": ["00000003-0000-0000-c000-000000000000"]}
PLACES = [
    {"id": OFFICE, "displayName": "Office", "isTrusted": True, "ipRanges": [{"cidrAddress": "192.0.2.0/24"}]},
    {"id": HOME, "displayName": "Home", "countriesAndRegions": ["DE"], "includeUnknownCountriesAndRegions": True},
]
KEY = "authenticationStrength/5a-key"


def person(groups=(), roles=(), who=ADMIN):
    return User(who, frozenset(groups), frozenset(roles), frozenset({MEMBER}))


PERSON = person()
TWO = {"admin@x.y": PERSON, "other@x.y": person(who=OTHER)}
STRANGER = User(ADMIN, kinds=frozenset({MEMBER}))


def blocking(name="P", state="enabled", controls=("block",), who=None, **changes):
    """A policy that stands in the way of everyone on the way to the admin center, unless it is changed."""
    conditions = {"users": who or users(), "applications": EVERY_APP, "locations": None, **changes}
    return {**policy(state, controls, **conditions), "id": name.lower(), "displayName": name}


def way_back(written=(), others=(), before=(), people=None, places=None, known=True, without_mfa=()):
    """What speaks against writing some policies where others are there, and some of the written were there before."""
    ids = frozenset(one["id"] for one in written)
    change = Change([*before, *others], [*written, *others], ids, PLACES if places is None else places)
    return findings(change, {"admin@x.y": PERSON} if people is None else people, known, lambda: without_mfa)


def _one(**changes):
    return way_back([blocking(**changes)])


def _grant(**grant):
    return way_back([{**blocking(), "grantControls": {"operator": "OR", "builtInControls": [], **grant}}])


def _with(person):
    return lambda value: way_back([blocking(who=value)], people={"admin@x.y": person})


def addresses(parts):
    """A trusted location of so many of the 28 parts of all addresses that people can have."""
    parts = [f"{8 * part}.0.0.0/5" for part in range(parts)]
    ranges = [{"cidrAddress": cidr} for cidr in parts]
    return [{"id": OFFICE, "isTrusted": True, "ipRanges": ranges}]


NO_WAY_BACK = [
    ("left-out", lambda u: _one(who=u), users(), users(ADMIN)),
    ("left-out-in-capitals", lambda u: _one(who=u), users(OTHER), users(ADMIN.upper())),
    ("named", lambda u: _one(who=u), users(include=[ADMIN]), users(include=[OTHER])),
    ("a-group-is-left-out", _with(person(["g"])), users(excludeGroups=["h"]), users(excludeGroups=["g"])),
    ("a-role-is-left-out", _with(person(roles=["r"])), users(excludeRoles=["s"]), users(excludeRoles=["r"])),
    (
        "groups-that-are-not-known",
        lambda who: way_back([blocking(who=users(excludeGroups=["g"]))], people={"admin@x.y": who}),
        STRANGER,
        person(["g"]),
    ),
    ("guests-only", lambda u: _one(who=u), users(), users(include=["GuestsOrExternalUsers"])),
    ("state", lambda s: _one(state=s), "enabled", "disabled"),
    ("report-only-as-if-it-were-on", lambda s: _one(state=s), REPORT_ONLY, "disabled"),
    ("mfa-is-done", lambda c: _one(controls=c), ["block"], ["mfa"]),
    (
        "one-control-is-enough",
        lambda c: _one(controls=c),
        ["compliantDevice", "domainJoinedDevice"],
        ["mfa", "compliantDevice"],
    ),
    *(
        (f"out-of-reach-{one}", lambda c: _one(controls=c), [one], ["mfa"])
        for one in (
            "compliantDevice",
            "domainJoinedDevice",
            "approvedApplication",
            "compliantApplication",
            "passwordChange",
        )
    ),
    ("of-tomorrow", lambda c: _one(controls=c), ["telepathy"], ["mfa"]),
    ("another-maker", lambda g: _grant(**g), {"customAuthenticationFactors": ["duo"]}, {"termsOfUse": ["t"]}),
    ("a-strength", lambda g: _grant(**g), {"builtInControls": ["block"]}, {"authenticationStrength": {"id": "5a-key"}}),
    ("mfa-is-not-registered", lambda w: way_back([blocking(controls=["mfa"])], without_mfa=w), ["admin@x.y"], []),
    (
        "nor-for-a-strength",
        lambda w: way_back(
            [{**blocking(), "grantControls": {"operator": "OR", "authenticationStrength": {"id": "5a-key"}}}],
            without_mfa=w,
        ),
        ["admin@x.y"],
        [],
    ),
    (
        "of-one-of-two",
        lambda w: way_back([blocking(controls=["mfa"])], people=TWO, without_mfa=w),
        ["admin@x.y", "other@x.y"],
        ["admin@x.y"],
    ),
    (
        "and-not-asked-for",
        lambda u: way_back([blocking(controls=["mfa"], who=u)], without_mfa=["admin@x.y"]),
        users(),
        users(ADMIN),
    ),
    ("the-portal-needs-graph", lambda a: _one(applications=a), GRAPH, {"includeApplications": ["Office365"]}),
    (
        "portals",
        lambda a: _one(applications=a),
        {"includeApplications": ["MicrosoftAdminPortals"]},
        {"includeApplications": ["x"]},
    ),
    (
        "an-application-left-out",
        lambda a: _one(applications=a),
        {**EVERY_APP, "excludeApplications": ["x"]},
        {"includeApplications": ["x"]},
    ),
    ("a-site-does-not-help", lambda x: _one(locations=x), outside(OFFICE), {"includeLocations": [OFFICE]}),
    ("nor-trust", lambda x: _one(locations=x), outside("AllTrusted"), {"includeLocations": ["AllTrusted"]}),
    ("nor-a-country", lambda x: _one(locations=x), outside(HOME), {"includeLocations": [HOME]}),
    (
        "nor-a-country-by-gps",
        lambda x: way_back(
            [blocking(locations=x)], places=[{**PLACES[1], "countryLookupMethod": "authenticatorAppGps"}]
        ),
        outside(HOME),
        {"includeLocations": [HOME]},
    ),
    (
        "nor-the-trusted-ips-of-mfa",
        lambda x: _one(locations=x),
        outside(MFA_TRUSTED_IPS),
        {"includeLocations": [MFA_TRUSTED_IPS]},
    ),
    ("a-location-that-is-gone", lambda x: _one(locations=x), outside(GONE), {"includeLocations": [OFFICE]}),
    (
        "a-browser",
        lambda c: _one(clientAppTypes=c),
        ["browser"],
        ["mobileAppsAndDesktopClients", "exchangeActiveSync", "other"],
    ),
    (
        "one-platform-is-enough",
        lambda p: _one(platforms={"includePlatforms": ["all"], "excludePlatforms": p}),
        [],
        ["linux"],
    ),
    (
        "devices",
        lambda r: _one(devices={"deviceFilter": {"mode": "exclude", "rule": r}}),
        "device.isCompliant -eq True",
        "device.isCompliant -ne True",
    ),
    ("at-risk", lambda r: _one(signInRiskLevels=r), [], ["high"]),
    ("a-user-at-risk", lambda r: _one(userRiskLevels=r), [], ["high"]),
    ("an-insider-risk", lambda r: _one(insiderRiskLevels=r), None, "elevated"),
    (
        "with-an-authentication-context",
        lambda a: _one(applications=a),
        EVERY_APP,
        {"includeAuthenticationContextClassReferences": ["c1"]},
    ),
    ("by-device-code", lambda f: _one(authenticationFlows=f), None, {"transferMethods": "deviceCodeFlow"}),
    (
        "only-an-action",
        lambda a: _one(applications=a),
        EVERY_APP,
        {"includeUserActions": ["urn:user:registersecurityinfo"]},
    ),
    (
        "two-policies-together",
        lambda p: way_back(
            [blocking(platforms={"includePlatforms": p})],
            [blocking("Q", platforms={"includePlatforms": ["all"], "excludePlatforms": ["linux"]})],
        ),
        ["linux"],
        ["android"],
    ),
    (
        "one-account-is-enough",
        lambda u: way_back([blocking(who=u)], people={"a@x.y": PERSON, "o@x.y": person(who=OTHER)}),
        users(),
        users(OTHER),
    ),
    # Where nobody gets in already, nothing more is enforced; what only relaxes is the way out.
    ("shut-already", lambda p: way_back([p], [blocking("Q")]), blocking(), blocking(state=REPORT_ONLY)),
    (
        "shut-already-and-this-is-not-in-the-way",
        lambda s: way_back([blocking(state=s, controls=["mfa"])], [blocking("Q")]),
        "enabled",
        REPORT_ONLY,
    ),
    (
        "shut-already-and-turned-on",
        lambda s: way_back([blocking(controls=["mfa"])], [blocking("Q")], [blocking(state=s, controls=["mfa"])]),
        REPORT_ONLY,
        "enabled",
    ),
    (
        "shut-already-to-who-cannot-do-mfa",
        lambda s: way_back(
            [blocking(who=users(ADMIN))],
            [blocking("Q", controls=["mfa"])],
            [blocking(state=s, who=users(ADMIN))],
            without_mfa=["admin@x.y"],
        ),
        "disabled",
        "enabled",
    ),
    (
        "shut-already-by-what-is-written",
        lambda s: way_back([blocking(state=s)], before=[blocking()]),
        "enabled",
        "disabled",
    ),
    (
        "shut-already-and-set-to-report-only",
        lambda s: way_back([blocking(state=s, who=users(SERVICE))], [blocking("Q")], [blocking()]),
        "enabled",
        REPORT_ONLY,
    ),
    (
        "shut-already-and-one-of-two-accounts-left-out",
        lambda u: way_back([blocking(who=u)], [blocking("Q")], [blocking()], TWO),
        users(SERVICE),
        users(OTHER),
    ),
    (
        "shut-already-and-more-put-in-the-way",
        lambda u: way_back([blocking(who=u)], [blocking("Q")], [blocking(who=users(OTHER))], TWO),
        users(),
        users(ADMIN, OTHER),
    ),
    (
        "shut-already-by-a-newer-state",
        lambda c: way_back([blocking(controls=["mfa"])], [blocking("Q", "enabledForPilot", controls=c)]),
        ["block"],
        ["mfa"],
    ),
    (
        "report-only-of-others",
        lambda s: way_back(
            [blocking(platforms={"includePlatforms": ["linux"]})],
            [blocking("Q", s, platforms={"includePlatforms": ["all"], "excludePlatforms": ["linux"]})],
        ),
        "enabled",
        REPORT_ONLY,
    ),
    (
        "the-exclusion-is-taken-out",
        lambda u: way_back([blocking(who=u)], before=[blocking(who=users(ADMIN))]),
        users(SERVICE),
        users(SERVICE, ADMIN),
    ),
    (
        "a-change-of-what-stops",
        lambda u: way_back([blocking(who=u)], before=[blocking()]),
        users(SERVICE),
        users(ADMIN),
    ),
    ("nobody-was-given", lambda people: way_back([blocking()], people=people), {"admin@x.y": PERSON}, {}),
    (
        "known-in-any-case",
        lambda u: way_back([blocking(who=u)], people={"admin@x.y": STRANGER}, known=False),
        users(),
        users(excludeGroups=["g"]),
    ),
    (
        "every-country-is-a-location",
        lambda n: way_back(
            [blocking(locations={"includeLocations": [HOME]})],
            places=[
                {
                    "id": HOME,
                    "countriesAndRegions": [f"{a}{b}" for a in "ABCDEFGHIJKLM" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"][
                        :n
                    ],
                }
            ],
        ),
        249,
        248,
    ),
    (
        "every-address-is-in-a-location",
        lambda n: way_back([blocking(locations={"includeLocations": [OFFICE]})], places=addresses(n)),
        28,
        27,
    ),
    (
        "every-address-and-all-trusted",
        lambda n: way_back([blocking(locations={"includeLocations": ["AllTrusted"]})], places=addresses(n)),
        28,
        27,
    ),
]
