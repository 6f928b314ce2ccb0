# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences that say the same of many tenants, but for a name or a number: told once, with a gap for what is each one's own."""

from __future__ import annotations

import re
import typing as t

GAP = "[\u2026]"

T = t.TypeVar("T")

# A name in quotes, a word, or what is between words.
_TOKEN = re.compile(r"'[^']*'|[^\s,;']+|\s+|[,;']")
# What differs is a name in quotes, or a word with a digit or an @ in it: an account, an address, a number, a moment.
_OWN = re.compile(r"'.*'|.*[\d@]", re.DOTALL)
# Between what belongs together, as in a list of accounts.
_JOINTS = frozenset({", ", " and "})


class Sentence(t.NamedTuple):
    """A sentence, empty where nothing of it is shared, and what goes into its gaps with those of whom it is said."""

    text: str
    said: list[tuple[str, list[t.Any]]]


def shared(said: t.Iterable[tuple[str, T]]) -> list[Sentence]:
    """The sentences that are said of somebody, those said of most first."""
    found: dict[tuple[str, ...], list[tuple[tuple[str, ...], T]]] = {}
    for text, whom in said:
        words, own = _parted(text)
        found.setdefault(words, []).append((own, whom))
    sentences = [_sentence(words, owned) for words, owned in found.items()]
    return sorted(sentences, key=lambda one: -sum(len(whom) for dummy, whom in one.said))


def _parted(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of a sentence, and what is between them of its own."""
    words: list[str] = [""]
    own: list[str] = []
    for token in _TOKEN.findall(text):
        if not _OWN.match(token):
            words[-1] += token
        elif own and words[-1] in _JOINTS:
            own[-1] += words[-1] + token
            words[-1] = ""
        else:
            own.append(token)
            words.append("")
    return tuple(words), tuple(own)


def _sentence(words: tuple[str, ...], owned: t.Sequence[tuple[tuple[str, ...], T]]) -> Sentence:
    gaps = [len(set(column)) > 1 for column in zip(*(own for own, dummy in owned), strict=True)]
    first = owned[0][0]
    filled = [GAP if gap else own for gap, own in zip(gaps, first, strict=True)]
    text = words[0] + "".join(own + more for own, more in zip(filled, words[1:], strict=True))
    said: dict[str, list[t.Any]] = {}
    for own, whom in owned:
        differs = [one for one, gap in zip(own, gaps, strict=True) if gap]
        said.setdefault(" \u00b7 ".join(differs), []).append(whom)
    if not text.replace(GAP, "").strip(" ,"):
        text = ""
    return Sentence(text, sorted(said.items(), key=lambda one: -len(one[1])))
