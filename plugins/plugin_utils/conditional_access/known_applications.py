# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applications as Conditional Access groups them: which appIds belong to Office365 and to MicrosoftAdminPortals.

Microsoft publishes the groups by name and goes on adding to them, so the table is what is certain, and an appId that is not in it
belongs to a group only perhaps, unless it is known not to be Microsoft's.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..shape import Json
from .sign_in import Target
from .three_valued import Answer, unknown

OFFICE_365 = "Office365"
ADMIN_PORTALS = "MicrosoftAdminPortals"
GROUPS = (OFFICE_365, ADMIN_PORTALS)

MICROSOFT_GRAPH = "00000003-0000-0000-c000-000000000000"
DIRECTORY = "00000002-0000-0000-c000-000000000000"  # Windows Azure Active Directory
AZURE_PORTAL = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c"
AZURE_MANAGEMENT = "797f4846-ba00-4fd7-ba43-dac1f8f63013"  # Windows Azure Service Management API

# The tenants that own Microsoft's applications (https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/
# verify-first-party-apps-sign-in).
MICROSOFT_TENANTS = frozenset({"f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"})


@dataclasses.dataclass(frozen=True, slots=True)
class Application:
    """What is known of an application; None is unknown.

    ``microsoft`` is whether it is Microsoft's own, ``web`` whether it is a confidential client, ``sign_in_only`` whether it asks
    for nothing but who signs in: the scopes email, offline_access, openid and profile. ``groups`` it belongs to for certain,
    ``perhaps`` are those it may belong to.
    """

    app_id: str
    name: str = ""
    microsoft: bool | None = None
    web: bool | None = None
    sign_in_only: bool | None = None
    groups: frozenset[str] = frozenset()
    perhaps: frozenset[str] = frozenset(GROUPS)

    def __post_init__(self) -> None:
        object.__setattr__(self, "app_id", self.app_id.lower())

    def in_group(self, group: str) -> Answer:
        """Whether policies for the group are for it."""
        if group in self.groups:
            return True
        if self.microsoft is False or group not in self.perhaps:
            return False
        return unknown(f"whether application {self.title} belongs to {group}")

    @property
    def title(self) -> str:
        return f"{self.name} ({self.app_id})" if self.name else self.app_id


def from_service_principal(principal: Json, web: bool | None = None, sign_in_only: bool | None = None) -> Application:
    """The application of a service principal, from its appId, displayName and appOwnerOrganizationId.

    https://learn.microsoft.com/graph/api/resources/serviceprincipal. Neither tells whether the client is a confidential one, and
    what it asks for: who knows says so.
    """
    app_id, owner = principal["appId"].lower(), principal.get("appOwnerOrganizationId")
    known = KNOWN.get(app_id)
    if known:
        return known
    microsoft = owner.lower() in MICROSOFT_TENANTS if owner else None
    return Application(app_id, principal.get("displayName") or "", microsoft, web, sign_in_only)


# Names and appIds: https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in.
# Of these, the ones that https://learn.microsoft.com/entra/identity/conditional-access/reference-office-365-application-contents
# has by name:
_IN_OFFICE_365 = """
944f0bd1-117b-4b1c-af26-804ed95e767e Media Analysis and Transformation Service
0cd196ee-71bf-4fd6-a57c-b491ffd4fb1e Media Analysis and Transformation Service
00000007-0000-0ff1-ce00-000000000000 Microsoft Exchange Online Protection
c9a559d2-7aab-4f13-a6ed-e7e9c52aec87 Microsoft Forms
d3590ed6-52b3-4102-aeff-aad2292ab01c Microsoft Office
cf53fce8-def6-4aeb-8d30-b158e7b1cf83 Microsoft Stream Portal
1fec8e78-bce4-4aaf-ab1b-5451cc387264 Microsoft Teams
cc15fd57-2c6c-4117-a88c-83b1d56b4bbe Microsoft Teams Services
5e3ce6c0-2b1f-4285-8d4b-75ee78787346 Microsoft Teams Web Client
95de633a-083e-42f5-b444-a4295d8e9314 Microsoft Whiteboard Services
4345a7b9-9a63-4910-a426-35363201d503 O365 Suite UX
00000002-0000-0ff1-ce00-000000000000 Office 365 Exchange Online
66a88757-258c-4c72-893c-3e8bed4d6899 Office 365 Search Service
00000003-0000-0ff1-ce00-000000000000 Office 365 SharePoint Online
94c63fef-13a3-47bc-8074-75af8c65887a Office Delve
93d53678-613d-4013-afc1-62e9e444a0a5 Office Online Add-in SSO
243c63a3-247d-41c5-9d83-7788c43f1c43 Office Online Core SSO
4b233688-031c-404b-9a80-a4f3f2351f90 Office.com
89bee1f7-5e6e-4d8a-9f3d-ecd601259da7 Office365 Shell WCSS-Client
0f698dd4-f011-4d23-a33e-b36416dcb1e6 OfficeClientService
4765445b-32c6-49b0-83e6-1d93765276ca OfficeHome
ab9b8c07-8f02-4f72-87fa-80105867a763 OneDrive SyncEngine
2d4d3d8e-2be3-4bef-9f87-7875a61c29de OneNote
08e18876-6177-487e-b8b5-cf950c1e598c SharePoint Online Web Client Extensibility
00000004-0000-0ff1-ce00-000000000000 Skype for Business Online
905fcf26-4eb7-48a0-9ff0-8dcc7194b5ba Sway
00000005-0000-0ff1-ce00-000000000000 Viva Engage
"""

# … and ones that it does not have, and that are not portals for administrators either.
_IN_NEITHER = """
74658136-14ec-4630-ad9b-26e160ff0fc6 ADIbizaUX
00000007-0000-0000-c000-000000000000 Dataverse
f5eaa862-7f08-448c-9c4e-f4047d4d4521 FindTime
0000000c-0000-0000-c000-000000000000 Microsoft App Access Panel
29d9ed98-a469-4536-ade2-f981bc1d605e Microsoft Authentication Broker
04b07795-8ddb-461a-bbee-02f9e1bf7b46 Microsoft Azure CLI
1950a258-227b-4e31-a9cf-717495945fc2 Microsoft Azure PowerShell
18fbca16-2224-45f6-85b0-f7bf2b39b3f3 Microsoft Docs
14d82eec-204b-4c2f-b7e8-296a70dab67e Microsoft Graph Command Line Tools
00000003-0000-0000-c000-000000000000 Microsoft Graph
de8bc8b5-d9f9-48b1-a8ad-b748da725064 Graph Explorer
74bcdadc-2fdc-4bb3-8459-76d06952a0e9 Microsoft Intune Web Company Portal
fc0f3af4-6835-4174-b806-f7db311fd2f3 Microsoft Intune Windows Agent
93625bc8-bfe2-437a-97e0-3d0060024faa Microsoft password reset service
fdf9885b-dd37-42bf-82e5-c3129ef5a302 Microsoft Support
871c010f-5e61-4fb1-83ac-98610a7e9110 Microsoft Power BI
00000009-0000-0000-c000-000000000000 Power BI Service
27922004-5251-4030-b22d-91ecd9a37ea4 Outlook Mobile
268761a2-03f3-40df-8a8b-c3db24145b6b Universal Store Native Client
00000002-0000-0000-c000-000000000000 Windows Azure Active Directory
797f4846-ba00-4fd7-ba43-dac1f8f63013 Windows Azure Service Management API
26a7ee05-5602-4d76-a7ba-eae8b7b67941 Windows Search
45a330b1-b1ec-4cc1-9161-9f03992aa49f Windows Store for Business
"""

# Portals for administrators: named on https://learn.microsoft.com/entra/identity/conditional-access/
# concept-conditional-access-cloud-apps#microsoft-admin-portals; that the Azure portal, the Entra and the Intune admin center are
# one appId says https://learn.microsoft.com/entra/identity/authentication/concept-mandatory-multifactor-authentication.
_ADMIN_PORTALS = """
c44b4083-3bb0-49c1-b47d-974e53cbdf3c Azure Portal
497effe9-df71-4043-a8bb-14cf78c4b63b Exchange Admin Center
"""

# The same page has a Defender and a Purview portal and a Microsoft 365 admin center, and no page says whether these are they.
_PERHAPS_PORTALS = """
80ccca67-54bd-44ab-8625-4b79c4dc7775 Microsoft 365 Security and Compliance Center
a3b79187-70b2-4139-83f9-6016c58cd27b WindowsDefenderATP Portal
"""
_PERHAPS_PORTALS_IN_OFFICE_365 = """
00000006-0000-0ff1-ce00-000000000000 Microsoft Office 365 Portal
"""


def _rows(
    text: str, groups: t.Iterable[str] = (), perhaps: t.Iterable[str] = (), web: bool | None = None
) -> t.Iterator[tuple[str, Application]]:
    for line in text.strip().splitlines():
        app_id, dummy, name = line.partition(" ")
        yield app_id, Application(app_id, name, True, web, None, frozenset(groups), frozenset(perhaps))


KNOWN: dict[str, Application] = {
    **dict(_rows(_IN_OFFICE_365, groups=[OFFICE_365])),
    **dict(_rows(_IN_NEITHER)),
    # Policies are enforced for tokens issued to a portal.
    **dict(_rows(_ADMIN_PORTALS, groups=[ADMIN_PORTALS], web=True)),
    **dict(_rows(_PERHAPS_PORTALS, perhaps=[ADMIN_PORTALS])),
    **dict(_rows(_PERHAPS_PORTALS_IN_OFFICE_365, groups=[OFFICE_365], perhaps=[ADMIN_PORTALS])),
}

# Where people register how they prove who they are, and their devices: a sign-in to one of these may be that user action
# (concept-conditional-access-cloud-apps, user actions). The last one is named by concept-authentication-flows.
REGISTRATION = {
    "0000000c-0000-0000-c000-000000000000": "Microsoft App Access Panel",
    "19db86c3-b2b9-44cc-b339-36da233a3be2": "My Signins",
    "93625bc8-bfe2-437a-97e0-3d0060024faa": "Microsoft password reset service",
    "29d9ed98-a469-4536-ade2-f981bc1d605e": "Microsoft Authentication Broker",
    "01cb2876-7ebd-4aa4-9cc9-d28bd4d359a9": "Device Registration Service",
}

# What it takes to work in the Microsoft Entra admin center: the portal, the API behind it
# (https://learn.microsoft.com/entra/identity/conditional-access/troubleshoot-conditional-access#service-dependencies), and the
# directory that it shows.
ENTRA_ADMIN_CENTER = Target.of(AZURE_PORTAL, AZURE_MANAGEMENT, MICROSOFT_GRAPH, DIRECTORY)


def find(app_id: str, given: t.Mapping[str, Application]) -> Application:
    """What is known of an appId in lower case: what was given, or else what the table has."""
    return given.get(app_id) or KNOWN.get(app_id) or Application(app_id)
