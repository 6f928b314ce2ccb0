# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the names people know to the ids Graph wants, every unresolved and ambiguous name in one error.

The look-ups of a task go to Graph together with its other reads, as one batch.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import typing as t
from urllib.parse import quote

from . import guids
from .graph.errors import EntraError
from .graph.odata import IN_LIMIT, address, literal, one_of
from .graph.reads import Reads
from .shape import Json, Named


@dataclasses.dataclass(frozen=True)
class Kind:
    """How one kind of object is found: its listing, the properties that name it, and the one that policies refer to.

    ``filtered`` is false for listings that are read whole: short ones, or ones that Graph cannot filter. ``is_id`` tells an id
    from a name. ``lookup`` is for what no listing has: a path that asks for the one object of a name. Ids are taken as they are
    there, and where ``ids_checked`` is false.
    """

    path: str
    names: tuple[str, ...]
    select: str = ""
    refers: str = "id"
    filtered: bool = True
    given_as: str = "name"
    is_id: t.Callable[[t.Any], bool] = guids.is_guid
    lookup: str = ""
    ids_checked: bool = True

    def checks_ids(self, ids_too: bool) -> bool:
        """Whether ids are looked up as well: always, or where that is asked for and there is a listing to find them in."""
        return self.ids_checked or (ids_too and not self.lookup)


def _is_context(text: t.Any) -> bool:
    """Authentication contexts are numbered (https://learn.microsoft.com/graph/api/resources/authenticationcontextclassreference)."""
    return bool(re.fullmatch(r"c([1-9]|[1-9][0-9])", str(text)))


KINDS: dict[str, Kind] = {
    "user": Kind(
        "/users",
        ("userPrincipalName",),
        "id,userPrincipalName,displayName,accountEnabled,onPremisesSyncEnabled,userType",
        given_as="UPN",
    ),
    "group": Kind("/groups", ("displayName",), "id,displayName"),
    "role": Kind("/directoryRoleTemplates", ("displayName",), filtered=False),
    "application": Kind(
        "/servicePrincipals",
        ("displayName",),
        "id,appId,displayName,accountEnabled,appOwnerOrganizationId",
        refers="appId",
        given_as="name or appId",
    ),
    "location": Kind("/identity/conditionalAccess/namedLocations", ("displayName",), filtered=False),
    "authentication strength": Kind("/policies/authenticationStrengthPolicies", ("displayName",), filtered=False),
    "authentication context": Kind(
        "/identity/conditionalAccess/authenticationContextClassReferences",
        ("displayName",),
        filtered=False,
        is_id=_is_context,
    ),
    "service principal": Kind("/servicePrincipals", ("displayName",), "id,appId,displayName,accountEnabled"),
    # Not every application may be allowed to list them, which is no reason to refuse their ids.
    "terms of use": Kind(
        "/identityGovernance/termsOfUse/agreements", ("displayName",), filtered=False, ids_checked=False
    ),
    "tenant": Kind(
        "/tenantRelationships",
        ("defaultDomainName",),
        refers="tenantId",
        given_as="domain",
        ids_checked=False,
        lookup="/tenantRelationships/findTenantInformationByDomainName(domainName={})",
    ),
}


# The key under which an answer keeps what it is the answer to.
ASKED = "msp.entra.asked"


class Wanted:
    """The names of one task, and the listings that resolve them; with ``ids_too`` also those of kinds whose ids are else taken
    as they are."""

    def __init__(self, named: t.Iterable[Named], ids_too: bool = False):
        self.named = [name for name in named if name.value not in name.reference.keywords]
        self._ids_too = ids_too
        self._paths: dict[str, list[str]] = {}
        for kind in dict.fromkeys(name.reference.kind for name in self.named):
            self._paths[kind] = _listings(kind, [n.value for n in self.named if n.reference.kind == kind], ids_too)

    def paths(self) -> list[str]:
        """The listings to read, without duplicates."""
        return list(dict.fromkeys(path for paths in self._paths.values() for path in paths))

    def found(self, reads: Reads) -> Found:
        """What the tenant has for the names. Reads only what has not been read."""
        paths = self.paths()
        listings = dict(zip(paths, reads.listings(paths), strict=True))
        objects = {kind: [entry for path in own for entry in listings[path]] for kind, own in self._paths.items()}
        for named in self.named:
            kind = KINDS[named.reference.kind]
            if kind.lookup:
                # What was asked for need not be the name that the answer gives: a tenant has several domains.
                answers = [] if kind.is_id(named.value) else listings[_lookup(kind, named.value)]
                objects[named.reference.kind] += [{**answer, ASKED: named.value} for answer in answers]
        return Found(self.named, objects, reads, self._ids_too)


class Found:
    """Names and the objects they may stand for."""

    def __init__(
        self,
        named: t.Sequence[Named],
        objects: t.Mapping[str, t.Sequence[Json]],
        reads: Reads,
        ids_too: bool = False,
    ):
        self._named = named
        self._ids_too = ids_too
        self._objects = objects
        self.reads = reads

    def matches(self, kind: str, value: str) -> list[Json]:
        """The objects of that id, or of that name; several where the name is ambiguous.

        Upper and lower case make a difference only where there are names in both, and the listing is whole: Graph's filters know
        no case.
        """
        rule = KINDS[kind]
        if rule.is_id(value) and not rule.checks_ids(self._ids_too):
            return [{rule.refers: guids.plain(value)}]
        objects = [entry for entry in self._objects.get(kind, ()) if entry.get(rule.refers)]
        wanted = guids.plain(value).casefold()
        keys = (rule.refers, "id") if rule.is_id(value) else (*rule.names, ASKED)
        found = [entry for entry in objects if wanted in (str(entry.get(key, "")).casefold() for key in keys)]
        if not rule.filtered:
            found = [entry for entry in found if value in (entry.get(key) for key in keys)] or found
        # The same object comes back once for each filter that it matches.
        return list({entry[rule.refers]: entry for entry in found}.values())

    def one(self, kind: str, value: str) -> Json | None:
        """The object, or None where there is none or more than one."""
        matches = self.matches(kind, value)
        return matches[0] if len(matches) == 1 else None

    def id(self, named: Named, in_case: bool = False) -> str | None:
        """What a policy refers to the object by; keywords stand for themselves. ``in_case`` leaves out a name in another case."""
        if named.value in named.reference.keywords:
            return named.value
        rule = KINDS[named.reference.kind]
        match = self.one(named.reference.kind, named.value)
        if match and in_case and named.value not in (match.get(name) for name in rule.names):
            return None
        return match[rule.refers] if match else None

    def problems(self, accepted: t.Callable[[Named], bool] = lambda named: False) -> list[str]:
        """A sentence for each name that is not exactly one object, but for those that ``accepted`` lets through."""
        problems = []
        for named in self._named:
            if accepted(named):
                continue
            matches = self.matches(named.reference.kind, named.value)
            if not matches:
                problems.append(self._missing(named))
            elif len(matches) > 1:
                refers = KINDS[named.reference.kind].refers
                ids = ", ".join(str(match[refers]) for match in matches)
                several = f"{len(matches)} {named.reference.kind}s ({ids})"
                problems.append(f"{named.path}: '{named.value}' is the name of {several}; give the {refers}.")
        return problems

    def hint(self, kind: str, value: str) -> str:
        """A sentence with the names nearest to one that is not there, or nothing."""
        near = [] if KINDS[kind].is_id(value) or KINDS[kind].lookup else self._near(kind, value)
        return f" Near matches: {', '.join(near)}." if near else ""

    def _missing(self, named: Named) -> str:
        kind = KINDS[named.reference.kind]
        hint = self.hint(named.reference.kind, named.value)
        if named.reference.keywords:
            hint += f" A {kind.given_as}, an id, or one of {', '.join(named.reference.keywords)} is allowed."
        if kind.lookup:
            return f"{named.path}: no {named.reference.kind} of the {kind.given_as} '{named.value}' is known to Entra."
        return f"{named.path}: there is no {named.reference.kind} '{named.value}' in this tenant.{hint}"

    def _near(self, kind_name: str, value: str) -> list[str]:
        """Names close to one that is not there. Asks Graph once more, which only a failing task does."""
        kind = KINDS[kind_name]
        prop = kind.names[0]
        if kind.filtered:
            path = address(kind.path, filter=f"startswith({prop},{literal(value[:3])})", select=kind.select)
            try:
                (entries,) = self.reads.listings([path])
            except EntraError:
                return []  # a hint that cannot be had must not hide the problem it belongs to
        else:
            entries = list(self._objects.get(kind_name, ()))
        names = {str(entry[prop]).casefold(): str(entry[prop]) for entry in entries if entry.get(prop)}
        close = difflib.get_close_matches(value.casefold(), names, n=3, cutoff=0.5)
        starting = [name for name in sorted(names) if name.startswith(value.casefold()[:3]) and name not in close]
        return [names[name] for name in (close + starting)[:3]]


def _listings(kind_name: str, values: t.Sequence[str], ids_too: bool) -> list[str]:
    kind = KINDS[kind_name]
    ids = sorted({guids.plain(value) for value in values if kind.is_id(value)})
    names = sorted({value for value in values if not kind.is_id(value)})
    if kind.lookup:
        return [_lookup(kind, name) for name in names]
    if not kind.filtered:
        return [kind.path] if names or kind.checks_ids(ids_too) else []
    filters = []
    # An application is known by its appId, and is seen with its object id in the address bar of the admin center.
    for prop, wanted in [
        *((prop, ids) for prop in dict.fromkeys((kind.refers, "id"))),
        *((name, names) for name in kind.names),
    ]:
        filters += [one_of(prop, wanted[start : start + IN_LIMIT]) for start in range(0, len(wanted), IN_LIMIT)]
    return [address(kind.path, filter=text, select=kind.select) for text in filters]


def _lookup(kind: Kind, name: str) -> str:
    return kind.lookup.format(quote(literal(name), safe="'", errors="replace"))
