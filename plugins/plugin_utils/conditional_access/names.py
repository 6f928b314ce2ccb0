# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From ids back to the names people know, for what is shown and for what is carried to another tenant."""

from __future__ import annotations

import dataclasses
import typing as t

from .. import directory, reconcile
from ..graph.errors import EntraError
from ..graph.reads import Reads
from ..options import Options
from ..shape import Json, Named, Shape, references
from .policy_checks import name_problem
from .policy_schema import POLICY

Key = tuple[str, str]  # kind, id in lower case


@dataclasses.dataclass(frozen=True)
class Names:
    """Names by id; ids that no object has any more; and the kinds that could not be read, with the reason."""

    known: t.Mapping[Key, str]
    gone: t.Collection[Key]
    unread: t.Mapping[str, str]
    # What check mode has made up, by its placeholder.
    made_up: t.Mapping[str, str] = dataclasses.field(default_factory=dict)

    def of(self, named: Named) -> str:
        """The name, or the id where there is none."""
        return self.known.get(_key(named), named.value)

    def said(self, named: Named) -> str:
        """The same, for people: an id that only check mode has made up is the name that it stands for, or called that."""
        if not reconcile.is_placeholder(named.value):
            return self.of(named)
        return self.made_up.get(named.value, f"(made by this run) {named.value}")

    def among_gone(self, named: t.Iterable[Named]) -> list[Named]:
        """Those that no object has any more."""
        return [entry for entry in named if _key(entry) in self.gone]

    def orphans(self, shape: Shape, options: Options) -> list[str]:
        """Where ids stand that no object has any more, such as ``conditions.users.exclude_users[1]: 4b1d…``."""
        return [f"{named.path}: {named.value}" for named in self.among_gone(references(shape, options))]


def saying(policies: t.Sequence[Json], reads: Reads) -> t.Callable[[str], str]:
    """A function that says what people call an id in these policies. Names are looked up when it is first asked."""
    known: dict[str, str] = {}

    def say(text: str) -> str:
        if not known:
            named = [entry for policy in policies for entry in references(POLICY, POLICY.options(policy))]
            found = of_references(named, reads)
            known.update({entry.value.lower(): found.said(entry) for entry in named})
        return known.get(text.lower(), text)

    return say


def _key(named: Named) -> Key:
    return named.reference.kind, named.value.lower()


def of_references(named: t.Sequence[Named], reads: Reads, ids_too: bool = False) -> Names:
    """Look the names up. What this caller may not read, such as groups without Group.Read.All, stays an id: it is only shown.

    Kinds whose ids are taken as they are cost a permission that a task does without, so they are looked up with ``ids_too`` only.
    """
    try:
        return _found(named, reads, ids_too)
    except EntraError as error:
        kinds = list(dict.fromkeys(entry.reference.kind for entry in named))
        if len(kinds) < 2:
            return Names({}, set(), {kind: str(error) for kind in kinds})
        parts = [
            of_references([entry for entry in named if entry.reference.kind == kind], reads, ids_too) for kind in kinds
        ]
        return Names(
            {key: name for part in parts for key, name in part.known.items()},
            {key for part in parts for key in part.gone},
            {kind: why for part in parts for kind, why in part.unread.items()},
        )


def _found(named: t.Sequence[Named], reads: Reads, ids_too: bool) -> Names:
    found = directory.Wanted(named, ids_too).found(reads)
    known, gone = {}, set()
    for entry in named:
        kind = directory.KINDS[entry.reference.kind]
        if entry.value in entry.reference.keywords or not kind.checks_ids(ids_too):
            continue
        match = found.one(entry.reference.kind, entry.value)
        if match and match.get(kind.names[0]):
            known[_key(entry)] = str(match[kind.names[0]])
        elif not match:
            gone.add(_key(entry))
    return Names(known, gone, {})


def unambiguous(names: Names, named: t.Sequence[Named], reads: Reads) -> Names:
    """Only the names that lead back to the one object they are of, from each place where it is named; the others stay ids."""
    told = [
        (_key(entry), dataclasses.replace(entry, value=names.known[_key(entry)]))
        for entry in named
        if _key(entry) in names.known
    ]
    found = directory.Wanted(entry for dummy, entry in told).found(reads)
    # Some lists have words of their own, such as All, which a location or a group may be called.
    misleading = {
        key
        for key, entry in told
        if name_problem(entry.path, entry.value, entry.reference.kind, entry.reference.keywords)
        or (found.id(entry) or "").lower() != key[1]
    }
    known = {key: entry.value for key, entry in told if key not in misleading}
    return dataclasses.replace(names, known=known)
