# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS contexts: always verifying, one a choice of ca_path, and what the environment can and cannot change."""

from __future__ import annotations

import ssl

import pytest
import requests
import trustme

from ansible_collections.msp.entra.plugins.plugin_utils.graph import trust
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import Unreachable


@pytest.fixture(autouse=True)
def as_after_a_fork(monkeypatch):
    """No context made yet, and one prepared."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(trust, "_made", {})
    monkeypatch.setattr(trust, "_prepared", [ssl.create_default_context(cafile=requests.certs.where())])


@pytest.fixture
def private(tmp_path):
    """Two private authorities, as files."""

    def made(name):
        path = tmp_path / name
        trustme.CA(organization_name=name).cert_pem.write_to_path(str(path))
        return str(path)

    return made("one.pem"), made("other.pem")


def organisations(context):
    names = [dict(pair for part in ca["subject"] for pair in part) for ca in context.get_ca_certs()]
    return {name.get("organizationName") for name in names}


def test_the_prepared_context_is_taken_once(private):
    (prepared,) = trust._prepared
    assert trust.context(None) is prepared
    assert trust.context(private[0]) is not prepared
    assert trust.context(None) is prepared


def test_a_private_authority_is_added_to_the_public_ones(private):
    public = organisations(trust.context(None))
    assert organisations(trust.context(private[0])) == public | {"one.pem"} and len(public) > 20


def test_private_authorities_are_kept_apart(private):
    """The one that takes the prepared context, and the one that comes after it."""
    one, other = (organisations(trust.context(path)) for path in private)
    assert ("one.pem" in one, "other.pem" in one) == (True, False)
    assert ("one.pem" in other, "other.pem" in other) == (False, True)
    assert not {"one.pem", "other.pem"} & organisations(trust.context(None))


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_bundle_of_the_environment_takes_the_place_of_the_public_ones(private, monkeypatch, name):
    trust._prepared.clear()
    monkeypatch.setenv(name, private[0])
    assert organisations(trust.context(None)) == {"one.pem"}
    assert organisations(trust.context(private[1])) == {"one.pem", "other.pem"}


def test_a_folder_of_authorities(private, monkeypatch, tmp_path):
    trust._prepared.clear()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    assert trust.context(None).verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize("content", [None, "", "not a certificate"], ids=["not there", "empty", "something else"])
def test_a_bundle_that_cannot_be_read(monkeypatch, tmp_path, content):
    trust._prepared.clear()
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    with pytest.raises(Unreachable, match=r"bundle\.pem cannot be read .*REQUESTS_CA_BUNDLE"):
        trust.context(None)


def test_a_ca_path_that_cannot_be_read_leaves_nothing_behind(private, tmp_path):
    broken = tmp_path / "broken.pem"
    broken.write_text("not a certificate", encoding="utf-8")
    for dummy in range(2):
        with pytest.raises(OSError):
            trust.context(str(broken))
    assert organisations(trust.context(private[0])) > {"one.pem"}


@pytest.mark.parametrize("verify", [True, False, "/nowhere/ca.pem"])
def test_nothing_in_a_request_changes_what_is_verified(verify):
    """Neither verify=False nor the CA file that requests takes from the environment."""
    context = trust.context(None)
    adapter = trust.TrustingAdapter(context)
    request = requests.Request("GET", "https://localhost:8443/").prepare()
    pool = adapter.get_connection_with_tls_context(request, verify)
    adapter.cert_verify(pool, request.url, verify, None)
    assert pool.conn_kw["ssl_context"] is context
    assert (pool.cert_reqs, pool.ca_certs, pool.ca_cert_dir) == ("CERT_REQUIRED", None, None)
    assert context.check_hostname and context.verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:3128", "https://127.0.0.1:3128"])
def test_through_a_proxy_the_same_is_verified(proxy):
    context = trust.context(None)
    manager = trust.TrustingAdapter(context).proxy_manager_for(proxy)
    assert manager.connection_pool_kw["ssl_context"] is context
    assert manager.proxy_config.ssl_context is (context if proxy.startswith("https") else None)
