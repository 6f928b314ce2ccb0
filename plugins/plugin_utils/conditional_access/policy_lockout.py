# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lockout guard's rules for one policy, as it would be after the write."""

from __future__ import annotations

import dataclasses
import typing as t

from ..shape import Json
from . import identity_conditions
from .known_applications import ADMIN_PORTALS
from .lockout import Finding, finding, of_location
from .policy_schema import MFA_TRUSTED_IPS
from .sign_in import User
from .way_back import shuts_out

# The roles that can change a policy, by template id (https://learn.microsoft.com/entra/identity/role-based-access-control/
# permissions-reference).
_CHANGES_POLICIES = {
    "62e90394-69f5-4237-9190-012177145e10",  # Global Administrator
    "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",  # Conditional Access Administrator
    "194ae4cb-b126-40b2-bd5b-6091b380977d",  # Security Administrator
}
# Windows Phone is no more.
_EVERY_PLATFORM = {"android", "iOS", "windows", "macOS", "linux"}


def _narrowed(conditions: Json) -> bool:
    """Whether anything besides users, applications and excluded locations limits when a policy applies, as old protocols or a
    country do."""
    # The admin center is reached by a browser, so a policy for browsers leaves nobody a way in.
    if not {"all", "browser"} & set(conditions.get("clientAppTypes") or ["all"]):
        return True
    included = set((conditions.get("locations") or {}).get("includeLocations") or ["All"])
    platforms = conditions.get("platforms") or {}
    if included != {"All"} or platforms.get("excludePlatforms"):
        return True
    chosen = set(platforms.get("includePlatforms") or ["all"])
    if "all" not in chosen and not chosen >= _EVERY_PLATFORM:
        return True
    rest = set(conditions) - {"users", "applications", "clientAppTypes", "locations", "platforms"}
    return any(_says_something(conditions[name]) for name in rest if not name.startswith("@"))


def _says_something(value: t.Any) -> bool:
    """False for null, for nothing, and for an object of nothing but those."""
    return any(map(_says_something, value.values())) if isinstance(value, dict) else value not in (None, "", [])


@dataclasses.dataclass(frozen=True)
class View:
    """A policy as the rules see it. ``locations`` are the tenant's, and those that check mode would have made, by id in lower
    case."""

    policy: Json
    locations: t.Mapping[str, Json]

    @property
    def name(self) -> str:
        return f"policy '{self.policy.get('displayName')}'"

    @property
    def conditions(self) -> Json:
        return self.policy.get("conditions") or {}

    def listed(self, group: str, option: str) -> set[str]:
        """Values of a list in the conditions, ids in lower case."""
        values = (self.conditions.get(group) or {}).get(option) or []
        return {value.lower() if "-" in value else value for value in values}

    @property
    def controls(self) -> set[str]:
        return set((self.policy.get("grantControls") or {}).get("builtInControls") or [])

    @property
    def blocks(self) -> bool:
        return "block" in self.controls

    @property
    def blocks_administration(self) -> bool:
        """Whether the portals are blocked in which a tenant is administered, by their own name or with everything."""
        included = self.listed("applications", "includeApplications")
        left_out = self.listed("applications", "excludeApplications")
        return self.blocks and bool(included & {"All", ADMIN_PORTALS}) and ADMIN_PORTALS not in left_out

    @property
    def everyone(self) -> bool:
        return "All" in self.listed("users", "includeUsers")

    @property
    def for_administrators(self) -> bool:
        """Whether the policy may be for all who can change policies. Who is in a group is not looked up: where it blocks, anybody
        may be. One that is for people by name is for no others."""
        return (
            self.everyone
            or bool(self.blocks and self.listed("users", "includeGroups"))
            or not _CHANGES_POLICIES.isdisjoint(self.listed("users", "includeRoles"))
        )

    def covers(self, account: str, administrator: bool) -> bool:
        """Whether the policy is for an account, by id. Who is in a group is not looked up: where it blocks, anybody may be; and
        an administrator holds roles."""
        if account.lower() in self.listed("users", "excludeUsers"):
            return False
        if self.everyone or account.lower() in self.listed("users", "includeUsers"):
            return True
        groups = self.blocks and self.listed("users", "includeGroups")
        return administrator and bool(groups or self.listed("users", "includeRoles"))

    def covers_administrator(self, account: str, person: User | None) -> bool:
        """``covers`` for an administrator, by the groups and roles where these are known and decide."""
        exactly = identity_conditions.users(self.conditions)(person) if person else None
        return exactly if isinstance(exactly, bool) else self.covers(account, administrator=True)

    def let_in(self) -> list[Json]:
        """The locations that are left out of the policy and do exist."""
        # The list of those IPs cannot be read, and may be empty.
        excluded = self.listed("locations", "excludeLocations") - {MFA_TRUSTED_IPS}
        named = [self.locations[key] for key in sorted(excluded) if key in self.locations]
        trusted = [one for one in self.locations.values() if one.get("isTrusted")] if "AllTrusted" in excluded else []
        return named + trusted


def of_policy(
    view: View,
    break_glass: t.Mapping[str, str],
    service_account: str | None,
    private_endpoint: bool = False,
    people: t.Mapping[str, User] | None = None,
) -> list[Finding]:
    """What a policy, as it would be after the write, would bring about.

    ``break_glass`` maps names to ids and is empty where no account is known, ``service_account`` is an id; both as resolved in
    the tenant. ``people`` are the same accounts by the same names, with the groups and roles that are known.
    """
    people = people or {}
    if view.policy.get("state") == "disabled":
        return []
    findings = [
        finding("BREAK-GLASS-NOT-EXCLUDED", f"{view.name} covers {name}")
        for name, account in break_glass.items()
        if view.covers_administrator(account, people.get(name))
    ]
    # Whoever is left out may be anybody, as long as nobody says who is kept for emergencies.
    if not break_glass and view.for_administrators and shuts_out(view.policy, list(view.locations.values())):
        findings.append(finding("NO-BREAK-GLASS", view.name))
    if view.everyone and view.blocks and not _narrowed(view.conditions):
        findings += _from_everywhere(view, private_endpoint)
    if service_account and view.blocks and view.covers(service_account, administrator=False):
        findings.append(finding("SERVICE-ACCOUNT-NOT-EXCLUDED", view.name))
    only = view.listed("users", "includeUsers")
    somewhere = view.listed("locations", "includeLocations") | view.listed("locations", "excludeLocations")
    if service_account and only == {service_account.lower()} and somewhere:
        findings.append(finding("SERVICE-ACCOUNT-LOCATION", view.name))
    return findings


def _from_everywhere(view: View, private_endpoint: bool) -> list[Finding]:
    """A policy that blocks everyone, wherever they are but for the locations that it leaves out.

    To block one application, an action or an authentication context everywhere may well be meant, where nothing is said of
    locations; to block all of them, or what the tenant is administered with, is not.
    """
    let_in = view.let_in()
    findings = [found for location in let_in for found in of_location(location, private_endpoint)]
    nowhere = not view.listed("locations", "excludeLocations")
    if nowhere and view.blocks_administration and "All" in view.listed("applications", "includeApplications"):
        findings.append(finding("BLOCK-ALL", view.name))
    if not let_in and (view.blocks_administration or _says_something(view.conditions.get("locations"))):
        findings.append(finding("NO-TRUSTED-LOCATION", view.name))
    return findings


def dropped_service_accounts(before: Json | None, after: Json, policies: t.Sequence[Json]) -> list[str]:
    """Ids that a policy for all users leaves out today and would not any more, and that another policy is for alone."""

    was, becomes = View(before or {}, {}), View(after, {})
    if after.get("state") == "disabled" or not becomes.everyone:
        return []
    others = (View(other, {}) for other in policies if before is None or other["id"] != before["id"])
    alone = [view.listed("users", "includeUsers") for view in others]
    single = {next(iter(only)) for only in alone if len(only) == 1}
    return sorted((was.listed("users", "excludeUsers") - becomes.listed("users", "excludeUsers")) & single)
