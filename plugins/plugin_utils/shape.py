# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that stands between a module's options and a Graph object.

A row (Field) says which option is which property, of what type, and whether its value refers to another object. The options'
argument spec, the payload, the comparison, the returned object and the documentation test all come from the rows, so a
property is added in one place.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t

from . import guids

Json = dict[str, t.Any]
Options = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Reference:
    """The value names another object of ``kind``, a key of directory.KINDS; ``keywords`` are words Graph takes for an id."""

    kind: str
    keywords: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Codec:
    """How one value is written to Graph, read from it, and compared; ``known`` is false for what only a newer Graph writes."""

    write: t.Callable[[t.Any], t.Any]
    read: t.Callable[[t.Any], t.Any]
    same: t.Callable[[t.Any], t.Any]
    known: t.Callable[[t.Any], bool] = lambda value: True
    # Whether a value of Graph's can be read at all, where it is not of the type that the option has.
    readable: t.Callable[[t.Any], bool] | None = None


PLAIN = Codec(write=lambda value: value, read=lambda value: value, same=lambda value: value)


def words(table: t.Mapping[str, str]) -> Codec:
    """A codec for a closed set of words; a word of a newer Graph that the table does not know passes through."""
    back = {graph: option for option, graph in table.items()}
    return Codec(
        write=lambda value: table.get(value, value), read=lambda value: back.get(value, value), same=PLAIN.same
    )


@dataclasses.dataclass(frozen=True)
class Field:
    """One option and its property.

    ``type`` is ansible's type of the value, or of each element where ``many``. ``shape`` makes it a nested object. ``joined``
    is a list that Graph writes as one text with commas, its form of an enumeration that takes several members; ``nothing`` is
    what it writes for none of them.
    """

    option: str
    graph: str
    type: str = "str"
    many: bool = False
    joined: bool = False
    nothing: str | None = None
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    reference: Reference | None = None
    shape: Shape | None = None
    codec: Codec = PLAIN

    def same(self, value: t.Any) -> t.Any:
        """What of one value of the row makes it equal to another, as Graph has them. An id is one in all its forms."""
        return guids.plain(value) if self.reference and self.codec is PLAIN else self.codec.same(value)

    def spec(self) -> Options:
        """The option in ansible's argument spec form. A list of references also takes add, remove and set, so it is raw there."""
        if self.many and self.reference:
            return {"type": "raw"}
        spec: Options = {"type": "list" if self.many else "dict" if self.shape else self.type}
        if self.many:
            spec["elements"] = self.type
        if self.choices:
            spec["choices"] = list(self.choices)
        if self.aliases:
            spec["aliases"] = list(self.aliases)
        if self.shape:
            spec["options"] = self.shape.spec()
        return spec

    def split(self, value: t.Any) -> tuple[list[t.Any], list[t.Any]]:
        """A list as Graph has it: the members that the option can name, in its form, and those that it does not know."""
        members = _members(value)
        unknown = [member for member in members if not self.knows(member)]
        return [self.codec.read(member) for member in members if member not in unknown], unknown

    def readable(self, value: t.Any) -> bool:
        """Whether one value of Graph's is of the form that Graph writes it in."""
        return self.codec.readable(value) if self.codec.readable else type(value) in FORMS[self.type]

    def knows(self, value: t.Any) -> bool:
        """False for a value that only a newer Graph has: one of another form, or not of a closed set of words."""
        return self.codec.known(value) and (not self.choices or self.codec.read(value) in self.choices)

    def unknown(self, value: t.Any) -> t.Any:
        """A single value that only a newer Graph has; None for every other one."""
        return None if value is None or self.knows(value) else value

    def members(self, current: t.Any, value: t.Any) -> t.Any:
        """The list that is there after ``value``, a list or a dictionary of set, add and remove, has been applied to it."""
        asked = {name: [self.codec.write(member) for member in given] for name, given in edit(value).items()}
        dropped = {repr(self.same(member)) for member in asked.get("remove", [])}
        wanted = [*asked.get("set", _members(current)), *asked.get("add", [])]
        wanted = [member for member in wanted if repr(self.same(member)) not in dropped]
        # By what makes them equal, so that an id that is given again in capitals is not there twice.
        after = list({repr(self.same(member)): member for member in [*self.split(current)[1], *wanted]}.values())
        if not self.joined:
            return after
        return ",".join(after) or self.nothing


def _members(value: t.Any) -> list[t.Any]:
    """A list as Graph has it; one that Graph writes as a text with commas has ``none`` for no member."""
    if isinstance(value, str):
        return [member for member in value.split(",") if member and member != "none"]
    return list(value or [])


# The types of ansible's values as they are in JSON.
FORMS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "dict": (dict,),
    "float": (int, float),
}

EDITS = ("add", "remove", "set")


def edit(value: t.Any) -> dict[str, list[t.Any]]:
    """What is asked of a list: a bare list means set."""
    if isinstance(value, dict):
        return {name: value[name] for name in EDITS if value.get(name) is not None}
    return {"set": value}


@dataclasses.dataclass(frozen=True)
class Shape:
    """The rows of one Graph type. ``imply`` says what options mean that are given without others, on top of an object;
    ``complete`` adds to an object what its other values make necessary; ``passive`` are properties that nobody sets."""

    fields: tuple[Field, ...]
    passive: tuple[str, ...] = ()
    complete: t.Callable[[Json], Json] = lambda value: value
    imply: t.Callable[[Options, Json], Options] = lambda options, current: options

    def spec(self) -> Options:
        """All rows as an argument spec."""
        return {field.option: field.spec() for field in self.fields}

    def merge(self, current: Json | None, options: Options) -> Json:
        """The Graph object that the options ask for, on top of the one that is there.

        An option left out (None) leaves its property alone, and so do properties, and members of a closed set of words, that the
        table does not know. A nested option given as an empty dictionary takes the whole nested object away, an empty text the
        one value.
        """
        options = self.imply(options, current or {})
        merged = bare(current or {})
        for field in self.fields:
            value = options.get(field.option)
            if value is None:
                continue
            if field.shape:
                empty = all(inner is None for inner in value.values())
                merged[field.graph] = None if empty else field.shape.merge(merged.get(field.graph), value)
            elif field.many:
                merged[field.graph] = field.members(merged.get(field.graph), value)
            elif value == "":
                merged[field.graph] = field.unknown(merged.get(field.graph))
            else:
                merged[field.graph] = field.codec.write(value)
        return self.complete(merged)

    def exactly(self, options: Options, current: Json | None = None) -> Options:
        """The options with everything that they leave out given as empty, for an object that is to have nothing else.

        A nested object of ``current`` with something in it that the table does not know is emptied, and not taken away with it.
        """
        exact = dict(options)
        for field in self.fields:
            value, there = options.get(field.option), (current or {}).get(field.graph)
            if field.shape and (value is not None or field.shape.unknown(there)):
                exact[field.option] = field.shape.exactly(value or {}, there)
            elif value is None:
                exact[field.option] = {} if field.shape else [] if field.many else ""
        return exact

    def options(self, value: Json | None, whole: bool = False) -> Options:
        """A Graph object in the form of the options, ready to be given back to the module.

        What they do not know is left out, unless the ``whole`` of each closed set of words is asked for.
        """
        return self.options_form(bare(value or {}), whole)

    def options_form(self, value: Json, whole: bool) -> Options:
        """The same, of a copy without annotations, which is changed."""
        value = self.complete(value)
        options: Options = {}
        for field in self.fields:
            inner = value.get(field.graph)
            if field.shape:
                nested = field.shape.options_form(inner, whole) if inner else {}
                # One of which nothing is known is null, which leaves it alone; empty would take it away.
                options[field.option] = nested if any(value is not None for value in nested.values()) else None
            elif field.many:
                known, unknown = field.split(inner)
                # The same is true of a list. One that the object does not even have belongs to another type, as ranges do to a
                # location of countries.
                there = field.graph in value and (known or whole or not unknown)
                options[field.option] = [*known, *(unknown if whole else ())] if there else None
            else:
                one = None if inner is None else field.codec.read(inner)
                options[field.option] = None if field.unknown(inner) and not whole else one
        return options

    def unknown(self, value: Json | None, path: str = "") -> list[str]:
        """What a Graph object holds that the table does not know, as of a newer Graph: ``conditions.devices.newProperty``, or
        ``conditions.clientAppTypes: newMember`` for a member of a closed set of words."""
        rows = {field.graph: field for field in self.fields}
        found: list[str] = []
        for name, inner in (value or {}).items():
            row, here = rows.get(name), f"{path}{name}"
            if inner in (None, [], {}) or "@odata." in name or name in self.passive:
                continue
            if row is None:
                found.append(here)
            elif row.shape:
                found += row.shape.unknown(inner, f"{here}.")
            else:
                members = row.split(inner)[1] if row.many else [row.unknown(inner)]
                found += [
                    f"{here}: {member if isinstance(member, str) else _text(member)}" for member in members if member
                ]
        return found

    def malformed(self, value: Json, path: str = "") -> list[str]:
        """What cannot be meant by a Graph object, such as a text where a list belongs: ``conditions.users.includeUsers: 'All'``.

        Null is nothing in every place, and what the table does not know may have any form.
        """
        found: list[str] = []
        for field in self.fields:
            inner, here = value.get(field.graph), f"{path}{field.graph}"
            if inner is None:
                continue
            if field.shape:
                found += (
                    field.shape.malformed(inner, f"{here}.") if isinstance(inner, dict) else [_strange(here, inner)]
                )
            elif field.many and not (field.joined and isinstance(inner, str)):
                members = inner if isinstance(inner, list) else [inner]
                wrong = not isinstance(inner, list) or not all(map(field.readable, members))
                found += [_strange(here, inner)] if wrong else []
            elif not field.many and not field.readable(inner):
                found.append(_strange(here, inner))
        return found

    def normal(self, value: t.Any) -> t.Any:
        """A form in which two objects are equal where Graph makes no difference between them.

        Null, [] and absent are one; the order of a list does not count; the forms of an id are one.
        """
        return self.normal_form(bare(value)) if value else None

    def normal_form(self, value: Json) -> t.Any:
        """The same, of a copy without annotations, which is changed."""
        rows = {field.graph: field for field in self.fields}
        completed = self.complete(value)
        normal = {name: _normal(inner, rows.get(name)) for name, inner in completed.items()}
        return {name: inner for name, inner in sorted(normal.items()) if inner is not None} or None


def _normal(value: t.Any, field: Field | None) -> t.Any:
    if value is None or value in ("", [], {}):
        return None
    if field and field.shape:
        return field.shape.normal_form(value)
    same = field.same if field else guids.plain
    if field and not field.many and field.codec is not PLAIN:
        return same(value)
    if isinstance(value, list) or (field and field.joined):
        return sorted({_text(same(member)) for member in _members(value)}) or None
    if isinstance(value, dict):
        inner = {name: _normal(deeper, None) for name, deeper in bare(value).items()}
        return {name: deeper for name, deeper in sorted(inner.items()) if deeper is not None} or None
    return same(value)


def _strange(path: str, value: t.Any) -> str:
    return f"{path}: {_text(value)[:80]}"


def _text(value: t.Any) -> str:
    return json.dumps(value, sort_keys=True)


def _kept(name: str) -> bool:
    return "@odata." not in name or name == "@odata.type"


def bare(value: Json) -> Json:
    """A copy without the annotations that Graph adds to an answer, at any depth; @odata.type is part of the value."""

    def cleaned(inner: t.Any) -> t.Any:
        if isinstance(inner, dict):
            return bare(inner)
        return [cleaned(element) for element in inner] if isinstance(inner, list) else inner

    return {name: cleaned(inner) for name, inner in value.items() if _kept(name)}


@dataclasses.dataclass(frozen=True)
class Named:
    """A value in the options that refers to another object: where it stands, and what it is; an id as Graph writes it."""

    path: str
    value: str
    reference: Reference

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", guids.plain(self.value))


def references(shape: Shape, options: Options, path: str = "") -> t.Iterator[Named]:
    """Every reference in the options, keywords included, with its path, such as ``conditions.users.exclude_users[0]``."""
    for field in shape.fields:
        value = options.get(field.option)
        here = f"{path}{field.option}"
        if value is None:
            continue
        if field.shape:
            yield from references(field.shape, value, f"{here}.")
        elif field.reference and field.many:
            yield from (named for part in _parts(here, value, field.reference).values() for named in part)
        elif field.reference and value != "":
            yield Named(here, value, field.reference)


def _parts(here: str, value: t.Any, reference: Reference) -> dict[str, list[Named]]:
    """The references in a list, by what is asked of them."""
    return {
        name: [
            Named(f"{here}.{name}[{number}]" if isinstance(value, dict) else f"{here}[{number}]", member, reference)
            for number, member in enumerate(members)
        ]
        for name, members in edit(value).items()
    }


def replaced(shape: Shape, options: Options, change: t.Callable[[Named], str | None], path: str = "") -> Options:
    """A copy of the options with every reference replaced; None takes it out of its list."""
    result = dict(options)
    for field in shape.fields:
        value = options.get(field.option)
        here = f"{path}{field.option}"
        if value is None:
            continue
        if field.shape:
            result[field.option] = replaced(field.shape, value, change, f"{here}.")
        elif field.reference and field.many:
            changed = {
                name: list(dict.fromkeys(new for named in part if (new := change(named)) is not None))
                for name, part in _parts(here, value, field.reference).items()
            }
            result[field.option] = changed if isinstance(value, dict) else changed["set"]
        elif field.reference and value != "":
            result[field.option] = change(Named(here, value, field.reference))
    return result
