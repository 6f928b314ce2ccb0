# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every tenant has from Microsoft: first-party service principals, authentication strengths, licence plans."""

from __future__ import annotations

from typing import Any

# display name -> appId; the object ids differ from tenant to tenant
FIRST_PARTY_APPLICATIONS: dict[str, str] = {
    "Microsoft Graph": "00000003-0000-0000-c000-000000000000",
    "Windows Azure Active Directory": "00000002-0000-0000-c000-000000000000",
    "Office 365 Exchange Online": "00000002-0000-0ff1-ce00-000000000000",
    "Office 365 SharePoint Online": "00000003-0000-0ff1-ce00-000000000000",
    "Windows Azure Service Management API": "797f4846-ba00-4fd7-ba43-dac1f8f63013",
    "Microsoft Teams Services": "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe",
    "Azure Portal": "c44b4083-3bb0-49c1-b47d-974e53cbdf3c",
    "Microsoft Intune Enrollment": "d4ebce55-015a-49b5-a083-c84d1797ae8c",
    "Microsoft Intune": "0000000a-0000-0000-c000-000000000000",
}
MICROSOFT_TENANT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"

# service plan name -> (service plan id, skuPartNumber, skuId) of a licence that brings it
SERVICE_PLANS: dict[str, tuple[str, str, str]] = {
    "AAD_PREMIUM": (
        "41781fb2-bc02-4b7c-bd55-b576c07bb09d",
        "AAD_PREMIUM",
        "078d2b04-f1bd-4111-bbd4-b4b1b354cef4",
    ),
    "AAD_PREMIUM_P2": (
        "eec0eb4f-6444-4f95-aba0-50c24d67f998",
        "AAD_PREMIUM_P2",
        "84a661c4-e949-4bd2-a560-ed7766fcaf2b",
    ),
    "MFA_PREMIUM": (
        "8a256a2b-b617-496d-b51b-e76466e88db0",
        "AAD_PREMIUM",
        "078d2b04-f1bd-4111-bbd4-b4b1b354cef4",
    ),
    "EXCHANGE_S_STANDARD": (
        "9aaf7827-d63c-4b61-89c3-182f06f82e5c",
        "EXCHANGESTANDARD",
        "4b9405b0-7788-4568-add1-99614e613b69",
    ),
    "INTUNE_A": (
        "c1ec4a95-1f05-45b3-a911-aa3fa01094f5",
        "INTUNE_A",
        "061f9ace-7d42-4136-88ac-31dc755f143f",
    ),
}

_PASSWORDLESS = ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor", "deviceBasedPush"]
_PHISHING_RESISTANT = ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"]
_MULTIFACTOR = [
    *_PASSWORDLESS,
    "temporaryAccessPassOneTime",
    "temporaryAccessPassMultiUse",
    "password,microsoftAuthenticatorPush",
    "password,softwareOath",
    "password,hardwareOath",
    "password,sms",
    "password,voice",
    "federatedMultiFactor",
    "microsoftAuthenticatorPush,federatedSingleFactor",
    "softwareOath,federatedSingleFactor",
    "hardwareOath,federatedSingleFactor",
    "sms,federatedSingleFactor",
    "voice,federatedSingleFactor",
]


def is_multifactor(combination: str) -> bool:
    """Tell whether a combination of methods proves more than one factor."""
    return any(set(combination.split(",")) == set(known.split(",")) for known in _MULTIFACTOR)


def _strength(number: int, name: str, description: str, combinations: list[str]) -> dict[str, Any]:
    return {
        "id": f"00000000-0000-0000-0000-{number:012d}",
        "createdDateTime": "2021-12-01T00:00:00Z",
        "modifiedDateTime": "2021-12-01T00:00:00Z",
        "displayName": name,
        "description": description,
        "policyType": "builtIn",
        "requirementsSatisfied": "mfa",
        "allowedCombinations": combinations,
    }


AUTHENTICATION_STRENGTHS: dict[str, dict[str, Any]] = {
    strength["id"]: strength
    for strength in (
        _strength(
            2,
            "Multifactor authentication",
            "Combinations of methods that satisfy strong authentication, such as a password + SMS",
            _MULTIFACTOR,
        ),
        _strength(
            3,
            "Passwordless MFA",
            "Passwordless methods that satisfy strong authentication, such as Passwordless sign-in with the Microsoft "
            "Authenticator",
            _PASSWORDLESS,
        ),
        _strength(
            4,
            "Phishing-resistant MFA",
            "Phishing-resistant, Passwordless methods for the strongest authentication, such as a FIDO2 security key",
            _PHISHING_RESISTANT,
        ),
    )
}
