# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditional Access policies as a kind, for the reconcile engine."""

from __future__ import annotations

import typing as t

from ..graph.errors import GraphError
from ..shape import Field, Json, Shape, bare
from .policy_references import POLICIES
from .policy_schema import POLICY


class Policy:
    """The kind, for the reconcile engine."""

    noun = "Conditional Access policy"
    collection = POLICIES
    deleted = "/identity/conditionalAccess/deletedItems/policies"
    shape = POLICY
    metadata: t.ClassVar[t.Mapping[str, str]] = {"template_id": "templateId"}

    def body(self, value: Json) -> Json:
        """Lists that Graph showed as null go back as []; it takes no null for a list, though it has been seen to give one. A
        strength, which it shows whole, goes back as its id."""
        body = _without_null_lists(POLICY, bare(value))
        grant = body.get("grantControls") or {}
        if grant.get("authenticationStrength"):
            body["grantControls"] = {**grant, "authenticationStrength": {"id": grant["authenticationStrength"]["id"]}}
        return body

    def passing(self, error: GraphError, verb: str) -> bool:
        """1040: a location that was made a moment ago is not known everywhere yet. Every location in a plan does exist."""
        return verb != "delete" and error.status == 400 and "1040" in f"{error.message} {error.inner}"

    def before_delete(self, value: Json) -> Json:
        """Nothing: Graph deletes a policy in any state."""
        return {}


def _without_null_lists(shape: Shape, value: Json) -> Json:
    rows: dict[str, Field] = {field.graph: field for field in shape.fields}
    cleaned = {}
    for name, inner in value.items():
        row = rows.get(name)
        if row and row.shape and inner:
            inner = _without_null_lists(row.shape, inner)
        elif row and row.many and not row.joined and inner is None:
            inner = []
        cleaned[name] = inner
    return cleaned
