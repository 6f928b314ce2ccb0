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
# From 0 to 1, how alike two names are of which one is taken for the other misspelt; of a role's own, without that beginning.
ALIKE, ALIKE_IN_ROLE = 0.88, 0.8


def misspelt(given: t.Collection[str], prefix: str, connection: t.Iterable[str]) -> list[str]:
    """A sentence for each variable of a host whose name is nearly that of one of ours, which is not there itself."""
    ours = {*SYNCRO, *(prefix + name for name in connection)}
    strange = {name for name in given if name.startswith((prefix, "syncro_")) and not name.startswith(ROLES)}
    return _said(strange, ours, {*ours} - {*given})


def misspelt_of_role(given: t.Collection[str], ours: t.Collection[str]) -> list[str]:
    """The same for what a role reads. Its own variables have defaults, so that they are there in any case."""
    strange = {name for name in given if name.startswith("syncro_")}
    own = {name for name in strange if name.startswith(ROLES)}
    problems = _said(strange - own, {*SYNCRO, *ours}, {*ours} - {*given})
    for prefix in ROLES:
        begun = {name.removeprefix(prefix) for name in own if name.startswith(prefix)}
        meant = {name.removeprefix(prefix) for name in ours if name.startswith(prefix)}
        problems += _said(begun, meant, meant, prefix, ALIKE_IN_ROLE)
    return problems


def misspelt_of_run(given: t.Collection[str], ours: t.Collection[str]) -> list[str]:
    """The same for what is given to a run, whatever its name begins with. The end of one of ours counts as nearly that one."""
    meant = {*ours} - {*given}
    ends = {end: name for name in sorted(ours) if "_" in (end := name.partition("_")[2])}
    cut = {name for name in given if name in ends and name not in ours}
    problems = [_sentence(name, ends[name]) for name in sorted(cut) if ends[name] in meant]
    return problems + _said({*given} - cut, ours, meant)


def _said(
    given: t.Iterable[str], known: t.Collection[str], meant: t.Iterable[str], prefix: str = "", alike: float = ALIKE
) -> list[str]:
    """A sentence for each name that is not known and is nearly one of those that can be meant."""
    problems = []
    for name in sorted({*given} - {*known}):
        near = difflib.get_close_matches(name.casefold(), meant, n=1, cutoff=alike)
        problems += [_sentence(prefix + name, prefix + near[0])] if near else []
    return problems


def _sentence(name: str, meant: str) -> str:
    return f"{name}: is no variable that this collection reads; is {meant} meant?"
