# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adding a line to a file that several processes write, so that it is whole on disk when this returns, or not there at all."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import pathlib
import stat
import time
import typing as t

# How many seconds are waited for other processes to have added their lines, which takes each some milliseconds.
LOCKED_FOR = 30.0
LOOK_EVERY = 0.02


def add(path: pathlib.Path, values: t.Mapping[str, t.Any]) -> None:
    """Add an object as a line of JSON to a file for its owner alone, made with its folder where it is not there.

    Raises OSError, also for a file that others may have written, and ValueError for a path that is none.
    """
    # Without a character that any reader could take for the end of a line.
    line = json.dumps(values) + "\n"
    missing = [folder for folder in path.parents if not folder.exists()]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Whoever can write into the folder must not be able to lead the file elsewhere.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _refuse_another_s(os.fstat(descriptor))
        _lock(descriptor)
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
        if not size:
            # A new file is there after a loss of power only when the folder that names it is on disk.
            for folder in [path.parent, *(new.parent for new in missing)]:
                _sync_folder(folder)
    finally:
        os.close(descriptor)


def could_add(path: pathlib.Path) -> None:
    """See that a line could be added to a file that is not there yet, as far as that shows without making anything. Raises
    OSError, and ValueError for a path that is none."""
    folder = next(folder for folder in path.parents if os.path.lexists(folder))
    if not os.path.isdir(folder):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, f"nothing can be written into {folder}")


def _refuse_another_s(about: os.stat_result) -> None:
    """Raises OSError where what the file says could be somebody else's words."""
    if not stat.S_ISREG(about.st_mode):
        why = "it is no plain file"
    elif about.st_uid != os.geteuid():
        why = f"it belongs to user {about.st_uid}, and this runs as {os.geteuid()}, so its lines could be changed by others"
    elif about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        mode = stat.S_IMODE(about.st_mode)
        why = f"its mode {mode:04o} lets others write it (chmod go-w takes that away), so its lines could be theirs"
    else:
        return
    raise OSError(errno.EPERM, why)


def _lock(descriptor: int) -> None:
    """Wait until no other process adds a line. Raises OSError where one does not come to an end with that."""
    end = time.monotonic() + LOCKED_FOR
    while True:
        with contextlib.suppress(BlockingIOError):
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if time.monotonic() > end:
            why = f"another process has kept it locked for {LOCKED_FOR:.0f} s (the command fuser tells which)"
            raise OSError(errno.EWOULDBLOCK, why)
        time.sleep(LOOK_EVERY)


def _sync_folder(folder: pathlib.Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems have no such thing for folders.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def reason(error: Exception) -> str:
    """The words for what stood in the way. Of a folder that is none, the system says that it exists, or names what is below."""
    if isinstance(error, FileExistsError | NotADirectoryError) and error.filename:
        path = pathlib.Path(os.fsdecode(error.filename))
        for place in (path, *path.parents):
            if os.path.lexists(place) and not os.path.isdir(place):
                return f"{place} is a {'file, not a folder' if os.path.exists(place) else 'link to nowhere'}"
    return str(getattr(error, "strerror", None) or error)
