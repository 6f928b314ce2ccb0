# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing a report's files: all of them, or none, so that an earlier report stays whole until the new one is there."""

from __future__ import annotations

import contextlib
import filecmp
import os
import pathlib
import shutil
import tempfile
import typing as t

from ..durable_lines import reason
from ..graph.errors import EntraError

# A report names a tenant's weak spots.
FOLDER_MODE, FILE_MODE = 0o700, 0o640


class NotWritten(EntraError):
    """The report cannot be written; an earlier one is as it was."""

    kind = "record"


def keep(file: pathlib.Path, beside: str, others: str) -> str:
    """Copy a file to another name in its folder, and return that; of one that is there in the same words by a name of the pattern
    ``others``, return its name. Raises NotWritten."""
    try:
        for other in sorted(file.parent.glob(others)):
            if filecmp.cmp(file, other, shallow=False):
                return other.name
        shutil.copy2(file, file.with_name(beside))
        return beside
    except OSError as error:
        raise NotWritten(
            f"{file} cannot be read as a report, and cannot be kept as {beside} either: {error.strerror or error}. Move it away."
        ) from error


def write(folder: pathlib.Path, texts: t.Mapping[str, str]) -> None:
    """Put files into a folder, by their names, which is made if need be. Raises NotWritten."""
    waiting: dict[pathlib.Path, str] = {}
    before: dict[pathlib.Path, str] = {}
    new: list[pathlib.Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        for name, text in texts.items():
            handle, waiting[folder / name] = _temporary(folder / name)
            with open(handle, "w", encoding="utf-8", errors="replace", newline="") as file:
                os.fchmod(handle, FILE_MODE)
                file.write(text)
                file.flush()
                os.fsync(handle)
        for target in waiting:
            if target.is_dir():
                raise IsADirectoryError(f"{target} is a folder")
            if os.path.lexists(target):
                handle, before[target] = _temporary(target)
                os.close(handle)
                # A link is kept as a link, and that is not made over a file.
                os.unlink(before[target])
                shutil.copy2(target, before[target], follow_symlinks=False)
        for target, path in list(waiting.items()):
            os.replace(path, target)
            new.append(target)
            del waiting[target]
    except OSError as error:
        raise NotWritten(
            f"The report cannot be written to {folder}: {reason(error)}. {_put_back(new, before)} Give a "
            "folder that whoever runs this may write to, with fleet_report_path, and see that the disk is not full."
        ) from error
    finally:
        for path in [*waiting.values(), *before.values()]:
            with contextlib.suppress(OSError):
                os.unlink(path)


def _temporary(target: pathlib.Path) -> tuple[int, str]:
    """A file of another name beside a target, open, so that to rename it takes no copy."""
    return tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")


def _put_back(new: t.Iterable[pathlib.Path], before: dict[pathlib.Path, str]) -> str:
    """Undo what has been put in place, and a sentence for what the folder holds now."""
    left = []
    for target in new:
        try:
            if target in before:
                os.replace(before[target], target)
                del before[target]
            else:
                target.unlink()
        except OSError:
            left.append(target.name)
    if not left:
        return "An earlier report there is as it was."
    return f"{' and '.join(left)} there cannot be put back, and {'is' if len(left) == 1 else 'are'} of the new report."
