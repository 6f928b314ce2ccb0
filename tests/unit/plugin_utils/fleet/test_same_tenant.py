# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts of the inventory that are one tenant, in the report and at the end of each one's run."""

from __future__ import annotations

import datetime
import json

import pytest
from audit_results import CHECK, row

from ansible_collections.msp.entra.plugins.plugin_utils.fleet import publishing, same_tenant, verdict

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
ID = "11111111-1111-4111-8111-111111111111"


def published(tmp_path, now=NOW, **given):
    options = publishing.SPEC.validate({"path": str(tmp_path), "formats": ["json"], **given})
    result = publishing.published(options, now, False)
    return result, json.loads((tmp_path / f"{options['name']}.json").read_text(encoding="utf-8"))


def test_each_of_them_has_it_as_a_finding(tmp_path):
    rows = [row(host="a", tenant_id=ID), row(host="b", tenant_id=ID), row(host="c", tenant_id=ID[::-1]), row(host="d")]
    result, report = published(tmp_path, records=[*rows, row(host="e")])
    assert result["same_tenant"] == {"a": ["b"], "b": ["a"]}
    assert {one["host"]: one["status"] for one in report["tenants"]} == {
        "a": "findings",
        "b": "findings",
        "c": "clean",
        "d": "clean",
        "e": "clean",
    }
    assert report["counts"]["by_check"]["fail"] == 2 and [one["id"] for one in report["checks"]] == ["one-host"]
    assert "a and b are one tenant, counted 2 times." in result["summary"]


@pytest.mark.parametrize("other", [ID.upper(), f"{{{ID}}}", ID.replace("-", ""), f"urn:uuid:{ID}"])
def test_in_whatever_form_the_id_is(other):
    assert same_tenant.groups([row(host="b", tenant_id=ID), row(host="a", tenant_id=other)]) == [["a", "b"]]


def test_what_readiness_has_seen_goes_before_what_the_inventory_says():
    by_domain = row(host="b", tenant_id="northwind.example", readiness={"checks": [CHECK], "tenant_id": ID})
    assert by_domain["tenant_id"] == ID
    assert same_tenant.others([row(host="a", tenant_id=ID), by_domain]) == {"a": ["b"], "b": ["a"]}


def test_it_shows_where_the_reports_of_slices_come_together(tmp_path):
    for name, host in (("slice-1", "a"), ("slice-2", "b")):
        alone = published(tmp_path, name=name, records=[row(host=host, tenant_id=ID)])[0]
        assert alone["same_tenant"] == {}
    dummy, report = published(tmp_path, reports=[str(tmp_path / "slice-*.json")])
    assert [one["status"] for one in report["tenants"]] == ["findings", "findings"]
    # Once more, and there is one check of it all the same.
    dummy, report = published(tmp_path, name="again", reports=[str(tmp_path / "report.json")])
    assert [len(one["checks"]) for one in report["tenants"]] == [1, 1]


@pytest.mark.parametrize(
    ("stop_at", "fails"), [(["drift", "checks"], True), (["checks"], True), (["drift"], False), (["posture"], False)]
)
def test_how_the_run_of_one_ends(stop_at, fails):
    ended = verdict.judged({"record": row(tenant_id=ID), "stop_at": stop_at, "same_tenant": ["b"]})
    assert (ended.get("failed", False), ended["status"]) == (fails, "findings")
    assert (
        not fails or "- [fail] No other host of the inventory is this tenant: b is. Put all its sites" in ended["msg"]
    )


def test_what_is_worse_stays():
    lost = {"part": "readiness", "result": {"failed": True, "msg": "No answer.", "failure_kind": "unreachable"}}
    assert same_tenant.told(row(failures=[lost]), ["b"])["status"] == "failed"
