# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request log: one JSON line a request, written before its answer goes out, so that who has the answer finds it.

Keys: ``time tenant method path status client-request-id request-id duration_ms connection``, and where it applies
``batch`` (the request-id of the batch a sub-request came in), ``fault`` (which rules struck), ``id`` (of the policy or
named location that was made) and ``problems`` (what was wrong with a body, where Graph does not tell). Headers and bodies
are never written: no token or secret gets in.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .exchange import Call


class RequestLog:
    """Appends to the file; without a path it does nothing."""

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("a", encoding="utf-8") if path else None

    def write(self, call: Call, status: int | None, started: float) -> None:
        """Add the line of one request; ``status`` None is a connection dropped without an answer."""
        if self._file is None:
            return
        line: dict[str, Any] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "tenant": call.tenant.id if call.tenant else None,
            "method": call.method,
            "path": call.target,
            "status": status,
            "client-request-id": call.headers.get("client-request-id"),
            "request-id": call.request_id,
            "duration_ms": round((time.perf_counter() - started) * 1000, 2),
            "connection": call.connection,
        }
        extras = {"batch": call.batch, "fault": call.fault, "id": call.created, "problems": call.problems}
        line |= {key: value for key, value in extras.items() if value}
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
