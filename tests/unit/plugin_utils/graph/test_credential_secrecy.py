# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No text that Python makes of a credential, or of what holds one, shows a secret."""

from __future__ import annotations

import traceback

import pytest
from fake_transport import CLOUD, Watch, Wire

from ansible_collections.msp.entra.plugins.plugin_utils.graph import credentials
from ansible_collections.msp.entra.plugins.plugin_utils.graph.login import Login
from ansible_collections.msp.entra.plugins.plugin_utils.graph.session import GraphSession
from ansible_collections.msp.entra.plugins.plugin_utils.graph.transport import BearerToken

SECRET = "s3cr3t-of-nobody"
WHO = {"tenant_id": "t", "client_id": "c"}
EACH = [
    pytest.param(credentials.ClientSecret(**WHO, client_secret=SECRET), id="client secret"),
    pytest.param(
        credentials.Certificate(**WHO, certificate=SECRET, certificate_passphrase=SECRET),
        id="certificate and passphrase",
    ),
    pytest.param(credentials.FederatedToken(**WHO, federated_token=SECRET), id="federated token"),
    pytest.param(credentials.GivenToken(access_token=SECRET), id="given token"),
]


def texts(thing):
    return [repr(thing), str(thing), f"{thing}", f"{[thing]}", format({"of": thing})]


@pytest.mark.parametrize("credential", EACH)
def test_a_credential(credential):
    # The secret is really in there: else nothing could show it.
    assert SECRET in vars(credential).values()
    assert not [text for text in texts(credential) if SECRET in text]


@pytest.mark.parametrize("credential", EACH)
def test_what_holds_a_credential(credential):
    login = Login(credential, CLOUD, Wire(), Watch())
    session = GraphSession(CLOUD, login, Wire(), Watch())
    assert not [text for thing in (login, session) for text in texts(thing) if SECRET in text]


def test_a_bearer_token():
    assert not [text for text in texts(BearerToken(SECRET)) if SECRET in text]


@pytest.mark.parametrize("credential", EACH)
def test_a_credential_cannot_be_changed_and_the_complaint_shows_nothing(credential):
    with pytest.raises(AttributeError) as caught:
        credential.client_id = "another"
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("kind", credentials.KINDS, ids=lambda kind: kind.NAME)
def test_every_kind_has_object_s_own_repr(kind):
    """A kind added later must say repr=False too: a dataclass makes a repr of all fields unless told not to."""
    assert kind.__repr__ is object.__repr__
