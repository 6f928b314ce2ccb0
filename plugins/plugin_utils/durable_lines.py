# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adding a line to a file that several processes write, so that it is whole on disk when this returns, or not there at all."""

from __future__ import annotations

import fcntl
import json
import os
import pathlib
import typing as t


def add(path: pathlib.Path, values: t.Mapping[str, t.Any]) -> None:
    """Add an object as a line of JSON to a file for its owner alone, made with its folder where it is not there.

    Raises OSError, and ValueError for a path that is none.
    """
    # Without a character that any reader could take for the end of a line.
    line = json.dumps(values) + "\n"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Whoever can write into the folder must not be able to lead the file elsewhere.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        # Another fork may have been killed in the middle of its line.
        left = (b"" if not size or os.pread(descriptor, 1, size - 1) == b"\n" else b"\n") + line.encode()
        try:
            while left:
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
        except OSError:
            # Half a line, as of a full disk, would be in the way of the next.
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def reason(error: Exception) -> str:
    """The words for what stood in the way."""
    return str(getattr(error, "strerror", None) or error)
