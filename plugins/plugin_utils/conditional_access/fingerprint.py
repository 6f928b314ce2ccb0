# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verdict is of: a policy and the named locations that it includes or leaves out, each by a hash of what is in it.

Two objects have one fingerprint where Graph makes no difference between them; ids, names and times are not in it.
"""

from __future__ import annotations

import hashlib
import json
import typing as t

from ..options import Options
from ..shape import Json, Shape
from .named_location import SHAPE
from .policy_references import locations_of
from .policy_schema import POLICY

# What Graph keeps about an object, and what people call it: neither changes whom a policy stops.
_NOT_IN_IT = (
    "id",
    "displayName",
    "description",
    "createdDateTime",
    "modifiedDateTime",
    "deletedDateTime",
    "templateId",
)


def seen(policy: Json, locations: t.Iterable[Json]) -> list[Options]:
    """``{id, name, fingerprint}`` of the policy, and then of each location that it names, in the order of their ids."""
    named = locations_of(policy)
    relied_on = [
        one for one in locations if one["id"].lower() in named or ("alltrusted" in named and one.get("isTrusted"))
    ]
    return [_of(policy, POLICY), *(_of(one, SHAPE) for one in sorted(relied_on, key=lambda one: one["id"].lower()))]


def _of(value: Json, shape: Shape) -> Options:
    content = {name: inner for name, inner in value.items() if name not in _NOT_IN_IT}
    text = json.dumps(shape.normal(content), sort_keys=True)
    return {
        "id": value["id"].lower(),
        "name": str(value.get("displayName")),
        "fingerprint": hashlib.sha256(text.encode()).hexdigest(),
    }


def difference(given: t.Any, policy: Json, locations: t.Iterable[Json]) -> str:
    """What is not as ``given`` by ``seen``, in words; nothing where all is."""
    try:
        before = {str(one["id"]).lower(): (str(one["name"]), str(one["fingerprint"])) for one in given or ()}
    except (TypeError, KeyError):
        before = {}
    if policy["id"].lower() not in before:
        return "what was given does not say how the policy and its locations were when it was seen"
    own, *places = seen(policy, locations)
    if before.pop(own["id"])[1] != own["fingerprint"]:
        return "the policy has been changed since it was seen"
    told = []
    for one in places:
        name, fingerprint = before.pop(one["id"], ("", ""))
        if not name:
            told.append(f"location '{one['name']}' was not there when it was seen")
        elif fingerprint != one["fingerprint"]:
            told.append(f"location '{one['name']}' has been changed since it was seen")
    told += [f"location '{name}' is not there any more" for name, dummy in before.values()]
    return " and ".join(told)
