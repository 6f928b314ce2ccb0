# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a YAML file of ours, and telling every mistake in it at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BASE):  # type: ignore[misc]
    """Leaves dates as text: Graph's JSON has them as text, and so have our seeds."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _BASE.yaml_implicit_resolvers.items()
}


class InvalidFile(Exception):
    """A file that cannot be used, with everything that is wrong with it."""

    def __init__(self, path: Path, problems: Sequence[str]) -> None:
        super().__init__(f"{path} cannot be used:\n" + "\n".join(f"  - {problem}" for problem in problems))


def read_yaml(path: Path) -> Any:
    """Return the document in the file."""
    try:
        with path.open(encoding="utf-8") as file:
            return yaml.load(file, Loader=_Loader)  # noqa: S506 - it is a safe loader
    except OSError as unreadable:
        raise InvalidFile(path, [f"it cannot be read: {unreadable.strerror}"]) from unreadable
    except UnicodeDecodeError as broken:
        raise InvalidFile(path, [f"it is not UTF-8: {broken.reason}"]) from broken
    except yaml.YAMLError as broken:
        raise InvalidFile(path, [f"it is not YAML: {' '.join(str(broken).split())}"]) from broken
