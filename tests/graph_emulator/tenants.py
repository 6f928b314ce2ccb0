# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a tenant holds, and what readers see of it while a write is still spreading.

An object is a plain dict in Graph's JSON form. ``Tenant.objects`` maps a kind (``users``, ``policies``, ...) to its
objects by id. Every change goes through ``put`` and ``remove``, which note it in ``Directory.writes``; the server takes
that note after each call to save the state and to start a lag.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from .sign_in_log import SignInLog
from .sign_in_sessions import Sessions

NAMESPACE = UUID("6f1f1a52-6d6c-5d2c-9e4b-7c1f7a0f5b6e")
SECURITY_DEFAULTS_ID = "00000000-0000-0000-0000-000000000005"
PREMIUM_PLANS = frozenset({"AAD_PREMIUM", "AAD_PREMIUM_P2"})

# What calls can change, and therefore what a state file holds; everything else comes from the seed at each start.
MUTABLE_KINDS = (
    "namedLocations",
    "policies",
    "deletedNamedLocations",
    "deletedPolicies",
    "tenantPolicies",
    "sessionResets",
)
KINDS = (
    *MUTABLE_KINDS,
    "users",
    "groups",
    "servicePrincipals",
    "applications",
    "directoryRoles",
    "roleAssignments",
    "userRegistrationDetails",
    "agreements",
    "authenticationContexts",
    "authenticationStrengths",
    "delegatedAdminRelationships",
)

JsonObject = dict[str, Any]


def derived_id(tenant_id: str, kind: str, name: str) -> str:
    """Return the stable id of a named thing that the seed gives no id."""
    return str(uuid5(NAMESPACE, f"{tenant_id}/{kind}/{name.casefold()}"))


@dataclass(frozen=True)
class FederatedCredential:
    """Whose outside tokens a client may present: issuer, subject, audience and the issuer's public key."""

    issuer: str
    subject: str
    audience: str
    key: Any


@dataclass(frozen=True)
class Certificate:
    """A client's registered certificate: both thumbprints as Entra reads them, and its public key."""

    sha1: str
    sha256: str
    key: Any
    not_after: datetime


@dataclass(frozen=True)
class Client:
    """Who may ask for tokens."""

    client_id: str
    display_name: str
    object_id: str
    secret: str | None = field(default=None, repr=False)
    secret_expires: datetime | None = None
    certificates: tuple[Certificate, ...] = ()
    federated: tuple[FederatedCredential, ...] = ()
    identity_header: str | None = field(default=None, repr=False)
    permissions: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True)
class KnownTenant:
    """A tenant that Entra knows and nobody can sign in to here."""

    id: str
    name: str
    domain: str
    more_domains: tuple[str, ...] = ()

    @property
    def domains(self) -> tuple[str, ...]:
        """All its domains, the default one first."""
        return (self.domain, *self.more_domains)


@dataclass(frozen=True)
class Caller:
    """Who makes a call: the client of the access token, with the permissions the token carries.

    ``series`` is the tenant's series of tokens that it belongs to.
    """

    client_id: str
    object_id: str
    permissions: frozenset[str]
    series: int


@dataclass(frozen=True)
class Write:
    """One object changed: ``before`` is what it was, None if it was not there."""

    tenant: Tenant
    kind: str
    id: str
    before: JsonObject | None


@dataclass
class _Lag:
    """Until ``until``, readers still see ``before``, or writes are judged by it."""

    until: float
    before: JsonObject | None


# By kind and id.
Lags = dict[tuple[str, str], _Lag]


@dataclass
class Tenant:
    """One Entra tenant."""

    id: str
    name: str
    domain: str
    directory: Directory = field(repr=False)
    more_domains: tuple[str, ...] = ()
    country: str = "US"
    licences: frozenset[str] = frozenset()
    clients: dict[str, Client] = field(default_factory=dict, repr=False)
    members: dict[str, list[str]] = field(default_factory=dict, repr=False)
    home_tenants: dict[str, str] = field(default_factory=dict, repr=False)
    sign_ins: SignInLog = field(default_factory=SignInLog, repr=False)
    sessions: Sessions = field(default_factory=Sessions, repr=False)
    accepted_terms: dict[str, set[str]] = field(default_factory=dict, repr=False)
    objects: dict[str, dict[str, JsonObject]] = field(default_factory=lambda: {k: {} for k in KINDS}, repr=False)
    token_series: int = 0
    _lags: Lags = field(default_factory=dict, repr=False)
    _rule_lags: Lags = field(default_factory=dict, repr=False)
    _unreferenceable: dict[tuple[str, str], float] = field(default_factory=dict, repr=False)

    @property
    def domains(self) -> tuple[str, ...]:
        """All its domains, the default one first."""
        return (self.domain, *self.more_domains)

    @property
    def is_premium(self) -> bool:
        """Whether Conditional Access and the sign-in log are licensed."""
        return bool(self.licences & PREMIUM_PLANS)

    @property
    def security_defaults(self) -> bool:
        """Whether security defaults are on, as readers see it."""
        policy = self.get("tenantPolicies", SECURITY_DEFAULTS_ID)
        return bool(policy and policy["isEnabled"])

    def get(self, kind: str, key: str) -> JsonObject | None:
        """Return the object as readers see it now; ids compare without regard to case."""
        return self._seen(self._lags, kind, key.lower())

    def judged(self, kind: str, key: str) -> JsonObject | None:
        """Return the object as it is where a write is judged that has to do with it."""
        return self._seen(self._rule_lags, kind, key.lower())

    def latest(self, kind: str, key: str) -> JsonObject | None:
        """Return the object as it was last written, whatever readers see."""
        return self.objects[kind].get(key.lower())

    def all(self, kind: str) -> Iterator[JsonObject]:
        """Give the kind's objects as readers see them now, in the order they were made."""
        return self._all_seen(self._lags, kind)

    def all_judged(self, kind: str) -> Iterator[JsonObject]:
        """Give the kind's objects as they are where a write is judged that has to do with them."""
        return self._all_seen(self._rule_lags, kind)

    def count(self, kind: str) -> int:
        """Return how many of the kind there are, lag or not."""
        return len(self.objects[kind])

    def put(self, kind: str, value: JsonObject) -> None:
        """Create or replace an object."""
        key = value["id"].lower()
        self.directory.writes.append(Write(self, kind, key, self.objects[kind].get(key)))
        self.objects[kind][key] = value

    def remove(self, kind: str, key: str) -> JsonObject:
        """Take an object away for good and return it."""
        value = self.objects[kind].pop(key.lower())
        self.directory.writes.append(Write(self, kind, key.lower(), value))
        return value

    def end_sessions(self, user: JsonObject, when: str) -> None:
        """Let a user's sessions count from a moment on. It is noted apart too: the user comes from the seed again."""
        reset = {"id": user["id"], "signInSessionsValidFromDateTime": when}
        self.put("sessionResets", reset)
        self.put("users", {**user, **reset})

    def expire_tokens(self) -> None:
        """Let no access token issued so far be good any more."""
        self.token_series += 1

    def keep_from_references(self, write: Write, seconds: float) -> None:
        """Let nothing refer to the object for some seconds, though readers see it."""
        self._unreferenceable[write.kind, write.id] = time.monotonic() + seconds

    def can_be_referred_to(self, kind: str, key: str) -> bool:
        """Tell whether the object is there for whatever would refer to it."""
        until = self._unreferenceable.get((kind, key.lower()), 0)
        return until <= time.monotonic() and self.judged(kind, key) is not None

    def start_lag(self, write: Write, seconds: float) -> None:
        """Let readers see the object as it was before the write for some seconds."""
        self._lags[write.kind, write.id] = _Lag(time.monotonic() + seconds, write.before)

    def start_rule_lag(self, write: Write, seconds: float) -> None:
        """Let writes be judged by the object as it was before the write for some seconds."""
        self._rule_lags[write.kind, write.id] = _Lag(time.monotonic() + seconds, write.before)

    def _seen(self, lags: Lags, kind: str, key: str) -> JsonObject | None:
        lag = _running(lags, kind, key)
        return lag.before if lag else self.objects[kind].get(key)

    def _all_seen(self, lags: Lags, kind: str) -> Iterator[JsonObject]:
        if not lags:
            yield from self.objects[kind].values()
            return
        for key in self.objects[kind]:
            if (seen := self._seen(lags, kind, key)) is not None:
                yield seen
        for lagged_kind, key in list(lags):
            lag = _running(lags, lagged_kind, key)
            if lagged_kind == kind and key not in self.objects[kind] and lag and lag.before is not None:
                yield lag.before


def _running(lags: Lags, kind: str, key: str) -> _Lag | None:
    """Return what still lags of an object, and forget what does no more."""
    lag = lags.get((kind, key)) if lags else None
    if lag and lag.until <= time.monotonic():
        del lags[kind, key]
        return None
    return lag


class Directory:
    """All tenants of this server."""

    def __init__(self) -> None:
        self.tenants: dict[str, Tenant] = {}
        self.known_tenants: list[KnownTenant] = []
        self.writes: list[Write] = []
        self._by_domain: dict[str, Tenant] = {}

    def add(self, tenant: Tenant) -> None:
        """Take a tenant in."""
        self.tenants[tenant.id.lower()] = tenant
        self._by_domain.update({domain.lower(): tenant for domain in tenant.domains})

    def find(self, name: str) -> Tenant | None:
        """Return the tenant of that id or domain."""
        name = name.lower()
        return self.tenants.get(name) or self._by_domain.get(name)

    def known(self, name: str) -> Tenant | KnownTenant | None:
        """Return the tenant of that id or domain, of all that Entra knows."""
        name = name.lower()
        known = (one for one in self.known_tenants if name in (one.id, *one.domains))
        return self.find(name) or next(known, None)

    def take_writes(self) -> list[Write]:
        """Return what was changed since the last time."""
        taken, self.writes = self.writes, []
        return taken
