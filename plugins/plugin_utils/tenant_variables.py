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
# Names of the roles' own, which their argument specifications look at.
ROLES = (
    "syncro_ip_restriction_",
    "syncro_readiness_",
    "syncro_service_account_mfa_",
    "syncro_validation_",
)
# How alike two names are of which one is taken for the other misspelt, from 0 to 1.
ALIKE = 0.88


def misspelt(given: t.Collection[str], prefix: str, connection: t.Iterable[str]) -> list[str]:
    """A sentence for each variable of a host whose name is nearly that of one of ours, which is not there itself."""
    return nearly(given, {*SYNCRO, *(prefix + name for name in connection)}, (prefix, "syncro_"))


def nearly(given: t.Collection[str], ours: t.Collection[str], prefixes: tuple[str, ...] = ("syncro_",)) -> list[str]:
    """The same for these of ours, among variables with these prefixes."""
    strange = [name for name in given if name.startswith(prefixes) and name not in {*SYNCRO, *ours}]
    problems = []
    for name in sorted(name for name in strange if not name.startswith(ROLES)):
        near = difflib.get_close_matches(name, {*ours} - {*given}, n=1, cutoff=ALIKE)
        problems += [f"{name}: is no variable that this collection reads; is {near[0]} meant?"] if near else []
    return problems
