# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""msp.entra.run_arguments: see that what a playbook is started with can be meant."""

from __future__ import annotations

from ansible import context
from ansible.release import __version__ as ansible_release
from ansible.utils.vars import load_extra_vars

from ansible_collections.msp.entra.plugins.plugin_utils import run_arguments
from ansible_collections.msp.entra.plugins.plugin_utils.controller_action import LocalAction
from ansible_collections.msp.entra.plugins.plugin_utils.options import Options


class ActionModule(LocalAction):
    """Runs on the controller; see the documentation of the module of the same name."""

    SPEC = run_arguments.SPEC

    def perform(self, options: Options, check_mode: bool) -> Options:
        run = run_arguments.Run(
            playbooks=context.CLIARGS.get("args", ()),
            variables=load_extra_vars(self._loader).keys(),
            tags=self.variables.get("ansible_run_tags", ()),
            limit=self.variables.get("ansible_limit"),
            skipped=self.variables.get("ansible_skip_tags", ()),
            inherited=self._task.tags,
            ansible=ansible_release,
        )
        return run_arguments.looked_at(options, run)
