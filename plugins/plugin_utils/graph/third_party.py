# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two libraries the collection needs, in one place, so that a machine without them gets a sentence and not a traceback.

msal: Microsoft's own login flows. requests: HTTPS with proxies, private CAs and pooled connections; msal needs it anyway.
cryptography comes with msal, which loads it at once; here it reads a private key before MSAL stumbles over it.
"""

from __future__ import annotations

import sys
import typing as t

MISSING: ImportError | None = None

try:
    import msal
    import requests
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from msal.exceptions import MsalError
    from requests.adapters import HTTPAdapter
    from requests.auth import AuthBase
    from requests.utils import DEFAULT_CA_BUNDLE_PATH
    from urllib3.exceptions import HTTPError, LocationValueError, NewConnectionError
except ImportError as error:
    MISSING = error
    # To a type checker these are the real ones; a run that has none ends with the complaint.
    if not t.TYPE_CHECKING:
        msal = requests = load_pem_private_key = DEFAULT_CA_BUNDLE_PATH = None
        MsalError = UnsupportedAlgorithm = HTTPError = LocationValueError = NewConnectionError = Exception
        AuthBase = HTTPAdapter = RSAPrivateKey = object


def complaint() -> str | None:
    """What to say where one of the two is not there."""
    if not MISSING:
        return None
    return (
        f"{MISSING}. The collection needs msal and requests in the Python that runs ansible: "
        f"{sys.executable} -m pip install msal requests"
    )


__all__ = [
    "DEFAULT_CA_BUNDLE_PATH",
    "MISSING",
    "AuthBase",
    "HTTPAdapter",
    "HTTPError",
    "LocationValueError",
    "MsalError",
    "NewConnectionError",
    "RSAPrivateKey",
    "UnsupportedAlgorithm",
    "complaint",
    "load_pem_private_key",
    "msal",
    "requests",
]
