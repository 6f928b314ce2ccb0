# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sign-ins read from the log: what an entry tells, and what it leaves unknown."""

from __future__ import annotations

import datetime

import pytest
from evaluation_tenant import (
    APPLICATIONS,
    DANA,
    EXCHANGE,
    HOME,
    PARTNER,
    ROBOT,
    SYNCRO,
    TECHNICIANS,
    UNLISTED,
    WIKI,
)

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.known_applications import (
    AZURE_PORTAL,
    DIRECTORY,
    MICROSOFT_GRAPH,
    Application,
)
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in import (
    EXTERNAL_KINDS,
    KINDS,
    UNKNOWN_DEVICE,
    UNREGISTERED,
    Device,
    Target,
    User,
    Workload,
)
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in_log import SignInReader, logged

DEVICE_ID = "0a1b2c3d-0030-4bbb-8ccc-0123456789ab"
# As Graph shows it, without what evaluation does not look at.
ENTRY = {
    "id": "66ea54eb-6301-4ee5-be62-ff5a759b0100",
    "createdDateTime": "2026-08-20T10:15:30.1234567Z",
    "userId": DANA,
    "servicePrincipalId": "",
    "homeTenantId": HOME,
    "resourceTenantId": HOME,
    "appId": SYNCRO,
    "resourceId": MICROSOFT_GRAPH,
    "ipAddress": "8.8.8.10",
    "clientAppUsed": "Browser",
    "isInteractive": True,
    "riskLevelDuringSignIn": "none",
    "riskLevelAggregated": "high",
    "status": {"errorCode": 0, "failureReason": None, "additionalDetails": "MFA completed in Azure AD"},
    "deviceDetail": {
        "deviceId": "",
        "displayName": "",
        "operatingSystem": "Windows 10",
        "browser": "Edge 80.0.361",
        "isCompliant": False,
        "isManaged": False,
        "trustType": "",
    },
    "location": {"city": "Bonn", "state": "", "countryOrRegion": "DE", "geoCoordinates": None},
    "appliedConditionalAccessPolicies": [],
}


def read(reader=None, **changes):
    return (reader or SignInReader(HOME, applications=APPLICATIONS)).sign_in({**ENTRY, **changes})


def test_an_entry():
    found = read()
    assert found.identity == User(DANA, kinds={"member", "internalGuest"}, home_tenant=HOME)
    assert (found.ip, found.country, found.platform, found.client_app) == ("8.8.8.10", "DE", "windows", "browser")
    assert (found.sign_in_risk, found.device, found.user_action) == ("none", UNREGISTERED, "none")
    assert found.met == {"mfa"}


def test_what_the_log_does_not_show_is_unknown():
    found = read()
    assert (found.identity.groups, found.identity.roles) == (None, None)
    unknown = (
        "authentication_contexts",
        "trusted",
        "gps_country",
        "user_risk",
        "insider_risk",
        "service_principal_risk",
    )
    assert [getattr(found, name) for name in (*unknown, "transfer_method")] == [None] * 7


def test_an_empty_entry_tells_nothing():
    found = SignInReader().sign_in({"id": "x", "createdDateTime": "2026-08-20T10:15:30Z"})
    assert found == type(found)()


@pytest.mark.parametrize(
    ("home", "resource", "tenant", "kinds"),
    [
        pytest.param(HOME, HOME, HOME, {"member", "internalGuest"}, id="own"),
        pytest.param(HOME.upper(), HOME, HOME, {"member", "internalGuest"}, id="own-in-capitals"),
        pytest.param(PARTNER, HOME, HOME, EXTERNAL_KINDS, id="another"),
        pytest.param(HOME, PARTNER, HOME, {"member", "internalGuest"}, id="own-at-another"),
        pytest.param(HOME, HOME, None, {"member", "internalGuest"}, id="whose-log-is-not-told-and-does-not-matter"),
        pytest.param(PARTNER, HOME, None, KINDS, id="whose-log-is-not-told"),
        pytest.param(None, HOME, HOME, KINDS, id="home-is-not-told"),
    ],
)
def test_kinds_of_user_by_tenant(home, resource, tenant, kinds):
    assert read(SignInReader(tenant), homeTenantId=home, resourceTenantId=resource).identity.kinds == kinds


def test_a_user_of_the_directory():
    dana = User(DANA, groups={TECHNICIANS}, roles=(), kinds={"member"})
    found = read(SignInReader(HOME, {DANA: dana}), userId=DANA.upper())
    assert found.identity == User(DANA, groups={TECHNICIANS}, roles=(), kinds={"member"}, home_tenant=HOME)


def test_what_the_directory_leaves_open_the_tenant_narrows():
    dana = User(DANA, groups={TECHNICIANS})
    assert read(SignInReader(HOME, {DANA: dana})).identity.kinds == {"member", "internalGuest"}


def test_a_service_principal():
    assert read(userId="", servicePrincipalId=ROBOT).identity == Workload(ROBOT)
    assert read(servicePrincipalId=ROBOT).identity.id == DANA


@pytest.mark.parametrize(
    ("told", "client_app"),
    [
        ("Browser", "browser"),
        ("Mobile Apps and Desktop clients", "mobileAppsAndDesktopClients"),
        ("Exchange ActiveSync", "exchangeActiveSync"),
        ("IMAP4", "other"),
        ("Authenticated SMTP", "other"),
        ("MAPI Over HTTP", "other"),
        ("Other clients", "other"),
        ("", None),
        (None, None),
        ("Crystal Ball", None),
    ],
)
def test_client_app(told, client_app):
    assert read(clientAppUsed=told).client_app == client_app


@pytest.mark.parametrize(
    ("told", "platform"),
    [
        ("Windows 10", "windows"),
        ("Windows10", "windows"),
        ("Windows Phone 8", "windowsPhone"),
        ("Ios 18.2.1", "iOS"),
        ("MacOs", "macOS"),
        ("Android 14", "android"),
        ("Linux", "linux"),
        ("ChromeOS", "other"),
        ("", None),
        (None, None),
        ("Amiga Workbench", None),
    ],
)
def test_platform(told, platform):
    assert read(deviceDetail={**ENTRY["deviceDetail"], "operatingSystem": told}).platform == platform


@pytest.mark.parametrize(
    ("told", "risk"), [("none", "none"), ("high", "high"), ("hidden", None), ("unknownFutureValue", None), (None, None)]
)
def test_risk(told, risk):
    assert read(riskLevelDuringSignIn=told).sign_in_risk == risk


def device(**detail):
    return read(deviceDetail={"operatingSystem": "Windows 10", **detail}).device


def test_device():
    told = {"deviceId": DEVICE_ID, "displayName": "PC", "isCompliant": True, "isManaged": True}
    found = device(**told, trustType="Hybrid Azure AD joined")
    assert found == Device.of(**told, trustType="ServerAD")
    assert device(deviceId=DEVICE_ID, trustType="Azure AD registered") == Device.of(
        deviceId=DEVICE_ID, trustType="Workplace"
    )
    assert device(deviceId=DEVICE_ID, trustType="Glued on", isCompliant=None) == Device.of(deviceId=DEVICE_ID)


def test_device_without_an_id_is_not_registered_and_one_that_is_not_told_is_unknown():
    assert device(deviceId="", trustType="") == UNREGISTERED
    assert device(deviceId=None) == device() == UNKNOWN_DEVICE
    assert read(deviceDetail=None).device == UNKNOWN_DEVICE


def test_a_device_of_the_directory():
    known = Device.of(deviceId=DEVICE_ID, model="Surface")
    reader = SignInReader(HOME, devices={DEVICE_ID: known})
    assert read(reader, deviceDetail={"deviceId": DEVICE_ID.upper()}).device == known


# The client, its client app and the resource; the target. Syncro is known to be a confidential client.
GRAPH = {"behind_graph": True, "baseline": True}
TARGETS = [
    ("confidential", SYNCRO, "Browser", EXCHANGE, Target({SYNCRO, EXCHANGE})),
    ("perhaps-confidential", WIKI, "Browser", EXCHANGE, Target({EXCHANGE}, {WIKI})),
    ("on-a-device", WIKI, "Mobile Apps and Desktop clients", EXCHANGE, Target({EXCHANGE})),
    ("legacy", WIKI, "IMAP4", EXCHANGE, Target({EXCHANGE})),
    ("client-app-unknown", WIKI, None, EXCHANGE, Target({EXCHANGE}, {WIKI})),
    ("portal", AZURE_PORTAL, "Browser", DIRECTORY, Target({AZURE_PORTAL, DIRECTORY}, baseline=True)),
    ("through-graph", SYNCRO, "Browser", MICROSOFT_GRAPH, Target({SYNCRO, MICROSOFT_GRAPH}, **GRAPH)),
    ("to-itself", WIKI, "Browser", WIKI, Target({WIKI})),
    ("to-itself-in-capitals", WIKI.upper(), "Browser", WIKI, Target({WIKI})),
    ("no-resource", SYNCRO, "Browser", None, Target({SYNCRO})),
    ("no-resource-and-perhaps-confidential", WIKI, "Browser", None, None),
    ("no-resource-on-a-device", WIKI, "Mobile Apps and Desktop clients", "", None),
    ("nobody-knows-it", UNLISTED, "Browser", EXCHANGE, Target({EXCHANGE}, {UNLISTED})),
    ("no-client", None, "Browser", EXCHANGE, Target({EXCHANGE})),
]


def frozen(target):
    return target and Target(
        frozenset(target.applications), frozenset(target.possible), target.behind_graph, target.baseline
    )


@pytest.mark.parametrize(
    ("client", "client_app", "resource", "expected"), [pytest.param(*row[1:], id=row[0]) for row in TARGETS]
)
def test_target(client, client_app, resource, expected):
    assert read(appId=client, clientAppUsed=client_app, resourceId=resource).target == frozen(expected)


def test_who_only_signs_in_asks_nothing_of_graph():
    reader = SignInReader(HOME, applications=[Application(SYNCRO, microsoft=False, web=True, sign_in_only=True)])
    assert read(reader).target == Target.of(SYNCRO)


def test_the_audiences_that_beta_tells():
    told = [{"applicationId": EXCHANGE.upper(), "audienceReasons": "none"}, {"applicationId": DIRECTORY}]
    assert read(conditionalAccessAudiences=told).target == Target.of(EXCHANGE, DIRECTORY)
    assert read(conditionalAccessAudiences=[EXCHANGE]).target == Target.of(EXCHANGE)
    assert read(conditionalAccessAudiences=[]).target == read().target


def test_contexts_and_transfers_that_beta_tells():
    assert read(authenticationContextClassReferences=[]).authentication_contexts == frozenset()
    told = [{"id": "C1", "detail": "required"}]
    assert read(authenticationContextClassReferences=told).authentication_contexts == {"c1"}
    assert read(originalTransferMethod="deviceCodeFlow").transfer_method == "deviceCodeFlow"
    assert read(originalTransferMethod="unknownFutureValue").transfer_method is None


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"appId": "19db86c3-b2b9-44cc-b339-36da233a3be2"}, id="my-sign-ins"),
        pytest.param({"resourceId": "01CB2876-7ebd-4aa4-9cc9-d28bd4d359a9"}, id="device-registration"),
        pytest.param({"status": {"errorCode": 50072}}, id="interrupted-to-register"),
        pytest.param({"appId": None}, id="no-client"),
    ],
)
def test_what_may_be_a_user_action(changes):
    assert read(**changes).user_action is None


@pytest.mark.parametrize(
    ("details", "met"),
    [
        ("MFA completed in Azure AD", {"mfa"}),
        # Entra's own page on the log says that this can be wrong while an entry is new.
        ("MFA requirement satisfied by claim in the token", set()),
        ("MFA required in Azure AD", set()),
        (None, set()),
    ],
)
def test_what_was_done(details, met):
    assert read(status={"errorCode": 0, "additionalDetails": details}).met == met


def test_what_is_assumed_where_the_log_is_silent():
    assumed = {"authentication_contexts": frozenset(), "country": "FR", "device": Device.of(isCompliant=True)}
    reader = SignInReader(HOME, assumed=assumed)
    found = read(reader)
    assert (found.authentication_contexts, found.country, found.device) == (frozenset(), "DE", UNREGISTERED)
    silent = read(reader, location=None, deviceDetail=None)
    assert (silent.country, silent.device) == ("FR", Device.of(isCompliant=True))


def test_what_the_log_says_of_policies():
    applied = [{"id": "ABC", "result": "notApplied"}, {"id": "def", "result": "success"}, {"id": "x", "result": None}]
    found = logged({**ENTRY, "appliedConditionalAccessPolicies": applied})
    assert found.results == {"abc": "notApplied", "def": "success"}
    assert found.at == datetime.datetime(2026, 8, 20, 10, 15, 30, 123456, datetime.UTC)


@pytest.mark.parametrize("changes", [{}, {"appliedConditionalAccessPolicies": None}])
def test_no_word_of_policies_is_unknown(changes):
    assert logged({**ENTRY, **changes}) is None


def test_entries_share_what_they_are_about():
    reader = SignInReader(HOME, applications=APPLICATIONS)
    first, second = read(reader), read(reader, ipAddress="8.8.4.4")
    assert first.identity is second.identity
    assert first.target is second.target
