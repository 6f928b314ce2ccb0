# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo puts on the screen: titles, sentences, commands, and the lines of their output that matter."""

from __future__ import annotations

import sys
import textwrap
import typing as t

WIDTH = 110


def put(text: str = "") -> None:
    """Print at once, also into a pipe."""
    print(text, flush=True)


def say(text: str) -> None:
    """A paragraph between the steps."""
    put()
    put(textwrap.fill(" ".join(text.split()), width=WIDTH, break_on_hyphens=False))


def _bold(text: str) -> str:
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text


def headline(number: int, text: str) -> None:
    """The title of a step."""
    put()
    put(_bold(f"{number}. {text}"))


def command(*words: str) -> None:
    """What a person would type."""
    put()
    put(_bold(f"$ {' '.join(words)}"))


def _wrapped(text: str, indent: str, next_indent: str) -> str:
    return textwrap.fill(
        text,
        width=WIDTH,
        initial_indent=indent,
        subsequent_indent=next_indent,
        break_on_hyphens=False,
        break_long_words=False,
    )


def quote(text: str) -> None:
    """What somebody in the story reads on his own screen."""
    put(_wrapped(text, "  ", "  "))


def lines(host: str, said: t.Iterable[str]) -> None:
    """Lines of a playbook's output about one tenant, as it says them."""
    put(f"  {host}:")
    for line in said:
        indent = "    " + " " * (len(line) - len(line.lstrip()))
        put(_wrapped(line.strip(), indent, f"{indent}  "))


def grid(header: t.Sequence[str], rows: t.Sequence[t.Sequence[str]]) -> str:
    """Columns as wide as they need; a cell may have several lines."""
    cells = [[str(cell).split("\n") for cell in row] for row in [header, *rows]]
    widths = [max(len(line) for row in cells for line in row[column]) for column in range(len(header))]
    drawn = []
    for number, row in enumerate(cells):
        for height in range(max(len(cell) for cell in row)):
            parts = [cell[height] if height < len(cell) else "" for cell in row]
            drawn.append(
                "  " + "  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip()
            )
        if number == 0:
            drawn.append("  " + "  ".join("-" * width for width in widths))
    return "\n".join(drawn)
