# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of filters for devices, by the tables of Microsoft's page."""

from __future__ import annotations

import pytest

from graph_emulator.device_filter import UnreadableRule, device_matches
from graph_emulator.sign_in_facts import Device

MANAGED: Device = (
    ("deviceId", "aaaaaaaa-0000-4000-8000-000000000000"),
    ("displayName", "ABC-7"),
    ("extensionAttribute1", "SAW"),
    ("isCompliant", True),
    ("model", "Surface Pro"),
    ("operatingSystem", "Windows"),
    ("operatingSystemVersion", "10.0.22000"),
    ("ownership", "Company"),
    ("physicalIds", ("[ZTDId]:7", "[USER-GID]:x")),
    ("systemLabels", ("M365Managed",)),
    ("trustType", "AzureAD"),
)
REGISTERED: Device = (("extensionAttribute1", "SAW"), ("trustType", "Workplace"))
HYBRID: Device = (("extensionAttribute1", "SAW"), ("trustType", "ServerAD"))
ENROLLED: Device = (("extensionAttribute1", "SAW"), ("mdmAppId", "0000000a-0000-0000-c000-000000000000"))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('device.trustType -eq "AzureAD"', True),
        ('device.trustType -eq "azuread"', True),
        ("device.trustType -eq 'ServerAD'", False),
        ('device.trustType -ne "ServerAD"', True),
        ("device.isCompliant -eq True", True),
        ('device.isCompliant -eq "False"', False),
        ('device.deviceOwnership -eq "Company"', True),
        ('device.displayName -startsWith "abc"', True),
        ('device.displayName -notStartsWith "abc"', False),
        ('device.displayName -endsWith "7"', True),
        ('device.displayName -notEndsWith "8"', True),
        ('device.model -contains "face"', True),
        ('device.model -notContains "Surface"', False),
        ('device.operatingSystemVersion -in ["10.0.18363", "10.0.22000"]', True),
        ('device.operatingSystemVersion -notIn ["10.0.18363"]', True),
        ('device.physicalIds -contains "[ZTDId]:7"', True),
        ('device.physicalIds -contains "[ZTDId]"', False),
        ('device.systemLabels -notContains "AzureResource"', True),
        ('device.manufacturer -eq "x"', False),
        ('device.manufacturer -ne "x"', True),
        ('device.manufacturer -notIn ["x"]', True),
        ("device.manufacturer -eq null", True),
        ("device.model -ne $null", True),
        ('device.extensionAttribute1 -eq "SAW"', True),
        ('device.model -eq "x" -or device.isCompliant -eq True', True),
        ('device.model -eq "x" -and device.isCompliant -eq True', False),
        ('device.model -eq "x" or device.isCompliant eq True and device.trustType eq "AzureAD"', True),
        ('(device.model -eq "x" -or device.isCompliant -eq True) -and device.trustType -eq "x"', False),
        ('-not(device.model -eq "x")', True),
        ('not device.model -eq "Surface Pro"', False),
    ],
)
def test_rules(rule: str, expected: bool) -> None:
    assert device_matches(rule, MANAGED) is expected


@pytest.mark.parametrize(
    ("rule", "positive"),
    [
        ('device.trustType -eq "AzureAD"', True),
        ('device.displayName -contains "a"', True),
        ('device.model -in ["a"]', True),
        ('device.trustType -ne "AzureAD"', False),
        ('device.displayName -notContains "a"', False),
        ('device.model -notIn ["a"]', False),
        ('device.extensionAttribute1 -ne "SAW"', False),
    ],
)
def test_a_device_that_entra_does_not_know(rule: str, positive: bool) -> None:
    assert device_matches(rule, None) is not positive


@pytest.mark.parametrize(
    ("device", "expected"), [(MANAGED, True), (REGISTERED, False), (HYBRID, True), (ENROLLED, True)]
)
def test_extension_attributes_need_a_managed_device(device: Device, expected: bool) -> None:
    assert device_matches('device.extensionAttribute1 -eq "SAW"', device) is expected
    assert device_matches('device.extensionAttribute1 -ne "SAW"', device) is not expected


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "device.model",
        "device.model -eq",
        'device.model "x"',
        'model -eq "x"',
        'device.colour -eq "x"',
        'device.model -like "x"',
        'device.model -eq "x" and',
        '(device.model -eq "x"',
        'device.model -eq "x")',
        'device.model -in "x"',
        'device.model -in ["x"',
        'device.model -eq "x" device.model -eq "y"',
        "device.model -eq (",
        'device.model -eq "x" & true',
    ],
)
def test_unreadable_rules(rule: str) -> None:
    with pytest.raises(UnreadableRule):
        device_matches(rule, MANAGED)
