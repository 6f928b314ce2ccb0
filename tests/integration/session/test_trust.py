# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose TLS certificates are believed: those of ca_path, of the environment, and nobody else's."""

from __future__ import annotations

import ansible_run
import pytest
import requests

INFO = {"msp.entra.named_location_info": {}}


@pytest.fixture
def ask(tenant):
    """Run the info task with this ca_path and this environment; the run, and the requests that came."""

    def run(ca_path=None, task=None, **environment):
        given = {name: value for name, value in tenant.defaults().items() if name != "ca_path"}
        tenant.emulator.clear()
        done = ansible_run.run_tasks(
            tenant.home, [task or INFO], given | ({"ca_path": ca_path} if ca_path else {}), **environment
        )
        return done, tenant.emulator.requests()

    return run


@pytest.fixture
def ca(emulator):
    return str(emulator.ca_file)


def test_an_authority_that_is_not_known(ask):
    done, log = ask()
    assert "was not accepted" in done.of("0")["msg"] and "ca_path" in done.of("0")["msg"] and log == []


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_an_authority_of_the_environment(ask, ca, name):
    done, dummy = ask(**{name: ca})
    assert done.returncode == 0, done.output


def test_ca_path_is_added_to_the_authorities_of_the_environment(ask, ca):
    done, dummy = ask(ca, REQUESTS_CA_BUNDLE=requests.certs.where())
    assert done.returncode == 0, done.output


def test_a_bundle_of_the_environment_that_is_not_there(ask):
    done, log = ask(REQUESTS_CA_BUNDLE="/nowhere/ca.pem")
    message = done.of("0")["msg"]
    assert "/nowhere/ca.pem cannot be read" in message and "REQUESTS_CA_BUNDLE" in message and log == []
    assert "defect" not in message


def test_what_one_item_trusts_the_next_does_not(ask, ca):
    """The items of a loop share a process, and one of them may be another tenant behind another authority."""
    task = {
        "msp.entra.named_location_info": {"ca_path": "{{ item }}"},
        "loop": [ca, requests.certs.where(), ca],
        "ignore_errors": True,
    }
    done, dummy = ask(task=task)
    assert ["was not accepted" in item.get("msg", "") for item in done.of("0")["results"]] == [False, True, False]
