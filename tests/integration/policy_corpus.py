# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies of every kind there is, in the form of the module's options, for a practice tenant of ``practice.tenant_seed``.

Each is as small as shows one thing, since what flaps is seen alone. Together they name every option and every member of every
closed set of words; a test compares them with the table.
"""

from __future__ import annotations

import typing as t

Options = dict[str, t.Any]

FILTERS = [
    {"mode": "include", "rule": 'device.model -eq "Surface Hub"'},
    {"mode": "exclude", "rule": 'device.isCompliant -eq True -or device.trustType -eq "ServerAD"'},
]
ATTRIBUTE = {"mode": "include", "rule": 'CustomSecurityAttribute.a_b -eq "c"'}
OTHER_TENANT = "77777777-7777-4777-8777-777777777777"
# A tenant that is not ours and can be found by its domain.
PARTNER = {"id": "88888888-1111-4111-8111-111111111111", "name": "Partner", "domain": "partner.example"}
# What the policies refer to.
LOCATIONS = [
    {"display_name": "Office", "ip_ranges": ["198.51.100.10/32"], "trusted": True},
    {"display_name": "Home countries", "countries_and_regions": ["DE", "AT"]},
]
# What is meant to block somebody is no mistake here.
MEANT = ["NO-BREAK-GLASS", "NO-TRUSTED-LOCATION", "BLOCK-ALL"]
GUEST_TYPES = [
    "internalGuest",
    "b2bCollaborationGuest",
    "b2bCollaborationMember",
    "b2bDirectConnectUser",
    "otherExternalUser",
    "serviceProvider",
]
RISKS = ["low", "medium", "high", "none", "hidden"]
MFA: Options = {"built_in_controls": ["mfa"]}
DANA = "dana@{domain}"
EVERY_APPLICATION: Options = {"include_applications": ["All"]}


def policy(
    conditions: Options | None = None, grant: Options | None = None, session: Options | None = None, **more: t.Any
):
    """A policy for one person and all applications, but for what is said."""
    wanted: Options = {
        "enforcement": "disabled",
        "conditions": {"users": {"include_users": [DANA]}, "applications": EVERY_APPLICATION, **(conditions or {})},
        **more,
    }
    if grant is not None or session is None:
        wanted["grant_controls"] = MFA if grant is None else grant
    if session is not None:
        wanted["session_controls"] = session
    return wanted


def _people() -> t.Iterator[Options]:
    for users in (
        {"include_users": ["All"], "exclude_users": ["breakglass@{domain}"]},
        {"include_users": ["All"], "exclude_users": ["breakglass@{domain}", "GuestsOrExternalUsers"]},
        {"include_users": ["GuestsOrExternalUsers"]},
        {"include_users": ["None"]},
        {"include_users": [DANA, "syncro-svc@{domain}"]},
        {"include_groups": ["Technicians"], "exclude_groups": ["Twins"]},
        {"include_roles": ["Global Administrator", "Security Administrator"], "exclude_roles": ["Guest Inviter"]},
        {"include_users": [DANA], "include_groups": ["Twins"], "include_roles": ["Global Reader"]},
    ):
        yield policy({"users": users})
    for kind in GUEST_TYPES:
        yield policy({"users": {"include_guests_or_external_users": {"guest_or_external_user_types": [kind]}}})
    guests = {"guest_or_external_user_types": GUEST_TYPES[:3], "external_tenants": {"membership_kind": "all"}}
    yield policy({"users": {"include_guests_or_external_users": guests}})
    some = {
        "guest_or_external_user_types": ["serviceProvider"],
        "external_tenants": {"membership_kind": "enumerated", "members": ["partner.example", OTHER_TENANT]},
    }
    yield policy({"users": {"include_users": ["All"], "exclude_guests_or_external_users": some}})
    all_kinds = {"guest_or_external_user_types": GUEST_TYPES, "external_tenants": {"membership_kind": "all"}}
    yield policy({"users": {"include_users": ["All"], "exclude_guests_or_external_users": all_kinds}})
    one = {
        "guest_or_external_user_types": ["b2bDirectConnectUser"],
        "external_tenants": {"membership_kind": "enumerated", "members": [OTHER_TENANT]},
    }
    yield policy({"users": {"include_guests_or_external_users": one}})


def _targets() -> t.Iterator[Options]:
    for applications in (
        {"include_applications": ["None"]},
        {"include_applications": ["Syncro SSO"], "exclude_applications": ["O'Brien's App & Co"]},
        {"include_applications": ["All"], "exclude_applications": ["Office365", "MicrosoftAdminPortals"]},
        {"include_applications": ["Office365"]},
        {"include_applications": ["MicrosoftAdminPortals"]},
        {
            "include_applications": ["All"],
            "application_filter": {"mode": "exclude", "rule": 'CustomSecurityAttribute.a_b -eq "c"'},
        },
        {"include_applications": ["Syncro SSO"], "application_filter": ATTRIBUTE},
        {"include_user_actions": ["urn:user:registersecurityinfo"]},
        {"include_user_actions": ["urn:user:registerdevice"]},
        {"include_authentication_contexts": ["Secret things", "c2"]},
    ):
        yield policy({"applications": applications})


def _workloads() -> t.Iterator[Options]:
    for workloads in (
        {"include_service_principals": ["ServicePrincipalsInMyTenant"], "exclude_service_principals": ["Syncro SSO"]},
        {"include_service_principals": ["Syncro SSO"]},
        {
            "include_service_principals": ["ServicePrincipalsInMyTenant"],
            "service_principal_filter": ATTRIBUTE,
        },
        {
            "include_service_principals": ["ServicePrincipalsInMyTenant"],
            "service_principal_filter": {**ATTRIBUTE, "mode": "exclude"},
        },
    ):
        for risks in ([], ["high"], ["low", "medium", "none"]):
            wanted = policy({"client_applications": workloads}, {"built_in_controls": ["block"]})
            del wanted["conditions"]["users"]
            wanted["conditions"]["service_principal_risk_levels"] = risks
            yield wanted


def _circumstances() -> t.Iterator[Options]:
    for locations in (
        {"include_locations": ["All"], "exclude_locations": ["Office"]},
        {"include_locations": ["All"], "exclude_locations": ["AllTrusted"]},
        {"include_locations": ["Office", "Home countries"]},
        {"include_locations": ["AllTrusted"]},
        {"include_locations": ["All"], "exclude_locations": ["00000000-0000-0000-0000-000000000000", "Office"]},
    ):
        yield policy({"locations": locations})
    for platforms in (
        {"include_platforms": ["all"], "exclude_platforms": ["android", "iOS"]},
        {"include_platforms": ["windows", "macOS", "linux", "windowsPhone"]},
        {"include_platforms": ["all"], "exclude_platforms": ["linux", "windows"]},
        {
            "include_platforms": [
                "all",
            ],
            "exclude_platforms": ["macOS", "windowsPhone"],
        },
        {"include_platforms": ["android", "iOS"]},
    ):
        yield policy({"platforms": platforms})
    for types in (
        ["browser", "mobileAppsAndDesktopClients"],
        ["exchangeActiveSync", "other"],
        ["easSupported"],
        ["all"],
    ):
        yield policy({"client_app_types": types})
    for risk in RISKS:
        yield policy({"sign_in_risk_levels": [risk]})
    yield policy({"user_risk_levels": RISKS[:3]})
    yield policy({"user_risk_levels": ["hidden"]})
    yield policy({"user_risk_levels": ["none"], "sign_in_risk_levels": ["high", "low"]})
    for levels in (["minor"], ["moderate", "elevated"]):
        yield policy({"insider_risk_levels": levels})
    for found in FILTERS:
        yield policy({"devices": {"device_filter": found}})
    for methods in (["deviceCodeFlow"], ["authenticationTransfer", "deviceCodeFlow"]):
        yield policy({"authentication_flows": {"transfer_methods": methods}}, {"built_in_controls": ["block"]})


def _controls() -> t.Iterator[Options]:
    for controls in (
        ["block"],
        ["compliantDevice"],
        ["domainJoinedDevice", "compliantDevice"],
        ["approvedApplication", "compliantApplication"],
        ["mfa", "riskRemediation"],
    ):
        yield policy(grant={"built_in_controls": controls})
    yield policy({"user_risk_levels": ["high"]}, {"operator": "AND", "built_in_controls": ["mfa", "passwordChange"]})
    yield policy(grant={"operator": "AND", "built_in_controls": ["mfa", "compliantDevice"]})
    yield policy(grant={"authentication_strength": "Phishing-resistant MFA"})
    yield policy(grant={"operator": "AND", "authentication_strength": "Keys only", "terms_of_use": ["House rules"]})
    yield policy(grant={"operator": "OR", "terms_of_use": ["House rules", "Visitors' rules"]})
    yield policy(grant={"custom_authentication_factors": ["RequireDuoMfa"]})


def _sessions() -> t.Iterator[Options]:
    for session in (
        {"sign_in_frequency": {"frequency_interval": "everyTime"}},
        {"sign_in_frequency": {"enabled": True, "value": 4, "type": "hours", "frequency_interval": "timeBased"}},
        {"sign_in_frequency": {"value": 90, "type": "days", "authentication_type": "secondaryAuthentication"}},
        {
            "sign_in_frequency": {
                "frequency_interval": "everyTime",
                "authentication_type": "primaryAndSecondaryAuthentication",
            }
        },
        {"persistent_browser": {"mode": "never"}},
        {"persistent_browser": {"enabled": True, "mode": "always"}},
        {"application_enforced_restrictions": {"enabled": True}},
        {"cloud_app_security": {"cloud_app_security_type": "mcasConfigured"}},
        {"cloud_app_security": {"enabled": True, "cloud_app_security_type": "monitorOnly"}},
        {"cloud_app_security": {"cloud_app_security_type": "blockDownloads"}},
        {"disable_resilience_defaults": True},
        {"secure_sign_in_session": {"enabled": True}},
        # Controls that do nothing come back as if they had not been given.
        {"disable_resilience_defaults": True, "persistent_browser": {"enabled": False, "mode": "never"}},
        {"secure_sign_in_session": {"enabled": True}, "disable_resilience_defaults": False},
    ):
        yield policy(session=session)
    yield policy(grant=MFA, session={"persistent_browser": {"mode": "never"}})


def _states() -> t.Iterator[Options]:
    for state in ("enabled", "disabled", "report_only"):
        yield policy(enforcement=state)
    yield policy(description="Ein Text mit \u201eAnführungszeichen\u201c und einem Apostroph: O'Brien & Söhne")


CORPUS: list[Options] = [
    {"display_name": f"{kind.__name__.strip('_')} {number:02d}", **wanted}
    for kind in (_people, _targets, _workloads, _circumstances, _controls, _sessions, _states)
    for number, wanted in enumerate(kind())
]


def for_domain(value: t.Any, domain: str) -> t.Any:
    """A policy with the people of this tenant."""
    if isinstance(value, dict):
        return {name: for_domain(inner, domain) for name, inner in value.items()}
    if isinstance(value, list):
        return [for_domain(inner, domain) for inner in value]
    return value.replace("{domain}", domain) if isinstance(value, str) else value
