# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Conditional Access knows of one sign-in: who, to what, from where, with what, and what has been proven.

A sign-in that really happens is known whole: an absent country is one that the address does not map to, an absent
platform one that Entra does not know. In a What If request absent means that nobody said: ``is_whole`` tells which.
Everything here can be hashed, so that alike sign-ins are judged once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

# deviceInfo properties with their values, sorted by name; None is a device that Entra does not know
Device = tuple[tuple[str, bool | str | tuple[str, ...]], ...] | None
HYBRID_JOINED = "ServerAD"


@dataclass(frozen=True)
class Identity:
    """Who signs in, as the assignments of a policy see it. Ids are in lower case, roles are template ids."""

    id: str | None
    is_user: bool = True
    groups: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    guest_kind: str = "none"
    home_tenant: str | None = None
    is_single_tenant: bool = False  # of a service principal: registered in this tenant, for this tenant only


@dataclass(frozen=True)
class SignIn:
    """The facts that conditions are compared with. One of the three targets is set."""

    identity: Identity
    applications: tuple[str, ...] = ()
    user_action: str | None = None
    authentication_context: str | None = None
    ip: IPv4Address | IPv6Address | None = None
    country: str | None = None
    platform: str | None = None
    client_app: str | None = None
    sign_in_risk: str = "none"
    user_risk: str = "none"
    service_principal_risk: str = "none"
    insider_risk: str = "none"
    transfer_method: str = "none"
    device: Device = None
    is_whole: bool = True


@dataclass(frozen=True)
class Proof:
    """What a sign-in has shown so far. ``methods`` are combinations as authentication strengths name them.

    ``mfa_age`` is how many seconds ago multifactor authentication was done: 0 in this sign-in, more for a claim that a
    session brings, None for never. ``first_factor_age`` is the same for the first factor.
    """

    methods: frozenset[str] = field(default_factory=frozenset)
    mfa_age: float | None = None
    first_factor_age: float = 0
    can_be_asked: bool = True
    is_compliant: bool = False
    is_hybrid_joined: bool = False
    has_approved_app: bool = False
    has_protected_app: bool = False
    has_changed_password: bool = False
    accepted_terms: frozenset[str] = field(default_factory=frozenset)
