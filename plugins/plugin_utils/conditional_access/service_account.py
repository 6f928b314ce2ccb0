# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which policies could stop the Syncro service account, whoever made them, and whether it can do MFA: it signs in from Syncro's
cloud, and nobody is there to answer a question."""

from __future__ import annotations

import dataclasses
import typing as t

from .. import directory, guids
from ..graph.errors import BadInput, GraphError
from ..graph.reads import Reads
from ..options import ArgumentSpec, Options
from ..shape import Json, Named
from . import people
from .controls import Requirement
from .evaluation import DISABLED, REPORT_ONLY, PolicySet
from .policy_checks import account_problems
from .policy_names import ACCOUNT
from .policy_references import LOCATIONS, POLICIES
from .sign_in import NONE, UNREGISTERED, SignIn, User
from .unmet import Unmet, unmet

SPEC = ArgumentSpec(
    {
        "service_account": {"type": "str", "required": True},
        "own_policies": {"type": "list", "elements": "str", "default": []},
    },
    checks=(account_problems,),
)

_CLIENT_APPS = ("browser", "mobileAppsAndDesktopClients")

_NO_METHOD = (
    "{} has no method for MFA registered: where a policy asks it for MFA, it cannot sign in. Register one first: sign in as the "
    "account at https://aka.ms/mfasetup"
)


def watched(options: Options, reads: Reads) -> Options:
    """The policies that could stop the account, those that are on and those in report-only apart, and whether it has a method for
    MFA. Raises EntraError."""
    name = options["service_account"]
    wanted = directory.Wanted([Named("service_account", name, ACCOUNT)])
    by_id = [people.methods_of(guids.plain(name))] if guids.is_guid(name) else []
    (policies, locations, *dummy), methods = reads.listings_beside([POLICIES, LOCATIONS, *wanted.paths()], by_id)
    found = wanted.found(reads)
    problems = found.problems()
    if problems:
        raise BadInput(problems, looked=True)
    account = t.cast(Json, found.one("user", name))
    own = set(options["own_policies"])
    others = [one for one in policies if one.get("state") != DISABLED and not {one["id"], one.get("displayName")} & own]
    upn = str(account.get("userPrincipalName") or name)
    registered = _mfa_registered(account["id"], methods, others, reads)
    person = people.users({upn: account}, others, reads)[upn]
    rows = in_the_way(others, locations, person)
    enabled, report_only = ([row for row in rows if row["enforced"] is enforced] for enforced in (True, False))
    return {
        "changed": False,
        "account": {"id": account["id"], "user_principal_name": account.get("userPrincipalName")},
        "mfa_registered": registered,
        "enabled": enabled,
        "report_only": report_only,
        "summary": [_sentence(row, upn) for row in (*enabled, *report_only)],
        "warnings": [_NO_METHOD.format(upn)] if registered is False else [],
    }


def _mfa_registered(
    account: str, known: t.Mapping[str, list[Json] | GraphError], policies: t.Sequence[Json], reads: Reads
) -> bool | None:
    """What is registered, from what is known, or else asked for with what else hangs on the account's id."""
    path = people.methods_of(account)
    if path not in known:
        more = [people.path_of(account)] if people.depend_on_membership(policies) else []
        known = reads.attempts([path, *more])
    return people.mfa_registered(known[path])


def in_the_way(policies: t.Sequence[Json], locations: t.Iterable[Json], person: User) -> list[Options]:
    """A row for each policy that stops the account or may stop it; those that do for certain first.

    It is taken to sign in to any application, from an address that nobody knows, by a browser or an app, on a device that is not
    registered, by no device code, and to have done MFA. Of risk, platform and address nothing is known.
    """
    compiled = PolicySet(policies, locations)
    sign_in = SignIn(
        identity=person,
        user_action=NONE,
        authentication_contexts=frozenset(),
        device=UNREGISTERED,
        transfer_method=NONE,
        met=frozenset({"mfa"}),
    )
    by_policy: dict[str, list[Unmet]] = {}
    for client_app in _CLIENT_APPS:
        for one in unmet(compiled, dataclasses.replace(sign_in, client_app=client_app)):
            by_policy.setdefault(one.policy["id"], []).append(one)
    rows = [_row(ways) for ways in by_policy.values()]
    return sorted(rows, key=lambda row: (not row["certain"], str(row["display_name"]).casefold(), row["id"]))


def _row(ways: t.Sequence[Unmet]) -> Options:
    """One policy, from what it says of each client app that it is in the way of."""
    policy = ways[0].policy
    asked = Requirement.of(policy)
    missing = {fact for way in ways for fact in way.missing}
    if len(ways) < len(_CLIENT_APPS):
        missing.add("the client app")
    return {
        "id": policy["id"],
        "display_name": policy.get("displayName"),
        "enforced": policy.get("state") != REPORT_ONLY,
        "controls": ["block"] if asked.blocks else [" or ".join(group) for group in asked.groups],
        "certain": all(way.certain for way in ways) and not missing,
        "depends_on": sorted(missing),
    }


def _sentence(row: Options, upn: str) -> str:
    asks = (
        "blocks" if row["controls"] == ["block"] else f"asks for {' and '.join(row['controls']) or 'something unknown'}"
    )
    state = "" if row["enforced"] else " once it is on"
    if row["certain"]:
        return f"'{row['display_name']}' {asks} and stops {upn}{state}."
    hangs = f", depending on {', '.join(row['depends_on'])}" if row["depends_on"] else ""
    return f"'{row['display_name']}' {asks} and may stop {upn}{state}{hangs}."
