# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sign-in as the circumstances that Conditional Access judges it by.

None is unknown everywhere. What is known not to be there has a value of its own: ``"none"``, an empty set, False. Nothing here
guesses: a fact that nobody told stays unknown, and so does an answer that hangs on it.

The words are Graph's (https://learn.microsoft.com/graph/api/resources/signinconditions), ids are in lower case.
"""

from __future__ import annotations

import dataclasses
import typing as t

NONE = "none"

# What a user can be (https://learn.microsoft.com/entra/external-id/authentication-conditional-access): an internal member, or one
# of Graph's conditionalAccessGuestOrExternalUserTypes.
MEMBER = "member"
INTERNAL_GUEST = "internalGuest"
DIRECT_CONNECT = "b2bDirectConnectUser"
COLLABORATION = frozenset({"b2bCollaborationGuest", "b2bCollaborationMember"})
EXTERNAL_KINDS = frozenset({*COLLABORATION, DIRECT_CONNECT, "otherExternalUser", "serviceProvider"})
KINDS = frozenset({MEMBER, INTERNAL_GUEST, *EXTERNAL_KINDS})

# Client apps (conditionalAccessClientApp) that sign in with legacy authentication.
LEGACY_CLIENT_APPS = frozenset({"exchangeActiveSync", "easSupported", "other"})

REGISTER_SECURITY_INFO = "urn:user:registersecurityinfo"
REGISTER_DEVICE = "urn:user:registerdevice"


def _lower(values: t.Iterable[str] | None) -> frozenset[str] | None:
    return None if values is None else frozenset(value.lower() for value in values)


@dataclasses.dataclass(frozen=True, slots=True)
class User:
    """A person. ``groups`` are those it is a member of directly or through others, ``roles`` the template ids of the directory
    roles that are active for the whole tenant: Conditional Access looks at no other roles
    (https://learn.microsoft.com/entra/identity/conditional-access/concept-conditional-access-users-groups).

    ``kinds`` are what it can be; one where that is known. ``home_tenant`` is a tenant's id, or ``""`` for someone who has none in
    Entra.
    """

    id: str | None = None
    groups: frozenset[str] | None = None
    roles: frozenset[str] | None = None
    kinds: frozenset[str] = KINDS
    home_tenant: str | None = None

    def __post_init__(self) -> None:
        for name in ("id", "home_tenant"):
            value = getattr(self, name)
            object.__setattr__(self, name, value and value.lower())
        for name in ("groups", "roles"):
            object.__setattr__(self, name, _lower(getattr(self, name)))
        object.__setattr__(self, "kinds", frozenset(self.kinds))
        if not self.kinds or not self.kinds <= KINDS:
            raise ValueError(f"a user is one or more of {sorted(KINDS)}, not {sorted(self.kinds)}")


@dataclasses.dataclass(frozen=True, slots=True)
class Workload:
    """A service principal. ``own`` is whether it is of a single-tenant application registered in this tenant, the only ones that
    Conditional Access judges; managed identities are not
    (https://learn.microsoft.com/entra/identity/conditional-access/workload-identity)."""

    id: str | None = None
    own: bool | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", self.id and self.id.lower())


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """What a sign-in asks for: the appIds it is for.

    ``applications`` are certain. ``possible`` ones are asked for only if they are confidential clients that want an ID token
    (https://learn.microsoft.com/entra/identity/conditional-access/concept-conditional-access-cloud-apps, client types).
    ``behind_graph`` says that it may ask, through Microsoft Graph, for the data of other services that are not named.
    ``baseline`` says that it may ask the directory for no more than baseline scopes, which policies for all resources with
    exclusions may let pass (https://learn.microsoft.com/entra/identity/conditional-access/concept-enforcement-resource-exclusions).
    """

    applications: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset()
    behind_graph: bool = False
    baseline: bool = False

    @classmethod
    def of(cls, *app_ids: str) -> Target:
        """The applications, and nothing else."""
        return cls(frozenset(app_id.lower() for app_id in app_ids))


# A sign-in that is for a user action or an authentication context only.
NO_APPLICATION = Target()


@dataclasses.dataclass(frozen=True, slots=True)
class Device:
    """The device as Entra knows it by device authentication.

    ``registered`` is whether it is in the directory. ``attributes`` are pairs of a name in lower case, as filters for devices
    call it, and a value: a text, a bool, a frozenset of texts, or None for null. An attribute that is not among them is unknown.
    """

    registered: bool | None = None
    attributes: frozenset[tuple[str, t.Any]] = frozenset()

    @classmethod
    def of(cls, **attributes: t.Any) -> Device:
        """A registered device with these attributes, such as ``isCompliant=True, trustType="AzureAD"``."""
        held = {
            name.lower(): frozenset(value) if isinstance(value, (set, list)) else value
            for name, value in attributes.items()
        }
        return cls(True, frozenset(held.items()))

    def fact(self, name: str) -> t.Any:
        """An attribute by its name in lower case; None where it is null or unknown."""
        return next((value for known, value in self.attributes if known == name), None)


UNKNOWN_DEVICE = Device()
UNREGISTERED = Device(registered=False)


@dataclasses.dataclass(frozen=True, slots=True)
class SignIn:
    """The circumstances of one sign-in.

    ``ip`` is the public address that Entra sees; ``trusted`` is whether Entra holds it for trusted, where that is known without
    the locations. ``country`` is the address's and ``gps_country`` what the Authenticator app told, two letters, or ``"none"``
    where it maps to no country. ``platform`` is a conditionalAccessDevicePlatform or ``"other"`` for one that Conditional Access
    has no name for. Risks are levels or ``"none"``. ``transfer_method`` is deviceCodeFlow, authenticationTransfer or ``"none"``.

    ``met`` are the controls (in the words of ``controls``) that the sign-in has satisfied, ``not_met`` those it has not, though
    the user might when asked, ``out_of_reach`` those it cannot.
    """

    identity: User | Workload | None = None
    target: Target | None = None
    user_action: str | None = None
    authentication_contexts: frozenset[str] | None = None
    ip: str | None = None
    trusted: bool | None = None
    country: str | None = None
    gps_country: str | None = None
    platform: str | None = None
    client_app: str | None = None
    sign_in_risk: str | None = None
    user_risk: str | None = None
    service_principal_risk: str | None = None
    insider_risk: str | None = None
    device: Device = UNKNOWN_DEVICE
    transfer_method: str | None = None
    met: frozenset[str] = frozenset()
    not_met: frozenset[str] = frozenset()
    out_of_reach: frozenset[str] = frozenset()

    @classmethod
    def to(cls, target: Target, **facts: t.Any) -> SignIn:
        """A sign-in to applications, and so for no user action; and for no authentication context."""
        return cls(**{"target": target, "user_action": NONE, "authentication_contexts": frozenset(), **facts})
