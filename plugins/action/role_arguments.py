# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""msp.entra.role_arguments: see that what a role is given can be meant."""

from __future__ import annotations

from ansible_collections.msp.entra.plugins.plugin_utils import role_arguments
from ansible_collections.msp.entra.plugins.plugin_utils.controller_action import LocalAction
from ansible_collections.msp.entra.plugins.plugin_utils.options import Options


class ActionModule(LocalAction):
    """Runs on the controller; see the documentation of the module of the same name."""

    SPEC = role_arguments.SPEC

    def perform(self, options: Options, check_mode: bool) -> Options:
        return role_arguments.looked_at(options, self.variables, self.templated)
