# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server, or somebody on the way, that is not what it should be: whom the token goes to, and how long it is listened to."""

from __future__ import annotations

import pytest
from practice import tenant_seed

from graph_emulator.launch import RunningEmulator

pytestmark = pytest.mark.one_ansible

INFO = {"msp.entra.named_location_info": {}}
OFFICE = {"msp.entra.named_location": {"display_name": "Office", "ip_ranges": ["198.51.100.0/24"]}}
GRAPH, TOKEN = "^/identity/", "/oauth2/v2.0/token$"


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize(
    ("path", "task"), [(GRAPH, INFO), (GRAPH, OFFICE), (TOKEN, INFO)], ids=["read", "write", "login"]
)
def test_a_redirect_is_not_followed(tenant, tmp_path, path, task):
    with RunningEmulator({"tenants": [tenant_seed(tenant.number)]}, directory=tmp_path / "elsewhere") as elsewhere:
        tenant.meets({"path": path, "method": ["GET", "POST"], "redirect": elsewhere.url})
        done = tenant.tasks(task)
        assert done.failed("0") and elsewhere.requests() == []
        message = done.of("0")["msg"]
        assert "redirected" in message or "307" in message or "not followed" in message, message
    tenant.meets()
    assert tenant.locations() == []


@pytest.mark.usefixtures("together")
def test_an_answer_without_an_end_is_hung_up_on(tenant):
    tenant.meets({"path": GRAPH, "body": "endless"})
    done = tenant.tasks(INFO)
    assert done.failed("0") and "more than 64 MiB" in done.of("0")["msg"]


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("body", ["invalid_json", "empty", "other", "truncated"])
def test_what_cannot_be_read_is_asked_for_again_and_not_for_ever(tenant, body):
    tenant.meets({"path": GRAPH, "method": "GET", "body": body, "times": 2})
    assert tenant.results(INFO)[0]["named_locations"] == []
    patient = {"msp.entra.named_location": {**OFFICE["msp.entra.named_location"], "wait_timeout": 6}}
    tenant.meets({"path": GRAPH, "method": "GET", "body": body})
    done = tenant.tasks(patient)
    assert done.failed("0") and "defect" not in done.of("0")["msg"]
    tenant.meets()
    assert tenant.locations() == []


def test_a_date_to_wait_for_is_by_the_clock_that_gave_it(of):
    """An hour ahead of ours, or behind it."""
    for skew in (3600, -3600):
        tenant = of(
            {"path": GRAPH, "times": 1, "status": 429, "retry_after": 1, "retry_after_date": True},
            clock_skew_seconds=skew,
        )
        (result,) = tenant.results(INFO)
        assert result["requests"]["count"] == 2


def test_an_authority_that_nobody_knows(of):
    of(certificate="unknown_authority")
    done = of(certificate="unknown_authority").tasks(INFO)
    assert done.failed("0")
    assert "was not accepted" in done.of("0")["msg"] and "cannot be switched off" in done.of("0")["msg"]


@pytest.mark.usefixtures("together")
def test_a_login_that_is_down_for_a_while(tenant):
    tenant.meets({"path": TOKEN, "status": 503, "times": 2})
    assert tenant.results(INFO)[0]["named_locations"] == []
