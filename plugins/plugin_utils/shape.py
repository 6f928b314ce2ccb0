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
import re
import typing as t

Json = dict[str, t.Any]
Options = dict[str, t.Any]

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def is_guid(text: t.Any) -> bool:
    """True for an id as Graph writes them."""
    return isinstance(text, str) and bool(_GUID.fullmatch(text))


@dataclasses.dataclass(frozen=True)
class Reference:
    """The value names another object of ``kind``, a key of directory.KINDS; ``keywords`` are words Graph takes for an id."""

    kind: str
    keywords: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Codec:
    """How one value is written to Graph, read from it, and compared."""

    write: t.Callable[[t.Any], t.Any]
    read: t.Callable[[t.Any], t.Any]
    same: t.Callable[[t.Any], t.Any]


def _same(value: t.Any) -> t.Any:
    return value.lower() if is_guid(value) else value


PLAIN = Codec(write=lambda value: value, read=lambda value: value, same=_same)


def words(table: t.Mapping[str, str]) -> Codec:
    """A codec for a closed set of words; a word of a newer Graph that the table does not know passes through."""
    back = {graph: option for option, graph in table.items()}
    return Codec(write=lambda value: table.get(value, value), read=lambda value: back.get(value, value), same=_same)


@dataclasses.dataclass(frozen=True)
class Field:
    """One option and its property.

    ``type`` is ansible's type of the value, or of each element where ``many``. ``shape`` makes it a nested object.
    """

    option: str
    graph: str
    type: str = "str"
    many: bool = False
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    reference: Reference | None = None
    shape: Shape | None = None
    codec: Codec = PLAIN

    def spec(self) -> Options:
        """The option in ansible's argument spec form."""
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


@dataclasses.dataclass(frozen=True)
class Shape:
    """The rows of one Graph type. ``imply`` says what options mean that are given without others; ``complete``
    adds to an object what its other values make necessary."""

    fields: tuple[Field, ...]
    complete: t.Callable[[Json], Json] = lambda value: value
    imply: t.Callable[[Options], Options] = lambda options: options

    def spec(self) -> Options:
        """All rows as an argument spec."""
        return {field.option: field.spec() for field in self.fields}

    def merge(self, current: Json | None, options: Options) -> Json:
        """The Graph object that the options ask for, on top of the one that is there.

        An option left out (None) leaves its property alone, properties the table does not know included. A nested option
        given as an empty dictionary takes the whole nested object away, an empty text the one value.
        """
        options = self.imply(options)
        merged = bare(current or {})
        for field in self.fields:
            value = options.get(field.option)
            if value is None:
                continue
            if field.shape:
                empty = all(inner is None for inner in value.values())
                merged[field.graph] = None if empty else field.shape.merge(merged.get(field.graph), value)
            elif field.many:
                merged[field.graph] = [field.codec.write(element) for element in value]
            else:
                merged[field.graph] = None if value == "" else field.codec.write(value)
        return self.complete(merged)

    def options(self, value: Json | None) -> Options:
        """A Graph object in the form of the options, ready to be given back to the module."""
        value = value or {}
        options: Options = {}
        for field in self.fields:
            inner = value.get(field.graph)
            if field.shape:
                options[field.option] = field.shape.options(inner) if inner else None
            elif field.many:
                # A list that the object does not even have belongs to another type, as ranges do to a location of countries.
                there = field.graph in value
                options[field.option] = [field.codec.read(element) for element in inner or []] if there else None
            else:
                options[field.option] = None if inner is None else field.codec.read(inner)
        return options

    def normal(self, value: t.Any) -> t.Any:
        """A form in which two objects are equal where Graph makes no difference between them.

        Null, [] and absent are one; the order of a list does not count; ids are compared without case.
        """
        if not value:
            return None
        rows = {field.graph: field for field in self.fields}
        completed = self.complete(bare(value))
        normal = {name: _normal(inner, rows.get(name)) for name, inner in completed.items()}
        return {name: inner for name, inner in sorted(normal.items()) if inner is not None} or None


def _normal(value: t.Any, field: Field | None) -> t.Any:
    if value is None or value == [] or value == {}:
        return None
    if field and field.shape:
        return field.shape.normal(value)
    if field and not field.many and field.codec is not PLAIN:
        return field.codec.same(value)
    if isinstance(value, list):
        same = field.codec.same if field else _same
        return sorted({repr(same(element)) for element in value})
    if isinstance(value, dict):
        inner = {name: _normal(deeper, None) for name, deeper in bare(value).items()}
        return {name: deeper for name, deeper in sorted(inner.items()) if deeper is not None} or None
    return _same(value)


def bare(value: Json) -> Json:
    """A copy without the annotations that Graph adds to an answer, at any depth; @odata.type is part of the value."""

    def cleaned(inner: t.Any) -> t.Any:
        if isinstance(inner, dict):
            return {k: cleaned(v) for k, v in inner.items() if "@odata." not in k or k == "@odata.type"}
        return [cleaned(element) for element in inner] if isinstance(inner, list) else inner

    return cleaned(value)


class Named(t.NamedTuple):
    """A value in the options that refers to another object: where it stands, and what it is."""

    path: str
    value: str
    reference: Reference


def references(shape: Shape, options: Options, path: str = "") -> t.Iterator[Named]:
    """Every reference in the options, keywords included, with its path, such as ``conditions.users.exclude_users[0]``."""
    for field in shape.fields:
        value = options.get(field.option)
        here = f"{path}{field.option}"
        if value is None:
            continue
        if field.shape:
            yield from references(field.shape, value, f"{here}.")
        elif field.reference and value != "":
            for number, element in enumerate(value if field.many else [value]):
                yield Named(f"{here}[{number}]" if field.many else here, element, field.reference)


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
            new = [change(Named(f"{here}[{number}]", element, field.reference)) for number, element in enumerate(value)]
            result[field.option] = list(dict.fromkeys(element for element in new if element is not None))
        elif field.reference and value != "":
            result[field.option] = change(Named(here, value, field.reference))
    return result
