# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One token request a tenant a run.

Ansible forks a process for each task and host, and a fork cannot hand a token back as a value. So MSAL's own serialised caches
lie in an anonymous file that the forks inherit from the process that imported this module. It has no name that anybody could
open, and it is gone with the last process of the run, also where that is killed: a file in ansible's temporary folder would
outlive a SIGTERM, which is how a job is cancelled.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import tempfile
import typing as t

from .third_party import msal


def anonymous_file() -> int:
    """A descriptor of a file without a name, in memory where the system can do that, for this user only."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("msp.entra", os.MFD_CLOEXEC)
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = fcntl.fcntl(file.fileno(), fcntl.F_DUPFD_CLOEXEC, 0)
    os.fchmod(descriptor, 0o600)
    return descriptor


_FILE = anonymous_file()

# Bytes that are locked, far behind any record: the one of those who add a record, and one for each set of credentials.
_ADDING = 1 << 40
_CREDENTIALS = _ADDING + 1


class TokenCache:
    """MSAL's cache for one set of credentials, shared by the forks of one run.

    ``identity`` is everything that tells these credentials from others, secrets included: another secret never finds this one's
    token. The file is a line a write, the digest of the identity and the cache; the last line of a digest counts.
    """

    def __init__(self, identity: t.Mapping[str, t.Any], file: int | None = None):
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()
        self._key = f"\n{digest} ".encode()
        self._own_byte = _CREDENTIALS + int(digest[:8], 16)
        self._file = _FILE if file is None else file

    @contextlib.contextmanager
    def locked(self) -> t.Iterator[None]:
        """Hold off the others that log in with these credentials: forks that start together ask for one token."""
        with self._holding(self._own_byte):
            yield

    @contextlib.contextmanager
    def _holding(self, byte: int) -> t.Iterator[None]:
        fcntl.lockf(self._file, fcntl.LOCK_EX, 1, byte)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, byte)

    def read(self) -> msal.SerializableTokenCache:
        """The cache as the last fork left it; empty where there is none."""
        cache = msal.SerializableTokenCache()
        found = self._last(os.pread(self._file, os.fstat(self._file).st_size, 0))
        # Half a line of a fork that was killed is no cache, and no reason to fail: another token is asked for.
        with contextlib.suppress(ValueError):
            cache.deserialize(found.decode() or None)
        return cache

    def _last(self, records: bytes) -> bytes:
        # A line that has no end yet is being written.
        whole = records[: records.rfind(b"\n") + 1]
        start = whole.rfind(self._key)
        return whole[start + len(self._key) : whole.index(b"\n", start + 1)] if start >= 0 else b""

    def write(self, cache: msal.SerializableTokenCache) -> None:
        """Add what is in the cache now."""
        # MSAL lays its text out over several lines.
        line = json.dumps(json.loads(cache.serialize()), separators=(",", ":"))
        with self._holding(_ADDING):
            # With the end of a line in front as well: a fork that was killed here may have left half of one.
            record = self._key + line.encode() + b"\n"
            if os.pwrite(self._file, record, os.fstat(self._file).st_size) < len(record):
                raise OSError("there is no room for the token")
