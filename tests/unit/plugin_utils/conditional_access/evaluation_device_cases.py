# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters for devices: rules, devices, and what the rules say of them."""

from __future__ import annotations

from evaluation_tenant import APPLIES, missing

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in import (
    UNKNOWN_DEVICE,
    UNREGISTERED,
    Device,
)

ID = "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb"
LAPTOP = Device.of(
    deviceId=ID,
    displayName="Dana's laptop",
    deviceOwnership="Company",
    enrollmentProfileName="AutoPilot Profile 1",
    isCompliant=True,
    manufacturer="Microsoft Corporation",
    mdmAppId=None,
    model='Surface "Pro"',
    operatingSystem="Windows",
    operatingSystemVersion="10.0.19041",
    physicalIds=["[ZTDId]:value", "[OrderId]:7"],
    profileType="RegisteredDevice",
    systemLabels=["M365Managed"],
    trustType="AzureAD",
    extensionAttribute1="SAW",
    extensionAttribute2=None,
)
UNMANAGED = Device.of(isCompliant=False, isManaged=False, trustType="Workplace", extensionAttribute1="SAW")
HYBRID = Device.of(isCompliant=False, isManaged=False, trustType="ServerAD", extensionAttribute1="SAW")
INTUNE = Device.of(isCompliant=False, isManaged=True, extensionAttribute1="SAW")

MANAGED = missing(
    "whether the device is managed by Intune, compliant or hybrid joined, without which it has no extension attributes"
)


def only(rule, mode="include"):
    return {"devices": {"deviceFilter": {"mode": mode, "rule": rule}}}


def on(device):
    return {"device": device}


def odd(rule, why):
    return missing(f"what the filter for devices '{rule}' means ({why})")


def undocumented(words):
    return missing(f"what '{words}' means in a filter for devices with such a value")


YES, NO = APPLIES, "devices"

# Each attribute with an operator of its own; what of it holds for the laptop, and for a device that is not registered, of which
# everything is null: only negative operators hold then.
COMPARISONS = [
    ("id", f'device.deviceid -eq "{ID}"', YES, NO),
    ("id-in-capitals", f'device.deviceId -eq "{ID.upper()}"', YES, NO),
    ("id-is-not", f'device.deviceId -ne "{ID}"', NO, YES),
    ("name-contains", 'device.displayName -contains "LAPTOP"', YES, NO),
    ("name-contains-not", 'device.displayName -notContains "LAPTOP"', NO, YES),
    ("name-ends", 'device.displayName -endsWith "top"', YES, NO),
    ("name-ends-not", 'device.displayName -notEndsWith "top"', NO, YES),
    ("ownership", '(device.deviceOwnership -eq "Company")', YES, NO),
    ("profile-starts", 'device.enrollmentProfileName -startsWith "AutoPilot Profile"', YES, NO),
    ("profile-starts-not", 'device.enrollmentProfileName -notStartsWith "AutoPilot"', NO, YES),
    ("compliant", '(device.isCompliant -eq "True")', YES, NO),
    ("compliant-without-quotes", "device.isCompliant -eq True", YES, NO),
    ("compliant-not", "device.isCompliant -ne True", NO, YES),
    ("manufacturer", 'device.manufacturer -startsWith "Microsoft"', YES, NO),
    ("mdm", 'device.mdmAppId -in ["00001111-aaaa-2222-bbbb-3333cccc4444"]', NO, NO),
    ("mdm-not", 'device.mdmAppId -notIn ["00001111-aaaa-2222-bbbb-3333cccc4444"]', YES, YES),
    ("model-not", '(device.model -notContains "Surface")', NO, YES),
    ("quotes-in-a-text", 'device.model -eq "Surface `"Pro`""', YES, NO),
    ("single-quotes", "device.displayName -eq 'Dana''s laptop'", YES, NO),
    ("system", '(device.operatingSystem -eq "Windows")', YES, NO),
    ("version-in", 'device.operatingSystemVersion -in ["10.0.18363", "10.0.19041"]', YES, NO),
    ("version-in-not", 'device.operatingSystemVersion -notIn ["10.0.18363", "10.0.19041"]', NO, YES),
    ("physical-id", '(device.physicalIds -contains "[ZTDId]:value")', YES, NO),
    ("physical-id-is-whole", 'device.physicalIds -contains "[ZTDId]"', NO, NO),
    ("physical-id-not", 'device.physicalIds -notContains "[ZTDId]:value"', NO, YES),
    ("profile-type", 'device.profileType -eq "Printer"', NO, NO),
    ("label", 'device.systemLabels -contains "m365managed"', YES, NO),
    ("trust", 'device.trustType -eq "ServerAD"', NO, NO),
    ("trust-not", 'device.trustType -ne "ServerAD"', YES, YES),
    ("extension", 'device.extensionAttribute1 -eq "SAW"', YES, NO),
    ("extension-not", 'device.extensionAttribute1 -ne "SAW"', NO, YES),
    ("extension-null", 'device.extensionAttribute2 -eq "x"', NO, NO),
    ("null", "device.mdmAppId -eq null", YES, YES),
    ("not-null", "device.trustType -ne null", YES, NO),
    ("null-in-quotes", 'device.displayName -ne "null"', YES, YES),
]

# -not before -and before -or.
LOGIC = [
    ("and", 'device.trustType -eq "AzureAD" -and device.isCompliant -eq True', YES),
    ("and-one-not", 'device.trustType -eq "AzureAD" -and device.isCompliant -eq False', NO),
    ("or", 'device.trustType -eq "ServerAD" -or device.isCompliant -eq True', YES),
    ("not", "-not (device.isCompliant -eq True)", NO),
    ("not-without-brackets", "-not device.isCompliant -eq False", YES),
    ("not-before-and", 'device.isCompliant -eq True -and -not (device.model -startsWith "Dell")', YES),
    ("and-before-or", 'device.isCompliant -eq True -or device.model -eq "x" -and device.model -eq "y"', YES),
    ("brackets", '(device.isCompliant -eq True -or device.model -eq "x") -and device.model -eq "y"', NO),
    ("without-hyphens", 'device.isCompliant eq True and not device.model eq "x"', YES),
    ("in-capitals", 'device.displayName -EndsWith "TOP" -AND device.isCompliant -EQ true', YES),
    ("spread-out", "  ( ( device.isCompliant\n -eq True ) )  ", YES),
    ("words-in-a-text", 'device.displayName -ne "-and (x) -or"', YES),
]

UNREADABLE = [
    ("empty", "", odd("", "it ends too early")),
    ("no-value", "device.model -eq", odd("device.model -eq", "it ends too early")),
    ("open-text", 'device.model -eq "x', odd('device.model -eq "x', "from its character 17 on")),
    ("open-bracket", '(device.model -eq "x"', odd('(device.model -eq "x"', "it ends too early")),
    ("closed-bracket", 'device.model -eq "x")', odd('device.model -eq "x")', "')' is not expected there")),
    (
        "of-a-user",
        'user.department -eq "x"',
        odd('user.department -eq "x"', "'user.department' is no attribute of a device"),
    ),
    (
        "list-without-comma",
        'device.model -in ["a" "b"]',
        odd('device.model -in ["a" "b"]', "'b' stands where ',' should"),
    ),
    ("double-equals", "device.model == 'x'", odd("device.model == 'x'", "from its character 13 on")),
    ("nested-too-deeply", "(" * 3000, odd("(" * 3000, "it is nested too deeply")),
    ("match", 'device.model -match "^S"', undocumented("device.model -match")),
    ("unknown-attribute", 'device.smell -eq "x"', undocumented("device.smell -eq")),
    ("operator-of-another", 'device.trustType -startsWith "A"', undocumented("device.trustType -startsWith")),
    ("list-for-one", 'device.model -eq ["x"]', undocumented("device.model -eq")),
    ("one-for-a-list", 'device.model -in "x"', undocumented("device.model -in")),
    ("null-contained", "device.model -contains null", undocumented("device.model -contains")),
    ("unreadable-or-true", 'device.smell -eq "x" -or device.isCompliant -eq True', YES),
    ("unreadable-and-false", 'device.smell -eq "x" -and device.isCompliant -eq False', NO),
]

COMPLIANT = "device.isCompliant -eq True"
SAW, NO_SAW = 'device.extensionAttribute1 -eq "SAW"', 'device.extensionAttribute1 -ne "SAW"'

DEVICES = [
    ("no-filter", "devices", {"devices": None}, on(UNKNOWN_DEVICE), APPLIES),
    ("null-filter", "devices", {"devices": {"deviceFilter": None}}, on(UNKNOWN_DEVICE), APPLIES),
    ("included", "devices", only(COMPLIANT), on(LAPTOP), YES),
    ("not-included", "devices", only(COMPLIANT), on(UNMANAGED), NO),
    ("excluded", "devices", only(COMPLIANT, "exclude"), on(LAPTOP), NO),
    ("not-excluded", "devices", only(COMPLIANT, "exclude"), on(UNMANAGED), YES),
    ("unregistered-is-not-excluded", "devices", only(COMPLIANT, "exclude"), on(UNREGISTERED), YES),
    (
        "unregistered-is-excluded-by-a-negative",
        "devices",
        only("device.isCompliant -ne True", "exclude"),
        on(UNREGISTERED),
        NO,
    ),
    (
        "mode-of-tomorrow",
        "evolvable",
        only(COMPLIANT, "smell"),
        {},
        missing("what the mode 'smell' of the filter for devices means"),
    ),
    ("device-unknown", "devices", only(COMPLIANT), on(UNKNOWN_DEVICE), missing("the isCompliant of the device")),
    ("attribute-unknown", "devices", only('device.model -eq "x"'), on(UNMANAGED), missing("the model of the device")),
    (
        "one-unknown-one-true",
        "devices",
        only(f'device.model -eq "x" -or {COMPLIANT}'),
        on(Device.of(isCompliant=True)),
        YES,
    ),
    ("one-unknown-one-false", "devices", only(f'device.model -eq "x" -and {COMPLIANT}'), on(UNMANAGED), NO),
    ("extension-of-a-hybrid-device", "devices", only(SAW), on(HYBRID), YES),
    ("extension-of-an-intune-device", "devices", only(NO_SAW), on(INTUNE), NO),
    ("extension-of-an-unmanaged-device", "devices", only(SAW), on(UNMANAGED), MANAGED),
    ("no-extension-of-an-unmanaged-device", "devices", only(NO_SAW), on(UNMANAGED), MANAGED),
]

CASES = [
    *((f"laptop-{name}", "devices", only(rule), on(LAPTOP), laptop) for name, rule, laptop, dummy in COMPARISONS),
    *(
        (f"unregistered-{name}", "devices", only(rule), on(UNREGISTERED), answer)
        for name, rule, dummy, answer in COMPARISONS
    ),
    *((f"logic-{name}", "rules", only(rule), on(LAPTOP), answer) for name, rule, answer in LOGIC),
    *((f"unreadable-{name}", "rules", only(rule), on(LAPTOP), answer) for name, rule, answer in UNREADABLE),
    *((f"filter-{row[0]}", *row[1:]) for row in DEVICES),
]
