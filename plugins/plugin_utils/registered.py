# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of tasks as a playbook has registered them."""

from __future__ import annotations

import typing as t

from .options import Options


def each(results: t.Any) -> t.Iterator[Options]:
    """Registered results one by one; that of a loop has one for each item. A task that was not reached has none."""
    for one in results if isinstance(results, list) else [results]:
        if isinstance(one, dict):
            yield from each(one["results"]) if isinstance(one.get("results"), list) else [one]


def failed(result: Options) -> list[Options]:
    """What failed in a failed result: of a loop its items, else the result itself."""
    return [one for one in each(result) if one.get("failed")] or [result]


def reasons(failures: t.Iterable[Options]) -> list[str]:
    """What failed results say, each once."""
    return list(dict.fromkeys(str(one["msg"]) for one in failures if one.get("msg"))) or ["It gave no reason."]
