# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From customers to host names that are safe in patterns, paths and command lines, and that no two have."""

from __future__ import annotations

import collections
import re
import typing as t
import unicodedata

# Names that mean something else to Ansible.
_TAKEN = ("all", "ungrouped", "localhost")
_LONGEST = 63
_ENDS_AS_AN_ID = re.compile(r"(?:^|-)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


def slug(name: str) -> str:
    """A name in lower-case letters, digits and dashes: ``Bäckerei O'Neil & Co.`` becomes ``backerei-o-neil-co``; empty where
    nothing of it can be written so."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST].rstrip("-")


def host_names(customers: t.Mapping[str, str]) -> dict[str, str]:
    """The host name of each customer, by tenant id, from display names by tenant id.

    Where two would be called the same, both get their tenant id appended, so that neither name ever moves from one customer to
    the other. So does a name that Ansible or another customer's tenant id has.
    """
    slugs = {tenant_id: slug(name) for tenant_id, name in customers.items()}
    counts = collections.Counter(slugs.values())
    return {tenant_id: _unique(own, tenant_id, counts[own]) for tenant_id, own in slugs.items()}


def _unique(own: str, tenant_id: str, count: int) -> str:
    if not own:
        return tenant_id
    return f"{own}-{tenant_id}" if count > 1 or own in _TAKEN or _ENDS_AS_AN_ID.search(own) else own
