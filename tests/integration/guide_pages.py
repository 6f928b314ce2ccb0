# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides as their reader works through them: files to write, commands to run, and what the page says comes of it."""

from __future__ import annotations

import dataclasses
import pathlib
import re
import textwrap
import typing as t

import yaml

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
GUIDES = CHECKOUT / "docs" / "docsite" / "rst"

_BLOCK = re.compile(r"^(?P<indent> *)\.\. (?P<kind>code-block::|practice:|not run here:) *(?P<rest>.*)$")
_OPTION = re.compile(r"^:(\w+): *(.*)$")
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[\w+]*)\n(?P<text>.*?)^(?P=indent)```", re.DOTALL | re.MULTILINE)
SHELL = ("shell", "console", "bash")
YAML = ("yaml", "yaml+jinja")


@dataclasses.dataclass(frozen=True)
class Block:
    """``practice`` is what the comments before a block say of it; ``not_run`` is the reason why it is only looked at."""

    line: int
    language: str
    text: str
    caption: str | None = None
    practice: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    not_run: str | None = None


def pages() -> list[str]:
    """The names of all guides."""
    return sorted(path.stem for path in GUIDES.glob("guide_*.rst"))


def blocks(page: str) -> list[Block]:
    """The blocks of a guide, in their order."""
    return blocks_of((GUIDES / f"{page}.rst").read_text(encoding="utf-8"))


def blocks_of(text: str) -> list[Block]:
    """The blocks of reStructuredText. What comments say goes to the block that comes next, or to one of its own at the end."""
    found: list[Block] = []
    practice: dict[str, t.Any] = {}
    not_run = None
    lines = text.splitlines()
    for number, line in enumerate(lines):
        start = _BLOCK.match(line)
        if start is None:
            continue
        body = _indented(lines[number + 1 :], len(start["indent"]))
        if start["kind"] == "practice:":
            practice |= _keys(f"{start['rest']}\n{body}", number + 1)
        elif start["kind"] == "not run here:":
            not_run = " ".join(f"{start['rest']} {body}".split())
        else:
            options, content = _options(body)
            found.append(Block(number + 1, start["rest"], content, options.get("caption"), practice, not_run))
            practice, not_run = {}, None
    if practice:
        found.append(Block(len(lines), "", "", None, practice))
    return found


def fenced(text: str) -> list[Block]:
    """The blocks of Markdown, which say no more than their language."""
    return [
        Block(text[: one.start()].count("\n") + 1, one["language"], textwrap.dedent(one["text"]))
        for one in _FENCE.finditer(text)
    ]


def inline_commands(text: str) -> list[str]:
    """Ansible's commands in the sentences of a page, set as literals in reStructuredText or Markdown."""
    found = re.findall(r"``(ansible-[^`]+)``|(?<!`)`(ansible-[^`]+)`(?!`)", re.sub(r"\n *", " ", text))
    return [one or other for one, other in found]


def _indented(lines: t.Iterable[str], indent: int) -> str:
    body: list[str] = []
    for line in lines:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        body.append(line)
    return textwrap.dedent("\n".join(body)).strip("\n") + "\n"


def _options(body: str) -> tuple[dict[str, str], str]:
    options: dict[str, str] = {}
    lines = body.splitlines()
    while lines and (option := _OPTION.match(lines[0])):
        options[option[1]] = option[2]
        del lines[0]
    return options, "\n".join(lines).strip("\n") + "\n"


def _keys(text: str, line: int) -> dict[str, t.Any]:
    keys = yaml.safe_load(text)
    if not isinstance(keys, dict):
        raise ValueError(f"line {line}: what a practice comment says is not a mapping")
    return keys


def command_lines(text: str) -> list[str]:
    """The commands of a shell block; one that goes on in the next line is one."""
    joined = re.sub(r"\\\n\s*", "", text)
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]
