# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes over the wire, read by the models of Microsoft's own SDK: nothing is left over, and nothing is lost."""

from __future__ import annotations

import enum
import json
import re
import typing as t

import pytest
import wire
from policies_in_the_wild import GONE, WILD, changes_of, tenant_in_the_wild
from policy_corpus import CORPUS, LOCATIONS, MEANT, PARTNER, for_domain
from practice import Tenant, tenant_seed

pytest.importorskip("msgraph")

from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from msgraph.generated.models.conditional_access_policy import ConditionalAccessPolicy
from msgraph.generated.models.named_location import NamedLocation

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import named_location, policy
from graph_emulator.launch import RunningEmulator

# The SDK warns of its own deprecated classes.
pytestmark = [pytest.mark.one_ansible, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

MODELS = {"policies": ConditionalAccessPolicy, "namedLocations": NamedLocation}
# A policy of which every following one is made, and then nothing again that it does not need.
FIRST = {
    "display_name": "Changing",
    "enforcement": "disabled",
    "conditions": {
        "users": {"include_users": ["dana@{domain}"]},
        "applications": {"include_applications": ["All"]},
    },
    "grant_controls": {"built_in_controls": ["mfa"]},
}
CHANGES = [
    {"display_name": "Office", "trusted": False},
    {"display_name": "Office", "ip_ranges": ["2001:db8:2::/64", "203.0.113.7/32"], "trusted": True},
    {"display_name": "Home countries", "countries_and_regions": ["CH"]},
    {"display_name": "Home countries", "include_unknown_countries_and_regions": True},
    {"display_name": "Home countries", "country_lookup_method": "authenticatorAppGps"},
]


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """Every write of the whole corpus: each policy made, one policy made into each of them, and the locations."""
    directory = tmp_path_factory.mktemp("wire")
    seed = {"tenants": [tenant_seed(1)], "known_tenants": [PARTNER]}
    with RunningEmulator(seed, directory=directory) as emulator, wire.recorded() as recorded:
        tenant = Tenant(1, emulator, directory)
        reads = wire.reads_of(tenant)

        def ensure(module, **options):
            done = wire.ensure(module, reads, **options, accept_risks=MEANT)
            assert done["changed"], options
            return done

        corpus = [for_domain(one, tenant.domain) for one in CORPUS]
        for location in (*LOCATIONS, *CHANGES):
            ensure(named_location, **location)
        first = ensure(policy, **for_domain(FIRST, tenant.domain))["policy"]
        for one in corpus:
            ensure(policy, **one)
            # By id, so that the name is what changes at the least.
            ensure(policy, **{**one, "id": first["id"], "display_name": f"{one['display_name']} too", "exact": True})
    return recorded


@pytest.fixture(scope="module")
def sent_in_the_wild(tmp_path_factory):
    """Writes of policies that real tenants have: each changed in every part of it, and made once more.

    What only a newer Graph knows goes back as it is, and is nothing that these models could know. And Graph takes no conditions
    with ids in them that are gone.
    """
    directory = tmp_path_factory.mktemp("wild")
    seed = {"tenants": [tenant_in_the_wild()], "known_tenants": [PARTNER]}
    newer = {one["displayName"] for one in WILD if one.get("from_a_newer_graph")}
    with RunningEmulator(seed, directory=directory) as emulator, wire.recorded() as recorded:
        reads = wire.reads_of(Tenant(1, emulator, directory))
        for shown in policy.listed(policy.LISTING.validate({}), reads)["policies"]:
            name = shown["display_name"]
            if name not in newer:
                again = {**shown, "id": None, "display_name": f"{name} again", "orphans": list(GONE.values())}
                changes = [one for one in changes_of(shown) if "gone" not in name or "conditions" not in one]
                for options in (again, *({"display_name": name, **change} for change in changes)):
                    assert wire.ensure(policy, reads, **options, accept_risks=MEANT)["changed"], options
    return recorded


def snake(name: str) -> str:
    """What the SDK calls a property."""
    return "odata_type" if name == "@odata.type" else re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def plain(value: t.Any) -> t.Any:
    """A value that the SDK has read, as it stood there; an enumeration of several members is one text."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.value if isinstance(value, enum.Enum) else value


def lost(payload: dict[str, t.Any], model: t.Any, path: str = "") -> t.Iterator[str]:
    """Where a model is not what was sent."""
    yield from (f"{path}{name}: is left over" for name in model.additional_data)
    for name, value in payload.items():
        here = f"{path}{name}"
        read = getattr(model, snake(name), ...)
        if isinstance(value, dict) and read not in (..., None):
            yield from lost(value, read, f"{here}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict) and len(value) == len(read or []):
            for number, inner in enumerate(value):
                yield from lost(inner, read[number], f"{here}[{number}].")
        elif plain(read) != (value.split(",") if isinstance(read, list) and isinstance(value, str) else value):
            yield f"{here}: {value} is read as {plain(read)}"


def parsed(kind: str, body: dict[str, t.Any]) -> t.Any:
    node = JsonParseNodeFactory().get_root_parse_node("application/json", json.dumps(body).encode())
    return node.get_object_value(MODELS[kind])


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_microsofts_models_read_all_that_is_sent(sent, kind, method):
    bodies = [one.body for one in sent if (one.method, one.kind) == (method, kind)]
    assert len(bodies) >= len({"policies": CORPUS, "namedLocations": LOCATIONS}[kind])
    wrong = {
        body.get("displayName", str(number)): list(lost(body, parsed(kind, body))) for number, body in enumerate(bodies)
    }
    assert {name: texts for name, texts in wrong.items() if texts} == {}


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_microsofts_models_read_all_that_is_sent_of_policies_in_the_wild(sent_in_the_wild, method):
    bodies = [one.body for one in sent_in_the_wild if one.method == method]
    assert len(bodies) >= 40
    wrong = [(body, texts) for body in bodies if (texts := list(lost(body, parsed("policies", body))))]
    assert wrong == []


def test_what_is_not_read_would_be_seen():
    """The comparison itself: a property, a member, a type that the models do not know, at every depth."""
    body = {
        "hue": 1,
        "state": "perhaps",
        "conditions": {
            "shade": 2,
            "clientAppTypes": ["browser", "hologram"],
            "authenticationFlows": {"transferMethods": "deviceCodeFlow,telepathy"},
        },
    }
    assert [text.split(":")[0] for text in lost(body, parsed("policies", body))] == [
        "hue",
        "hue",
        "state",
        "conditions.shade",
        "conditions.shade",
        "conditions.clientAppTypes",
        "conditions.authenticationFlows.transferMethods",
    ]
    ranges = {"@odata.type": "#microsoft.graph.ipNamedLocation", "ipRanges": [{"cidrAddress": "198.51.100.0/24"}]}
    assert list(lost(ranges, parsed("namedLocations", ranges))) != []
