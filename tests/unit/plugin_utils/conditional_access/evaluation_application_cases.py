# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a policy is for: resources and groups of them, user actions and authentication contexts."""

from __future__ import annotations

from evaluation_tenant import APPLIES, EXCHANGE, SHAREPOINT, SYNCRO, UNLISTED, WIKI, missing

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.known_applications import (
    AZURE_PORTAL,
    DIRECTORY,
    ENTRA_ADMIN_CENTER,
    MICROSOFT_GRAPH,
)
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in import (
    NO_APPLICATION,
    REGISTER_DEVICE,
    REGISTER_SECURITY_INFO,
    Target,
)

OFFICE_PORTAL = "00000006-0000-0ff1-ce00-000000000000"


def apps(include=(), exclude=(), **others):
    return {"applications": {"includeApplications": list(include), "excludeApplications": list(exclude), **others}}


def to(*app_ids, **others):
    return {"target": Target(frozenset(app_ids), **others)}


def through_graph(*app_ids):
    """A sign-in that may be for other services, whose data Microsoft Graph hands out."""
    return to(*app_ids, MICROSOFT_GRAPH, behind_graph=True, baseline=True)


AZURE_API = "797f4846-ba00-4fd7-ba43-dac1f8f63013"


def action(name):
    return {"target": NO_APPLICATION, "user_action": name}


def context(*names):
    return {"target": NO_APPLICATION, "authentication_contexts": None if names == (None,) else frozenset(names)}


def portal(app_id):
    return missing(f"whether application {app_id} belongs to MicrosoftAdminPortals")


FILTER = missing("the custom security attributes of the application, which a filter for applications looks at")
BEHIND = missing("which services' data is asked for through Microsoft Graph")
BASELINE = missing(
    "whether more than baseline scopes of the directory were asked for, or how the tenant enforces those"
)
ID_TOKEN = missing(f"whether application Wiki ({WIKI}) is a confidential client that asks for an ID token")
NO_APP = missing("whether a policy for all resources is for what is asked for here, which is no application")
INCLUDE_FILTER = {"mode": "include", "rule": 'CustomSecurityAttribute.A_b -contains "x"'}
EXCLUDE_FILTER = {**INCLUDE_FILTER, "mode": "exclude"}

RESOURCES = [
    ("all", "apps", apps(["All"]), {}, APPLIES),
    ("all-is-the-directory-too", "apps", apps(["All"]), to(DIRECTORY), APPLIES),
    ("all-whatever-it-is", "apps", apps(["All"]), {"target": None}, APPLIES),
    (
        "all-if-it-is-one",
        "apps",
        apps(["All"]),
        {"target": None, "authentication_contexts": None},
        missing("the application"),
    ),
    ("none", "apps", apps(["None"]), {}, "application"),
    ("nothing", "apps", apps(), {}, "application"),
    ("null", "apps", {"applications": None}, {}, "application"),
    ("named", "apps", apps([SYNCRO]), {}, APPLIES),
    ("named-in-capitals", "apps", apps([SYNCRO.upper()]), {}, APPLIES),
    ("another-is-named", "apps", apps([WIKI]), {}, "application"),
    ("named-and-which-is-unknown", "apps", apps([SYNCRO]), {"target": None}, missing("the application")),
    ("excluded", "apps", apps(["All"], [SYNCRO]), {}, "application"),
    ("excluded-in-capitals", "apps", apps(["All"], [SYNCRO.upper()]), {}, "application"),
    ("another-is-excluded", "apps", apps(["All"], [WIKI]), {}, APPLIES),
    ("named-and-excluded", "apps", apps([SYNCRO], [SYNCRO]), {}, "application"),
    ("excluded-and-which-is-unknown", "apps", apps(["All"], [SYNCRO]), {"target": None}, missing("the application")),
    ("one-of-two-is-named", "apps", apps([WIKI]), to(SYNCRO, WIKI), APPLIES),
    ("one-of-two-is-excluded", "apps", apps(["All"], [WIKI]), to(SYNCRO, WIKI), APPLIES),
    ("both-of-two-are-excluded", "apps", apps(["All"], [WIKI, SYNCRO]), to(SYNCRO, WIKI), "application"),
    ("perhaps-the-client-too", "apps", apps([WIKI]), to(SYNCRO, possible=frozenset({WIKI})), ID_TOKEN),
    ("the-resource-whatever-the-client", "apps", apps([SYNCRO]), to(SYNCRO, possible=frozenset({WIKI})), APPLIES),
    ("neither-resource-nor-client", "apps", apps([EXCHANGE]), to(SYNCRO, possible=frozenset({WIKI})), "application"),
    ("public-client-is-not-it", "apps", apps([WIKI]), to(SYNCRO), "application"),
    ("filter", "app-filter", apps(applicationFilter=INCLUDE_FILTER), {}, FILTER),
    ("filter-beside-a-list", "app-filter", apps([SYNCRO], applicationFilter=INCLUDE_FILTER), {}, FILTER),
    ("filtered-but-excluded", "app-filter", apps([], [SYNCRO], applicationFilter=INCLUDE_FILTER), {}, "application"),
    ("filtered-out", "app-filter", apps(["All"], applicationFilter=EXCLUDE_FILTER), {}, FILTER),
    ("filtered-out-and-not-in", "app-filter", apps([WIKI], applicationFilter=EXCLUDE_FILTER), {}, "application"),
    (
        "filter-of-tomorrow",
        "evolvable",
        apps(["All"], applicationFilter={"mode": "ofTomorrow", "rule": "x"}),
        {},
        FILTER,
    ),
]

GROUPS = [
    ("office", "office", apps(["Office365"]), to(EXCHANGE), APPLIES),
    ("office-is-not-the-directory", "office", apps(["Office365"]), to(DIRECTORY), "application"),
    ("office-is-not-ours", "office", apps(["Office365"]), {}, "application"),
    (
        "office-perhaps",
        "office",
        apps(["Office365"]),
        to(UNLISTED),
        missing(f"whether application {UNLISTED} belongs to Office365"),
    ),
    ("office-excluded", "office", apps(["All"], ["Office365"]), to(SHAREPOINT), "application"),
    ("office-excluded-of-ours", "office", apps(["All"], ["Office365"]), {}, APPLIES),
    ("portals", "apps", apps(["MicrosoftAdminPortals"]), to(AZURE_PORTAL), APPLIES),
    ("portals-are-not-ours", "apps", apps(["MicrosoftAdminPortals"]), {}, "application"),
    ("portals-are-not-exchange", "apps", apps(["MicrosoftAdminPortals"]), to(EXCHANGE), "application"),
    (
        "portals-of-office",
        "apps",
        apps(["MicrosoftAdminPortals"]),
        to(OFFICE_PORTAL),
        portal(f"Microsoft Office 365 Portal ({OFFICE_PORTAL})"),
    ),
    ("portals-perhaps", "apps", apps(["MicrosoftAdminPortals"]), to(UNLISTED), portal(UNLISTED)),
    ("portals-excluded", "apps", apps(["All"], ["MicrosoftAdminPortals"]), to(AZURE_PORTAL), "application"),
    ("admin-center-is-a-portal", "apps", apps(["MicrosoftAdminPortals"]), {"target": ENTRA_ADMIN_CENTER}, APPLIES),
    ("admin-center-needs-its-api", "apps", apps([AZURE_API]), {"target": ENTRA_ADMIN_CENTER}, APPLIES),
    ("admin-center-is-no-mail", "apps", apps(["Office365"]), {"target": ENTRA_ADMIN_CENTER}, "application"),
]

THROUGH_GRAPH = [
    ("all", "apps", apps(["All"]), through_graph(), APPLIES),
    ("perhaps-exchange", "apps", apps([EXCHANGE]), through_graph(SYNCRO), BEHIND),
    ("perhaps-office", "apps", apps(["Office365"]), through_graph(SYNCRO), BEHIND),
    ("perhaps-one-that-nobody-knows", "apps", apps([UNLISTED]), through_graph(SYNCRO), BEHIND),
    ("not-ours", "apps", apps([WIKI]), through_graph(SYNCRO), "application"),
    ("not-a-portal", "apps", apps(["MicrosoftAdminPortals"]), through_graph(SYNCRO), "application"),
    ("the-client-itself", "apps", apps([SYNCRO, EXCHANGE]), through_graph(SYNCRO), APPLIES),
    ("all-but-another", "baseline", apps(["All"], [WIKI]), through_graph(SYNCRO), APPLIES),
    (
        "all-but-another-and-baseline-scopes",
        "baseline",
        apps(["All"], [WIKI]),
        to(MICROSOFT_GRAPH, baseline=True),
        BASELINE,
    ),
    ("all-but-another-of-the-directory", "baseline", apps(["All"], [WIKI]), to(DIRECTORY, baseline=True), BASELINE),
    ("all-but-the-client", "baseline", apps(["All"], [SYNCRO]), to(SYNCRO, MICROSOFT_GRAPH, baseline=True), BASELINE),
    ("all-but-the-client-that-only-signs-in", "baseline", apps(["All"], [SYNCRO]), to(SYNCRO), "application"),
    ("all-but-another-and-more-than-baseline", "baseline", apps(["All"], [WIKI]), to(MICROSOFT_GRAPH), APPLIES),
    ("the-directory-itself", "baseline", apps([DIRECTORY], [WIKI]), to(DIRECTORY, baseline=True), APPLIES),
]

ACTIONS = [
    (
        "security-info",
        "apps",
        apps(includeUserActions=[REGISTER_SECURITY_INFO]),
        action(REGISTER_SECURITY_INFO),
        APPLIES,
    ),
    ("device", "apps", apps(includeUserActions=[REGISTER_DEVICE]), action(REGISTER_DEVICE), APPLIES),
    (
        "another-action",
        "apps",
        apps(includeUserActions=[REGISTER_DEVICE]),
        action(REGISTER_SECURITY_INFO),
        "userActions",
    ),
    ("an-application", "apps", apps(includeUserActions=[REGISTER_DEVICE]), {}, "userActions"),
    ("unknown", "apps", apps(includeUserActions=[REGISTER_DEVICE]), {"user_action": None}, missing("the user action")),
    ("all-resources-and-security-info", "evaluate", apps(["All"]), action(REGISTER_SECURITY_INFO), APPLIES),
    ("all-but-one-and-security-info", "evaluate", apps(["All"], [WIKI]), action(REGISTER_SECURITY_INFO), NO_APP),
    ("all-resources-and-device", "apps", apps(["All"]), action(REGISTER_DEVICE), NO_APP),
    ("named-resource-and-security-info", "apps", apps([SYNCRO]), action(REGISTER_SECURITY_INFO), "application"),
    ("context", "apps", apps(includeAuthenticationContextClassReferences=["c1", "c37"]), context("c37"), APPLIES),
    (
        "another-context",
        "apps",
        apps(includeAuthenticationContextClassReferences=["c1"]),
        context("c2"),
        "authenticationContext",
    ),
    ("no-context", "apps", apps(includeAuthenticationContextClassReferences=["c1"]), {}, "authenticationContext"),
    (
        "context-unknown",
        "apps",
        apps(includeAuthenticationContextClassReferences=["c1"]),
        context(None),
        missing("the authentication contexts that are asked for"),
    ),
    ("all-resources-and-context", "apps", apps(["All"]), context("c1"), NO_APP),
    (
        "context-beside-an-application",
        "apps",
        apps(includeAuthenticationContextClassReferences=["c1"]),
        {"authentication_contexts": frozenset({"c1"})},
        APPLIES,
    ),
]

CASES = [
    (f"{group}-{row[0]}", *row[1:])
    for group, rows in (("resources", RESOURCES), ("groups", GROUPS), ("graph", THROUGH_GRAPH), ("actions", ACTIONS))
    for row in rows
]
