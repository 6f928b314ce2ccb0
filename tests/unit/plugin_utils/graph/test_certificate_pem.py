# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate credential: what is wrong with its PEM, and what MSAL is handed as proof."""

from __future__ import annotations

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.graph.credentials import Certificate

WHO = {"tenant_id": "t", "client_id": "c"}
PASSPHRASE = {"certificate_passphrase": "sesame"}
THUMBPRINT = "0123456789abcdef0123456789ABCDEF01234567"
COLONS = ":".join(THUMBPRINT[start : start + 2] for start in range(0, 40, 2))


@pytest.fixture(params=["certificate", "certificate_path"])
def certificate(request, tmp_path, pems):
    """Makes the credential from the parts of a PEM, by their names, given either way.

    ``where`` is the option that a problem must name.
    """

    def made(parts, **more):
        value = pem = "".join(pems[part] for part in parts.split())
        if request.param == "certificate_path":
            value = str(tmp_path / "app.pem")
            (tmp_path / "app.pem").write_text(pem, encoding="utf-8")
        return Certificate(**WHO, **{request.param: value}, **more)

    made.where = request.param
    return made


NO_KEY = "{where}: holds no private key; expected is PEM with the private key and the certificate."
NO_CERTIFICATE = (
    "{where}: holds no certificate; add it to the PEM, or give certificate_thumbprint (and no chain to send)."
)
NO_PASSPHRASE = "certificate_passphrase: is missing; the private key in {where} is encrypted."
WRONG_PASSPHRASE = "certificate_passphrase: does not open the private key in {where}."
UNREADABLE = "{where}: the private key in it cannot be read; expected is an RSA key in PEM form."
NO_RSA = "{where}: the private key in it is no RSA key; Entra takes certificates with RSA keys."


@pytest.mark.parametrize(
    ("parts", "more", "expected"),
    [
        pytest.param("key certificate", {}, [], id="key and certificate"),
        pytest.param("certificate older", {}, [], id="the other way round, key of an older form"),
        pytest.param("certificate certificate key", {}, [], id="chain and key"),
        pytest.param("encrypted certificate", PASSPHRASE, [], id="encrypted, with passphrase"),
        pytest.param("encrypted-older certificate", PASSPHRASE, [], id="encrypted in the older form, with passphrase"),
        pytest.param("certificate encrypted-older", PASSPHRASE, [], id="the same behind the certificate"),
        pytest.param("key certificate", PASSPHRASE, [], id="passphrase for nothing"),
        pytest.param("older certificate", PASSPHRASE, [], id="passphrase for nothing, older form"),
        pytest.param("key", {"certificate_thumbprint": THUMBPRINT}, [], id="key and thumbprint"),
        pytest.param("key", {"certificate_thumbprint": COLONS}, [], id="key and thumbprint with colons"),
        pytest.param("encrypted certificate", {}, [NO_PASSPHRASE], id="encrypted, no passphrase"),
        pytest.param("encrypted-older certificate", {}, [NO_PASSPHRASE], id="encrypted in the older form, none"),
        pytest.param("encrypted-ec certificate", {}, [NO_PASSPHRASE], id="encrypted EC key, none"),
        pytest.param("certificate", {}, [NO_KEY], id="no key"),
        pytest.param("key", {}, [NO_CERTIFICATE], id="no certificate"),
        pytest.param(
            "key",
            {"certificate_thumbprint": THUMBPRINT, "certificate_send_chain": True},
            [NO_CERTIFICATE],
            id="no certificate to send",
        ),
        pytest.param("text", {}, [NO_KEY, NO_CERTIFICATE], id="text of another kind"),
        pytest.param("encrypted", {}, [NO_PASSPHRASE, NO_CERTIFICATE], id="two problems at once"),
        pytest.param("broken certificate", {}, [UNREADABLE], id="broken key"),
        pytest.param("broken certificate", PASSPHRASE, [UNREADABLE], id="broken key and a passphrase for nothing"),
        pytest.param("ec certificate", {}, [NO_RSA], id="EC key"),
        pytest.param("encrypted-ec certificate", PASSPHRASE, [NO_RSA], id="encrypted EC key"),
        *[
            pytest.param(
                f"{key} certificate", {"certificate_passphrase": wrong}, [WRONG_PASSPHRASE], id=f"{key}, {what}"
            )
            for key in ("encrypted", "encrypted-older", "encrypted-ec")
            for what, wrong in [
                ("wrong passphrase", "seasame"),
                ("passphrase in capitals", "SESAME"),
                ("umlaut", "s\u00e4"),
            ]
        ],
    ],
)
def test_problems_of_the_pem(certificate, parts, more, expected):
    assert certificate(parts, **more).problems() == [text.format(where=certificate.where) for text in expected]


@pytest.mark.parametrize(
    "thumbprint",
    [
        THUMBPRINT[:-1],
        THUMBPRINT + "0",
        "g" + THUMBPRINT[1:],
        THUMBPRINT * 2,
        "AB:CD",
        f" {THUMBPRINT}",
        f"{THUMBPRINT}\n",
    ],
    ids=["39 digits", "41 digits", "no digit", "twice", "a piece", "a blank", "a line break"],
)
@pytest.mark.parametrize("parts", ["key", "key certificate"])
def test_a_thumbprint_that_is_none(certificate, parts, thumbprint):
    """Also where the certificate is there: it is sent along, and Entra would look for a certificate that is not."""
    assert certificate(parts, certificate_thumbprint=thumbprint).problems() == [
        f"certificate_thumbprint: '{thumbprint}' is no SHA-1 thumbprint; that has 40 hexadecimal digits."
    ]


def test_no_problem_shows_a_piece_of_the_key_or_the_passphrase(certificate, pems):
    made = certificate("encrypted", certificate_passphrase="not~sesame")
    said = " ".join(made.problems())
    assert "not~sesame" not in said
    assert not [line for line in pems["encrypted"].splitlines() if line in said]


def _directory(path):
    path.mkdir()
    return "Is a directory"


def _nothing(dummy):
    return "No such file or directory"


@pytest.mark.parametrize("lay", [_nothing, _directory], ids=["nothing there", "a folder"])
def test_a_path_that_cannot_be_read(tmp_path, lay):
    path = tmp_path / "app.pem"
    reason = lay(path)
    assert Certificate(**WHO, certificate_path=str(path)).problems() == [
        f"certificate_path: '{path}' cannot be read: {reason}."
    ]


def test_a_pfx_is_told_from_pem(tmp_path):
    path = tmp_path / "app.pfx"
    path.write_bytes(b"\x30\x82\x0a\x51\x02\x01\x03\x30\x82\xff\xfe")
    assert Certificate(**WHO, certificate_path=str(path)).problems() == [
        f"certificate_path: '{path}' is not PEM text; convert a .pfx with openssl pkcs12 first."
    ]


@pytest.mark.parametrize(
    ("parts", "more", "expected"),
    [
        pytest.param("key certificate", {}, {"public_certificate": ...}, id="thumbprint left to MSAL"),
        pytest.param(
            "key",
            {"certificate_thumbprint": COLONS},
            {"thumbprint": THUMBPRINT.upper()},
            id="thumbprint with colons, no certificate",
        ),
        pytest.param(
            "key certificate",
            {"certificate_thumbprint": THUMBPRINT},
            {"thumbprint": THUMBPRINT.upper()},
            id="thumbprint",
        ),
        pytest.param(
            "key certificate",
            {"certificate_thumbprint": COLONS, "certificate_send_chain": True},
            {"thumbprint": THUMBPRINT.upper(), "public_certificate": ...},
            id="thumbprint and chain",
        ),
        pytest.param(
            "key certificate certificate",
            {"certificate_send_chain": True},
            {"public_certificate": ...},
            id="chain of two",
        ),
        pytest.param(
            "encrypted certificate", PASSPHRASE, {"passphrase": "sesame", "public_certificate": ...}, id="passphrase"
        ),
        pytest.param(
            "encrypted-older certificate",
            PASSPHRASE,
            {"passphrase": "sesame", "public_certificate": ...},
            id="passphrase, key of an older form",
        ),
        # MSAL fails on one that the key does not need.
        pytest.param("key certificate", PASSPHRASE, {"public_certificate": ...}, id="passphrase for nothing"),
    ],
)
def test_proof(certificate, pems, parts, more, expected):
    """The whole of it: MSAL reads a meaning into each key that is there. ``...`` stands for the PEM as it was given."""
    pem = "".join(pems[part] for part in parts.split())
    proof = {name: pem if value is ... else value for name, value in expected.items()}
    assert certificate(parts, **more).proof() == {"private_key": pem, **proof}
