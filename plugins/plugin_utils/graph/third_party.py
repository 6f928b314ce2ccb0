# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two libraries the collection needs, in one place, so that a machine without them gets a sentence and not a traceback.

msal: Microsoft's own login flows. requests: HTTPS with proxies, private CAs and pooled connections; msal needs it anyway.
"""

from __future__ import annotations

import typing as t

MISSING: ImportError | None = None

try:
    import msal
    import requests
    from msal.exceptions import MsalError
    from requests.adapters import HTTPAdapter
    from requests.auth import AuthBase
except ImportError as error:
    MISSING = error
    msal = requests = t.cast(t.Any, None)
    MsalError = Exception
    AuthBase = HTTPAdapter = object

__all__ = ["MISSING", "AuthBase", "HTTPAdapter", "MsalError", "msal", "requests"]
