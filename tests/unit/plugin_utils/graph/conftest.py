# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What logs in: keys for certificates, and a file for the tokens that is not the run's own."""

from __future__ import annotations

import os

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa


@pytest.fixture(scope="session")
def pems():
    """One RSA key in the forms that occur, an EC key, both under "sesame" where encrypted, and a certificate."""
    pkcs8, pkcs1 = serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL
    bare, sealed = serialization.NoEncryption(), serialization.BestAvailableEncryption(b"sesame")
    key, ec_key = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())

    def pem(of, form, encryption):
        return of.private_bytes(serialization.Encoding.PEM, form, encryption).decode()

    return {
        "key": pem(key, pkcs8, bare),
        "older": pem(key, pkcs1, bare),
        "encrypted": pem(key, pkcs8, sealed),
        "encrypted-older": pem(key, pkcs1, sealed),
        "ec": pem(ec_key, pkcs8, bare),
        "encrypted-ec": pem(ec_key, pkcs8, sealed),
        "broken": "-----BEGIN PRIVATE KEY-----\nbroken\n-----END PRIVATE KEY-----\n",
        "certificate": trustme.CA().cert_pem.bytes().decode(),
        "text": "Zm9v",
    }


@pytest.fixture
def token_file(monkeypatch):
    """An empty file for tokens, in place of the run's own."""
    # Not at the top: pytest reads this file before pytest-ansible has made the collection importable.
    from ansible_collections.msp.entra.plugins.plugin_utils.graph import token_cache

    made = token_cache.anonymous_file()
    monkeypatch.setattr(token_cache, "_FILE", made)
    yield made
    os.close(made)
