# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's certificate, from a certificate authority that lives as long as the server.

A fault can have it signed by another authority than the one in the ``--ca-file`` that clients are given. That other one
lies beside it then, with ``.unknown`` at the end of its name, for whoever has to get through all the same. Another fault has it
close the next connections in the TLS handshake.
"""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme

from .state_file import write_atomically

NAMES = ("localhost", "127.0.0.1", "::1")


class ServerCertificate:
    """The TLS context of the server; clients find whom to trust in ``ca_file``. Raises OSError if that cannot be written."""

    def __init__(self, ca_file: Path, *, by_unknown: bool = False) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._authority = trustme.CA()
        self._unknown_file = ca_file.with_name(f"{ca_file.name}.unknown")
        _publish(self._authority, ca_file)
        self.sign(by_unknown=by_unknown)
        self.handshakes_to_close = 0
        self.context.sni_callback = self._greeted

    def sign(self, *, by_unknown: bool) -> None:
        """Take a new certificate for the connections to come, by the authority that clients trust or by another."""
        authority = trustme.CA() if by_unknown else self._authority
        if by_unknown:
            _publish(authority, self._unknown_file)
        else:
            self._unknown_file.unlink(missing_ok=True)
        authority.issue_cert(*NAMES).configure_cert(self.context)

    def _greeted(self, *_hello: object) -> int | None:
        """End the handshake of a client that has just begun it, while there are any to end; asyncio sends no alert."""
        if not self.handshakes_to_close:
            return None
        self.handshakes_to_close -= 1
        return ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE


def _publish(authority: trustme.CA, path: Path) -> None:
    write_atomically(path, authority.cert_pem.bytes().decode("ascii"))
