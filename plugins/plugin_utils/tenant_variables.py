# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables that describe a tenant in an inventory, and names that are nearly one of them.

A variable that is misspelt counts as left out, and what is left out has a meaning: without a service account, part B is skipped.
"""

from __future__ import annotations

import difflib
import typing as t

# What the roles and playbooks read of a host beside the connection's own, which have the prefix that the task names.
SYNCRO = (
    "syncro_application",
    "syncro_break_glass_accounts",
    "syncro_enforcement",
    "syncro_service_account",
    "syncro_single_sign_on_only",
    "syncro_sites",
)
# What the names of a role's own variables begin with.
ROLES = (
    "syncro_ip_restriction_",
    "syncro_readiness_",
    "syncro_service_account_mfa_",
    "syncro_validation_",
)
# What the playbooks have the connection's variables begin with.
CONNECTION = "entra_"
# From 0 to 1, how alike two names are of which one is taken for the other misspelt; of a role's own, without that beginning.
ALIKE, ALIKE_IN_ROLE = 0.88, 0.8


class Strange(t.NamedTuple):
    """A variable that nobody reads, and the one of ours that it is nearly called like."""

    name: str
    meant: str

    def problem(self) -> str:
        """Where the one that is meant is missing."""
        return f"{self.name}: is no variable that this collection reads; is {self.meant} meant?"

    def doubt(self) -> str:
        """Where it may well be somebody's own."""
        return f"{self.name} is not read by this collection; {self.meant} is. Where {self.name} is one of yours, all is well."


def misspelt(given: t.Collection[str], prefix: str, connection: t.Iterable[str]) -> list[str]:
    """A problem for each variable of a host whose name is nearly that of one of ours, which is not there itself."""
    return [one.problem() for one in _of_tenant(given, prefix, connection) if one.meant not in given]


def beside_ours(given: t.Collection[str], connection: t.Iterable[str]) -> list[str]:
    """A doubt for each of those where the right one is there too: of a group, say, while the host's own is misspelt."""
    return [one.doubt() for one in _of_tenant(given, CONNECTION, connection) if one.meant in given]


def misspelt_of_role(given: t.Collection[str], ours: t.Collection[str]) -> list[str]:
    """A problem for each that is nearly one which a role reads. Its own variables have defaults, and so are there anyway."""
    begun = [name for name in given if name.startswith("syncro_")]
    own = {name for name in begun if name.startswith(ROLES)}
    found = [one for one in _strange({*begun} - own, {*SYNCRO, *ours}, {*ours}) if one.meant not in given]
    for prefix in ROLES:
        short = {name.removeprefix(prefix) for name in own if name.startswith(prefix)}
        meant = {name.removeprefix(prefix) for name in ours if name.startswith(prefix)}
        found += [
            Strange(prefix + one.name, prefix + one.meant) for one in _strange(short, meant, meant, ALIKE_IN_ROLE)
        ]
    return [one.problem() for one in found]


def of_run(
    given: t.Collection[str], ours: t.Collection[str], too: t.Collection[str], needed: t.Collection[str] = ()
) -> tuple[list[str], list[str]]:
    """Problems and doubts with what is given to a run, whatever its name begins with; ``too`` is read, and not meant by anything.
    The end of one of ours is nearly that one. A single word is a doubt, since so short a name is more likely somebody's own,
    unless it is nearly one of ``needed``, without which the run does more than it may be meant to."""
    ends = {end: name for name in sorted(ours) if "_" in (end := name.partition("_")[2])}
    strange = {*given} - {*ours, *too}
    found = [Strange(name, ends[name]) for name in sorted(strange) if name in ends]
    found += _strange({name for name in strange if name not in ends}, ours, ours)
    certain = {one.name for one in found if ("_" in one.name or one.meant in needed) and one.meant not in given}
    problems = [one.problem() for one in found if one.name in certain]
    return problems, [one.doubt() for one in found if one.name not in certain]


def _of_tenant(given: t.Collection[str], prefix: str, connection: t.Iterable[str]) -> list[Strange]:
    ours = {*SYNCRO, *(prefix + name for name in connection)}
    begun = {name for name in given if name.startswith((prefix, "syncro_")) and not name.startswith(ROLES)}
    return _strange(begun, ours, ours)


def _strange(
    given: t.Iterable[str], known: t.Collection[str], meant: t.Iterable[str], alike: float = ALIKE
) -> list[Strange]:
    """Each name that is not known and is nearly one of those that can be meant."""
    near = {name: difflib.get_close_matches(name.casefold(), meant, n=1, cutoff=alike) for name in {*given} - {*known}}
    return [Strange(name, found[0]) for name, found in sorted(near.items()) if found]
