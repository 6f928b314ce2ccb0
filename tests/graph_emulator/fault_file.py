# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a fault file.

Shape::

    seed: 7                     # for probability, of which each tenant has dice of its own; 0 without it
    clock_skew_seconds: 600     # the server's clock is ahead by that much; behind, with a negative number
    certificate: unknown_authority      # not that of --ca-file
    closed_handshakes: 2       # of TLS: those of the next connections
    faults:
      - name: throttle          # optional, shown in the request log
        method: [POST, PATCH]   # one or several; any without it
        path: ^/identity/       # a regular expression, over the path after /v1.0 or the login path
        tenant: northwind.example
        nth: [1, 3]             # or times: 2, or probability: 0.5; every matching call without any
        status: 429             # exactly one effect, a key of EFFECTS
        retry_after: 2          # with status only; retry_after_date: true sends it as an HTTP date
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .broken_bodies import BROKEN
from .fault_effects import FITS
from .fault_rules import Rule
from .faults import Faults
from .shapes import (
    Shape,
    anything,
    boolean,
    list_of,
    mapping,
    matching,
    number,
    one_of,
    problems_of,
    text,
    true,
    whole_number,
)
from .yaml_file import InvalidFile, read_yaml

_METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
_YEAR = 366 * 86_400
_COUNTS = ("nth", "times", "probability")


def _properties(value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict) or not value:
        yield f"{where}: is not a mapping of Graph properties"
    elif "id" in value:
        yield f"{where}.id: nobody can change an id"


EFFECTS: dict[str, Shape] = {
    "status": whole_number(400, 599),
    "redirect": matching(r"https?://[^\s/?#]+(/[^\s?#]*)?", "an http or https URL without a query"),
    "expire_tokens": true(),
    "reset": one_of("before", "after"),
    "body": one_of(*BROKEN),
    "twin": one_of("before", "after"),
    "meddle": _properties,
    "lag_seconds": number(0, 3600),
    "rule_lag_seconds": number(0, 3600),
    "unreferenceable_seconds": number(0, 3600),
    "delay_ms": number(0, 600_000),
}
_RULE = mapping(
    {
        "name": text(),
        "method": anything(),
        "path": text(),
        "tenant": text(),
        "nth": list_of(whole_number(1, 10**6)),
        "times": whole_number(1, 10**6),
        "probability": number(0, 1),
        "retry_after": number(0, 3600),
        "retry_after_date": boolean(),
        **EFFECTS,
    }
)
_OF_THE_SERVER: dict[str, Shape] = {
    "clock_skew_seconds": number(-_YEAR, _YEAR),
    "certificate": one_of("unknown_authority"),
    "closed_handshakes": whole_number(0, 10**6),
}
# What no tenant can have alone.
WHOLE_SERVER = frozenset(_OF_THE_SERVER)
_FILE = mapping({"seed": whole_number(0, 2**63), "faults": list_of(_RULE), **_OF_THE_SERVER})


def read_faults(path: Path | None) -> Faults:
    """Return what the file says; no faults without a file. Every mistake in it is told at once."""
    if path is None:
        return Faults()
    document = read_yaml(path)
    if problems := fault_problems(document):
        raise InvalidFile(path, problems)
    return faults_of(document)


def fault_problems(document: Any) -> list[str]:
    """Return every mistake in a document of faults."""
    problems = list(problems_of(document, _FILE, ""))
    if not problems:
        for index, raw in enumerate(document.get("faults", ())):
            problems += _rule_problems(raw, f"faults[{index}]")
    return problems


def faults_of(document: dict[str, Any]) -> Faults:
    """Return what a document without mistakes says; every rule has yet to count its first call."""
    return Faults(
        [_rule(raw, index, document.get("seed", 0)) for index, raw in enumerate(document.get("faults", ()))],
        document.get("clock_skew_seconds", 0),
        "certificate" in document,
        document.get("closed_handshakes", 0),
    )


def _methods(raw: dict[str, Any]) -> list[Any]:
    value = raw.get("method", [])
    return value if isinstance(value, list) else [value]


def _rule_problems(raw: dict[str, Any], where: str) -> list[str]:
    problems = []
    effects = [name for name in EFFECTS if name in raw]
    if len(effects) != 1:
        problems.append(f"{where}: needs exactly one of {', '.join(EFFECTS)}, has {', '.join(effects) or 'none'}")
    counts = [name for name in _COUNTS if name in raw]
    if len(counts) > 1:
        problems.append(f"{where}: takes one of {', '.join(_COUNTS)}, has {', '.join(counts)}")
    for method in _methods(raw):
        if not isinstance(method, str) or method.upper() not in _METHODS:
            problems.append(f"{where}.method: '{method}' is none of {', '.join(_METHODS)}")
    if "status" not in raw:
        alone = [name for name in ("retry_after", "retry_after_date") if name in raw]
        problems += [f"{where}.{name}: goes with status only" for name in alone]
    if raw.get("retry_after_date") and "retry_after" not in raw:
        problems.append(f"{where}.retry_after_date: needs retry_after, in seconds from now")
    try:
        re.compile(raw.get("path", ""))
    except re.error as broken:
        problems.append(f"{where}.path: not a regular expression: {broken}")
    return problems


def _rule(raw: dict[str, Any], index: int, seed: int) -> Rule:
    effect = next(name for name in EFFECTS if name in raw)
    return Rule(
        name=raw.get("name", f"faults[{index}]"),
        effect=effect,
        value=raw[effect],
        fits=FITS.get(effect, lambda call: True),
        methods=frozenset(method.upper() for method in _methods(raw)),
        path=re.compile(raw["path"], re.IGNORECASE) if "path" in raw else None,
        tenant=raw["tenant"].lower() if "tenant" in raw else None,
        nth=frozenset(raw.get("nth", ())),
        times=raw.get("times"),
        probability=raw.get("probability"),
        retry_after=raw.get("retry_after"),
        retry_after_date=raw.get("retry_after_date", False),
        seed=f"{seed} {index}",
    )
