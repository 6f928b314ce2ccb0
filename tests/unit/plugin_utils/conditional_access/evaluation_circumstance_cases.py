# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a sign-in comes from and how: locations, platforms, client apps, risks and authentication flows."""

from __future__ import annotations

from evaluation_tenant import (
    APPLIES,
    COMPLIANT_NETWORK,
    GERMANY,
    GERMANY_GPS,
    GONE,
    HOTEL,
    MFA_TRUSTED_IPS,
    NOWHERE,
    ODD,
    OF_TOMORROW,
    OFFICE,
    OLD,
    missing,
)


def places(include=("All",), exclude=()):
    return {"locations": {"includeLocations": list(include), "excludeLocations": list(exclude)}}


def at(ip, **others):
    return {"ip": ip, **others}


ADDRESS = missing("the IP address")
STRANGER, STRANGER_6 = at("5.5.5.5"), at("2600:2::1")

LOCATIONS = [
    ("null", "network", {"locations": None}, STRANGER, APPLIES),
    ("empty", "network", places([]), STRANGER, APPLIES),
    ("all", "network", places(), STRANGER, APPLIES),
    ("all-without-an-address", "network", places(), at(None), APPLIES),
    ("named", "network", places([OFFICE]), {}, APPLIES),
    ("named-in-capitals", "network", places([OFFICE.upper()]), {}, APPLIES),
    ("not-there", "network", places([OFFICE]), STRANGER, "location"),
    ("one-of-two", "network", places([HOTEL, OFFICE]), {}, APPLIES),
    ("excluded", "network", places(exclude=[OFFICE]), {}, "location"),
    ("not-at-the-excluded", "network", places(exclude=[OFFICE]), STRANGER, APPLIES),
    ("next-to-the-excluded", "network", places(exclude=[OFFICE]), at("8.8.8.11"), APPLIES),
    ("named-and-excluded", "network", places([OFFICE], [OFFICE]), {}, "location"),
    ("only-an-exclusion", "network", places([], [OFFICE]), {}, "location"),
    ("host-bits", "ip-range", places([OFFICE]), at("8.8.9.200"), APPLIES),
    ("last-of-a-range", "ip-range", places([OFFICE]), at("8.8.9.255"), APPLIES),
    ("past-a-range", "ip-range", places([OFFICE]), at("8.8.10.0"), "location"),
    ("ipv6", "network", places([OFFICE]), at("2600:1:0:ffff::1"), APPLIES),
    ("ipv6-written-out", "network", places([OFFICE]), at("2600:0001:0000:0000:0000:0000:0000:0001"), APPLIES),
    ("ipv6-is-separate", "network", places(exclude=[HOTEL]), STRANGER_6, APPLIES),
    ("ipv6-stranger", "network", places([OFFICE]), STRANGER_6, "location"),
    ("ipv4-written-as-ipv6", "network", places([OFFICE]), at("::ffff:8.8.8.10"), APPLIES),
    ("old-form-first", "ip-range", places([OLD]), at("7.7.7.10"), APPLIES),
    ("old-form-last", "ip-range", places([OLD]), at("7.7.7.20"), APPLIES),
    ("old-form-past", "ip-range", places([OLD]), at("7.7.7.21"), "location"),
    (
        "range-that-nobody-can-read",
        "ip-range",
        places([ODD]),
        STRANGER,
        missing("what the range 'one.one.one.one' covers"),
    ),
    ("range-beside-it", "ip-range", places([ODD]), at("1.1.1.1"), APPLIES),
    ("no-address", "network", places([OFFICE]), at(None), ADDRESS),
    ("no-address-to-exclude", "network", places(exclude=[OFFICE]), at(None), ADDRESS),
    ("what-is-no-address", "network", places([OFFICE]), at("localhost"), ADDRESS),
    ("gone", "network", places([GONE]), {}, missing(f"named location {GONE}, which is not among those that were read")),
    ("one-gone-one-there", "network", places([GONE, OFFICE]), {}, APPLIES),
    ("gone-and-excluded", "network", places([GONE], [OFFICE]), {}, "location"),
    (
        "compliant-network",
        "network",
        places([COMPLIANT_NETWORK]),
        {},
        missing("what named location 'All Compliant Network locations' (compliantNetworkNamedLocation) holds"),
    ),
    ("range-written-as-ipv6", "ip-range", places([HOTEL]), at("6.6.6.6"), APPLIES),
    ("trusted-by-its-address", "network", places(["AllTrusted"]), {"trusted": False}, APPLIES),
    ("all-trusted", "network", places(["AllTrusted"]), {}, APPLIES),
    ("trusted-excluded", "network", places(exclude=["AllTrusted"]), {}, "location"),
    ("not-trusted", "network", places(exclude=["AllTrusted"]), at("9.9.9.9"), APPLIES),
    ("not-trusted-ipv6", "network", places(["AllTrusted"]), STRANGER_6, "location"),
    ("trusted-without-an-address", "network", places(["AllTrusted"]), at(None), ADDRESS),
    ("trusted-as-entra-told", "network", places(["AllTrusted"]), at(None, trusted=True), APPLIES),
    ("not-trusted-as-entra-told", "network", places(["AllTrusted"]), at(None, trusted=False), "location"),
    ("mfa-trusted-ips-none", "network", places([MFA_TRUSTED_IPS]), STRANGER, "location"),
    ("mfa-trusted-ips-are-ipv4", "network", places([MFA_TRUSTED_IPS]), STRANGER_6, "location"),
]

COUNTRIES = [
    ("in", "country", places([GERMANY]), {}, APPLIES),
    ("in-lower-case", "country", places([GERMANY]), {"country": "de"}, APPLIES),
    ("out", "country", places([GERMANY]), {"country": "FR"}, "location"),
    ("excluded", "country", places(exclude=[GERMANY]), {}, "location"),
    ("unknown", "country", places([GERMANY]), {"country": None}, missing("the country of the address")),
    ("no-country", "country", places([GERMANY]), {"country": "none"}, "location"),
    ("no-country-counts", "country", places([NOWHERE]), {"country": "none"}, APPLIES),
    ("no-country-counts-of-one", "country", places([NOWHERE]), {"country": "FR"}, "location"),
    ("address-does-not-matter", "country", places([GERMANY]), at(None), APPLIES),
    ("gps", "country", places([GERMANY_GPS]), {"country": "FR"}, APPLIES),
    ("gps-out", "country", places([GERMANY_GPS]), {"gps_country": "FR"}, "location"),
    (
        "gps-unknown",
        "country",
        places([GERMANY_GPS]),
        {"gps_country": None},
        missing("the country that the Authenticator app tells"),
    ),
    (
        "gps-no-country",
        "country",
        places([GERMANY_GPS]),
        {"gps_country": "none"},
        missing("whether a place without a country counts"),
    ),
    (
        "method-of-tomorrow",
        "evolvable",
        places([OF_TOMORROW]),
        {},
        missing("what named location 'Germany by smell' (countryLookupMethod smell) holds"),
    ),
]


def platforms(include=("all",), exclude=()):
    return {"platforms": {"includePlatforms": list(include), "excludePlatforms": list(exclude)}}


SUPPORTED = ["android", "iOS", "windows", "macOS", "linux"]
PLATFORM = missing("the device platform")

PLATFORMS = [
    ("null", "conditions", {"platforms": None}, {"platform": None}, APPLIES),
    ("all", "conditions", platforms(), {"platform": None}, APPLIES),
    *((f"one-{name}", "conditions", platforms([name]), {"platform": name}, APPLIES) for name in SUPPORTED),
    ("another", "conditions", platforms(["iOS", "android"]), {}, "devicePlatform"),
    ("excluded", "conditions", platforms(exclude=["windows"]), {}, "devicePlatform"),
    ("another-excluded", "conditions", platforms(exclude=["iOS"]), {}, APPLIES),
    ("named-and-excluded", "conditions", platforms(["windows"], ["windows"]), {}, "devicePlatform"),
    ("unsupported", "conditions", platforms(exclude=SUPPORTED), {"platform": "other"}, APPLIES),
    ("supported", "conditions", platforms(exclude=SUPPORTED), {"platform": "linux"}, "devicePlatform"),
    ("unsupported-is-not-named", "conditions", platforms(SUPPORTED), {"platform": "other"}, "devicePlatform"),
    ("unknown", "conditions", platforms(["iOS"]), {"platform": None}, PLATFORM),
    ("unknown-of-the-excluded", "conditions", platforms(exclude=["iOS"]), {"platform": None}, PLATFORM),
    ("all-excluded", "conditions", platforms(exclude=["all"]), {}, "devicePlatform"),
    (
        "of-tomorrow",
        "evolvable",
        platforms(["ofTomorrow"]),
        {},
        missing("what 'ofTomorrow' means, a word of a newer Graph"),
    ),
    (
        "of-tomorrow-excluded",
        "evolvable",
        platforms(exclude=["ofTomorrow"]),
        {},
        missing("what 'ofTomorrow' means, a word of a newer Graph"),
    ),
]


def clients(*types):
    return {"clientAppTypes": list(types)}


EAS, MODERN = "exchangeActiveSync", ["browser", "mobileAppsAndDesktopClients"]

CLIENT_APPS = [
    ("all", "conditions", clients("all"), {"client_app": None}, APPLIES),
    ("none-set", "conditions", clients(), {"client_app": None}, APPLIES),
    ("browser", "conditions", clients("browser"), {}, APPLIES),
    ("another", "conditions", clients("mobileAppsAndDesktopClients"), {}, "clientApps"),
    ("modern-of-legacy", "conditions", clients(*MODERN), {"client_app": "other"}, "clientApps"),
    ("legacy", "conditions", clients(EAS, "other"), {"client_app": "other"}, APPLIES),
    ("legacy-of-modern", "conditions", clients(EAS, "other"), {}, "clientApps"),
    ("activesync", "condition-set", clients(EAS), {"client_app": EAS}, APPLIES),
    ("activesync-includes-supported", "condition-set", clients(EAS), {"client_app": "easSupported"}, APPLIES),
    ("activesync-on-supported", "conditions", clients("easSupported"), {"client_app": EAS, "platform": "iOS"}, APPLIES),
    (
        "activesync-on-another",
        "conditions",
        clients("easSupported"),
        {"client_app": EAS, "platform": "macOS"},
        missing("whether Exchange ActiveSync is supported on the device platform"),
    ),
    ("activesync-is-not-other", "conditions", clients("other"), {"client_app": EAS}, "clientApps"),
    ("unknown", "conditions", clients("browser"), {"client_app": None}, missing("the client app")),
    (
        "of-tomorrow",
        "evolvable",
        clients("ofTomorrow"),
        {},
        missing("what 'ofTomorrow' means, a word of a newer Graph"),
    ),
    ("of-tomorrow-and-of-today", "evolvable", clients("ofTomorrow", "browser"), {}, APPLIES),
]


def _risk(graph, fact, reason, words, levels=("low", "medium", "high")):
    form = ",".join if graph == "insiderRiskLevels" else list
    yield (f"{fact}-none-set", "condition-set", {graph: form([])}, {fact: None}, APPLIES)
    for level in levels:
        yield (f"{fact}-{level}", "conditions", {graph: form([level])}, {fact: level}, APPLIES)
    yield (f"{fact}-lower", "conditions", {graph: form(levels[1:])}, {fact: levels[0]}, reason)
    yield (f"{fact}-several", "conditions", {graph: form(levels)}, {fact: levels[1]}, APPLIES)
    yield (f"{fact}-no-risk", "conditions", {graph: form(levels)}, {}, reason)
    yield (f"{fact}-unknown", "conditions", {graph: form(levels)}, {fact: None}, missing(words))
    strange = missing("what 'ofTomorrow' means, a word of a newer Graph")
    yield (f"{fact}-of-tomorrow", "evolvable", {graph: form(["ofTomorrow"])}, {fact: levels[0]}, strange)


RISKS = [
    *_risk("signInRiskLevels", "sign_in_risk", "signInRisk", "the risk of the sign-in"),
    *_risk("userRiskLevels", "user_risk", "userRisk", "the risk of the user"),
    *_risk(
        "insiderRiskLevels",
        "insider_risk",
        "insiderRisk",
        "the insider risk of the user",
        ("minor", "moderate", "elevated"),
    ),
    ("sign_in_risk-level-none", "condition-set", {"signInRiskLevels": ["none"]}, {}, APPLIES),
]


def flows(methods):
    return {"authenticationFlows": {"transferMethods": methods}}


FLOWS = [
    ("null", "flows", {"authenticationFlows": None}, {"transfer_method": None}, APPLIES),
    ("none-set", "flows", flows("none"), {"transfer_method": None}, APPLIES),
    ("device-code", "flows", flows("deviceCodeFlow"), {"transfer_method": "deviceCodeFlow"}, APPLIES),
    (
        "transfer",
        "flows",
        flows("deviceCodeFlow,authenticationTransfer"),
        {"transfer_method": "authenticationTransfer"},
        APPLIES,
    ),
    ("another", "flows", flows("deviceCodeFlow"), {"transfer_method": "authenticationTransfer"}, "authenticationFlow"),
    (
        "of-tomorrow",
        "evolvable",
        flows("ofTomorrow"),
        {"transfer_method": "deviceCodeFlow"},
        missing("what 'ofTomorrow' means, a word of a newer Graph"),
    ),
    ("no-transfer", "flows", flows("deviceCodeFlow"), {}, "authenticationFlow"),
    (
        "unknown",
        "flows",
        flows("deviceCodeFlow"),
        {"transfer_method": None},
        missing("the authentication flow that the session began with"),
    ),
]

STRANGE = [
    (
        "new-condition",
        "evolvable",
        {"moonPhase": {"isFull": True}},
        {},
        missing("what conditions.moonPhase asks for, a property of a newer Graph"),
    ),
    (
        "new-part-of-one",
        "evolvable",
        {"devices": {"smell": "nice"}},
        {},
        missing("what conditions.devices.smell asks for, a property of a newer Graph"),
    ),
    ("new-but-null", "evolvable", {"times": None, "deviceStates": None}, {}, APPLIES),
    ("new-and-another-is-not-met", "policies", {"moonPhase": {"isFull": True}, **clients("other")}, {}, "clientApps"),
]

# All conditions have to be met, and the first that is not is the reason.
SEVERAL = [
    ("all-met", "policies", {**places([OFFICE]), **platforms(["windows"]), **clients("browser")}, {}, APPLIES),
    ("one-not-met", "policies", {**places([OFFICE]), **platforms(["windows"]), **clients("other")}, {}, "clientApps"),
    ("first-of-two", "what-if", {**places([HOTEL]), **platforms(["iOS"])}, {}, "devicePlatform"),
    ("unknown-and-not-met", "policies", {**places([HOTEL]), **platforms(["iOS"])}, {"platform": None}, "location"),
    (
        "two-unknown",
        "policies",
        {**places([HOTEL]), **platforms(["iOS"])},
        {"platform": None, "ip": None},
        missing("the IP address", "the device platform"),
    ),
    ("unknown-and-met", "policies", {**places([OFFICE]), **platforms(["iOS"])}, {"platform": None}, PLATFORM),
]

CASES = [
    (f"{group}-{row[0]}", *row[1:])
    for group, rows in (
        ("locations", LOCATIONS),
        ("countries", COUNTRIES),
        ("platforms", PLATFORMS),
        ("clients", CLIENT_APPS),
        ("risks", RISKS),
        ("flows", FLOWS),
        ("strange", STRANGE),
        ("several", SEVERAL),
    )
    for row in rows
]
