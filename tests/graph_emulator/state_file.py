# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state file: what calls have changed, so that a restarted emulator goes on where it stopped.

Shape: ``{"version": 1, "tenants": {id: {kind: [object, ...]}}}``, for the kinds in ``MUTABLE_KINDS``. Everything else
of a tenant comes from the seed. Tenants that the seed no longer has stay in the file untouched.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from .tenants import MUTABLE_KINDS, Directory, Tenant, Write
from .yaml_file import InvalidFile

_VERSION = 1


def write_atomically(path: Path, content: str, *, mode: int = 0o644) -> None:
    """Replace a file in one step: a reader sees the old content or the new one, never a part."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    os.replace(fresh, path)


class StateFile:
    """Loads the state into a directory at the start, and saves the tenants that changed."""

    def __init__(self, path: Path, directory: Directory) -> None:
        self._path = path
        self._texts: dict[str, str] = {}
        for tenant_id, kinds in self._read().items():
            self._texts[tenant_id] = json.dumps(kinds)
            tenant = directory.tenants.get(tenant_id)
            if tenant is not None:
                _restore(tenant, kinds)
        for tenant in directory.tenants.values():
            self._texts[tenant.id] = _text(tenant)

    def _read(self) -> dict[str, Any]:
        if not self._path.exists():
            return {}
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
            if document["version"] != _VERSION:
                raise InvalidFile(self._path, [f"its version is {document['version']}, not {_VERSION}"])
            tenants: dict[str, Any] = document["tenants"]
        except OSError as unreadable:
            raise InvalidFile(self._path, [f"it cannot be read: {unreadable.strerror}"]) from unreadable
        except (ValueError, KeyError, TypeError) as broken:
            raise InvalidFile(self._path, ["it is not a state file of this emulator"]) from broken
        return tenants

    def save(self, writes: list[Write]) -> None:
        """Write the file anew after some writes; only the tenants they touched are turned into text again."""
        for tenant in {write.tenant.id: write.tenant for write in writes}.values():
            self._texts[tenant.id] = _text(tenant)
        tenants = ", ".join(f"{json.dumps(key)}: {text}" for key, text in self._texts.items())
        write_atomically(self._path, f'{{"version": {_VERSION}, "tenants": {{{tenants}}}}}\n', mode=0o600)


def _text(tenant: Tenant) -> str:
    return json.dumps({kind: list(tenant.objects[kind].values()) for kind in MUTABLE_KINDS})


def _restore(tenant: Tenant, kinds: dict[str, Any]) -> None:
    for kind in MUTABLE_KINDS:
        tenant.objects[kind] = {one["id"].lower(): one for one in kinds.get(kind, ())}
    users = tenant.objects["users"]
    for key, reset in tenant.objects["sessionResets"].items():
        if key in users:
            users[key] = {**users[key], **reset}
