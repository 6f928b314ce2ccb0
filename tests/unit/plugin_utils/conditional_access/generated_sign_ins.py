# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies and sign-ins for evaluation, generated from few words so that they meet often."""

from __future__ import annotations

import hypothesis.strategies as st
from evaluation_tenant import (
    DANA,
    EXCHANGE,
    GERMANY,
    GLOBAL_ADMIN,
    GONE,
    HOME,
    HOTEL,
    OFFICE,
    OTHER,
    PARTNER,
    SALES,
    SYNCRO,
    TECHNICIANS,
    UNLISTED,
    WIKI,
)

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.known_applications import (
    AZURE_PORTAL,
    MICROSOFT_GRAPH,
)
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in import (
    KINDS,
    NO_APPLICATION,
    REGISTER_DEVICE,
    REGISTER_SECURITY_INFO,
    UNKNOWN_DEVICE,
    UNREGISTERED,
    Device,
    SignIn,
    Target,
    User,
    Workload,
)

STATES = ("enabled", "enabledForReportingButNotEnforced", "disabled")
PLATFORMS = ("windows", "iOS", "macOS")
RISKS = ("low", "medium", "high")
CONTROLS = ("mfa", "compliantDevice", "domainJoinedDevice", "passwordChange", "approvedApplication")
MODES = st.sampled_from(["include", "exclude"])
RULES = (
    "device.isCompliant -eq True",
    'device.trustType -ne "ServerAD"',
    'device.model -eq "x" -or device.isCompliant -ne True',
)


def some(*words, least=0):
    return st.lists(st.sampled_from(words), min_size=least, max_size=2, unique=True)


def often_none(strategy):
    return st.none() | st.none() | strategy


GUESTS = st.fixed_dictionaries(
    {
        "guestOrExternalUserTypes": some("internalGuest", "b2bCollaborationGuest", "serviceProvider", least=1).map(
            ",".join
        ),
        "externalTenants": st.none() | st.just({"membershipKind": "enumerated", "members": [PARTNER]}),
    }
)
EVERYTHING = ["All"]
USERS = st.fixed_dictionaries(
    {
        "includeUsers": st.just(EVERYTHING) | some(DANA, OTHER, "GuestsOrExternalUsers"),
        "excludeUsers": some(DANA, OTHER),
        "includeGroups": some(TECHNICIANS, SALES),
        "excludeGroups": some(SALES),
        "includeRoles": some(GLOBAL_ADMIN),
        "excludeRoles": some(GLOBAL_ADMIN),
        "includeGuestsOrExternalUsers": often_none(GUESTS),
        "excludeGuestsOrExternalUsers": often_none(GUESTS),
    }
)
APPLICATIONS = st.fixed_dictionaries(
    {
        "includeApplications": st.just(EVERYTHING) | some(SYNCRO, WIKI, EXCHANGE, "Office365", "MicrosoftAdminPortals"),
        "excludeApplications": some(SYNCRO, EXCHANGE, "Office365"),
        "includeUserActions": st.just([]) | some(REGISTER_SECURITY_INFO, REGISTER_DEVICE),
        "includeAuthenticationContextClassReferences": st.just([]) | some("c1", "c2"),
    }
)
LOCATIONS = st.fixed_dictionaries(
    {
        "includeLocations": st.just(EVERYTHING) | some(OFFICE, HOTEL, GERMANY, GONE, "AllTrusted", least=1),
        "excludeLocations": some(OFFICE, HOTEL, GERMANY, "AllTrusted"),
    }
)
CONDITIONS = st.fixed_dictionaries(
    {"users": USERS, "applications": APPLICATIONS},
    optional={
        "clientApplications": often_none(st.just({"includeServicePrincipals": ["ServicePrincipalsInMyTenant"]})),
        "clientAppTypes": st.just(["all"]) | some("browser", "other", "easSupported", least=1),
        "locations": st.none() | LOCATIONS,
        "platforms": often_none(
            st.fixed_dictionaries(
                {"includePlatforms": st.just(["all"]) | some(*PLATFORMS), "excludePlatforms": some(*PLATFORMS)}
            )
        ),
        "signInRiskLevels": st.just([]) | some(*RISKS),
        "userRiskLevels": st.just([]) | some(*RISKS),
        "insiderRiskLevels": st.none() | st.just("moderate,elevated"),
        "devices": often_none(
            st.fixed_dictionaries(
                {"deviceFilter": st.fixed_dictionaries({"mode": MODES, "rule": st.sampled_from(RULES)})}
            )
        ),
        "authenticationFlows": often_none(st.just({"transferMethods": "deviceCodeFlow"})),
        "moonPhase": often_none(st.just({"isFull": True})),
    },
)
GRANT = st.one_of(
    st.just({"operator": "OR", "builtInControls": ["block"]}),
    st.fixed_dictionaries({"operator": st.sampled_from(["AND", "OR"]), "builtInControls": some(*CONTROLS, least=1)}),
)


def policies(states=STATES, least=0):
    """Several policies of different names."""
    one = st.fixed_dictionaries({"state": st.sampled_from(states), "conditions": CONDITIONS, "grantControls": GRANT})
    return st.lists(one, min_size=least, max_size=4).map(
        lambda found: [{**one, "displayName": f"Policy {number}"} for number, one in enumerate(found)]
    )


def _users(known):
    maybe = (lambda strategy: strategy) if known else (lambda strategy: st.none() | strategy)
    kinds = st.sampled_from(sorted(KINDS)).map(lambda kind: {kind})
    return st.builds(
        User,
        maybe(st.sampled_from([DANA, OTHER])),
        maybe(some(TECHNICIANS, SALES).map(frozenset)),
        maybe(some(GLOBAL_ADMIN).map(frozenset)),
        kinds if known else kinds | st.just(KINDS),
        maybe(st.sampled_from([HOME, PARTNER])),
    )


TARGETS = st.builds(
    lambda applications, possible: Target(
        frozenset(applications),
        frozenset(possible),
        behind_graph=MICROSOFT_GRAPH in applications,
        baseline=MICROSOFT_GRAPH in applications,
    ),
    some(SYNCRO, WIKI, EXCHANGE, UNLISTED, AZURE_PORTAL, MICROSOFT_GRAPH, least=1),
    some(WIKI),
)
DEVICES = st.sampled_from(
    [
        UNREGISTERED,
        Device.of(isCompliant=True, trustType="AzureAD", model="x"),
        Device.of(isCompliant=False, trustType="ServerAD"),
    ]
)
# What is asked for: an application, which may come with contexts, or a user action.
ASKED = st.tuples(TARGETS, st.just("none"), some("c1", "c2").map(frozenset)) | st.tuples(
    st.just(NO_APPLICATION), st.sampled_from([REGISTER_SECURITY_INFO, REGISTER_DEVICE]), st.just(frozenset())
)


@st.composite
def sign_ins(draw, known=False):
    """Sign-ins of which everything is known, or any part of it."""

    def fact(strategy, unknown=None):
        return draw(strategy if known else st.just(unknown) | strategy)

    target, action, contexts = draw(ASKED)
    workload = st.builds(Workload, st.sampled_from([DANA, OTHER]), st.booleans())
    return SignIn(
        identity=fact(_users(known) | _users(known) | workload),
        target=fact(st.just(target)),
        user_action=fact(st.just(action)),
        authentication_contexts=fact(st.just(contexts)),
        ip=fact(st.sampled_from(["8.8.8.10", "9.9.9.9", "5.5.5.5", "2600:1::1"])),
        country=fact(st.sampled_from(["DE", "FR", "none"])),
        platform=fact(st.sampled_from([*PLATFORMS, "other"])),
        client_app=fact(st.sampled_from(["browser", "mobileAppsAndDesktopClients", "other", "exchangeActiveSync"])),
        sign_in_risk=fact(st.sampled_from([*RISKS, "none"])),
        user_risk=fact(st.sampled_from([*RISKS, "none"])),
        insider_risk=fact(st.sampled_from(["minor", "elevated", "none"])),
        device=fact(DEVICES, UNKNOWN_DEVICE),
        transfer_method=fact(st.sampled_from(["none", "deviceCodeFlow"])),
        met=frozenset(draw(some("mfa", "passwordChange"))),
        not_met=frozenset(draw(some("mfa", "approvedApplication"))),
        out_of_reach=frozenset(draw(some("mfa", "passwordChange"))),
    )
