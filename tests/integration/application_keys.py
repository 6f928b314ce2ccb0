# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys and certificates with which an application proves itself, made for a test."""

from __future__ import annotations

import datetime
import pathlib
import time

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ISSUER = "https://ci.example"
SUBJECT = "repo:msp/tenants"


def pem_of_key(key, passphrase=None):
    hidden = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden).decode()


def _self_signed(key):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "msp-automation")])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
    return made.not_valid_after(now + datetime.timedelta(days=30)).sign(key, hashes.SHA256())


class Keys:
    """A certificate with its key, a stranger's, and the key of a token issuer, as files."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        key, self.issuer = (rsa.generate_private_key(65537, 2048) for dummy in range(2))
        certificate = _self_signed(key)
        public = certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.public = self._file("public.pem", public)
        self.pem = self._file("app.pem", pem_of_key(key) + public)
        self.encrypted = self._file("encrypted.pem", pem_of_key(key, b"open sesame") + public)
        self.key_only = self._file("key.pem", pem_of_key(key))
        self.thumbprint = certificate.fingerprint(hashes.SHA1()).hex()
        stranger = rsa.generate_private_key(65537, 2048)
        other = _self_signed(stranger).public_bytes(serialization.Encoding.PEM).decode()
        self.stranger = self._file("stranger.pem", pem_of_key(stranger) + other)
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        self.issuer_public = self._file(
            "issuer.pem", self.issuer.public_key().public_bytes(serialization.Encoding.PEM, spki).decode()
        )

    def _file(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def assertion(self, subject=SUBJECT):
        """A token of the issuer, as a CI system hands it to its job."""
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": subject, "aud": "api://AzureADTokenExchange", "iat": now, "exp": now + 600}
        return jwt.encode(claims, self.issuer, algorithm="RS256")
