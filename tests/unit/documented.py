# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules, and how their classes are had; what the documentation tests share."""

from __future__ import annotations

import importlib
import importlib.util
import pathlib
import types
import typing as t

Json = dict[str, t.Any]

COLLECTION = "msp.entra"
CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
PLUGINS = CHECKOUT / "plugins"


def stems(folder: str, suffix: str) -> list[str]:
    """Names of the plugins in a folder."""
    return sorted(path.stem for path in (PLUGINS / folder).glob(f"*{suffix}") if path.stem != "__init__")


MODULES = stems("action", ".py")

CREDENTIALS = {
    "tenant_id": "11111111-1111-4111-8111-111111111111",
    "client_id": "22222222-2222-4222-8222-222222222222",
    "client_secret": "nobody's secret",
}


def action(module: str) -> t.Any:
    """The class that runs."""
    return importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.action.{module}").ActionModule


def talks_to_graph(module: str) -> bool:
    """False for a module that works on what others have returned."""
    return action(module).spec() is not action(module).SPEC


def tool(name: str) -> types.ModuleType:
    """A script of tests/tools as a module."""
    spec = importlib.util.spec_from_file_location(name, CHECKOUT / "tests" / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
