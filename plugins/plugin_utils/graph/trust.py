# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which certificate authorities a connection believes: the public ones, or those of REQUESTS_CA_BUNDLE, and those of ca_path.

Reading the public ones takes 20 to 30 ms, more than the rest of a task that changes nothing. Ansible forks a process for each
task, so they are read once, when this module is imported, before the forks that then share them.
"""

from __future__ import annotations

import contextlib
import os
import ssl
import typing as t

from .errors import Unreachable
from .third_party import DEFAULT_CA_BUNDLE_PATH, MISSING, HTTPAdapter
from .time_limit import Connecting, TimelyTls, timely


class TrustingAdapter(HTTPAdapter):
    """An adapter that verifies by one TLS context, and by nothing that a request or the environment says."""

    def __init__(self, context: ssl.SSLContext):
        self._context = context
        super().__init__()

    def init_poolmanager(self, *arguments: t.Any, **keywords: t.Any) -> None:
        """Direct connections."""
        super().init_poolmanager(*arguments, **keywords, ssl_context=self._context)
        _limit(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **keywords: t.Any) -> t.Any:
        """Connections through a proxy; one that is reached over https is verified like the server."""
        if proxy.lower().startswith("https"):
            keywords["proxy_ssl_context"] = self._context
        return _limit(super().proxy_manager_for(proxy, **keywords, ssl_context=self._context))

    def build_connection_pool_key_attributes(self, request: t.Any, verify: t.Any, cert: t.Any = None) -> t.Any:
        """Without the CA file of the environment, which requests would add to the context."""
        return super().build_connection_pool_key_attributes(request, True, cert)

    def cert_verify(self, conn: t.Any, url: str, verify: t.Any, cert: t.Any) -> None:
        """Always required; requests would read the public authorities anew for each connection here."""
        conn.cert_reqs = "CERT_REQUIRED"


def _limit(manager: t.Any) -> t.Any:
    """The manager with https connections that keep to the time limit of their request."""
    pools = manager.pool_classes_by_scheme
    if not issubclass(pools["https"].ConnectionCls, Connecting):
        manager.pool_classes_by_scheme = {**pools, "https": timely(pools["https"])}
    return manager


def _public() -> ssl.SSLContext:
    """A context of the public authorities, or of the ones that requests is told to use in their place. Raises OSError."""
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or DEFAULT_CA_BUNDLE_PATH
    try:
        folder = os.path.isdir(bundle)
        context = ssl.create_default_context(cafile=None if folder else bundle, capath=bundle if folder else None)
    except OSError as error:
        raise Unreachable(
            f"The certificate authorities in {bundle} cannot be read ({error.strerror or error}); the file is named by "
            "REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE in the environment, or comes with the certifi package."
        ) from error
    context.sslsocket_class = TimelyTls
    return context


_prepared: list[ssl.SSLContext] = []
_made: dict[str | None, ssl.SSLContext] = {}

if not MISSING:
    # A broken bundle is for the task that needs it to complain about.
    with contextlib.suppress(Unreachable):
        _prepared.append(_public())


def context(ca_path: str | None) -> ssl.SSLContext:
    """The TLS context for one choice of ca_path, the same one for the same choice: what one tenant's file vouches for must not
    be believed about another's. Raises Unreachable where the public authorities, OSError where ca_path cannot be read."""
    if ca_path not in _made:
        # The prepared one can be given away once only.
        made = _prepared.pop() if _prepared else _public()
        if ca_path:
            made.load_verify_locations(cafile=ca_path)
        _made[ca_path] = made
    return _made[ca_path]
