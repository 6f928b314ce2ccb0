# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of a tenant written down by name, and put into itself and into an empty one that has these names under other ids."""

from __future__ import annotations

import itertools
import re

import pytest
import yaml
from fleet import Fleet, recap
from policies_in_the_wild import GONE, HERE_ONLY, OLD_RANGES, WILD, WILD_LOCATIONS, tenant_in_the_wild, tenant_like_it
from policy_corpus import CORPUS, LOCATIONS, MEANT, PARTNER, for_domain
from practice import Tenant

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import named_location
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.policy_schema import POLICY
from ansible_collections.msp.entra.plugins.plugin_utils.shape import replaced
from graph_emulator.launch import RunningEmulator

pytestmark = pytest.mark.one_ansible

POLICIES = {"msp.entra.conditional_access_policy_info": {"names": True}}
PLACES = {"msp.entra.named_location_info": {}}
ACCEPT = ["-e", yaml.safe_dump({"accept_risks": MEANT}, default_flow_style=True).strip()]


@pytest.fixture
def both(tmp_path):
    """A tenant, and one like it with nothing in it, by what the first has beside the policies in the wild."""
    servers = []

    def running(*more, locations=()):
        seeds = [tenant_in_the_wild(*more, locations=locations), tenant_like_it(2)]
        servers.append(RunningEmulator({"tenants": seeds, "known_tenants": [PARTNER]}, directory=tmp_path))
        return [Tenant(number, servers[0], tmp_path) for number in (1, 2)]

    yield running
    for server in servers:
        server.stop()


def written(tenant, tmp_path):
    """The file that export writes of a tenant."""
    done = Fleet(tmp_path, tenant).run("export", "-e", f"export_path={tmp_path}/written")
    assert done.returncode == 0, done.output
    return tmp_path / "written" / f"t{tenant.number}.yml", done.of("Say what could not be written down").get("msg", {})


def put(tenant, file, tmp_path, *more):
    fleet = Fleet(tmp_path, tenant).set(syncro_break_glass_accounts=["breakglass@tenant1.example"])
    done = fleet.run("import", "-e", f"import_file={file}", *ACCEPT, *more)
    return done, fleet.writes()


def compared(info):
    """Policies by name, in the form in which they are equal, without what cannot be anywhere else."""
    gone = set(GONE.values())

    def meant(policy):
        without = replaced(POLICY, policy, lambda named: None if named.value in gone else named.value)
        conditions = {**without["conditions"]}
        conditions["client_app_types"] = conditions["client_app_types"] or ["all"]
        enforcement = without["enforcement"] or "report_only"
        return POLICY.normal(POLICY.merge(None, {**without, "conditions": conditions, "enforcement": enforcement}))

    return {policy["display_name"]: meant(policy) for policy in info["policies"]}


def places(info):
    shape = named_location.SHAPE
    return {one["display_name"]: shape.normal(shape.merge(None, one)) for one in info["named_locations"]}


def test_a_tenant_is_put_into_itself_and_into_an_empty_one(both, tmp_path):
    first, second = both()
    corpus = [{**for_domain(policy, first.domain), "accept_risks": MEANT} for policy in CORPUS]
    first.results(*({"msp.entra.conditional_access_policy": policy} for policy in corpus))
    there, locations = first.results(POLICIES, PLACES)
    assert len(there["policies"]) == len(WILD) + len(CORPUS) >= 60 and not there.get("warnings")

    file, missing = written(first, tmp_path)
    assert missing == {
        "gone from the tenant": there["orphans"],
        "policies: not known to this version": there["unknown"],
    }
    text = file.read_text(encoding="utf-8")
    assert first.id not in text and "null" not in re.findall(r": (\w+)$", text, re.MULTILINE)
    own, writes = put(first, file, tmp_path)
    assert own.returncode == 0, own.output
    assert recap(own, "changed") == 0 and writes == []

    checked, writes = put(second, file, tmp_path, "--check")
    assert checked.returncode == 0 and writes == [], checked.output
    done, writes = put(second, file, tmp_path)
    assert done.returncode == 0 and len(writes) == len(CORPUS) + len(WILD) + len(LOCATIONS) + len(WILD_LOCATIONS)
    here, here_locations = second.results(POLICIES, PLACES)
    assert compared(here) == compared(there) and places(here_locations) == places(locations)
    assert here["orphans"] == {} and here["unknown"] == {}
    # What is not there was told: unknown at the end of the export, ids that nobody has with what was left out.
    told = {text.split(": ")[1].split()[0] for text in warnings(done) if "is left out" in text}
    assert told == {text.split(": ")[1] for text in itertools.chain(*there["orphans"].values())}

    again, writes = put(second, file, tmp_path)
    assert again.returncode == 0 and recap(again, "changed") == 0 and writes == []
    anew, missing = written(second, tmp_path)
    assert yaml.safe_load(anew.read_text(encoding="utf-8"))["entra_orphans"] == [] and missing == {}


def warnings(run):
    """The warnings of all items of all loops."""
    for line in run.results:
        for one in [line["result"], *line["result"].get("results", [])]:
            yield from one.get("warnings") or ()


def test_what_cannot_be_elsewhere_is_all_said_before_anything_is_written(both, tmp_path):
    first, second = both(*HERE_ONLY, locations=[OLD_RANGES])
    file, dummy = written(first, tmp_path)
    done, writes = put(second, file, tmp_path)
    assert done.returncode != 0 and writes == [] and second.policies() == second.locations() == []
    # What is wrong with the file itself is said first, ahead of any tenant.
    said = done.of("See that the file can be put into a tenant")["msg"]
    malformed = set(re.findall(r"\] '(.+?)':", said))
    assert OLD_RANGES["displayName"] in malformed
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    rest = {
        name: [one for one in entries if name == "entra_orphans" or one["display_name"] not in malformed]
        for name, entries in document.items()
    }
    file.write_text(yaml.safe_dump(rest), encoding="utf-8")
    done, writes = put(second, file, tmp_path)
    assert done.returncode != 0 and writes == [] and second.policies() == second.locations() == []
    said = done.of("See that all of it can be done")["msg"]
    told = set(re.findall(r"^(?:policy|named location) '(.+?)':", said, re.MULTILINE))
    assert told == {policy["displayName"] for policy in HERE_ONLY} - malformed
