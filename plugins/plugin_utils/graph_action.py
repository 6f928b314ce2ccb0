# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every action plugin of the collection does around its own call: options, session, result, failure."""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.parameters import remove_values

from . import connection, host_connection, role_arguments
from .conditional_access import earlier
from .conditional_access.forms import FORMS
from .controller_action import ControllerAction, defect, failure
from .graph.errors import BadInput, EntraError
from .graph.reads import Reads
from .graph.third_party import complaint
from .options import ArgumentSpec, Options, plain
from .told import told


class GraphAction(ControllerAction):
    """A task that talks to Microsoft Graph from the controller. A subclass sets ``SPEC`` and ``perform``."""

    def perform(self, options: Options, reads: Reads, check_mode: bool) -> Options:
        """The module's own part: its result, or an EntraError."""
        raise NotImplementedError

    @classmethod
    def spec(cls) -> ArgumentSpec:
        """The module's options and the connection's."""
        return connection.SPEC.merge(host_connection.SPEC).merge(cls.SPEC)

    def _reads(self, options: Options, own: Options) -> Reads:
        """The tenant as this task sees it. Raises EntraError."""
        results = own.get("earlier_results") or []
        if wrong := earlier.problems("earlier_results", results):
            raise BadInput(wrong)
        reads = connection.reads_for(options, self._task._uuid, own, FORMS)
        earlier.expect(results, reads)
        return reads

    # Those of the host, as they are written.
    variables: t.Mapping[str, t.Any] = {}

    def _as_written(self, problems: t.Sequence[str]) -> list[str]:
        """Problems by the names that people have written in the inventory."""
        ours = role_arguments.as_given(problems, self.SPEC.options, self.variables)
        return host_connection.as_written(ours, self._task.args, self.variables)

    def _options(self, arguments: Options) -> Options:
        """The task's options. Raises BadInput."""
        try:
            return self.spec().validate(arguments)
        except BadInput as wrong:
            raise wrong.named(self._as_written) from wrong

    def _performed(self, own: Options, reads: Reads) -> Options:
        """The module's own result. Raises EntraError, whose problems have the names of the inventory too."""
        try:
            return self.perform(own, reads, self._task.check_mode)
        except EntraError as error:
            named = error.named(self._as_written)
            if named is error:
                raise
            raise _like(error, named) from error

    def run(self, tmp: t.Any = None, task_vars: Options | None = None) -> Options:
        """The task's result. Failures are results too, so that no traceback and no task source is shown."""
        result = super().run(tmp, task_vars)
        reads = None
        self.variables = task_vars or {}
        given, problems = host_connection.of_variables(self._task.args, task_vars or {}, self.templated)
        arguments = {**self._task.args, **given}
        secrets = {str(arguments[name]) for name in connection.SECRETS if arguments.get(name)}
        started, tells = None, False
        try:
            if wanting := complaint():
                raise EntraError(wanting)
            if problems:
                raise BadInput(problems)
            options = self._options(arguments)
            secrets |= connection.Connection(options).secrets
            own = {name: options[name] for name in self.SPEC.options}
            reads = self._reads(options, own)
            started = reads.session.cost.mark()
            result.update(self._performed(own, reads))
        except EntraError as error:
            result.update(
                failure("\n".join([str(error), *getattr(error, "__notes__", ())]), error.kind),
                **error.facts(),
                **error.beside,
            )
            tells = error.tells_of_writes
        except (KeyboardInterrupt, SystemExit):
            raise
        except Exception as error:  # a defect of ours
            result.update(defect(error), **getattr(error, "beside", {}))
        except (
            BaseException
        ) as error:  # Ansible ends the task, as after its timeout, and what it has written must not be lost
            said = f"Ansible ended the task in the middle: {error} What it had begun may be carried out all the same."
            result.update(failure(said, "other"), **getattr(error, "beside", {}))
        if result.get("failed"):
            # Secrets may stand there: this task's, or those of the task before.
            self.withhold_source()
            if reads:
                # Whatever the failed item saw, the next one looks for itself.
                reads.forget()
        if reads and started:
            cost = reads.session.cost
            written = cost.written[started.written :]
            if result.get("failed") and written and not tells:
                result["changed"] = True
                result["msg"] += (
                    f"\nBefore that, this task had written to the tenant, and that stands: {', '.join(written)}."
                )
            result["requests"] = {
                "count": cost.count - started.requests,
                "seconds": round(cost.seconds - started.seconds, 3),
            }
        if not result.get("warnings"):
            result.pop("warnings", None)
        return told(remove_values(plain(result), secrets))


def _like(error: EntraError, told: EntraError) -> EntraError:
    """The same error in other words, with what was put beside the first."""
    told.beside = error.beside
    for note in getattr(error, "__notes__", ()):
        told.add_note(note)
    return told
