# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's certificate, from a certificate authority that lives as long as the server."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme

from .state_file import write_atomically

NAMES = ("localhost", "127.0.0.1", "::1")


def server_context(ca_file: Path) -> ssl.SSLContext:
    """Return the TLS context of the server; clients find whom to trust in ``ca_file``."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    authority.issue_cert(*NAMES).configure_cert(context)
    write_atomically(ca_file, authority.cert_pem.bytes().decode("ascii"))
    return context
