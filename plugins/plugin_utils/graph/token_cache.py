# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One token request a tenant a run.

Ansible forks a process for each task and host, and a fork cannot hand a token back in memory. So MSAL's own serialised cache
lives in a file that only this user can read, in the folder that ansible makes for one run and deletes at its end.
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


class TokenCache:
    """MSAL's cache for one set of credentials, shared by the forks of one run.

    ``folder`` is the run's temporary folder; ``identity`` is everything that tells these credentials from others, secrets
    included: another secret never finds this one's token. Only a digest of it, salted by the folder's random name, is kept.
    """

    def __init__(self, folder: str, identity: t.Mapping[str, t.Any]):
        digest = hashlib.sha256(json.dumps([folder, identity], sort_keys=True, default=str).encode()).hexdigest()
        self._folder = folder
        self._path = os.path.join(folder, f"msp.entra-{digest[:32]}.token")

    @contextlib.contextmanager
    def locked(self) -> t.Iterator[None]:
        """Hold the others off, so that forks that start together ask for one token, not for one each."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(self._path + ".lock", flags, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def read(self) -> msal.SerializableTokenCache:
        """The cache as the last fork left it; empty where there is none or it is not ours to trust."""
        cache = msal.SerializableTokenCache()
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return cache
        with os.fdopen(handle, encoding="utf-8") as file:
            seen = os.fstat(file.fileno())
            if seen.st_uid == os.geteuid() and not seen.st_mode & 0o077:
                with contextlib.suppress(ValueError):
                    cache.deserialize(file.read())
        return cache

    def write(self, cache: msal.SerializableTokenCache) -> None:
        """Replace the file in one step, so that no fork ever reads half of it. mkstemp makes it 0600."""
        handle, draft = tempfile.mkstemp(dir=self._folder, prefix=".msp.entra-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(cache.serialize())
            os.replace(draft, self._path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(draft)
            raise
