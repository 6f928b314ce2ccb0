# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of tasks as a playbook has registered them."""

from __future__ import annotations

import re
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


# How long a cause may be that is told in short.
_SHORT = 400
# By which Microsoft's support finds a request; the task that sent it has told them.
_IDS = re.compile(r" ?\(request-id [^()]*\)")


def cause(failures: t.Sequence[Options]) -> str:
    """Why, in one line, for whoever has it in full elsewhere: the first rule of the lockout guard or the first problem, without
    its why and what to do, else the first line of the message."""
    said = list(dict.fromkeys(line for one in failures for line in _causes(one)))
    first = said[0] if len(said[0]) <= _SHORT else _cut(said[0])
    return first if len(said) == 1 else f"{first.rstrip('.')} (and {len(said) - 1} more)."


def _cut(text: str) -> str:
    """Its beginning, up to where a word ends."""
    begun, gap, dummy = text[:_SHORT].rpartition(" ")
    return f"{begun.rstrip(',;:')}{gap}…" if gap else f"{text[:_SHORT]}…"


def _causes(one: Options) -> list[str]:
    rules, problems = dictionaries(one.get("lockout")), one.get("problems")
    found = [f"[{rule.get('id')}] {rule.get('title')}: {rule.get('where')}." for rule in rules]
    found += map(str, problems if isinstance(problems, list) else [])
    return found or [_IDS.sub("", reasons([one])[0].partition("\n")[0])]


def dictionaries(value: t.Any) -> list[Options]:
    """The dictionaries in a list that should hold nothing else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
