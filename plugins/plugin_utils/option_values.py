# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of options that cannot be meant, in words that begin with the place: what ansible would take, or trip over, or refuse
without saying in which element of a list it is."""

from __future__ import annotations

import difflib
import math
import re
import typing as t

from ansible.module_utils.common.validation import check_type_dict

Spec = t.Mapping[str, t.Any]

# How things are called that stand where something else belongs, and that are needed there.
_FOUND = {dict: "dictionary", list: "list", str: "text", bool: "truth value", int: "number", float: "number"}
_NEEDED = {"list": "a list", "dict": "a dictionary", "bool": "true or false", "int": "a number", "float": "a number"}

# More names than that are not told beside the one that is meant.
_FEW = 12


def problems_of(spec: Spec, arguments: t.Any, path: str = "") -> list[str]:
    """A sentence for each option that is not known, is missing, or has a value that nobody means: a list where a text belongs,
    which ansible would write out, so that a secret would be sent in that form; a number or a date where a dictionary belongs; a
    number that is none; a truth value where a text or a number belongs; a number for a name."""
    names = {option: (option, *about.get("aliases", ())) for option, about in spec.items()}
    problems = unknown_keys(arguments, [name for each in names.values() for name in each], path)
    for option, about in spec.items():
        there = [name for name in names[option] if name in arguments]
        if about.get("required") and not there:
            needed = _NEEDED.get(about.get("type", "str"), "a text")
            problems.append(f"{path}{option}: is missing; {needed} is needed.")
        for name in there:
            problems += _of_value(about, about.get("type", "str"), arguments[name], f"{path}{name}")
    return problems


def unknown_keys(value: t.Mapping[t.Any, t.Any], allowed: t.Sequence[str], path: str = "") -> list[str]:
    """A sentence for each key that is not allowed, with the one that it is nearly."""
    said = []
    for key in value:
        if key not in allowed:
            near = difflib.get_close_matches(str(key), allowed, n=1)
            hint = f" Is {near[0]} meant?" if near else ""
            them = "" if near and len(allowed) > _FEW else f" Allowed are {', '.join(allowed)}."
            said.append(f"{path}{key}: is not known.{hint}{them}")
    return said


def found(value: t.Any) -> str:
    """What is in a place where something else belongs."""
    return "is empty" if value is None else f"is a {_FOUND.get(type(value), type(value).__name__)}"


def name_of(problem: str) -> str:
    """The option that a sentence begins with, without what it is in and where."""
    return re.sub(r"\[\d+\]", "", problem.partition(":")[0]).rpartition(".")[2]


# As YAML 1.1 reads words without quotes (https://yaml.org/type/bool.html).
_TRUTHS = {True: "yes, on and true", False: "no, off and false"}
# What things are called by. A number is no name: of 0x1f, 1_000 or 010 YAML leaves nothing but 31, 1000 and 8. Elsewhere one may
# stand for its digits, as in a secret.
_NAMES = ("name", "display_name")
_IN_QUOTES = "Where the word is meant, put it in quotes."
# What one of a choice is called that is meant by a word which YAML reads as one of these.
_ON_AND_OFF = {True: ("enabled", "present"), False: ("disabled", "absent")}


def _chosen(choices: t.Sequence[t.Any], value: bool) -> str:
    """Which words there are in place of a truth value, and the one that is meant."""
    meant = [word for word in _ON_AND_OFF[value] if word in choices]
    return f"Allowed are {', '.join(map(str, choices))}.{f' Is {meant[0]} meant?' if meant else ''}"


def _of_text(about: Spec, value: t.Any, path: str) -> list[str]:
    """The same where a text belongs."""
    if isinstance(value, list | dict):
        return [f"{path}: {found(value)}; a text is needed."]
    if isinstance(value, bool):
        said = f"{path}: is {value}, as YAML reads {_TRUTHS[value]} without quotes; a text is needed."
        return [f"{said} {_chosen(about['choices'], value)}" if "choices" in about else f"{said} {_IN_QUOTES}"]
    if isinstance(value, int | float) and not isinstance(value, bool) and path.rpartition(".")[2] in _NAMES:
        read = "as YAML reads it without quotes, where 0x1f is 31 and 1_000 is 1000"
        return [f"{path}: is the number {value}, {read}; a name is a text. Put it in quotes, as it is to be."]
    return []


def _of_value(about: Spec, kind: str, value: t.Any, path: str) -> list[str]:
    """The same in one value of this type, and in what is in it."""
    if kind in ("str", "path"):
        return _of_text(about, value, path)
    if kind in ("int", "float") and isinstance(value, bool):
        return [f"{path}: is {value}, as YAML reads {_TRUTHS[value]} without quotes; a number is needed."]
    if kind in ("int", "float") and isinstance(value, float) and not math.isfinite(value):
        return [f"{path}: is {value}; a number is needed."]
    elements = about.get("elements", "raw")
    if kind == "list" and isinstance(value, list):
        return [text for n, one in enumerate(value) for text in _of_value(about, elements, one, f"{path}[{n}]")]
    if kind == "list" and elements == "dict":
        return [f"{path}: {found(value)}; a list of dictionaries{_with(about)} is needed."]
    if kind == "dict" and "options" in about:
        try:
            # As Ansible reads it: a text that is JSON is a dictionary too.
            return problems_of(about["options"], check_type_dict(value), f"{path}.")
        except TypeError:
            shown = found(value) if isinstance(value, str | list | None) else f"is {value!r:.80}"
            return [f"{path}: {shown}; a dictionary{_with(about)} is needed."]
    return []


def _with(about: Spec) -> str:
    """What a dictionary has to have."""
    required = [name for name, one in about.get("options", {}).items() if one.get("required")]
    return f" with {' and '.join(required)}" if required else ""
