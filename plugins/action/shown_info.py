# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""msp.entra.shown_info: wait until Graph shows what earlier tasks have written."""

from __future__ import annotations

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import earlier
from ansible_collections.msp.entra.plugins.plugin_utils.graph.reads import Reads
from ansible_collections.msp.entra.plugins.plugin_utils.graph_action import GraphAction
from ansible_collections.msp.entra.plugins.plugin_utils.options import Options


class ActionModule(GraphAction):
    """Runs on the controller; see the documentation of the module of the same name."""

    SPEC = earlier.SPEC

    def perform(self, options: Options, reads: Reads, check_mode: bool) -> Options:
        return earlier.await_all(options, reads)
