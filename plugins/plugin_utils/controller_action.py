# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An action plugin that is the whole module: it runs where Ansible runs, and its failures are results."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from .graph.errors import EntraError
from .options import ArgumentSpec, Options, plain
from .told import told


class ControllerAction(ActionBase):  # type: ignore[misc]  # Ansible brings no types
    """Nothing runs on the managed host, so ``delegate_to`` and the connection make no difference, and there is no ``async``."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True
    _supports_async = False

    SPEC: t.ClassVar[ArgumentSpec]

    @classmethod
    def spec(cls) -> ArgumentSpec:
        """The module's options."""
        return cls.SPEC

    def templated(self, value: t.Any) -> t.Any:
        """A variable's value, worked out. Raises AnsibleError."""
        return self._templar.template(value)

    def withhold_source(self) -> None:
        """Keep Ansible from printing the source of a failed task and the lines above it. There is no public way to; without its
        data structure there is none to show."""
        self._task._ds = None


class LocalAction(ControllerAction):
    """A task that works on what a playbook has already seen, and talks to nobody. A subclass sets ``SPEC`` and ``perform``."""

    # Those of the host, as they are written.
    variables: t.Mapping[str, t.Any]

    def perform(self, options: Options, check_mode: bool) -> Options:
        """The module's own part: its result, or an EntraError."""
        raise NotImplementedError

    def run(self, tmp: t.Any = None, task_vars: Options | None = None) -> Options:
        """The task's result. Failures are results too."""
        result = super().run(tmp, task_vars)
        self.variables = task_vars or {}
        try:
            result.update(self.perform(self.spec().validate(self._task.args), self._task.check_mode))
        except EntraError as error:
            result.update(failure(str(error), error.kind), **error.facts())
        except Exception as error:  # a defect of ours
            result.update(defect(error))
        if result.get("failed") or result.get("unreachable"):
            self.withhold_source()
        return told(plain(result))


def failure(message: str, kind: str) -> Options:
    """The result of a task that fails."""
    return {"failed": True, "changed": False, "msg": message, "failure_kind": kind}


def defect(error: Exception) -> Options:
    """The result of a task that fails by a mistake of ours, in one line, with the type that tells a developer where to look."""
    return failure(f"This is a defect in msp.entra; please report it: {type(error).__name__}: {error}", "defect")
