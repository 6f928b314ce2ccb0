# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names in a policy's options: which have to be objects of the tenant, and the ids that take their place."""

from __future__ import annotations

import dataclasses
import typing as t

from .. import directory, reconcile
from ..graph.reads import Reads
from ..guids import is_guid
from ..options import Options
from ..shape import Json, Named, Reference, references, replaced
from . import names
from .named_location import NamedLocation
from .policy_schema import POLICY

ACCOUNT = Reference("user")


def of_options(options: Options) -> list[Named]:
    """Every name in the module's options that must be an object of the tenant."""
    accounts = [
        Named(f"break_glass_accounts[{n}]", value, ACCOUNT) for n, value in enumerate(options["break_glass_accounts"])
    ]
    if options["service_account"]:
        accounts.append(Named("service_account", options["service_account"], ACCOUNT))
    return [*references(POLICY, options), *accounts]


def held(current: Json | None) -> set[str]:
    """The ids that a policy has, and words in their place."""
    return {named.value for named in references(POLICY, POLICY.options(current))} if current else set()


def let_through(
    kept: t.Collection[str], new_locations: t.Collection[str], check_mode: bool
) -> t.Callable[[Named], bool]:
    """Which names need not exist: ``kept``, the ids that the policy holds already (it may outlive its objects), ids that it is
    to lose, what check mode made up, and break-glass accounts, whose absence the guard reports by its own rule."""

    def accepted(named: Named) -> bool:
        if named.path.startswith("break_glass_accounts") or (".remove[" in named.path and is_guid(named.value)):
            return True
        made_up = reconcile.is_placeholder(named.value) or is_new(named, new_locations)
        return named.value in kept or (check_mode and made_up)

    return accepted


def is_new(named: Named, new_locations: t.Collection[str]) -> bool:
    """Whether a name is that of a location which something is going to make."""
    return named.reference.kind == "location" and named.value in new_locations


def _placeholder(location: str) -> str:
    """What check mode calls a location that it would have made."""
    return reconcile.placeholder(NamedLocation(), location)


def coming(trusted: t.Collection[str]) -> list[Json]:
    """Trusted locations that check mode would have made. What is in them is judged where they are made."""
    return [{"id": _placeholder(name), "displayName": name, "isTrusted": True, "ipRanges": []} for name in trusted]


def resolved(
    options: Options,
    found: directory.Found,
    new_locations: t.Collection[str],
    path: str = "",
    left_out: t.Collection[Named] = (),
) -> Options:
    """The policy's own options with ids for names, and without those that are ``left_out``; ``new_locations`` are named by
    placeholders, as nothing has made them yet."""
    own = {field.option: options.get(field.option) for field in POLICY.fields}

    def resolve(named: Named) -> str | None:
        if named in left_out:
            return None
        if is_new(named, new_locations):
            return found.id(named, in_case=True) or _placeholder(named.value)
        return found.id(named) or named.value

    return replaced(POLICY, own, resolve, path)


def account_id(found: directory.Found, name: str | None) -> str | None:
    """The id of the account, None where none is named or nobody has that name."""
    account = found.one("user", name) if name else None
    return account["id"] if account else None


def with_names(diff: Options, new_locations: t.Sequence[str], reads: Reads) -> Options:
    """A policy's diff with the names people know instead of ids. Costs a request, and only where there is a change to show."""
    sides = {side: diff[side] for side in ("before", "after") if diff[side]}
    found = names.of_references([entry for value in sides.values() for entry in references(POLICY, value)], reads)
    made_up = {_placeholder(name): name for name in new_locations}
    found = dataclasses.replace(found, made_up=made_up)
    return {**diff, **{side: replaced(POLICY, value, found.said) for side, value in sides.items()}}
