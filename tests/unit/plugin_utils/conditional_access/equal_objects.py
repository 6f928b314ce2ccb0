# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same object of Graph's written in another way, and one that differs from it in one place.

The choices are those of a ``random.Random``, whose seed a test generates: a table as the argument of a strategy is slow to tell.
"""

from __future__ import annotations

import copy
import ipaddress
import uuid

import hypothesis.strategies as st
from generated_objects import UNKNOWN_WORD, graph_object, whole_object

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import named_location
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_schema import POLICY

SHAPES = {"policy": POLICY, "named location": named_location.SHAPE}

# What Graph fills in where it is left out, by the property: in which objects, and the value.
FILLED_IN = {
    "operator": (lambda value: any(inner for name, inner in value.items() if name != "operator"), "OR"),
    "authenticationType": (lambda value: True, "primaryAndSecondaryAuthentication"),
    "frequencyInterval": (lambda value: value.get("value") is not None, "timeBased"),
}


def networks():
    """IPv4 and IPv6 networks of any size but the widest."""
    sizes = st.ip_addresses().flatmap(lambda ip: st.tuples(st.just(ip), st.integers(9, ip.max_prefixlen)))
    return sizes.map(lambda pair: ipaddress.ip_network(pair, strict=False))


def cidr(network):
    """A network as Graph has it."""
    return {"@odata.type": f"#microsoft.graph.iPv{network.version}CidrRange", "cidrAddress": str(network)}


OBJECTS = {
    "policy": whole_object(POLICY) | graph_object(POLICY) | graph_object(POLICY, of_tomorrow=True),
    "named location": st.builds(
        lambda value, ranges: {**value, "ipRanges": ranges},
        graph_object(named_location.SHAPE),
        st.lists(networks().map(cidr), max_size=4),
    ),
}


def rewritten(shape, value, rng):
    """The same object, written in another way."""
    rows = {field.graph: field for field in shape.fields}
    result = {}
    names = [*value, *(name for name in rows if name not in value)]
    for name in rng.sample(names, len(names)):
        field, inner = rows.get(name), value.get(name)
        if field is None:
            again = inner
        elif name in FILLED_IN and inner in (None, FILLED_IN[name][1]) and FILLED_IN[name][0](value):
            again = rng.choice([..., None, FILLED_IN[name][1]])
        else:
            again = _written(field, inner, rng) if said(field, inner) else rng.choice(_nothing(field))
        if again is not ...:
            result[name] = again
    return {**result, **rng.choice([{}, {"@odata.context": "x"}, {"members@odata.count": 7}])}


def said(field, inner):
    """Whether a property says anything. A session control that is not on says as little as none."""
    if field.graph == "disableResilienceDefaults":
        return bool(inner)
    if field.shape and isinstance(inner, dict) and any(row.graph == "isEnabled" for row in field.shape.fields):
        return bool(inner.get("isEnabled"))
    return inner not in (None, [], {}) and not (field.joined and inner == "none")


def _nothing(field):
    """Ways to say that there is nothing; ``...`` is to leave it out."""
    return [..., None, *(["", "none"] if field.joined else [[]] if field.many else [{}] if field.shape else [])]


def _written(field, inner, rng):
    if field.shape:
        return rewritten(field.shape, inner, rng)
    if field.option == "authentication_strength":
        return {"id": _formed(inner["id"], rng), "displayName": rng.choice("ab")}
    if not field.many:
        return _formed(inner, rng) if field.reference else inner
    members = inner.split(",") if field.joined else inner
    if field.option == "ip_ranges":
        members = [_spelled(member, rng) for member in members]
    elif field.reference:
        members = [_formed(member, rng) for member in members]
    # In any order, and some of them twice.
    mixed = rng.sample(members, len(members)) + rng.sample(members, rng.randint(0, 1))
    return ",".join(mixed) if field.joined else mixed


def _formed(value, rng):
    """An id in another of its forms."""
    try:
        id = str(uuid.UUID(value))
    except ValueError:
        return value
    return rng.choice([id, id.upper(), f"{{{id}}}", id.replace("-", ""), f"urn:uuid:{id}"])


def _spelled(entry, rng):
    """The same range with other bits beyond its prefix, in capitals, and with the zeros that IPv6 may leave out."""
    network = ipaddress.ip_network(entry["cidrAddress"])
    address = network[rng.randrange(network.num_addresses)]
    ways = [str(address), address.exploded, str(address).upper()]
    if address.version == 6:
        # RFC 4291, section 2.2: the last two groups as an IPv4 address.
        ways.append(":".join([*address.exploded.split(":")[:6], str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))]))
    return {**entry, "cidrAddress": f"{rng.choice(ways)}/{network.prefixlen}"}


def leaves(shape, value, path=()):
    """Every place of an object in which a difference counts: its path and its row."""
    for field in shape.fields:
        inner = value.get(field.graph)
        if field.shape:
            if isinstance(inner, dict) and said(field, inner):
                yield from leaves(field.shape, inner, (*path, field.graph))
        elif _counts(field, value):
            yield (*path, field.graph), field


def _counts(field, value):
    """False where Graph does not look: how nothing is joined, what is counted at every time, who is meant beside everybody."""
    if field.graph == "operator":
        return any(inner for name, inner in value.items() if name != "operator")
    if field.graph in ("value", "type"):
        return value.get("frequencyInterval") != "everyTime"
    return field.graph != "members" or value.get("membershipKind") != "all"


def changed(shape, value, rng):
    """The object with one place changed, and the place."""
    path, field = rng.choice(list(leaves(shape, value)))
    result = copy.deepcopy(value)
    holder = result
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = other_value(field, holder.get(path[-1]), rng)
    assert result != value, f"{path} is as it was"
    return result, path


def other_value(field, inner, rng):
    """A value of a row that is not the one it has."""
    fresh = (
        cidr(ipaddress.ip_network("::/8")) if field.option == "ip_ranges" else f"{uuid.UUID(int=rng.getrandbits(128))}"
    )
    words = [field.codec.write(choice) for choice in field.choices]
    if field.many:
        # Where members are joined, this is the word for no member. Elsewhere it is one like any other, such as a level of risk.
        members = [one for one in (inner or "").split(",") if one not in ("", "none")] if field.joined else inner or []
        word = rng.choice(words or [fresh])
        # One more, or one fewer.
        members = [one for one in members if one != word] if word in members else [*members, word]
        return (",".join(members) or None) if field.joined else members
    if field.option == "authentication_strength":
        return {"id": fresh}
    if words:
        # Where Graph fills something in, that is what nothing stands for.
        now = inner or FILLED_IN.get(field.graph, (None, None))[1]
        return rng.choice([word for word in (*words, UNKNOWN_WORD) if word != now])
    return {"bool": not inner, "int": 400 + rng.randint(0, 99)}.get(field.type, fresh)
